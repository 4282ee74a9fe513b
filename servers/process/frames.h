/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROCESS_FRAMES_H
#define BULKHEAD_PROCESS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Which page frames are free: one bit each. Not in stable memory: the kernel's frame table is the
 * truth, and the bitmap is made from it at every start.
 */
#define FRAME_RANGES    8
#define FRAMES_RUN_MAX  64              /* a run lies within one word of the bitmap */

struct frame_range {
	uint64_t base, pages;           /* page numbers */
	uint32_t slot;                  /* memory capability over exactly these pages */
	uint64_t *bitmap;               /* one: free */
	uint64_t rover;                 /* word where the last search ended */
};
struct frames {
	struct frame_range range[FRAME_RANGES];
	unsigned ranges;
	uint64_t total, free;
};

/* Bytes of bitmap for a range. */
#define FRAMES_BITMAP_BYTES(pages) (((pages) + 63) / 64 * 8)

/* Adds a range; all its frames count as in use. Needs: bitmap zeroed, ranges < FRAME_RANGES. */
void frames_add(struct frames *frames, uint64_t base, uint64_t pages, uint32_t slot,
		uint64_t *bitmap);

/*
 * The first page of a run of free frames, 0: none that long. keep: so many frames must be left,
 * for those who need a few to end in good order.
 */
uint64_t frames_take(struct frames *frames, unsigned pages, uint64_t keep);

/* As many as there are in one run, at most *pages; gives the number. */
uint64_t frames_take_some(struct frames *frames, unsigned *pages, uint64_t keep);

/* Free frames stay free; frames of other ranges (of the supervisor, of an image) are left alone. */
void frames_give(struct frames *frames, uint64_t page, unsigned pages);

/* They are not free, whatever was given. */
void frames_keep(struct frames *frames, uint64_t page, unsigned pages);

/* The range that holds the page, or 0. */
const struct frame_range *frames_range(const struct frames *frames, uint64_t page);

#endif
