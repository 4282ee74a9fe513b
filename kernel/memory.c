/* SPDX-License-Identifier: MIT */
/* Memory capabilities: splitting, turning pages into kernel objects and back, revoking. */
#include "kernel/memory.h"

#include "kernel/abi/layout.h"
#include "kernel/endpoint.h"
#include "kernel/message.h"
#include "kernel/space.h"

struct frame *frame_table;
uint32_t frame_count;

#define SCAN_STEP     256                /* slots or table entries looked at in one call */
#define RECLAIM_PAGES 64

bool frames_raw_and_free(uint32_t page, uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++) {
		struct frame *frame = frame_of(page + i);

		if (!frame || frame->type != FRAME_RAW || frame->count)
			return false;
	}
	return true;
}

void frames_take(uint32_t page, uint32_t pages, unsigned type)
{
	for (uint32_t i = 0; i < pages; i++)
		frame_table[page + i] = (struct frame){ .count = 1,
			.type = type == FRAME_OBJECT && i ? FRAME_TAIL : type };
}

void object_end(struct object *object)
{
	object->kind = KIND_NONE;
	object_release(object);
}

/* A sub-range named by the caller, within the capability. */
static status_t range_check(const struct slot *memory, uint64_t offset, uint64_t pages, uint32_t *page)
{
	if (!pages || offset >= slot_count(memory) || pages > slot_count(memory) - offset)
		return STATUS_BAD_ARGUMENT;
	*page = slot_base(memory) + (uint32_t)offset;
	return STATUS_OK;
}

static status_t memory_derive(struct thread *self, struct slot *memory, const uint64_t *word)
{
	struct slot *destination, value = { .kind = KIND_MEMORY };
	uint32_t page;
	status_t status = range_check(memory, word[0], word[1], &page);

	if (status == STATUS_OK)
		status = slot_get_empty(self->space, word[3], &destination);
	if (status != STATUS_OK)
		return status;
	value.value = page | word[1] << 32;
	value.rights = (uint8_t)((memory->rights & word[2]) | (memory->rights & MEMORY_DEVICE));
	value.extra = memory->extra + 1;
	return slot_fill(self->space, destination, &value);
}

/* Memory for an object of `pages` pages and an empty slot for its first capability. */
static status_t creation_check(struct thread *self, struct slot *memory, uint64_t offset, uint64_t pages,
			       uint64_t number, struct slot **destination, uint32_t *page)
{
	status_t status = range_check(memory, offset, pages, page);

	if (status == STATUS_OK)
		status = slot_get_empty(self->space, number, destination);
	if (status != STATUS_OK)
		return status;
	if (!(memory->rights & MEMORY_CREATE) || memory->rights & MEMORY_DEVICE)
		return STATUS_NO_RIGHT;
	return frames_raw_and_free(*page, (uint32_t)pages) ? STATUS_OK : STATUS_BAD_STATE;
}

static status_t capability_first(struct thread *self, struct slot *destination, void *object,
				 unsigned kind)
{
	struct slot value = { .value = (uint64_t)object, .kind = (uint8_t)kind, .rights = 0xff };

	return slot_fill(self->space, destination, &value);
}

static status_t memory_create_space(struct thread *self, struct slot *memory, const uint64_t *word)
{
	struct slot *destination;
	uint32_t page;
	status_t status = creation_check(self, memory, word[0], word[1], word[3], &destination, &page);

	if (status != STATUS_OK)
		return status;
	if (word[1] <= SPACE_HEAD_PAGES || word[1] > 64 + SPACE_HEAD_PAGES || word[2] >= PRIORITIES)
		return STATUS_BAD_ARGUMENT;
	return capability_first(self, destination,
				space_create(page, (uint32_t)word[1], (uint32_t)word[2]),
				KIND_SPACE);
}

static status_t memory_create_thread(struct thread *self, struct slot *memory, const uint64_t *word)
{
	struct slot *destination;
	uint32_t page;
	status_t status = creation_check(self, memory, word[0], 1, word[1], &destination, &page);

	if (status != STATUS_OK)
		return status;
	return capability_first(self, destination, thread_create(page), KIND_THREAD);
}

static status_t memory_create_endpoint(struct thread *self, struct slot *memory, const uint64_t *word)
{
	struct slot *destination;
	uint32_t page;
	status_t status = creation_check(self, memory, word[0], word[1], word[3], &destination, &page);

	if (status != STATUS_OK)
		return status;
	if (word[1] > 64 || word[2] >= PRIORITIES)
		return STATUS_BAD_ARGUMENT;
	return capability_first(self, destination,
				endpoint_create(page, (uint32_t)word[1], (uint32_t)word[2]),
				KIND_ENDPOINT);
}

/* Does the capability refer to an object that lives in these pages? */
static bool slot_refers(const struct slot *slot, uint32_t page, uint32_t pages)
{
	if (slot->kind < KIND_SPACE || slot->kind > KIND_NOTIFICATION)
		return false;
	return page_number(slot_object(slot)) - page < pages;
}

static bool slot_derived(const struct slot *slot, uint32_t page, uint32_t pages, uint32_t depth)
{
	return slot->kind == KIND_MEMORY && slot->extra > depth && slot_base(slot) - page < pages &&
		slot_count(slot) <= pages - (slot_base(slot) - page);
}

/* A place in a walk over all spaces: survives the death of any of them. */
struct cursor { struct space *space; uint64_t position; };
#define CURSOR_POSITION_BITS 40

static struct cursor cursor_open(uint64_t word)
{
	uint64_t id = word >> CURSOR_POSITION_BITS;
	struct cursor cursor = { space_list, word & ((1ull << CURSOR_POSITION_BITS) - 1) };

	while (cursor.space && cursor.space->id < id)
		cursor.space = cursor.space->next;
	if (cursor.space && cursor.space->id > id)
		cursor.position = 0;
	return cursor;
}

static uint64_t cursor_close(const struct cursor *cursor)
{
	return cursor->space->id << CURSOR_POSITION_BITS | cursor->position;
}

/*
 * Dead objects whose last capability is gone become raw memory. Where capabilities are left, one
 * bounded step of a walk over all tables removes them.
 */
static status_t memory_reclaim(struct thread *self, struct slot *memory, const uint64_t *word)
{
	struct cursor cursor = cursor_open(word[2]);
	bool held = false;
	uint32_t page;
	status_t status = range_check(memory, word[0], word[1], &page);

	if (status != STATUS_OK)
		return status;
	if (!(memory->rights & MEMORY_CREATE))
		return STATUS_NO_RIGHT;
	if (word[1] > RECLAIM_PAGES)
		return STATUS_BAD_ARGUMENT;
	for (uint32_t i = 0; i < word[1]; i++) {
		struct frame *frame = frame_of(page + i);
		struct object *object = page_pointer(page + i);

		if (!frame || frame->type != FRAME_OBJECT)
			continue;
		if (object->kind != KIND_NONE || object->pages > word[1] - i)
			return STATUS_BAD_STATE;
		if (frame->count) {
			held = true;
			continue;
		}
		for (uint32_t n = object->pages; n--; )
			frame[n] = (struct frame){ .type = FRAME_RAW };
	}
	if (!held)
		return STATUS_OK;
	/* Nothing left to look through: the kernel itself refers to it, a fault session or an irq. */
	if (!cursor.space)
		return STATUS_BAD_STATE;
	for (unsigned step = 0; step < SCAN_STEP && cursor.position < cursor.space->slot_count; step++) {
		struct slot *slot = &cursor.space->table[cursor.position++];

		if (slot_refers(slot, page, (uint32_t)word[1]))
			slot_clear(slot);
	}
	*thread_word(self, 0) = cursor.position < cursor.space->slot_count ? cursor_close(&cursor) :
		(cursor.space->id + 1) << CURSOR_POSITION_BITS;
	return STATUS_AGAIN;
}

/* One step over the mappings of a space; true: no more of them. */
static bool mappings_revoke(struct cursor *cursor, uint32_t page, uint32_t pages)
{
	uint64_t address = cursor->position << PAGE_SHIFT, *entry = 0;

	for (unsigned step = 0; step < SCAN_STEP; step++) {
		entry = arch_entry_mapped(cursor->space, &address, USER_TOP, entry);
		if (!entry)
			return true;
		if (arch_entry_read(*entry).page - page < pages)
			space_unmap_page(cursor->space, address, entry);
		entry++;
		address += PAGE_SIZE;
		cursor->position = address >> PAGE_SHIFT;
	}
	return false;
}

/* Positions below REVOKE_MAPPINGS are slots, the others pages of the address space. */
#define REVOKE_MAPPINGS (1ull << 36)

static status_t memory_revoke(struct thread *self, struct slot *memory, const uint64_t *word)
{
	struct cursor cursor = cursor_open(word[0]);
	uint32_t page = slot_base(memory), pages = slot_count(memory);

	if (!(memory->rights & MEMORY_CREATE))
		return STATUS_NO_RIGHT;
	if (!cursor.space)
		return STATUS_OK;
	if (cursor.position < REVOKE_MAPPINGS) {
		for (unsigned step = 0;
		     step < SCAN_STEP && cursor.position < cursor.space->slot_count; step++) {
			struct slot *slot = &cursor.space->table[cursor.position++];

			if (slot != memory && slot_derived(slot, page, pages, memory->extra))
				slot_clear(slot);
		}
		if (cursor.position >= cursor.space->slot_count)
			cursor.position = REVOKE_MAPPINGS;
		*thread_word(self, 0) = cursor_close(&cursor);
		return STATUS_AGAIN;
	}
	cursor.position -= REVOKE_MAPPINGS;
	if (mappings_revoke(&cursor, page, pages)) {
		*thread_word(self, 0) = (cursor.space->id + 1) << CURSOR_POSITION_BITS;
		return STATUS_AGAIN;
	}
	cursor.position += REVOKE_MAPPINGS;
	*thread_word(self, 0) = cursor_close(&cursor);
	return STATUS_AGAIN;
}

static status_t memory_describe(struct thread *self, struct slot *memory)
{
	bool physical_right = memory->rights & MEMORY_PHYSICAL_RIGHT;

	*thread_word(self, 1) = slot_count(memory);
	*thread_word(self, 2) = memory->rights;
	*thread_word(self, 0) = physical_right ? (uint64_t)slot_base(memory) << PAGE_SHIFT : 0;
	return STATUS_OK;
}

static status_t memory_frames(struct thread *self, struct slot *memory, const uint64_t *word)
{
	uint32_t page;
	status_t status = range_check(memory, word[0], word[1], &page);

	if (status != STATUS_OK)
		return status;
	if (word[1] > MESSAGE_WORDS - MESSAGE_REGISTERS || !self->page)
		return STATUS_BAD_ARGUMENT;
	for (uint32_t i = 0; i < word[1]; i++) {
		struct frame *frame = frame_of(page + i);

		self->page->words[MESSAGE_REGISTERS + i] = frame
			? (uint64_t)frame->type << 28 | frame->count
			: (uint64_t)FRAME_RESERVED << 28;
	}
	return STATUS_OK;
}

status_t invoke_memory(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	struct slot *memory;
	status_t status = slot_get(self->space, number, KIND_MEMORY, 0, &memory);

	if (status != STATUS_OK)
		return status;
	switch (operation) {
	case MEMORY_DERIVE:          return memory_derive(self, memory, word);
	case MEMORY_CREATE_SPACE:    return memory_create_space(self, memory, word);
	case MEMORY_CREATE_THREAD:   return memory_create_thread(self, memory, word);
	case MEMORY_CREATE_ENDPOINT: return memory_create_endpoint(self, memory, word);
	case MEMORY_RECLAIM:         return memory_reclaim(self, memory, word);
	case MEMORY_REVOKE:          return memory_revoke(self, memory, word);
	case MEMORY_DESCRIBE:        return memory_describe(self, memory);
	case MEMORY_FRAMES:          return memory_frames(self, memory, word);
	}
	return STATUS_BAD_CALL;
}
