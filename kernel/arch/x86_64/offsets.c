/* SPDX-License-Identifier: MIT */
/* Compiled to assembly only: each line `->NAME value` becomes a #define for entry.S. */
#include <stddef.h>

#include "kernel/endpoint.h"
#include "kernel/host.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

#define DEFINE(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))

void offsets(void);
void host_thread_offsets(void);
void host_call_offsets(void);

void offsets(void)
{
	DEFINE(T_STATE, offsetof(struct thread, state));
	DEFINE(T_RESUME, offsetof(struct thread, resume));
	DEFINE(T_PRIORITY, offsetof(struct thread, priority));
	DEFINE(T_ROOT, offsetof(struct thread, root));
	DEFINE(T_SPACE, offsetof(struct thread, space));
	DEFINE(T_ENDPOINT, offsetof(struct thread, endpoint));
	DEFINE(T_CALLER, offsetof(struct thread, caller));
	DEFINE(T_SESSION, offsetof(struct thread, session));
	DEFINE(T_CONTEXT, offsetof(struct thread, context));
	DEFINE(T_PAGE, offsetof(struct thread, page));
	DEFINE(T_REFLECT, offsetof(struct thread, reflect_entry));
	DEFINE(T_RAX, offsetof(struct thread, registers.rax));
	DEFINE(T_RBX, offsetof(struct thread, registers.rbx));
	DEFINE(T_RCX, offsetof(struct thread, registers.rcx));
	DEFINE(T_RDX, offsetof(struct thread, registers.rdx));
	DEFINE(T_RSI, offsetof(struct thread, registers.rsi));
	DEFINE(T_RDI, offsetof(struct thread, registers.rdi));
	DEFINE(T_RBP, offsetof(struct thread, registers.rbp));
	DEFINE(T_RSP, offsetof(struct thread, registers.rsp));
	DEFINE(T_R8, offsetof(struct thread, registers.r8));
	DEFINE(T_R9, offsetof(struct thread, registers.r9));
	DEFINE(T_R10, offsetof(struct thread, registers.r10));
	DEFINE(T_R11, offsetof(struct thread, registers.r11));
	DEFINE(T_R12, offsetof(struct thread, registers.r12));
	DEFINE(T_R13, offsetof(struct thread, registers.r13));
	DEFINE(T_R14, offsetof(struct thread, registers.r14));
	DEFINE(T_R15, offsetof(struct thread, registers.r15));
	DEFINE(T_RIP, offsetof(struct thread, registers.rip));
	DEFINE(T_RFLAGS, offsetof(struct thread, registers.rflags));
	DEFINE(STATE_READY, THREAD_READY | RESUME_CALL << 8);
	DEFINE(STATE_AWAITING, THREAD_AWAITING_REPLY | RESUME_CALL << 8);
	DEFINE(STATE_RECEIVING, THREAD_RECEIVING | RESUME_CALL << 8);
	DEFINE(SPACE_SLOT_COUNT, offsetof(struct space, slot_count));
	DEFINE(SPACE_TABLE, offsetof(struct space, table));
	DEFINE(SLOT_KIND, offsetof(struct slot, kind));
	DEFINE(SLOT_KIND_SESSION, KIND_SESSION);
	DEFINE(SESSION_ENDPOINT, offsetof(struct session, endpoint));
	DEFINE(SESSION_BADGE, offsetof(struct session, badge));
	DEFINE(ENDPOINT_PENDING, offsetof(struct endpoint, pending));
	DEFINE(ENDPOINT_RECEIVER, offsetof(struct endpoint, receiver));
	DEFINE(PROCESSOR_CURRENT, offsetof(struct processor, current));
	DEFINE(PROCESSOR_CONTEXT, offsetof(struct processor, context));
	DEFINE(PROCESSOR_USER_RSP, offsetof(struct processor, user_rsp));
	DEFINE(PROCESSOR_READY_TOP, offsetof(struct processor, ready_top));
	DEFINE(INFO_CAPS, INFO_CAPS_MASK);
	DEFINE(INFO_WORDS_SHIFT_BITS, INFO_WORDS_SHIFT);
	DEFINE(INFO_WORDS_MAX, INFO_WORDS_MASK >> INFO_WORDS_SHIFT);
	DEFINE(REGISTER_WORDS, MESSAGE_REGISTERS);
	DEFINE(PAGE_WORDS, MESSAGE_WORDS - MESSAGE_REGISTERS);
	DEFINE(PROCESSOR_ENTRIES, offsetof(struct processor, counters.entries));
	DEFINE(PROCESSOR_REFLECTIONS, offsetof(struct processor, counters.reflections));
	DEFINE(PAGE_REFLECT_RIP, offsetof(struct message_page, reflect_rip));
}

/* For host.S and user/posix/kernel/entry.S. */
void host_thread_offsets(void)
{
	DEFINE(STATUS_UNMAPPED_NUMBER, STATUS_UNMAPPED);
	DEFINE(STATUS_NO_RIGHT_NUMBER, STATUS_NO_RIGHT);
	DEFINE(SLOT_RIGHTS, offsetof(struct slot, rights));
	DEFINE(SESSION_PERSONALITY_RIGHT, SESSION_PERSONALITY);
	DEFINE(THREAD_STATE_READY, THREAD_READY);
	DEFINE(THREAD_STATE_STOPPED, THREAD_STOPPED);
	DEFINE(THREAD_STATE_AWAITING, THREAD_AWAITING_REPLY);
	DEFINE(T_GS_BASE, offsetof(struct thread, registers.gs_base));
	DEFINE(T_STOPPED, offsetof(struct thread, stopped));
	DEFINE(T_KERNEL, offsetof(struct thread, kernel));
	DEFINE(T_ATTENTION, offsetof(struct thread, attention));
	DEFINE(T_INTERRUPTIBLE, offsetof(struct thread, interruptible));
	DEFINE(T_BOUND, offsetof(struct thread, bound));
	DEFINE(T_OUTSIDE, offsetof(struct thread, outside));
	DEFINE(T_NEXT, offsetof(struct thread, next));
	DEFINE(T_ACTIVATION, offsetof(struct thread, activation));
	DEFINE(T_CLIENT, offsetof(struct thread, client));
	DEFINE(T_DIRECT, offsetof(struct thread, direct));
	DEFINE(T_STACK_TOP, offsetof(struct thread, stack_top));
	DEFINE(ENDPOINT_HOST, offsetof(struct endpoint, host));
	DEFINE(PROCESSOR_ROOT, offsetof(struct processor, root));
	DEFINE(PAGE_UPCALL_PENDING_OFFSET, offsetof(struct message_page, upcall_pending));
}

void host_call_offsets(void)
{
	DEFINE(HOST_BUSY, offsetof(struct host, busy));
	DEFINE(HOST_PRIORITY, offsetof(struct host, priority));
	DEFINE(HOST_SPACE, offsetof(struct host, space));
	DEFINE(HOST_PAGE, offsetof(struct host, page));
	DEFINE(HOST_SERVE, offsetof(struct host, serve));
	DEFINE(HOST_FIRST, offsetof(struct host, first));
	DEFINE(DIRECT_BYTES, sizeof(struct direct_call));
	DEFINE(DIRECT_BADGE, offsetof(struct direct_call, badge));
	DEFINE(DIRECT_INFO, offsetof(struct direct_call, info));
	DEFINE(DIRECT_REPLY_SLOT, offsetof(struct direct_call, reply_slot));
	DEFINE(DIRECT_ORPHAN, offsetof(struct direct_call, orphan));
	DEFINE(DIRECT_CAPABILITY, offsetof(struct direct_call, capability));
	DEFINE(DIRECT_REQUEST, offsetof(struct direct_call, request));
	DEFINE(DIRECT_REPLY, offsetof(struct direct_call, reply));
	DEFINE(DIRECT_PAGE, offsetof(struct direct_call, page));
	DEFINE(DIRECT_PREVIOUS, offsetof(struct direct_call, previous));
	DEFINE(DIRECT_HOST, offsetof(struct direct_call, host));
	DEFINE(DIRECT_SPACE, offsetof(struct direct_call, space));
	DEFINE(DIRECT_SESSION, offsetof(struct direct_call, session));
	DEFINE(DIRECT_PRIORITY, offsetof(struct direct_call, priority));
}
