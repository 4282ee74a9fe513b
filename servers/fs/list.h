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
 * The path from `root` (stable.roots) of a directory, or of the file `inode` in it (0: of the
 * directory itself). It is written to the end of the buffer and begins at *start. E_NOENT: it is
 * not there any more.
 */
struct locating { char *text; uint32_t size_bytes, start; uint64_t root; };
status_t locate(struct inode directory, uint32_t inode, struct locating *locating) MUST_CHECK;

#endif
