/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_CRASH_EVERYWHERE_H
#define BULKHEAD_TESTS_CRASH_EVERYWHERE_H

/*
 * "At any instruction", taken at its word: a child runs a request one instruction at a time, and
 * after each of them a successor starts from the memory that outlives the child, as it is then.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void crash_victim(void (*victim)(void))
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
		_exit(2);
	kill(getpid(), SIGSTOP);
	victim();
	_exit(0);
}

/*
 * survivor: memory shared with children, put back after each successor; everything else that
 * `successor` changes is its own business. Gives how many instructions there were.
 */
static inline unsigned crash_everywhere(void *survivor, size_t bytes, void (*victim)(void),
					void (*successor)(void))
{
	void *saved = malloc(bytes);
	unsigned steps = 0;
	int status;
	pid_t child = fork();

	if (child == 0)
		crash_victim(victim);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSTOPPED(status), "this host does not let a process be traced");
	while (WIFSTOPPED(status)) {
		memcpy(saved, survivor, bytes);
		successor();
		memcpy(survivor, saved, bytes);
		cr_assert_eq(ptrace(PTRACE_SINGLESTEP, child, 0, 0), 0);
		cr_assert_eq(waitpid(child, &status, 0), child);
		steps++;
	}
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	free(saved);
	return steps;
}

#endif
