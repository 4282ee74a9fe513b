/* SPDX-License-Identifier: MIT */
/*
 * Files and directories of the fs. The position is ours until a fork shares it; the program's
 * memory is lent straight to the fs.
 */
#include "user/posix/file.h"
#include "user/posix/threads.h"

static long disk_read_at(struct task *task, struct open_file *file, uint64_t address,
			 uint64_t bytes, uint64_t position)
{
	uint64_t done = 0, step;

	do {
		struct fs_read_reply reply;
		status_t status;

		step = bytes - done < FS_TRANSFER_BYTES ? bytes - done : FS_TRANSFER_BYTES;
		status = fs_read(&task->fs, &(struct fs_read_request){
			file->record, position + done, step }, &reply,
			LEND_OUT((void *)(address + done), step));
		if (status != STATUS_OK)
			return done ? (long)done : error_of_status(status);
		done += reply.bytes;
		if (reply.bytes < step && !reply.cut)
			break;
	} while (done < bytes);
	return (long)done;
}

static long disk_read_shared(struct task *task, struct open_file *file, uint64_t address,
			     uint64_t bytes)
{
	uint64_t done = 0, step;

	do {
		struct fs_read_shared_reply reply;
		status_t status;

		step = bytes - done < FS_TRANSFER_BYTES ? bytes - done : FS_TRANSFER_BYTES;
		status = fs_read_shared(&task->fs, &(struct fs_read_shared_request){
			file->record, step }, &reply, LEND_OUT((void *)(address + done), step));
		if (status != STATUS_OK)
			return done ? (long)done : error_of_status(status);
		done += reply.bytes;
		if (reply.bytes < step && !reply.cut)
			break;
	} while (done < bytes);
	return (long)done;
}

/* ---- of one thread of several ---- */

typedef long transfer_t(struct task *task, struct open_file *file, uint64_t address,
			uint64_t bytes, uint64_t position);

/* The position is the fs's from now on, as after a fork: it keeps those apart who move it. */
static long share_position(struct task *task, struct open_file *file)
{
	struct fs_inherit_request request = { .count = 1 };
	status_t status;

	request.client = PROCESS_PAGE(task->page)->client;
	request.record[0].handle = file->record;
	request.record[0].position = file->position;
	status = fs_inherit(&task->fs, &request, &(struct fs_inherit_reply){ }, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	file->access |= FILE_SHARED;
	return 0;
}

static long among_threads(struct task *task, struct open_file *file, uint64_t address,
			  uint64_t bytes, uint64_t position, transfer_t *transfer)
{
	long result = position == POSITION_OWN && !(file->access & FILE_SHARED) ?
		share_position(task, file) : 0;
	int paused;

	if (result)
		return result;
	paused = threads_pause(task, file);
	result = transfer(task, file, address, bytes, position);
	threads_resume(task, paused);
	return result;
}

/* ---- reading and writing ---- */

static long disk_read_now(struct task *task, struct open_file *file, uint64_t address,
			  uint64_t bytes, uint64_t position)
{
	long done;

	if (position != POSITION_OWN)
		return disk_read_at(task, file, address, bytes, position);
	if (file->access & FILE_SHARED)
		return disk_read_shared(task, file, address, bytes);
	done = disk_read_at(task, file, address, bytes, file->position);
	if (done > 0)
		file->position += (uint64_t)done;
	return done;
}

static long disk_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		      uint64_t position)
{
	if (__builtin_expect(task->locked != 0, 0))
		return among_threads(task, file, address, bytes, position, disk_read_now);
	return disk_read_now(task, file, address, bytes, position);
}

/* Where the next part goes: the end and a shared position are found by the fs each time. */
static long disk_write_parts(struct task *task, struct open_file *file, uint64_t address,
			     uint64_t bytes, uint64_t *position)
{
	int fixed = *position < FS_POSITION_END;
	uint64_t done = 0, start = *position, step;

	do {
		struct fs_write_reply reply;
		status_t status;

		step = bytes - done < FS_TRANSFER_BYTES ? bytes - done : FS_TRANSFER_BYTES;
		status = fs_write(&task->fs, &(struct fs_write_request){
			file->record, fixed ? start + done : start, step }, &reply,
			LEND_IN((void *)(address + done), step));
		if (status != STATUS_OK)
			return done ? (long)done : error_of_status(status);
		done += reply.bytes;
		*position = reply.position;
		if (!reply.bytes)
			break;
	} while (done < bytes);
	return (long)done;
}

static long disk_status(struct task *task, struct open_file *file, struct fs_status *status);
static long disk_seek(struct task *task, struct open_file *file, int64_t offset,
		      unsigned int whence);

/* RLIMIT_FSIZE: of a file whose position or end others may move it is only nearly exact. */
static long disk_write_limit(struct task *task, struct open_file *file, uint64_t bytes,
			     uint64_t position)
{
	struct fs_status status;
	long at = (long)position;

	if (file->flags & LINUX_O_APPEND)
		at = disk_status(task, file, &status) ? 0 : (long)status.size_bytes;
	else if (position == POSITION_OWN)
		at = disk_seek(task, file, 0, LINUX_SEEK_CUR);
	return at < 0 ? at : file_size_limit(task, (uint64_t)at, bytes);
}

static long sync_now(struct task *task, const struct open_file *file)
{
	struct fs_sync_reply reply;
	status_t status = fs_sync(&task->fs, &(struct fs_sync_request){ file->record }, &reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long disk_write_now(struct task *task, struct open_file *file, uint64_t address,
			   uint64_t bytes, uint64_t position)
{
	uint64_t at = position;
	long done;

	if (bytes == 0)
		return 0;
	if (task->process->files.size_limit) {
		done = disk_write_limit(task, file, bytes, position);
		if (done < 0)
			return done;
		bytes = (uint64_t)done;
	}
	if (file->flags & LINUX_O_APPEND)
		at = FS_POSITION_END;
	else if (position == POSITION_OWN)
		at = file->access & FILE_SHARED ? FS_POSITION_SHARED : file->position;
	done = disk_write_parts(task, file, address, bytes, &at);
	if (done > 0 && position == POSITION_OWN)
		file->position = at;
	if (done > 0 && file->flags & LINUX_O_DSYNC) {
		long error = sync_now(task, file);

		return error ? error : done;
	}
	return done;
}

static long disk_write(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		       uint64_t position)
{
	if (__builtin_expect(task->locked != 0, 0))
		return among_threads(task, file, address, bytes, position, disk_write_now);
	return disk_write_now(task, file, address, bytes, position);
}

long disk_sync(struct task *task, struct open_file *file)
{
	long result;
	int paused;

	if (!task->locked)
		return sync_now(task, file);
	paused = threads_pause(task, file);
	result = sync_now(task, file);
	threads_resume(task, paused);
	return result;
}

/* The root directory needs no record: a process starts in it. */
static long root_status(struct task *task, struct fs_status *status)
{
	struct fs_lookup_reply reply;
	status_t error = fs_lookup(&task->fs, &(struct fs_lookup_request){
		.directory = FS_ROOT, .path_bytes = 1 }, &reply, LEND_IN("/", 1));

	if (error != STATUS_OK)
		return error_of_status(error);
	*status = reply.status;
	return 0;
}

static long disk_status(struct task *task, struct open_file *file, struct fs_status *status)
{
	struct fs_status_reply reply;
	status_t error;

	if (file->record == FS_ROOT)
		return root_status(task, status);
	error = fs_status(&task->fs, &(struct fs_status_request){ file->record }, &reply, 0);
	if (error != STATUS_OK)
		return error_of_status(error);
	*status = reply.status;
	return 0;
}

static long disk_seek_fs(struct task *task, struct open_file *file, int64_t offset,
			 unsigned int whence)
{
	struct fs_seek_reply reply;
	status_t status = fs_seek(&task->fs, &(struct fs_seek_request){
		file->record, offset, whence }, &reply, 0);

	return status == STATUS_OK ? (long)reply.position : error_of_status(status);
}

static long disk_seek(struct task *task, struct open_file *file, int64_t offset,
		      unsigned int whence)
{
	struct fs_size_reply size;
	status_t status;
	int64_t base = 0;
	long position;

	_Static_assert(FS_SEEK_SET == LINUX_SEEK_SET && FS_SEEK_CURRENT == LINUX_SEEK_CUR &&
		       FS_SEEK_END == LINUX_SEEK_END && FS_SEEK_DATA == LINUX_SEEK_DATA &&
		       FS_SEEK_HOLE == LINUX_SEEK_HOLE, "whence is passed on");
	if (whence > LINUX_SEEK_HOLE)
		return -E_INVAL;
	if (file->access & FILE_SHARED && whence < LINUX_SEEK_DATA)
		return disk_seek_fs(task, file, offset, whence);
	if (whence == LINUX_SEEK_CUR) {
		base = (int64_t)file->position;
	} else if (whence == LINUX_SEEK_END) {
		status = fs_size(&task->fs, &(struct fs_size_request){ file->record }, &size, 0);
		if (status != STATUS_OK)
			return error_of_status(status);
		base = (int64_t)size.bytes;
	} else if (whence >= LINUX_SEEK_DATA) {
		position = disk_seek_fs(task, file, offset, whence);
		if (position < 0)
			return position;
		if (file->access & FILE_SHARED)
			return disk_seek_fs(task, file, position, LINUX_SEEK_SET);
		file->position = (uint64_t)position;
		return position;
	}
	if (__builtin_add_overflow(base, offset, &position))
		return -E_OVERFLOW;
	if (position < 0 || position > LINUX_FILE_MAX)
		return -E_INVAL;
	file->position = (uint64_t)position;
	return position;
}

/* A shared position is read and put back: two that list one open directory at once get a mix. */
static long disk_list(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes)
{
	struct fs_list_reply reply;
	uint64_t cookie = file->position;
	status_t status;

	if (file->access & FILE_SHARED) {
		long position = disk_seek_fs(task, file, 0, LINUX_SEEK_CUR);

		if (position < 0)
			return position;
		cookie = (uint64_t)position;
	}
	bytes = bytes < FS_TRANSFER_BYTES ? bytes : FS_TRANSFER_BYTES;
	status = fs_list(&task->fs, &(struct fs_list_request){ file->record, cookie, bytes },
			 &reply, LEND_OUT((void *)address, bytes));
	if (status != STATUS_OK)
		return error_of_status(status);
	file->position = reply.cookie;
	if (file->access & FILE_SHARED) {
		long position = disk_seek_fs(task, file, (int64_t)reply.cookie, LINUX_SEEK_SET);

		if (position < 0)
			return position;
	}
	return (long)reply.bytes;
}

static long disk_control(struct task *task, struct open_file *file, uint64_t request,
			 uint64_t argument)
{
	struct fs_status status;
	int32_t left;
	long position, error;

	if (request != LINUX_FIONREAD)
		return -E_NOTTY;
	position = disk_seek(task, file, 0, LINUX_SEEK_CUR);
	if (position < 0)
		return position;
	error = disk_status(task, file, &status);
	if (error)
		return error;
	if ((status.mode & LINUX_S_IFMT) != LINUX_S_IFREG)
		return -E_NOTTY;
	left = (int32_t)(status.size_bytes - (uint64_t)position);
	return copy_to_program(argument, &left, sizeof(left));
}

void disk_release(struct task *task, uint64_t record)
{
	struct fs_release_reply reply;

	/* The only refusals are of a record that is not held: then there is nothing to release. */
	if (record != FS_ROOT)
		(void)!fs_release(&task->fs, &(struct fs_release_request){ record }, &reply, 0);
}

static void disk_release_file(struct task *task, struct open_file *file)
{
	disk_release(task, file->record);
}

const struct file_operations disk_operations = {
	.read = disk_read,
	.write = disk_write,
	.seek = disk_seek,
	.status = disk_status,
	.list = disk_list,
	.control = disk_control,
	.release = disk_release_file,
};
