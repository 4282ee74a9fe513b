/* SPDX-License-Identifier: MIT */
/* The memory that a service is given: stable, which outlives it, and the arena, which does not. */
#include "libipc/server_private.h"

static uint64_t arena_next, arena_end;

struct library_stable *library_stable(void)
{
	return (struct library_stable *)service_info()->stable_address;
}

void memory_start(const struct service_info *info)
{
	arena_next = info->heap_address;
	arena_end = info->heap_address + info->heap_bytes;
}

void *stable_memory(uint64_t *size_bytes)
{
	const struct service_info *info = service_info();
	uint64_t used = (sizeof(struct library_stable) + 4095) & ~4095ull;

	*size_bytes = info->stable_bytes - used;
	return (void *)(info->stable_address + used);
}

void *arena_allocate(uint64_t size_bytes, uint64_t alignment)
{
	uint64_t start = (arena_next + alignment - 1) & -alignment;

	if (start > arena_end || size_bytes > arena_end - start)
		return 0;
	arena_next = start + size_bytes;
	return (void *)start;
}
