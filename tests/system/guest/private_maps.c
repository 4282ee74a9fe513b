/* SPDX-License-Identifier: MIT */
/* Private mappings share the file's pages until they are stored into; and programs run in them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/system/guest/try.h"

#define PAGE  4096
#define PAGES 40

static int fd;
static char buffer[PAGES * PAGE];
static sigjmp_buf fault;

static void on_fault(int number)
{
	siglongjmp(fault, number);
}

static const char *load(volatile char *at)
{
	int number = sigsetjmp(fault, 1);

	if (number)
		return number == SIGBUS ? "SIGBUS" : "SIGSEGV";
	(void)*at;
	return "done";
}

static char *map(int protection, int flags)
{
	return mmap(0, PAGES * PAGE, protection, flags, fd, 0);
}

static void fill(const char *text)
{
	size_t bytes = strlen(text);

	for (size_t i = 0; i < sizeof(buffer); i++)
		buffer[i] = text[i % bytes];
	TRY(pwrite(fd, buffer, sizeof(buffer), 0));
}

/* Each page begins with its number. */
static void number(char *at)
{
	for (int i = 0; i < PAGES; i++)
		memcpy(at + i * PAGE, &i, sizeof(i));
}

static int wrong(const char *at)
{
	int count = 0;

	for (int i = 0; i < PAGES; i++)
		count += memcmp(at + i * PAGE, &i, sizeof(i)) != 0;
	return count;
}

/* What is not stored into yet is the file's, whoever changes that, and how. */
static void follows_the_file(void)
{
	char *at, *second, *shared;

	fill("first");
	at = map(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	second = map(PROT_READ, MAP_PRIVATE);
	shared = map(PROT_READ | PROT_WRITE, MAP_SHARED);
	printf("%.5s %.5s %.5s\n", at, second, shared);
	memcpy(at, "own", 3);
	printf("%.5s %.5s %.5s\n", at, second, shared);
	TRY(pwrite(fd, "write", 5, 0));
	TRY(pwrite(fd, "write", 5, 20 * PAGE));
	printf("%.5s %.5s %.5s\n", at, second, shared);
	printf("%.5s %.5s\n", at + 20 * PAGE, second + 20 * PAGE);
	memcpy(shared + 20 * PAGE, "store", 5);
	printf("%.5s %.5s\n", at + 20 * PAGE, second + 20 * PAGE);
	TRY(pread(fd, buffer, 5, 20 * PAGE));
	printf("%.5s\n", buffer);
	munmap(at, PAGES * PAGE);
	munmap(second, PAGES * PAGE);
	munmap(shared, PAGES * PAGE);
	/* Nobody has it mapped: it is as fresh when it is mapped again. */
	TRY(pwrite(fd, "again", 5, PAGE));
	at = map(PROT_READ, MAP_PRIVATE);
	printf("%.5s %.5s\n", at + PAGE, at + 20 * PAGE);
	munmap(at, PAGES * PAGE);
}

static char *stores;

static void store_in_child(void)
{
	printf("child: %d wrong\n", wrong(stores));
	memset(stores, 'c', PAGES * PAGE);
	printf("child: %d wrong\n", wrong(stores));
}

/* Stores stay with who made them. */
static void copies(void)
{
	char *other;

	stores = map(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	other = map(PROT_READ, MAP_PRIVATE);
	(void)load(other + 3 * PAGE);
	number(stores);
	in_child(store_in_child);
	printf("%d wrong, the other %d\n", wrong(stores), wrong(other));
	TRY(mprotect(other, PAGES * PAGE, PROT_READ | PROT_WRITE));
	number(other);
	TRY(pread(fd, buffer, sizeof(buffer), 0));
	printf("%d wrong, the file %d\n", wrong(other), wrong(buffer));
	TRY(madvise(other, PAGES * PAGE, MADV_DONTNEED));
	printf("%d wrong\n", wrong(other));
	munmap(other, PAGES * PAGE);
	munmap(stores, PAGES * PAGE);
}

static void shrinks(void)
{
	char *at = map(PROT_READ, MAP_PRIVATE);

	for (int i = 0; i < PAGES; i += 3)
		(void)load(at + i * PAGE);
	TRY(ftruncate(fd, 5 * PAGE + 100));
	printf("%s %s %s ", load(at), load(at + 5 * PAGE), load(at + 6 * PAGE));
	printf("%s %d\n", load(at + 39 * PAGE), at[5 * PAGE + 100]);
	TRY(ftruncate(fd, 10 * PAGE));
	printf("%s %s %d\n", load(at + 6 * PAGE), load(at + 10 * PAGE), at[6 * PAGE]);
	munmap(at, PAGES * PAGE);
}

static int copy_program(const char *from, const char *to, int last)
{
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	long bytes;

	while ((bytes = read(in, buffer, sizeof(buffer))) > 0) {
		if (write(out, buffer, (size_t)bytes) != bytes)
			return -1;
	}
	/* Behind all that the program loads: it is found by its own name. */
	if (write(out, &last, sizeof(last)) != sizeof(last))
		return -1;
	close(in);
	return close(out);
}

static void run(const char *program, const char *word)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (!child) {
		execl(program, program, word, (char *)0);
		_exit(99);
	}
	waitpid(child, &status, 0);
	printf("%s %s: status %d\n", program, word, WEXITSTATUS(status));
	fflush(stdout);
}

/* The word that `say` exits with stands in the program's text: it is changed in the file. */
static const volatile char mark[] = "the word of this program: 7";

static int patch(const char *program, char digit)
{
	int file = open(program, O_RDWR);
	off_t at = 0;
	long bytes;
	const char *found = 0;

	while (!found && (bytes = pread(file, buffer, sizeof(buffer), at)) > 40) {
		found = memmem(buffer, (size_t)bytes, "the word of this pro" "gram: ", 26);
		if (!found)
			at += bytes - 40;
	}
	if (!found || pwrite(file, &digit, 1, at + (found - buffer) + 26) != 1)
		return -1;
	return close(file);
}

/* A program that is changed, or another one of its name, is what runs from then on. */
static void programs(void)
{
	TRY(copy_program("/proc/self/exe", "program", 0));
	run("./program", "say");
	run("./program", "say");
	TRY(patch("program", '8'));
	run("./program", "say");
	TRY(copy_program("/proc/self/exe", "program", 1));
	run("./program", "say");
	TRY(unlink("program"));
	TRY(copy_program("/proc/self/exe", "another", 2));
	TRY(patch("another", '9'));
	run("./another", "say");
	TRY(rename("another", "program"));
	run("./program", "say");
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	(void)argv;
	if (argc > 1)
		return mark[26] - '0';
	sigaction(SIGSEGV, &action, 0);
	sigaction(SIGBUS, &action, 0);
	fd = open("file", O_RDWR | O_CREAT, 0644);
	follows_the_file();
	copies();
	shrinks();
	programs();
	return 0;
}
