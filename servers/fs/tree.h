/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_TREE_H
#define BULKHEAD_FS_TREE_H

#include "servers/fs/walk.h"

/*
 * Making, removing and moving names: each a part of one transaction, after its paths were walked.
 * All fail with FS_MISSING, E_UCLEAN, E_ROFS, E_ACCES, and as POSIX says.
 */

/* A file of any type but a directory. Needs: nothing crossed. E_EXIST. */
status_t tree_create(const struct walk *walk, uint32_t mode, struct inode *made) MUST_CHECK;
/* A file without a name, in the directory that was found. */
status_t tree_temporary(const struct walk *walk, uint32_t mode, struct inode *made) MUST_CHECK;
status_t tree_make_node(const struct walk *walk, uint32_t mode, uint64_t device) MUST_CHECK;
status_t tree_make_directory(const struct walk *walk, uint32_t mode) MUST_CHECK;
status_t tree_symlink(const struct walk *walk, const char *text, uint32_t bytes) MUST_CHECK;
/* fresh: it had no name before. */
status_t tree_link(const struct inode *file, const struct walk *walk, uint32_t fresh) MUST_CHECK;
status_t tree_remove(const struct walk *walk, uint32_t flags) MUST_CHECK;
status_t tree_rename(const struct walk *from, const struct walk *to, uint32_t flags) MUST_CHECK;

/* Is `directory` in the subtree of `top`, or `top` itself? Both of one volume. */
status_t tree_is_below(struct inode directory, const struct inode *top, uint32_t *below)
	MUST_CHECK;

/* chmod, chown, utimens. */
status_t tree_change(const struct inode *inode, const struct credentials *who,
		     const struct fs_change_request *request) MUST_CHECK;

#endif
