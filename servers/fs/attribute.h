/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_ATTRIBUTE_H
#define BULKHEAD_FS_ATTRIBUTE_H

#include "servers/fs/inode.h"

/*
 * Extended attributes: all of an inode's stand in one block. Those that Linux may have put into the
 * inode itself are not looked at. All fail with FS_MISSING, E_UCLEAN.
 */
struct attribute {
	uint32_t kind;                   /* EXT2_ATTRIBUTE_*: which prefix its name has */
	const char *name;                /* without the prefix */
	uint32_t name_bytes;
};

/* E_NODATA: it has none of that name. */
status_t attribute_get(const struct inode *inode, const struct attribute *attribute,
		       const uint8_t **value, uint32_t *bytes) MUST_CHECK;
/* Its value from now on; 0: it is removed. Within a transaction. E_NODATA, E_NOSPC. */
status_t attribute_set(const struct inode *inode, const struct attribute *attribute,
		       const uint8_t *value, uint32_t bytes) MUST_CHECK;
/* The one behind the offset *at, which moves there; begin with 0. No name: no more. */
status_t attribute_next(const struct inode *inode, uint32_t *at, struct attribute *attribute)
	MUST_CHECK;

#endif
