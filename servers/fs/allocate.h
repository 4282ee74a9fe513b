/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_ALLOCATE_H
#define BULKHEAD_FS_ALLOCATE_H

#include "servers/fs/volume.h"

/*
 * Free blocks and inodes: bitmaps, and their counts in group descriptors and superblock. Within a
 * transaction. Fail with FS_MISSING, E_NOSPC, E_UCLEAN (freeing what is free, or what is no data).
 */

/* A free block, at or after `goal` if possible. Its contents are the caller's business. */
status_t block_allocate(struct volume *volume, uint32_t goal, uint32_t *block) MUST_CHECK;
status_t block_free(struct volume *volume, uint32_t block) MUST_CHECK;

/* Where a file of that inode's group should begin. */
uint32_t block_goal(const struct volume *volume, uint32_t inode);

/* A free inode number near the directory. Only bitmap and counts are changed. */
status_t inode_number_allocate(struct volume *volume, uint32_t near, uint32_t is_directory,
			       uint32_t *number) MUST_CHECK;
status_t inode_number_free(struct volume *volume, uint32_t number, uint32_t is_directory) MUST_CHECK;

#endif
