/* sources: servers/process/frames.c */
/* SPDX-License-Identifier: MIT */
/* Free page frames: runs are disjoint, nothing is lost, nothing is given twice. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "servers/process/frames.h"

#define BASE  1000
#define PAGES 1000

static struct frames frames;
static uint64_t bitmap[FRAMES_BITMAP_BYTES(PAGES) / 8], second[FRAMES_BITMAP_BYTES(100) / 8];

static void start(void)
{
	memset(&frames, 0, sizeof(frames));
	memset(bitmap, 0, sizeof(bitmap));
	memset(second, 0, sizeof(second));
	frames_add(&frames, BASE, PAGES, 5, bitmap);
	frames_add(&frames, 100000, 100, 6, second);
	for (unsigned i = 0; i < PAGES; i++)
		frames_give(&frames, BASE + i, 1);
	frames_give(&frames, 100000, 64);
	frames_give(&frames, 100064, 36);
}
TestSuite(process_frames, .init = start);

Test(process_frames, counts_and_ranges)
{
	cr_assert_eq(frames.total, PAGES + 100);
	cr_assert_eq(frames.free, PAGES + 100);
	cr_assert_eq(frames_range(&frames, BASE)->slot, 5);
	cr_assert_eq(frames_range(&frames, BASE + PAGES - 1)->slot, 5);
	cr_assert_eq(frames_range(&frames, 100099)->slot, 6);
	cr_assert_null(frames_range(&frames, BASE - 1));
	cr_assert_null(frames_range(&frames, BASE + PAGES));
	/* Foreign and free frames change nothing. */
	frames_give(&frames, 5, 1);
	frames_give(&frames, BASE + 5, 3);
	cr_assert_eq(frames.free, PAGES + 100);
}

Test(process_frames, some_are_kept_back)
{
	unsigned many = 64;

	while (frames_take(&frames, 1, 10))
		;
	cr_assert_eq(frames.free, 10);
	cr_assert_eq(frames_take_some(&frames, &many, 10), 0);
	many = 64;
	cr_assert_neq(frames_take_some(&frames, &many, 0), 0);
	cr_assert(many >= 1 && many <= 10);
}

Test(process_frames, random_runs_are_disjoint)
{
	static uint8_t taken[200000];
	static struct { uint64_t page; unsigned pages; } run[2000];
	unsigned runs = 0;
	uint64_t used = 0;

	srand(2);
	for (unsigned step = 0; step < 100000; step++) {
		unsigned pages = 1 + (unsigned)rand() % FRAMES_RUN_MAX;
		uint64_t page;

		if (rand() % 2 && runs) {
			unsigned i = (unsigned)rand() % runs;

			frames_give(&frames, run[i].page, run[i].pages);
			for (unsigned k = 0; k < run[i].pages; k++)
				taken[run[i].page + k] = 0;
			used -= run[i].pages;
			run[i] = run[--runs];
			continue;
		}
		page = frames_take_some(&frames, &pages, 0);
		if (!page)
			continue;
		cr_assert_not_null(frames_range(&frames, page));
		cr_assert_eq(frames_range(&frames, page), frames_range(&frames, page + pages - 1));
		for (unsigned k = 0; k < pages; k++) {
			cr_assert(!taken[page + k]);
			taken[page + k] = 1;
		}
		run[runs].page = page;
		run[runs++].pages = pages;
		used += pages;
		cr_assert_eq(frames.free + used, PAGES + 100);
	}
}
