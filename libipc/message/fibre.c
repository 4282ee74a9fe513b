/* SPDX-License-Identifier: MIT */
/*
 * Fibres: how a handler waits while others run. Each fibre runs the same loop on a stack of its
 * own. A handler that waits leaves its fibre, loop and all, in the event's list; another one, idle
 * or new, goes on receiving. A fibre that is ready again goes on when the current handler is
 * through; it finishes its handler, answers, and then receives in its turn, and the fibre that gave
 * way to it is idle. So a request that does not wait never switches.
 *
 * One fibre runs at a time and switches only in here: no locks.
 */
#include "libipc/message/fibre.h"

#include "libipc/objects.h"

#define FIBRE_STACK_BYTES 32768
#define GUARD_BYTES       4096

uint32_t attention;
static struct fibre first_fibre, *current, *all, *idle;
static struct fibre *ready_first, *ready_last;

static void ready_append(struct fibre *fibre)
{
	fibre->next = 0;
	if (ready_first)
		ready_last->next = fibre;
	else
		ready_first = fibre;
	ready_last = fibre;
	attention |= ATTENTION_READY;
}

static struct fibre *ready_take(void)
{
	struct fibre *fibre = ready_first;

	if (fibre)
		ready_first = fibre->next;
	if (!ready_first)
		attention &= ~ATTENTION_READY;
	return fibre;
}

static struct fibre *fibre_create(void)
{
	struct fibre *fibre = arena_allocate(sizeof(*fibre), 64);
	char *stack = arena_allocate(GUARD_BYTES + FIBRE_STACK_BYTES, GUARD_BYTES);
	uint64_t passed, *top;

	if (!fibre || !stack)
		return 0;
	/* An overflow hits a hole. Where it cannot be made, the fibre works all the same. */
	(void)!space_unmap(service_info()->self_space_slot, (uint64_t)stack, 1, &passed);
	top = (uint64_t *)(stack + GUARD_BYTES + FIBRE_STACK_BYTES);
	/* As fibre_switch leaves it: six registers, where to return to, and a caller's alignment. */
	*--top = 0;
	*--top = (uint64_t)server_loop;
	for (int i = 0; i < 6; i++)
		*--top = 0;
	*fibre = (struct fibre){ .next_of_all = all, .rsp = (uint64_t)top };
	all = fibre;
	return fibre;
}

/* Somebody to go on while the current fibre does not. */
static struct fibre *fibre_next(void)
{
	struct fibre *fibre = ready_take();

	if (fibre)
		return fibre;
	fibre = idle;
	if (!fibre)
		return fibre_create();
	idle = fibre->next;
	return fibre;
}

/* Stable memory always tells whose kept call is at work: should it kill us, it is known. */
static void fibre_leave_for(struct fibre *next)
{
	struct fibre *self = current;

	library_stable()->running = 0;
	current = next;
	fibre_switch(&self->rsp, next->rsp);
	library_stable()->running = self->call ? self->call->badge + 1 : 0;
}

void fibre_start(void)
{
	current = &first_fibre;
	all = &first_fibre;
}

void fibre_run_ready(void)
{
	library_stable()->running = 0;
	current->call = 0;
	while (attention & ATTENTION_READY) {
		struct fibre *next = ready_take();

		current->next = idle;
		idle = current;
		fibre_leave_for(next);
	}
}

static status_t wait(struct event *event, struct call *call, uint32_t interruptible)
{
	struct fibre *self = current, *next, **last = &event->first;
	status_t status;

	if (interruptible && call && call->cancelled)
		return STATUS_CANCELLED;
	if (call && !call->reply_slot) {
		status = call_keep(call);
		if (status != STATUS_OK)
			return status;
	}
	next = fibre_next();
	if (!next)
		return STATUS_NO_MEMORY;
	while (*last)
		last = &(*last)->next;
	*last = self;
	self->next = 0;
	self->event = event;
	self->call = call;
	self->interruptible = interruptible;
	self->interrupted = 0;
	fibre_leave_for(next);
	return self->interrupted ? STATUS_CANCELLED : STATUS_OK;
}

status_t event_wait(struct event *event, struct call *call)
{
	return wait(event, call, 1);
}

status_t event_wait_anyway(struct event *event, struct call *call)
{
	return wait(event, call, 0);
}

void event_signal(struct event *event)
{
	struct fibre *fibre;

	while ((fibre = event->first)) {
		event->first = fibre->next;
		fibre->event = 0;
		ready_append(fibre);
	}
}

static void interrupt(struct fibre *fibre)
{
	struct fibre **link;

	fibre->call->cancelled = 1;
	if (!fibre->event || !fibre->interruptible)
		return;
	for (link = &fibre->event->first; *link != fibre; link = &(*link)->next)
		;
	*link = fibre->next;
	fibre->event = 0;
	fibre->interrupted = 1;
	ready_append(fibre);
}

void fibre_cancel(uint64_t badge)
{
	for (struct fibre *fibre = all; fibre; fibre = fibre->next_of_all) {
		if (fibre->call && fibre->call->badge == badge)
			interrupt(fibre);
	}
}

/* Those that can be interrupted have finished when this returns. */
void fibre_orphan(uint64_t badge)
{
	for (struct fibre *fibre = all; fibre; fibre = fibre->next_of_all) {
		if (fibre->call && badge_includes(badge, fibre->call->badge)) {
			fibre->call->orphan = 1;
			interrupt(fibre);
		}
	}
	if (attention & ATTENTION_READY) {
		struct fibre *next = ready_take();

		ready_append(current);
		fibre_leave_for(next);
	}
}
