/* SPDX-License-Identifier: MIT */
/* What may wait long for semaphores and messages: a signal ends it. */
#include "user/posix/interruptible.h"

#include "user/posix/ipc.h"
#include "user/posix/sleep.h"

#include "libipc/proto/pipe.h"

#define NS_PER_SECOND 1000000000ull
/* More than any message has. */
#define MESSAGE_ROOM  (1u << 20)

/* semop, msgsnd and msgrcv are never started again, whatever the signal was (signal(7)). */
static long result_of(status_t status)
{
	long error = status == STATUS_OK ? 0 : error_of_status(status);

	return error == -ERESTARTSYS ? -E_INTR : error;
}

/* Monotonic time of a struct timespec, relative or by the clock of the wall; 0: none. */
static long deadline_of(uint64_t address, int wall, uint64_t *deadline_ns)
{
	struct linux_timespec time;
	uint64_t ns, offset = info_page()->wall_boot_ns;
	long error;

	*deadline_ns = 0;
	if (!address)
		return 0;
	error = copy_from_program(&time, address, sizeof(time));
	if (error)
		return error;
	if (time.seconds < 0 || (uint64_t)time.nanoseconds >= NS_PER_SECOND)
		return -E_INVAL;
	if (__builtin_mul_overflow((uint64_t)time.seconds, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (uint64_t)time.nanoseconds, &ns) || ns > INT64_MAX / 2)
		return 0;
	*deadline_ns = !wall ? ns + time_now_ns() : ns > offset ? ns - offset : 1;
	return 0;
}

long sys_semtimedop(struct task *task, long id, long operations, long count, long timeout)
{
	struct pipe_semaphore_operate_request request = { .id = (uint32_t)id };
	struct pipe_semaphore_operate_reply reply;
	uint64_t bytes = (unsigned int)count * sizeof(struct semaphore_operation);
	long error;

	if (!(unsigned int)count || (int)id < 0)
		return -E_INVAL;
	if ((unsigned int)count > SEMAPHORES_CALL)
		return -E_TOOBIG;
	request.count = (uint32_t)count;
	error = program_range((uint64_t)operations, bytes);
	if (!error)
		error = deadline_of((uint64_t)timeout, 0, &request.deadline_ns);
	if (error)
		return error;
	return result_of(pipe_semaphore_operate(&task->pipe, &request, &reply,
						LEND_IN((void *)operations, bytes)));
}

long sys_semop(struct task *task, long id, long operations, long count)
{
	return sys_semtimedop(task, id, operations, count, 0);
}

/* A message begins with its type, a long. */
long sys_msgsnd(struct task *task, long id, long address, long bytes, long flags)
{
	uint64_t text = (uint64_t)address + sizeof(int64_t);
	struct pipe_message_send_reply reply;
	int64_t type;
	long error = copy_from_program(&type, (uint64_t)address, sizeof(type));

	if (error)
		return error;
	if (bytes < 0 || (int)id < 0 || type < 1)
		return -E_INVAL;
	error = program_range(text, (uint64_t)bytes);
	if (error)
		return error;
	return result_of(pipe_message_send(&task->pipe, &(struct pipe_message_send_request){
		(uint32_t)id, (uint32_t)flags & MESSAGE_NO_WAIT, type, (uint64_t)bytes }, &reply,
		LEND_IN((void *)text, (uint64_t)bytes)));
}

long sys_msgrcv(struct task *task, long id, long address, long bytes, long type, long flags)
{
	uint64_t text = (uint64_t)address + sizeof(int64_t);
	struct pipe_message_receive_request request = { (uint32_t)id, (uint32_t)flags &
		(MESSAGE_NO_WAIT | MESSAGE_CUT | MESSAGE_EXCEPT | MESSAGE_COPY), type, 0 };
	struct pipe_message_receive_reply reply;
	long error;

	if ((int)id < 0 || bytes < 0)
		return -E_INVAL;
	request.bytes = (uint64_t)bytes < MESSAGE_ROOM ? (uint64_t)bytes : MESSAGE_ROOM;
	/* Before the message is taken: it would be lost. */
	error = program_range((uint64_t)address, sizeof(int64_t) + request.bytes);
	if (!error)
		error = result_of(pipe_message_receive(&task->pipe, &request, &reply,
			LEND_OUT((void *)text, request.bytes)));
	if (!error)
		error = copy_to_program((uint64_t)address, &reply.type, sizeof(reply.type));
	return error ? error : (long)reply.bytes;
}

/* ---- POSIX ---- */

static long queue_of(struct task *task, long descriptor, unsigned int access,
		     struct open_file **file)
{
	*file = file_of(task, descriptor);
	return *file && (*file)->kind == FILE_QUEUE && (*file)->access & access ? 0 : -E_BADF;
}

long sys_mq_timedsend(struct task *task, long descriptor, long address, long bytes, long priority,
		      long timeout)
{
	struct pipe_queue_send_request request = { .priority = (uint32_t)priority,
						   .bytes = (uint64_t)bytes };
	struct pipe_queue_send_reply reply;
	struct open_file *file;
	status_t status;
	long error = deadline_of((uint64_t)timeout, 1, &request.deadline_ns);

	if (!error && (unsigned int)priority >= QUEUE_PRIORITIES)
		error = -E_INVAL;
	if (!error)
		error = queue_of(task, descriptor, FILE_WRITE, &file);
	if (!error && request.bytes > QUEUE_ROOT_BYTES)
		error = -E_MSGSIZE;
	if (!error)
		error = program_range((uint64_t)address, request.bytes);
	if (error)
		return error;
	request.record = (uint32_t)file->record;
	status = pipe_queue_send(&task->pipe, &request, &reply,
				 LEND_IN((void *)address, request.bytes));
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_mq_timedreceive(struct task *task, long descriptor, long address, long bytes,
			 long priority, long timeout)
{
	struct pipe_queue_receive_request request = { .bytes = (uint64_t)bytes };
	struct pipe_queue_receive_reply reply;
	struct open_file *file;
	uint32_t number;
	status_t status;
	long error = deadline_of((uint64_t)timeout, 1, &request.deadline_ns);

	if (!error)
		error = queue_of(task, descriptor, FILE_READ, &file);
	if (request.bytes > QUEUE_ROOT_BYTES)
		request.bytes = QUEUE_ROOT_BYTES;
	if (!error)
		error = program_range((uint64_t)address, request.bytes);
	if (error)
		return error;
	request.record = file->record;
	status = pipe_queue_receive(&task->pipe, &request, &reply,
				    LEND_OUT((void *)address, request.bytes));
	if (status != STATUS_OK)
		return error_of_status(status);
	number = (uint32_t)reply.priority;
	error = priority ? copy_to_program((uint64_t)priority, &number, sizeof(number)) : 0;
	return error ? error : (long)reply.bytes;
}
