/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_MOUNT_H
#define BULKHEAD_FS_MOUNT_H

#include "servers/fs/inode.h"

/*
 * The mount table, in stable memory. A walk asks it at every name, as long as anything is mounted.
 * A row that stands nowhere (any more) goes when nobody uses it.
 */
extern uint32_t mount_count;             /* rows behind the first one that may be in use */
extern uint32_t mount_detached;          /* rows that stand nowhere */
/* Also after rows have changed. */
void mounts_start(void);

static inline uint64_t place_of(const struct inode *inode)
{
	return PLACE(inode->mount, inode->volume->number, inode->number);
}
/* Fails as inode_get. */
status_t place_inode(uint64_t place, struct inode *inode) MUST_CHECK;

/* What stands at that place, or 0. */
const struct mounted *mount_at(uint64_t place);
/* Does anything stand at that inode, in whatever mount it is seen? */
int mount_covers(const struct inode *inode);
/* The mount whose root this is, or 0; not the root of all. */
const struct mounted *mount_of_root(const struct inode *inode);

/*
 * Where that directory's `..` is to be looked for: the directory that its mount stands at, or it
 * itself. FS_MISSING, E_UCLEAN.
 */
status_t mount_outside(struct inode *directory) MUST_CHECK;

/* Number by which st_dev differs. */
uint32_t mount_filesystem(const struct inode *inode);
static inline uint32_t mount_flags(const struct inode *inode)
{
	return stable.mounts[inode->mount].flags;
}

/* Frees what stands nowhere and is not in use. May wait. */
void mounts_reclaim(void);

#endif
