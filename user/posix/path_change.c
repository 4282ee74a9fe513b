/* SPDX-License-Identifier: MIT */
/* Making, removing and renaming. /dev and /proc are as they are: -EROFS. */
#include "user/posix/node.h"

long path_request(struct task *task, struct path *path, long where, unsigned int flags,
			 path_request_t *ask, const void *request)
{
	struct fs_crossing crossing;
	status_t status;

	while (where == PATH_DISK) {
		status = ask(task, path, request, &crossing,
			     LEND_IN_OUT(path->text, path->bytes, path->rest, sizeof(path->rest)));
		if (status != STATUS_OK)
			return error_of_status(status);
		if (!crossing.crossed)
			return 0;
		where = path_cross(task, path, crossing.crossed, crossing.rest_bytes, flags);
	}
	return where;
}

/* A new name was asked for: -EEXIST where there is something already. */
static long made(long where)
{
	return where > 0 ? -E_EXIST : where;
}

static unsigned int created_mode(struct task *task, long mode)
{
	return (unsigned int)mode & ~task->process->files.umask;
}

PATH_REQUEST(make_directory)

long sys_mkdirat(struct task *task, long directory, long address, long mode)
{
	struct path path;
	long where = path_begin(task, &path, directory, (uint64_t)address,
				PATH_CREATE | PATH_NOFOLLOW);

	return made(path_request(task, &path, where, PATH_CREATE | PATH_NOFOLLOW,
				 ask_make_directory, &(struct fs_make_directory_request){
				 .mode = created_mode(task, mode) & 01777 }));
}

long sys_mkdir(struct task *task, long path, long mode)
{
	return sys_mkdirat(task, LINUX_AT_FDCWD, path, mode);
}

PATH_REQUEST(make_node)

/* From the 32 bits of the system call to major and minor. */
static uint64_t device_decode(uint64_t device)
{
	return (device >> 8 & 0xfff) << 32 | (device & 0xff) | (device >> 12 & 0xfff00);
}

long sys_mknodat(struct task *task, long directory, long address, long mode, long device)
{
	struct fs_make_node_request request = { .mode = created_mode(task, mode) & 0177777 };
	unsigned int type = request.mode & LINUX_S_IFMT;
	struct path path;
	long where;

	if (type == LINUX_S_IFCHR || type == LINUX_S_IFBLK)
		request.device = device_decode((uint64_t)device);
	else if (type == LINUX_S_IFDIR)
		return -E_PERM;
	else if (type && type != LINUX_S_IFREG && type != LINUX_S_IFIFO && type != LINUX_S_IFSOCK)
		return -E_INVAL;
	where = path_begin(task, &path, directory, (uint64_t)address, PATH_CREATE | PATH_NOFOLLOW);
	return made(path_request(task, &path, where, PATH_CREATE | PATH_NOFOLLOW, ask_make_node,
				 &request));
}

long sys_mknod(struct task *task, long path, long mode, long device)
{
	return sys_mknodat(task, LINUX_AT_FDCWD, path, mode, device);
}

PATH_REQUEST(remove)

long sys_unlinkat(struct task *task, long directory, long address, long flags)
{
	struct fs_remove_request request = {
		.flags = flags & LINUX_AT_REMOVEDIR ? FS_REMOVE_DIRECTORY : 0,
	};
	struct path path;
	long where;

	if (flags & ~(long)LINUX_AT_REMOVEDIR)
		return -E_INVAL;
	where = path_begin(task, &path, directory, (uint64_t)address, PATH_NOFOLLOW);
	where = path_request(task, &path, where, PATH_NOFOLLOW, ask_remove, &request);
	return where > 0 ? -E_ROFS : where;
}

long sys_unlink(struct task *task, long path)
{
	return sys_unlinkat(task, LINUX_AT_FDCWD, path, 0);
}

long sys_rmdir(struct task *task, long path)
{
	return sys_unlinkat(task, LINUX_AT_FDCWD, path, LINUX_AT_REMOVEDIR);
}

/* ---- Two paths: the fs takes both at once, and refuses what crosses ---- */

/* Both must start at the fs. */
static long begin_two(struct task *task, struct path *old, long old_directory, long old_address,
		      struct path *new, long new_directory, long new_address, unsigned int flags)
{
	long where = path_begin(task, old, old_directory, (uint64_t)old_address, flags);

	if (where == PATH_FILE && old->file->kind == FILE_DISK) {
		old->directory = old->file->record;
		old->bytes = 0;
		where = PATH_DISK;
	}
	if (where < 0)
		return where;
	if (where == PATH_DISK)
		where = path_begin(task, new, new_directory, (uint64_t)new_address,
				   PATH_CREATE | PATH_NOFOLLOW);
	return where > 0 ? -E_XDEV : where;
}

/* A path that enters /dev or /proc goes on where it comes back to the fs: 0 or -errno. */
static long settle(struct task *task, struct path *path)
{
	long where = PATH_DISK;

	while (where == PATH_DISK) {
		struct fs_lookup_reply reply;
		status_t status = fs_lookup(&task->fs, &(struct fs_lookup_request){
			.directory = path->directory, .flags = FS_NOFOLLOW | FS_EMPTY_PATH,
			.path_bytes = path->bytes }, &reply,
			LEND_IN_OUT(path->text, path->bytes, path->rest, sizeof(path->rest)));

		/* What is wrong with it is found out by whoever asks for more. */
		if (status != STATUS_OK || !reply.crossed)
			return 0;
		where = path_cross(task, path, reply.crossed, reply.rest_bytes,
				   PATH_CREATE | PATH_NOFOLLOW);
	}
	return where < 0 ? where : -E_XDEV;
}

/* What fs_rename and fs_link are asked for with two paths. */
typedef status_t two_paths_t(struct task *task, const struct path *old, const struct path *new,
			     uint64_t flags, struct fs_crossing *crossing);

/* /dev/shm is the fs's again: both may lie there. */
static long ask_two(struct task *task, struct path *old, struct path *new, uint64_t flags,
		    two_paths_t *ask)
{
	struct fs_crossing crossing;
	status_t status = ask(task, old, new, flags, &crossing);
	long error;

	if (status == STATUS_OK && crossing.crossed) {
		error = settle(task, old);
		if (!error)
			error = settle(task, new);
		if (error)
			return error;
		status = ask(task, old, new, flags, &crossing);
	}
	if (status != STATUS_OK)
		return error_of_status(status);
	return crossing.crossed ? -E_XDEV : 0;
}

static status_t ask_rename(struct task *task, const struct path *old, const struct path *new,
			   uint64_t flags, struct fs_crossing *crossing)
{
	struct fs_rename_reply reply;
	status_t status = fs_rename(&task->fs, &(struct fs_rename_request){
		old->directory, new->directory, flags, old->bytes, new->bytes }, &reply,
		LEND_IN_IN(old->text, old->bytes, new->text, new->bytes));

	*crossing = reply.crossing;
	return status;
}

long sys_renameat2(struct task *task, long old_directory, long old_address, long new_directory,
		   long new_address, long flags)
{
	struct path old, new;
	long error;

	if (flags & ~(long)(LINUX_RENAME_NOREPLACE | LINUX_RENAME_EXCHANGE) ||
	    flags == (LINUX_RENAME_NOREPLACE | LINUX_RENAME_EXCHANGE))
		return -E_INVAL;
	error = begin_two(task, &old, old_directory, old_address, &new, new_directory, new_address,
			  PATH_NOFOLLOW);
	if (error)
		return error;
	_Static_assert(FS_RENAME_NOREPLACE == LINUX_RENAME_NOREPLACE &&
		       FS_RENAME_EXCHANGE == LINUX_RENAME_EXCHANGE, "passed on");
	return ask_two(task, &old, &new, (uint64_t)flags, ask_rename);
}

long sys_renameat(struct task *task, long old_directory, long old, long new_directory, long new)
{
	return sys_renameat2(task, old_directory, old, new_directory, new, 0);
}

long sys_rename(struct task *task, long old, long new)
{
	return sys_renameat2(task, LINUX_AT_FDCWD, old, LINUX_AT_FDCWD, new, 0);
}

/* A further name for a file that is open. */
static long link_record(struct task *task, uint64_t record, long directory, long address)
{
	struct path new;
	struct fs_link_reply reply;
	long where = path_begin(task, &new, directory, (uint64_t)address,
				PATH_CREATE | PATH_NOFOLLOW);
	status_t status;

	if (where)
		return where < 0 ? where : -E_XDEV;
	status = fs_link(&task->fs, &(struct fs_link_request){ record, new.directory,
			 FS_EMPTY_PATH, 0, new.bytes }, &reply,
			 LEND_IN_IN(new.text, 0, new.text, new.bytes));
	if (status != STATUS_OK)
		return error_of_status(status);
	return reply.crossing.crossed ? -E_XDEV : 0;
}

static status_t ask_link(struct task *task, const struct path *old, const struct path *new,
			 uint64_t flags, struct fs_crossing *crossing)
{
	struct fs_link_reply reply;
	status_t status = fs_link(&task->fs, &(struct fs_link_request){
		old->directory, new->directory, flags, old->bytes, new->bytes }, &reply,
		LEND_IN_IN(old->text, old->bytes, new->text, new->bytes));

	*crossing = reply.crossing;
	return status;
}

static long link_by_name(struct task *task, long old_directory, long old_address,
			 long new_directory, long new_address, long flags)
{
	struct path old, new;
	long error;

	error = begin_two(task, &old, old_directory, old_address, &new, new_directory, new_address,
			  (unsigned int)flags & LINUX_AT_EMPTY_PATH);
	if (error)
		return error;
	return ask_two(task, &old, &new, (flags & LINUX_AT_SYMLINK_FOLLOW ? 0 : FS_NOFOLLOW) |
		       (old.bytes ? 0 : FS_EMPTY_PATH), ask_link);
}

long sys_linkat(struct task *task, long old_directory, long old_address, long new_directory,
		long new_address, long flags)
{
	struct path old;
	struct open_file *file;
	long error;

	if (flags & ~(long)(LINUX_AT_SYMLINK_FOLLOW | LINUX_AT_EMPTY_PATH))
		return -E_INVAL;
	error = link_by_name(task, old_directory, old_address, new_directory, new_address, flags);
	/* /proc/self/fd/N leads to a file, not to another mount. */
	if (error != -E_XDEV || !(flags & LINUX_AT_SYMLINK_FOLLOW))
		return error;
	file = path_file(task, &old, old_directory, (uint64_t)old_address);
	return file && file->kind == FILE_DISK ?
		link_record(task, file->record, new_directory, new_address) : error;
}

long sys_link(struct task *task, long old, long new)
{
	return sys_linkat(task, LINUX_AT_FDCWD, old, LINUX_AT_FDCWD, new, 0);
}

long sys_symlinkat(struct task *task, long text_address, long directory, long address)
{
	struct path path;
	struct fs_symlink_reply reply;
	long bytes = string_length((uint64_t)text_address, LINUX_PATH_MAX), where;
	status_t status;

	if (bytes <= 0)
		return bytes ? bytes : -E_NOENT;
	where = path_begin(task, &path, directory, (uint64_t)address, PATH_CREATE | PATH_NOFOLLOW);
	if (where)
		return made(where);
	status = fs_symlink(&task->fs, &(struct fs_symlink_request){ path.directory, path.bytes,
			    (uint64_t)bytes }, &reply,
			    LEND_IN_IN(path.text, path.bytes, (void *)text_address,
				       (uint64_t)bytes));
	if (status != STATUS_OK)
		return error_of_status(status);
	return reply.crossing.crossed ? -E_ROFS : 0;
}

long sys_symlink(struct task *task, long text, long path)
{
	return sys_symlinkat(task, text, LINUX_AT_FDCWD, path);
}
