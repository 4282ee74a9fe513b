/* SPDX-License-Identifier: MIT */
/* Ends of processes, and waiting for them. */
#include "user/posix/interruptible.h"

#include "user/posix/core.h"
#include "user/posix/dispatch.h"
#include "user/posix/pidfd.h"
#include "user/posix/threads.h"
#include "user/posix/usage.h"

/* wait4(2), waitid(2) */
#define WNOHANG    1u
#define WUNTRACED  2u                             /* WSTOPPED */
#define WEXITED    4u
#define WCONTINUED 8u
#define WNOWAIT    0x01000000u
#define WNOTHREAD  0x20000000u
#define WALL       0x40000000u
#define WCLONE     0x80000000u
enum { P_ALL, P_PID, P_PGID, P_PIDFD };
#define STATUS_CONTINUED 0xffffu
#define STATUS_STOPPED   0x7fu

long sys_exit_group(struct task *task, long status)
{
	struct threads *threads = task->process->threads;
	unsigned int number = 0;

	futex_thread_ends(task);
	for (struct task *other; threads && (other = threads_next(threads, &number)); ) {
		if (other != task)
			futex_robust_list(task, other);
	}
	/* Without a first process there is nothing to run: Linux panics, we go off. */
	if (PROCESS_PAGE(task->page)->pid == 1)
		power_off(task, (unsigned int)status);
	process_end(task, (unsigned int)(status & 0xff) << 8);
}

/* The last thread's end is the process's. */
long sys_exit(struct task *task, long status)
{
	if (task->process->threads)
		thread_end(task, (unsigned int)(status & 0xff) << 8);
	return sys_exit_group(task, status);
}

static long wait_for(struct task *task, int32_t pid, uint32_t options,
		     struct process_wait_reply *reply)
{
	status_t status = process_wait(&task->process_session,
				       &(struct process_wait_request){ pid, options }, reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_wait4(struct task *task, long pid, long status, long options, long usage)
{
	struct process_wait_reply reply;
	struct linux_usage linux_usage;
	uint32_t flags = (uint32_t)options;
	long result;

	if (flags & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE))
		return -E_INVAL;
	if ((int32_t)pid == INT32_MIN)
		return -E_SRCH;
	result = wait_for(task, (int32_t)pid,
			  (flags & (WNOHANG | WUNTRACED | WCONTINUED | WALL | WCLONE)) | WEXITED,
			  &reply);
	if (result || !reply.pid)
		return result;
	if (status && copy_to_program((uint64_t)status, &reply.status, sizeof(reply.status)))
		return -E_FAULT;
	usage_of(&reply.usage, &linux_usage);
	if (usage && copy_to_program((uint64_t)usage, &linux_usage, sizeof(linux_usage)))
		return -E_FAULT;
	return reply.pid;
}

static void describe(const struct process_wait_reply *reply, struct signal_info *info)
{
	uint32_t status = reply->status;

	*info = (struct signal_info){ .signo = SIGCHLD };
	info->child.pid = (uint32_t)reply->pid;
	info->child.uid = reply->user;
	info->child.status = status & 0x7f;
	if (status == STATUS_CONTINUED) {
		info->code = CLD_CONTINUED;
		info->child.status = SIGCONT;
	} else if ((status & 0xff) == STATUS_STOPPED) {
		info->code = CLD_STOPPED;
		info->child.status = status >> 8;
	} else if (status & 0x7f) {
		info->code = status & STATUS_CORE ? CLD_DUMPED : CLD_KILLED;
	} else {
		info->code = CLD_EXITED;
		info->child.status = status >> 8 & 0xff;
	}
}

long sys_waitid(struct task *task, long kind, long id, long information, long options, long usage)
{
	struct process_wait_reply reply;
	struct linux_usage linux_usage;
	struct signal_info info = { 0 };
	uint32_t flags = (uint32_t)options;
	int32_t pid = (int32_t)id;
	int at_once = 0;
	long result;

	if ((flags & ~(WNOHANG | WUNTRACED | WEXITED | WCONTINUED | WNOWAIT | WNOTHREAD | WALL | WCLONE)) ||
	    !(flags & (WUNTRACED | WEXITED | WCONTINUED)))
		return -E_INVAL;
	if ((uint64_t)kind > P_PIDFD || (kind == P_PID && pid <= 0) ||
	    (kind >= P_PGID && pid < 0))
		return -E_INVAL;
	if (kind == P_PIDFD) {
		result = pidfd_wait(task, id, &pid, &at_once);
		if (result)
			return result;
		at_once = at_once && !(flags & WNOHANG);
		flags |= at_once ? WNOHANG : 0;
	}
	if (kind == P_PGID && pid == 0)
		pid = (int32_t)PROCESS_PAGE(task->page)->group;
	pid = kind == P_ALL ? -1 : kind == P_PGID ? -pid : pid;
	result = wait_for(task, pid, flags & (WNOHANG | WUNTRACED | WEXITED |
			  WCONTINUED | WNOWAIT | WALL | WCLONE), &reply);
	if (result)
		return result;
	if (!reply.pid && at_once)
		return -E_AGAIN;
	if (reply.pid)
		describe(&reply, &info);
	usage_of(&reply.usage, &linux_usage);
	if (information && copy_to_program((uint64_t)information, &info, sizeof(info)))
		return -E_FAULT;
	if (usage && reply.pid && copy_to_program((uint64_t)usage, &linux_usage, sizeof(linux_usage)))
		return -E_FAULT;
	return 0;
}
