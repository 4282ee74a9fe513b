/* SPDX-License-Identifier: MIT */
/* Pages of file mappings. Process makes an upcall for the first touch of one: the fs maps some. */
#include "user/posix/file.h"
#include "user/posix/threads.h"

#define CLUSTER_BYTES  (16 * PAGE_BYTES)
#define ERROR_PRESENT  1u
#define ERROR_WRITE    2u
#define ERROR_FETCH    16u
#define SEGV_MAPERR    1
#define SEGV_ACCERR    2
#define BUS_ADRERR     2

/* Its record at the fs. */
static uint64_t handle_of(const struct open_file *file)
{
	return file->kind == FILE_SEGMENT ? file->node : file->record;
}

/* Pages from the address on, as many as the fs can give: their number, or 0. */
static uint64_t map(struct task *task, const struct process_region_reply *region,
		    const struct open_file *file, uint64_t address, uint64_t end)
{
	uint64_t flags = !(region->flags & PROCESS_MAP_SHARED) ? FS_MAP_PRIVATE :
			 region->tag & PROCESS_SHARED_WRITABLE ? FS_MAP_WRITABLE : 0;
	struct fs_map_reply reply;
	status_t status = fs_map(&task->fs, &(struct fs_map_request){
		handle_of(file), region->offset + (address - region->start), address,
		end - address, flags }, &reply, 0);

	return status == STATUS_OK ? reply.pages : 0;
}

/*
 * 0 when the page is there: SIGBUS if the file does not reach it. Around it, what costs next to
 * nothing: pages of a private mapping, or what is stored into a shared one from there on.
 */
static int fill(struct task *task, const struct process_region_reply *region,
		const struct open_file *file, uint64_t address)
{
	uint64_t start = address & ~(CLUSTER_BYTES - 1), end = start + CLUSTER_BYTES;

	address = PAGE_DOWN(address);
	if (region->flags & PROCESS_MAP_SHARED) {
		start = address;
		end = start + CLUSTER_BYTES;
	}
	start = start < region->start ? region->start : start;
	end = end > region->end ? region->end : end;
	if (start + map(task, region, file, start, end) * PAGE_BYTES > address)
		return 0;
	return start < address && map(task, region, file, address, end) ? 0 : SIGBUS;
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

/* The lock was taken for this fault alone: the others may have it while the fs reads. */
static int fill_paused(struct task *task, const struct process_region_reply *region,
		       struct open_file *file, uint64_t address)
{
	int paused = threads_pause(task, file);
	int signal = fill(task, region, file, address);

	threads_resume(task, paused);
	return signal && has_changed(task, region, address) ? 0 : signal;
}

static int resolve(struct task *task, uint64_t address, uint32_t error, int *code, int owns)
{
	struct process_region_reply region;
	struct open_file *file;
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
	/* Behind the end of shared memory that mremap has made longer there is no file. */
	file = region.flags & PROCESS_MAP_FILE ? memory_file(task, region.tag) : 0;
	if (!file)
		return SIGBUS;
	return owns ? fill_paused(task, &region, file, address) :
		      fill(task, &region, file, address);
}

int memory_fault(struct task *task, uint64_t address, uint32_t error, int *code)
{
	int owns = lock_ensure(task);
	int signal = resolve(task, address, error, code, owns);

	if (owns)
		lock_leave(task);
	return signal;
}
