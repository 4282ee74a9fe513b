/* SPDX-License-Identifier: MIT */
/* inotify: requests of those who listen, and files that are closed. */
#include "libipc/proto/poll.h"
#include "servers/fs/notify.h"
#include "servers/fs/operation.h"

/* The listener that the caller holds under that handle. */
static status_t listener_of(const struct call *call, uint64_t handle, struct listener **listener)
{
	struct record *record;
	status_t status = record_get(handle, call_client(call), &record);

	*listener = status == STATUS_OK && record->flags & RECORD_LISTENER ?
		notify_listener(handle) : 0;
	if (status != STATUS_OK)
		return status;
	return *listener ? STATUS_OK : STATUS_ERRNO(E_INVAL);
}

status_t on_notify_open(struct call *call, const struct fs_notify_open_request *request,
			struct fs_notify_open_reply *reply)
{
	struct inode root;
	status_t status;

	(void)request;
	operation_begin();
	do {
		status = inode_get(VOLUME_ROOT, EXT2_ROOT_INODE, &root);
		if (status == STATUS_OK)
			status = record_make(&root, EXT2_ROOT_INODE, RECORD_LISTENER,
					     call_client(call), &reply->handle);
		if (status == STATUS_OK)
			status = notify_make(reply->handle);
	} while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

/* What is to be listened to. */
static status_t find_file(struct call *call, const struct fs_notify_add_request *request,
			  struct listening *what, struct fs_crossing *crossing)
{
	uint32_t mask = request->mask;
	struct walk walk;
	status_t status;

	*crossing = (struct fs_crossing){ 0, 0 };
	if (!request->path_bytes) {
		what->volume = VOLUMES;
		what->inode = (uint32_t)request->directory;
		return STATUS_OK;
	}
	status = call_walk(call, (struct path_request){ request->directory, request->path_bytes, 0,
			   mask & NOTIFY_DONT_FOLLOW ? FS_NOFOLLOW : 0 }, &walk, crossing);
	if (status != STATUS_OK)
		return status;
	if (crossing->crossed)
		return call_cross(call, &walk);
	if (!walk.found.disk)
		return STATUS_ERRNO(E_NOENT);
	if (mask & NOTIFY_ONLY_DIRECTORY && !inode_is_directory(&walk.found))
		return STATUS_ERRNO(E_NOTDIR);
	what->volume = walk.found.volume->number;
	what->inode = walk.found.number;
	return inode_permits(&walk.found, walk.who, FS_ACCESS_READ);
}

status_t on_notify_add(struct call *call, const struct fs_notify_add_request *request,
		       struct fs_notify_add_reply *reply)
{
	struct listening what = { .mask = request->mask };
	struct listener *listener;
	status_t status;

	operation_begin();
	do {
		status = listener_of(call, request->handle, &listener);
		if (status == STATUS_OK)
			status = find_file(call, request, &what, &reply->crossing);
		if (status == STATUS_OK && !reply->crossing.crossed)
			status = notify_listen(listener, &what, &reply->number);
	} while (operation_again(call, &status, reply, sizeof(*reply)));
	notify_start(record_is_held);
	return status;
}

status_t on_notify_remove(struct call *call, const struct fs_notify_remove_request *request,
			  struct fs_notify_remove_reply *reply)
{
	struct listener *listener;
	status_t status;

	(void)reply;
	operation_begin();
	do {
		status = listener_of(call, request->handle, &listener);
		if (status == STATUS_OK)
			status = notify_forget(listener, (uint32_t)request->number);
	} while (operation_again(call, &status, 0, 0));
	notify_start(record_is_held);
	return status;
}

/* Copies first: until they are published as read they stay where they are. */
static status_t read_once(struct call *call, const struct fs_notify_read_request *request,
			  struct fs_notify_read_reply *reply)
{
	uint32_t bytes, part;
	struct listener *listener;
	status_t status = listener_of(call, request->handle, &listener);

	if (status != STATUS_OK)
		return status;
	if (listener->head == listener->tail)
		return STATUS_ERRNO(E_AGAIN);
	bytes = notify_waiting(listener, request->bytes);
	if (!bytes)
		return STATUS_ERRNO(E_INVAL);
	for (uint32_t done = 0; status == STATUS_OK && done < bytes; done += part) {
		const uint8_t *from;

		part = bytes - done;
		from = notify_queue(listener, listener->head + done, &part);
		status = call_copy_out(call, 0, done, from, part);
	}
	if (status == STATUS_OK)
		LOG_SET(listener->head, listener->head + bytes);
	reply->bytes = bytes;
	return status;
}

status_t on_notify_read(struct call *call, const struct fs_notify_read_request *request,
			struct fs_notify_read_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = read_once(call, request, reply);
	while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

status_t on_notify_poll(struct call *call, const struct fs_notify_poll_request *request,
			struct fs_notify_poll_reply *reply)
{
	struct listener *listener;
	status_t status = listener_of(call, request->handle, &listener);

	if (status != STATUS_OK)
		return status;
	reply->bytes = listener->tail - listener->head;
	reply->changes = notify_changes(listener);
	if (request->arm && (!reply->bytes || request->arm == POLL_ARM_ALWAYS))
		notify_arm(listener, call_client(call));
	return STATUS_OK;
}

/* ---- closing ---- */

static status_t close_once(uint32_t client, uint64_t handle)
{
	struct record *record;
	struct inode inode;
	status_t status = record_get(handle, client, &record);

	if (status != STATUS_OK || record->flags & (FS_OPEN_PATH | RECORD_LISTENER) ||
	    !record_is_last(record, client))
		return STATUS_OK;
	status = inode_get(record->volume, record->inode, &inode);
	if (status == STATUS_OK)
		status = notify_record(record, &inode, record->flags & FS_OPEN_WRITE ?
				       NOTIFY_CLOSE_WRITE : NOTIFY_CLOSE_NOWRITE);
	return status;
}

void operation_closing(uint32_t client, uint64_t handle)
{
	status_t status;

	operation_begin();
	do
		status = close_once(client, handle);
	while (operation_again(0, &status, 0, 0));
}

void operation_closing_all(uint32_t client)
{
	for (uint32_t i = 0; notify_count && i < stable.head->record_count; i++) {
		const struct record *record = &stable.records[i];

		if (record->holders[client / 64] >> client % 64 & 1)
			operation_closing(client, (uint64_t)record->tag << 32 | i);
	}
}
