/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_PAGE_H
#define BULKHEAD_PIPE_PAGE_H

#include <stdint.h>

/*
 * The memory of rings: pieces of 2^order pages, each at a multiple of its size (Knuth, The Art of
 * Computer Programming 1, 2.5, the buddy system). A piece is named by one word, page << 4 | order,
 * which stands in stable memory; what is free is found anew at a start.
 */
#define PAGE_BYTES  4096u
#define PAGE_ORDERS 9u                   /* up to 1 MiB */
#define PAGE_NONE   0xffffffffu

struct page_pool {
	uint8_t *memory;
	uint32_t count, free;            /* pages */
	uint32_t first[PAGE_ORDERS];     /* lists of free pieces, by their first page + 1 */
	uint32_t *next, *previous;
	uint8_t *order;                  /* of a free piece, at its first page, + 1; else 0 */
};

static inline uint64_t page_bytes(uint32_t piece)
{
	return (uint64_t)PAGE_BYTES << (piece & 15);
}
static inline uint8_t *page_address(const struct page_pool *pool, uint32_t piece)
{
	return pool->memory + (uint64_t)(piece >> 4) * PAGE_BYTES;
}

/* Needs: memory, count, and arrays of as many; order of each page in use is PAGE_USED, else 0. */
#define PAGE_USED 0xff
void page_start(struct page_pool *pool);
/* Before page_start: the piece is in use. */
void page_mark(struct page_pool *pool, uint32_t piece);
/* A piece of that order, or PAGE_NONE. */
uint32_t page_take(struct page_pool *pool, unsigned order);
void page_give(struct page_pool *pool, uint32_t piece);

#endif
