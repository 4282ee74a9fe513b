/* SPDX-License-Identifier: MIT */
/*
 * flock, and the locks of fcntl. The fs keeps them. Who waits sleeps at its own endpoint until the
 * fs notifies it, and asks again.
 */
#include "user/posix/file.h"

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

/* Raised by the fs at the own endpoint. */
#define LOCK_BIT 4u

/* The record at the fs that stands for the file; 0: it has none, and nobody to share locks with. */
static uint64_t lock_record(const struct open_file *file)
{
	if (file->kind == FILE_DISK)
		return file->record;
	return file->kind == FILE_PIPE ? file->node : 0;
}

/* The fs knows clients, so a child of a fork has to tell anew. */
long fs_watching(struct task *task)
{
	uint32_t client = PROCESS_PAGE(task->page)->client;
	status_t status;

	if (task->lock_watching == client + 1)
		return 0;
	status = fs_watch(&task->fs, &(struct fs_watch_request){ LOCK_BIT },
			  &(struct fs_watch_reply){ }, SEND_CAPABILITY(task->notify_slot));
	if (status != STATUS_OK)
		return error_of_status(status);
	task->lock_watching = client + 1;
	return 0;
}

static long lock_request(struct task *task, const struct fs_lock_request *request)
{
	status_t status = fs_lock(&task->fs, request, &(struct fs_lock_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

/*
 * Until it is ours; a signal ends the waiting. The fs notifies one thread of a process: if several
 * wait, the others look again by themselves.
 */
#define LOOK_AGAIN_NS 100000000ull
static long lock_wait(struct task *task, const struct fs_lock_request *request)
{
	long error = fs_watching(task);
	uint64_t bits;

	if (error)
		return error;
	for (;;) {
		error = lock_request(task, request);
		if (error != -E_AGAIN)
			return error;
		error = task_wait(task, time_ticks_at(time_now_ns() + LOOK_AGAIN_NS), &bits);
		if (!error || error == -E_TIMEDOUT)
			continue;
		(void)!fs_lock_cancel(&task->fs, &(struct fs_lock_cancel_request){ },
				      &(struct fs_lock_cancel_reply){ }, 0);
		return -ERESTARTSYS;
	}
}

static long lock_do(struct task *task, const struct fs_lock_request *request)
{
	return request->flags & FS_LOCK_WAIT ? lock_wait(task, request) :
		lock_request(task, request);
}

long sys_flock(struct task *task, long descriptor, long operation)
{
	static const uint8_t types[9] = {
		[LOCK_SH] = FS_LOCK_READ + 1, [LOCK_EX] = FS_LOCK_WRITE + 1,
		[LOCK_UN] = FS_LOCK_NONE + 1,
	};
	struct open_file *file = file_of(task, descriptor);
	uint64_t kind = (uint64_t)operation & ~(uint64_t)LOCK_NB;
	struct fs_lock_request request = { .kind = FS_LOCK_FLOCK };

	if (!file || file->flags & LINUX_O_PATH)
		return -E_BADF;
	if (kind >= sizeof(types) || !types[kind])
		return -E_INVAL;
	request.handle = lock_record(file);
	request.type = types[kind] - 1;
	request.flags = operation & LOCK_NB ? 0 : FS_LOCK_WAIT;
	return request.handle ? lock_do(task, &request) : 0;
}

/* ---- fcntl ---- */

/* Where the bytes of a struct flock begin and end. */
static long lock_range(struct task *task, struct open_file *file, const struct linux_flock *flock,
		       uint64_t *first, uint64_t *last)
{
	struct fs_status status = { 0 };
	int64_t start, end, base = 0;
	long error = 0;

	if (flock->whence == LINUX_SEEK_CUR)
		base = file_operations(file)->seek ?
			file_operations(file)->seek(task, file, 0, LINUX_SEEK_CUR) : 0;
	else if (flock->whence == LINUX_SEEK_END)
		error = file_get_status(task, file, &status);
	else if (flock->whence != LINUX_SEEK_SET)
		return -E_INVAL;
	if (error || base < 0)
		return error ? error : base;
	if (__builtin_add_overflow(base + (int64_t)status.size_bytes, flock->start, &start))
		return -E_OVERFLOW;
	end = INT64_MAX;
	if (flock->length > 0 && __builtin_add_overflow(start, flock->length - 1, &end))
		return -E_OVERFLOW;
	if (flock->length < 0) {
		end = start - 1;
		start += flock->length;
	}
	if (start < 0)
		return -E_INVAL;
	*first = (uint64_t)start;
	*last = (uint64_t)end;
	return 0;
}

/* F_GETLK: in the program's structure stands who has it, or F_UNLCK. */
static long lock_query(struct task *task, const struct fs_lock_request *lock, uint64_t address,
		       struct linux_flock *flock)
{
	struct fs_lock_query_reply found = { .type = FS_LOCK_NONE };
	status_t status = lock->handle ? fs_lock_query(&task->fs, &(struct fs_lock_query_request){
		lock->handle, lock->kind, lock->type, 0, lock->start, lock->last }, &found, 0) :
		STATUS_OK;

	if (status != STATUS_OK)
		return error_of_status(status);
	flock->type = (int16_t)found.type;
	if (found.type != FS_LOCK_NONE) {
		flock->whence = LINUX_SEEK_SET;
		flock->start = (int64_t)found.start;
		flock->length = found.last == INT64_MAX ? 0 :
			(int64_t)(found.last - found.start + 1);
		flock->pid = found.pid ? (int32_t)found.pid : -1;
	}
	return copy_to_program(address, flock, sizeof(*flock));
}

long file_lock(struct task *task, struct open_file *file, int command, uint64_t address)
{
	int own = command < LINUX_F_OFD_GETLK;
	struct fs_lock_request request = {
		.handle = lock_record(file), .kind = own ? FS_LOCK_PROCESS : FS_LOCK_RECORD,
	};
	struct linux_flock flock;
	long error = copy_from_program(&flock, address, sizeof(flock));

	_Static_assert(FS_LOCK_READ == LINUX_F_RDLCK && FS_LOCK_WRITE == LINUX_F_WRLCK &&
		       FS_LOCK_NONE == LINUX_F_UNLCK, "types are passed on");
	if (!error)
		error = lock_range(task, file, &flock, &request.start, &request.last);
	if (error)
		return error;
	if ((uint16_t)flock.type > LINUX_F_UNLCK || (!own && flock.pid))
		return -E_INVAL;
	request.type = (uint16_t)flock.type;
	if (command == LINUX_F_GETLK || command == LINUX_F_OFD_GETLK)
		return flock.type == LINUX_F_UNLCK ? -E_INVAL :
			lock_query(task, &request, address, &flock);
	if ((flock.type == LINUX_F_RDLCK && !(file->access & FILE_READ)) ||
	    (flock.type == LINUX_F_WRLCK && !(file->access & FILE_WRITE)))
		return -E_BADF;
	if (command == LINUX_F_SETLKW || command == LINUX_F_OFD_SETLKW)
		request.flags = FS_LOCK_WAIT;
	if (own && request.type != FS_LOCK_NONE)
		task->process->files.locking = 1;
	return request.handle ? lock_do(task, &request) : 0;
}

void file_unlock(struct task *task, struct open_file *file)
{
	uint64_t handle = lock_record(file);

	if (handle)
		(void)!lock_request(task, &(struct fs_lock_request){ handle, FS_LOCK_PROCESS,
				    FS_LOCK_NONE, 0, 0, INT64_MAX });
}
