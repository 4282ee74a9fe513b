/* SPDX-License-Identifier: MIT */
/* Address spaces: mapping in ranges, sharing, copy-on-write, tear-down; and their capability tables. */
#include "kernel/space.h"

#include "kernel/abi/layout.h"
#include "kernel/endpoint.h"
#include "kernel/host.h"
#include "kernel/memory.h"
#include "kernel/message.h"

struct space *space_list;
static struct space *space_last;

#define MAP_STEP    512                  /* pages mapped or passed in one call */
#define FILL_STEP   32                   /* pages cleared or copied in one call */
#define FREED_MAX   (MESSAGE_WORDS - MESSAGE_REGISTERS)

struct space *space_create(uint32_t page, uint32_t pages, uint32_t level)
{
	struct space *space = page_pointer(page);
	static uint64_t next_id = 1;

	frames_take(page, pages, FRAME_OBJECT);
	arch_clear(space, pages * PAGE_SIZE);
	space->object = (struct object){ KIND_SPACE, pages };
	space->level = level;
	space->table = page_pointer(page + SPACE_HEAD_PAGES);
	space->slot_count = (pages - SPACE_HEAD_PAGES) * SLOTS_PER_PAGE;
	space->id = next_id++;
	space->start = PAGE_SIZE;
	/* The last page stays empty: SYSRET must never see the first address behind it. */
	space->end = USER_TOP - PAGE_SIZE;
	arch_space_init(space, page_pointer(page + 1));
	space->previous = space_last;
	if (space_last)
		space_last->next = space;
	else
		space_list = space;
	space_last = space;
	return space;
}

void space_pool_add(struct space *space, uint32_t page)
{
	frames_take(page, 1, FRAME_TABLE);
	*(uint64_t *)page_pointer(page) = space->pool;
	space->pool = page;
}

uint32_t space_pool_take(struct space *space)
{
	uint32_t page = space->pool;

	if (page) {
		space->pool = (uint32_t)*(uint64_t *)page_pointer(page);
		arch_clear(page_pointer(page), PAGE_SIZE);
	}
	return page;
}

void space_map_page(struct space *space, uint64_t *entry, uint32_t page, uint32_t flags)
{
	struct frame *frame = frame_of(page);

	space->pages++;
	if (frame && frame->type == FRAME_RAW)
		frame->count++;
	arch_entry_note(entry);
	*entry = arch_entry_value(page, flags);
}

uint32_t space_unmap_page(struct space *space, uint64_t address, uint64_t *entry)
{
	uint32_t page = arch_entry_read(*entry).page;
	struct frame *frame = frame_of(page);

	*entry = 0;
	space->pages--;
	arch_translation_drop(space, address);
	if (!frame || frame->type != FRAME_RAW)
		return 0;
	return --frame->count ? 0 : page;
}

void *space_alias(const struct space *space, uint64_t address, unsigned flags)
{
	uint64_t *entry = address < USER_TOP ? arch_entry(space, address) : 0;
	struct mapping mapping = entry ? arch_entry_read(*entry) : (struct mapping){ 0, 0 };
	struct frame *frame = frame_of(mapping.page);

	if ((mapping.flags & flags) != flags || !frame || frame->type != FRAME_RAW)
		return 0;
	return (char *)page_pointer(mapping.page) + address % PAGE_SIZE;
}

static bool range_valid(const struct space *space, uint64_t address, uint64_t pages)
{
	return address % PAGE_SIZE == 0 && address >= space->start && pages &&
		pages <= (space->end - space->start) >> PAGE_SHIFT &&
		address <= space->end - pages * PAGE_SIZE;
}

/* May that page of that memory be mapped at all? */
static bool page_mappable(const struct slot *memory, uint32_t page)
{
	struct frame *frame = frame_of(page);

	if (memory->rights & MEMORY_DEVICE)
		return page && (!frame || frame->type == FRAME_RESERVED);
	return frame && frame->type == FRAME_RAW;
}

struct map_request {
	uint64_t address;
	struct slot *memory;
	uint32_t page, pages, flags;
	const struct space *source;
};

static status_t map_decode(struct thread *self, const struct space *space, const uint64_t *word,
			   struct map_request *map)
{
	struct slot *source;
	status_t status = slot_get(self->space, word[1], KIND_MEMORY, 0, &map->memory);

	if (status != STATUS_OK)
		return status;
	if (!range_valid(space, word[0], word[3]) || word[3] > MAP_STEP ||
	    word[2] >= slot_count(map->memory) || word[3] > slot_count(map->memory) - word[2] ||
	    word[4] > 2 * MAP_REPLACE - 1 || !(word[4] & MAP_READ) ||
	    (word[4] & MAP_REPLACE && word[3] != 1))
		return STATUS_BAD_ARGUMENT;
	*map = (struct map_request){ word[0], map->memory, slot_base(map->memory) + (uint32_t)word[2],
				     (uint32_t)word[3], (uint32_t)word[4], 0 };
	if (map->memory->rights & MEMORY_DEVICE)
		map->flags = (map->flags | MAP_UNCACHED) & ~(MAP_ZERO | MAP_COPY);
	if ((word[4] & 7 & ~map->memory->rights) ||
	    (word[4] & (MAP_ZERO | MAP_COPY) && !(map->memory->rights & MEMORY_WRITE)))
		return STATUS_NO_RIGHT;
	if (!(map->flags & MAP_COPY))
		return STATUS_OK;
	status = slot_get(self->space, word[5], KIND_SPACE, SPACE_READ_RIGHT, &source);
	if (status == STATUS_OK)
		map->source = slot_object(source);
	return status;
}

/* One page of a map request. */
static status_t map_one(struct space *space, const struct map_request *map, uint64_t *entry,
			uint64_t address, uint32_t page, uint32_t *freed)
{
	const void *source = 0;

	if (!entry)
		return STATUS_NO_MEMORY;
	if (!page_mappable(map->memory, page))
		return STATUS_BAD_STATE;
	if (map->flags & MAP_COPY && !(source = space_alias(map->source, address, MAP_READ)))
		return STATUS_BAD_STATE;
	if (arch_entry_read(*entry).page && !(map->flags & MAP_REPLACE))
		return STATUS_BAD_STATE;
	if (source)
		arch_copy(page_pointer(page), source, PAGE_SIZE);
	else if (map->flags & MAP_ZERO)
		arch_clear(page_pointer(page), PAGE_SIZE);
	if (arch_entry_read(*entry).page)
		*freed = space_unmap_page(space, address, entry);
	space_map_page(space, entry, page, map->flags);
	return STATUS_OK;
}

static status_t space_map(struct thread *self, struct space *space, const uint64_t *word)
{
	struct map_request map;
	uint32_t done = 0, freed = 0, step;
	uint64_t *entry = 0;
	status_t status = map_decode(self, space, word, &map);

	if (status != STATUS_OK)
		return status;
	step = map.flags & (MAP_ZERO | MAP_COPY) ? FILL_STEP : MAP_STEP;
	while (done < map.pages && status == STATUS_OK) {
		uint64_t address = map.address + done * PAGE_SIZE;

		entry = entry && address % TABLE_SPAN ? entry + 1 : arch_entry_make(space, address);
		status = done == step
			? STATUS_AGAIN
			: map_one(space, &map, entry, address, map.page + done, &freed);
		done += status == STATUS_OK;
	}
	*thread_word(self, 0) = done;
	*thread_word(self, 1) = freed;
	return status;
}

/* Results of a walk: pages passed, and those that nobody maps any more. */
struct walk { struct thread *self; uint64_t freed; };

static void walk_freed(struct walk *walk, uint32_t page)
{
	if (page && walk->self->page)
		walk->self->page->words[MESSAGE_REGISTERS + walk->freed++] = page;
}

static status_t space_unmap(struct thread *self, struct space *space, const uint64_t *word)
{
	struct walk walk = { self, 0 };
	uint64_t address = word[0], end = word[0] + word[1] * PAGE_SIZE, *entry = 0;
	unsigned step = 0;

	if (!range_valid(space, word[0], word[1]))
		return STATUS_BAD_ARGUMENT;
	while ((entry = arch_entry_mapped(space, &address, end, entry)) && step++ < MAP_STEP &&
	       walk.freed < FREED_MAX) {
		walk_freed(&walk, space_unmap_page(space, address, entry++));
		address += PAGE_SIZE;
	}
	*thread_word(self, 0) = (address - word[0]) >> PAGE_SHIFT;
	*thread_word(self, 1) = walk.freed;
	return address < end ? STATUS_AGAIN : STATUS_OK;
}

static status_t space_protect(struct thread *self, struct space *space, const uint64_t *word)
{
	uint64_t address = word[0], end = word[0] + word[1] * PAGE_SIZE, *entry = 0;
	unsigned step = 0;

	if (!range_valid(space, word[0], word[1]) || word[2] > 7)
		return STATUS_BAD_ARGUMENT;
	while ((entry = arch_entry_mapped(space, &address, end, entry)) && step++ < MAP_STEP) {
		struct mapping old = arch_entry_read(*entry);

		*entry++ = arch_entry_value(old.page, (uint32_t)word[2] | (old.flags & MAP_UNCACHED));
		arch_translation_drop(space, address);
		address += PAGE_SIZE;
	}
	*thread_word(self, 0) = (address - word[0]) >> PAGE_SHIFT;
	return address < end ? STATUS_AGAIN : STATUS_OK;
}

static status_t space_query(struct thread *self, struct space *space, const uint64_t *word)
{
	uint64_t address = word[0] & ~(PAGE_SIZE - 1), *entry, next = address;
	struct mapping mapping = { 0, 0 };
	struct frame *frame;

	if (address >= USER_TOP && (address < space->start || address >= space->end))
		return STATUS_BAD_ARGUMENT;
	entry = arch_entry(space, address);
	if (entry)
		mapping = arch_entry_read(*entry);
	frame = frame_of(mapping.page);
	arch_entry_mapped(space, &next, USER_TOP, entry);
	*thread_word(self, 0) = mapping.page;
	*thread_word(self, 1) = mapping.flags;
	*thread_word(self, 2) = mapping.page && frame && frame->type == FRAME_RAW ? frame->count : 0;
	*thread_word(self, 3) = next < USER_TOP ? next : ~0ull;
	*thread_word(self, 4) = space->pages;
	return STATUS_OK;
}

/* Puts the source's page at the same address here; with copy-on-write neither may write it then. */
static status_t share_one(struct space *space, const struct space *source, uint64_t *entry,
			  uint64_t address, uint64_t *from, bool copy_on_write)
{
	struct mapping mapping = arch_entry_read(*from);

	if (!entry)
		return STATUS_NO_MEMORY;
	if (arch_entry_read(*entry).page)
		return STATUS_BAD_STATE;
	if (copy_on_write && mapping.flags & MAP_WRITE) {
		mapping.flags &= ~MAP_WRITE;
		*from = arch_entry_value(mapping.page, mapping.flags);
		arch_translation_drop(source, address);
	}
	space_map_page(space, entry, mapping.page, mapping.flags);
	return STATUS_OK;
}

static status_t space_share(struct thread *self, struct space *space, const uint64_t *word)
{
	uint64_t address = word[1], end = word[1] + word[2] * PAGE_SIZE, *from = 0, *entry = 0, last = 0;
	const struct space *source;
	struct slot *slot;
	unsigned step = 0;
	status_t status = slot_get(self->space, word[0], KIND_SPACE,
				   SPACE_READ_RIGHT | SPACE_MAP_RIGHT, &slot);

	if (status != STATUS_OK)
		return status;
	source = slot_object(slot);
	if (!range_valid(space, word[1], word[2]) || word[3] > SHARE_COPY_ON_WRITE ||
	    source == space)
		return STATUS_BAD_ARGUMENT;
	while (status == STATUS_OK && (from = arch_entry_mapped(source, &address, end, from)) &&
	       step++ < MAP_STEP) {
		if (entry && address / TABLE_SPAN == last / TABLE_SPAN)
			entry += (address - last) >> PAGE_SHIFT;
		else
			entry = arch_entry_make(space, address);
		last = address;
		status = share_one(space, source, entry, address, from++, word[3]);
		if (status == STATUS_OK)
			address += PAGE_SIZE;
	}
	*thread_word(self, 0) = (address - word[1]) >> PAGE_SHIFT;
	return status == STATUS_OK && address < end ? STATUS_AGAIN : status;
}

static status_t space_donate(struct thread *self, struct space *space, const uint64_t *word)
{
	struct slot *memory;
	status_t status = slot_get(self->space, word[0], KIND_MEMORY, MEMORY_CREATE, &memory);

	if (status != STATUS_OK)
		return status;
	if (word[2] > MAP_STEP || word[1] >= slot_count(memory) ||
	    word[2] > slot_count(memory) - word[1])
		return STATUS_BAD_ARGUMENT;
	if (memory->rights & MEMORY_DEVICE ||
	    !frames_raw_and_free(slot_base(memory) + (uint32_t)word[1], (uint32_t)word[2]))
		return STATUS_BAD_STATE;
	for (uint32_t i = 0; i < word[2]; i++)
		space_pool_add(space, slot_base(memory) + (uint32_t)word[1] + i);
	return STATUS_OK;
}

static status_t space_entry(struct space *space, const uint64_t *word)
{
	for (unsigned i = 0; i < 6; i++)
		if (word[i] >= USER_TOP - PAGE_SIZE && !host_entry(word[i]))
			return STATUS_BAD_ARGUMENT;
	space->reflect_entry = word[0];
	space->upcall_entry = word[1];
	space->text_start = word[2];
	space->text_end = word[3];
	space->exit_start = word[4];
	space->exit_end = word[5];
	return STATUS_OK;
}

static status_t space_grant(struct thread *self, struct space *space, const uint64_t *word)
{
	struct slot *source = slot_find(self->space, word[0]);

	return source ? slot_grant(source, space, word[1], (unsigned)word[2]) : STATUS_BAD_SLOT;
}

static status_t space_delete(struct space *space, const uint64_t *word)
{
	struct slot *slot = slot_find(space, word[0]);

	if (!slot || slot->kind == KIND_NONE)
		return STATUS_BAD_SLOT;
	slot_clear(slot);
	return STATUS_OK;
}

/* In steps: capabilities, then mappings, then tables and pool; the space is dead at the last. */
static status_t space_destroy(struct thread *self, struct space *space)
{
	struct walk walk = { self, 0 };
	uint32_t page;
	unsigned step = 0;
	uint64_t address = space->teardown_address, table = 0, *entry = 0;

	*thread_word(self, 1) = 0;
	if (space->thread_count)
		return STATUS_BAD_STATE;
	if (!self->page)
		return STATUS_BAD_ARGUMENT;
	arch_space_leave(space);
	if (!space->teardown)
		space->teardown = 1;
	for (; space->teardown < space->slot_end; space->teardown++, step++) {
		if (step == MAP_STEP)
			return STATUS_AGAIN;
		if (space->table[space->teardown].kind != KIND_NONE)
			slot_clear(&space->table[space->teardown]);
	}
	while (walk.freed < FREED_MAX && step++ < MAP_STEP &&
	       (entry = arch_entry_mapped(space, &address, USER_TOP, entry)))
		walk_freed(&walk, space_unmap_page(space, address, entry));
	space->teardown_address = address;
	while (address == USER_TOP && walk.freed < FREED_MAX) {
		page = arch_table_remove(space, &table);
		if (!page && (page = space->pool))
			space->pool = (uint32_t)*(uint64_t *)page_pointer(page);
		if (!page)
			break;
		frame_table[page] = (struct frame){ .type = FRAME_RAW };
		walk_freed(&walk, page);
	}
	*thread_word(self, 1) = walk.freed;
	if (address < USER_TOP || walk.freed == FREED_MAX)
		return STATUS_AGAIN;
	*(space->previous ? &space->previous->next : &space_list) = space->next;
	*(space->next ? &space->next->previous : &space_last) = space->previous;
	object_end(&space->object);
	return STATUS_OK;
}

status_t invoke_space(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	static const uint8_t needed[SPACE_OPERATIONS] = {
		[SPACE_MAP] = SPACE_MAP_RIGHT,     [SPACE_UNMAP] = SPACE_MAP_RIGHT,
		[SPACE_PROTECT] = SPACE_MAP_RIGHT, [SPACE_QUERY] = SPACE_READ_RIGHT,
		[SPACE_SHARE] = SPACE_MAP_RIGHT,   [SPACE_DONATE] = SPACE_MAP_RIGHT,
		[SPACE_GRANT] = SPACE_GRANT_RIGHT, [SPACE_DELETE] = SPACE_GRANT_RIGHT,
		[SPACE_ENTRY] = SPACE_MAP_RIGHT,   [SPACE_DESTROY] = SPACE_DESTROY_RIGHT,
	};
	struct slot *slot;
	struct space *space;
	status_t status;

	if (operation >= SPACE_OPERATIONS)
		return STATUS_BAD_CALL;
	status = slot_get(self->space, number, KIND_SPACE, needed[operation], &slot);
	if (status != STATUS_OK)
		return status;
	space = slot_object(slot);
	if (space->teardown && operation != SPACE_DESTROY)
		return STATUS_BAD_STATE;
	switch (operation) {
	case SPACE_MAP:     return space_map(self, space, word);
	case SPACE_UNMAP:   return space_unmap(self, space, word);
	case SPACE_PROTECT: return space_protect(self, space, word);
	case SPACE_QUERY:   return space_query(self, space, word);
	case SPACE_SHARE:   return space_share(self, space, word);
	case SPACE_DONATE:  return space_donate(self, space, word);
	case SPACE_ENTRY:   return space_entry(space, word);
	case SPACE_GRANT:   return space_grant(self, space, word);
	case SPACE_DELETE:  return space_delete(space, word);
	default:            return space_destroy(self, space);
	}
}
