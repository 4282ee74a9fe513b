/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_GUEST_SHOW_POLL_H
#define BULKHEAD_TESTS_GUEST_SHOW_POLL_H

#include <poll.h>
#include <stdio.h>

/* All that poll can say of a file. Needs: _GNU_SOURCE. */
static inline void show_poll(const char *what, int fd)
{
	struct pollfd polled = { .fd = fd };

	polled.events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI | POLLRDNORM | POLLWRNORM;
	poll(&polled, 1, 0);
	printf("%s %x\n", what, polled.revents);
	fflush(stdout);
}

#endif
