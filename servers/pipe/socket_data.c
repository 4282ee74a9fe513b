/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: send and receive. Bytes are copied into the free part of the receiver's ring, and
 * one store to its head is the effect; or out of it, and the store is to the tail.
 */
#include "servers/pipe/socket.h"

#include "libipc/proto/capability.h"
#include "libipc/proto/errno.h"
#include "libipc/string.h"
#include "servers/pipe/handlers.h"
#include "servers/pipe/pass.h"

/* A stream's sender sleeps until at least this much can go, or all of it. */
#define STREAM_LEAST 512u
#define NOBODY       65534u              /* Linux's user of what no user is known of */

/* What comes with the bytes. Nothing waits while it is in use. */
static struct {
	struct socket_control control;
	struct socket_file file[SOCKET_FILES];
} staging;

/* ---- send ---- */

struct sending {
	struct call *call;
	const struct pipe_send_request *request;
	struct socket_address to;
	struct socket *from, *target;
	struct frame frame;
};

/* Who it goes to; why it cannot. */
static status_t find_target(struct sending *sending)
{
	struct socket *from = sending->from;
	int named = (sending->request->flags & SOCKET_NAMED) != 0;

	if (from->type != SOCKET_DATAGRAM) {
		if (named && from->type == SOCKET_STREAM)
			return STATUS_ERRNO(socket_is_connected(from) ? E_ISCONN : E_OPNOTSUPP);
		if (!socket_is_connected(from))
			return STATUS_ERRNO(E_NOTCONN);
		sending->target = socket_linked(&table, from->peer);
		return from->shut & SOCKET_SHUT_SEND || !sending->target ||
		       sending->target->shut & SOCKET_SHUT_RECEIVE ? STATUS_ERRNO(E_PIPE) :
		       STATUS_OK;
	}
	if (from->shut & SOCKET_SHUT_SEND)
		return STATUS_ERRNO(E_PIPE);
	if (!named && !from->peer) {
		status_t status = STATUS_ERRNO(from->gone ? E_CONNREFUSED : E_NOTCONN);

		from->gone = 0;
		return status;
	}
	sending->target = named ? socket_find(&table, &sending->to) :
		socket_linked(&table, from->peer);
	if (!sending->target)
		return STATUS_ERRNO(E_CONNREFUSED);
	if (sending->target->type != SOCKET_DATAGRAM)
		return STATUS_ERRNO(E_PROTOTYPE);
	if (sending->target->peer && sending->target->peer != socket_number(&table, from) + 1u)
		return STATUS_ERRNO(E_PERM);
	return sending->target->shut & SOCKET_SHUT_RECEIVE ? STATUS_ERRNO(E_PIPE) : STATUS_OK;
}

static int is_one_of(uint32_t id, const uint32_t ids[3])
{
	return id == ids[0] || id == ids[1] || id == ids[2];
}

static int may_claim(unsigned client, const struct socket_credentials *claimed,
		     const struct pass_identity *is)
{
	return (claimed->pid == is->pid || pass_may(client, CAPABILITY_SYS_ADMIN)) &&
	       (is_one_of(claimed->uid, is->uid) || pass_may(client, CAPABILITY_SETUID)) &&
	       (is_one_of(claimed->gid, is->gid) || pass_may(client, CAPABILITY_SETGID));
}

/* What the message says of its sender: what he claims, if he may; what he is, if it is wanted. */
static status_t set_credentials(struct sending *sending)
{
	const struct socket_credentials *claimed = &sending->request->credentials;
	int claims = (sending->request->flags & SOCKET_CREDENTIALS) != 0;
	struct pass_identity identity;
	status_t status;

	if (!claims && !sending->from->shows_credentials && !sending->target->shows_credentials)
		return STATUS_OK;
	status = pass_identify(client_of(sending->call), &identity);
	if (status != STATUS_OK)
		return status;
	if (claims && !may_claim(client_of(sending->call), claimed, &identity))
		return STATUS_ERRNO(E_PERM);
	sending->frame.flags = SOCKET_CREDENTIALS;
	sending->frame.credentials = claims ? *claimed : (struct socket_credentials){
		identity.pid, identity.uid[1], identity.gid[1] };
	return STATUS_OK;
}

/* Linux keeps as much of SO_SNDBUF for itself (net/unix/af_unix.c). */
#define SOCKET_OVERHEAD 32u

/* Bytes that the ring must have room for now; 0: the message will never fit. */
static uint64_t room_needed(const struct sending *sending)
{
	uint64_t header = frame_header_bytes(&sending->frame), bytes = sending->request->bytes;

	if (sending->from->type == SOCKET_STREAM)
		bytes = bytes < STREAM_LEAST ? bytes : STREAM_LEAST;
	else if (bytes + SOCKET_OVERHEAD > sending->from->send_most)
		return 0;
	return header + padded(bytes);
}

static status_t send_bytes(struct sending *sending, uint64_t position)
{
	struct ring_memory memory = ring_of(&table, sending->target->ring_index);

	return sending->frame.bytes ?
		ring_copy_in(sending->call, 0, memory, position, sending->frame.bytes) : STATUS_OK;
}

/* For bytes: what may be on its way, and the ring's memory has room for. */
static uint64_t room_now(const struct sending *sending)
{
	const struct socket *target = sending->target;
	uint64_t room = socket_room(sending->from, target);
	uint64_t memory = page_bytes(target->ring_index) - socket_used(target);

	room = (room < memory ? room : memory) - frame_header_bytes(&sending->frame);
	if (sending->from->type == SOCKET_STREAM && room > STREAM_MOST)
		return STREAM_MOST;
	return room;
}

static status_t send_now(struct sending *sending, struct pipe_send_reply *reply)
{
	struct socket *target = sending->target;
	struct frame *frame = &sending->frame;
	uint64_t at = target->head, most = room_now(sending);
	status_t status;

	frame->bytes = sending->request->bytes;
	if (frame->bytes > most)
		frame->bytes = (uint32_t)most;
	status = send_bytes(sending, at + frame_header_bytes(frame));
	if (status == STATUS_OK && frame->files)
		status = socket_files_hold(&table, client_of(sending->call), staging.file,
					   frame->files);
	if (status != STATUS_OK)
		return status;
	socket_copy_in(&table, target, at, frame, sizeof(*frame));
	at += sizeof(*frame);
	socket_copy_in(&table, target, at, sending->from->address.name, padded(frame->name_bytes));
	at += padded(frame->name_bytes);
	socket_copy_in(&table, target, at, staging.file, frame->files * sizeof(staging.file[0]));
	reply->bytes = frame->bytes;
	pipe_commit(&table, sending->call, &target->head, target->head + frame_bytes(frame),
		    reply->bytes);
	socket_live(&table, target)->frames_with_files += frame->files != 0;
	socket_intent_end(&table);
	socket_wake(&table, target, POLL_INPUT);
	return STATUS_OK;
}

/* Window 1: a name and descriptors. */
static status_t take_control(struct sending *sending)
{
	const struct pipe_send_request *request = sending->request;
	uint64_t offset = padded(request->place.bytes);
	status_t status = STATUS_OK;

	if (request->files > SOCKET_FILES)
		return STATUS_ERRNO(E_INVAL);
	if (request->flags & SOCKET_NAMED)
		status = socket_address_take(sending->call, 1, &request->place, &sending->to);
	if (status == STATUS_OK && request->files)
		status = call_copy_in(sending->call, 1, offset, staging.file,
				      request->files * sizeof(staging.file[0]));
	return status;
}

static int obtain(struct socket *target, uint64_t wanted, uint64_t needed)
{
	const struct ring ring = { target->head, TAIL_POSITION(target->tail) };

	return ring_obtain(&table, &target->ring_index, &ring, wanted, needed);
}

/* One attempt; *event: what to wait for. AGAIN: for that. */
static status_t try_send(struct sending *sending, struct pipe_send_reply *reply,
			 struct event **event)
{
	const struct pipe_send_request *request = sending->request;
	status_t status = take_control(sending);
	uint64_t needed, room, wanted;

	if (status == STATUS_OK)
		status = find_target(sending);
	if (status != STATUS_OK)
		return status;
	sending->frame = (struct frame){ .files = (uint16_t)request->files };
	if (sending->from->type == SOCKET_DATAGRAM)
		sending->frame.name_bytes = (uint16_t)sending->from->address.place.bytes;
	status = set_credentials(sending);
	needed = room_needed(sending);
	if (status != STATUS_OK || !needed)
		return needed ? status : STATUS_ERRNO(E_MSGSIZE);
	*event = &socket_live(&table, sending->target)->room;
	room = socket_room(sending->from, sending->target);
	if (room < needed)
		return STATUS_ERRNO(E_AGAIN);
	*event = &table.ring_freed;
	wanted = frame_header_bytes(&sending->frame) + padded(request->bytes);
	if (!obtain(sending->target, wanted < room ? wanted : room, needed))
		return STATUS_ERRNO(E_AGAIN);
	return send_now(sending, reply);
}

status_t on_send(struct call *call, const struct pipe_send_request *request,
		 struct pipe_send_reply *reply)
{
	struct sending sending = { .call = call, .request = request };
	struct pipe_record *record;
	struct event *event;
	status_t status;

	while ((sending.from = socket_held(&table, call, request->record, &record))) {
		status = try_send(&sending, reply, &event);
		if (status != STATUS_ERRNO(E_AGAIN) || request->flags & SOCKET_DONT_WAIT ||
		    record->flags & PIPE_NONBLOCK)
			return status;
		status = event_wait(event, call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}

/* ---- receive ---- */

struct receiving {
	struct call *call;
	const struct pipe_receive_request *request;
	struct socket *socket;
	uint64_t tail;                   /* as it will be */
	struct frame first;
	uint64_t first_at;
};

/* May the bytes of this frame follow those of the first one? Not if it brings something new. */
static int goes_on(const struct receiving *receiving, const struct frame *frame)
{
	const struct frame *first = &receiving->first;

	return receiving->socket->type == SOCKET_STREAM && !frame->files && !first->files &&
	       (!receiving->socket->shows_credentials ||
		memcmp(&first->credentials, &frame->credentials, sizeof(frame->credentials)) == 0);
}

/* Copies bytes out, from as many frames as make one answer; receiving->tail is behind them. */
static status_t receive_bytes(struct receiving *receiving, struct pipe_receive_reply *reply)
{
	struct socket *socket = receiving->socket;
	struct ring_memory memory = ring_of(&table, socket->ring_index);
	uint64_t position = receiving->first_at, at = position;
	uint32_t taken = TAIL_TAKEN(socket->tail), most = receiving->request->bytes;
	status_t status = STATUS_OK;
	struct frame frame;

	for (; frame_next(&table, socket, &position, &frame); at = position, taken = 0) {
		uint32_t left = frame.bytes - taken, room = most - reply->bytes;
		uint32_t part = left < room ? left : room;

		if (at != receiving->first_at && (!goes_on(receiving, &frame) || !room))
			break;
		if (part)
			status = ring_copy_out(receiving->call, reply->bytes, memory,
					       at + frame_header_bytes(&frame) + taken, part);
		if (status != STATUS_OK)
			return status;
		reply->bytes += part;
		reply->whole += left;
		receiving->tail = TAIL(position, 0);
		if (socket->type == SOCKET_STREAM && part < left) {
			receiving->tail = TAIL(at, taken + part);
			break;
		}
	}
	return STATUS_OK;
}

/* Window 1: what came with the first frame, and as many descriptors as the caller takes. */
static status_t give_control(struct receiving *receiving)
{
	const struct frame *frame = &receiving->first;
	struct socket_control *control = &staging.control;
	uint32_t files = frame->files < receiving->request->files ? frame->files :
		receiving->request->files;
	status_t status;

	*control = (struct socket_control){ .files = frame->files,
		.credentials = { 0, NOBODY, NOBODY }, .name_bytes = frame->name_bytes };
	if (receiving->socket->shows_credentials)
		control->flags = SOCKET_CREDENTIALS;
	if (frame->flags & SOCKET_CREDENTIALS)
		control->credentials = frame->credentials;
	/* Part of the frame is taken: its descriptors are, too. */
	if (TAIL_TAKEN(receiving->socket->tail) || receiving->request->flags & SOCKET_PEEK ||
	    receiving->tail == receiving->socket->tail)
		control->files = files = 0;
	socket_copy_out(&table, receiving->socket, receiving->first_at + sizeof(*frame),
			control->name, padded(frame->name_bytes));
	for (uint32_t i = 0; i < files; i++)
		frame_file(&table, receiving->socket, receiving->first_at, frame, i,
			   &staging.file[i]);
	status = call_copy_out(receiving->call, 1, 0, control, sizeof(*control));
	if (status == STATUS_OK && files)
		status = call_copy_out(receiving->call, 1, sizeof(*control), staging.file,
				       files * sizeof(staging.file[0]));
	if (status == STATUS_OK && files)
		status = socket_files_give(&table, client_of(receiving->call), staging.file, files);
	return status;
}

/* The frame's descriptors have arrived, or were dropped. */
static void land_files(const struct receiving *receiving)
{
	socket_live(&table, receiving->socket)->frames_with_files--;
	for (uint32_t i = 0; i < receiving->first.files; i++) {
		struct socket_file file;

		frame_file(&table, receiving->socket, receiving->first_at, &receiving->first, i,
			   &file);
		socket_file_landed(&table, &file);
	}
	socket_intent_end(&table);
}

static status_t receive_now(struct receiving *receiving, struct pipe_receive_reply *reply)
{
	struct socket *socket = receiving->socket;
	uint64_t position = receiving->first_at = TAIL_POSITION(socket->tail);
	int first_part = TAIL_TAKEN(socket->tail) == 0;
	union { struct pipe_receive_reply reply; uint64_t word; } answer;
	status_t status;

	(void)frame_next(&table, socket, &position, &receiving->first);
	receiving->tail = socket->tail;
	status = receive_bytes(receiving, reply);
	if (status == STATUS_OK && receiving->request->files != SOCKET_NO_CONTROL)
		status = give_control(receiving);
	/* A stream of which nothing is wanted: nothing is taken. */
	if (status != STATUS_OK || receiving->request->flags & SOCKET_PEEK ||
	    receiving->tail == socket->tail)
		return status;
	answer.reply = *reply;
	/* Those whose descriptors are dropped with it: a successor must know them. */
	if (first_part && receiving->first.files)
		socket_intent_frame(&table, socket, receiving->first_at, &receiving->first);
	pipe_commit(&table, receiving->call, &socket->tail, receiving->tail, answer.word);
	if (first_part && receiving->first.files)
		land_files(receiving);
	if (socket_is_empty(socket))
		event_signal(&table.ring_freed);
	socket_wake_senders(&table, socket);
	sockets_collect(&table);
	return STATUS_OK;
}

/* Nothing is there to receive: what does that mean? AGAIN: wait. */
static status_t nothing(struct socket *socket, int at_once)
{
	const struct socket *peer = socket_linked(&table, socket->peer);
	uint32_t error = socket->error;

	if (error) {
		socket->error = 0;
		return STATUS_ERRNO(error);
	}
	/* Linux tells it only those who wait. */
	if (socket->shut & SOCKET_SHUT_RECEIVE)
		return socket->type == SOCKET_DATAGRAM && at_once ? STATUS_ERRNO(E_AGAIN) :
			STATUS_OK;
	if (socket->type == SOCKET_DATAGRAM)
		return STATUS_ERRNO(E_AGAIN);
	return socket->gone || (peer && peer->shut & SOCKET_SHUT_SEND) ? STATUS_OK :
		STATUS_ERRNO(E_AGAIN);
}

status_t on_receive(struct call *call, const struct pipe_receive_request *request,
		    struct pipe_receive_reply *reply)
{
	struct receiving receiving = { .call = call, .request = request };
	struct pipe_record *record;
	struct socket *socket;
	status_t status;

	while ((socket = receiving.socket = socket_held(&table, call, request->record, &record))) {
		if (socket->type != SOCKET_DATAGRAM && !socket_is_connected(socket))
			return STATUS_ERRNO(socket->type == SOCKET_STREAM ? E_INVAL : E_NOTCONN);
		/* What is wrong with the connection comes before messages, but not before bytes. */
		if (!socket_is_empty(socket) && (socket->type == SOCKET_STREAM || !socket->error))
			return receive_now(&receiving, reply);
		status = nothing(socket, request->flags & SOCKET_DONT_WAIT ||
				 record->flags & PIPE_NONBLOCK);
		if (status != STATUS_ERRNO(E_AGAIN) || request->flags & SOCKET_DONT_WAIT ||
		    record->flags & PIPE_NONBLOCK)
			return status;
		status = event_wait(&record_live(&table, record)->changed, call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}
