/* SPDX-License-Identifier: MIT */
/* setitimer(2): three alarms a process has; and RLIMIT_CPU, which is one in all but name. */
#include "servers/process/state.h"

#define NS_PER_SECOND 1000000000ull

enum { ALARM_REAL, ALARM_VIRTUAL, ALARM_PROFILE };
static const uint32_t alarm_signal[PROCESS_ALARMS] = { SIGNAL_ALRM, SIGNAL_VTALRM, SIGNAL_PROF };

/* User and system time are not told apart: all of it counts as a program's own. */
static unsigned clock_of(unsigned which)
{
	return which == ALARM_REAL ? PROCESS_CLOCK_MONOTONIC : PROCESS_CLOCK_PROCESS;
}

static uint64_t now_of(unsigned process, unsigned which)
{
	uint64_t ns;

	(void)clock_now(clock_of(which), process_at(process)->pid, &ns);
	return ns;
}

static uint64_t left_of(unsigned process, unsigned which)
{
	return alarm_left(&process_at(process)->alarm[which], clock_of(which),
			  process_at(process)->pid);
}

/* Its signal is still to be taken. */
static bool is_pending(unsigned process, unsigned which)
{
	return process_at(process)->pending & SIGNAL_BIT(alarm_signal[which]);
}

static void alarm_expire(unsigned index, unsigned which)
{
	struct process_signal signal = { .number = alarm_signal[which], .code = CODE_KERNEL };
	struct alarm *alarm = &process_at(index)->alarm[which];

	if (!alarm->waits)
		(void)!signal_post(index, 0, &signal);
	alarm->waits = alarm->interval_ns && is_pending(index, which);
	if (!alarm->waits)
		alarm_advance(alarm, now_of(index, which) + CLOCK_LOOK_NS);
}

/* ---- RLIMIT_CPU: SIGXCPU each second from the soft limit on, SIGKILL at the hard one ---- */

static uint64_t limit_ns(uint64_t seconds)
{
	return seconds < NEVER / NS_PER_SECOND ? seconds * NS_PER_SECOND : NEVER;
}

static uint64_t limit_left(unsigned index)
{
	const struct process *process = process_at(index);
	uint64_t soft = limit_ns(process->limit[LIMIT_CPU].soft);
	uint64_t hard = limit_ns(process->limit[LIMIT_CPU].hard), used;

	if (soft == NEVER && hard == NEVER)
		return NEVER;
	if (hard < soft)
		soft = hard;
	used = process_cpu_ns(index);
	return soft > used ? soft - used : 0;
}

static void limit_expire(unsigned index)
{
	struct process *process = process_at(index);
	bool last = process_cpu_ns(index) >= limit_ns(process->limit[LIMIT_CPU].hard);

	(void)!signal_post(index, 0, &(struct process_signal){
		.number = last ? SIGNAL_KILL : SIGNAL_XCPU, .code = CODE_KERNEL });
	process->limit[LIMIT_CPU].soft++;
}

/* ---- all of them ---- */

uint64_t alarms_next(unsigned index)
{
	const struct process *process = process_at(index);
	uint64_t next = 0;

	if (!process_lives(process) || process->flags & FLAG_KILLED)
		return 0;
	for (unsigned i = 0; i < PROCESS_ALARMS; i++) {
		if (process->alarm[i].due_ns && !(process->alarm[i].waits && is_pending(index, i)))
			next = sooner(next, alarm_moment(left_of(index, i), clock_of(i)));
	}
	return sooner(next, alarm_moment(limit_left(index), PROCESS_CLOCK_PROCESS));
}

void alarms_expire(unsigned index)
{
	struct process *process = process_at(index);

	for (unsigned i = 0; i < PROCESS_ALARMS && process_lives(process); i++) {
		if (process->alarm[i].waits && is_pending(index, i))
			continue;
		if (left_of(index, i) == 0)
			alarm_expire(index, i);
	}
	if (process_lives(process) && !(process->flags & FLAG_KILLED) && limit_left(index) == 0)
		limit_expire(index);
}

void alarm_taken(unsigned index, uint32_t number)
{
	for (unsigned i = 0; i < PROCESS_ALARMS; i++) {
		struct alarm *alarm = &process_at(index)->alarm[i];

		if (alarm_signal[i] != number || !alarm->waits)
			continue;
		alarm_advance(alarm, now_of(index, i));
		timers_arm();
	}
}

/* ---- requests ---- */

static void alarm_describe(unsigned index, unsigned which, uint64_t *value_ns,
			   uint64_t *interval_ns)
{
	struct alarm alarm = process_at(index)->alarm[which];
	uint64_t left;

	if (alarm.waits)
		alarm_advance(&alarm, now_of(index, which));
	left = alarm_left(&alarm, clock_of(which), process_at(index)->pid);
	/* It is on: at the very least a microsecond is left. */
	*value_ns = left == NEVER ? 0 : left < 1000 ? 1000 : left;
	*interval_ns = alarm.interval_ns;
}

status_t on_alarm(struct call *call, const struct process_alarm_request *request,
		  struct process_alarm_reply *reply)
{
	unsigned index = caller_index(call), which = (unsigned)request->which;
	uint64_t now;

	if (request->which >= PROCESS_ALARMS)
		return STATUS_ERRNO(E_INVAL);
	alarm_describe(index, which, &reply->value_ns, &reply->interval_ns);
	now = now_of(index, which);
	process_at(index)->alarm[which] = (struct alarm){
		.due_ns = request->value_ns && request->value_ns < NEVER - now ?
			  now + request->value_ns : 0,
		.interval_ns = request->interval_ns };
	timers_arm();
	return STATUS_OK;
}

status_t on_alarm_state(struct call *call, const struct process_alarm_state_request *request,
			struct process_alarm_state_reply *reply)
{
	if (request->which >= PROCESS_ALARMS)
		return STATUS_ERRNO(E_INVAL);
	alarm_describe(caller_index(call), (unsigned)request->which, &reply->value_ns,
		       &reply->interval_ns);
	return STATUS_OK;
}
