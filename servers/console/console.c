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

static int is_report(uint32_t file)
{
	return CONSOLE_DEVICE(file) == CONSOLE_REPORT;
}

status_t terminal_any(const struct call *call, uint32_t file, struct terminal **terminal)
{
	unsigned client = BADGE_CLIENT(call->badge);
	struct pty *pty;

	*terminal = &console.terminal[0];
	if (is_report(file))
		return STATUS_OK;
	if (CONSOLE_DEVICE(file) >= CONSOLE_PTY(CONSOLE_PTYS))
		return STATUS_ERRNO(E_NOTTY);
	if (CONSOLE_DEVICE(file) != CONSOLE_TERMINAL)
		*terminal = &console.terminal[1 + CONSOLE_PTY_NUMBER(file)];
	pty = (*terminal)->pty;
	if (CONSOLE_IS_MASTER(file))
		return pty->used && client_set_has(&pty->master, client) ? STATUS_OK :
			STATUS_ERRNO(E_NOTTY);
	if (terminal_is_hung(*terminal, file))
		return STATUS_ERRNO(E_IO);
	return !pty || client_set_has(&pty->slave, client) ? STATUS_OK : STATUS_ERRNO(E_NOTTY);
}

status_t terminal_of(const struct call *call, uint32_t file, struct terminal **terminal)
{
	return is_report(file) ? STATUS_ERRNO(E_NOTTY) : terminal_any(call, file, terminal);
}

static status_t on_read(struct call *call, const struct console_read_request *request,
			struct console_read_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, request->device, &terminal);

	/* What was hung up has an end. */
	if (status != STATUS_OK)
		return status == STATUS_ERRNO(E_IO) ? STATUS_OK : STATUS_ERRNO(E_INVAL);
	if (CONSOLE_IS_MASTER(request->device))
		return pty_read_master(call, terminal, request, reply);
	return console_read_terminal(call, terminal, request, reply);
}

static status_t on_write(struct call *call, const struct console_write_request *request,
			 struct console_write_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_any(call, request->device, &terminal);

	if (status != STATUS_OK)
		return status;
	if (CONSOLE_IS_MASTER(request->device))
		return pty_write_master(call, terminal, request, reply);
	return console_write_device(call, terminal, request, reply);
}

static status_t on_drain(struct call *call, const struct console_drain_request *request,
			 struct console_drain_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_any(call, request->device, &terminal);

	(void)reply;
	if (status == STATUS_OK && !is_report(request->device))
		status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status != STATUS_OK || terminal->pty)
		return status;
	return console_wait_drained(call, terminal, is_report(request->device));
}

/* Of a master: what it could read is the slave's output; what it has typed is with the slave. */
static uint32_t queues_of(const struct console_flush_request *request)
{
	if (!CONSOLE_IS_MASTER(request->device))
		return request->queues;
	return request->queues & CONSOLE_FLUSH_INPUT ? CONSOLE_FLUSH_OUTPUT : 0;
}

static status_t on_flush(struct call *call, const struct console_flush_request *request,
			 struct console_flush_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, request->device, &terminal);
	struct console_state *next;

	(void)reply;
	if (status == STATUS_OK)
		status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status != STATUS_OK)
		return status;
	console_pump_input(terminal);
	next = console_begin(terminal->stable);
	if (queues_of(request) & CONSOLE_FLUSH_INPUT)
		input_flush(next);
	if (CONSOLE_IS_MASTER(request->device) && queues_of(request))
		next->output[CONSOLE_TERMINAL].tail = next->output[CONSOLE_TERMINAL].head;
	else if (queues_of(request) & CONSOLE_FLUSH_OUTPUT)
		output_flush(next);
	console_commit(terminal->stable);
	console_wake_output(terminal, CONSOLE_TERMINAL);
	console_pump_input(terminal);
	return STATUS_OK;
}

static status_t on_state(struct call *call, const struct console_state_request *request,
			 struct console_state_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_any(call, (uint32_t)request->device, &terminal);
	int is_terminal = !is_report((uint32_t)request->device);

	if (status != STATUS_OK)
		return status;
	reply->output_bytes = (uint32_t)ring_used(&now(terminal)->output[!is_terminal]);
	if (!is_terminal)
		return STATUS_OK;
	reply->input_bytes = CONSOLE_IS_MASTER((uint32_t)request->device) ? reply->output_bytes :
		input_available(terminal->stable, now(terminal));
	if (terminal->pty)
		reply->output_bytes = 0;
	reply->session = now(terminal)->session;
	reply->foreground = now(terminal)->foreground;
	reply->exclusive = now(terminal)->exclusive;
	reply->packet = now(terminal)->packet;
	return STATUS_OK;
}

static status_t on_type(struct call *call, const struct console_type_request *request,
			struct console_type_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, request->device, &terminal);
	struct console_state *next;
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (now(terminal)->session != job.session && job.user)
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

static uint32_t ready_of(const struct terminal *terminal, uint32_t file)
{
	uint32_t ready = 0;

	if (CONSOLE_IS_MASTER(file))
		return pty_ready_master(terminal);
	if (!is_report(file) && input_readable(now(terminal)))
		ready |= POLL_INPUT;
	if (console_can_write(terminal, (unsigned)is_report(file)))
		ready |= POLL_OUTPUT;
	return ready;
}

static status_t on_poll(struct call *call, const struct console_poll_request *request,
			struct console_poll_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_any(call, request->device, &terminal);
	struct watchers *watchers;

	if (status == STATUS_ERRNO(E_IO)) {
		reply->ready = POLL_INPUT | POLL_OUTPUT | POLL_ERROR | POLL_HANGUP;
		reply->ready &= request->events | POLL_ERROR | POLL_HANGUP;
		reply->changes = console.changes;
		return STATUS_OK;
	}
	if (status != STATUS_OK)
		return status;
	watchers = &terminal->watchers[is_report(request->device) ||
				       CONSOLE_IS_MASTER(request->device)];
	reply->ready = ready_of(terminal, request->device) &
		       (request->events | POLL_ERROR | POLL_HANGUP);
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
	session_client_dead(client);
	for (unsigned i = 0; i < TERMINALS; i++) {
		struct terminal *terminal = &console.terminal[i];
		struct console_stable *stable = terminal->stable;

		if (terminal->pty && !terminal->pty->used)
			continue;
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
