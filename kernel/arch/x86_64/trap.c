/* SPDX-License-Identifier: MIT */
/* Exceptions and interrupts, from the stubs in entry.S to the portable kernel. */
#include "kernel/abi/objects.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/host.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/message.h"
#include "kernel/schedule.h"

enum { TRAP_NMI = 2, TRAP_PAGE_FAULT = 14, TRAP_MACHINE_CHECK = 18 };

static void interrupt(unsigned vector)
{
	processor.counters.interrupts++;
	if (vector == VECTOR_SPURIOUS)
		return;
	if (vector == VECTOR_TIMER)
		schedule_tick();
	else if (vector >= VECTOR_IRQ && vector < VECTOR_IRQ + IRQ_COUNT) {
		apic_irq_arrived(vector - VECTOR_IRQ, irqs[vector - VECTOR_IRQ].line);
		interrupt_arrived(vector - VECTOR_IRQ);
	}
	apic_acknowledge();
}

_Noreturn void trap_from_user(struct thread *thread, uint64_t vector, uint64_t code)
{
	uint64_t address = 0;

	processor.root = thread->root;         /* the fast path does not keep it */
	processor.counters.entries++;
	if (vector >= 32) {
		interrupt((unsigned)vector);
		schedule_leave();
	}
	if (vector == TRAP_NMI || vector == TRAP_MACHINE_CHECK)
		panic("%s", vector == TRAP_NMI ? "non-maskable interrupt" : "machine check");
	if (vector == TRAP_PAGE_FAULT)
		__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	processor.counters.faults++;
	fault_raise(thread, vector == TRAP_PAGE_FAULT ? FAULT_PAGE : FAULT_EXCEPTION, address, code,
		    vector);
	schedule_leave();
}

static void frame_print(const struct trap_frame *f)
{
	log_print("rip %016lx rsp %016lx rflags %08lx error %lx\n", f->rip, f->rsp, f->rflags, f->code);
	log_print("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
	log_print("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
	log_print("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", f->r9, f->r10, f->r11, f->r12);
	log_print("r13 %016lx r14 %016lx r15 %016lx\n", f->r13, f->r14, f->r15);
}

void trap_from_kernel(struct trap_frame *frame)
{
	uint64_t address;

	if (frame->vector >= 32) {
		interrupt((unsigned)frame->vector);
		if (host_preempt)
			host_preempt();
		return;
	}
	__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	if (host_fault && frame->vector == TRAP_PAGE_FAULT && host_fault(frame, address))
		return;
	log_print("kernel: exception %lu at %016lx, address %016lx\n", frame->vector, frame->rip,
		  address);
	frame_print(frame);
	backtrace_from(frame->rip, frame->rbp);
	if (host_name && host_name())
		panic("exception %lu in the service `%s`", frame->vector, host_name());
	panic("exception %lu in the kernel", frame->vector);
}
