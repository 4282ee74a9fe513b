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

static long terminal_state(struct task *task, const struct open_file *file,
			   struct console_state_reply *state)
{
	return console_result(console_state(&task->console, &(struct console_state_request){
		device_of(file) }, state, 0));
}

static long acquire(struct task *task, const struct open_file *file)
{
	struct console_acquire_reply reply;

	return console_result(console_acquire(&task->console, &(struct console_acquire_request){
		device_of(file) }, &reply, 0));
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
	file->record = CONSOLE_TERMINAL;
	switch (NODE_ROW(node)) {
	case NODE_TTY:
		return open_device(task, CONSOLE_OPEN_CONTROLLING, 0, file);
	case NODE_PTMX:
		return open_device(task, CONSOLE_OPEN_MASTER, 0, file);
	case NODE_PTS_SLAVE:
		error = open_device(task, CONSOLE_OPEN_SLAVE, NODE_NUMBER(node), file);
		/* The first one that a session's leader opens is its controlling terminal. */
		if (!error && !(flags & LINUX_O_NOCTTY) && page->session == page->pid)
			(void)!acquire(task, file);
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

/* A process holds a side once, however many open files it has of it. */
static void terminal_release(struct task *task, struct open_file *file)
{
	struct files *files = &task->process->files;
	struct open_file *other = file_is_pty(file) ? files_next(files, 0) : 0;
	struct console_release_reply reply;

	for (; other; other = files_next(files, other))
		if (other != file && other->kind == FILE_TERMINAL && other->record == file->record)
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

/* ---- ioctl ---- */

static long get_attributes(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_attributes_reply reply;
	long error = console_result(console_attributes(&task->console,
		&(struct console_attributes_request){ device_of(file) }, &reply, 0));

	_Static_assert(__builtin_offsetof(struct console_termios, reserved) ==
		       sizeof(struct linux_termios), "struct termios is passed on");
	return error ? error : copy_to_program(address, &reply.termios,
					       sizeof(struct linux_termios));
}

static long set_attributes(struct task *task, const struct open_file *file, uint64_t address,
			   enum console_when when)
{
	struct console_set_attributes_request request = {
		.device = device_of(file), .when = when,
		.flags = signal_cannot_stop(task, SIGTTOU) ? CONSOLE_UNSTOPPABLE : 0 };
	struct console_set_attributes_reply reply;
	long error = copy_from_program(&request.termios, address, sizeof(struct linux_termios));

	return error ? error : console_result(console_set_attributes(&task->console, &request,
								    &reply, 0));
}

static long get_window(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_window_reply reply;
	long error = console_result(console_window(&task->console, &(struct console_window_request){
		device_of(file) }, &reply, 0));

	_Static_assert(sizeof(reply.size) == sizeof(struct linux_winsize), "struct winsize too");
	return error ? error : copy_to_program(address, &reply.size, sizeof(reply.size));
}

static long set_window(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_set_window_request request = { .device = device_of(file) };
	struct console_set_window_reply reply;
	long error = copy_from_program(&request.size, address, sizeof(request.size));

	return error ? error : console_result(console_set_window(&task->console, &request,
								&reply, 0));
}

static long set_foreground(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_set_foreground_reply reply;
	uint32_t group;
	long error = copy_from_program(&group, address, sizeof(group));

	if (error)
		return error;
	return console_result(console_set_foreground(&task->console,
		&(struct console_set_foreground_request){ .device = device_of(file), .group = group,
		.flags = signal_cannot_stop(task, SIGTTOU) ? CONSOLE_UNSTOPPABLE : 0 }, &reply, 0));
}

static long get_number(struct task *task, const struct open_file *file, uint64_t request,
		       uint64_t address)
{
	struct console_state_reply state;
	int32_t number;
	long error = terminal_state(task, file, &state);

	if (error)
		return error;
	if (request == LINUX_FIONREAD)
		number = (int32_t)state.input_bytes;
	else if (request == LINUX_TIOCOUTQ)
		number = (int32_t)state.output_bytes;
	else if (!CONSOLE_IS_MASTER(device_of(file)) && (state.session == 0 ||
		 state.session != PROCESS_PAGE(task->page)->session))
		return -E_NOTTY;
	else
		number = (int32_t)(request == LINUX_TIOCGPGRP ? state.foreground : state.session);
	return copy_to_program(address, &number, sizeof(number));
}

static long flush(struct task *task, const struct open_file *file, uint64_t queue)
{
	static const uint32_t queues[] = { CONSOLE_FLUSH_INPUT, CONSOLE_FLUSH_OUTPUT,
		CONSOLE_FLUSH_INPUT | CONSOLE_FLUSH_OUTPUT };
	struct console_flush_reply reply;

	if (queue > 2)
		return -E_INVAL;
	return console_result(console_flush(&task->console, &(struct console_flush_request){
		device_of(file), queues[queue] }, &reply, 0));
}

/* tcflow(3): the output here, or the bytes that tell the other side to stop and to go on. */
static long flow(struct task *task, struct open_file *file, uint64_t action)
{
	struct console_attributes_reply attributes;
	struct console_flow_reply reply;
	long error, written;

	if (action > 3)
		return -E_INVAL;
	if (action < 2)
		return console_result(console_flow(&task->console, &(struct console_flow_request){
			device_of(file), action == 0 }, &reply, 0));
	error = console_result(console_attributes(&task->console,
		&(struct console_attributes_request){ device_of(file) }, &attributes, 0));
	if (error)
		return error;
	/* VSTOP and VSTART are side by side, in the other order. */
	written = terminal_write(task, file,
		(uint64_t)&attributes.termios.character[action == 2 ? 9 : 8], 1, POSITION_OWN);
	return written < 0 ? written : 0;
}

static long type(struct task *task, struct open_file *file, uint64_t address)
{
	struct console_type_reply reply;
	uint8_t byte;
	long error = copy_from_program(&byte, address, sizeof(byte));

	return error ? error : console_result(console_type(&task->console,
		&(struct console_type_request){ device_of(file), byte }, &reply, 0));
}

static long lock_pty(struct task *task, struct open_file *file, uint64_t address)
{
	struct console_lock_pty_reply reply;
	int32_t locked;
	long error = copy_from_program(&locked, address, sizeof(locked));

	return error ? error : console_result(console_lock_pty(&task->console,
		&(struct console_lock_pty_request){ device_of(file), locked != 0 }, &reply, 0));
}

/* TIOCGPTPEER: the slave, whatever its name is here. */
static long open_peer(struct task *task, uint32_t number, uint64_t flags)
{
	struct open_file file = {
		.access = flags & LINUX_O_RDWR ? FILE_READ | FILE_WRITE :
			  flags & LINUX_O_WRONLY ? FILE_WRITE : FILE_READ,
		.flags = (unsigned int)flags & (LINUX_O_ACCMODE | LINUX_O_NONBLOCK),
		.node = NODE(NODE_PTS_SLAVE, 0, number),
	};
	long error = terminal_open(task, file.node, (unsigned int)flags, &file);

	return error ? error : descriptor_make(task, &file, (unsigned int)flags & LINUX_O_CLOEXEC);
}

/* What only the master of a pty knows. */
static long master_control(struct task *task, struct open_file *file, uint64_t request,
			   uint64_t argument)
{
	uint32_t number = CONSOLE_PTY_NUMBER(device_of(file));
	struct console_pty_reply state;
	int32_t on;
	long error;

	if (!CONSOLE_IS_MASTER(device_of(file)))
		return -E_NOTTY;
	switch (request) {
	case LINUX_TIOCGPTN:
		return copy_to_program(argument, &number, sizeof(number));
	case LINUX_TIOCSPTLCK:
		return lock_pty(task, file, argument);
	case LINUX_TIOCGPTLCK:
		error = console_result(console_pty(&task->console,
			&(struct console_pty_request){ number }, &state, 0));
		return error ? error : copy_to_program(argument, &state.locked,
						       sizeof(state.locked));
	case LINUX_TIOCGPTPEER:
		return open_peer(task, number, argument);
	case LINUX_TIOCPKT:
		error = copy_from_program(&on, argument, sizeof(on));
		return error ? error : on ? -E_INVAL : 0;
	}
	return -E_NOTTY;
}

static long session_control(struct task *task, struct open_file *file, uint64_t request,
			    uint64_t argument)
{
	struct console_disown_reply disowned;

	switch (request) {
	case LINUX_TIOCSPGRP:
		return set_foreground(task, file, argument);
	case LINUX_TIOCSCTTY:
		return CONSOLE_IS_MASTER(device_of(file)) ? -E_NOTTY : acquire(task, file);
	case LINUX_TIOCNOTTY:
		return console_result(console_disown(&task->console,
			&(struct console_disown_request){ device_of(file) }, &disowned, 0));
	case LINUX_TIOCSTI:
		return type(task, file, argument);
	}
	return master_control(task, file, request, argument);
}

static long terminal_control(struct task *task, struct open_file *file, uint64_t request,
			     uint64_t argument)
{
	switch (request) {
	case LINUX_TCGETS:
		return get_attributes(task, file, argument);
	case LINUX_TCSETS:
	case LINUX_TCSETSW:
	case LINUX_TCSETSF:
		return set_attributes(task, file, argument,
				      (enum console_when)(request - LINUX_TCSETS));
	case LINUX_TIOCGWINSZ:
		return get_window(task, file, argument);
	case LINUX_TIOCSWINSZ:
		return set_window(task, file, argument);
	case LINUX_TIOCGPGRP:
	case LINUX_TIOCGSID:
	case LINUX_TIOCOUTQ:
	case LINUX_FIONREAD:
		return get_number(task, file, request, argument);
	case LINUX_TCSBRK:
	case LINUX_TCSBRKP:
		return terminal_drain(task, file);
	case LINUX_TCFLSH:
		return flush(task, file, argument);
	case LINUX_TCXONC:
		return flow(task, file, argument);
	}
	return session_control(task, file, request, argument);
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
