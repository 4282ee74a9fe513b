/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_SLEEP_H
#define BULKHEAD_POSIX_SLEEP_H

#include "user/posix/task.h"

/* How a struct timespec is meant. */
enum sleep_kind { SLEEP_RELATIVE, SLEEP_UNTIL, SLEEP_UNTIL_WALL };

/* The tick that a struct timespec of the program means; 0: none, never. -EFAULT, -EINVAL. */
long sleep_deadline(uint64_t address, enum sleep_kind kind, uint64_t *deadline);

/*
 * Sleeps as the program's struct timespec says (address 0: for ever): -ETIMEDOUT, or
 * -ERESTARTNOHAND when a signal came; -EFAULT, -EINVAL.
 */
long sleep_for(struct task *task, uint64_t timespec, enum sleep_kind kind);

#endif
