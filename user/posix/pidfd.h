/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_PIDFD_H
#define BULKHEAD_POSIX_PIDFD_H

#include "user/posix/file.h"

/* A descriptor for a process that is to be made; pidfd_begin when it has been. */
long pidfd_make(struct task *task, uint32_t pid, unsigned int flags);
void pidfd_begin(struct task *task, long descriptor, uint32_t pid);
/* For waitid: whose it is. at_once: it does not wait. -EBADF; -ECHILD: gone. */
long pidfd_wait(struct task *task, long descriptor, int32_t *pid, int *at_once);

#endif
