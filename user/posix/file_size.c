/* SPDX-License-Identifier: MIT */
/* The size of files and their way to the disk: truncate, fallocate, fsync. */
#include "user/posix/file.h"

#define SIGXFSZ 25

long file_size_limit(struct task *task, uint64_t position, uint64_t bytes)
{
	uint64_t limit = task->process->files.size_limit;

	if (!limit || position + bytes <= limit - 1)
		return (long)bytes;
	if (position < limit - 1)
		return (long)(limit - 1 - position);
	signal_raise(task, SIGXFSZ);
	return -E_FBIG;
}

/* A file that is longer already may be cut to any length. */
static long truncate_limit(struct task *task, uint64_t record, uint64_t bytes)
{
	uint64_t limit = task->process->files.size_limit;
	struct fs_status_reply reply;
	status_t status;

	if (!limit || bytes < limit)
		return 0;
	status = fs_status(&task->fs, &(struct fs_status_request){ record }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	return bytes <= reply.status.size_bytes ? 0 : file_size_limit(task, bytes, 1);
}

static long truncate_record(struct task *task, uint64_t record, uint64_t bytes)
{
	long error = truncate_limit(task, record, bytes);
	status_t status;

	if (error)
		return error;
	status = fs_truncate(&task->fs, &(struct fs_truncate_request){ record, bytes },
			     &(struct fs_truncate_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_ftruncate(struct task *task, long descriptor, long bytes)
{
	struct open_file *file = file_of(task, descriptor);

	if (bytes < 0)
		return -E_INVAL;
	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	if (file->kind != FILE_DISK || !(file->access & FILE_WRITE))
		return -E_INVAL;
	return truncate_record(task, file->record, (uint64_t)bytes);
}

/* By name: the file is opened for writing, which checks all there is to check. */
long sys_truncate(struct task *task, long address, long bytes)
{
	struct path path;
	struct open_file opened = { 0 }, *file = &opened;
	long where, error;

	if (bytes < 0)
		return -E_INVAL;
	where = path_begin(task, &path, LINUX_AT_FDCWD, (uint64_t)address, 0);
	/* Not waiting for a fifo's other end: it refuses (-ENXIO) or is no file to truncate. */
	error = file_open(task, &path, where, LINUX_O_WRONLY | LINUX_O_NONBLOCK, 0, &file);
	if (error)
		return error == -E_NXIO ? -E_INVAL : error;
	error = file->kind == FILE_DISK ? truncate_record(task, file->record, (uint64_t)bytes) :
		-E_INVAL;
	if (file == &opened && file_operations(file)->release)
		file_operations(file)->release(task, file);
	return error;
}

#define FALLOC_FL_KEEP_SIZE  0x01
#define FALLOC_FL_PUNCH_HOLE 0x02
#define FALLOC_FL_ZERO_RANGE 0x10

/* What the fs is to do for a mode of fallocate(2), or -EOPNOTSUPP. */
static long allocate_how(long mode)
{
	switch (mode) {
	case 0:
		return FS_ALLOCATE_FILL;
	case FALLOC_FL_KEEP_SIZE:
		return FS_ALLOCATE_KEEP;
	case FALLOC_FL_ZERO_RANGE:
		return FS_ALLOCATE_ZERO;
	case FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE:
		return FS_ALLOCATE_ZERO_KEEP;
	case FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE:
		return FS_ALLOCATE_PUNCH;
	}
	return -E_OPNOTSUPP;
}

long sys_fallocate(struct task *task, long descriptor, long mode, long offset, long bytes)
{
	struct open_file *file = file_of(task, descriptor);
	long how = allocate_how(mode);
	status_t status;
	int64_t end;

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	if (offset < 0 || bytes <= 0)
		return -E_INVAL;
	if (how < 0)
		return how;
	if (!(file->access & FILE_WRITE))
		return -E_BADF;
	if (file->kind != FILE_DISK)
		return file->kind == FILE_PIPE ? -E_SPIPE : -E_NODEV;
	if (__builtin_add_overflow(offset, bytes, &end) || end > LINUX_FILE_MAX)
		return -E_FBIG;
	if (how == FS_ALLOCATE_FILL && file_size_limit(task, (uint64_t)end - 1, 1) < 0)
		return -E_FBIG;
	status = fs_allocate(&task->fs, &(struct fs_allocate_request){ file->record,
			     (uint64_t)offset, (uint64_t)bytes, (uint64_t)how },
			     &(struct fs_allocate_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* ---- Advice, which nobody needs to follow ---- */

static long advice(struct task *task, long descriptor)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	return file->kind == FILE_PIPE ? -E_SPIPE : 0;
}

long sys_fadvise64(struct task *task, long descriptor, long offset, long bytes, long kind)
{
	(void)offset;
	if (bytes < 0 || kind < 0 || kind > 5)
		return -E_INVAL;
	return advice(task, descriptor);
}

long sys_readahead(struct task *task, long descriptor, long offset, long bytes)
{
	struct open_file *file = file_of(task, descriptor);

	struct fs_status status;
	long error;

	(void)offset, (void)bytes;
	if (!file || !(file->access & FILE_READ))
		return -E_BADF;
	if (file->kind != FILE_DISK)
		return -E_INVAL;
	error = file_get_status(task, file, &status);
	return error ? error : (status.mode & LINUX_S_IFMT) == LINUX_S_IFREG ? 0 : -E_INVAL;
}

long sys_sync_file_range(struct task *task, long descriptor, long offset, long bytes, long flags)
{
	struct open_file *file = file_of(task, descriptor);
	int64_t end;

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	if (offset < 0 || bytes < 0 || flags & ~7l || __builtin_add_overflow(offset, bytes, &end))
		return -E_INVAL;
	return file->kind == FILE_DISK ? disk_sync(task, file) : -E_SPIPE;
}

/* ---- Synchronising ---- */

long sys_fsync(struct task *task, long descriptor)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	return file->kind == FILE_DISK ? disk_sync(task, file) : -E_INVAL;
}

long sys_fdatasync(struct task *task, long descriptor)
{
	return sys_fsync(task, descriptor);
}

long sys_sync(struct task *task)
{
	struct open_file everything = { .kind = FILE_DISK, .record = FS_ROOT, .references = 1 };

	disk_sync(task, &everything);
	return 0;
}

long sys_syncfs(struct task *task, long descriptor)
{
	if (!file_of(task, descriptor))
		return -E_BADF;
	return sys_sync(task);
}
