/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_UART_H
#define BULKHEAD_PROTO_UART_H

#include "libipc/interface.h"

/*
 * Serial ports, as two streams of bytes each. A byte has a position: how many were before it since
 * boot. Both sides keep their position, so that every operation may be repeated, and a restart of
 * either side neither loses nor doubles a byte (servers/drivers/uart/README.md says how, and which
 * byte of input is the exception).
 *
 * No operation waits. The driver raises UART_NOTIFY_INPUT when bytes came, UART_NOTIFY_OUTPUT when
 * its ring has run empty, NOTIFY_RESTARTED when it is a successor (then: look at everything again).
 */
enum uart_number { UART_CONSOLE, UART_REPORT, UART_PORTS };

#define UART_NOTIFY_INPUT  1u
#define UART_NOTIFY_OUTPUT 2u

#define UART_INTERFACE(ROW) \
	ROW(uart, write, REPEATABLE) \
	ROW(uart, read,  REPEATABLE) \
	ROW(uart, state, REPEATABLE)

/*
 * Window 0 (WINDOW_READ): `bytes` of them, from `position` on, which must not be beyond what was
 * accepted. Gives the position up to which bytes are accepted now, some maybe earlier.
 */
struct uart_write_request { uint32_t port, bytes; uint64_t position; };
struct uart_write_reply { uint64_t accepted; };

/* Window 0 (WINDOW_WRITE): takes at most `bytes` from `position` on; forgets those before it. */
struct uart_read_request { uint32_t port, bytes; uint64_t position; };
struct uart_read_reply { uint64_t bytes; };

struct uart_state_request { uint64_t port; };
struct uart_state_reply {
	uint64_t accepted;                       /* positions of output: taken from the client, */
	uint64_t sent;                           /* given to the wire */
};

INTERFACE(uart, UART_INTERFACE)

#endif
