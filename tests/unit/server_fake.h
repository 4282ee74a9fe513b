/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_SERVER_FAKE_H
#define BULKHEAD_TESTS_SERVER_FAKE_H

/*
 * What a service calls in libipc, for the host: one call at a time, whose window is an array. A
 * test includes this once, then the service's own sources. Waiting runs the test's function, which
 * plays the others that run meanwhile; it answers what event_wait gives.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/abi/layout.h"
#include "libipc/server.h"
#include "libipc/log.h"
#include "libipc/time.h"

#ifndef FAKE_STABLE_BYTES
#define FAKE_STABLE_BYTES (8u << 20)
#endif

/* What outlives the service: shared with a child that plays it (crash_everywhere.h). */
static struct fake_world {
	uint8_t stable[FAKE_STABLE_BYTES] __attribute__((aligned(4096)));
	struct answer answers[CLIENT_MAX];
	uint8_t client[4096];            /* memory of a client, to lend */
} *fake_world;

static __attribute__((constructor)) void fake_start(void)
{
	fake_world = mmap(0, sizeof(*fake_world), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Monotonic time, in nanoseconds, from now on. The first call makes the clock. */
static inline void fake_set_time(uint64_t ns)
{
	struct info_page *info = mmap((void *)INFO_PAGE_ADDRESS, 4096, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	cr_assert_eq((void *)info, (void *)INFO_PAGE_ADDRESS);
	info->ns_multiplier = 1ull << 32;
	info->tsc_boot = time_ticks() - ns;
}

static uint8_t *fake_window;
static uint64_t fake_window_bytes;
static uint8_t *fake_second;             /* window 1, where a request lends two */
static status_t (*fake_others)(struct event *event, struct call *call);
static unsigned fake_waits, fake_signals;
static uint64_t fake_deadline_ns;
static struct { uint32_t slot, bits; unsigned count; } fake_notified;
static unsigned fake_deleted;

static inline struct call fake_call(unsigned client, uint32_t sequence)
{
	return (struct call){ .badge = client, .sequence = sequence };
}

static inline void fake_lend(void *window, uint64_t bytes)
{
	fake_window = window;
	fake_window_bytes = bytes;
}

status_t call_copy_in(struct call *call, unsigned window, uint64_t offset, void *to, uint64_t bytes)
{
	(void)call;
	if (window) {
		memcpy(to, fake_second + offset, bytes);
		return STATUS_OK;
	}
	if (!fake_window)
		return STATUS_UNMAPPED;
	cr_assert(offset + bytes <= fake_window_bytes);
	memcpy(to, fake_window + offset, bytes);
	return STATUS_OK;
}

status_t call_copy_out(struct call *call, unsigned window, uint64_t offset, const void *from,
		       uint64_t bytes)
{
	(void)call;
	if (window) {
		memcpy(fake_second + offset, from, bytes);
		return STATUS_OK;
	}
	if (!fake_window)
		return STATUS_UNMAPPED;
	cr_assert(offset + bytes <= fake_window_bytes);
	memcpy(fake_window + offset, from, bytes);
	return STATUS_OK;
}

struct answer *answer_slot(struct call *call)
{
	return &fake_world->answers[BADGE_CLIENT(call->badge)];
}

status_t event_wait(struct event *event, struct call *call)
{
	fake_waits++;
	cr_assert(fake_others, "nobody would end this wait");
	return fake_others(event, call);
}

void event_signal(struct event *event)
{
	(void)event;
	fake_signals++;
}

void server_deadline(uint64_t monotonic_ns)
{
	fake_deadline_ns = monotonic_ns;
}

void notify(uint32_t slot, uint32_t bits)
{
	fake_notified.slot = slot;
	fake_notified.bits = bits;
	fake_notified.count++;
}

/* Emptied by each start. */
static uint8_t fake_arena[FAKE_STABLE_BYTES] __attribute__((aligned(64)));
static uint64_t fake_arena_used;
void *arena_allocate(uint64_t size_bytes, uint64_t alignment)
{
	uint64_t start = (fake_arena_used + alignment - 1) & -alignment;

	if (start + size_bytes > sizeof(fake_arena))
		return 0;
	fake_arena_used = start + size_bytes;
	return fake_arena + start;
}

void *stable_memory(uint64_t *size_bytes)
{
	fake_arena_used = 0;
	*size_bytes = FAKE_STABLE_BYTES;
	return fake_world->stable;
}

void slot_keep(uint32_t slot)
{
	(void)slot;
}

void slot_delete(uint32_t slot)
{
	(void)slot;
	fake_deleted++;
}

#endif
