/* sources: servers/process/region.c */
/* SPDX-License-Identifier: MIT */
/* Lists of regions against a plain array of pages that says the same. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "libipc/proto/process.h"
#include "servers/process/region.h"

#define PAGE   4096ull
#define PAGES  64
#define REGIONS 200

static struct region memory[REGIONS];
static struct region_pool pool;
static uint32_t head;

/* What stands at each page: 0 nothing, else protection, flags, tag, and the offset there. */
struct page { uint32_t used; uint16_t protection, flags; uint64_t tag, offset; };
static struct page model[PAGES];

#define BIG 65536
static struct region big_memory[BIG];
static struct region_pool big;

static void start(void)
{
	memset(memory, 0, sizeof(memory));
	memset(model, 0, sizeof(model));
	head = 0;
	region_pool_start(&pool, memory, REGIONS);
	region_pool_sweep(&pool);
}
TestSuite(process_region, .init = start);

static bool joins(const struct region *a, const struct region *b)
{
	return a->end == b->start && a->protection == b->protection && a->flags == b->flags &&
	       a->tag == b->tag && a->written == b->written &&
	       (!(a->flags & PROCESS_MAP_FILE) || a->offset + (a->end - a->start) == b->offset);
}

/* Sorted, no overlap, nothing left to join, nothing lost, and all as the model says. */
static void check(void)
{
	struct page seen[PAGES] = { 0 };
	uint32_t count = 0, free_count = 0;

	for (uint32_t i = head; i; i = memory[i].next, count++) {
		const struct region *r = &memory[i];

		cr_assert(r->start < r->end);
		if (r->next) {
			cr_assert_leq(r->end, memory[r->next].start);
			cr_assert(!joins(r, &memory[r->next]));
		}
		for (uint64_t at = r->start; at < r->end; at += PAGE)
			seen[at / PAGE] = (struct page){ 1, r->protection, r->flags, r->tag,
				r->flags & PROCESS_MAP_FILE ? r->offset + at - r->start : 0 };
	}
	for (uint32_t i = pool.free; i; i = memory[i].next)
		free_count++;
	cr_assert_eq(count, pool.used);
	cr_assert_eq(count + free_count, REGIONS - 1);
	for (unsigned i = 0; i < PAGES; i++)
		cr_assert(memcmp(&seen[i], &model[i], sizeof(seen[i])) == 0, "page %u", i);
}

static void set(unsigned from, unsigned to, const struct region *region)
{
	cr_assert(region_set(&pool, &head, from * PAGE, to * PAGE, region));
	for (unsigned i = from; i < to; i++) {
		memset(&model[i], 0, sizeof(model[i]));
		if (region)
			model[i] = (struct page){ 1, region->protection, region->flags, region->tag,
				region->flags & PROCESS_MAP_FILE ?
				region->offset + (i - from) * PAGE : 0 };
	}
}

static void protect(unsigned from, unsigned to, uint8_t protection)
{
	uint64_t hole;
	unsigned i = from;

	cr_assert(region_protect(&pool, &head, from * PAGE, to * PAGE, protection, &hole));
	for (; i < to && model[i].used; i++)
		model[i].protection = protection;
	cr_assert_eq(hole, i * PAGE);
}

static void mark(unsigned from, unsigned to, uint16_t set, uint16_t clear)
{
	uint64_t start = from * PAGE;

	cr_assert(region_mark(&pool, &head, &start, to * PAGE, set, clear));
	for (unsigned i = from; i < to; i++)
		if (model[i].used)
			model[i].flags = (uint16_t)((model[i].flags & ~clear) | set);
}

Test(process_region, joins_and_splits)
{
	struct region data = { .protection = 3, .written = 1 };

	set(4, 8, &data);
	set(8, 12, &data);
	cr_assert_eq(pool.used, 1);
	set(6, 7, 0);
	cr_assert_eq(pool.used, 2);
	set(6, 7, &data);
	cr_assert_eq(pool.used, 1);
	protect(5, 6, 1);
	cr_assert_eq(pool.used, 3);
	protect(5, 6, 3);
	cr_assert_eq(pool.used, 1);
	check();
}

Test(process_region, offsets_count_on)
{
	struct region file = { .protection = 1, .flags = PROCESS_MAP_FILE, .tag = 7, .offset = 8 * PAGE };

	set(10, 20, &file);
	set(12, 14, 0);
	cr_assert_eq(region_find(&pool, head, 14 * PAGE)->offset, 12 * PAGE);
	file.offset = 10 * PAGE;
	set(12, 14, &file);
	cr_assert_eq(pool.used, 1);
	/* The same file elsewhere in it is another region. */
	set(20, 22, &file);
	cr_assert_eq(pool.used, 2);
	check();
}

Test(process_region, random_changes)
{
	srand(1);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned from = (unsigned)rand() % PAGES, to = from + 1 + (unsigned)rand() % (PAGES - from);
		struct region region = { .protection = (uint8_t)(rand() % 3),
			.flags = rand() % 2 ? PROCESS_MAP_FILE : 0, .tag = (uint64_t)rand() % 2 };

		if (region.flags & PROCESS_MAP_FILE)
			region.offset = from * PAGE;
		switch (rand() % 5) {
		case 0:
			set(from, to, 0);
			break;
		case 1:
			protect(from, to, (uint8_t)(rand() % 3));
			break;
		case 2:
			mark(from, to, rand() % 2 ? PROCESS_MAP_LOCKED : 0, PROCESS_MAP_LOCKED);
			break;
		default:
			set(from, from + 1 + (to - from) / 4 <= PAGES ? from + 1 + (to - from) / 4 : PAGES,
			    &region);
		}
		check();
	}
}

Test(process_region, a_child_gets_neither_locks_nor_what_is_not_for_it)
{
	struct region data = { .protection = 3 };
	uint32_t copy = 0;

	set(2, 10, &data);
	mark(4, 6, PROCESS_MAP_DONT_FORK, 0);
	mark(6, 8, PROCESS_MAP_LOCKED | PROCESS_MAP_WIPE_ON_FORK, 0);
	cr_assert(region_copy(&pool, head, &copy));
	cr_assert_eq(region_find(&pool, copy, 0)->end, 4 * PAGE);
	cr_assert_eq(region_find(&pool, copy, 4 * PAGE)->start, 6 * PAGE);
	cr_assert_eq(region_find(&pool, copy, 6 * PAGE)->flags, PROCESS_MAP_WIPE_ON_FORK);
	region_release(&pool, &copy);
	region_release(&pool, &head);
	cr_assert_eq(pool.used, 0);
}

Test(process_region, a_full_pool_changes_nothing)
{
	struct region region = { .protection = 1 };
	uint32_t lists[4] = { 0 };
	unsigned tag = 0;

	while (pool.used < REGIONS - 3) {
		region.tag = ++tag;
		cr_assert(region_set(&pool, &lists[tag % 4], tag * 2 * PAGE, (tag * 2 + 1) * PAGE,
				     &region));
	}
	cr_assert(!region_set(&pool, &head, 0, PAGE, &region));
	cr_assert(!region_set(&pool, &lists[0], 8 * PAGE, 9 * PAGE, 0));
	cr_assert_eq(pool.used, REGIONS - 3);
	for (unsigned i = 0; i < 4; i++)
		region_release(&pool, &lists[i]);
	cr_assert_eq(pool.used, 0);
}

/* As many regions as the list may have. */
static unsigned fill(uint32_t *list)
{
	struct region region = { .protection = 1 };
	unsigned count = 0;

	while (count < 100000) {
		region.tag = count;
		if (!region_set(&big, list, count * PAGE, (count + 1) * PAGE, &region))
			break;
		count++;
	}
	return count;
}

Test(process_region, one_list_leaves_enough_to_others)
{
	uint32_t lists[300] = { 0 }, copy = 0;
	struct region region = { .protection = 2 };
	unsigned first, second;

	region_pool_start(&big, big_memory, BIG);
	region_pool_sweep(&big);
	first = fill(&lists[0]);
	cr_assert_eq(first, BIG / 4);
	cr_assert(!region_copy(&big, lists[0], &copy));
	/* It can do all that needs no more of them. */
	cr_assert(region_set(&big, &lists[0], 5 * PAGE, 6 * PAGE, &region));
	cr_assert(region_set(&big, &lists[0], 7 * PAGE, 8 * PAGE, 0));
	second = fill(&lists[1]);
	cr_assert(second > BIG / 10 && second < first);
	for (unsigned i = 2; i < 12; i++)
		fill(&lists[i]);
	/* However many there are that want more: few are for everybody. */
	for (unsigned i = 12; i < 300; i++)
		cr_assert_geq(fill(&lists[i]), REGIONS_ASSURED);
}

Test(process_region, place_is_the_highest_that_fits)
{
	struct region data = { .protection = 3 }, stack = { .protection = 3, .flags = PROCESS_MAP_GROWS_DOWN };
	uint64_t gap = REGION_STACK_GAP, high = 4 * gap;

	cr_assert_eq(region_place(&pool, head, PAGE, PAGE, high), high - PAGE);
	cr_assert(region_set(&pool, &head, high - 4 * PAGE, high - PAGE, &data));
	cr_assert_eq(region_place(&pool, head, PAGE, PAGE, high), high - PAGE);
	cr_assert_eq(region_place(&pool, head, 2 * PAGE, PAGE, high), high - 6 * PAGE);
	/* A stack keeps its room to grow. */
	cr_assert(region_set(&pool, &head, high - 4 * PAGE, high, &stack));
	cr_assert_eq(region_place(&pool, head, PAGE, PAGE, high), high - 5 * PAGE - gap);
	cr_assert_eq(region_place(&pool, head, high, PAGE, high), 0);
	cr_assert(region_is_free(&pool, head, PAGE, high - 4 * PAGE));
	cr_assert(!region_is_free(&pool, head, PAGE, high - 3 * PAGE));
	cr_assert_eq(region_bytes(&pool, head, 0, ~0ull, REGION_ALL), 4 * PAGE);
}

Test(process_region, copy_is_equal_or_nothing)
{
	uint32_t copy = 0, second = 0;

	for (unsigned i = 0; i < 50; i++) {
		struct region region = { .protection = 1, .tag = i };

		cr_assert(region_set(&pool, &head, i * PAGE, (i + 1) * PAGE, &region));
	}
	cr_assert(region_copy(&pool, head, &copy));
	for (uint32_t a = head, b = copy; a || b; a = memory[a].next, b = memory[b].next)
		cr_assert(memory[a].start == memory[b].start && memory[a].tag == memory[b].tag);
	cr_assert(region_copy(&pool, head, &second));
	region_release(&pool, &second);
	cr_assert_eq(pool.used, 100);
	/* Room for 99 more: the fourth copy of 50 does not fit, with three for changes. */
	cr_assert(region_copy(&pool, head, &second));
	second = 0;
	cr_assert(!region_copy(&pool, head, &second));
	cr_assert_eq(second, 0);
	cr_assert_eq(pool.used, 150);
}

/* After a crash only the lists count: what stood in none of them is free again. */
Test(process_region, sweep_finds_what_was_lost)
{
	struct region region = { .protection = 1 };
	uint32_t other = 0;

	for (unsigned i = 0; i < 10; i++) {
		region.tag = i;
		cr_assert(region_set(&pool, &head, i * PAGE, (i + 1) * PAGE, &region));
		cr_assert(region_set(&pool, &other, i * PAGE, (i + 1) * PAGE, &region));
	}
	region_pool_start(&pool, memory, REGIONS);
	region_pool_keep(&pool, head);
	region_pool_sweep(&pool);
	cr_assert_eq(pool.used, 10);
	region_release(&pool, &head);
	cr_assert_eq(pool.used, 0);
}

/* A walk along a long list takes time by its length, not by the square of it. */
Test(process_region, long_lists_are_walked_once)
{
	struct region region = { .protection = 1 };
	uint32_t list = 0;
	uint64_t hole;

	region_pool_start(&big, big_memory, BIG);
	region_pool_sweep(&big);
	for (unsigned i = 0; i < BIG / 5; i++) {
		region.tag = i;
		cr_assert(region_set(&big, &list, i * PAGE, (i + 1) * PAGE, &region));
		cr_assert_eq(region_find(&big, list, i * PAGE)->tag, i);
		/* No further than one region from where it was. */
		cr_assert(i < 2 || big.cursor);
	}
	for (unsigned round = 0; round < 200; round++) {
		cr_assert(region_protect(&big, &list, 0, BIG / 5 * PAGE, round % 2 ? 1 : 3, &hole));
		cr_assert_eq(hole, BIG / 5 * PAGE);
	}
	cr_assert_eq(big.used, BIG / 5);
	region_release(&big, &list);
	cr_assert_eq(big.cursor, 0);
}
