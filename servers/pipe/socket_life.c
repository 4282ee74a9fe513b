/* SPDX-License-Identifier: MIT */
/* How sockets come, are found, and go; and what poll says of them. */
#include "libipc/proto/errno.h"
#include "libipc/string.h"
#include "servers/pipe/pass.h"
#include "servers/pipe/socket.h"

static int exists(struct pipe_table *table, const struct socket *socket)
{
	const struct socket *listener = socket_linked(table, socket->queued_at);
	const struct socket *peer = socket_linked(table, socket->peer);

	if (!socket->used)
		return 0;
	if (!socket->queued_at)
		return socket_live(table, socket)->record != 0;
	/* In a queue: if its client's connect has taken effect. */
	return listener->used && listener->listening && socket_live(table, listener)->record &&
	       (!peer || (peer->used && peer->peer == socket_number(table, socket) + 1u));
}

/* Records that the predecessor may have held in vain. */
static void finish_intent(struct pipe_table *table)
{
	struct socket_intent *intent = &table->stable->intent;

	for (uint64_t i = 0; i < intent->count && i < SOCKET_FILES; i++)
		socket_file_landed(table, &(struct socket_file){ .pipe = SOCKET_NO_RECORD,
			.disk = intent->disk[i], .terminal = intent->terminal[i] });
	intent->count = 0;
}

void sockets_start(struct pipe_table *table)
{
	for (uint32_t i = 0; i < table->counts.records; i++) {
		const struct pipe_record *record = &table->records[i];

		if (record->used && record->kind == RECORD_SOCKET)
			table->socket_live[record->object].record = i + 1;
	}
	for (uint32_t i = 0; i < table->counts.sockets; i++) {
		struct socket *socket = &table->sockets[i];

		if (socket->order > table->socket_order)
			table->socket_order = socket->order;
		if (socket->used)
			table->sockets_end = i + 1;
	}
	/* First: what is freed now has intents of its own. */
	finish_intent(table);
	for (uint32_t i = 0; i < table->sockets_end; i++)
		if (table->sockets[i].used && !exists(table, &table->sockets[i]))
			socket_free(table, &table->sockets[i]);
}

struct socket *socket_prepare(struct pipe_table *table, uint32_t type)
{
	for (uint32_t i = 0; i < table->counts.sockets; i++) {
		struct socket *socket = &table->sockets[i];

		if (socket->used)
			continue;
		*socket = (struct socket){ .type = type, .ring_index = NO_RING,
			.send_most = SOCKET_BUFFER, .receive_most = SOCKET_BUFFER };
		table->socket_live[i].record = 0;
		table->socket_live[i].frames_with_files = 0;
		if (table->sockets_end <= i)
			table->sockets_end = i + 1;
		return socket;
	}
	return 0;
}

/* What nobody received is dropped, its descriptors too. */
static void drop_frames(struct pipe_table *table, struct socket *socket)
{
	uint64_t position = TAIL_POSITION(socket->tail), at = position;
	struct frame frame;

	for (; frame_next(table, socket, &position, &frame); at = position) {
		uint32_t files = frame_files(socket, at, &frame);

		if (files)
			socket_intent_frame(table, socket, at, &frame);
		socket->tail = TAIL(position, 0);
		for (uint32_t i = 0; i < files; i++) {
			struct socket_file file;

			frame_file(table, socket, at, &frame, i, &file);
			socket_file_landed(table, &file);
		}
	}
	socket_intent_end(table);
	socket_live(table, socket)->frames_with_files = 0;
}

/* Its peer, if it is one's own; every socket that is connected to it, for datagrams. */
static void leave_peers(struct pipe_table *table, struct socket *socket)
{
	uint64_t link = socket_number(table, socket) + 1u;
	uint32_t reset = !socket_is_empty(socket) && socket->type != SOCKET_DATAGRAM;

	/* A connection that was never accepted is refused afterwards. */
	reset |= socket->queued_at != 0;
	for (uint32_t i = 0; i < table->sockets_end; i++) {
		struct socket *other = &table->sockets[i];

		if (!other->used || other->peer != link)
			continue;
		if (reset)
			other->error = E_CONNRESET;
		other->gone = 1;
		ring_publish(&other->peer, 0);
		socket_wake(table, other, POLL_BOTH);
	}
}

static void free_one(struct pipe_table *table, struct socket *socket)
{
	table->sockets_to_free |= socket->listening;
	leave_peers(table, socket);
	drop_frames(table, socket);
	socket->used = 0;
	socket_live(table, socket)->record = 0;
	ring_give(table, &socket->ring_index);
	socket_wake_senders(table, socket);
}

/*
 * What goes with it (descriptors that were on the way to it, connections in its queue) may be other
 * sockets, in a chain of any length: one after the other, not one within the other.
 */
void socket_free(struct pipe_table *table, struct socket *socket)
{
	socket_live(table, socket)->record = 0;
	table->sockets_to_free = 1;
	if (table->freeing_sockets)
		return;
	table->freeing_sockets = 1;
	while (table->sockets_to_free) {
		table->sockets_to_free = 0;
		for (uint32_t i = 0; i < table->sockets_end; i++) {
			struct socket *other = &table->sockets[i];

			if (other->used && !exists(table, other))
				free_one(table, other);
		}
	}
	table->freeing_sockets = 0;
}

struct socket *socket_held(struct pipe_table *table, const struct call *call, uint64_t number,
			   struct pipe_record **record)
{
	*record = pipe_record_held(table, number, BADGE_CLIENT(call->badge), 0);
	if (!*record || (*record)->kind != RECORD_SOCKET)
		return 0;
	return &table->sockets[(*record)->object];
}

status_t socket_address_take(struct call *call, unsigned window, const struct socket_place *place,
			     struct socket_address *address)
{
	*address = (struct socket_address){ .place = *place };
	if (place->bytes > SOCKET_NAME_BYTES)
		return STATUS_ERRNO(E_INVAL);
	if (!place->bytes)
		return STATUS_OK;
	return call_copy_in(call, window, 0, address->name, place->bytes);
}

static int same_place(const struct socket_address *a, const struct socket_address *b)
{
	if (!a->place.bytes || !b->place.bytes)
		return 0;
	if (a->place.inode || b->place.inode)
		return a->place.inode == b->place.inode && a->place.volume == b->place.volume;
	return a->place.bytes == b->place.bytes &&
	       memcmp(a->name, b->name, a->place.bytes) == 0;
}

struct socket *socket_find(struct pipe_table *table, const struct socket_address *address)
{
	/* An accepted socket shows its listener's name, but is not found by it. */
	for (uint32_t i = 0; i < table->sockets_end; i++) {
		struct socket *socket = &table->sockets[i];

		if (socket->used && !socket->queued_at && !socket->order &&
		    same_place(&socket->address, address))
			return socket;
	}
	return 0;
}

struct socket *socket_queued(struct pipe_table *table, const struct socket *listener,
			     uint32_t *count)
{
	uint64_t link = socket_number(table, listener) + 1u;
	struct socket *first = 0;

	*count = 0;
	for (uint32_t i = 0; i < table->sockets_end; i++) {
		struct socket *socket = &table->sockets[i];

		if (!socket->used || socket->queued_at != link)
			continue;
		++*count;
		if (!first || socket->order < first->order)
			first = socket;
	}
	return first;
}

static int can_send(struct pipe_table *table, const struct socket *socket)
{
	const struct socket *peer = socket_linked(table, socket->peer);

	/* As Linux (unix_writable): a quarter of what may be on its way at most. */
	return !peer || socket_used(peer) * 4 <= socket->send_most;
}

uint32_t socket_ready(struct pipe_table *table, const struct pipe_record *record)
{
	const struct socket *socket = &table->sockets[record->object];
	const struct socket *peer = socket_linked(table, socket->peer);
	int datagram = socket->type == SOCKET_DATAGRAM;
	int ended = (socket->shut & SOCKET_SHUT_RECEIVE) || (!datagram && socket->gone) ||
		    (!datagram && peer && peer->shut & SOCKET_SHUT_SEND);
	int closed = (!datagram && socket->gone) ||
		     (ended && (socket->shut & SOCKET_SHUT_SEND ||
				(!datagram && peer && peer->shut & SOCKET_SHUT_RECEIVE)));
	uint32_t ready = 0, count;

	if (socket->listening)
		return socket_queued(table, socket, &count) ? POLL_INPUT : 0;
	ready |= ended ? POLL_INPUT | POLL_READ_HANGUP : 0;
	ready |= !socket_is_empty(socket) ? POLL_INPUT : 0;
	ready |= closed || (!datagram && !socket_is_connected(socket)) ? POLL_HANGUP : 0;
	ready |= can_send(table, socket) ? POLL_OUTPUT : 0;
	return ready | (socket->error ? POLL_ERROR : 0);
}

void socket_wake(struct pipe_table *table, const struct socket *socket, uint32_t events)
{
	uint32_t record = socket_live(table, socket)->record;

	if (record)
		record_wake(table, &table->records[record - 1], events);
}

void socket_wake_senders(struct pipe_table *table, const struct socket *socket)
{
	uint64_t link = socket_number(table, socket) + 1u;

	event_signal(&socket_live(table, socket)->room);
	if (socket->peer && socket->type != SOCKET_DATAGRAM) {
		socket_wake(table, socket_linked(table, socket->peer), POLL_OUTPUT);
		return;
	}
	for (uint32_t i = 0; socket->type == SOCKET_DATAGRAM && i < table->sockets_end; i++)
		if (table->sockets[i].used && table->sockets[i].peer == link)
			socket_wake(table, &table->sockets[i], POLL_OUTPUT);
}
