/* SPDX-License-Identifier: MIT */
/*
 * How a handler waits in the kernel: the thread it runs on sleeps, outside the service's monitor,
 * and has the monitor again when it goes on. What message/fibre.c says of fibres holds for threads
 * here: one at a time is in the service, and gives way only in this file.
 */
#include "kernel/abi/direct.h"
#include "libipc/kernel.h"
#include "libipc/server_private.h"

uint32_t attention;

/* One that waits: on its thread's stack, from event_wait's beginning to its end. */
struct fibre {
	struct fibre *next;                      /* in the event's list */
	struct fibre *next_of_all, *previous_of_all;
	struct thread *thread;
	struct event *event;                     /* 0: it was signalled, or interrupted */
	struct call *call;
	uint32_t interruptible, interrupted;
};
static struct fibre *all;

void fibre_start(void) { }
void fibre_run_ready(void) { }

static void link_in(struct fibre *self)
{
	struct fibre **last = &self->event->first;

	while (*last)
		last = &(*last)->next;
	*last = self;
	self->next_of_all = all;
	if (all)
		all->previous_of_all = self;
	all = self;
}

static void unlink_from_event(struct fibre *fibre)
{
	struct fibre **link = &fibre->event->first;

	while (*link != fibre)
		link = &(*link)->next;
	*link = fibre->next;
	fibre->event = 0;
}

static void unlink_from_all(struct fibre *self)
{
	*(self->previous_of_all ? &self->previous_of_all->next_of_all : &all) = self->next_of_all;
	if (self->next_of_all)
		self->next_of_all->previous_of_all = self->previous_of_all;
}

static status_t wait(struct event *event, struct call *call, uint32_t interruptible)
{
	struct fibre self = { .thread = host_self(), .event = event, .call = call,
			      .interruptible = interruptible };
	status_t status = STATUS_OK;

	if (interruptible && call && call->cancelled)
		return STATUS_CANCELLED;
	/* Another receiver takes the next message: this one's answer needs a slot. */
	if (call && !call->reply_slot && !host_is_direct(call))
		status = call_keep(call);
	if (status != STATUS_OK)
		return status;
	link_in(&self);
	status = host_wait();
	if (status != STATUS_OK)
		unlink_from_event(&self);
	unlink_from_all(&self);
	return self.interrupted ? STATUS_CANCELLED : status;
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
		unlink_from_event(fibre);
		host_wake(fibre->thread);
	}
}

static void interrupt(struct fibre *fibre)
{
	fibre->call->cancelled = 1;
	if (!fibre->event || !fibre->interruptible)
		return;
	unlink_from_event(fibre);
	fibre->interrupted = 1;
	host_wake(fibre->thread);
}

void fibre_cancel(uint64_t badge)
{
	for (struct fibre *fibre = all; fibre; fibre = fibre->next_of_all) {
		if (fibre->call && fibre->call->badge == badge)
			interrupt(fibre);
	}
}

void fibre_orphan(uint64_t badge)
{
	for (struct fibre *fibre = all; fibre; fibre = fibre->next_of_all) {
		if (fibre->call && badge_includes(badge, fibre->call->badge)) {
			fibre->call->orphan = 1;
			interrupt(fibre);
		}
	}
	host_let_others();
}
