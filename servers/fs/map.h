/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_MAP_H
#define BULKHEAD_FS_MAP_H

#include "servers/fs/inode.h"

/*
 * Which block of the volume holds which block of a file: twelve pointers in the inode, then trees
 * of one, two and three levels. All fail with FS_MISSING and E_UCLEAN.
 */

/* 0: a hole. Beyond the largest file too. */
status_t map_find(const struct inode *inode, uint64_t logical, uint32_t *block) MUST_CHECK;
/*
 * Makes one where a hole is (*fresh is set; contents are the caller's business). E_NOSPC, E_FBIG.
 */
status_t map_make(const struct inode *inode, uint64_t logical, uint32_t *block, uint32_t *fresh)
	MUST_CHECK;
/*
 * The contents of a block of the file: *block = 0 and no data where a hole is. What is missing is
 * asked for together with what lies behind it in file and volume alike.
 */
status_t map_read(const struct inode *inode, uint64_t logical, uint32_t *block, uint8_t **data)
	MUST_CHECK;
/* Makes a hole of the block, if there is one. Its pointers stay. */
status_t map_punch(const struct inode *inode, uint64_t logical) MUST_CHECK;
/*
 * Frees a bounded number of blocks from the end of the file, none before `keep`; FS_MORE: publish
 * that and call again. Either way the file has no blocks from *end on.
 */
status_t map_cut(const struct inode *inode, uint64_t keep, uint64_t *end) MUST_CHECK;

#endif
