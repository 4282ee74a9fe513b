/* SPDX-License-Identifier: MIT */
/* The console's terminal, by /dev/console and /dev/tty, and the report channel. */
#include "user/posix/node.h"

#include "libipc/proto/console.h"
#include "libipc/proto/process.h"

static uint32_t device_of(const struct open_file *file)
{
	return file->kind == FILE_REPORT ? CONSOLE_REPORT : (uint32_t)file->record;
}

static long console_result(status_t status)
{
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long terminal_acquire(struct task *task, const struct open_file *file, uint64_t steal)
{
	struct console_acquire_reply reply;

	return console_result(console_acquire(&task->console, &(struct console_acquire_request){
		device_of(file), (uint32_t)steal }, &reply, 0));
}

/* Of the console's service: a pty, or whatever the controlling terminal is. */
static long open_device(struct task *task, uint32_t what, uint64_t number, struct open_file *file)
{
	struct console_open_reply reply;
	status_t status = console_open(&task->console, &(struct console_open_request){ what,
		(uint32_t)number }, &reply, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	file->record = reply.device;
	return 0;
}

long terminal_open(struct task *task, uint64_t node, unsigned int flags, struct open_file *file)
{
	const volatile struct process_page *page = PROCESS_PAGE(task->page);
	long error = 0;

	file->kind = FILE_TERMINAL;
	switch (NODE_ROW(node)) {
	case NODE_CONSOLE:
		return open_device(task, CONSOLE_OPEN_UART, 0, file);
	case NODE_TTY:
		return open_device(task, CONSOLE_OPEN_CONTROLLING, 0, file);
	case NODE_PTMX:
		return open_device(task, CONSOLE_OPEN_MASTER, 0, file);
	case NODE_PTS_SLAVE:
		error = open_device(task, CONSOLE_OPEN_SLAVE, NODE_NUMBER(node), file);
		/* The first one that a session's leader opens is its controlling terminal. */
		if (!error && !(flags & LINUX_O_NOCTTY) && page->session == page->pid &&
		    file->access & FILE_READ)
			(void)!terminal_acquire(task, file, 0);
	}
	return error;
}

long terminal_pty(struct task *task, uint64_t number)
{
	struct console_pty_reply reply;
	status_t status = console_pty(&task->console, &(struct console_pty_request){ number },
				      &reply, 0);

	return status == STATUS_OK ? (long)reply.number : error_of_status(status);
}

/* The device that the node names; 0: none that has an owner. */
static int has_owner(uint64_t node, uint32_t *device)
{
	*device = NODE_ROW(node) == NODE_PTS_SLAVE ? CONSOLE_PTY(NODE_NUMBER(node)) :
		CONSOLE_TERMINAL;
	return NODE_ROW(node) == NODE_PTS_SLAVE || NODE_ROW(node) == NODE_CONSOLE;
}

void terminal_owner(struct task *task, uint64_t node, struct fs_status *status)
{
	struct console_owner_reply reply;
	uint32_t device;

	if (!has_owner(node, &device) || console_owner(&task->console,
			&(struct console_owner_request){ device }, &reply, 0) != STATUS_OK)
		return;
	status->uid = reply.owner.user;
	status->gid = reply.owner.group;
	status->mode = (status->mode & LINUX_S_IFMT) | reply.owner.mode;
}

long terminal_change(struct task *task, uint64_t node, const struct fs_change_request *request)
{
	struct console_set_owner_request change = { .owner = { request->uid, request->gid,
		request->mode } };
	struct console_set_owner_reply reply;

	if (!has_owner(node, &change.device))
		return -E_ROFS;
	change.change = (request->flags & FS_CHANGE_UID ? CONSOLE_CHANGE_USER : 0) |
			(request->flags & FS_CHANGE_GID ? CONSOLE_CHANGE_GROUP : 0) |
			(request->flags & FS_CHANGE_MODE ? CONSOLE_CHANGE_MODE : 0);
	return console_result(console_set_owner(&task->console, &change, &reply, 0));
}

/* A process holds a side once, however many open files it has of it. */
static void terminal_release(struct task *task, struct open_file *file)
{
	struct files *files = &task->process->files;
	struct open_file *other = file_is_pty(file) ? files_next(files, 0) : 0;
	struct console_release_reply reply;

	for (; other; other = files_next(files, other))
		if (other != file && other->kind == FILE_TERMINAL &&
		    CONSOLE_DEVICE(other->record) == CONSOLE_DEVICE(file->record))
			return;
	if (file_is_pty(file))
		(void)!console_release(&task->console,
			&(struct console_release_request){ file->record }, &reply, 0);
}

static long terminal_status(struct task *task, struct open_file *file, struct fs_status *status)
{
	return node_status(task, file->node, status);
}

static long terminal_poll(struct task *task, struct open_file *file, unsigned int events,
			  unsigned int arm)
{
	struct console_poll_reply reply;
	status_t status = console_poll(&task->console, &(struct console_poll_request){
		device_of(file), events, arm }, &reply, 0);

	return status == STATUS_OK ? (long)POLL_NEWS(reply.ready, reply.changes) : LINUX_POLLERR;
}

const struct file_operations terminal_operations = {
	.read = terminal_read,
	.write = terminal_write,
	.status = terminal_status,
	.poll = terminal_poll,
	.control = terminal_control,
	.release = terminal_release,
};

const struct file_operations report_operations = {
	.write = terminal_write,
	.status = terminal_status,
	.poll = terminal_poll,
};
