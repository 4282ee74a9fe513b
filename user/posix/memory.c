/* SPDX-License-Identifier: MIT */
/* mmap and its relatives: requests to process; files that are mapped are held here. */
#include "user/posix/file.h"

#define REMAP_FLAGS (PROCESS_REMAP_MAYMOVE | PROCESS_REMAP_FIXED)
#define PROT_ALL    (PROT_READ | PROT_WRITE | PROT_EXEC)
#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4
/* madvise(2): everything that only advises is taken note of by doing nothing. */
#define MADV_DONTNEED 4
#define MADV_FREE     8
#define MADV_LAST     25

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

/* Is any region still of that file? */
static int is_mapped(struct task *task, const struct open_file *file)
{
	struct process_region_reply region;
	uint64_t address = 0;

	while (!process_region(&task->process_session, &(struct process_region_request){
			address, PROCESS_PAGE(task->page)->client }, &region, 0)) {
		if ((region.flags & PROCESS_MAP_FILE) && region.tag == (uint64_t)file)
			return 1;
		address = region.end;
	}
	return 0;
}

/* Rows are given back only when all are in use: munmap need not know what it has unmapped. */
long memory_hold(struct task *task, struct open_file *file)
{
	struct open_file **row = task->process->memory.file, **free_row = 0;

	for (int i = 0; i < MEMORY_FILES; i++) {
		if (row[i] == file)
			return 0;
		if (!row[i])
			free_row = &row[i];
	}
	for (int i = 0; !free_row && i < MEMORY_FILES; i++) {
		if (is_mapped(task, row[i]))
			continue;
		file_put(task, row[i]);
		free_row = &row[i];
	}
	if (!free_row)
		return -E_NOMEM;
	*free_row = file;
	file->references++;
	return 0;
}

void memory_forget(struct task *task)
{
	struct open_file **row = task->process->memory.file;

	for (int i = 0; i < MEMORY_FILES; i++) {
		if (row[i])
			file_put(task, row[i]);
		row[i] = 0;
	}
}

/* What a file mapping needs of its file: 0 or -errno. A device of zeros is anonymous memory: *file = 0. */
static long check_file(struct task *task, long descriptor, uint32_t protection, uint32_t flags,
		       struct open_file **file)
{
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
	if ((flags & MAP_TYPE) != MAP_PRIVATE && (protection & PROT_WRITE))
		return access == LINUX_O_RDWR ? -E_NODEV : -E_ACCES;
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
	return memory_hold(task, *file);
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
	return result;
}

/* Arguments of mmap that no kernel could accept: 0 or -errno. */
static long check_mmap(uint64_t address, uint64_t bytes, uint32_t flags, uint64_t offset)
{
	uint32_t type = flags & MAP_TYPE;

	if (!bytes || offset % PAGE_BYTES)
		return -E_INVAL;
	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return -E_INVAL;
	if (bytes > PROGRAM_END || offset + PAGE_UP(bytes) < offset)
		return -E_NOMEM;
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return 0;
	if (address % PAGE_BYTES)
		return -E_INVAL;
	if (address > PROGRAM_END - PAGE_UP(bytes))
		return -E_NOMEM;
	return address < PROGRAM_START ? -E_PERM : 0;
}

long sys_mmap(struct task *task, long address, long bytes, long protection, long flags,
	      long descriptor, long offset)
{
	struct open_file *file = 0;
	struct process_map_request request = { 0 };
	struct process_map_reply reply;
	status_t status;
	long result = check_mmap((uint64_t)address, (uint64_t)bytes, (uint32_t)flags,
				 (uint64_t)offset);

	if (!result && !(flags & MAP_ANONYMOUS))
		result = check_file(task, descriptor, (uint32_t)protection, (uint32_t)flags, &file);
	if (result)
		return result;
	request.address = PAGE_DOWN((uint64_t)address);
	request.bytes = PAGE_UP((uint64_t)bytes);
	request.protection = protection & PROT_ALL;
	request.flags = process_flags((uint32_t)flags);
	if (file) {
		request.flags |= PROCESS_MAP_FILE;
		request.tag = (uint64_t)file;
		request.offset = (uint64_t)offset;
	} else if ((flags & MAP_TYPE) != MAP_PRIVATE) {
		request.flags |= PROCESS_MAP_SHARED;
	}
	if (!file && (flags & MAP_POPULATE))
		request.flags |= PROCESS_MAP_POPULATE;
	status = process_map(&task->process_session, &request, &reply, 0);
	return status == STATUS_OK ? (long)reply.address : error_of_status(status);
}

/* A range of whole pages of the program; bytes are rounded up. */
static int is_range(uint64_t address, uint64_t bytes)
{
	return address % PAGE_BYTES == 0 && bytes <= PROGRAM_END && address <= PROGRAM_END - bytes;
}

long sys_munmap(struct task *task, long address, long bytes)
{
	if (!bytes || !is_range((uint64_t)address, (uint64_t)bytes))
		return -E_INVAL;
	return memory_unmap(task, (uint64_t)address, PAGE_UP((uint64_t)bytes));
}

long sys_mprotect(struct task *task, long address, long bytes, long protection)
{
	if (address % (long)PAGE_BYTES || (protection & ~(long)PROT_ALL))
		return -E_INVAL;
	if (!is_range((uint64_t)address, (uint64_t)bytes))
		return -E_NOMEM;
	if (!bytes)
		return 0;
	return result_of(process_protect(&task->process_session, &(struct process_protect_request){
		(uint64_t)address, PAGE_UP((uint64_t)bytes), (uint32_t)protection, 0 },
		&(struct process_protect_reply){ }, 0));
}

long sys_mremap(struct task *task, long address, long old_bytes, long new_bytes, long flags,
		long new_address)
{
	struct process_remap_reply reply;
	status_t status;

	if ((flags & ~(long)REMAP_FLAGS) || !new_bytes ||
	    ((flags & PROCESS_REMAP_FIXED) && !(flags & PROCESS_REMAP_MAYMOVE)))
		return -E_INVAL;
	if (!is_range((uint64_t)address, (uint64_t)old_bytes) || (uint64_t)new_bytes > PROGRAM_END)
		return -E_INVAL;
	if ((flags & PROCESS_REMAP_FIXED) && !is_range((uint64_t)new_address, (uint64_t)new_bytes))
		return -E_INVAL;
	status = process_remap(&task->process_session, &(struct process_remap_request){
		(uint64_t)address, PAGE_UP((uint64_t)old_bytes), PAGE_UP((uint64_t)new_bytes),
		(uint64_t)new_address, (uint64_t)flags }, &reply, 0);
	return status == STATUS_OK ? (long)reply.address : error_of_status(status);
}

long sys_brk(struct task *task, long new_end)
{
	struct memory *memory = &task->process->memory;
	uint64_t end = (uint64_t)new_end, now = PAGE_UP(memory->brk_end);

	if (end < memory->brk_start || end > PROGRAM_END)
		return (long)memory->brk_end;
	if (PAGE_UP(end) > now &&
	    memory_map(task, now, PAGE_UP(end) - now, PROT_READ | PROT_WRITE,
		       PROCESS_MAP_NO_REPLACE, 0, 0))
		return (long)memory->brk_end;
	if (PAGE_UP(end) < now && memory_unmap(task, PAGE_UP(end), now - PAGE_UP(end)))
		return (long)memory->brk_end;
	memory->brk_end = end;
	return new_end;
}

/* Private pages are dropped by mapping the region afresh: zeros, or the file's contents. */
static long drop_pages(struct task *task, uint64_t address, uint64_t end)
{
	struct process_region_reply region;
	long result = 0;

	while (!result && address < end) {
		if (process_region(&task->process_session, &(struct process_region_request){
				address, PROCESS_PAGE(task->page)->client }, &region, 0))
			return -E_NOMEM;
		if (region.start > address)
			return -E_NOMEM;
		if (region.end > end)
			region.end = end;
		if (!(region.flags & PROCESS_MAP_SHARED))
			result = memory_map(task, address, region.end - address, region.protection,
				region.flags & PROCESS_MAP_GROWS_DOWN,
				region.flags & PROCESS_MAP_FILE ? (struct open_file *)region.tag : 0,
				region.offset + (address - region.start));
		address = region.end;
	}
	return result;
}

long sys_madvise(struct task *task, long address, long bytes, long advice)
{
	uint64_t end = (uint64_t)address + PAGE_UP((uint64_t)bytes);

	if (!is_range((uint64_t)address, (uint64_t)bytes) || (uint64_t)advice > MADV_LAST)
		return -E_INVAL;
	if (advice == MADV_DONTNEED || advice == MADV_FREE)
		return drop_pages(task, (uint64_t)address, end);
	return 0;
}

/* Nothing is shared with a file yet: there is nothing to write back. */
long sys_msync(struct task *task, long address, long bytes, long flags)
{
	if (!is_range((uint64_t)address, (uint64_t)bytes) ||
	    (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -E_INVAL;
	(void)task;
	return 0;
}

/* Memory is never paged out. */
long sys_mlock(struct task *task, long address, long bytes)
{
	status_t status;

	if (!bytes)
		return 0;
	status = process_populate(&task->process_session, &(struct process_populate_request){
		PAGE_DOWN((uint64_t)address),
		PAGE_UP((uint64_t)address + (uint64_t)bytes) - PAGE_DOWN((uint64_t)address) },
		&(struct process_populate_reply){ }, 0);
	return status == STATUS_OK ? 0 : -E_NOMEM;
}

long sys_munlock(struct task *task, long address, long bytes)
{
	(void)task;
	return is_range(PAGE_DOWN((uint64_t)address), (uint64_t)bytes) ? 0 : -E_NOMEM;
}
