/* SPDX-License-Identifier: MIT */
/* System V IPC: making, describing and removing semaphores, message queues and shared memory. */
#include "user/posix/ipc.h"

#include "libipc/string.h"

static long result_of(status_t status)
{
	return status == STATUS_OK ? 0 : error_of_status(status);
}

uint64_t ipc_setting(struct task *task, uint32_t which)
{
	struct pipe_setting_reply reply;
	status_t status = pipe_setting(&task->pipe, &(struct pipe_setting_request){ which, 0, 0 },
				       &reply, 0);

	return status == STATUS_OK ? reply.value : 0;
}

static long key_status(struct task *task, uint32_t kind, long id, uint32_t how,
		       struct pipe_key_status_reply *reply)
{
	return result_of(pipe_key_status(&task->pipe, &(struct pipe_key_status_request){
		kind, (uint32_t)id, how, 0 }, reply, 0));
}

static struct linux_ipc_perm perm_of(const struct key_owner *owner)
{
	return (struct linux_ipc_perm){ owner->key, owner->uid, owner->gid, owner->cuid,
		owner->cgid, owner->mode, (uint16_t)owner->sequence, 0, 0, { 0, 0 } };
}

static long key_remove(struct task *task, uint32_t kind, long id)
{
	struct pipe_key_remove_reply reply;

	return result_of(pipe_key_remove(&task->pipe, &(struct pipe_key_remove_request){
		kind, (uint32_t)id }, &reply, 0));
}

static long key_set(struct task *task, uint32_t kind, long id, const struct linux_ipc_perm *perm,
		    uint64_t size)
{
	struct pipe_key_set_reply reply;

	if (perm->uid == UINT32_MAX || perm->gid == UINT32_MAX)
		return -E_INVAL;
	return result_of(pipe_key_set(&task->pipe, &(struct pipe_key_set_request){
		kind, (uint32_t)id, perm->uid, perm->gid, perm->mode, 0, size }, &reply, 0));
}

static long key_totals(struct task *task, uint32_t kind, struct pipe_key_totals_reply *reply)
{
	return result_of(pipe_key_totals(&task->pipe, &(struct pipe_key_totals_request){ kind },
					 reply, 0));
}

static long key_get(struct task *task, uint32_t kind, long key, uint64_t size, long flags)
{
	struct pipe_key_get_reply reply;
	status_t status = pipe_key_get(&task->pipe, &(struct pipe_key_get_request){
		kind, (uint32_t)key, (uint32_t)flags, 0, size, 0 }, &reply, 0);

	return status == STATUS_OK ? (long)reply.id : error_of_status(status);
}

/* ---- Semaphores ---- */

long sys_semget(struct task *task, long key, long count, long flags)
{
	if ((int)count < 0)
		return -E_INVAL;
	return key_get(task, KEY_SEMAPHORES, key, (uint64_t)(int)count, flags);
}

static long semaphores_status(struct task *task, long id, uint32_t how, uint64_t address)
{
	struct pipe_key_status_reply of;
	struct linux_semid_ds status;
	long error = key_status(task, KEY_SEMAPHORES, id, how, &of);

	if (error)
		return error;
	status = (struct linux_semid_ds){ .perm = perm_of(&of.owner), .operated = of.first_s,
		.changed = of.changed_s, .count = of.size };
	error = copy_to_program(address, &status, sizeof(status));
	return error ? error : how == KEY_BY_ID ? 0 : (long)of.owner.id;
}

static long semaphores_info(struct task *task, int in_use, uint64_t address)
{
	struct pipe_key_totals_reply totals;
	long error = key_totals(task, KEY_SEMAPHORES, &totals);
	struct linux_seminfo info = {
		.sets = (int32_t)ipc_setting(task, SETTING_SETS),
		.semaphores = (int32_t)ipc_setting(task, SETTING_ALL_SEMAPHORES),
		.per_set = (int32_t)ipc_setting(task, SETTING_SET_SEMAPHORES),
		.per_call = (int32_t)ipc_setting(task, SETTING_CALL_SEMAPHORES),
		.undo_bytes = 20, .most = SEMAPHORE_MOST, .undo_most = SEMAPHORE_MOST,
	};

	info.map = info.undos = info.semaphores;
	info.undo_entries = info.per_call;

	if (error)
		return error;
	if (in_use) {
		info.undo_bytes = (int32_t)totals.objects;
		info.undo_most = (int32_t)totals.count;
	}
	error = copy_to_program(address, &info, sizeof(info));
	return error ? error : (long)totals.highest;
}

static long semaphore_get(struct task *task, long id, long number, uint32_t what)
{
	struct pipe_semaphore_get_reply reply;
	status_t status = pipe_semaphore_get(&task->pipe, &(struct pipe_semaphore_get_request){
		(uint32_t)id, (uint32_t)number, what, 0 }, &reply, 0);

	return status == STATUS_OK ? (long)reply.value : error_of_status(status);
}

/* All values: how many there are is asked first. */
static long semaphores_all(struct task *task, long id, int set, uint64_t address)
{
	struct pipe_key_status_reply of;
	struct pipe_semaphore_get_reply got;
	struct pipe_semaphore_set_reply done;
	long error = key_status(task, KEY_SEMAPHORES, id, KEY_BY_ID, &of);
	uint64_t bytes = of.size * sizeof(uint16_t);

	/* Who may not read it, but set it: the service says. It has no more than that. */
	if (error == -E_ACCES && set) {
		bytes = SEMAPHORES_SET * sizeof(uint16_t);
		error = 0;
	}
	if (!error)
		error = program_range(address, bytes);
	if (error)
		return error;
	if (set)
		return result_of(pipe_semaphore_set(&task->pipe,
			&(struct pipe_semaphore_set_request){ (uint32_t)id, 0, 0, 1 }, &done,
			LEND_IN((void *)address, bytes)));
	return result_of(pipe_semaphore_get(&task->pipe, &(struct pipe_semaphore_get_request){
		(uint32_t)id, 0, SEMAPHORE_ALL, 0 }, &got, LEND_OUT((void *)address, bytes)));
}

static long semaphores_set(struct task *task, long id, uint64_t address)
{
	struct linux_semid_ds status;
	long error = copy_from_program(&status, address, sizeof(status));

	return error ? error : key_set(task, KEY_SEMAPHORES, id, &status.perm, 0);
}

static long semaphore_set(struct task *task, long id, long number, int32_t value)
{
	struct pipe_semaphore_set_reply reply;

	return result_of(pipe_semaphore_set(&task->pipe, &(struct pipe_semaphore_set_request){
		(uint32_t)id, (uint32_t)number, value, 0 }, &reply, 0));
}

long sys_semctl(struct task *task, long id, long number, long command, long argument)
{
	uint64_t address = (uint64_t)argument;

	if ((int)id < 0)
		return -E_INVAL;
	switch (command & ~(long)IPC_64) {
	case IPC_RMID:
		return key_remove(task, KEY_SEMAPHORES, id);
	case IPC_SET:
		return semaphores_set(task, id, address);
	case IPC_STAT:
		return semaphores_status(task, id, KEY_BY_ID, address);
	case SEM_STAT:
		return semaphores_status(task, id, KEY_BY_INDEX, address);
	case SEM_STAT_ANY:
		return semaphores_status(task, id, KEY_BY_INDEX_ANY, address);
	case IPC_INFO:
	case SEM_INFO:
		return semaphores_info(task, (command & IPC_COMMANDS) == SEM_INFO, address);
	case GETALL:
	case SETALL:
		return semaphores_all(task, id, (command & IPC_COMMANDS) == SETALL, address);
	case SETVAL:
		return semaphore_set(task, id, number, (int32_t)argument);
	case GETVAL:
		return semaphore_get(task, id, number, SEMAPHORE_VALUE);
	case GETPID:
		return semaphore_get(task, id, number, SEMAPHORE_PID);
	case GETNCNT:
		return semaphore_get(task, id, number, SEMAPHORE_RISERS);
	case GETZCNT:
		return semaphore_get(task, id, number, SEMAPHORE_ZEROERS);
	default:
		return -E_INVAL;
	}
}

/* ---- Messages ---- */

long sys_msgget(struct task *task, long key, long flags)
{
	return key_get(task, KEY_MESSAGES, key, 0, flags);
}

static long messages_status(struct task *task, long id, uint32_t how, uint64_t address)
{
	struct pipe_key_status_reply of;
	struct linux_msqid_ds status;
	long error = key_status(task, KEY_MESSAGES, id, how, &of);

	if (error)
		return error;
	status = (struct linux_msqid_ds){ .perm = perm_of(&of.owner), .sent = of.first_s,
		.received = of.second_s, .changed = of.changed_s, .bytes = of.bytes,
		.count = of.count, .most_bytes = of.size, .sender = of.first_pid,
		.receiver = of.second_pid };
	error = copy_to_program(address, &status, sizeof(status));
	return error ? error : how == KEY_BY_ID ? 0 : (long)of.owner.id;
}

static long messages_info(struct task *task, int in_use, uint64_t address)
{
	struct pipe_key_totals_reply totals;
	long error = key_totals(task, KEY_MESSAGES, &totals);
	struct linux_msginfo info = {
		.most = (int32_t)ipc_setting(task, SETTING_MESSAGE_BYTES),
		.queue_most = (int32_t)ipc_setting(task, SETTING_MESSAGE_QUEUE),
		.queues = (int32_t)ipc_setting(task, SETTING_MESSAGE_QUEUES),
		.segment_bytes = 16, .segments = UINT16_MAX,
	};

	info.map = info.messages = info.queue_most;
	info.pool = info.queues * info.queue_most / 1024;

	if (error)
		return error;
	if (in_use) {
		info.pool = (int32_t)totals.objects;
		info.map = (int32_t)totals.count;
		info.messages = (int32_t)totals.bytes;
	}
	error = copy_to_program(address, &info, sizeof(info));
	return error ? error : (long)totals.highest;
}

static long messages_set(struct task *task, long id, uint64_t address)
{
	struct linux_msqid_ds status;
	long error = copy_from_program(&status, address, sizeof(status));

	return error ? error : key_set(task, KEY_MESSAGES, id, &status.perm, status.most_bytes);
}

long sys_msgctl(struct task *task, long id, long command, long argument)
{
	uint64_t address = (uint64_t)argument;

	command = (int)command & ~IPC_64;
	if ((int)id < 0 || command < 0)
		return -E_INVAL;
	switch (command) {
	case IPC_RMID:
		return key_remove(task, KEY_MESSAGES, id);
	case IPC_SET:
		return messages_set(task, id, address);
	case IPC_STAT:
		return messages_status(task, id, KEY_BY_ID, address);
	case MSG_STAT:
		return messages_status(task, id, KEY_BY_INDEX, address);
	case MSG_STAT_ANY:
		return messages_status(task, id, KEY_BY_INDEX_ANY, address);
	case IPC_INFO:
	case MSG_INFO:
		return messages_info(task, command == MSG_INFO, address);
	default:
		return -E_INVAL;
	}
}

/* ---- Shared memory ---- */

/* A file of memory that is as long, which the caller holds: its record at the fs, or -errno. */
static long file_make(struct task *task, uint64_t bytes, uint64_t *handle)
{
	struct fs_open_reply opened;
	struct fs_truncate_reply reply;
	status_t status = fs_open(&task->fs, &(struct fs_open_request){ .directory = FS_ROOT_MEMORY,
		.flags = FS_OPEN_TEMPORARY | FS_OPEN_EXCLUSIVE | FS_OPEN_READ | FS_OPEN_WRITE,
		.mode = 0600, .path_bytes = 1 }, &opened, LEND_IN(".", 1));

	if (status != STATUS_OK)
		return status == STATUS_ERRNO(E_NOSPC) ? -E_NOMEM : error_of_status(status);
	*handle = opened.handle;
	status = fs_truncate(&task->fs, &(struct fs_truncate_request){ *handle, bytes }, &reply, 0);
	if (status == STATUS_OK)
		return 0;
	disk_release(task, *handle);
	return -E_NOMEM;
}

long sys_shmget(struct task *task, long key, long bytes, long flags)
{
	struct pipe_key_get_request request = { KEY_SEGMENT, (uint32_t)key, (uint32_t)flags, 0,
						(uint64_t)bytes, 0 };
	struct pipe_key_get_reply reply;
	status_t status = pipe_key_get(&task->pipe, &request, &reply, 0);
	long error;

	if (status != STATUS_OK)
		return error_of_status(status);
	if (!reply.missing)
		return (long)reply.id;
	/* As Linux: there are no large pages. */
	if (flags & 04000)
		return -E_INVAL;
	error = file_make(task, PAGE_UP(request.size), &request.handle);
	if (error)
		return error;
	status = pipe_key_get(&task->pipe, &request, &reply, 0);
	disk_release(task, request.handle);
	return status == STATUS_OK ? (long)reply.id : error_of_status(status);
}

static long segment_status(struct task *task, long id, uint32_t how, uint64_t address)
{
	struct pipe_key_status_reply of;
	struct linux_shmid_ds status;
	long error = key_status(task, KEY_SEGMENT, id, how, &of);

	if (error)
		return error;
	status = (struct linux_shmid_ds){ .perm = perm_of(&of.owner), .bytes = of.size,
		.attached = of.first_s, .detached = of.second_s, .changed = of.changed_s,
		.creator = of.first_pid, .last = of.second_pid, .count = of.count };
	error = copy_to_program(address, &status, sizeof(status));
	return error ? error : how == KEY_BY_ID ? 0 : (long)of.owner.id;
}

static long segments_limits(struct task *task, uint64_t address)
{
	struct pipe_key_totals_reply totals;
	long error = key_totals(task, KEY_SEGMENT, &totals);
	struct linux_shminfo info = { .most = ipc_setting(task, SETTING_SEGMENT_BYTES), .least = 1,
		.segments = ipc_setting(task, SETTING_SEGMENTS),
		.pages = ipc_setting(task, SETTING_SEGMENT_PAGES) };

	info.per_process = info.segments;

	if (!error)
		error = copy_to_program(address, &info, sizeof(info));
	return error ? error : (long)totals.highest;
}

static long segments_info(struct task *task, uint64_t address)
{
	struct pipe_key_totals_reply totals;
	struct linux_shm_info info = { 0 };
	long error = key_totals(task, KEY_SEGMENT, &totals);

	if (error)
		return error;
	info.used = (int32_t)totals.objects;
	info.pages = info.resident = totals.count;
	error = copy_to_program(address, &info, sizeof(info));
	return error ? error : (long)totals.highest;
}

static long segment_set(struct task *task, long id, uint64_t address)
{
	struct linux_shmid_ds status;
	long error = copy_from_program(&status, address, sizeof(status));

	return error ? error : key_set(task, KEY_SEGMENT, id, &status.perm, 0);
}

static long segment_lock(struct task *task, long id, uint32_t locked)
{
	struct pipe_segment_lock_reply reply;

	return result_of(pipe_segment_lock(&task->pipe, &(struct pipe_segment_lock_request){
		(uint32_t)id, locked }, &reply, 0));
}

long sys_shmctl(struct task *task, long id, long command, long argument)
{
	uint64_t address = (uint64_t)argument;

	command = (int)command & ~IPC_64;
	if ((int)id < 0 || command < 0)
		return -E_INVAL;
	switch (command) {
	case IPC_RMID:
		return key_remove(task, KEY_SEGMENT, id);
	case IPC_SET:
		return segment_set(task, id, address);
	case IPC_STAT:
		return segment_status(task, id, KEY_BY_ID, address);
	case SHM_STAT:
		return segment_status(task, id, KEY_BY_INDEX, address);
	case SHM_STAT_ANY:
		return segment_status(task, id, KEY_BY_INDEX_ANY, address);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return segment_lock(task, id, command == SHM_LOCK);
	case IPC_INFO:
		return segments_limits(task, address);
	case SHM_INFO:
		return segments_info(task, address);
	default:
		return -E_INVAL;
	}
}
