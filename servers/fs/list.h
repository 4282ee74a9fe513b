/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_LIST_H
#define BULKHEAD_FS_LIST_H

#include "servers/fs/directory.h"

/*
 * Entries of a directory in the form of the interface (struct fs_entry), from *cookie on, as many
 * as fit. In the root, the names of the mounts come last, where its blocks do not have them.
 * Fails: FS_MISSING, E_UCLEAN, E_INVAL (not even one fits).
 */
struct listing {
	uint8_t *to;
	uint32_t size_bytes, bytes;
	uint64_t cookie;
};
status_t list_directory(const struct inode *directory, struct listing *listing) MUST_CHECK;

/*
 * The path from `root` (a place) of a directory, or of the file `inode` in it (0: of the directory
 * itself). It is written to the end of the buffer and begins at *start. within: inside of the
 * volume, whatever stands where. below: E_NOENT if it is not below the root. E_NOENT: it is not
 * there any more; E_RANGE.
 */
struct locating { char *text; uint32_t size_bytes, start; uint64_t root; uint32_t within, below; };
status_t locate(struct inode directory, uint32_t inode, struct locating *locating) MUST_CHECK;
/* The same of a place, which is a file if the directory of its name is given. */
status_t locate_place(uint64_t place, uint32_t directory, struct locating *locating) MUST_CHECK;

#endif
