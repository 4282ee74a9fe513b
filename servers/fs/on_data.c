/* SPDX-License-Identifier: MIT */
/* Requests about contents: of files, and of directories. */
#include "libipc/string.h"
#include "servers/fs/disk.h"
#include "servers/fs/mapped.h"
#include "servers/fs/memory.h"
#include "servers/fs/notify.h"
#include "servers/fs/operation.h"

/* ---- reading ---- */

#define AHEAD_BYTES 65536u

static const uint8_t zeros[FRAME_BYTES];

static status_t check_data(const struct record *record, const struct inode *inode, uint32_t access)
{
	uint32_t type = inode_type(inode);

	if (!(record->flags & access))
		return STATUS_ERRNO(E_BADF);
	if (type == FS_DIRECTORY)
		return STATUS_ERRNO(E_ISDIR);
	return type == FS_REGULAR ? STATUS_OK : STATUS_ERRNO(E_INVAL);
}

/*
 * Whoever passes a boundary of 64 KiB will go on, if it reads in order: what lies behind is asked
 * for before it is.
 */
static void read_ahead(const struct inode *inode, uint64_t position, uint64_t bytes)
{
	uint64_t end = position + bytes;
	uint32_t block;
	uint8_t *data;

	if (end % AHEAD_BYTES >= bytes || end >= inode_size(inode))
		return;
	if (map_read(inode, end >> inode->volume->block_shift, &block, &data) ==
	    (status_t)FS_MISSING)
		disk_read_ahead(cache_missing);
}

/* As much as can be had without waiting, or FS_MISSING; *done says how far it is. */
static status_t read_some(struct call *call, const struct inode *inode, uint64_t position,
			  uint64_t bytes, uint64_t *done)
{
	while (*done < bytes) {
		const uint8_t *data;
		uint32_t part;
		status_t status = file_piece(inode, position + *done, bytes - *done, &data, &part);

		if (status != STATUS_OK || !part)
			return status;
		status = call_copy_out(call, 0, *done, data ? data : zeros, part);
		if (status != STATUS_OK)
			return status;
		*done += part;
	}
	return STATUS_OK;
}

static uint64_t transfer_limit(uint64_t bytes)
{
	return bytes < FS_TRANSFER_BYTES ? bytes : FS_TRANSFER_BYTES;
}

/* Reads at the position; *done of it, also if it fails half way. Counts as an access. */
static status_t read_at(struct call *call, const struct record *record, const struct inode *inode,
			uint64_t position, uint64_t bytes, uint64_t *done, uint64_t *cut)
{
	status_t status = check_data(record, inode, FS_OPEN_READ | FS_OPEN_EXECUTE);

	if (status == STATUS_OK)
		status = read_some(call, inode, position, bytes, done);
	/* What came before the first byte that is not there counts. */
	*cut = status == STATUS_UNMAPPED && *done;
	if (*cut)
		status = STATUS_OK;
	if (status == STATUS_OK && *done && notify_count)
		status = notify_record(record, inode, NOTIFY_ACCESS);
	if (status != STATUS_OK || !*done)
		return status;
	if (!(record->flags & FS_OPEN_NOATIME))
		inode_accessed(inode);
	read_ahead(inode, position, *done);
	return STATUS_OK;
}

/* What a program has stored into a mapping of the file is fetched first. */
static void fetch_before(struct call *call, uint64_t handle, uint64_t position, uint64_t bytes)
{
	struct record *record;

	if (record_get(handle, call_client(call), &record) != STATUS_OK)
		return;
	if (position == FS_POSITION_SHARED)
		position = record->position;
	mapped_fetch(record->volume, record->inode, position, bytes);
}

status_t on_read(struct call *call, const struct fs_read_request *request,
		 struct fs_read_reply *reply)
{
	uint64_t bytes = transfer_limit(request->bytes);
	struct record *record;
	struct inode inode;
	status_t status;

	if (mapped_stored)
		fetch_before(call, request->handle, request->position, bytes);
	operation_begin();
	do {
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK)
			status = read_at(call, record, &inode, request->position, bytes,
					 &reply->bytes, &reply->cut);
	} while (operation_again(call, &status, 0, 0));
	return status;
}

/* What was copied out before a wait is copied again: the position may have moved meanwhile. */
status_t on_read_shared(struct call *call, const struct fs_read_shared_request *request,
			struct fs_read_shared_reply *reply)
{
	uint64_t bytes = transfer_limit(request->bytes);
	struct record *record;
	struct inode inode;
	status_t status;

	if (mapped_stored)
		fetch_before(call, request->handle, FS_POSITION_SHARED, bytes);
	operation_begin();
	do {
		reply->bytes = 0;
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK)
			status = read_at(call, record, &inode, record->position, bytes,
					 &reply->bytes, &reply->cut);
		if (status == STATUS_OK)
			LOG_SET(record->position, record->position + reply->bytes);
		if (status == STATUS_OK)
			reply->position = record->position;
	} while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

/* ---- writing ---- */

/* The slices hold for one attempt, and an attempt does not wait: one is enough. */
static struct write slices;

/*
 * Copies from the window into the slices, and on to where it is mapped. *done: so much was there.
 */
static status_t fill_slices(struct call *call, const struct inode *inode, uint64_t position,
			    uint64_t *done)
{
	for (uint32_t i = 0; i < slices.count; i++) {
		struct slice *slice = &slices.slice[i];
		status_t status = call_copy_in(call, 0, *done, slice->data, slice->bytes);

		if (status != STATUS_OK)
			return status;
		slice_done(&slices, slice);
		if (mapped_count)
			mapped_written(inode, position + *done, slice->data, slice->bytes);
		*done += slice->bytes;
	}
	return STATUS_OK;
}

/*
 * One attempt. *bytes is cut to what is possible (space, the largest file, memory of the client
 * that is there), and FS_MORE asks for the next attempt with that.
 */
static status_t write_once(struct call *call, const struct inode *inode, uint64_t position,
			   uint64_t *bytes)
{
	uint64_t possible;
	status_t status;

	if (inode->volume->read_only)
		return STATUS_ERRNO(E_ROFS);
	if (!*bytes)
		return STATUS_OK;
	status = memory_check_write(inode, position + *bytes);
	if (status != STATUS_OK)
		return status;
	status = file_write_begin(inode, position, *bytes, &slices, &possible);
	if (status == STATUS_OK) {
		possible = 0;
		status = fill_slices(call, inode, position, &possible);
	}
	if (status == STATUS_OK) {
		file_write_end(inode, position, *bytes);
		if (inode->disk->mode & 06000)
			inode_drop_privileges(inode, call_credentials(call));
		return STATUS_OK;
	}
	write_abandon(&slices);
	if (status == (status_t)FS_MISSING || !possible)
		return status;
	*bytes = possible;
	log_undo();
	return FS_MORE;
}

/* Where this write goes, and whether the record's own position goes with it. */
static uint64_t write_position(const struct record *record, const struct inode *inode,
			       uint64_t position)
{
	if (position == FS_POSITION_END || (record->flags & FS_OPEN_APPEND))
		return inode_size(inode);
	return position == FS_POSITION_SHARED ? record->position : position;
}

status_t on_write(struct call *call, const struct fs_write_request *request,
		  struct fs_write_reply *reply)
{
	struct record *record;
	struct inode inode;
	uint64_t position;
	status_t status;

	reply->bytes = transfer_limit(request->bytes);
	operation_begin();
	do {
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK)
			status = check_data(record, &inode, FS_OPEN_WRITE);
		/* First, since nothing may be missing afterwards. */
		if (status == STATUS_OK && notify_count && reply->bytes)
			status = notify_record(record, &inode, NOTIFY_MODIFY);
		if (status != STATUS_OK)
			continue;
		position = write_position(record, &inode, request->position);
		status = write_once(call, &inode, position, &reply->bytes);
		reply->position = position + reply->bytes;
		if (status == STATUS_OK && (record->flags & RECORD_SHARED) &&
		    request->position >= FS_POSITION_END)
			LOG_SET(record->position, reply->position);
	} while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

status_t on_truncate(struct call *call, const struct fs_truncate_request *request,
		     struct fs_truncate_reply *reply)
{
	struct record *record;
	struct inode inode;
	status_t status;

	operation_begin();
	do {
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK)
			status = check_data(record, &inode, FS_OPEN_WRITE);
		if (status == STATUS_ERRNO(E_BADF) || status == STATUS_ERRNO(E_ISDIR))
			status = STATUS_ERRNO(E_INVAL);
		if (status == STATUS_OK)
			status = memory_check_size(&inode, request->size_bytes);
		if (status == STATUS_OK)
			status = file_truncate(&inode, request->size_bytes);
		if (status == STATUS_OK && inode.disk->mode & 06000)
			inode_drop_privileges(&inode, call_credentials(call));
		if (status == STATUS_OK && notify_count)
			status = notify_record(record, &inode, NOTIFY_MODIFY);
	} while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

/* ---- positions ---- */

static status_t seek_once(struct call *call, const struct fs_seek_request *request,
			  struct fs_seek_reply *reply)
{
	uint64_t base = 0, found;
	struct record *record;
	struct inode inode;
	status_t status = call_record(call, request->handle, &record, &inode);

	if (status != STATUS_OK)
		return status;
	if (request->whence > FS_SEEK_HOLE)
		return STATUS_ERRNO(E_INVAL);
	if (request->whence >= FS_SEEK_DATA) {
		if (request->offset < 0)
			return STATUS_ERRNO(E_NXIO);
		status = file_seek(&inode, (uint64_t)request->offset,
				   request->whence == FS_SEEK_DATA, &found);
		reply->position = found;
		return status;
	}
	if (request->whence == FS_SEEK_CURRENT)
		base = record->position;
	else if (request->whence == FS_SEEK_END)
		base = inode_size(&inode);
	if (__builtin_add_overflow((int64_t)base, request->offset, &found) || (int64_t)found < 0 ||
	    found > FS_POSITION_MAX)
		return STATUS_ERRNO(E_INVAL);
	LOG_SET(record->position, found);
	reply->position = found;
	return STATUS_OK;
}

status_t on_seek(struct call *call, const struct fs_seek_request *request,
		 struct fs_seek_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = seek_once(call, request, reply);
	while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}
