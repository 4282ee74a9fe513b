/* SPDX-License-Identifier: MIT */
/* The kernel's own translations, made once at boot, and what the processor remembers of others. */
#include "kernel/abi/layout.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/boot.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

uint64_t *kernel_root;

void arch_space_switch(uint64_t root)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

void arch_space_leave(const struct space *space)
{
	if (processor.root != space->root)
		return;
	processor.root = physical(kernel_root);
	arch_space_switch(processor.root);
}

void arch_translation_drop(const struct space *space, uint64_t address)
{
	if (processor.root == space->root || address >= USER_TOP)
		__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* Kernel half tables come from boot memory. */
static uint64_t *kernel_entry(uint64_t address, unsigned leaf)
{
	uint64_t *table = kernel_root;

	for (unsigned level = 3; level > leaf; level--) {
		uint64_t *entry = &table[index_at(address, level)];

		if (!*entry)
			*entry = physical(boot_allocate(1)) | PTE_PRESENT | PTE_WRITE;
		table = table_of(*entry);
	}
	return &table[index_at(address, leaf)];
}

void arch_kernel_map(uint64_t address, const void *page, unsigned flags)
{
	*kernel_entry(address, 0) = physical(page) | PTE_PRESENT | PTE_NX | PTE_GLOBAL |
		(flags & MAP_WRITE ? PTE_WRITE : 0);
}

extern char kernel_text[], kernel_rodata[], kernel_data[], kernel_end[];
extern char kernel_stack_guard[], exception_stack_guard[];

static void kernel_image_map(void)
{
	for (char *at = kernel_text; at < kernel_end; at += PAGE_SIZE) {
		uint64_t flags = PTE_PRESENT | PTE_GLOBAL;

		if (at >= kernel_rodata)
			flags |= PTE_NX;
		if (at >= kernel_data)
			flags |= PTE_WRITE;
		if (at != kernel_stack_guard && at != exception_stack_guard)
			*kernel_entry((uint64_t)at, 0) = ((uint64_t)at - KERNEL_BASE) | flags;
	}
}

/* All RAM, writable, not executable; without a second way to the kernel's own image. */
void paging_start(uint64_t ram_end)
{
	uint64_t image_end = ((uint64_t)kernel_end - KERNEL_BASE + 0x1fffff) & ~0x1fffffull;
	const uint64_t flags = PTE_PRESENT | PTE_WRITE | PTE_NX | PTE_GLOBAL;

	kernel_root = boot_allocate(1);
	for (unsigned i = ENTRIES / 2; i < ENTRIES; i++)
		kernel_entry((uint64_t)i << 39 | 0xffffull << 48, 2);
	for (uint64_t at = 0; at < image_end; at += PAGE_SIZE)
		if (at < 0x100000 || at >= (uint64_t)kernel_end - KERNEL_BASE)
			*kernel_entry(DIRECT_MAP + at, 0) = at | flags;
	for (uint64_t at = image_end; at < ram_end; at += 0x200000)
		*kernel_entry(DIRECT_MAP + at, 1) = at | flags | PTE_LARGE;
	for (uint64_t at = 0xfec00000; at <= 0xfee00000; at += 0x200000)
		*kernel_entry(DIRECT_MAP + at, 1) = at | flags | PTE_LARGE | PTE_UNCACHED;
	kernel_image_map();
	__asm__ volatile("mov %0, %%cr3" : : "r"(physical(kernel_root)) : "memory");
}
