/* SPDX-License-Identifier: MIT */
/*
 * From the loader to C. A PVH loader (QEMU -kernel) enters in 32-bit protected mode without
 * paging, ebx = physical address of struct hvm_start_info (Xen, docs/misc/pvh.pandoc).
 */
#include "kernel/arch/x86_64/cpu.h"

	.section .note.pvh, "a", @note
	.long 4, 4, 18                          /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long boot_entry

	.section .boot, "awx"
	.code32
	.globl boot_entry
boot_entry:
	cld
	mov %ebx, %esi
	/* 2 MiB pages for the first GiB: at 0, at DIRECT_MAP and at KERNEL_BASE. */
	mov $boot_pd, %edi
	mov $0x83, %eax
	mov $512, %ecx
1:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 1b
	movl $boot_pd + 3, boot_pdpt
	movl $boot_pd + 3, boot_pdpt + 510 * 8
	movl $boot_pdpt + 3, boot_pml4
	movl $boot_pdpt + 3, boot_pml4 + 256 * 8
	movl $boot_pdpt + 3, boot_pml4 + 511 * 8
	mov $boot_pml4, %eax
	mov %eax, %cr3
	mov $CR4_PAE, %eax
	mov %eax, %cr4
	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME | EFER_NXE | EFER_SCE, %eax
	wrmsr
	mov $CR0_PG | CR0_WP | CR0_MP | CR0_PE, %eax
	mov %eax, %cr0
	lgdt boot_gdt_pointer
	ljmp $SELECTOR_KERNEL_CODE, $2f
	.code64
2:	mov $SELECTOR_KERNEL_DATA, %eax
	mov %eax, %ss
	mov %eax, %ds
	mov %eax, %es
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	mov $kernel_stack_top, %rsp
	xor %ebp, %ebp
	mov %esi, %edi
	mov $boot_main, %rax
	call *%rax

	.balign 8
boot_gdt:
	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.long boot_gdt
	.balign 4096
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
boot_pd:   .skip 4096

	/* The stack of this processor, and the stacks of exceptions that must not trust it; guards below. */
	.section .bss
	.balign 4096
	.globl kernel_stack_guard, kernel_stack_top, exception_stack_guard, exception_stack_top
kernel_stack_guard: .skip 4096
	.skip 16384
kernel_stack_top:
exception_stack_guard: .skip 4096
	.skip 8192
exception_stack_top:
