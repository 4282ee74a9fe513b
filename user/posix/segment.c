/* SPDX-License-Identifier: MIT */
/*
 * Attachments of System V's shared memory. The memory is a file of the fs; an attachment is a
 * record at the pipe service, which counts them, and a mapping of that file: an open file without a
 * descriptor has both, so that fork, exec and exit do what they do with open files.
 */
#include "user/posix/ipc.h"

#define SHM_RND   020000
#define SHM_REMAP 040000

/* The file is held once for all attachments. */
static void segment_release(struct task *task, struct open_file *file)
{
	struct pipe_release_reply reply;
	struct files *files = &task->process->files;

	(void)!pipe_release(&task->pipe, &(struct pipe_release_request){ file->record }, &reply, 0);
	for (struct open_file *other = files_next(files, 0); other;
	     other = files_next(files, other))
		if (other != file && other->kind == FILE_SEGMENT && other->node == file->node)
			return;
	disk_release(task, file->node);
}

const struct file_operations segment_operations = {
	.name = "/SYSV00000000 (deleted)",
	.status = anonymous_status,
	.release = segment_release,
};

/* Where it is to be mapped, 0: anywhere. */
static long place_of(uint64_t address, long flags, uint64_t *place)
{
	*place = flags & SHM_RND ? PAGE_DOWN(address) : address;
	if (*place % PAGE_BYTES || (!*place && (flags & SHM_REMAP || address)))
		return -E_INVAL;
	return *place && *place < PROGRAM_START ? -E_PERM : 0;
}

/* The attachment's record and file; its size is the position. */
static long attach(struct task *task, long id, long flags, struct open_file *file)
{
	struct pipe_segment_attach_reply attached;
	struct pipe_segment_state_reply state;
	status_t status = pipe_segment_attach(&task->pipe, &(struct pipe_segment_attach_request){
		(uint32_t)id, (uint32_t)flags & (SEGMENT_READ_ONLY | SEGMENT_EXECUTE) },
		&attached, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	file->record = attached.record;
	status = pipe_segment_state(&task->pipe, &(struct pipe_segment_state_request){
		attached.record }, &state, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	file->node = state.handle;
	file->position = PAGE_UP(state.bytes);
	return 0;
}

static long map(struct task *task, const struct open_file *file, uint64_t place, long flags,
		struct mapped_file *row)
{
	int writable = !(flags & (long)SEGMENT_READ_ONLY);
	struct fs_status_reply of;
	struct process_map_reply reply;
	status_t status = fs_status(&task->fs, &(struct fs_status_request){ file->node }, &of, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	row->tag = PROCESS_SHARED_TAG(FS_SHARED_FILE(of.status.volume, of.status.inode), writable);
	status = process_map(&task->process_session, &(struct process_map_request){
		.address = place, .bytes = file->position,
		.protection = PROT_READ | (writable ? PROT_WRITE : 0) |
			      (flags & (long)SEGMENT_EXECUTE ? PROT_EXEC : 0),
		.flags = PROCESS_MAP_SHARED | PROCESS_MAP_FILE |
			 (place ? PROCESS_MAP_FIXED : 0) |
			 (place && !(flags & SHM_REMAP) ? PROCESS_MAP_NO_REPLACE : 0),
		.tag = row->tag }, &reply, 0);
	if (status != STATUS_OK)
		return status == STATUS_ERRNO(E_EXIST) ? -E_INVAL : error_of_status(status);
	row->address = reply.address;
	return 0;
}

/* Attachments that lay there: it may be the same memory now, and yet they are gone. */
static void replace(struct task *task, uint64_t start, uint64_t end)
{
	struct mapped_file *row = task->process->memory.mapped;

	for (int i = 0; i < MEMORY_FILES; i++)
		if (row[i].file && row[i].address >= start &&
		    row[i].address + row[i].file->position <= end)
			memory_let_go(task, &row[i]);
}

long sys_shmat(struct task *task, long id, long address, long flags)
{
	struct files *files = &task->process->files;
	struct open_file *file = files_allocate(task, files);
	struct mapped_file *row = memory_row(task), made = { 0 };
	uint64_t place;
	long error = (int)id < 0 ? -E_INVAL : place_of((uint64_t)address, flags, &place);

	if (!error && (!file || !row))
		error = -E_NOMEM;
	if (error)
		return error;
	*file = (struct open_file){ .kind = FILE_SEGMENT, .access = FILE_SHARED };
	error = attach(task, id, flags, file);
	if (error) {
		*file = (struct open_file){ 0 };
		return error;
	}
	files_hold(files, file);
	error = place > PROGRAM_END - file->position ? -E_INVAL :
		map(task, file, place, flags, &made);
	if (error) {
		file_put(task, file);
		return error;
	}
	if (flags & SHM_REMAP) {
		replace(task, made.address, made.address + file->position);
		segments_prune(task);
	}
	made.file = file;
	*row = made;
	task->process->memory.attachments++;
	return (long)row->address;
}

/* What of it is mapped still, and where it would be. */
static void unmap(struct task *task, const struct mapped_file *row)
{
	uint64_t address = row->address, end = address + row->file->position;
	struct process_region_reply region;

	while (address < end &&
	       !process_region(&task->process_session, &(struct process_region_request){
			address, PROCESS_PAGE(task->page)->client }, &region, 0) &&
	       region.start < end) {
		address = region.end;
		if ((region.flags & PROCESS_MAP_FILE) && region.tag == row->tag &&
		    region.start - region.offset == row->address)
			(void)!memory_unmap(task, region.start, region.end - region.start);
	}
}

long sys_shmdt(struct task *task, long address)
{
	struct mapped_file *row = task->process->memory.mapped;

	for (int i = 0; address && i < MEMORY_FILES; i++) {
		if (!row[i].file || row[i].address != (uint64_t)address)
			continue;
		unmap(task, &row[i]);
		memory_let_go(task, &row[i]);
		return 0;
	}
	return -E_INVAL;
}

void segments_prune(struct task *task)
{
	struct mapped_file *row = task->process->memory.mapped;

	if (!task->process->memory.attachments)
		return;
	for (int i = 0; i < MEMORY_FILES; i++)
		if (row[i].file && row[i].address &&
		    !memory_is_mapped(task, row[i].tag, row[i].address,
				      row[i].address + row[i].file->position))
			memory_let_go(task, &row[i]);
}
