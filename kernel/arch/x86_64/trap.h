/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_X86_64_TRAP_H
#define BULKHEAD_X86_64_TRAP_H

#include <stdint.h>

struct thread;

/* What entry.S leaves on the stack when the kernel itself is interrupted. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
	uint64_t vector, code, rip, cs, rflags, rsp, ss;
};

_Noreturn void trap_from_user(struct thread *thread, uint64_t vector, uint64_t code);
void trap_from_kernel(struct trap_frame *frame);

void apic_acknowledge(void);
void apic_irq_arrived(unsigned irq, unsigned line);
void backtrace_from(uint64_t rip, uint64_t rbp);

#endif
