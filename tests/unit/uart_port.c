/* sources: servers/drivers/uart/port.c */
/* SPDX-License-Identifier: MIT */
/* The 16550 driver against a model of the device, with and without FIFOs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "servers/drivers/uart/port.h"

/* A device whose wire moves only when the test says so. */
static struct {
	uint8_t enabled, line, modem;
	int fifo;
	uint8_t to_wire[16], from_wire[16];
	unsigned transmit, receive;      /* bytes in each */
	uint8_t wire[4096];
	unsigned sent, lost;
	int broken;                      /* the next byte is a break */
} device;

static unsigned depth(void)
{
	return device.fifo ? 16 : 1;
}

uint8_t uart_register_read(unsigned port, enum uart_register which)
{
	uint8_t byte;

	(void)port;
	switch (which) {
	case UART_STATUS:
		return (uint8_t)((device.receive ? UART_STATUS_INPUT : 0) |
				 (device.transmit ? 0 : UART_STATUS_OUTPUT) |
				 (device.broken ? UART_STATUS_BREAK : 0));
	case UART_DATA:
		cr_assert_gt(device.receive, 0);
		byte = device.from_wire[0];
		memmove(device.from_wire, device.from_wire + 1, --device.receive);
		device.broken = 0;
		return byte;
	case UART_INTERRUPTS:
		return device.enabled;
	case UART_MODEM:
		return device.modem;
	case UART_CAUSE:
		byte = device.fifo ? UART_CAUSE_FIFO : 0;
		if (device.receive && device.enabled & UART_INTERRUPT_INPUT)
			return byte | 0x4;
		if (!device.transmit && device.enabled & UART_INTERRUPT_OUTPUT)
			return byte | 0x2;
		return byte | UART_CAUSE_NONE;
	default:
		cr_assert(0, "register %d", which);
		return 0;
	}
}

void uart_register_write(unsigned port, enum uart_register which, uint8_t value)
{
	(void)port;
	switch (which) {
	case UART_DATA:
		if (device.line & UART_LINE_DIVISOR)
			break;
		cr_assert_lt(device.transmit, depth(), "the transmitter is full");
		device.to_wire[device.transmit++] = value;
		break;
	case UART_INTERRUPTS:
		if (!(device.line & UART_LINE_DIVISOR))
			device.enabled = value;
		break;
	case UART_FIFO:
		device.lost += device.receive;
		device.fifo = value & 1;
		device.receive = 0;
		break;
	case UART_LINE:
		device.line = value;
		break;
	case UART_MODEM:
		device.modem = value;
		break;
	default:
		cr_assert(0, "register %d", which);
	}
}

void uart_register_send(unsigned number, uint8_t byte, uint8_t interrupts)
{
	uart_register_write(number, UART_DATA, byte);
	uart_register_write(number, UART_INTERRUPTS, interrupts);
}

static void wire_takes_all(void)
{
	memcpy(device.wire + device.sent, device.to_wire, device.transmit);
	device.sent += device.transmit;
	device.transmit = 0;
}

static int wire_brings(uint8_t byte)
{
	if (device.receive == depth())
		return 0;
	device.from_wire[device.receive++] = byte;
	return 1;
}

static struct uart_stable stable;
static struct uart_port port;

static void set_up(void)
{
	memset(&device, 0, sizeof(device));
	memset(&stable, 0, sizeof(stable));
	port_start(&port, 0, &stable, 1, 0);
}
TestSuite(uart_port, .init = set_up);

static void add_output(const char *text)
{
	for (; *text; text++)
		stable.output_bytes[stable.output.head++ % UART_OUTPUT_BYTES] = (uint8_t)*text;
}

Test(uart_port, set_up_once)
{
	cr_assert_eq(device.line, UART_LINE_8N1);
	cr_assert_eq(device.modem, UART_MODEM_ON);
	cr_assert_eq(device.fifo, 1);
	cr_assert_eq(device.enabled, UART_INTERRUPT_INPUT);
	device.line = 0x55;
	port_start(&port, 0, &stable, 1, 1);
	cr_assert_eq(device.line, 0x55);
}

Test(uart_port, a_byte_that_waits_at_the_start_is_kept)
{
	memset(&device, 0, sizeof(device));
	wire_brings('x');
	port_start(&port, 0, &stable, 1, 0);
	cr_assert_eq(device.lost, 0);
	cr_assert_eq(stable.input.head, 1);
	cr_assert_eq(port.burst_bytes, 1);
	add_output("ab");
	port_transmit(&port);
	cr_assert_eq(device.transmit, 1);
}

Test(uart_port, output_goes_on_with_interrupts)
{
	static const char text[] = "The quick brown fox jumps over the lazy dog, twice.";
	uint32_t news = 0;

	add_output(text);
	port_transmit(&port);
	cr_assert_eq(device.transmit, 16);
	cr_assert_eq(device.enabled, UART_INTERRUPT_INPUT | UART_INTERRUPT_OUTPUT);
	while (device.transmit) {
		wire_takes_all();
		news |= port_interrupt(&port);
	}
	cr_assert_eq(news, UART_NOTIFY_OUTPUT);
	cr_assert_eq(device.sent, strlen(text));
	cr_assert_arr_eq(device.wire, text, strlen(text));
	cr_assert_eq(device.enabled & ~UART_INTERRUPT_MARK, UART_INTERRUPT_INPUT);
}

Test(uart_port, a_successor_goes_on_where_the_wire_is)
{
	add_output("0123456789abcdefghijklmnop");
	port_transmit(&port);
	wire_takes_all();
	port_start(&port, 0, &stable, 1, 1);
	wire_takes_all();
	cr_assert_arr_eq(device.wire, "0123456789abcdefghijklmnop", 26);
	cr_assert_eq(device.sent, 26);
}

Test(uart_port, input_arrives_and_is_told)
{
	for (unsigned i = 0; i < 10; i++)
		cr_assert(wire_brings((uint8_t)('a' + i)));
	cr_assert_eq(port_interrupt(&port), UART_NOTIFY_INPUT);
	cr_assert_eq(ring_used(&stable.input), 10);
	cr_assert_arr_eq(stable.input_bytes, "abcdefghij", 10);
	cr_assert_eq(port_interrupt(&port), 0);
}

Test(uart_port, a_full_ring_holds_the_sender_up)
{
	uint64_t brought = 0;

	while (wire_brings((uint8_t)brought)) {
		brought++;
		port_interrupt(&port);
	}
	cr_assert_eq(brought, UART_INPUT_BYTES + 16);
	cr_assert_eq(device.enabled & UART_INTERRUPT_INPUT, 0);
	ring_publish(&stable.input.tail, 100);
	port_receive(&port);
	cr_assert_eq(stable.input.head, brought);
	cr_assert_eq(device.enabled & UART_INTERRUPT_INPUT, UART_INTERRUPT_INPUT);
	for (uint64_t at = 100; at < brought; at++)
		cr_assert_eq(stable.input_bytes[at % UART_INPUT_BYTES], (uint8_t)at);
}

Test(uart_port, a_break_is_no_byte)
{
	wire_brings(0);
	device.broken = 1;
	cr_assert_eq(port_interrupt(&port), 0);
	cr_assert_eq(stable.input.head, 0);
}

Test(uart_port, the_report_channel_does_not_listen)
{
	memset(&device, 0, sizeof(device));
	port_start(&port, 1, &stable, 0, 0);
	cr_assert_eq(device.enabled, 0);
	wire_brings('x');
	cr_assert_eq(port_interrupt(&port), 0);
	cr_assert_eq(stable.input.head, 0);
}
