/* SPDX-License-Identifier: MIT */
/* The messages of a socket in its ring, and the descriptors among them. */
#include "libipc/proto/errno.h"
#include "libipc/string.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/pass.h"
#include "servers/pipe/socket.h"

void socket_copy_out(struct pipe_table *table, const struct socket *socket, uint64_t position,
		     void *to, uint64_t bytes)
{
	struct ring_memory memory = ring_of(table, socket->ring_index);
	uint64_t at = position % memory.size_bytes, rest = memory.size_bytes - at;
	uint64_t first = bytes < rest ? bytes : rest;

	memcpy(to, memory.bytes + at, first);
	memcpy((uint8_t *)to + first, memory.bytes, bytes - first);
}

void socket_copy_in(struct pipe_table *table, const struct socket *socket, uint64_t position,
		    const void *from, uint64_t bytes)
{
	struct ring_memory memory = ring_of(table, socket->ring_index);
	uint64_t at = position % memory.size_bytes, rest = memory.size_bytes - at;
	uint64_t first = bytes < rest ? bytes : rest;

	memcpy(memory.bytes + at, from, first);
	memcpy(memory.bytes, (const uint8_t *)from + first, bytes - first);
}

int frame_next(struct pipe_table *table, const struct socket *socket, uint64_t *position,
	       struct frame *frame)
{
	if (*position == socket->head)
		return 0;
	socket_copy_out(table, socket, *position, frame, sizeof(*frame));
	*position += frame_bytes(frame);
	return 1;
}

uint32_t socket_bytes(struct pipe_table *table, const struct socket *socket)
{
	uint64_t position = TAIL_POSITION(socket->tail), bytes = 0;
	struct frame frame;

	while (frame_next(table, socket, &position, &frame)) {
		bytes += frame.bytes;
		if (socket->type == SOCKET_DATAGRAM)
			break;
	}
	return (uint32_t)bytes - TAIL_TAKEN(socket->tail);
}

void frame_file(struct pipe_table *table, const struct socket *socket, uint64_t position,
		const struct frame *frame, uint32_t index, struct socket_file *file)
{
	socket_copy_out(table, socket, position + sizeof(*frame) + padded(frame->name_bytes) +
			index * sizeof(*file), file, sizeof(*file));
}

static int flies_in(struct pipe_table *table, const struct socket *socket, uint64_t member,
		    uint64_t record)
{
	uint64_t position = TAIL_POSITION(socket->tail), at = position;
	struct frame frame;

	for (; frame_next(table, socket, &position, &frame); at = position) {
		for (uint32_t i = 0; i < frame_files(socket, at, &frame); i++) {
			struct socket_file file;
			uint64_t found;

			frame_file(table, socket, at, &frame, i, &file);
			memcpy(&found, (uint8_t *)&file + member, sizeof(found));
			if (found == record)
				return 1;
		}
	}
	return 0;
}

int socket_in_flight(struct pipe_table *table, uint64_t member, uint64_t record)
{
	for (uint32_t i = 0; i < table->counts.sockets; i++)
		if (table->sockets[i].used && table->socket_live[i].frames_with_files &&
		    flies_in(table, &table->sockets[i], member, record))
			return 1;
	return 0;
}

void socket_file_landed(struct pipe_table *table, const struct socket_file *file)
{
	struct pipe_record *record = pipe_record_held(table, file->pipe, IN_FLIGHT, 0);

	/* Still on the way elsewhere: to whom? */
	if (record && !socket_in_flight(table, IN_FLIGHT_MEMBER(pipe), file->pipe))
		pipe_record_release(table, record, IN_FLIGHT);
	else if (record)
		table->may_collect = 1;
	if (file->disk != SOCKET_NO_RECORD && !segment_holds(file->disk) &&
	    !socket_in_flight(table, IN_FLIGHT_MEMBER(disk), file->disk))
		pass_release_disk(file->disk);
	if (file->terminal != SOCKET_NO_RECORD &&
	    !socket_in_flight(table, IN_FLIGHT_MEMBER(terminal), file->terminal))
		pass_release_terminal(file->terminal);
}

void sockets_start_flight(struct pipe_table *table)
{
	for (uint32_t i = 0; i < table->counts.sockets; i++) {
		const struct socket *socket = &table->sockets[i];
		uint64_t position = TAIL_POSITION(socket->tail), at = position;
		struct frame frame;

		for (; socket->used && frame_next(table, socket, &position, &frame); at = position)
			table->socket_live[i].frames_with_files +=
				frame_files(socket, at, &frame) != 0;
	}
	for (uint32_t i = 0; i < table->counts.records; i++) {
		struct pipe_record *record = &table->records[i];

		if (record->used && client_set_has(&record->holders, IN_FLIGHT) &&
		    !socket_in_flight(table, IN_FLIGHT_MEMBER(pipe), i))
			client_set_remove(&record->holders, IN_FLIGHT);
	}
}

/* ---- descriptors that a message brings ---- */

void socket_intend(struct pipe_table *table, const struct socket_file *file, uint32_t count)
{
	struct socket_intent *intent = &table->stable->intent;

	for (uint32_t i = 0; i < count; i++) {
		intent->disk[i] = file[i].disk;
		intent->terminal[i] = file[i].terminal;
	}
	ring_publish(&intent->count, count);
}

status_t socket_files_hold(struct pipe_table *table, unsigned client,
			   const struct socket_file *file, uint32_t count)
{
	status_t status = STATUS_OK;
	uint32_t held = 0;

	socket_intend(table, file, count);
	for (; held < count && status == STATUS_OK; held++) {
		struct pipe_record *record = pipe_record_held(table, file[held].pipe, client, 0);

		if (file[held].pipe != SOCKET_NO_RECORD && !record)
			status = STATUS_ERRNO(E_BADF);
		if (status == STATUS_OK && file[held].disk != SOCKET_NO_RECORD)
			status = pass_hold_disk(client, file[held].disk, file[held].position);
		if (status == STATUS_OK && file[held].terminal != SOCKET_NO_RECORD)
			status = pass_hold_terminal(client, file[held].terminal);
		if (status == STATUS_OK && record)
			pipe_record_share(table, record, IN_FLIGHT);
	}
	for (uint32_t i = 0; i < held && status != STATUS_OK; i++)
		socket_file_landed(table, &file[i]);
	return status;
}

void socket_intent_frame(struct pipe_table *table, const struct socket *socket, uint64_t position,
			 const struct frame *frame)
{
	struct socket_intent *intent = &table->stable->intent;

	for (uint32_t i = 0; i < frame->files; i++) {
		struct socket_file file;

		frame_file(table, socket, position, frame, i, &file);
		intent->disk[i] = file.disk;
		intent->terminal[i] = file.terminal;
	}
	ring_publish(&intent->count, frame->files);
}

status_t socket_files_give(struct pipe_table *table, unsigned client,
			   const struct socket_file *file, uint32_t count)
{
	status_t status = STATUS_OK;

	socket_intend(table, file, count);
	for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
		struct pipe_record *record = pipe_record_held(table, file[i].pipe, IN_FLIGHT, 0);

		if (record)
			pipe_record_share(table, record, client);
		if (file[i].disk != SOCKET_NO_RECORD)
			status = pass_give_disk(client, file[i].disk);
		if (status == STATUS_OK && file[i].terminal != SOCKET_NO_RECORD)
			status = pass_give_terminal(client, file[i].terminal);
	}
	return status;
}
