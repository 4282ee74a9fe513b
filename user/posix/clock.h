/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_CLOCK_H
#define BULKHEAD_POSIX_CLOCK_H

#include "user/posix/linux_file.h"
#include "user/posix/task.h"

#define NS_PER_SECOND      1000000000ull
#define NS_PER_MICROSECOND 1000ull

/* clockid_t; negative ones name the processor time of a process or thread. */
enum clock_id {
	CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
	CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
	CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM, CLOCK_TAI = 11,
};
#define TIMER_ABSTIME 1

struct linux_itimerspec { struct linux_timespec interval, value; };

/* A clock as process knows it (enum process_clock), and whose, 0: the caller's. */
struct clock { uint32_t clock, of; };
/* -EINVAL: no clockid_t. */
long clock_decode(long id, struct clock *clock);
/* What it shows: 0, or -EINVAL: there is no such process or thread. */
long clock_read(struct task *task, const struct clock *clock, uint64_t *ns);

static inline struct linux_timespec timespec_of(uint64_t ns)
{
	return (struct linux_timespec){ (int64_t)(ns / NS_PER_SECOND),
					(int64_t)(ns % NS_PER_SECOND) };
}
static inline struct linux_timeval timeval_of(uint64_t ns)
{
	return (struct linux_timeval){ (int64_t)(ns / NS_PER_SECOND),
				       (int64_t)(ns % NS_PER_SECOND / NS_PER_MICROSECOND) };
}
static inline int timespec_is_valid(const struct linux_timespec *time)
{
	return time->seconds >= 0 && (uint64_t)time->nanoseconds < NS_PER_SECOND;
}
/* Beyond what 63 bits of nanoseconds hold: as long as they do. Needs: valid. */
uint64_t timespec_ns(const struct linux_timespec *time);
/* The same of one in the program's memory: 0, -EFAULT, -EINVAL. */
long timespec_read(uint64_t address, uint64_t *ns);

#endif
