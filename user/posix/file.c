/* SPDX-License-Identifier: MIT */
/* Moving bytes: read, write and their relatives, for every kind of open file. */
#include "user/posix/file.h"

#include "libipc/string.h"

static const struct file_operations no_operations;

static const struct file_operations *const operations[FILE_KINDS] = {
	[FILE_NONE] = &no_operations,
	[FILE_DISK] = &disk_operations,
	[FILE_NOTIFY] = &notify_operations,
	[FILE_PIPE] = &pipe_operations,
	[FILE_EVENT] = &event_operations,
	[FILE_TIMER] = &timer_operations,
	[FILE_SEGMENT] = &segment_operations,
	[FILE_QUEUE] = &queue_operations,
	[FILE_SOCKET] = &socket_operations,
	[FILE_SIGNAL] = &signal_operations,
	[FILE_EPOLL] = &epoll_operations,
	[FILE_PROCESS] = &pidfd_operations,
	[FILE_TERMINAL] = &terminal_operations,
	[FILE_REPORT] = &report_operations,
	[FILE_DEVICE] = &device_operations,
	[FILE_VIRTUAL] = &virtual_operations,
};

const struct file_operations *file_operations(const struct open_file *file)
{
	return operations[file->kind];
}

static inline uint64_t transfer_bytes(long bytes)
{
	return (uint64_t)bytes < LINUX_TRANSFER_MAX ? (uint64_t)bytes : LINUX_TRANSFER_MAX;
}

static long file_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		      uint64_t position)
{
	if (!operations[file->kind]->read)
		return -E_INVAL;
	return operations[file->kind]->read(task, file, address, bytes, position);
}

static long file_write(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		       uint64_t position)
{
	if (!operations[file->kind]->write)
		return -E_INVAL;
	return operations[file->kind]->write(task, file, address, bytes, position);
}

long sys_read(struct task *task, long descriptor, long address, long bytes)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file || !(file->access & FILE_READ))
		return -E_BADF;
	if (bytes < 0)
		return -E_INVAL;
	if (program_range((uint64_t)address, transfer_bytes(bytes)))
		return -E_FAULT;
	return file_read(task, file, (uint64_t)address, transfer_bytes(bytes), POSITION_OWN);
}

long sys_write(struct task *task, long descriptor, long address, long bytes)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file || !(file->access & FILE_WRITE))
		return -E_BADF;
	if (bytes < 0)
		return -E_INVAL;
	if (program_range((uint64_t)address, transfer_bytes(bytes)))
		return -E_FAULT;
	return file_write(task, file, (uint64_t)address, transfer_bytes(bytes), POSITION_OWN);
}

/* The open file of a call that names a position. */
static long file_at(struct task *task, long descriptor, unsigned int access, long position,
		    struct open_file **file)
{
	if (position < 0)
		return -E_INVAL;
	*file = file_of(task, descriptor);
	if (!*file)
		return -E_BADF;
	if (!operations[(*file)->kind]->seek)
		return -E_SPIPE;
	return (*file)->access & access ? 0 : -E_BADF;
}

long sys_pread64(struct task *task, long descriptor, long address, long bytes, long position)
{
	struct open_file *file;
	long error = file_at(task, descriptor, FILE_READ, position, &file);

	if (error)
		return error;
	if (bytes < 0)
		return -E_INVAL;
	if (program_range((uint64_t)address, transfer_bytes(bytes)))
		return -E_FAULT;
	return file_read(task, file, (uint64_t)address, transfer_bytes(bytes), (uint64_t)position);
}

long sys_pwrite64(struct task *task, long descriptor, long address, long bytes, long position)
{
	struct open_file *file;
	long error = file_at(task, descriptor, FILE_WRITE, position, &file);

	if (error)
		return error;
	if (bytes < 0)
		return -E_INVAL;
	if (program_range((uint64_t)address, transfer_bytes(bytes)))
		return -E_FAULT;
	return file_write(task, file, (uint64_t)address, transfer_bytes(bytes), (uint64_t)position);
}

long sys_lseek(struct task *task, long descriptor, long offset, long whence)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	if (!operations[file->kind]->seek)
		return -E_SPIPE;
	return operations[file->kind]->seek(task, file, offset, (unsigned int)whence);
}

long file_pread(struct task *task, long descriptor, void *to, unsigned long bytes,
		uint64_t position)
{
	struct open_file *file = file_of(task, descriptor);

	return file ? file_read(task, file, (uint64_t)to, bytes, position) : -E_BADF;
}

long file_fill(uint64_t address, const void *from, uint64_t bytes)
{
	if (!program_range(address, bytes))
		return copy_to_program(address, from, bytes);
	memcpy((void *)address, from, bytes);
	return 0;
}

long file_take(void *to, uint64_t address, uint64_t bytes)
{
	if (!program_range(address, bytes))
		return copy_from_program(to, address, bytes);
	memcpy(to, (const void *)address, bytes);
	return 0;
}

long file_get_status(struct task *task, struct open_file *file, struct fs_status *status)
{
	return operations[file->kind]->status(task, file, status);
}
