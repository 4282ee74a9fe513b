/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_SOCKET_H
#define BULKHEAD_PIPE_SOCKET_H

#include "servers/pipe/table.h"

/*
 * A message on its way: this, the sender's name (padded to 8 bytes), the descriptors, the bytes
 * (padded). `tail` of a socket counts how much of the first frame of a stream is taken already.
 */
struct frame {
	uint32_t bytes;
	uint16_t files, name_bytes;
	uint32_t flags;                  /* SOCKET_CREDENTIALS */
	struct socket_credentials credentials;
};
_Static_assert(sizeof(struct frame) % 8 == 0, "whole words");
/* What a socket holds at most, headers included; a stream's message is part of it at most. */
#define SOCKET_CAPACITY (1u << 18)
#define STREAM_MOST     65000u
/* Of messages, beyond what SO_SNDBUF counts. */
#define SOCKET_HEADERS 8192u
#define TAIL(position, taken) ((position) << 16 | (taken))
#define TAIL_POSITION(tail)   ((tail) >> 16)
#define TAIL_TAKEN(tail)      ((uint32_t)((tail) & 0xffff))

static inline uint64_t padded(uint64_t bytes)
{
	return (bytes + 7) & ~7ull;
}
static inline uint64_t frame_header_bytes(const struct frame *frame)
{
	return sizeof(*frame) + padded(frame->name_bytes) +
	       frame->files * sizeof(struct socket_file);
}
static inline uint64_t frame_bytes(const struct frame *frame)
{
	return frame_header_bytes(frame) + padded(frame->bytes);
}
static inline int socket_is_empty(const struct socket *socket)
{
	return socket->head == TAIL_POSITION(socket->tail);
}
static inline uint64_t socket_used(const struct socket *socket)
{
	return socket->head - TAIL_POSITION(socket->tail);
}
/* Bytes, headers included, that one may send to the other now, by its SO_SNDBUF. */
static inline uint64_t socket_room(const struct socket *from, const struct socket *to)
{
	uint64_t most = from->send_most + SOCKET_HEADERS;

	most = most < SOCKET_CAPACITY ? most : SOCKET_CAPACITY;
	return most > socket_used(to) ? most - socket_used(to) : 0;
}
static inline uint32_t socket_number(struct pipe_table *table, const struct socket *socket)
{
	return (uint32_t)(socket - table->sockets);
}
static inline struct socket_live *socket_live(struct pipe_table *table, const struct socket *socket)
{
	return &table->socket_live[socket_number(table, socket)];
}
/* The socket of a link, or 0. */
static inline struct socket *socket_linked(struct pipe_table *table, uint64_t link)
{
	return link ? &table->sockets[link - 1] : 0;
}
static inline int socket_is_connected(const struct socket *socket)
{
	return socket->peer || socket->gone;
}

/* ---- The ring (socket_ring.c) ---- */

/* Between the ring and memory of ours, at a position. */
void socket_copy_out(struct pipe_table *table, const struct socket *socket, uint64_t position,
		     void *to, uint64_t bytes);
void socket_copy_in(struct pipe_table *table, const struct socket *socket, uint64_t position,
		    const void *from, uint64_t bytes);
/* Bytes to be received (FIONREAD): of a datagram socket, of the first one. */
uint32_t socket_bytes(struct pipe_table *table, const struct socket *socket);
/* The frames from the tail on: *position at first that, then moved behind the frame. 0: no more. */
int frame_next(struct pipe_table *table, const struct socket *socket, uint64_t *position,
	       struct frame *frame);
/* Descriptors that the frame at that position still has: not when part of its bytes is taken. */
static inline uint32_t frame_files(const struct socket *socket, uint64_t position,
				   const struct frame *frame)
{
	return socket->tail == TAIL(position, TAIL_TAKEN(socket->tail)) &&
	       TAIL_TAKEN(socket->tail) ? 0 : frame->files;
}
void frame_file(struct pipe_table *table, const struct socket *socket, uint64_t position,
		const struct frame *frame, uint32_t index, struct socket_file *file);
/* Is the record on the way somewhere? Compares the member of struct socket_file at that offset. */
int socket_in_flight(struct pipe_table *table, uint64_t member, uint64_t record);
#define IN_FLIGHT_MEMBER(name) __builtin_offsetof(struct socket_file, name)
/* Lets go of what is not on the way (any more). */
void socket_file_landed(struct pipe_table *table, const struct socket_file *file);

/*
 * Before a message is sent: what the client holds, the service holds too. Before one is received:
 * the client holds it. The intent says which records, until somebody calls socket_intent_end.
 */
status_t socket_files_hold(struct pipe_table *table, unsigned client,
			   const struct socket_file *file, uint32_t count) MUST_CHECK;
status_t socket_files_give(struct pipe_table *table, unsigned client,
			   const struct socket_file *file, uint32_t count) MUST_CHECK;
void socket_intend(struct pipe_table *table, const struct socket_file *file, uint32_t count);
/* All descriptors of a frame are to land. */
void socket_intent_frame(struct pipe_table *table, const struct socket *socket, uint64_t position,
			 const struct frame *frame);
static inline void socket_intent_end(struct pipe_table *table)
{
	table->stable->intent.count = 0;
}

/* ---- Life (socket_life.c) ---- */

/* Before the records are counted: those that were on the way only. */
void sockets_start_flight(struct pipe_table *table);
/* After it: which records are of which socket, what is half made, what was held in vain. */
void sockets_start(struct pipe_table *table);
/* A new one, not used yet; 0: none is left. */
struct socket *socket_prepare(struct pipe_table *table, uint32_t type);
/* Drops those that are only on the way to each other, if there may be any. */
void sockets_collect(struct pipe_table *table);
/* Nobody has it any more. */
void socket_free(struct pipe_table *table, struct socket *socket);
/* The socket of a record that the client holds; 0: it is none. */
struct socket *socket_held(struct pipe_table *table, const struct call *call, uint64_t number,
			   struct pipe_record **record);
/* The one that is bound there; 0. */
struct socket *socket_find(struct pipe_table *table, const struct socket_address *address);
/* Copies the name of a place from window `window`, which has it at its beginning. */
status_t socket_address_take(struct call *call, unsigned window, const struct socket_place *place,
			     struct socket_address *address) MUST_CHECK;
/* The first in a listener's queue, and how many there are. */
struct socket *socket_queued(struct pipe_table *table, const struct socket *listener,
			     uint32_t *count);
uint32_t socket_ready(struct pipe_table *table, const struct pipe_record *record);
/* Who has it looks again: sleepers and pollers. */
void socket_wake(struct pipe_table *table, const struct socket *socket, uint32_t events);
/* There is room at it: those who send to it look again. */
void socket_wake_senders(struct pipe_table *table, const struct socket *socket);

#endif
