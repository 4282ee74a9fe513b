/* SPDX-License-Identifier: MIT */
/* Faults: a call in the thread's name to its fault session, whose answer says how it goes on. */
#include "kernel/endpoint.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/syscall.h"

void fault_raise(struct thread *thread, unsigned label, uint64_t address, uint64_t code, uint64_t vector)
{
	const uint64_t words[6] = { address, thread->registers.rip, code,
				    vector,  thread->registers.rsp, 0 };

	if (!thread->fault_session || thread->fault_session->endpoint->object.kind != KIND_ENDPOINT) {
		log_print("kernel: thread stopped: %s at %016lx, address %016lx, vector %lu\n",
			  label == FAULT_EXIT ? "end" : "fault without handler",
			  thread->registers.rip, address, vector);
		thread->state = THREAD_STOPPED;
		return;
	}
	arch_copy(thread->fault_words, words, sizeof(words));
	thread->fault_info = INFO(label, 5);
	if (thread->page) {
		thread->page->upcall_address = address;
		thread->page->upcall_code = (code & 0xffffffff) | vector << 32;
	}
	call_send(thread, thread->fault_session);
}

void fault_answered(struct thread *thread, unsigned label, uint64_t word)
{
	thread->fault_info = 0;
	if (label != STATUS_OK || (word == FAULT_REPLY_UPCALL && !thread_upcall(thread, UPCALL_FAULT))) {
		thread->state = THREAD_STOPPED;
		return;
	}
	thread->state = THREAD_READY;
	if (thread->interrupted) {
		thread->interrupted = 0;
		thread_interrupt(thread);
	}
	schedule_handoff(thread);
}

/* A system call that is nobody's: its space registered no entry. */
_Noreturn void reflect_without_entry(struct thread *thread)
{
	processor.root = thread->root;
	processor.counters.entries++;
	fault_raise(thread, FAULT_NO_ENTRY, thread->registers.rax, 0, 0);
	schedule_leave();
}
