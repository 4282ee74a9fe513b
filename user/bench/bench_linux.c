/* SPDX-License-Identifier: MIT */
/*
 * What Linux system calls cost: an ordinary Linux binary, the same file on every build and on
 * Linux itself. Prints a line `figure NAME TICKS` per benchmark: ticks of the time-stamp counter for one
 * operation; with `-icount shift=0,sleep=off` a tick is an instruction. Each result is checked.
 *   bench_linux                all
 *   bench_linux NAME COUNT     only that one, so often, nothing printed (to count events around it)
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS     5
#define FILE_BYTES 65536
#define PAGE       4096

static char buffer[FILE_BYTES];
static int file, null, to_child[2], from_child[2];
static const char *self;

static uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) :: "memory");
	return (uint64_t)high << 32 | low;
}

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench_linux: wrong result: %s\n", what);
	exit(1);
}

static void do_nops(long count)
{
	while (count--)
		__asm__ volatile(".rept 1000\n\tnop\n\t.endr");
}

static void do_getpid(long count)
{
	long pid = getpid();

	while (count--)
		require(syscall(SYS_getpid) == pid, "getpid");
}

static void do_write_null(long count)
{
	while (count--)
		require(write(null, buffer, 1) == 1, "write to /dev/null");
}

static void do_pread(long count)
{
	while (count--)
		require(pread(file, buffer, PAGE, 8 * PAGE) == PAGE && buffer[PAGE - 1] == 8, "pread");
}

static void do_stat(long count)
{
	struct stat status;

	while (count--)
		require(stat("/tmp/bench_file", &status) == 0 && status.st_size == FILE_BYTES, "stat");
}

static void do_open_close(long count)
{
	while (count--) {
		int opened = open("/tmp/bench_file", O_RDONLY);

		require(opened >= 0 && close(opened) == 0, "open and close");
	}
}

static void do_create_unlink(long count)
{
	while (count--) {
		int created = open("/tmp/bench_new", O_CREAT | O_EXCL | O_WRONLY, 0600);

		require(created >= 0 && close(created) == 0 && unlink("/tmp/bench_new") == 0, "create, unlink");
	}
}

static void do_page_fault(long count)
{
	char *memory = mmap(0, (size_t)(count + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long i;

	require(memory != MAP_FAILED, "mmap");
	for (i = 0; i < count; i++)
		memory[i * PAGE] = 1;
	require(munmap(memory, (size_t)(count + 1) * PAGE) == 0, "munmap");
}

static void do_pipe(long count)
{
	char byte;

	while (count--)
		require(write(to_child[1], "x", 1) == 1 && read(from_child[0], &byte, 1) == 1 && byte == 'x',
			"pipe");
}

static void wait_for(pid_t child)
{
	int status;

	require(waitpid(child, &status, 0) == child && status == 7 << 8, "wait");
}

static void do_fork(long count)
{
	while (count--) {
		pid_t child = fork();

		if (child == 0)
			_exit(7);
		wait_for(child);
	}
}

static void do_fork_exec(long count)
{
	while (count--) {
		pid_t child = fork();

		if (child == 0) {
			execl(self, self, "exit", (char *)0);
			_exit(1);
		}
		wait_for(child);
	}
}

static const struct bench {
	const char *name;
	void (*run)(long count);
	long count;
} benches[] = {
	{ "nops_1000", do_nops, 100 },
	{ "getpid", do_getpid, 1000 },
	{ "write_1b_dev_null", do_write_null, 1000 },
	{ "pread_4k_cached", do_pread, 1000 },
	{ "stat", do_stat, 500 },
	{ "open_close", do_open_close, 500 },
	{ "create_unlink", do_create_unlink, 50 },
	{ "page_fault_anonymous", do_page_fault, 500 },
	{ "pipe_ping_pong", do_pipe, 500 },
	{ "fork_exit_wait", do_fork, 20 },
	{ "fork_exec_wait", do_fork_exec, 20 },
};
#define BENCHES (sizeof(benches) / sizeof(*benches))

/* A child that sends every byte back. */
static void start_echo(void)
{
	char byte;

	require(pipe(to_child) == 0 && pipe(from_child) == 0, "pipes");
	if (fork())
		return;
	close(to_child[1]);
	while (read(to_child[0], &byte, 1) == 1)
		if (write(from_child[1], &byte, 1) != 1)
			break;
	_exit(0);
}

static void prepare(void)
{
	int i;

	for (i = 0; i < FILE_BYTES; i++)
		buffer[i] = (char)(i / PAGE);
	file = open("/tmp/bench_file", O_CREAT | O_TRUNC | O_RDWR, 0600);
	null = open("/dev/null", O_WRONLY);
	require(file >= 0 && null >= 0 && write(file, buffer, FILE_BYTES) == FILE_BYTES, "files");
	start_echo();
}

/* The least of some rounds: the first ones fill caches. */
static double measure(const struct bench *bench)
{
	uint64_t least = ~0ull;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		uint64_t start = ticks(), took;

		bench->run(bench->count);
		took = ticks() - start;
		if (took < least)
			least = took;
	}
	return (double)least / (double)bench->count;
}

int main(int count, char **arguments)
{
	size_t i;

	self = arguments[0];
	if (count == 2 && strcmp(arguments[1], "exit") == 0)
		return 7;
	prepare();
	for (i = 0; i < BENCHES; i++)
		if (count == 3 && strcmp(arguments[1], benches[i].name) == 0)
			benches[i].run(atol(arguments[2]));
		else if (count == 1)
			printf("figure %s %.1f\n", benches[i].name, measure(&benches[i]));
	unlink("/tmp/bench_file");
	return 0;
}
