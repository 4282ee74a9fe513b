/* SPDX-License-Identifier: MIT */
/*
 * Sockets that are only on the way to each other: nobody can ever receive them. Marked is what a
 * process has, what waits to be accepted at a marked one, and what is on the way to a marked one;
 * the rest goes (as Linux does: net/unix/garbage.c).
 */
#include "servers/pipe/socket.h"

static int only_flies(const struct pipe_record *record)
{
	return record->used && record->kind == RECORD_SOCKET &&
	       client_set_next(&record->holders, 0) == IN_FLIGHT;
}

static const struct pipe_record *record_of(const struct pipe_table *table, uint32_t socket)
{
	uint32_t record = table->socket_live[socket].record;

	return record ? &table->records[record - 1] : 0;
}

/* 1: it was not marked before. */
static int mark(struct pipe_table *table, uint32_t socket)
{
	struct socket_live *live = &table->socket_live[socket];
	int fresh = live->collected != table->collection;

	live->collected = table->collection;
	return fresh;
}

static int is_marked(const struct pipe_table *table, uint32_t socket)
{
	return table->socket_live[socket].collected == table->collection;
}

/* Marks what is on the way to a marked one. 1: there was something. */
static int mark_flying(struct pipe_table *table, const struct socket *socket)
{
	uint64_t position = TAIL_POSITION(socket->tail), at = position;
	struct frame frame;
	int found = 0;

	for (; frame_next(table, socket, &position, &frame); at = position) {
		for (uint32_t i = 0; i < frame_files(socket, at, &frame); i++) {
			const struct pipe_record *record;
			struct socket_file file;

			frame_file(table, socket, at, &frame, i, &file);
			record = pipe_record_held(table, file.pipe, IN_FLIGHT, 0);
			if (record && record->kind == RECORD_SOCKET)
				found |= mark(table, record->object);
		}
	}
	return found;
}

/* One round over all: 1 if anything was marked. */
static int mark_round(struct pipe_table *table)
{
	int found = 0;

	for (uint32_t i = 0; i < table->sockets_end; i++) {
		const struct socket *socket = &table->sockets[i];
		const struct pipe_record *record = record_of(table, i);

		if (!socket->used)
			continue;
		if (record ? !only_flies(record) : socket->queued_at &&
		    is_marked(table, (uint32_t)socket->queued_at - 1))
			found |= mark(table, i);
		if (is_marked(table, i) && table->socket_live[i].frames_with_files)
			found |= mark_flying(table, socket);
	}
	return found;
}

/* It is not received any more: what is on the way to it goes with it. */
static void drop_unmarked(struct pipe_table *table)
{
	for (uint32_t i = 0; i < table->sockets_end; i++) {
		struct pipe_record *record = (struct pipe_record *)record_of(table, i);

		if (table->sockets[i].used && record && only_flies(record) && !is_marked(table, i))
			pipe_record_release(table, record, IN_FLIGHT);
	}
}

void sockets_collect(struct pipe_table *table)
{
	if (!table->may_collect || table->freeing_sockets)
		return;
	table->may_collect = 0;
	table->collection++;
	while (mark_round(table))
		;
	drop_unmarked(table);
	table->may_collect = 0;
}
