/* SPDX-License-Identifier: MIT */
/* Bytes between programs, the terminal's state, and the uart. */
#include "servers/console/console.h"

#include "libipc/proto/errno.h"
#include "libipc/time.h"
#include "servers/console/job.h"

#define VTIME_UNIT_NS 100000000ull

_Static_assert(CONSOLE_TERMINAL == (int)UART_CONSOLE && CONSOLE_REPORT == (int)UART_REPORT,
	       "devices here are the ports there");

/* What one request moves at a time; nothing waits while it is in use. */
static uint8_t staging[LINE_ENTRIES];

/* ---- to and from the uart ---- */

void console_wake_input(struct terminal *terminal)
{
	event_signal(&terminal->input);
	watch_raise(&console.world->watches, &terminal->watchers[CONSOLE_TERMINAL]);
}

void console_wake_output(struct terminal *terminal, unsigned device)
{
	event_signal(&terminal->output[device]);
	watch_raise(&console.world->watches, &terminal->watchers[device]);
}

/* Positions that only grow: stored in place, outside of any unfinished copy. */
static void output_taken(struct terminal *terminal, unsigned device, uint64_t position)
{
	struct console_stable *stable = terminal->stable;

	ring_publish(&stable->state[stable->current].output[device].tail, position);
}

void console_pump_output(struct terminal *terminal, unsigned device)
{
	struct uart_write_reply reply;
	const struct ring *ring;
	uint64_t offset, bytes, before = now(terminal)->output[device].tail;
	status_t status;

	if (terminal->pty) {
		pty_wake_master(terminal);
		console_wake_output(terminal, device);
		return;
	}
	for (;;) {
		ring = &now(terminal)->output[device];
		offset = ring->tail % OUTPUT_BYTES;
		bytes = ring_used(ring);
		if (bytes > OUTPUT_BYTES - offset)
			bytes = OUTPUT_BYTES - offset;
		if (!bytes || (device == CONSOLE_TERMINAL && now(terminal)->stopped))
			break;
		status = uart_write(&console.uart, &(struct uart_write_request){
			.port = device, .bytes = (uint32_t)bytes, .position = ring->tail }, &reply,
			LEND_IN(&terminal->stable->output[device][offset], bytes));
		if (status != STATUS_OK || reply.accepted == ring->tail)
			break;
		output_taken(terminal, device, reply.accepted);
	}
	if (now(terminal)->output[device].tail != before)
		console_wake_output(terminal, device);
}

void console_send_signal(struct terminal *terminal)
{
	if (!now(terminal)->signal)
		return;
	job_signal(now(terminal)->foreground, now(terminal)->signal);
	terminal->stable->state[terminal->stable->current].signal = 0;
}

static void receive(struct terminal *terminal, uint8_t byte)
{
	struct console_state *next;

	/* What was to be seen before a key that may drop output is on its way. */
	if (byte < ' ')
		console_pump_output(terminal, CONSOLE_TERMINAL);
	next = console_begin(terminal->stable);
	next->received++;
	input_receive(terminal->stable, next, byte);
	console_commit(terminal->stable);
	console_send_signal(terminal);
}

void console_pump_input(struct terminal *terminal)
{
	uint64_t before = now(terminal)->received;
	struct uart_read_reply reply;
	uint8_t bytes[64];

	if (terminal->pty) {
		pty_wake_master(terminal);
		return;
	}
	while (input_room(now(terminal)) &&
	       uart_read(&console.uart, &(struct uart_read_request){ .port = UART_CONSOLE,
			.bytes = sizeof(bytes), .position = now(terminal)->received }, &reply,
			LEND_OUT(bytes, sizeof(bytes))) == STATUS_OK && reply.bytes) {
		for (uint64_t i = 0; i < reply.bytes && input_room(now(terminal)); i++)
			receive(terminal, bytes[i]);
		console_pump_output(terminal, CONSOLE_TERMINAL);
	}
	if (now(terminal)->received != before)
		console_wake_input(terminal);
}

/*
 * The predecessor may have died after the uart took bytes and before it noted that. And it may have
 * dropped them (TCFLSH) thinking that they were not taken: then the stream goes on behind them.
 */
static void resume_output(struct terminal *terminal, unsigned device)
{
	struct uart_state_reply reply;
	struct console_state *next = console_begin(terminal->stable);
	struct ring *ring = &next->output[device];

	if (uart_state(&console.uart, &(struct uart_state_request){ .port = device }, &reply, 0) !=
	    STATUS_OK)
		return;
	if (reply.accepted > ring->tail)
		ring->tail = reply.accepted;
	if (reply.accepted > ring->head)
		ring->head = reply.accepted;
	console_commit(terminal->stable);
}

void console_resume(struct terminal *terminal)
{
	for (unsigned device = 0; device < CONSOLE_DEVICES; device++) {
		resume_output(terminal, device);
		console_pump_output(terminal, device);
	}
	console_send_signal(terminal);
	console_pump_input(terminal);
}

status_t console_wait_drained(struct call *call, struct terminal *terminal, unsigned device)
{
	struct uart_state_reply reply;
	status_t status;

	/* What a pty's slave has written is with its master, as on Linux. */
	while (!terminal->pty) {
		status = uart_state(&console.uart, &(struct uart_state_request){ .port = device },
				    &reply, 0);
		if (status != STATUS_OK)
			return status;
		if (!ring_used(&now(terminal)->output[device]) && reply.sent == reply.accepted)
			return STATUS_OK;
		status = event_wait(&terminal->output[device], call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* ---- programs read ---- */

/* A read that waits: since when, for how long. */
struct reading {
	uint64_t bytes;                  /* asked for */
	uint64_t seen;                   /* available when the timer was started */
	uint64_t deadline_ns;            /* 0: no timer runs */
};

/* MIN and TIME, termios(3). */
static int bytes_ready(const struct console_state *state, struct reading *reading)
{
	uint64_t available = state->complete - state->read;
	uint64_t least = state->termios.character[TERMIOS_VMIN];
	uint64_t time_ns = state->termios.character[TERMIOS_VTIME] * VTIME_UNIT_NS;

	if (available && (available >= least || available >= reading->bytes))
		return 1;
	if (!time_ns)
		return !least;
	/* Without MIN the timer runs from the beginning, else from each byte on. */
	if (least && !available)
		return 0;
	if (!reading->deadline_ns || available != reading->seen)
		reading->deadline_ns = time_now_ns() + time_ns;
	reading->seen = available;
	return time_now_ns() >= reading->deadline_ns;
}

static int read_ready(const struct console_state *state, struct reading *reading)
{
	if (!input_by_lines(state))
		return bytes_ready(state, reading);
	reading->deadline_ns = 0;
	return state->read != state->complete;
}

static void want_deadline(uint64_t deadline_ns)
{
	if (!deadline_ns || (console.deadline_ns && console.deadline_ns <= deadline_ns))
		return;
	console.deadline_ns = deadline_ns;
	server_deadline(deadline_ns);
}

/* All readers look again, and ask again for a deadline if they still need one. */
void console_read_timeout(void)
{
	console.deadline_ns = 0;
	server_deadline(0);
	for (unsigned i = 0; i < TERMINALS; i++)
		event_signal(&console.terminal[i].input);
}

static status_t read_now(struct call *call, struct terminal *terminal, uint64_t bytes,
			 struct console_read_reply *reply)
{
	struct console_state *next = console_begin(terminal->stable);
	uint32_t most = bytes < sizeof(staging) ? (uint32_t)bytes : sizeof(staging);
	uint32_t taken = input_take(terminal->stable, next, staging, most);
	status_t status = STATUS_OK;

	if (taken)
		status = call_copy_out(call, 0, 0, staging, taken);
	if (status != STATUS_OK)
		return status;
	reply->bytes = taken;
	console_commit_answer(terminal->stable, call, taken);
	console_pump_input(terminal);
	return STATUS_OK;
}

status_t console_read_terminal(struct call *call, struct terminal *terminal,
			       const struct console_read_request *request,
			       struct console_read_reply *reply)
{
	struct reading reading = { .bytes = request->bytes };
	status_t status = job_check(call, now(terminal), request->flags, JOB_SIGTTIN);

	if (status != STATUS_OK || !request->bytes)
		return status;
	while (!read_ready(now(terminal), &reading)) {
		/* Without waiting the least number is one. */
		if (request->flags & CONSOLE_NONBLOCK &&
		    now(terminal)->read != now(terminal)->complete)
			break;
		if (request->flags & CONSOLE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		want_deadline(reading.deadline_ns);
		status = event_wait(&terminal->input, call);
		if (status != STATUS_OK)
			return status;
		if (terminal_is_hung(terminal, request->device))
			return terminal_has_master(terminal) ? STATUS_OK : STATUS_ERRNO(E_IO);
	}
	return read_now(call, terminal, request->bytes, reply);
}

/* ---- programs write ---- */

/* Up to `bytes` of what the call lends from `offset` on; gives how many in *done. */
static status_t write_some(struct call *call, struct terminal *terminal,
			   struct console_state *next, unsigned device,
			   uint64_t offset, uint64_t bytes, uint64_t *done)
{
	uint64_t most = bytes < sizeof(staging) ? bytes : sizeof(staging);
	status_t status = call_copy_in(call, 0, offset, staging, most);

	*done = 0;
	if (status != STATUS_OK)
		return status;
	for (; *done < most && output_has_room(next, device); ++*done) {
		if (device == CONSOLE_TERMINAL)
			output_character(terminal->stable, next, staging[*done]);
		else
			output_byte(terminal->stable, next, device, staging[*done]);
	}
	return STATUS_OK;
}

static status_t write_now(struct call *call, struct terminal *terminal,
			  const struct console_write_request *request,
			  struct console_write_reply *reply)
{
	struct console_state *next = console_begin(terminal->stable);
	unsigned device = CONSOLE_DEVICE(request->device) == CONSOLE_REPORT;
	uint64_t total = 0, done;
	status_t status;

	while (total < request->bytes && output_has_room(next, device)) {
		status = write_some(call, terminal, next, device, total, request->bytes - total,
				    &done);
		if (status != STATUS_OK)
			return status;
		total += done;
	}
	reply->bytes = total;
	console_commit_answer(terminal->stable, call, total);
	console_pump_output(terminal, device);
	return STATUS_OK;
}

/* A pty's slave that is stopped takes nothing. */
int console_can_write(const struct terminal *terminal, unsigned device)
{
	return output_has_room(now(terminal), device) &&
	       !(terminal->pty && now(terminal)->stopped);
}

status_t console_write_device(struct call *call, struct terminal *terminal,
			      const struct console_write_request *request,
			      struct console_write_reply *reply)
{
	unsigned device = CONSOLE_DEVICE(request->device) == CONSOLE_REPORT;
	status_t status = STATUS_OK;

	if (device == CONSOLE_TERMINAL && now(terminal)->termios.local & TERMIOS_TOSTOP)
		status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status != STATUS_OK || !request->bytes)
		return status;
	while (!console_can_write(terminal, device)) {
		if (request->flags & CONSOLE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&terminal->output[device], call);
		if (status == STATUS_OK && terminal_is_hung(terminal, request->device))
			status = STATUS_ERRNO(E_IO);
		if (status != STATUS_OK)
			return status;
	}
	return write_now(call, terminal, request, reply);
}
