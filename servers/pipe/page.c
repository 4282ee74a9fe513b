/* SPDX-License-Identifier: MIT */
#include "servers/pipe/page.h"

static void list_add(struct page_pool *pool, uint32_t page, unsigned order)
{
	uint32_t *first = &pool->first[order];

	pool->order[page] = (uint8_t)(order + 1);
	pool->previous[page] = 0;
	pool->next[page] = *first;
	if (*first)
		pool->previous[*first - 1] = page + 1;
	*first = page + 1;
}

static void list_drop(struct page_pool *pool, uint32_t page)
{
	uint32_t next = pool->next[page], previous = pool->previous[page];

	if (previous)
		pool->next[previous - 1] = next;
	else
		pool->first[pool->order[page] - 1] = next;
	if (next)
		pool->previous[next - 1] = previous;
	pool->order[page] = 0;
}

void page_mark(struct page_pool *pool, uint32_t piece)
{
	for (uint32_t i = 0; i < 1u << (piece & 15); i++)
		pool->order[(piece >> 4) + i] = PAGE_USED;
}

/* Page by page: neighbours that are free find each other. */
void page_start(struct page_pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++) {
		if (pool->order[i] == PAGE_USED)
			pool->order[i] = 0;
		else
			page_give(pool, i << 4);
	}
}

uint32_t page_take(struct page_pool *pool, unsigned order)
{
	unsigned from = order;
	uint32_t page;

	while (from < PAGE_ORDERS && !pool->first[from])
		from++;
	if (from >= PAGE_ORDERS)
		return PAGE_NONE;
	page = pool->first[from] - 1;
	list_drop(pool, page);
	while (from-- > order)
		list_add(pool, page + (1u << from), from);
	pool->free -= 1u << order;
	return page << 4 | order;
}

void page_give(struct page_pool *pool, uint32_t piece)
{
	uint32_t page = piece >> 4;
	unsigned order = piece & 15;

	pool->free += 1u << order;
	for (; order + 1 < PAGE_ORDERS; order++) {
		uint32_t buddy = page ^ 1u << order;

		if (buddy >= pool->count || pool->order[buddy] != order + 1)
			break;
		list_drop(pool, buddy);
		page &= ~(1u << order);
	}
	list_add(pool, page, order);
}
