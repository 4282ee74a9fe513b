/* SPDX-License-Identifier: MIT */
/* madvise, msync, mincore: what is said about memory that is mapped already. */
#include "user/posix/dispatch.h"
#include "user/posix/file.h"

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4

/* madvise(2) */
#define MADV_DONTNEED        4
#define MADV_FREE            8
#define MADV_REMOVE          9
#define MADV_DONTFORK        10
#define MADV_DOFORK          11
#define MADV_MERGEABLE       12
#define MADV_UNMERGEABLE     13
#define MADV_WIPEONFORK      18
#define MADV_KEEPONFORK      19
#define MADV_POPULATE_READ   22
#define MADV_POPULATE_WRITE  23
#define MADV_DONTNEED_LOCKED 24
#define MADV_LAST            24

long memory_for_parts(struct task *task, uint64_t address, uint64_t end, memory_part_t *part)
{
	struct process_region_reply region;
	long result = 0, hole = 0;

	while (!result && address < end) {
		if (process_region(&task->process_session, &(struct process_region_request){
				address, PROCESS_PAGE(task->page)->client }, &region, 0) ||
		    region.start >= end)
			return -E_NOMEM;
		if (region.start > address) {
			hole = -E_NOMEM;
			address = region.start;
		}
		if (part)
			result = part(task, &region, address, region.end < end ? region.end : end);
		address = region.end;
	}
	return result ? result : hole;
}

/* ---- madvise ---- */

/* The pages go, and what a program stored in private ones: zeros, or the file's contents again. */
static long drop(struct task *task, uint64_t address, uint64_t end)
{
	status_t status = process_drop(&task->process_session, &(struct process_drop_request){
		address, end - address }, &(struct process_drop_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long drop_part(struct task *task, const struct process_region_reply *region,
		      uint64_t address, uint64_t end)
{
	return region->flags & PROCESS_MAP_LOCKED ? -E_INVAL : drop(task, address, end);
}

static long drop_locked_part(struct task *task,
			     const struct process_region_reply *region __attribute__((unused)),
			     uint64_t address, uint64_t end)
{
	return drop(task, address, end);
}

static long free_part(struct task *task, const struct process_region_reply *region,
		      uint64_t address, uint64_t end)
{
	if (region->flags & (PROCESS_MAP_SHARED | PROCESS_MAP_FILE | PROCESS_MAP_LOCKED))
		return -E_INVAL;
	return drop(task, address, end);
}

static long zero(uint64_t address, uint64_t end)
{
	static const uint8_t zeros[256];

	for (; address < end; address += sizeof(zeros))
		if (copy_to_program(address, zeros, sizeof(zeros)))
			return -E_ACCES;
	return 0;
}

/* Makes a hole in the file, or in shared memory, which then holds zeros for all who have it. */
static long remove_part(struct task *task, const struct process_region_reply *region,
			uint64_t address, uint64_t end)
{
	struct open_file *file;
	status_t status;

	if (region->flags & PROCESS_MAP_LOCKED || !(region->flags & (PROCESS_MAP_SHARED |
								     PROCESS_MAP_FILE)))
		return -E_INVAL;
	if (!(region->flags & PROCESS_MAP_SHARED) || !(region->protection & PROT_WRITE))
		return -E_ACCES;
	if (!(region->flags & PROCESS_MAP_FILE))
		return zero(address, end);
	file = memory_file(task, region->tag);
	if (!file || !(region->tag & PROCESS_SHARED_WRITABLE))
		return -E_ACCES;
	status = fs_allocate(&task->fs, &(struct fs_allocate_request){ file->record,
		region->offset + (address - region->start), end - address, FS_ALLOCATE_PUNCH },
		&(struct fs_allocate_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long mark(struct task *task, uint64_t address, uint64_t end, uint32_t set, uint32_t clear)
{
	status_t status = process_mark(&task->process_session, &(struct process_mark_request){
		address, end - address, set, clear }, &(struct process_mark_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long do_not_fork(struct task *task,
			const struct process_region_reply *region __attribute__((unused)),
			uint64_t address, uint64_t end)
{
	return mark(task, address, end, PROCESS_MAP_DONT_FORK, 0);
}

static long do_fork(struct task *task,
		    const struct process_region_reply *region __attribute__((unused)),
		    uint64_t address, uint64_t end)
{
	return mark(task, address, end, 0, PROCESS_MAP_DONT_FORK);
}

static long wipe_on_fork(struct task *task, const struct process_region_reply *region,
			 uint64_t address, uint64_t end)
{
	if (region->flags & (PROCESS_MAP_SHARED | PROCESS_MAP_FILE))
		return -E_INVAL;
	return mark(task, address, end, PROCESS_MAP_WIPE_ON_FORK, 0);
}

static long keep_on_fork(struct task *task,
			 const struct process_region_reply *region __attribute__((unused)),
			 uint64_t address, uint64_t end)
{
	return mark(task, address, end, 0, PROCESS_MAP_WIPE_ON_FORK);
}

static long touch(uint64_t address, uint64_t end, int write)
{
	for (; address < end; address += PAGE_BYTES)
		if (access_touch(address, write))
			return -E_FAULT;
	return 0;
}

static long read_part(struct task *task __attribute__((unused)),
		      const struct process_region_reply *region, uint64_t address, uint64_t end)
{
	return region->protection ? touch(address, end, 0) : -E_INVAL;
}

static long write_part(struct task *task __attribute__((unused)),
		       const struct process_region_reply *region, uint64_t address, uint64_t end)
{
	return region->protection & PROT_WRITE ? touch(address, end, 1) : -E_INVAL;
}

/* What does something; the rest only advises, and is taken note of by doing nothing. */
static memory_part_t *const advice_part[MADV_LAST + 1] = {
	[MADV_DONTNEED] = drop_part, [MADV_FREE] = free_part, [MADV_REMOVE] = remove_part,
	[MADV_DONTFORK] = do_not_fork, [MADV_DOFORK] = do_fork,
	[MADV_WIPEONFORK] = wipe_on_fork, [MADV_KEEPONFORK] = keep_on_fork,
	[MADV_POPULATE_READ] = read_part, [MADV_POPULATE_WRITE] = write_part,
	[MADV_DONTNEED_LOCKED] = drop_locked_part,
};

/* Nobody looks for pages that are the same. */
static int is_advice(uint64_t advice)
{
	return advice <= MADV_LAST && (advice <= MADV_DONTNEED || advice >= MADV_FREE) &&
	       advice != MADV_MERGEABLE && advice != MADV_UNMERGEABLE;
}

long sys_madvise(struct task *task, long address, long bytes, long advice)
{
	uint64_t start = (uint64_t)address, end = start + PAGE_UP((uint64_t)bytes);

	if (!is_advice((uint64_t)advice) || start % PAGE_BYTES || end < start ||
	    (bytes && !PAGE_UP((uint64_t)bytes)))
		return -E_INVAL;
	if (start == end)
		return 0;
	if (end > PROGRAM_END)
		return -E_NOMEM;
	return memory_for_parts(task, start, end, advice_part[advice]);
}

/* ---- msync ---- */

/* What is stored in a shared mapping is in the file at once: only the disk may wait. */
static long sync_part(struct task *task, const struct process_region_reply *region,
		      uint64_t address __attribute__((unused)),
		      uint64_t end __attribute__((unused)))
{
	struct open_file *file = MEMORY_IS_SHARED_TAG(region->tag) ?
		memory_file(task, region->tag) : 0;

	return file ? disk_sync(task, file) : 0;
}

static long not_if_locked(struct task *task __attribute__((unused)),
			  const struct process_region_reply *region,
			  uint64_t address __attribute__((unused)),
			  uint64_t end __attribute__((unused)))
{
	return region->flags & PROCESS_MAP_LOCKED ? -E_BUSY : 0;
}

long sys_msync(struct task *task, long address, long bytes, long flags)
{
	uint64_t start = (uint64_t)address, end = start + PAGE_UP((uint64_t)bytes);
	long error = 0;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) || start % PAGE_BYTES ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -E_INVAL;
	if (end < start || end > PROGRAM_END)
		return -E_NOMEM;
	if (flags & MS_INVALIDATE)
		error = memory_for_parts(task, start, end, not_if_locked);
	if (error == -E_BUSY)
		return error;
	return memory_for_parts(task, start, end, flags & MS_SYNC ? sync_part : 0);
}

/* ---- mincore ---- */

/*
 * Anonymous memory is there once it was touched. A file's pages are in memory, or would be as soon
 * as they are touched: nothing is paged out.
 */
static void note_present(uint64_t *present, uint64_t base, uint64_t start, uint64_t end)
{
	for (; start < end; start += PAGE_BYTES)
		*present |= 1ull << (start - base) / PAGE_BYTES;
}

/* Of 64 pages, a bit each. */
static uint64_t present_pages(struct task *task, uint64_t address)
{
	struct process_present_reply there = { .end = address };
	struct process_region_reply region = { .end = address };
	uint64_t present = 0, end = address + 64 * PAGE_BYTES;

	while (there.end < end &&
	       process_present(&task->process_session, &(struct process_present_request){
			there.end, end }, &there, 0) == STATUS_OK)
		note_present(&present, address, there.start,
			     there.end < end ? there.end : end);
	while (region.end < end &&
	       process_region(&task->process_session, &(struct process_region_request){
			region.end, PROCESS_PAGE(task->page)->client }, &region, 0) == STATUS_OK) {
		if (region.flags & PROCESS_MAP_FILE)
			note_present(&present, address,
				     region.start > address ? region.start : address,
				     region.end < end ? region.end : end);
	}
	return present;
}

long sys_mincore(struct task *task, long address, long bytes, long vector)
{
	uint64_t start = (uint64_t)address, pages = PAGE_UP((uint64_t)bytes) / PAGE_BYTES, present;
	uint8_t answer[64];
	long error;

	if (start % PAGE_BYTES)
		return -E_INVAL;
	if (!memory_is_range(start, (uint64_t)bytes))
		return -E_NOMEM;
	if (program_range((uint64_t)vector, pages))
		return -E_FAULT;
	error = memory_for_parts(task, start, start + pages * PAGE_BYTES, 0);
	for (uint64_t done = 0; !error && done < pages; done += 64) {
		uint64_t step = pages - done < 64 ? pages - done : 64;

		present = present_pages(task, start + done * PAGE_BYTES);
		for (unsigned int i = 0; i < 64; i++)
			answer[i] = present >> i & 1;
		error = copy_to_program((uint64_t)vector + done, answer, step);
	}
	return error;
}
