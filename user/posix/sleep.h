/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_SLEEP_H
#define BULKHEAD_POSIX_SLEEP_H

#include "user/posix/task.h"

/* How a struct timespec is meant. */
enum sleep_kind { SLEEP_RELATIVE, SLEEP_UNTIL, SLEEP_UNTIL_WALL };

/*
 * The tick that a struct timespec of the program means; 0: none, never. -EFAULT, -EINVAL. One made
 * of a time of day is remembered: task_wait with it follows the wall clock when that is set.
 */
long sleep_deadline(struct task *task, uint64_t address, enum sleep_kind kind, uint64_t *deadline);

#endif
