/* SPDX-License-Identifier: MIT */
/* close, dup and their relatives; what becomes of descriptors at fork and exec. */
#include "user/posix/epoll.h"

#include "libipc/proto/console.h"
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
	if (task->process->files.foreign && !file_at_pipe(file))
		epoll_forget(task, file);
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
	if (task->process->files.locking)
		file_unlock(task, file);
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

long descriptor_make(struct task *task, struct open_file *file, unsigned int flags)
{
	struct files *files = &task->process->files;
	long descriptor = files_lowest(task, files, 0);
	struct open_file *place = descriptor < 0 ? 0 : files_allocate(task, files);

	if (!place) {
		if (file_operations(file)->release)
			file_operations(file)->release(task, file);
		return descriptor < 0 ? descriptor : -E_MFILE;
	}
	*place = *file;
	files_name(files, (unsigned long)descriptor, place,
		   flags & LINUX_O_CLOEXEC ? LINUX_FD_CLOEXEC : 0);
	return descriptor;
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

/* Records that are to be handed on with one request each, and whose they are. */
struct inheritance {
	struct fs_inherit_request disk;
	struct open_file *file[FS_INHERIT_MAX];
	struct pipe_inherit_request pipes;
	struct console_inherit_request terminals;
};

/* From the answer on the positions are the fs's. */
static long inherit_disk(struct task *task, struct inheritance *to)
{
	struct fs_inherit_reply reply;
	status_t status = to->disk.count ? fs_inherit(&task->fs, &to->disk, &reply, 0) : STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < to->disk.count; i++)
		to->file[i]->access |= FILE_SHARED;
	to->disk.count = 0;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long add_disk(struct task *task, struct inheritance *to, struct open_file *file,
		     uint64_t record)
{
	uint32_t row = to->disk.count++;

	to->file[row] = file;
	to->disk.record[row].handle = record;
	to->disk.record[row].position = file->access & FILE_SHARED ? FS_POSITION_SHARED :
		file->position;
	return to->disk.count == FS_INHERIT_MAX ? inherit_disk(task, to) : 0;
}

static long inherit_pipes(struct task *task, struct inheritance *to)
{
	struct pipe_inherit_reply reply;
	status_t status = to->pipes.count ? pipe_inherit(&task->pipe, &to->pipes, &reply, 0) :
		STATUS_OK;

	to->pipes.count = 0;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long inherit_terminals(struct task *task, struct inheritance *to)
{
	struct console_inherit_reply reply;
	status_t status = to->terminals.count ?
		console_inherit(&task->console, &to->terminals, &reply, 0) : STATUS_OK;

	to->terminals.count = 0;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long add_terminal(struct task *task, struct inheritance *to, const struct open_file *file)
{
	to->terminals.device[to->terminals.count++] = (uint32_t)file->record;
	return to->terminals.count == CONSOLE_INHERIT ? inherit_terminals(task, to) : 0;
}

/* A fifo has a record at both. */
static long inherit_file(struct task *task, struct inheritance *to, struct open_file *file)
{
	long error = 0;

	if (file_at_disk(file) && file->record != FS_ROOT)
		return add_disk(task, to, file, file->record);
	if (file_is_pty(file))
		return add_terminal(task, to, file);
	if (!file_at_pipe(file))
		return 0;
	to->pipes.record[to->pipes.count++] = (uint32_t)file->record;
	if (to->pipes.count == PIPE_INHERIT)
		error = inherit_pipes(task, to);
	return error || !file->node ? error : add_disk(task, to, file, file->node);
}

long files_inherit(struct task *task, unsigned int child)
{
	struct files *files = &task->process->files;
	struct inheritance to = { .disk.client = child, .pipes.child = child,
				  .terminals.child = child };
	long error = inherit_file(task, &to, &files->root);

	if (!error)
		error = inherit_file(task, &to, &files->directory);

	for (struct open_file *file = files_next(files, 0); file && !error;
	     file = files_next(files, file))
		error = inherit_file(task, &to, file);
	if (!error)
		error = inherit_disk(task, &to);
	if (!error)
		error = inherit_pipes(task, &to);
	return error ? error : inherit_terminals(task, &to);
}
