/* SPDX-License-Identifier: MIT */
/*
 * Signals up to their delivery, which is the personality's. A pending signal is a bit in the record
 * and its details; a copy of the bits stands in the message pages, so that a thread sees them
 * without a call. Masks stand there too, written by the personality and taken as advice.
 */
#include "servers/process/restart.h"

/* ---- message pages ---- */

static void pending_update(unsigned index)
{
	const struct process *process = process_at(index);

	for (unsigned i = process->first_thread; i; i = thread_at(i)->next)
		thread_page(i)->signals_pending = process->pending | thread_at(i)->pending;
}

void process_page_update(unsigned index)
{
	const struct process *process = process_at(index);

	for (unsigned i = process->first_thread; i; i = thread_at(i)->next) {
		volatile struct process_page *page = thread_page(i);

		page->client = index;
		page->thread = thread_at(i)->number;
		page->tid = thread_at(i)->tid;
		page->pid = process->pid;
		page->parent = process_at(process->parent)->pid;
		page->group = process->group;
		page->session = process->session;
	}
	pending_update(index);
}

/* ---- stopping and going on ---- */

static void process_halt(unsigned index, uint32_t number)
{
	struct process *process = process_at(index);

	if (process->state != PROCESS_RUNNING || index == INIT_INDEX)
		return;
	for (unsigned i = process->first_thread; i; i = thread_at(i)->next)
		thread_stop(i);
	process->stop_signal = number;
	process->report = REPORT_STOPPED;
	process->state = PROCESS_STOPPED;
	signal_parent(index, CODE_STOPPED, number);
}

static bool thread_takes(unsigned thread, uint64_t signals)
{
	const volatile struct process_page *page = thread_page(thread);

	return signals & (~page->signals_blocked | page->signals_waited);
}

/*
 * Lets a thread see what is pending and not blocked: the one that is meant, or any; the first of
 * the process before others, as on Linux.
 */
static void threads_wake(unsigned index, unsigned only, uint64_t signals)
{
	const struct process *process = process_at(index);
	unsigned found = 0;

	if (process->state != PROCESS_RUNNING)
		return;
	for (unsigned i = process->first_thread; i; i = thread_at(i)->next) {
		if ((only && i != only) || !thread_takes(i, signals))
			continue;
		if (!found || thread_at(i)->tid == process->pid)
			found = i;
	}
	if (found)
		thread_interrupt(found);
}

void signal_pass(unsigned index)
{
	threads_wake(index, 0, process_at(index)->pending);
}

static void process_continue(unsigned index)
{
	struct process *process = process_at(index);

	if (process->state != PROCESS_STOPPED)
		return;
	process->report = REPORT_CONTINUED;
	process->state = PROCESS_RUNNING;
	for (unsigned i = process->first_thread; i; i = thread_at(i)->next)
		thread_resume(i);
	threads_wake(index, 0, process->pending);
	signal_parent(index, CODE_CONTINUED, SIGNAL_CONT);
}

/* ---- posting ---- */

/*
 * A process that is killed dies when it is its turn to run, as in Linux: the killer goes on first.
 * Its thread starts where nothing is mapped, and the fault ends it.
 */
static void process_kill_soon(unsigned index)
{
	struct process *process = process_at(index);

	if (index == INIT_INDEX)
		return;
	process->flags |= FLAG_KILLED;
	process->state = PROCESS_RUNNING;
	for (unsigned i = process->first_thread; i; i = thread_at(i)->next)
		thread_stop(i);
	if (thread_run(process->first_thread, &(struct thread_begin){ 0 }) != STATUS_OK)
		process_end(index, SIGNAL_KILL);
}

/* Stopping signals and SIGCONT cancel each other. */
static void pending_cancel(unsigned index, uint64_t signals)
{
	struct process *process = process_at(index);
	uint64_t changed = process->pending & signals;

	process->pending &= ~signals;
	queue_drop(state.table, &process->queue, signals);
	for (unsigned i = process->first_thread; i; i = thread_at(i)->next) {
		changed |= thread_at(i)->pending & signals;
		thread_at(i)->pending &= ~signals;
		queue_drop(state.table, &thread_at(i)->queue, signals);
	}
	if (!changed)
		return;
	pending_update(index);
	/* Those of alarms and timers are not waited for any more. */
	timers_arm();
}

/* Ignored, and nobody has it blocked so that it could be asked for later. */
static bool signal_is_dropped(unsigned index, unsigned only, uint64_t bit)
{
	bool ignored = true;

	for (unsigned i = process_at(index)->first_thread; i; i = thread_at(i)->next) {
		const volatile struct process_page *page = thread_page(i);

		if (!only || i == only)
			ignored &= (page->signals_ignored & bit) &&
				   !((page->signals_blocked | page->signals_waited) & bit);
	}
	return ignored;
}

/*
 * One of each kind is pending at most, but for real-time signals, which all are. Where there is no
 * room for details, kill(2) sends the number alone; sigqueue(3) fails.
 */
static status_t pending_add(unsigned index, unsigned thread, const struct process_signal *signal,
			    int timer)
{
	struct process *process = process_at(index);
	uint64_t *pending = thread ? &thread_at(thread)->pending : &process->pending;
	uint16_t *queue = thread ? &thread_at(thread)->queue : &process->queue;
	uint64_t bit = SIGNAL_BIT(signal->number);
	bool queued = false;

	if (timer >= 0) {
		queue_add_timer(state.table, queue, (unsigned)timer, signal);
		queued = true;
	} else if (*pending & bit && signal->number < SIGNAL_REAL_TIME) {
		return STATUS_OK;
	} else if ((signal->number < SIGNAL_REAL_TIME && signal->code >= 0) ||
		   process->limit[LIMIT_SIGNALS].soft >
		   table_count_queued(state.table, process->credentials.user.real)) {
		queued = queue_add(state.table, queue, signal);
	}
	if (!queued && signal->number >= SIGNAL_REAL_TIME && signal->code != CODE_USER)
		return STATUS_ERRNO(E_AGAIN);
	*pending |= bit;
	pending_update(index);
	return STATUS_OK;
}

/* timer: whose details it has, -1: it is none's. */
static status_t post(unsigned index, unsigned thread, const struct process_signal *signal,
		     int timer)
{
	struct process *process = process_at(index);
	uint64_t bit = SIGNAL_BIT(signal->number);
	status_t status;

	if (!process_lives(process) || process->flags & FLAG_KILLED)
		return STATUS_OK;
	if (signal->number == SIGNAL_KILL) {
		process_kill_soon(index);
		return STATUS_OK;
	}
	if (bit & SIGNALS_STOPPING)
		pending_cancel(index, SIGNAL_BIT(SIGNAL_CONT));
	if (signal->number == SIGNAL_STOP) {
		process_halt(index, SIGNAL_STOP);
		return STATUS_OK;
	}
	if (signal->number == SIGNAL_CONT) {
		pending_cancel(index, SIGNALS_STOPPING);
		process->flags &= ~FLAG_STOP_TAKEN;
		process_continue(index);
	}
	if (signal_is_dropped(index, thread, bit))
		return STATUS_OK;
	status = pending_add(index, thread, signal, timer);
	if (status == STATUS_OK)
		threads_wake(index, thread, bit);
	return status;
}

status_t signal_post(unsigned index, unsigned thread, const struct process_signal *signal)
{
	return post(index, thread, signal, -1);
}

void signal_post_timer(unsigned index, unsigned thread, unsigned timer,
		       const struct process_signal *signal)
{
	(void)!post(index, thread, signal, (int)timer);
}

void signal_group(uint32_t group, uint32_t number)
{
	struct process_signal signal = { .number = number, .code = CODE_KERNEL };

	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (process_lives(process_at(i)) && process_at(i)->group == group)
			(void)!signal_post(i, 0, &signal);
	}
}

void signal_parent(unsigned index, int32_t code, uint32_t status)
{
	const struct process *child = process_at(index);
	bool ended = child->state == PROCESS_ZOMBIE;
	unsigned parent = child->parent, thread = process_at(parent)->first_thread;
	struct process_signal signal = {
		.number = ended ? child->exit_signal : SIGNAL_CHLD, .code = code,
		.pid = child->pid, .user = child->credentials.user.real, .value = status,
	};

	if (!thread)
		return;
	event_signal(&state.running[parent].children);
	if (!signal.number || (!ended && thread_page(thread)->flags & PROCESS_PAGE_NO_STOP_NEWS))
		return;
	(void)!signal_post(parent, 0, &signal);
}

/* ---- requests ---- */

unsigned caller_thread(const struct call *call)
{
	unsigned index = caller_index(call), thread = BADGE_THREAD(call->badge);

	if (thread)
		return thread < THREAD_MAX && thread_at(thread)->process == index ? thread : 0;
	thread = process_at(index)->first_thread;
	while (thread && thread_at(thread)->number)
		thread = thread_at(thread)->next;
	return thread;
}

status_t on_signal_take(struct call *call, const struct process_signal_take_request *request,
			struct process_signal_take_reply *reply)
{
	unsigned index = caller_index(call), thread = caller_thread(call);
	struct process *process = process_at(index);
	uint64_t own = thread_at(thread)->pending & ~request->blocked;
	uint64_t pending = own ? own : process->pending & ~request->blocked;
	uint32_t number = pending ? (uint32_t)__builtin_ctzll(pending) + 1 : 0;
	uint16_t queue = own ? thread_at(thread)->queue : process->queue;
	int timer;

	*reply = (struct process_signal_take_reply){ .signal.number = 0 };
	if (!number)
		return STATUS_OK;
	queue_look(state.table, queue, number, &reply->signal);
	timer = queue_timer(state.table, queue, number);
	if (timer >= 0)
		timer_look((unsigned)timer, &reply->signal);
	intent_begin(call, INTENT_TAKE, index, own ? thread : 0, number);
	intent_publish(call, reply, sizeof(*reply) / 8);
	return STATUS_OK;
}

void signal_forget(unsigned index, unsigned thread, uint32_t number)
{
	struct process *process = process_at(index);
	uint64_t bit = SIGNAL_BIT(number);
	uint64_t *pending = thread ? &thread_at(thread)->pending : &process->pending;
	uint16_t *queue = thread ? &thread_at(thread)->queue : &process->queue;
	int timer = queue_timer(state.table, *queue, number);

	if (!queue_take(state.table, queue, number))
		*pending &= ~bit;
	if (timer >= 0)
		timer_taken((unsigned)timer);
	if (!thread)
		alarm_taken(index, number);
	if (bit & SIGNALS_STOPPING)
		process->flags |= FLAG_STOP_TAKEN;
	pending_update(index);
}

status_t on_signal_pass(struct call *call, const struct process_signal_pass_request *request,
			struct process_signal_pass_reply *reply)
{
	unsigned index = caller_index(call);

	(void)request;
	(void)reply;
	signal_pass(index);
	return STATUS_OK;
}

status_t on_stop(struct call *call, const struct process_stop_request *request,
		 struct process_stop_reply *reply)
{
	unsigned index = caller_index(call);
	struct process *process = process_at(index);

	(void)reply;
	if (!request->signal || request->signal > SIGNALS ||
	    !(SIGNAL_BIT(request->signal) & SIGNALS_STOPPING))
		return STATUS_ERRNO(E_INVAL);
	if (!(process->flags & FLAG_STOP_TAKEN) ||
	    group_is_orphaned(state.table, process->group, 0))
		return STATUS_OK;
	process->flags &= ~FLAG_STOP_TAKEN;
	/* The answer reaches the caller at once, but it stands still until it is continued. */
	process_halt(index, (uint32_t)request->signal);
	return STATUS_OK;
}

static unsigned thread_by_tid(unsigned process, int32_t tid)
{
	unsigned thread = process_at(process)->first_thread;

	while (thread && thread_at(thread)->tid != (uint32_t)tid)
		thread = thread_at(thread)->next;
	return thread;
}

/* tkill: whose thread it is tells the process. kill too takes a thread's number for that. */
static int32_t pid_meant(int32_t pid, int32_t thread)
{
	uint32_t tid = (uint32_t)(pid == PROCESS_KILL_TID ? thread : pid);
	unsigned found;

	if (pid <= 0 && pid != PROCESS_KILL_TID)
		return pid;
	if (pid > 0 && table_find(state.table, tid))
		return pid;
	found = table_find_thread(state.table, tid);
	if (found)
		return (int32_t)process_at(thread_at(found)->process)->pid;
	return (int32_t)tid > 0 ? (int32_t)tid : PROCESS_KILL_TID; /* which nobody has */
}

status_t on_kill(struct call *call, const struct process_kill_request *request,
		 struct process_kill_reply *reply)
{
	unsigned sender = caller_index(call), thread = 0;
	const struct process *from = process_at(sender);
	struct process_signal signal = {
		.number = request->signal, .code = request->code, .pid = from->pid,
		.user = from->credentials.user.real, .value = request->value,
	};
	int32_t pid = pid_meant(request->pid, request->thread);
	status_t status = STATUS_OK;
	bool found = false, allowed = false;

	(void)reply;
	if (request->signal > SIGNALS)
		return STATUS_ERRNO(E_INVAL);
	if (sender && request->code > 0 && (uint32_t)pid != from->pid)
		return STATUS_ERRNO(E_PERM);
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (!signal_selects(state.table, sender, pid, i))
			continue;
		if (request->thread >= 0 && !(thread = thread_by_tid(i, request->thread)))
			continue;
		found = true;
		if (sender && !signal_allowed(from, process_at(i), request->signal))
			continue;
		allowed = true;
		if (request->signal)
			status = signal_post(i, thread, &signal);
	}
	if (!found)
		return STATUS_ERRNO(E_SRCH);
	return allowed ? status : STATUS_ERRNO(E_PERM);
}
