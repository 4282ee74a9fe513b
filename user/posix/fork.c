/* SPDX-License-Identifier: MIT */
/*
 * fork, vfork and clone. Process copies (or shares) the program's memory and copies the private
 * pages; the child starts at posix_fork_child with the task record as it is here. Threads are not
 * there yet.
 */
#include "user/posix/dispatch.h"
#include "user/posix/file.h"

#define CSIGNAL              0x000000ffull
#define CLONE_VM             0x00000100ull
#define CLONE_VFORK          0x00004000ull
#define CLONE_SETTLS         0x00080000ull
#define CLONE_PARENT_SETTID  0x00100000ull
#define CLONE_CHILD_CLEARTID 0x00200000ull
#define CLONE_DETACHED       0x00400000ull        /* ignored, as on Linux */
#define CLONE_CHILD_SETTID   0x01000000ull
#define CLONE_KNOWN (CSIGNAL | CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID | \
		     CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_CHILD_SETTID)

/* What clone(2) is asked for. */
struct clone {
	uint64_t flags, stack, parent_tid, child_tid, tls;
};

/* In the parent: the child's pid or -errno. `program` is what the child goes on with. */
static long clone_process(struct task *task, const struct clone *clone)
{
	struct process_fork_reserve_reply reserved;
	struct process_fork_reply forked;
	uint32_t flags = clone->flags & CLONE_VFORK ? PROCESS_FORK_VFORK : 0;
	status_t status = process_fork_reserve(&task->process_session,
		&(struct process_fork_reserve_request){ }, &reserved, 0);
	long result;

	if (status != STATUS_OK)
		return error_of_status(status);
	result = files_inherit(task, reserved.child);
	if (result) {
		status = process_fork_cancel(&task->process_session,
			&(struct process_fork_cancel_request){ reserved.child },
			&(struct process_fork_cancel_reply){ }, 0);
		return status == STATUS_OK ? result : error_of_status(status);
	}
	__asm__ volatile("fxsave64 %0" : "=m"(task->fpu));
	status = process_fork(&task->process_session, &(struct process_fork_request){
		.child = reserved.child, .flags = flags, .rip = (uint64_t)posix_fork_child,
		.rsp = task->stack_top, .argument = (uint64_t)task,
		.fs_base = task->child.tls, .gs_base = (uint64_t)task,
		.exit_signal = clone->flags & CSIGNAL }, &forked, 0);
	return status == STATUS_OK ? (long)forked.pid : error_of_status(status);
}

/* In the child: the same registers as the parent's, but for what clone(2) gives it. */
void fork_child(struct task *task)
{
	struct process_page *page = (struct process_page *)PROCESS_PAGE(task->page);
	uint32_t tid = page->pid;

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
	/* A bad pointer is the program's loss only, as on Linux. */
	if (task->child.set_tid)
		(void)!copy_to_program(task->child.set_tid, &tid, sizeof(tid));
	task->call = NO_CALL;
}

static long clone_call(struct task *task, const struct clone *clone)
{
	uint64_t flags = clone->flags;
	uint32_t tid;
	long result;

	if (flags & ~CLONE_KNOWN)
		return -E_INVAL;
	/* Sharing memory for longer than vfork does: threads. */
	if ((flags & CLONE_VM) && !(flags & CLONE_VFORK))
		return -E_NOSYS;
	if ((flags & CSIGNAL) > SIGNAL_COUNT)
		return -E_INVAL;
	task->child = (struct fork_child){
		.stack = clone->stack,
		.tls = flags & CLONE_SETTLS ? clone->tls : task->program.fs_base,
		.set_tid = flags & CLONE_CHILD_SETTID ? clone->child_tid : 0,
		.clear_tid = flags & CLONE_CHILD_CLEARTID ? clone->child_tid : 0,
	};
	result = clone_process(task, clone);
	tid = (uint32_t)result;
	if (result > 0 && (flags & CLONE_PARENT_SETTID) &&
	    copy_to_program(clone->parent_tid, &tid, sizeof(tid)))
		return -E_FAULT;
	return result;
}

long sys_clone(struct task *task, long flags, long stack, long parent_tid, long child_tid, long tls)
{
	return clone_call(task, &(struct clone){ (uint64_t)flags, (uint64_t)stack,
		(uint64_t)parent_tid, (uint64_t)child_tid, (uint64_t)tls });
}

long sys_fork(struct task *task)
{
	return clone_call(task, &(struct clone){ .flags = SIGCHLD });
}

long sys_vfork(struct task *task)
{
	return clone_call(task, &(struct clone){ .flags = CLONE_VFORK | CLONE_VM | SIGCHLD });
}
