/* SPDX-License-Identifier: MIT */
/* Four-level translation tables. Intel SDM volume 3, section 4.5. */
#include "kernel/abi/layout.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/boot.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

#define PTE_PRESENT  1ull
#define PTE_WRITE    2ull
#define PTE_USER     4ull
#define PTE_UNCACHED 0x18ull             /* PWT and PCD: UC in the default PAT */
#define PTE_LARGE    0x80ull
#define PTE_GLOBAL   0x100ull
#define PTE_NX       (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull

#define ENTRIES 512
static uint64_t *kernel_root;

static unsigned index_at(uint64_t address, unsigned level)
{
	return address >> (12 + 9 * level) & (ENTRIES - 1);
}

static uint64_t *table_of(uint64_t entry) { return direct(entry & PTE_ADDRESS); }

uint64_t *arch_entry(const struct space *space, uint64_t address)
{
	uint64_t *table = direct(space->root);

	for (unsigned level = 3; level; level--) {
		uint64_t entry = table[index_at(address, level)];

		if (!(entry & PTE_PRESENT))
			return 0;
		table = table_of(entry);
	}
	return &table[index_at(address, 0)];
}

uint64_t *arch_entry_make(struct space *space, uint64_t address)
{
	uint64_t *table = direct(space->root);

	for (unsigned level = 3; level; level--) {
		uint64_t *entry = &table[index_at(address, level)];

		if (!(*entry & PTE_PRESENT)) {
			uint32_t page = space_pool_take(space);

			if (!page)
				return 0;
			*entry = (uint64_t)page << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_USER;
		}
		table = table_of(*entry);
	}
	return &table[index_at(address, 0)];
}

uint64_t arch_entry_skip(const struct space *space, uint64_t address)
{
	while (address < USER_TOP) {
		uint64_t *table = direct(space->root);
		unsigned level = 3;

		while (level && table[index_at(address, level)] & PTE_PRESENT)
			table = table_of(table[index_at(address, level--)]);
		if (!level) {
			for (unsigned i = index_at(address, 0); i < ENTRIES; i++, address += PAGE_SIZE)
				if (table[i] & PTE_PRESENT)
					return address;
			continue;
		}
		address = (address | ((1ull << (12 + 9 * level)) - 1)) + 1;
	}
	return USER_TOP;
}

struct mapping arch_entry_read(uint64_t entry)
{
	if (!(entry & PTE_PRESENT))
		return (struct mapping){ 0, 0 };
	return (struct mapping){ (uint32_t)((entry & PTE_ADDRESS) >> PAGE_SHIFT),
		MAP_READ | (entry & PTE_WRITE ? MAP_WRITE : 0) | (entry & PTE_NX ? 0 : MAP_EXECUTE) |
		(entry & PTE_UNCACHED ? MAP_UNCACHED : 0) };
}

uint64_t arch_entry_value(uint32_t page, uint32_t flags)
{
	return (uint64_t)page << PAGE_SHIFT | PTE_PRESENT | PTE_USER |
		(flags & MAP_WRITE ? PTE_WRITE : 0) | (flags & MAP_EXECUTE ? 0 : PTE_NX) |
		(flags & MAP_UNCACHED ? PTE_UNCACHED : 0);
}

void arch_translation_drop(const struct space *space, uint64_t address)
{
	if (processor.space == space)
		__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* Removes the last table of the deepest non-empty path; the root's user half goes last. */
uint32_t arch_table_remove(struct space *space)
{
	uint64_t *table = direct(space->root), *holder = 0;

	for (unsigned level = 3; level; level--) {
		unsigned i = 0, end = level == 3 ? ENTRIES / 2 : ENTRIES;

		while (i < end && !(table[i] & PTE_PRESENT))
			i++;
		if (i == end)
			break;
		holder = &table[i];
		table = table_of(*holder);
	}
	if (!holder)
		return 0;
	*holder = 0;
	return page_number(table);
}

void arch_space_init(struct space *space, void *root)
{
	uint64_t *table = root;

	arch_clear(table, PAGE_SIZE);
	arch_copy(table + ENTRIES / 2, kernel_root + ENTRIES / 2, PAGE_SIZE / 2);
	space->root = physical(root);
}

void arch_space_switch(const struct space *space)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(space->root) : "memory");
}

/* Boot only: kernel half tables from boot memory. */
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
