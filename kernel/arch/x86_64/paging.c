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

uint64_t *arch_entry_mapped(const struct space *space, uint64_t *address, uint64_t end, uint64_t *at)
{
	uint64_t here = *address;

	while (here < end) {
		uint64_t *table = direct(space->root);
		unsigned level = 3;

		if (!at || !(here % TABLE_SPAN)) {
			while (level && table[index_at(here, level)] & PTE_PRESENT)
				table = table_of(table[index_at(here, level--)]);
			if (level) {
				here = (here | ((1ull << (12 + 9 * level)) - 1)) + 1;
				continue;
			}
			at = &table[index_at(here, 0)];
		}
		do {
			if (*at & PTE_PRESENT) {
				*address = here;
				return at;
			}
			at++;
			here += PAGE_SIZE;
		} while (here % TABLE_SPAN && here < end);
	}
	*address = end;
	return 0;
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
