/* SPDX-License-Identifier: MIT */
/* POSIX message queues: descriptors of records at the pipe service. */
#include "user/posix/ipc.h"

#include "libipc/format.h"
#include "libipc/string.h"

#define RLIMIT_MSGQUEUE 12
#define TEXT_BYTES      96

enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD };

struct linux_mq_attr { int64_t flags, messages_most, message_bytes, messages, reserved[4]; };
struct linux_sigevent { uint64_t value; int32_t signal, how; uint8_t rest[48]; };

static long result_of(status_t status)
{
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* A name in the personality's memory; the library has taken the slash off. */
static long name_from(char name[QUEUE_NAME_BYTES + 1], long address)
{
	return string_from_program(name, (uint64_t)address, QUEUE_NAME_BYTES + 1);
}

static long attributes_from(uint64_t address, struct pipe_queue_open_request *request)
{
	struct linux_mq_attr attributes;
	long error;

	if (!address)
		return 0;
	error = copy_from_program(&attributes, address, sizeof(attributes));
	request->flags |= QUEUE_SIZED;
	request->messages = attributes.messages_most;
	request->message_bytes = attributes.message_bytes;
	return error;
}

long sys_mq_open(struct task *task, long address, long flags, long mode, long attributes)
{
	static const uint8_t access[] = { FILE_READ, FILE_WRITE, FILE_READ | FILE_WRITE };
	struct pipe_queue_open_request request = {
		.flags = (flags & LINUX_O_CREAT ? QUEUE_CREATE : 0) |
			 (flags & LINUX_O_EXCL ? QUEUE_EXCLUSIVE : 0) |
			 (flags & LINUX_O_NONBLOCK ? QUEUE_NONBLOCK : 0),
		.mode = (uint32_t)mode & ~task->process->files.umask,
	};
	struct open_file file = { .kind = FILE_QUEUE,
		.flags = (unsigned int)flags & (LINUX_O_ACCMODE | LINUX_O_NONBLOCK) };
	struct process_limit_reply limit;
	struct pipe_queue_open_reply reply;
	char name[QUEUE_NAME_BYTES + 1];
	long length = name_from(name, address), error;
	status_t status;

	if (length < 0)
		return length;
	if ((flags & LINUX_O_ACCMODE) == LINUX_O_ACCMODE)
		return -E_INVAL;
	/* Before there is a queue: without room for its descriptor none is made. */
	error = files_lowest(task, &task->process->files, 0);
	if (error < 0)
		return error;
	error = flags & LINUX_O_CREAT ? attributes_from((uint64_t)attributes, &request) : 0;
	if (!error)
		error = result_of(process_limit(&task->process_session,
			&(struct process_limit_request){ .resource = RLIMIT_MSGQUEUE }, &limit, 0));
	if (error)
		return error;
	request.access = file.access = access[flags & LINUX_O_ACCMODE];
	request.name_bytes = (uint32_t)length;
	request.limit = limit.soft;
	status = pipe_queue_open(&task->pipe, &request, &reply, LEND_IN(name, request.name_bytes));
	if (status != STATUS_OK)
		return error_of_status(status);
	file.record = reply.record;
	return descriptor_make(task, &file, LINUX_O_CLOEXEC);
}

long sys_mq_unlink(struct task *task, long address)
{
	char name[QUEUE_NAME_BYTES + 1];
	struct pipe_queue_unlink_reply reply;
	long length = name_from(name, address);

	if (length < 0)
		return length;
	return result_of(pipe_queue_unlink(&task->pipe, &(struct pipe_queue_unlink_request){
		(uint64_t)length }, &reply, LEND_IN(name, (uint64_t)length)));
}

static long queue_of(struct task *task, long descriptor, struct open_file **file)
{
	*file = file_of(task, descriptor);
	return *file && (*file)->kind == FILE_QUEUE ? 0 : -E_BADF;
}

long sys_mq_notify(struct task *task, long descriptor, long address)
{
	struct pipe_queue_notify_request request = { .how = QUEUE_NOTHING };
	struct pipe_queue_notify_reply reply;
	struct linux_sigevent event;
	struct open_file *file;
	long error;

	if (address) {
		error = copy_from_program(&event, (uint64_t)address, sizeof(event));
		if (error)
			return error;
		if (event.how != SIGEV_SIGNAL && event.how != SIGEV_NONE &&
		    event.how != SIGEV_THREAD)
			return -E_INVAL;
		if (event.how == SIGEV_SIGNAL && (uint32_t)event.signal > SIGNAL_COUNT)
			return -E_INVAL;
		/* Linux tells threads by a netlink socket. */
		if (event.how == SIGEV_THREAD)
			return -E_BADF;
		request.how = event.how == SIGEV_SIGNAL && event.signal ? QUEUE_SIGNAL :
			QUEUE_SILENT;
		request.signal = (uint32_t)event.signal;
		request.value = event.value;
	}
	error = queue_of(task, descriptor, &file);
	if (error)
		return error;
	request.record = (uint32_t)file->record;
	return result_of(pipe_queue_notify(&task->pipe, &request, &reply, 0));
}

long sys_mq_getsetattr(struct task *task, long descriptor, long new, long old)
{
	struct pipe_queue_state_reply state;
	struct linux_mq_attr attributes, was;
	struct open_file *file;
	long error = 0;

	if (new)
		error = copy_from_program(&attributes, (uint64_t)new, sizeof(attributes));
	if (!error && new && attributes.flags & ~(int64_t)LINUX_O_NONBLOCK)
		error = -E_INVAL;
	if (!error)
		error = queue_of(task, descriptor, &file);
	if (!error)
		error = result_of(pipe_queue_state(&task->pipe, &(struct pipe_queue_state_request){
			file->record }, &state, 0));
	if (!error && new)
		error = pipe_set_nonblock(task, file, (unsigned int)attributes.flags);
	if (error || !old)
		return error;
	was = (struct linux_mq_attr){ state.nonblock ? LINUX_O_NONBLOCK : 0,
		(int64_t)state.messages_most, (int64_t)state.message_bytes,
		(int64_t)state.messages, { 0 } };
	return copy_to_program((uint64_t)old, &was, sizeof(was));
}

/* What read(2) gives: a line about the queue. */
static long queue_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		       uint64_t position __attribute__((unused)))
{
	struct pipe_queue_state_reply state;
	char text[TEXT_BYTES];
	uint64_t length, part;
	long error = result_of(pipe_queue_state(&task->pipe, &(struct pipe_queue_state_request){
		file->record }, &state, 0));

	if (error)
		return error;
	length = format_text(text, sizeof(text),
			     "QSIZE:%-10lu NOTIFY:%-5u SIGNO:%-5u NOTIFY_PID:%-6u\n", state.bytes,
			     state.pid && state.how == QUEUE_SILENT ? SIGEV_NONE : SIGEV_SIGNAL,
			     state.signal, state.pid);
	if (file->position >= length)
		return 0;
	part = length - file->position < bytes ? length - file->position : bytes;
	error = file_fill(address, text + file->position, part);
	if (error)
		return error;
	file->position += part;
	return (long)part;
}

const struct file_operations queue_operations = {
	.name = "/mqueue",
	.read = queue_read,
	.seek = anonymous_seek,
	.status = anonymous_status,
	.poll = pipe_poll_file,
	.release = pipe_release_file,
};
