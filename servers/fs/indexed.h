/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_INDEXED_H
#define BULKHEAD_FS_INDEXED_H

#include "servers/fs/directory.h"

/* How directories with an index are searched and changed. All fail with FS_MISSING, E_UCLEAN. */

/* The index of a directory that is worth one, or 0. */
status_t indexed_get(const struct inode *directory, uint64_t blocks,
		     struct index **index) MUST_CHECK;
status_t indexed_find(const struct inode *directory, const struct index *index,
		      const struct name *name, struct place *place) MUST_CHECK;
/* place->space of so many bytes, if there is any. */
status_t indexed_space(const struct inode *directory, struct index *index, uint32_t needed,
		       struct place *place) MUST_CHECK;
/* The entry at the place is of that name no more, and its room is behind that at the offset. */
void indexed_forget(const struct inode *directory, const struct name *name,
		    const struct place *place, uint32_t room_offset);
/* The entry is of that name from now on, at the place's space. For directories of any size. */
void indexed_remember(const struct inode *directory, const struct name *name,
		      const struct place *place, const struct ext2_entry *entry);

#endif
