/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_OBJECTS_H
#define BULKHEAD_LIBIPC_OBJECTS_H

#include "libipc/kernel.h"

/*
 * The operations on kernel objects that services use, with their arguments named. What each one
 * needs, gives and refuses stands in kernel/abi/objects.h.
 */
#define WORDS(...) (&(struct words){ { __VA_ARGS__ } })

static inline MUST_CHECK status_t memory_derive(uint32_t memory, uint64_t offset_pages,
	uint64_t pages, uint32_t rights, uint32_t slot)
{
	return kernel_invoke_memory(memory, MEMORY_DERIVE, WORDS(offset_pages, pages, rights, slot));
}

static inline MUST_CHECK status_t memory_create_space(uint32_t memory, uint64_t offset_pages,
	uint64_t pages, uint32_t level, uint32_t slot)
{
	return kernel_invoke_memory(memory, MEMORY_CREATE_SPACE,
				    WORDS(offset_pages, pages, level, slot));
}

static inline MUST_CHECK status_t memory_create_thread(uint32_t memory, uint64_t offset_pages,
	uint32_t slot)
{
	return kernel_invoke_memory(memory, MEMORY_CREATE_THREAD, WORDS(offset_pages, slot));
}

static inline MUST_CHECK status_t memory_create_endpoint(uint32_t memory, uint64_t offset_pages,
	uint64_t pages, uint32_t level, uint32_t slot)
{
	return kernel_invoke_memory(memory, MEMORY_CREATE_ENDPOINT,
				    WORDS(offset_pages, pages, level, slot));
}

/* Maps at most 512 pages. Gives how many were mapped, also with NO_MEMORY. */
static inline MUST_CHECK status_t space_map(uint32_t space, uint64_t address, uint32_t memory,
	uint64_t offset_pages, uint64_t pages, uint32_t flags, uint64_t *mapped)
{
	struct words words = { { address, memory, offset_pages, pages, flags } };
	status_t status = kernel_invoke_space(space, SPACE_MAP, &words);

	*mapped = words.word[0];
	return status;
}

/* Gives how many pages were passed. The frames that became free stand in the message page. */
static inline MUST_CHECK status_t space_unmap(uint32_t space, uint64_t address, uint64_t pages,
	uint64_t *passed)
{
	struct words words = { { address, pages } };
	status_t status = kernel_invoke_space(space, SPACE_UNMAP, &words);

	*passed = words.word[0];
	return status;
}

static inline MUST_CHECK status_t space_donate(uint32_t space, uint32_t memory,
	uint64_t offset_pages, uint64_t pages)
{
	return kernel_invoke_space(space, SPACE_DONATE, WORDS(memory, offset_pages, pages));
}

static inline MUST_CHECK status_t space_grant(uint32_t space, uint32_t own_slot, uint32_t slot,
	uint32_t rights)
{
	return kernel_invoke_space(space, SPACE_GRANT, WORDS(own_slot, slot, rights));
}

static inline MUST_CHECK status_t space_delete(uint32_t space, uint32_t slot)
{
	return kernel_invoke_space(space, SPACE_DELETE, WORDS(slot));
}

/* entry(argument) on that stack, from fresh registers, whatever the thread did before. */
static inline MUST_CHECK status_t thread_start(uint32_t thread, uint64_t entry, uint64_t stack,
	uint64_t argument)
{
	return kernel_invoke_thread(thread, THREAD_START, WORDS(entry, stack, argument));
}

/* The calling thread ends; its fault endpoint hears of it. */
static inline __attribute__((noreturn)) void thread_exit(uint64_t status)
{
	for (;;)
		(void)!kernel_invoke_thread(0, THREAD_EXIT, WORDS(status));
}

static inline MUST_CHECK status_t endpoint_mint(uint32_t endpoint, uint32_t space, uint32_t slot,
	uint64_t badge, uint32_t rights)
{
	return kernel_invoke_endpoint(endpoint, ENDPOINT_MINT, WORDS(space, slot, badge, rights));
}

static inline MUST_CHECK status_t endpoint_mint_notification(uint32_t endpoint, uint32_t space,
	uint32_t slot, uint32_t mask)
{
	return kernel_invoke_endpoint(endpoint, ENDPOINT_MINT_NOTIFICATION,
				      WORDS(space, slot, mask));
}

#endif
