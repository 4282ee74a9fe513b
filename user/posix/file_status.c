/* SPDX-License-Identifier: MIT */
/* stat, access, readlink, statfs: looking at files. */
#include "user/posix/node.h"

/* The disks' major number (virtio-blk: the first dynamic one), and the minors of each. */
#define DISK_MAJOR  254u
#define DISK_MINORS 16u
/* Of the volume in memory, without a device. */
#define MEMORY_MINOR 22u

/* File systems in memory that are mounted come behind all that are always there. */
#define MOUNTED_MINOR 40u

/* A device number as stat shows it. */
static uint64_t device_encode(uint64_t device)
{
	uint64_t major = device >> 32, minor = device & 0xffffffff;

	return (minor & 0xff) | major << 8 | (minor & ~0xffull) << 12;
}

/* Major << 32 | minor of what the file is on. */
static uint64_t device_of(const struct fs_status *status)
{
	if (status->volume >= FILE_VOLUME_ANONYMOUS)
		return status->volume - FILE_VOLUME_ANONYMOUS;
	if (status->filesystem < FS_VOLUME_MEMORY)
		return (uint64_t)DISK_MAJOR << 32 | status->filesystem * DISK_MINORS;
	return status->filesystem == FS_VOLUME_MEMORY ? MEMORY_MINOR :
		MOUNTED_MINOR + status->filesystem;
}

uint64_t file_device_number(const struct fs_status *status)
{
	return device_encode(device_of(status));
}

static struct linux_timespec timespec(int64_t ns)
{
	struct linux_timespec time = { ns / 1000000000, ns % 1000000000 };

	if (time.nanoseconds < 0) {
		time.nanoseconds += 1000000000;
		time.seconds--;
	}
	return time;
}

void file_linux_status(const struct fs_status *status, struct linux_stat *to)
{
	*to = (struct linux_stat){
		.device = file_device_number(status),
		.inode = status->inode,
		.links = status->links,
		.mode = status->mode,
		.user = status->uid,
		.group = status->gid,
		.device_number = device_encode(status->device),
		.size = (int64_t)status->size_bytes,
		.block_size = status->block_bytes,
		.blocks = (int64_t)status->sectors,
		.access = timespec(status->accessed_ns),
		.modify = timespec(status->modified_ns),
		.change = timespec(status->changed_ns),
	};
}

/*
 * For what no server guards: the nodes of /dev and /proc, and entering a directory. Supplementary
 * groups are process's to know: the one group asked about is looked up there.
 */
long file_permission(struct task *task, const struct fs_status *status, unsigned int wanted)
{
	const struct process_credentials *who = &task->process->credentials;
	uint32_t user = wanted & FILE_PERMISSION_REAL ? who->user.real : who->user.file;
	unsigned int granted = status->mode;
	struct process_in_group_reply member = { 0 };

	if (user == 0) {
		int executable = status->mode & 0111 ||
			(status->mode & LINUX_S_IFMT) == LINUX_S_IFDIR;

		return wanted & LINUX_X_OK && !executable ? -E_ACCES : 0;
	}
	if (user == status->uid)
		granted >>= 6;
	else if (process_in_group(&task->process_session, &(struct process_in_group_request){
			 PROCESS_PAGE(task->page)->client, status->gid }, &member, 0) ==
		 STATUS_OK && member.yes)
		granted >>= 3;
	return wanted & ~granted & 7 ? -E_ACCES : 0;
}

/* The status of what a path leads to; wanted: LINUX_R_OK ... that must be granted. */
static long path_status(struct task *task, long directory, uint64_t address, unsigned int flags,
			unsigned int wanted, struct fs_status *status)
{
	struct path path;
	long where = path_begin(task, &path, directory, address, flags), error;
	struct fs_lookup_reply reply;
	status_t result;

	while (where == PATH_DISK) {
		result = fs_lookup(&task->fs, &(struct fs_lookup_request){ path.directory,
				   (flags & PATH_NOFOLLOW ? FS_NOFOLLOW : 0) |
				   (flags & PATH_REAL ? FS_REAL_USER : 0), wanted,
				   path.bytes },
				   &reply, LEND_IN_OUT(path.text, path.bytes, path.rest,
						       sizeof(path.rest)));
		if (result != STATUS_OK)
			return error_of_status(result);
		if (!reply.crossed) {
			*status = reply.status;
			return 0;
		}
		where = path_cross(task, &path, reply.crossed, reply.rest_bytes, flags);
	}
	if (where < 0)
		return where;
	error = where == PATH_NODE ? node_status(task, path.node, status) :
		file_get_status(task, path.file, status);
	return error ? error : file_permission(task, status, wanted | (flags & PATH_REAL ?
								       FILE_PERMISSION_REAL : 0));
}

static long give_status(const struct fs_status *status, long address)
{
	struct linux_stat result;

	file_linux_status(status, &result);
	return copy_to_program((uint64_t)address, &result, sizeof(result));
}

#define STAT_FLAGS (LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT | LINUX_AT_EMPTY_PATH)

long sys_newfstatat(struct task *task, long directory, long path, long address, long flags)
{
	struct fs_status status;
	long error;

	if (flags & ~(long)STAT_FLAGS)
		return -E_INVAL;
	error = path_status(task, directory, (uint64_t)path, (unsigned int)flags, 0, &status);
	return error ? error : give_status(&status, address);
}

long sys_stat(struct task *task, long path, long address)
{
	return sys_newfstatat(task, LINUX_AT_FDCWD, path, address, 0);
}

long sys_lstat(struct task *task, long path, long address)
{
	return sys_newfstatat(task, LINUX_AT_FDCWD, path, address, LINUX_AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(struct task *task, long descriptor, long address)
{
	struct open_file *file = file_of(task, descriptor);
	struct fs_status status;
	long error = file ? file_get_status(task, file, &status) : -E_BADF;

	return error ? error : give_status(&status, address);
}

long file_status(struct task *task, long descriptor, struct linux_stat *to)
{
	struct open_file *file = file_of(task, descriptor);
	struct fs_status status;
	long error = file ? file_get_status(task, file, &status) : -E_BADF;

	if (!error)
		file_linux_status(&status, to);
	return error;
}

static struct linux_statx_time statx_time(int64_t ns)
{
	struct linux_timespec time = timespec(ns);

	return (struct linux_statx_time){ time.seconds, (uint32_t)time.nanoseconds, 0 };
}

long sys_statx(struct task *task, long directory, long path, long flags, long mask, long address)
{
	struct fs_status status;
	struct linux_statx result;
	uint64_t device;
	long error;

	if (flags & ~(long)(STAT_FLAGS | LINUX_AT_STATX_SYNC_TYPE) || mask & 0x80000000l ||
	    (flags & LINUX_AT_STATX_SYNC_TYPE) == LINUX_AT_STATX_SYNC_TYPE)
		return -E_INVAL;
	error = path_status(task, directory, (uint64_t)path, (unsigned int)flags, 0, &status);
	if (error)
		return error;
	device = device_of(&status);
	result = (struct linux_statx){
		.mask = LINUX_STATX_BASIC_STATS |
			(status.created_ns ? LINUX_STATX_BTIME : 0),
		.block_size = status.block_bytes,
		.links = status.links,
		.user = status.uid,
		.group = status.gid,
		.mode = (uint16_t)status.mode,
		.inode = status.inode,
		.size = status.size_bytes,
		.blocks = status.sectors,
		.access = statx_time(status.accessed_ns),
		.modify = statx_time(status.modified_ns),
		.change = statx_time(status.changed_ns),
		.birth = status.created_ns ? statx_time(status.created_ns) :
			(struct linux_statx_time){ 0 },
		.device_number_major = (uint32_t)(status.device >> 32),
		.device_number_minor = (uint32_t)status.device,
		.device_major = (uint32_t)(device >> 32),
		.device_minor = (uint32_t)device,
	};
	return copy_to_program((uint64_t)address, &result, sizeof(result));
}

/* ---- access ---- */

long sys_faccessat2(struct task *task, long directory, long path, long mode, long flags)
{
	struct fs_status status;

	if (mode & ~7l || flags & ~(long)(LINUX_AT_EACCESS | LINUX_AT_SYMLINK_NOFOLLOW |
					  LINUX_AT_EMPTY_PATH))
		return -E_INVAL;
	if (!(flags & LINUX_AT_EACCESS))
		flags |= PATH_REAL;
	return path_status(task, directory, (uint64_t)path, (unsigned int)flags, (unsigned int)mode,
			   &status);
}

long sys_faccessat(struct task *task, long directory, long path, long mode)
{
	return sys_faccessat2(task, directory, path, mode, 0);
}

long sys_access(struct task *task, long path, long mode)
{
	return sys_faccessat2(task, LINUX_AT_FDCWD, path, mode, 0);
}

long files_identify(struct task *task)
{
	status_t status = fs_identify(&task->fs, &(struct fs_identify_request){ },
				      &(struct fs_identify_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

struct open_file *path_file(struct task *task, struct path *path, long directory, uint64_t address)
{
	long where = path_begin(task, path, directory, address, 0);
	struct fs_lookup_reply reply;

	while (where == PATH_DISK) {
		status_t status = fs_lookup(&task->fs, &(struct fs_lookup_request){
			path->directory, 0, 0, path->bytes }, &reply,
			LEND_IN_OUT(path->text, path->bytes, path->rest, sizeof(path->rest)));

		if (status != STATUS_OK || !reply.crossed)
			return 0;
		where = path_cross(task, path, reply.crossed, reply.rest_bytes, 0);
	}
	return where == PATH_FILE ? path->file : 0;
}
