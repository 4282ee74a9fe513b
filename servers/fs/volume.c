/* SPDX-License-Identifier: MIT */
#include "servers/fs/volume.h"

#include "libipc/string.h"

struct volume volumes[VOLUMES];

/* A damaged disk shall not fill the log. */
#define COMPLAINTS 20u
static uint32_t complaints;

status_t volume_damaged(const struct volume *volume, const char *what, uint64_t number)
{
	if (complaints < COMPLAINTS) {
		complaints++;
		fs_log(volume->number, what, number);
	}
	return STATUS_ERRNO(E_UCLEAN);
}

/* Features, and numbers that later arithmetic divides and shifts by. */
static const char *check_format(const struct ext2_super *super)
{
	if (super->magic != EXT2_MAGIC)
		return "no ext2 on this disk";
	if (super->revision != 1)
		return "revision is not 1";
	if (super->incompat & ~EXT2_INCOMPAT_KNOWN)
		return "needs features that are not known here (is it ext4, or a journal to replay?)";
	if (!(super->incompat & EXT2_INCOMPAT_FILETYPE))
		return "directories without file types (mke2fs -O filetype)";
	if (super->log_block_size > 2)
		return "blocks are larger than 4 KiB";
	if (super->inode_bytes < EXT2_INODE_BYTES || super->inode_bytes > 1024u << super->log_block_size ||
	    (super->inode_bytes & (super->inode_bytes - 1)))
		return "impossible size of inodes";
	if (super->first_data_block != (super->log_block_size == 0))
		return "impossible first block";
	return 0;
}

static const char *check_geometry(const struct volume *volume, const struct ext2_super *super,
				  uint64_t disk_bytes)
{
	uint32_t bits = volume->block_bytes * 8;
	uint64_t groups;

	if (super->blocks <= super->first_data_block ||
	    (uint64_t)super->blocks << volume->block_shift > disk_bytes)
		return "larger than the disk";
	if (super->blocks_per_group < 8 || super->blocks_per_group > bits ||
	    super->inodes_per_group == 0 || super->inodes_per_group > bits)
		return "impossible size of groups";
	groups = ((uint64_t)super->blocks - super->first_data_block + super->blocks_per_group - 1) /
		super->blocks_per_group;
	if (super->inodes != groups * super->inodes_per_group || super->first_inode < 11 ||
	    super->first_inode > super->inodes)
		return "impossible number of inodes";
	if (groups * sizeof(struct ext2_group) > (uint64_t)super->blocks << volume->block_shift)
		return "impossible number of groups";
	return 0;
}

/* i_sectors has 32 bits, and counts the pointer blocks too. */
static uint64_t largest_file(const struct volume *volume)
{
	uint64_t p = volume->pointers;
	uint64_t blocks = EXT2_DIRECT + p + p * p + p * p * p;
	uint64_t countable = (0xffffffffull >> (volume->block_shift - 9)) / (p + 2) * p;

	return (blocks < countable ? blocks : countable) << volume->block_shift;
}

const char *volume_open(uint32_t number, struct ext2_super *super, uint64_t disk_bytes,
			int read_only)
{
	struct volume *volume = &volumes[number];
	const char *wrong = check_format(super);

	memset(volume, 0, sizeof(*volume));
	volume->number = number;
	if (wrong)
		return wrong;
	volume->block_shift = 10 + super->log_block_size;
	volume->block_bytes = 1u << volume->block_shift;
	wrong = check_geometry(volume, super, disk_bytes);
	if (wrong)
		return wrong;
	volume->super = super;
	volume->blocks = super->blocks;
	volume->first_block = super->first_data_block;
	volume->blocks_per_group = super->blocks_per_group;
	volume->groups = super->inodes / super->inodes_per_group;
	volume->inodes = super->inodes;
	volume->inodes_per_group = super->inodes_per_group;
	volume->inode_bytes = super->inode_bytes;
	volume->first_inode = super->first_inode;
	volume->inodes_per_block = volume->block_bytes / volume->inode_bytes;
	volume->table_blocks = (volume->inodes_per_group + volume->inodes_per_block - 1) /
		volume->inodes_per_block;
	volume->descriptor_blocks = (volume->groups * (uint32_t)sizeof(struct ext2_group) +
		volume->block_bytes - 1) / volume->block_bytes;
	volume->pointer_shift = volume->block_shift - 2;
	volume->pointers = 1u << volume->pointer_shift;
	volume->max_bytes = largest_file(volume);
	volume->read_only = read_only || (super->ro_compat & ~EXT2_RO_KNOWN);
	volume->present = 1;
	return 0;
}

status_t volume_block(const struct volume *volume, uint32_t block, uint8_t **data)
{
	if (block < volume->first_block || block >= volume->blocks)
		return volume_damaged(volume, "block number outside of the volume", block);
	return cache_get(volume->number, block, data);
}

static int inside(const struct volume *volume, uint32_t block, uint32_t count)
{
	return block > volume->first_block && block < volume->blocks &&
		count <= volume->blocks - block;
}

status_t volume_group(const struct volume *volume, uint32_t group, struct ext2_group **found)
{
	uint32_t per_block = volume->block_bytes / sizeof(struct ext2_group);
	struct ext2_group *descriptor;
	uint8_t *data;
	status_t status = volume_block(volume, volume->first_block + 1 + group / per_block, &data);

	if (status != STATUS_OK)
		return status;
	descriptor = (struct ext2_group *)data + group % per_block;
	if (!inside(volume, descriptor->block_bitmap, 1) ||
	    !inside(volume, descriptor->inode_bitmap, 1) ||
	    !inside(volume, descriptor->inode_table, volume->table_blocks))
		return volume_damaged(volume, "descriptor of group", group);
	*found = descriptor;
	return STATUS_OK;
}

status_t volume_table(struct volume *volume, uint32_t group, uint32_t *block)
{
	struct ext2_group *descriptor;
	status_t status;

	*block = group < VOLUME_TABLES ? volume->tables[group] : 0;
	if (*block)
		return STATUS_OK;
	status = volume_group(volume, group, &descriptor);
	if (status != STATUS_OK)
		return status;
	*block = descriptor->inode_table;
	if (group < VOLUME_TABLES)
		volume->tables[group] = *block;
	return STATUS_OK;
}
