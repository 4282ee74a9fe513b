/* SPDX-License-Identifier: MIT */
/* close, dup and their relatives; what becomes of descriptors at fork and exec. */
#include "user/posix/file.h"

#include "libipc/proto/pipe.h"

struct descriptor_bank *files_bank(struct task *task)
{
	return private_pages(task, 1);
}

void file_put(struct task *task, struct open_file *file)
{
	const struct file_operations *operations = file_operations(file);

	if (--file->references)
		return;
	if (operations->release)
		operations->release(task, file);
	files_free(&task->process->files, file);
}

long file_close(struct task *task, long descriptor)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file)
		return -E_BADF;
	files_remove(&task->process->files, (unsigned int)descriptor);
	file_put(task, file);
	return 0;
}

long sys_close(struct task *task, long descriptor)
{
	return file_close(task, descriptor);
}

long sys_close_range(struct task *task, long first, long last, long flags)
{
	struct files *files = &task->process->files;
	unsigned int from = (unsigned int)first, to = (unsigned int)last;

	/* The table is not shared with anybody: UNSHARE has nothing to do. */
	if (flags & ~(long)(LINUX_CLOSE_RANGE_UNSHARE | LINUX_CLOSE_RANGE_CLOEXEC) || from > to)
		return -E_INVAL;
	for (unsigned int i = from; i <= to && i < files->descriptors_end; i++) {
		if (!files_find(files, i))
			continue;
		if (flags & LINUX_CLOSE_RANGE_CLOEXEC)
			files_descriptor(files, i)->flags = LINUX_FD_CLOEXEC;
		else
			file_close(task, i);
	}
	return 0;
}

long descriptor_duplicate(struct task *task, struct open_file *file, unsigned long from,
			  unsigned int flags)
{
	struct files *files = &task->process->files;
	long lowest = files_lowest(task, files, from);

	if (lowest >= 0)
		files_name(files, (unsigned long)lowest, file, flags);
	return lowest;
}

long sys_dup(struct task *task, long descriptor)
{
	struct open_file *file = file_of(task, descriptor);

	return file ? descriptor_duplicate(task, file, 0, 0) : -E_BADF;
}

static long duplicate_at(struct task *task, struct open_file *file, unsigned int to,
			 unsigned int flags)
{
	struct files *files = &task->process->files;
	long error = files_room(task, files, to);

	if (error)
		return error;
	file->references++;              /* it may be the one that is closed now */
	if (files_find(files, to))
		file_close(task, to);
	files_name(files, to, file, flags);
	file->references--;
	return to;
}

long sys_dup2(struct task *task, long descriptor, long to)
{
	struct open_file *file = file_of(task, descriptor);

	if (!file)
		return -E_BADF;
	if ((unsigned int)descriptor == (unsigned int)to)
		return to;
	return duplicate_at(task, file, (unsigned int)to, 0);
}

long sys_dup3(struct task *task, long descriptor, long to, long flags)
{
	struct open_file *file = file_of(task, descriptor);

	if (flags & ~(long)LINUX_O_CLOEXEC || (unsigned int)descriptor == (unsigned int)to)
		return -E_INVAL;
	if (!file)
		return -E_BADF;
	return duplicate_at(task, file, (unsigned int)to,
			    flags & LINUX_O_CLOEXEC ? LINUX_FD_CLOEXEC : 0);
}

long files_start(struct task *task)
{
	static const char console[] = "/dev/console";
	struct files *files = &task->process->files;
	long descriptor;

	files_initialise(files);
	files->directory = (struct open_file){
		.kind = FILE_DISK, .references = 1,
		.flags = LINUX_O_PATH | LINUX_O_DIRECTORY, .record = FS_ROOT,
	};
	descriptor = file_open_path(task, LINUX_AT_FDCWD, console, sizeof(console) - 1,
				    LINUX_O_RDWR, 0);
	for (int copies = 1; descriptor >= 0 && copies < 3; copies++)
		descriptor = sys_dup(task, 0);
	return descriptor < 0 ? descriptor : 0;
}

void files_exec(struct task *task)
{
	struct files *files = &task->process->files;

	for (unsigned int i = 0; i < files->descriptors_end; i++)
		if (files_find(files, i) && files_descriptor(files, i)->flags & LINUX_FD_CLOEXEC)
			file_close(task, i);
}

/* ---- fork ---- */

static long inherit_disk(struct task *task, struct fs_inherit_request *request)
{
	struct fs_inherit_reply reply;
	status_t status = request->count ? fs_inherit(&task->fs, request, &reply, 0) : STATUS_OK;

	request->count = 0;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long add_disk(struct task *task, struct fs_inherit_request *request, uint64_t record,
		     uint64_t position)
{
	request->record[request->count].handle = record;
	request->record[request->count].position = position;
	return ++request->count == FS_INHERIT_MAX ? inherit_disk(task, request) : 0;
}

static long inherit_pipes(struct task *task, struct pipe_inherit_request *request)
{
	struct pipe_inherit_reply reply;
	status_t status = request->count ? pipe_inherit(&task->pipe, request, &reply, 0) :
		STATUS_OK;

	request->count = 0;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long add_pipe(struct task *task, struct pipe_inherit_request *request, uint64_t record)
{
	request->record[request->count] = (uint32_t)record;
	return ++request->count == PIPE_INHERIT ? inherit_pipes(task, request) : 0;
}

/* One open file: its record, and where it has one, its position. */
static long inherit_file(struct task *task, struct open_file *file,
			 struct fs_inherit_request *disk, struct pipe_inherit_request *pipes)
{
	long error = 0;

	if (file->kind == FILE_DISK && file->record != FS_ROOT) {
		error = add_disk(task, disk, file->record, file->access & FILE_SHARED ?
				 FS_POSITION_SHARED : file->position);
		file->access |= FILE_SHARED;
	} else if (file->kind == FILE_PIPE) {
		error = add_pipe(task, pipes, file->record);
		if (!error && file->node)
			error = add_disk(task, disk, file->node, FS_POSITION_SHARED);
	}
	return error;
}

long files_inherit(struct task *task, unsigned int child)
{
	struct files *files = &task->process->files;
	struct fs_inherit_request disk = { .client = child };
	struct pipe_inherit_request pipes = { .child = child };
	long error = inherit_file(task, &files->directory, &disk, &pipes);

	for (struct open_file *file = files_next(files, 0); file && !error;
	     file = files_next(files, file))
		error = inherit_file(task, file, &disk, &pipes);
	if (!error)
		error = inherit_disk(task, &disk);
	return error ? error : inherit_pipes(task, &pipes);
}
