/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_EPOLL_H
#define BULKHEAD_PROTO_EPOLL_H

#include "libipc/interface.h"

/*
 * Sets of epoll(7), a part of the pipe service's interface: a set is a record, so that processes
 * share it. What it is interested in is a record here, or *foreign*: an open file that only a
 * personality can ask, which it does for each wait.
 */
#define EPOLL_ROWS(ROW) \
	ROW(pipe, epoll_make,    ONCE) \
	ROW(pipe, epoll_control, ONCE) \
	ROW(pipe, epoll_collect, ONCE) \
	ROW(pipe, epoll_foreign, REPEATABLE) \
	ROW(pipe, epoll_report,  ONCE) \
	ROW(pipe, epoll_forget,  REPEATABLE)

/* Linux's numbers. */
enum { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL, EPOLL_CTL_MOD };
#define EPOLL_EXCLUSIVE (1u << 28)
#define EPOLL_WAKEUP    (1u << 29)
#define EPOLL_ONESHOT   (1u << 30)
#define EPOLL_EDGE      (1u << 31)
#define EPOLL_MODES     (EPOLL_EXCLUSIVE | EPOLL_WAKEUP | EPOLL_ONESHOT | EPOLL_EDGE)

/* struct epoll_event of x86-64 is packed. */
struct epoll_event { uint32_t events; uint64_t data; } __attribute__((packed));

struct pipe_epoll_make_request { uint64_t reserved; };
struct pipe_epoll_make_reply { uint64_t record; };

/* A foreign file: what only the personality understands; the first three words name it. */
#define EPOLL_NO_RECORD 0xffffffffu
struct epoll_file { uint64_t opaque[4]; };
struct pipe_epoll_control_request {
	uint32_t set, operation, record, events;
	uint64_t data;
	int32_t descriptor;
	uint32_t reserved;
	struct epoll_file file;          /* where there is no record */
};
struct pipe_epoll_control_reply { };

/*
 * Window 0: `most` struct epoll_event. What is to be reported, and how many foreign files there are
 * besides; arm: as for poll, also for what becomes interesting.
 */
#define EPOLL_COLLECT 1024u              /* at most */
struct pipe_epoll_collect_request { uint32_t set, most, arm, reserved; };
struct pipe_epoll_collect_reply { uint32_t count, foreign; };

/*
 * The foreign file at that place, in sets within the set too; `item`: what to report it as, 0: none
 * is there; of_set: it is in another set, which would be readable then. events 0: none are wanted.
 */
struct pipe_epoll_foreign_request { uint32_t set, at; };
struct pipe_epoll_foreign_reply {
	uint32_t item, events;
	int32_t descriptor;
	uint32_t of_set;
	struct epoll_file file;
};
/* It is ready. The event to be given, if it is news; events 0: it is not. */
struct pipe_epoll_report_request { uint32_t set, item, ready, changes; };
struct pipe_epoll_report_reply { uint64_t events, data; };
/* The caller has closed it: what it has added of it to any set is gone. */
struct pipe_epoll_forget_request { uint64_t opaque[3]; };
struct pipe_epoll_forget_reply { };

/* In what poll gives for a set: it has foreign files, which are to be asked, too. */
#define POLL_FOREIGN 0x4000u

#endif
