/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of processes. An open file has the pid (record) and when that process began (node):
 * so it never means another one. Process knows the rest, and tells who waits for somebody's end.
 */
#include "user/posix/pidfd.h"

#include "user/posix/dispatch.h"
#include "user/posix/node.h"
#include "user/posix/poll.h"

#define PIDFD_NONBLOCK LINUX_O_NONBLOCK

/* -ESRCH: it is gone, reaped too. */
static long process_of(struct task *task, const struct open_file *file,
		       struct process_list_reply *reply)
{
	status_t status = process_list(&task->process_session,
		&(struct process_list_request){ file->record }, reply, 0);

	return status == STATUS_OK && reply->identity.pid == file->record &&
	       reply->start_ns == file->node ? 0 : -E_SRCH;
}

/* Readable when it has ended. */
static long pidfd_poll(struct task *task, struct open_file *file, unsigned int events,
		       unsigned int arm)
{
	struct process_list_reply reply;

	/* First, so that no end is missed. */
	if (arm)
		(void)!process_watch_ends(&task->process_session,
			&(struct process_watch_ends_request){ },
			&(struct process_watch_ends_reply){ }, 0);
	if (!process_of(task, file, &reply) && reply.identity.state != PROCESS_ZOMBIE)
		return 0;
	return (long)POLL_NEWS(events & LINUX_POLLIN, 1);
}

const struct file_operations pidfd_operations = {
	.name = "anon_inode:[pidfd]",
	.status = anonymous_status,
	.poll = pidfd_poll,
};

long pidfd_make(struct task *task, uint32_t pid, unsigned int flags)
{
	struct open_file file = { .kind = FILE_PROCESS, .access = FILE_READ | FILE_WRITE,
		.flags = LINUX_O_RDWR | flags, .record = pid };

	return descriptor_make(task, &file, LINUX_O_CLOEXEC);
}

void pidfd_begin(struct task *task, long descriptor, uint32_t pid)
{
	struct open_file *file = file_of(task, descriptor);
	struct process_list_reply reply;

	file->record = pid;
	if (!process_list(&task->process_session, &(struct process_list_request){ pid }, &reply,
			  0) && reply.identity.pid == pid)
		file->node = reply.start_ns;
}

static struct open_file *pidfd_of(struct task *task, long descriptor)
{
	struct open_file *file = file_of(task, descriptor);

	return file && file->kind == FILE_PROCESS ? file : 0;
}

long pidfd_wait(struct task *task, long descriptor, int32_t *pid, int *at_once)
{
	const struct open_file *file = pidfd_of(task, descriptor);
	struct process_list_reply reply;

	if (!file)
		return -E_BADF;
	*at_once = (file->flags & PIDFD_NONBLOCK) != 0;
	*pid = (int32_t)file->record;
	return process_of(task, file, &reply) ? -E_CHILD : 0;
}

long sys_pidfd_open(struct task *task, long pid, long flags)
{
	struct process_details_reply details;
	status_t status;
	long descriptor;

	if (flags & ~(long)PIDFD_NONBLOCK || (int)pid <= 0)
		return -E_INVAL;
	status = process_details(&task->process_session,
		&(struct process_details_request){ (uint32_t)pid }, &details, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	/* A thread is no process. */
	if (details.pid != (uint32_t)pid)
		return -E_INVAL;
	descriptor = pidfd_make(task, details.pid, (unsigned int)flags);
	if (descriptor >= 0)
		pidfd_begin(task, descriptor, details.pid);
	return descriptor;
}

/* Of a pidfd, or of a directory /proc/PID. */
static long pid_meant(struct task *task, long descriptor, uint32_t *pid)
{
	const struct open_file *file = file_of(task, descriptor);
	struct process_list_reply reply;

	if (file && file->kind == FILE_VIRTUAL && NODE_ROW(file->node) == NODE_PID &&
	    !NODE_THREAD(file->node)) {
		*pid = NODE_PROCESS(file->node);
		return 0;
	}
	if (!file || file->kind != FILE_PROCESS)
		return -E_BADF;
	*pid = (uint32_t)file->record;
	return process_of(task, file, &reply);
}

long sys_pidfd_send_signal(struct task *task, long descriptor, long signal, long information,
			   long flags)
{
	struct signal_info info;
	uint32_t pid;
	long error;

	if (flags)
		return -E_INVAL;
	error = pid_meant(task, descriptor, &pid);
	if (error)
		return error;
	if (!information)
		return sys_kill(task, pid, signal);
	if (copy_from_program(&info, (uint64_t)information, sizeof(info)))
		return -E_FAULT;
	if (info.signo != (int)signal)
		return -E_INVAL;
	return sys_rt_sigqueueinfo(task, pid, signal, information);
}
