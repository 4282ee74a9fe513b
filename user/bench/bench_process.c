/* SPDX-License-Identifier: MIT */
/*
 * What processes, memory, pipes and signals cost: an ordinary Linux binary, the same file on every
 * build and on Linux itself. Each result is checked. measure.h has the arguments.
 */
/* vfork */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/bench/measure.h"

#define PAGE         4096
#define MAPPED       (1 << 20)
#define STREAM_BYTES 65536

static char buffer[STREAM_BYTES], self[256];
static int to_child[2], from_child[2], stream[2];
static pid_t echo, writer;
static char *memory;
static volatile sig_atomic_t delivered;

static char *map(size_t bytes)
{
	char *mapped = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(mapped != MAP_FAILED, "mmap");
	return mapped;
}

static void do_mmap_munmap(long count)
{
	while (count--)
		require(munmap(map(MAPPED), MAPPED) == 0, "munmap");
}

static void before_page_fault(long count) { memory = map((size_t)(count + 1) * PAGE); }
static void after_page_fault(long count)
{
	require(munmap(memory, (size_t)(count + 1) * PAGE) == 0, "munmap");
}

static void do_page_fault(long count)
{
	long i;

	for (i = 0; i < count; i++)
		memory[i * PAGE] = 1;
}

static void do_mmap_touch_munmap(long count)
{
	while (count--) {
		memory = map(MAPPED);
		do_page_fault(MAPPED / PAGE);
		require(memory[MAPPED - PAGE] == 1 && munmap(memory, MAPPED) == 0, "munmap");
	}
}

static void do_pipe(long count)
{
	char byte;

	while (count--)
		require(write(to_child[1], "x", 1) == 1 && read(from_child[0], &byte, 1) == 1 &&
				byte == 'x',
			"pipe");
}

/* The other end sends bytes that tell their place, without end. */
static void do_stream(long count)
{
	while (count--) {
		size_t have = 0;

		while (have < STREAM_BYTES) {
			ssize_t bytes = read(stream[0], buffer + have, STREAM_BYTES - have);

			require(bytes > 0, "read of a pipe");
			have += (size_t)bytes;
		}
		require(buffer[0] == 0 && buffer[STREAM_BYTES / 2] == 8 &&
				buffer[STREAM_BYTES - 1] == 15,
			"a pipe's bytes");
	}
}

static void on_signal(int number)
{
	(void)number;
	delivered++;
}

static void do_signal(long count)
{
	pid_t pid = getpid();
	int before = delivered;
	long i;

	for (i = 0; i < count; i++)
		kill(pid, SIGUSR1);
	require(delivered == before + count, "signals");
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

static void do_vfork(long count)
{
	while (count--) {
		pid_t child = vfork();

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

static void do_vfork_exec(long count)
{
	while (count--) {
		pid_t child = vfork();

		if (child == 0) {
			execl(self, self, "exit", (char *)0);
			_exit(1);
		}
		wait_for(child);
	}
}

static const struct bench benches[] = {
	{ "mmap_munmap_1m", do_mmap_munmap, 100 },
	{ "mmap_touch_munmap_1m", do_mmap_touch_munmap, 2 },
	{ "page_fault_anonymous", do_page_fault, 500, before_page_fault, after_page_fault },
	{ "signal_delivery", do_signal, 500 },
	{ "pipe_ping_pong", do_pipe, 500 },
	{ "pipe_64k", do_stream, 50 },
	{ "fork_exit_wait", do_fork, 20 },
	{ "vfork_exit_wait", do_vfork, 20 },
	{ "fork_exec_wait", do_fork_exec, 20 },
	{ "vfork_exec_wait", do_vfork_exec, 20 },
};

/* A child that sends every byte back. */
static void start_echo(void)
{
	char byte;

	require(pipe(to_child) == 0 && pipe(from_child) == 0, "pipes");
	echo = fork();
	if (echo)
		return;
	close(to_child[1]);
	while (read(to_child[0], &byte, 1) == 1)
		if (write(from_child[1], &byte, 1) != 1)
			break;
	_exit(0);
}

/* A child that writes STREAM_BYTES again and again. */
static void start_writer(void)
{
	int i;

	require(pipe(stream) == 0, "pipe");
	writer = fork();
	if (writer)
		return;
	for (i = 0; i < STREAM_BYTES; i++)
		buffer[i] = (char)(i / PAGE);
	while (write(stream[1], buffer, STREAM_BYTES) == STREAM_BYTES)
		;
	_exit(0);
}

static void prepare(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);

	require(bytes > 0 && sigaction(SIGUSR1, &action, 0) == 0, "preparations");
	start_echo();
	start_writer();
}

static void end(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	require(waitpid(child, &status, 0) == child, "wait");
}

int main(int count, char **arguments)
{
	if (count == 2 && strcmp(arguments[1], "exit") == 0)
		return 7;
	prepare();
	measure_main(benches, sizeof(benches) / sizeof(*benches), count, arguments);
	end(echo);
	end(writer);
	return 0;
}
