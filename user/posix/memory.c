/* SPDX-License-Identifier: MIT */
/* mmap and its relatives: requests to process; files that are mapped are held here. */
#include "user/posix/ipc.h"

#define PROT_ALL    (PROT_READ | PROT_WRITE | PROT_EXEC)

static long result_of(status_t status)
{
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long memory_map(struct task *task, uint64_t address, uint64_t bytes, uint32_t protection,
		uint32_t flags, struct open_file *file, uint64_t offset)
{
	struct process_map_reply reply;

	return result_of(process_map(&task->process_session, &(struct process_map_request){
		.address = address, .bytes = bytes, .protection = protection,
		.flags = flags | PROCESS_MAP_FIXED | (file ? PROCESS_MAP_FILE : 0),
		.tag = (uint64_t)file, .offset = offset }, &reply, 0));
}

long memory_unmap(struct task *task, uint64_t address, uint64_t bytes)
{
	return result_of(process_unmap(&task->process_session, &(struct process_unmap_request){
		address, bytes }, &(struct process_unmap_reply){ }, 0));
}

long memory_populate(struct task *task, uint64_t address, uint64_t bytes)
{
	struct process_populate_reply reply;

	for (uint64_t done = 0; done < bytes; done += reply.bytes) {
		status_t status = process_populate(&task->process_session,
			&(struct process_populate_request){ address + done, bytes - done },
			&reply, 0);

		if (status != STATUS_OK)
			return error_of_status(status);
	}
	return 0;
}

int memory_is_mapped(struct task *task, uint64_t tag, uint64_t address, uint64_t end)
{
	struct process_region_reply region;

	while (!process_region(&task->process_session, &(struct process_region_request){
			address, PROCESS_PAGE(task->page)->client }, &region, 0)) {
		if (region.start >= end)
			return 0;
		if ((region.flags & PROCESS_MAP_FILE) && region.tag == tag)
			return 1;
		address = region.end;
	}
	return 0;
}

void memory_let_go(struct task *task, struct mapped_file *row)
{
	task->process->memory.attachments -= row->address != 0;
	file_put(task, row->file);
	*row = (struct mapped_file){ 0 };
}

/* Rows are given back only when all are in use: munmap need not know what it has unmapped. */
struct mapped_file *memory_row(struct task *task)
{
	struct mapped_file *row = task->process->memory.mapped;

	for (int i = 0; i < MEMORY_FILES; i++)
		if (!row[i].file)
			return &row[i];
	for (int i = 0; i < MEMORY_FILES; i++) {
		if (memory_is_mapped(task, row[i].tag, 0, PROGRAM_END))
			continue;
		memory_let_go(task, &row[i]);
		return &row[i];
	}
	return 0;
}

static long hold(struct task *task, struct open_file *file, uint64_t tag)
{
	struct mapped_file *row = task->process->memory.mapped;

	for (int i = 0; i < MEMORY_FILES; i++)
		if (row[i].file && row[i].tag == tag)
			return 0;
	row = memory_row(task);
	if (!row)
		return -E_NOMEM;
	*row = (struct mapped_file){ file, tag, 0 };
	file->references++;
	return 0;
}

long memory_hold(struct task *task, struct open_file *file)
{
	return hold(task, file, (uint64_t)file);
}

struct open_file *memory_file(struct task *task, uint64_t tag)
{
	const struct mapped_file *row = task->process->memory.mapped;

	for (int i = 0; i < MEMORY_FILES; i++) {
		if (row[i].file && row[i].tag == tag)
			return row[i].file;
	}
	return 0;
}

void memory_forget(struct task *task)
{
	struct mapped_file *row = task->process->memory.mapped;

	for (int i = 0; i < MEMORY_FILES; i++)
		if (row[i].file)
			memory_let_go(task, &row[i]);
	task->process->memory.future_flags = 0;
	task->process->memory.barriers = 0;
}

/*
 * What a file mapping needs of its file: 0 or -errno. A device of zeros is anonymous memory:
 * *file is 0. *tag: what goes with the region.
 */
static long check_file(struct task *task, long descriptor, uint32_t protection, uint32_t flags,
		       struct open_file **file, uint64_t *tag)
{
	int shared = (flags & MAP_TYPE) != MAP_PRIVATE;
	struct fs_status status;
	unsigned int access;
	long result;

	*file = file_of(task, descriptor);
	if (!*file)
		return -E_BADF;
	access = (*file)->flags & LINUX_O_ACCMODE;
	if ((*file)->flags & LINUX_O_PATH)
		return -E_BADF;
	if (access == LINUX_O_WRONLY)
		return -E_ACCES;
	if (shared && (protection & PROT_WRITE) && access != LINUX_O_RDWR)
		return -E_ACCES;
	if (file_is_zero_device(*file)) {
		*file = 0;
		return 0;
	}
	if ((*file)->kind != FILE_DISK)
		return -E_NODEV;
	result = file_get_status(task, *file, &status);
	if (result)
		return result;
	if ((status.mode & FS_TYPE_MASK) != FS_REGULAR)
		return -E_NODEV;
	/* A sealed file of memory is not for stores. */
	if (shared && protection & PROT_WRITE && status.volume == FS_VOLUME_MEMORY &&
	    file_seals(task, *file) & FILE_SEALS_WRITE)
		return -E_PERM;
	*tag = shared ? PROCESS_SHARED_TAG(FS_SHARED_FILE(status.volume, status.inode),
					   access == LINUX_O_RDWR) : (uint64_t)*file;
	return hold(task, *file, *tag);
}

static uint32_t process_flags(uint32_t flags)
{
	uint32_t result = 0;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		result |= PROCESS_MAP_FIXED;
	if (flags & MAP_FIXED_NOREPLACE)
		result |= PROCESS_MAP_NO_REPLACE;
	if (flags & MAP_GROWSDOWN)
		result |= PROCESS_MAP_GROWS_DOWN;
	if (flags & MAP_NORESERVE)
		result |= PROCESS_MAP_NO_RESERVE;
	if (flags & MAP_32BIT)
		result |= PROCESS_MAP_LOW;
	if (flags & MAP_LOCKED)
		result |= PROCESS_MAP_LOCKED | PROCESS_MAP_POPULATE;
	if (flags & MAP_POPULATE)
		result |= PROCESS_MAP_POPULATE;
	if ((flags & MAP_TYPE) != MAP_PRIVATE)
		result |= PROCESS_MAP_SHARED;
	return result;
}

/* What the type of a mapping allows: 0 or -errno. */
static long check_type(uint32_t flags)
{
	uint32_t type = flags & MAP_TYPE;

	if (type == MAP_SHARED_VALIDATE && !(flags & MAP_ANONYMOUS))
		return flags & ~MAP_VALID ? -E_OPNOTSUPP : 0;
	if (type != MAP_SHARED && type != MAP_PRIVATE)
		return -E_INVAL;
	/* Only memory of a process's own grows by itself. */
	return flags & MAP_GROWSDOWN && (type == MAP_SHARED || !(flags & MAP_ANONYMOUS)) ?
		-E_INVAL : 0;
}

/* Arguments of mmap that no kernel could accept: 0 or -errno. */
static long check_mmap(uint64_t address, uint64_t bytes, uint32_t flags, uint64_t offset)
{
	if (!bytes)
		return -E_INVAL;
	/* There are no large pages. */
	if (flags & MAP_HUGETLB || bytes > PROGRAM_END)
		return -E_NOMEM;
	if (offset + PAGE_UP(bytes) < offset)
		return -E_OVERFLOW;
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return check_type(flags);
	if (address % PAGE_BYTES)
		return -E_INVAL;
	if (address > PROGRAM_END - PAGE_UP(bytes))
		return -E_NOMEM;
	return address < PROGRAM_START ? -E_PERM : check_type(flags);
}

/* The rest of what is to be there at once: shared memory is there as a whole, or not at all. */
static long finish_map(struct task *task, const struct process_map_reply *map, uint64_t bytes,
		       uint32_t flags)
{
	if (memory_populate(task, map->address + map->present, bytes - map->present) &&
	    (flags & MAP_TYPE) != MAP_PRIVATE) {
		(void)!memory_unmap(task, map->address, bytes);
		return -E_NOMEM;
	}
	return (long)map->address;
}

static long map(struct task *task, struct process_map_request *request, uint64_t bytes,
		uint32_t flags)
{
	struct process_map_reply reply;
	status_t status;
	long result = 0;

	request->bytes = PAGE_UP(bytes);
	request->address = PAGE_DOWN(request->address);
	request->flags |= process_flags(flags) | task->process->memory.future_flags;
	if (request->flags & PROCESS_MAP_LOCKED) {
		long error = memory_may_lock(task, request->bytes);

		if (error)
			return error;
	}
	status = process_map(&task->process_session, request, &reply, 0);
	if (status == STATUS_OK)
		result = finish_map(task, &reply, request->bytes, flags);
	if (request->flags & PROCESS_MAP_FIXED)
		segments_prune(task);
	if (status != STATUS_OK || result < 0)
		return status == STATUS_OK ? result : error_of_status(status);
	/* As much of it as there is. */
	if (request->flags & PROCESS_MAP_FILE && request->flags & PROCESS_MAP_POPULATE)
		(void)!memory_for_parts(task, reply.address, reply.address + request->bytes,
					memory_read_in);
	return (long)reply.address;
}

long sys_mmap(struct task *task, long address, long bytes, long protection, long flags,
	      long descriptor, long offset)
{
	struct open_file *file = 0;
	struct process_map_request request = { .address = (uint64_t)address,
					       .protection = protection & PROT_ALL };
	long result = offset % (long)PAGE_BYTES ? -E_INVAL : 0;

	if (!result && !(flags & MAP_ANONYMOUS) && !file_of(task, descriptor))
		result = -E_BADF;
	if (!result)
		result = check_mmap((uint64_t)address, (uint64_t)bytes, (uint32_t)flags,
				    (uint64_t)offset);
	if (!result && !(flags & MAP_ANONYMOUS))
		result = check_file(task, descriptor, (uint32_t)protection, (uint32_t)flags, &file,
				    &request.tag);
	if (result)
		return result;
	if (file) {
		request.flags = PROCESS_MAP_FILE;
		request.offset = (uint64_t)offset;
	}
	return map(task, &request, (uint64_t)bytes, (uint32_t)flags);
}

long sys_munmap(struct task *task, long address, long bytes)
{
	long result;

	if (!bytes || !memory_is_range((uint64_t)address, (uint64_t)bytes))
		return -E_INVAL;
	result = memory_unmap(task, (uint64_t)address, PAGE_UP((uint64_t)bytes));
	segments_prune(task);
	return result;
}

long sys_brk(struct task *task, long new_end)
{
	struct memory *memory = &task->process->memory;
	uint64_t end = (uint64_t)new_end, now = PAGE_UP(memory->brk_end);

	if (end < memory->brk_start || end > PROGRAM_END)
		return (long)memory->brk_end;
	if (PAGE_UP(end) > now &&
	    memory_map(task, now, PAGE_UP(end) - now, PROT_READ | PROT_WRITE,
		       PROCESS_MAP_NO_REPLACE | memory->future_flags, 0, 0))
		return (long)memory->brk_end;
	if (PAGE_UP(end) < now && memory_unmap(task, PAGE_UP(end), now - PAGE_UP(end)))
		return (long)memory->brk_end;
	memory->brk_end = end;
	return new_end;
}
