/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_GUEST_TRY_H
#define BULKHEAD_TESTS_GUEST_TRY_H

/*
 * For programs that print one line per call with what came of it: they run in a fresh directory of
 * the guest and on Linux, and must print the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The call's text, its result, and the error where it failed. */
#define TRY(call) (errno = 0, result = (long)(call), report(#call, result, errno))

static long result;

static inline void report(const char *call, long value, int error)
{
	if (value == -1)
		printf("%s = -1 %s\n", call, strerror(error));
	else
		printf("%s = %ld\n", call, value);
	fflush(stdout);
}

/* Runs it in a child, and waits for that. */
static inline void in_child(void (*what)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		what();
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (status)
		printf("child: status %x\n", status);
}

#endif
