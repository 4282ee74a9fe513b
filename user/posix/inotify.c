/* SPDX-License-Identifier: MIT */
/* inotify: the fs knows what happens; its listener is an open file here. */
#include "user/posix/node.h"
#include "user/posix/poll.h"

#define IN_ALL_BITS    0xf700efffu       /* what a mask may hold */
#define IN_DONT_FOLLOW 0x02000000u
#define IN_ONLYDIR     0x01000000u
#define IN_MASK_CREATE 0x10000000u
#define IN_MASK_ADD    0x20000000u

long sys_inotify_init1(struct task *task, long flags)
{
	struct open_file file = { .kind = FILE_NOTIFY, .access = FILE_READ,
		.flags = (unsigned int)flags & LINUX_O_NONBLOCK };
	struct fs_notify_open_reply reply;
	status_t status;

	if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
		return -E_INVAL;
	status = fs_notify_open(&task->fs, &(struct fs_notify_open_request){ }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	file.record = reply.handle;
	return descriptor_make(task, &file, (unsigned int)flags & LINUX_O_CLOEXEC);
}

long sys_inotify_init(struct task *task)
{
	return sys_inotify_init1(task, 0);
}

/* The open file of a descriptor that must be one of ours. */
static long listener_of(struct task *task, long descriptor, struct open_file **file)
{
	*file = file_of(task, descriptor);
	if (!*file || (*file)->flags & LINUX_O_PATH)
		return -E_BADF;
	return (*file)->kind == FILE_NOTIFY ? 0 : -E_INVAL;
}

/* Nothing ever happens to nodes of ours: the listener has them by their numbers. */
static long add_node(struct task *task, struct fs_notify_add_request *request, uint64_t node)
{
	struct fs_notify_add_reply reply;
	status_t status;

	if (request->mask & IN_ONLYDIR && !node_is(node, LINUX_S_IFDIR))
		return -E_NOTDIR;
	request->directory = (node >> 32 ^ node) & 0xffffffff;
	request->path_bytes = 0;
	status = fs_notify_add(&task->fs, request, &reply, 0);
	return status == STATUS_OK ? (long)reply.number : error_of_status(status);
}

static long add_path(struct task *task, struct fs_notify_add_request *request, uint64_t address)
{
	unsigned int flags = request->mask & IN_DONT_FOLLOW ? PATH_NOFOLLOW : 0;
	struct fs_notify_add_reply reply;
	struct path path;
	long where = path_begin(task, &path, LINUX_AT_FDCWD, address, flags);

	while (where == PATH_DISK) {
		status_t status;

		request->directory = path.directory;
		request->path_bytes = path.bytes;
		status = fs_notify_add(&task->fs, request, &reply, LEND_IN_OUT(path.text,
				       path.bytes, path.rest, sizeof(path.rest)));
		if (status != STATUS_OK)
			return error_of_status(status);
		if (!reply.crossing.crossed)
			return (long)reply.number;
		where = path_cross(task, &path, reply.crossing.crossed, reply.crossing.rest_bytes,
				   flags);
	}
	if (where == PATH_NODE)
		return add_node(task, request, path.node);
	return where < 0 ? where : -E_INVAL;
}

long sys_inotify_add_watch(struct task *task, long descriptor, long path, long mask)
{
	struct fs_notify_add_request request = { .mask = (uint32_t)mask };
	struct open_file *file;
	long error;

	if (!(request.mask & IN_ALL_BITS))
		return -E_INVAL;
	error = listener_of(task, descriptor, &file);
	if (error)
		return error;
	if (request.mask & IN_MASK_ADD && request.mask & IN_MASK_CREATE)
		return -E_INVAL;
	request.handle = file->record;
	return add_path(task, &request, (uint64_t)path);
}

long sys_inotify_rm_watch(struct task *task, long descriptor, long number)
{
	struct open_file *file;
	long error = listener_of(task, descriptor, &file);
	status_t status;

	if (error)
		return error;
	status = fs_notify_remove(&task->fs, &(struct fs_notify_remove_request){ file->record,
				  (uint32_t)number }, &(struct fs_notify_remove_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* Bytes that can be read, or -errno. */
static long ask(struct task *task, struct open_file *file, unsigned int arm, uint32_t *changes)
{
	struct fs_notify_poll_reply reply;
	status_t status = fs_notify_poll(&task->fs, &(struct fs_notify_poll_request){
		file->record, arm }, &reply, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	*changes = (uint32_t)reply.changes;
	return (long)reply.bytes;
}

static long notify_poll(struct task *task, struct open_file *file, unsigned int events,
			unsigned int arm)
{
	uint32_t changes = 0;
	long error = arm ? fs_watching(task) : 0;
	long bytes = error ? error : ask(task, file, arm, &changes);

	return (long)POLL_NEWS(bytes > 0 ? events & LINUX_POLLIN : 0, changes);
}

static long scan(struct task *task, void *state, unsigned int arm)
{
	return notify_poll(task, state, LINUX_POLLIN, arm) & LINUX_POLLIN;
}

static long notify_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
			uint64_t position __attribute__((unused)))
{
	struct fs_notify_read_reply reply;

	bytes = bytes < FS_NOTIFY_QUEUE ? bytes : FS_NOTIFY_QUEUE;
	for (;;) {
		status_t status = fs_notify_read(&task->fs, &(struct fs_notify_read_request){
			file->record, bytes }, &reply, LEND_OUT((void *)address, bytes));
		long error;

		if (status == STATUS_OK)
			return (long)reply.bytes;
		if (status != STATUS_ERRNO(E_AGAIN) || file->flags & LINUX_O_NONBLOCK)
			return error_of_status(status);
		error = poll_wait(task, scan, file, POLL_FOREVER);
		if (error < 0)
			return error == -ERESTARTNOHAND ? -ERESTARTSYS : error;
	}
}

static long notify_control(struct task *task, struct open_file *file, uint64_t request,
			   uint64_t argument)
{
	uint32_t changes;
	long bytes = request == LINUX_FIONREAD ? ask(task, file, 0, &changes) : -E_NOTTY;
	int32_t result = (int32_t)bytes;

	return bytes < 0 ? bytes : copy_to_program(argument, &result, sizeof(result));
}

static void notify_release(struct task *task, struct open_file *file)
{
	disk_release(task, file->record);
}

const struct file_operations notify_operations = {
	.name = "anon_inode:inotify",
	.read = notify_read,
	.seek = anonymous_seek,
	.status = anonymous_status,
	.poll = notify_poll,
	.control = notify_control,
	.release = notify_release,
};
