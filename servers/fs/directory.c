/* SPDX-License-Identifier: MIT */
#include "servers/fs/directory.h"

#include "libipc/string.h"
#include "servers/fs/entry.h"
#include "servers/fs/indexed.h"
#include "servers/fs/map.h"

/* A directory cannot be larger than its volume: bounds the work on a damaged one. */
status_t blocks_of(const struct inode *directory, uint64_t *blocks)
{
	uint64_t size = inode_size(directory);
	const struct volume *volume = directory->volume;

	*blocks = size >> volume->block_shift;
	if (size & (volume->block_bytes - 1) || *blocks > volume->blocks)
		return volume_damaged(volume, "impossible size of directory", directory->number);
	return STATUS_OK;
}

status_t block_of(const struct inode *directory, uint64_t logical, uint32_t *block,
			 uint8_t **data)
{
	status_t status = map_read(directory, logical, block, data);

	if (status == STATUS_OK && !*block)
		return volume_damaged(directory->volume, "hole in directory", directory->number);
	return status;
}

status_t bad_entry(const struct inode *directory)
{
	return volume_damaged(directory->volume, "entry of directory", directory->number);
}

/* The entry at that place, if it is one of that name. */
struct ext2_entry *entry_at(const struct inode *directory, uint8_t *data, uint32_t offset,
				   const struct name *name)
{
	struct ext2_entry *entry = (struct ext2_entry *)(data + offset);

	return entry_step(data, offset, directory->volume->block_bytes) && entry->inode &&
	       name_equal(name, entry->name, entry->name_bytes) ? entry : 0;
}

static status_t search_block(const struct inode *directory, uint8_t *data, uint32_t logical,
			     const struct name *name, struct place *place)
{
	uint32_t block_bytes = directory->volume->block_bytes;
	uint32_t needed = EXT2_ENTRY_BYTES(name->bytes), step;

	for (uint32_t offset = 0; offset < block_bytes; offset += step) {
		struct ext2_entry *entry = (struct ext2_entry *)(data + offset);

		step = entry_step(data, offset, block_bytes);
		if (!step)
			return bad_entry(directory);
		if (entry->name_bytes == name->bytes && entry->inode &&
		    name_equal(name, entry->name, name->bytes)) {
			place->entry = entry;
			place->at.offset = offset;
			return STATUS_OK;
		}
		if (!place->space && room_behind(entry) >= needed) {
			place->space = entry;
			place->space_spot = (struct spot){ logical, offset };
			place->space_block = place->at.block;
		}
	}
	return STATUS_OK;
}

/* 1: the cache knew it. */
static status_t find_cached(const struct inode *directory, const struct name *name,
			    struct place *place)
{
	const struct entry_place *known = names_find(directory, name);
	struct ext2_entry *entry;
	uint8_t *data;

	if (!known || cache_get(directory->volume->number, known->block, &data) != STATUS_OK)
		return 0;
	entry = entry_at(directory, data, known->offset, name);
	if (!entry)
		return 0;
	*place = (struct place){ .entry = entry, .at = *known };
	return 1;
}

status_t directory_find(const struct inode *directory, const struct name *name,
			struct place *place)
{
	struct index *index = 0;
	uint64_t blocks;
	uint8_t *data;
	status_t status;

	if (find_cached(directory, name, place))
		return STATUS_OK;
	*place = (struct place){ 0 };
	status = blocks_of(directory, &blocks);
	if (status == STATUS_OK)
		status = indexed_get(directory, blocks, &index);
	if (index)
		return indexed_find(directory, index, name, place);
	for (uint64_t n = 0; n < blocks && status == STATUS_OK; n++) {
		status = block_of(directory, n, &place->at.block, &data);
		if (status == STATUS_OK)
			status = search_block(directory, data, (uint32_t)n, name, place);
		if (status == STATUS_OK && place->entry) {
			names_put(directory, name, place->at);
			break;
		}
	}
	return status;
}

static uint8_t entry_type(const struct inode *inode)
{
	/* By the type in the mode. */
	static const uint8_t types[16] = {
		[FS_FIFO >> 12] = 5, [FS_CHARACTER >> 12] = 3, [FS_DIRECTORY >> 12] = 2,
		[FS_BLOCK >> 12] = 4, [FS_REGULAR >> 12] = 1, [FS_SYMLINK >> 12] = 7,
		[FS_SOCKET >> 12] = 6,
	};

	return types[inode->disk->mode >> 12];
}

static void write_entry(struct ext2_entry *entry, uint32_t inode, uint32_t bytes, uint8_t type,
			const char *text, uint32_t text_bytes)
{
	entry->inode = inode;
	entry->bytes = (uint16_t)bytes;
	entry->name_bytes = (uint8_t)text_bytes;
	entry->type = type;
	memcpy(entry->name, text, text_bytes);
}

/* One more block, all of it one unused entry. */
static status_t extend(const struct inode *directory, struct place *place)
{
	uint64_t size = inode_size(directory);
	const struct volume *volume = directory->volume;
	uint32_t block, fresh;
	uint8_t *data;
	status_t status;

	if (size + volume->block_bytes > 0xffffffffu)
		return STATUS_ERRNO(E_NOSPC);
	status = map_make(directory, size >> volume->block_shift, &block, &fresh);
	if (status != STATUS_OK)
		return status;
	if (!fresh)
		return volume_damaged(volume, "block behind the end of directory", directory->number);
	status = cache_new(volume->number, block, &data);
	if (status != STATUS_OK)
		return status;
	place->space = (struct ext2_entry *)data;
	place->space->bytes = (uint16_t)volume->block_bytes;
	place->space_spot = (struct spot){ (uint32_t)(size >> volume->block_shift), 0 };
	place->space_block = block;
	inode_change(directory);
	inode_set_size(directory, size + volume->block_bytes);
	return STATUS_OK;
}

status_t directory_add(const struct inode *directory, const struct name *name,
		       const struct place *found, const struct inode *child)
{
	struct index *index = index_find(directory_key(directory));
	struct place place = *found;
	struct ext2_entry *entry;
	uint32_t step, used;
	status_t status = STATUS_OK;

	if (!place.space && index)
		status = indexed_space(directory, index, EXT2_ENTRY_BYTES(name->bytes), &place);
	if (status == STATUS_OK && !place.space)
		status = extend(directory, &place);
	if (status != STATUS_OK)
		return status;
	entry = place.space;
	step = entry->bytes;
	if (entry->inode) {
		used = EXT2_ENTRY_BYTES(entry->name_bytes);
		CACHE_CHANGE(entry->bytes, (uint16_t)used);
		entry = (struct ext2_entry *)((uint8_t *)entry + used);
		step -= used;
	}
	cache_change(entry, EXT2_ENTRY_BYTES(name->bytes));
	write_entry(entry, child->number, step, entry_type(child), name->text, name->bytes);
	indexed_remember(directory, name, &place, entry);
	inode_change(directory);
	directory->disk->flags &= ~EXT2_INDEX_FLAG;
	inode_set_times(directory, INODE_MODIFIED | INODE_CHANGED, (int64_t)fs_now_ns());
	return STATUS_OK;
}

status_t directory_remove(const struct inode *directory, const struct name *name)
{
	struct ext2_entry *before = 0, *entry;
	struct place place;
	uint8_t *data;
	uint32_t step;
	status_t status = directory_find(directory, name, &place);

	if (status != STATUS_OK)
		return status;
	data = (uint8_t *)place.entry - place.at.offset;
	/* Its space goes to the entry before it in the block, if there is one. */
	for (uint32_t offset = 0; offset < place.at.offset; offset += step) {
		before = (struct ext2_entry *)(data + offset);
		step = entry_step(data, offset, directory->volume->block_bytes);
		if (!step || step > place.at.offset - offset)
			return bad_entry(directory);
	}
	entry = place.entry;
	if (before)
		CACHE_CHANGE(before->bytes, (uint16_t)(before->bytes + entry->bytes));
	CACHE_CHANGE(entry->inode, 0);
	names_drop(directory, name);
	indexed_forget(directory, name, &place,
		       before ? (uint32_t)((uint8_t *)before - data) : place.at.offset);
	inode_change(directory);
	inode_set_times(directory, INODE_MODIFIED | INODE_CHANGED, (int64_t)fs_now_ns());
	return STATUS_OK;
}

void directory_replace(const struct place *place, const struct inode *child)
{
	CACHE_CHANGE(place->entry->inode, child->number);
	CACHE_CHANGE(place->entry->type, entry_type(child));
}

status_t directory_start(const struct inode *directory, uint32_t parent)
{
	struct ext2_entry *entry;
	struct place place;
	status_t status = extend(directory, &place);

	if (status != STATUS_OK)
		return status;
	entry = place.space;
	write_entry(entry, directory->number, EXT2_ENTRY_BYTES(1), 2, ".", 1);
	entry = (struct ext2_entry *)((uint8_t *)entry + EXT2_ENTRY_BYTES(1));
	write_entry(entry, parent, directory->volume->block_bytes - EXT2_ENTRY_BYTES(1), 2, "..", 2);
	return STATUS_OK;
}

/*
 * A position that somebody gave may be inside of an entry and leads to the one behind it: then the
 * block is read from its start.
 */
status_t cursor_next(struct cursor *cursor, const struct ext2_entry **entry)
{
	const struct volume *volume = cursor->directory->volume;
	uint64_t blocks, logical = cursor->next >> volume->block_shift;
	uint32_t wanted = (uint32_t)cursor->next & (volume->block_bytes - 1), step, block;
	uint8_t *data;
	status_t status = blocks_of(cursor->directory, &blocks);

	*entry = 0;
	for (; status == STATUS_OK && logical < blocks; logical++, wanted = 0) {
		status = block_of(cursor->directory, logical, &block, &data);
		if (status != STATUS_OK)
			return status;
		for (uint32_t offset = cursor->exact ? wanted : 0; offset < volume->block_bytes;
		     offset += step) {
			const struct ext2_entry *at = (const struct ext2_entry *)(data + offset);

			step = entry_step(data, offset, volume->block_bytes);
			if (!step)
				return bad_entry(cursor->directory);
			if (offset < wanted || !at->inode)
				continue;
			cursor->position = (logical << volume->block_shift) + offset;
			cursor->next = cursor->position + step;
			cursor->exact = 1;
			*entry = at;
			return STATUS_OK;
		}
	}
	cursor->position = cursor->next = blocks << volume->block_shift;
	return status;
}

static int is_dots(const struct ext2_entry *entry)
{
	return (entry->name_bytes == 1 || (entry->name_bytes == 2 && entry->name[1] == '.')) &&
		entry->name[0] == '.';
}

status_t directory_name_of(const struct inode *directory, uint32_t inode,
			   const struct ext2_entry **entry)
{
	uint32_t block_bytes = directory->volume->block_bytes, block, step;
	uint64_t blocks;
	uint8_t *data;
	status_t status = blocks_of(directory, &blocks);

	*entry = 0;
	for (uint64_t n = 0; n < blocks && status == STATUS_OK; n++) {
		status = block_of(directory, n, &block, &data);
		if (status != STATUS_OK)
			return status;
		for (uint32_t offset = 0; offset < block_bytes; offset += step) {
			const struct ext2_entry *at = (const struct ext2_entry *)(data + offset);

			step = entry_step(data, offset, block_bytes);
			if (!step)
				return bad_entry(directory);
			if (at->inode != inode || is_dots(at))
				continue;
			*entry = at;
			return STATUS_OK;
		}
	}
	return status;
}

status_t directory_is_empty(const struct inode *directory, uint32_t *empty)
{
	struct cursor cursor = { directory, 0, 0, 1 };
	const struct ext2_entry *entry;
	status_t status;

	do {
		status = cursor_next(&cursor, &entry);
		if (status != STATUS_OK)
			return status;
	} while (entry && is_dots(entry));
	*empty = !entry;
	return STATUS_OK;
}
