/* SPDX-License-Identifier: MIT */
/* fcntl, ioctl, flock: what can be said about a descriptor and its open file. */
#include "user/posix/file.h"

#define PIPE_SIZE 65536

/* What F_SETFL changes; the rest of its argument is ignored. */
#define FLAGS_SETTABLE (LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_ASYNC | LINUX_O_DIRECT | \
			LINUX_O_NOATIME)

static long get_flags(struct task *task, struct open_file *file)
{
	long nonblock;

	if (!file_at_pipe(file))
		return file->flags;
	nonblock = pipe_nonblock(task, file);
	return nonblock < 0 ? nonblock : (long)(file->flags & ~LINUX_O_NONBLOCK) | nonblock;
}

static long set_flags(struct task *task, struct open_file *file, unsigned int flags)
{
	long error = file_at_pipe(file) ? pipe_set_nonblock(task, file, flags) : 0;

	if (!error)
		file->flags = (file->flags & ~FLAGS_SETTABLE) | (flags & FLAGS_SETTABLE);
	return error;
}

/*
 * Record locks and flock are granted to everybody: locks between processes do not exist yet.
 * Arguments are checked as if they did.
 */
static long lock(struct open_file *file, long command, uint64_t address)
{
	struct linux_flock flock;
	int query = command == LINUX_F_GETLK || command == LINUX_F_OFD_GETLK;
	long error = copy_from_program(&flock, address, sizeof(flock));

	if (error)
		return error;
	if (flock.type < LINUX_F_RDLCK || flock.type > LINUX_F_UNLCK ||
	    flock.whence < LINUX_SEEK_SET || flock.whence > LINUX_SEEK_END)
		return -E_INVAL;
	if (query) {
		flock.type = LINUX_F_UNLCK;
		return copy_to_program(address, &flock, sizeof(flock));
	}
	if ((flock.type == LINUX_F_RDLCK && !(file->access & FILE_READ)) ||
	    (flock.type == LINUX_F_WRLCK && !(file->access & FILE_WRITE)))
		return -E_BADF;
	return 0;
}

static long duplicate_from(struct task *task, struct open_file *file, long from, unsigned int flags)
{
	if ((unsigned int)from >= task->process->files.limit)
		return -E_INVAL;
	return descriptor_duplicate(task, file, (unsigned int)from, flags);
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
	if (file->flags & LINUX_O_PATH)
		return -E_BADF;
	switch ((int)command) {
	case LINUX_F_SETFL:
		return set_flags(task, file, (unsigned int)argument);
	case LINUX_F_GETLK:
	case LINUX_F_SETLK:
	case LINUX_F_SETLKW:
	case LINUX_F_OFD_GETLK:
	case LINUX_F_OFD_SETLK:
	case LINUX_F_OFD_SETLKW:
		return lock(file, command, (uint64_t)argument);
	case LINUX_F_GETOWN:
	case LINUX_F_SETOWN:            /* whom SIGIO goes to: O_ASYNC sends none */
		return 0;
	case LINUX_F_GETPIPE_SZ:
		return file->kind == FILE_PIPE ? PIPE_SIZE : -E_BADF;
	case LINUX_F_SETPIPE_SZ:
		if (file->kind != FILE_PIPE)
			return -E_BADF;
		return argument <= PIPE_SIZE ? PIPE_SIZE : -E_PERM;
	}
	return -E_INVAL;
}

long sys_flock(struct task *task, long descriptor, long operation)
{
	struct open_file *file = file_of(task, descriptor);
	long kind = operation & ~4l;            /* without LOCK_NB */

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	return kind == 1 || kind == 2 || kind == 8 ? 0 : -E_INVAL;
}

static long set_nonblock(struct task *task, struct open_file *file, uint64_t address)
{
	int32_t on;
	long error = copy_from_program(&on, address, sizeof(on));

	return error ? error : set_flags(task, file, (file->flags & ~LINUX_O_NONBLOCK) |
					 (on ? LINUX_O_NONBLOCK : 0));
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
	}
	if (!file_operations(file)->control)
		return -E_NOTTY;
	return file_operations(file)->control(task, file, request, (uint64_t)argument);
}
