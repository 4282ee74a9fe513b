/* SPDX-License-Identifier: MIT */
#include "servers/drivers/uart/port.h"

/*
 * The mark: a bit of the interrupt enable register that changes with every byte sent, in the same
 * instruction, so that it always says whether the number of bytes given to the device is odd. The
 * ring's tail says the same one store later; a successor that finds them to differ knows that the
 * byte at the tail is on its way already.
 */
static uint8_t mark(uint64_t sent)
{
	return sent % 2 ? UART_INTERRUPT_MARK : 0;
}

static void write_interrupts(const struct uart_port *port)
{
	uart_register_write(port->number, UART_INTERRUPTS,
			    port->interrupts | mark(port->stable->output.tail));
}

static void resume_output(const struct uart_port *port)
{
	struct ring *output = &port->stable->output;
	uint8_t interrupts = uart_register_read(port->number, UART_INTERRUPTS);

	if ((interrupts & UART_INTERRUPT_MARK) != mark(output->tail))
		ring_publish(&output->tail, output->tail + 1);
}

static void enable(struct uart_port *port, uint32_t interrupts)
{
	if (port->interrupts == interrupts)
		return;
	port->interrupts = (uint8_t)interrupts;
	write_interrupts(port);
}

/* The interrupts that can bring anything on. */
static void enable_wanted(struct uart_port *port)
{
	uint32_t wanted = 0;

	if (port->listens && ring_used(&port->stable->input) < UART_INPUT_BYTES)
		wanted |= UART_INTERRUPT_INPUT;
	if (ring_used(&port->stable->output))
		wanted |= UART_INTERRUPT_OUTPUT;
	enable(port, wanted);
}

static void transmit(struct uart_port *port)
{
	struct ring *output = &port->stable->output;
	uint64_t end;

	while (ring_used(output) &&
	       uart_register_read(port->number, UART_STATUS) & UART_STATUS_OUTPUT) {
		end = output->tail + port->burst_bytes;
		while (output->tail != end && ring_used(output)) {
			uart_register_send(port->number,
				port->stable->output_bytes[output->tail % UART_OUTPUT_BYTES],
				port->interrupts | mark(output->tail + 1));
			ring_publish(&output->tail, output->tail + 1);
		}
	}
}

/* Where the ring is full, bytes stay in the device, which may hold up the sender. */
static void receive(struct uart_port *port)
{
	struct ring *input = &port->stable->input;
	uint8_t status, byte;

	for (;;) {
		/* Also where no byte is taken: it ends an interrupt for line errors. */
		status = uart_register_read(port->number, UART_STATUS);
		if (!(status & UART_STATUS_INPUT) || !port->listens ||
		    ring_used(input) == UART_INPUT_BYTES)
			break;
		byte = uart_register_read(port->number, UART_DATA);
		if (status & UART_STATUS_BREAK)
			continue;
		port->stable->input_bytes[input->head % UART_INPUT_BYTES] = byte;
		ring_publish(&input->head, input->head + 1);
	}
}

void port_transmit(struct uart_port *port)
{
	transmit(port);
	enable_wanted(port);
}

void port_receive(struct uart_port *port)
{
	receive(port);
	enable_wanted(port);
}

uint32_t port_interrupt(struct uart_port *port)
{
	struct uart_stable *stable = port->stable;
	uint64_t received = stable->input.head, to_send = ring_used(&stable->output);
	uint32_t news = 0;

	/* The line is edge-triggered: every cause has to be gone before the next one is seen. */
	do {
		receive(port);
		transmit(port);
		enable_wanted(port);
	} while (!(uart_register_read(port->number, UART_CAUSE) & UART_CAUSE_NONE));
	if (stable->input.head != received)
		news |= UART_NOTIFY_INPUT;
	if (to_send && !ring_used(&stable->output))
		news |= UART_NOTIFY_OUTPUT;
	return news;
}

/* 115200 baud, 8 bits, no parity. */
static void set_up(struct uart_port *port)
{
	uart_register_write(port->number, UART_LINE, UART_LINE_DIVISOR | UART_LINE_8N1);
	uart_register_write(port->number, UART_DATA, 1);
	uart_register_write(port->number, UART_INTERRUPTS, 0);
	uart_register_write(port->number, UART_LINE, UART_LINE_8N1);
	/*
	 * Turning the FIFOs on empties them. If a byte waits already, somebody is sending, and what
	 * comes while we turn them on would be lost: then do without.
	 */
	if (!port->listens ||
	    !(uart_register_read(port->number, UART_STATUS) & UART_STATUS_INPUT))
		uart_register_write(port->number, UART_FIFO, UART_FIFO_ON);
	uart_register_write(port->number, UART_MODEM, UART_MODEM_ON);
}

void port_start(struct uart_port *port, unsigned number, struct uart_stable *stable,
		uint32_t listens, uint32_t generation)
{
	*port = (struct uart_port){ .number = number, .listens = listens, .stable = stable };
	/* The modem register is written last: without it the predecessor was not through. */
	if (generation == 0 || uart_register_read(number, UART_MODEM) != UART_MODEM_ON)
		set_up(port);
	else
		resume_output(port);
	port->burst_bytes = 1;
	if ((uart_register_read(number, UART_CAUSE) & UART_CAUSE_FIFO) == UART_CAUSE_FIFO)
		port->burst_bytes = UART_FIFO_BYTES;
	/* Off and on again: an interrupt that the predecessor did not answer comes anew. */
	write_interrupts(port);
	port_interrupt(port);
}
