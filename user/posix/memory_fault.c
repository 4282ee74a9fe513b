/* SPDX-License-Identifier: MIT */
/*
 * Pages of file mappings. Process makes an upcall for the first touch of a page: a cluster around
 * it is read into fresh pages elsewhere, which process then moves to their place.
 */
#include "user/posix/file.h"

#define CLUSTER_BYTES  (16 * PAGE_BYTES)
/* Between what process gives out (below) and the stack (above): no program's. */
#define STAGING_ADDRESS 0x7d8000000000ull

#define ERROR_PRESENT  1u
#define ERROR_WRITE    2u
#define ERROR_FETCH    16u
#define SEGV_MAPERR    1
#define SEGV_ACCERR    2
#define BUS_ADRERR     2

/* Fills `bytes` at the staging address from the file: how many there were, or -errno. */
static long staging_read(struct task *task, const struct open_file *file, uint64_t position,
			 uint64_t bytes)
{
	uint64_t done = 0;

	while (done < bytes) {
		struct fs_read_reply reply;
		status_t status = fs_read(&task->fs, &(struct fs_read_request){
			file->record, position + done, bytes - done }, &reply,
			LEND_OUT((void *)(STAGING_ADDRESS + done), bytes - done));

		if (status != STATUS_OK)
			return error_of_status(status);
		if (!reply.bytes)
			break;
		done += reply.bytes;
	}
	return (long)done;
}

/* Shared pages come from the fs, some at a time. */
static int map_shared(struct task *task, const struct process_region_reply *region,
		      const struct open_file *file, uint64_t address)
{
	uint64_t end = address + CLUSTER_BYTES;

	end = end < region->end ? end : region->end;
	return fs_map(&task->fs, &(struct fs_map_request){
		file->record, region->offset + (address - region->start), address, end - address,
		region->tag & PROCESS_SHARED_WRITABLE ? FS_MAP_WRITABLE : 0 },
		&(struct fs_map_reply){ }, 0) ? SIGBUS : 0;
}

/* 0 when the page is there: SIGBUS if the file does not reach it. */
static int fill(struct task *task, const struct process_region_reply *region, uint64_t address)
{
	uint64_t start = address & ~(CLUSTER_BYTES - 1), end = start + CLUSTER_BYTES, bytes;
	const struct open_file *file = memory_file(task, region->tag);
	long done;

	if (!file)
		return SIGBUS;
	if (region->flags & PROCESS_MAP_SHARED)
		return map_shared(task, region, file, PAGE_DOWN(address));

	start = start < region->start ? region->start : start;
	end = end > region->end ? region->end : end;
	if (memory_map(task, STAGING_ADDRESS, end - start, PROT_READ | PROT_WRITE,
		       PROCESS_MAP_POPULATE, 0, 0))
		return SIGBUS;
	done = staging_read(task, file, region->offset + (start - region->start), end - start);
	if (done < 0 || start + (uint64_t)done <= PAGE_DOWN(address))
		return SIGBUS;
	bytes = PAGE_UP((uint64_t)done);
	return process_install(&task->process_session, &(struct process_install_request){
		STAGING_ADDRESS, start, bytes },
		&(struct process_install_reply){ }, 0) ? SIGBUS : 0;
}

int memory_fault(struct task *task, uint64_t address, uint32_t error, int *code)
{
	struct process_region_reply region;
	/* The processor lets what may be used at all be read. */
	uint32_t needed = error & ERROR_FETCH ? PROT_EXEC : error & ERROR_WRITE ? PROT_WRITE :
			  PROT_READ | PROT_WRITE | PROT_EXEC;

	*code = SEGV_MAPERR;
	if (process_region(&task->process_session, &(struct process_region_request){
			address, PROCESS_PAGE(task->page)->client }, &region, 0) ||
	    region.start > address)
		return SIGSEGV;
	*code = SEGV_ACCERR;
	if (!(region.flags & (PROCESS_MAP_FILE | PROCESS_MAP_SHARED)) || (error & ERROR_PRESENT) ||
	    !(region.protection & needed))
		return SIGSEGV;
	*code = BUS_ADRERR;
	/* Behind the end of shared memory that mremap has made longer. */
	if (!(region.flags & PROCESS_MAP_FILE))
		return SIGBUS;
	return fill(task, &region, address);
}
