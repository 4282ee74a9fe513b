/* SPDX-License-Identifier: MIT */
/* open(2) and its relatives. */
#include "libipc/string.h"
#include "user/posix/node.h"

/* What of the flags stays with the open file. */
#define FLAGS_ONCE (LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NOCTTY | LINUX_O_TRUNC | LINUX_O_CLOEXEC)
#define FLAGS_PATH (LINUX_O_PATH | LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW)

static unsigned int access_of(unsigned int flags)
{
	static const uint8_t access[] = { FILE_READ, FILE_WRITE, FILE_READ | FILE_WRITE, 0 };

	return flags & LINUX_O_PATH ? 0 : access[flags & LINUX_O_ACCMODE];
}

static uint32_t fs_flags(unsigned int flags)
{
	static const struct { uint32_t linux_flag, fs_flag; } table[] = {
		{ LINUX_O_CREAT, FS_OPEN_CREATE },
		{ LINUX_O_EXCL, FS_OPEN_EXCLUSIVE },
		{ LINUX_O_TRUNC, FS_OPEN_TRUNCATE },
		{ LINUX_O_DIRECTORY, FS_OPEN_DIRECTORY },
		{ LINUX_O_NOFOLLOW, FS_OPEN_NOFOLLOW },
		{ LINUX_O_PATH, FS_OPEN_PATH },
		{ LINUX_O_NOATIME, FS_OPEN_NOATIME },
		{ FILE_OPEN_EXECUTE, FS_OPEN_EXECUTE },
	};
	uint32_t result = 0;

	if ((flags & LINUX_O_TMPFILE) == LINUX_O_TMPFILE)
		return FS_OPEN_TEMPORARY | (flags & LINUX_O_EXCL ? FS_OPEN_EXCLUSIVE : 0) |
			access_of(flags);
	_Static_assert(FILE_READ == FS_OPEN_READ && FILE_WRITE == FS_OPEN_WRITE, "passed on");
	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (flags & table[i].linux_flag)
			result |= table[i].fs_flag;
	return result | access_of(flags);
}

/* How the path is walked: a file that O_EXCL makes is never the one behind a link. */
static unsigned int path_flags(unsigned int flags)
{
	unsigned int exclusive = LINUX_O_CREAT | LINUX_O_EXCL;

	return (flags & LINUX_O_NOFOLLOW || (flags & exclusive) == exclusive ? PATH_NOFOLLOW : 0) |
	       (flags & LINUX_O_CREAT ? PATH_CREATE : 0);
}

/* The fs has opened it: what is it? A fifo or a device is somebody else's. */
static long disk_opened(struct task *task, const struct fs_open_reply *opened, unsigned int flags,
			struct open_file *file)
{
	unsigned int type = opened->mode & LINUX_S_IFMT;
	long error = 0;

	file->kind = FILE_DISK;
	file->record = opened->handle;
	if (flags & LINUX_O_PATH)
		return 0;
	switch (type) {
	case LINUX_S_IFIFO:
		error = pipe_open_fifo(task, opened, flags, file);
		break;
	case LINUX_S_IFCHR:
		disk_release(task, opened->handle);
		file->record = 0;
		return node_device(opened->device) ?
			node_open(task, node_device(opened->device), flags & ~LINUX_O_EXCL, file) :
			-E_NXIO;
	case LINUX_S_IFBLK:
	case LINUX_S_IFSOCK:
		error = -E_NXIO;
		break;
	}
	if (error)
		disk_release(task, opened->handle);
	return error;
}

/* Opens again what is open: /proc/self/fd/N, /dev/stdin. A pipe has no name: it is shared. */
static long file_reopen(struct task *task, struct path *path, unsigned int flags, unsigned int mode,
			struct open_file **file)
{
	struct open_file *from = path->file;
	uint64_t record = from->kind == FILE_PIPE ? from->node : from->record;

	/* Linux finds no device behind these. */
	if (file_operations(from)->name && from->kind != FILE_PIPE)
		return -E_NXIO;
	if (from->kind == FILE_PIPE && !record) {
		if (flags & LINUX_O_DIRECTORY)
			return -E_NOTDIR;
		if (access_of(flags) & ~from->access)
			return -E_ACCES;
		*file = from;
		return 0;
	}
	if (from->kind != FILE_DISK && from->kind != FILE_PIPE)
		return node_open(task, from->node, flags & ~LINUX_O_CREAT, *file);
	path->directory = record;
	path->bytes = 0;
	return file_open(task, path, PATH_DISK, flags & ~(LINUX_O_CREAT | LINUX_O_NOFOLLOW), mode,
			 file);
}

/* What is asked for; resolve: LINUX_RESOLVE_*. */
struct opening { unsigned int flags, mode, resolve; };

static unsigned int resolve_flags(unsigned int resolve)
{
	return (resolve & LINUX_RESOLVE_NO_MAGICLINKS ? PATH_NO_MAGIC : 0) |
	       (resolve & LINUX_RESOLVE_NO_SYMLINKS ? PATH_NO_LINKS : 0);
}

static long open_within(struct task *task, struct path *path, long where,
			const struct opening *how, struct open_file **file)
{
	unsigned int flags = how->flags, mode = how->mode;
	struct fs_open_request request = {
		.flags = fs_flags(flags) | (path->bytes ? 0 : FS_OPEN_EMPTY),
		.mode = mode, .resolve = how->resolve,
	};
	struct fs_open_reply reply;
	status_t status;

	(*file)->access = (uint8_t)access_of(flags);
	(*file)->flags = flags & ~(FLAGS_ONCE | FILE_OPEN_EXECUTE);
	while (where == PATH_DISK) {
		request.directory = path->directory;
		request.path_bytes = path->bytes;
		status = fs_open(&task->fs, &request, &reply, LEND_IN_OUT(path->text, path->bytes,
				 path->rest, sizeof(path->rest)));
		if (status != STATUS_OK)
			return error_of_status(status);
		if (!reply.crossed)
			return disk_opened(task, &reply, flags, *file);
		where = path_cross(task, path, reply.crossed, reply.rest_bytes,
				   path_flags(flags) | resolve_flags(how->resolve));
	}
	if (where < 0)
		return where;
	if ((flags & LINUX_O_TMPFILE) == LINUX_O_TMPFILE && where == PATH_NODE)
		return -E_OPNOTSUPP;
	if (where == PATH_NODE)
		return node_open(task, path->node, flags, *file);
	return file_reopen(task, path, flags, mode, file);
}

long file_open(struct task *task, struct path *path, long where, unsigned int flags,
	       unsigned int mode, struct open_file **file)
{
	return open_within(task, path, where, &(struct opening){ flags, mode, 0 }, file);
}

/* flags as the file keeps them; -errno for combinations that Linux refuses. */
static long open_flags(long flags, unsigned int *valid)
{
	unsigned int given = (unsigned int)flags;

	if (given & LINUX_O_PATH) {
		*valid = given & (FLAGS_PATH | LINUX_O_CLOEXEC);
		return 0;
	}
	if ((given & LINUX_O_TMPFILE) == LINUX_O_TMPFILE) {
		if (given & LINUX_O_CREAT || !(access_of(given) & FILE_WRITE))
			return -E_INVAL;
		*valid = (given & ~FILE_OPEN_EXECUTE) | LINUX_O_LARGEFILE;
		return 0;
	}
	if ((given & (LINUX_O_CREAT | LINUX_O_DIRECTORY)) == (LINUX_O_CREAT | LINUX_O_DIRECTORY))
		return -E_INVAL;
	*valid = (given & ~FILE_OPEN_EXECUTE) | LINUX_O_LARGEFILE;
	return 0;
}

/*
 * The path has begun. Without a free descriptor nothing is opened; which one it becomes is known
 * only afterwards: an open may wait (a fifo's), and other threads open meanwhile.
 */
static long open_descriptor(struct task *task, struct path *path, long where,
			    const struct opening *how)
{
	struct opening masked = *how;
	struct files *files = &task->process->files;
	struct open_file fresh = { 0 }, *file = &fresh;
	long error = where < 0 ? where : files_lowest(task, files, 0);

	if (error < 0)
		return error;
	masked.mode &= 07777 & ~files->umask;
	error = open_within(task, path, where, &masked, &file);
	if (error)
		return error;
	if (file == &fresh)
		return descriptor_make(task, &fresh, how->flags);
	return descriptor_duplicate(task, file, 0,
				    how->flags & LINUX_O_CLOEXEC ? LINUX_FD_CLOEXEC : 0);
}

long sys_openat(struct task *task, long directory, long path_address, long flags, long mode)
{
	struct path path;
	unsigned int valid;
	long error = open_flags(flags, &valid), where;

	if (error)
		return error;
	where = path_begin(task, &path, directory, (uint64_t)path_address, path_flags(valid));
	return open_descriptor(task, &path, where,
			       &(struct opening){ valid, (unsigned int)mode, 0 });
}

long sys_open(struct task *task, long path, long flags, long mode)
{
	return sys_openat(task, LINUX_AT_FDCWD, path, flags, mode);
}

/* ---- openat2 ---- */

#define HOW_BYTES   sizeof(struct linux_open_how)
#define FLAGS_KNOWN (0x7fffc3ul | LINUX_O_TMPFILE)

/* What lies behind the structure that we know must be zero. */
static long take_how(uint64_t address, uint64_t bytes, struct linux_open_how *how)
{
	uint8_t more[64];
	long error;

	if (bytes < HOW_BYTES)
		return -E_INVAL;
	if (bytes > 4096)
		return -E_TOOBIG;
	error = copy_from_program(how, address, HOW_BYTES);
	for (uint64_t at = HOW_BYTES; !error && at < bytes; at += sizeof(more)) {
		uint64_t part = bytes - at < sizeof(more) ? bytes - at : sizeof(more);

		error = copy_from_program(more, address + at, part);
		for (uint64_t i = 0; !error && i < part; i++)
			error = more[i] ? -E_TOOBIG : 0;
	}
	return error;
}

/* It is stricter than open: 0 or -errno. */
static long check_how(const struct linux_open_how *how)
{
	int makes = how->flags & LINUX_O_CREAT ||
		(how->flags & LINUX_O_TMPFILE) == LINUX_O_TMPFILE;
	uint64_t confined = LINUX_RESOLVE_BENEATH | LINUX_RESOLVE_IN_ROOT;

	if (how->flags & ~(uint64_t)FLAGS_KNOWN || how->resolve & ~(uint64_t)LINUX_RESOLVE_ALL ||
	    (how->resolve & confined) == confined)
		return -E_INVAL;
	if (how->flags & LINUX_O_PATH && how->flags & ~(uint64_t)(FLAGS_PATH | LINUX_O_CLOEXEC))
		return -E_INVAL;
	if (makes ? how->mode & ~07777ull : how->mode)
		return -E_INVAL;
	/* Nothing is known without asking the fs. */
	return how->resolve & LINUX_RESOLVE_CACHED ? -E_AGAIN : 0;
}

/* Where a path begins that may not leave its directory: at the fs, or nowhere. */
static long begin_confined(struct task *task, struct path *path, long directory, uint64_t address,
			   unsigned int flags)
{
	struct open_file *start = (int)directory == LINUX_AT_FDCWD ?
		&task->process->files.directory : file_of(task, directory);

	if (!start)
		return -E_BADF;
	if (start->kind != FILE_DISK)
		return start->kind == FILE_VIRTUAL ? -E_XDEV : -E_NOTDIR;
	return path_begin(task, path, directory, address, flags);
}

long sys_openat2(struct task *task, long directory, long path_address, long address, long bytes)
{
	struct opening opening;
	struct linux_open_how how;
	struct path path;
	unsigned int walk;
	long error = take_how((uint64_t)address, (uint64_t)bytes, &how);

	_Static_assert(LINUX_RESOLVE_NO_XDEV == FS_RESOLVE_NO_CROSSING &&
		       LINUX_RESOLVE_NO_SYMLINKS == FS_RESOLVE_NO_LINKS &&
		       LINUX_RESOLVE_BENEATH == FS_RESOLVE_BENEATH &&
		       LINUX_RESOLVE_IN_ROOT == FS_RESOLVE_IN_ROOT, "passed on");
	if (!error)
		error = check_how(&how);
	if (!error)
		error = open_flags((long)how.flags, &opening.flags);
	if (error)
		return error;
	opening.mode = (unsigned int)how.mode;
	opening.resolve = (unsigned int)how.resolve;
	walk = path_flags(opening.flags) | resolve_flags(opening.resolve);
	error = how.resolve & (LINUX_RESOLVE_BENEATH | LINUX_RESOLVE_IN_ROOT) ?
		begin_confined(task, &path, directory, (uint64_t)path_address, walk) :
		path_begin(task, &path, directory, (uint64_t)path_address, walk);
	return open_descriptor(task, &path, error, &opening);
}

long sys_creat(struct task *task, long path, long mode)
{
	return sys_openat(task, LINUX_AT_FDCWD, path,
			  LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_TRUNC, mode);
}

long file_open_path(struct task *task, long directory, const char *text, unsigned long bytes,
		    unsigned int flags, unsigned int mode)
{
	struct path path;
	long where = path_begin_text(task, &path, directory, text, bytes, path_flags(flags));

	return open_descriptor(task, &path, where, &(struct opening){ flags, mode, 0 });
}

long file_open_place(struct task *task, struct path *path, unsigned int flags, unsigned int mode)
{
	return open_descriptor(task, path, PATH_DISK, &(struct opening){ flags, mode, 0 });
}
