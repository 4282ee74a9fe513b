/* SPDX-License-Identifier: MIT */
/* void fibre_switch(uint64_t *own_rsp, uint64_t other_rsp): callee-saved registers, the stack. */
	.text
	.globl fibre_switch
fibre_switch:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov %rsi, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

	.section .note.GNU-stack, "", @progbits
