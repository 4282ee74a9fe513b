/* SPDX-License-Identifier: MIT */
/* Lists of regions. Pure: no kernel calls, tested on the host (tests/unit/process_region.c). */
#include "servers/process/region.h"

#include "libipc/proto/process.h"

void region_pool_start(struct region_pool *pool, struct region *memory, uint32_t count)
{
	pool->region = memory;
	pool->count = count;
	for (uint32_t i = 0; i < count; i++)
		memory[i].kept = 0;
}

void region_pool_keep(struct region_pool *pool, uint32_t head)
{
	for (uint32_t i = head; i; i = pool->region[i].next)
		pool->region[i].kept = 1;
}

void region_pool_sweep(struct region_pool *pool)
{
	pool->free = 0;
	pool->used = 0;
	pool->cursor = 0;
	for (uint32_t i = pool->count - 1; i > 0; i--) {
		if (pool->region[i].kept) {
			pool->used++;
			continue;
		}
		pool->region[i].next = pool->free;
		pool->free = i;
	}
}

/* Needs: one is free. */
static uint32_t region_take(struct region_pool *pool, const struct region *from)
{
	uint32_t index = pool->free;

	pool->free = pool->region[index].next;
	pool->used++;
	pool->region[index] = *from;
	pool->region[index].next = 0;
	return index;
}

static void region_give(struct region_pool *pool, uint32_t index)
{
	if (index == pool->cursor || index == pool->cursor_head)
		pool->cursor = 0;
	pool->region[index].next = pool->free;
	pool->free = index;
	pool->used--;
}

static uint32_t regions_left(const struct region_pool *pool)
{
	return pool->count - 1 - pool->used;
}

/*
 * One list may not take what others need: the first half of the pool is for all, half of what is
 * left of the second for whoever comes first. A list of few regions gets what there is.
 */
static bool has_room(const struct region_pool *pool, uint32_t head, uint32_t more)
{
	uint32_t left = regions_left(pool), kept = pool->count / 2, length = 0;

	if (left < more + 3)
		return false;
	left -= more;
	if (pool->used + more + kept < left)
		return true;
	for (uint32_t i = head; i; i = pool->region[i].next)
		length++;
	length = head ? length : more;
	return length < REGIONS_ASSURED || (left > kept && length < left - kept);
}

/*
 * The last region, from the place of the last search on, that ends below the address; 0: none. It
 * is noted: a region stays in its list until it is given back, and so does the order.
 */
static uint32_t region_before(struct region_pool *pool, uint32_t head, uint64_t address)
{
	uint32_t known = pool->cursor_head == head ? pool->cursor : 0, before = 0;
	uint32_t i = known && pool->region[known].end < address ? known : head;

	for (; i && pool->region[i].end < address; i = pool->region[i].next)
		before = i;
	pool->cursor = before;
	pool->cursor_head = head;
	return before;
}

struct region *region_find(struct region_pool *pool, uint32_t head, uint64_t address)
{
	uint32_t before = region_before(pool, head, address);

	for (uint32_t i = before ? pool->region[before].next : head; i; i = pool->region[i].next) {
		if (address < pool->region[i].end)
			return &pool->region[i];
	}
	return 0;
}

/* The part of a region from start to end. */
static struct region region_part(const struct region *region, uint64_t start, uint64_t end)
{
	struct region part = *region;

	part.start = start;
	part.end = end;
	if (part.flags & PROCESS_MAP_FILE)
		part.offset += start - region->start;
	return part;
}

static bool region_continues(const struct region *a, const struct region *b)
{
	if (a->end != b->start || a->protection != b->protection || a->flags != b->flags ||
	    a->tag != b->tag || a->written != b->written)
		return false;
	return !(a->flags & PROCESS_MAP_FILE) || a->offset + (a->end - a->start) == b->offset;
}

/* At most a left rest, the new region and a right rest. */
struct chain {
	struct region part[3];
	unsigned count;
};

static void chain_add(struct chain *chain, const struct region *part)
{
	struct region *last = chain->count ? &chain->part[chain->count - 1] : 0;

	if (last && region_continues(last, part))
		last->end = part->end;
	else
		chain->part[chain->count++] = *part;
}

/*
 * All regions that overlap or touch [start, end) give way to a chain: what is left of the first,
 * the new one, what is left of the last. They are disjoint: one has a left rest, one a right.
 */
bool region_set(struct region_pool *pool, uint32_t *head, uint64_t start, uint64_t end,
		const struct region *region)
{
	struct chain chain = { .count = 0 };
	struct region right = { .end = 0 }, part;
	uint32_t before = region_before(pool, *head, start), first, after, next, replaced = 0;
	uint32_t *link = before ? &pool->region[before].next : head;

	first = *link;
	for (after = first; after && pool->region[after].start <= end; ) {
		const struct region *old = &pool->region[after];

		if (old->start < start) {
			part = region_part(old, old->start, old->end < start ? old->end : start);
			chain_add(&chain, &part);
		}
		if (old->end > end)
			right = region_part(old, old->start > end ? old->start : end, old->end);
		after = old->next;
		replaced++;
	}
	if (region) {
		part = *region;
		part.start = start;
		part.end = end;
		chain_add(&chain, &part);
	}
	if (right.end)
		chain_add(&chain, &right);
	if (regions_left(pool) < 3 || (chain.count > replaced && !has_room(pool, *head, 0)))
		return false;
	next = after;
	while (chain.count) {
		uint32_t index = region_take(pool, &chain.part[--chain.count]);

		pool->region[index].next = next;
		next = index;
	}
	*link = next;
	while (first != after) {
		next = pool->region[first].next;
		region_give(pool, first);
		first = next;
	}
	return true;
}

bool region_protect(struct region_pool *pool, uint32_t *head, uint64_t start, uint64_t end,
		    uint8_t protection, uint64_t *hole)
{
	*hole = start;
	while (*hole < end) {
		const struct region *old = region_find(pool, *head, *hole);
		struct region part;

		if (!old || old->start > *hole)
			return true;
		part = region_part(old, *hole, old->end < end ? old->end : end);
		if (part.protection != protection) {
			part.protection = protection;
			part.written |= (protection & PROCESS_WRITE) != 0;
			if (!region_set(pool, head, part.start, part.end, &part))
				return false;
		}
		*hole = part.end;
	}
	return true;
}

bool region_mark(struct region_pool *pool, uint32_t *head, uint64_t *start, uint64_t end,
		 uint16_t set, uint16_t clear)
{
	while (*start < end) {
		const struct region *old = region_find(pool, *head, *start);
		struct region part;

		if (!old || old->start >= end)
			break;
		part = region_part(old, old->start > *start ? old->start : *start,
				   old->end < end ? old->end : end);
		part.flags = (uint16_t)((part.flags & ~clear) | set);
		if (part.flags != old->flags &&
		    !region_set(pool, head, part.start, part.end, &part))
			return false;
		*start = part.end;
	}
	return true;
}

/* Where a region begins for its neighbour below. */
static uint64_t region_floor(const struct region *region)
{
	if (!(region->flags & PROCESS_MAP_GROWS_DOWN))
		return region->start;
	return region->start > REGION_STACK_GAP ? region->start - REGION_STACK_GAP : 0;
}

uint64_t region_place(const struct region_pool *pool, uint32_t head, uint64_t bytes,
		      uint64_t low, uint64_t high)
{
	uint64_t place = 0, bottom = low;

	for (uint32_t i = head; i && bottom < high; i = pool->region[i].next) {
		uint64_t top = region_floor(&pool->region[i]);

		if (top > high)
			top = high;
		if (top > bottom && top - bottom >= bytes)
			place = top - bytes;
		if (pool->region[i].end > bottom)
			bottom = pool->region[i].end;
	}
	if (high > bottom && high - bottom >= bytes)
		place = high - bytes;
	return place;
}

bool region_is_free(struct region_pool *pool, uint32_t head, uint64_t start, uint64_t end)
{
	const struct region *region = region_find(pool, head, start);

	return !region || region->start >= end;
}

static bool region_counts(const struct region *region, enum region_count what)
{
	bool private = !(region->flags & PROCESS_MAP_SHARED);

	return what == REGION_ALL || (private && (what == REGION_PRIVATE ||
		(region->protection & PROCESS_WRITE && !(region->flags & PROCESS_MAP_GROWS_DOWN))));
}

uint64_t region_bytes(const struct region_pool *pool, uint32_t head, uint64_t start, uint64_t end,
		      enum region_count what)
{
	uint64_t bytes = 0;

	for (uint32_t i = head; i && pool->region[i].start < end; i = pool->region[i].next) {
		const struct region *region = &pool->region[i];
		uint64_t from = region->start > start ? region->start : start;
		uint64_t to = region->end < end ? region->end : end;

		if (from < to && region_counts(region, what))
			bytes += to - from;
	}
	return bytes;
}

bool region_copy(struct region_pool *pool, uint32_t head, uint32_t *copy)
{
	uint32_t first = 0, *link = &first, length = 0;

	for (uint32_t i = head; i; i = pool->region[i].next)
		length++;
	if (!has_room(pool, 0, length))
		return false;
	for (uint32_t i = head; i; i = pool->region[i].next) {
		if (pool->region[i].flags & PROCESS_MAP_DONT_FORK)
			continue;
		*link = region_take(pool, &pool->region[i]);
		pool->region[*link].flags &= (uint16_t)~PROCESS_MAP_LOCKED;
		link = &pool->region[*link].next;
	}
	*copy = first;
	return true;
}

void region_release(struct region_pool *pool, uint32_t *head)
{
	uint32_t index = *head;

	*head = 0;
	while (index) {
		uint32_t next = pool->region[index].next;

		region_give(pool, index);
		index = next;
	}
}
