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

/* The first entry in use from there on, or ENTRIES. Most tables are nearly empty: eight at a time. */
static unsigned entry_next(const uint64_t *table, unsigned i)
{
	for (; i % 8; i++)
		if (table[i] & PTE_PRESENT)
			return i;
	for (; i < ENTRIES; i += 8) {
		const uint64_t *t = &table[i];

		if ((t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]) & PTE_PRESENT)
			break;
	}
	while (i < ENTRIES && !(table[i] & PTE_PRESENT))
		i++;
	return i;
}

/* Goes down along the first entries in use from an address on, which it moves there. */
static uint64_t *entry_descend(const struct space *space, uint64_t *address, uint64_t end)
{
	uint64_t *table = direct(space->root);
	unsigned level = 3;

	for (;;) {
		unsigned from = index_at(*address, level), i = entry_next(table, from);

		if (i != from)
			*address = ((*address >> (12 + 9 * level)) + (i - from)) << (12 + 9 * level);
		if (i == ENTRIES || *address >= end)
			return 0;
		if (!level)
			return &table[i];
		table = table_of(table[i]);
		level--;
	}
}

uint64_t *arch_entry_mapped(const struct space *space, uint64_t *address, uint64_t end, uint64_t *at)
{
	if (at && *address < end && *address % TABLE_SPAN && *at & PTE_PRESENT)
		return at;
	while (*address < end) {
		at = entry_descend(space, address, end);
		if (at)
			return at;
	}
	*address = end;
	return 0;
}

/* Goes down along the first tables from an address on; removes the last. The root's user half goes last. */
uint32_t arch_table_remove(struct space *space, uint64_t *address)
{
	uint64_t *table = direct(space->root), *holder = 0;

	for (unsigned level = 3; level; level--) {
		unsigned from = index_at(*address, level), i = entry_next(table, from);

		if (i == ENTRIES || (level == 3 && i >= ENTRIES / 2))
			break;
		if (i != from)
			*address = ((*address >> (12 + 9 * level)) + (i - from)) << (12 + 9 * level);
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
