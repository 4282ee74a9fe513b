/* SPDX-License-Identifier: MIT */
/* Pipes and fifos: ends are records of the pipe service, which also keeps their O_NONBLOCK. */
#include "user/posix/node.h"

#include "libipc/proto/pipe.h"
#include "libipc/proto/process.h"

static long pipe_result(status_t status)
{
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long pipe_state(struct task *task, struct open_file *file, struct pipe_status_reply *state)
{
	return pipe_result(pipe_status(&task->pipe, &(struct pipe_status_request){ file->record },
				       state, 0));
}

/* A fifo is its file; a pipe has a file system of its own on Linux. */
static long pipe_file_status(struct task *task, struct open_file *file, struct fs_status *status)
{
	struct fs_status_reply reply;
	struct pipe_status_reply state;
	long error;

	if (file->node) {
		error = pipe_result(fs_status(&task->fs, &(struct fs_status_request){ file->node },
					      &reply, 0));
		*status = reply.status;
		return error;
	}
	error = pipe_state(task, file, &state);
	if (error)
		return error;
	*status = (struct fs_status){
		.inode = state.pipe,
		.mode = LINUX_S_IFIFO | 0600,
		.links = 1,
		.volume = FILE_VOLUME_ANONYMOUS + 13,
		.block_bytes = 4096,
	};
	return proc_owner(task, PROCESS_PAGE(task->page)->pid, &status->uid, &status->gid);
}

long anonymous_status(struct task *task, struct open_file *file __attribute__((unused)),
		      struct fs_status *status)
{
	*status = (struct fs_status){
		.inode = 1,
		.mode = 0600,
		.links = 1,
		.volume = FILE_VOLUME_ANONYMOUS + 14,
		.block_bytes = 4096,
	};
	return proc_owner(task, PROCESS_PAGE(task->page)->pid, &status->uid, &status->gid);
}

long pipe_poll_file(struct task *task, struct open_file *file, unsigned int events,
		    unsigned int arm)
{
	struct pipe_poll_request request = { .count = 1, .arm = arm };
	struct pipe_poll_reply reply;

	request.item[0].record = (uint32_t)file->record;
	request.item[0].events = events;
	if (pipe_poll(&task->pipe, &request, &reply, 0) != STATUS_OK)
		return LINUX_POLLERR;
	return (long)POLL_NEWS(reply.ready[0], reply.changes[0]);
}

long pipe_control(struct task *task, struct open_file *file, uint64_t request, uint64_t argument)
{
	struct pipe_status_reply state;
	int32_t bytes;
	long error;

	if (request != LINUX_FIONREAD)
		return -E_NOTTY;
	error = pipe_state(task, file, &state);
	bytes = (int32_t)state.bytes;
	return error ? error : copy_to_program(argument, &bytes, sizeof(bytes));
}

void pipe_release_file(struct task *task, struct open_file *file)
{
	struct pipe_release_reply reply;

	/* Refused only if it is not held: then there is nothing to release. */
	(void)!pipe_release(&task->pipe, &(struct pipe_release_request){ file->record }, &reply, 0);
	disk_release(task, file->node);
}

long pipe_size(struct task *task, struct open_file *file, uint64_t bytes)
{
	struct pipe_resize_reply reply;
	status_t status = STATUS_ERRNO(E_BADF);

	if (file->kind == FILE_PIPE)
		status = pipe_resize(&task->pipe, &(struct pipe_resize_request){ file->record, bytes },
				     &reply, 0);
	return status == STATUS_OK ? (long)reply.bytes : error_of_status(status);
}

long pipe_nonblock(struct task *task, struct open_file *file)
{
	struct pipe_status_reply state;
	long error = pipe_state(task, file, &state);

	if (error)
		return error;
	return (state.flags & PIPE_NONBLOCK ? LINUX_O_NONBLOCK : 0) |
	       (state.flags & PIPE_PACKETS ? LINUX_O_DIRECT : 0);
}

/* Of the flags of an open file, those that the service keeps. */
static uint32_t pipe_flags_of(unsigned int kind, unsigned int flags)
{
	return (flags & LINUX_O_NONBLOCK ? PIPE_NONBLOCK : 0) |
	       (kind == FILE_PIPE && flags & LINUX_O_DIRECT ? PIPE_PACKETS : 0);
}

long pipe_set_nonblock(struct task *task, struct open_file *file, unsigned int flags)
{
	struct pipe_flags_reply reply;

	return pipe_result(pipe_flags(&task->pipe, &(struct pipe_flags_request){
		(uint32_t)file->record, pipe_flags_of(file->kind, flags) }, &reply, 0));
}

/* A descriptor for one end; without one the end is released. */
static long end_name(struct task *task, uint32_t record, unsigned int access, unsigned int flags)
{
	struct open_file end = {
		.kind = FILE_PIPE,
		.access = (uint8_t)access,
		.flags = flags & ~LINUX_O_CLOEXEC,
		.record = record,
	};

	return descriptor_make(task, &end, flags);
}

long sys_pipe2(struct task *task, long address, long flags)
{
	struct pipe_create_reply ends;
	int32_t descriptor[2];
	long error;

	if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK | LINUX_O_DIRECT))
		return -E_INVAL;
	error = pipe_result(pipe_create(&task->pipe, &(struct pipe_create_request){
		pipe_flags_of(FILE_PIPE, (unsigned int)flags) }, &ends, 0));
	if (error)
		return error;
	descriptor[0] = (int32_t)end_name(task, ends.read_record, FILE_READ,
					  (unsigned int)flags | LINUX_O_RDONLY);
	descriptor[1] = (int32_t)end_name(task, ends.write_record, FILE_WRITE,
					  (unsigned int)flags | LINUX_O_WRONLY);
	error = descriptor[0] < 0 ? descriptor[0] : descriptor[1] < 0 ? descriptor[1] :
		copy_to_program((uint64_t)address, descriptor, sizeof(descriptor));
	for (int end = 0; error && end < 2; end++)
		if (descriptor[end] >= 0)
			(void)!file_close(task, descriptor[end]);
	return error;
}

long sys_pipe(struct task *task, long address)
{
	return sys_pipe2(task, address, 0);
}

const struct file_operations pipe_operations = {
	.name = "pipe:[%lu]",
	.read = pipe_read_file,
	.write = pipe_write_file,
	.status = pipe_file_status,
	.poll = pipe_poll_file,
	.control = pipe_control,
	.release = pipe_release_file,
};
