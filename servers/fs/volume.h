/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_VOLUME_H
#define BULKHEAD_FS_VOLUME_H

#include "libipc/proto/fs.h"
#include "servers/fs/cache.h"
#include "servers/fs/ext2.h"

/*
 * A disk with an ext2 on it. The geometry was checked when it was opened and is not read again
 * from the disk; counters are.
 */
#define VOLUMES 3u
#define DISKS   2u                       /* those that stand on one, first */
#define VOLUME_TABLES 1024u
#define VOLUME_ROOT  0u
#define VOLUME_EXTRA 1u          /* read-only; some of its names appear in the root */
#define VOLUME_MEMORY FS_VOLUME_MEMORY   /* in frames that no disk has (memory.h) */

struct volume {
	uint32_t number, present, read_only;
	uint32_t block_bytes, block_shift;
	uint32_t blocks, first_block;            /* valid numbers: first_block <= n < blocks */
	uint32_t blocks_per_group, groups;
	uint32_t inodes, inodes_per_group, inode_bytes, first_inode;
	uint32_t inodes_per_block, table_blocks; /* of a group's inode table */
	uint32_t descriptor_blocks;
	uint32_t pointers, pointer_shift;        /* block numbers in a block */
	uint64_t max_bytes;                      /* of a file */
	struct ext2_super *super;                /* in its frame, which is pinned */
	/*
	 * Where the inode tables of the first groups are, as far as it was asked; 0: see the
	 * descriptor.
	 */
	uint32_t tables[VOLUME_TABLES];
};
extern struct volume volumes[VOLUMES];

/*
 * Checks the superblock, which stands in a pinned frame, against the size of the disk.
 * Gives 0, or says what is wrong with it or not known to us.
 */
const char *volume_open(uint32_t number, struct ext2_super *super, uint64_t disk_bytes,
			int read_only);

/* Any block of the volume by its number. Fails: FS_MISSING, E_UCLEAN (no such number). */
status_t volume_block(const struct volume *volume, uint32_t block, uint8_t **data) MUST_CHECK;
/* The checked descriptor of a group. Needs: group < groups. Fails: FS_MISSING, E_UCLEAN. */
status_t volume_group(const struct volume *volume, uint32_t group, struct ext2_group **found)
	MUST_CHECK;

/* Where a group's inode table begins. Fails: FS_MISSING, E_UCLEAN. */
status_t volume_table(struct volume *volume, uint32_t group, uint32_t *block) MUST_CHECK;

/* Something on the disk contradicts itself: one line in the log, and E_UCLEAN. */
status_t volume_damaged(const struct volume *volume, const char *what, uint64_t number) MUST_CHECK;

/* What this part needs of its surroundings: fs.c, or a test, provides it. */
void fs_log(uint32_t volume, const char *text, uint64_t number);
uint64_t fs_now_ns(void);                /* wall clock */

#endif
