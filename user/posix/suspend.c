/* SPDX-License-Identifier: MIT */
/* Calls that wait for signals or for time. */
#include "user/posix/interruptible.h"

#include "user/posix/dispatch.h"
#include "user/posix/linux_file.h"
#include "user/posix/sleep.h"
#include "user/posix/lock.h"

#define SIGNAL_SET_BYTES 8
#define NS_PER_SECOND    1000000000ull
#define TIMER_ABSTIME    1
/* clockid_t */
enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME = 7 };

static status_t wait(struct task *task, uint64_t deadline, uint64_t *bits)
{
	struct words words = { { deadline } };
	unsigned long locked = task->locked;
	status_t status;

	if (locked)
		lock_pause(&task->locked);
	status = kernel_receive(SLOT_SELF_ENDPOINT, 0, &words);
	*bits = words.word[0] & ~(uint64_t)TASK_BIT_LOCK;
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

/* Nanoseconds of a struct timespec: 0 or -errno. Beyond what 64 bits hold: as long as they do. */
static long read_timespec(uint64_t address, uint64_t *ns)
{
	struct linux_timespec time;

	if (copy_from_program(&time, address, sizeof(time)))
		return -E_FAULT;
	if (time.seconds < 0 || (uint64_t)time.nanoseconds >= NS_PER_SECOND)
		return -E_INVAL;
	if (__builtin_mul_overflow((uint64_t)time.seconds, NS_PER_SECOND, ns) ||
	    __builtin_add_overflow(*ns, (uint64_t)time.nanoseconds, ns))
		*ns = INT64_MAX;
	return 0;
}

static uint64_t add_ns(uint64_t a, uint64_t b)
{
	return a + b < a || a + b > INT64_MAX ? INT64_MAX : a + b;
}

long sleep_deadline(uint64_t address, enum sleep_kind kind, uint64_t *deadline)
{
	uint64_t ns, boot = info_page()->wall_boot_ns;
	long result;

	*deadline = 0;
	if (!address)
		return 0;
	result = read_timespec(address, &ns);
	if (result)
		return result;
	if (kind == SLEEP_RELATIVE)
		ns = add_ns(time_now_ns(), ns);
	else if (kind == SLEEP_UNTIL_WALL)
		ns = ns > boot ? ns - boot : 0;
	*deadline = time_ticks_at(ns);
	*deadline += !*deadline;                 /* 0 would be never */
	return 0;
}

long sleep_for(struct task *task, uint64_t timespec, enum sleep_kind kind)
{
	uint64_t deadline;
	long result = sleep_deadline(timespec, kind, &deadline);

	return result ? result : sleep_until(task, deadline);
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
	result = sleep_deadline((uint64_t)timeout, SLEEP_RELATIVE, &deadline);
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

/* Sleeps until `deadline_ns`; a call that is to be restarted finds it in task->restart. */
static long sleep_and_tell(struct task *task, uint64_t deadline_ns, uint64_t remaining)
{
	long result = sleep_until(task, time_ticks_at(deadline_ns));
	uint64_t now = time_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
	struct linux_timespec time = { (int64_t)(left / NS_PER_SECOND), (int64_t)(left % NS_PER_SECOND) };

	if (result == -E_TIMEDOUT)
		return 0;
	if (remaining && copy_to_program(remaining, &time, sizeof(time)))
		return -E_FAULT;
	task->restart = (struct restart_block){ deadline_ns, remaining };
	return -ERESTART_RESTARTBLOCK;
}

long sys_restart_syscall(struct task *task)
{
	return sleep_and_tell(task, task->restart.deadline_ns, task->restart.remaining);
}

long sys_clock_nanosleep(struct task *task, long clock, long flags, long request, long remaining)
{
	uint64_t ns;
	long result;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -E_INVAL;
	if (!request)
		return -E_FAULT;
	if (flags & TIMER_ABSTIME) {
		result = sleep_for(task, (uint64_t)request,
				   clock == CLOCK_REALTIME ? SLEEP_UNTIL_WALL : SLEEP_UNTIL);
		return result == -E_TIMEDOUT ? 0 : result;
	}
	result = read_timespec((uint64_t)request, &ns);
	return result ? result : sleep_and_tell(task, add_ns(time_now_ns(), ns), (uint64_t)remaining);
}

long sys_nanosleep(struct task *task, long request, long remaining)
{
	return sys_clock_nanosleep(task, CLOCK_MONOTONIC, 0, request, remaining);
}
