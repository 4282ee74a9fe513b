/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_CORE_H
#define BULKHEAD_POSIX_CORE_H

#include "user/posix/task.h"

/*
 * What a signal leaves behind, as core(5) says: the file `core` in the working directory, if the
 * signal is one that does and RLIMIT_CORE lets it. Gives the bit of wait(2)'s status that says so,
 * or 0. The process is to end after it: its other threads have ended.
 */
#define STATUS_CORE 0x80u
unsigned int core_dump(struct task *task, const struct signal_info *info);

#endif
