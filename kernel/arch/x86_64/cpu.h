/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_X86_64_CPU_H
#define BULKHEAD_X86_64_CPU_H

/*
 * Control registers, model-specific registers, selectors. Intel SDM volume 3, chapters 2, 3, 4;
 * volume 4.
 */
#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_WP (1 << 16)
#define CR0_PG 0x80000000
#define CR4_PAE        (1 << 5)
#define CR4_PGE        (1 << 7)
#define CR4_OSFXSR     (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_UMIP       (1 << 11)
#define CR4_SMEP       (1 << 20)
#define CR4_SMAP       (1 << 21)

#define MSR_EFER    0xc0000080
#define EFER_SCE    (1 << 0)
#define EFER_LME    (1 << 8)
#define EFER_NXE    (1 << 11)
#define MSR_STAR    0xc0000081
#define MSR_LSTAR   0xc0000082
#define MSR_SFMASK  0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101

#define RFLAGS_TF (1 << 8)
#define RFLAGS_IF (1 << 9)
#define RFLAGS_DF (1 << 10)
#define RFLAGS_NT (1 << 14)
#define RFLAGS_AC (1 << 18)
#define RFLAGS_USER 0x202
/* What a user thread may choose: CF PF AF ZF SF TF DF OF AC. */
#define RFLAGS_USER_MASK 0x40dd5ull

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_DATA   0x1b
#define SELECTOR_USER_CODE   0x23
#define SELECTOR_TSS         0x28

#define VECTOR_IRQ      0x30            /* + irq number */
#define VECTOR_TIMER    0xf0
#define VECTOR_SPURIOUS 0xff

#define KERNEL_BASE 0xffffffff80000000

#ifndef __ASSEMBLER__
#include <stdint.h>

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}
static inline uint8_t port_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}
static inline void port_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(sub));
}

void cpu_start(void);                    /* descriptor tables, feature checks, protection bits */
void apic_start(void);
void paging_start(uint64_t ram_end);     /* the kernel's own, final translations */
#endif
#endif
