/* SPDX-License-Identifier: MIT */
/* Open directories and texts of /dev and /proc. */
#include "user/posix/node.h"

#include "libipc/string.h"
#include "user/posix/other.h"

static long virtual_status(struct task *task, struct open_file *file, struct fs_status *status)
{
	return node_status(task, file->node, status);
}

static long virtual_read(struct task *task, struct open_file *file, uint64_t address,
			 uint64_t bytes, uint64_t position)
{
	char text[LINUX_PATH_MAX];
	uint64_t at = position == POSITION_OWN ? file->position : position;
	long length = node_is(file->node, LINUX_S_IFDIR) ? -E_ISDIR :
		proc_text(task, file->node, at, text, bytes < sizeof(text) ? bytes : sizeof(text)),
	     error;

	if (length < 0)
		return length;
	bytes = (uint64_t)length;
	error = file_fill(address, text, bytes);
	if (error)
		return error;
	if (position == POSITION_OWN)
		file->position += bytes;
	return (long)bytes;
}

static long virtual_write(struct task *task, struct open_file *file, uint64_t address,
			  uint64_t bytes, uint64_t position __attribute__((unused)))
{
	char text[PROC_TAKE_BYTES];
	uint64_t size = bytes < sizeof(text) ? bytes : sizeof(text);
	long error;

	if (node_mode(file->node) != NODE_WRITABLE)
		return -E_IO;
	error = file_take(text, address, size);
	if (!error)
		error = proc_take(task, file->node, text, size);
	return error ? error : (long)bytes;
}

static long virtual_seek(struct task *task __attribute__((unused)), struct open_file *file,
			 int64_t offset, unsigned int whence)
{
	int64_t position;

	if (whence > LINUX_SEEK_CUR)
		return -E_INVAL;
	if (__builtin_add_overflow(whence == LINUX_SEEK_CUR ? (int64_t)file->position : 0, offset,
				   &position) || position < 0)
		return -E_INVAL;
	file->position = (uint64_t)position;
	return position;
}

/* Of the root directory, which is above ours, in ext2. */
#define ROOT_INODE 2

/* One entry at `*address`; -EINVAL: no room. */
static long list_entry(uint64_t *address, uint64_t *room, uint64_t node, uint64_t next,
		       const char *name)
{
	union {
		struct linux_dirent64 entry;
		char bytes[LINUX_DIRENT64_HEADER + 32];
	} record = { .bytes = { 0 } };
	uint64_t length = strlen(name);
	uint64_t bytes = (LINUX_DIRENT64_HEADER + length + 1 + 7) & ~7ull;
	long error;

	if (bytes > *room)
		return -E_INVAL;
	record.entry.inode = node ? node : ROOT_INODE;
	record.entry.next = (int64_t)next;
	record.entry.bytes = (uint16_t)bytes;
	record.entry.type = (uint8_t)(node_mode(node) >> LINUX_MODE_TYPE_SHIFT);
	memcpy(record.entry.name, name, length);
	error = copy_to_program(*address, &record, bytes);
	if (error)
		return error;
	*address += bytes;
	*room -= bytes;
	return 0;
}

/*
 * Cookies of a virtual directory: 0 and 1 are the dots, 2 .. the rows, and from LIST_NUMBERS on the
 * processes, ptys or descriptors by their numbers. Gives the node at or after the cookie and moves
 * the cookie there; NODE_NONE: there is none.
 */
#define LIST_NUMBERS 256

/* The thread with that number, or the next; 0: none. */
static uint64_t next_thread(struct task *task, uint32_t pid, uint64_t tid)
{
	struct process_thread_reply reply;

	return process_thread(&task->process_session, &(struct process_thread_request){
		pid, (uint32_t)tid }, &reply, 0) == STATUS_OK ? reply.tid : 0;
}

/* Likewise; negative: none. */
static long next_descriptor(struct task *task, uint64_t directory, uint64_t number)
{
	uint32_t client;
	long error;

	if (!node_is_own(task, directory)) {
		error = other_client(task, NODE_PROCESS(directory), &client);
		return error ? error : other_next_descriptor(task, client, number);
	}
	for (; number < task->process->files.descriptors_end; number++)
		if (file_of(task, (long)number))
			return (long)number;
	return -E_BADF;
}

static uint64_t list_number(struct task *task, uint64_t directory, uint64_t *cookie)
{
	uint64_t number = *cookie - LIST_NUMBERS;
	long descriptor;

	if (NODE_ROW(directory) == NODE_PROC) {
		number = proc_next(task, (uint32_t)number);
		*cookie = LIST_NUMBERS + number;
		return number ? NODE(NODE_PID, number, 0) : NODE_NONE;
	}
	if (NODE_ROW(directory) == NODE_PTS) {
		long pty = terminal_pty(task, number);

		*cookie = LIST_NUMBERS + (uint64_t)(pty < 0 ? 0 : pty);
		return pty < 0 ? NODE_NONE : NODE(NODE_PTS_SLAVE, 0, pty);
	}
	if (NODE_ROW(directory) == NODE_PID_TASK) {
		number = next_thread(task, NODE_PROCESS(directory), number);
		*cookie = LIST_NUMBERS + number;
		return number ? NODE(NODE_PID, WHO(NODE_PROCESS(directory), number), 0) : NODE_NONE;
	}
	if (NODE_ROW(directory) != NODE_PID_FD && NODE_ROW(directory) != NODE_PID_FDINFO)
		return NODE_NONE;
	descriptor = next_descriptor(task, directory, number);
	if (descriptor < 0)
		return NODE_NONE;
	*cookie = LIST_NUMBERS + (uint64_t)descriptor;
	return NODE(NODE_ROW(directory) == NODE_PID_FD ? NODE_PID_FD_LINK : NODE_PID_FDINFO_TEXT,
		    NODE_WHO(directory), descriptor);
}

static uint64_t list_next(struct task *task, uint64_t directory, uint64_t *cookie)
{
	uint64_t node, parent = NODE(NODE_ROW(directory), NODE_WHO(directory), 0);

	/* What has a number for a name comes from list_number; a thread has no threads. */
	for (; *cookie < NODE_ROWS; ++*cookie) {
		node = NODE(*cookie, NODE_WHO(directory), 0);
		if (node_parent(node) == parent && *cookie != NODE_PID &&
		    *cookie != NODE_PID_FD_LINK && *cookie != NODE_PID_FDINFO_TEXT &&
		    *cookie != NODE_PTS_SLAVE &&
		    !(*cookie == NODE_PID_TASK && NODE_THREAD(directory)))
			return node;
	}
	if (*cookie < LIST_NUMBERS)
		*cookie = LIST_NUMBERS;
	return list_number(task, directory, cookie);
}

static long virtual_list(struct task *task, struct open_file *file, uint64_t address,
			 uint64_t bytes)
{
	uint64_t start = address, node, cookie;
	char number[NODE_NAME_BYTES];
	const char *name;
	long error = 0;

	if (!node_is(file->node, LINUX_S_IFDIR))
		return -E_NOTDIR;
	for (;;) {
		cookie = file->position;
		if (cookie < 2) {
			node = cookie ? node_parent(file->node) : file->node;
			name = cookie ? ".." : ".";
		} else {
			node = list_next(task, file->node, &cookie);
			if (node == NODE_NONE)
				break;
			name = node_name(node, number);
		}
		error = list_entry(&address, &bytes, node, cookie + 1, name);
		if (error)
			break;
		file->position = cookie + 1;
	}
	return address != start || !error ? (long)(address - start) : error;
}

const struct file_operations virtual_operations = {
	.read = virtual_read,
	.write = virtual_write,
	.seek = virtual_seek,
	.status = virtual_status,
	.list = virtual_list,
};
