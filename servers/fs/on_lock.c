/* SPDX-License-Identifier: MIT */
/* Requests about locks. */
#include "libipc/watch.h"
#include "servers/fs/lock.h"
#include "servers/fs/operation.h"

/* The lock that is meant, with its owner. */
static status_t wanted_lock(struct call *call, uint64_t handle, uint32_t kind, uint32_t type,
			    struct lock *wanted)
{
	uint32_t client = call_client(call);
	struct record *record;
	status_t status = record_get(handle, client, &record);

	if (status != STATUS_OK)
		return status;
	if (kind < FS_LOCK_PROCESS || kind > FS_LOCK_FLOCK || type > FS_LOCK_NONE ||
	    wanted->start > wanted->last || wanted->last > INT64_MAX)
		return STATUS_ERRNO(E_INVAL);
	wanted->kind = (uint16_t)kind;
	wanted->type = (uint16_t)type;
	wanted->volume = record->volume;
	wanted->inode = record->inode;
	wanted->client = client;
	wanted->owner = kind == FS_LOCK_PROCESS ? client + 1 : handle;
	if (kind == FS_LOCK_FLOCK) {
		wanted->start = 0;
		wanted->last = INT64_MAX;
	}
	return STATUS_OK;
}

static status_t lock_once(struct call *call, const struct fs_lock_request *request,
			  struct lock *wanted)
{
	struct lock none;
	status_t status = wanted_lock(call, request->handle, request->kind, request->type, wanted);

	if (status != STATUS_OK)
		return status;
	/* flock: what it had goes first, and may go to somebody else. */
	if (wanted->kind == FS_LOCK_FLOCK && wanted->type != FS_LOCK_NONE && lock_differs(wanted)) {
		none = *wanted;
		none.type = FS_LOCK_NONE;
		status = lock_set(&none);
		return status == STATUS_OK ? (status_t)FS_MORE : status;
	}
	if (wanted->type != FS_LOCK_NONE && lock_conflict(wanted))
		return request->flags & FS_LOCK_WAIT ? lock_wait(wanted) : STATUS_ERRNO(E_AGAIN);
	lock_wait_end(wanted->client);
	return lock_set(wanted);
}

status_t on_lock(struct call *call, const struct fs_lock_request *request,
		 struct fs_lock_reply *reply)
{
	struct lock wanted = { .start = request->start, .last = request->last };
	status_t status;

	(void)reply;
	operation_begin();
	do {
		status = lock_once(call, request, &wanted);
	} while (operation_again(call, &status, 0, 0));
	/* What it unlocked, or had before and gave way. */
	if (status == STATUS_OK || wanted.kind == FS_LOCK_FLOCK)
		locks_wake(wanted.volume, wanted.inode);
	return status;
}

status_t on_lock_query(struct call *call, const struct fs_lock_query_request *request,
		       struct fs_lock_query_reply *reply)
{
	struct lock wanted = { .start = request->start, .last = request->last };
	status_t status = wanted_lock(call, request->handle, request->kind, request->type, &wanted);
	const struct lock *lock;

	if (status != STATUS_OK)
		return status;
	lock = lock_conflict(&wanted);
	reply->type = lock ? lock->type : FS_LOCK_NONE;
	if (!lock)
		return STATUS_OK;
	reply->start = lock->start;
	reply->last = lock->last;
	if (lock->kind == FS_LOCK_PROCESS)
		reply->pid = client_credentials(lock->client)->pid;
	return STATUS_OK;
}

status_t on_lock_cancel(struct call *call, const struct fs_lock_cancel_request *request,
			struct fs_lock_cancel_reply *reply)
{
	(void)request;
	(void)reply;
	lock_wait_end(call_client(call));
	return STATUS_OK;
}

status_t on_watch(struct call *call, const struct fs_watch_request *request,
		  struct fs_watch_reply *reply)
{
	(void)reply;
	return watch_set(stable.watch, call, request->bits);
}
