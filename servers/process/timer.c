/* SPDX-License-Identifier: MIT */
/*
 * Timers of timer_create(2), and the one deadline of the service behind which all of them stand,
 * with the alarms of alarm.c.
 */
#include "servers/process/state.h"

static struct timer *timer_at(unsigned number)
{
	return &state.table->timer[number];
}

/* ---- expiry ---- */

/* It is on, makes a signal, and does not wait for that to be taken. */
static bool is_running(const struct timer *timer)
{
	return timer->process && timer->alarm.due_ns && timer->number &&
	       !(timer->flags & TIMER_DELETED) &&
	       !(timer->alarm.waits && timer->flags & TIMER_QUEUED);
}

static uint64_t timer_left(const struct timer *timer)
{
	return alarm_left(&timer->alarm, timer->due_clock, timer->clock_of);
}

void timers_arm(void)
{
	uint64_t next = state.table->steer_ns;

	for (unsigned i = INIT_INDEX; i < state.table->end; i++)
		next = sooner(next, alarms_next(i));
	for (unsigned i = 0; i < state.table->timer_end; i++) {
		if (is_running(timer_at(i)))
			next = sooner(next, alarm_moment(timer_left(timer_at(i)),
							 timer_at(i)->due_clock));
	}
	server_deadline(next);
}

static uint32_t saturated(uint64_t count)
{
	return count > INT32_MAX ? INT32_MAX : (uint32_t)count;
}

/* Goes on that long behind now; gives what it missed. */
static uint64_t timer_advance(struct timer *timer, uint64_t behind_ns)
{
	uint64_t now = 0;

	(void)clock_now(timer->due_clock, timer->clock_of, &now);
	return alarm_advance(&timer->alarm, now + behind_ns);
}

/* A signal that is not queued, because it is ignored or nobody is there, counts as missed. */
static void timer_expire(unsigned number)
{
	struct timer *timer = timer_at(number);
	unsigned thread = timer->thread ? table_find_thread(state.table, timer->thread) : 0;
	struct process_signal signal = {
		.number = timer->number, .code = CODE_TIMER, .pid = timer->id,
		.value = timer->value,
	};

	if (!timer->alarm.waits && !(timer->flags & TIMER_QUEUED) && (thread || !timer->thread))
		signal_post_timer(timer->process, thread, number, &signal);
	timer->alarm.waits = 1;
	if (!(timer->flags & TIMER_QUEUED))
		timer->missed = saturated(timer->missed + timer_advance(timer, CLOCK_LOOK_NS) + 1);
}

void timers_expire(void)
{
	steer_expire();
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (process_lives(process_at(i)))
			alarms_expire(i);
	}
	for (unsigned i = 0; i < state.table->timer_end; i++) {
		if (is_running(timer_at(i)) && timer_left(timer_at(i)) == 0)
			timer_expire(i);
	}
	timers_arm();
}

void timer_look(unsigned number, struct process_signal *signal)
{
	struct timer *timer = timer_at(number), then = *timer;

	if (!timer->alarm.waits)
		return;
	timer->overrun = saturated(timer->missed + timer_advance(&then, 0));
	signal->user = timer->overrun;
}

void timer_taken(unsigned number)
{
	struct timer *timer = timer_at(number);

	if (!timer->process || !timer->alarm.waits)
		return;
	(void)timer_advance(timer, 0);
	timer->missed = 0;
	timers_arm();
}

/* ---- records ---- */

static void timer_delete(struct timer *timer)
{
	process_at(timer->process)->timers--;
	if (timer->flags & TIMER_QUEUED) {
		timer->flags |= TIMER_DELETED;
		return;
	}
	*timer = (struct timer){ .process = 0 };
}

void timers_forget(unsigned process)
{
	for (unsigned i = 0; i < state.table->timer_end && process_at(process)->timers; i++) {
		if (timer_at(i)->process == process && !(timer_at(i)->flags & TIMER_DELETED))
			timer_delete(timer_at(i));
	}
}

static struct timer *timer_take(unsigned process)
{
	unsigned number = 0;

	while (number < TIMER_MAX && timer_at(number)->process)
		number++;
	if (number == TIMER_MAX || process_at(process)->timers >= TIMERS_EACH)
		return 0;
	if (number >= state.table->timer_end)
		state.table->timer_end = number + 1;
	return timer_at(number);
}

static struct timer *timer_of(const struct call *call, uint64_t id)
{
	unsigned process = caller_index(call);

	for (unsigned i = 0; i < state.table->timer_end; i++) {
		if (timer_at(i)->process == process && timer_at(i)->id == id &&
		    !(timer_at(i)->flags & TIMER_DELETED))
			return timer_at(i);
	}
	return 0;
}

/* ---- requests ---- */

/* Whose processor time; false: there is nobody. */
static bool clock_owner(const struct call *call, uint32_t clock, uint32_t *of)
{
	unsigned process = caller_index(call);

	if (clock == PROCESS_CLOCK_THREAD) {
		unsigned thread = *of ? table_find_thread(state.table, *of) : caller_thread(call);

		*of = thread ? thread_at(thread)->tid : 0;
		return thread && thread_at(thread)->process == process;
	}
	if (!*of)
		*of = process_at(process)->pid;
	return clock < PROCESS_CLOCKS && table_find(state.table, *of);
}

status_t on_timer_make(struct call *call, const struct process_timer_make_request *request,
		       struct process_timer_make_reply *reply)
{
	unsigned index = caller_index(call), thread = 0;
	struct process *process = process_at(index);
	uint32_t of = request->of;
	struct timer *timer;

	if (request->thread)
		thread = table_find_thread(state.table, request->thread);
	if (!clock_owner(call, request->clock, &of) || request->signal > SIGNALS ||
	    (request->thread && (!thread || thread_at(thread)->process != index)))
		return STATUS_ERRNO(E_INVAL);
	timer = timer_take(index);
	if (!timer)
		return STATUS_ERRNO(E_AGAIN);
	reply->id = process->timer_id++ & INT32_MAX;
	process->timers++;
	*timer = (struct timer){
		.process = (uint16_t)index, .id = (uint32_t)reply->id, .number = request->signal,
		.clock = (uint8_t)request->clock, .due_clock = (uint8_t)request->clock,
		.clock_of = of, .thread = request->thread,
		.value = request->flags & PROCESS_TIMER_VALUE_ID ? reply->id : request->value,
	};
	return STATUS_OK;
}

static void timer_describe(const struct timer *timer, uint64_t *value_ns, uint64_t *interval_ns)
{
	struct timer now = *timer;
	uint64_t left = timer_left(&now);

	/* What waits for its signal to be taken, or makes none, goes on all the same. */
	if (left == 0 && (now.alarm.waits || !now.number)) {
		(void)timer_advance(&now, 0);
		left = timer_left(&now);
	}
	*value_ns = left == NEVER ? 0 : left ? left : 1;
	*interval_ns = now.alarm.interval_ns;
}

/* When it is due, on which clock. What is relative does not follow the wall clock. */
static void timer_start(struct timer *timer, const struct process_timer_set_request *request)
{
	uint64_t now = 0, value = request->value_ns;

	timer->due_clock = timer->clock;
	if (!request->absolute && timer->clock == PROCESS_CLOCK_WALL)
		timer->due_clock = PROCESS_CLOCK_MONOTONIC;
	timer->overrun = timer->missed = 0;
	(void)clock_now(timer->due_clock, timer->clock_of, &now);
	if (value && !request->absolute)
		value = value < NEVER - now ? value + now : NEVER;
	timer->alarm = (struct alarm){ .due_ns = value, .interval_ns = request->interval_ns };
}

status_t on_timer_set(struct call *call, const struct process_timer_set_request *request,
		      struct process_timer_set_reply *reply)
{
	struct timer *timer = timer_of(call, request->id);

	if (!timer)
		return STATUS_ERRNO(E_INVAL);
	timer_describe(timer, &reply->value_ns, &reply->interval_ns);
	timer_start(timer, request);
	timers_arm();
	return STATUS_OK;
}

status_t on_timer_state(struct call *call, const struct process_timer_state_request *request,
			struct process_timer_state_reply *reply)
{
	const struct timer *timer = timer_of(call, request->id);

	if (!timer)
		return STATUS_ERRNO(E_INVAL);
	timer_describe(timer, &reply->value_ns, &reply->interval_ns);
	reply->overrun = timer->overrun;
	return STATUS_OK;
}

status_t on_timer_delete(struct call *call, const struct process_timer_delete_request *request,
			 struct process_timer_delete_reply *reply)
{
	struct timer *timer = timer_of(call, request->id);

	(void)reply;
	if (!timer)
		return STATUS_ERRNO(E_INVAL);
	timer_delete(timer);
	return STATUS_OK;
}
