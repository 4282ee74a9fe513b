/* SPDX-License-Identifier: MIT */
#include "servers/fs/stable.h"

#include "libipc/watch.h"

#define STABLE_MAGIC  0x31656c6261747366ull
#define FRAMES_MIN    256u
/* Queues take at most a 64th of the memory. */
#define QUEUES_PART   64u

struct stable stable;

static uint64_t aligned(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* The next part of the memory. */
static void *take(uint8_t **at, uint64_t bytes)
{
	uint8_t *part = *at;

	*at += aligned(bytes, FRAME_BYTES);
	return part;
}

/* All but words and frames, which share what is left. Gives where they begin. */
static uint8_t *lay_out(struct stable_head *head, uint32_t records, uint32_t listeners)
{
	uint8_t *at = (uint8_t *)head;

	_Static_assert(CLIENT_MAX * sizeof(uint64_t) <= FRAME_BYTES, "a row each");
	stable.head = take(&at, FRAME_BYTES);
	stable.log = take(&at, LOG_BYTES);
	stable.records = take(&at, records * sizeof(struct record));
	stable.locks = take(&at, LOCKS * sizeof(struct lock));
	stable.watch = take(&at, sizeof(struct watch_table));
	stable.mapped = take(&at, MAPPED * sizeof(uint64_t));
	stable.roots = take(&at, CLIENT_MAX * sizeof(uint64_t));
	stable.mounts = take(&at, MOUNTED * sizeof(struct mounted));
	stable.gone = take(&at, GONE * sizeof(struct gone));
	stable.listenings = take(&at, FS_NOTIFY_WATCHES * sizeof(struct listening));
	stable.listeners = take(&at, FS_NOTIFY_LISTENERS * sizeof(struct listener));
	stable.queues = take(&at, listeners * FS_NOTIFY_QUEUE);
	return at;
}

status_t stable_open(void *memory, uint64_t bytes)
{
	uint64_t base = (uint64_t)(uintptr_t)memory, start = aligned(base, FRAME_BYTES);
	struct stable_head *head = (struct stable_head *)(uintptr_t)start;
	uint64_t records, frames, listeners;
	uint8_t *rest;

	if (bytes < start - base + LOG_BYTES + FRAMES_MIN * FRAME_BYTES)
		return STATUS_NO_MEMORY;
	bytes -= start - base;
	/* A 64th for records: 8192 of them in 64 MiB. */
	records = bytes / 64 / sizeof(struct record);
	listeners = bytes / QUEUES_PART / FS_NOTIFY_QUEUE;
	listeners = listeners < FS_NOTIFY_LISTENERS ? listeners : FS_NOTIFY_LISTENERS;
	if (head->magic && (head->magic != STABLE_MAGIC || head->bytes != bytes))
		return STATUS_BAD_STATE;
	rest = lay_out(head, (uint32_t)records, (uint32_t)listeners);
	frames = (bytes - (uint64_t)(rest - (uint8_t *)head) - FRAME_BYTES) /
		(FRAME_BYTES + sizeof(uint64_t));
	stable.words = (uint64_t *)rest;
	stable.frames = rest + aligned(frames * sizeof(uint64_t), FRAME_BYTES);
	head->bytes = bytes;
	head->record_count = (uint32_t)records;
	head->frame_count = (uint32_t)frames;
	head->listeners = (uint32_t)listeners;
	stable_barrier();
	head->magic = STABLE_MAGIC;
	return STATUS_OK;
}
