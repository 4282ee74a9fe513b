/* SPDX-License-Identifier: MIT */
/*
 * The ways into and out of the personality where it lives in the kernel: what ../entry.S is to one
 * that lives in the program's space. It runs on the thread's activation (kernel/host.h), with
 * interrupts on. The task record stands where it always does, in pages that the program cannot
 * reach. rbx = the task record from entry to exit.
 */
#include "kernel/abi/syscalls.h"
#include "offsets.h"
#include "user/posix/entry.h"

#define CURRENT        (processor + PROCESSOR_CURRENT)(%rip)
#define SAVED(name)    (TASK_REGISTERS + REGISTERS_##name)
#define SIGSEGV        11
#define SI_KERNEL      0x80

	.section .text.entry, "ax"

/* SYSCALL of a program, with the registers as it left them; interrupts are off. */
	.globl	posix_syscall, posix_syscall_counted
	.balign	16
posix_syscall_counted:
	incq	processor + PROCESSOR_ENTRIES(%rip)
	.balign	64
posix_syscall:
	cmp	$KERNEL_CALL_BASE, %eax
	jae	5f
4:	mov	%rsp, processor + PROCESSOR_USER_RSP(%rip)
	mov	CURRENT, %rsp
	cmpq	$0, T_ACTIVATION(%rsp)
	je	1f
	mov	T_GS_BASE(%rsp), %rsp
	mov	%rdi, SAVED(RDI)(%rsp)
	mov	%rsi, SAVED(RSI)(%rsp)
	mov	%rdx, SAVED(RDX)(%rsp)
	mov	%r8, SAVED(R8)(%rsp)
	mov	%r9, SAVED(R9)(%rsp)
	mov	%r10, SAVED(R10)(%rsp)
	mov	%rbx, SAVED(RBX)(%rsp)
	mov	%rbp, SAVED(RBP)(%rsp)
	mov	%r12, SAVED(R12)(%rsp)
	mov	%r13, SAVED(R13)(%rsp)
	mov	%r14, SAVED(R14)(%rsp)
	mov	%r15, SAVED(R15)(%rsp)
	mov	%rcx, SAVED(RIP)(%rsp)
	mov	%rcx, SAVED(RCX)(%rsp)
	mov	%r11, SAVED(RFLAGS)(%rsp)
	mov	%r11, SAVED(R11)(%rsp)
	mov	%rax, TASK_CALL(%rsp)
	mov	%rsp, %rbx
	mov	processor + PROCESSOR_USER_RSP(%rip), %rcx
	mov	%rcx, SAVED(RSP)(%rbx)
	mov	CURRENT, %r11
	mov	T_ROOT(%r11), %rcx
	mov	%rcx, processor + PROCESSOR_ROOT(%rip)
	mov	T_PAGE(%r11), %rcx
	mov	%rcx, TASK_PAGE(%rbx)
	mov	T_ACTIVATION(%r11), %rbp
	lea	-PRIVATE_TASK(%rbx), %rcx
	mov	%rcx, T_PAGE(%rbp)
	movb	$THREAD_STATE_AWAITING, T_STATE(%r11)
	movb	$THREAD_STATE_READY, T_STATE(%rbp)
	mov	%rbp, CURRENT
	mov	T_STACK_TOP(%rbp), %rsp
	sti
	sub	$8, %rsp
	push	%r9
	mov	%r8, %r9
	mov	%r10, %r8
	mov	%rdx, %rcx
	mov	%rsi, %rdx
	mov	%rdi, %rsi
	mov	%rbx, %rdi
	cmp	$ENTRY_CALLS, %rax
	jae	2f
	mov	TASK_TABLE(%rbx), %r10
	call	*(%r10, %rax, 8)
3:	lea	ENTRY_SPECIAL_LOW(%rax), %rcx
	cmp	$ENTRY_SPECIAL_COUNT, %rcx
	jb	6f
	mov	%rax, SAVED(RAX)(%rbx)
	cli
	mov	TASK_PAGE(%rbx), %rcx
	cmpq	$0, PAGE_UPCALL_PENDING(%rcx)
	jne	exit_attend
	mov	CURRENT, %rbp
	mov	T_CLIENT(%rbp), %rdx
	mov	T_PRIORITY(%rdx), %ecx
	cmp	processor + PROCESSOR_READY_TOP(%rip), %ecx
	jb	exit_full
	cmpb	$0, T_STOPPED(%rdx)
	jne	exit_full
	movb	$THREAD_STATE_STOPPED, T_STATE(%rbp)
	movb	$THREAD_STATE_READY, T_STATE(%rdx)
	mov	%rdx, CURRENT
	mov	SAVED(RDI)(%rbx), %rdi
	mov	SAVED(RSI)(%rbx), %rsi
	mov	SAVED(RDX)(%rbx), %rdx
	mov	SAVED(R8)(%rbx), %r8
	mov	SAVED(R9)(%rbx), %r9
	mov	SAVED(R10)(%rbx), %r10
	mov	SAVED(R11)(%rbx), %r11
	mov	SAVED(RBP)(%rbx), %rbp
	mov	SAVED(RIP)(%rbx), %rcx
	mov	SAVED(RSP)(%rbx), %rsp
	mov	SAVED(RBX)(%rbx), %rbx
	sysretq
1:	mov	processor + PROCESSOR_USER_RSP(%rip), %rsp
	jmp	syscall_entry
2:	call	call_unknown
	jmp	3b
5:	cmp	$KERNEL_CALL_BASE + KERNEL_CALL_COUNT, %eax
	jae	4b
	/* Its own kernel calls, as in a process; but what speaks for it is not its own. */
	cmp	$KERNEL_CALL_BASE, %eax
	jne	9f
	mov	%rsp, processor + PROCESSOR_USER_RSP(%rip)
	mov	CURRENT, %rsp
	mov	T_SPACE(%rsp), %rsp
	mov	%edi, %edi
	cmp	SPACE_SLOT_COUNT(%rsp), %edi
	jae	7f
	mov	SPACE_TABLE(%rsp), %rsp
	shl	$4, %rdi
	testb	$SESSION_PERSONALITY_RIGHT, SLOT_RIGHTS(%rsp, %rdi)
	jnz	8f
	shr	$4, %rdi
7:	mov	processor + PROCESSOR_USER_RSP(%rip), %rsp
9:	cmpb	$0, host_counts(%rip)
	je	host_syscall
	decq	processor + PROCESSOR_ENTRIES(%rip)  /* it is counted where it goes */
	jmp	syscall_entry_slow
8:	mov	processor + PROCESSOR_USER_RSP(%rip), %rsp
	mov	$STATUS_NO_RIGHT_NUMBER, %eax
	sysretq
6:	mov	%rbx, %rdi
	mov	%rax, %rsi
	call	call_special

/* Signals, and whatever else has to be done before the program goes on. */
	.globl	exit_attend
exit_attend:
	sti
	mov	CURRENT, %rcx
	mov	T_STACK_TOP(%rcx), %rsp
	mov	%rbx, %rdi
	call	attend

/* All registers, by the scheduler. Needs no window: interrupts are off from the look on. */
	.globl	exit_full
exit_full:
	cli
	mov	TASK_PAGE(%rbx), %rcx
	cmpq	$0, PAGE_UPCALL_PENDING(%rcx)
	jne	exit_attend
	lea	TASK_REGISTERS(%rbx), %rdi
	call	host_return
	sti                                       /* its rip is no address of a program */
	mov	%rbx, %rdi
	mov	$SIGSEGV, %esi
	mov	$SI_KERNEL, %edx
	xor	%ecx, %ecx
	call	signal_force
	jmp	exit_attend

	/* rbx is the task record: where the thread's pages are. */
	.macro	begin
	mov	CURRENT, %rbp
	mov	T_CLIENT(%rbp), %rcx
	mov	T_PAGE(%rcx), %rcx
	mov	%rcx, TASK_PAGE(%rbx)
	lea	-PRIVATE_TASK(%rbx), %rcx
	mov	%rcx, T_PAGE(%rbp)
	mov	%rbx, %rdi
	.endm

/* The first program: rdi = the private area, zeroed. */
	.globl	posix_boot
posix_boot:
	lea	PRIVATE_TASK(%rdi), %rbx
	mov	%rdi, TASK_LEND(%rbx)
	begin
	call	boot
	jmp	exit_attend

/* A forked child: rdi = its task record. */
	.globl	posix_fork_child
posix_fork_child:
	mov	%rdi, %rbx
	begin
	call	fork_child
	jmp	exit_attend

/* Interrupted, or a fault that process leaves to us, in the program: rsi = the task record. */
	.globl	posix_upcall, posix_reflect
posix_upcall:
posix_reflect:
	mov	%rsi, %rbx
	begin
	call	upcall_outside
	jmp	exit_attend

/* There is no window: nothing is between these. */
	.globl	exit_start, exit_end
	.set	exit_start, 0
	.set	exit_end, 0

/* Stands for a kernel call that waits; CANCELLED when a signal came before the wait began. */
	.globl	interruptible_call
interruptible_call:
	mov	CURRENT, %rbx
	cli
	mov	T_CLIENT(%rbx), %rcx
	mov	T_PAGE(%rcx), %rcx
	cmpq	$0, PAGE_UPCALL_PENDING(%rcx)
	jne	1f
	movb	$1, T_INTERRUPTIBLE(%rbx)
	call	host_gate
	mov	CURRENT, %rbx
	movb	$0, T_INTERRUPTIBLE(%rbx)
	ret
1:	sti
	mov	$ENTRY_CANCELLED, %eax
	ret

/* Access to the program's memory, as in ../entry.S; kernel/host.c takes the faults. */
	.section .text.access, "ax"
	.globl	access_start, access_end, access_fault
	.globl	access_copy, access_length, access_touch, access_exchange
access_start:
access_copy:
	mov	%rdx, %rcx
	shr	$3, %rcx
	stac
	rep movsq
	mov	%edx, %ecx
	and	$7, %ecx
	rep movsb
	clac
	xor	%eax, %eax
	ret
access_length:
	mov	%rsi, %rcx
	xor	%eax, %eax
	stac
	repne scasb
	clac                                      /* leaves ZF */
	jne	1f
	sub	%rcx, %rsi
	lea	-1(%rsi), %rax
	ret
1:	mov	%rsi, %rax
	ret
access_touch:
	stac
	test	%esi, %esi
	jnz	1f
	mov	(%rdi), %al
	clac
	xor	%eax, %eax
	ret
1:	lock orb $0, (%rdi)
	clac
	xor	%eax, %eax
	ret
access_exchange:
	mov	(%rsi), %eax
	stac
	lock cmpxchg %edx, (%rdi)
	clac
	mov	%eax, (%rsi)
	xor	%eax, %eax
	ret
access_end:
access_fault:
	clac
	mov	$-ENTRY_EFAULT, %rax
	ret
