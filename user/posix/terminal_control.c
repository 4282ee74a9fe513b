/* SPDX-License-Identifier: MIT */
/* ioctls of terminals and of the masters of ptys. */
#include "user/posix/node.h"

#include "libipc/proto/console.h"
#include "libipc/proto/process.h"
#include "libipc/string.h"
#include "user/posix/signal.h"

static uint32_t device_of(const struct open_file *file)
{
	return (uint32_t)file->record;
}

static long console_result(status_t status)
{
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* A process of the background is stopped when it changes something, unless it cannot be. */
static uint16_t background_flags(struct task *task)
{
	return signal_cannot_stop(task, SIGTTOU) ? CONSOLE_UNSTOPPABLE : 0;
}

static long terminal_state(struct task *task, const struct open_file *file,
			   struct console_state_reply *state)
{
	return console_result(console_state(&task->console, &(struct console_state_request){
		device_of(file) }, state, 0));
}

static long attributes_of(struct task *task, const struct open_file *file,
			  struct console_termios *termios)
{
	struct console_attributes_reply reply;
	long error = console_result(console_attributes(&task->console,
		&(struct console_attributes_request){ device_of(file) }, &reply, 0));

	*termios = reply.termios;
	return error;
}

/* struct termios, or with the speeds struct termios2. */
#define BYTES_TERMIOS  36
#define BYTES_TERMIOS2 44
_Static_assert(__builtin_offsetof(struct console_termios, input_speed) == BYTES_TERMIOS &&
	       __builtin_offsetof(struct console_termios, reserved) == BYTES_TERMIOS2,
	       "they are passed on");

static long get_attributes(struct task *task, const struct open_file *file, uint64_t address,
			   uint64_t bytes)
{
	struct console_termios termios;
	long error = attributes_of(task, file, &termios);

	return error ? error : copy_to_program(address, &termios, bytes);
}

static long change_attributes(struct task *task, const struct open_file *file,
			      struct console_set_attributes_request *request)
{
	struct console_set_attributes_reply reply;

	request->device = device_of(file);
	request->flags |= background_flags(task);
	return console_result(console_set_attributes(&task->console, request, &reply, 0));
}

static long set_attributes(struct task *task, const struct open_file *file, uint64_t address,
			   uint64_t bytes, unsigned int when)
{
	struct console_set_attributes_request request = { .when = (uint16_t)when,
		.flags = bytes == BYTES_TERMIOS ? CONSOLE_KEEP_SPEEDS : 0 };
	long error = copy_from_program(&request.termios, address, bytes);

	return error ? error : change_attributes(task, file, &request);
}

/* TCGETA and relatives: the old struct termio has the lower halves, and fewer characters. */
struct linux_termio {
	uint16_t input, output, control, local;
	uint8_t line, character[8], padding;
};
_Static_assert(sizeof(struct linux_termio) == 18, "struct termio of the kernel");

static long get_termio(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_termios termios;
	struct linux_termio termio;
	long error = attributes_of(task, file, &termios);

	if (error)
		return error;
	termio = (struct linux_termio){
		.input = (uint16_t)termios.input, .output = (uint16_t)termios.output,
		.control = (uint16_t)termios.control, .local = (uint16_t)termios.local,
		.line = termios.line,
	};
	memcpy(termio.character, termios.character, sizeof(termio.character));
	return copy_to_program(address, &termio, sizeof(termio) - sizeof(termio.padding));
}

static long set_termio(struct task *task, const struct open_file *file, uint64_t address,
		       unsigned int when)
{
	struct console_set_attributes_request request = { .when = (uint16_t)when,
		.flags = CONSOLE_KEEP_SPEEDS };
	struct console_termios *termios = &request.termios;
	struct linux_termio termio;
	long error = copy_from_program(&termio, address,
				       sizeof(termio) - sizeof(termio.padding));

	if (!error)
		error = attributes_of(task, file, termios);
	if (error)
		return error;
	termios->input = (termios->input & ~0xffffu) | termio.input;
	termios->output = (termios->output & ~0xffffu) | termio.output;
	termios->control = (termios->control & ~0xffffu) | termio.control;
	termios->local = (termios->local & ~0xffffu) | termio.local;
	termios->line = termio.line;
	memcpy(termios->character, termio.character, sizeof(termio.character));
	return change_attributes(task, file, &request);
}

/* CLOCAL: whether the modem's lines matter. */
static long get_local(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_termios termios;
	long error = attributes_of(task, file, &termios);
	int32_t on = (termios.control & LINUX_CLOCAL) != 0;

	return error ? error : copy_to_program(address, &on, sizeof(on));
}

static long set_local(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_set_attributes_request request = { .flags = CONSOLE_KEEP_SPEEDS };
	int32_t on;
	long error = copy_from_program(&on, address, sizeof(on));

	if (!error)
		error = attributes_of(task, file, &request.termios);
	if (error)
		return error;
	request.termios.control = (request.termios.control & ~LINUX_CLOCAL) |
				  (on ? LINUX_CLOCAL : 0);
	return change_attributes(task, file, &request);
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
	if ((int32_t)group < 0)
		return -E_INVAL;
	return console_result(console_set_foreground(&task->console,
		&(struct console_set_foreground_request){ .device = device_of(file), .group = group,
		.flags = background_flags(task) }, &reply, 0));
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
	else if (request == LINUX_TIOCGSID && !state.session)
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
		device_of(file), queues[queue], background_flags(task) }, &reply, 0));
}

/* tcflow(3): the output here, or the bytes that tell the other side to stop and to go on. */
static long flow(struct task *task, struct open_file *file, uint64_t action)
{
	struct console_termios termios;
	struct console_flow_reply reply;
	long error, written;

	if (action > 3)
		return -E_INVAL;
	if (action < 2)
		return console_result(console_flow(&task->console, &(struct console_flow_request){
			device_of(file), action == 0, background_flags(task) }, &reply, 0));
	error = attributes_of(task, file, &termios);
	if (error)
		return error;
	/* VSTOP and VSTART are side by side, in the other order. */
	written = terminal_write(task, file, (uint64_t)&termios.character[action == 2 ? 9 : 8], 1,
				 POSITION_OWN);
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

static long set_packet(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_packet_reply reply;
	int32_t on;
	long error = copy_from_program(&on, address, sizeof(on));

	return error ? error : console_result(console_packet(&task->console,
		&(struct console_packet_request){ device_of(file), on != 0 }, &reply, 0));
}

static long set_exclusive(struct task *task, const struct open_file *file, uint32_t on)
{
	struct console_exclusive_reply reply;

	return console_result(console_exclusive(&task->console,
		&(struct console_exclusive_request){ device_of(file), on }, &reply, 0));
}

static long get_switch(struct task *task, const struct open_file *file, uint64_t request,
		       uint64_t address)
{
	struct console_state_reply state;
	long error = terminal_state(task, file, &state);
	int32_t on = (int32_t)(request == LINUX_TIOCGPKT ? state.packet : state.exclusive);

	return error ? error : copy_to_program(address, &on, sizeof(on));
}

/* TIOCGDEV, TIOCGETD, TIOCSETD: the device's number; the only discipline is the usual one, 0. */
static long get_constant(struct task *task, const struct open_file *file, uint32_t value,
			 uint64_t address)
{
	struct console_state_reply state;
	long error = terminal_state(task, file, &state);

	return error ? error : copy_to_program(address, &value, sizeof(value));
}

static long set_discipline(struct task *task, const struct open_file *file, uint64_t address)
{
	struct console_state_reply state;
	int32_t discipline;
	long error = copy_from_program(&discipline, address, sizeof(discipline));

	if (!error)
		error = terminal_state(task, file, &state);
	return error ? error : discipline ? -E_INVAL : 0;
}

static uint32_t number_of(struct task *task, const struct open_file *file)
{
	struct fs_status status;
	uint32_t device = device_of(file);

	/* A master's is its slave's. */
	if (CONSOLE_DEVICE(device) >= CONSOLE_DEVICES)
		return 136u << 8 | CONSOLE_PTY_NUMBER(device);
	if (node_status(task, file->node, &status))
		return 0;
	return (uint32_t)(status.device >> 32 << 8 | (status.device & 0xff));
}

/* What only the master of a pty knows. */
static long master_control(struct task *task, struct open_file *file, uint64_t request,
			   uint64_t argument)
{
	uint32_t number = CONSOLE_PTY_NUMBER(device_of(file));
	struct console_pty_reply state;
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
		return set_packet(task, file, argument);
	case LINUX_TIOCGPKT:
		return get_switch(task, file, request, argument);
	}
	return -E_NOTTY;
}

static long hang_up(struct task *task, uint32_t what, uint32_t device)
{
	struct console_hang_up_reply reply;

	return console_result(console_hang_up(&task->console, &(struct console_hang_up_request){
		what, device }, &reply, 0));
}

long sys_vhangup(struct task *task)
{
	return hang_up(task, CONSOLE_HANG_UP_CONTROLLING, 0);
}

static long session_control(struct task *task, struct open_file *file, uint64_t request,
			    uint64_t argument)
{
	struct console_disown_reply disowned;

	switch (request) {
	case LINUX_TIOCSPGRP:
		return set_foreground(task, file, argument);
	case LINUX_TIOCSCTTY:
		return terminal_acquire(task, file, argument == 1);
	case LINUX_TIOCNOTTY:
		return console_result(console_disown(&task->console,
			&(struct console_disown_request){ device_of(file) }, &disowned, 0));
	case LINUX_TIOCSTI:
		return type(task, file, argument);
	case LINUX_TIOCVHANGUP:
		return hang_up(task, CONSOLE_HANG_UP_FILE, device_of(file));
	case LINUX_TIOCEXCL:
	case LINUX_TIOCNXCL:
		return set_exclusive(task, file, request == LINUX_TIOCEXCL);
	case LINUX_TIOCGEXCL:
		return get_switch(task, file, request, argument);
	case LINUX_TIOCGDEV:
		return get_constant(task, file, number_of(task, file), argument);
	case LINUX_TIOCGETD:
		return get_constant(task, file, 0, argument);
	case LINUX_TIOCSETD:
		return set_discipline(task, file, argument);
	}
	return master_control(task, file, request, argument);
}

static long attributes_control(struct task *task, struct open_file *file, uint64_t request,
			       uint64_t argument)
{
	switch (request) {
	case LINUX_TCGETS:
		return get_attributes(task, file, argument, BYTES_TERMIOS);
	case LINUX_TCGETS2:
		return get_attributes(task, file, argument, BYTES_TERMIOS2);
	case LINUX_TCGETA:
		return get_termio(task, file, argument);
	case LINUX_TCSETS:
	case LINUX_TCSETSW:
	case LINUX_TCSETSF:
		return set_attributes(task, file, argument, BYTES_TERMIOS,
				      (unsigned int)(request - LINUX_TCSETS));
	case LINUX_TCSETS2:
	case LINUX_TCSETSW2:
	case LINUX_TCSETSF2:
		return set_attributes(task, file, argument, BYTES_TERMIOS2,
				      (unsigned int)(request - LINUX_TCSETS2));
	case LINUX_TCSETA:
	case LINUX_TCSETAW:
	case LINUX_TCSETAF:
		return set_termio(task, file, argument, (unsigned int)(request - LINUX_TCSETA));
	case LINUX_TIOCGSOFTCAR:
		return get_local(task, file, argument);
	case LINUX_TIOCSSOFTCAR:
		return set_local(task, file, argument);
	}
	return session_control(task, file, request, argument);
}

long terminal_control(struct task *task, struct open_file *file, uint64_t request,
		      uint64_t argument)
{
	switch (request) {
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
	case LINUX_TIOCSBRK:
	case LINUX_TIOCCBRK:
		return terminal_drain(task, file);
	case LINUX_TCFLSH:
		return flush(task, file, argument);
	case LINUX_TCXONC:
		return flow(task, file, argument);
	}
	return attributes_control(task, file, request, argument);
}
