/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_GONE_H
#define BULKHEAD_FS_GONE_H

#include "servers/fs/names.h"

/*
 * How files were called that lost a name while they were open: what programs are told of them. Only
 * so many are known, the latest ones; they stand in stable memory.
 */

/* Within the transaction that takes the name away. */
void gone_put(const struct inode *inode, const struct name *name);
/* The name that the inode lost last, 0: not known. */
const struct gone *gone_find(const struct inode *inode);

#endif
