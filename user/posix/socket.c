/* SPDX-License-Identifier: MIT */
/* Local sockets (AF_UNIX): making and connecting them; the other families do not exist. */
#include "user/posix/node.h"
#include "user/posix/poll.h"
#include "user/posix/socket.h"

long socket_of(struct task *task, long descriptor, struct open_file **file)
{
	*file = file_of(task, descriptor);
	if (!*file || (*file)->flags & LINUX_O_PATH)
		return -E_BADF;
	return (*file)->kind == FILE_SOCKET ? 0 : -E_NOTSOCK;
}

/* type: with SOCK_CLOEXEC and SOCK_NONBLOCK. The type that it is, or -errno. */
static long check_kind(long family, long type, long protocol)
{
	long kind = type & LINUX_SOCK_TYPE_MASK;

	if (type & ~(long)(LINUX_SOCK_TYPE_MASK | LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
		return -E_INVAL;
	if (family < 0 || family >= LINUX_AF_MAX)
		return -E_AFNOSUPPORT;
	if (kind > 10)
		return -E_INVAL;
	if (family != LINUX_AF_UNIX)
		return -E_AFNOSUPPORT;
	if (protocol && protocol != LINUX_AF_UNIX)
		return -E_PROTONOSUPPORT;
	if (kind == LINUX_SOCK_RAW)
		return SOCKET_DATAGRAM;
	return kind == SOCKET_STREAM || kind == SOCKET_DATAGRAM || kind == SOCKET_SEQUENCED ? kind :
		-E_SOCKTNOSUPPORT;
}

static long make(struct task *task, uint64_t record, uint64_t type, long flags)
{
	struct open_file file = {
		.kind = FILE_SOCKET, .access = FILE_READ | FILE_WRITE,
		.flags = LINUX_O_RDWR | ((unsigned int)flags & LINUX_O_NONBLOCK),
		.record = record, .position = type,
	};

	return descriptor_make(task, &file, (unsigned int)flags & LINUX_O_CLOEXEC);
}

static uint32_t server_flags(long flags)
{
	return flags & LINUX_O_NONBLOCK ? PIPE_NONBLOCK : 0;
}

long sys_socket(struct task *task, long family, long type, long protocol)
{
	struct pipe_socket_reply reply;
	long kind = check_kind((int)family, (int)type, (int)protocol);
	status_t status;

	if (kind < 0)
		return kind;
	status = pipe_socket(&task->pipe, &(struct pipe_socket_request){ (uint32_t)kind,
		server_flags(type) }, &reply, 0);
	return status == STATUS_OK ? make(task, reply.record, (uint64_t)kind, type) :
		error_of_status(status);
}

long sys_socketpair(struct task *task, long family, long type, long protocol, long address)
{
	struct pipe_socket_pair_reply reply;
	long kind = check_kind((int)family, (int)type, (int)protocol), error;
	int32_t descriptor[2];
	status_t status;

	if (kind < 0)
		return kind;
	status = pipe_socket_pair(&task->pipe, &(struct pipe_socket_pair_request){ (uint32_t)kind,
		server_flags(type) }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	for (int i = 0; i < 2; i++)
		descriptor[i] = (int32_t)make(task, reply.record[i], (uint64_t)kind, type);
	error = descriptor[0] < 0 ? descriptor[0] : descriptor[1] < 0 ? descriptor[1] :
		copy_to_program((uint64_t)address, descriptor, sizeof(descriptor));
	for (int i = 0; error && i < 2; i++)
		if (descriptor[i] >= 0)
			(void)!file_close(task, descriptor[i]);
	return error;
}

long sys_listen(struct task *task, long descriptor, long backlog)
{
	struct pipe_listen_reply reply;
	struct open_file *file;
	long error = socket_of(task, descriptor, &file);
	uint32_t most = (uint32_t)backlog > 4096 ? 4096 : (uint32_t)backlog;
	status_t status;

	if (error)
		return error;
	status = pipe_listen(&task->pipe, &(struct pipe_listen_request){ (uint32_t)file->record,
		most }, &reply, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_connect(struct task *task, long descriptor, long address, long bytes)
{
	struct socket_target target;
	struct open_file *file;
	long error = socket_of(task, descriptor, &file);

	if (!error)
		error = socket_address_from(&target, (uint64_t)address, bytes);
	if (error)
		return error;
	if (target.family == LINUX_AF_UNSPEC && socket_type(file) == SOCKET_DATAGRAM)
		return socket_connect(task, file, &(struct socket_target){ .family = 0 },
				      SOCKET_NOWHERE);
	if (target.family != LINUX_AF_UNIX || !target.place.bytes)
		return -E_INVAL;
	error = socket_find_file(task, &target);
	return error ? error : socket_connect(task, file, &target, 0);
}

/* Waits for one event until the socket's timeout: 0 when it may have come, -EAGAIN, -EINTR. */
struct wait_one { struct open_file *file; unsigned int events; };

static long scan_one(struct task *task, void *state, unsigned int arm)
{
	struct wait_one *wait = state;

	return poll_file(task, wait->file, wait->events, arm) != 0;
}

static long wait_ready(struct task *task, struct open_file *file, unsigned int events,
		       uint64_t deadline_ns)
{
	struct wait_one wait = { file, events };
	long ready = poll_wait(task, scan_one, &wait, deadline_ns);

	/* A call with a timeout is never started again (signal(7)). */
	return ready > 0 ? 0 : ready == 0 ? -E_AGAIN : ready == -ERESTARTNOHAND ? -E_INTR : ready;
}

static uint64_t deadline_of(uint64_t timeout_ms)
{
	return time_now_ns() + timeout_ms * 1000000;
}

long sys_accept4(struct task *task, long descriptor, long address, long length, long flags)
{
	char name[SOCKET_NAME_BYTES];
	struct pipe_socket_name_reply named;
	struct open_file *file;
	long error = socket_of(task, descriptor, &file), record, made;
	uint64_t timeout_ms;
	status_t status;

	if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
		return -E_INVAL;
	if (error)
		return error;
	timeout_ms = socket_timeout_ms(file, SOCKET_RECEIVE_SHIFT);
	if (timeout_ms && !(file->flags & LINUX_O_NONBLOCK))
		error = wait_ready(task, file, LINUX_POLLIN, deadline_of(timeout_ms));
	record = error ? error : socket_accept(task, file, server_flags(flags));
	if (record < 0)
		return record;
	made = make(task, (uint64_t)record, socket_type(file), flags);
	if (made < 0 || !address)
		return made;
	status = pipe_socket_name(&task->pipe, &(struct pipe_socket_name_request){
		(uint32_t)record, 1 }, &named, LEND_OUT(name, sizeof(name)));
	error = socket_address_to(name, status == STATUS_OK ? named.bytes : 0, (uint64_t)address,
				  (uint64_t)length);
	if (error)
		(void)!file_close(task, made);
	return error ? error : made;
}

long sys_accept(struct task *task, long descriptor, long address, long length)
{
	return sys_accept4(task, descriptor, address, length, 0);
}

long sys_shutdown(struct task *task, long descriptor, long how)
{
	struct pipe_shutdown_reply reply;
	struct open_file *file;
	long error = socket_of(task, descriptor, &file);
	status_t status;

	if (error)
		return error;
	if ((unsigned long)how > 2)
		return -E_INVAL;
	/* SHUT_RD, SHUT_WR, SHUT_RDWR are the bits less one. */
	status = pipe_shutdown(&task->pipe, &(struct pipe_shutdown_request){
		(uint32_t)file->record, (uint32_t)how + 1 }, &reply, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* ---- one piece of memory, with the flags of send and recv ---- */

long socket_send_flags(struct task *task, struct open_file *file, struct socket_message *message,
		       uint64_t flags)
{
	uint64_t timeout_ms = socket_timeout_ms(file, SOCKET_SEND_SHIFT);
	uint64_t deadline_ns = timeout_ms ? deadline_of(timeout_ms) : 0, done = 0;
	int timed = timeout_ms && !(flags & LINUX_MSG_DONTWAIT) &&
		    !(file->flags & LINUX_O_NONBLOCK);
	long sent;

	if (flags & LINUX_MSG_OOB)
		return -E_OPNOTSUPP;
	message->flags |= flags & LINUX_MSG_DONTWAIT || timed ? SOCKET_DONT_WAIT : 0;
	do {
		sent = socket_send(task, file, message);
		if (sent == -E_AGAIN && timed) {
			sent = wait_ready(task, file, LINUX_POLLOUT, deadline_ns);
			if (sent)
				break;
			continue;
		}
		if (sent < 0)
			break;
		done += (uint64_t)sent;
		message->address += (uint64_t)sent;
		message->bytes -= (uint64_t)sent;
		message->files = 0;
	} while (message->bytes && socket_type(file) == SOCKET_STREAM);
	if (sent == -E_PIPE && !(flags & LINUX_MSG_NOSIGNAL) &&
	    socket_type(file) != SOCKET_DATAGRAM && !done)
		signal_raise(task, SIGPIPE);
	return done ? (long)done : sent;
}

long socket_receive_flags(struct task *task, struct open_file *file,
			  struct socket_message *message, uint64_t flags, uint32_t *whole)
{
	uint64_t timeout_ms = socket_timeout_ms(file, SOCKET_RECEIVE_SHIFT);
	uint64_t deadline_ns = timeout_ms ? deadline_of(timeout_ms) : 0, done = 0;
	int timed = timeout_ms && !(flags & LINUX_MSG_DONTWAIT) &&
		    !(file->flags & LINUX_O_NONBLOCK);
	int all = flags & LINUX_MSG_WAITALL && !(flags & LINUX_MSG_PEEK) &&
		  socket_type(file) == SOCKET_STREAM;
	long got;

	if (flags & LINUX_MSG_OOB)
		return -E_OPNOTSUPP;
	message->flags = (flags & LINUX_MSG_DONTWAIT || timed ? SOCKET_DONT_WAIT : 0) |
			 (flags & LINUX_MSG_PEEK ? SOCKET_PEEK : 0);
	do {
		got = socket_receive(task, file, message, whole);
		if (got == -E_AGAIN && timed) {
			got = wait_ready(task, file, LINUX_POLLIN, deadline_ns);
			if (got)
				break;
			got = 1;
			continue;
		}
		if (got <= 0)
			break;
		done += (uint64_t)got;
		message->address += (uint64_t)got;
		message->bytes -= (uint64_t)got;
		message->control = 0;
	} while ((all || !done) && message->bytes);
	return done ? (long)done : got;
}

static long socket_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
			uint64_t position __attribute__((unused)))
{
	struct socket_message message = { .address = address, .bytes = bytes };
	uint32_t whole;

	if (!bytes)
		return 0;
	return socket_receive_flags(task, file, &message, 0, &whole);
}

static long socket_write(struct task *task, struct open_file *file, uint64_t address,
			 uint64_t bytes, uint64_t position __attribute__((unused)))
{
	struct socket_message message = { .address = address, .bytes = bytes };

	if (!bytes && socket_type(file) == SOCKET_STREAM)
		return 0;
	return socket_send_flags(task, file, &message, 0);
}

static long socket_status(struct task *task, struct open_file *file, struct fs_status *status)
{
	struct pipe_status_reply state;
	status_t result = pipe_status(&task->pipe, &(struct pipe_status_request){ file->record },
				      &state, 0);

	if (result != STATUS_OK)
		return error_of_status(result);
	*status = (struct fs_status){
		.inode = state.pipe + 1, .mode = LINUX_S_IFSOCK | 0777, .links = 1,
		.volume = FILE_VOLUME_ANONYMOUS + 8, .block_bytes = 4096,
	};
	return proc_owner(task, PROCESS_PAGE(task->page)->pid, &status->uid, &status->gid);
}

static long socket_ioctl(struct task *task, struct open_file *file, uint64_t request,
			 uint64_t argument)
{
	int32_t nothing = 0;

	if (request == LINUX_TIOCOUTQ)
		return copy_to_program(argument, &nothing, sizeof(nothing));
	return pipe_control(task, file, request, argument);
}

const struct file_operations socket_operations = {
	.name = "socket:[%lu]",
	.read = socket_read,
	.write = socket_write,
	.status = socket_status,
	.poll = pipe_poll_file,
	.control = socket_ioctl,
	.release = pipe_release_file,
};
