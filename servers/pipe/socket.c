/* SPDX-License-Identifier: MIT */
/* Local sockets: making, binding, connecting, and what can be asked of them. */
#include "servers/pipe/socket.h"

#include "libipc/proto/errno.h"
#include "libipc/string.h"
#include "servers/pipe/handlers.h"
#include "servers/pipe/pass.h"

static status_t identify(unsigned client, struct socket_credentials *credentials)
{
	struct pass_identity identity;
	status_t status = pass_identify(client, &identity);

	if (status == STATUS_OK)
		*credentials = (struct socket_credentials){ identity.pid, identity.uid[0],
							    identity.gid[0] };
	return status;
}

static int is_type(uint32_t type)
{
	return type == SOCKET_STREAM || type == SOCKET_DATAGRAM || type == SOCKET_SEQUENCED;
}

/* A record of the socket, not used yet. */
static struct pipe_record *record_for(struct socket *socket, uint32_t flags, unsigned client)
{
	struct pipe_record *record = record_prepare(&table, RECORD_SOCKET, flags & PIPE_NONBLOCK,
						    client);

	if (!record)
		return 0;
	record->object = (uint16_t)socket_number(&table, socket);
	record->access = PIPE_READ | PIPE_WRITE;
	return record;
}

static void record_begins(struct socket *socket, struct pipe_record *record, unsigned client)
{
	socket_live(&table, socket)->record = record_number(&table, record) + 1;
	record->used = 1;
	pipe_record_count(&table, record, client);
}

status_t on_socket(struct call *call, const struct pipe_socket_request *request,
		   struct pipe_socket_reply *reply)
{
	struct socket *socket = socket_prepare(&table, request->type);
	struct pipe_record *record;

	if (!is_type(request->type))
		return STATUS_ERRNO(E_INVAL);
	record = socket ? record_for(socket, request->flags, client_of(call)) : 0;
	if (!record)
		return STATUS_ERRNO(E_NFILE);
	record_begins(socket, record, client_of(call));
	reply->record = record_number(&table, record);
	pipe_commit(&table, call, &socket->used, 1, reply->record);
	return STATUS_OK;
}

/* The second exists from the moment on in which the first points at it. */
status_t on_socket_pair(struct call *call, const struct pipe_socket_pair_request *request,
			struct pipe_socket_pair_reply *reply)
{
	struct socket *one = socket_prepare(&table, request->type), *two;
	struct pipe_record *record[2];
	union { struct pipe_socket_pair_reply reply; uint64_t word; } answer;
	status_t status;

	if (!is_type(request->type))
		return STATUS_ERRNO(E_INVAL);
	if (!one)
		return STATUS_ERRNO(E_NFILE);
	status = identify(client_of(call), &one->own);
	if (status != STATUS_OK)
		return status;
	one->other = one->own;
	one->used = 1;
	two = socket_prepare(&table, request->type);
	record[0] = record_for(one, request->flags, client_of(call));
	record[1] = two ? record_for(two, request->flags, client_of(call)) : 0;
	if (!record[1]) {
		one->used = 0;
		if (record[0])
			pipe_record_unprepare(&table, record[0]);
		return STATUS_ERRNO(E_NFILE);
	}
	two->own = two->other = one->own;
	one->peer = socket_number(&table, two) + 1;
	two->peer = socket_number(&table, one) + 1;
	two->used = 1;
	one->used = 0;
	record_begins(one, record[0], client_of(call));
	record_begins(two, record[1], client_of(call));
	reply->record[0] = record_number(&table, record[0]);
	reply->record[1] = record_number(&table, record[1]);
	answer.reply = *reply;
	pipe_commit(&table, call, &one->used, 1, answer.word);
	return STATUS_OK;
}

/* "\0" and five digits that nobody has. */
static void find_name(struct socket_address *address)
{
	static const char digit[] = "0123456789abcdef";
	uint32_t number = 0;

	do {
		address->place.bytes = 6;
		for (unsigned i = 0; i < 5; i++)
			address->name[5 - i] = digit[number >> 4 * i & 15];
		number++;
	} while (socket_find(&table, address));
}

status_t on_bind(struct call *call, const struct pipe_bind_request *request,
		 struct pipe_bind_reply *reply)
{
	struct pipe_record *record;
	struct socket *socket = socket_held(&table, call, request->record, &record);
	struct socket_address address;
	status_t status = socket_address_take(call, 0, &request->place, &address);

	(void)reply;
	if (status != STATUS_OK)
		return status;
	if (!socket)
		return STATUS_ERRNO(E_BADF);
	/* A name that is not wanted in particular it has already. */
	if (socket->address.place.bytes)
		return address.place.bytes ? STATUS_ERRNO(E_INVAL) : STATUS_OK;
	if (!address.place.bytes)
		find_name(&address);
	else if (socket_find(&table, &address))
		return STATUS_ERRNO(E_ADDRINUSE);
	/* With its bytes there is a name: volume and bytes are one word. */
	memcpy(socket->address.name, address.name, sizeof(address.name));
	socket->address.place.inode = address.place.inode;
	pipe_commit(&table, call, (uint64_t *)&socket->address.place.volume,
		    (uint64_t)address.place.bytes << 32 | address.place.volume, 0);
	return STATUS_OK;
}

status_t on_listen(struct call *call, const struct pipe_listen_request *request,
		   struct pipe_listen_reply *reply)
{
	struct pipe_record *record;
	struct socket *socket = socket_held(&table, call, request->record, &record);
	status_t status;

	(void)reply;
	if (!socket)
		return STATUS_ERRNO(E_BADF);
	if (socket->type == SOCKET_DATAGRAM)
		return STATUS_ERRNO(E_OPNOTSUPP);
	if (!socket->address.place.bytes || socket_is_connected(socket))
		return STATUS_ERRNO(E_INVAL);
	status = identify(client_of(call), &socket->own);
	if (status != STATUS_OK)
		return status;
	socket->backlog = request->backlog;
	socket->listening = 1;
	socket_wake_senders(&table, socket);
	return STATUS_OK;
}

/* ---- connect ---- */

static status_t connect_datagram(struct call *call, struct socket *socket, uint32_t flags,
				 const struct socket_address *address)
{
	struct socket *target = flags & SOCKET_NOWHERE ? 0 : socket_find(&table, address);

	if (!(flags & SOCKET_NOWHERE)) {
		if (!target)
			return STATUS_ERRNO(E_CONNREFUSED);
		if (target->type != SOCKET_DATAGRAM)
			return STATUS_ERRNO(E_PROTOTYPE);
		if (target->peer && target->peer != socket_number(&table, socket) + 1u)
			return STATUS_ERRNO(E_PERM);
	}
	socket->gone = 0;
	pipe_commit(&table, call, &socket->peer,
		    target ? socket_number(&table, target) + 1u : 0, 0);
	socket_wake(&table, socket, POLL_BOTH);
	return STATUS_OK;
}

/* The other end, in the listener's queue. It exists once `socket` points at it. */
static status_t connect_now(struct call *call, struct socket *socket, struct socket *listener)
{
	struct socket *end = socket_prepare(&table, listener->type);
	status_t status;

	if (!end)
		return STATUS_ERRNO(E_NFILE);
	status = identify(client_of(call), &socket->own);
	if (status != STATUS_OK)
		return status;
	end->own = socket->other = listener->own;
	end->other = socket->own;
	end->address = listener->address;
	end->shows_credentials = listener->shows_credentials;
	end->order = ++table.socket_order;
	end->peer = socket_number(&table, socket) + 1;
	end->queued_at = socket_number(&table, listener) + 1;
	ring_publish(&end->used, 1);
	pipe_commit(&table, call, &socket->peer, socket_number(&table, end) + 1, 0);
	socket_wake(&table, listener, POLL_INPUT);
	socket_wake(&table, socket, POLL_BOTH);
	return STATUS_OK;
}

static status_t check_target(const struct socket *socket, const struct socket *target)
{
	if (!target)
		return STATUS_ERRNO(E_CONNREFUSED);
	if (target->type != socket->type)
		return STATUS_ERRNO(E_PROTOTYPE);
	return target->listening && !(target->shut & SOCKET_SHUT_RECEIVE) ? STATUS_OK :
		STATUS_ERRNO(E_CONNREFUSED);
}

/* Once there is room in the queue, as Linux has it. */
static status_t check_own(const struct socket *socket)
{
	if (socket_is_connected(socket))
		return STATUS_ERRNO(E_ISCONN);
	return socket->listening ? STATUS_ERRNO(E_INVAL) : STATUS_OK;
}

status_t on_connect(struct call *call, const struct pipe_connect_request *request,
		    struct pipe_connect_reply *reply)
{
	struct socket_address address;
	struct pipe_record *record;
	status_t status = socket_address_take(call, 0, &request->place, &address);
	struct socket *socket, *target;
	uint32_t count;

	(void)reply;
	if (status != STATUS_OK)
		return status;
	while ((socket = socket_held(&table, call, request->record, &record))) {
		if (socket->type == SOCKET_DATAGRAM)
			return connect_datagram(call, socket, request->flags, &address);
		target = socket_find(&table, &address);
		status = check_target(socket, target);
		if (status != STATUS_OK)
			return status;
		(void)socket_queued(&table, target, &count);
		if (count <= target->backlog) {
			status = check_own(socket);
			return status == STATUS_OK ? connect_now(call, socket, target) : status;
		}
		if (record->flags & PIPE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&socket_live(&table, target)->room, call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}

status_t on_accept(struct call *call, const struct pipe_accept_request *request,
		   struct pipe_accept_reply *reply)
{
	struct pipe_record *record, *fresh;
	struct socket *socket, *end;
	status_t status;
	uint32_t count;

	while ((socket = socket_held(&table, call, request->record, &record))) {
		if (!socket->listening)
			return STATUS_ERRNO(socket->type == SOCKET_DATAGRAM ? E_OPNOTSUPP :
					    E_INVAL);
		end = socket_queued(&table, socket, &count);
		if (end) {
			fresh = record_for(end, request->flags, client_of(call));
			if (!fresh)
				return STATUS_ERRNO(E_NFILE);
			record_begins(end, fresh, client_of(call));
			reply->record = record_number(&table, fresh);
			pipe_commit(&table, call, &end->queued_at, 0, reply->record);
			event_signal(&socket_live(&table, socket)->room);
			return STATUS_OK;
		}
		if (record->flags & PIPE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&record_live(&table, record)->changed, call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}

/* ---- the rest ---- */

status_t on_shutdown(struct call *call, const struct pipe_shutdown_request *request,
		     struct pipe_shutdown_reply *reply)
{
	struct pipe_record *record;
	struct socket *socket = socket_held(&table, call, request->record, &record);

	(void)reply;
	if (!socket)
		return STATUS_ERRNO(E_BADF);
	socket->shut |= request->how & (SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND);
	socket_wake(&table, socket, POLL_BOTH);
	socket_wake_senders(&table, socket);
	if (socket->peer) {
		socket_wake(&table, socket_linked(&table, socket->peer), POLL_BOTH);
		event_signal(&socket_live(&table, socket_linked(&table, socket->peer))->room);
	}
	return STATUS_OK;
}

status_t on_socket_name(struct call *call, const struct pipe_socket_name_request *request,
			struct pipe_socket_name_reply *reply)
{
	struct pipe_record *record;
	const struct socket *socket = socket_held(&table, call, request->record, &record);

	if (!socket)
		return STATUS_ERRNO(E_BADF);
	if (request->peer) {
		if (!socket_is_connected(socket))
			return STATUS_ERRNO(E_NOTCONN);
		socket = socket_linked(&table, socket->peer);
	}
	reply->bytes = socket ? socket->address.place.bytes : 0;
	return reply->bytes ? call_copy_out(call, 0, 0, socket->address.name, reply->bytes) :
		STATUS_OK;
}

static void get_option(struct socket *socket, uint32_t option, struct pipe_option_reply *reply)
{
	switch (option) {
	case SOCKET_OPTION_TYPE:
		reply->value = socket->type;
		return;
	case SOCKET_OPTION_ERROR:
		reply->value = socket->error;
		socket->error = 0;
		return;
	case SOCKET_OPTION_LISTENS:
		reply->value = socket->listening;
		return;
	case SOCKET_OPTION_PEER:
		reply->value = socket->other.pid;
		reply->more = (uint64_t)socket->other.gid << 32 | socket->other.uid;
		return;
	case SOCKET_OPTION_CREDENTIALS:
		reply->value = socket->shows_credentials;
		return;
	case SOCKET_OPTION_SEND_BYTES:
		reply->value = socket->send_most;
		return;
	case SOCKET_OPTION_RECEIVE_BYTES:
		reply->value = socket->receive_most;
	}
}

static status_t set_option(struct socket *socket, const struct pipe_option_request *request)
{
	switch (request->option) {
	case SOCKET_OPTION_CREDENTIALS:
		socket->shows_credentials = request->value != 0;
		return STATUS_OK;
	case SOCKET_OPTION_SEND_BYTES:
		socket->send_most = (uint32_t)request->value;
		socket_wake(&table, socket, POLL_BOTH);
		return STATUS_OK;
	case SOCKET_OPTION_RECEIVE_BYTES:
		socket->receive_most = (uint32_t)request->value;
		return STATUS_OK;
	default:
		return STATUS_ERRNO(E_NOPROTOOPT);
	}
}

status_t on_option(struct call *call, const struct pipe_option_request *request,
		   struct pipe_option_reply *reply)
{
	struct pipe_record *record;
	struct socket *socket = socket_held(&table, call, request->record, &record);

	if (!socket)
		return STATUS_ERRNO(E_BADF);
	if (request->option >= SOCKET_OPTIONS)
		return STATUS_ERRNO(E_NOPROTOOPT);
	if (!request->set)
		get_option(socket, request->option, reply);
	else
		return set_option(socket, request);
	return STATUS_OK;
}
