/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_PIPE_H
#define BULKHEAD_PROTO_PIPE_H

#include "libipc/interface.h"
#include "libipc/proto/epoll.h"
#include "libipc/proto/ipc.h"
#include "libipc/proto/poll.h"
#include "libipc/proto/socket.h"

/*
 * What processes talk through: pipes and FIFOs, counters (eventfd), timers (timerfd), local sockets
 * (proto/socket.h has those). A record is an open file description: an end of a pipe or one of the
 * others, its status flags, and the set of processes that hold it. A process holds a record at most
 * once (the personality counts dup itself). A record without a holder is gone; a pipe without
 * records is gone; a process that dies holds nothing.
 */
#define PIPE_CAPACITY  65536u                    /* of a new one */
#define PIPE_CAPACITY_MOST (1u << 20)
#define PIPE_ATOMIC    4096u                     /* PIPE_BUF: writes up to here are never mixed */

#define PIPE_NONBLOCK 1u                         /* status flags of a record */
#define PIPE_PACKETS  4u                         /* each write is one (O_DIRECT) */

#define PIPE_INTERFACE(ROW) \
	ROW(pipe, create,  ONCE) \
	ROW(pipe, open,    ONCE) \
	ROW(pipe, read,    ONCE) \
	ROW(pipe, write,   ONCE) \
	ROW(pipe, inherit, REPEATABLE) \
	ROW(pipe, release, REPEATABLE) \
	ROW(pipe, status,  REPEATABLE) \
	ROW(pipe, flags,   REPEATABLE) \
	ROW(pipe, watch,   REPEATABLE) \
	ROW(pipe, poll,    REPEATABLE) \
	ROW(pipe, peek,    REPEATABLE) \
	ROW(pipe, resize,  REPEATABLE) \
	ROW(pipe, event,   ONCE) \
	ROW(pipe, timer,   ONCE) \
	ROW(pipe, set_timer, REPEATABLE) \
	ROW(pipe, timer_state, REPEATABLE) \
	ROW(pipe, look_at_clock, REPEATABLE) \
	SOCKET_ROWS(ROW) \
	EPOLL_ROWS(ROW) \
	IPC_ROWS(ROW)

/* NFILE: all pipes are in use. */
struct pipe_create_request { uint64_t flags; };
struct pipe_create_reply { uint32_t read_record, write_record; };

/*
 * A FIFO, known by its file. Waits for the other end as Linux does; NONBLOCK: NXIO for a writer
 * without readers. A record may have both accesses.
 */
#define PIPE_READ  1u
#define PIPE_WRITE 2u
struct pipe_open_request { uint64_t inode; uint32_t volume; uint16_t access, flags; };
struct pipe_open_reply { uint64_t record; };

/*
 * Window 0, `bytes` of it. Both wait (NONBLOCK: AGAIN) until at least one byte can move (a write of
 * at most PIPE_ATOMIC bytes: until all can), then move what can and answer how much: a blocking
 * writer's personality goes on with the rest. CANCELLED: nothing was moved by this call. read: 0
 * bytes: no writer is left. write: PIPE: no reader is left. BADF: not held, or the wrong end.
 */
struct pipe_read_request { uint32_t record, bytes; };
struct pipe_read_reply { uint64_t bytes; };
struct pipe_write_request { uint32_t record, bytes; };
struct pipe_write_reply { uint64_t bytes; };

/* As read, but nothing is taken, and nothing waited for (AGAIN). */
struct pipe_peek_request { uint32_t record, bytes; };
struct pipe_peek_reply { uint64_t bytes; };

/* How much it holds: a power of two, PIPE_ATOMIC to PIPE_CAPACITY_MOST; 0: as it is. BUSY, PERM. */
struct pipe_resize_request { uint64_t record, bytes; };
struct pipe_resize_reply { uint64_t bytes; };

/* At fork: the child (its client index) holds these too. Only records that the caller holds. */
#define PIPE_INHERIT 10u
struct pipe_inherit_request { uint32_t child, count; uint32_t record[PIPE_INHERIT]; };
struct pipe_inherit_reply { };

struct pipe_release_request { uint64_t record; };
struct pipe_release_reply { };

struct pipe_status_request { uint64_t record; };
struct pipe_status_reply {
	uint32_t flags, access;                  /* PIPE_NONBLOCK; PIPE_READ, PIPE_WRITE */
	uint32_t bytes;                          /* in the pipe (FIONREAD) */
	uint32_t pipe;                           /* a number for st_ino */
};

struct pipe_flags_request { uint32_t record, flags; };
struct pipe_flags_reply { };

/* See poll.h. */
struct pipe_watch_request { uint64_t bits; };
struct pipe_watch_reply { };

#define PIPE_POLL 5u                             /* records per request: it fits the registers */
struct pipe_poll_item { uint32_t record; uint32_t events; };
struct pipe_poll_request { uint32_t count, arm; struct pipe_poll_item item[PIPE_POLL]; };
struct pipe_poll_reply { uint16_t ready[PIPE_POLL + 1]; uint32_t changes[PIPE_POLL]; };

/*
 * A counter. read and write move 8 bytes (INVAL: fewer were lent) as eventfd(2) says.
 * PIPE_SEMAPHORE: a read takes one.
 */
#define PIPE_SEMAPHORE 2u
struct pipe_event_request { uint64_t counter, flags; };
struct pipe_event_reply { uint64_t record; };

/*
 * A timer. read gives 8 bytes, how often it has expired since the last read or setting, and waits
 * until that is not 0; it gives no bytes once after the wall clock was set, for a timer that is to
 * tell of that. Times are monotonic. `clock` is kept for the caller.
 */
struct pipe_timer_request { uint32_t flags, clock; };
struct pipe_timer_reply { uint64_t record; };
/* deadline 0: never. interval 0: once. */
#define PIPE_TIMER_WALL 1u              /* the deadline is one of the wall clock */
#define PIPE_TIMER_TELL 2u              /* whoever reads or polls hears of that clock being set */
struct pipe_set_timer_request { uint64_t record, deadline_ns, interval_ns, flags; };
struct pipe_set_timer_reply { };
/* The next expiry, 0: none is to come. INVAL: it is no timer. */
struct pipe_timer_state_request { uint64_t record; };
struct pipe_timer_state_reply { uint64_t deadline_ns, interval_ns, clock; };
/* The wall clock was set: timers that keep to it are looked at again. */
struct pipe_look_at_clock_request { };
struct pipe_look_at_clock_reply { };

INTERFACE(pipe, PIPE_INTERFACE)

#endif
