/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_HAND_OVER_H
#define BULKHEAD_POSIX_HAND_OVER_H

#include "user/posix/exec.h"
#include "user/posix/file.h"

/*
 * exec of a program that makes its caller somebody else (set-user-ID): the personality stood in
 * pages that the caller could write, so another one begins afresh and loads the program. What the
 * old one leaves it stands at PROCESS_HAND_OVER. The new one trusts nothing of it: open files are
 * what servers know of them, the program is the one that fs has named.
 *
 *	struct hand_over, struct open_file[files], struct handed[descriptors], strings
 */
struct handed { uint32_t descriptor, flags, file, reserved; };
struct hand_over {
	uint64_t files, descriptors;
	/* The program's name, then its arguments and its environment, each with its zero. */
	uint64_t string_bytes, argument_count, environment_count;
	uint64_t blocked, ignored;                /* signals */
	uint64_t umask;
	struct open_file directory, root;
};

/* Room for all that is to be handed over: so many bytes. -ENOMEM. */
long hand_over_prepare(struct task *task, const struct exec *exec, uint64_t *bytes) MUST_CHECK;
/* Leaves it, and this personality ends. strings: the arguments', then the environment's. */
_Noreturn void hand_over(struct task *task, const struct exec *exec, const uint8_t *strings,
			 uint64_t bytes);
/* In the new one: its beginning, if there was an old one. Ends the process if that cannot be. */
int take_over(struct task *task);

#endif
