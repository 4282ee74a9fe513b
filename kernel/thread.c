/* SPDX-License-Identifier: MIT */
/* Threads: making, binding, starting and stopping them, interruption, upcalls. */
#include "kernel/thread.h"

#include "kernel/abi/layout.h"
#include "kernel/endpoint.h"
#include "kernel/host.h"
#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

#define SLICE_DEFAULT_US 5000
#define SLICE_MIN_US     100

void thread_words_get(struct thread *thread, uint64_t words[6])
{
	const struct registers *r = &thread->registers;

	if (thread->fault_info) {
		arch_copy(words, thread->fault_words, sizeof(thread->fault_words));
		return;
	}
	words[0] = r->rdx;
	words[1] = r->r8;
	words[2] = r->r9;
	words[3] = r->r10;
	words[4] = r->r12;
	words[5] = r->r13;
}

void thread_words_set(struct thread *thread, const uint64_t words[6])
{
	struct registers *r = &thread->registers;

	r->rdx = words[0];
	r->r8 = words[1];
	r->r9 = words[2];
	r->r10 = words[3];
	r->r12 = words[4];
	r->r13 = words[5];
}

struct thread *thread_create(uint32_t page)
{
	struct thread *thread = page_pointer(page);

	frames_take(page, 1, FRAME_OBJECT);
	arch_clear(thread, PAGE_SIZE);
	thread->object = (struct object){ KIND_THREAD, 1 };
	thread->endpoint = &endpoint_none;
	thread->state = THREAD_STOPPED;
	return thread;
}

void thread_bind(struct thread *thread, struct endpoint *endpoint)
{
	if (thread->endpoint != &endpoint_none) {
		thread->endpoint->thread = 0;
		object_release(thread->endpoint);
	}
	thread->endpoint = endpoint;
	if (endpoint != &endpoint_none) {
		endpoint->thread = thread;
		object_hold(endpoint);
	}
}

void thread_configure(struct thread *thread, struct space *space, uint32_t priority, bool program)
{
	if (thread->space)
		thread->space->thread_count--;
	space->thread_count++;
	thread->space = space;
	thread->root = space->root;
	thread->priority = priority;
	thread->context = program ? thread : 0;
	thread->slice_ticks = tsc_hz / 1000000 * SLICE_DEFAULT_US;
	arch_context_reset(thread);
}

void thread_page_set(struct thread *thread, uint32_t page)
{
	if (thread->page)
		frame_of(page_number(thread->page))->count--;
	thread->page = page ? page_pointer(page) : 0;
	if (page)
		frame_of(page)->count++;
}

void thread_timeout_forget(struct thread *thread)
{
	thread->timed_out = 0;
	thread->endpoint->pending &= ~PENDING_TIMEOUT;
}

/* Nobody waits for the answer any more: a server that has kept the call need not go on with it. */
static void abandon(struct thread *thread)
{
	struct session *session = thread->session;
	bool kept = thread->reply;

	call_disown(thread);
	if (kept && session->count)
		session_event(session, EVENT_CANCEL);
}

void thread_unwait(struct thread *thread)
{
	if (thread->activation)
		host_detach(thread);
	switch (thread->state) {
	case THREAD_READY:
		if (thread->queued)
			schedule_remove(thread);
		break;
	case THREAD_CALLING:
		call_unqueue(thread);
		break;
	case THREAD_AWAITING_REPLY:
		abandon(thread);
		break;
	case THREAD_RECEIVING:
		thread->endpoint->receiver = 0;
		break;
	}
	if (processor.successor == thread)
		processor.successor = 0;
	thread->fault_info = 0;
	thread->state = THREAD_STOPPED;
}

void thread_finish(struct thread *thread, status_t status)
{
	thread->registers.rax = (uint64_t)status;
	thread->state = THREAD_READY;
	schedule_ready(thread);
}

void thread_start(struct thread *thread, uint64_t rip, uint64_t rsp, uint64_t argument)
{
	uint64_t fs = thread->registers.fs_base, gs = thread->registers.gs_base;

	thread->registers = (struct registers){ .rip = rip, .rsp = rsp, .rdi = argument,
		.rflags = arch_flags_fresh(), .fs_base = fs, .gs_base = gs };
	thread->resume = RESUME_TRAP;
	thread->reflect_entry = thread->page ? thread->space->reflect_entry : 0;
	thread->stopped = 0;
	thread->interrupted = 0;
	thread_timeout_forget(thread);
	schedule_deadline(thread, 0);
	thread->state = THREAD_READY;
	schedule_ready(thread);
}

bool thread_upcall(struct thread *thread, unsigned reason)
{
	struct message_page *page = thread->page;

	if (!page || !thread->space->upcall_entry)
		return false;
	if (thread->resume == RESUME_CALL)
		thread->registers.rflags = arch_flags_fresh();
	page->upcall_registers = thread->registers;
	page->upcall_reason = reason;
	thread->registers.rip = thread->space->upcall_entry;
	thread->registers.rflags = arch_flags_fresh();
	thread->resume = RESUME_TRAP;
	return true;
}

/* It runs or could run: the personality learns of it now, or at its exit. */
static void interrupt_running(struct thread *thread)
{
	const struct space *space = thread->space;
	uint64_t rip = thread->registers.rip;

	if (rip >= USER_TOP)
		return;                          /* on its way into a personality in the kernel */
	if (rip >= space->text_start && rip < space->text_end) {
		if (rip >= space->exit_start && rip < space->exit_end)
			thread->registers.rip = space->exit_start;
		return;
	}
	thread_upcall(thread, UPCALL_INTERRUPT);
}

/*
 * A personality says which of its waits may end early: those whose SYSCALL is the last instruction
 * of its exit window. The others go on, and it finds upcall_pending set afterwards.
 */
bool thread_wait_interruptible(const struct thread *thread)
{
	const struct space *space = thread->space;
	uint64_t rip = thread->registers.rip;

	return rip < space->text_start || rip >= space->text_end || rip == space->exit_end;
}

void thread_interrupt(struct thread *thread)
{
	if (thread->page)
		thread->page->upcall_pending = 1;
	if (thread->fault_info) {
		thread->interrupted = 1;         /* fault_answered comes back to it */
		return;
	}
	if (thread->activation && host_interrupt(thread))
		return;
	if (thread->state != THREAD_READY && !thread_wait_interruptible(thread))
		return;
	switch (thread->state) {
	case THREAD_CALLING:
		call_end(thread, STATUS_CANCELLED);
		break;
	case THREAD_AWAITING_REPLY:
		session_event(thread->session, EVENT_CANCEL);
		break;
	case THREAD_RECEIVING:
		thread->endpoint->receiver = 0;
		thread_finish(thread, STATUS_CANCELLED);
		break;
	case THREAD_READY:
		interrupt_running(thread);
		break;
	}
}

static status_t priority_decode(const struct space *space, uint64_t word, uint32_t *priority)
{
	*priority = word & 0xff;
	return *priority && *priority < PRIORITIES && *priority <= space->level
		? STATUS_OK
		: STATUS_BAD_ARGUMENT;
}

/* The page of a memory capability that is to be a message page. */
static status_t page_decode(struct thread *self, uint64_t address, uint64_t word, uint32_t *page)
{
	struct slot *memory;
	struct frame *frame;
	status_t status =
		slot_get(self->space, word >> 32, KIND_MEMORY, MEMORY_READ | MEMORY_WRITE, &memory);

	if (status != STATUS_OK)
		return status;
	if (address % PAGE_SIZE || address >= USER_TOP || (uint32_t)word >= slot_count(memory))
		return STATUS_BAD_ARGUMENT;
	*page = slot_base(memory) + (uint32_t)word;
	frame = frame_of(*page);
	return frame && frame->type == FRAME_RAW ? STATUS_OK : STATUS_BAD_STATE;
}

static status_t thread_reconfigure(struct thread *self, struct thread *thread, const uint64_t *word)
{
	struct slot *space, *session = 0, *endpoint = 0;
	uint32_t priority, page = 0;
	uint64_t slice_us = word[4] >> 32;
	status_t status = slot_get(self->space, word[0], KIND_SPACE, SPACE_MAP_RIGHT, &space);

	if (status == STATUS_OK && word[1])
		status = slot_get(slot_object(space), word[1], KIND_SESSION, 0, &session);
	if (status == STATUS_OK && word[2])
		status = slot_get(self->space, word[2], KIND_ENDPOINT, ENDPOINT_BIND_RIGHT, &endpoint);
	if (status == STATUS_OK)
		status = priority_decode(slot_object(space), word[4], &priority);
	if (status == STATUS_OK && word[3])
		status = page_decode(self, word[3], word[5], &page);
	if (status != STATUS_OK)
		return status;
	if (thread->state != THREAD_STOPPED || ((struct space *)slot_object(space))->teardown)
		return STATUS_BAD_STATE;
	if (endpoint) {
		struct thread *bound = ((struct endpoint *)slot_object(endpoint))->thread;

		if (bound && bound != thread)
			return STATUS_BAD_STATE;
	}
	thread_bind(thread, endpoint ? slot_object(endpoint) : &endpoint_none);
	if (session)
		session_hold(slot_object(session));
	if (thread->fault_session)
		session_release(thread->fault_session);
	thread->fault_session = session ? slot_object(session) : 0;
	thread_configure(thread, slot_object(space), priority, word[4] >> 8 & THREAD_PROGRAM);
	thread_page_set(thread, page);
	if (thread->context && host_attach)
		status = host_attach(thread);
	if (slice_us >= SLICE_MIN_US)
		thread->slice_ticks = tsc_hz / 1000000 * slice_us;
	return status;
}

static status_t thread_priority(struct thread *thread, const uint64_t *word)
{
	uint32_t priority;
	status_t status = priority_decode(thread->space, word[0], &priority);

	if (status != STATUS_OK)
		return status;
	if (word[1] < SLICE_MIN_US || word[1] > UINT32_MAX)
		return STATUS_BAD_ARGUMENT;
	if (priority != thread->priority)
		thread->slice_left = UINT64_MAX;
	schedule_slice(thread, tsc_hz / 1000000 * word[1]);
	schedule_priority(thread, priority);
	if (thread->activation)
		host_priority(thread->activation, priority);
	return STATUS_OK;
}

/* What it worked on ends with GONE: nobody waits for a thread that has lost its registers. */
static void thread_halt(struct thread *thread)
{
	thread_unwait(thread);
	if (thread->caller)
		call_end(thread->caller, STATUS_GONE);
}

static status_t thread_stop(struct thread *thread)
{
	thread->stopped = 1;
	if (thread->queued)
		schedule_remove(thread);
	if (thread->state == THREAD_RECEIVING)
		thread->endpoint->receiver = 0;
	return STATUS_OK;
}

static status_t thread_resume(struct thread *thread)
{
	thread->stopped = 0;
	if (thread->state == THREAD_READY && !thread->queued)
		schedule_ready(thread);
	else if (thread->state == THREAD_RECEIVING) {
		receive_next(thread);
		if (thread->state == THREAD_READY)
			schedule_ready(thread);
	}
	return STATUS_OK;
}

static status_t thread_destroy(struct thread *thread)
{
	thread_halt(thread);
	if (thread->activation)
		host_release(thread);
	schedule_forget(thread);
	thread->state = THREAD_DEAD;
	thread_bind(thread, &endpoint_none);
	if (thread->fault_session)
		session_release(thread->fault_session);
	thread_page_set(thread, 0);
	if (thread->space)
		thread->space->thread_count--;
	object_end(&thread->object);
	return STATUS_OK;
}

static status_t thread_registers_write(struct thread *self, struct thread *thread)
{
	struct registers registers;

	if (!self->page)
		return STATUS_BAD_ARGUMENT;
	registers = self->page->upcall_registers;
	if (registers.rip >= USER_TOP - PAGE_SIZE || registers.fs_base >= USER_TOP ||
	    registers.gs_base >= USER_TOP)
		return STATUS_BAD_ARGUMENT;
	if (thread->state != THREAD_STOPPED && thread->state != THREAD_READY && !thread->fault_info)
		return STATUS_BAD_STATE;
	registers.rflags = arch_flags_allowed(registers.rflags);
	thread->registers = registers;
	thread->resume = RESUME_TRAP;
	return STATUS_OK;
}

status_t thread_tls(struct thread *thread, const uint64_t *word)
{
	if (word[0] >= USER_TOP || word[1] >= USER_TOP || word[2] > 3)
		return STATUS_BAD_ARGUMENT;
	if (word[2] & 1)
		thread->registers.fs_base = word[0];
	if (word[2] & 2)
		thread->registers.gs_base = word[1];
	if (processor.context == thread)
		arch_tls_load(thread);
	return STATUS_OK;
}

status_t thread_state(struct thread *self, struct thread *thread)
{
	uint64_t badge = thread->caller ? thread->caller->session->badge : ~0ull;
	uint64_t used = thread->ticks_used, state = thread->fault_info ? THREAD_FAULTED : thread->state;

	if (processor.charged == thread)
		used += arch_ticks() - thread->ticks_start;
	*thread_word(self, 0) = thread->stopped && state == THREAD_READY ? THREAD_STOPPED : state;
	*thread_word(self, 1) = used;
	*thread_word(self, 2) = badge;
	return STATUS_OK;
}

/* What a thread may do to itself without any capability. */
static status_t invoke_self(struct thread *self, uint64_t operation, const uint64_t *word)
{
	switch (operation) {
	case THREAD_TLS:
		/* Where its personality in the kernel finds its record a program does not say. */
		if (!self->context || (self->activation && word[2] & 2))
			return STATUS_BAD_STATE;
		return thread_tls(self, word);
	case THREAD_STATE:
		return thread_state(self, self);
	case THREAD_YIELD:
		schedule_yield();
		return STATUS_OK;
	case THREAD_EXIT:
		self->registers.rax =
			STATUS_GONE; /* seen only if its fault handler lets it go on */
		fault_raise(self, FAULT_EXIT, word[0], 0, 0);
		return STATUS_GONE;
	case THREAD_DEADLINE:
		schedule_deadline(self, word[0]);
		return STATUS_OK;
	}
	return STATUS_BAD_CALL;
}

status_t invoke_thread(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	struct slot *slot;
	struct thread *thread;
	status_t status;

	if (!number)
		return invoke_self(self, operation, word);
	status = slot_get(self->space, number, KIND_THREAD,
			  operation == THREAD_INTERRUPT ? THREAD_INTERRUPT_RIGHT
							: THREAD_CONTROL_RIGHT,
			  &slot);
	if (status != STATUS_OK)
		return status;
	thread = slot_object(slot);
	/* Its own registers are not in memory, and nobody would be left to return to. */
	if (thread == self ||
	    (!thread->space && operation != THREAD_CONFIGURE && operation != THREAD_DESTROY))
		return STATUS_BAD_STATE;
	switch (operation) {
	case THREAD_CONFIGURE:
		return thread_reconfigure(self, thread, word);
	case THREAD_START:
		if (word[0] >= USER_TOP - PAGE_SIZE && !host_entry(word[0]))
			return STATUS_BAD_ARGUMENT;
		thread_halt(thread);
		thread_start(thread, word[0], word[1], word[2]);
		return STATUS_OK;
	case THREAD_STOP:
		return thread_stop(thread);
	case THREAD_RESUME:
		return thread_resume(thread);
	case THREAD_INTERRUPT:
		thread_interrupt(thread);
		return STATUS_OK;
	case THREAD_DESTROY:
		return thread_destroy(thread);
	case THREAD_READ_REGISTERS:
		if (!self->page)
			return STATUS_BAD_ARGUMENT;
		self->page->upcall_registers = thread->registers;
		return STATUS_OK;
	case THREAD_WRITE_REGISTERS:
		return thread_registers_write(self, thread);
	case THREAD_TLS:
		return thread_tls(thread, word);
	case THREAD_STATE:
		return thread_state(self, thread);
	case THREAD_PRIORITY:
		return thread_priority(thread, word);
	}
	return STATUS_BAD_CALL;
}
