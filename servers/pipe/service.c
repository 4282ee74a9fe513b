/* SPDX-License-Identifier: MIT */
/*
 * The service (libipc/proto/pipe.h): what can be asked of every kind of record, and the start. The
 * other files have what is particular to a kind. All that a process could miss is in stable memory,
 * and each request takes effect by one store: see table.h.
 */
#include "servers/pipe/epoll.h"
#include "servers/pipe/handlers.h"
#include "servers/pipe/pass.h"
#include "servers/pipe/socket.h"

#include "libipc/proto/errno.h"

struct pipe_table table;

static status_t on_inherit(struct call *call, const struct pipe_inherit_request *request,
			   struct pipe_inherit_reply *reply)
{
	(void)reply;
	if (request->child >= CLIENT_MAX || request->count > PIPE_INHERIT)
		return STATUS_ERRNO(E_INVAL);
	for (uint32_t i = 0; i < request->count; i++)
		if (!pipe_record_held(&table, request->record[i], client_of(call), 0))
			return STATUS_ERRNO(E_BADF);
	for (uint32_t i = 0; i < request->count; i++)
		pipe_record_share(&table, &table.records[request->record[i]],
				  request->child);
	return STATUS_OK;
}

/* Of what is released already, too: the request may be a repeated one. */
static status_t on_release(struct call *call, const struct pipe_release_request *request,
			   struct pipe_release_reply *reply)
{
	struct pipe_record *record = pipe_record_held(&table, request->record, client_of(call), 0);

	(void)reply;
	if (record)
		pipe_record_release(&table, record, client_of(call));
	sockets_collect(&table);
	return STATUS_OK;
}

static status_t on_status(struct call *call, const struct pipe_status_request *request,
			  struct pipe_status_reply *reply)
{
	struct pipe_record *record = pipe_record_held(&table, request->record, client_of(call), 0);

	/* Others see which pipe it is: that is its name in /proc. */
	if (!record && request->record < table.counts.records &&
	    table.records[request->record].used) {
		reply->pipe = table.records[request->record].object;
		return STATUS_OK;
	}
	if (!record)
		return STATUS_ERRNO(E_BADF);
	reply->flags = record->flags;
	reply->access = record->access;
	reply->pipe = record->object;
	if (record->kind == RECORD_PIPE)
		reply->bytes = (uint32_t)(pipe_of(&table, record)->framed ?
			packet_bytes(pipe_of(&table, record)) :
			ring_used(&pipe_of(&table, record)->ring));
	else if (record->kind == RECORD_SOCKET)
		reply->bytes = socket_bytes(&table, &table.sockets[record->object]);
	return STATUS_OK;
}

static status_t on_flags(struct call *call, const struct pipe_flags_request *request,
			 struct pipe_flags_reply *reply)
{
	struct pipe_record *record = pipe_record_held(&table, request->record, client_of(call), 0);

	(void)reply;
	if (!record)
		return STATUS_ERRNO(E_BADF);
	record->flags = (record->flags & ~(PIPE_NONBLOCK | PIPE_PACKETS)) |
			(request->flags & (PIPE_NONBLOCK | PIPE_PACKETS));
	return STATUS_OK;
}

static status_t on_watch(struct call *call, const struct pipe_watch_request *request,
			 struct pipe_watch_reply *reply)
{
	(void)reply;
	return watch_set(&table.stable->watches, call, request->bits);
}

uint32_t record_changes(const struct pipe_record *record, uint32_t events)
{
	const struct record_live *live = record_live(&table, record);
	uint32_t input = (events & (POLL_INPUT | POLL_PRIORITY | POLL_READ_HANGUP | 0x40)) != 0;
	uint32_t output = (events & (POLL_OUTPUT | 0x100)) != 0, ends[2];

	if (record->kind == RECORD_QUEUE)
		return table.changes + table.queue_watchers[record->object].changes;
	if (record->kind != RECORD_PIPE)
		return table.changes + input * live->changes[0] + output * live->changes[1];
	ends[READ_END] = live_of(&table, record)->watchers[READ_END].changes;
	ends[WRITE_END] = live_of(&table, record)->watchers[WRITE_END].changes;
	if (record->access == (PIPE_READ | PIPE_WRITE))
		return table.changes + input * ends[READ_END] + output * ends[WRITE_END];
	return table.changes + ends[record->access == PIPE_READ ? READ_END : WRITE_END];
}

uint32_t record_ready(const struct pipe_record *record)
{
	switch (record->kind) {
	case RECORD_PIPE:
		return pipe_record_ready(&table, record);
	case RECORD_SOCKET:
		return socket_ready(&table, record);
	case RECORD_QUEUE:
		return queue_ready(record);
	case RECORD_EPOLL:
		return epoll_ready(record);
	case RECORD_SEGMENT:
		return 0;
	default:
		return event_ready(record);
	}
}

void record_arm(const struct pipe_record *record, unsigned client)
{
	switch (record->kind) {
	case RECORD_EPOLL:
		epoll_arm(record, client);
		return;
	case RECORD_QUEUE:
		watch_arm(&table.queue_watchers[record->object], client);
		return;
	case RECORD_PIPE:
		if (record->access & PIPE_READ)
			watch_arm(&live_of(&table, record)->watchers[READ_END], client);
		if (record->access & PIPE_WRITE)
			watch_arm(&live_of(&table, record)->watchers[WRITE_END], client);
		return;
	default:
		watch_arm(&record_live(&table, record)->watchers, client);
	}
}

static status_t on_poll(struct call *call, const struct pipe_poll_request *request,
			struct pipe_poll_reply *reply)
{
	struct pipe_record *record[PIPE_POLL];
	uint32_t any = 0;

	if (request->count > PIPE_POLL)
		return STATUS_ERRNO(E_INVAL);
	*reply = (struct pipe_poll_reply){ { 0 } };
	for (uint32_t i = 0; i < request->count; i++) {
		const struct pipe_poll_item *item = &request->item[i];

		record[i] = pipe_record_held(&table, item->record, client_of(call), 0);
		reply->ready[i] = POLL_INVALID;
		if (record[i]) {
			reply->ready[i] = (uint16_t)(record_ready(record[i]) &
				(item->events | POLL_ERROR | POLL_HANGUP | POLL_FOREIGN));
			reply->changes[i] = record_changes(record[i], item->events);
		}
		any |= reply->ready[i] & ~POLL_FOREIGN;
	}
	if (request->arm == POLL_ARM_NOT || (any && request->arm != POLL_ARM_ALWAYS))
		return STATUS_OK;
	for (uint32_t i = 0; i < request->count; i++)
		if (record[i])
			record_arm(record[i], client_of(call));
	return STATUS_OK;
}

static void client_dead(unsigned client)
{
	pipe_client_release(&table, client);
	sockets_collect(&table);
	ipc_client_dead(client);
	pipe_journal_forget(table.stable, client);
	watch_drop(&table.stable->watches, client);
}

static status_t start(uint32_t generation)
{
	uint64_t bytes;
	void *stable = stable_memory(&bytes);
	status_t status = pipe_layout(&table, stable, bytes);

	if (status != STATUS_OK)
		return status;
	if (generation) {
		pipe_journal_recover(table.stable);
		ipc_recover();
	}
	table.changes = POLL_CHANGES_OF(generation);
	pass_start();
	pipe_table_start(&table);
	ipc_start();
	epoll_start();
	table.may_collect = 1;
	sockets_collect(&table);
	timers_look(&table);
	if (generation)
		watch_raise_all(&table.stable->watches);
	return STATUS_OK;
}

static void timeout(void)
{
	timers_look(&table);
}

SERVER_TABLE(pipe, PIPE_INTERFACE)

const struct service service = {
	.name = "pipe",
	.operations = pipe_operations,
	.operation_count = pipe_operation_count,
	.start = start,
	.client_dead = client_dead,
	.timeout = timeout,
};
