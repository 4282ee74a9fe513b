/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_ENTRY_H
#define BULKHEAD_FS_ENTRY_H

#include "servers/fs/directory.h"

/* Entries as they stand in a directory's blocks: for directory.c and indexed.c. */
#define HEADER_BYTES 8u

/* How far the next entry is, or 0: this is no entry. */
static inline uint32_t entry_step(const uint8_t *data, uint32_t offset, uint32_t block_bytes)
{
	const struct ext2_entry *entry = (const struct ext2_entry *)(data + offset);
	uint32_t left = block_bytes - offset, bytes;

	if (left < HEADER_BYTES)
		return 0;
	bytes = entry->bytes;
	if (bytes > left || bytes < EXT2_ENTRY_BYTES(entry->name_bytes) || bytes & 3)
		return 0;
	return bytes;
}

/* What stands behind the entry and could be another one. */
static inline uint32_t room_behind(const struct ext2_entry *entry)
{
	return entry->bytes - (entry->inode ? EXT2_ENTRY_BYTES(entry->name_bytes) : 0);
}

status_t blocks_of(const struct inode *directory, uint64_t *blocks) MUST_CHECK;
status_t block_of(const struct inode *directory, uint64_t logical, uint32_t *block,
		  uint8_t **data) MUST_CHECK;
status_t bad_entry(const struct inode *directory) MUST_CHECK;
/* The entry at that place, if it is one of that name. */
struct ext2_entry *entry_at(const struct inode *directory, uint8_t *data, uint32_t offset,
			    const struct name *name);

#endif
