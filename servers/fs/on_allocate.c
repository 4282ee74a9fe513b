/* SPDX-License-Identifier: MIT */
/*
 * fallocate: in steps, each published, so that any length is possible; to repeat one does no
 * harm.
 */
#include "servers/fs/mapped.h"
#include "servers/fs/memory.h"
#include "servers/fs/notify.h"
#include "servers/fs/operation.h"

/* Blocks in one transaction: their frames are there at the same time. */
#define STEPS 64u

struct allocation { uint64_t position, next, end; uint32_t how; };

static status_t check(const struct record *record, const struct inode *inode,
		      const struct allocation *what)
{
	if (!(record->flags & FS_OPEN_WRITE))
		return STATUS_ERRNO(E_BADF);
	if (inode_type(inode) != FS_REGULAR)
		return STATUS_ERRNO(inode_is_directory(inode) ? E_ISDIR : E_NODEV);
	if (inode->volume->read_only)
		return STATUS_ERRNO(E_ROFS);
	if (what->how >= FS_ALLOCATE_ZERO)
		return memory_check_write(inode, what->how == FS_ALLOCATE_ZERO ? what->end : 0);
	return what->how == FS_ALLOCATE_FILL ? memory_check_write(inode, what->end) : STATUS_OK;
}

/* As much as one transaction takes. */
static status_t allocate_once(struct call *call, uint64_t handle, struct allocation *what)
{
	static const uint8_t zeros[PAGE_BYTES];
	uint64_t at = what->position;
	struct record *record;
	struct inode inode;
	status_t status = call_record(call, handle, &record, &inode);

	if (status == STATUS_OK)
		status = check(record, &inode, what);
	for (uint32_t n = 0; status == STATUS_OK && at < what->end && n < STEPS; n++) {
		uint64_t from = at;

		status = file_allocate(&inode, what->how, &at, what->end);
		if (status == STATUS_OK && mapped_count && what->how >= FS_ALLOCATE_ZERO &&
		    at - from <= PAGE_BYTES)
			mapped_written(&inode, from, zeros, at - from);
	}
	if (status == STATUS_OK && at >= what->end && notify_count)
		status = notify_record(record, &inode, NOTIFY_MODIFY);
	what->next = at;
	return status == STATUS_OK && at < what->end ? (status_t)FS_MORE : status;
}

status_t on_allocate(struct call *call, const struct fs_allocate_request *request,
		     struct fs_allocate_reply *reply)
{
	struct allocation what = { request->position, 0, 0, (uint32_t)request->how };
	status_t status;

	(void)reply;
	if (!request->bytes || request->how > FS_ALLOCATE_PUNCH ||
	    __builtin_add_overflow(request->position, request->bytes, &what.end))
		return STATUS_ERRNO(E_INVAL);
	operation_begin();
	do {
		status = allocate_once(call, request->handle, &what);
		if (status == (status_t)FS_MORE)
			what.position = what.next;
	} while (operation_again(call, &status, 0, 0));
	return status;
}
