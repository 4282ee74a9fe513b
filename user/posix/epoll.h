/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_EPOLL_H
#define BULKHEAD_POSIX_EPOLL_H

#include "user/posix/file.h"

/* A file that is not at the pipe service goes away: no set is interested any more. */
void epoll_forget(struct task *task, const struct open_file *file);

#endif
