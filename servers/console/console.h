/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_CONSOLE_CONSOLE_H
#define BULKHEAD_CONSOLE_CONSOLE_H

#include "servers/console/terminal.h"
#include "libipc/proto/uart.h"

/* What the handlers share (console.c; transfer.c has those that move bytes). */
struct console {
	struct console_stable *stable;
	struct session uart;
	struct event input;              /* something can be read, or how it is read has changed */
	struct event output[CONSOLE_DEVICES]; /* the uart has taken bytes */
	struct watchers watchers[CONSOLE_DEVICES];
	uint32_t changes;                /* where this generation's numbers begin (proto/poll.h) */
	uint64_t deadline_ns;            /* the next of the readers' (VTIME); 0: none */
};
extern struct console console;

static inline const struct console_state *now(void)
{
	return console_now(console.stable);
}

/* Takes what the uart has received, and does what it means. */
void console_pump_input(void);
/* Gives the uart what it takes. */
void console_pump_output(unsigned device);
/* After a predecessor: what did the uart take, which signal was not sent? */
void console_resume(void);
/* Readers and pollers look again. */
void console_wake_input(void);

status_t console_wait_drained(struct call *call, unsigned device) MUST_CHECK;
status_t console_read_terminal(struct call *call, const struct console_read_request *request,
			       struct console_read_reply *reply) MUST_CHECK;
status_t console_write_device(struct call *call, const struct console_write_request *request,
			      struct console_write_reply *reply) MUST_CHECK;
/* The deadline of a reader has passed. */
void console_read_timeout(void);

#endif
