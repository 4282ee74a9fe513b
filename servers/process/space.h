/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROCESS_SPACE_H
#define BULKHEAD_PROCESS_SPACE_H

#include "libipc/server.h"
#include "servers/process/process.h"

#define PROGRAM_LEVEL 15

/* Capabilities of processes and threads: the end of the own table; slot_allocate stays below. */
#define SLOTS_FIXED (PROCESS_MAX + 2 * THREAD_MAX)

/* Pages mapped in the own space too, far above what the supervisor maps for devices and images. */
#define THREAD_WINDOWS (SERVICE_DEVICE + 0x100000000ull)
#define SHARED_WINDOWS (THREAD_WINDOWS + THREAD_MAX * 4096ull)
/* A page of a process that another looks at. */
#define LOOK_WINDOW    (SHARED_WINDOWS + SHARED_PAGES * 4096ull)

/* What pages.c and space.c share: spaces by the slot of their capability, the own one included. */

/* Frames whose last mapping a call took away, as it left them in the message page. */
void frames_collect(uint64_t count);

/* At a start a predecessor's window may be there, which windows_check left: that is right then. */
static inline status_t window_restored(status_t status)
{
	return status == STATUS_BAD_STATE ? STATUS_OK : status;
}

/* Kernel objects that are dead and without capabilities become free frames again. */
status_t frames_reclaim(uint64_t frame, unsigned pages) MUST_CHECK;

/* Pages for page tables. */
status_t tables_donate(uint32_t space, unsigned pages) MUST_CHECK;

struct placing {
	uint32_t space;                 /* where to */
	uint64_t address;
	uint32_t memory;                /* capability, and which pages of it */
	uint64_t offset, pages;
	uint32_t flags, source;         /* MAP_*, space for MAP_COPY */
};
/* Maps; gives page tables as the kernel asks for them. *mapped: how far it came. */
status_t memory_place(const struct placing *placing, uint64_t *mapped) MUST_CHECK;
/* The same for frames out of state.frames. */
status_t frames_place(uint32_t space, uint64_t address, uint64_t frame, uint64_t pages,
		      uint32_t flags, uint32_t source, uint64_t *mapped) MUST_CHECK;
void space_drop(uint32_t space, uint64_t address, uint64_t pages);
status_t space_share(uint32_t space, uint32_t from, uint64_t address, uint64_t pages,
		     uint32_t flags) MUST_CHECK;

#endif
