/* SPDX-License-Identifier: MIT */
/* mremap: pages that move from one address to another. */
#include "servers/process/state.h"

/*
 * Maps the pages present at `from` at `to` as well, run by run; where a page is already, it stays.
 * A page that others map too stays without the right to write, one of a region without rights has
 * none.
 */
static status_t pages_move(unsigned owner, uint64_t from, uint64_t to, uint64_t pages,
			   uint32_t protection)
{
	uint64_t done = 0;

	while (done < pages) {
		struct page page = page_query(owner, from + done * PAGE);
		uint32_t shared = page.mappings > 1 ? PROCESS_WRITE : 0;
		uint64_t run = 1, mapped;
		status_t status;

		if (!page.frame) {
			done = page.next < from + pages * PAGE ? (page.next - from) / PAGE : pages;
			continue;
		}
		while (done + run < pages) {
			struct page next = page_query(owner, from + (done + run) * PAGE);

			if (!next.frame || next.frame != page.frame + run ||
			    (next.mappings > 1) != (page.mappings > 1))
				break;
			run++;
		}
		status = pages_map(owner, to + done * PAGE, page.frame, run, protection & ~shared,
				   &mapped);
		if (!protection && mapped)
			pages_protect(owner, to + done * PAGE, mapped, 0);
		if (status == STATUS_BAD_STATE)
			mapped++;
		else if (status != STATUS_OK)
			return status;
		done += mapped;
	}
	return STATUS_OK;
}

static status_t remap_shrink(unsigned index, const struct process_remap_request *request)
{
	uint64_t start = request->address + request->new_bytes;
	uint64_t end = request->address + request->old_bytes;

	if (start == end)
		return STATUS_OK;
	if (!program_free(index, start, end))
		return STATUS_ERRNO(E_NOMEM);
	program_pages_drop(index, start, (end - start) / PAGE);
	return STATUS_OK;
}

/* The region's part that is remapped, as it will be at `to`. */
static struct region remap_region(const struct region *region, uint64_t address)
{
	struct region moved = *region;

	if (moved.flags & PROCESS_MAP_FILE)
		moved.offset += address - region->start;
	return moved;
}

/* How many pages go with it. Of shared memory that shall stand at two places: all there are. */
static uint64_t remap_pages(const struct process_remap_request *request,
			    const struct region *region)
{
	uint64_t old_bytes = request->old_bytes ? request->old_bytes :
						  region->end - request->address;

	return (old_bytes < request->new_bytes ? old_bytes : request->new_bytes) / PAGE;
}

static status_t remap_move(unsigned index, const struct process_remap_request *request,
			   const struct region *region, uint64_t to)
{
	struct process *owner = process_at(index);
	struct region moved = remap_region(region, request->address);
	uint64_t pages = remap_pages(request, region);
	bool leaves = request->old_bytes && !(request->flags & PROCESS_REMAP_DONTUNMAP);
	status_t status;

	if (!region_set(&state.regions, &owner->regions, to, to + request->new_bytes, &moved))
		return STATUS_ERRNO(E_NOMEM);
	program_pages_drop(index, to, request->new_bytes / PAGE);
	status = pages_move(index, request->address, to, pages, moved.protection);
	if (status != STATUS_OK ||
	    (leaves && !program_free(index, request->address,
				     request->address + request->old_bytes))) {
		program_pages_drop(index, to, request->new_bytes / PAGE);
		(void)program_free(index, to, to + request->new_bytes);
		return STATUS_ERRNO(E_NOMEM);
	}
	if (request->old_bytes)
		program_pages_drop(index, request->address, request->old_bytes / PAGE);
	return STATUS_OK;
}

/* Grows where it is, if what follows is free. False: no room. */
static bool remap_grow(unsigned index, const struct process_remap_request *request,
		       const struct region *region)
{
	struct process *owner = process_at(index);
	struct region grown = remap_region(region, request->address);
	uint64_t end = request->address + request->old_bytes;
	uint64_t new_end = request->address + request->new_bytes;

	return region->end == end && in_program(request->address, request->new_bytes) &&
	       region_is_free(&state.regions, owner->regions, end, new_end) &&
	       region_set(&state.regions, &owner->regions, request->address, new_end, &grown);
}

static bool may_grow(const struct process *owner, uint64_t bytes, const struct region *region)
{
	bool data = region->protection & PROCESS_WRITE && !(region->flags & PROCESS_MAP_SHARED);

	return within_memory(bytes, region->protection, region->flags) &&
	       within_limits(owner, bytes, data ? bytes : 0);
}

/* Room at another place is asked for. */
#define REMAP_ELSEWHERE (PROCESS_REMAP_FIXED | PROCESS_REMAP_DONTUNMAP)

static bool remap_is_sound(const struct process_remap_request *request)
{
	if (!in_program(request->address, request->old_bytes ? request->old_bytes : PAGE) ||
	    request->old_bytes & PAGE_MASK || !request->new_bytes ||
	    request->new_bytes & PAGE_MASK || request->new_bytes >= PROGRAM_END)
		return false;
	if (!(request->flags & PROCESS_REMAP_FIXED))
		return true;
	/* Old and new place may not overlap. */
	return in_program(request->new_address, request->new_bytes) &&
	       (request->new_address + request->new_bytes <= request->address ||
		request->address + request->old_bytes <= request->new_address);
}

/* Does the region allow it? */
static status_t remap_check(const struct process *owner, const struct region *region,
			    const struct process_remap_request *request)
{
	uint64_t had = request->flags & PROCESS_REMAP_DONTUNMAP ? 0 : request->old_bytes;
	bool shrinks = request->old_bytes >= request->new_bytes &&
		       !(request->flags & REMAP_ELSEWHERE);

	if (!region || region->start > request->address ||
	    (!shrinks && region->end < request->address + request->old_bytes))
		return STATUS_ERRNO(E_FAULT);
	if (!request->old_bytes && !(region->flags & PROCESS_MAP_SHARED))
		return STATUS_ERRNO(E_INVAL);
	if (request->new_bytes > had &&
	    !may_grow(owner, request->new_bytes - had, region))
		return STATUS_ERRNO(E_NOMEM);
	return STATUS_OK;
}

/* What of shared memory lies beyond its pages is a fault, as behind the end of a file. */
status_t on_remap(struct call *call, const struct process_remap_request *request,
		  struct process_remap_reply *reply)
{
	unsigned index = owner_of(call);
	struct process *owner = process_at(index);
	const struct region *region = region_find(&state.regions, owner->regions, request->address);
	status_t status = remap_is_sound(request) ? remap_check(owner, region, request) :
						    STATUS_ERRNO(E_INVAL);
	uint64_t to;

	if (status != STATUS_OK)
		return status;
	reply->address = request->address;
	if (request->flags & PROCESS_REMAP_FIXED) {
		reply->address = request->new_address;
		return remap_move(index, request, region, request->new_address);
	}
	if (!(request->flags & REMAP_ELSEWHERE) && request->old_bytes) {
		if (request->new_bytes <= request->old_bytes)
			return remap_shrink(index, request);
		if (remap_grow(index, request, region))
			return STATUS_OK;
	}
	to = request->flags & PROCESS_REMAP_MAYMOVE ?
	     map_place(index, 0, request->new_bytes, 0) : 0;
	if (!to)
		return STATUS_ERRNO(E_NOMEM);
	reply->address = to;
	return remap_move(index, request, region, to);
}
