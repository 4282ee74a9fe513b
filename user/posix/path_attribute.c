/* SPDX-License-Identifier: MIT */
/* chmod, chown, utimens, umask: what changes in a file's inode by its name or descriptor. */
#include "user/posix/file.h"

PATH_REQUEST(change)

/* /dev and /proc are as they are, and root's. */
static long refused(struct task *task)
{
	return task->process->credentials.user.file ? -E_PERM : -E_ROFS;
}

/* Of /dev only terminals keep what they are told. */
static long change_node(struct task *task, uint64_t node, const struct fs_change_request *request)
{
	long error = terminal_change(task, node, request);

	return error == -E_ROFS ? refused(task) : error;
}

static long change_open(struct task *task, const struct open_file *file,
			const struct fs_change_request *request)
{
	struct fs_change_request own = *request;
	struct fs_change_reply reply;
	status_t status;

	if (file->kind == FILE_TERMINAL)
		return change_node(task, file->node, request);
	own.directory = file->kind == FILE_PIPE ? file->node : file->record;
	if (file->kind != FILE_DISK && !(file->kind == FILE_PIPE && own.directory))
		return refused(task);
	own.flags = (own.flags & ~FS_NOFOLLOW) | FS_EMPTY_PATH;
	status = fs_change(&task->fs, &own, &reply, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long change_descriptor(struct task *task, long descriptor, struct fs_change_request *request)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	return change_open(task, file, request);
}

static long change_path(struct task *task, long directory, long address, unsigned int flags,
			struct fs_change_request *request)
{
	struct path path;
	long where = path_begin(task, &path, directory, (uint64_t)address, flags);

	request->flags |= flags & PATH_NOFOLLOW ? FS_NOFOLLOW : 0;
	where = path_request(task, &path, where, flags, ask_change, request);
	if (where == PATH_FILE)
		return change_open(task, path.file, request);
	return where == PATH_NODE ? change_node(task, path.node, request) : where;
}

/* ---- Modes ---- */

static struct fs_change_request mode_request(long mode)
{
	return (struct fs_change_request){
		.flags = FS_CHANGE_MODE,
		.mode = (uint32_t)mode & 07777,
	};
}

long sys_fchmodat(struct task *task, long directory, long path, long mode)
{
	struct fs_change_request request = mode_request(mode);

	return change_path(task, directory, path, 0, &request);
}

long sys_chmod(struct task *task, long path, long mode)
{
	return sys_fchmodat(task, LINUX_AT_FDCWD, path, mode);
}

long sys_fchmod(struct task *task, long descriptor, long mode)
{
	struct fs_change_request request = mode_request(mode);

	return change_descriptor(task, descriptor, &request);
}

long sys_umask(struct task *task, long mask)
{
	uint32_t old = task->process->files.umask;

	task->process->files.umask = (uint32_t)mask & 0777;
	return old;
}

/* ---- Owners: -1 leaves one as it is ---- */

static struct fs_change_request owner_request(long user, long group)
{
	return (struct fs_change_request){
		.flags = ((uint32_t)user != ~0u ? FS_CHANGE_UID : 0) |
			 ((uint32_t)group != ~0u ? FS_CHANGE_GID : 0),
		.uid = (uint32_t)user,
		.gid = (uint32_t)group,
	};
}

long sys_fchownat(struct task *task, long directory, long path, long user, long group, long flags)
{
	struct fs_change_request request = owner_request(user, group);

	if (flags & ~(long)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -E_INVAL;
	return change_path(task, directory, path, (unsigned int)flags, &request);
}

long sys_chown(struct task *task, long path, long user, long group)
{
	return sys_fchownat(task, LINUX_AT_FDCWD, path, user, group, 0);
}

long sys_lchown(struct task *task, long path, long user, long group)
{
	return sys_fchownat(task, LINUX_AT_FDCWD, path, user, group, LINUX_AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(struct task *task, long descriptor, long user, long group)
{
	struct fs_change_request request = owner_request(user, group);

	return change_descriptor(task, descriptor, &request);
}

/* ---- Times ---- */

/* One time of utimensat: the flag that goes with it, 0 to leave it, or -EINVAL. */
static long time_of(const struct linux_timespec *time, uint32_t flag, int64_t *ns)
{
	if (time->nanoseconds == LINUX_UTIME_OMIT)
		return 0;
	if (time->nanoseconds == LINUX_UTIME_NOW) {
		*ns = FS_TIME_NOW;
		return flag;
	}
	if (time->nanoseconds < 0 || time->nanoseconds > 999999999)
		return -E_INVAL;
	/* The disk's times end before that: what does not fit is cut there. */
	if (__builtin_mul_overflow(time->seconds, 1000000000, ns) ||
	    __builtin_add_overflow(*ns, time->nanoseconds, ns))
		*ns = time->seconds < 0 ? INT64_MIN + 1 : INT64_MAX;
	return flag;
}

static long change_times(struct task *task, long directory, long path,
			 const struct linux_timespec time[2], unsigned int flags)
{
	struct fs_change_request request = { 0 };
	long access = time_of(&time[0], FS_CHANGE_ACCESSED, &request.accessed_ns);
	long modify = time_of(&time[1], FS_CHANGE_MODIFIED, &request.modified_ns);

	if (access < 0 || modify < 0)
		return -E_INVAL;
	if (!access && !modify)
		return 0;
	request.flags = (uint32_t)(access | modify);
	/* futimens: no path at all. */
	if (!path && (int)directory != LINUX_AT_FDCWD)
		return flags ? -E_INVAL : change_descriptor(task, directory, &request);
	return change_path(task, directory, path, flags, &request);
}

static const struct linux_timespec now[2] = { { 0, LINUX_UTIME_NOW }, { 0, LINUX_UTIME_NOW } };

long sys_utimensat(struct task *task, long directory, long path, long times, long flags)
{
	struct linux_timespec time[2];
	long error;

	if (flags & ~(long)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -E_INVAL;
	if (!times)
		return change_times(task, directory, path, now, (unsigned int)flags);
	error = copy_from_program(time, (uint64_t)times, sizeof(time));
	return error ? error : change_times(task, directory, path, time, (unsigned int)flags);
}

long sys_futimesat(struct task *task, long directory, long path, long times)
{
	struct linux_timeval given[2];
	struct linux_timespec time[2];
	long error;

	if (!times)
		return change_times(task, directory, path, now, 0);
	error = copy_from_program(given, (uint64_t)times, sizeof(given));
	if (error)
		return error;
	for (int i = 0; i < 2; i++) {
		if (given[i].microseconds < 0 || given[i].microseconds > 999999)
			return -E_INVAL;
		time[i] = (struct linux_timespec){ given[i].seconds, given[i].microseconds * 1000 };
	}
	return change_times(task, directory, path, time, 0);
}

long sys_utimes(struct task *task, long path, long times)
{
	return sys_futimesat(task, LINUX_AT_FDCWD, path, times);
}

long sys_utime(struct task *task, long path, long times)
{
	int64_t given[2];
	long error;

	if (!times)
		return change_times(task, LINUX_AT_FDCWD, path, now, 0);
	error = copy_from_program(given, (uint64_t)times, sizeof(given));
	return error ? error : change_times(task, LINUX_AT_FDCWD, path, (struct linux_timespec[2]){
		{ given[0], 0 }, { given[1], 0 } }, 0);
}
