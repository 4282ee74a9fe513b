/* SPDX-License-Identifier: MIT */
#include "user/posix/node.h"

#include "libipc/format.h"
#include "libipc/proto/process.h"
#include "libipc/string.h"
#include "user/posix/other.h"

struct node {
	const char *name;
	uint16_t mode;
	uint8_t parent, major, minor;
};

static const struct node nodes[] = {
#define NODE_STRUCT(name, parent, text, mode, major, minor) \
	{ text, mode, NODE_##parent, major, minor },
	NODE_TABLE(NODE_STRUCT)
#undef NODE_STRUCT
};

/* Links whose text never changes. */
static const char *const link_text[NODE_ROWS] = {
	[NODE_FD] = "/proc/self/fd",
	[NODE_STDIN] = "/proc/self/fd/0",
	[NODE_STDOUT] = "/proc/self/fd/1",
	[NODE_STDERR] = "/proc/self/fd/2",
	[NODE_MOUNTS] = "self/mounts",
};

unsigned int node_mode(uint64_t node)
{
	return nodes[NODE_ROW(node)].mode;
}

int node_is(uint64_t node, unsigned int type)
{
	return (node_mode(node) & LINUX_S_IFMT) == type;
}

uint64_t node_parent(uint64_t node)
{
	unsigned int parent = nodes[NODE_ROW(node)].parent;

	if (NODE_ROW(node) == NODE_PID && NODE_THREAD(node))
		return NODE(NODE_PID_TASK, NODE_PROCESS(node), 0);
	return NODE(parent, parent >= NODE_PID ? NODE_WHO(node) : 0, 0);
}

const char *node_name(uint64_t node, char number[NODE_NAME_BYTES])
{
	if (nodes[NODE_ROW(node)].name[0])
		return nodes[NODE_ROW(node)].name;
	format_text(number, NODE_NAME_BYTES, "%lu", NODE_ROW(node) == NODE_PID ?
		    (unsigned long)NODE_ID(node) : NODE_NUMBER(node));
	return number;
}

long node_path(uint64_t node, char *to, uint64_t size)
{
	char number[NODE_NAME_BYTES];
	const char *name = node_name(node, number);
	long bytes = node_parent(node) == NODE_NONE ? 0 : node_path(node_parent(node), to, size);

	if (bytes < 0 || (uint64_t)bytes + 1 + strlen(name) > size)
		return -E_NAMETOOLONG;
	to[bytes] = '/';
	memcpy(to + bytes + 1, name, strlen(name));
	return bytes + 1 + (long)strlen(name);
}

int node_is_own(struct task *task, uint64_t node)
{
	return NODE_PROCESS(node) == PROCESS_PAGE(task->page)->pid;
}

uint64_t node_device(uint64_t device)
{
	for (unsigned int row = 0; row < NODE_ROWS; row++)
		if (nodes[row].major && nodes[row].major == device >> 32 &&
		    nodes[row].minor == (device & 0xffffffff))
			return row;
	return NODE_NONE;
}

/* A name that is a decimal number, without leading zeros: the number, else -1. */
static long decimal(const char *name, uint64_t bytes)
{
	long value = 0;

	if (bytes == 0 || bytes > 9 || (name[0] == '0' && bytes > 1))
		return -1;
	for (uint64_t i = 0; i < bytes; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		value = 10 * value + (name[i] - '0');
	}
	return value;
}

static long child_thread(struct task *task, uint64_t node, long number, uint64_t *child)
{
	struct process_details_reply details;

	if (number <= 0 || other_details(task, (uint32_t)number, &details) ||
	    details.pid != NODE_PROCESS(node) || details.tid != number)
		return -E_NOENT;
	*child = NODE(NODE_PID, WHO(details.pid, number), 0);
	return 0;
}

/* Is that descriptor open? */
static long descriptor_exists(struct task *task, uint64_t node, long number)
{
	struct open_file file;
	uint32_t client;
	long error;

	if (node_is_own(task, node))
		return file_of(task, number) ? 0 : -E_NOENT;
	error = other_client(task, NODE_PROCESS(node), &client);
	if (!error)
		error = other_descriptor(task, client, (unsigned long)number, &file);
	return error && error != -E_ACCES ? -E_NOENT : error;
}

/* The directories whose entries come and go. */
static long child_by_number(struct task *task, uint64_t node, long number, uint64_t *child)
{
	uint32_t uid, gid;

	if (NODE_ROW(node) == NODE_PROC && number > 0) {
		*child = NODE(NODE_PID, number, 0);
		return proc_owner(task, (uint32_t)number, &uid, &gid);
	}
	if (NODE_ROW(node) == NODE_PTS && terminal_pty(task, (uint64_t)number) == number) {
		*child = NODE(NODE_PTS_SLAVE, 0, number);
		return 0;
	}
	/* The same directory again, without its threads. */
	if (NODE_ROW(node) == NODE_PID_TASK)
		return child_thread(task, node, number, child);
	if (NODE_ROW(node) == NODE_PID_FD || NODE_ROW(node) == NODE_PID_FDINFO) {
		*child = NODE(NODE_ROW(node) == NODE_PID_FD ? NODE_PID_FD_LINK :
			      NODE_PID_FDINFO_TEXT, NODE_WHO(node), number);
		return descriptor_exists(task, node, number);
	}
	return -E_NOENT;
}

long node_child(struct task *task, uint64_t node, const char *name, uint64_t bytes, uint64_t *child)
{
	unsigned int parent = NODE_ROW(node);
	long number = decimal(name, bytes);

	if (!node_is(node, LINUX_S_IFDIR))
		return -E_NOTDIR;
	if (number >= 0)
		return child_by_number(task, node, number, child);
	for (unsigned int row = NODE_DEV; row < NODE_ROWS; row++) {
		if (row == NODE_PID_TASK && NODE_THREAD(node))
			continue;
		if (nodes[row].parent == parent && strlen(nodes[row].name) == bytes &&
		    memcmp(nodes[row].name, name, bytes) == 0) {
			*child = NODE(row, NODE_WHO(node), 0);
			return 0;
		}
	}
	return -E_NOENT;
}

/* ---- links to open files ---- */

void node_path_begins(struct task *task)
{
	struct open_file *oldest = &task->view[++task->view_turn & 1];

	if (oldest->kind != FILE_NONE)
		other_let_go(task, oldest);
}

static int is_file_link(unsigned int row)
{
	return row == NODE_PID_FD_LINK || row == NODE_PID_CWD || row == NODE_PID_EXE ||
	       row == NODE_PID_ROOT;
}

static struct open_file *own_file(struct task *task, uint64_t node)
{
	switch (NODE_ROW(node)) {
	case NODE_PID_FD_LINK:
		return file_of(task, (long)NODE_NUMBER(node));
	case NODE_PID_CWD:
		return &task->process->files.directory;
	case NODE_PID_EXE:
		return task->process->executable;
	default:
		return 0;
	}
}

static long other_file(struct task *task, uint64_t node, uint32_t client, struct open_file *file)
{
	switch (NODE_ROW(node)) {
	case NODE_PID_FD_LINK:
		return other_descriptor(task, client, NODE_NUMBER(node), file);
	case NODE_PID_CWD:
		return other_directory(task, client, file);
	case NODE_PID_EXE:
		return other_executable(task, client, file);
	default:
		return other_root(task, client, file);
	}
}

long node_file(struct task *task, uint64_t node, struct open_file **file)
{
	struct open_file found = { 0 }, *view = &task->view[task->view_turn & 1];
	uint64_t position;
	uint32_t client;
	long error;

	*file = 0;
	if (!is_file_link(NODE_ROW(node)))
		return 0;
	if (node_is_own(task, node)) {
		*file = own_file(task, node);
		return 0;
	}
	error = other_client(task, NODE_PROCESS(node), &client);
	if (!error)
		error = other_file(task, node, client, &found);
	if (!error)
		error = other_view(task, client, &found, &position);
	if (error)
		return error == -E_ACCES ? error : -E_NOENT;
	if (view->kind != FILE_NONE)
		other_let_go(task, view);
	*view = found;
	*file = view;
	return 0;
}

long node_link(struct task *task, uint64_t node, char *to, uint64_t size)
{
	unsigned int row = NODE_ROW(node);
	struct open_file *file;
	char number[32];
	const char *text = link_text[row];
	uint64_t bytes;
	long error;

	if (!node_is(node, LINUX_S_IFLNK))
		return -E_INVAL;
	error = node_file(task, node, &file);
	if (error)
		return error;
	if (file)
		return file_describe(task, file, to, size);
	if (row == NODE_SELF) {
		format_text(number, sizeof(number), "%u", PROCESS_PAGE(task->page)->pid);
		text = number;
	}
	if (row == NODE_THREAD_SELF) {
		format_text(number, sizeof(number), "%u/task/%u", PROCESS_PAGE(task->page)->pid,
			    PROCESS_PAGE(task->page)->tid);
		text = number;
	}
	/* One's own, without chroot. */
	if (row == NODE_PID_ROOT)
		text = "/";
	if (!text)
		return -E_NOENT;
	bytes = strlen(text);
	if (bytes > size)
		return -E_NAMETOOLONG;
	memcpy(to, text, bytes);
	return (long)bytes;
}

long node_status(struct task *task, uint64_t node, struct fs_status *status)
{
	const struct node *row = &nodes[NODE_ROW(node)];
	long error = 0;

	*status = (struct fs_status){
		.inode = node,
		.mode = row->mode,
		.links = node_is(node, LINUX_S_IFDIR) ? 2 : 1,
		.volume = FILE_VOLUME_ANONYMOUS + (NODE_ROW(node) < NODE_PROC ? 5 : 4),
		.block_bytes = NODE_ROW(node) < NODE_PROC ? 4096 : 1024,
		.device = (uint64_t)row->major << 32 |
			  (NODE_ROW(node) == NODE_PTS_SLAVE ? NODE_NUMBER(node) : row->minor),
	};
	status->accessed_ns = status->modified_ns = status->changed_ns =
		(int64_t)info_page()->wall_boot_ns;
	if (NODE_PROCESS(node))
		error = proc_owner(task, NODE_PROCESS(node), &status->uid, &status->gid);
	terminal_owner(task, node, status);
	return error;
}

static long open_character(struct task *task, uint64_t node, unsigned int flags,
			   struct open_file *file)
{
	switch (NODE_ROW(node)) {
	case NODE_TTY:
	case NODE_CONSOLE:
	case NODE_PTMX:
	case NODE_PTS_SLAVE:
		return terminal_open(task, node, flags, file);
	case NODE_REPORT:
		file->kind = FILE_REPORT;
		return 0;
	default:
		file->kind = FILE_DEVICE;
		return 0;
	}
}

/* What shows a process's inside is for those who may inspect it, whatever its mode says. */
static long check_inspection(struct task *task, uint64_t node)
{
	uint32_t client;

	switch (NODE_ROW(node)) {
	case NODE_PID_ENVIRON:
	case NODE_PID_FD:
	case NODE_PID_FDINFO:
	case NODE_PID_FDINFO_TEXT:
	case NODE_PID_IO:
	case NODE_PID_MAPS:
		return node_is_own(task, node) ? 0 :
		       other_client(task, NODE_PROCESS(node), &client);
	default:
		return 0;
	}
}

long node_open(struct task *task, uint64_t node, unsigned int flags, struct open_file *file)
{
	struct fs_status status;
	unsigned int wanted = 0;
	long error;

	if ((flags & (LINUX_O_CREAT | LINUX_O_EXCL)) == (LINUX_O_CREAT | LINUX_O_EXCL))
		return -E_EXIST;
	if (flags & LINUX_O_DIRECTORY && !node_is(node, LINUX_S_IFDIR))
		return -E_NOTDIR;
	if (node_is(node, LINUX_S_IFLNK) && !(flags & LINUX_O_PATH))
		return -E_LOOP;
	file->node = node;
	if (flags & LINUX_O_PATH) {
		file->kind = FILE_VIRTUAL;
		return 0;
	}
	if (node_is(node, LINUX_S_IFDIR) && file->access & FILE_WRITE)
		return -E_ISDIR;
	error = node_status(task, node, &status);
	if (error)
		return error;
	wanted |= file->access & FILE_READ ? LINUX_R_OK : 0;
	wanted |= file->access & FILE_WRITE ? LINUX_W_OK : 0;
	error = file_permission(task, &status, wanted);
	if (!error)
		error = check_inspection(task, node);
	if (error)
		return error;
	if (node_is(node, LINUX_S_IFCHR))
		return open_character(task, node, flags, file);
	file->kind = FILE_VIRTUAL;
	return 0;
}
