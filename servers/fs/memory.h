/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_MEMORY_H
#define BULKHEAD_FS_MEMORY_H

#include "servers/fs/inode.h"

/*
 * The volume without a disk: an ext2 like the others, whose blocks stand in the frames of stable
 * memory and nowhere else. It survives us as they do, and ends with the machine.
 */

/* Finds it, or makes it. Without enough memory there is none. */
void memory_volume_start(void);

/* What must not be done to a file any more (memfd_create(2), F_ADD_SEALS). */
#define MEMORY_SEAL_SEAL   0x01u
#define MEMORY_SEAL_SHRINK 0x02u
#define MEMORY_SEAL_GROW   0x04u
#define MEMORY_SEAL_WRITE  0x18u         /* either kind */
static inline uint32_t memory_seals(const struct inode *inode)
{
	/* A field that ext2 knows, and nobody uses. */
	return inode->volume->number == VOLUME_MEMORY ? inode->disk->fragment : 0u;
}
/* May it be written there, or become that long? E_PERM. */
status_t memory_check_write(const struct inode *inode, uint64_t end) MUST_CHECK;
status_t memory_check_size(const struct inode *inode, uint64_t bytes) MUST_CHECK;

#endif
