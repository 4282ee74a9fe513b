/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_GUEST_PTY_H
#define BULKHEAD_TESTS_GUEST_PTY_H

/* A pair of terminals, and what comes out of them. Needs: _GNU_SOURCE. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int master, slave;
static char bytes[10000];

static inline void open_pair(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	grantpt(master);
	unlockpt(master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
}

static inline void close_pair(void)
{
	close(slave);
	close(master);
}

/* Which of the events have come, after so long at the most. */
static inline int ready(int fd, int events, int limit_ms)
{
	struct pollfd polled = { fd, (short)events, 0 };

	poll(&polled, 1, limit_ms);
	return polled.revents;
}

/* Shows what a read brings, with escapes. */
static inline void show(const char *what, int fd)
{
	ssize_t got;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	got = read(fd, bytes, sizeof(bytes));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	if (got < 0) {
		printf("%s: %s\n", what, strerror(errno));
		return;
	}
	printf("%s: %zd \"", what, got);
	for (ssize_t i = 0; i < got; i++)
		printf(bytes[i] < ' ' || bytes[i] > 126 ? "\\%03o" : "%c", bytes[i] & 0xff);
	printf("\"\n");
	fflush(stdout);
}

/* The same where the other end has written: Linux hands bytes over from a work queue. */
static inline void show_later(const char *what, int fd)
{
	usleep(30000);
	show(what, fd);
}

#endif
