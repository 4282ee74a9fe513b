/* SPDX-License-Identifier: MIT */
/* mprotect, mremap, remap_file_pages: mappings that become others. */
#include "user/posix/file.h"

#define PROT_SEM       8u
#define PROT_GROWSDOWN 0x01000000
#define PROT_GROWSUP   0x02000000
#define PROT_KNOWN     (PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)
#define REMAP_FLAGS    (PROCESS_REMAP_MAYMOVE | PROCESS_REMAP_FIXED | PROCESS_REMAP_DONTUNMAP)

/* The region that holds an address: 0 or -ENOMEM. */
static long region_at(struct task *task, uint64_t address, struct process_region_reply *region)
{
	return process_region(&task->process_session, &(struct process_region_request){
		address, PROCESS_PAGE(task->page)->client }, region, 0) ||
		region->start > address ? -E_NOMEM : 0;
}

/* ---- mprotect ---- */

static long not_if_read_only(struct task *task __attribute__((unused)),
			     const struct process_region_reply *region,
			     uint64_t address __attribute__((unused)),
			     uint64_t end __attribute__((unused)))
{
	return MEMORY_IS_SHARED_TAG(region->tag) && !(region->tag & PROCESS_SHARED_WRITABLE) ?
		-E_ACCES : 0;
}

/* Is a file mapped shared there that was not opened for writing? Mostly there is none anywhere. */
static int has_read_only(struct task *task, uint64_t address, uint64_t end)
{
	const struct mapped_file *row = task->process->memory.mapped;

	for (int i = 0; i < MEMORY_FILES; i++) {
		if (row[i].file && MEMORY_IS_SHARED_TAG(row[i].tag) &&
		    !(row[i].tag & PROCESS_SHARED_WRITABLE))
			return memory_for_parts(task, address, end, not_if_read_only) == -E_ACCES;
	}
	return 0;
}

/* Down to the lowest page of what grows down. */
static long from_bottom(struct task *task, uint64_t *address)
{
	struct process_region_reply region;

	if (region_at(task, *address, &region))
		return -E_NOMEM;
	if (!(region.flags & PROCESS_MAP_GROWS_DOWN))
		return -E_INVAL;
	*address = region.start;
	return 0;
}

long sys_mprotect(struct task *task, long address, long bytes, long protection)
{
	uint64_t start = (uint64_t)address, end = start + PAGE_UP((uint64_t)bytes);
	long grows = protection & (PROT_GROWSDOWN | PROT_GROWSUP), error;
	status_t status;

	protection &= ~(long)(PROT_GROWSDOWN | PROT_GROWSUP);
	if (start % PAGE_BYTES || grows & PROT_GROWSUP)
		return -E_INVAL;
	if (!bytes)
		return 0;
	if (end <= start)
		return -E_NOMEM;
	if (protection & ~(long)PROT_KNOWN)
		return -E_INVAL;
	if (start < PROGRAM_START || end > PROGRAM_END)
		return -E_NOMEM;
	error = grows ? from_bottom(task, &start) : 0;
	if (!error && protection & PROT_WRITE && has_read_only(task, start, end))
		error = -E_ACCES;
	if (error)
		return error;
	status = process_protect(&task->process_session, &(struct process_protect_request){
		start, end - start, protection & ~PROT_SEM, 0 },
		&(struct process_protect_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* ---- mremap ---- */

static long check_mremap(uint64_t address, uint64_t old_bytes, uint64_t new_bytes, uint64_t flags,
			 uint64_t new_address)
{
	if (flags & ~(uint64_t)REMAP_FLAGS || address % PAGE_BYTES || !PAGE_UP(new_bytes))
		return -E_INVAL;
	if (flags & (PROCESS_REMAP_FIXED | PROCESS_REMAP_DONTUNMAP) &&
	    !(flags & PROCESS_REMAP_MAYMOVE))
		return -E_INVAL;
	if (flags & PROCESS_REMAP_DONTUNMAP && PAGE_UP(old_bytes) != PAGE_UP(new_bytes))
		return -E_INVAL;
	if (flags & PROCESS_REMAP_FIXED && !memory_is_range(new_address, new_bytes))
		return -E_INVAL;
	if (address < PROGRAM_START || !memory_is_range(address, old_bytes))
		return -E_FAULT;
	return new_bytes > PROGRAM_END ? -E_NOMEM : 0;
}

long sys_mremap(struct task *task, long address, long old_bytes, long new_bytes, long flags,
		long new_address)
{
	struct process_remap_reply reply;
	status_t status;
	long error = check_mremap((uint64_t)address, (uint64_t)old_bytes, (uint64_t)new_bytes,
				  (uint64_t)flags, (uint64_t)new_address);

	if (error)
		return error;
	status = process_remap(&task->process_session, &(struct process_remap_request){
		(uint64_t)address, PAGE_UP((uint64_t)old_bytes), PAGE_UP((uint64_t)new_bytes),
		(uint64_t)new_address, (uint64_t)flags }, &reply, 0);
	return status == STATUS_OK ? (long)reply.address : error_of_status(status);
}

/* ---- remap_file_pages: another part of the same file, as a mapping of its own ---- */

long sys_remap_file_pages(struct task *task, long address, long bytes, long protection, long page,
			  long flags __attribute__((unused)))
{
	uint64_t start = PAGE_DOWN((uint64_t)address), size = PAGE_DOWN((uint64_t)bytes);
	struct process_region_reply region;
	struct process_map_reply reply;
	status_t status;

	if (protection || start + size <= start ||
	    (uint64_t)page + size / PAGE_BYTES < (uint64_t)page || page < 0)
		return -E_INVAL;
	if (region_at(task, start, &region) || start + size > region.end ||
	    !MEMORY_IS_SHARED_TAG(region.tag))
		return -E_INVAL;
	status = process_map(&task->process_session, &(struct process_map_request){
		.address = start, .bytes = size, .protection = region.protection,
		.flags = PROCESS_MAP_FIXED | PROCESS_MAP_FILE | PROCESS_MAP_SHARED |
			 (region.flags & PROCESS_MARKS),
		.tag = region.tag, .offset = (uint64_t)page * PAGE_BYTES }, &reply, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}
