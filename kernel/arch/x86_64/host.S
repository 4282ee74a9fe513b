/* SPDX-License-Identifier: MIT */
/*
 * The gate: what SYSCALL is to a process, a call of host_gate is to code that lives in the kernel;
 * same registers in and out (abi/message.h). A call of a service that lives here too is a function
 * call on the caller's stack. Code above the gate runs with interrupts on, the kernel below it
 * without.
 */
#include "kernel/abi/syscalls.h"
#include "kernel/arch/x86_64/cpu.h"
#include "offsets.h"

#define CURRENT (processor + PROCESSOR_CURRENT)(%rip)

	/* Info and words of a message, or of its answer. */
	.macro message_save thread
	mov %rsi, T_RSI(\thread)
	mov %rdx, T_RDX(\thread)
	mov %r8, T_R8(\thread)
	mov %r9, T_R9(\thread)
	mov %r10, T_R10(\thread)
	mov %r12, T_R12(\thread)
	mov %r13, T_R13(\thread)
	.endm
	.macro message_load thread
	mov T_RSI(\thread), %rsi
	mov T_RDX(\thread), %rdx
	mov T_R8(\thread), %r8
	mov T_R9(\thread), %r9
	mov T_R10(\thread), %r10
	mov T_R12(\thread), %r12
	mov T_R13(\thread), %r13
	.endm

	.text
	.globl host_gate, host_gate_session
	.balign 64
host_gate:
	cmp $KERNEL_CALL_BASE, %eax             /* CALL is row 0 */
	jne gate_other
	mov CURRENT, %rbx
	mov T_SPACE(%rbx), %r14
	mov %edi, %eax
	cmp SPACE_SLOT_COUNT(%r14), %eax
	jae gate_message
	mov SPACE_TABLE(%r14), %rcx
	shl $4, %rax
	cmpb $SLOT_KIND_SESSION, SLOT_KIND(%rcx, %rax)
	jne gate_message
	mov (%rcx, %rax), %rax                  /* session */
gate_direct:
	mov SESSION_ENDPOINT(%rax), %rcx
	mov ENDPOINT_HOST(%rcx), %rbp
	test %rbp, %rbp
	jz gate_message
gate_host:
	btsl $0, HOST_BUSY(%rbp)                /* one instruction: nobody comes in between */
	jc gate_contended
gate_enter:
	sub $DIRECT_BYTES, %rsp
	mov SESSION_BADGE(%rax), %rcx
	mov %rcx, DIRECT_BADGE(%rsp)
	mov %rsi, DIRECT_INFO(%rsp)
	xor %ecx, %ecx
	mov %rcx, DIRECT_REPLY_SLOT(%rsp)       /* and cancelled */
	mov %rcx, DIRECT_ORPHAN(%rsp)           /* and answered */
	mov %rcx, DIRECT_CAPABILITY(%rsp)
	mov %rcx, DIRECT_CAPABILITY + 8(%rsp)
	mov %rcx, DIRECT_REPLY(%rsp)
	mov %rcx, DIRECT_REPLY + 8(%rsp)
	mov %rcx, DIRECT_REPLY + 16(%rsp)
	mov %rcx, DIRECT_REPLY + 24(%rsp)
	mov %rcx, DIRECT_REPLY + 32(%rsp)
	mov %rcx, DIRECT_REPLY + 40(%rsp)
	mov %rdx, DIRECT_REQUEST(%rsp)
	mov %r8, DIRECT_REQUEST + 8(%rsp)
	mov %r9, DIRECT_REQUEST + 16(%rsp)
	mov %r10, DIRECT_REQUEST + 24(%rsp)
	mov %r12, DIRECT_REQUEST + 32(%rsp)
	mov %r13, DIRECT_REQUEST + 40(%rsp)
	mov T_PAGE(%rbx), %rcx
	mov %rcx, DIRECT_PAGE(%rsp)
	mov T_DIRECT(%rbx), %rcx
	mov %rcx, DIRECT_PREVIOUS(%rsp)
	mov T_PRIORITY(%rbx), %ecx
	mov %rcx, DIRECT_PRIORITY(%rsp)
	mov %rbp, DIRECT_HOST(%rsp)
	mov %r14, DIRECT_SPACE(%rsp)
	mov %rax, DIRECT_SESSION(%rsp)
	mov HOST_PRIORITY(%rbp), %ecx
	mov %ecx, T_PRIORITY(%rbx)
	mov HOST_SPACE(%rbp), %rcx
	mov %rcx, T_SPACE(%rbx)
	mov HOST_PAGE(%rbp), %rcx
	mov %rcx, T_PAGE(%rbx)
	mov %rsp, T_DIRECT(%rbx)
	sti
	mov %rsp, %rdi
	call *HOST_SERVE(%rbp)
	mov CURRENT, %rbx
	mov DIRECT_HOST(%rsp), %rbp
	mov DIRECT_SPACE(%rsp), %rcx
	mov %rcx, T_SPACE(%rbx)
	mov DIRECT_PAGE(%rsp), %rcx
	mov %rcx, T_PAGE(%rbx)
	mov DIRECT_PREVIOUS(%rsp), %rcx
	mov %rcx, T_DIRECT(%rbx)
	mov DIRECT_PRIORITY(%rsp), %rcx
	mov %ecx, T_PRIORITY(%rbx)
	movl $0, HOST_BUSY(%rbp)
	cmpq $0, HOST_FIRST(%rbp)               /* who came before that store is seen here */
	jne gate_leave
	cmp processor + PROCESSOR_READY_TOP(%rip), %ecx
	jb gate_leave
	cmpb $0, T_ATTENTION(%rbx)
	jne gate_leave
gate_result:
	mov %rax, %rsi
	xor %eax, %eax                          /* STATUS_OK */
	mov DIRECT_REPLY(%rsp), %rdx
	mov DIRECT_REPLY + 8(%rsp), %r8
	mov DIRECT_REPLY + 16(%rsp), %r9
	mov DIRECT_REPLY + 24(%rsp), %r10
	mov DIRECT_REPLY + 32(%rsp), %r12
	mov DIRECT_REPLY + 40(%rsp), %r13
	add $DIRECT_BYTES, %rsp
	ret

gate_leave:
	cli
	mov %rax, %r12
	mov %rsp, %rdi
	call host_leave
	sti
	mov %r12, %rax
	jmp gate_result

	/* Somebody else is in the monitor: wait, with the arguments where messages have them. */
gate_contended:
	cli
	mov %rax, %r15
	message_save %rbx
	mov %rbp, %rdi
	call host_contend
	test %eax, %eax
	jnz 1f                                  /* CANCELLED */
	message_load %rbx
	mov %r15, %rax
	jmp gate_enter
1:	sti
	ret

gate_message:
	mov $KERNEL_CALL_BASE, %eax
gate_other:
	mov CURRENT, %rbx
	cli
	mov %rax, T_RAX(%rbx)
	mov %rdi, T_RDI(%rbx)
	message_save %rbx
	mov %rbx, %rdi
	call host_call
	mov T_RAX(%rbx), %rax
	mov T_RDI(%rbx), %rdi
	message_load %rbx
	sti
	ret

/*
 * CALL by a process, of a service that lives here: the call continues on an activation, in the
 * caller's space, as if the caller lived here too. All else is as without services in the kernel.
 */
	.globl host_syscall
	.balign 64
host_syscall:
	cmp $KERNEL_CALL_BASE, %eax
	jne syscall_entry
host_syscall_call:
	mov CURRENT, %rbx
	mov T_SPACE(%rbx), %r14
	mov %edi, %eax
	cmp SPACE_SLOT_COUNT(%r14), %eax
	jae syscall_message
	mov SPACE_TABLE(%r14), %rbp
	shl $4, %rax
	add %rax, %rbp
	cmpb $SLOT_KIND_SESSION, SLOT_KIND(%rbp)
	jne syscall_message
	mov (%rbp), %rax
	mov SESSION_ENDPOINT(%rax), %rbp
	mov ENDPOINT_HOST(%rbp), %rbp
	test %rbp, %rbp
	jz syscall_message
	mov T_ACTIVATION(%rbx), %r15
	test %r15, %r15
	jnz 1f
	mov host_idle(%rip), %r15
	test %r15, %r15
	jz syscall_message
	mov T_NEXT(%r15), %rdi
	mov %rdi, host_idle(%rip)
	mov %r15, T_ACTIVATION(%rbx)
	mov %rbx, T_CLIENT(%r15)
	mov T_CONTEXT(%rbx), %rdi
	mov %rdi, T_CONTEXT(%r15)
	mov T_ROOT(%rbx), %rdi
	mov %rdi, T_ROOT(%r15)
	mov T_PRIORITY(%rbx), %edi
	mov %edi, T_PRIORITY(%r15)
	mov %r14, T_SPACE(%r15)
1:	mov %rcx, T_RIP(%rbx)
	mov %rsp, T_RSP(%rbx)
	movw $STATE_AWAITING, T_STATE(%rbx)
	mov T_ROOT(%rbx), %rdi
	mov %rdi, processor + PROCESSOR_ROOT(%rip)
	mov T_PAGE(%rbx), %rdi
	mov %rdi, T_PAGE(%r15)
	movb $THREAD_STATE_READY, T_STATE(%r15)
	movb $1, T_OUTSIDE(%r15)
	mov %r15, CURRENT
	mov T_STACK_TOP(%r15), %rsp
	mov %r15, %rbx
	call gate_host
	cli
	mov CURRENT, %rbx
	mov T_CLIENT(%rbx), %rbp
	movb $0, T_OUTSIDE(%rbx)
	movb $THREAD_STATE_STOPPED, T_STATE(%rbx)
	cmpb $0, T_BOUND(%rbx)
	jne 2f
	mov host_idle(%rip), %rcx
	mov %rcx, T_NEXT(%rbx)
	mov %rbx, host_idle(%rip)
	xor %ecx, %ecx
	mov %rcx, T_CLIENT(%rbx)
	mov %rcx, T_CONTEXT(%rbx)
	mov %rcx, T_ROOT(%rbx)
	mov %rcx, T_ACTIVATION(%rbp)
2:	mov %rbp, CURRENT
	movb $THREAD_STATE_READY, T_STATE(%rbp)
	mov T_PRIORITY(%rbp), %ecx
	cmp processor + PROCESSOR_READY_TOP(%rip), %ecx
	jb 3f
	cmpb $0, T_STOPPED(%rbp)
	jne 3f
	xor %edi, %edi
	mov T_RIP(%rbp), %rcx
	mov T_RSP(%rbp), %rsp
	mov $RFLAGS_USER, %r11d
	sysretq
	/* Somebody else goes first: the results wait with the caller. */
3:	mov %rax, T_RAX(%rbp)
	message_save %rbp
	jmp host_go
syscall_message:
	mov $KERNEL_CALL_BASE, %eax
	jmp syscall_entry

/*
 * uint64_t host_gate_session(struct session *, uint64_t info, uint64_t words[6]): a call by C, of
 * a service in the kernel. Gives the info word of the answer, or a status if there is none; comes
 * back with interrupts on.
 */
host_gate_session:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	push %rdx
	mov CURRENT, %rbx
	mov T_SPACE(%rbx), %r14
	mov %rdi, %rax
	mov 40(%rdx), %r13
	mov 32(%rdx), %r12
	mov 24(%rdx), %r10
	mov 16(%rdx), %r9
	mov 8(%rdx), %r8
	mov (%rdx), %rdx
	call gate_direct
	pop %rcx
	mov %rdx, (%rcx)
	test %eax, %eax
	jnz 1f
	mov %rsi, %rax
1:	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

/*
 * void host_block(void): somebody else runs. Comes back when the current thread is ready again and
 * is picked. Needs: interrupts off.
 */
	.globl host_block
host_block:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov CURRENT, %rbx
	mov %rsp, T_RSP(%rbx)
	mov $kernel_stack_top, %rsp
	xor %ebp, %ebp
	call schedule_leave
host_resume:
	mov T_RSP(%rdi), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

/* The first steps of an activation, as host.c lays its stack out: rbx = entry, rbp = argument. */
	.globl host_begin
host_begin:
	mov %rbp, %rdi
	xor %ebp, %ebp
	sti
	jmp *%rbx

/* void host_go(void): leaves the kernel by the scheduler, and the stack it is on for good. */
	.globl host_go
host_go:
	mov $kernel_stack_top, %rsp
	xor %ebp, %ebp
	call schedule_leave

/*
 * rdi: the thread that runs now. One in kernel mode goes on where host_block left it; a program's
 * whose next instruction is in the kernel enters its personality there, on its activation:
 * rdi = its argument, rsi = its task record.
 */
	.globl arch_return_to_user
	.balign 16
arch_return_to_user:
	cmpb $0, T_KERNEL(%rdi)
	jne host_resume
	cmpq $0, T_RIP(%rdi)
	jge return_to_user
	mov T_ACTIVATION(%rdi), %rbx
	mov %rbx, CURRENT
	movb $THREAD_STATE_AWAITING, T_STATE(%rdi)
	movb $THREAD_STATE_READY, T_STATE(%rbx)
	mov T_STACK_TOP(%rbx), %rsp
	mov T_GS_BASE(%rdi), %rsi
	mov T_RIP(%rdi), %rax
	mov T_RDI(%rdi), %rdi
	sti
	jmp *%rax

/*
 * status_t host_user_copy(void *to, const void *from, uint64_t bytes): one of them may be the
 * program's. A fault in here gives UNMAPPED.
 */
	.globl host_user_copy, host_user_copy_end, host_user_copy_fault
	.balign 16
host_user_copy:
	mov %rdx, %rcx
	shr $3, %rcx
	stac
	rep movsq
	mov %edx, %ecx
	and $7, %ecx
	rep movsb
	clac
	xor %eax, %eax
	ret
host_user_copy_end:
host_user_copy_fault:
	clac
	mov $STATUS_UNMAPPED_NUMBER, %eax
	ret
