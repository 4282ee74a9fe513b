/* SPDX-License-Identifier: MIT */
/*
 * The exit of a system call, or of an interruption: what the program finds when it goes on. Signals
 * are delivered here, calls that they interrupted end with EINTR or start again.
 */
#include "user/posix/core.h"
#include "user/posix/dispatch.h"
#include "user/posix/threads.h"

#define SYSCALL_BYTES   2                         /* the instruction */
#define RESTART_SYSCALL 219

/* What an interrupted call asked for; kept in rax until it is decided. */
void call_special(struct task *task, long result)
{
	if (result == -CALL_DONE)
		task->call = NO_CALL;
	else
		task->program.rax = (uint64_t)result;
}

/* The program executes the SYSCALL again. */
static void call_again(struct task *task, uint64_t number)
{
	task->program.rax = number;
	task->program.rip -= SYSCALL_BYTES;
	task->call = NO_CALL;
}

/* A handler (0: none) comes before the program goes on: decides about the interrupted call. */
static void call_interrupted(struct task *task, const struct signal_action *handler)
{
	long result = (long)task->program.rax;

	if (task->call == NO_CALL)
		return;
	if (result != -ERESTARTSYS && result != -ERESTARTNOHAND && result != -ERESTARTNOINTR &&
	    result != -ERESTART_RESTARTBLOCK)
		return;
	if (!handler && result == -ERESTART_RESTARTBLOCK)
		call_again(task, RESTART_SYSCALL);
	else if (!handler || result == -ERESTARTNOINTR || (result == -ERESTARTSYS && (handler->flags & SA_RESTART)))
		call_again(task, task->call);
	else
		task->program.rax = (uint64_t)-E_INTR;
	task->call = NO_CALL;
}

_Noreturn void process_end(struct task *task, unsigned int status)
{
	/* It does not come back; if process dies in it, the stub asks its successor. */
	for (;;)
		process_exit(&task->process_session, &(struct process_exit_request){ status },
			     &(struct process_exit_reply){ }, 0);
}

static void default_action(struct task *task, const struct signal_info *info)
{
	uint64_t bit = SIGNAL_BIT(info->signo);

	/* The first process gets only signals that it handles. */
	if (PROCESS_PAGE(task->page)->pid == 1)
		return;
	if (bit & SIGNALS_STOP) {
		/* Comes back after SIGCONT; CANCELLED means the same: look at signals again. */
		process_stop(&task->process_session, &(struct process_stop_request){ (uint64_t)info->signo },
			     &(struct process_stop_reply){ }, 0);
	} else if (!(bit & SIGNALS_IGNORED_BY_DEFAULT)) {
		process_end(task, (unsigned int)info->signo | core_dump(task, info));
	}
}

/* Runs the handler: the frame, then the mask for its duration. */
static void handle(struct task *task, struct signal_action *slot, const struct signal_info *info)
{
	struct signal_state *state = &task->signal;
	struct signal_action action = *slot;
	uint64_t mask = state->restore_saved ? state->saved : state->blocked;

	call_interrupted(task, &action);
	state->restore_saved = 0;
	if (action.flags & SA_RESETHAND) {
		slot->handler = SIG_DFL;
		signal_publish_actions(task);
	}
	if (signal_enter(task, &action, info, mask)) {
		/* No room on its stack. If that was the handler of SIGSEGV itself, it is over. */
		if (info->signo == SIGSEGV)
			process_end(task, SIGSEGV | core_dump(task, info));
		signal_force(task, SIGSEGV, SI_KERNEL, 0);
		task->page->upcall_pending = 1;
		return;
	}
	mask = state->blocked | action.mask;
	if (!(action.flags & SA_NODEFER))
		mask |= SIGNAL_BIT(info->signo);
	signal_set_blocked(task, mask);
}

/* A fault's signal cannot wait: if it is blocked or ignored, the program ends (as on Linux). */
static void deliver_forced(struct task *task)
{
	int signal = (int)task->signal.forced;
	struct signal_action *action = &task->process->action[signal - 1];
	struct signal_info info = task->signal.fault;

	task->signal.forced = 0;
	if ((task->signal.blocked & SIGNAL_BIT(signal)) || action->handler == SIG_IGN ||
	    action->handler == SIG_DFL)
		process_end(task, (unsigned int)signal | core_dump(task, &info));
	handle(task, action, &info);
}

static void deliver(struct task *task)
{
	struct signal_info info;
	int signal;

	if (task->signal.forced)
		deliver_forced(task);
	while ((signal = signal_take(task, task->signal.blocked, &info))) {
		struct signal_action *action = &task->process->action[signal - 1];

		if (action->handler == SIG_IGN)
			continue;
		if (action->handler == SIG_DFL)
			default_action(task, &info);
		else
			handle(task, action, &info);
	}
	call_interrupted(task, 0);
	if (task->signal.restore_saved) {
		task->signal.restore_saved = 0;
		signal_set_blocked(task, task->signal.saved);
	}
}

void attend(struct task *task)
{
	int locked;

	task->page->upcall_pending = 0;
	if (threads_must_end(task))
		thread_end(task, 0);
	locked = lock_ensure(task);
	deliver(task);
	if (locked)
		lock_leave(task);
}
