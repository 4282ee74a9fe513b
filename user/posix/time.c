/* SPDX-License-Identifier: MIT */
/* alarm(2), setitimer(2), timer_create(2): process keeps the timers, and makes their signals. */
#include "user/posix/clock.h"

/* struct itimerval */
struct linux_timer { struct linux_timeval interval, value; };

long sys_alarm(struct task *task, long seconds)
{
	struct process_alarm_reply old;
	status_t status = process_alarm(&task->process_session, &(struct process_alarm_request){
		.value_ns = (uint32_t)seconds * NS_PER_SECOND }, &old, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	/* Rounded up to what is left of a second: not 0 while one is set. */
	return (long)((old.value_ns + NS_PER_SECOND / 2) / NS_PER_SECOND) +
	       (old.value_ns && old.value_ns < NS_PER_SECOND / 2);
}

/* -EINVAL: not a time. */
static long ns_of(const struct linux_timeval *time, uint64_t *ns)
{
	struct linux_timespec exact = { time->seconds,
					time->microseconds * (int64_t)NS_PER_MICROSECOND };

	if ((uint64_t)time->microseconds >= 1000000 || !timespec_is_valid(&exact))
		return -E_INVAL;
	*ns = timespec_ns(&exact);
	return 0;
}

long sys_setitimer(struct task *task, long which, long new_address, long old_address)
{
	struct linux_timer timer = { 0 };
	struct process_alarm_request request = { .which = (uint64_t)which };
	struct process_alarm_reply old;
	status_t status;

	if (new_address && copy_from_program(&timer, (uint64_t)new_address, sizeof(timer)))
		return -E_FAULT;
	if (ns_of(&timer.value, &request.value_ns) || ns_of(&timer.interval, &request.interval_ns))
		return -E_INVAL;
	status = process_alarm(&task->process_session, &request, &old, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	timer = (struct linux_timer){ timeval_of(old.interval_ns), timeval_of(old.value_ns) };
	return old_address ? copy_to_program((uint64_t)old_address, &timer, sizeof(timer)) : 0;
}

long sys_getitimer(struct task *task, long which, long address)
{
	struct process_alarm_state_reply state;
	struct linux_timer timer;
	status_t status = process_alarm_state(&task->process_session,
		&(struct process_alarm_state_request){ (uint64_t)which }, &state, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	timer = (struct linux_timer){ timeval_of(state.interval_ns), timeval_of(state.value_ns) };
	return copy_to_program((uint64_t)address, &timer, sizeof(timer));
}

/* ---- timer_create ---- */

enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID = 4 };

/* struct sigevent */
struct linux_event {
	uint64_t value;
	int32_t signal, notify, thread;
	uint8_t reserved[44];
};
_Static_assert(sizeof(struct linux_event) == 64, "struct sigevent");

/* Who is told, and how. */
static long event_decode(const struct linux_event *event,
			 struct process_timer_make_request *request)
{
	switch (event->notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		if (event->thread <= 0)
			return -E_INVAL;
		request->thread = (uint32_t)event->thread;
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		break;
	default:
		return -E_INVAL;
	}
	if (event->signal <= 0 || event->signal > SIGNAL_COUNT)
		return -E_INVAL;
	request->signal = (uint32_t)event->signal;
	request->value = event->value;
	return 0;
}

/* Which clocks can have timers. */
static long clock_decode_timed(long id, struct clock *clock)
{
	switch ((int)id) {
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:                /* no device could wake the machine */
	case CLOCK_BOOTTIME_ALARM:
		return -E_OPNOTSUPP;
	default:
		return clock_decode(id, clock);
	}
}

long sys_timer_create(struct task *task, long id, long event_address, long timer_address)
{
	struct process_timer_make_request request = {
		.signal = SIGALRM, .flags = PROCESS_TIMER_VALUE_ID };
	struct process_timer_make_reply reply;
	struct linux_event event;
	struct clock clock;
	long result = clock_decode_timed(id, &clock);
	status_t status;
	int32_t timer;

	if (event_address && copy_from_program(&event, (uint64_t)event_address, sizeof(event)))
		return -E_FAULT;
	if (!result && event_address) {
		request.signal = 0;
		request.flags = 0;
		result = event_decode(&event, &request);
	}
	if (result)
		return result;
	request.clock = clock.clock;
	request.of = clock.of;
	status = process_timer_make(&task->process_session, &request, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	timer = (int32_t)reply.id;
	if (!copy_to_program((uint64_t)timer_address, &timer, sizeof(timer)))
		return 0;
	(void)!process_timer_delete(&task->process_session, &(struct process_timer_delete_request){
		reply.id }, &(struct process_timer_delete_reply){ }, 0);
	return -E_FAULT;
}

long sys_timer_settime(struct task *task, long timer, long flags, long new_address,
		       long old_address)
{
	struct process_timer_set_request request = {
		.id = (uint32_t)timer, .absolute = (flags & TIMER_ABSTIME) != 0 };
	struct process_timer_set_reply old;
	struct linux_itimerspec setting;
	status_t status;

	if (!new_address)
		return -E_INVAL;
	if (copy_from_program(&setting, (uint64_t)new_address, sizeof(setting)))
		return -E_FAULT;
	if (!timespec_is_valid(&setting.value) || !timespec_is_valid(&setting.interval))
		return -E_INVAL;
	request.value_ns = timespec_ns(&setting.value);
	request.interval_ns = timespec_ns(&setting.interval);
	status = process_timer_set(&task->process_session, &request, &old, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	setting = (struct linux_itimerspec){ timespec_of(old.interval_ns),
					     timespec_of(old.value_ns) };
	return old_address ? copy_to_program((uint64_t)old_address, &setting, sizeof(setting)) : 0;
}

static long timer_state(struct task *task, long timer, struct process_timer_state_reply *state)
{
	status_t status = process_timer_state(&task->process_session,
		&(struct process_timer_state_request){ (uint32_t)timer }, state, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_timer_gettime(struct task *task, long timer, long address)
{
	struct process_timer_state_reply state;
	struct linux_itimerspec setting;
	long error = timer_state(task, timer, &state);

	if (error)
		return error;
	setting = (struct linux_itimerspec){ timespec_of(state.interval_ns),
					     timespec_of(state.value_ns) };
	return copy_to_program((uint64_t)address, &setting, sizeof(setting));
}

long sys_timer_getoverrun(struct task *task, long timer)
{
	struct process_timer_state_reply state;
	long error = timer_state(task, timer, &state);

	return error ? error : (long)state.overrun;
}

long sys_timer_delete(struct task *task, long timer)
{
	status_t status = process_timer_delete(&task->process_session,
		&(struct process_timer_delete_request){ (uint32_t)timer },
		&(struct process_timer_delete_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}
