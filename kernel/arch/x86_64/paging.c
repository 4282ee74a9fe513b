/* SPDX-License-Identifier: MIT */
/* Four-level translation tables of user space. Intel SDM volume 3, section 4.5. */
#include "kernel/arch/x86_64/paging.h"

#include "kernel/abi/layout.h"
#include "kernel/abi/objects.h"
#include "kernel/space.h"


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
