/* SPDX-License-Identifier: MIT */
/* Free page frames. Pure: no kernel calls, tested on the host (tests/unit/process_frames.c). */
#include "servers/process/frames.h"

void frames_add(struct frames *frames, uint64_t base, uint64_t pages, uint32_t slot,
		uint64_t *bitmap)
{
	frames->range[frames->ranges++] = (struct frame_range){
		.base = base, .pages = pages, .slot = slot, .bitmap = bitmap,
	};
	frames->total += pages;
}

static uint64_t run_mask(unsigned pages)
{
	return pages == 64 ? ~0ull : (1ull << pages) - 1;
}

/* Ones where a run of that many ones begins. */
static uint64_t run_starts(uint64_t word, unsigned pages)
{
	unsigned left = pages - 1;

	for (unsigned step = 1; left && word; step *= 2) {
		unsigned shift = step < left ? step : left;

		word &= word >> shift;
		left -= shift;
	}
	return word;
}

static uint64_t range_take(struct frame_range *range, unsigned pages)
{
	uint64_t words = (range->pages + 63) / 64;

	for (uint64_t i = 0; i < words; i++) {
		uint64_t at = (range->rover + i) % words;
		uint64_t starts = range->bitmap[at] ? run_starts(range->bitmap[at], pages) : 0;

		if (starts) {
			unsigned bit = (unsigned)__builtin_ctzll(starts);

			range->bitmap[at] &= ~(run_mask(pages) << bit);
			range->rover = at;
			return range->base + at * 64 + bit;
		}
	}
	return 0;
}

uint64_t frames_take(struct frames *frames, unsigned pages, uint64_t keep)
{
	if (frames->free < pages + keep)
		return 0;
	for (unsigned i = 0; i < frames->ranges; i++) {
		uint64_t page = range_take(&frames->range[i], pages);

		if (page) {
			frames->free -= pages;
			return page;
		}
	}
	return 0;
}

uint64_t frames_take_some(struct frames *frames, unsigned *pages, uint64_t keep)
{
	unsigned want = *pages < FRAMES_RUN_MAX ? *pages : FRAMES_RUN_MAX;

	for (; want; want /= 2) {
		uint64_t page = frames_take(frames, want, keep);

		if (page) {
			*pages = want;
			return page;
		}
	}
	return 0;
}

void frames_give(struct frames *frames, uint64_t page, unsigned pages)
{
	const struct frame_range *range = frames_range(frames, page);

	if (!range)
		return;
	for (uint64_t i = page - range->base; i < page - range->base + pages; i++) {
		uint64_t bit = 1ull << i % 64;

		frames->free += !(range->bitmap[i / 64] & bit);
		range->bitmap[i / 64] |= bit;
	}
}

void frames_keep(struct frames *frames, uint64_t page, unsigned pages)
{
	const struct frame_range *range = frames_range(frames, page);

	if (!range)
		return;
	for (uint64_t i = page - range->base; i < page - range->base + pages; i++) {
		uint64_t bit = 1ull << i % 64;

		frames->free -= !!(range->bitmap[i / 64] & bit);
		range->bitmap[i / 64] &= ~bit;
	}
}

const struct frame_range *frames_range(const struct frames *frames, uint64_t page)
{
	for (unsigned i = 0; i < frames->ranges; i++) {
		if (page - frames->range[i].base < frames->range[i].pages)
			return &frames->range[i];
	}
	return 0;
}
