/* SPDX-License-Identifier: MIT */
#include "servers/fs/index.h"

#include "libipc/string.h"

/* Memory is given in parts: of slots, which are open hash tables each, or of rooms. */
#define PART_SLOTS  512u
#define PART_ROOMS  640u
#define PARTS       384u
#define SLOT_PARTS  128u                /* of one index, at most; a power of two */
#define ROOM_PARTS  4u
#define INDEXES     16u
#define TOUCHED     4u
#define ENTRY_BYTES 24u                 /* of one entry, as a guess */

struct slot {
	uint32_t hash;
	uint32_t spot;                   /* (logical << 10 | offset / 4) + 1; 0: empty */
};
/*
 * In one block: the most there is in one place, and where that is (INDEX_SOMEWHERE: not known); and
 * what other places have at the most.
 */
struct room { uint16_t bytes, offset, others; };
union part {
	struct slot slot[PART_SLOTS];
	struct room room[PART_ROOMS];
	uint32_t next;                   /* of a free one: number + 1 */
};

struct index {
	uint64_t directory;              /* 0: free */
	uint64_t used;                   /* when */
	uint32_t blocks;
	uint32_t slot_parts, room_parts;
	uint16_t slots[SLOT_PARTS], rooms[ROOM_PARTS];
};

/* Volatile. */
static struct {
	union part *parts;
	uint32_t free;                   /* number + 1 */
	uint64_t clock;
	struct index index[INDEXES];
	uint64_t touched[TOUCHED];
	uint32_t touched_count;          /* TOUCHED + 1: too many to remember */
	uint64_t crowded;                /* a directory whose index was too small, */
	uint32_t crowded_parts;          /* and how large the next one is to be */
} table;

status_t index_start(void *(*take)(uint64_t bytes))
{
	memset(&table, 0, sizeof(table));
	table.parts = take(PARTS * sizeof(*table.parts));
	if (!table.parts)
		return STATUS_NO_MEMORY;
	for (uint32_t i = PARTS; i > 0; i--) {
		table.parts[i - 1].next = table.free;
		table.free = i;
	}
	return STATUS_OK;
}

struct index *index_find(uint64_t directory)
{
	for (struct index *index = table.index; index < table.index + INDEXES; index++) {
		if (index->directory != directory)
			continue;
		index->used = ++table.clock;
		return index;
	}
	return 0;
}

static void parts_give(const uint16_t *parts, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		table.parts[parts[i]].next = table.free;
		table.free = parts[i] + 1u;
	}
}

void index_drop(struct index *index)
{
	parts_give(index->slots, index->slot_parts);
	parts_give(index->rooms, index->room_parts);
	memset(index, 0, sizeof(*index));
}

/* The one that was not asked for longest; a free one before all. */
static struct index *oldest(int in_use)
{
	struct index *found = 0;

	for (struct index *index = table.index; index < table.index + INDEXES; index++) {
		if ((!in_use || index->directory) && (!found || index->used < found->used))
			found = index;
	}
	return found;
}

/* Empty ones: there are so many, since others give way. */
static uint32_t parts_take(uint16_t *parts, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		while (!table.free)
			index_drop(oldest(1));
		parts[i] = (uint16_t)(table.free - 1);
		table.free = table.parts[parts[i]].next;
		memset(&table.parts[parts[i]], 0, sizeof(*table.parts));
	}
	return count;
}

struct index *index_make(uint64_t directory, uint64_t blocks, uint32_t block_bytes)
{
	uint64_t parts = 1, wanted = blocks * block_bytes / ENTRY_BYTES * 4 / 3 / PART_SLOTS;
	struct index *index;

	if (table.crowded == directory && wanted < table.crowded_parts)
		wanted = table.crowded_parts;
	while (parts < wanted)
		parts *= 2;
	if (parts > SLOT_PARTS || blocks >= ROOM_PARTS * PART_ROOMS)
		return 0;
	index = oldest(0);
	if (index->directory)
		index_drop(index);
	index->slot_parts = parts_take(index->slots, (uint32_t)parts);
	index->room_parts = parts_take(index->rooms, (uint32_t)(blocks / PART_ROOMS + 1));
	index->directory = directory;
	index->used = ++table.clock;
	return index;
}

/* ---- what is undone ---- */

void index_touch(uint64_t directory)
{
	for (uint32_t i = 0; i < table.touched_count && i < TOUCHED; i++) {
		if (table.touched[i] == directory)
			return;
	}
	if (table.touched_count < TOUCHED)
		table.touched[table.touched_count++] = directory;
	else
		table.touched_count = TOUCHED + 1;
}

void index_publish(void)
{
	table.touched_count = 0;
}

void index_undo(void)
{
	struct index *index = table.index, *end = index + INDEXES;

	for (; table.touched_count && index < end; index++) {
		int touched = index->directory && table.touched_count > TOUCHED;

		for (uint32_t i = 0; i < table.touched_count && i < TOUCHED; i++)
			touched |= index->directory == table.touched[i];
		if (touched)
			index_drop(index);
	}
	table.touched_count = 0;
}

/* ---- names ---- */

static struct slot *slots_of(const struct index *index, uint32_t hash)
{
	return table.parts[index->slots[hash & (index->slot_parts - 1)]].slot;
}

static uint32_t home_of(uint32_t hash)
{
	return (hash >> 16 ^ hash >> 5) % PART_SLOTS;
}

static uint32_t spot_number(struct spot spot)
{
	return (spot.logical << 10 | spot.offset / 4) + 1;
}

int index_add(struct index *index, uint32_t hash, struct spot spot)
{
	struct slot *slots = slots_of(index, hash);
	uint32_t at = home_of(hash);

	uint32_t limit = spot.logical < index->room_parts * PART_ROOMS ? PART_SLOTS * 7 / 8 : 0;

	for (uint32_t n = 0; n < limit; n++, at = (at + 1) % PART_SLOTS) {
		if (slots[at].spot)
			continue;
		slots[at] = (struct slot){ hash, spot_number(spot) };
		return 1;
	}
	table.crowded = index->directory;
	table.crowded_parts = index->slot_parts * 2;
	index_drop(index);
	return 0;
}

/* Those behind it that would not be found any more move up. */
void index_remove(struct index *index, uint32_t hash, struct spot spot)
{
	struct slot *slots = slots_of(index, hash);
	uint32_t hole = home_of(hash), at, n = 0;

	while (slots[hole].spot != spot_number(spot) || slots[hole].hash != hash) {
		if (!slots[hole].spot || ++n == PART_SLOTS)
			return;
		hole = (hole + 1) % PART_SLOTS;
	}
	for (at = (hole + 1) % PART_SLOTS; slots[at].spot; at = (at + 1) % PART_SLOTS) {
		uint32_t away = (at - home_of(slots[at].hash)) % PART_SLOTS;

		if (away < (at - hole) % PART_SLOTS)
			continue;
		slots[hole] = slots[at];
		hole = at;
	}
	slots[hole].spot = 0;
}

int index_next(const struct index *index, uint32_t hash, uint32_t *from, struct spot *spot)
{
	const struct slot *slots = slots_of(index, hash);

	while (*from < PART_SLOTS) {
		const struct slot *slot = &slots[(home_of(hash) + (*from)++) % PART_SLOTS];

		if (!slot->spot)
			return 0;
		if (slot->hash != hash)
			continue;
		*spot = (struct spot){ (slot->spot - 1) >> 10, (slot->spot - 1 & 1023) * 4 };
		return 1;
	}
	return 0;
}

/* ---- room ---- */

static struct room *room_of(struct index *index, uint32_t logical)
{
	if (logical >= index->room_parts * PART_ROOMS)
		return 0;
	if (index->blocks <= logical)
		index->blocks = logical + 1;
	return &table.parts[index->rooms[logical / PART_ROOMS]].room[logical % PART_ROOMS];
}

static uint16_t larger(uint32_t a, uint32_t b)
{
	return (uint16_t)(a > b ? a : b);
}

void index_room(struct index *index, struct spot spot, uint32_t bytes)
{
	struct room *room = room_of(index, spot.logical);

	if (!room)
		return;
	if (spot.offset == room->offset)
		room->bytes = 0;
	if (bytes >= room->bytes && bytes >= room->others)
		*room = (struct room){ (uint16_t)bytes, (uint16_t)spot.offset,
				       larger(room->others, room->bytes) };
	else if (bytes > room->others)
		room->others = (uint16_t)bytes;
	if (room->others > room->bytes)
		*room = (struct room){ room->others, INDEX_SOMEWHERE, room->others };
}

void index_room_forget(struct index *index, uint32_t logical)
{
	struct room *room = room_of(index, logical);

	if (room)
		*room = (struct room){ 0 };
}

int index_space(struct index *index, uint32_t bytes, struct spot *spot)
{
	for (uint32_t i = 0; i < index->blocks; i++) {
		const struct room *room = room_of(index, i);

		if (room->bytes < bytes)
			continue;
		*spot = (struct spot){ i, room->others < bytes ? room->offset : INDEX_SOMEWHERE };
		return 1;
	}
	return 0;
}
