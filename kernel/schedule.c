/* SPDX-License-Identifier: MIT */
/*
 * Static priorities, round robin within one. The thread that runs stands in no queue. Calls and
 * replies hand the processor over directly and take no part in this file; a slice belongs to the
 * thread that was picked here, whichever servers run on its behalf meanwhile.
 */
#include "kernel/schedule.h"

#include "kernel/endpoint.h"
#include "kernel/log.h"
#include "kernel/space.h"

struct processor processor = { .timer = ~0ull };

static void ready_top_update(void)
{
	processor.ready_top =
		processor.ready_bits ? 63 - (uint32_t)__builtin_clzll(processor.ready_bits) : 0;
}

/* An activation runs at the expense of the program's thread that it works for. */
static struct thread *payer_of(struct thread *thread)
{
	return thread->client ? thread->client : thread;
}

/*
 * FIRST: who was cut short. EARLY: who woke and has a rest of its slice, before all whose slice is
 * over: so who sleeps most of the time need not wait for all who never do.
 */
enum place { FIRST, EARLY, LAST };

static void queue_insert(struct thread *thread, enum place place)
{
	unsigned priority = thread->priority;
	struct thread **head = &processor.ready_first[priority],
		      **tail = &processor.ready_last[priority],
		      **early = &processor.ready_early[priority];

	thread->queued = 1;
	thread->previous = place == FIRST ? 0 : place == EARLY ? *early : *tail;
	thread->next = thread->previous ? thread->previous->next : *head;
	*(thread->previous ? &thread->previous->next : head) = thread;
	*(thread->next ? &thread->next->previous : tail) = thread;
	if (place == EARLY || (place == FIRST && !*early))
		*early = thread;
	processor.ready_bits |= 1ull << priority;
	ready_top_update();
}

void schedule_remove(struct thread *thread)
{
	unsigned priority = thread->priority;

	*(thread->previous ? &thread->previous->next : &processor.ready_first[priority]) = thread->next;
	*(thread->next ? &thread->next->previous : &processor.ready_last[priority]) = thread->previous;
	if (processor.ready_early[priority] == thread)
		processor.ready_early[priority] = thread->previous;
	thread->queued = 0;
	if (!processor.ready_first[priority])
		processor.ready_bits &= ~(1ull << priority);
	ready_top_update();
}

/*
 * A server may be charged that has long handed over to a client by a reply: whoever is ready below
 * it competes with that client.
 */
static void slice_begin(uint64_t now)
{
	struct thread *thread = processor.charged;
	bool competition = thread && processor.ready_bits & ((2ull << thread->priority) - 1);

	processor.slice_end = competition ? now + thread->slice_left : 0;
	processor.timer_stale = 1;
}

void schedule_ready(struct thread *thread)
{
	if (thread->stopped || thread == processor.current)
		return;
	queue_insert(thread, payer_of(thread)->slice_left ? EARLY : LAST);
	if (!processor.slice_end && processor.charged && thread->priority <= processor.charged->priority)
		slice_begin(arch_ticks());
}

void schedule_priority(struct thread *thread, uint32_t priority)
{
	bool queued = thread->queued;

	if (queued)
		schedule_remove(thread);
	thread->priority = priority;
	if (queued)
		schedule_ready(thread);
}

void schedule_handoff(struct thread *thread)
{
	if (processor.successor || thread->stopped)
		schedule_ready(thread);
	else
		processor.successor = thread;
}

void schedule_yield(void)
{
	processor.slice_over = 1;
}

void schedule_deadline(struct thread *thread, uint64_t ticks)
{
	struct thread **link = &processor.deadlines;

	if (thread->deadline) {
		while (*link != thread)
			link = &(*link)->deadline_next;
		*link = thread->deadline_next;
	}
	processor.timer_stale |= thread->deadline || ticks;
	thread->deadline = ticks;
	if (!ticks)
		return;
	for (link = &processor.deadlines; *link && (*link)->deadline <= ticks; )
		link = &(*link)->deadline_next;
	thread->deadline_next = *link;
	*link = thread;
}

void schedule_tick(void)
{
	uint64_t now = arch_ticks();

	processor.timer = ~0ull;
	processor.timer_stale = 1;
	while (processor.deadlines && processor.deadlines->deadline <= now) {
		struct thread *thread = processor.deadlines;

		processor.deadlines = thread->deadline_next;
		thread->deadline = 0;
		thread->timed_out = 1;
		thread->endpoint->pending |= PENDING_TIMEOUT;
		endpoint_wake(thread->endpoint);
	}
	if (processor.slice_end && processor.slice_end <= now) {
		processor.slice_end = 0;
		processor.slice_over = 1;
	}
}

static void timer_update(void)
{
	uint64_t next = processor.deadlines ? processor.deadlines->deadline : ~0ull;

	processor.timer_stale = 0;
	if (processor.slice_end && processor.slice_end < next)
		next = processor.slice_end;
	if (next != processor.timer) {
		processor.timer = next;
		arch_timer_set(next);
	}
}

void schedule_forget(struct thread *thread)
{
	/* Whoever runs pays from now on: without one who pays no slice would ever be over. */
	if (processor.charged == thread) {
		processor.charged = 0;
		processor.timer_stale = 1;
	}
	if (processor.context == thread)
		processor.context = 0;
	if (processor.successor == thread)
		processor.successor = 0;
	schedule_deadline(thread, 0);
}

/* What is left of a slice stays a thread's own while it sleeps. */
static void charge(struct thread *thread)
{
	uint64_t now = arch_ticks();
	struct thread *before = processor.charged;

	if (before) {
		uint64_t used = now - before->ticks_start;

		before->ticks_used += used;
		before->slice_left -= used < before->slice_left ? used : before->slice_left;
	}
	processor.charged = thread;
	if (thread) {
		thread->ticks_start = now;
		if (!thread->slice_left)
			thread->slice_left = thread->slice_ticks;
	}
	slice_begin(now);
}

void schedule_slice(struct thread *thread, uint64_t slice_ticks)
{
	thread->slice_ticks = slice_ticks;
	if (thread->slice_left > slice_ticks)
		thread->slice_left = slice_ticks;
	if (processor.charged == thread)
		charge(thread);
}

static bool runnable(const struct thread *thread)
{
	return thread && thread->state == THREAD_READY && !thread->stopped;
}

/* The best of: the current thread, its successor, the queues. It is in no queue afterwards. */
static struct thread *pick(void)
{
	struct thread *thread = processor.current, *successor = processor.successor;
	bool rotate = processor.slice_over;

	processor.current = 0;
	processor.successor = 0;
	ready_top_update();
	if (!runnable(thread)) {
		thread = successor;
		successor = 0;
		rotate |= thread && !payer_of(thread)->slice_left;
	}
	if (runnable(successor))
		queue_insert(successor, EARLY);
	if (runnable(thread)) {
		bool equal = thread->priority == processor.ready_top;

		if (thread->priority > processor.ready_top || (equal && !rotate))
			return thread;
		queue_insert(thread, equal && rotate ? LAST : FIRST);
	}
	if (!processor.ready_bits)
		charge(0);
	while (!processor.ready_bits) {
		uint64_t since = arch_ticks();

		timer_update();
		arch_idle();
		processor.counters.idle_ticks += arch_ticks() - since;
	}
	thread = processor.ready_first[processor.ready_top];
	schedule_remove(thread);
	return thread;
}

/* Most often the thread that called goes on, and nothing has changed around it. */
bool schedule_stays(void)
{
	const struct thread *thread = processor.current;

	return runnable(thread) && thread->priority >= processor.ready_top && !processor.successor &&
		!processor.slice_over && !processor.timer_stale;
}

_Noreturn void schedule_leave(void)
{
	struct thread *thread, *payer;

	if (schedule_stays())
		arch_return_to_user(processor.current);
	thread = pick();
	payer = payer_of(thread);
	processor.current = thread;
	/*
	 * A server above it runs on its behalf: the slice goes on, and the rotation waits for the
	 * reply. Another program pays for itself, whatever its priority.
	 */
	if (!processor.charged || thread->priority <= processor.charged->priority ||
	    (payer->context && payer != processor.charged)) {
		if (payer != processor.charged || processor.slice_over)
			charge(payer);
		/* Whoever was queued without being woken competes from now on. */
		else if (!processor.slice_end && processor.ready_bits)
			slice_begin(arch_ticks());
		processor.slice_over = 0;
	}
	ready_top_update();
	if (processor.slice_over)
		processor.ready_top = PRIORITIES;
	if (processor.timer_stale)
		timer_update();
	if (thread->root && thread->root != processor.root) {
		processor.root = thread->root;
		processor.counters.address_space_switches++;
		arch_space_switch(thread->root);
	}
	if (thread->context && thread->context != processor.context) {
		processor.counters.context_restores++;
		processor.counters.msr_writes += 2;
		arch_context_switch(processor.context, thread->context);
		processor.context = thread->context;
	}
	arch_return_to_user(thread);
}
