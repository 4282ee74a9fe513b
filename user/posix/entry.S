/* SPDX-License-Identifier: MIT */
/*
 * The ways into and out of the personality. GS points to the task record: all that is saved goes
 * there by absolute offset, never through a register or a stack, so that leaving can be interrupted
 * anywhere and started again.
 */
#include "user/posix/entry.h"

#define SAVED(register) %gs:(TASK_REGISTERS + REGISTERS_##register)

	.section .text.entry, "ax"

/*
 * A Linux system call: rcx is this address, r11 the flags, the message page has the address to go
 * back to, and all else is the program's. The program finds rcx = its rip and r11 = its flags
 * afterwards, as after SYSCALL on Linux. C preserves rbx, rbp, r12 to r15 for us; they are saved for
 * fork and signal frames.
 */
	.globl	posix_reflect
posix_reflect:
	mov	%rsp, SAVED(RSP)
	mov	%gs:TASK_STACK_TOP, %rsp
	mov	%gs:TASK_PAGE, %rcx
	mov	PAGE_REFLECT_RIP(%rcx), %rcx
	mov	%rcx, SAVED(RIP)
	mov	%rcx, SAVED(RCX)
	mov	%r11, SAVED(RFLAGS)
	mov	%r11, SAVED(R11)
	mov	%rax, %gs:TASK_CALL
	mov	%rdi, SAVED(RDI)
	mov	%rsi, SAVED(RSI)
	mov	%rdx, SAVED(RDX)
	mov	%r8, SAVED(R8)
	mov	%r9, SAVED(R9)
	mov	%r10, SAVED(R10)
	mov	%rbx, SAVED(RBX)
	mov	%rbp, SAVED(RBP)
	mov	%r12, SAVED(R12)
	mov	%r13, SAVED(R13)
	mov	%r14, SAVED(R14)
	mov	%r15, SAVED(R15)
	cld
	sub	$8, %rsp
	push	%r9
	mov	%r8, %r9
	mov	%r10, %r8
	mov	%rdx, %rcx
	mov	%rsi, %rdx
	mov	%rdi, %rsi
	mov	%gs:TASK_SELF, %rdi
	cmp	$ENTRY_CALLS, %rax
	jae	1f
	mov	%gs:TASK_TABLE, %r10
	call	*(%r10, %rax, 8)
2:	lea	ENTRY_SPECIAL_LOW(%rax), %rcx
	cmp	$ENTRY_SPECIAL_COUNT, %rcx
	jb	3f
	mov	%rax, SAVED(RAX)
	push	SAVED(RFLAGS)
	popfq
	jmp	exit_fast
1:	call	call_unknown
	jmp	2b
3:	mov	%gs:TASK_SELF, %rdi
	mov	%rax, %rsi
	call	call_special
	jmp	exit_attend

/*
 * The exit window. An interruption in it finds upcall_pending set when the window starts again at
 * exit_start; one that comes before it finds the check still ahead; one behind the last jump finds
 * the program. Nothing in here changes the flags or the saved registers.
 */
	.globl	exit_start, exit_end
exit_start:
	jmp	*%gs:TASK_WINDOW_RESTART
exit_fast:
	mov	%gs:TASK_PAGE, %rcx
	mov	PAGE_UPCALL_PENDING(%rcx), %rcx
	jrcxz	1f
	jmp	exit_attend
1:	mov	SAVED(RDI), %rdi
	mov	SAVED(RSI), %rsi
	mov	SAVED(RDX), %rdx
	mov	SAVED(R8), %r8
	mov	SAVED(R9), %r9
	mov	SAVED(R10), %r10
	mov	SAVED(R11), %r11
	mov	SAVED(RSP), %rsp
	mov	SAVED(RIP), %rcx
	jmp	*%rcx
	.globl	exit_full, exit_attend
exit_full:
	mov	%gs:TASK_PAGE, %rcx
	mov	PAGE_UPCALL_PENDING(%rcx), %rcx
	jrcxz	1f
	jmp	exit_attend
1:	mov	SAVED(RAX), %rax
	mov	SAVED(RBX), %rbx
	mov	SAVED(RCX), %rcx
	mov	SAVED(RDX), %rdx
	mov	SAVED(RSI), %rsi
	mov	SAVED(RDI), %rdi
	mov	SAVED(RBP), %rbp
	mov	SAVED(R8), %r8
	mov	SAVED(R9), %r9
	mov	SAVED(R10), %r10
	mov	SAVED(R11), %r11
	mov	SAVED(R12), %r12
	mov	SAVED(R13), %r13
	mov	SAVED(R14), %r14
	mov	SAVED(R15), %r15
	mov	SAVED(RSP), %rsp
	jmp	*SAVED(RIP)
/* The second half of interruptible_call: nothing comes between the check and the SYSCALL. */
interruptible_check:
	mov	%gs:TASK_PAGE, %rcx
	mov	PAGE_UPCALL_PENDING(%rcx), %rcx
	jrcxz	1f
	jmp	interruptible_cancelled
1:	syscall
exit_end:
	lea	exit_full(%rip), %rcx
	mov	%rcx, %gs:TASK_WINDOW_RESTART
	ret

interruptible_cancelled:
	lea	exit_full(%rip), %rcx
	mov	%rcx, %gs:TASK_WINDOW_RESTART
	mov	$ENTRY_CANCELLED, %eax
	ret

/*
 * Stands for SYSCALL in kernel calls that wait (user/posix/interruptible.h): same registers in and
 * out. CANCELLED when a signal came before the wait began.
 */
	.globl	interruptible_call
interruptible_call:
	lea	interruptible_cancelled(%rip), %rcx
	mov	%rcx, %gs:TASK_WINDOW_RESTART
	jmp	interruptible_check

/* Signals, and whatever else has to be done before the program goes on. */
exit_attend:
	mov	%gs:TASK_STACK_TOP, %rsp
	mov	%gs:TASK_SELF, %rdi
	call	attend
	push	SAVED(RFLAGS)
	popfq
	jmp	exit_full

/*
 * Interrupted, or a fault that process leaves to us; the registers are in the message page. A
 * fault inside the personality is handled below what its stack holds, and returns into it.
 */
	.globl	posix_upcall
posix_upcall:
	cld
	mov	%gs:TASK_SELF, %rdi
	mov	%gs:TASK_PAGE, %rcx
	mov	PAGE_UPCALL_RIP(%rcx), %rdx
	lea	image_start(%rip), %rax
	cmp	%rax, %rdx
	jb	1f
	lea	code_end(%rip), %rax
	cmp	%rax, %rdx
	jae	1f
	mov	PAGE_UPCALL_RSP(%rcx), %rsp
	and	$-16, %rsp
	sub	$(REGISTERS_BYTES + 16), %rsp
	mov	%rsp, %rsi
	call	upcall_inside
	mov	REGISTERS_RSP(%rsp), %rax
	sub	$8, %rax
	mov	%rax, REGISTERS_RSP(%rsp)
	mov	REGISTERS_RIP(%rsp), %rcx
	mov	%rcx, (%rax)
	push	REGISTERS_RFLAGS(%rsp)
	popfq
	mov	REGISTERS_RAX(%rsp), %rax
	mov	REGISTERS_RBX(%rsp), %rbx
	mov	REGISTERS_RCX(%rsp), %rcx
	mov	REGISTERS_RDX(%rsp), %rdx
	mov	REGISTERS_RSI(%rsp), %rsi
	mov	REGISTERS_RDI(%rsp), %rdi
	mov	REGISTERS_RBP(%rsp), %rbp
	mov	REGISTERS_R8(%rsp), %r8
	mov	REGISTERS_R9(%rsp), %r9
	mov	REGISTERS_R10(%rsp), %r10
	mov	REGISTERS_R11(%rsp), %r11
	mov	REGISTERS_R12(%rsp), %r12
	mov	REGISTERS_R13(%rsp), %r13
	mov	REGISTERS_R14(%rsp), %r14
	mov	REGISTERS_R15(%rsp), %r15
	mov	REGISTERS_RSP(%rsp), %rsp
	ret
1:	mov	%gs:TASK_STACK_TOP, %rsp
	call	upcall_outside
	jmp	exit_attend

/* The first program: rdi = the private area, zeroed. */
	.globl	posix_boot
posix_boot:
	add	$PRIVATE_TASK, %rdi
	mov	%rdi, %rsp
	movabs	$ENTRY_MESSAGE_PAGE, %rax
	mov	%rax, TASK_PAGE(%rdi)
	mov	%rax, TASK_LEND(%rdi)
	call	boot
	jmp	exit_attend

/* A forked child: rdi = its task record, a copy of its parent's, under the same address. */
	.globl	posix_fork_child
posix_fork_child:
	mov	%gs:TASK_STACK_TOP, %rsp
	call	fork_child
	jmp	exit_attend

/*
 * Access to the program's memory. A fault in here that nobody repairs ends the function with
 * -EFAULT (upcall.c): so they use no stack and keep nothing but their arguments.
 */
	.section .text.access, "ax"
	.globl	access_start, access_end, access_fault, access_copy, access_length, access_touch
	.globl	access_exchange
access_start:
/* long access_copy(void *to, const void *from, uint64_t bytes) */
access_copy:
	mov	%rdx, %rcx
	shr	$3, %rcx
	rep movsq
	mov	%edx, %ecx
	and	$7, %ecx
	rep movsb
	xor	%eax, %eax
	ret
/* long access_length(uint64_t string, uint64_t limit): bytes before the zero, limit if there is none. */
access_length:
	mov	%rsi, %rcx
	xor	%eax, %eax
	repne scasb
	jne	1f
	sub	%rcx, %rsi
	lea	-1(%rsi), %rax
	ret
1:	mov	%rsi, %rax
	ret
/* long access_touch(uint64_t address, int write) */
access_touch:
	test	%esi, %esi
	jnz	1f
	mov	(%rdi), %al
	xor	%eax, %eax
	ret
1:	lock orb $0, (%rdi)
	xor	%eax, %eax
	ret
/* long access_exchange(uint32_t *word, uint32_t *expected, uint32_t new): *expected = as it was. */
access_exchange:
	mov	(%rsi), %eax
	lock cmpxchg %edx, (%rdi)
	mov	%eax, (%rsi)
	xor	%eax, %eax
	ret
access_end:
access_fault:
	mov	$-ENTRY_EFAULT, %rax
	ret
