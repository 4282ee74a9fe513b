/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/pass.h"

#include "libipc/proto/capability.h"
#include "libipc/proto/errno.h"

status_t on_create(struct call *call, const struct pipe_create_request *request,
			  struct pipe_create_reply *reply)
{
	unsigned client = client_of(call);
	uint32_t flags = request->flags & (PIPE_NONBLOCK | PIPE_PACKETS);
	struct pipe *pipe = pipe_prepare(&table);
	struct pipe_record *reader, *writer;
	union { struct pipe_create_reply reply; uint64_t word; } answer;

	if (!pipe)
		return STATUS_ERRNO(E_NFILE);
	reader = pipe_record_prepare(&table, pipe, PIPE_READ, flags, client);
	writer = pipe_record_prepare(&table, pipe, PIPE_WRITE, flags, client);
	if (!writer) {
		if (reader)
			pipe_record_unprepare(&table, reader);
		pipe_unprepare(&table, pipe);
		return STATUS_ERRNO(E_NFILE);
	}
	if (ipc_setting(SETTING_PIPE_BYTES) < PIPE_CAPACITY &&
	    !pass_may(client, CAPABILITY_SYS_RESOURCE))
		pipe->capacity = ipc_setting(SETTING_PIPE_BYTES);
	pipe->opens[READ_END] = pipe->opens[WRITE_END] = 1;
	reader->used = writer->used = 1;
	pipe_record_count(&table, reader, client);
	pipe_record_count(&table, writer, client);
	reply->read_record = record_number(&table, reader);
	reply->write_record = record_number(&table, writer);
	answer.reply = *reply;
	pipe_commit(&table, call, &pipe->used, 1, answer.word);
	return STATUS_OK;
}

static uint64_t opening_of(const struct call *call)
{
	/* Threads number their requests by themselves. */
	return call->badge << 32 | call->sequence;
}

/* The record of an open that a predecessor began and that is being repeated. */
static struct pipe_record *open_again(const struct call *call)
{
	for (uint32_t i = 0; i < table.counts.records; i++) {
		struct pipe_record *record = pipe_record_held(&table, i, client_of(call), 0);

		if (record && record->opening == opening_of(call))
			return record;
	}
	return 0;
}

/*
 * Counts an open of these ends: the openers of the other ends are waiting for that. What this one
 * has to wait for is an open of the other end, if nobody has that now.
 */
static void open_ends(struct pipe *pipe, struct pipe_live *live, struct pipe_record *record)
{
	if (record->access == PIPE_READ && !live->count[WRITE_END])
		record->opens_seen = pipe->opens[WRITE_END];
	if (record->access == PIPE_WRITE && !live->count[READ_END])
		record->opens_seen = pipe->opens[READ_END];
	if (record->access & PIPE_READ)
		pipe->opens[READ_END]++;
	if (record->access & PIPE_WRITE)
		pipe->opens[WRITE_END]++;
	event_signal(&live->opened);
}

static struct pipe *fifo_prepare(const struct pipe_open_request *request)
{
	struct pipe *pipe = pipe_prepare(&table);

	if (!pipe)
		return 0;
	pipe->inode = request->inode;
	pipe->volume = request->volume;
	pipe->opens[READ_END] = pipe->opens[WRITE_END] = 1;    /* opens_seen 0 is none of them */
	return pipe;
}

static struct pipe_record *open_begin(const struct call *call,
				      const struct pipe_open_request *request)
{
	struct pipe *named = pipe_named(&table, request->volume, request->inode);
	struct pipe *pipe = named ? named : fifo_prepare(request);
	struct pipe_record *record;

	if (!pipe)
		return 0;
	record = pipe_record_prepare(&table, pipe, request->access,
				     request->flags & (PIPE_NONBLOCK | PIPE_PACKETS),
				     client_of(call));
	if (!record) {
		if (!named)
			pipe_unprepare(&table, pipe);
		return 0;
	}
	record->opening = opening_of(call);
	open_ends(pipe, live_of(&table, record), record);
	ring_publish(&pipe->used, 1);
	ring_publish(&record->used, 1);
	pipe_record_count(&table, record, client_of(call));
	return record;
}

static int open_waits(const struct pipe_record *record)
{
	const struct pipe *pipe = pipe_of(&table, record);

	if (record->flags & PIPE_NONBLOCK || record->access == (PIPE_READ | PIPE_WRITE))
		return 0;
	return record->opens_seen == pipe->opens[record->access == PIPE_READ ? WRITE_END : READ_END];
}

static int has_reader(const struct pipe_open_request *request)
{
	struct pipe *pipe = pipe_named(&table, request->volume, request->inode);

	return pipe && table.live[pipe - table.pipes].count[READ_END];
}

status_t on_open(struct call *call, const struct pipe_open_request *request,
		 struct pipe_open_reply *reply)
{
	struct pipe_record *record = open_again(call);

	if (!request->access || request->access & ~(PIPE_READ | PIPE_WRITE))
		return STATUS_ERRNO(E_INVAL);
	if (!record && request->access == PIPE_WRITE && request->flags & PIPE_NONBLOCK &&
	    !has_reader(request))
		return STATUS_ERRNO(E_NXIO);
	if (!record)
		record = open_begin(call, request);
	if (!record)
		return STATUS_ERRNO(E_NFILE);
	while (open_waits(record)) {
		status_t status = event_wait(&live_of(&table, record)->opened, call);

		/* The process may have died meanwhile: then the record is not its own any more. */
		if (!client_set_has(&record->holders, client_of(call)) ||
		    record->opening != opening_of(call))
			return STATUS_CANCELLED;
		if (status != STATUS_OK) {
			pipe_record_release(&table, record, client_of(call));
			return status;
		}
	}
	reply->record = record_number(&table, record);
	pipe_commit(&table, call, &record->opening, 0, reply->record);
	return STATUS_OK;
}

static status_t read_now(struct call *call, struct pipe_record *record, uint64_t bytes,
			 struct pipe_read_reply *reply)
{
	struct pipe *pipe = pipe_of(&table, record);
	uint64_t used = ring_used(&pipe->ring);
	uint64_t moved = bytes < used ? bytes : used;
	/* Who waits for room found none; an edge is only where there was none. */
	int was_full = pipe->capacity - used < PIPE_ATOMIC;
	status_t status = ring_copy_out(call, 0, ring_of(&table, pipe->ring_index),
					pipe->ring.tail, moved);

	if (status != STATUS_OK)
		return status;
	reply->bytes = moved;
	pipe_commit(&table, call, &pipe->ring.tail, pipe->ring.tail + moved, moved);
	if (was_full)
		pipe_wake(&table, live_of(&table, record), WRITE_END);
	if (moved == used)
		event_signal(&table.ring_freed);
	return STATUS_OK;
}

/* Of the other kinds of records. */
static status_t other_read(struct pipe_record *record, struct call *call,
			   const struct pipe_read_request *request, struct pipe_read_reply *reply)
{
	if (record->kind >= RECORD_SOCKET)
		return STATUS_ERRNO(E_INVAL);
	return event_read(&table, call, request, reply);
}

static status_t other_write(struct pipe_record *record, struct call *call,
			    const struct pipe_write_request *request,
			    struct pipe_write_reply *reply)
{
	if (record->kind >= RECORD_SOCKET)
		return STATUS_ERRNO(E_INVAL);
	return event_write(&table, call, request, reply);
}

status_t on_read(struct call *call, const struct pipe_read_request *request,
		 struct pipe_read_reply *reply)
{
	struct pipe_record *record;
	struct pipe_live *live;
	status_t status;

	while ((record = pipe_record_held(&table, request->record, client_of(call), PIPE_READ))) {
		if (record->kind != RECORD_PIPE)
			return other_read(record, call, request, reply);
		live = live_of(&table, record);
		if (ring_used(&pipe_of(&table, record)->ring) && request->bytes)
			return pipe_of(&table, record)->framed ?
				packet_read(call, record, request->bytes, reply) :
				read_now(call, record, request->bytes, reply);
		if (!request->bytes || !live->count[WRITE_END]) {
			reply->bytes = 0;
			return STATUS_OK;
		}
		if (record->flags & PIPE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&live->changed[READ_END], call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}

/* What poll would say of it, too; nothing changes. */
status_t on_peek(struct call *call, const struct pipe_peek_request *request,
		 struct pipe_peek_reply *reply)
{
	struct pipe_record *record = pipe_record_held(&table, request->record, client_of(call),
						      PIPE_READ);
	const struct pipe *pipe;
	uint64_t used;

	if (!record || record->kind != RECORD_PIPE)
		return STATUS_ERRNO(E_BADF);
	pipe = pipe_of(&table, record);
	used = ring_used(&pipe->ring);
	if (!used)
		return live_of(&table, record)->count[WRITE_END] ? STATUS_ERRNO(E_AGAIN) :
			STATUS_OK;
	if (pipe->framed)
		return packet_peek(call, pipe, request->bytes, &reply->bytes);
	reply->bytes = request->bytes < used ? request->bytes : used;
	return ring_copy_out(call, 0, ring_of(&table, pipe->ring_index), pipe->ring.tail,
			     reply->bytes);
}

status_t on_resize(struct call *call, const struct pipe_resize_request *request,
		   struct pipe_resize_reply *reply)
{
	struct pipe_record *record = pipe_record_held(&table, request->record, client_of(call), 0);
	uint64_t bytes = PIPE_ATOMIC;
	struct pipe *pipe;

	if (!record || record->kind != RECORD_PIPE)
		return STATUS_ERRNO(E_BADF);
	pipe = pipe_of(&table, record);
	while (bytes < request->bytes && bytes <= PIPE_CAPACITY_MOST)
		bytes *= 2;
	if (bytes > ipc_setting(SETTING_PIPE_BYTES) && bytes > pipe->capacity &&
	    !pass_may(client_of(call), CAPABILITY_SYS_RESOURCE))
		return STATUS_ERRNO(E_PERM);
	if (bytes > PIPE_CAPACITY_MOST)
		return STATUS_ERRNO(E_NOMEM);
	if (request->bytes && bytes < ring_used(&pipe->ring))
		return STATUS_ERRNO(E_BUSY);
	if (request->bytes)
		pipe->capacity = bytes;
	reply->bytes = pipe->capacity;
	pipe_wake(&table, live_of(&table, record), WRITE_END);
	return STATUS_OK;
}

/* What its memory has room for, of what it may hold. */
static uint64_t pipe_room(const struct pipe *pipe)
{
	uint64_t size = page_bytes(pipe->ring_index);

	return (size < pipe->capacity ? size : pipe->capacity) - ring_used(&pipe->ring);
}

static status_t write_now(struct call *call, struct pipe_record *record, uint64_t bytes,
			  struct pipe_write_reply *reply)
{
	struct pipe *pipe = pipe_of(&table, record);
	uint64_t room = pipe_room(pipe), moved = bytes < room ? bytes : room;
	status_t status = ring_copy_in(call, 0, ring_of(&table, pipe->ring_index),
				       pipe->ring.head, moved);

	if (status != STATUS_OK)
		return status;
	reply->bytes = moved;
	pipe_commit(&table, call, &pipe->ring.head, pipe->ring.head + moved, moved);
	pipe_wake(&table, live_of(&table, record), READ_END);
	return STATUS_OK;
}

/* One attempt. AGAIN: *event is what to wait for. */
static status_t try_write(struct call *call, struct pipe_record *record,
			  const struct pipe_write_request *request,
			  struct pipe_write_reply *reply, struct event **event)
{
	uint64_t needed = request->bytes <= PIPE_ATOMIC ? request->bytes : 1, room;
	struct pipe *pipe = pipe_of(&table, record);
	struct pipe_live *live = live_of(&table, record);

	*event = &live->changed[WRITE_END];
	if (!request->bytes) {
		reply->bytes = 0;
		return STATUS_OK;
	}
	if (!live->count[READ_END])
		return STATUS_ERRNO(E_PIPE);
	if (pipe->framed || record->flags & PIPE_PACKETS)
		return packet_write(call, record, request->bytes, reply, event);
	room = pipe->capacity - ring_used(&pipe->ring);
	if (room < needed)
		return STATUS_ERRNO(E_AGAIN);
	if (ring_obtain(&table, &pipe->ring_index, &pipe->ring,
			request->bytes < room ? request->bytes : room, needed))
		return write_now(call, record, request->bytes, reply);
	*event = &table.ring_freed;
	return STATUS_ERRNO(E_AGAIN);
}

status_t on_write(struct call *call, const struct pipe_write_request *request,
		  struct pipe_write_reply *reply)
{
	struct pipe_record *record;
	struct event *event;
	status_t status;

	while ((record = pipe_record_held(&table, request->record, client_of(call), PIPE_WRITE))) {
		if (record->kind != RECORD_PIPE)
			return other_write(record, call, request, reply);
		status = try_write(call, record, request, reply, &event);
		if (status != STATUS_ERRNO(E_AGAIN) || record->flags & PIPE_NONBLOCK)
			return status;
		status = event_wait(event, call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}
