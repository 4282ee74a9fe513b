/* SPDX-License-Identifier: MIT */
/*
 * The signal frame on the program's stack, laid out as Linux does on x86-64 (struct rt_sigframe,
 * arch/x86/include/asm/sigframe.h and uapi/asm/sigcontext.h), and the way back from a handler.
 */
#include "user/posix/dispatch.h"

#define RED_ZONE_BYTES 128
#define USER_CS 0x33
#define USER_SS 0x2b
#define UC_SIGCONTEXT_SS     2u
#define UC_STRICT_RESTORE_SS 4u
/* Flags that a program may choose: AC OF DF TF SF ZF AF PF CF RF. */
#define RFLAGS_PROGRAM 0x50dd5ull
#define RFLAGS_FIXED   0x202ull
#define RFLAGS_TF      0x100ull
#define RFLAGS_DF      0x400ull
#define RFLAGS_RF      0x10000ull
/* Bits of MXCSR that exist; FXRSTOR faults on others. */
#define MXCSR_OFFSET   24
#define MXCSR_BITS     0xffffu

struct signal_context {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
	uint64_t rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t error, trap, old_mask, fault_address, fpu_address, reserved[8];
};
_Static_assert(sizeof(struct signal_context) == 256, "struct sigcontext");

struct signal_frame {
	uint64_t return_address;
	struct {
		uint64_t flags, link;
		struct signal_stack stack;
		struct signal_context context;
		uint64_t mask;
	} user;
	struct signal_info info;
};
_Static_assert(sizeof(struct signal_frame) == 8 + 304 + 128, "struct rt_sigframe");

/* Registers that stand in both, in one place so that none is forgotten. */
#define REGISTERS_TABLE(ROW) \
	ROW(r8) ROW(r9) ROW(r10) ROW(r11) ROW(r12) ROW(r13) ROW(r14) ROW(r15) ROW(rdi) ROW(rsi) \
	ROW(rbp) ROW(rbx) ROW(rdx) ROW(rax) ROW(rcx) ROW(rsp) ROW(rip) ROW(rflags)

/* Where the frame's parts go: below the red zone, or on the alternate stack. 0: no room there. */
static uint64_t frame_top(struct task *task, const struct signal_action *action)
{
	struct signal_stack *stack = &task->signal.stack;
	uint64_t rsp = task->program.rsp;

	if ((action->flags & SA_ONSTACK) && !(stack->flags & SS_DISABLE) &&
	    !signal_on_stack(stack, rsp))
		return stack->address + stack->size;
	rsp -= RED_ZONE_BYTES;
	/* Overrunning the alternate stack is an error, not a way out of it. */
	if (signal_on_stack(stack, task->program.rsp) &&
	    !signal_on_stack(stack, rsp - sizeof(struct signal_frame) - sizeof(task->fpu)))
		return 0;
	return rsp;
}

long signal_enter(struct task *task, const struct signal_action *action,
		  const struct signal_info *info, uint64_t mask)
{
	struct registers *program = &task->program;
	struct signal_frame frame = { .return_address = action->restorer, .info = *info };
	struct signal_context *context = &frame.user.context;
	uint64_t top = frame_top(task, action), fpu, address;

	if (!top || !(action->flags & SA_RESTORER))
		return -E_FAULT;
	fpu = (top - sizeof(task->fpu)) & ~63ull;
	address = ((fpu - sizeof(frame)) & ~15ull) - 8;
	__asm__ volatile("fxsave64 %0" : "=m"(task->fpu));
	frame.user.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	frame.user.stack = task->signal.stack;
	if (signal_on_stack(&task->signal.stack, program->rsp))
		frame.user.stack.flags |= SS_ONSTACK;
	frame.user.mask = mask;
#define SAVE(register) context->register = program->register;
	REGISTERS_TABLE(SAVE)
#undef SAVE
	context->cs = USER_CS;
	context->ss = USER_SS;
	context->error = task->fault_code & UINT32_MAX;
	context->trap = task->fault_code >> 32;
	context->fault_address = task->fault_address;
	context->old_mask = mask;
	context->fpu_address = fpu;
	if (copy_to_program(fpu, task->fpu, sizeof(task->fpu)) ||
	    copy_to_program(address, &frame, sizeof(frame)))
		return -E_FAULT;
	if (task->signal.stack.flags & SS_AUTODISARM)
		task->signal.stack = (struct signal_stack){ .flags = SS_DISABLE };
	program->rdi = (uint64_t)info->signo;
	program->rsi = address + __builtin_offsetof(struct signal_frame, info);
	program->rdx = address + __builtin_offsetof(struct signal_frame, user);
	program->rax = 0;
	program->rip = action->handler;
	program->rsp = address;
	program->rflags &= ~(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
	task->call = NO_CALL;
	return 0;
}

/* The FPU state that the handler's frame holds; one without (0) starts afresh. */
static long restore_fpu(struct task *task, uint64_t address)
{
	uint32_t mxcsr;

	if (!address) {
		task_reset_fpu(task);
		return 0;
	}
	if (copy_from_program(task->fpu, address, sizeof(task->fpu)))
		return -E_FAULT;
	__builtin_memcpy(&mxcsr, task->fpu + MXCSR_OFFSET, sizeof(mxcsr));
	mxcsr &= MXCSR_BITS;
	__builtin_memcpy(task->fpu + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	__asm__ volatile("fxrstor64 %0" : : "m"(task->fpu));
	return 0;
}

long sys_rt_sigreturn(struct task *task)
{
	struct registers *program = &task->program;
	struct signal_frame frame;
	const struct signal_context *context = &frame.user.context;

	/* The handler's return has taken the return address off the stack. */
	if (copy_from_program(&frame, program->rsp - 8, sizeof(frame)) ||
	    restore_fpu(task, context->fpu_address)) {
		signal_force(task, SIGSEGV, SI_KERNEL, 0);
		return -CALL_DONE;
	}
#define RESTORE(register) program->register = context->register;
	REGISTERS_TABLE(RESTORE)
#undef RESTORE
	program->rflags = (program->rflags & RFLAGS_PROGRAM) | RFLAGS_FIXED;
	frame.user.stack.flags &= ~SS_ONSTACK;
	task->signal.stack = frame.user.stack;
	signal_set_blocked(task, frame.user.mask);
	return -CALL_DONE;
}

/* As after FNINIT, MXCSR with all exceptions masked. */
void task_reset_fpu(struct task *task)
{
	const uint16_t control = 0x37f;
	const uint32_t mxcsr = 0x1f80;

	__builtin_memset(task->fpu, 0, sizeof(task->fpu));
	__builtin_memcpy(task->fpu, &control, sizeof(control));
	__builtin_memcpy(task->fpu + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	__asm__ volatile("fxrstor64 %0" : : "m"(task->fpu));
}
