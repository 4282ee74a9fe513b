/* SPDX-License-Identifier: MIT */
/* Listing directories; the current directory. */
#include "libipc/string.h"
#include "user/posix/node.h"

static long list(struct task *task, long descriptor, uint64_t address, uint64_t bytes)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file || !(file->access & FILE_READ))
		return -E_BADF;
	if (!file_operations(file)->list)
		return -E_NOTDIR;
	if (program_range(address, bytes))
		return -E_FAULT;
	return file_operations(file)->list(task, file, address, bytes);
}

long sys_getdents64(struct task *task, long descriptor, long address, long bytes)
{
	return list(task, descriptor, (uint64_t)address, (unsigned int)bytes);
}

/*
 * The old structure has the type behind the name, in the record's last byte, and the same length:
 * converted in place.
 */
static long convert(uint64_t address, uint64_t bytes)
{
	uint64_t at = 0;

	while (at < bytes) {
		union {
			struct linux_dirent64 in;
			struct linux_dirent out;
			char bytes[LINUX_DIRENT64_HEADER + LINUX_NAME_MAX + 8];
		} entry;
		long error = copy_from_program(&entry, address + at, LINUX_DIRENT64_HEADER);
		uint16_t length = entry.in.bytes;
		char type = (char)entry.in.type;

		if (error || length < LINUX_DIRENT64_HEADER || length > sizeof(entry))
			return error ? error : -E_FAULT;
		error = copy_from_program(&entry, address + at, length);
		if (error)
			return error;
		memmove(entry.out.name, entry.in.name, (uint64_t)length - LINUX_DIRENT64_HEADER);
		entry.bytes[length - 1] = type;
		error = copy_to_program(address + at, &entry, length);
		if (error)
			return error;
		at += length;
	}
	return (long)bytes;
}

long sys_getdents(struct task *task, long descriptor, long address, long bytes)
{
	long listed = list(task, descriptor, (uint64_t)address, (unsigned int)bytes);

	return listed > 0 ? convert((uint64_t)address, (uint64_t)listed) : listed;
}

/* ---- The current directory: an open file of its own, in no descriptor ---- */

static void change_directory(struct task *task, const struct open_file *to)
{
	struct open_file *directory = &task->process->files.directory;

	if (directory->kind == FILE_DISK)
		disk_release(task, directory->record);
	*directory = *to;
	directory->references = 1;
}

/* May the process search what was opened as a place? */
static long searchable(struct task *task, struct open_file *place)
{
	struct fs_status status;
	long error = file_get_status(task, place, &status);

	if (!error && (status.mode & LINUX_S_IFMT) != LINUX_S_IFDIR)
		error = -E_NOTDIR;
	return error ? error : file_permission(task, &status, LINUX_X_OK);
}

static long enter(struct task *task, struct path *path, long where)
{
	struct open_file place = { 0 }, *file = &place;
	long error = file_open(task, path, where, LINUX_O_PATH | LINUX_O_DIRECTORY, 0, &file);

	if (error)
		return error;
	error = searchable(task, &place);
	if (!error)
		change_directory(task, &place);
	else if (place.kind == FILE_DISK)
		disk_release(task, place.record);
	return error;
}

long sys_chdir(struct task *task, long address)
{
	struct path path;
	long where = path_begin(task, &path, LINUX_AT_FDCWD, (uint64_t)address, 0);

	return enter(task, &path, where);
}

/* The descriptor may be closed later, so the directory gets a record of its own. */
long sys_fchdir(struct task *task, long descriptor)
{
	struct path path = { .file = file_of(task, descriptor) };

	return path.file ? enter(task, &path, PATH_FILE) : -E_BADF;
}

/* The fs begins absolute paths there; the record keeps the directory alive. */
long sys_chroot(struct task *task, long address)
{
	struct files *files = &task->process->files;
	struct open_file place = { 0 }, *file = &place;
	struct path path;
	long where = path_begin(task, &path, LINUX_AT_FDCWD, (uint64_t)address, 0);
	long error = file_open(task, &path, where, LINUX_O_PATH | LINUX_O_DIRECTORY, 0, &file);
	status_t status;

	if (error)
		return error;
	error = place.kind == FILE_DISK ? searchable(task, &place) : -E_PERM;
	if (!error) {
		status = fs_chroot(&task->fs, &(struct fs_chroot_request){ place.record },
				   &(struct fs_chroot_reply){ }, 0);
		error = status == STATUS_OK ? 0 : error_of_status(status);
	}
	if (error) {
		if (place.kind == FILE_DISK)
			disk_release(task, place.record);
		return error;
	}
	if (files->root.kind == FILE_DISK)
		disk_release(task, files->root.record);
	files->root = place;
	files->root.references = 1;
	return 0;
}
