/* SPDX-License-Identifier: MIT */
/*
 * fork, vfork and clone. Process copies (or shares) the program's memory and copies the private
 * pages; the child starts at posix_fork_child with the task record as it is here. Threads begin
 * there too: threads.c.
 */
#include "user/posix/dispatch.h"
#include "user/posix/pidfd.h"
#include "user/posix/threads.h"

#define CSIGNAL              0x000000ffull
#define CLONE_VM             0x00000100ull
#define CLONE_FS             0x00000200ull
#define CLONE_FILES          0x00000400ull
#define CLONE_SIGHAND        0x00000800ull
#define CLONE_PIDFD          0x00001000ull
#define CLONE_VFORK          0x00004000ull
#define CLONE_PARENT         0x00008000ull
#define CLONE_THREAD         0x00010000ull
#define CLONE_SYSVSEM        0x00040000ull
#define CLONE_SETTLS         0x00080000ull
#define CLONE_PARENT_SETTID  0x00100000ull
#define CLONE_CHILD_CLEARTID 0x00200000ull
#define CLONE_DETACHED       0x00400000ull        /* ignored, as on Linux */
#define CLONE_UNTRACED       0x00800000ull
#define CLONE_CHILD_SETTID   0x01000000ull
#define CLONE_IO             0x80000000ull
#define CLONE_CLEAR_SIGHAND  0x100000000ull
#define CLONE_KNOWN (CSIGNAL | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | \
		     CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | \
		     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | \
		     CLONE_UNTRACED | CLONE_CHILD_SETTID | CLONE_IO | CLONE_CLEAR_SIGHAND | \
		     CLONE_PIDFD)
#define CLONE_NEWTIME        0x00000080ull
#define CLONE_NAMES          0x7e020000ull        /* CLONE_NEW*, but for the one above */
/* What a thread must share with the others; processes share it only as vfork does. */
#define CLONE_THREADS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
#define CLONE_SHARES  (CLONE_FILES | CLONE_FS | CLONE_SIGHAND)

/* The other threads go on while this one waits for the child's exec. */
static void vfork_await(struct task *task, uint32_t child, uint64_t pid)
{
	int locked = task->locked != 0;

	if (locked)
		lock_leave(task);
	(void)!process_fork_await(&task->process_session, &(struct process_fork_await_request){
		child, (uint32_t)pid }, &(struct process_fork_await_reply){ }, 0);
	if (locked)
		lock_enter(task);
}

/* In the parent: the child's pid or -errno. `program` is what the child goes on with. */
static long clone_process(struct task *task, const struct clone *clone)
{
	struct process_fork_reserve_reply reserved;
	struct process_fork_reply forked;
	uint32_t flags = clone->flags & CLONE_VM ? PROCESS_FORK_VFORK : 0;
	status_t status = process_fork_reserve(&task->process_session,
		&(struct process_fork_reserve_request){ }, &reserved, 0);
	long result;

	if (status != STATUS_OK)
		return error_of_status(status);
	if (clone->flags & CLONE_PARENT)
		flags |= PROCESS_FORK_PARENT;
	if (task->process->threads || !(clone->flags & CLONE_VFORK))
		flags |= PROCESS_FORK_GO_ON;
	result = files_inherit(task, reserved.child);
	if (result) {
		status = process_fork_cancel(&task->process_session,
			&(struct process_fork_cancel_request){ reserved.child },
			&(struct process_fork_cancel_reply){ }, 0);
		return status == STATUS_OK ? result : error_of_status(status);
	}
	__asm__ volatile("fxsave64 %0" : "=m"(task->fpu));
	status = process_fork(&task->process_session, &(struct process_fork_request){
		.child = reserved.child, .pid = reserved.pid, .flags = flags,
		.rip = (uint64_t)posix_fork_child,
		.rsp = task->stack_top, .argument = (uint64_t)task,
		.fs_base = task->child.tls, .gs_base = (uint64_t)task,
		.exit_signal = clone->flags & CSIGNAL }, &forked, 0);
	if (status == STATUS_OK && flags & PROCESS_FORK_GO_ON && clone->flags & CLONE_VFORK)
		vfork_await(task, reserved.child, forked.pid);
	return status == STATUS_OK ? (long)forked.pid : error_of_status(status);
}

/* In the child: the same registers as the parent's, but for what clone(2) gives it. */
void fork_child(struct task *task)
{
	struct process_page *page;
	uint32_t tid;

	if (task->child.is_thread) {
		thread_begin(task);
		return;
	}
	threads_forget(task);
	if (task->child.clear_handlers)
		signal_forget_handlers(task);
	page = (struct process_page *)PROCESS_PAGE(task->page);
	tid = page->pid;
	__asm__ volatile("fxrstor64 %0" : : "m"(task->fpu));
	page->signals_blocked = task->signal.blocked;
	signal_publish_actions(task);
	random_seed(&task->process->random, &tid, sizeof(tid));
	task->signal.pending = 0;
	task->program.rax = 0;
	task->program.fs_base = task->child.tls;
	if (task->child.stack)
		task->program.rsp = task->child.stack;
	task->clear_child_tid = task->child.clear_tid;
	task->robust_list = 0;
	task->process->memory.future_flags = 0;
	task->slack_default_ns = task->slack_ns;
	/* Its parent's. */
	task->view[0] = task->view[1] = (struct open_file){ 0 };
	/* A bad pointer is the program's loss only, as on Linux. */
	if (task->child.set_tid)
		(void)!copy_to_program(task->child.set_tid, &tid, sizeof(tid));
	task->call = NO_CALL;
}

/* There is one name space of each kind. */
static long namespaces_refused(struct task *task)
{
	long may = capability_check(task, CAPABILITY_SYS_ADMIN);

	return may ? may : -E_INVAL;
}

static long clone_check(struct task *task, uint64_t flags)
{
	if (flags & CLONE_NAMES)
		return namespaces_refused(task);
	if ((flags & ~CLONE_KNOWN) || (flags & CSIGNAL) > SIGNAL_COUNT)
		return -E_INVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
		return -E_INVAL;
	if (((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
	    ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)) ||
	    ((flags & CLONE_SIGHAND) && (flags & CLONE_CLEAR_SIGHAND)))
		return -E_INVAL;
	/* Sharing descriptors or handlers between processes is not there. */
	if (!(flags & (CLONE_THREAD | CLONE_VFORK)) && (flags & CLONE_SHARES))
		return -E_INVAL;
	/* A thread has a directory and descriptors in common with its process, always. */
	if ((flags & CLONE_THREAD) && (~flags & (CLONE_FS | CLONE_FILES)))
		return -E_INVAL;
	return 0;
}

/* Before the child is there, because it can fail. */
static long clone_pidfd(struct task *task, uint64_t address)
{
	long descriptor = pidfd_make(task, 0, 0);
	int32_t number = (int32_t)descriptor;

	if (descriptor < 0 || !copy_to_program(address, &number, sizeof(number)))
		return descriptor;
	(void)!file_close(task, descriptor);
	return -E_FAULT;
}

static long clone_call(struct task *task, const struct clone *clone)
{
	uint64_t flags = clone->flags;
	uint32_t tid;
	long result = clone_check(task, flags), descriptor = -1;

	if (result)
		return result;
	task->child = (struct fork_child){
		.stack = clone->stack,
		.tls = flags & CLONE_SETTLS ? clone->tls : task->program.fs_base,
		.set_tid = flags & CLONE_CHILD_SETTID ? clone->child_tid : 0,
		.clear_tid = flags & CLONE_CHILD_CLEARTID ? clone->child_tid : 0,
		.parent_tid = flags & CLONE_PARENT_SETTID ? clone->parent_tid : 0,
		.clear_handlers = flags & CLONE_CLEAR_SIGHAND,
	};
	if (flags & CLONE_THREAD)
		return threads_clone(task, clone);
	if (flags & CLONE_PIDFD) {
		descriptor = clone_pidfd(task, clone->pidfd);
		if (descriptor < 0)
			return descriptor;
	}
	result = clone_process(task, clone);
	if (descriptor >= 0 && result > 0)
		pidfd_begin(task, descriptor, (uint32_t)result);
	else if (descriptor >= 0)
		(void)!file_close(task, descriptor);
	tid = (uint32_t)result;
	if (result > 0 && (flags & CLONE_PARENT_SETTID) &&
	    copy_to_program(clone->parent_tid, &tid, sizeof(tid)))
		return -E_FAULT;
	return result;
}

long sys_clone(struct task *task, long flags, long stack, long parent_tid, long child_tid, long tls)
{
	/* Both would go to the same place. */
	if ((uint32_t)flags & CLONE_PIDFD && (uint32_t)flags & CLONE_PARENT_SETTID)
		return -E_INVAL;
	return clone_call(task, &(struct clone){ (uint32_t)flags, (uint64_t)stack,
		(uint64_t)parent_tid, (uint64_t)child_tid, (uint64_t)tls, (uint64_t)parent_tid });
}

/* struct clone_args. */
struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_bytes, tls;
	uint64_t set_tid, set_tid_count, control_group;
};
#define CLONE_ARGUMENTS_FIRST 64                  /* bytes in its first version */

/* What a later version has more must be zero. */
static long clone_arguments(struct clone_arguments *to, uint64_t address, uint64_t bytes)
{
	uint64_t known = bytes < sizeof(*to) ? bytes : sizeof(*to), more = 0;

	if (bytes > PAGE_BYTES)
		return -E_TOOBIG;
	for (uint64_t at = known; at < bytes; at += 8) {
		uint64_t step = bytes - at < 8 ? bytes - at : 8;

		if (copy_from_program(&more, address + at, step))
			return -E_FAULT;
		if (more)
			return -E_TOOBIG;
	}
	return copy_from_program(to, address, known);
}

long sys_clone3(struct task *task, long address, long bytes)
{
	struct clone_arguments given = { 0 };
	struct clone clone;
	long error;

	if ((uint64_t)bytes < CLONE_ARGUMENTS_FIRST)
		return -E_INVAL;
	error = clone_arguments(&given, (uint64_t)address, (uint64_t)bytes);
	if (error)
		return error;
	if ((given.flags & (CSIGNAL | CLONE_DETACHED) & ~CLONE_NEWTIME) ||
	    given.exit_signal > SIGNAL_COUNT || given.set_tid_count ||
	    !given.stack != !given.stack_bytes ||
	    ((given.flags & (CLONE_THREAD | CLONE_PARENT)) && given.exit_signal))
		return -E_INVAL;
	clone = (struct clone){ given.flags | given.exit_signal, given.stack + given.stack_bytes,
				given.parent_tid, given.child_tid, given.tls, given.pidfd };
	return clone_call(task, &clone);
}

long sys_fork(struct task *task)
{
	return clone_call(task, &(struct clone){ .flags = SIGCHLD });
}

long sys_vfork(struct task *task)
{
	return clone_call(task, &(struct clone){ .flags = CLONE_VFORK | CLONE_VM | SIGCHLD });
}

/* A process shares nothing with others that it could stop sharing; its threads share all. */
long sys_unshare(struct task *task, long flags)
{
	const struct threads *threads = task->process->threads;
	uint64_t own = CLONE_FS | CLONE_FILES | CLONE_SYSVSEM;
	uint64_t with_threads = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;

	if ((uint64_t)flags & ~(own | with_threads | CLONE_NAMES | CLONE_NEWTIME))
		return -E_INVAL;
	if ((uint64_t)flags & (CLONE_NAMES | CLONE_NEWTIME))
		return namespaces_refused(task);
	return flags && threads && threads->count > 1 ? -E_INVAL : 0;
}
