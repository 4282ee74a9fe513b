/* SPDX-License-Identifier: MIT */
/* System V message queues, and attachments of shared memory. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/pass.h"
#include "servers/pipe/socket.h"

#include "libipc/proto/errno.h"
#include "libipc/time.h"

static uint32_t queue_index(const struct message_queue *queue)
{
	return (uint32_t)(queue - table.ipc.messages);
}

/* The queue, for a caller who may do that with it. */
static status_t permitted_queue(struct call *call, uint32_t id, uint32_t wanted,
				struct ipc_caller *caller, struct message_queue **queue)
{
	status_t status = ipc_identify(client_of(call), caller);

	*queue = (struct message_queue *)key_find(KEY_MESSAGES, id);
	if (status != STATUS_OK)
		return status;
	return *queue ? key_permitted(caller, &(*queue)->key, wanted) : STATUS_ERRNO(E_INVAL);
}

/* ---- msgsnd ---- */

static status_t send_now(struct call *call, struct message_queue *queue,
			 const struct pipe_message_send_request *request, uint32_t pid)
{
	uint64_t message;
	status_t status = block_put(call, request->bytes, request->type, &message);

	if (status != STATUS_OK)
		return status;
	ledger_begin();
	list_insert(&queue->list, queue->list.last, message);
	ledger_change(&queue->sent_s, (uint64_t)ipc_seconds(time_wall_ns()));
	ledger_change(&queue->sender, pid);
	ledger_commit(call, 0, 0);
	event_signal(&table.ipc_live.message_came[queue_index(queue)]);
	return STATUS_OK;
}

static int has_room(const struct message_queue *queue, uint64_t bytes)
{
	return queue->list.bytes + bytes <= queue->most_bytes &&
	       queue->list.count + 1 <= queue->most_bytes;
}

status_t on_message_send(struct call *call, const struct pipe_message_send_request *request,
			 struct pipe_message_send_reply *reply)
{
	struct message_queue *queue;
	struct ipc_caller caller;
	status_t status;

	(void)reply;
	if (request->type < 1 || request->bytes > ipc_setting(SETTING_MESSAGE_BYTES))
		return STATUS_ERRNO(E_INVAL);
	status = permitted_queue(call, request->id, 2, &caller, &queue);
	while (status == STATUS_OK) {
		if (has_room(queue, request->bytes))
			return send_now(call, queue, request, caller.pid);
		if (request->flags & MESSAGE_NO_WAIT)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&table.ipc_live.message_room[queue_index(queue)], call);
		if (status != STATUS_OK)
			return status;
		status = permitted_queue(call, request->id, 2, &caller, &queue);
		if (status == STATUS_ERRNO(E_INVAL))
			return STATUS_ERRNO(E_IDRM);
	}
	return status;
}

/* ---- msgrcv ---- */

/* The message that is meant, and the one before it; 0: none is there. */
static uint64_t choose(const struct message_queue *queue,
		       const struct pipe_message_receive_request *request, uint64_t *previous)
{
	int64_t wanted = request->type, best = 0;
	uint64_t chosen = 0, before = 0, number = 0;

	for (uint64_t at = queue->list.first; at; before = at, at = block_at(at)->next, number++) {
		int64_t type = block_at(at)->type;
		int fits = !wanted || (request->flags & MESSAGE_EXCEPT ? type != wanted :
				       type == wanted);

		if (request->flags & MESSAGE_COPY)
			fits = number == (uint64_t)wanted;
		else if (wanted < 0)
			fits = (type <= -wanted || wanted == INT64_MIN) && (!chosen || type < best);
		if (!fits)
			continue;
		chosen = at;
		best = type;
		*previous = before;
		if (wanted >= 0)
			break;
	}
	return chosen;
}

static status_t receive_now(struct call *call, struct message_queue *queue,
			    const struct pipe_message_receive_request *request, uint64_t previous,
			    uint64_t message, uint32_t pid,
			    struct pipe_message_receive_reply *reply)
{
	const struct block *block = block_at(message);
	status_t status;

	if (block->bytes > request->bytes && !(request->flags & MESSAGE_CUT))
		return STATUS_ERRNO(E_TOOBIG);
	status = block_get(call, message, request->bytes);
	if (status != STATUS_OK)
		return status;
	reply->bytes = block->bytes < request->bytes ? block->bytes : request->bytes;
	reply->type = block->type;
	if (request->flags & MESSAGE_COPY)
		return STATUS_OK;
	ledger_begin();
	list_remove(&queue->list, previous, message);
	ledger_change(&queue->received_s, (uint64_t)ipc_seconds(time_wall_ns()));
	ledger_change(&queue->receiver, pid);
	ledger_commit(call, reply->bytes, (uint64_t)reply->type);
	block_free(message);
	event_signal(&table.ipc_live.message_room[queue_index(queue)]);
	return STATUS_OK;
}

status_t on_message_receive(struct call *call, const struct pipe_message_receive_request *request,
			    struct pipe_message_receive_reply *reply)
{
	uint32_t alone = MESSAGE_COPY | MESSAGE_EXCEPT;
	struct message_queue *queue;
	struct ipc_caller caller;
	status_t status;

	if (request->flags & MESSAGE_COPY && ((request->flags & alone) == alone ||
					      !(request->flags & MESSAGE_NO_WAIT)))
		return STATUS_ERRNO(E_INVAL);
	status = permitted_queue(call, request->id, 4, &caller, &queue);
	while (status == STATUS_OK) {
		uint64_t previous, message = choose(queue, request, &previous);

		if (message)
			return receive_now(call, queue, request, previous, message, caller.pid,
					   reply);
		if (request->flags & MESSAGE_NO_WAIT)
			return STATUS_ERRNO(E_NOMSG);
		status = event_wait(&table.ipc_live.message_came[queue_index(queue)], call);
		if (status != STATUS_OK)
			return status;
		status = permitted_queue(call, request->id, 4, &caller, &queue);
		if (status == STATUS_ERRNO(E_INVAL))
			return STATUS_ERRNO(E_IDRM);
	}
	return status;
}

/* ---- shared memory ---- */

uint64_t segment_attached(uint32_t index)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < table.counts.records; i++) {
		const struct pipe_record *record = &table.records[i];

		if (!record->used || record->kind != RECORD_SEGMENT || record->object != index)
			continue;
		for (unsigned word = 0; word < CLIENT_SET_WORDS; word++)
			count += (uint64_t)__builtin_popcountll(record->holders.word[word]);
	}
	return count;
}

int segment_holds(uint64_t handle)
{
	for (uint32_t i = 0; i < table.counts.keys; i++)
		if (table.ipc.segments[i].key.used && table.ipc.segments[i].handle == handle)
			return 1;
	return 0;
}

void segment_end(uint32_t index)
{
	struct segment *segment = &table.ipc.segments[index];
	const struct socket_file file = { segment->handle, SOCKET_NO_RECORD, SOCKET_NO_RECORD,
					  0, { 0 } };

	socket_intend(&table, &file, 1);
	ledger_begin();
	ledger_change(&segment->key.used, 0);
	ledger_change(&segment->key.sequence, segment->key.sequence + 1);
	ledger_commit(0, 0, 0);
	socket_file_landed(&table, &file);
	socket_intent_end(&table);
}

status_t segment_make(struct call *call, const struct segment *segment)
{
	const struct socket_file file = { segment->handle, SOCKET_NO_RECORD, SOCKET_NO_RECORD,
					  0, { 0 } };

	return socket_files_hold(&table, client_of(call), &file, 1);
}

void segment_detached(uint32_t index)
{
	table.ipc.segments[index].detached_s = ipc_seconds(time_wall_ns());
}

void segment_record_ends(uint32_t index)
{
	struct segment *segment = &table.ipc.segments[index];

	if (!segment->key.used || !(segment->key.mode & KEY_MODE_REMOVED) ||
	    segment_attached(index))
		return;
	segment_end(index);
}

/* The file before the record: a successor that finds neither attaches again. */
status_t on_segment_attach(struct call *call, const struct pipe_segment_attach_request *request,
			   struct pipe_segment_attach_reply *reply)
{
	struct segment *segment = (struct segment *)key_find(KEY_SEGMENT, request->id);
	uint32_t wanted = request->flags & SEGMENT_READ_ONLY ? 4 : 6;
	struct pipe_record *record;
	struct ipc_caller caller;
	status_t status = ipc_identify(client_of(call), &caller);

	if (status != STATUS_OK)
		return status;
	if (!segment)
		return STATUS_ERRNO(E_INVAL);
	status = key_permitted(&caller, &segment->key,
			       wanted | (request->flags & SEGMENT_EXECUTE ? 1 : 0));
	if (status == STATUS_OK)
		status = pass_give_disk(client_of(call), segment->handle);
	if (status != STATUS_OK)
		return status;
	record = record_prepare(&table, RECORD_SEGMENT, 0, client_of(call));
	if (!record)
		return STATUS_ERRNO(E_NOMEM);
	record->object = (uint16_t)(segment - table.ipc.segments);
	segment->attached_s = ipc_seconds(time_wall_ns());
	segment->last = caller.pid;
	reply->record = record_number(&table, record);
	pipe_record_count(&table, record, client_of(call));
	pipe_commit(&table, call, &record->used, 1, reply->record);
	return STATUS_OK;
}

status_t on_segment_state(struct call *call, const struct pipe_segment_state_request *request,
			  struct pipe_segment_state_reply *reply)
{
	const struct pipe_record *record = pipe_record_held(&table, request->record,
							    client_of(call), 0);

	if (!record || record->kind != RECORD_SEGMENT)
		return STATUS_ERRNO(E_BADF);
	reply->handle = table.ipc.segments[record->object].handle;
	reply->bytes = table.ipc.segments[record->object].bytes;
	return STATUS_OK;
}
