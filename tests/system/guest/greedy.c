/* SPDX-License-Identifier: MIT */
/*
 * Programs that take all there is of something, while others want to go on:
 *   greedy shared         a child takes all memory and sits there; then a shell is to work
 *   greedy private        a child never stops asking for more, and uses it
 *   greedy regions        a child maps as many single pages as it can; then a shell is to work
 *   greedy forks          another user's child forks all it can, each of which runs; root ends them
 *   greedy open           children open all files they can; then a shell is to work
 * What one had must be there again afterwards: the script looks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096l
#define USER 1000

static void *map(long bytes, int protection, int flags)
{
	return mmap(0, (size_t)bytes, protection, flags | MAP_ANONYMOUS, -1, 0);
}

/* ---- what they take ---- */

static void take_shared(void)
{
	for (long bytes = 1l << 30; bytes >= PAGE; )
		if (map(bytes, PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED)
			bytes /= 2;
}

/* To the last, not to its share: the pages follow one another, so regions must differ. */
static void take_regions(void)
{
	for (int i = 0; map(PAGE, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE) != MAP_FAILED; )
		i++;
}

static void take_files(void)
{
	while (open("/etc/passwd", O_RDONLY) >= 0 || errno == EINTR)
		;
}

static void touch(char *memory, long bytes)
{
	for (long at = 0; at < bytes; at += PAGE)
		memory[at] = 1;
}

static void take_private(void)
{
	char *memory;

	while ((memory = map(1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE)) != MAP_FAILED)
		touch(memory, 1 << 20);
}

/* All of them run: none ever sleeps. */
static void take_processes(void)
{
	setpgid(0, 0);
	if (setgid(USER) || setuid(USER))
		_exit(1);
	for (;;)
		fork();
}

/* ---- who takes, and who watches ---- */

/* Children that have all they can get when this returns, or are still at it. */
static pid_t start(void (*take)(void))
{
	int ends[2];
	char byte;
	pid_t child;

	if (pipe(ends))
		exit(1);
	child = fork();
	if (!child) {
		close(ends[0]);
		take();
		if (write(ends[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(ends[1]);
	if (take != take_processes)
		printf("has it all: %zd\n", read(ends[0], &byte, 1));
	close(ends[0]);
	fflush(stdout);
	return child;
}

static int others(void)
{
	int status = system("seq 1 20000 | sort -n | tail -n 1; cat /etc/hostname | wc -l; "
			    "sh -c 'echo a shell in a shell'");

	fflush(stdout);
	return status;
}

static void end(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	printf("ended by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void with_others(void (*take)(void), int children)
{
	pid_t child[8];
	int status;

	for (int i = 0; i < children; i++)
		child[i] = start(take);
	status = others();
	printf("others: %d\n", status);
	for (int i = 0; i < children; i++)
		end(child[i]);
}

static void alone(void (*take)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		take();
		_exit(0);
	}
	waitpid(child, &status, 0);
	printf("ended by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void forks(void)
{
	struct rlimit limit = { 12, 12 };
	pid_t child;
	int status;

	setrlimit(RLIMIT_NPROC, &limit);
	child = start(take_processes);
	setpgid(child, child);
	status = others();
	printf("others: %d\n", status);
	/* One that forks right now is killed, or its child is in the group already. */
	kill(-child, SIGKILL);
	waitpid(child, 0, 0);
	while (!kill(-child, SIGKILL))
		usleep(1000);
	printf("none is left: %s\n", errno == ESRCH ? "yes" : strerror(errno));
}

int main(int count, char **arguments)
{
	const char *what = count == 2 ? arguments[1] : "";

	if (!strcmp(what, "shared"))
		with_others(take_shared, 1);
	else if (!strcmp(what, "regions"))
		with_others(take_regions, 4);
	else if (!strcmp(what, "open"))
		with_others(take_files, 4);
	else if (!strcmp(what, "private"))
		alone(take_private);
	else if (!strcmp(what, "forks"))
		forks();
	else
		return 2;
	return 0;
}
