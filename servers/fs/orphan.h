/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_ORPHAN_H
#define BULKHEAD_FS_ORPHAN_H

#include "servers/fs/inode.h"

/*
 * Inodes without a name. They stand in a list on the volume (ext3's: superblock, then each inode's
 * `deleted` field), so that they are found again after a restart, and by e2fsck after a power cut.
 * As soon as such an inode is not open, it is reclaimed, a bounded part at a time.
 */

/* Within the transaction that takes the last name away. */
void orphan_add(const struct inode *inode);

/*
 * It is to get a name again: out of the list, and linked by nobody yet. Within the transaction.
 * FS_MISSING, E_UCLEAN (it is not in the list).
 */
status_t orphan_remove(const struct inode *inode) MUST_CHECK;

/* Reclaims a part: FS_MORE. OK: there is nothing to reclaim. Fails: FS_MISSING, E_UCLEAN. */
status_t orphan_reclaim(struct volume *volume) MUST_CHECK;
/* One of the volume's orphans is not open any more: the next orphan_reclaim looks for it. */
void orphan_stir(uint32_t volume);
/* The list makes no sense: forget it, and leave its space to e2fsck. */
void orphan_give_up(struct volume *volume);

#endif
