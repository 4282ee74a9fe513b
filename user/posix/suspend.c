/* SPDX-License-Identifier: MIT */
/* Calls that wait for signals or for time. */
#include "user/posix/interruptible.h"

#include "user/posix/clock.h"
#include "user/posix/dispatch.h"
#include "user/posix/futex.h"
#include "user/posix/lock.h"
#include "user/posix/poll.h"
#include "user/posix/sleep.h"

#define SIGNAL_SET_BYTES 8
/* Processor time is looked at no more often than this. */
#define CPU_LOOK_NS      1000000ull

static uint64_t tick_of_wall(uint64_t wall_ns)
{
	uint64_t boot = info_page()->wall_boot_ns;
	uint64_t tick = time_ticks_at(wall_ns > boot ? wall_ns - boot : 0);

	return tick + !tick;                     /* 0 would be never */
}

/* One round; whether the deadline passed is seen by the clock that it is of. */
static status_t wait(struct task *task, uint64_t deadline, uint64_t *bits)
{
	int wall = deadline && deadline == task->time_of_day.tick;
	unsigned long locked = task->locked;
	struct words words;
	status_t status;

	if (locked)
		lock_pause(&task->locked);
	/* From here on process tells when that clock is set. */
	if (wall)
		PROCESS_PAGE(task->page)->wall_sleep = 1;
	words = (struct words){ { wall ? tick_of_wall(task->time_of_day.wall_ns) : deadline } };
	status = kernel_receive(SLOT_SELF_ENDPOINT, 0, &words);
	*bits = words.word[0] & ~(uint64_t)(TASK_BIT_LOCK | PROCESS_CLOCK_BIT);
	if (wall)
		PROCESS_PAGE(task->page)->wall_sleep = 0;
	if (locked)
		lock_resume(&task->locked);
	return status;
}

long task_wait(struct task *task, uint64_t deadline, uint64_t *bits)
{
	status_t status;

	do {
		/* What came while it waited for the lock, the time before or in the last round. */
		if (task->bits) {
			*bits = task->bits;
			task->bits = 0;
			return 0;
		}
		status = wait(task, deadline, bits);
	} while (status == STATUS_NOTIFIED && !*bits);
	if (status == STATUS_NOTIFIED)
		return 0;
	return status == STATUS_TIMEOUT ? -E_TIMEDOUT : -ERESTARTNOHAND;
}

/* Until the tick `deadline`, or a signal. */
static long sleep_until(struct task *task, uint64_t deadline)
{
	uint64_t bits;
	long result;

	do
		result = task_wait(task, deadline, &bits);
	while (result == 0);
	return result;
}

long sys_pause(struct task *task)
{
	return sleep_until(task, 0);
}

long sys_rt_sigsuspend(struct task *task, long set, long set_bytes)
{
	uint64_t mask;

	if (set_bytes != SIGNAL_SET_BYTES)
		return -E_INVAL;
	if (copy_from_program(&mask, (uint64_t)set, sizeof(mask)))
		return -E_FAULT;
	signal_mask_for_call(task, mask);
	return sleep_until(task, 0);
}

static uint64_t add_ns(uint64_t a, uint64_t b)
{
	return a + b < a || a + b > INT64_MAX ? INT64_MAX : a + b;
}

long sleep_deadline(struct task *task, uint64_t address, enum sleep_kind kind, uint64_t *deadline)
{
	uint64_t ns;
	long result;

	*deadline = 0;
	if (!address)
		return 0;
	result = timespec_read(address, &ns);
	if (result)
		return result;
	if (kind == SLEEP_UNTIL_WALL) {
		*deadline = tick_of_wall(ns);
		task->time_of_day.tick = *deadline;
		task->time_of_day.wall_ns = ns;
		return 0;
	}
	if (kind == SLEEP_RELATIVE)
		ns = add_ns(time_now_ns(), ns);
	*deadline = time_ticks_at(ns);
	*deadline += !*deadline;                 /* 0 would be never */
	return 0;
}

long sys_rt_sigtimedwait(struct task *task, long set, long information, long timeout, long set_bytes)
{
	uint64_t wanted, deadline;
	struct signal_info info;
	long result;

	if (set_bytes != SIGNAL_SET_BYTES)
		return -E_INVAL;
	if (copy_from_program(&wanted, (uint64_t)set, sizeof(wanted)))
		return -E_FAULT;
	result = sleep_deadline(task, (uint64_t)timeout, SLEEP_RELATIVE, &deadline);
	if (result)
		return result;
	wanted &= ~SIGNALS_UNBLOCKABLE;
	/* Process drops none of them while we wait, and wakes us for each. */
	PROCESS_PAGE(task->page)->signals_waited = wanted;
	for (;;) {
		task->page->upcall_pending = 0;
		if (signal_take(task, ~wanted, &info))
			break;
		if (!result && signal_waiting(task))
			result = -E_INTR;
		if (result) {
			PROCESS_PAGE(task->page)->signals_waited = 0;
			task->page->upcall_pending = 1;
			return result == -E_TIMEDOUT ? -E_AGAIN : -E_INTR;
		}
		result = sleep_until(task, deadline);
	}
	PROCESS_PAGE(task->page)->signals_waited = 0;
	task->page->upcall_pending = 1;
	if (information && copy_to_program((uint64_t)information, &info, sizeof(info)))
		return -E_FAULT;
	return info.signo;
}

/* ---- nanosleep ---- */

/* The tick at which to look at the clock again; its time is not there yet. */
static uint64_t next_look(const struct clock *clock, uint64_t left)
{
	if (clock->clock >= PROCESS_CLOCK_PROCESS && left < CPU_LOOK_NS)
		left = CPU_LOOK_NS;
	return time_ticks_at(add_ns(time_now_ns(), left));
}

/* Until the clock shows that: -ETIMEDOUT. Else a signal came, or there is no such clock. */
static long sleep_on(struct task *task, const struct clock *clock, uint64_t until)
{
	uint64_t now, bits, tick;
	long result;

	for (;;) {
		result = clock_read(task, clock, &now);
		if (result)
			return result;
		if (now >= until)
			return -E_TIMEDOUT;
		tick = clock->clock == PROCESS_CLOCK_WALL ? tick_of_wall(until) :
			next_look(clock, until - now);
		task->time_of_day.wall_ns = until;
		task->time_of_day.tick = clock->clock == PROCESS_CLOCK_WALL ? tick : 0;
		result = task_wait(task, tick, &bits);
		if (result && result != -E_TIMEDOUT)
			return result;
	}
}

/* A sleep that is to be restarted goes on until the same time, and says what is left of it. */
static long sleep_and_tell(struct task *task, const struct clock *clock, uint64_t until,
			   uint64_t remaining)
{
	long result = sleep_on(task, clock, until);
	struct linux_timespec time;
	uint64_t now;

	if (result != -ERESTARTNOHAND)
		return result == -E_TIMEDOUT ? 0 : result;
	if (clock_read(task, clock, &now))
		now = until;
	time = timespec_of(until > now ? until - now : 0);
	if (remaining && copy_to_program(remaining, &time, sizeof(time)))
		return -E_FAULT;
	task->restart = (struct restart_block){ .what = RESTART_SLEEP, .deadline = until,
		.address = remaining, .clock = clock->clock, .of = clock->of };
	return -ERESTART_RESTARTBLOCK;
}

long sys_restart_syscall(struct task *task)
{
	struct restart_block restart = task->restart;
	struct clock clock = { restart.clock, restart.of };
	long result;
	int locked;

	task->restart.what = RESTART_NOTHING;
	switch (restart.what) {
	case RESTART_SLEEP:
		return sleep_and_tell(task, &clock, restart.deadline, restart.address);
	case RESTART_FUTEX:
		return futex_wait_again(task, &restart);
	case RESTART_POLL:
		locked = lock_ensure(task);
		result = poll_again(task, &restart);
		if (locked)
			lock_leave(task);
		return result;
	default:
		return -E_INTR;
	}
}

/* Which clocks can be slept on; a thread cannot wait for its own processor time. */
static long sleep_clock(struct task *task, long id, struct clock *clock)
{
	long result = clock_decode(id, clock);

	switch ((int)id) {
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return -E_OPNOTSUPP;
	}
	if (!result && clock->clock == PROCESS_CLOCK_THREAD &&
	    (!clock->of || clock->of == PROCESS_PAGE(task->page)->tid))
		return -E_INVAL;
	return result;
}

long sys_clock_nanosleep(struct task *task, long id, long flags, long request, long remaining)
{
	struct clock clock;
	uint64_t ns, now;
	long result = sleep_clock(task, id, &clock);

	if (!result)
		result = timespec_read((uint64_t)request, &ns);
	if (result)
		return result;
	if (flags & TIMER_ABSTIME) {
		result = sleep_on(task, &clock, ns);
		return result == -E_TIMEDOUT ? 0 : result;
	}
	/* A time to sleep does not follow the time of day. */
	if (clock.clock == PROCESS_CLOCK_WALL)
		clock.clock = PROCESS_CLOCK_MONOTONIC;
	result = clock_read(task, &clock, &now);
	return result ? result : sleep_and_tell(task, &clock, add_ns(now, ns), (uint64_t)remaining);
}

long sys_nanosleep(struct task *task, long request, long remaining)
{
	return sys_clock_nanosleep(task, CLOCK_MONOTONIC, 0, request, remaining);
}
