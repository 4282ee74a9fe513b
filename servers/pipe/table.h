/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_TABLE_H
#define BULKHEAD_PIPE_TABLE_H

#include "libipc/client_set.h"
#include "libipc/ring.h"
#include "libipc/watch.h"
/* After libipc/server.h: it decides what an interface table becomes. */
#include "libipc/proto/pipe.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/page.h"

/*
 * Pipes, and the records that processes hold of their ends. What is in struct pipe_stable survives
 * a crash at any instruction:
 *
 *  - a record exists if `used` is set, its pipe's `used` is set, and somebody holds it;
 *  - a pipe exists if `used` is set and a record of it exists;
 *  - everything that counts them (struct pipe_live) is counted anew at a start.
 *
 * So each of creating, inheriting and releasing is done by one store, and half of one is nothing.
 */
#define NO_RING      0xffffffffu
#define NO_CLIENT    0xffffffffu
/* The client index that stands for "on the way" among the holders of a record: the supervisor's. */
#define IN_FLIGHT (CLIENT_MAX - 1)

struct pipe {
	uint64_t used;
	struct ring ring;
	uint64_t inode;                  /* of a FIFO's file, with its volume; else 0 */
	uint32_t volume;
	uint32_t ring_index;             /* its memory (page.h), NO_RING until the first write */
	uint64_t opens[2];               /* how often an end was opened: a FIFO's openers watch it */
	uint64_t capacity;               /* what it may hold; its memory grows as it is needed */
	uint64_t framed, taken;          /* packets (packet.c): bytes read of the first frame */
};

enum record_kind {
	RECORD_PIPE, RECORD_EVENT, RECORD_TIMER, RECORD_SOCKET, RECORD_SEGMENT, RECORD_QUEUE,
	RECORD_EPOLL,
};

struct pipe_record {
	uint64_t used;
	uint16_t object;                 /* which pipe, socket, segment or queue */
	uint8_t kind, access;            /* enum record_kind */
	uint32_t flags;
	union {
		struct {                         /* of a FIFO */
			uint64_t opening;        /* of the open that still waits; 0: none */
			uint64_t opens_seen;     /* of the other end, if none was left; else 0 */
		};
		uint64_t counter;
		struct {                 /* a timer */
			uint64_t deadline_ns, interval_ns;
			uint32_t clock, timer_flags;
			uint64_t wall_boot_ns;   /* the wall clock that it has seen */
		};
	};
	struct client_set holders;
};

/*
 * A socket. It exists if `used` is set and a record of it exists, or if it waits in the queue of a
 * listener that exists. Links to others are their numbers + 1; 0: none.
 */
struct socket_address { struct socket_place place; char name[SOCKET_NAME_BYTES + 4]; };
struct socket {
	uint64_t used;
	/* Frames that came and were not received (socket_ring.c). */
	uint64_t head;
	uint64_t tail;                   /* position << 16 | taken bytes of the first frame */
	uint32_t ring_index, type;
	uint64_t peer;                   /* connected to */
	uint64_t queued_at;              /* the listener that has not accepted it */
	uint64_t order;                  /* in the queue */
	uint32_t gone;                   /* it had a peer */
	uint32_t listening, backlog;
	uint32_t shut;                   /* SOCKET_SHUT_* */
	uint32_t error;                  /* to be told once */
	uint32_t shows_credentials;      /* SO_PASSCRED */
	uint32_t send_most, receive_most; /* SO_SNDBUF, SO_RCVBUF: the latter is only kept */
	struct socket_credentials own, other;  /* of who connected or listened; of the peer */
	struct socket_address address;   /* place.bytes 0 and no inode: none */
};

/* A set's interest in a record, or in a foreign file (epoll.c). */
struct epoll_item {
	uint64_t used;
	uint64_t state;                  /* what it has reported */
	uint64_t data;
	uint32_t set, target;            /* records; EPOLL_NO_RECORD: the file */
	uint32_t events, owner;          /* client that added it */
	int32_t descriptor;
	uint32_t reserved;
	struct epoll_file file;
};

/*
 * Records at the fs and the console that this service may hold without need, because it died in
 * between: a successor looks whether they are on the way, and lets go of the others.
 */
struct socket_intent { uint64_t count, disk[SOCKET_FILES], terminal[SOCKET_FILES]; };

/*
 * The last effect of a request that must not be executed twice: storing `value` at the word is the
 * effect. If it stands there and the answer was not published, the answer is this one.
 */
struct pipe_journal {
	uint32_t client, sequence;       /* the caller's badge; NO_CLIENT while written */
	uint64_t word_offset;            /* in struct pipe_stable */
	uint64_t value;
	uint64_t reply;
};

struct pipe_stable {
	struct pipe_journal journal;
	struct ledger ledger;
	struct watch_table watches;
	uint64_t setting[SETTINGS];      /* ipc_setting.c */
	struct socket_intent intent;
};

/* How many of each the stable memory has room for (layout.c). */
struct pipe_counts {
	uint32_t pipes, records, sockets, items, keys, queues, blocks, semaphores, undos;
};

/* Ends of a pipe as indices. */
enum { READ_END, WRITE_END };

/* What is known of a pipe besides: counted at the start. */
struct pipe_live {
	uint32_t count[2];               /* records of that end */
	struct event changed[2];         /* readers, writers asleep */
	struct event opened;             /* openers of a FIFO asleep */
	uint32_t counted, pages, run;    /* of packets: full pages, bytes in the last one */
	struct watchers watchers[2];
};

/* The same of a record that is not of a pipe. */
struct record_live {
	struct event changed;
	struct watchers watchers;
	uint64_t announced_ns;           /* the deadline of a timer that was told of */
	uint32_t changes[2];             /* that concern input, output */
	/* epoll.c: how many items want it; of a set, its items. Numbers of items + 1. */
	uint32_t watched, first_item, last_item, next_item, items, foreign;
};

/* What is known of a socket besides. */
struct socket_live {
	uint32_t record;                 /* number + 1; 0: nobody has it (yet) */
	uint32_t frames_with_files;
	uint32_t collected;              /* it is needed, as of that collection */
	struct event room;               /* senders, connecters asleep */
};

struct pipe_table {
	struct pipe_stable *stable;
	struct pipe_counts counts;
	struct pipe *pipes;
	struct pipe_record *records;
	struct socket *sockets;
	struct socket_live *socket_live;
	struct epoll_item *items;
	uint32_t *item_next, *free_item, free_items; /* numbers of items + 1 */
	uint32_t sockets_end;            /* none is in use at or above */
	uint64_t socket_order;
	uint32_t freeing_sockets, sockets_to_free;
	uint32_t may_collect, collection; /* some may fly in circles; how often was looked */
	struct pipe_live *live;
	struct record_live *record_live;
	uint32_t changes;                /* where this generation's numbers begin (proto/poll.h) */
	uint16_t held[CLIENT_MAX];       /* records that the client holds */
	uint16_t *free_pipe, *free_record;
	uint32_t free_pipes, free_records;
	struct page_pool pages;          /* the memory of rings */
	struct event ring_freed;         /* writers asleep because all of it holds data */
	struct ipc_tables ipc;
	struct ipc_live ipc_live;
	struct watchers *queue_watchers;
};

/* Finds everything in the stable memory, and makes what is beside it. NO_MEMORY. */
status_t pipe_layout(struct pipe_table *table, void *stable, uint64_t bytes) MUST_CHECK;

/*
 * Counts everything; drops what is half made.
 * Needs: pipe_layout has been done, all else zero.
 */
void pipe_table_start(struct pipe_table *table);

/* 0: the client does not hold it with that access (all bits of it; 0: any). */
struct pipe_record *pipe_record_held(struct pipe_table *table, uint64_t record, unsigned client,
				     uint32_t access);
static inline struct pipe *pipe_of(struct pipe_table *table, const struct pipe_record *record)
{
	return &table->pipes[record->object];
}
static inline struct pipe_live *live_of(struct pipe_table *table, const struct pipe_record *record)
{
	return &table->live[record->object];
}
static inline uint32_t record_number(struct pipe_table *table, const struct pipe_record *record)
{
	return (uint32_t)(record - table->records);
}
static inline struct record_live *record_live(struct pipe_table *table,
					      const struct pipe_record *record)
{
	return &table->record_live[record_number(table, record)];
}

/*
 * A pipe with nothing in it, and a record of it held by the client. Neither is used yet: set
 * record.used, then pipe.used (that order, or the record is of another pipe for a moment), and
 * then count them with pipe_record_count. 0: none is left.
 */
struct pipe *pipe_prepare(struct pipe_table *table);
struct pipe_record *pipe_record_prepare(struct pipe_table *table, struct pipe *pipe,
					uint32_t access, uint32_t flags, unsigned client);
/* One of another kind, by itself: with `used` it exists. */
struct pipe_record *record_prepare(struct pipe_table *table, enum record_kind kind, uint32_t flags,
				   unsigned client);
/* Not used after all. */
void pipe_unprepare(struct pipe_table *table, struct pipe *pipe);
void pipe_record_unprepare(struct pipe_table *table, struct pipe_record *record);
void pipe_record_count(struct pipe_table *table, struct pipe_record *record, unsigned client);

void pipe_record_share(struct pipe_table *table, struct pipe_record *record, unsigned client);
/* The client lets go; frees what nobody holds any more. Sleepers of the other end are woken. */
void pipe_record_release(struct pipe_table *table, struct pipe_record *record, unsigned client);
void pipe_client_release(struct pipe_table *table, unsigned client);

/* A FIFO in use, by its file; 0: none. */
struct pipe *pipe_named(struct pipe_table *table, uint32_t volume, uint64_t inode);

/*
 * Memory for a ring that holds [tail, head): for `wanted` bytes more if there is as much, for
 * `needed` at least; from rings that are empty if need be. 0: there is not.
 */
int ring_grow(struct pipe_table *table, uint32_t *ring_index, const struct ring *ring,
	      uint64_t wanted, uint64_t needed);
static inline int ring_obtain(struct pipe_table *table, uint32_t *ring_index,
			      const struct ring *ring, uint64_t wanted, uint64_t needed)
{
	if (*ring_index != NO_RING && page_bytes(*ring_index) >= ring_used(ring) + wanted)
		return 1;
	return ring_grow(table, ring_index, ring, wanted, needed);
}
static inline struct ring_memory ring_of(struct pipe_table *table, uint32_t ring_index)
{
	return (struct ring_memory){ page_address(&table->pages, ring_index),
				     page_bytes(ring_index) };
}
/* It is empty: others may have it. */
void ring_give(struct pipe_table *table, uint32_t *ring_index);

/* What poll answers for a record of a pipe. */
uint32_t pipe_record_ready(struct pipe_table *table, const struct pipe_record *record);
/* Counters and timers (event.c): what poll answers, and read and write of their 8 bytes. */
uint32_t event_ready(const struct pipe_record *record);
status_t event_read(struct pipe_table *table, struct call *call,
		    const struct pipe_read_request *request,
		    struct pipe_read_reply *reply) MUST_CHECK;
status_t event_write(struct pipe_table *table, struct call *call,
		     const struct pipe_write_request *request,
		     struct pipe_write_reply *reply) MUST_CHECK;
/* Expiries of a timer until now. */
uint64_t timer_expiries(const struct pipe_record *record, uint64_t now_ns);
/* Tells those who wait for timers that have expired, and sets the deadline for the next. */
void timers_look(struct pipe_table *table);
/* Sleepers and pollers of a record that is not of a pipe look again; POLL_INPUT, POLL_OUTPUT. */
void record_wake(struct pipe_table *table, const struct pipe_record *record, uint32_t events);
#define POLL_BOTH (POLL_INPUT | POLL_OUTPUT)

/* Wakes those who sleep for something to change at this end. */
void pipe_wake(struct pipe_table *table, struct pipe_live *live, unsigned end);

/* The effect of a request and its answer, by one store to a word of the stable memory. */
void pipe_commit(struct pipe_table *table, struct call *call, uint64_t *word, uint64_t value,
		 uint64_t reply);
/* At a start, before pipe_table_start: publishes the answer of an effect that has none yet. */
void pipe_journal_recover(struct pipe_stable *stable);
void pipe_journal_forget(struct pipe_stable *stable, unsigned client);

#endif
