/* SPDX-License-Identifier: MIT */
/* Where a service starts: on its stack, with no caller; rdi = its message page. */
	.text
	.globl service_entry
service_entry:
	xor %ebp, %ebp
	and $-16, %rsp
	call service_main
	ud2

	.section .note.GNU-stack, "", @progbits
