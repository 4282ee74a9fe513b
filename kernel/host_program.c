/* SPDX-License-Identifier: MIT */
/*
 * Programs' threads and their activations: how a personality in the kernel begins and ends, what
 * becomes of a call when its thread is interrupted or destroyed, faults on the program's memory.
 */
#include "kernel/host_private.h"

#include "kernel/abi/layout.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/endpoint.h"
#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

bool host_personality_entry(uint64_t address)
{
	const char *entry = (const char *)address;

	return entry && (entry == posix_boot || entry == posix_fork_child || entry == posix_upcall);
}

bool host_private(uint64_t address)
{
	return posix_boot && address >= PERSONALITY_PRIVATE && address < MESSAGE_PAGES;
}

status_t host_attach(struct thread *thread)
{
	struct thread *activation = thread->activation;

	if (!posix_boot)
		return STATUS_OK;
	if (!activation)
		activation = activation_take();
	if (!activation)
		return STATUS_NO_MEMORY;
	thread->activation = activation;
	activation->bound = 1;
	activation->client = activation->context = thread;
	activation->space = thread->space;
	activation->root = thread->root;
	activation->priority = thread->priority;
	activation->slice_ticks = thread->slice_ticks;
	/* It waits there in the thread's place. */
	activation->endpoint = thread->endpoint;
	if (thread->endpoint != &endpoint_none)
		thread->endpoint->thread = activation;
	return STATUS_OK;
}

static void unbind(struct thread *thread)
{
	if (thread->activation->bound && thread->endpoint != &endpoint_none)
		thread->endpoint->thread = thread;
	thread->activation = 0;
}

/* From now on it works for nobody, in memory that is the kernel's own. */
static void orphan(struct thread *activation)
{
	struct direct_call *call = outermost(activation);
	struct session *session = call->session;

	call->cancelled = call->orphan = 1;
	call->session = 0;
	if (session && session->count)
		session_event(session, EVENT_CANCEL);
	activation->client = activation->context = 0;
	activation->attention = 1;
	activation->bound = activation->outside = 0;
	activation->endpoint = &endpoint_none;
	activation->root = physical(kernel_root);
	if (activation == processor.current && processor.root != activation->root) {
		processor.root = activation->root;
		arch_space_switch(activation->root);
	}
}

void host_detach(struct thread *thread)
{
	struct thread *activation = thread->activation;

	if (activation->state == THREAD_STOPPED)
		return;
	thread->state = THREAD_STOPPED;
	if (activation->direct) {
		unbind(thread);
		orphan(activation);
		return;
	}
	/* In the personality's own code: whatever that was about, nobody wants it. */
	if (activation->state == THREAD_WAITING)
		contender_remove(activation);
	else
		thread_unwait(activation);
	schedule_deadline(activation, 0);
	activation->state = THREAD_STOPPED;
	activation->interruptible = activation->attention = activation->outside = 0;
	if (!activation->bound)
		host_release(thread);
}

void host_release(struct thread *thread)
{
	struct thread *activation = thread->activation;

	unbind(thread);
	schedule_deadline(activation, 0);
	activation_give(activation);
}

void host_priority(struct thread *activation, uint32_t priority)
{
	struct direct_call *call = outermost(activation);

	if (call)
		call->priority = priority;
	else
		schedule_priority(activation, priority);
}

bool host_interrupt(struct thread *thread)
{
	struct thread *activation = thread->activation;
	struct direct_call *call = outermost(activation);

	if (activation->state == THREAD_STOPPED)
		return false;
	if (!activation->interruptible &&
	    !(activation->outside && thread_wait_interruptible(thread)))
		return true;
	if (call) {
		call->cancelled = 1;
		activation->attention = 1;
		session_event(call->session, EVENT_CANCEL);
		return true;
	}
	switch (activation->state) {
	case THREAD_WAITING:
		if (contender_remove(activation))
			thread_finish(activation, STATUS_CANCELLED);
		break;
	case THREAD_CALLING:
		call_end(activation, STATUS_CANCELLED);
		break;
	case THREAD_AWAITING_REPLY:
		session_event(activation->session, EVENT_CANCEL);
		break;
	case THREAD_RECEIVING:
		thread_finish(activation, STATUS_CANCELLED);
		break;
	}
	return true;
}

/* The personality is done: the program goes on with these registers. False: rip is no address. */
bool host_return(const struct registers *registers)
{
	struct thread *activation = processor.current, *thread = activation->client;
	uint64_t fs = thread->registers.fs_base, gs = thread->registers.gs_base;

	if (registers->rip >= USER_TOP - PAGE_SIZE)
		return false;
	thread->registers = *registers;
	thread->registers.fs_base = fs;
	thread->registers.gs_base = gs;
	thread->registers.rflags = arch_flags_allowed(registers->rflags);
	thread->resume = RESUME_TRAP;
	thread->state = THREAD_READY;
	activation->state = THREAD_STOPPED;
	processor.current = thread;
	host_go();
}

/* ---- interrupts and exceptions in kernel mode ---- */

void host_preempt(void)
{
	if (processor.current && processor.current->kernel && !schedule_stays())
		host_block();
}

/* The fault of a program's thread in its personality, as its fault session is told. */
static uint64_t fault_tell(struct thread *self, uint64_t words[6])
{
	struct session *session = self->client->fault_session;

	if (session->endpoint->host)
		return host_gate_session(session, INFO(FAULT_PAGE, 5), words);
	self->registers.rsi = INFO(FAULT_PAGE, 5);
	thread_words_set(self, words);
	call_send(self, session);
	wait_until_ready(self);
	thread_words_get(self, words);
	return self->registers.rax ? self->registers.rax : self->registers.rsi;
}

static void personality_fault(struct trap_frame *frame, uint64_t address)
{
	struct thread *self = processor.current, *thread = self->client;
	uint64_t words[6] = { address, frame->rip, frame->code, frame->vector, frame->rsp, 0 };
	struct registers registers;

	if ((fault_tell(self, words) & INFO_LABEL_MASK) != STATUS_OK) {
		frame->rip = (uint64_t)access_fault;
	} else if (words[0] == FAULT_REPLY_UPCALL) {
		thread->page->upcall_address = address;
		thread->page->upcall_code = frame->code | frame->vector << 32;
		thread->page->upcall_reason = UPCALL_FAULT;
		thread->page->upcall_registers.rip = frame->rip;
		interrupts_on();
		upcall_inside((void *)thread->registers.gs_base, &registers);
		if (registers.rip != frame->rip)
			frame->rip = (uint64_t)access_fault;
	}
	interrupts_off();
}

/* Memory of the program is touched in two places only. */
bool host_fault(struct trap_frame *frame, uint64_t address)
{
	struct thread *self = processor.current;

	if (frame->rip >= (uint64_t)host_user_copy && frame->rip < (uint64_t)host_user_copy_end) {
		frame->rip = (uint64_t)host_user_copy_fault;
		return true;
	}
	if (!self || !self->client || self->direct || frame->rip < (uint64_t)access_start ||
	    frame->rip >= (uint64_t)access_end)
		return false;
	personality_fault(frame, address);
	return true;
}
