/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_DIRECTORY_H
#define BULKHEAD_FS_DIRECTORY_H

#include "servers/fs/index.h"

/*
 * Directories are files of entries; an entry never crosses a block. They are searched and changed
 * as linear lists; a hash tree that Linux made is a valid list too, and is given up (its
 * flag cleared) when an entry is added. Where a list is long, an index says what stands where. All
 * fail with FS_MISSING, E_UCLEAN.
 */

/* What a search found: the entry, or where there is space for it. Valid within the attempt. */
struct place {
	struct ext2_entry *entry;        /* 0: there is none */
	struct ext2_entry *space;        /* with room for it; 0: in none of the blocks (or not looked for) */
	struct entry_place at;           /* of the entry */
	struct spot space_spot;          /* of the space, and its block */
	uint32_t space_block;
};
status_t directory_find(const struct inode *directory, const struct name *name,
			struct place *place) MUST_CHECK;
/* Also E_NOSPC. Needs: the place is of a search for this name that found none. */
status_t directory_add(const struct inode *directory, const struct name *name,
		       const struct place *place, const struct inode *child) MUST_CHECK;
status_t directory_remove(const struct inode *directory, const struct name *name) MUST_CHECK;
/* The entry names another inode from now on. */
void directory_replace(const struct place *place, const struct inode *child);
/* The first block of a new directory. E_NOSPC. */
status_t directory_start(const struct inode *directory, uint32_t parent) MUST_CHECK;
/* The entry that names that inode, `.` and `..` aside; 0: there is none. */
status_t directory_name_of(const struct inode *directory, uint32_t inode,
			   const struct ext2_entry **entry) MUST_CHECK;
status_t directory_is_empty(const struct inode *directory, uint32_t *empty) MUST_CHECK;

/* Entries one after the other, from { directory, 0, next } on. */
struct cursor {
	const struct inode *directory;
	uint64_t position, next;         /* of the entry given last; of the one behind it */
	uint32_t exact;                  /* an entry is known to begin at `next` */
};
/* Gives 0 at the end. */
status_t cursor_next(struct cursor *cursor, const struct ext2_entry **entry) MUST_CHECK;

#endif
