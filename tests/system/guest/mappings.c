/* SPDX-License-Identifier: MIT */
/* Shared and private mappings of files: what is stored is read, and the other way round. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/system/guest/try.h"

#define PAGE 4096

static int fd;
static char buffer[4 * PAGE];
static sigjmp_buf fault;

static void on_fault(int number)
{
	siglongjmp(fault, number);
}

/* What comes of a store or a load. */
static const char *touch(volatile char *at, int write)
{
	int number = sigsetjmp(fault, 1);

	if (number)
		return number == SIGBUS ? "SIGBUS" : "SIGSEGV";
	if (write)
		*at = 'x';
	else
		(void)*at;
	return "done";
}

/* Of anonymous memory: 0, or -1. */
static int anonymous(void *at, long bytes, int protection, int flags)
{
	return mmap(at, (size_t)bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0) ==
		MAP_FAILED ? -1 : 0;
}

static char *map(int protection, int flags, int file, long offset, long bytes)
{
	char *at = mmap(0, (size_t)bytes, protection, flags, file, offset);

	printf("mmap: %s\n", at == MAP_FAILED ? strerror(errno) : "done");
	fflush(stdout);
	return at;
}

static void coherent(void)
{
	char *at = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, 3 * PAGE), *second;

	printf("%.5s\n", at);
	memcpy(at, "store", 5);
	TRY(pread(fd, buffer, 5, 0));
	printf("%.5s\n", buffer);
	TRY(pwrite(fd, "write", 5, PAGE - 2));
	printf("%.5s\n", at + PAGE - 2);
	memcpy(at + 2 * PAGE, "behind", 6);
	TRY(pwrite(fd, "B", 1, 2 * PAGE));
	printf("%.6s\n", at + 2 * PAGE);
	second = map(PROT_READ, MAP_SHARED, fd, PAGE, PAGE);
	memcpy(at + PAGE + 10, "seen", 4);
	printf("%.4s\n", second + 10);
	TRY(msync(at, 3 * PAGE, MS_SYNC));
	TRY(munmap(at, 3 * PAGE));
	printf("%.4s\n", second + 10);
	TRY(munmap(second, PAGE));
	TRY(pread(fd, buffer, 20, 2 * PAGE));
	printf("%.6s\n", buffer);
}

static void of_children(void)
{
	char *at = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, 2 * PAGE);
	pid_t child;

	at[0] = 'p';
	fflush(stdout);
	child = fork();
	if (!child) {
		at[1] = 'c';
		at[PAGE + 1] = 'd';
		at[0]++;
		_exit(0);
	}
	waitpid(child, 0, 0);
	printf("%.2s %c\n", at, at[PAGE + 1]);
	child = fork();
	if (!child) {
		at[2] = 'k';
		kill(getpid(), SIGKILL);
	}
	waitpid(child, 0, 0);
	munmap(at, 2 * PAGE);
	TRY(pread(fd, buffer, 3, 0));
	printf("%.3s\n", buffer);
}

static void of_the_killed(void)
{
	int other = open("killed", O_RDWR | O_CREAT, 0644);
	pid_t child;

	if (ftruncate(other, PAGE))
		return;
	fflush(stdout);
	child = fork();
	if (!child) {
		char *at = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);

		strcpy(at, "last words");
		kill(getpid(), SIGKILL);
	}
	close(other);
	waitpid(child, 0, 0);
	other = open("killed", O_RDONLY);
	TRY(read(other, buffer, 11));
	printf("%s\n", buffer);
	close(other);
}

static void ends(void)
{
	char *at;
	int other = open("short", O_RDWR | O_CREAT, 0644);

	TRY(write(other, "123", 3));
	at = map(PROT_READ | PROT_WRITE, MAP_SHARED, other, 0, 3 * PAGE);
	printf("%s %s\n", touch(at + PAGE - 1, 1), touch(at + PAGE, 1));
	TRY(ftruncate(other, 2 * PAGE));
	printf("%s %s\n", touch(at + PAGE, 1), touch(at + 2 * PAGE, 0));
	TRY(ftruncate(other, 10));
	printf("%s %s\n", touch(at + 3, 1), touch(at + PAGE, 1));
	TRY(read(other, buffer, 100));
	printf("%c\n", buffer[0]);
	TRY(ftruncate(other, PAGE));
	TRY(pread(other, buffer, PAGE, 0));
	for (int i = 10; i < PAGE; i++)
		if (buffer[i])
			printf("byte %d\n", i);
	munmap(at, 3 * PAGE);
	at = map(PROT_READ | PROT_WRITE, MAP_PRIVATE, other, 0, 2 * PAGE);
	printf("%s %s\n", touch(at, 1), touch(at + PAGE, 1));
	TRY(pread(other, buffer, 1, 0));
	printf("%c\n", buffer[0]);
	munmap(at, 2 * PAGE);
	close(other);
}

static void rights(void)
{
	int only_read = open("file", O_RDONLY), only_write = open("file", O_WRONLY);
	char *at;

	map(PROT_READ | PROT_WRITE, MAP_SHARED, only_read, 0, PAGE);
	map(PROT_READ, MAP_SHARED, only_write, 0, PAGE);
	map(PROT_READ, MAP_PRIVATE, only_write, 0, PAGE);
	map(PROT_READ, MAP_SHARED, 99, 0, PAGE);
	map(PROT_READ, MAP_SHARED, fd, 100, PAGE);
	map(PROT_READ, MAP_SHARED, fd, 0, 0);
	map(PROT_READ, MAP_SHARED | MAP_PRIVATE | 0xc, fd, 0, PAGE);
	map(PROT_READ, 0, fd, 0, PAGE);
	at = map(PROT_READ, MAP_SHARED, only_read, 0, PAGE);
	printf("%s %s\n", touch(at, 0), touch(at, 1));
	TRY(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	printf("%s\n", touch(at, 1));
	TRY(mprotect(at, PAGE, PROT_NONE));
	printf("%s\n", touch(at, 0));
	munmap(at, PAGE);
	at = map(PROT_READ, MAP_SHARED, fd, 0, PAGE);
	printf("%s %s\n", touch(at, 0), touch(at, 1));
	TRY(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	printf("%s\n", touch(at, 1));
	munmap(at, PAGE);
	at = map(PROT_READ | PROT_WRITE, MAP_PRIVATE, only_read, 0, PAGE);
	printf("%s\n", touch(at, 1));
	munmap(at, PAGE);
	close(only_read);
	close(only_write);
}

static void moving(void)
{
	char *at = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, PAGE), *moved;

	strcpy(at, "moving");
	moved = mremap(at, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	printf("%s %s\n", moved == MAP_FAILED ? strerror(errno) : moved, touch(moved + 2 * PAGE, 1));
	TRY(pread(fd, buffer, 1, 2 * PAGE));
	printf("%c\n", buffer[0]);
	TRY(munmap(moved + PAGE, PAGE));
	TRY(msync(moved, 3 * PAGE, MS_SYNC));
	TRY(msync(moved, PAGE, MS_SYNC | MS_ASYNC));
	TRY(msync(moved + 1, PAGE, MS_SYNC));
	TRY(madvise(moved, PAGE, MADV_DONTNEED));
	printf("%s\n", moved);
	TRY(madvise(moved, 3 * PAGE, MADV_WILLNEED));
	TRY(madvise(moved, PAGE, 77));
	TRY(madvise(moved + 1, PAGE, MADV_NORMAL));
	TRY(mlock(moved, PAGE));
	TRY(mlock(moved, 3 * PAGE));
	TRY(munlock(moved, PAGE));
	TRY(mincore(moved, PAGE, (unsigned char *)buffer));
	printf("%d\n", buffer[0] & 1);
	TRY(mincore(moved, 3 * PAGE, (unsigned char *)buffer));
	TRY(mincore(moved, PAGE, (void *)8));
	munmap(moved, 3 * PAGE);
}

static void fixed(void)
{
	char *at = mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	TRY(mmap(at + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == at + PAGE ? 0 : -1);
	TRY(anonymous(at, PAGE, PROT_READ, MAP_FIXED_NOREPLACE));
	printf("%s %s\n", touch(at, 1), touch(at + PAGE, 1));
	TRY(anonymous(0, 1l << 40, PROT_READ | PROT_WRITE, MAP_NORESERVE));
	TRY(anonymous(0, 1l << 40, PROT_NONE, 0));
	TRY(anonymous(0, 1l << 46, PROT_READ | PROT_WRITE, 0));
	munmap(at, 3 * PAGE);
}

/* Many pages, more than one request brings, in a sparse file. */
static void sparse(void)
{
	int other = open("sparse", O_RDWR | O_CREAT, 0644);
	struct stat status;
	unsigned sum = 0;
	char *at;

	if (ftruncate(other, 300 * PAGE))
		return;
	at = map(PROT_READ | PROT_WRITE, MAP_SHARED, other, 0, 300 * PAGE);
	for (int i = 0; i < 300; i += 3)
		at[i * PAGE + i] = (char)i;
	TRY(fsync(other));
	munmap(at, 300 * PAGE);
	for (int i = 0; i < 300; i++) {
		if (pread(other, buffer, PAGE, (long)i * PAGE) != PAGE)
			printf("short\n");
		for (int j = 0; j < PAGE; j++)
			sum += (unsigned char)buffer[j] * (unsigned)(i + 1);
	}
	fstat(other, &status);
	printf("%u %ld\n", sum, (long)status.st_size);
	close(other);
	unlink("sparse");
}

/* What may be written may be read, whatever mprotect was told; copies on writing included. */
static char *written_only;
static void writes(void)
{
	written_only[1] = 7;
	printf("%d %d\n", written_only[0], written_only[1]);
}

static void writing(void)
{
	written_only = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	written_only[0] = 5;
	TRY(mprotect(written_only, PAGE, PROT_WRITE));
	in_child(writes);
	TRY(mprotect(written_only, PAGE, PROT_NONE));
	TRY(mprotect(written_only, PAGE, PROT_WRITE));
	in_child(writes);
	writes();
	in_child(writes);
	TRY(munmap(written_only, PAGE));
}

/* For the crash tests: stores into a mapping and writes, and reads both back, all the time. */
static int store(const char *path, int rounds)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644), wrong = 0;
	int *at, value;

	if (ftruncate(file, 40 * PAGE))
		return 1;
	at = mmap(0, 40 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	for (int i = 1; i <= rounds; i++) {
		int place = i * 7919 % (20 * PAGE);

		at[place / 4] = i;
		if (pread(file, &value, 4, place / 4 * 4) != 4 || value != i)
			wrong++;
		value = -i;
		if (pwrite(file, &value, 4, 20 * PAGE + place / 4 * 4) != 4 ||
		    at[5 * PAGE + place / 4] != -i)
			wrong++;
	}
	return wrong != 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	if (argc > 2)
		return store(argv[1], atoi(argv[2]));
	sigaction(SIGSEGV, &action, 0);
	sigaction(SIGBUS, &action, 0);
	fd = open("file", O_RDWR | O_CREAT, 0644);
	for (int i = 0; i < 3 * PAGE; i++)
		buffer[i] = (char)('a' + i % 26);
	TRY(write(fd, buffer, 3 * PAGE));
	coherent();
	of_children();
	of_the_killed();
	ends();
	rights();
	moving();
	fixed();
	sparse();
	writing();
	return 0;
}
