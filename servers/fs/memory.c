/* SPDX-License-Identifier: MIT */
#include "servers/fs/memory.h"

#include "libipc/string.h"

/* One group: superblock, descriptor, two bitmaps, inodes, then what is for use. */
#define BLOCK_BYTES   4096u
#define INODE_BYTES   256u
#define INODES        4096u
#define INODE_BLOCKS  (INODES * INODE_BYTES / BLOCK_BYTES)
enum { BLOCK_SUPER, BLOCK_GROUP, BLOCK_BLOCKS, BLOCK_INODES, BLOCK_TABLE };
#define BLOCK_ROOT    (BLOCK_TABLE + INODE_BLOCKS)
#define BLOCKS_MIN    (BLOCK_ROOT + 100)
#define INODES_KEPT   10u

/* Half of the frames: the disks need the others. */
static uint32_t blocks_of_volume(void)
{
	uint32_t blocks = stable.head->frame_count / 2;

	return blocks < BLOCK_BYTES * 8 ? blocks : BLOCK_BYTES * 8;
}

static uint8_t *block(uint32_t number)
{
	uint8_t *data;

	return cache_get(VOLUME_MEMORY, number, &data) == STATUS_OK ? data : 0;
}

/* Bits from..to of a bitmap become 1. */
static void set_bits(uint8_t *map, uint32_t from, uint32_t to)
{
	for (uint32_t bit = from; bit < to; bit++)
		map[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void format_root(struct ext2_inode *root, uint8_t *data)
{
	struct ext2_entry *entry = (struct ext2_entry *)data;
	uint32_t now = (uint32_t)(fs_now_ns() / 1000000000);

	*root = (struct ext2_inode){
		.mode = FS_DIRECTORY | 01777, .links = 2, .size = BLOCK_BYTES,
		.sectors = BLOCK_BYTES / 512, .block = { BLOCK_ROOT },
		.extra_bytes = EXT2_EXTRA_BYTES, .accessed = now, .changed = now, .modified = now,
	};
	*entry = (struct ext2_entry){ EXT2_ROOT_INODE, EXT2_ENTRY_BYTES(1), 1, 2 };
	entry->name[0] = '.';
	entry = (struct ext2_entry *)(data + EXT2_ENTRY_BYTES(1));
	*entry = (struct ext2_entry){ EXT2_ROOT_INODE, BLOCK_BYTES - EXT2_ENTRY_BYTES(1), 2, 2 };
	entry->name[0] = entry->name[1] = '.';
}

/* Until the magic number is there it does not exist, and is made anew. */
static int format(struct ext2_super *super, uint32_t blocks)
{
	uint8_t *group = block(BLOCK_GROUP), *used = block(BLOCK_BLOCKS);
	uint8_t *inodes = block(BLOCK_INODES);
	uint8_t *table = block(BLOCK_TABLE), *root = block(BLOCK_ROOT);

	if (!group || !used || !inodes || !table || !root)
		return 0;
	memset(used, 0, BLOCK_BYTES);
	memset(inodes, 0, BLOCK_BYTES);
	set_bits(used, 0, BLOCK_ROOT + 1);
	set_bits(used, blocks, BLOCK_BYTES * 8);
	set_bits(inodes, 0, INODES_KEPT);
	set_bits(inodes, INODES, BLOCK_BYTES * 8);
	*(struct ext2_group *)group = (struct ext2_group){
		BLOCK_BLOCKS, BLOCK_INODES, BLOCK_TABLE, (uint16_t)(blocks - BLOCK_ROOT - 1),
		INODES - INODES_KEPT, 1,
	};
	format_root((struct ext2_inode *)(table + (EXT2_ROOT_INODE - 1) * INODE_BYTES), root);
	*super = (struct ext2_super){
		.inodes = INODES, .blocks = blocks, .free_blocks = blocks - BLOCK_ROOT - 1,
		.free_inodes = INODES - INODES_KEPT, .log_block_size = 2,
		.blocks_per_group = BLOCK_BYTES * 8, .inodes_per_group = INODES,
		.revision = 1, .first_inode = INODES_KEPT + 1, .inode_bytes = INODE_BYTES,
		.incompat = EXT2_INCOMPAT_FILETYPE, .ro_compat = EXT2_RO_LARGE_FILE,
	};
	stable_barrier();
	super->magic = EXT2_MAGIC;
	return 1;
}

void memory_volume_start(void)
{
	uint32_t blocks = blocks_of_volume();
	struct ext2_super *super;
	uint8_t *data;

	volumes[VOLUME_MEMORY].present = 0;
	log_begin();
	data = blocks < BLOCKS_MIN ? 0 : block(BLOCK_SUPER);
	if (!data)
		return;
	cache_pin(cache_find(VOLUME_MEMORY, BLOCK_SUPER));
	super = (struct ext2_super *)(data + EXT2_SUPER_OFFSET);
	if (super->magic == EXT2_MAGIC || format(super, blocks))
		(void)!volume_open(VOLUME_MEMORY, super, (uint64_t)blocks * BLOCK_BYTES, 0);
}

/* ---- seals ---- */

status_t memory_check_write(const struct inode *inode, uint64_t end)
{
	uint32_t seals = memory_seals(inode);

	if (seals & MEMORY_SEAL_WRITE || (seals & MEMORY_SEAL_GROW && end > inode_size(inode)))
		return STATUS_ERRNO(E_PERM);
	return STATUS_OK;
}

status_t memory_check_size(const struct inode *inode, uint64_t bytes)
{
	uint32_t seals = memory_seals(inode);
	uint64_t size = inode_size(inode);

	if ((seals & MEMORY_SEAL_GROW && bytes > size) ||
	    (seals & MEMORY_SEAL_SHRINK && bytes < size))
		return STATUS_ERRNO(E_PERM);
	return STATUS_OK;
}
