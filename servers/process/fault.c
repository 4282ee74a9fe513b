/* SPDX-License-Identifier: MIT */
/*
 * Page faults of programs: the hottest path of this service after none. A fresh page costs one
 * kernel call, a page that was shared and is not any more two, a copy two.
 */
#include "servers/process/state.h"

#include "libipc/log.h"

/* The processor's error code of a page fault (Intel SDM vol. 3, 4.7). */
#define CODE_PRESENT 1u
#define CODE_WRITE   2u
#define CODE_EXECUTE 16u

/*
 * Pages given at once: one at first, twice as many with every fault that continues where the last
 * one ended. So a program that walks through memory pays few faults, one that jumps pays no
 * clearing in vain.
 */
#define FAULT_RUN_MAX 16

/* What became of a fault. */
enum outcome { GO_ON, UPCALL, NO_FRAMES };

static bool access_allowed(const struct region *region, uint64_t code)
{
	if (code & CODE_WRITE)
		return region_rights(region) & PROCESS_WRITE;
	if (code & CODE_EXECUTE)
		return region->protection & PROCESS_EXECUTE;
	return region->protection != 0;
}

/* The run of pages to fill around a fault, within the region and clear of pages that are there. */
static uint64_t fault_run(unsigned owner, const struct region *region, uint64_t address,
			  uint64_t *start)
{
	struct running *running = &state.running[owner];
	bool down = region->flags & PROCESS_MAP_GROWS_DOWN;
	uint64_t run = 1;

	if (address == running->fault_next && running->fault_run < FAULT_RUN_MAX)
		running->fault_run *= 2;
	else if (address != running->fault_next)
		running->fault_run = 1;
	*start = address;
	if (running->fault_run > 1 && !down) {
		uint64_t next = page_query(owner, address).next;

		run = ((next < region->end ? next : region->end) - address) / PAGE;
	} else if (running->fault_run > 1) {
		/* What a stack has not reached yet is free: the fault before was right above. */
		run = (address - region->start) / PAGE + 1;
	}
	if (run > running->fault_run)
		run = running->fault_run;
	if (down)
		*start = address - (run - 1) * PAGE;
	running->fault_next = down ? *start - PAGE : address + run * PAGE;
	return run;
}

static enum outcome fault_fresh(unsigned owner, const struct region *region, uint64_t address)
{
	uint64_t start, run;
	status_t status;

	/* Shared memory was all there from its mapping on: what is not, lies beyond its end. */
	if (region->flags & (PROCESS_MAP_FILE | PROCESS_MAP_SHARED))
		return UPCALL;
	run = fault_run(owner, region, address, &start);
	status = pages_fill(owner, start, run, region->protection);
	if (status == STATUS_OK)
		return GO_ON;
	/* Too much was asked for, or something was there: the one page that matters. */
	if (page_query(owner, address).frame)
		return GO_ON;
	return pages_fill(owner, address, 1, region->protection) == STATUS_OK ? GO_ON : NO_FRAMES;
}

/* The page is there but may not be used so: it is or was shared, or its region got more rights. */
static enum outcome fault_present(unsigned owner, const struct region *region, uint64_t address,
				  uint64_t code)
{
	struct page page = page_query(owner, address);
	bool copy = code & CODE_WRITE && page.mappings > 1 && !(region->flags & PROCESS_MAP_SHARED);
	uint32_t protection = region_rights(region);

	if (copy)
		return page_replace(owner, address, protection) == STATUS_OK ? GO_ON : NO_FRAMES;
	if (page.mappings > 1 && !(region->flags & PROCESS_MAP_SHARED))
		protection &= ~PROCESS_WRITE;
	pages_protect(owner, address, 1, protection);
	return GO_ON;
}

/* A stack grows: down to the address, if its limit and what stands below allow it. */
static struct region *stack_grow(unsigned index, struct region *region, uint64_t address)
{
	struct process *owner = process_at(index);
	struct region grown = *region;
	uint64_t low = address > REGION_STACK_GAP ? address - REGION_STACK_GAP : 0;

	if (!(region->flags & PROCESS_MAP_GROWS_DOWN) || address < PROGRAM_START ||
	    region->end - address > owner->limit[LIMIT_STACK].soft ||
	    !region_is_free(&state.regions, owner->regions, low, region->start) ||
	    !within_limits(owner, region->start - address, 0) ||
	    !region_set(&state.regions, &owner->regions, address, region->start, &grown))
		return 0;
	return region_find(&state.regions, owner->regions, address);
}

static enum outcome fault_resolve(unsigned index, uint64_t address, uint64_t code)
{
	struct region *region = region_find(&state.regions, process_at(index)->regions, address);

	if (region && address < region->start)
		region = stack_grow(index, region, address);
	if (!region || !access_allowed(region, code))
		return UPCALL;
	return code & CODE_PRESENT ? fault_present(index, region, address, code) :
				     fault_fresh(index, region, address);
}

/*
 * After vfork the child uses its parent's memory through a space of its own, which fills with the
 * parent's pages as the child touches them: what is not there or not usable so is put in order in
 * the parent's space first.
 */
static enum outcome fault_borrowed(unsigned index, unsigned owner, uint64_t address, uint64_t code)
{
	enum outcome outcome = GO_ON;
	struct page page;

	/* The owner's page must not count as shared because of the child. */
	pages_unmap(index, address, 1);
	page = page_query(owner, address);
	if (!page.frame)
		outcome = fault_resolve(owner, address, code & ~CODE_PRESENT);
	else if ((code & CODE_WRITE && !(page.flags & MAP_WRITE)) ||
		 (code & CODE_EXECUTE && !(page.flags & MAP_EXECUTE)))
		outcome = fault_resolve(owner, address, code | CODE_PRESENT);
	if (outcome != GO_ON)
		return outcome;
	return pages_share(index, owner, address, 1, 0) == STATUS_OK ? GO_ON : NO_FRAMES;
}

static enum outcome page_fault(unsigned index, uint64_t address, uint64_t code)
{
	unsigned owner = process_at(index)->memory;

	if (address >= PROGRAM_END)
		return UPCALL;
	address &= ~PAGE_MASK;
	return owner == index ? fault_resolve(index, address, code) :
				fault_borrowed(index, owner, address, code);
}

status_t on_fault(struct call *call, unsigned label, const struct fault *fault, uint64_t *answer)
{
	unsigned index = caller_index(call);
	struct process *process = process_at(index);
	enum outcome outcome = UPCALL;

	*answer = 0;
	if (!process_lives(process))
		return STATUS_REFUSED;
	state.table->faults++;
	process->usage.faults++;
	if (process->flags & FLAG_KILLED || label == FAULT_EXIT || label == FAULT_NO_ENTRY) {
		process_end(index, process->flags & FLAG_KILLED ? SIGNAL_KILL : SIGNAL_SEGV);
		return STATUS_REFUSED;
	}
	if (label == FAULT_PAGE)
		outcome = page_fault(index, fault->address, fault->code);
	while (outcome == NO_FRAMES && shortage_relieve(index))
		outcome = page_fault(index, fault->address, fault->code);
	if (outcome == NO_FRAMES) {
		log_line("out of memory (%lu frames free): killed process %u (%s)",
			 state.frames.free, process->pid, process->name);
		process_end(index, SIGNAL_KILL);
		return STATUS_REFUSED;
	}
	if (outcome == UPCALL)
		*answer = FAULT_REPLY_UPCALL;
	return STATUS_OK;
}
