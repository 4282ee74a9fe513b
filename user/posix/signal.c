/* SPDX-License-Identifier: MIT */
/*
 * Signals: masks, actions, what is pending. Process keeps the pending signals that others sent; the
 * mask and the actions are ours. The message page tells each side what it needs of the other
 * (struct process_page). What a fault or a broken pipe raises here needs nobody else.
 */
#include "user/posix/dispatch.h"
#include "user/posix/threads.h"

#define SIGNAL_SET_BYTES 8
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

/* What waits and may be delivered. */
static uint64_t deliverable(struct task *task)
{
	uint64_t pending = task->signal.pending | PROCESS_PAGE(task->page)->signals_pending;

	return pending & ~task->signal.blocked;
}

int signal_waiting(struct task *task)
{
	return task->page->upcall_pending != 0 || deliverable(task) != 0 || threads_must_end(task);
}

/* The exit of the call looks at signals only if upcall_pending says so. */
static void look_at_exit(struct task *task)
{
	if (deliverable(task))
		task->page->upcall_pending = 1;
}

void signal_set_blocked(struct task *task, uint64_t mask)
{
	uint64_t more = mask & ~task->signal.blocked & PROCESS_PAGE(task->page)->signals_pending;

	task->signal.blocked = mask & ~SIGNALS_UNBLOCKABLE;
	PROCESS_PAGE(task->page)->signals_blocked = task->signal.blocked;
	look_at_exit(task);
	/* It was this thread that process had asked to take it. */
	if (more && task->process->threads)
		(void)!process_signal_pass(&task->process_session,
			&(struct process_signal_pass_request){ },
			&(struct process_signal_pass_reply){ }, 0);
}

void signal_mask_for_call(struct task *task, uint64_t mask)
{
	task->signal.saved = task->signal.blocked;
	task->signal.restore_saved = 1;
	signal_set_blocked(task, mask);
}

void signal_mask_end(struct task *task)
{
	task->page->upcall_pending = 1;
}

void signal_raise(struct task *task, int signal)
{
	task->signal.pending |= SIGNAL_BIT(signal);
	look_at_exit(task);
}

void signal_force(struct task *task, int signal, int code, uint64_t address)
{
	struct signal_info *info = &task->signal.fault;

	*info = (struct signal_info){ .signo = signal, .code = code };
	info->fault.address = address;
	task->signal.forced = (uint32_t)signal;
}

int signal_is_ignored(const struct signal_action *action, int signal)
{
	if (action->handler == SIG_IGN)
		return 1;
	return action->handler == SIG_DFL && (SIGNALS_IGNORED_BY_DEFAULT & SIGNAL_BIT(signal));
}

int signal_cannot_stop(struct task *task, int signal)
{
	return (task->signal.blocked & SIGNAL_BIT(signal)) ||
	       task->process->action[signal - 1].handler == SIG_IGN;
}

static void publish(struct task *task, uint64_t ignored, uint64_t flags)
{
	if (!task->page)
		return;                          /* it has not begun yet, and does it itself then */
	PROCESS_PAGE(task->page)->signals_ignored = ignored;
	PROCESS_PAGE(task->page)->flags = flags;
}

/* What all threads' masks of ignored signals, and process's flags, follow from. */
static void publish_ignored(struct task *task)
{
	const struct signal_action *child = &task->process->action[SIGCHLD - 1];
	struct threads *threads = task->process->threads;
	uint64_t ignored = task->process->ignored, flags = 0;
	unsigned int number = 0;

	if (child->handler == SIG_IGN || (child->flags & SA_NOCLDWAIT))
		flags |= PROCESS_PAGE_NO_ZOMBIES;
	if (child->flags & SA_NOCLDSTOP)
		flags |= PROCESS_PAGE_NO_STOP_NEWS;
	publish(task, ignored, flags);
	for (struct task *other; threads && (other = threads_next(threads, &number)); )
		publish(other, ignored, flags);
}

static void note_ignored(struct process_record *process, int signal)
{
	process->ignored &= ~SIGNAL_BIT(signal);
	if (signal_is_ignored(&process->action[signal - 1], signal))
		process->ignored |= SIGNAL_BIT(signal);
}

void signal_publish_actions(struct task *task)
{
	for (int signal = 1; signal <= SIGNAL_COUNT; signal++)
		note_ignored(task->process, signal);
	publish_ignored(task);
}

void signal_forget_handlers(struct task *task)
{
	struct signal_action *action = task->process->action;

	for (int i = 0; i < SIGNAL_COUNT; i++)
		action[i] = (struct signal_action){
			.handler = action[i].handler == SIG_IGN ? SIG_IGN : SIG_DFL };
}

void signal_reset(struct task *task)
{
	signal_forget_handlers(task);
	task->signal.stack = (struct signal_stack){ .flags = SS_DISABLE };
	signal_publish_actions(task);
}

/* siginfo of what process handed out. */
static void signal_describe(const struct process_signal *signal, struct signal_info *info)
{
	*info = (struct signal_info){ .signo = (int)signal->number, .code = signal->code };
	info->sender.pid = signal->pid;
	info->sender.uid = signal->user;
	if (signal->number == SIGCHLD && signal->code > 0)
		info->child.status = (uint32_t)signal->value;
	else
		info->sender.value = signal->value;
}

int signal_take(struct task *task, uint64_t blocked, struct signal_info *info)
{
	uint64_t own = task->signal.pending & ~blocked;
	struct process_signal_take_reply reply;

	if (own) {
		int signal = __builtin_ctzll(own) + 1;

		task->signal.pending &= ~SIGNAL_BIT(signal);
		*info = (struct signal_info){ .signo = signal, .code = SI_USER };
		info->sender.pid = PROCESS_PAGE(task->page)->pid;
		return signal;
	}
	if (!(PROCESS_PAGE(task->page)->signals_pending & ~blocked))
		return 0;
	if (process_signal_take(&task->process_session,
				&(struct process_signal_take_request){ blocked }, &reply, 0))
		return 0;
	signal_describe(&reply.signal, info);
	return info->signo;
}

/* ---- System calls ---- */

long sys_rt_sigaction(struct task *task, long signal, long new_action, long old_action, long set_bytes)
{
	struct signal_action action, *now;
	struct signal_info info;

	if (set_bytes != SIGNAL_SET_BYTES || signal < 1 || signal > SIGNAL_COUNT)
		return -E_INVAL;
	now = &task->process->action[signal - 1];
	if (new_action) {
		if (SIGNAL_BIT(signal) & SIGNALS_UNBLOCKABLE)
			return -E_INVAL;
		if (copy_from_program(&action, (uint64_t)new_action, sizeof(action)))
			return -E_FAULT;
		action.mask &= ~SIGNALS_UNBLOCKABLE;
	}
	if (old_action && copy_to_program((uint64_t)old_action, now, sizeof(*now)))
		return -E_FAULT;
	if (!new_action)
		return 0;
	*now = action;
	note_ignored(task->process, (int)signal);
	publish_ignored(task);
	/* POSIX: a signal that is ignored from now on does not stay pending, blocked or not. */
	if (signal_is_ignored(now, (int)signal))
		while (signal_take(task, ~SIGNAL_BIT(signal), &info))
			;
	return 0;
}

long sys_rt_sigprocmask(struct task *task, long how, long new_set, long old_set, long set_bytes)
{
	uint64_t set, blocked = task->signal.blocked;

	if (set_bytes != SIGNAL_SET_BYTES)
		return -E_INVAL;
	if (new_set) {
		if (copy_from_program(&set, (uint64_t)new_set, sizeof(set)))
			return -E_FAULT;
		if (how == SIG_BLOCK)
			set |= blocked;
		else if (how == SIG_UNBLOCK)
			set = blocked & ~set;
		else if (how != SIG_SETMASK)
			return -E_INVAL;
		signal_set_blocked(task, set);
	}
	if (old_set && copy_to_program((uint64_t)old_set, &blocked, sizeof(blocked)))
		return -E_FAULT;
	return 0;
}

long sys_rt_sigpending(struct task *task, long set, long set_bytes)
{
	uint64_t pending = task->signal.pending | PROCESS_PAGE(task->page)->signals_pending;

	if ((uint64_t)set_bytes > SIGNAL_SET_BYTES)
		return -E_INVAL;
	pending &= task->signal.blocked;
	return copy_to_program((uint64_t)set, &pending, (uint64_t)set_bytes);
}

int signal_on_stack(const struct signal_stack *stack, uint64_t address)
{
	return !(stack->flags & SS_DISABLE) && address > stack->address &&
	       address - stack->address <= stack->size;
}

long sys_sigaltstack(struct task *task, long new_stack, long old_stack)
{
	struct signal_stack *now = &task->signal.stack, stack, old = *now;
	int used = signal_on_stack(now, task->program.rsp);

	if (new_stack) {
		if (copy_from_program(&stack, (uint64_t)new_stack, sizeof(stack)))
			return -E_FAULT;
		if (used)
			return -E_PERM;
		if ((stack.flags & ~SS_AUTODISARM) > SS_DISABLE)
			return -E_INVAL;
		if (stack.flags & SS_DISABLE)
			stack = (struct signal_stack){ .flags = SS_DISABLE };
		else if (stack.size < MINSIGSTKSZ)
			return -E_NOMEM;
		stack.flags &= ~SS_ONSTACK;
		*now = stack;
	}
	if (used)
		old.flags |= SS_ONSTACK;
	if (old_stack && copy_to_program((uint64_t)old_stack, &old, sizeof(old)))
		return -E_FAULT;
	return 0;
}

/* Sends it; what is for oneself is delivered at the exit of this call. */
static long send(struct task *task, const struct process_kill_request *request)
{
	status_t status = process_kill(&task->process_session, request,
				       &(struct process_kill_reply){ }, 0);

	look_at_exit(task);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_kill(struct task *task, long pid, long signal)
{
	/* There is no group of that number, nor could its negative be named. */
	if ((int32_t)pid == INT32_MIN)
		return -E_SRCH;
	if ((uint64_t)signal > SIGNAL_COUNT)
		return -E_INVAL;
	/* There is no group whose number that would be the negative of. */
	if ((int32_t)pid == INT32_MIN)
		return -E_SRCH;
	return send(task, &(struct process_kill_request){
		.pid = (int32_t)pid, .signal = (uint32_t)signal, .thread = -1, .code = SI_USER });
}

long sys_tgkill(struct task *task, long group, long thread, long signal)
{
	if ((uint64_t)signal > SIGNAL_COUNT || (int)group <= 0 || (int)thread <= 0)
		return -E_INVAL;
	return send(task, &(struct process_kill_request){
		.pid = (int32_t)group, .signal = (uint32_t)signal, .thread = (int32_t)thread,
		.code = SI_TKILL });
}

long sys_tkill(struct task *task, long thread, long signal)
{
	if ((uint64_t)signal > SIGNAL_COUNT || (int)thread <= 0)
		return -E_INVAL;
	return send(task, &(struct process_kill_request){
		.pid = PROCESS_KILL_TID, .signal = (uint32_t)signal, .thread = (int32_t)thread,
		.code = SI_TKILL });
}

/* thread: -1: any of the process. */
static long queue(struct task *task, long pid, long thread, long signal, long information)
{
	struct signal_info info;

	if (copy_from_program(&info, (uint64_t)information, sizeof(info)))
		return -E_FAULT;
	if ((uint64_t)signal > SIGNAL_COUNT)
		return -E_INVAL;
	/* Nobody poses as the kernel, or as kill and tgkill, to others. */
	if ((info.code >= 0 || info.code == SI_TKILL) &&
	    (uint32_t)pid != PROCESS_PAGE(task->page)->pid)
		return -E_PERM;
	/* Other than kill it knows no groups. */
	if ((int32_t)pid <= 0)
		return -E_SRCH;
	return send(task, &(struct process_kill_request){
		.pid = (int32_t)pid, .signal = (uint32_t)signal, .thread = (int32_t)thread,
		.code = info.code, .value = info.sender.value });
}

long sys_rt_sigqueueinfo(struct task *task, long pid, long signal, long information)
{
	return queue(task, pid, -1, signal, information);
}

long sys_rt_tgsigqueueinfo(struct task *task, long group, long thread, long signal,
			   long information)
{
	if ((int)group <= 0 || (int)thread <= 0)
		return -E_INVAL;
	return queue(task, group, thread, signal, information);
}
