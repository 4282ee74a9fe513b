/* SPDX-License-Identifier: MIT */
/* What terminals are set to: attributes, window size, flow, who may open them. */
#include "servers/console/console.h"

#include "libipc/proto/errno.h"
#include "servers/console/job.h"

/* Of c_cflag: how fast, 4 bits and one more; B_OTHER: as the speeds say. */
#define CONTROL_SPEED      010017u
#define CONTROL_SPEED_MORE 010000u
#define CONTROL_OTHER      010000u
#define CONTROL_INPUT      16            /* that of input, if it differs, is so much higher */
#define CONTROL_SIZE       060u
#define CONTROL_READ       0200u
#define CONTROL_PARITY     0400u

status_t on_attributes(struct call *call, const struct console_attributes_request *request,
		       struct console_attributes_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, (uint32_t)request->device, &terminal);

	if (status == STATUS_OK)
		reply->termios = now(terminal)->termios;
	return status;
}

static uint32_t speed_of(uint32_t code, uint32_t other)
{
	static const uint32_t speeds[] = {
		0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
		0, 57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000,
		2000000, 2500000, 3000000, 3500000, 4000000,
	};

	code &= CONTROL_SPEED;
	if (code == CONTROL_OTHER)
		return other;
	return speeds[(code & 15) | (code & CONTROL_SPEED_MORE ? 16 : 0)];
}

static void set_speeds(struct console_termios *termios, const struct console_termios *old,
		       int keep)
{
	uint32_t input = termios->control >> CONTROL_INPUT & CONTROL_SPEED;

	if (keep) {
		termios->input_speed = old->input_speed;
		termios->output_speed = old->output_speed;
	}
	termios->input_speed = input ? speed_of(input, termios->input_speed) :
		speed_of(termios->control, termios->output_speed);
	termios->output_speed = speed_of(termios->control, termios->output_speed);
}

/* Whether Ctrl-S and Ctrl-Q stop output here. */
static int stops_itself(const struct console_termios *termios)
{
	return termios->input & TERMIOS_IXON && termios->character[TERMIOS_VSTOP] == 023 &&
	       termios->character[TERMIOS_VSTART] == 021;
}

static void tell_master(struct console_state *next, const struct console_termios *old)
{
	int before = stops_itself(old), after = stops_itself(&next->termios);

	if (before != after)
		packet_note(next, after ? PACKET_DO_STOP : PACKET_NO_STOP,
			    PACKET_DO_STOP | PACKET_NO_STOP);
	if ((old->local | next->termios.local) & TERMIOS_EXTPROC)
		packet_note(next, PACKET_CONTROL, 0);
}

static void change_attributes(struct terminal *terminal,
			      const struct console_set_attributes_request *request)
{
	struct console_state *next = console_begin(terminal->stable);
	struct console_termios old = next->termios;

	next->termios = request->termios;
	set_speeds(&next->termios, &old, request->flags & CONSOLE_KEEP_SPEEDS);
	if (terminal->pty)
		next->termios.control = (next->termios.control & ~(CONTROL_SIZE | CONTROL_PARITY)) |
					CONTROL_SIZE | CONTROL_READ;
	if (request->when == CONSOLE_DRAIN_FLUSH)
		input_flush(next);
	if (!(next->termios.input & TERMIOS_IXON) && !(next->stopped & STOPPED_BY_CALL))
		output_stop(next, 0);
	input_mode_changed(terminal->stable, next, old.local);
	tell_master(next, &old);
	console_commit(terminal->stable);
	console_wake_input(terminal);
	console_pump_output(terminal, CONSOLE_TERMINAL);
}

status_t on_set_attributes(struct call *call,
			   const struct console_set_attributes_request *request,
				  struct console_set_attributes_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, (uint32_t)request->device, &terminal);

	(void)reply;
	if (status == STATUS_OK)
		status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status == STATUS_OK && request->when != CONSOLE_NOW && !terminal->pty)
		status = console_wait_drained(call, terminal, CONSOLE_TERMINAL);
	if (status != STATUS_OK)
		return status;
	console_pump_input(terminal);
	change_attributes(terminal, request);
	return STATUS_OK;
}

status_t on_window(struct call *call, const struct console_window_request *request,
		   struct console_window_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, (uint32_t)request->device, &terminal);

	if (status == STATUS_OK)
		reply->size = now(terminal)->size;
	return status;
}

status_t on_set_window(struct call *call, const struct console_set_window_request *request,
		       struct console_set_window_reply *reply)
{
	const struct console_size *old, *size = &request->size;
	struct terminal *terminal;
	status_t status = terminal_of(call, (uint32_t)request->device, &terminal);
	struct console_state *next;

	(void)reply;
	if (status != STATUS_OK)
		return status;
	old = &now(terminal)->size;
	if (old->rows == size->rows && old->columns == size->columns &&
	    old->x_pixels == size->x_pixels && old->y_pixels == size->y_pixels)
		return STATUS_OK;
	next = console_begin(terminal->stable);
	next->size = *size;
	console_commit(terminal->stable);
	job_signal(now(terminal)->foreground, JOB_SIGWINCH);
	return STATUS_OK;
}

status_t on_flow(struct call *call, const struct console_flow_request *request,
		 struct console_flow_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, request->device, &terminal);
	struct console_state *next;

	(void)reply;
	if (status == STATUS_OK)
		status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status != STATUS_OK)
		return status;
	next = console_begin(terminal->stable);
	if (request->stop)
		output_stop(next, STOPPED_BY_CALL);
	else if (next->stopped & STOPPED_BY_CALL)
		output_stop(next, 0);
	console_commit(terminal->stable);
	console_pump_output(terminal, CONSOLE_TERMINAL);
	return STATUS_OK;
}

status_t on_exclusive(struct call *call, const struct console_exclusive_request *request,
		      struct console_exclusive_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, request->device, &terminal);

	(void)reply;
	if (status == STATUS_OK)
		terminal->stable->state[terminal->stable->current].exclusive = request->on != 0;
	return status;
}

/* It has a name, whether the caller has a file of it or not. */
static status_t terminal_named(uint64_t device, struct terminal **terminal)
{
	if (device == CONSOLE_TERMINAL) {
		*terminal = &console.terminal[0];
		return STATUS_OK;
	}
	if (device < CONSOLE_DEVICES || device >= CONSOLE_PTY(CONSOLE_PTYS))
		return STATUS_ERRNO(E_NXIO);
	*terminal = &console.terminal[1 + CONSOLE_PTY_NUMBER(device)];
	return (*terminal)->pty->used && terminal_has_master(*terminal) ? STATUS_OK :
		STATUS_ERRNO(E_NXIO);
}

status_t on_owner(struct call *call, const struct console_owner_request *request,
		  struct console_owner_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_named(request->device, &terminal);

	(void)call;
	if (status == STATUS_OK)
		reply->owner = now(terminal)->owner;
	return status;
}

status_t on_set_owner(struct call *call, const struct console_set_owner_request *request,
		      struct console_set_owner_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_named(request->device, &terminal);
	struct console_state *next;
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (job.user && (job.user != now(terminal)->owner.user ||
			 request->change & ~CONSOLE_CHANGE_MODE))
		return STATUS_ERRNO(E_PERM);
	next = console_begin(terminal->stable);
	if (request->change & CONSOLE_CHANGE_USER)
		next->owner.user = request->owner.user;
	if (request->change & CONSOLE_CHANGE_GROUP)
		next->owner.group = request->owner.group;
	if (request->change & CONSOLE_CHANGE_MODE)
		next->owner.mode = request->owner.mode & 07777;
	console_commit(terminal->stable);
	return STATUS_OK;
}
