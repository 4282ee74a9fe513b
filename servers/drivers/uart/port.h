/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_UART_PORT_H
#define BULKHEAD_UART_PORT_H

#include "libipc/ring.h"
#include "libipc/proto/uart.h"

/*
 * One 16550 UART with its two streams. port.c makes no kernel call: it reaches registers through
 * uart_register_read and uart_register_write (registers.c), which the unit tests replace.
 * Registers: National Semiconductor PC16550D data sheet (1995), section 8.
 */
enum uart_register {
	UART_DATA = 0,                   /* receiver buffer, transmitter holding; divisor low */
	UART_INTERRUPTS = 1,             /* enable; divisor high */
	UART_CAUSE = 2,                  /* read: interrupt identification */
	UART_FIFO = 2,                   /* write: FIFO control */
	UART_LINE = 3,
	UART_MODEM = 4,
	UART_STATUS = 5,
};
#define UART_INTERRUPT_INPUT  0x01u
#define UART_INTERRUPT_OUTPUT 0x02u
#define UART_INTERRUPT_MARK   0x04u      /* line errors; what for: see port.c */
#define UART_CAUSE_NONE       0x01u
#define UART_CAUSE_FIFO       0xc0u      /* both set: the FIFOs are on */
#define UART_FIFO_ON          0x81u      /* interrupt at 8 bytes, or after a pause */
#define UART_LINE_8N1         0x03u
#define UART_LINE_DIVISOR     0x80u
#define UART_MODEM_ON         0x0bu      /* DTR, RTS, and OUT2, which lets interrupts through */
#define UART_STATUS_INPUT     0x01u
#define UART_STATUS_BREAK     0x10u
#define UART_STATUS_OUTPUT    0x20u      /* transmitter holding register or FIFO empty */
#define UART_FIFO_BYTES       16u

/* Finds the I/O ports that the manifest grants under that name; 0: it grants none. */
int uart_registers_start(unsigned port, const char *name);
uint8_t uart_register_read(unsigned port, enum uart_register which);
void uart_register_write(unsigned port, enum uart_register which, uint8_t value);
/*
 * Data and interrupt enable, which are neighbours, in one instruction: either both are written or
 * none, whenever this process dies.
 */
void uart_register_send(unsigned port, uint8_t byte, uint8_t interrupts);

#define UART_OUTPUT_BYTES 65536u
#define UART_INPUT_BYTES  16384u
struct uart_stable {
	struct ring output, input;
	uint8_t output_bytes[UART_OUTPUT_BYTES];
	uint8_t input_bytes[UART_INPUT_BYTES];
};

struct uart_port {
	unsigned number;
	uint32_t listens;                /* 0: input is of no interest */
	struct uart_stable *stable;
	uint32_t burst_bytes;            /* that the transmitter takes when it is empty */
	uint8_t interrupts;              /* enabled now, but for the mark */
};

/* Finds out how the device stands, and goes on. Sets it up if there was no predecessor. */
void port_start(struct uart_port *port, unsigned number, struct uart_stable *stable,
		uint32_t listens, uint32_t generation);
/* Moves what the device gives and takes. Gives UART_NOTIFY_*: what the client should hear of. */
uint32_t port_interrupt(struct uart_port *port);
/* After bytes were added to the output, or taken from the input. */
void port_transmit(struct uart_port *port);
void port_receive(struct uart_port *port);

#endif
