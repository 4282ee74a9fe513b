/* SPDX-License-Identifier: MIT */
/*
 * Page frames and mappings, in ranges wherever possible: a call costs more than a page. A frame is
 * taken here and mapped at once, and comes back when the kernel reports that its last mapping is
 * gone: there is no list of a process's frames that could be wrong.
 */
#include "servers/process/state.h"

#include "libipc/objects.h"
#include "servers/process/space.h"

#define TABLES_STEP 4                   /* page-table pages given at a time */
#define MAP_PAGES   512                 /* in one call */

void frames_collect(uint64_t count)
{
	const struct message_page *page = (const struct message_page *)state.info->message_page;

	for (uint64_t i = 0; i < count; i++)
		frames_give(&state.frames, page->words[MESSAGE_REGISTERS + i], 1);
}

uint64_t frames_get(unsigned pages)
{
	uint64_t frame;

	do
		frame = frames_take(&state.frames, pages, FRAMES_KEPT);
	while (!frame && shared_reclaim());
	return frame;
}

/* The same for as many as there are in one run, at most *pages. */
static uint64_t frames_get_some(unsigned *pages)
{
	uint64_t frame = frames_take_some(&state.frames, pages, FRAMES_KEPT);

	return frame || !shared_reclaim() ? frame :
	       frames_take_some(&state.frames, pages, FRAMES_KEPT);
}

status_t tables_donate(uint32_t space, unsigned pages)
{
	uint64_t frame = frames_take_some(&state.frames, &pages, 0);
	const struct frame_range *range = frames_range(&state.frames, frame);
	status_t status;

	if (!frame)
		return STATUS_NO_MEMORY;
	status = space_donate(space, range->slot, frame - range->base, pages);
	if (status != STATUS_OK)
		frames_give(&state.frames, frame, pages);
	return status;
}

status_t frames_reclaim(uint64_t frame, unsigned pages)
{
	const struct frame_range *range = frames_range(&state.frames, frame);
	status_t status = kernel_invoke_memory(range->slot, MEMORY_RECLAIM,
					       WORDS(frame - range->base, pages, 0));

	if (status == STATUS_OK)
		frames_give(&state.frames, frame, pages);
	return status;
}

status_t memory_place(const struct placing *placing, uint64_t *mapped)
{
	status_t status = STATUS_OK;

	*mapped = 0;
	while (*mapped < placing->pages && status == STATUS_OK) {
		uint64_t left = placing->pages - *mapped;
		struct words words = { {
			placing->address + *mapped * PAGE, placing->memory,
			placing->offset + *mapped, left < MAP_PAGES ? left : MAP_PAGES,
			placing->flags | MAP_READ, placing->source,
		} };

		status = kernel_invoke_space(placing->space, SPACE_MAP, &words);
		if (status == STATUS_OK || status == STATUS_AGAIN || status == STATUS_NO_MEMORY)
			*mapped += words.word[0];
		if (status == STATUS_AGAIN)
			status = STATUS_OK;
		else if (status == STATUS_NO_MEMORY)
			status = tables_donate(placing->space, TABLES_STEP);
	}
	return status;
}

status_t frames_place(uint32_t space, uint64_t address, uint64_t frame, uint64_t pages,
		      uint32_t flags, uint32_t source, uint64_t *mapped)
{
	const struct frame_range *range = frames_range(&state.frames, frame);

	return memory_place(&(struct placing){
		.space = space, .address = address, .memory = range->slot,
		.offset = frame - range->base, .pages = pages, .flags = flags, .source = source,
	}, mapped);
}

void space_drop(uint32_t space, uint64_t address, uint64_t pages)
{
	status_t status;

	do {
		struct words words = { { address, pages } };

		status = kernel_invoke_space(space, SPACE_UNMAP, &words);
		if (status != STATUS_OK && status != STATUS_AGAIN)
			return;
		frames_collect(words.word[1]);
		address += words.word[0] * PAGE;
		pages -= words.word[0];
	} while (status == STATUS_AGAIN);
}

status_t space_share(uint32_t space, uint32_t from, uint64_t address, uint64_t pages,
		     uint32_t flags)
{
	status_t status = STATUS_OK;

	while (pages && status == STATUS_OK) {
		struct words words = { { from, address, pages, flags } };

		status = kernel_invoke_space(space, SPACE_SHARE, &words);
		if (status == STATUS_OK)
			return STATUS_OK;
		if (status == STATUS_AGAIN || status == STATUS_NO_MEMORY) {
			address += words.word[0] * PAGE;
			pages -= words.word[0];
		}
		if (status == STATUS_AGAIN)
			status = STATUS_OK;
		else if (status == STATUS_NO_MEMORY)
			status = tables_donate(space, TABLES_STEP);
	}
	return status;
}

/* ---- in the space of a process ---- */

status_t pages_map(unsigned process, uint64_t address, uint64_t frame, uint64_t pages,
		   uint32_t flags, uint64_t *mapped)
{
	return frames_place(space_slot(process), address, frame, pages, flags, 0, mapped);
}

void pages_unmap(unsigned process, uint64_t address, uint64_t pages)
{
	space_drop(space_slot(process), address, pages);
}

void pages_protect(unsigned process, uint64_t address, uint64_t pages, uint32_t protection)
{
	status_t status;

	do {
		struct words words = { { address, pages, protection } };

		status = kernel_invoke_space(space_slot(process), SPACE_PROTECT, &words);
		if (status != STATUS_OK && status != STATUS_AGAIN)
			return;
		address += words.word[0] * PAGE;
		pages -= words.word[0];
	} while (status == STATUS_AGAIN);
}

status_t pages_share(unsigned process, unsigned from, uint64_t address, uint64_t pages,
		     uint32_t flags)
{
	return space_share(space_slot(process), space_slot(from), address, pages, flags);
}

/* Fresh frames in as few runs as there are. What was mapped before a failure stays. */
static status_t pages_fresh(unsigned process, uint64_t address, uint64_t pages, uint32_t flags,
			    uint32_t source)
{
	while (pages) {
		unsigned run = pages < FRAMES_RUN_MAX ? (unsigned)pages : FRAMES_RUN_MAX;
		uint64_t frame = frames_get_some(&run), mapped;
		status_t status;

		if (!frame)
			return STATUS_NO_MEMORY;
		status = frames_place(space_slot(process), address, frame, run, flags, source,
				      &mapped);
		if (status != STATUS_OK) {
			frames_give(&state.frames, frame + mapped, run - (unsigned)mapped);
			return status;
		}
		address += run * PAGE;
		pages -= run;
	}
	return STATUS_OK;
}

status_t pages_fill(unsigned process, uint64_t address, uint64_t pages, uint32_t protection)
{
	return pages_fresh(process, address, pages, protection | MAP_ZERO, 0);
}

status_t pages_copy(unsigned process, unsigned from, uint64_t address, uint64_t pages)
{
	return pages_fresh(process, address, pages, MAP_WRITE | MAP_COPY, space_slot(from));
}

status_t page_replace(unsigned process, uint64_t address, uint32_t protection)
{
	uint64_t frame = frames_get(1);
	const struct frame_range *range = frames_range(&state.frames, frame);
	struct words words;
	status_t status;

	if (!frame)
		return STATUS_NO_MEMORY;
	words = (struct words){ {
		address, range->slot, frame - range->base, 1,
		protection | MAP_READ | MAP_COPY | MAP_REPLACE, space_slot(process),
	} };
	status = kernel_invoke_space(space_slot(process), SPACE_MAP, &words);
	if (status != STATUS_OK)
		frames_give(&state.frames, frame, 1);
	else if (words.word[1])
		frames_give(&state.frames, words.word[1], 1);
	return status;
}

struct page page_query(unsigned process, uint64_t address)
{
	struct words words = { { address } };

	if (kernel_invoke_space(space_slot(process), SPACE_QUERY, &words) != STATUS_OK)
		return (struct page){ .next = ~0ull };
	return (struct page){ words.word[0], (uint32_t)words.word[1], (uint32_t)words.word[2],
			      words.word[3], words.word[4] };
}
