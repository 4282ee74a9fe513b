/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_PROCESS_TIME_H
#define BULKHEAD_PROTO_PROCESS_TIME_H

/* The part of process.h that is about time. */
#include <stdint.h>

/*
 * setitimer(2): which, by Linux's numbers; its signal after value_ns (0: off), then every
 * interval_ns. Gives the old setting.
 */
#define PROCESS_ALARMS 3
struct process_alarm_request { uint64_t which, value_ns, interval_ns; };
struct process_alarm_reply { uint64_t value_ns, interval_ns; };
/* The setting as it is. */
struct process_alarm_state_request { uint64_t which; };
struct process_alarm_state_reply { uint64_t value_ns, interval_ns; };

/*
 * Clocks that timers know and that clock_read gives, in nanoseconds. of: whose processor time, 0:
 * the caller's; its pid, or, of a thread of the caller's process, its tid (E_INVAL: there is none).
 */
enum process_clock {
	PROCESS_CLOCK_MONOTONIC, PROCESS_CLOCK_WALL, PROCESS_CLOCK_PROCESS, PROCESS_CLOCK_THREAD,
	PROCESS_CLOCKS
};
struct process_clock_read_request { uint32_t clock, of; };
struct process_clock_read_reply { uint64_t ns; };
/*
 * The wall clock, as the time since 1970 when the machine was started. E_PERM: not the superuser.
 * Threads whose process_page.wall_sleep is set hear of it by PROCESS_CLOCK_BIT at their endpoints.
 */
#define PROCESS_CLOCK_BIT 0x20000000u
struct process_set_clock_request { uint64_t wall_boot_ns; };
struct process_set_clock_reply { };

/*
 * adjtimex(2): what steers the wall clock, changed where `set` (PROCESS_STEER_*) says so; gives
 * what there is then. E_PERM. The clock is put right once a second by as much of the adjustment as
 * 500 ppm allow, by a part of the offset, and by the rate.
 */
#define PROCESS_STEER_RATE       1u     /* parts of 2^-16 in a million */
#define PROCESS_STEER_TICK       2u     /* microseconds in a hundredth of a second */
#define PROCESS_STEER_ADJUSTMENT 4u     /* nanoseconds: adjtime(3) */
#define PROCESS_STEER_OFFSET     8u     /* nanoseconds: what is left of ADJ_OFFSET */
#define PROCESS_STEER_STATE      16u    /* the others, which are only kept */
struct process_steering {
	int64_t rate, tick, adjustment_ns, offset_ns;
	int64_t constant, max_error, error;
	int32_t status, tai;
};
struct process_steer_request { uint64_t set; struct process_steering steering; };
struct process_steer_reply { struct process_steering steering; };

/*
 * timer_create(2). signal: 0: none; its code is SI_TIMER, pid the timer's id, user the expiries
 * beyond one that it stands for, value as given here, or the id. thread: the tid of the caller's
 * process that gets it, 0: any. E_AGAIN: too many.
 */
#define PROCESS_TIMER_VALUE_ID 1u
struct process_timer_make_request {
	uint32_t clock, of, signal, thread;
	uint64_t value, flags;
};
struct process_timer_make_reply { uint64_t id; };
/*
 * value_ns: from now on, or with `absolute` what its clock then shows; 0: off. Gives the old
 * setting. E_INVAL: no such timer.
 */
struct process_timer_set_request { uint32_t id, absolute; uint64_t value_ns, interval_ns; };
struct process_timer_set_reply { uint64_t value_ns, interval_ns; };
struct process_timer_state_request { uint64_t id; };
struct process_timer_state_reply { uint64_t value_ns, interval_ns, overrun; };
struct process_timer_delete_request { uint64_t id; };
struct process_timer_delete_reply { };

#endif
