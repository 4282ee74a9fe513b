/* SPDX-License-Identifier: MIT */
/*
 * Pages of file mappings. Process makes an upcall for the first touch of a page: a cluster around
 * it is read into fresh pages elsewhere, which process then moves to their place.
 */
#include "user/posix/file.h"
#include "user/posix/threads.h"

#define CLUSTER_BYTES  (16 * PAGE_BYTES)
/* Between what process gives out (below) and the stack (above): no program's. */
#define STAGING_ADDRESS 0x7d8000000000ull

#define ERROR_PRESENT  1u
#define ERROR_WRITE    2u
#define ERROR_FETCH    16u
#define SEGV_MAPERR    1
#define SEGV_ACCERR    2
#define BUS_ADRERR     2

/* Threads read at the same time, each at its own place. */
static uint64_t staging_address(const struct task *task)
{
	return STAGING_ADDRESS + task->number * CLUSTER_BYTES;
}

/* Fills `bytes` at the staging address from the file: how many there were, or -errno. */
static long staging_read(struct task *task, const struct open_file *file, uint64_t position,
			 uint64_t bytes)
{
	uint64_t done = 0;

	while (done < bytes) {
		struct fs_read_reply reply;
		status_t status = fs_read(&task->fs, &(struct fs_read_request){
			file->record, position + done, bytes - done }, &reply,
			LEND_OUT((void *)(staging_address(task) + done), bytes - done));

		if (status != STATUS_OK)
			return error_of_status(status);
		if (!reply.bytes)
			break;
		done += reply.bytes;
	}
	return (long)done;
}

/* The cluster around an address, as far as the region reaches. */
static uint64_t cluster_start(const struct process_region_reply *region, uint64_t address)
{
	uint64_t start = address & ~(CLUSTER_BYTES - 1);

	return start < region->start ? region->start : start;
}

static uint64_t cluster_end(const struct process_region_reply *region, uint64_t address)
{
	uint64_t end = (address & ~(CLUSTER_BYTES - 1)) + CLUSTER_BYTES;

	return end > region->end ? region->end : end;
}

/* Shared pages come from the fs, some at a time. -errno. */
static long map_shared(struct task *task, const struct process_region_reply *region,
		       const struct open_file *file, uint64_t address)
{
	uint64_t start = PAGE_DOWN(address), end = start + CLUSTER_BYTES;
	status_t status;

	end = end < region->end ? end : region->end;
	status = fs_map(&task->fs, &(struct fs_map_request){
		file->record, region->offset + (start - region->start), start, end - start,
		region->tag & PROCESS_SHARED_WRITABLE ? FS_MAP_WRITABLE : 0 },
		&(struct fs_map_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* What takes long: how many bytes of a private mapping have been read, 0 for a shared one, -errno. */
static long fetch(struct task *task, const struct process_region_reply *region,
		  const struct open_file *file, uint64_t address)
{
	uint64_t start = cluster_start(region, address);

	if (region->flags & PROCESS_MAP_SHARED)
		return map_shared(task, region, file, address);
	return staging_read(task, file, region->offset + (start - region->start),
			    cluster_end(region, address) - start);
}

/* What has been read comes to its place: 0, or SIGBUS if the file does not reach it. */
static int install(struct task *task, const struct process_region_reply *region, uint64_t address,
		   long done)
{
	uint64_t start = cluster_start(region, address);

	if (done < 0)
		return SIGBUS;
	if (region->flags & PROCESS_MAP_SHARED)
		return 0;
	if (start + (uint64_t)done <= PAGE_DOWN(address))
		return SIGBUS;
	return process_install(&task->process_session, &(struct process_install_request){
		staging_address(task), start, PAGE_UP((uint64_t)done) },
		&(struct process_install_reply){ }, 0) ? SIGBUS : 0;
}

/* The region there, or -ENOMEM. */
static long region_of(struct task *task, uint64_t address, struct process_region_reply *region)
{
	return process_region(&task->process_session, &(struct process_region_request){
		address, PROCESS_PAGE(task->page)->client }, region, 0) ||
		region->start > address ? -E_NOMEM : 0;
}

/* Another thread has mapped something else there meanwhile: who still wants it asks again. */
static int has_changed(struct task *task, const struct process_region_reply *region,
		       uint64_t address)
{
	struct process_region_reply now;

	return region_of(task, address, &now) || now.start != region->start ||
	       now.end != region->end || now.tag != region->tag || now.flags != region->flags ||
	       now.offset != region->offset || now.protection != region->protection;
}

/* 0 when the page is there. owns: the lock was taken for this, and may be let go. */
static int fill(struct task *task, const struct process_region_reply *region, uint64_t address,
		int owns)
{
	struct open_file *file = memory_file(task, region->tag);
	int paused;
	long done;

	if (!file)
		return SIGBUS;
	if (!(region->flags & PROCESS_MAP_SHARED) &&
	    memory_map(task, staging_address(task),
		       cluster_end(region, address) - cluster_start(region, address),
		       PROT_READ | PROT_WRITE, PROCESS_MAP_POPULATE, 0, 0))
		return SIGBUS;
	if (!owns)
		return install(task, region, address, fetch(task, region, file, address));
	paused = threads_pause(task, file);
	done = fetch(task, region, file, address);
	threads_resume(task, paused);
	return has_changed(task, region, address) ? 0 : install(task, region, address, done);
}

static int resolve(struct task *task, uint64_t address, uint32_t error, int *code, int owns)
{
	struct process_region_reply region;
	/* The processor lets what may be used at all be read. */
	uint32_t needed = error & ERROR_FETCH ? PROT_EXEC : error & ERROR_WRITE ? PROT_WRITE :
			  PROT_READ | PROT_WRITE | PROT_EXEC;

	*code = SEGV_MAPERR;
	if (region_of(task, address, &region))
		return SIGSEGV;
	*code = SEGV_ACCERR;
	if (!(region.flags & (PROCESS_MAP_FILE | PROCESS_MAP_SHARED)) || (error & ERROR_PRESENT) ||
	    !(region.protection & needed))
		return SIGSEGV;
	*code = BUS_ADRERR;
	/* Behind the end of shared memory that mremap has made longer. */
	if (!(region.flags & PROCESS_MAP_FILE))
		return SIGBUS;
	return fill(task, &region, address, owns);
}

int memory_fault(struct task *task, uint64_t address, uint32_t error, int *code)
{
	int owns = lock_ensure(task);
	int signal = resolve(task, address, error, code, owns);

	if (owns)
		lock_leave(task);
	return signal;
}
