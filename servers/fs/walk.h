/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_WALK_H
#define BULKHEAD_FS_WALK_H

#include "servers/fs/directory.h"

/* A path being resolved: it ends where the buffer ends, so that links can be put before it. */
struct path {
	uint32_t start;
	char text[2 * FS_PATH_BYTES];
};
/* Room for `bytes` of it. Needs: at most FS_PATH_BYTES. */
char *path_prepare(struct path *path, uint32_t bytes);

#define WALK_LINKS_MAX 40u

/* What a path leads to. Valid within the attempt. */
struct walk {
	const struct credentials *who;
	uint64_t root;                   /* where absolute paths begin: stable.roots */
	uint64_t top;                    /* where this one begins */
	uint32_t resolve;                /* FS_RESOLVE_* */
	struct inode parent;             /* where the last name is looked up; no disk: there is none */
	struct name name;                /* the last one; it points into the path */
	struct place place;              /* of it, in the parent */
	struct inode found;              /* no disk: nothing there */
	uint32_t slash;                  /* slashes follow the last name */
	uint32_t links;                  /* followed so far */
	uint32_t fixed;                  /* it is `.`, `..` or of a mount: cannot be made, removed, renamed */
	uint32_t crossed;                /* enum fs_mount; then nothing else counts but the rest */
	uint32_t entered;                /* row of the mount that leads there; 0: none */
	const char *rest;
	uint32_t rest_bytes;
};

/*
 * The name itself is meant, to make, remove or move it: as FS_NOFOLLOW, and what slashes behind it
 * mean is the caller's to judge.
 */
#define WALK_NAME 0x80000000u
/* A file is to be opened or made: slashes behind its name are E_ISDIR. */
#define WALK_FILE 0x40000000u

/*
 * Resolves the path from the inode `start`, as walk->who. flags: FS_NOFOLLOW,
 * FS_EMPTY_PATH, WALK_*.
 * Nothing there is no failure, if only the last name is missing. Fails: FS_MISSING, E_UCLEAN,
 * E_NOENT, E_NOTDIR, E_ACCES, E_LOOP, E_NAMETOOLONG.
 */
status_t walk_path(struct walk *walk, struct path *path, struct inode start, uint32_t flags)
	MUST_CHECK;

/* Names in the root directory that are not (only) in its blocks, by number; 0: no more. */
const char *mount_name(uint32_t number);
/* The inode that stands under the name; E_NOENT: that mount is not there. */
status_t mount_inode(uint32_t number, uint32_t *inode) MUST_CHECK;

/* The directory that an entry of stable.roots means. Fails as inode_get. */
status_t root_inode(uint64_t root, struct inode *inode) MUST_CHECK;
int is_root_of(uint64_t root, const struct inode *inode);

/* The text of a symbolic link. E_UCLEAN, FS_MISSING. */
status_t link_text(const struct inode *link, const char **text, uint32_t *bytes) MUST_CHECK;

/* Is it where all paths begin? */
static inline int is_root(const struct inode *inode)
{
	return inode->number == EXT2_ROOT_INODE && inode->volume->number == VOLUME_ROOT &&
		!inode->mount;
}

#endif
