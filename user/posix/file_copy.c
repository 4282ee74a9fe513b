/* SPDX-License-Identifier: MIT */
/* sendfile and copy_file_range: from file to file by way of a buffer in here. */
#include "user/posix/file.h"

#define COPY_BYTES 8192

/* Where the program keeps a position for the call; address 0: the file's own is meant. */
static long position_get(struct task *task, struct open_file *file, uint64_t address,
			 int64_t *position)
{
	long error = 0;

	if (address) {
		error = copy_from_program(position, address, sizeof(*position));
		/* Where it cannot be given back, nothing is to be done. */
		if (!error)
			error = copy_to_program(address, position, sizeof(*position));
	} else {
		*position = file_operations(file)->seek(task, file, 0, LINUX_SEEK_CUR);
		if (*position < 0)
			return *position;
	}
	return error ? error : *position < 0 ? -E_INVAL : 0;
}

static long position_set(struct task *task, struct open_file *file, uint64_t address,
			 int64_t position)
{
	if (address)
		return copy_to_program(address, &position, sizeof(position));
	position = file_operations(file)->seek(task, file, position, LINUX_SEEK_SET);
	return position < 0 ? position : 0;
}

/* Bytes copied. An error is told only if there are none. to: POSITION_OWN, or where. */
static long copy(struct task *task, struct open_file *in, uint64_t from, struct open_file *out,
		 uint64_t to, uint64_t bytes)
{
	char buffer[COPY_BYTES];
	uint64_t done = 0;

	while (done < bytes) {
		uint64_t part = bytes - done < sizeof(buffer) ? bytes - done : sizeof(buffer);
		long got = file_operations(in)->read(task, in, (uint64_t)buffer, part, from + done);
		long put = got <= 0 ? got : file_operations(out)->write(task, out, (uint64_t)buffer,
			(uint64_t)got, to == POSITION_OWN ? to : to + done);

		if (put <= 0)
			return done ? (long)done : put;
		done += (uint64_t)put;
		if (put < got || (uint64_t)got < part)
			break;
	}
	return (long)done;
}

static uint64_t copy_bytes(long bytes)
{
	return (uint64_t)bytes < LINUX_TRANSFER_MAX ? (uint64_t)bytes : LINUX_TRANSFER_MAX;
}

long sys_sendfile(struct task *task, long to, long from, long offset, long bytes)
{
	struct open_file *out = file_of(task, to), *in = file_of(task, from);
	int64_t position;
	long done, error;

	if (!in || !(in->access & FILE_READ) || !out || !(out->access & FILE_WRITE))
		return -E_BADF;
	if (bytes < 0 || !file_operations(in)->seek || !file_operations(in)->read ||
	    !file_operations(out)->write || out->flags & LINUX_O_APPEND)
		return -E_INVAL;
	error = position_get(task, in, (uint64_t)offset, &position);
	if (error)
		return error;
	done = copy(task, in, (uint64_t)position, out, POSITION_OWN, copy_bytes(bytes));
	/* The program's position is written even where nothing was moved. */
	if (done > 0 || (!done && offset))
		error = position_set(task, in, (uint64_t)offset, position + done);
	return error ? error : done;
}

/* Both must be regular files, and not the same bytes of one. */
static long copyable(struct task *task, struct open_file *in, int64_t from, struct open_file *out,
		     int64_t to, int64_t bytes)
{
	struct fs_status in_status, out_status;
	long error = file_get_status(task, in, &in_status);

	if (!error)
		error = file_get_status(task, out, &out_status);
	if (error)
		return error;
	if ((in_status.mode & LINUX_S_IFMT) == LINUX_S_IFDIR ||
	    (out_status.mode & LINUX_S_IFMT) == LINUX_S_IFDIR)
		return -E_ISDIR;
	if (in->kind != FILE_DISK || out->kind != FILE_DISK)
		return -E_INVAL;
	if (in_status.volume == out_status.volume && in_status.inode == out_status.inode &&
	    from < to + bytes && to < from + bytes)
		return -E_INVAL;
	return 0;
}

long sys_copy_file_range(struct task *task, long from, long from_offset, long to, long to_offset,
			 long bytes, long flags)
{
	struct open_file *in = file_of(task, from), *out = file_of(task, to);
	int64_t in_position = 0, out_position = 0;
	long done, error;

	if (!in || !(in->access & FILE_READ) || !out || !(out->access & FILE_WRITE) ||
	    out->flags & LINUX_O_APPEND)
		return -E_BADF;
	if (flags || bytes < 0 || !file_operations(in)->seek || !file_operations(out)->seek)
		return -E_INVAL;
	bytes = (long)copy_bytes(bytes);
	error = position_get(task, in, (uint64_t)from_offset, &in_position);
	if (!error)
		error = position_get(task, out, (uint64_t)to_offset, &out_position);
	if (!error)
		error = copyable(task, in, in_position, out, out_position, bytes);
	if (error)
		return error;
	done = copy(task, in, (uint64_t)in_position, out, (uint64_t)out_position, (uint64_t)bytes);
	if (done > 0)
		error = position_set(task, in, (uint64_t)from_offset, in_position + done);
	if (done > 0 && !error)
		error = position_set(task, out, (uint64_t)to_offset, out_position + done);
	return error ? error : done;
}
