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

/* What only a terminal has. */
static status_t terminal_only(uint64_t device)
{
	return device == CONSOLE_TERMINAL ? STATUS_OK : STATUS_ERRNO(E_NOTTY);
}

static status_t on_read(struct call *call, const struct console_read_request *request,
			struct console_read_reply *reply)
{
	if (request->device != CONSOLE_TERMINAL)
		return STATUS_ERRNO(E_INVAL);
	return console_read_terminal(call, request, reply);
}

static status_t on_write(struct call *call, const struct console_write_request *request,
			 struct console_write_reply *reply)
{
	if (request->device >= CONSOLE_DEVICES)
		return STATUS_ERRNO(E_NODEV);
	return console_write_device(call, request, reply);
}

static status_t on_drain(struct call *call, const struct console_drain_request *request,
			 struct console_drain_reply *reply)
{
	(void)reply;
	if (request->device >= CONSOLE_DEVICES)
		return STATUS_ERRNO(E_NODEV);
	return console_wait_drained(call, (unsigned)request->device);
}

static status_t on_flush(struct call *call, const struct console_flush_request *request,
			 struct console_flush_reply *reply)
{
	status_t status = terminal_only(request->device);
	struct console_state *next;

	(void)call;
	(void)reply;
	if (status != STATUS_OK)
		return status;
	console_pump_input();
	next = console_begin(console.stable);
	if (request->queues & CONSOLE_FLUSH_INPUT)
		input_flush(next);
	if (request->queues & CONSOLE_FLUSH_OUTPUT)
		next->output[CONSOLE_TERMINAL].head = next->output[CONSOLE_TERMINAL].tail;
	console_commit(console.stable);
	console_pump_input();
	return STATUS_OK;
}

static status_t on_state(struct call *call, const struct console_state_request *request,
			 struct console_state_reply *reply)
{
	(void)call;
	if (request->device >= CONSOLE_DEVICES)
		return STATUS_ERRNO(E_NODEV);
	reply->output_bytes = (uint32_t)ring_used(&now()->output[request->device]);
	if (request->device == CONSOLE_TERMINAL) {
		reply->input_bytes = input_available(console.stable, now());
		reply->session = now()->session;
		reply->foreground = now()->foreground;
	}
	return STATUS_OK;
}

static status_t on_attributes(struct call *call, const struct console_attributes_request *request,
			      struct console_attributes_reply *reply)
{
	(void)call;
	reply->termios = now()->termios;
	return terminal_only(request->device);
}

static void change_attributes(const struct console_termios *termios, int flush)
{
	struct console_state *next = console_begin(console.stable);
	uint32_t before = next->termios.local;

	next->termios = *termios;
	if (flush)
		input_flush(next);
	if (!(termios->input & TERMIOS_IXON))
		next->stopped = 0;
	input_mode_changed(console.stable, next, before);
	console_commit(console.stable);
	console_wake_input();
	console_pump_output(CONSOLE_TERMINAL);
}

static status_t on_set_attributes(struct call *call,
				  const struct console_set_attributes_request *request,
				  struct console_set_attributes_reply *reply)
{
	status_t status = terminal_only(request->device);

	(void)reply;
	if (status == STATUS_OK)
		status = job_check(call, now(), request->flags, JOB_SIGTTOU);
	if (status == STATUS_OK && request->when != CONSOLE_NOW)
		status = console_wait_drained(call, CONSOLE_TERMINAL);
	if (status != STATUS_OK)
		return status;
	console_pump_input();
	change_attributes(&request->termios, request->when == CONSOLE_DRAIN_FLUSH);
	return STATUS_OK;
}

static status_t on_window(struct call *call, const struct console_window_request *request,
			  struct console_window_reply *reply)
{
	(void)call;
	reply->size = now()->size;
	return terminal_only(request->device);
}

static status_t on_set_window(struct call *call, const struct console_set_window_request *request,
			      struct console_set_window_reply *reply)
{
	const struct console_size *old = &now()->size, *size = &request->size;
	status_t status = terminal_only(request->device);
	struct console_state *next;

	(void)call;
	(void)reply;
	if (status != STATUS_OK ||
	    (old->rows == size->rows && old->columns == size->columns &&
	     old->x_pixels == size->x_pixels && old->y_pixels == size->y_pixels))
		return status;
	next = console_begin(console.stable);
	next->size = *size;
	console_commit(console.stable);
	job_signal(now()->foreground, JOB_SIGWINCH);
	return STATUS_OK;
}

static status_t on_set_foreground(struct call *call,
				  const struct console_set_foreground_request *request,
				  struct console_set_foreground_reply *reply)
{
	status_t status = terminal_only(request->device);
	struct console_state *next;
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (!now()->session || job.session != now()->session)
		return STATUS_ERRNO(E_NOTTY);
	status = job_check(call, now(), request->flags, JOB_SIGTTOU);
	if (status == STATUS_OK)
		status = job_check_group(request->group, job.session);
	if (status != STATUS_OK)
		return status;
	next = console_begin(console.stable);
	next->foreground = request->group;
	console_commit(console.stable);
	return STATUS_OK;
}

static void set_session(uint32_t session, uint32_t foreground, uint32_t leader)
{
	struct console_state *next = console_begin(console.stable);

	next->session = session;
	next->foreground = foreground;
	next->leader = leader;
	console_commit(console.stable);
}

static status_t on_acquire(struct call *call, const struct console_acquire_request *request,
			   struct console_acquire_reply *reply)
{
	status_t status = terminal_only(request->device);
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (now()->session && now()->session == job.session)
		return STATUS_OK;
	if (now()->session || job.process != job.session)
		return STATUS_ERRNO(E_PERM);
	set_session(job.session, job.group, BADGE_CLIENT(call->badge));
	return STATUS_OK;
}

/* Its leader has gone, or let go. In this order: a successor does it again rather than never. */
static void lose_session(void)
{
	job_signal(now()->foreground, JOB_SIGHUP);
	job_signal(now()->foreground, JOB_SIGCONT);
	set_session(0, 0, NO_CLIENT);
}

static status_t on_disown(struct call *call, const struct console_disown_request *request,
			  struct console_disown_reply *reply)
{
	status_t status = terminal_only(request->device);

	(void)reply;
	if (status == STATUS_OK && now()->leader == BADGE_CLIENT(call->badge))
		lose_session();
	return status;
}

static status_t on_watch(struct call *call, const struct console_watch_request *request,
			 struct console_watch_reply *reply)
{
	(void)reply;
	return watch_set(&console.stable->watches, call, request->bits);
}

static status_t on_poll(struct call *call, const struct console_poll_request *request,
			struct console_poll_reply *reply)
{
	if (request->device >= CONSOLE_DEVICES)
		return STATUS_ERRNO(E_NODEV);
	if (request->device == CONSOLE_TERMINAL && input_readable(now()))
		reply->ready |= POLL_INPUT;
	if (output_has_room(now(), request->device))
		reply->ready |= POLL_OUTPUT;
	reply->ready &= request->events;
	reply->changes = console.changes + console.watchers[request->device].changes;
	if (request->arm == POLL_ARM_ALWAYS || (!reply->ready && request->arm))
		watch_arm(&console.watchers[request->device], BADGE_CLIENT(call->badge));
	return STATUS_OK;
}

static void notified(uint32_t bits)
{
	if (bits & NOTIFY_RESTARTED)
		bits |= UART_NOTIFY_INPUT | UART_NOTIFY_OUTPUT;
	for (unsigned device = 0; bits & UART_NOTIFY_OUTPUT && device < CONSOLE_DEVICES; device++) {
		console_pump_output(device);
		event_signal(&console.output[device]);
	}
	if (bits & (UART_NOTIFY_INPUT | UART_NOTIFY_OUTPUT))
		console_pump_input();
}

static void client_dead(unsigned client)
{
	if (now()->leader == client)
		lose_session();
	if (BADGE_CLIENT(now()->client) == client)
		console.stable->state[console.stable->current].client = NO_CLIENT;
	watch_drop(&console.stable->watches, client);
}

static status_t start(uint32_t generation)
{
	uint64_t bytes;

	console.stable = stable_memory(&bytes);
	if (bytes < sizeof(*console.stable))
		return STATUS_NO_MEMORY;
	console.uart = service_session("uart");
	console.changes = POLL_CHANGES_OF(generation);
	job_start();
	if (generation == 0)
		console_initialise(console.stable);
	else
		console_recover(console.stable);
	console_resume();
	if (generation)
		watch_raise_all(&console.stable->watches);
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
