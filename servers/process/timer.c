/* SPDX-License-Identifier: MIT */
/* ITIMER_REAL: one timer per process, all behind the service's one deadline. */
#include "servers/process/state.h"

#include "libipc/time.h"

void timers_arm(void)
{
	uint64_t first = 0;

	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		uint64_t due = process_lives(process_at(i)) ? process_at(i)->timer_ns : 0;

		if (due && (!first || due < first))
			first = due;
	}
	server_deadline(first);
}

/* An interval that was missed several times counts once. */
static void timer_advance(struct process *process, uint64_t now)
{
	uint64_t interval = process->timer_interval_ns;

	if (interval)
		process->timer_ns += ((now - process->timer_ns) / interval + 1) * interval;
	else
		process->timer_ns = 0;
}

void timers_expire(void)
{
	struct process_signal signal = { .number = SIGNAL_ALRM, .code = CODE_KERNEL };
	uint64_t now = time_now_ns();

	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		struct process *process = process_at(i);

		if (!process_lives(process) || !process->timer_ns || process->timer_ns > now)
			continue;
		timer_advance(process, now);
		(void)!signal_post(i, 0, &signal);
	}
	timers_arm();
}

static uint64_t timer_left(const struct process *process, uint64_t now)
{
	if (!process->timer_ns)
		return 0;
	return process->timer_ns > now ? process->timer_ns - now : 1;
}

status_t on_timer(struct call *call, const struct process_timer_request *request,
		  struct process_timer_reply *reply)
{
	struct process *process = process_at(caller_index(call));
	uint64_t now = time_now_ns();

	reply->value_ns = timer_left(process, now);
	reply->interval_ns = process->timer_interval_ns;
	process->timer_interval_ns = request->interval_ns;
	process->timer_ns = request->value_ns && request->value_ns < ~0ull - now ?
			    now + request->value_ns : 0;
	timers_arm();
	return STATUS_OK;
}

status_t on_timer_state(struct call *call, const struct process_timer_state_request *request,
			struct process_timer_state_reply *reply)
{
	const struct process *process = process_at(caller_index(call));

	(void)request;
	reply->value_ns = timer_left(process, time_now_ns());
	reply->interval_ns = process->timer_interval_ns;
	return STATUS_OK;
}
