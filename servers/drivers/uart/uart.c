/* SPDX-License-Identifier: MIT */
/*
 * The serial ports of the console and of the report channel (libipc/proto/uart.h). Both streams of
 * a port are in stable memory; positions make every request repeatable, so nothing else is kept.
 */
#include "libipc/hardware.h"
#include "libipc/proto/errno.h"
#include "servers/drivers/uart/port.h"

/* Notification bits: the news, and beside them what a successor says. */
#define NEWS_BITS 0xffffu

static const char *const port_name[UART_PORTS] = {
	[UART_CONSOLE] = "com2",
	[UART_REPORT] = "com3",
};

static struct {
	struct uart_port port[UART_PORTS];
	const struct resource *irq[UART_PORTS];
	const struct resource *listener;
} state;

static struct ring_memory output_memory(struct uart_port *port)
{
	return (struct ring_memory){ port->stable->output_bytes, UART_OUTPUT_BYTES };
}

static struct ring_memory input_memory(struct uart_port *port)
{
	return (struct ring_memory){ port->stable->input_bytes, UART_INPUT_BYTES };
}

static status_t on_write(struct call *call, const struct uart_write_request *request,
			 struct uart_write_reply *reply)
{
	struct uart_port *port;
	struct ring *output;
	uint64_t known, moved, room;
	status_t status;

	if (request->port >= UART_PORTS)
		return STATUS_ERRNO(E_NODEV);
	port = &state.port[request->port];
	output = &port->stable->output;
	known = output->head - request->position;        /* accepted already, of a repeated request */
	if (request->position > output->head)
		return STATUS_ERRNO(E_INVAL);
	if (known < request->bytes) {
		room = UART_OUTPUT_BYTES - ring_used(output);
		moved = request->bytes - known < room ? request->bytes - known : room;
		status = ring_copy_in(call, known, output_memory(port), output->head, moved);
		if (status != STATUS_OK)
			return status;
		ring_publish(&output->head, output->head + moved);
	}
	port_transmit(port);
	reply->accepted = output->head;
	return STATUS_OK;
}

static status_t on_read(struct call *call, const struct uart_read_request *request,
			struct uart_read_reply *reply)
{
	struct uart_port *port;
	struct ring *input;
	uint64_t rest;
	status_t status;

	if (request->port >= UART_PORTS)
		return STATUS_ERRNO(E_NODEV);
	port = &state.port[request->port];
	input = &port->stable->input;
	if (request->position < input->tail || request->position > input->head)
		return STATUS_ERRNO(E_INVAL);
	ring_publish(&input->tail, request->position);
	port_receive(port);
	rest = input->head - request->position;
	reply->bytes = request->bytes < rest ? request->bytes : rest;
	status = ring_copy_out(call, 0, input_memory(port), request->position, reply->bytes);
	return status;
}

static status_t on_state(struct call *call, const struct uart_state_request *request,
			 struct uart_state_reply *reply)
{
	struct uart_stable *stable;

	(void)call;
	if (request->port >= UART_PORTS)
		return STATUS_ERRNO(E_NODEV);
	stable = state.port[request->port].stable;
	reply->accepted = stable->output.head;
	reply->sent = stable->output.tail;
	return STATUS_OK;
}

static void tell(uint32_t bits)
{
	bits &= (uint32_t)state.listener->value;
	if (bits)
		notify(state.listener->slot, bits);
}

static void notified(uint32_t bits)
{
	for (unsigned port = 0; port < UART_PORTS; port++) {
		if (!(bits & state.irq[port]->value))
			continue;
		/*
		 * First, because the lines are edge-triggered, and an edge is lost while the kernel
		 * holds the line masked. What comes from here on interrupts again.
		 */
		irq_acknowledge(state.irq[port]->slot);
		tell(port_interrupt(&state.port[port]));
	}
}

static status_t start(uint32_t generation)
{
	uint64_t bytes;
	struct uart_stable *stable = stable_memory(&bytes);

	if (bytes < UART_PORTS * sizeof(*stable))
		return STATUS_NO_MEMORY;
	state.listener = service_resource(RESOURCE_NOTIFY, "console");
	if (!state.listener)
		return STATUS_NO_RIGHT;
	for (unsigned port = 0; port < UART_PORTS; port++) {
		state.irq[port] = service_resource(RESOURCE_IRQ, port_name[port]);
		if (!state.irq[port] || !uart_registers_start(port, port_name[port]))
			return STATUS_NO_RIGHT;
		irq_acknowledge(state.irq[port]->slot);
		port_start(&state.port[port], port, &stable[port], port == UART_CONSOLE, generation);
	}
	if (generation)
		tell(~NEWS_BITS);
	return STATUS_OK;
}

SERVER_TABLE(uart, UART_INTERFACE)

const struct service service = {
	.name = "uart",
	.operations = uart_operations,
	.operation_count = uart_operation_count,
	.start = start,
	.notified = notified,
};
