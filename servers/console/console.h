/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_CONSOLE_CONSOLE_H
#define BULKHEAD_CONSOLE_CONSOLE_H

#include "servers/console/terminal.h"
#include "libipc/proto/uart.h"

/* A terminal: the uart's, which has the report channel with it, or the slave side of a pty. */
struct terminal {
	struct console_stable *stable;
	struct pty *pty;                 /* 0: it is the uart's */
	struct event input;              /* something can be read, or how it is read has changed */
	struct event output[CONSOLE_DEVICES]; /* bytes were taken from it */
	struct event master;             /* those who read or write a pty's other side */
	struct watchers watchers[CONSOLE_DEVICES]; /* of a pty: of the slave, of the master */
};
#define TERMINALS (1 + CONSOLE_PTYS)

/* What the handlers share (console.c; transfer.c and pty.c have those that move bytes). */
struct console {
	struct console_world *world;
	struct session uart;
	uint64_t deadline_ns;            /* the next of the readers' (VTIME); 0: none */
	uint32_t changes;                /* where this generation's numbers begin (proto/poll.h) */
	struct terminal terminal[TERMINALS];
};
extern struct console console;

static inline const struct console_state *now(const struct terminal *terminal)
{
	return console_now(terminal->stable);
}
static inline int terminal_has_master(const struct terminal *terminal)
{
	return !terminal->pty || !client_set_empty(&terminal->pty->master);
}
/* A file of it: nobody will ever write to that again, nor read what it says. */
static inline int terminal_is_hung(const struct terminal *terminal, uint32_t file)
{
	return !terminal_has_master(terminal) ||
	       CONSOLE_HANGUPS(file) != (now(terminal)->hangups & 0xffff);
}
/*
 * The terminal of a file that the caller may use. Fails: NOTTY: it may not, or it is none (the
 * report channel has only what `terminal_any` is asked for); IO: it is hung up.
 */
status_t terminal_of(const struct call *call, uint32_t file, struct terminal **terminal) MUST_CHECK;
status_t terminal_any(const struct call *call, uint32_t file,
		      struct terminal **terminal) MUST_CHECK;

/* Takes what the uart has received, and does what it means. */
void console_pump_input(struct terminal *terminal);
/* Gives the uart what it takes. */
void console_pump_output(struct terminal *terminal, unsigned device);
/* After a predecessor: what did the uart take, which signal was not sent? */
void console_resume(struct terminal *terminal);
/* Readers and pollers look again; writers and pollers do. */
void console_wake_input(struct terminal *terminal);
void console_wake_output(struct terminal *terminal, unsigned device);
/* Sends what is noted in the state. */
void console_send_signal(struct terminal *terminal);

/* ---- whose controlling terminal (session.c) ---- */

/* It is hung up: its leader hears of it, and all files of it are dead. */
void session_hang_up(struct terminal *terminal);
/* That client has died. */
void session_client_dead(unsigned client);

status_t console_wait_drained(struct call *call, struct terminal *terminal,
			      unsigned device) MUST_CHECK;
status_t console_read_terminal(struct call *call, struct terminal *terminal,
			       const struct console_read_request *request,
			       struct console_read_reply *reply) MUST_CHECK;
status_t console_write_device(struct call *call, struct terminal *terminal,
			      const struct console_write_request *request,
			      struct console_write_reply *reply) MUST_CHECK;
int console_can_write(const struct terminal *terminal, unsigned device);
/* The deadline of a reader has passed. */
void console_read_timeout(void);

/* ---- ptys (pty.c) ---- */

/* Something happened that the master's side sees. */
void pty_wake_master(struct terminal *terminal);
status_t pty_read_master(struct call *call, struct terminal *terminal,
			 const struct console_read_request *request,
			 struct console_read_reply *reply) MUST_CHECK;
status_t pty_write_master(struct call *call, struct terminal *terminal,
			  const struct console_write_request *request,
			  struct console_write_reply *reply) MUST_CHECK;
uint32_t pty_ready_master(const struct terminal *terminal);
/* The client does not hold that side any more. */
void pty_release(struct terminal *terminal, uint32_t master, unsigned client);
#define HANDLER(name) \
	status_t on_##name(struct call *call, const struct console_##name##_request *request, \
			   struct console_##name##_reply *reply) MUST_CHECK
HANDLER(open);
HANDLER(inherit);
HANDLER(hold);
HANDLER(release);
HANDLER(pty);
HANDLER(lock_pty);
HANDLER(packet);
HANDLER(set_foreground);
HANDLER(acquire);
HANDLER(disown);
HANDLER(hang_up);
HANDLER(attributes);
HANDLER(set_attributes);
HANDLER(window);
HANDLER(set_window);
HANDLER(flow);
HANDLER(exclusive);
HANDLER(owner);
HANDLER(set_owner);
#undef HANDLER

#endif
