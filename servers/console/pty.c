/* SPDX-License-Identifier: MIT */
/* The masters' side of ptys, and who holds them. */
#include "servers/console/console.h"

#include "libipc/proto/errno.h"
#include "servers/console/job.h"

/* What one request moves at a time; nothing waits while it is in use. */
static uint8_t staging[4096];

static int packet_ready(const struct console_state *state)
{
	return state->packet && state->packet_status;
}

void pty_wake_master(struct terminal *terminal)
{
	event_signal(&terminal->master);
	watch_raise(&console.world->watches, &terminal->watchers[1]);
}

static int has_slave(const struct pty *pty)
{
	return !pty->slave_opened || !client_set_empty(&pty->slave);
}

/* While output is stopped, what came later (echo; nobody can write) stays with the slave. */
static uint64_t readable(const struct console_state *state)
{
	const struct ring *ring = &state->output[0];
	uint64_t end = ring->head;

	if (state->stopped && end > state->stopped_at)
		end = state->stopped_at;
	return end > ring->tail ? end - ring->tail : 0;
}

uint32_t pty_ready_master(const struct terminal *terminal)
{
	return (readable(now(terminal)) ? POLL_INPUT : 0) |
	       (packet_ready(now(terminal)) ? POLL_INPUT | POLL_PRIORITY : 0) |
	       (input_room(now(terminal)) ? POLL_OUTPUT : 0) |
	       (has_slave(terminal->pty) ? 0 : POLL_HANGUP | POLL_INPUT);
}

/* In packet mode a byte comes first: what has happened, and then it is alone, or 0 before data. */
static status_t take_packet(struct call *call, struct console_state *next, uint64_t *at)
{
	uint8_t happened = (uint8_t)next->packet_status;

	if (!next->packet)
		return STATUS_OK;
	next->packet_status = 0;
	*at = 1;
	return call_copy_out(call, 0, 0, &happened, 1);
}

/* What the slave's side has written. */
static status_t take_output(struct call *call, struct terminal *terminal, uint64_t bytes,
			    struct console_read_reply *reply)
{
	int alone = packet_ready(now(terminal));
	struct console_state *next = console_begin(terminal->stable);
	struct ring *ring = &next->output[0];
	struct ring_memory memory = { terminal->stable->output[0], OUTPUT_BYTES };
	uint64_t at = 0, used = alone ? 0 : readable(next), moved;
	status_t status = take_packet(call, next, &at);

	moved = bytes - at < used ? bytes - at : used;
	if (status == STATUS_OK)
		status = ring_copy_out(call, at, memory, ring->tail, moved);
	if (status != STATUS_OK)
		return status;
	ring->tail += moved;
	reply->bytes = at + moved;
	console_commit_answer(terminal->stable, call, at + moved);
	event_signal(&terminal->output[0]);
	watch_raise(&console.world->watches, &terminal->watchers[0]);
	return STATUS_OK;
}

status_t pty_read_master(struct call *call, struct terminal *terminal,
			 const struct console_read_request *request,
			 struct console_read_reply *reply)
{
	status_t status;

	if (!request->bytes)
		return STATUS_OK;
	while (!readable(now(terminal)) && !packet_ready(now(terminal))) {
		if (!has_slave(terminal->pty))
			return STATUS_ERRNO(E_IO);
		if (request->flags & CONSOLE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&terminal->master, call);
		if (status != STATUS_OK)
			return status;
	}
	return take_output(call, terminal, request->bytes, reply);
}

/* Typed at the slave; up to the first byte that means a signal, so that one is noted at a time. */
static status_t type(struct call *call, struct terminal *terminal, uint64_t bytes,
		     struct console_write_reply *reply)
{
	struct console_state *next = console_begin(terminal->stable);
	uint32_t stopped = next->stopped;
	uint64_t most = bytes < sizeof(staging) ? bytes : sizeof(staging), done = 0;
	status_t status = call_copy_in(call, 0, 0, staging, most);

	if (status != STATUS_OK)
		return status;
	for (; done < most && input_room(next) && !next->signal; done++)
		input_receive(terminal->stable, next, staging[done]);
	reply->bytes = done;
	console_commit_answer(terminal->stable, call, done);
	console_send_signal(terminal);
	console_wake_input(terminal);
	pty_wake_master(terminal);
	if (stopped)
		console_wake_output(terminal, CONSOLE_TERMINAL);
	return STATUS_OK;
}

status_t pty_write_master(struct call *call, struct terminal *terminal,
			  const struct console_write_request *request,
			  struct console_write_reply *reply)
{
	status_t status;

	if (!request->bytes)
		return STATUS_OK;
	while (!input_room(now(terminal))) {
		if (request->flags & CONSOLE_NONBLOCK)
			return STATUS_ERRNO(E_AGAIN);
		status = event_wait(&terminal->master, call);
		if (status != STATUS_OK)
			return status;
	}
	return type(call, terminal, request->bytes, reply);
}

/* ---- who holds it ---- */

void pty_release(struct terminal *terminal, uint32_t master, unsigned client)
{
	struct pty *pty = terminal->pty;
	struct client_set *set = master ? &pty->master : &pty->slave;

	if (!client_set_has(set, client))
		return;
	client_set_remove(set, client);
	if (!client_set_empty(set))
		return;
	if (master)
		session_hang_up(terminal);
	else
		pty_wake_master(terminal);
	if (client_set_empty(&pty->master) && client_set_empty(&pty->slave))
		pty->used = 0;
}

/* One process leaves half of them to others. */
static int has_enough(unsigned client)
{
	uint32_t held = 0;

	for (uint32_t i = 0; i < CONSOLE_PTYS; i++)
		held += console.world->pty[i].used &&
			client_set_has(&console.world->pty[i].master, client);
	return held >= CONSOLE_PTYS / 2;
}

static status_t open_master(struct call *call, uint64_t *device)
{
	struct job job;
	status_t status = job_of(call, &job);

	if (status == STATUS_OK && has_enough(BADGE_CLIENT(call->badge)))
		status = STATUS_ERRNO(E_NOSPC);
	for (uint32_t i = 0; i < CONSOLE_PTYS && status == STATUS_OK; i++) {
		struct pty *pty = &console.world->pty[i];

		if (pty->used)
			continue;
		pty->locked = 1;
		pty->slave_opened = 0;
		pty->master = pty->slave = (struct client_set){ { 0 } };
		client_set_add(&pty->master, BADGE_CLIENT(call->badge));
		console_initialise_pty(&pty->terminal, job.user);
		ring_publish(&pty->used, 1);
		*device = CONSOLE_PTY(i) + 1;
		return STATUS_OK;
	}
	return status == STATUS_OK ? STATUS_ERRNO(E_NOSPC) : status;
}

/* A file of it for the caller, who holds it from now on. */
static status_t open_terminal(struct call *call, unsigned index, uint64_t *device)
{
	struct terminal *terminal = &console.terminal[index];
	struct job job;
	status_t status = STATUS_OK;

	if (now(terminal)->exclusive)
		status = job_of(call, &job);
	if (status == STATUS_OK && now(terminal)->exclusive && job.user)
		status = STATUS_ERRNO(E_BUSY);
	if (status != STATUS_OK)
		return status;
	*device = CONSOLE_FILE(index ? CONSOLE_PTY(index - 1) : CONSOLE_TERMINAL,
			       now(terminal)->hangups);
	if (!terminal->pty)
		return STATUS_OK;
	client_set_add(&terminal->pty->slave, BADGE_CLIENT(call->badge));
	terminal->pty->slave_opened = 1;
	return STATUS_OK;
}

static status_t open_slave(struct call *call, uint32_t number, uint64_t *device)
{
	struct pty *pty = &console.world->pty[number % CONSOLE_PTYS];

	if (number >= CONSOLE_PTYS || !pty->used)
		return STATUS_ERRNO(E_NXIO);
	if (pty->locked || client_set_empty(&pty->master))
		return STATUS_ERRNO(E_IO);
	return open_terminal(call, 1 + number, device);
}

static status_t open_controlling(struct call *call, uint64_t *device)
{
	struct job job;
	status_t status = job_of(call, &job);

	for (unsigned i = 0; i < TERMINALS && status == STATUS_OK; i++) {
		struct terminal *terminal = &console.terminal[i];

		if ((!terminal->pty || terminal->pty->used) && now(terminal)->session &&
		    now(terminal)->session == job.session)
			return open_terminal(call, i, device);
	}
	return status == STATUS_OK ? STATUS_ERRNO(E_NXIO) : status;
}

status_t on_open(struct call *call, const struct console_open_request *request,
		 struct console_open_reply *reply)
{
	switch (request->what) {
	case CONSOLE_OPEN_MASTER:
		return open_master(call, &reply->device);
	case CONSOLE_OPEN_SLAVE:
		return open_slave(call, request->number, &reply->device);
	case CONSOLE_OPEN_CONTROLLING:
		return open_controlling(call, &reply->device);
	case CONSOLE_OPEN_UART:
		return open_terminal(call, 0, &reply->device);
	}
	return STATUS_ERRNO(E_INVAL);
}

static struct client_set *holders_of(uint32_t file)
{
	uint32_t device = CONSOLE_DEVICE(file);
	struct pty *pty = &console.world->pty[CONSOLE_PTY_NUMBER(file) % CONSOLE_PTYS];

	if (device < CONSOLE_DEVICES || device >= CONSOLE_PTY(CONSOLE_PTYS) || !pty->used)
		return 0;
	return CONSOLE_IS_MASTER(file) ? &pty->master : &pty->slave;
}

status_t on_inherit(struct call *call, const struct console_inherit_request *request,
		    struct console_inherit_reply *reply)
{
	(void)reply;
	if (request->count > CONSOLE_INHERIT || request->child >= CLIENT_MAX)
		return STATUS_ERRNO(E_INVAL);
	for (uint32_t i = 0; i < request->count; i++) {
		struct client_set *set = holders_of(request->device[i]);

		if (set && client_set_has(set, BADGE_CLIENT(call->badge)))
			client_set_add(set, request->child);
	}
	return STATUS_OK;
}

status_t on_hold(struct call *call, const struct console_hold_request *request,
		 struct console_hold_reply *reply)
{
	struct client_set *set = holders_of(request->device);

	(void)reply;
	if (!call_from_service(call))
		return STATUS_ERRNO(E_PERM);
	if (!set || request->client >= CLIENT_MAX || !client_set_has(set, request->client))
		return STATUS_ERRNO(E_BADF);
	client_set_add(set, BADGE_CLIENT(call->badge));
	return STATUS_OK;
}

status_t on_release(struct call *call, const struct console_release_request *request,
		    struct console_release_reply *reply)
{
	uint32_t file = (uint32_t)request->device;

	(void)reply;
	if (holders_of(file))
		pty_release(&console.terminal[1 + CONSOLE_PTY_NUMBER(file)],
			    CONSOLE_IS_MASTER(file), BADGE_CLIENT(call->badge));
	return STATUS_OK;
}

status_t on_pty(struct call *call, const struct console_pty_request *request,
		struct console_pty_reply *reply)
{
	(void)call;
	for (uint64_t i = request->number; i < CONSOLE_PTYS; i++) {
		if (!console.world->pty[i].used ||
		    client_set_empty(&console.world->pty[i].master))
			continue;
		reply->number = (uint32_t)i;
		reply->locked = console.world->pty[i].locked;
		return STATUS_OK;
	}
	return STATUS_ERRNO(E_NXIO);
}

status_t on_lock_pty(struct call *call, const struct console_lock_pty_request *request,
		     struct console_lock_pty_reply *reply)
{
	struct client_set *set = CONSOLE_IS_MASTER(request->device) ?
		holders_of(request->device) : 0;

	(void)reply;
	if (!set || !client_set_has(set, BADGE_CLIENT(call->badge)))
		return STATUS_ERRNO(E_NOTTY);
	console.world->pty[CONSOLE_PTY_NUMBER(request->device)].locked = request->locked != 0;
	return STATUS_OK;
}

status_t on_packet(struct call *call, const struct console_packet_request *request,
		   struct console_packet_reply *reply)
{
	struct terminal *terminal;
	struct console_state *next;
	status_t status = CONSOLE_IS_MASTER(request->device) ?
		terminal_of(call, request->device, &terminal) : STATUS_ERRNO(E_NOTTY);

	(void)reply;
	if (status != STATUS_OK)
		return status;
	next = console_begin(terminal->stable);
	if (request->on && !next->packet)
		next->packet_status = 0;
	next->packet = request->on != 0;
	console_commit(terminal->stable);
	return STATUS_OK;
}
