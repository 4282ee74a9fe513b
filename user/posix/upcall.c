/* SPDX-License-Identifier: MIT */
/*
 * Faults and interruptions that the kernel hands to the personality: of the program (outside), or of
 * the personality while it touches the program's memory (inside).
 */
#include "user/posix/dispatch.h"

#define RFLAGS_TF 0x100ull
#define FPE_INTDIV  1
#define FPE_FLTINV  7
#define ILL_ILLOPN  2
#define BUS_ADRALN  1
#define TRAP_BRKPT  1
#define TRAP_TRACE  2

/* Exceptions of the processor (Intel SDM volume 3, 6.3.1). */
enum { VECTOR_DE, VECTOR_DB, VECTOR_BP = 3, VECTOR_UD = 6, VECTOR_SS = 12, VECTOR_PF = 14,
       VECTOR_MF = 16, VECTOR_AC, VECTOR_XM = 19 };

/* The rest is SIGSEGV. */
static const struct { uint8_t signal, code; } exception_signal[32] = {
	[VECTOR_DE] = { SIGFPE, FPE_INTDIV },
	[VECTOR_DB] = { SIGTRAP, TRAP_TRACE },
	[VECTOR_BP] = { SIGTRAP, TRAP_BRKPT },
	[VECTOR_UD] = { SIGILL, ILL_ILLOPN },
	[VECTOR_SS] = { SIGBUS, SI_KERNEL },
	[VECTOR_MF] = { SIGFPE, FPE_FLTINV },
	[VECTOR_AC] = { SIGBUS, BUS_ADRALN },
	[VECTOR_XM] = { SIGFPE, FPE_FLTINV },
};

static void program_fault(struct task *task)
{
	const struct message_page *page = task->page;
	unsigned int vector = page->upcall_code >> 32 & 31;
	uint64_t address = task->program.rip;
	int signal = exception_signal[vector].signal, code = exception_signal[vector].code;

	task->fault_code = page->upcall_code;
	task->fault_address = page->upcall_address;
	if (vector == VECTOR_PF) {
		address = page->upcall_address;
		signal = memory_fault(task, address, (uint32_t)page->upcall_code, &code);
		if (!signal)
			return;
	} else if (!signal) {
		address = 0;
		signal = SIGSEGV;
		code = SI_KERNEL;
	}
	signal_force(task, signal, code, address);
}

void upcall_outside(struct task *task)
{
	task->program = task->page->upcall_registers;
	task->call = NO_CALL;
	if (task->page->upcall_reason == UPCALL_FAULT)
		program_fault(task);
}

static int within(uint64_t address, const char *start, const char *end)
{
	return address >= (uint64_t)start && address < (uint64_t)end;
}

void upcall_inside(struct task *task, struct registers *registers)
{
	const struct message_page *page = task->page;
	unsigned int vector = page->upcall_code >> 32 & 31;
	int code;

	*registers = page->upcall_registers;
	if (page->upcall_reason != UPCALL_FAULT)
		return;
	if (vector == VECTOR_DB) {
		/* The program single-steps itself; not through us. */
		registers->rflags &= ~RFLAGS_TF;
	} else if (within(registers->rip, access_start, access_end)) {
		if (vector != VECTOR_PF || memory_fault(task, page->upcall_address,
						      (uint32_t)page->upcall_code, &code))
			registers->rip = (uint64_t)access_fault;
	} else if (within(registers->rip, exit_start, exit_end)) {
		/* The program wanted to go on at an address that is none. */
		signal_force(task, SIGSEGV, SI_KERNEL, 0);
		registers->rip = (uint64_t)exit_attend;
	} else {
		/* Only a program that damaged its own private pages gets here. */
		task_log(task, "fault in the personality at", (long)registers->rip);
		process_end(task, SIGSEGV);
	}
}
