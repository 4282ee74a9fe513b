/* SPDX-License-Identifier: MIT */
#include "servers/fs/stable.h"

#include "libipc/watch.h"

#define STABLE_MAGIC  0x31656c6261747366ull
#define FRAMES_MIN    256u

struct stable stable;

static uint64_t aligned(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

status_t stable_open(void *memory, uint64_t bytes)
{
	uint64_t base = (uint64_t)(uintptr_t)memory, start = aligned(base, FRAME_BYTES);
	struct stable_head *head = (struct stable_head *)(uintptr_t)start;
	uint64_t records, frames, fixed;

	if (bytes < start - base + LOG_BYTES + FRAMES_MIN * FRAME_BYTES)
		return STATUS_NO_MEMORY;
	bytes -= start - base;
	/* A 64th for records: 8192 of them in 64 MiB. */
	records = bytes / 64 / sizeof(struct record);
	fixed = FRAME_BYTES + LOG_BYTES + aligned(records * sizeof(struct record), FRAME_BYTES) +
		aligned(LOCKS * sizeof(struct lock), FRAME_BYTES) +
		aligned(sizeof(struct watch_table), FRAME_BYTES) + 4 * FRAME_BYTES +
		aligned(GONE * sizeof(struct gone), FRAME_BYTES);
	frames = (bytes - fixed - FRAME_BYTES) / (FRAME_BYTES + sizeof(uint64_t));
	if (head->magic && (head->magic != STABLE_MAGIC || head->bytes != bytes))
		return STATUS_BAD_STATE;

	stable.head = head;
	stable.log = (uint8_t *)head + FRAME_BYTES;
	stable.records = (struct record *)(stable.log + LOG_BYTES);
	stable.locks = (struct lock *)((uint8_t *)stable.records +
		aligned(records * sizeof(struct record), FRAME_BYTES));
	stable.watch = (struct watch_table *)((uint8_t *)stable.locks +
		aligned(LOCKS * sizeof(struct lock), FRAME_BYTES));
	stable.mapped = (uint64_t *)((uint8_t *)stable.watch +
		aligned(sizeof(struct watch_table), FRAME_BYTES));
	stable.roots = (uint64_t *)((uint8_t *)stable.mapped + FRAME_BYTES);
	stable.mounts = (struct mounted *)((uint8_t *)stable.roots + FRAME_BYTES);
	stable.gone = (struct gone *)((uint8_t *)stable.mounts + 2 * FRAME_BYTES);
	_Static_assert(MOUNTED * sizeof(struct mounted) <= 2 * FRAME_BYTES, "they fit");
	_Static_assert(CLIENT_MAX * sizeof(uint64_t) <= FRAME_BYTES, "they fit");
	_Static_assert(MAPPED * sizeof(uint64_t) <= FRAME_BYTES, "they fit");
	stable.words = (uint64_t *)((uint8_t *)head + fixed);
	stable.frames = (uint8_t *)head + fixed + aligned(frames * sizeof(uint64_t), FRAME_BYTES);
	head->bytes = bytes;
	head->record_count = (uint32_t)records;
	head->frame_count = (uint32_t)frames;
	stable_barrier();
	head->magic = STABLE_MAGIC;
	return STATUS_OK;
}
