/* SPDX-License-Identifier: MIT */
/*
 * The terminal and the report channel (libipc/proto/console.h). This file has the handlers;
 * transfer.c moves bytes, input.c and output.c say what they mean, job.c speaks with process, and
 * terminal.h says why a restart loses none of it.
 */
#include "servers/console/console.h"

#include "libipc/proto/errno.h"
#include "servers/console/job.h"

struct console console;

/* The terminal of a device that the caller may use, or 0. */
static struct terminal *terminal_of(const struct call *call, uint64_t device)
{
	unsigned client = BADGE_CLIENT(call->badge);
	struct pty *pty;

	if (device < CONSOLE_DEVICES)
		return &console.terminal[0];
	if (device >= CONSOLE_PTY(CONSOLE_PTYS))
		return 0;
	pty = &console.world->pty[CONSOLE_PTY_NUMBER(device)];
	if (!pty->used || !client_set_has(CONSOLE_IS_MASTER(device) ? &pty->master : &pty->slave,
					  client))
		return 0;
	return &console.terminal[1 + CONSOLE_PTY_NUMBER(device)];
}

/* What only a terminal has: the report channel has it not. */
static status_t terminal_only(const struct call *call, uint64_t device, struct terminal **terminal)
{
	*terminal = terminal_of(call, device);
	return *terminal && device != CONSOLE_REPORT ? STATUS_OK : STATUS_ERRNO(E_NOTTY);
}

static status_t on_read(struct call *call, const struct console_read_request *request,
			struct console_read_reply *reply)
{
	struct terminal *terminal = terminal_of(call, request->device);

	if (!terminal || request->device == CONSOLE_REPORT)
		return STATUS_ERRNO(E_INVAL);
	if (CONSOLE_IS_MASTER(request->device))
		return pty_read_master(call, terminal, request, reply);
	return console_read_terminal(call, terminal, request, reply);
}

static status_t on_write(struct call *call, const struct console_write_request *request,
			 struct console_write_reply *reply)
{
	struct terminal *terminal = terminal_of(call, request->device);

	if (!terminal)
		return STATUS_ERRNO(E_NODEV);
	if (CONSOLE_IS_MASTER(request->device))
		return pty_write_master(call, terminal, request, reply);
	return console_write_device(call, terminal, request, reply);
}

static status_t on_drain(struct call *call, const struct console_drain_request *request,
			 struct console_drain_reply *reply)
{
	struct terminal *terminal = terminal_of(call, request->device);

	(void)reply;
	if (!terminal)
		return STATUS_ERRNO(E_NODEV);
	if (CONSOLE_IS_MASTER(request->device))
		return STATUS_OK;
	return console_wait_drained(call, terminal, request->device == CONSOLE_REPORT);
}

static status_t on_flush(struct call *call, const struct console_flush_request *request,
			 struct console_flush_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);
	struct console_state *next;

	(void)reply;
	if (status != STATUS_OK)
		return status;
	console_pump_input(terminal);
	next = console_begin(terminal->stable);
	if (request->queues & CONSOLE_FLUSH_INPUT)
		input_flush(next);
	if (request->queues & CONSOLE_FLUSH_OUTPUT)
		next->output[CONSOLE_TERMINAL].head = next->output[CONSOLE_TERMINAL].tail;
	console_commit(terminal->stable);
	console_pump_input(terminal);
	return STATUS_OK;
}

static status_t on_state(struct call *call, const struct console_state_request *request,
			 struct console_state_reply *reply)
{
	struct terminal *terminal = terminal_of(call, request->device);
	unsigned stream = request->device == CONSOLE_REPORT;

	if (!terminal)
		return STATUS_ERRNO(E_NODEV);
	reply->output_bytes = (uint32_t)ring_used(&now(terminal)->output[stream]);
	if (request->device != CONSOLE_REPORT) {
		reply->input_bytes = CONSOLE_IS_MASTER(request->device) ? reply->output_bytes :
			input_available(terminal->stable, now(terminal));
		reply->session = now(terminal)->session;
		reply->foreground = now(terminal)->foreground;
	}
	return STATUS_OK;
}

static status_t on_attributes(struct call *call, const struct console_attributes_request *request,
			      struct console_attributes_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);

	if (status == STATUS_OK)
		reply->termios = now(terminal)->termios;
	return status;
}

static void change_attributes(struct terminal *terminal, const struct console_termios *termios,
			      int flush)
{
	struct console_state *next = console_begin(terminal->stable);
	uint32_t before = next->termios.local;

	next->termios = *termios;
	if (flush)
		input_flush(next);
	if (!(termios->input & TERMIOS_IXON))
		next->stopped = 0;
	input_mode_changed(terminal->stable, next, before);
	console_commit(terminal->stable);
	console_wake_input(terminal);
	console_pump_output(terminal, CONSOLE_TERMINAL);
}

static status_t on_set_attributes(struct call *call,
				  const struct console_set_attributes_request *request,
				  struct console_set_attributes_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);

	(void)reply;
	if (status == STATUS_OK)
		status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status == STATUS_OK && request->when != CONSOLE_NOW)
		status = console_wait_drained(call, terminal, CONSOLE_TERMINAL);
	if (status != STATUS_OK)
		return status;
	console_pump_input(terminal);
	change_attributes(terminal, &request->termios, request->when == CONSOLE_DRAIN_FLUSH);
	return STATUS_OK;
}

static status_t on_window(struct call *call, const struct console_window_request *request,
			  struct console_window_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);

	if (status == STATUS_OK)
		reply->size = now(terminal)->size;
	return status;
}

static status_t on_set_window(struct call *call, const struct console_set_window_request *request,
			      struct console_set_window_reply *reply)
{
	const struct console_size *old, *size = &request->size;
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);
	struct console_state *next;

	(void)reply;
	if (status != STATUS_OK)
		return status;
	old = &now(terminal)->size;
	if ((old->rows == size->rows && old->columns == size->columns &&
	     old->x_pixels == size->x_pixels && old->y_pixels == size->y_pixels))
		return STATUS_OK;
	next = console_begin(terminal->stable);
	next->size = *size;
	console_commit(terminal->stable);
	job_signal(now(terminal)->foreground, JOB_SIGWINCH);
	return STATUS_OK;
}

static status_t on_set_foreground(struct call *call,
				  const struct console_set_foreground_request *request,
				  struct console_set_foreground_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);
	struct console_state *next;
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (!now(terminal)->session || job.session != now(terminal)->session)
		return STATUS_ERRNO(E_NOTTY);
	status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status == STATUS_OK)
		status = job_check_group(request->group, job.session);
	if (status != STATUS_OK)
		return status;
	next = console_begin(terminal->stable);
	next->foreground = request->group;
	console_commit(terminal->stable);
	return STATUS_OK;
}

static void set_session(struct terminal *terminal, uint32_t session, uint32_t foreground,
			uint32_t leader)
{
	struct console_state *next = console_begin(terminal->stable);

	next->session = session;
	next->foreground = foreground;
	next->leader = leader;
	console_commit(terminal->stable);
}

static status_t on_acquire(struct call *call, const struct console_acquire_request *request,
			   struct console_acquire_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (now(terminal)->session && now(terminal)->session == job.session)
		return STATUS_OK;
	for (unsigned i = 0; i < TERMINALS; i++)
		if (now(&console.terminal[i])->session == job.session &&
		    (!i || console.terminal[i].pty->used))
			return STATUS_ERRNO(E_PERM);
	if (now(terminal)->session || job.process != job.session)
		return STATUS_ERRNO(E_PERM);
	set_session(terminal, job.session, job.group, BADGE_CLIENT(call->badge));
	return STATUS_OK;
}

/* In this order: a successor does it again rather than never. */
void console_lose_session(struct terminal *terminal)
{
	job_signal(now(terminal)->foreground, JOB_SIGHUP);
	job_signal(now(terminal)->foreground, JOB_SIGCONT);
	set_session(terminal, 0, 0, NO_CLIENT);
}

static status_t on_disown(struct call *call, const struct console_disown_request *request,
			  struct console_disown_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);

	(void)reply;
	if (status == STATUS_OK && now(terminal)->leader == BADGE_CLIENT(call->badge))
		console_lose_session(terminal);
	return status;
}

static status_t on_flow(struct call *call, const struct console_flow_request *request,
			struct console_flow_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);
	struct console_state *next;

	(void)reply;
	if (status != STATUS_OK)
		return status;
	next = console_begin(terminal->stable);
	next->stopped = request->stop != 0;
	console_commit(terminal->stable);
	console_pump_output(terminal, CONSOLE_TERMINAL);
	return STATUS_OK;
}

static status_t on_type(struct call *call, const struct console_type_request *request,
			struct console_type_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_only(call, request->device, &terminal);
	struct console_state *next;
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (now(terminal)->session != job.session)
		return STATUS_ERRNO(E_PERM);
	next = console_begin(terminal->stable);
	if (input_room(next))
		input_receive(terminal->stable, next, (uint8_t)request->byte);
	console_commit_answer(terminal->stable, call, 0);
	console_send_signal(terminal);
	console_pump_output(terminal, CONSOLE_TERMINAL);
	console_wake_input(terminal);
	return STATUS_OK;
}

static status_t on_watch(struct call *call, const struct console_watch_request *request,
			 struct console_watch_reply *reply)
{
	(void)reply;
	return watch_set(&console.world->watches, call, request->bits);
}

static status_t on_poll(struct call *call, const struct console_poll_request *request,
			struct console_poll_reply *reply)
{
	struct terminal *terminal = terminal_of(call, request->device);
	unsigned stream = request->device == CONSOLE_REPORT;
	struct watchers *watchers;

	if (!terminal)
		return STATUS_ERRNO(E_NODEV);
	watchers = &terminal->watchers[stream || CONSOLE_IS_MASTER(request->device)];
	if (CONSOLE_IS_MASTER(request->device)) {
		reply->ready = pty_ready_master(terminal);
	} else {
		if (request->device != CONSOLE_REPORT && input_readable(now(terminal)))
			reply->ready |= POLL_INPUT;
		if (output_has_room(now(terminal), stream))
			reply->ready |= POLL_OUTPUT;
		if (terminal_is_hung(terminal))
			reply->ready |= POLL_INPUT | POLL_OUTPUT | POLL_ERROR | POLL_HANGUP;
	}
	reply->ready &= request->events | POLL_ERROR | POLL_HANGUP;
	reply->changes = console.changes + watchers->changes;
	if (request->arm == POLL_ARM_ALWAYS || (!reply->ready && request->arm))
		watch_arm(watchers, BADGE_CLIENT(call->badge));
	return STATUS_OK;
}

static void notified(uint32_t bits)
{
	struct terminal *terminal = &console.terminal[0];

	if (bits & NOTIFY_RESTARTED)
		bits |= UART_NOTIFY_INPUT | UART_NOTIFY_OUTPUT;
	for (unsigned device = 0; bits & UART_NOTIFY_OUTPUT && device < CONSOLE_DEVICES; device++) {
		console_pump_output(terminal, device);
		event_signal(&terminal->output[device]);
	}
	if (bits & (UART_NOTIFY_INPUT | UART_NOTIFY_OUTPUT))
		console_pump_input(terminal);
}

static void client_dead(unsigned client)
{
	for (unsigned i = 0; i < TERMINALS; i++) {
		struct terminal *terminal = &console.terminal[i];
		struct console_stable *stable = terminal->stable;

		if (terminal->pty && !terminal->pty->used)
			continue;
		if (now(terminal)->leader == client)
			console_lose_session(terminal);
		if (BADGE_CLIENT(now(terminal)->client) == client)
			stable->state[stable->current].client = NO_CLIENT;
		if (terminal->pty) {
			pty_release(terminal, 0, client);
			pty_release(terminal, 1, client);
		}
	}
	watch_drop(&console.world->watches, client);
}

static status_t start(uint32_t generation)
{
	uint64_t bytes;

	console.world = stable_memory(&bytes);
	if (bytes < sizeof(*console.world))
		return STATUS_NO_MEMORY;
	console.uart = service_session("uart");
	console.changes = POLL_CHANGES_OF(generation);
	job_start();
	console.terminal[0].stable = &console.world->terminal;
	if (generation == 0)
		console_initialise(&console.world->terminal);
	for (unsigned i = 0; i < CONSOLE_PTYS; i++) {
		console.terminal[1 + i].pty = &console.world->pty[i];
		console.terminal[1 + i].stable = &console.world->pty[i].terminal;
	}
	for (unsigned i = 0; generation && i < TERMINALS; i++)
		if (!i || console.world->pty[i - 1].used)
			console_recover(console.terminal[i].stable);
	console_resume(&console.terminal[0]);
	for (unsigned i = 1; generation && i < TERMINALS; i++)
		if (console.terminal[i].pty->used)
			console_send_signal(&console.terminal[i]);
	if (generation)
		watch_raise_all(&console.world->watches);
	return STATUS_OK;
}

SERVER_TABLE(console, CONSOLE_INTERFACE)

const struct service service = {
	.name = "console",
	.operations = console_operations,
	.operation_count = console_operation_count,
	.start = start,
	.notified = notified,
	.client_dead = client_dead,
	.timeout = console_read_timeout,
};
