/* SPDX-License-Identifier: MIT */
/* madvise, msync, mlock, mincore: what is said about memory that is mapped already. */
#include "user/posix/dispatch.h"
#include "user/posix/file.h"

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4
/* madvise(2): everything that only advises is taken note of by doing nothing. */
#define MADV_DONTNEED 4
#define MADV_FREE     8
#define MADV_REMOVE   9
#define MADV_DOFORK   11
#define MADV_MERGEABLE 12
#define MADV_LAST     25
#define MCL_ALL       7
#define MLOCK_ONFAULT 1

/* What is to be done with the part of a region from address to end. */
typedef long part_t(struct task *task, const struct process_region_reply *region, uint64_t address,
		    uint64_t end);

/*
 * For all parts of regions there. Holes are left out, and make -ENOMEM of a success, as on Linux.
 */
static long for_parts(struct task *task, uint64_t address, uint64_t end, part_t *part)
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

/* Private pages are dropped by mapping the region afresh: zeros, or the file's contents. */
static long drop_part(struct task *task, const struct process_region_reply *region,
		      uint64_t address, uint64_t end)
{
	if (region->flags & PROCESS_MAP_SHARED)
		return 0;
	return memory_map(task, address, end - address, region->protection,
			  region->flags & PROCESS_MAP_GROWS_DOWN,
			  region->flags & PROCESS_MAP_FILE ? (struct open_file *)region->tag : 0,
			  region->offset + (address - region->start));
}

long sys_madvise(struct task *task, long address, long bytes, long advice)
{
	uint64_t end = (uint64_t)address + PAGE_UP((uint64_t)bytes);

	if (!memory_is_range((uint64_t)address, (uint64_t)bytes) || (uint64_t)advice > MADV_LAST ||
	    (advice > MADV_DONTNEED && advice < MADV_FREE))
		return -E_INVAL;
	if (advice == MADV_REMOVE)
		return -E_OPNOTSUPP;
	return for_parts(task, (uint64_t)address, end, advice == MADV_DONTNEED ||
			 advice == MADV_FREE ? drop_part : 0);
}

static long sync_part(struct task *task, const struct process_region_reply *region,
		      uint64_t address __attribute__((unused)), uint64_t end __attribute__((unused)))
{
	struct open_file *file = MEMORY_IS_SHARED_TAG(region->tag) ?
		memory_file(task, region->tag) : 0;

	return file ? disk_sync(task, file) : 0;
}

/* What is stored in a shared mapping is in the file at once: only the disk may wait. */
long sys_msync(struct task *task, long address, long bytes, long flags)
{
	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) || address % (long)PAGE_BYTES ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -E_INVAL;
	if (!memory_is_range((uint64_t)address, (uint64_t)bytes))
		return -E_NOMEM;
	return for_parts(task, (uint64_t)address, (uint64_t)address + PAGE_UP((uint64_t)bytes),
			 flags & MS_SYNC ? sync_part : 0);
}

/* ---- mlock: memory is never paged out, it only has to be there ---- */

static long lock_part(struct task *task, const struct process_region_reply *region,
		      uint64_t address, uint64_t end)
{
	if (!(region->flags & PROCESS_MAP_FILE))
		return memory_populate(task, address, end - address) ? -E_NOMEM : 0;
	for (; address < end && region->protection; address += PAGE_BYTES)
		if (access_touch(address, 0))
			return -E_NOMEM;
	return 0;
}

static long lock_range(struct task *task, long address, long bytes, part_t *part)
{
	uint64_t start = PAGE_DOWN((uint64_t)address), end = PAGE_UP((uint64_t)(address + bytes));

	if (end < start)
		return -E_INVAL;
	if (!memory_is_range(start, end - start))
		return -E_NOMEM;
	return for_parts(task, start, end, part);
}

long sys_mlock(struct task *task, long address, long bytes)
{
	return lock_range(task, address, bytes, lock_part);
}

long sys_mlock2(struct task *task, long address, long bytes, long flags)
{
	if (flags & ~(long)MLOCK_ONFAULT)
		return -E_INVAL;
	return lock_range(task, address, bytes, flags ? 0 : lock_part);
}

long sys_munlock(struct task *task, long address, long bytes)
{
	return lock_range(task, address, bytes, 0);
}

long sys_mlockall(struct task *task, long flags)
{
	(void)task;
	return !flags || flags & ~(long)MCL_ALL || flags == 4 ? -E_INVAL : 0;
}

long sys_munlockall(struct task *task)
{
	(void)task;
	return 0;
}

/* ---- mincore ---- */

/* What is mapped is in memory, or would be as soon as it is touched. */
long sys_mincore(struct task *task, long address, long bytes, long vector)
{
	static const uint8_t ones[64] = { [0 ... 63] = 1 };
	uint64_t pages = PAGE_UP((uint64_t)bytes) / PAGE_BYTES, step;
	long error;

	if (address % (long)PAGE_BYTES)
		return -E_INVAL;
	if (!memory_is_range((uint64_t)address, (uint64_t)bytes))
		return -E_NOMEM;
	error = for_parts(task, (uint64_t)address, (uint64_t)address + pages * PAGE_BYTES, 0);
	for (uint64_t done = 0; !error && done < pages; done += step) {
		step = pages - done < sizeof(ones) ? pages - done : sizeof(ones);
		error = copy_to_program((uint64_t)vector + done, ones, step);
	}
	return error;
}
