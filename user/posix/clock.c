/* SPDX-License-Identifier: MIT */
/*
 * Clocks. Those of the machine are read without a kernel call, and so is the caller's own thread's;
 * processor time of others, and setting the time of day, is process's business.
 */
#include "user/posix/clock.h"

#include "libipc/proto/pipe.h"

#define MINUTES_MAX (15 * 60)                     /* of a time zone */
/* Linux refuses what would not leave it thirty years until its nanoseconds overflow. */
#define SECONDS_MAX (INT64_MAX / (int64_t)NS_PER_SECOND - 30ll * 365 * 24 * 3600)

uint64_t timespec_ns(const struct linux_timespec *time)
{
	uint64_t ns;

	if (__builtin_mul_overflow((uint64_t)time->seconds, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (uint64_t)time->nanoseconds, &ns) || ns > INT64_MAX)
		return INT64_MAX;
	return ns;
}

long timespec_read(uint64_t address, uint64_t *ns)
{
	struct linux_timespec time;

	if (copy_from_program(&time, address, sizeof(time)))
		return -E_FAULT;
	if (!timespec_is_valid(&time))
		return -E_INVAL;
	*ns = timespec_ns(&time);
	return 0;
}

/* ~pid << 3 | for a thread 4 | which time: there is but one here; 3 would be a descriptor. */
static long decode_other(int id, struct clock *clock)
{
	if ((id & 3) == 3)
		return -E_INVAL;
	clock->clock = id & 4 ? PROCESS_CLOCK_THREAD : PROCESS_CLOCK_PROCESS;
	clock->of = ~(uint32_t)(id >> 3);
	return 0;
}

long clock_decode(long id, struct clock *clock)
{
	clock->of = 0;
	switch ((int)id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:                           /* nobody has told it of leap seconds */
		clock->clock = PROCESS_CLOCK_WALL;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		clock->clock = PROCESS_CLOCK_MONOTONIC;
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		clock->clock = PROCESS_CLOCK_THREAD;
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		clock->clock = PROCESS_CLOCK_PROCESS;
		return 0;
	default:
		return (int)id < 0 ? decode_other((int)id, clock) : -E_INVAL;
	}
}

static long read_own_thread(uint64_t *ns)
{
	struct words words = { { 0 } };

	if (kernel_invoke_thread(0, THREAD_STATE, &words))
		return -E_IO;
	*ns = time_scale(words.word[1], info_page()->ns_multiplier);
	return 0;
}

long clock_read(struct task *task, const struct clock *clock, uint64_t *ns)
{
	struct process_clock_read_reply reply;
	status_t status;

	if (clock->clock == PROCESS_CLOCK_WALL) {
		*ns = time_wall_ns();
		return 0;
	}
	if (clock->clock == PROCESS_CLOCK_MONOTONIC) {
		*ns = time_now_ns();
		return 0;
	}
	if (clock->clock == PROCESS_CLOCK_THREAD && !clock->of)
		return read_own_thread(ns);
	status = process_clock_read(&task->process_session, &(struct process_clock_read_request){
		clock->clock, clock->of }, &reply, 0);
	*ns = reply.ns;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_clock_gettime(struct task *task, long id, long address)
{
	struct linux_timespec time;
	struct clock clock;
	uint64_t ns;
	long result = clock_decode(id, &clock);

	if (!result)
		result = clock_read(task, &clock, &ns);
	if (result)
		return result;
	time = timespec_of(ns);
	return copy_to_program((uint64_t)address, &time, sizeof(time));
}

long sys_clock_getres(struct task *task, long id, long address)
{
	struct linux_timespec resolution = { 0, 1 };
	struct clock clock;
	uint64_t ns;
	long result = clock_decode(id, &clock);

	/* There is no device that could wake the machine. */
	if (id == CLOCK_REALTIME_ALARM || id == CLOCK_BOOTTIME_ALARM)
		return -E_INVAL;
	if (!result)
		result = clock_read(task, &clock, &ns);
	if (result || !address)
		return result;
	return copy_to_program((uint64_t)address, &resolution, sizeof(resolution));
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

/* ---- setting the time of day ---- */

/* timerfds hear of it from whoever sets the clock: process does not wait for services below it. */
static long clock_set(struct task *task, const struct linux_timespec *time)
{
	uint64_t up = time_now_ns();
	status_t status;

	if (!timespec_is_valid(time) || time->seconds > SECONDS_MAX || timespec_ns(time) < up)
		return -E_INVAL;
	status = process_set_clock(&task->process_session, &(struct process_set_clock_request){
		timespec_ns(time) - up }, &(struct process_set_clock_reply){ }, 0);
	if (status == STATUS_OK)
		status = pipe_look_at_clock(&task->pipe, &(struct pipe_look_at_clock_request){ },
					    &(struct pipe_look_at_clock_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_clock_settime(struct task *task, long id, long address)
{
	struct linux_timespec time;
	struct clock clock;
	uint64_t ns;
	long result;

	if (id != CLOCK_REALTIME && (int)id >= 0)
		return -E_INVAL;
	if (copy_from_program(&time, (uint64_t)address, sizeof(time)))
		return -E_FAULT;
	if (id == CLOCK_REALTIME)
		return clock_set(task, &time);
	/* Processor time is what it is. */
	result = clock_decode(id, &clock);
	if (!result)
		result = clock_read(task, &clock, &ns);
	return result ? result : -E_PERM;
}

/* A time zone is looked at, but there is none but UTC. */
long sys_settimeofday(struct task *task, long address, long zone_address)
{
	struct { int32_t minutes_west, summer_time; } zone;
	struct linux_timespec time;
	struct linux_timeval now;

	if (address && copy_from_program(&now, (uint64_t)address, sizeof(now)))
		return -E_FAULT;
	if (address && (now.microseconds < 0 || now.microseconds > 1000000))
		return -E_INVAL;
	if (zone_address && copy_from_program(&zone, (uint64_t)zone_address, sizeof(zone)))
		return -E_FAULT;
	if (capability_check(task, CAPABILITY_SYS_TIME))
		return -E_PERM;
	if (zone_address && (zone.minutes_west > MINUTES_MAX || zone.minutes_west < -MINUTES_MAX))
		return -E_INVAL;
	if (!address)
		return 0;
	time = (struct linux_timespec){
		now.seconds, now.microseconds * (int64_t)NS_PER_MICROSECOND };
	return clock_set(task, &time);
}
