/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_PATH_H
#define BULKHEAD_POSIX_PATH_H

#include <stdint.h>

#include "user/posix/linux_file.h"

struct open_file;
struct task;

/*
 * The way of a path. The fs walks it; where it leads into /dev or /proc the fs says so, and the
 * walk goes on in here, perhaps to come back (/proc/self/cwd/..). So a call with a path is a loop:
 *
 *	where = path_begin(task, &path, directory, address, flags);
 *	while (where == PATH_DISK) {
 *		status = fs_...(path.directory, ..., lend path.text and path.rest)
 *		if (status != OK)
 *			return error_of_status(status);
 *		if (!reply.crossed)
 *			return done
 *		where = path_cross(task, &path, reply.crossed, reply.rest_bytes, flags);
 *	}
 *
 * and after it `where` is -errno, PATH_NODE or PATH_FILE.
 */
enum path_where {
	PATH_DISK,                       /* ask the fs: directory, text */
	PATH_NODE,                       /* a node of /dev or /proc: node */
	PATH_FILE,                       /* an open file (/proc/self/fd, an empty path): file */
};

#define PATH_NOFOLLOW LINUX_AT_SYMLINK_NOFOLLOW  /* a symbolic link at the end is meant itself */
#define PATH_EMPTY    LINUX_AT_EMPTY_PATH        /* an empty path means the directory itself */
#define PATH_REAL     2                          /* access(2): with the real user's rights */
/* For openat2: */
#define PATH_NO_MAGIC 4                          /* no links of /proc that lead to open files */
#define PATH_NO_LINKS 8                          /* no symbolic links at all */
#define PATH_CREATE   1                          /* for a new file: -EROFS where none can be made */

struct path {
	uint64_t directory;              /* record at fs, FS_ROOT */
	const char *text;                /* in the program or in rest; not terminated */
	uint64_t bytes;
	uint64_t node;
	struct open_file *file;
	unsigned int links;              /* followed in /dev and /proc */
	char rest[LINUX_PATH_MAX];       /* of a path that crossed */
};

/*
 * directory: a descriptor or LINUX_AT_FDCWD; address: the program's string. Fails: -EFAULT,
 * -ENAMETOOLONG, -ENOENT (empty), -EBADF, -ENOTDIR.
 */
long path_begin(struct task *task, struct path *path, long directory, uint64_t address,
		unsigned int flags);
/* The same for a path in here, without a zero at its end. */
long path_begin_text(struct task *task, struct path *path, long directory, const char *text,
		     uint64_t bytes, unsigned int flags);

/* The open file that a path leads to by way of /proc, 0: it leads elsewhere, or fails. */
struct open_file *path_file(struct task *task, struct path *path, long directory, uint64_t address);

/* The fs said `crossed`: path->rest holds what is left of the path. */
long path_cross(struct task *task, struct path *path, unsigned int crossed, unsigned int bytes,
		unsigned int flags);

#endif
