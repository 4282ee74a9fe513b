/* SPDX-License-Identifier: MIT */
/* System V: how its objects are made, found, described and removed. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/socket.h"

#include "libipc/proto/capability.h"
#include "libipc/proto/errno.h"
#include "libipc/time.h"

#define MODE_BITS   0777u
#define INDEX_BITS  15u
#define SEQUENCES   0xffffu

static struct key_object *object_at(uint32_t kind, uint32_t index)
{
	switch (kind) {
	case KEY_SEMAPHORES:
		return &table.ipc.sets[index].key;
	case KEY_MESSAGES:
		return &table.ipc.messages[index].key;
	default:
		return &table.ipc.segments[index].key;
	}
}

static uint32_t index_of(uint32_t kind, const struct key_object *object)
{
	switch (kind) {
	case KEY_SEMAPHORES:
		return (uint32_t)((const struct semaphore_set *)object - table.ipc.sets);
	case KEY_MESSAGES:
		return (uint32_t)((const struct message_queue *)object - table.ipc.messages);
	default:
		return (uint32_t)((const struct segment *)object - table.ipc.segments);
	}
}

uint32_t key_id(uint32_t kind, const struct key_object *object)
{
	return (uint32_t)(object->sequence & SEQUENCES) << INDEX_BITS | index_of(kind, object);
}

struct key_object *key_find(uint32_t kind, uint32_t id)
{
	uint32_t index = id & ((1u << INDEX_BITS) - 1);
	struct key_object *object;

	if (id >> 31 || index >= table.counts.keys)
		return 0;
	object = object_at(kind, index);
	return object->used && key_id(kind, object) == id ? object : 0;
}

status_t key_permitted(const struct ipc_caller *caller, const struct key_object *object,
		       uint32_t wanted)
{
	uint32_t granted = object->mode;

	if (caller->uid == object->uid || caller->uid == object->cuid)
		granted >>= 6;
	else if (ipc_in_group(caller, object->gid) || ipc_in_group(caller, object->cgid))
		granted >>= 3;
	return !(wanted & ~granted) || ipc_may(caller, CAPABILITY_IPC_OWNER) ? STATUS_OK :
		STATUS_ERRNO(E_ACCES);
}

static int is_owner(const struct ipc_caller *caller, const struct key_object *object)
{
	return caller->uid == object->uid || caller->uid == object->cuid ||
	       ipc_may(caller, CAPABILITY_SYS_ADMIN);
}

/* ---- semget, msgget, shmget ---- */

static uint64_t size_of(uint32_t kind, const struct key_object *object)
{
	switch (kind) {
	case KEY_SEMAPHORES:
		return ((const struct semaphore_set *)object)->count;
	case KEY_SEGMENT:
		return ((const struct segment *)object)->bytes;
	default:
		return 0;
	}
}

static struct key_object *with_key(uint32_t kind, uint32_t key)
{
	for (uint32_t i = 0; i < table.counts.keys; i++) {
		struct key_object *object = object_at(kind, i);

		if (object->used && object->key == key && !(object->mode & KEY_MODE_REMOVED))
			return object;
	}
	return 0;
}

static status_t get_found(const struct ipc_caller *caller, struct key_object *object,
			  const struct pipe_key_get_request *request)
{
	uint32_t flags = request->flags;

	if (flags & KEY_CREATE && flags & KEY_EXCLUSIVE)
		return STATUS_ERRNO(E_EXIST);
	if (request->kind != KEY_MESSAGES && request->size > size_of(request->kind, object))
		return STATUS_ERRNO(E_INVAL);
	return key_permitted(caller, object, (flags >> 6 | flags >> 3 | flags) & 7);
}

static void add_up(uint32_t kind, struct pipe_key_totals_reply *totals)
{
	for (uint32_t i = 0; i < table.counts.keys; i++) {
		const struct key_object *object = object_at(kind, i);

		if (!object->used)
			continue;
		totals->highest = i;
		totals->objects++;
		if (kind == KEY_MESSAGES) {
			totals->count += table.ipc.messages[i].list.count;
			totals->bytes += table.ipc.messages[i].list.bytes;
		} else {
			totals->count += kind == KEY_SEMAPHORES ? size_of(kind, object) :
				(size_of(kind, object) + 4095) / 4096;
		}
	}
}

/* How many there may be, and how much of it all together. NOSPC. */
static status_t check_limits(const struct pipe_key_get_request *request)
{
	static const uint8_t objects[] = { SETTING_SETS, SETTING_MESSAGE_QUEUES, SETTING_SEGMENTS };
	struct pipe_key_totals_reply totals = { 0 };
	uint64_t pages = (request->size + 4095) / 4096;

	add_up(request->kind, &totals);
	if (totals.objects >= ipc_setting(objects[request->kind]))
		return STATUS_ERRNO(E_NOSPC);
	if (request->kind == KEY_SEMAPHORES &&
	    totals.count + request->size > ipc_setting(SETTING_ALL_SEMAPHORES))
		return STATUS_ERRNO(E_NOSPC);
	if (request->kind == KEY_SEGMENT &&
	    totals.count + pages > ipc_setting(SETTING_SEGMENT_PAGES))
		return STATUS_ERRNO(E_NOSPC);
	return STATUS_OK;
}

/* What is particular to the kind, before there is one. */
static status_t check_new(const struct pipe_key_get_request *request)
{
	if (request->kind == KEY_SEMAPHORES && !request->size)
		return STATUS_ERRNO(E_INVAL);
	if (request->kind == KEY_SEGMENT &&
	    (!request->size || request->size > ipc_setting(SETTING_SEGMENT_BYTES)))
		return STATUS_ERRNO(E_INVAL);
	return check_limits(request);
}

/* All but `used`, which is the effect. */
static status_t prepare(struct call *call, const struct ipc_caller *caller,
			struct key_object *object, const struct pipe_key_get_request *request)
{
	object->key = request->key;
	object->uid = object->cuid = caller->uid;
	object->gid = object->cgid = caller->gid;
	object->mode = request->flags & MODE_BITS;
	object->changed_s = ipc_seconds(time_wall_ns());
	switch (request->kind) {
	case KEY_SEMAPHORES:
		return semaphores_make((struct semaphore_set *)object, request->size);
	case KEY_MESSAGES: {
		struct message_queue *queue = (struct message_queue *)object;

		*queue = (struct message_queue){ .key = queue->key,
			.most_bytes = ipc_setting(SETTING_MESSAGE_QUEUE) };
		return STATUS_OK;
	}
	default: {
		struct segment *segment = (struct segment *)object;

		*segment = (struct segment){ .key = segment->key, .bytes = request->size,
			.handle = request->handle, .creator = caller->pid };
		return segment_make(call, segment);
	}
	}
}

static status_t make(struct call *call, const struct ipc_caller *caller,
		     const struct pipe_key_get_request *request, struct pipe_key_get_reply *reply)
{
	struct key_object *object = 0;
	status_t status = check_new(request);
	union { struct pipe_key_get_reply reply; uint64_t word; } answer;

	for (uint32_t i = 0; i < table.counts.keys && !object; i++)
		if (!object_at(request->kind, i)->used)
			object = object_at(request->kind, i);
	if (status != STATUS_OK)
		return status;
	if (!object)
		return STATUS_ERRNO(E_NOSPC);
	if (request->kind == KEY_SEGMENT && !request->handle) {
		reply->missing = 1;
		return STATUS_OK;
	}
	/* Its words are changed without the ledger now. */
	ledger_begin();
	status = prepare(call, caller, object, request);
	if (status != STATUS_OK)
		return status;
	ledger_change(&object->used, 1);
	reply->id = key_id(request->kind, object);
	answer.reply = *reply;
	ledger_commit(call, answer.word, 0);
	if (request->kind == KEY_SEGMENT)
		socket_intent_end(&table);
	return STATUS_OK;
}

status_t on_key_get(struct call *call, const struct pipe_key_get_request *request,
		    struct pipe_key_get_reply *reply)
{
	struct ipc_caller caller;
	struct key_object *object;
	status_t status = ipc_identify(client_of(call), &caller);

	if (status != STATUS_OK)
		return status;
	if (request->kind >= KEY_KINDS ||
	    (request->kind == KEY_SEMAPHORES &&
	     request->size > ipc_setting(SETTING_SET_SEMAPHORES)))
		return STATUS_ERRNO(E_INVAL);
	object = request->key ? with_key(request->kind, request->key) : 0;
	if (object) {
		status = get_found(&caller, object, request);
		reply->id = key_id(request->kind, object);
		return status;
	}
	if (request->key && !(request->flags & KEY_CREATE))
		return STATUS_ERRNO(E_NOENT);
	return make(call, &caller, request, reply);
}

/* ---- IPC_STAT, IPC_SET, IPC_RMID ---- */

static void describe(uint32_t kind, const struct key_object *object,
		     struct pipe_key_status_reply *reply)
{
	const struct semaphore_set *set = (const struct semaphore_set *)object;
	const struct message_queue *queue = (const struct message_queue *)object;
	const struct segment *segment = (const struct segment *)object;

	reply->owner = (struct key_owner){ object->key, object->uid, object->gid, object->cuid,
		object->cgid, object->mode, (uint32_t)object->sequence & SEQUENCES,
		key_id(kind, object) };
	reply->changed_s = object->changed_s;
	reply->size = size_of(kind, object);
	if (kind == KEY_SEMAPHORES) {
		reply->first_s = set->operated_s;
	} else if (kind == KEY_MESSAGES) {
		reply->first_s = queue->sent_s;
		reply->second_s = queue->received_s;
		reply->first_pid = (uint32_t)queue->sender;
		reply->second_pid = (uint32_t)queue->receiver;
		reply->size = queue->most_bytes;
		reply->bytes = queue->list.bytes;
		reply->count = queue->list.count;
	} else {
		reply->first_s = segment->attached_s;
		reply->second_s = segment->detached_s;
		reply->first_pid = segment->creator;
		reply->second_pid = segment->last;
		reply->count = segment_attached(index_of(kind, object));
	}
}

status_t on_key_status(struct call *call, const struct pipe_key_status_request *request,
		       struct pipe_key_status_reply *reply)
{
	const struct key_object *object;
	struct ipc_caller caller;
	status_t status = ipc_identify(client_of(call), &caller);

	if (status != STATUS_OK)
		return status;
	if (request->kind >= KEY_KINDS ||
	    (request->how != KEY_BY_ID && request->id >= table.counts.keys))
		return STATUS_ERRNO(E_INVAL);
	object = request->how == KEY_BY_ID ? key_find(request->kind, request->id) :
		object_at(request->kind, request->id);
	if (!object || !object->used)
		return STATUS_ERRNO(E_INVAL);
	if (request->how != KEY_BY_INDEX_ANY)
		status = key_permitted(&caller, object, 4);
	if (status == STATUS_OK)
		describe(request->kind, object, reply);
	return status;
}

/* The object, for those who may change or remove it. */
static status_t owned(struct call *call, uint32_t kind, uint32_t id, struct ipc_caller *caller,
		      struct key_object **object)
{
	status_t status = ipc_identify(client_of(call), caller);

	if (status != STATUS_OK)
		return status;
	*object = kind < KEY_KINDS ? key_find(kind, id) : 0;
	if (!*object)
		return STATUS_ERRNO(E_INVAL);
	return is_owner(caller, *object) ? STATUS_OK : STATUS_ERRNO(E_PERM);
}

/* Repeated it is the same again, but for the time. */
status_t on_key_set(struct call *call, const struct pipe_key_set_request *request,
		    struct pipe_key_set_reply *reply)
{
	struct key_object *object;
	struct ipc_caller caller;
	status_t status = owned(call, request->kind, request->id, &caller, &object);

	(void)reply;
	if (status != STATUS_OK)
		return status;
	if (request->kind == KEY_MESSAGES) {
		struct message_queue *queue = (struct message_queue *)object;

		if (request->size > ipc_setting(SETTING_MESSAGE_QUEUE) &&
		    !ipc_may(&caller, CAPABILITY_SYS_RESOURCE))
			return STATUS_ERRNO(E_PERM);
		queue->most_bytes = request->size;
		event_signal(&table.ipc_live.message_room[request->id % (1u << INDEX_BITS)]);
	}
	object->uid = request->uid;
	object->gid = request->gid;
	object->mode = (object->mode & ~MODE_BITS) | (request->mode & MODE_BITS);
	ledger_begin();
	ledger_change(&object->changed_s, (uint64_t)ipc_seconds(time_wall_ns()));
	ledger_commit(0, 0, 0);
	return STATUS_OK;
}

status_t on_segment_lock(struct call *call, const struct pipe_segment_lock_request *request,
			 struct pipe_segment_lock_reply *reply)
{
	struct key_object *object = key_find(KEY_SEGMENT, request->id);
	struct ipc_caller caller;
	status_t status = ipc_identify(client_of(call), &caller);

	(void)reply;
	if (status != STATUS_OK)
		return status;
	if (!object)
		return STATUS_ERRNO(E_INVAL);
	if (caller.uid != object->uid && caller.uid != object->cuid &&
	    !ipc_may(&caller, CAPABILITY_IPC_LOCK))
		return STATUS_ERRNO(E_PERM);
	object->mode = (object->mode & ~KEY_MODE_LOCKED) | (request->locked ? KEY_MODE_LOCKED : 0);
	return STATUS_OK;
}

static void messages_end(uint32_t index)
{
	list_free(&table.ipc.messages[index].list);
	event_signal(&table.ipc_live.message_room[index]);
	event_signal(&table.ipc_live.message_came[index]);
}

status_t on_key_remove(struct call *call, const struct pipe_key_remove_request *request,
		       struct pipe_key_remove_reply *reply)
{
	struct key_object *object;
	struct ipc_caller caller;
	status_t status = owned(call, request->kind, request->id, &caller, &object);
	uint32_t index;

	(void)reply;
	if (status != STATUS_OK)
		return status;
	index = index_of(request->kind, object);
	if (request->kind == KEY_SEGMENT && segment_attached(index)) {
		object->key = 0;
		object->mode |= KEY_MODE_REMOVED;
		return STATUS_OK;
	}
	if (request->kind == KEY_SEGMENT) {
		segment_end(index);
		return STATUS_OK;
	}
	ledger_begin();
	if (request->kind == KEY_SEMAPHORES)
		semaphores_end(index);
	ledger_change(&object->used, 0);
	ledger_change(&object->sequence, object->sequence + 1);
	ledger_commit(call, 0, 0);
	if (request->kind == KEY_SEMAPHORES)
		event_signal(&table.ipc_live.set_changed[index]);
	else
		messages_end(index);
	return STATUS_OK;
}

status_t on_key_totals(struct call *call, const struct pipe_key_totals_request *request,
		       struct pipe_key_totals_reply *reply)
{
	(void)call;
	if (request->kind >= KEY_KINDS)
		return STATUS_ERRNO(E_INVAL);
	add_up((uint32_t)request->kind, reply);
	return STATUS_OK;
}
