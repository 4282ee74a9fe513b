/* SPDX-License-Identifier: MIT */
/* Extended attributes: the fs has them, by the record of a file or a place. */
#include "user/posix/file.h"

#define VALUE_MAX   65536ul
#define NAME_MAX    255
#define XATTR_FLAGS 3                    /* XATTR_CREATE, XATTR_REPLACE */

/* What a call names, and how: all that differs between the three of each. */
struct attributed {
	struct open_file place, *file;
	struct path path;
};

static long find_path(struct task *task, struct attributed *of, long address, unsigned int flags)
{
	long where = path_begin(task, &of->path, LINUX_AT_FDCWD, (uint64_t)address,
				flags ? PATH_NOFOLLOW : 0);

	of->file = &of->place;
	return file_open(task, &of->path, where, LINUX_O_PATH | flags, 0, &of->file);
}

static long find_descriptor(struct task *task, struct attributed *of, long descriptor)
{
	of->file = file_of(task, descriptor);
	return of->file && !(of->file->flags & LINUX_O_PATH) ? 0 : -E_BADF;
}

static void let_go(struct task *task, struct attributed *of)
{
	if (of->file == &of->place && of->place.kind == FILE_DISK)
		disk_release(task, of->place.record);
}

/* The record at the fs; 0: what it is has no attributes. */
static uint64_t record_of(const struct open_file *file)
{
	if (file->kind == FILE_PIPE)
		return file->node;
	return file->kind == FILE_DISK ? file->record : 0;
}

/* The length of an attribute's name: ERANGE if it cannot be one. */
static long name_length(long name)
{
	long bytes = string_length((uint64_t)name, NAME_MAX + 1);

	return bytes == -E_NAMETOOLONG || !bytes ? -E_RANGE : bytes;
}

static long set(struct task *task, struct attributed *of, long name, long value, long bytes,
		long flags)
{
	long name_bytes = name_length(name);
	uint64_t record = record_of(of->file);
	status_t status;

	if (name_bytes < 0)
		return name_bytes;
	if (!record)
		return -E_OPNOTSUPP;
	if (program_range((uint64_t)value, (uint64_t)bytes))
		return -E_FAULT;
	status = fs_attribute_set(&task->fs, &(struct fs_attribute_set_request){ record,
				  (uint64_t)name_bytes, (uint64_t)bytes, (uint64_t)flags },
				  &(struct fs_attribute_set_reply){ },
				  LEND_IN_IN((void *)name, (uint64_t)name_bytes, (void *)value,
					     (uint64_t)bytes));
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long set_by(struct task *task, struct attributed *of, long found, const long arguments[4])
{
	unsigned long bytes = (unsigned long)arguments[2];

	/* Linux looks at these before it looks for the file. */
	if (arguments[3] & ~(long)XATTR_FLAGS)
		found = found ? found : -E_INVAL;
	else if (!found)
		found = bytes > VALUE_MAX ? -E_TOOBIG :
			set(task, of, arguments[0], arguments[1], arguments[2], arguments[3]);
	let_go(task, of);
	return found;
}

long sys_setxattr(struct task *task, long path, long name, long value, long bytes, long flags)
{
	struct attributed of = { 0 };

	return set_by(task, &of, find_path(task, &of, path, 0),
		      (const long[]){ name, value, bytes, flags });
}

long sys_lsetxattr(struct task *task, long path, long name, long value, long bytes, long flags)
{
	struct attributed of = { 0 };

	return set_by(task, &of, find_path(task, &of, path, LINUX_O_NOFOLLOW),
		      (const long[]){ name, value, bytes, flags });
}

long sys_fsetxattr(struct task *task, long descriptor, long name, long value, long bytes,
		   long flags)
{
	struct attributed of = { 0 };

	return set_by(task, &of, find_descriptor(task, &of, descriptor),
		      (const long[]){ name, value, bytes, flags });
}

static long remove_by(struct task *task, struct attributed *of, long found, long name)
{
	long error = found ? found :
		set(task, of, name, name, 0, FS_ATTRIBUTE_REMOVE | FS_ATTRIBUTE_REPLACE);

	let_go(task, of);
	return error;
}

long sys_removexattr(struct task *task, long path, long name)
{
	struct attributed of = { 0 };

	return remove_by(task, &of, find_path(task, &of, path, 0), name);
}

long sys_lremovexattr(struct task *task, long path, long name)
{
	struct attributed of = { 0 };

	return remove_by(task, &of, find_path(task, &of, path, LINUX_O_NOFOLLOW), name);
}

long sys_fremovexattr(struct task *task, long descriptor, long name)
{
	struct attributed of = { 0 };

	return remove_by(task, &of, find_descriptor(task, &of, descriptor), name);
}

static long get(struct task *task, struct attributed *of, long name, long value, uint64_t bytes)
{
	long name_bytes = name_length(name);
	struct fs_attribute_get_reply reply;
	uint64_t record = record_of(of->file);
	status_t status;

	if (name_bytes < 0)
		return name_bytes;
	if (!record)
		return -E_OPNOTSUPP;
	bytes = bytes < VALUE_MAX ? bytes : VALUE_MAX;
	if (program_range((uint64_t)value, bytes))
		return -E_FAULT;
	status = fs_attribute_get(&task->fs, &(struct fs_attribute_get_request){ record,
				  (uint64_t)name_bytes, bytes }, &reply,
				  LEND_IN_OUT((void *)name, (uint64_t)name_bytes, (void *)value,
					      bytes));
	return status == STATUS_OK ? (long)reply.bytes : error_of_status(status);
}

static long get_by(struct task *task, struct attributed *of, long found, long name, long value,
		   long bytes)
{
	long result = found ? found : get(task, of, name, value, (uint64_t)bytes);

	let_go(task, of);
	return result;
}

long sys_getxattr(struct task *task, long path, long name, long value, long bytes)
{
	struct attributed of = { 0 };

	return get_by(task, &of, find_path(task, &of, path, 0), name, value, bytes);
}

long sys_lgetxattr(struct task *task, long path, long name, long value, long bytes)
{
	struct attributed of = { 0 };

	return get_by(task, &of, find_path(task, &of, path, LINUX_O_NOFOLLOW), name, value, bytes);
}

long sys_fgetxattr(struct task *task, long descriptor, long name, long value, long bytes)
{
	struct attributed of = { 0 };

	return get_by(task, &of, find_descriptor(task, &of, descriptor), name, value, bytes);
}

static long list_by(struct task *task, struct attributed *of, long found, long address, long size)
{
	uint64_t bytes = (uint64_t)size < VALUE_MAX ? (uint64_t)size : VALUE_MAX;
	struct fs_attribute_list_reply reply = { 0 };
	status_t status = STATUS_OK;

	if (!found && record_of(of->file)) {
		if (program_range((uint64_t)address, bytes))
			found = -E_FAULT;
		else
			status = fs_attribute_list(&task->fs, &(struct fs_attribute_list_request){
				record_of(of->file), bytes }, &reply,
				LEND_OUT((void *)address, bytes));
	}
	let_go(task, of);
	if (found)
		return found;
	return status == STATUS_OK ? (long)reply.bytes : error_of_status(status);
}

long sys_listxattr(struct task *task, long path, long address, long bytes)
{
	struct attributed of = { 0 };

	return list_by(task, &of, find_path(task, &of, path, 0), address, bytes);
}

long sys_llistxattr(struct task *task, long path, long address, long bytes)
{
	struct attributed of = { 0 };

	return list_by(task, &of, find_path(task, &of, path, LINUX_O_NOFOLLOW), address, bytes);
}

long sys_flistxattr(struct task *task, long descriptor, long address, long bytes)
{
	struct attributed of = { 0 };

	return list_by(task, &of, find_descriptor(task, &of, descriptor), address, bytes);
}
