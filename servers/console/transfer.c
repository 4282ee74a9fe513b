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

void console_wake_input(void)
{
	event_signal(&console.input);
	watch_raise(&console.stable->watches, &console.watchers[CONSOLE_TERMINAL]);
}

static void wake_output(unsigned device)
{
	event_signal(&console.output[device]);
	watch_raise(&console.stable->watches, &console.watchers[device]);
}

/* Positions that only grow: stored in place, outside of any unfinished copy. */
static void output_taken(unsigned device, uint64_t position)
{
	ring_publish(&console.stable->state[console.stable->current].output[device].tail, position);
}

void console_pump_output(unsigned device)
{
	struct uart_write_reply reply;
	const struct ring *ring;
	uint64_t offset, bytes, before = now()->output[device].tail;
	status_t status;

	for (;;) {
		ring = &now()->output[device];
		offset = ring->tail % OUTPUT_BYTES;
		bytes = ring_used(ring);
		if (bytes > OUTPUT_BYTES - offset)
			bytes = OUTPUT_BYTES - offset;
		if (!bytes || (device == CONSOLE_TERMINAL && now()->stopped))
			break;
		status = uart_write(&console.uart, &(struct uart_write_request){
			.port = device, .bytes = (uint32_t)bytes, .position = ring->tail }, &reply,
			LEND_IN(&console.stable->output[device][offset], bytes));
		if (status != STATUS_OK || reply.accepted == ring->tail)
			break;
		output_taken(device, reply.accepted);
	}
	if (now()->output[device].tail != before)
		wake_output(device);
}

static void send_signal(void)
{
	if (!now()->signal)
		return;
	job_signal(now()->foreground, now()->signal);
	console.stable->state[console.stable->current].signal = 0;
}

static void receive(uint8_t byte)
{
	struct console_state *next = console_begin(console.stable);

	next->received++;
	input_receive(console.stable, next, byte);
	console_commit(console.stable);
	send_signal();
}

void console_pump_input(void)
{
	uint64_t before = now()->received;
	struct uart_read_reply reply;
	uint8_t bytes[64];

	while (input_room(now()) &&
	       uart_read(&console.uart, &(struct uart_read_request){ .port = UART_CONSOLE,
			.bytes = sizeof(bytes), .position = now()->received }, &reply,
			LEND_OUT(bytes, sizeof(bytes))) == STATUS_OK && reply.bytes) {
		for (uint64_t i = 0; i < reply.bytes && input_room(now()); i++)
			receive(bytes[i]);
		console_pump_output(CONSOLE_TERMINAL);
	}
	if (now()->received != before)
		console_wake_input();
}

/*
 * The predecessor may have died after the uart took bytes and before it noted that. And it may have
 * dropped them (TCFLSH) thinking that they were not taken: then the stream goes on behind them.
 */
static void resume_output(unsigned device)
{
	struct uart_state_reply reply;
	struct console_state *next = console_begin(console.stable);
	struct ring *ring = &next->output[device];

	if (uart_state(&console.uart, &(struct uart_state_request){ .port = device }, &reply, 0) !=
	    STATUS_OK)
		return;
	if (reply.accepted > ring->tail)
		ring->tail = reply.accepted;
	if (reply.accepted > ring->head)
		ring->head = reply.accepted;
	console_commit(console.stable);
}

void console_resume(void)
{
	for (unsigned device = 0; device < CONSOLE_DEVICES; device++) {
		resume_output(device);
		console_pump_output(device);
	}
	send_signal();
	console_pump_input();
}

status_t console_wait_drained(struct call *call, unsigned device)
{
	struct uart_state_reply reply;
	status_t status;

	for (;;) {
		status = uart_state(&console.uart, &(struct uart_state_request){ .port = device },
				    &reply, 0);
		if (status != STATUS_OK)
			return status;
		if (!ring_used(&now()->output[device]) && reply.sent == reply.accepted)
			return STATUS_OK;
		status = event_wait(&console.output[device], call);
		if (status != STATUS_OK)
			return status;
	}
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
	reading->deadline_ns = state->termios.local & TERMIOS_ICANON ? 0 : reading->deadline_ns;
	if (state->termios.local & TERMIOS_ICANON)
		return state->read != state->complete;
	return bytes_ready(state, reading);
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
	event_signal(&console.input);
}

static status_t read_now(struct call *call, uint64_t bytes, struct console_read_reply *reply)
{
	struct console_state *next = console_begin(console.stable);
	uint32_t most = bytes < sizeof(staging) ? (uint32_t)bytes : sizeof(staging);
	uint32_t taken = input_take(console.stable, next, staging, most);
	status_t status = STATUS_OK;

	if (taken)
		status = call_copy_out(call, 0, 0, staging, taken);
	if (status != STATUS_OK)
		return status;
	reply->bytes = taken;
	console_commit_answer(console.stable, call, taken);
	console_pump_input();
	return STATUS_OK;
}

status_t console_read_terminal(struct call *call, const struct console_read_request *request,
			       struct console_read_reply *reply)
{
	struct reading reading = { .bytes = request->bytes };
	status_t status = job_check(call, now(), request->flags, JOB_SIGTTIN);

	if (status != STATUS_OK || !request->bytes)
		return status;
	while (!read_ready(now(), &reading)) {
		if (request->flags & CONSOLE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		want_deadline(reading.deadline_ns);
		status = event_wait(&console.input, call);
		if (status != STATUS_OK)
			return status;
	}
	return read_now(call, request->bytes, reply);
}

/* ---- programs write ---- */

/* Up to `bytes` of what the call lends from `offset` on; gives how many in *done. */
static status_t write_some(struct call *call, struct console_state *next, unsigned device,
			   uint64_t offset, uint64_t bytes, uint64_t *done)
{
	uint64_t most = bytes < sizeof(staging) ? bytes : sizeof(staging);
	status_t status = call_copy_in(call, 0, offset, staging, most);

	*done = 0;
	if (status != STATUS_OK)
		return status;
	for (; *done < most && output_has_room(next, device); ++*done) {
		if (device == CONSOLE_TERMINAL)
			output_character(console.stable, next, staging[*done]);
		else
			output_byte(console.stable, next, device, staging[*done]);
	}
	return STATUS_OK;
}

static status_t write_now(struct call *call, const struct console_write_request *request,
			  struct console_write_reply *reply)
{
	struct console_state *next = console_begin(console.stable);
	uint64_t total = 0, done;
	status_t status;

	while (total < request->bytes && output_has_room(next, request->device)) {
		status = write_some(call, next, request->device, total, request->bytes - total, &done);
		if (status != STATUS_OK)
			return status;
		total += done;
	}
	reply->bytes = total;
	console_commit_answer(console.stable, call, total);
	console_pump_output(request->device);
	return STATUS_OK;
}

status_t console_write_device(struct call *call, const struct console_write_request *request,
			      struct console_write_reply *reply)
{
	status_t status = STATUS_OK;

	if (request->device == CONSOLE_TERMINAL && now()->termios.local & TERMIOS_TOSTOP)
		status = job_check(call, now(), request->flags, JOB_SIGTTOU);
	if (status != STATUS_OK || !request->bytes)
		return status;
	while (!output_has_room(now(), request->device)) {
		if (request->flags & CONSOLE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&console.output[request->device], call);
		if (status != STATUS_OK)
			return status;
	}
	return write_now(call, request, reply);
}
