/* SPDX-License-Identifier: MIT */
/* splice, tee and vmsplice: to and from pipes, by way of a buffer in here. */
#include "user/posix/file.h"
#include "user/posix/poll.h"

#include "libipc/proto/pipe.h"

#define SPLICE_NONBLOCK 2u
#define SPLICE_FLAGS    0xfl
#define SPLICE_BYTES    8192

/* Is it ready for that? Waits, unless nothing is to wait: 0, -EAGAIN, -ERESTARTSYS. */
struct wait_one { struct open_file *file; unsigned int events; };

static long scan_one(struct task *task, void *state, unsigned int arm)
{
	struct wait_one *wait = state;

	return poll_file(task, wait->file, wait->events, arm) != 0;
}

static long wait_ready(struct task *task, struct open_file *file, unsigned int events, long flags)
{
	struct wait_one wait = { file, events };
	long nonblock = file->kind == FILE_PIPE ? pipe_nonblock(task, file) :
		(long)(file->flags & LINUX_O_NONBLOCK);
	long ready;

	if (nonblock < 0)
		return nonblock;
	ready = poll_wait(task, scan_one, &wait, flags & SPLICE_NONBLOCK || nonblock ?
			  POLL_AT_ONCE : POLL_FOREVER);
	return ready > 0 ? 0 : ready == 0 ? -E_AGAIN : ready == -ERESTARTNOHAND ? -ERESTARTSYS : ready;
}

/* How much a pipe takes without waiting. */
static long pipe_room(struct task *task, struct open_file *file)
{
	struct pipe_status_reply state;
	status_t status = pipe_status(&task->pipe, &(struct pipe_status_request){ file->record },
				      &state, 0);
	long size = pipe_size(task, file, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	return size < 0 ? size : size - (long)state.bytes;
}

/* The bytes that one step may move: what was read must find room, or it would be lost. */
static long step_bytes(struct task *task, struct open_file *out, uint64_t left, long flags)
{
	long room = SPLICE_BYTES, error;

	if (out->kind == FILE_PIPE) {
		error = wait_ready(task, out, LINUX_POLLOUT, flags);
		/* Before anything is read. */
		if (!error && poll_file(task, out, 0, POLL_ARM_NOT) & LINUX_POLLERR) {
			signal_raise(task, SIGPIPE);
			error = -E_PIPE;
		}
		room = error ? error : pipe_room(task, out);
	}
	if (room < 0)
		return room;
	room = room < SPLICE_BYTES ? room : SPLICE_BYTES;
	return left < (uint64_t)room ? (long)left : room;
}

/* All of it, even if `out` takes it in parts. */
static long write_all(struct task *task, struct open_file *out, const char *from, uint64_t bytes,
		      uint64_t position)
{
	uint64_t done = 0;
	long put = 0;

	while (done < bytes) {
		put = file_operations(out)->write(task, out, (uint64_t)from + done, bytes - done,
			position == POSITION_OWN ? position : position + done);
		if (put == -E_AGAIN)
			put = wait_ready(task, out, LINUX_POLLOUT, 0);
		if (put < 0)
			break;
		done += (uint64_t)put;
	}
	return done ? (long)done : put;
}

/* Stops where the next step would have to wait, once something was moved. */
static long move(struct task *task, struct open_file *in, uint64_t from, struct open_file *out,
		 uint64_t to, uint64_t bytes, long flags)
{
	char buffer[SPLICE_BYTES];
	uint64_t done = 0;
	long got = 0;

	while (done < bytes) {
		long part = step_bytes(task, out, bytes - done, done ? SPLICE_NONBLOCK : flags);
		long put;

		if (part > 0 && in->kind == FILE_PIPE)
			got = wait_ready(task, in, LINUX_POLLIN, done ? SPLICE_NONBLOCK : flags);
		if (part <= 0 || got < 0)
			return done ? (long)done : part < 0 ? part : got;
		got = file_operations(in)->read(task, in, (uint64_t)buffer, (uint64_t)part,
			from == POSITION_OWN ? from : from + done);
		put = got <= 0 ? got : write_all(task, out, buffer, (uint64_t)got,
			to == POSITION_OWN ? to : to + done);
		if (put <= 0)
			return done ? (long)done : put;
		done += (uint64_t)put;
	}
	return (long)done;
}

/* A position that the program gives; address 0: the file's own. */
static long position_of(const struct open_file *file, uint64_t address, uint64_t *position)
{
	long error;

	*position = POSITION_OWN;
	if (!address)
		return 0;
	if (!file_operations(file)->seek)
		return -E_SPIPE;
	error = copy_from_program(position, address, sizeof(*position));
	return error ? error : (int64_t)*position < 0 ? -E_INVAL : 0;
}

static long position_tell(uint64_t address, uint64_t position, long moved)
{
	if (!address || moved <= 0)
		return 0;
	position += (uint64_t)moved;
	return copy_to_program(address, &position, sizeof(position));
}

static int same_pipe(struct task *task, struct open_file *in, struct open_file *out)
{
	struct fs_status a, b;

	return in->kind == FILE_PIPE && out->kind == FILE_PIPE &&
	       !file_get_status(task, in, &a) && !file_get_status(task, out, &b) &&
	       a.inode == b.inode && a.volume == b.volume;
}

long sys_splice(struct task *task, long from, long from_address, long to, long to_address,
		long bytes, long flags)
{
	struct open_file *in = file_of(task, from), *out = file_of(task, to);
	uint64_t from_position, to_position;
	long moved, error;

	if (!bytes)
		return 0;
	if (flags & ~SPLICE_FLAGS)
		return -E_INVAL;
	if (!in || !(in->access & FILE_READ) || !out || !(out->access & FILE_WRITE))
		return -E_BADF;
	error = position_of(in, (uint64_t)from_address, &from_position);
	if (!error)
		error = position_of(out, (uint64_t)to_address, &to_position);
	if (error)
		return error;
	if ((in->kind != FILE_PIPE && out->kind != FILE_PIPE) || out->flags & LINUX_O_APPEND ||
	    !file_operations(in)->read || !file_operations(out)->write || same_pipe(task, in, out))
		return -E_INVAL;
	moved = move(task, in, from_position, out, to_position,
		     (uint64_t)bytes < LINUX_TRANSFER_MAX ? (uint64_t)bytes : LINUX_TRANSFER_MAX,
		     flags);
	error = position_tell((uint64_t)from_address, from_position, moved);
	if (!error)
		error = position_tell((uint64_t)to_address, to_position, moved);
	return error ? error : moved;
}

long sys_tee(struct task *task, long from, long to, long bytes, long flags)
{
	struct open_file *in = file_of(task, from), *out = file_of(task, to);
	char buffer[SPLICE_BYTES];
	struct pipe_peek_reply reply;
	status_t status;
	long part;

	if (flags & ~SPLICE_FLAGS)
		return -E_INVAL;
	if (!bytes)
		return 0;
	if (!in || !(in->access & FILE_READ) || !out || !(out->access & FILE_WRITE))
		return -E_BADF;
	if (in->kind != FILE_PIPE || out->kind != FILE_PIPE || same_pipe(task, in, out))
		return -E_INVAL;
	part = wait_ready(task, in, LINUX_POLLIN, flags);
	if (!part)
		part = step_bytes(task, out, (uint64_t)bytes, flags);
	if (part <= 0)
		return part;
	status = pipe_peek(&task->pipe, &(struct pipe_peek_request){ (uint32_t)in->record,
		(uint32_t)part }, &reply, LEND_OUT(buffer, (uint64_t)part));
	if (status != STATUS_OK)
		return error_of_status(status);
	return reply.bytes ? write_all(task, out, buffer, reply.bytes, POSITION_OWN) : 0;
}

/* One vector after the other, until the pipe is full; it waits for the first byte only. */
static long vmsplice_to(struct task *task, struct open_file *file, uint64_t vectors,
			uint64_t count, long flags)
{
	uint64_t done = 0;
	long part = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct linux_iovec vector;
		long error = copy_from_program(&vector, vectors + i * sizeof(vector),
					       sizeof(vector));

		if (!error && (int64_t)vector.bytes < 0)
			error = -E_INVAL;
		if (!error)
			error = program_range(vector.base, vector.bytes);
		if (!error && vector.bytes)
			error = wait_ready(task, file, LINUX_POLLOUT,
					   done ? SPLICE_NONBLOCK : flags);
		part = error ? error : pipe_room(task, file);
		if (part > 0 && vector.bytes < (uint64_t)part)
			part = (long)vector.bytes;
		if (part > 0)
			part = pipe_write_file(task, file, vector.base, (uint64_t)part,
					       POSITION_OWN);
		if (part < 0)
			break;
		done += (uint64_t)part;
		if ((uint64_t)part < vector.bytes)
			break;
	}
	return done ? (long)done : part;
}

/* The pages are copied: from a pipe, it is readv. */
long sys_vmsplice(struct task *task, long descriptor, long vectors, long count, long flags)
{
	struct open_file *file = file_of(task, descriptor);

	if (flags & ~SPLICE_FLAGS)
		return -E_INVAL;
	if (!file || file->kind != FILE_PIPE)
		return -E_BADF;
	if ((unsigned long)count > LINUX_IOV_MAX)
		return -E_INVAL;
	if (file->access & FILE_WRITE)
		return vmsplice_to(task, file, (uint64_t)vectors, (uint64_t)count, flags);
	if (count && flags & SPLICE_NONBLOCK) {
		long error = wait_ready(task, file, LINUX_POLLIN, flags);

		if (error)
			return error;
	}
	return sys_readv(task, descriptor, vectors, count);
}
