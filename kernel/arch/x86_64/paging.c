/* SPDX-License-Identifier: MIT */
/* Four-level translation tables of user space. Intel SDM volume 3, section 4.5. */
#include "kernel/arch/x86_64/paging.h"

#include "kernel/abi/layout.h"
#include "kernel/abi/objects.h"
#include "kernel/host.h"
#include "kernel/memory.h"
#include "kernel/space.h"

/*
 * Which entries of a table were ever used: the first one and the end, in the count of its frame.
 * Most tables are nearly empty, and walks over a space need not look at the rest. Tables made
 * before the frame table was have no such note (count below two): all of them may be used.
 */
struct used { unsigned first, end; };
#define NOTE(first, end) ((first) | (end) << 10)
#define NOTE_EMPTY       NOTE(ENTRIES, 0)

static struct used table_used(const uint64_t *table, unsigned level)
{
	uint32_t note = frame_of_object(table)->count;

	if (level == 3)
		return (struct used){ 0, ENTRIES / 2 };
	return note < 2 ? (struct used){ 0, ENTRIES } : (struct used){ note & 0x3ff, note >> 10 };
}

void arch_entry_note(const uint64_t *entry)
{
	unsigned i = (uint64_t)entry / sizeof(*entry) % ENTRIES;
	struct frame *frame = frame_of_object(entry - i);
	unsigned first = frame->count & 0x3ff, end = frame->count >> 10;

	if (frame->count >= 2 && (i < first || i >= end))
		frame->count = NOTE(i < first ? i : first, i < end ? end : i + 1);
}

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
			frame_table[page].count = NOTE_EMPTY;
			if (level < 3)
				arch_entry_note(entry);
			*entry = (uint64_t)page << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE;
			if (level != 1 || !host_private || !host_private(address))
				*entry |= PTE_USER;
		}
		table = table_of(*entry);
	}
	return &table[index_at(address, 0)];
}

static bool eight_unused(const uint64_t *t)
{
	return !((t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]) & PTE_MAPPED);
}

/* The first entry in use from there on, or ENTRIES. */
static unsigned entry_next(const uint64_t *table, unsigned level, unsigned i)
{
	struct used used = table_used(table, level);

	if (i < used.first)
		i = used.first;
	while (i < used.end && !(table[i] & PTE_MAPPED))
		i += i % 8 == 0 && eight_unused(&table[i]) ? 8 : 1;
	return i < used.end ? i : ENTRIES;
}

/* Goes down along the first entries in use from an address on, which it moves there. */
static uint64_t *entry_descend(const struct space *space, uint64_t *address, uint64_t end)
{
	uint64_t *table = direct(space->root);
	unsigned level = 3;

	for (;;) {
		unsigned from = index_at(*address, level), i = entry_next(table, level, from);

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
	if (!at || *address % TABLE_SPAN == 0)
		at = arch_entry(space, *address);
	/* Mostly it is the one asked for or near, and looking from the root on takes long. */
	for (unsigned near = 0; at && near < 8 && *address < end; near++) {
		if (*at & PTE_MAPPED)
			return at;
		at++;
		*address += PAGE_SIZE;
		if (*address % TABLE_SPAN == 0)
			break;
	}
	while (*address < end) {
		at = entry_descend(space, address, end);
		if (at)
			return at;
	}
	*address = end;
	return 0;
}

/*
 * Goes down along the first tables from an address on; removes the last. The root's user half goes
 * last.
 */
uint32_t arch_table_remove(struct space *space, uint64_t *address)
{
	uint64_t *table = direct(space->root), *holder = 0;

	for (unsigned level = 3; level; level--) {
		unsigned from = index_at(*address, level), i = entry_next(table, level, from);

		if (i == ENTRIES)
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
