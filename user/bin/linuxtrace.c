/* SPDX-License-Identifier: MIT */
/*
 * linuxtrace [-c] [-o FILE] PROGRAM [ARGUMENT]...: runs a program and shows each Linux call of it
 * and of its children: process, call, arguments, result, and what it took, in ticks of the
 * time-stamp counter: instructions under ICOUNT=1. -c: sums only. To standard error, or FILE. The
 * status is the program's. The personality writes the lines (user/posix/trace.h) into a pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PR_TRACE 0x424b5452
#define CALLS    512

struct sum { char name[32]; unsigned long count, errors, ticks; };

static struct sum sums[CALLS];

static int fail(const char *what)
{
	fprintf(stderr, "linuxtrace: %s: %s\n", what, strerror(errno));
	return 127;
}

/* "PID name(...) = result <ticks>" */
static void add(const char *line, long result, unsigned long ticks)
{
	const char *name = strchr(line, ' ');
	size_t length = name ? strcspn(++name, "(") : 0;
	struct sum *sum;

	if (!length || length >= sizeof(sum->name))
		return;
	for (sum = sums; sum < sums + CALLS; sum++) {
		if (!*sum->name)
			memcpy(sum->name, name, length);
		if (!strncmp(sum->name, name, length) && !sum->name[length])
			break;
	}
	if (sum == sums + CALLS)
		return;
	sum->count++;
	sum->errors += result < 0 && result > -4096;
	sum->ticks += ticks;
}

/* The result and the cost stand at the end. */
static const char *end_of(const char *line, long *result, unsigned long *ticks)
{
	const char *at, *last = 0;

	for (at = line; (at = strstr(at, ") = ")); at += 4)
		last = at;
	*result = last ? strtol(last + 4, 0, 0) : 0;
	at = last ? strrchr(last, '<') : 0;
	*ticks = at ? strtoul(at + 1, 0, 10) : 0;
	return at;
}

static void read_lines(FILE *from, FILE *to, int only_sums)
{
	char *line = 0;
	const char *cost;
	size_t room = 0;
	unsigned long ticks;
	long result;

	while (getline(&line, &room, from) > 0) {
		line[strcspn(line, "\n")] = 0;
		cost = end_of(line, &result, &ticks);
		if (only_sums)
			add(line, result, ticks);
		else if (cost && result < 0 && result > -4096)
			fprintf(to, "%.*s(%s) %s\n", (int)(cost - line), line,
				strerror(-result), cost);
		else
			fprintf(to, "%s\n", line);
	}
	free(line);
}

static int by_ticks(const void *a, const void *b)
{
	const struct sum *left = a, *right = b;

	return left->ticks < right->ticks ? 1 : left->ticks > right->ticks ? -1 :
	       strcmp(left->name, right->name);
}

static void print_sums(FILE *to)
{
	struct sum *sum;

	qsort(sums, CALLS, sizeof(*sums), by_ticks);
	fprintf(to, "%12s %8s %8s %8s  call\n", "ticks", "each", "calls", "errors");
	for (sum = sums; sum < sums + CALLS && sum->count; sum++)
		fprintf(to, "%12lu %8lu %8lu %8lu  %s\n", sum->ticks, sum->ticks / sum->count,
			sum->count, sum->errors, sum->name);
}

int main(int count, char **arguments)
{
	int option, only_sums = 0, ends[2], status;
	FILE *to = stderr;
	pid_t child;

	while ((option = getopt(count, arguments, "+co:")) != -1) {
		if (option == 'c')
			only_sums = 1;
		else if (option != 'o' || !(to = fopen(optarg, "we")))
			return option == 'o' ? fail(optarg) : 127;
	}
	if (optind == count) {
		fprintf(stderr, "usage: linuxtrace [-c] [-o FILE] PROGRAM [ARGUMENT]...\n");
		return 127;
	}
	if (pipe2(ends, O_CLOEXEC))
		return fail("pipe");
	child = fork();
	if (child < 0)
		return fail("fork");
	if (!child) {
		if (prctl(PR_TRACE, ends[1]))
			_exit(fail("this system cannot trace"));
		execvp(arguments[optind], arguments + optind);
		_exit(fail(arguments[optind]));
	}
	close(ends[1]);
	read_lines(fdopen(ends[0], "r"), to, only_sums);
	if (only_sums)
		print_sums(to);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		fprintf(to, "%d ended by signal %d\n", child, WTERMSIG(status));
		return 128 + WTERMSIG(status);
	}
	return WEXITSTATUS(status);
}
