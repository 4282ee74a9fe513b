/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_SPACE_H
#define BULKHEAD_SPACE_H

#include "kernel/capability.h"

/* An address space: first page of the object; second: the root table; then the slots. */
struct space {
	struct object object;
	uint32_t slot_count;             /* fast path */
	uint32_t level;                  /* may hold sessions to endpoints of higher levels only */
	struct slot *table;              /* fast path */
	uint64_t root;                   /* physical address of the root table */
	uint64_t reflect_entry, upcall_entry, text_start, text_end, exit_start, exit_end;
	uint32_t thread_count;
	uint32_t slot_end;               /* all slots from here on have always been empty */
	uint32_t pool; /* first free table page, linked through their first words; 0: none */
	uint64_t teardown, teardown_address; /* SPACE_DESTROY: next slot, then next address */
	uint64_t id;                     /* never used twice; the list is sorted by it */
	uint64_t start, end;             /* addresses that may be mapped */
	uint64_t pages;                  /* that are */
	struct space *next, *previous;
};
extern struct space *space_list;

#define SPACE_HEAD_PAGES 2
#define SLOTS_PER_PAGE   (PAGE_SIZE / sizeof(struct slot))

struct space *space_create(uint32_t page, uint32_t pages, uint32_t level);
void space_pool_add(struct space *space, uint32_t page);
uint32_t space_pool_take(struct space *space);
/* Maps one page; counts it. Needs: raw frame or device page, entry empty. */
void space_map_page(struct space *space, uint64_t *entry, uint32_t page, uint32_t flags);
/* Unmaps; returns the page if that was its last mapping, else 0. */
uint32_t space_unmap_page(struct space *space, uint64_t address, uint64_t *entry);
/* Kernel alias of a user byte if it is mapped with those flags (MAP_READ, MAP_WRITE), else 0. */
void *space_alias(const struct space *space, uint64_t address, unsigned flags);

status_t invoke_space(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);

#endif
