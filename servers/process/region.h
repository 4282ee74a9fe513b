/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROCESS_REGION_H
#define BULKHEAD_PROCESS_REGION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a program's addresses mean: a list of regions per process, sorted, without overlaps, out of
 * one pool in stable memory. Every change builds its new regions aside and publishes them by one
 * store into the list, so that a crash leaves the list as it was before or after; regions that were
 * neither are found by the sweep of region_pool_start .. region_pool_sweep.
 * A list is short (some ten regions) as a rule; walks along a long one go from the last place on.
 */
struct region {
	uint64_t start, end;
	uint64_t tag, offset;           /* the caller's; offset counts on through splits */
	uint32_t next;                  /* index in the pool, 0: the last */
	uint8_t protection;             /* PROCESS_READ.. */
	uint8_t written : 1;            /* its pages may once have been written to */
	uint8_t kept : 1;               /* only while the pool starts */
	uint16_t flags;                 /* PROCESS_MAP_* */
};

struct region_pool {
	struct region *region;          /* [0] is not used */
	uint32_t count, free, used;
	/* Where the last search ended; the next begins there, not at the head. 0: nowhere. */
	uint32_t cursor, cursor_head;
};

/* So many a list gets whoever else has how many. */
#define REGIONS_ASSURED 64

/* A stack may not come closer to what lies below it. */
#define REGION_STACK_GAP 0x100000ull

/* Finds out which regions are in use: start, then keep every list, then sweep. */
void region_pool_start(struct region_pool *pool, struct region *memory, uint32_t count);
void region_pool_keep(struct region_pool *pool, uint32_t head);
void region_pool_sweep(struct region_pool *pool);

/* The region that holds the address, or the next one above it; 0: none. */
struct region *region_find(struct region_pool *pool, uint32_t head, uint64_t address);

/*
 * From start to end there is nothing (region 0) or a region like *region, joined with its
 * neighbours where they are of the same kind. False: the pool is used up, or what of it this list
 * may have; nothing changed.
 */
bool region_set(struct region_pool *pool, uint32_t *head, uint64_t start, uint64_t end,
		const struct region *region);

/* False: the pool is used up. *hole: how far it came: the first address without a region, or end. */
bool region_protect(struct region_pool *pool, uint32_t *head, uint64_t start, uint64_t end,
		    uint8_t protection, uint64_t *hole);

/*
 * Flags of all regions from *start on, set and taken back. False: the pool is used up, and *start
 * is where that was.
 */
bool region_mark(struct region_pool *pool, uint32_t *head, uint64_t *start, uint64_t end,
		 uint16_t set, uint16_t clear);

/* The highest free place of that size from low to high, 0: none. Stacks keep room to grow. */
uint64_t region_place(const struct region_pool *pool, uint32_t head, uint64_t bytes,
		      uint64_t low, uint64_t high);

/* Nothing stands from start to end. */
bool region_is_free(struct region_pool *pool, uint32_t head, uint64_t start, uint64_t end);

/* Of the regions from start to end, or of the private ones, or of data: writable and no stack. */
enum region_count { REGION_ALL, REGION_PRIVATE, REGION_DATA };
uint64_t region_bytes(const struct region_pool *pool, uint32_t head, uint64_t start, uint64_t end,
		      enum region_count what);

/* As fork has it. Needs: *copy is 0. False: the pool is used up, and *copy is still 0. */
bool region_copy(struct region_pool *pool, uint32_t head, uint32_t *copy);
void region_release(struct region_pool *pool, uint32_t *head);

#endif
