/* SPDX-License-Identifier: MIT */
/* The console's terminal, by /dev/console and /dev/tty, and the report channel. */
#include "user/posix/node.h"

#include "libipc/proto/console.h"
#include "libipc/proto/process.h"

static uint32_t device_of(const struct open_file *file)
{
	return file->kind == FILE_REPORT ? CONSOLE_REPORT : CONSOLE_TERMINAL;
}

static long console_result(status_t status)
{
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long terminal_state(struct task *task, struct console_state_reply *state)
{
	return console_result(console_state(&task->console, &(struct console_state_request){
		CONSOLE_TERMINAL }, state, 0));
}

long terminal_open(struct task *task, uint64_t node, struct open_file *file)
{
	struct console_state_reply state;
	long error;

	file->kind = FILE_TERMINAL;
	if (NODE_ROW(node) != NODE_TTY)
		return 0;
	error = terminal_state(task, &state);
	if (error)
		return error;
	return state.session && state.session == PROCESS_PAGE(task->page)->session ? 0 : -E_NXIO;
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

static long get_attributes(struct task *task, uint64_t address)
{
	struct console_attributes_reply reply;
	long error = console_result(console_attributes(&task->console,
		&(struct console_attributes_request){ CONSOLE_TERMINAL }, &reply, 0));

	_Static_assert(__builtin_offsetof(struct console_termios, reserved) ==
		       sizeof(struct linux_termios), "struct termios is passed on");
	return error ? error : copy_to_program(address, &reply.termios,
					       sizeof(struct linux_termios));
}

static long set_attributes(struct task *task, uint64_t address, enum console_when when)
{
	struct console_set_attributes_request request = {
		.device = CONSOLE_TERMINAL, .when = when,
		.flags = signal_cannot_stop(task, SIGTTOU) ? CONSOLE_UNSTOPPABLE : 0 };
	struct console_set_attributes_reply reply;
	long error = copy_from_program(&request.termios, address, sizeof(struct linux_termios));

	return error ? error : console_result(console_set_attributes(&task->console, &request,
								    &reply, 0));
}

static long get_window(struct task *task, uint64_t address)
{
	struct console_window_reply reply;
	long error = console_result(console_window(&task->console, &(struct console_window_request){
		CONSOLE_TERMINAL }, &reply, 0));

	_Static_assert(sizeof(reply.size) == sizeof(struct linux_winsize), "struct winsize too");
	return error ? error : copy_to_program(address, &reply.size, sizeof(reply.size));
}

static long set_window(struct task *task, uint64_t address)
{
	struct console_set_window_request request = { .device = CONSOLE_TERMINAL };
	struct console_set_window_reply reply;
	long error = copy_from_program(&request.size, address, sizeof(request.size));

	return error ? error : console_result(console_set_window(&task->console, &request,
								&reply, 0));
}

static long set_foreground(struct task *task, uint64_t address)
{
	struct console_set_foreground_reply reply;
	uint32_t group;
	long error = copy_from_program(&group, address, sizeof(group));

	if (error)
		return error;
	return console_result(console_set_foreground(&task->console,
		&(struct console_set_foreground_request){ .device = CONSOLE_TERMINAL, .group = group,
		.flags = signal_cannot_stop(task, SIGTTOU) ? CONSOLE_UNSTOPPABLE : 0 }, &reply, 0));
}

static long get_number(struct task *task, uint64_t request, uint64_t address)
{
	struct console_state_reply state;
	int32_t number;
	long error = terminal_state(task, &state);

	if (error)
		return error;
	if (request == LINUX_FIONREAD)
		number = (int32_t)state.input_bytes;
	else if (request == LINUX_TIOCOUTQ)
		number = (int32_t)state.output_bytes;
	else if (state.session == 0 || state.session != PROCESS_PAGE(task->page)->session)
		return -E_NOTTY;
	else
		number = (int32_t)(request == LINUX_TIOCGPGRP ? state.foreground : state.session);
	return copy_to_program(address, &number, sizeof(number));
}

static long flush(struct task *task, uint64_t queue)
{
	static const uint32_t queues[] = { CONSOLE_FLUSH_INPUT, CONSOLE_FLUSH_OUTPUT,
		CONSOLE_FLUSH_INPUT | CONSOLE_FLUSH_OUTPUT };
	struct console_flush_reply reply;

	if (queue > 2)
		return -E_INVAL;
	return console_result(console_flush(&task->console, &(struct console_flush_request){
		CONSOLE_TERMINAL, queues[queue] }, &reply, 0));
}

static long terminal_control(struct task *task, struct open_file *file __attribute__((unused)),
			     uint64_t request, uint64_t argument)
{
	struct console_acquire_reply acquired;
	struct console_disown_reply disowned;

	switch (request) {
	case LINUX_TCGETS:
		return get_attributes(task, argument);
	case LINUX_TCSETS:
	case LINUX_TCSETSW:
	case LINUX_TCSETSF:
		return set_attributes(task, argument, (enum console_when)(request - LINUX_TCSETS));
	case LINUX_TIOCGWINSZ:
		return get_window(task, argument);
	case LINUX_TIOCSWINSZ:
		return set_window(task, argument);
	case LINUX_TIOCGPGRP:
	case LINUX_TIOCGSID:
	case LINUX_TIOCOUTQ:
	case LINUX_FIONREAD:
		return get_number(task, request, argument);
	case LINUX_TIOCSPGRP:
		return set_foreground(task, argument);
	case LINUX_TCSBRK:
	case LINUX_TCSBRKP:
		return terminal_drain(task);
	case LINUX_TCFLSH:
		return flush(task, argument);
	case LINUX_TCXONC:
		return argument > 3 ? -E_INVAL : 0;
	case LINUX_TIOCSCTTY:
		return console_result(console_acquire(&task->console,
			&(struct console_acquire_request){ CONSOLE_TERMINAL }, &acquired, 0));
	case LINUX_TIOCNOTTY:
		return console_result(console_disown(&task->console,
			&(struct console_disown_request){ CONSOLE_TERMINAL }, &disowned, 0));
	}
	return -E_NOTTY;
}

const struct file_operations terminal_operations = {
	.read = terminal_read,
	.write = terminal_write,
	.status = terminal_status,
	.poll = terminal_poll,
	.control = terminal_control,
};

const struct file_operations report_operations = {
	.write = terminal_write,
	.status = terminal_status,
	.poll = terminal_poll,
};
