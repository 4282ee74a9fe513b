/* SPDX-License-Identifier: MIT */
#include "servers/fs/map.h"

#define LEVELS 4u                        /* of pointers at most: the inode's, and three blocks */

/* Freed in one transaction: see its size in the log (about 100 bytes each). */
#define CUT_BLOCKS 256u

/* Read at once: one request to the disk. */
#define RUN_BYTES 65536u

/*
 * The way to a block: an index at each level, the inode's first. Gives the number of levels, or
 * 0.
 */
static uint32_t path_to(const struct volume *volume, uint64_t logical, uint32_t index[LEVELS])
{
	uint32_t shift = volume->pointer_shift, mask = volume->pointers - 1;

	if (logical < EXT2_DIRECT) {
		index[0] = (uint32_t)logical;
		return 1;
	}
	logical -= EXT2_DIRECT;
	for (uint32_t levels = 1; levels < LEVELS; levels++) {
		uint64_t covered = 1ull << shift * levels;

		if (logical < covered) {
			index[0] = EXT2_DIRECT + levels - 1;
			for (uint32_t level = 1; level <= levels; level++)
				index[level] = (uint32_t)(logical >> shift * (levels - level)) & mask;
			return levels + 1;
		}
		logical -= covered;
	}
	return 0;
}

status_t map_find(const struct inode *inode, uint64_t logical, uint32_t *block)
{
	uint32_t index[LEVELS], levels = path_to(inode->volume, logical, index);
	uint8_t *data;
	status_t status;

	*block = 0;
	if (!levels)
		return STATUS_OK;
	*block = inode->disk->block[index[0]];
	for (uint32_t level = 1; level < levels && *block; level++) {
		status = volume_block(inode->volume, *block, &data);
		if (status != STATUS_OK)
			return status;
		*block = ((uint32_t *)data)[index[level]];
	}
	return STATUS_OK;
}

/* How many blocks from this one on follow each other on the volume too, and are not here yet. */
static uint32_t run_length(const struct inode *inode, uint64_t logical, uint32_t block)
{
	uint64_t end = (inode_size(inode) + inode->volume->block_bytes - 1) >> inode->volume->block_shift;
	uint32_t most = RUN_BYTES >> inode->volume->block_shift, count = 1, next;

	while (count < most && logical + count < end && block + count < inode->volume->blocks &&
	       map_find(inode, logical + count, &next) == STATUS_OK && next == block + count &&
	       !cache_has(inode->volume->number, next))
		count++;
	return count;
}

status_t map_read(const struct inode *inode, uint64_t logical, uint32_t *block, uint8_t **data)
{
	status_t status = map_find(inode, logical, block);

	if (status != STATUS_OK || !*block)
		return status;
	status = volume_block(inode->volume, *block, data);
	if (status == FS_MISSING) {
		uint32_t count = run_length(inode, logical, *block);

		cache_missing = (struct missing){ inode->volume->number, *block, count };
	}
	return status;
}

/* A block for this pointer; `goal` is where the search begins. */
static status_t fill_pointer(const struct inode *inode, uint32_t *pointer, uint32_t goal)
{
	uint32_t block;
	status_t status = block_allocate(inode->volume, goal, &block);

	if (status != STATUS_OK)
		return status;
	CACHE_CHANGE(*pointer, block);
	inode_change(inode);
	inode_count_blocks(inode, 1);
	return STATUS_OK;
}

/* Behind what the pointers before it point to, so that files lie in one piece. */
static uint32_t goal_for(const struct inode *inode, const uint32_t *pointers, uint32_t index,
			 uint32_t parent)
{
	for (uint32_t back = 1; back <= index && back <= 16; back++) {
		if (pointers[index - back])
			return pointers[index - back] + back;
	}
	return parent ? parent + 1 : block_goal(inode->volume, inode->number);
}

status_t map_make(const struct inode *inode, uint64_t logical, uint32_t *block, uint32_t *fresh)
{
	uint32_t index[LEVELS], levels = path_to(inode->volume, logical, index);
	uint32_t *pointers = inode->disk->block, parent = 0;
	uint8_t *data;
	status_t status;

	*fresh = 0;
	if (!levels)
		return STATUS_ERRNO(E_FBIG);
	for (uint32_t level = 0;; level++) {
		uint32_t *pointer = &pointers[index[level]];
		uint32_t last = level == levels - 1, made = !*pointer;

		if (made) {
			status = fill_pointer(inode, pointer,
					      goal_for(inode, pointers, index[level], parent));
			if (status != STATUS_OK)
				return status;
		}
		parent = *block = *pointer;
		if (last) {
			*fresh = made;
			return STATUS_OK;
		}
		status = made ? cache_new(inode->volume->number, *block, &data) :
			volume_block(inode->volume, *block, &data);
		if (status != STATUS_OK)
			return status;
		pointers = (uint32_t *)data;
	}
}

static status_t free_pointer(const struct inode *inode, uint32_t *pointer)
{
	status_t status = block_free(inode->volume, *pointer);

	if (status != STATUS_OK)
		return status;
	CACHE_CHANGE(*pointer, 0);
	inode_count_blocks(inode, -1);
	return STATUS_OK;
}

status_t map_punch(const struct inode *inode, uint64_t logical)
{
	uint32_t index[LEVELS], levels = path_to(inode->volume, logical, index);
	uint32_t *pointers = inode->disk->block;
	uint8_t *data;
	status_t status;

	for (uint32_t level = 0; level < levels && pointers[index[level]]; level++) {
		uint32_t *pointer = &pointers[index[level]];

		if (level == levels - 1) {
			inode_change(inode);
			return free_pointer(inode, pointer);
		}
		status = volume_block(inode->volume, *pointer, &data);
		if (status != STATUS_OK)
			return status;
		pointers = (uint32_t *)data;
	}
	return STATUS_OK;
}

struct cut {
	const struct inode *inode;
	uint64_t keep;                   /* blocks before it stay */
	uint64_t end;                    /* none is left from here on */
	uint32_t budget;
};

/*
 * Frees from the end what hangs on pointers[0..count): each stands for 1 << shift blocks, the first
 * one begins at `start`. Stops when the budget is used up. Depth: at most three.
 */
static status_t cut_pointers(struct cut *cut, uint32_t *pointers, uint32_t count, uint64_t start,
			     uint32_t level)
{
	uint32_t shift = cut->inode->volume->pointer_shift * level;
	status_t status = STATUS_OK;
	uint8_t *data;

	for (uint32_t i = count; i-- > 0 && status == STATUS_OK;) {
		uint64_t from = start + ((uint64_t)i << shift);

		if (from + (1ull << shift) <= cut->keep)
			return STATUS_OK;
		if (pointers[i] && level) {
			status = volume_block(cut->inode->volume, pointers[i], &data);
			if (status == STATUS_OK)
				status = cut_pointers(cut, (uint32_t *)data,
						      cut->inode->volume->pointers, from, level - 1);
			if (status != STATUS_OK || !cut->budget)
				return status;
		}
		/* It goes itself, unless a part of it is kept. */
		if (pointers[i] && from >= cut->keep) {
			status = free_pointer(cut->inode, &pointers[i]);
			cut->budget--;
		}
		cut->end = from > cut->keep ? from : cut->keep;
		if (!cut->budget)
			return status;
	}
	return status;
}

status_t map_cut(const struct inode *inode, uint64_t keep, uint64_t *end)
{
	uint32_t shift = inode->volume->pointer_shift;
	uint64_t start = EXT2_DIRECT + (1ull << shift) + (1ull << 2 * shift);
	struct cut cut = { inode, keep, ~0ull, CUT_BLOCKS };
	status_t status = STATUS_OK;

	inode_change(inode);
	for (uint32_t level = LEVELS - 1; level && status == STATUS_OK && cut.budget; level--) {
		status = cut_pointers(&cut, &inode->disk->block[EXT2_DIRECT + level - 1], 1, start, level);
		start -= 1ull << shift * (level - 1);
	}
	if (status == STATUS_OK && cut.budget)
		status = cut_pointers(&cut, inode->disk->block, EXT2_DIRECT, 0, 0);
	*end = cut.budget ? keep : cut.end;
	return status == STATUS_OK && !cut.budget ? FS_MORE : status;
}
