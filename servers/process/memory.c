/* SPDX-License-Identifier: MIT */
/*
 * Requests about a program's memory. Regions say what an address means and are changed first; the
 * pages follow. Between the two a page may be there that no region covers any more: the program is
 * waiting for its answer then, and a restart repeats the request.
 */
#include "servers/process/state.h"

#define PROTECTIONS   (PROCESS_READ | PROCESS_WRITE | PROCESS_EXECUTE)
#define KEPT_FLAGS    (PROCESS_MAP_SHARED | PROCESS_MAP_GROWS_DOWN | PROCESS_MAP_FILE | \
		       PROCESS_MARKS)
/* PROCESS_MAP_LOW: as Linux has it for MAP_32BIT. */
#define LOW_START     0x40000000ull
#define LOW_END       0x80000000ull

static bool range_within(uint64_t address, uint64_t bytes, uint64_t low, uint64_t high)
{
	return !(address & PAGE_MASK) && !(bytes & PAGE_MASK) && bytes && address >= low &&
	       address < high && bytes <= high - address;
}

bool in_program(uint64_t address, uint64_t bytes)
{
	return range_within(address, bytes, PROGRAM_START, PROGRAM_END);
}

static bool in_private(uint64_t address, uint64_t bytes)
{
	return range_within(address, bytes, PERSONALITY_PRIVATE, MESSAGE_PAGES);
}

unsigned owner_of(const struct call *call)
{
	return process_at(caller_index(call))->memory;
}

void borrowed_pages_drop(unsigned owner, uint64_t address, uint64_t pages)
{
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (i != owner && process_at(i)->memory == owner && process_lives(process_at(i)))
			pages_unmap(i, address, pages);
	}
}

void program_pages_drop(unsigned owner, uint64_t address, uint64_t pages)
{
	pages_unmap(owner, address, pages);
	borrowed_pages_drop(owner, address, pages);
}

status_t program_populate(unsigned owner, uint64_t start, uint64_t end, uint32_t protection)
{
	status_t status = STATUS_OK;

	while (start < end && status == STATUS_OK) {
		struct page page = page_query(owner, start);
		uint64_t hole = page.next < end ? page.next : end;

		if (hole > start)
			status = pages_fill(owner, start, (hole - start) / PAGE, protection);
		if (hole > start && !protection)
			pages_protect(owner, start, (hole - start) / PAGE, 0);
		start = hole + PAGE;
	}
	return status;
}

/* ---- map ---- */

static bool has_more_than(uint64_t limit, uint64_t used, uint64_t more)
{
	return more > limit || used > limit - more;
}

bool within_limits(const struct process *process, uint64_t bytes, uint64_t data)
{
	uint64_t limit = process->limit[LIMIT_ADDRESS_SPACE].soft;
	uint64_t data_limit = process->limit[LIMIT_DATA].soft;
	uint32_t regions = process->regions;

	if (bytes && limit != PROCESS_LIMIT_NONE &&
	    has_more_than(limit, region_bytes(&state.regions, regions, 0, PROGRAM_END, REGION_ALL),
			  bytes))
		return false;
	return !data || data_limit == PROCESS_LIMIT_NONE ||
	       !has_more_than(data_limit, region_bytes(&state.regions, regions, 0, PROGRAM_END,
						       REGION_DATA), data);
}

bool region_within_limits(const struct process *owner, const struct region *region)
{
	uint64_t bytes = region->end - region->start;
	bool data = region->protection & PROCESS_WRITE &&
		    !(region->flags & (PROCESS_MAP_SHARED | PROCESS_MAP_GROWS_DOWN));

	if (owner->limit[LIMIT_ADDRESS_SPACE].soft == PROCESS_LIMIT_NONE &&
	    owner->limit[LIMIT_DATA].soft == PROCESS_LIMIT_NONE)
		return true;
	return within_limits(owner,
		bytes - region_bytes(&state.regions, owner->regions, region->start, region->end,
				     REGION_ALL),
		data ? bytes - region_bytes(&state.regions, owner->regions, region->start,
					    region->end, REGION_DATA) : 0);
}

/* As Linux does it: more at once than there is, is refused; the sum of many requests is not. */
bool within_memory(uint64_t bytes, uint32_t protection, uint32_t flags)
{
	const uint32_t of_file = PROCESS_MAP_SHARED | PROCESS_MAP_FILE;

	return !(protection & PROCESS_WRITE) || flags & PROCESS_MAP_NO_RESERVE ||
	       (flags & of_file) == of_file || bytes / PAGE <= state.frames.total;
}

/* Private pages are there at once. Nothing is left of a failure. */
static status_t private_fill(unsigned index, uint64_t address, uint64_t pages, uint32_t protection)
{
	uint64_t end = address + pages * PAGE;
	status_t status = program_populate(index, address, end, protection);

	while (status == STATUS_NO_MEMORY) {
		pages_unmap(index, address, pages);
		if (!shortage_relieve(index))
			return status;
		status = program_populate(index, address, end, protection);
	}
	return status;
}

static status_t map_private(unsigned index, const struct process_map_request *request)
{
	struct process *process = process_at(index);
	struct region region = { .protection = PROCESS_READ | PROCESS_WRITE };
	uint64_t end = request->address + request->bytes;
	status_t status;

	if (!in_private(request->address, request->bytes) || !(request->flags & PROCESS_MAP_FIXED))
		return STATUS_ERRNO(E_INVAL);
	/* What a predecessor had begun for the same request goes on. */
	if (!state.info->generation &&
	    !region_is_free(&state.regions, process->private_regions, request->address, end))
		return STATUS_ERRNO(E_EXIST);
	if (!region_set(&state.regions, &process->private_regions, request->address, end, &region))
		return STATUS_ERRNO(E_NOMEM);
	status = private_fill(index, request->address, request->bytes / PAGE, region.protection);
	if (status == STATUS_OK)
		return STATUS_OK;
	/* It cannot fail: what region_set took above is free again. */
	(void)region_set(&state.regions, &process->private_regions, request->address, end, 0);
	return STATUS_ERRNO(E_NOMEM);
}

bool program_free(unsigned owner, uint64_t start, uint64_t end)
{
	struct running *running = &state.running[owner];
	const struct region *above;

	if (!region_set(&state.regions, &process_at(owner)->regions, start, end, 0))
		return false;
	if (running->place_bytes && end > running->place_below) {
		above = region_find(&state.regions, process_at(owner)->regions, end);
		running->place_below = above && above->start < AREA_TOP ? above->start : AREA_TOP;
	}
	return true;
}

/* The last search, and what was freed since, say above what there is nothing so large. */
uint64_t map_place(unsigned owner, uint64_t hint, uint64_t bytes, uint32_t flags)
{
	struct running *running = &state.running[owner];
	uint32_t regions = process_at(owner)->regions;
	uint64_t high = AREA_TOP, place;

	if (flags & PROCESS_MAP_LOW)
		return region_place(&state.regions, regions, bytes, LOW_START, LOW_END);
	if (in_program(hint, bytes) && region_is_free(&state.regions, regions, hint, hint + bytes))
		return hint;
	if (running->place_bytes && bytes >= running->place_bytes)
		high = running->place_below;
	place = region_place(&state.regions, regions, bytes, PROGRAM_START, high);
	if (place) {
		running->place_bytes = bytes;
		running->place_below = place + bytes;
	}
	return place;
}

static status_t map_check(const struct process *owner, const struct process_map_request *request)
{
	if (!request->bytes || request->bytes & PAGE_MASK || request->protection & ~PROTECTIONS)
		return STATUS_ERRNO(E_INVAL);
	if (request->bytes >= PROGRAM_END ||
	    !within_memory(request->bytes, request->protection, (uint32_t)request->flags))
		return STATUS_ERRNO(E_NOMEM);
	if (!(request->flags & PROCESS_MAP_FIXED))
		return STATUS_OK;
	if (!in_program(request->address, request->bytes))
		return request->address & PAGE_MASK ? STATUS_ERRNO(E_INVAL) : STATUS_ERRNO(E_NOMEM);
	if (request->flags & PROCESS_MAP_NO_REPLACE &&
	    !region_is_free(&state.regions, owner->regions, request->address,
			    request->address + request->bytes))
		return STATUS_ERRNO(E_EXIST);
	return STATUS_OK;
}

/* The same pages of the same file are there already, as they are in the file. */
static bool map_is_there(const struct process *owner, const struct process_map_request *request,
			 const struct region *region)
{
	const struct region *old = region_find(&state.regions, owner->regions, request->address);

	return request->flags & PROCESS_MAP_KEEP && request->flags & PROCESS_MAP_FIXED &&
	       old && old->start <= request->address &&
	       old->end >= request->address + request->bytes &&
	       old->protection == region->protection && old->flags == region->flags &&
	       old->tag == region->tag && !old->written && !region->written &&
	       old->offset + (request->address - old->start) == region->offset;
}

/*
 * Shared memory is made present at once: so parent and children always have the same pages.
 * Other memory that cannot be had now is left to faults.
 */
static status_t map_populate(unsigned owner, const struct region *region, uint64_t end)
{
	uint64_t start = region->start;
	status_t status = program_populate(owner, start, end, region->protection);

	if (status == STATUS_OK || !(region->flags & PROCESS_MAP_SHARED))
		return STATUS_OK;
	program_pages_drop(owner, start, (end - start) / PAGE);
	(void)program_free(owner, start, region->end);
	return STATUS_ERRNO(E_NOMEM);
}

status_t on_map(struct call *call, const struct process_map_request *request,
		struct process_map_reply *reply)
{
	unsigned index = owner_of(call);
	struct process *owner = process_at(index);
	struct region region = {
		.protection = (uint8_t)request->protection,
		.flags = (uint16_t)(request->flags & KEPT_FLAGS),
		.written = (request->protection & PROCESS_WRITE) != 0,
		.tag = request->tag, .offset = request->offset,
	};
	uint64_t address, end;
	status_t status;
	bool free;

	*reply = (struct process_map_reply){ request->address, request->bytes };
	if (request->flags & PROCESS_MAP_PRIVATE_AREA)
		return map_private(caller_index(call), request);
	status = map_check(owner, request);
	if (status != STATUS_OK)
		return status;
	if (map_is_there(owner, request, &region))
		return STATUS_OK;
	address = request->flags & PROCESS_MAP_FIXED ? request->address :
		  map_place(index, request->address, request->bytes, request->flags);
	end = address + request->bytes;
	region.start = address;
	region.end = end;
	if (!address || !region_within_limits(owner, &region))
		return STATUS_ERRNO(E_NOMEM);
	free = region_is_free(&state.regions, owner->regions, address, end);
	if (!region_set(&state.regions, &owner->regions, address, end, &region))
		return STATUS_ERRNO(E_NOMEM);
	if (!free)
		program_pages_drop(index, address, request->bytes / PAGE);
	reply->address = address;
	if (!(request->flags & (PROCESS_MAP_POPULATE | PROCESS_MAP_SHARED)) ||
	    request->flags & PROCESS_MAP_FILE)
		return STATUS_OK;
	if (reply->present > PROCESS_PRESENT_BYTES)
		reply->present = PROCESS_PRESENT_BYTES;
	return map_populate(index, &region, address + reply->present);
}

/* ---- what is mapped ---- */

status_t on_unmap(struct call *call, const struct process_unmap_request *request,
		  struct process_unmap_reply *reply)
{
	unsigned index = owner_of(call);
	uint64_t end = request->address + request->bytes;
	uint32_t *regions = &process_at(index)->regions;
	bool private = in_private(request->address, request->bytes);

	(void)reply;
	if (private) {
		index = caller_index(call);
		regions = &process_at(index)->private_regions;
	} else if (!in_program(request->address, request->bytes)) {
		return STATUS_ERRNO(E_INVAL);
	}
	/* Nothing is there; after a restart a predecessor may have come just as far. */
	if (!state.info->generation &&
	    region_is_free(&state.regions, *regions, request->address, end))
		return STATUS_OK;
	if (private ? !region_set(&state.regions, regions, request->address, end, 0) :
		      !program_free(index, request->address, end))
		return STATUS_ERRNO(E_NOMEM);
	program_pages_drop(index, request->address, request->bytes / PAGE);
	return STATUS_OK;
}

/* Private memory becomes data when it may be written. */
static bool protect_within_limits(const struct process *owner,
				  const struct process_protect_request *request)
{
	uint64_t start = request->address, end = start + request->bytes;

	return owner->limit[LIMIT_DATA].soft == PROCESS_LIMIT_NONE || within_limits(owner, 0,
		region_bytes(&state.regions, owner->regions, start, end, REGION_PRIVATE) -
		region_bytes(&state.regions, owner->regions, start, end, REGION_DATA));
}

/*
 * Pages lose the rights that they may not have any more. The right to write comes back by a fault,
 * which finds out whether the page is shared with another process.
 */
status_t on_protect(struct call *call, const struct process_protect_request *request,
		    struct process_protect_reply *reply)
{
	unsigned index = owner_of(call);
	uint64_t hole, end = request->address + request->bytes;
	const struct process *owner = process_at(index);
	bool done;

	(void)reply;
	if (!in_program(request->address, request->bytes) || request->protection & ~PROTECTIONS)
		return STATUS_ERRNO(E_INVAL);
	if (request->protection & PROCESS_WRITE && !protect_within_limits(owner, request))
		return STATUS_ERRNO(E_NOMEM);
	done = region_protect(&state.regions, &process_at(index)->regions, request->address, end,
			      (uint8_t)request->protection, &hole);
	if (hole > request->address)
		pages_protect(index, request->address, (hole - request->address) / PAGE,
			      readable(request->protection) & ~PROCESS_WRITE);
	return done && hole == end ? STATUS_OK : STATUS_ERRNO(E_NOMEM);
}

status_t on_drop(struct call *call, const struct process_drop_request *request,
		 struct process_drop_reply *reply)
{
	unsigned index = owner_of(call);
	uint64_t address = request->address, end = request->address + request->bytes;

	(void)reply;
	if (!in_program(request->address, request->bytes))
		return STATUS_ERRNO(E_INVAL);
	while (address < end) {
		const struct region *region =
			region_find(&state.regions, process_at(index)->regions, address);
		uint64_t stop = region && region->end < end ? region->end : end;

		if (!region || region->start >= end)
			break;
		address = region->start > address ? region->start : address;
		if (!(region->flags & PROCESS_MAP_SHARED))
			program_pages_drop(index, address, (stop - address) / PAGE);
		address = stop;
	}
	return STATUS_OK;
}

status_t on_mark(struct call *call, const struct process_mark_request *request,
		 struct process_mark_reply *reply)
{
	uint64_t address = request->address;

	(void)reply;
	if (!in_program(address, request->bytes) ||
	    (request->set | request->clear) & ~PROCESS_MARKS)
		return STATUS_ERRNO(E_INVAL);
	return region_mark(&state.regions, &process_at(owner_of(call))->regions, &address,
			   address + request->bytes, (uint16_t)request->set,
			   (uint16_t)request->clear) ? STATUS_OK : STATUS_ERRNO(E_NOMEM);
}

status_t on_region(struct call *call, const struct process_region_request *request,
		   struct process_region_reply *reply)
{
	uint64_t client = request->client ? request->client : caller_index(call);
	const struct process *process = client < PROCESS_MAX ? process_at((unsigned)client) : 0;
	const struct region *region;

	if (!process || !process_lives(process))
		return STATUS_ERRNO(E_SRCH);
	if (!may_inspect(process_at(caller_index(call)), process))
		return STATUS_ERRNO(E_ACCES);
	region = region_find(&state.regions, process_at(process->memory)->regions,
			     request->address);
	if (!region)
		return STATUS_ERRNO(E_NOENT);
	*reply = (struct process_region_reply){
		.start = region->start, .end = region->end, .protection = region->protection,
		.flags = region->flags, .tag = region->tag, .offset = region->offset,
	};
	return STATUS_OK;
}

/* As many pages as are told of at once. */
#define PRESENT_PAGES 256

status_t on_present(struct call *call, const struct process_present_request *request,
		    struct process_present_reply *reply)
{
	uint64_t end = request->end < PROGRAM_END ? request->end : PROGRAM_END;
	uint64_t address = request->address & ~PAGE_MASK;
	struct page page = page_query(owner_of(call), address);

	if (!page.frame)
		address = page.next;
	reply->start = reply->end = address;
	while (reply->end < end && reply->end - address < PRESENT_PAGES * PAGE &&
	       page_query(owner_of(call), reply->end).frame)
		reply->end += PAGE;
	return reply->end > reply->start ? STATUS_OK : STATUS_ERRNO(E_NOENT);
}

status_t on_populate(struct call *call, const struct process_populate_request *request,
		     struct process_populate_reply *reply)
{
	unsigned index = owner_of(call);
	uint64_t address = request->address, end;
	status_t status = STATUS_OK;

	if (!in_program(request->address, request->bytes))
		return STATUS_ERRNO(E_INVAL);
	reply->bytes = request->bytes < PROCESS_PRESENT_BYTES ? request->bytes :
		       PROCESS_PRESENT_BYTES;
	end = address + reply->bytes;
	while (address < end && status == STATUS_OK) {
		const struct region *region =
			region_find(&state.regions, process_at(index)->regions, address);
		uint64_t stop;

		if (!region || region->start > address)
			return STATUS_ERRNO(E_FAULT);
		stop = region->end < end ? region->end : end;
		status = program_populate(index, address, stop, region->protection);
		address = stop;
	}
	return status == STATUS_OK ? STATUS_OK : STATUS_ERRNO(E_NOMEM);
}
