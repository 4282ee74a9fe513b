/* SPDX-License-Identifier: MIT */
/*
 * Services and the personality in the kernel: activations, monitors, receivers. The gate in
 * arch/x86_64/host.S does the common case of a call; what it cannot do comes here, with interrupts
 * off.
 *
 * A service's monitor lets one in at a time; who is in it has the service's priority, so that
 * nobody who could call it runs meanwhile, and waiting for it is rare: the one in it itself waits
 * for somebody elsewhere. The receiver, an activation bound to the service's endpoint, runs the
 * same loop as in a process, for events and for those who call by message. If it has to wait for
 * something, another one takes its place.
 */
#include "kernel/host_private.h"

#include "kernel/abi/layout.h"
#include "kernel/abi/syscalls.h"
#include "kernel/boot.h"
#include "kernel/endpoint.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/syscall.h"

extern char host_begin[];

struct host hosts[HOSTS];
struct thread *host_idle;                /* activations, through `next` */

/* ---- activations ---- */

void activation_give(struct thread *thread)
{
	thread->endpoint = &endpoint_none;
	thread->state = THREAD_STOPPED;
	thread->slice_ticks = tsc_hz / 200;
	thread->attention = thread->interruptible = thread->bound = thread->outside = 0;
	thread->client = thread->context = 0;
	thread->direct = 0;
	thread->host = 0;
	thread->root = 0;
	thread->next = host_idle;
	host_idle = thread;
}

struct thread *activation_take(void)
{
	struct thread *thread = host_idle;

	if (thread)
		host_idle = thread->next;
	return thread;
}

void activation_begin(struct thread *thread, uint64_t entry, uint64_t argument)
{
	uint64_t *top = (uint64_t *)thread->stack_top;

	*--top = 0;
	*--top = (uint64_t)host_begin;
	*--top = entry;                          /* rbx, as host_block leaves it */
	*--top = argument;                       /* rbp */
	for (unsigned i = 0; i < 4; i++)
		*--top = 0;
	thread->registers.rsp = (uint64_t)top;
	thread->state = THREAD_READY;
	schedule_ready(thread);
}

/* The current activation is done. Its stack is in use until host_go leaves it. */
static _Noreturn void activation_end(struct thread *self)
{
	activation_give(self);
	processor.current = 0;
	host_go();
}

/* ---- whose code runs ---- */

struct thread *host_self(void) { return processor.current; }

static struct host *host_of(const struct thread *thread)
{
	return thread->direct ? thread->direct->host : thread->host;
}

const char *host_name(void)
{
	const struct thread *thread = processor.current;
	const struct host *host = thread && thread->kernel ? host_of(thread) : 0;

	return host ? host->hosted->name : 0;
}

int host_is_direct(const void *call) { return processor.current->direct == call; }

struct direct_call *outermost(const struct thread *thread)
{
	struct direct_call *call = thread->direct;

	while (call && call->previous)
		call = call->previous;
	return call;
}

/* ---- monitors ---- */

static void queue(struct host *host, struct thread *thread)
{
	thread->next = 0;
	*(host->first ? &host->last->next : &host->first) = thread;
	host->last = thread;
}

/* Whoever has waited longest has it from now on. */
static void monitor_leave(struct host *host)
{
	struct thread *thread = host->first;

	host->busy = thread != 0;
	if (!thread)
		return;
	host->first = thread->next;
	thread->state = THREAD_READY;
	schedule_ready(thread);
}

static void monitor_enter(struct host *host, struct thread *self)
{
	if (!host->busy) {
		host->busy = 1;
		return;
	}
	self->state = THREAD_WAITING;
	queue(host, self);
	host_block();
}

/* The gate found the monitor taken. Afterwards the caller has it, or was interrupted. */
status_t host_contend(struct host *host)
{
	struct thread *self = processor.current;

	self->registers.rax = STATUS_OK;
	monitor_enter(host, self);
	return (status_t)self->registers.rax;
}

bool contender_remove(struct thread *thread)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		struct thread **link = &hosts[i].first, *previous = 0;

		for (; *link && *link != thread; link = &(*link)->next)
			previous = *link;
		if (!*link)
			continue;
		*link = thread->next;
		if (hosts[i].last == thread)
			hosts[i].last = previous;
		return true;
	}
	return false;
}

/*
 * A direct call has returned; the caller's own is restored, the monitor free unless somebody waits.
 */
void host_leave(struct direct_call *call)
{
	struct thread *self = processor.current;

	if (!call->host->busy && call->host->first)
		monitor_leave(call->host);
	if (self->attention && !call->previous) {
		self->attention = 0;
		if (!self->client && !self->host)
			activation_end(self);    /* the program's thread is gone */
		if (call->session && call->session->events & EVENT_CANCEL)
			session_event_clear(call->session, EVENT_CANCEL);
	}
	if (!schedule_stays())
		host_block();
}

/* ---- what services ask for ---- */

void receiver_begin(struct host *host, struct thread *thread, uint64_t entry, uint64_t argument)
{
	thread_bind(thread, host->endpoint);
	thread->host = host;
	thread->space = host->space;
	thread->page = host->page;
	thread->priority = host->priority;
	activation_begin(thread, entry, argument);
}

/* The receiver has to wait for something: another one takes its place. */
static bool receiver_replace(struct host *host, struct thread *self)
{
	struct thread *thread = activation_take();
	uint64_t deadline = self->deadline;

	if (!thread)
		return false;
	thread->timed_out = self->timed_out;
	self->timed_out = 0;
	schedule_deadline(self, 0);
	thread_bind(self, &endpoint_none);
	receiver_begin(host, thread, (uint64_t)host->hosted->entries->receive, 0);
	schedule_deadline(thread, deadline);
	return true;
}

status_t host_wait(void)
{
	struct thread *self = processor.current;
	struct host *host = host_of(self);
	status_t status = STATUS_NO_MEMORY;

	interrupts_off();
	if (self->endpoint != host->endpoint || receiver_replace(host, self)) {
		self->state = THREAD_WAITING;
		monitor_leave(host);
		host_block();
		status = STATUS_OK;
	}
	interrupts_on();
	return status;
}

void host_wake(struct thread *thread)
{
	interrupts_off();
	queue(host_of(processor.current), thread);
	interrupts_on();
}

void host_let_others(void)
{
	struct thread *self = processor.current;
	struct host *host = host_of(self);

	interrupts_off();
	if (host->first) {
		self->state = THREAD_WAITING;
		queue(host, self);
		monitor_leave(host);
		host_block();
	}
	interrupts_on();
}

void host_enter(void)
{
	struct thread *self = processor.current;

	interrupts_off();
	monitor_enter(self->host, self);
	interrupts_on();
}

/* A caller in a process has nothing to lend but what it could use itself. */
static uint64_t lent_end(const struct direct_call *call)
{
	if (call->previous || !processor.current->outside)
		return ~0ull;
	return processor.current->bound ? PROGRAM_END : USER_TOP;
}

status_t host_copy(const struct direct_call *call, unsigned number, unsigned direction,
		   uint64_t offset, uint64_t address, uint64_t bytes)
{
	struct window window;
	void *here = (void *)address, *there;
	status_t status;

	if (call->orphan)
		return STATUS_BAD_STATE;
	status = window_find(&(struct lent){ call->page, lent_end(call) }, number, direction, offset,
			     bytes, &window);
	if (status != STATUS_OK)
		return status;
	there = (void *)(window.address + offset);
	return direction == WINDOW_READ ? host_user_copy(here, there, bytes)
					: host_user_copy(there, here, bytes);
}

void host_capabilities(struct direct_call *call)
{
	interrupts_off();
	capabilities_transfer(&(struct party){ call->space, call->page },
			      &(struct party){ call->host->space, call->host->page }, call->info);
	interrupts_on();
}

/* Kernel memory is itself; a program's is found by its tables. */
void *host_alias(const struct thread *thread, uint64_t address, unsigned flags)
{
	if (address >= USER_TOP && (thread->direct || !thread->outside))
		return (void *)address;
	return thread->client ? space_alias(thread->client->space, address, flags) : 0;
}

/* ---- kernel calls, but for direct ones ---- */

void wait_until_ready(struct thread *self)
{
	while (self->state != THREAD_READY)
		host_block();
}

/* To a service in a process, or to nobody. */
static void message(struct thread *self)
{
	struct message_page *page = self->page;

	if (self->client && !self->direct)
		self->page = host_alias(self, (uint64_t)page, MAP_READ);
	kernel_call_make(self);
	wait_until_ready(self);
	self->page = page;
}

static void receive_event(struct thread *self)
{
	struct host *host = self->host;

	if (host && self->endpoint != host->endpoint) {
		monitor_leave(host);             /* replaced, and done with what it waited for */
		activation_end(self);
	}
	kernel_call_make(self);
	self->endpoint->receiver = 0;            /* the fast path is for processes */
	if (self->state == THREAD_READY)
		return;
	if (host)
		monitor_leave(host);
	wait_until_ready(self);
	if (host)
		monitor_enter(host, self);
}

/* What a thread may do to itself: here it acts for a program's thread, or for a service. */
static status_t self_invoke(struct thread *self, uint64_t operation, const uint64_t *word)
{
	struct host *host = host_of(self);

	switch (operation) {
	case THREAD_TLS:
		return self->client ? thread_tls(self->client, word) : STATUS_BAD_STATE;
	case THREAD_STATE:
		return thread_state(self, self->client ? self->client : self);
	case THREAD_YIELD:
		schedule_yield();
		return STATUS_OK;
	case THREAD_EXIT:
		panic("the service `%s` ended with status %lu", host ? host->hosted->name : "?",
		      word[0]);
	case THREAD_DEADLINE:
		if (host && host->endpoint->thread)
			schedule_deadline(host->endpoint->thread, word[0]);
		return STATUS_OK;
	}
	return STATUS_BAD_CALL;
}

void host_call(struct thread *self)
{
	uint64_t words[6];

	self->resume = RESUME_CALL;
	switch ((uint32_t)self->registers.rax) {
	case KERNEL_CALL:
		message(self);
		break;
	case KERNEL_RECEIVE:
	case KERNEL_REPLY_RECEIVE:
		receive_event(self);
		break;
	case KERNEL_INVOKE_THREAD:
		if (!self->registers.rdi) {
			thread_words_get(self, words);
			self->registers.rax =
				(uint64_t)self_invoke(self, self->registers.rsi, words);
			break;
		}
		/* fall through */
	default:
		kernel_call_make(self);
	}
	if (!schedule_stays())
		host_block();
}
