/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_X86_64_PAGING_H
#define BULKHEAD_X86_64_PAGING_H

/* Entries of translation tables: Intel SDM volume 3, section 4.5. */
#include "kernel/abi/objects.h"
#include "kernel/arch/arch.h"

#define PTE_PRESENT  1ull
#define PTE_WRITE    2ull
#define PTE_USER     4ull
#define PTE_UNCACHED 0x18ull             /* PWT and PCD: UC in the default PAT */
#define PTE_LARGE    0x80ull
#define PTE_GLOBAL   0x100ull
#define PTE_HELD     0x200ull           /* ours: a page without rights, for nobody to use */
#define PTE_MAPPED   (PTE_PRESENT | PTE_HELD)
#define PTE_NX       (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull

#define ENTRIES 512

static inline unsigned index_at(uint64_t address, unsigned level)
{
	return address >> (12 + 9 * level) & (ENTRIES - 1);
}

static inline uint64_t *table_of(uint64_t entry) { return direct(entry & PTE_ADDRESS); }

static inline struct mapping arch_entry_read(uint64_t entry)
{
	if (!(entry & PTE_MAPPED))
		return (struct mapping){ 0, 0 };
	return (struct mapping){ (uint32_t)((entry & PTE_ADDRESS) >> PAGE_SHIFT),
				 (entry & PTE_USER ? MAP_READ : 0) |
					 (entry & PTE_WRITE ? MAP_WRITE : 0) |
					 (entry & PTE_NX ? 0 : MAP_EXECUTE) |
					 (entry & PTE_UNCACHED ? MAP_UNCACHED : 0) };
}

static inline uint64_t arch_entry_value(uint32_t page, uint32_t flags)
{
	return (uint64_t)page << PAGE_SHIFT |
		(flags & MAP_READ ? PTE_PRESENT | PTE_USER : PTE_HELD) |
		(flags & MAP_WRITE ? PTE_WRITE : 0) | (flags & MAP_EXECUTE ? 0 : PTE_NX) |
		(flags & MAP_UNCACHED ? PTE_UNCACHED : 0);
}

/* The kernel's own root table, whose upper half every space shares. */
extern uint64_t *kernel_root;

#endif
