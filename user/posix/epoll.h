/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_EPOLL_H
#define BULKHEAD_POSIX_EPOLL_H

#include "user/posix/file.h"

/* An open file goes away: no set is interested any more. Needed while files.epolls is not 0. */
void epoll_forget(struct task *task, const struct open_file *file);

#endif
