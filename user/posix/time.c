/* SPDX-License-Identifier: MIT */
/* Clocks, which need no kernel call, and interval timers, which process keeps. */
#include "user/posix/linux_file.h"
#include "user/posix/task.h"

#define NS_PER_SECOND 1000000000ull
#define NS_PER_MICROSECOND 1000ull
/* clockid_t */
enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
       CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
       CLOCK_TAI = 11 };
enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

/* struct itimerval */
struct linux_timer { struct linux_timeval interval, value; };

static long clock_now(struct task *task, long clock, uint64_t *ns)
{
	struct words words = { { 0 } };
	struct process_usage_reply reply;
	status_t status;

	switch ((int)clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:                           /* nobody has told it of leap seconds */
		*ns = time_wall_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = time_now_ns();
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		if (kernel_invoke_thread(0, THREAD_STATE, &words))
			return -E_IO;
		*ns = time_scale(words.word[1], info_page()->ns_multiplier);
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		status = process_usage(&task->process_session, &(struct process_usage_request){ },
				       &reply, 0);
		*ns = reply.self.cpu_ns;
		return status == STATUS_OK ? 0 : error_of_status(status);
	default:
		return -E_INVAL;
	}
}

long sys_clock_gettime(struct task *task, long clock, long address)
{
	struct linux_timespec time;
	uint64_t ns;
	long result = clock_now(task, clock, &ns);

	if (result)
		return result;
	time = (struct linux_timespec){ (int64_t)(ns / NS_PER_SECOND), (int64_t)(ns % NS_PER_SECOND) };
	return copy_to_program((uint64_t)address, &time, sizeof(time));
}

long sys_clock_getres(struct task *task, long clock, long address)
{
	struct linux_timespec resolution = { 0, 1 };
	uint64_t ns;
	long result = clock_now(task, clock, &ns);

	if (result || !address)
		return result;
	return copy_to_program((uint64_t)address, &resolution, sizeof(resolution));
}

static struct linux_timeval timeval_of(uint64_t ns)
{
	return (struct linux_timeval){ (int64_t)(ns / NS_PER_SECOND),
				       (int64_t)(ns % NS_PER_SECOND / NS_PER_MICROSECOND) };
}

long sys_gettimeofday(struct task *task, long time, long zone)
{
	struct linux_timeval now = timeval_of(time_wall_ns());
	struct { int32_t minutes_west, summer_time; } utc = { 0 };

	(void)task;
	if (time && copy_to_program((uint64_t)time, &now, sizeof(now)))
		return -E_FAULT;
	return zone ? copy_to_program((uint64_t)zone, &utc, sizeof(utc)) : 0;
}

long sys_time(struct task *task, long address)
{
	int64_t seconds = (int64_t)(time_wall_ns() / NS_PER_SECOND);

	(void)task;
	if (address && copy_to_program((uint64_t)address, &seconds, sizeof(seconds)))
		return -E_FAULT;
	return seconds;
}

long sys_alarm(struct task *task, long seconds)
{
	struct process_timer_reply old;
	status_t status = process_timer(&task->process_session, &(struct process_timer_request){
		(uint32_t)seconds * NS_PER_SECOND, 0 }, &old, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	/* Rounded up to what is left of a second: not 0 while one is set. */
	return (long)((old.value_ns + NS_PER_SECOND / 2) / NS_PER_SECOND) +
	       (old.value_ns && old.value_ns < NS_PER_SECOND / 2);
}

/* -EINVAL: not a time. */
static long ns_of(const struct linux_timeval *time, uint64_t *ns)
{
	if (time->seconds < 0 || time->microseconds < 0 || time->microseconds >= 1000000)
		return -E_INVAL;
	if (time->seconds > INT64_MAX / (int64_t)NS_PER_SECOND - 1)
		*ns = INT64_MAX;
	else
		*ns = (uint64_t)time->seconds * NS_PER_SECOND +
		      (uint64_t)time->microseconds * NS_PER_MICROSECOND;
	return 0;
}

long sys_setitimer(struct task *task, long which, long new_address, long old_address)
{
	struct linux_timer timer = { 0 };
	struct process_timer_request request;
	struct process_timer_reply old;
	status_t status;

	/* Timers of processor time are not kept. */
	if (which != ITIMER_REAL)
		return which == ITIMER_VIRTUAL || which == ITIMER_PROF ? -E_NOSYS : -E_INVAL;
	if (new_address && copy_from_program(&timer, (uint64_t)new_address, sizeof(timer)))
		return -E_FAULT;
	if (ns_of(&timer.value, &request.value_ns) || ns_of(&timer.interval, &request.interval_ns))
		return -E_INVAL;
	status = process_timer(&task->process_session, &request, &old, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	timer = (struct linux_timer){ timeval_of(old.interval_ns), timeval_of(old.value_ns) };
	return old_address ? copy_to_program((uint64_t)old_address, &timer, sizeof(timer)) : 0;
}

long sys_getitimer(struct task *task, long which, long address)
{
	struct process_timer_state_reply state = { 0 };
	struct linux_timer timer;
	status_t status = STATUS_OK;

	if ((uint64_t)which > ITIMER_PROF)
		return -E_INVAL;
	if (which == ITIMER_REAL)
		status = process_timer_state(&task->process_session,
			&(struct process_timer_state_request){ }, &state, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	timer = (struct linux_timer){ timeval_of(state.interval_ns), timeval_of(state.value_ns) };
	return copy_to_program((uint64_t)address, &timer, sizeof(timer));
}
