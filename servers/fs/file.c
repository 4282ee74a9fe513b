/* SPDX-License-Identifier: MIT */
#include "servers/fs/file.h"

#include "libipc/string.h"
#include "servers/fs/mapped.h"

status_t file_piece(const struct inode *inode, uint64_t position, uint64_t limit,
		    const uint8_t **data, uint32_t *bytes)
{
	const struct volume *volume = inode->volume;
	uint64_t size = inode_size(inode);
	uint32_t offset = (uint32_t)position & (volume->block_bytes - 1), block;
	uint8_t *contents = 0;
	status_t status;

	*bytes = 0;
	if (position >= size)
		return STATUS_OK;
	if (limit > size - position)
		limit = size - position;
	status = map_read(inode, position >> volume->block_shift, &block, &contents);
	if (status != STATUS_OK)
		return status;
	*bytes = volume->block_bytes - offset;
	if (*bytes > limit)
		*bytes = (uint32_t)limit;
	*data = block ? contents + offset : 0;
	return STATUS_OK;
}

/*
 * The place for bytes of one block. What is in the cache is overwritten where it stands; what is
 * not, and is overwritten as a whole, gets a frame that becomes the block's when it is filled:
 * nobody, not even a successor, sees it before.
 */
static status_t prepare_slice(const struct inode *inode, uint64_t position, uint32_t bytes,
			      struct slice *slice)
{
	const struct volume *volume = inode->volume;
	uint32_t offset = (uint32_t)position & (volume->block_bytes - 1), fresh;
	uint32_t whole = bytes == volume->block_bytes;
	uint8_t *data;
	status_t status = map_make(inode, position >> volume->block_shift, &slice->block, &fresh);

	if (status != STATUS_OK)
		return status;
	slice->bytes = bytes;
	slice->frame = FRAME_NONE;
	status = volume_block(volume, slice->block, &data);
	if (status == FS_MISSING && (fresh || whole)) {
		slice->frame = cache_take();
		if (slice->frame == FRAME_NONE)
			return FS_MISSING;
		data = cache_data(slice->frame);
	} else if (status != STATUS_OK) {
		return status;
	} else {
		cache_dirty(data);
	}
	if (fresh && !whole)
		memset(data, 0, volume->block_bytes);
	slice->data = data + offset;
	return STATUS_OK;
}

status_t file_write_begin(const struct inode *inode, uint64_t position, uint64_t bytes,
			  struct write *write, uint64_t *prepared)
{
	const struct volume *volume = inode->volume;
	status_t status = STATUS_OK;

	write->volume = volume->number;
	write->count = 0;
	*prepared = 0;
	if (position >= volume->max_bytes)
		return STATUS_ERRNO(E_FBIG);
	inode_change(inode);
	while (*prepared < bytes) {
		uint64_t at = position + *prepared;
		uint32_t part = volume->block_bytes - ((uint32_t)at & (volume->block_bytes - 1));

		if (part > bytes - *prepared)
			part = (uint32_t)(bytes - *prepared);
		if (at + part > volume->max_bytes)
			return STATUS_ERRNO(E_FBIG);
		status = prepare_slice(inode, at, part, &write->slice[write->count]);
		if (status != STATUS_OK)
			return status;
		write->count++;
		*prepared += part;
	}
	return STATUS_OK;
}

void slice_done(struct write *write, struct slice *slice)
{
	if (slice->frame == FRAME_NONE)
		return;
	/* In a damaged file a block may stand twice. */
	if (cache_has(write->volume, slice->block))
		cache_give_back(slice->frame);
	else
		cache_insert(slice->frame, write->volume, slice->block, FRAME_DIRTY);
	slice->frame = FRAME_NONE;
}

void write_abandon(struct write *write)
{
	for (uint32_t i = 0; i < write->count; i++) {
		if (write->slice[i].frame != FRAME_NONE)
			cache_give_back(write->slice[i].frame);
	}
	write->count = 0;
}

void file_write_end(const struct inode *inode, uint64_t position, uint64_t bytes)
{
	if (position + bytes > inode_size(inode))
		inode_set_size(inode, position + bytes);
	inode_set_times(inode, INODE_MODIFIED | INODE_CHANGED, (int64_t)fs_now_ns());
}

/* What a longer file would show again has to be zero. */
static status_t clear_tail(const struct inode *inode, uint64_t bytes)
{
	const struct volume *volume = inode->volume;
	uint32_t offset = (uint32_t)bytes & (volume->block_bytes - 1), block;
	uint8_t *data;
	status_t status;

	if (!offset)
		return STATUS_OK;
	status = map_read(inode, bytes >> volume->block_shift, &block, &data);
	if (status != STATUS_OK || !block)
		return status;
	cache_change(data + offset, volume->block_bytes - offset);
	memset(data + offset, 0, volume->block_bytes - offset);
	return STATUS_OK;
}

status_t file_truncate(const struct inode *inode, uint64_t bytes)
{
	const struct volume *volume = inode->volume;
	uint64_t size = inode_size(inode), end;
	status_t status;

	if (bytes > volume->max_bytes)
		return STATUS_ERRNO(E_FBIG);
	if (bytes < size) {
		status = clear_tail(inode, bytes);
		if (status != STATUS_OK)
			return status;
		status = map_cut(inode, (bytes + volume->block_bytes - 1) >> volume->block_shift, &end);
		if (status == FS_MORE && end << volume->block_shift < size)
			inode_set_size(inode, end << volume->block_shift);
		if (status != STATUS_OK)
			return status;
	}
	if (mapped_count)
		mapped_cut(inode, bytes);
	inode_change(inode);
	inode_set_size(inode, bytes);
	inode_set_times(inode, INODE_MODIFIED | INODE_CHANGED, (int64_t)fs_now_ns());
	return STATUS_OK;
}

status_t file_seek(const struct inode *inode, uint64_t position, uint32_t data, uint64_t *found)
{
	uint32_t shift = inode->volume->block_shift, block;
	uint64_t size = inode_size(inode);

	if (position >= size)
		return STATUS_ERRNO(E_NXIO);
	for (uint64_t at = position; at < size; at = ((at >> shift) + 1) << shift) {
		status_t status = map_find(inode, at >> shift, &block);

		if (status != STATUS_OK)
			return status;
		if (!block == !data) {
			*found = at;
			return STATUS_OK;
		}
	}
	*found = size;
	return data ? STATUS_ERRNO(E_NXIO) : STATUS_OK;
}

/* Zeros in a part of a block that is there. */
static status_t zero_part(const struct inode *inode, uint64_t position, uint64_t bytes)
{
	uint32_t offset = (uint32_t)position & (inode->volume->block_bytes - 1), block;
	uint8_t *data;
	status_t status = map_read(inode, position >> inode->volume->block_shift, &block, &data);

	if (status != STATUS_OK || !block)
		return status;
	cache_change(data + offset, (uint32_t)bytes);
	memset(data + offset, 0, bytes);
	return STATUS_OK;
}

static status_t fill_hole(const struct inode *inode, uint64_t logical)
{
	uint32_t block, fresh;
	uint8_t *data;
	status_t status = map_find(inode, logical, &block);

	if (status != STATUS_OK || block)
		return status;
	status = map_make(inode, logical, &block, &fresh);
	return status == STATUS_OK ? cache_new(inode->volume->number, block, &data) : status;
}

status_t file_allocate(const struct inode *inode, uint32_t how, uint64_t *position, uint64_t end)
{
	const struct volume *volume = inode->volume;
	uint64_t logical = *position >> volume->block_shift;
	uint64_t next = (logical + 1) << volume->block_shift;
	uint64_t size = inode_size(inode), bytes;
	int extends = how == FS_ALLOCATE_FILL || how == FS_ALLOCATE_ZERO;
	status_t status = STATUS_OK;

	next = next < end ? next : end;
	bytes = next - *position;
	if (extends && end > volume->max_bytes)
		return STATUS_ERRNO(E_FBIG);
	/* No block stands behind the end of a file: e2fsck would not like it. */
	if (!extends && *position >= size) {
		*position = end;
		return STATUS_OK;
	}
	if (how == FS_ALLOCATE_PUNCH && bytes == volume->block_bytes)
		status = map_punch(inode, logical);
	else if (how >= FS_ALLOCATE_ZERO)
		status = zero_part(inode, *position, bytes);
	if (status == STATUS_OK && how != FS_ALLOCATE_PUNCH)
		status = fill_hole(inode, logical);
	if (status != STATUS_OK)
		return status;
	inode_change(inode);
	if (extends && next > size)
		inode_set_size(inode, next);
	inode_set_times(inode, INODE_MODIFIED | INODE_CHANGED, (int64_t)fs_now_ns());
	*position = next;
	return STATUS_OK;
}
