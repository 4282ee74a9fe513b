/* SPDX-License-Identifier: MIT */
/* fcntl, ioctl: what can be said about a descriptor and its open file. */
#include "user/posix/file.h"

/* What F_SETFL changes; the rest of its argument is ignored. */
#define FLAGS_SETTABLE (LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_ASYNC | LINUX_O_DIRECT | \
			LINUX_O_NOATIME)

static long get_flags(struct task *task, struct open_file *file)
{
	long nonblock;

	if (!file_at_pipe(file))
		return file->flags;
	nonblock = pipe_nonblock(task, file);
	return nonblock < 0 ? nonblock :
		(long)(file->flags & ~(LINUX_O_NONBLOCK | LINUX_O_DIRECT)) | nonblock;
}

static long set_flags(struct task *task, struct open_file *file, unsigned int flags)
{
	long error = file_at_pipe(file) ? pipe_set_nonblock(task, file, flags) : 0;

	if (!error)
		file->flags = (file->flags & ~FLAGS_SETTABLE) | (flags & FLAGS_SETTABLE);
	return error;
}

static long duplicate_from(struct task *task, struct open_file *file, long from, unsigned int flags)
{
	if ((unsigned int)from >= task->process->files.limit)
		return -E_INVAL;
	return descriptor_duplicate(task, file, (unsigned int)from, flags);
}

/* What is said about the open file, not about the descriptor. */
static long control_file(struct task *task, struct open_file *file, int command, long argument)
{
	switch (command) {
	case LINUX_F_SETFL:
		return set_flags(task, file, (unsigned int)argument);
	case LINUX_F_GETLK:
	case LINUX_F_SETLK:
	case LINUX_F_SETLKW:
	case LINUX_F_OFD_GETLK:
	case LINUX_F_OFD_SETLK:
	case LINUX_F_OFD_SETLKW:
		return file_lock(task, file, command, (uint64_t)argument);
	case LINUX_F_GETOWN:
	case LINUX_F_SETOWN:            /* whom SIGIO goes to: O_ASYNC sends none */
		return 0;
	case LINUX_F_GET_SEALS:
		return file_seals(task, file);
	case LINUX_F_ADD_SEALS:
		return file_add_seals(task, file, (uint32_t)argument);
	case LINUX_F_GETPIPE_SZ:
		return pipe_size(task, file, 0);
	case LINUX_F_SETPIPE_SZ:
		return (unsigned int)argument > INT32_MAX ? -E_INVAL :
			pipe_size(task, file, argument ? (unsigned int)argument : 1);
	}
	return -E_INVAL;
}

long sys_fcntl(struct task *task, long descriptor, long command, long argument)
{
	struct open_file *file = file_of(task, descriptor);
	struct descriptor *entry = files_descriptor(&task->process->files,
						    (unsigned int)descriptor);

	if (!file)
		return -E_BADF;
	switch ((int)command) {
	case LINUX_F_DUPFD:
		return duplicate_from(task, file, argument, 0);
	case LINUX_F_DUPFD_CLOEXEC:
		return duplicate_from(task, file, argument, LINUX_FD_CLOEXEC);
	case LINUX_F_GETFD:
		return entry->flags;
	case LINUX_F_SETFD:
		entry->flags = (uint16_t)argument & LINUX_FD_CLOEXEC;
		return 0;
	case LINUX_F_GETFL:
		return get_flags(task, file);
	}
	return file->flags & LINUX_O_PATH ? -E_BADF :
		control_file(task, file, (int)command, argument);
}

static long set_nonblock(struct task *task, struct open_file *file, uint64_t address)
{
	int32_t on;
	long error = copy_from_program(&on, address, sizeof(on));

	return error ? error : set_flags(task, file, (file->flags & ~LINUX_O_NONBLOCK) |
					 (on ? LINUX_O_NONBLOCK : 0));
}

static long block_size(struct task *task, struct open_file *file, uint64_t address)
{
	struct fs_status status;
	long error = file_get_status(task, file, &status);
	int32_t bytes = error ? 0 : (int32_t)status.block_bytes;

	if (error)
		return error;
	return bytes ? copy_to_program(address, &bytes, sizeof(bytes)) : -E_INVAL;
}

long sys_ioctl(struct task *task, long descriptor, long command, long argument)
{
	struct open_file *file = file_of(task, descriptor);
	struct descriptor *entry = files_descriptor(&task->process->files,
						    (unsigned int)descriptor);
	unsigned int request = (unsigned int)command;

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	switch (request) {
	case LINUX_FIOCLEX:
		entry->flags = LINUX_FD_CLOEXEC;
		return 0;
	case LINUX_FIONCLEX:
		entry->flags = 0;
		return 0;
	case LINUX_FIONBIO:
		return set_nonblock(task, file, (uint64_t)argument);
	case LINUX_FIGETBSZ:
		return block_size(task, file, (uint64_t)argument);
	case LINUX_FICLONE:
	case LINUX_FICLONERANGE:        /* no two files here have a block in common */
		return -E_OPNOTSUPP;
	}
	if (!file_operations(file)->control)
		return -E_NOTTY;
	return file_operations(file)->control(task, file, request, (uint64_t)argument);
}
