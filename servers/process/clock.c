/* SPDX-License-Identifier: MIT */
/*
 * Clocks, and how alarms keep to them. Processor time needs no clock of its own: on one processor
 * it passes no faster than time does, so whoever waits for it looks again when it may have passed.
 */
#include "servers/process/state.h"

#include "libipc/proto/supervisor.h"
#include "libipc/time.h"


uint64_t process_cpu_ns(unsigned index)
{
	uint64_t ns = process_at(index)->usage.cpu_ns;

	for (unsigned i = process_at(index)->first_thread; i; i = thread_at(i)->next)
		ns += thread_cpu_ns(i);
	return ns;
}

bool clock_now(unsigned clock, uint32_t of, uint64_t *ns)
{
	unsigned index;

	switch (clock) {
	case PROCESS_CLOCK_MONOTONIC:
		*ns = time_now_ns();
		return true;
	case PROCESS_CLOCK_WALL:
		*ns = time_wall_ns();
		return true;
	case PROCESS_CLOCK_PROCESS:
		index = table_find(state.table, of);
		*ns = index ? process_cpu_ns(index) : 0;
		return index;
	case PROCESS_CLOCK_THREAD:
		index = table_find_thread(state.table, of);
		*ns = index ? thread_cpu_ns(index) : 0;
		return index;
	default:
		return false;
	}
}

uint64_t alarm_left(const struct alarm *alarm, unsigned clock, uint32_t of)
{
	uint64_t now;

	if (!alarm->due_ns || !clock_now(clock, of, &now))
		return NEVER;
	return alarm->due_ns > now ? alarm->due_ns - now : 0;
}

uint64_t alarm_moment(uint64_t left, unsigned clock)
{
	uint64_t now = time_now_ns();

	if (left == NEVER)
		return 0;
	if (clock >= PROCESS_CLOCK_PROCESS && left < CLOCK_LOOK_NS)
		left = CLOCK_LOOK_NS;
	return now + left < now ? 0 : now + left;
}

uint64_t alarm_advance(struct alarm *alarm, uint64_t now)
{
	uint64_t passed;

	alarm->waits = 0;
	if (!alarm->interval_ns) {
		alarm->due_ns = 0;
		return 0;
	}
	/* The clock was set back meanwhile. */
	if (now < alarm->due_ns)
		return 0;
	passed = (now - alarm->due_ns) / alarm->interval_ns;
	alarm->due_ns += (passed + 1) * alarm->interval_ns;
	return passed;
}

uint64_t sooner(uint64_t a, uint64_t b)
{
	return a && (a < b || !b) ? a : b;
}

/* ---- requests ---- */

status_t on_clock_read(struct call *call, const struct process_clock_read_request *request,
		       struct process_clock_read_reply *reply)
{
	unsigned caller = caller_index(call), thread = caller_thread(call);
	uint32_t of = request->of;

	if (request->clock == PROCESS_CLOCK_THREAD) {
		if (of)
			thread = table_find_thread(state.table, of);
		if (!thread || thread_at(thread)->process != caller)
			return STATUS_ERRNO(E_INVAL);
		of = thread_at(thread)->tid;
	} else if (!of) {
		of = process_at(caller)->pid;
	}
	return clock_now(request->clock, of, &reply->ns) ? STATUS_OK : STATUS_ERRNO(E_INVAL);
}

/* Whoever sleeps until a time of day looks at the clock again. */
static void wall_sleepers_wake(void)
{
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (thread_at(i)->process && thread_page(i)->wall_sleep)
			(void)!thread_notify(i, PROCESS_CLOCK_BIT);
	}
}

status_t wall_clock_set(uint64_t wall_boot_ns)
{
	struct session supervisor = service_session("supervisor");
	status_t status = supervisor_set_clock(&supervisor,
		&(struct supervisor_set_clock_request){ wall_boot_ns },
		&(struct supervisor_set_clock_reply){ }, 0);

	if (status == STATUS_OK)
		wall_sleepers_wake();
	return status;
}

status_t on_set_clock(struct call *call, const struct process_set_clock_request *request,
		      struct process_set_clock_reply *reply)
{
	status_t status;

	(void)reply;
	if (!process_can(process_at(caller_index(call)), CAPABILITY_SYS_TIME))
		return STATUS_ERRNO(E_PERM);
	status = wall_clock_set(request->wall_boot_ns);
	if (status == STATUS_OK)
		timers_arm();
	return status;
}
