/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ENDPOINT_H
#define BULKHEAD_ENDPOINT_H

#include "kernel/capability.h"

/* FAULT: the server works on a call whose answer takes the slow path; NONE: no endpoint at all. */
enum {
	PENDING_EVENTS = 1, PENDING_BITS = 2, PENDING_CALLS = 4, PENDING_TIMEOUT = 8,
	PENDING_FAULT = 16, PENDING_NONE = 32,
	PENDING_RECEIVABLE = PENDING_EVENTS | PENDING_BITS | PENDING_CALLS | PENDING_TIMEOUT,
};
enum session_event { EVENT_CANCEL = 1, EVENT_DEAD = 2 };

/* One client's relation with a server. Lives in its endpoint's pages. */
struct session {
	struct endpoint *endpoint;       /* fast path */
	uint64_t badge;                  /* fast path */
	struct session *next, *previous; /* free list, or the endpoint's events */
	uint32_t count;                  /* capabilities and fault handlers that refer to it */
	uint8_t events;                  /* enum session_event, to be told to the server */
	uint8_t listed;                  /* stands in the event list */
	uint8_t awaiting;                /* dead, handed out, not acknowledged */
	uint8_t used;
	uint64_t reserved[3];
};
_Static_assert(sizeof(struct session) == 64, "one cache line");

struct endpoint {
	struct object object;
	uint32_t pending;                /* fast path: PENDING_*: what a receive would find */
	uint32_t level;
	struct thread *receiver;         /* fast path: waits, and nothing is pending */
	struct thread *thread;           /* bound to it */
	struct thread *calls_first, *calls_last;
	struct session *events_first, *events_last;
	struct session *free;
	uint32_t bits;                   /* notification */
	uint32_t session_total;
	uint32_t calls, free_count;
	struct host *host;               /* its service lives in the kernel; 0: in a process */
	struct session sessions[];
};
extern struct endpoint endpoint_none;    /* what threads without one are bound to */

struct endpoint *endpoint_create(uint32_t page, uint32_t pages, uint32_t level);
struct session *endpoint_mint(struct endpoint *endpoint, uint64_t badge);
void session_hold(struct session *session);
void session_release(struct session *session);       /* count zero: the dead notice is listed */
void session_event(struct session *session, unsigned event);
void session_event_clear(struct session *session, unsigned event);
unsigned endpoint_event_take(struct endpoint *endpoint, struct session **taken);
uint32_t endpoint_bits_take(struct endpoint *endpoint);
void endpoint_call_add(struct endpoint *endpoint, struct thread *caller);
void endpoint_call_remove(struct endpoint *endpoint, struct thread *caller);
void endpoint_notify(struct endpoint *endpoint, uint32_t bits);
/* Something is pending: a thread that waits takes it at once. */
void endpoint_wake(struct endpoint *endpoint);

status_t invoke_endpoint(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);

#endif
