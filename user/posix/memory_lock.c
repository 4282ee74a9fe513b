/* SPDX-License-Identifier: MIT */
/*
 * mlock and relatives. Memory is never paged out: it only has to be there, and what is locked
 * counts against RLIMIT_MEMLOCK.
 */
#include "user/posix/dispatch.h"

#define MCL_CURRENT   1
#define MCL_FUTURE    2
#define MCL_ONFAULT   4
#define MLOCK_ONFAULT 1
#define RLIMIT_MEMLOCK 8

uint64_t memory_locked(struct task *task, uint64_t address, uint64_t end)
{
	struct process_region_reply region;
	uint64_t sum = 0;

	while (address < end &&
	       !process_region(&task->process_session, &(struct process_region_request){
			address, PROCESS_PAGE(task->page)->client }, &region, 0)) {
		uint64_t from = region.start > address ? region.start : address;
		uint64_t to = region.end < end ? region.end : end;

		if (region.flags & PROCESS_MAP_LOCKED && from < to)
			sum += to - from;
		address = region.end;
	}
	return sum;
}

/* How many bytes more are allowed: 0 or -EPERM. */
static long limit_left(struct task *task, uint64_t *left)
{
	struct process_limit_reply limit;
	uint64_t used;

	*left = ~0ull;
	if (!task->process->credentials.user.effective ||
	    process_limit(&task->process_session, &(struct process_limit_request){
			.resource = RLIMIT_MEMLOCK }, &limit, 0) ||
	    limit.soft == PROCESS_LIMIT_NONE)
		return 0;
	if (!limit.soft)
		return -E_PERM;
	used = memory_locked(task, PROGRAM_START, PROGRAM_END);
	*left = used < limit.soft ? limit.soft - used : 0;
	return 0;
}

long memory_may_lock(struct task *task, uint64_t bytes)
{
	uint64_t left;
	long error = limit_left(task, &left);

	return error ? error : bytes > left ? -E_AGAIN : 0;
}

long memory_read_in(struct task *task, const struct process_region_reply *region,
		    uint64_t address, uint64_t end)
{
	if (!region->protection)
		return -E_NOMEM;
	if (!(region->flags & PROCESS_MAP_FILE))
		return memory_populate(task, address, end - address) ? -E_NOMEM : 0;
	for (; address < end; address += PAGE_BYTES)
		if (access_touch(address, 0))
			return -E_NOMEM;
	return 0;
}

static long mark(struct task *task, uint64_t start, uint64_t end, uint32_t set)
{
	status_t status = process_mark(&task->process_session, &(struct process_mark_request){
		start, end - start, set, PROCESS_MAP_LOCKED },
		&(struct process_mark_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* 0, or the whole pages of a range. -EINVAL: it wraps; -ENOMEM: nothing of it can be mapped. */
static long whole_pages(long address, long bytes, uint64_t *start, uint64_t *end)
{
	*start = PAGE_DOWN((uint64_t)address);
	*end = *start + PAGE_UP((uint64_t)bytes + ((uint64_t)address - *start));
	if (*end < *start)
		return -E_INVAL;
	return *end > *start && (*start < PROGRAM_START || *end > PROGRAM_END) ? -E_NOMEM : 0;
}

static long lock_range(struct task *task, long address, long bytes, memory_part_t *part)
{
	uint64_t start, end, left;
	long error = limit_left(task, &left);

	if (!error)
		error = whole_pages(address, bytes, &start, &end);
	if (error || start == end)
		return error;
	if (left != ~0ull && end - start - memory_locked(task, start, end) > left)
		return -E_NOMEM;
	error = mark(task, start, end, PROCESS_MAP_LOCKED);
	return error ? error : memory_for_parts(task, start, end, part);
}

long sys_mlock(struct task *task, long address, long bytes)
{
	return lock_range(task, address, bytes, memory_read_in);
}

long sys_mlock2(struct task *task, long address, long bytes, long flags)
{
	if (flags & ~(long)MLOCK_ONFAULT)
		return -E_INVAL;
	return lock_range(task, address, bytes, flags ? 0 : memory_read_in);
}

long sys_munlock(struct task *task, long address, long bytes)
{
	uint64_t start, end;
	long error = whole_pages(address, bytes, &start, &end);

	if (error || start == end)
		return error;
	error = mark(task, start, end, 0);
	return error ? error : memory_for_parts(task, start, end, 0);
}

static long all_mapped(struct task *task, const struct process_region_reply *region,
		       uint64_t address, uint64_t end)
{
	/* What cannot be there is left out. */
	(void)!memory_read_in(task, region, address, end);
	return 0;
}

static uint64_t mapped_bytes(struct task *task)
{
	struct process_region_reply region;
	uint64_t sum = 0, address = PROGRAM_START;

	while (!process_region(&task->process_session, &(struct process_region_request){
			address, PROCESS_PAGE(task->page)->client }, &region, 0)) {
		if (!(region.flags & PROCESS_MAP_LOCKED))
			sum += region.end - region.start;
		address = region.end;
	}
	return sum;
}

long sys_mlockall(struct task *task, long flags)
{
	uint32_t *future = &task->process->memory.future_flags;
	uint64_t left;
	long error;

	if (!flags || flags & ~(long)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ||
	    flags == MCL_ONFAULT)
		return -E_INVAL;
	error = limit_left(task, &left);
	if (error)
		return error;
	if (flags & MCL_CURRENT && left != ~0ull && mapped_bytes(task) > left)
		return -E_NOMEM;
	*future = !(flags & MCL_FUTURE) ? 0 : flags & MCL_ONFAULT ? PROCESS_MAP_LOCKED :
		  PROCESS_MAP_LOCKED | PROCESS_MAP_POPULATE;
	if (!(flags & MCL_CURRENT))
		return 0;
	error = mark(task, PROGRAM_START, PROGRAM_END, PROCESS_MAP_LOCKED);
	if (!error && !(flags & MCL_ONFAULT))
		(void)!memory_for_parts(task, PROGRAM_START, PROGRAM_END, all_mapped);
	return error;
}

long sys_munlockall(struct task *task)
{
	task->process->memory.future_flags = 0;
	return mark(task, PROGRAM_START, PROGRAM_END, 0);
}
