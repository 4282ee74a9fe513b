/* SPDX-License-Identifier: MIT */
/* Compiled to assembly only: each line `->NAME value` becomes a #define for entry.S. */
#include <stddef.h>

#include "kernel/endpoint.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

#define DEFINE(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))

void offsets(void);

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
