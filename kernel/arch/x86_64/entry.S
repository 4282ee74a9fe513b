/* SPDX-License-Identifier: MIT */
/*
 * Entry and exit. Interrupts are off throughout (SFMASK, interrupt gates). The fast path of call
 * and reply-and-receive touches no stack and does exactly what call() and reply_receive() in
 * message.c do when: no page transfer is asked for, the partner waits, and nobody else has a
 * better claim to the processor. Budget, instruction by instruction: kernel/README.md.
 */
#include "kernel/abi/syscalls.h"
#include "kernel/arch/x86_64/cpu.h"
#include "offsets.h"

#define CURRENT (processor + PROCESSOR_CURRENT)(%rip)

	.section .text.entry, "ax"
	.globl syscall_entry, syscall_entry_slow
	.balign 64
syscall_entry:
	cmp $KERNEL_CALL_BASE, %eax             /* CALL is row 0 */
	jne fast_reply_receive

fast_call:
	mov CURRENT, %rbx
	mov T_SPACE(%rbx), %r14
	mov %edi, %eax
	cmp SPACE_SLOT_COUNT(%r14), %eax
	jae slow_call
	mov SPACE_TABLE(%r14), %r14
	shl $4, %rax
	cmpb $SLOT_KIND_SESSION, SLOT_KIND(%r14, %rax)
	jne slow_call
	mov (%r14, %rax), %r14                  /* session */
	mov SESSION_ENDPOINT(%r14), %r15
	mov ENDPOINT_RECEIVER(%r15), %rbp       /* server's thread */
	test %rbp, %rbp
	jz slow_call
	test %esi, %esi                         /* INFO_PAGE */
	js call_page
call_plain:                                     /* nothing can fail from here on */
	movq $0, ENDPOINT_RECEIVER(%r15)
	mov %rcx, T_RIP(%rbx)
	mov %rsp, T_RSP(%rbx)
	mov %r14, T_SESSION(%rbx)
	movw $STATE_AWAITING, T_STATE(%rbx)
	mov %rbx, T_CALLER(%rbp)
	movw $STATE_READY, T_STATE(%rbp)
	mov SESSION_BADGE(%r14), %rdi
	jmp switch_to

	.balign 16
fast_reply_receive:
	cmp $KERNEL_CALL_BASE + 1, %eax         /* REPLY_RECEIVE is row 1 */
	jne not_fast
	mov CURRENT, %rbx
	mov T_ENDPOINT(%rbx), %r15
	cmpl $0, ENDPOINT_PENDING(%r15)
	jne slow_call_reply
	mov T_CALLER(%rbx), %rbp                /* whom it answers */
	test %rbp, %rbp
	jz slow_call_reply
	mov T_PRIORITY(%rbp), %eax
	cmp processor + PROCESSOR_READY_TOP(%rip), %eax
	jb slow_call_reply
	mov T_CONTEXT(%rbp), %rax
	test %rax, %rax
	jz 1f
	cmp processor + PROCESSOR_CONTEXT(%rip), %rax
	jne slow_call_reply
1:	test %esi, %esi
	js reply_page
reply_plain:
	movq $0, T_CALLER(%rbx)
	mov %rcx, T_RIP(%rbx)
	mov %rsp, T_RSP(%rbx)
	mov %rbx, ENDPOINT_RECEIVER(%r15)
	movw $STATE_RECEIVING, T_STATE(%rbx)
	movw $STATE_READY, T_STATE(%rbp)
switch_to:                                      /* from rbx to rbp */
	mov T_ROOT(%rbp), %rax
	mov %rbp, CURRENT
	cmp T_ROOT(%rbx), %rax
	je 1f
	mov %rax, %cr3
1:	mov T_RIP(%rbp), %rcx
	mov T_RSP(%rbp), %rsp
	mov $RFLAGS_USER, %r11d
	xor %eax, %eax                          /* STATUS_OK */
	sysretq

	/* Words behind the sixth, from the page of rbx to that of rbp. Capabilities: the slow path. */
	.macro page_words fail
	test $INFO_CAPS, %esi
	jnz \fail
	mov %esi, %eax
	shr $INFO_WORDS_SHIFT_BITS, %eax
	and $INFO_WORDS_MAX, %eax
	sub $REGISTER_WORDS, %eax
	jbe \fail
	cmp $PAGE_WORDS, %eax
	ja \fail
	mov T_PAGE(%rbx), %r11
	test %r11, %r11
	jz \fail
	mov T_PAGE(%rbp), %r15
	test %r15, %r15
	jz \fail
	mov %rcx, T_RIP(%rbx)
1:	mov 8 * REGISTER_WORDS - 8(%r11, %rax, 8), %rcx
	mov %rcx, 8 * REGISTER_WORDS - 8(%r15, %rax, 8)
	dec %eax
	jnz 1b
	mov T_RIP(%rbx), %rcx
	.endm
call_page:
	page_words slow_call
	mov SESSION_ENDPOINT(%r14), %r15
	jmp call_plain
reply_page:
	page_words slow_call_reply
	mov T_ENDPOINT(%rbx), %r15
	jmp reply_plain

	/* rax was the call's number; the slow path wants it back. */
slow_call:
	mov $KERNEL_CALL_BASE, %eax
	jmp slow
slow_call_reply:
	mov $KERNEL_CALL_BASE + 1, %eax
	jmp slow

	/*
	 * The same without the fast path: all calls in C, where they are counted, and reflections too.
	 * Chosen at boot by the command line.
	 */
	.balign 16
syscall_entry_slow:
	cmp $KERNEL_CALL_BASE, %eax
	jb reflect_counted
	cmp $KERNEL_CALL_BASE + KERNEL_CALL_COUNT, %eax
	jb kernel_call_slow
reflect_counted:
	incq processor + PROCESSOR_ENTRIES(%rip)
	incq processor + PROCESSOR_REFLECTIONS(%rip)
	jmp reflect
	.balign 16
not_fast:
	cmp $KERNEL_CALL_BASE, %eax             /* no register changes before this is known */
	jb reflect
	cmp $KERNEL_CALL_BASE + KERNEL_CALL_COUNT, %eax
	jae reflect
kernel_call_slow:
	mov CURRENT, %rbx
slow:
	mov %rax, T_RAX(%rbx)
	mov %rdi, T_RDI(%rbx)
	mov %rsi, T_RSI(%rbx)
	mov %rdx, T_RDX(%rbx)
	mov %r8, T_R8(%rbx)
	mov %r9, T_R9(%rbx)
	mov %r10, T_R10(%rbx)
	mov %r12, T_R12(%rbx)
	mov %r13, T_R13(%rbx)
	mov %rcx, T_RIP(%rbx)
	mov %rsp, T_RSP(%rbx)
	movb $0, T_RESUME(%rbx)                 /* RESUME_CALL */
	mov $kernel_stack_top, %rsp
	xor %ebp, %ebp
	mov %rbx, %rdi
	call kernel_call

	/*
	 * Somebody else's system call: resume at the entry that the space registered, rcx = that entry,
	 * r11 = the program's flags, all else as the program left it. rsp is the only register to work with.
	 */
	.balign 16
reflect:
	mov %rsp, processor + PROCESSOR_USER_RSP(%rip)
	mov CURRENT, %rsp
	cmpq $0, T_REFLECT(%rsp)
	je no_entry
	mov T_PAGE(%rsp), %rsp
	mov %rcx, PAGE_REFLECT_RIP(%rsp)
	mov CURRENT, %rsp
	mov T_REFLECT(%rsp), %rcx
	mov processor + PROCESSOR_USER_RSP(%rip), %rsp
	sysretq
no_entry:
	mov %rsp, %rbx
	mov processor + PROCESSOR_USER_RSP(%rip), %rsp
	mov %rcx, T_RIP(%rbx)
	mov %rsp, T_RSP(%rbx)
	mov %rax, T_RAX(%rbx)
	movb $0, T_RESUME(%rbx)
	mov $kernel_stack_top, %rsp
	mov %rbx, %rdi
	call reflect_without_entry

	/* rdi: the thread. Its space and context are loaded. */
	.weak arch_return_to_user               /* host.S knows of threads in kernel mode */
	.globl return_to_user
	.balign 16
arch_return_to_user:
return_to_user:
	mov T_RAX(%rdi), %rax
	mov T_RDX(%rdi), %rdx
	mov T_RSI(%rdi), %rsi
	mov T_R8(%rdi), %r8
	mov T_R9(%rdi), %r9
	mov T_R10(%rdi), %r10
	mov T_R12(%rdi), %r12
	mov T_R13(%rdi), %r13
	cmpb $0, T_RESUME(%rdi)
	jne 1f
	mov T_RIP(%rdi), %rcx
	mov T_RSP(%rdi), %rsp
	mov $RFLAGS_USER, %r11d
	mov T_RDI(%rdi), %rdi
	sysretq
1:	mov T_RBX(%rdi), %rbx
	mov T_RBP(%rdi), %rbp
	mov T_R14(%rdi), %r14
	mov T_R15(%rdi), %r15
	pushq $SELECTOR_USER_DATA
	pushq T_RSP(%rdi)
	pushq T_RFLAGS(%rdi)
	pushq $SELECTOR_USER_CODE
	pushq T_RIP(%rdi)
	mov T_RCX(%rdi), %rcx
	mov T_R11(%rdi), %r11
	mov T_RDI(%rdi), %rdi
	iretq

	/* One stub per vector: leaves vector and error code on the stack. */
	.balign 16
	.globl vector_stubs
vector_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
	      vector == 29 || vector == 30)
	pushq $0                                /* the processor pushed no error code */
	.endif
	pushq $vector
	jmp trap_entry
	.set vector, vector + 1
	.endr

	/* Stack: vector, error code, rip, cs, rflags, rsp, ss. */
trap_entry:
	testb $3, 24(%rsp)
	jz trap_in_kernel
	push %rax
	mov CURRENT, %rax
	mov %rbx, T_RBX(%rax)
	mov %rcx, T_RCX(%rax)
	mov %rdx, T_RDX(%rax)
	mov %rsi, T_RSI(%rax)
	mov %rdi, T_RDI(%rax)
	mov %rbp, T_RBP(%rax)
	mov %r8, T_R8(%rax)
	mov %r9, T_R9(%rax)
	mov %r10, T_R10(%rax)
	mov %r11, T_R11(%rax)
	mov %r12, T_R12(%rax)
	mov %r13, T_R13(%rax)
	mov %r14, T_R14(%rax)
	mov %r15, T_R15(%rax)
	popq T_RAX(%rax)
	pop %rsi                                /* vector */
	pop %rdx                                /* error code */
	popq T_RIP(%rax)
	pop %rcx
	popq T_RFLAGS(%rax)
	popq T_RSP(%rax)
	movb $1, T_RESUME(%rax)                 /* RESUME_TRAP */
	mov $kernel_stack_top, %rsp
	xor %ebp, %ebp
	mov %rax, %rdi
	cld
	clac
	call trap_from_user

	/* The idle loop is interrupted, or a service in the kernel; else it is a kernel bug. */
trap_in_kernel:
	cld
	clac
	push %rax
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, %rdi
	call trap_from_kernel
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	add $16, %rsp
	iretq
