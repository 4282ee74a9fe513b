/* SPDX-License-Identifier: MIT */
#include "servers/fs/indexed.h"

#include "servers/fs/entry.h"
#include "servers/fs/map.h"

#define INDEXED_BLOCKS 2u

static status_t index_block(const struct inode *directory, const uint8_t *data, uint32_t logical,
			    struct index **index)
{
	uint32_t block_bytes = directory->volume->block_bytes, step;

	for (uint32_t offset = 0; offset < block_bytes && *index; offset += step) {
		const struct ext2_entry *entry = (const struct ext2_entry *)(data + offset);
		struct spot spot = { logical, offset };
		struct name name;

		step = entry_step(data, offset, block_bytes);
		if (!step)
			return bad_entry(directory);
		index_room(*index, spot, room_behind(entry));
		name = name_of(entry->name, entry->name_bytes);
		if (entry->inode && !index_add(*index, name.hash, spot))
			*index = 0;
	}
	return STATUS_OK;
}

/* All of its blocks at once. *index 0: it did not fit. */
static status_t index_blocks(const struct inode *directory, uint64_t blocks, struct index **index)
{
	status_t status = STATUS_OK;
	uint32_t block;
	uint8_t *data;

	/* What is missing is missed before the work begins. */
	for (uint64_t n = 0; n < blocks && status == STATUS_OK; n++)
		status = block_of(directory, n, &block, &data);
	*index = status == STATUS_OK ? index_make(directory_key(directory), blocks,
						  directory->volume->block_bytes) : 0;
	for (uint64_t n = 0; n < blocks && *index && status == STATUS_OK; n++) {
		status = block_of(directory, n, &block, &data);
		if (status == STATUS_OK)
			status = index_block(directory, data, (uint32_t)n, index);
	}
	if (status != STATUS_OK && *index) {
		index_drop(*index);
		*index = 0;
	}
	return status;
}

/* Of a directory that is worth it, or 0. One that was too small makes the next one larger. */
status_t indexed_get(const struct inode *directory, uint64_t blocks, struct index **index)
{
	status_t status = STATUS_OK;

	*index = blocks < INDEXED_BLOCKS ? 0 : index_find(directory_key(directory));
	for (int n = 0; blocks >= INDEXED_BLOCKS && !*index && n < 4 && status == STATUS_OK; n++)
		status = index_blocks(directory, blocks, index);
	return status;
}

status_t indexed_find(const struct inode *directory, const struct index *index,
			     const struct name *name, struct place *place)
{
	struct spot spot;
	uint32_t from = 0;
	uint8_t *data;

	while (index_next(index, name->hash, &from, &spot)) {
		status_t status = block_of(directory, spot.logical, &place->at.block, &data);

		if (status != STATUS_OK)
			return status;
		place->entry = entry_at(directory, data, spot.offset, name);
		if (!place->entry)
			continue;
		place->at.offset = spot.offset;
		names_put(directory, name, place->at);
		return STATUS_OK;
	}
	return STATUS_OK;
}

/*
 * The first space in that block that is large enough will be taken: the index knows the block's
 * other room then. Smaller spaces first: else large ones would soon be gone.
 */
static status_t space_in_block(const struct inode *directory, struct index *index, uint32_t logical,
			       uint32_t needed, struct place *place)
{
	uint32_t block_bytes = directory->volume->block_bytes, step;
	uint8_t *data;
	status_t status = block_of(directory, logical, &place->space_block, &data);

	if (status != STATUS_OK)
		return status;
	index_room_forget(index, logical);
	for (uint32_t offset = 0; offset < block_bytes; offset += step) {
		struct ext2_entry *entry = (struct ext2_entry *)(data + offset);
		struct spot spot = { logical, offset };

		step = entry_step(data, offset, block_bytes);
		if (!step)
			return bad_entry(directory);
		if (place->space || room_behind(entry) < needed) {
			index_room(index, spot, room_behind(entry));
			continue;
		}
		place->space = entry;
		place->space_spot = spot;
	}
	return STATUS_OK;
}

/* The search said that there is none of that name, and nothing of where it could stand. */
status_t indexed_space(const struct inode *directory, struct index *index, uint32_t needed,
			      struct place *place)
{
	struct spot spot;
	uint8_t *data;
	status_t status;

	do {
		if (!index_space(index, needed, &spot))
			return STATUS_OK;
		if (spot.offset != INDEX_SOMEWHERE)
			break;
		status = space_in_block(directory, index, spot.logical, needed, place);
		if (status != STATUS_OK || place->space)
			return status;
	} while (1);
	status = block_of(directory, spot.logical, &place->space_block, &data);
	if (status != STATUS_OK)
		return status;
	place->space = (struct ext2_entry *)(data + spot.offset);
	place->space_spot = spot;
	/* The index is right; a disk that is written from elsewhere may be anything. */
	return entry_step(data, spot.offset, directory->volume->block_bytes) &&
	       room_behind(place->space) >= needed ? STATUS_OK : bad_entry(directory);
}

/* Its logical block: the index knows. */
void indexed_forget(const struct inode *directory, const struct name *name,
			   const struct place *place, uint32_t room_offset)
{
	struct index *index = index_find(directory_key(directory));
	const uint8_t *data = (const uint8_t *)place->entry - place->at.offset;
	const struct ext2_entry *before;
	struct spot spot;
	uint32_t from = 0, block;

	index_touch(directory_key(directory));
	while (index && index_next(index, name->hash, &from, &spot)) {
		if (spot.offset != place->at.offset ||
		    map_find(directory, spot.logical, &block) != STATUS_OK ||
		    block != place->at.block)
			continue;
		index_remove(index, name->hash, spot);
		before = (const struct ext2_entry *)(data + room_offset);
		/* What was behind the entry itself is part of it now. */
		index_room(index, spot, 0);
		spot.offset = room_offset;
		index_room(index, spot, room_behind(before));
		return;
	}
	if (index)
		index_drop(index);
}

/* The entry stands where there was space, behind one that has its own place. */
void indexed_remember(const struct inode *directory, const struct name *name,
		     const struct place *place, const struct ext2_entry *entry)
{
	struct index *index = index_find(directory_key(directory));
	uint32_t moved = (uint32_t)((const uint8_t *)entry - (const uint8_t *)place->space);
	struct spot spot = { place->space_spot.logical, place->space_spot.offset + moved };

	names_add(directory, name, (struct entry_place){ place->space_block, spot.offset });
	index_touch(directory_key(directory));
	if (!index || !index_add(index, name->hash, spot))
		return;
	index_room(index, place->space_spot, 0);
	index_room(index, spot, room_behind(entry));
}
