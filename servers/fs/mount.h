/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_MOUNT_H
#define BULKHEAD_FS_MOUNT_H

#include "servers/fs/inode.h"

/*
 * The mount table, in stable memory. A walk asks it at every directory, as long as there is any
 * mount; a row becomes valid and ends by one store.
 */
extern uint32_t mount_count;
void mounts_start(void);

static inline uint64_t mount_key(const struct inode *inode)
{
	return FS_SHARED_FILE(inode->volume->number, inode->number);
}
/* What stands at that directory, or 0; what has that directory as its root, or 0. */
const struct mounted *mount_at(uint64_t key);
const struct mounted *mount_of_root(uint64_t key);

/*
 * Where that directory's `..` is to be looked for: the directory that its mount stands at, or it
 * itself. FS_MISSING, E_UCLEAN.
 */
status_t mount_outside(struct inode *directory) MUST_CHECK;

#endif
