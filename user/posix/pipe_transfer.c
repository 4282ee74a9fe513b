/* SPDX-License-Identifier: MIT */
/* What may wait long at the pipe service: a signal ends it. */
#include "user/posix/interruptible.h"

#include "user/posix/file.h"

#include "libipc/proto/pipe.h"

long pipe_read_file(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		    uint64_t position __attribute__((unused)))
{
	struct pipe_read_reply reply;
	status_t status;

	if (bytes == 0)
		return 0;
	bytes = bytes < PIPE_CAPACITY_MOST ? bytes : PIPE_CAPACITY_MOST;
	status = pipe_read(&task->pipe, &(struct pipe_read_request){
		(uint32_t)file->record, (uint32_t)bytes }, &reply,
		LEND_OUT((void *)address, bytes));
	return status == STATUS_OK ? (long)reply.bytes : error_of_status(status);
}

/* Goes on until all is written, but for O_NONBLOCK: then the service answers AGAIN. */
long pipe_write_file(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		     uint64_t position __attribute__((unused)))
{
	uint64_t done = 0;
	long error = 0;

	while (done < bytes && !error) {
		uint64_t left = bytes - done;
		uint64_t step = left < PIPE_CAPACITY_MOST ? left : PIPE_CAPACITY_MOST;
		struct pipe_write_reply reply;
		status_t status = pipe_write(&task->pipe, &(struct pipe_write_request){
			(uint32_t)file->record, (uint32_t)step }, &reply,
			LEND_IN((void *)(address + done), step));

		error = status == STATUS_OK ? 0 : error_of_status(status);
		if (!error)
			done += reply.bytes;
	}
	if (error == -E_PIPE)
		signal_raise(task, SIGPIPE);
	return done ? (long)done : error;
}

long pipe_open_fifo(struct task *task, const struct fs_open_reply *opened, unsigned int flags,
		    struct open_file *file)
{
	struct pipe_open_request request = {
		.inode = opened->inode,
		.volume = opened->volume,
		.flags = (flags & LINUX_O_NONBLOCK ? PIPE_NONBLOCK : 0) |
			 (flags & LINUX_O_DIRECT ? PIPE_PACKETS : 0),
	};
	struct pipe_open_reply reply;
	status_t status;

	_Static_assert(FILE_READ == PIPE_READ && FILE_WRITE == PIPE_WRITE, "access is passed on");
	request.access = file->access;
	status = pipe_open(&task->pipe, &request, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	file->kind = FILE_PIPE;
	file->record = reply.record;
	file->node = opened->handle;
	return 0;
}
