/* SPDX-License-Identifier: MIT */
#include "servers/fs/allocate.h"

static uint32_t group_of_block(const struct volume *volume, uint32_t block)
{
	return (block - volume->first_block) / volume->blocks_per_group;
}

static uint32_t group_start(const struct volume *volume, uint32_t group)
{
	return volume->first_block + group * volume->blocks_per_group;
}

static uint32_t group_blocks(const struct volume *volume, uint32_t group)
{
	uint32_t rest = volume->blocks - group_start(volume, group);

	return rest < volume->blocks_per_group ? rest : volume->blocks_per_group;
}

/* First zero bit in [from, bits), or `bits`. The map is a whole block: it may be read by words. */
static uint32_t zero_bit(const uint8_t *map, uint32_t from, uint32_t bits)
{
	const uint64_t *words = (const uint64_t *)map;
	uint32_t at = from / 64;
	uint64_t word;

	if (from >= bits)
		return bits;
	word = ~words[at] & ~0ull << (from % 64);
	while (!word) {
		if (++at * 64 >= bits)
			return bits;
		word = ~words[at];
	}
	at = at * 64 + (uint32_t)__builtin_ctzll(word);
	return at < bits ? at : bits;
}

/* Does the block hold what describes the volume, whatever the bitmap says? */
static int is_system_block(const struct volume *volume, const struct ext2_group *group,
			   uint32_t block)
{
	return block <= volume->first_block + volume->descriptor_blocks ||
		block == group->block_bitmap || block == group->inode_bitmap ||
		block - group->inode_table < volume->table_blocks;
}

/* Counts are only hints to us: where they are wrong they stay wrong, but never wrap around. */
static void count_up(uint16_t *count)
{
	if (*count < 0xffff)
		CACHE_CHANGE(*count, (uint16_t)(*count + 1));
}

static void count_down(uint16_t *count)
{
	if (*count)
		CACHE_CHANGE(*count, (uint16_t)(*count - 1));
}

static void total_change(uint32_t *total, int32_t by)
{
	if (by > 0 || *total)
		CACHE_CHANGE(*total, *total + (uint32_t)by);
}

/* The free block at or after bit `from` of the group; 0: none. */
static status_t allocate_in_group(struct volume *volume, uint32_t group, uint32_t from,
				  uint32_t *block)
{
	uint32_t bits = group_blocks(volume, group), bit;
	struct ext2_group *descriptor;
	uint8_t *map;
	status_t status = volume_group(volume, group, &descriptor);

	*block = 0;
	if (status != STATUS_OK || !descriptor->free_blocks)
		return status;
	status = volume_block(volume, descriptor->block_bitmap, &map);
	if (status != STATUS_OK)
		return status;
	bit = zero_bit(map, from, bits);
	if (bit == bits)
		return STATUS_OK;
	if (is_system_block(volume, descriptor, group_start(volume, group) + bit))
		return volume_damaged(volume, "system block marked free", group_start(volume, group) + bit);
	CACHE_CHANGE(map[bit / 8], (uint8_t)(map[bit / 8] | 1u << bit % 8));
	count_down(&descriptor->free_blocks);
	total_change(&volume->super->free_blocks, -1);
	*block = group_start(volume, group) + bit;
	return STATUS_OK;
}

status_t block_allocate(struct volume *volume, uint32_t goal, uint32_t *block)
{
	uint32_t first, from;
	status_t status;

	if (!volume->super->free_blocks)
		return STATUS_ERRNO(E_NOSPC);
	if (goal < volume->first_block || goal >= volume->blocks)
		goal = volume->first_block;
	first = group_of_block(volume, goal);
	from = goal - group_start(volume, first);
	/* The goal's group comes twice: behind the goal first, all of it last. */
	for (uint32_t n = 0; n <= volume->groups; n++) {
		status = allocate_in_group(volume, (first + n) % volume->groups, from, block);
		if (status != STATUS_OK || *block)
			return status;
		from = 0;
	}
	return STATUS_ERRNO(E_NOSPC);
}

status_t block_free(struct volume *volume, uint32_t block)
{
	struct ext2_group *descriptor;
	uint32_t group, bit;
	uint8_t *map;
	status_t status;

	if (block <= volume->first_block || block >= volume->blocks)
		return volume_damaged(volume, "freeing a block outside of the volume", block);
	group = group_of_block(volume, block);
	bit = block - group_start(volume, group);
	status = volume_group(volume, group, &descriptor);
	if (status != STATUS_OK)
		return status;
	status = volume_block(volume, descriptor->block_bitmap, &map);
	if (status != STATUS_OK)
		return status;
	if (is_system_block(volume, descriptor, block) || !(map[bit / 8] & 1u << bit % 8))
		return volume_damaged(volume, "freeing a block that is not in use", block);
	CACHE_CHANGE(map[bit / 8], (uint8_t)(map[bit / 8] & ~(1u << bit % 8)));
	count_up(&descriptor->free_blocks);
	total_change(&volume->super->free_blocks, 1);
	cache_forget_later(volume->number, block);
	return STATUS_OK;
}

uint32_t block_goal(const struct volume *volume, uint32_t inode)
{
	return group_start(volume, (inode - 1) / volume->inodes_per_group);
}

/* The free inode of the group; 0: none. */
static status_t number_in_group(struct volume *volume, uint32_t group, uint32_t is_directory,
				uint32_t *number)
{
	uint32_t bits = volume->inodes_per_group, bit, from;
	struct ext2_group *descriptor;
	uint8_t *map;
	status_t status = volume_group(volume, group, &descriptor);

	*number = 0;
	if (status != STATUS_OK || !descriptor->free_inodes)
		return status;
	status = volume_block(volume, descriptor->inode_bitmap, &map);
	if (status != STATUS_OK)
		return status;
	from = group == 0 ? volume->first_inode - 1 : 0;
	bit = zero_bit(map, from, bits);
	if (bit == bits)
		return STATUS_OK;
	CACHE_CHANGE(map[bit / 8], (uint8_t)(map[bit / 8] | 1u << bit % 8));
	count_down(&descriptor->free_inodes);
	if (is_directory)
		count_up(&descriptor->directories);
	total_change(&volume->super->free_inodes, -1);
	*number = group * volume->inodes_per_group + bit + 1;
	return STATUS_OK;
}

status_t inode_number_allocate(struct volume *volume, uint32_t near, uint32_t is_directory,
			       uint32_t *number)
{
	uint32_t first = (near - 1) / volume->inodes_per_group;
	status_t status;

	for (uint32_t n = 0; n < volume->groups; n++) {
		status = number_in_group(volume, (first + n) % volume->groups, is_directory, number);
		if (status != STATUS_OK || *number)
			return status;
	}
	return STATUS_ERRNO(E_NOSPC);
}

status_t inode_number_free(struct volume *volume, uint32_t number, uint32_t is_directory)
{
	uint32_t bit = (number - 1) % volume->inodes_per_group;
	struct ext2_group *descriptor;
	uint8_t *map;
	status_t status = volume_group(volume, (number - 1) / volume->inodes_per_group, &descriptor);

	if (status != STATUS_OK)
		return status;
	status = volume_block(volume, descriptor->inode_bitmap, &map);
	if (status != STATUS_OK)
		return status;
	if (number < volume->first_inode || !(map[bit / 8] & 1u << bit % 8))
		return volume_damaged(volume, "freeing an inode that is not in use", number);
	CACHE_CHANGE(map[bit / 8], (uint8_t)(map[bit / 8] & ~(1u << bit % 8)));
	count_up(&descriptor->free_inodes);
	if (is_directory)
		count_down(&descriptor->directories);
	total_change(&volume->super->free_inodes, 1);
	return STATUS_OK;
}
