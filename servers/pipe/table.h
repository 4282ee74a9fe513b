/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_TABLE_H
#define BULKHEAD_PIPE_TABLE_H

#include "libipc/client_set.h"
#include "libipc/ring.h"
#include "libipc/watch.h"
/* After libipc/server.h: it decides what an interface table becomes. */
#include "libipc/proto/pipe.h"

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
#define PIPES        256u
#define PIPE_RECORDS 640u                /* two for each pipe, and some for FIFOs opened often */
#define NO_RING      0xffffffffu
#define NO_CLIENT    0xffffffffu

struct pipe {
	uint64_t used;
	struct ring ring;
	uint64_t inode;                  /* of a FIFO's file, with its volume; else 0 */
	uint32_t volume;
	uint32_t ring_index;             /* of its memory, NO_RING until the first write */
	uint64_t opens[2];               /* how often an end was opened: a FIFO's openers watch it */
};

struct pipe_record {
	uint64_t used;
	uint16_t pipe, access;
	uint32_t flags;
	uint64_t opening;                /* sequence number of the open that still waits; 0: none */
	uint64_t opens_seen;             /* opens of the other end until now, if none was left; else 0 */
	struct client_set holders;
};

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
	struct watch_table watches;
	struct pipe pipes[PIPES];
	struct pipe_record records[PIPE_RECORDS];
};

/* Ends of a pipe as indices. */
enum { READ_END, WRITE_END };

/* What is known of a pipe besides: counted at the start. */
struct pipe_live {
	uint32_t count[2];               /* records of that end */
	struct event changed[2];         /* readers, writers asleep */
	struct event opened;             /* openers of a FIFO asleep */
	struct watchers watchers[2];
};

struct pipe_table {
	struct pipe_stable *stable;
	struct pipe_live live[PIPES];
	uint16_t held[CLIENT_MAX];       /* records that the client holds */
	uint16_t free_pipe[PIPES], free_record[PIPE_RECORDS];
	uint32_t free_pipes, free_records;
	uint8_t *ring_memory;
	uint32_t rings, free_rings;
	uint32_t free_ring[PIPES];
	struct event ring_freed;         /* writers asleep because all rings hold data */
};

/*
 * Counts everything; drops what is half made.
 * Needs: stable, ring_memory and rings (at most PIPES) set, all else zero.
 */
void pipe_table_start(struct pipe_table *table);

/* 0: the client does not hold it with that access (all bits of it; 0: any). */
struct pipe_record *pipe_record_held(struct pipe_table *table, uint64_t record, unsigned client,
				     uint32_t access);
static inline struct pipe *pipe_of(struct pipe_table *table, const struct pipe_record *record)
{
	return &table->stable->pipes[record->pipe];
}
static inline struct pipe_live *live_of(struct pipe_table *table, const struct pipe_record *record)
{
	return &table->live[record->pipe];
}
static inline uint32_t record_number(struct pipe_table *table, const struct pipe_record *record)
{
	return (uint32_t)(record - table->stable->records);
}

/*
 * A pipe with nothing in it, and a record of it held by the client. Neither is used yet: set
 * record.used, then pipe.used (that order, or the record is of another pipe for a moment), and
 * then count them with pipe_record_count. 0: none is left.
 */
struct pipe *pipe_prepare(struct pipe_table *table);
struct pipe_record *pipe_record_prepare(struct pipe_table *table, struct pipe *pipe,
					uint32_t access, uint32_t flags, unsigned client);
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

/* The memory of a pipe's ring. Takes one from a pipe that is empty if need be; 0: all are full. */
int pipe_ring_obtain(struct pipe_table *table, struct pipe *pipe);
static inline struct ring_memory pipe_ring(struct pipe_table *table, const struct pipe *pipe)
{
	return (struct ring_memory){ table->ring_memory +
		(uint64_t)pipe->ring_index * PIPE_CAPACITY, PIPE_CAPACITY };
}

/* What poll answers for a record. */
uint32_t pipe_record_ready(struct pipe_table *table, const struct pipe_record *record);

/* Wakes those who sleep for something to change at this end. */
void pipe_wake(struct pipe_table *table, struct pipe_live *live, unsigned end);

/* The effect of a request and its answer, by one store to a word of the stable memory. */
void pipe_commit(struct pipe_table *table, struct call *call, uint64_t *word, uint64_t value,
		 uint64_t reply);
/* At a start, before pipe_table_start: publishes the answer of an effect that has none yet. */
void pipe_journal_recover(struct pipe_stable *stable);
void pipe_journal_forget(struct pipe_stable *stable, unsigned client);

#endif
