/* SPDX-License-Identifier: MIT */
/* POSIX message queues: a name, messages by priority, and a record for each time it is open. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/pass.h"

#include "libipc/proto/capability.h"
#include "libipc/proto/errno.h"
#include "libipc/string.h"
#include "libipc/time.h"

/* What Linux counts for a message and for a priority in use (ipc/mqueue.c: mq_treesize). */
#define MESSAGE_COST   48u
#define PRIORITY_COST  48u

static uint32_t index_of(const struct posix_queue *queue)
{
	return (uint32_t)(queue - table.ipc.queues);
}

static struct posix_queue *queue_of(const struct pipe_record *record)
{
	return &table.ipc.queues[record->object];
}

static struct posix_queue *queue_named(const char *name, uint64_t bytes)
{
	for (uint32_t i = 0; i < table.counts.queues; i++) {
		struct posix_queue *queue = &table.ipc.queues[i];

		if (queue->used && queue->named && queue->name_bytes == bytes &&
		    memcmp(queue->name, name, bytes) == 0)
			return queue;
	}
	return 0;
}

static void wake(const struct posix_queue *queue)
{
	event_signal(&table.ipc_live.queue_room[index_of(queue)]);
	event_signal(&table.ipc_live.queue_came[index_of(queue)]);
	watch_raise(&table.stable->watches, &table.queue_watchers[index_of(queue)]);
}

/* ---- mq_open ---- */

static uint64_t cost(uint64_t messages, uint64_t message_bytes)
{
	uint64_t priorities = messages < QUEUE_PRIORITIES ? messages : QUEUE_PRIORITIES;

	return messages * MESSAGE_COST + priorities * PRIORITY_COST + messages * message_bytes;
}

/* Has the user room for one more? MFILE. */
static status_t check_limit(uint32_t uid, uint64_t more, uint64_t limit)
{
	for (uint32_t i = 0; i < table.counts.queues; i++) {
		const struct posix_queue *queue = &table.ipc.queues[i];

		if (queue->used && queue->uid == uid)
			more += cost(queue->messages_most, queue->message_bytes);
	}
	return more <= limit ? STATUS_OK : STATUS_ERRNO(E_MFILE);
}

/* A default is never more than the limit (ipc/mqueue.c: mqueue_get_inode). */
static int64_t usual(uint32_t which)
{
	uint64_t value = ipc_setting(which);
	uint64_t most = ipc_setting(which == SETTING_QUEUE_BYTES ? SETTING_QUEUE_BYTES_MOST :
				    SETTING_QUEUE_MESSAGES_MOST);

	return (int64_t)(value < most ? value : most);
}

/* fs.mqueue.queues_max is not for root. */
static int may_more(const struct ipc_caller *caller)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < table.counts.queues; i++)
		count += table.ipc.queues[i].used;
	return count < ipc_setting(SETTING_QUEUES) || ipc_may(caller, CAPABILITY_SYS_RESOURCE);
}

static status_t make_queue(const struct pipe_queue_open_request *request,
			   const struct ipc_caller *caller, const char *name,
			   struct posix_queue **made)
{
	int sized = (request->flags & QUEUE_SIZED) != 0;
	int64_t messages = sized ? request->messages : usual(SETTING_QUEUE_MESSAGES);
	int64_t bytes = sized ? request->message_bytes : usual(SETTING_QUEUE_BYTES);
	struct posix_queue *queue = table.ipc.queues;
	status_t status;

	if (messages <= 0 || bytes <= 0 || messages > QUEUE_ROOT_MESSAGES ||
	    bytes > QUEUE_ROOT_BYTES)
		return STATUS_ERRNO(E_INVAL);
	if (((uint64_t)messages > ipc_setting(SETTING_QUEUE_MESSAGES_MOST) ||
	     (uint64_t)bytes > ipc_setting(SETTING_QUEUE_BYTES_MOST)) &&
	    !ipc_may(caller, CAPABILITY_SYS_RESOURCE))
		return STATUS_ERRNO(E_INVAL);
	while (queue < table.ipc.queues + table.counts.queues && queue->used)
		queue++;
	if (queue == table.ipc.queues + table.counts.queues || !may_more(caller))
		return STATUS_ERRNO(E_NOSPC);
	status = check_limit(caller->uid, cost((uint64_t)messages, (uint64_t)bytes),
			     request->limit);
	if (status != STATUS_OK)
		return status;
	/* Its words are changed without the ledger now. */
	ledger_begin();
	*queue = (struct posix_queue){ .named = 1, .messages_most = (uint64_t)messages,
		.message_bytes = (uint64_t)bytes, .uid = caller->uid, .gid = caller->gid,
		.mode = request->mode & 0777, .name_bytes = request->name_bytes };
	memcpy(queue->name, name, request->name_bytes);
	*made = queue;
	return STATUS_OK;
}

/* May the caller open it so? */
static status_t permitted(const struct posix_queue *queue, const struct ipc_caller *caller,
			  uint32_t access)
{
	const struct key_object object = { .uid = queue->uid, .gid = queue->gid,
		.cuid = queue->uid, .cgid = queue->gid, .mode = queue->mode };

	return key_permitted(caller, &object, (access & PIPE_READ ? 4 : 0) |
			     (access & PIPE_WRITE ? 2 : 0));
}

static status_t find_or_make(const struct pipe_queue_open_request *request,
			     const struct ipc_caller *caller, const char *name,
			     struct posix_queue **queue)
{
	*queue = queue_named(name, request->name_bytes);
	if (!*queue)
		return request->flags & QUEUE_CREATE ?
			make_queue(request, caller, name, queue) : STATUS_ERRNO(E_NOENT);
	if (request->flags & QUEUE_CREATE && request->flags & QUEUE_EXCLUSIVE)
		return STATUS_ERRNO(E_EXIST);
	return permitted(*queue, caller, request->access);
}

static status_t name_take(struct call *call, uint64_t bytes, char *name)
{
	status_t status;

	if (!bytes || bytes > QUEUE_NAME_BYTES)
		return STATUS_ERRNO(bytes ? E_NAMETOOLONG : E_NOENT);
	status = call_copy_in(call, 0, 0, name, bytes);
	if (status != STATUS_OK)
		return status;
	for (uint64_t i = 0; i < bytes; i++)
		if (name[i] == '/')
			return STATUS_ERRNO(E_ACCES);
	return (bytes == 1 && name[0] == '.') || (bytes == 2 && name[0] == '.' && name[1] == '.') ?
		STATUS_ERRNO(E_ACCES) : STATUS_OK;
}

status_t on_queue_open(struct call *call, const struct pipe_queue_open_request *request,
		       struct pipe_queue_open_reply *reply)
{
	char name[QUEUE_NAME_BYTES];
	struct posix_queue *queue;
	struct pipe_record *record;
	struct ipc_caller caller;
	status_t status = name_take(call, request->name_bytes, name);

	if (status == STATUS_OK)
		status = ipc_identify(client_of(call), &caller);
	if (status == STATUS_OK)
		status = find_or_make(request, &caller, name, &queue);
	if (status != STATUS_OK)
		return status;
	record = record_prepare(&table, RECORD_QUEUE,
				request->flags & QUEUE_NONBLOCK ? PIPE_NONBLOCK : 0,
				client_of(call));
	if (!record)
		return STATUS_ERRNO(E_NFILE);
	record->object = (uint16_t)index_of(queue);
	record->access = (uint8_t)request->access;
	pipe_record_count(&table, record, client_of(call));
	reply->record = record_number(&table, record);
	/* A record of a queue that does not exist is none. */
	if (!queue->used) {
		record->used = 1;
		pipe_commit(&table, call, &queue->used, 1, reply->record);
	} else {
		pipe_commit(&table, call, &record->used, 1, reply->record);
	}
	return STATUS_OK;
}

/* ---- Its end ---- */

static int is_open(uint32_t index)
{
	for (uint32_t i = 0; i < table.counts.records; i++)
		if (table.records[i].used && table.records[i].object == index &&
		    table.records[i].kind == RECORD_QUEUE)
			return 1;
	return 0;
}

void queue_record_ends(uint32_t index)
{
	struct posix_queue *queue = &table.ipc.queues[index];

	if (!queue->used || queue->named || is_open(index))
		return;
	ledger_begin();
	queue->used = 0;
	list_free(&queue->list);
}

status_t on_queue_unlink(struct call *call, const struct pipe_queue_unlink_request *request,
			 struct pipe_queue_unlink_reply *reply)
{
	char name[QUEUE_NAME_BYTES];
	struct posix_queue *queue;
	struct ipc_caller caller;
	status_t status = name_take(call, request->name_bytes, name);

	(void)reply;
	if (status == STATUS_OK)
		status = ipc_identify(client_of(call), &caller);
	if (status != STATUS_OK)
		return status;
	queue = queue_named(name, request->name_bytes);
	if (!queue)
		return STATUS_ERRNO(E_NOENT);
	if (caller.uid != queue->uid && !ipc_may(&caller, CAPABILITY_FOWNER))
		return STATUS_ERRNO(E_PERM);
	pipe_commit(&table, call, &queue->named, 0, 0);
	queue_record_ends(index_of(queue));
	return STATUS_OK;
}

/* ---- mq_notify ---- */

static void notice_change(struct posix_queue *queue, const struct call *call, uint64_t notice)
{
	ledger_begin();
	ledger_change(&queue->notice, notice);
	ledger_commit(call, 0, 0);
}

/* Once it is due: tells, and forgets. A successor that finds it due does so again. */
static void tell(struct posix_queue *queue, const struct call *call)
{
	if (queue->notice_how == QUEUE_SIGNAL)
		pass_signal(queue->notice_pid, queue->notice_signal, queue->notice_value);
	notice_change(queue, call, NOTICE_NONE);
}

void queues_start(void)
{
	for (uint32_t i = 0; i < table.counts.queues; i++) {
		struct posix_queue *queue = &table.ipc.queues[i];

		if (queue->used && queue->notice == NOTICE_DUE)
			tell(queue, 0);
		queue_record_ends(i);
	}
}

void queues_client_dead(unsigned client)
{
	for (uint32_t i = 0; i < table.counts.queues; i++)
		if (table.ipc.queues[i].notice == NOTICE_WANTED &&
		    table.ipc.queues[i].notice_client == client)
			notice_change(&table.ipc.queues[i], 0, NOTICE_NONE);
}

static struct posix_queue *queue_held(const struct call *call, uint64_t number, uint32_t access,
				      struct pipe_record **record)
{
	*record = pipe_record_held(&table, number, client_of(call), access);
	return *record && (*record)->kind == RECORD_QUEUE ? queue_of(*record) : 0;
}

status_t on_queue_notify(struct call *call, const struct pipe_queue_notify_request *request,
			 struct pipe_queue_notify_reply *reply)
{
	struct pipe_record *record;
	struct posix_queue *queue = queue_held(call, request->record, 0, &record);
	struct ipc_caller caller;
	status_t status;

	(void)reply;
	if (!queue)
		return STATUS_ERRNO(E_BADF);
	if (request->how == QUEUE_NOTHING) {
		if (queue->notice == NOTICE_WANTED && queue->notice_client == client_of(call))
			notice_change(queue, call, NOTICE_NONE);
		return STATUS_OK;
	}
	if (queue->notice != NOTICE_NONE)
		return STATUS_ERRNO(E_BUSY);
	status = ipc_identify(client_of(call), &caller);
	if (status != STATUS_OK)
		return status;
	queue->notice_pid = caller.pid;
	queue->notice_client = client_of(call);
	queue->notice_how = request->how;
	queue->notice_signal = request->signal;
	queue->notice_value = request->value;
	notice_change(queue, call, NOTICE_WANTED);
	return STATUS_OK;
}

/* ---- mq_send, mq_receive ---- */

/* Behind all of the same or a higher priority. */
static uint64_t place_of(const struct posix_queue *queue, int64_t priority)
{
	uint64_t before = 0, at = queue->list.first;

	if (queue->list.last && block_at(queue->list.last)->type >= priority)
		return queue->list.last;
	for (; at && block_at(at)->type >= priority; at = block_at(at)->next)
		before = at;
	return before;
}

static status_t send_now(struct call *call, struct posix_queue *queue,
			 const struct pipe_queue_send_request *request)
{
	int due = queue->notice == NOTICE_WANTED && !queue->list.count &&
		  !table.ipc_live.queue_receivers[index_of(queue)];
	uint64_t message;
	status_t status = block_put(call, request->bytes, request->priority, &message);

	if (status != STATUS_OK)
		return status;
	ledger_begin();
	list_insert(&queue->list, place_of(queue, request->priority), message);
	if (due)
		ledger_change(&queue->notice, NOTICE_DUE);
	ledger_commit(call, 0, 0);
	if (due)
		tell(queue, call);
	wake(queue);
	return STATUS_OK;
}

status_t on_queue_send(struct call *call, const struct pipe_queue_send_request *request,
		       struct pipe_queue_send_reply *reply)
{
	struct pipe_record *record;
	struct posix_queue *queue;
	status_t status;

	(void)reply;
	if (request->priority >= QUEUE_PRIORITIES)
		return STATUS_ERRNO(E_INVAL);
	while ((queue = queue_held(call, request->record, PIPE_WRITE, &record))) {
		if (request->bytes > queue->message_bytes)
			return STATUS_ERRNO(E_MSGSIZE);
		if (queue->list.count < queue->messages_most)
			return send_now(call, queue, request);
		if (record->flags & PIPE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = ipc_wait(&table.ipc_live.queue_room[index_of(queue)], call,
				  request->deadline_ns);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}

static status_t receive_now(struct call *call, struct posix_queue *queue,
			    struct pipe_queue_receive_reply *reply)
{
	uint64_t message = queue->list.first;
	const struct block *block = block_at(message);
	status_t status = block_get(call, message, block->bytes);

	if (status != STATUS_OK)
		return status;
	reply->bytes = block->bytes;
	reply->priority = (uint64_t)block->type;
	ledger_begin();
	list_remove(&queue->list, 0, message);
	ledger_commit(call, reply->bytes, reply->priority);
	block_free(message);
	wake(queue);
	return STATUS_OK;
}

status_t on_queue_receive(struct call *call, const struct pipe_queue_receive_request *request,
			  struct pipe_queue_receive_reply *reply)
{
	struct pipe_record *record;
	struct posix_queue *queue;
	status_t status;

	while ((queue = queue_held(call, request->record, PIPE_READ, &record))) {
		uint32_t index = index_of(queue);

		if (request->bytes < queue->message_bytes)
			return STATUS_ERRNO(E_MSGSIZE);
		if (queue->list.count)
			return receive_now(call, queue, reply);
		if (record->flags & PIPE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		table.ipc_live.queue_receivers[index]++;
		status = ipc_wait(&table.ipc_live.queue_came[index], call, request->deadline_ns);
		table.ipc_live.queue_receivers[index]--;
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}

/* ---- What is said of it ---- */

uint32_t queue_ready(const struct pipe_record *record)
{
	const struct posix_queue *queue = queue_of(record);

	return (queue->list.count ? POLL_INPUT : 0) |
	       (queue->list.count < queue->messages_most ? POLL_OUTPUT : 0);
}

status_t on_queue_state(struct call *call, const struct pipe_queue_state_request *request,
			struct pipe_queue_state_reply *reply)
{
	struct pipe_record *record;
	const struct posix_queue *queue = queue_held(call, request->record, 0, &record);

	if (!queue)
		return STATUS_ERRNO(E_BADF);
	*reply = (struct pipe_queue_state_reply){ queue->messages_most, queue->message_bytes,
		queue->list.count, queue->list.bytes, 0, 0, 0,
		(record->flags & PIPE_NONBLOCK) != 0 };
	if (queue->notice != NOTICE_WANTED)
		return STATUS_OK;
	reply->how = queue->notice_how;
	reply->signal = queue->notice_signal;
	reply->pid = queue->notice_pid;
	return STATUS_OK;
}
