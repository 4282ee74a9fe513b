/* sources: servers/drivers/uart/port.c */
/* SPDX-License-Identifier: MIT */
/* The 16550 driver dies at every instruction while it sends: no byte is lost or doubled. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>

#include "servers/drivers/uart/port.h"
#include "tests/unit/crash_everywhere.h"

#define TEXT "exactly once"

/* A quick device. What one access to it changes is one store, as on the bus. */
static struct world {
	struct uart_stable stable;
	uint64_t sent_and_enabled;       /* bytes sent << 8 | interrupts enabled */
	char wire[64];
} *world;

uint8_t uart_register_read(unsigned port, enum uart_register which)
{
	(void)port;
	switch (which) {
	case UART_INTERRUPTS:
		return (uint8_t)world->sent_and_enabled;
	case UART_STATUS:
		return UART_STATUS_OUTPUT;
	case UART_MODEM:
		return UART_MODEM_ON;
	case UART_CAUSE:
		return UART_CAUSE_NONE | UART_CAUSE_FIFO;
	default:
		cr_assert(0, "register %d", which);
		return 0;
	}
}

void uart_register_write(unsigned port, enum uart_register which, uint8_t value)
{
	(void)port;
	if (which == UART_INTERRUPTS)
		__atomic_store_n(&world->sent_and_enabled,
				 (world->sent_and_enabled & ~0xffull) | value, __ATOMIC_RELEASE);
}

void uart_register_send(unsigned port, uint8_t byte, uint8_t interrupts)
{
	uint64_t sent = world->sent_and_enabled >> 8;

	(void)port;
	cr_assert_lt(sent, sizeof(world->wire));
	world->wire[sent] = (char)byte;
	__atomic_store_n(&world->sent_and_enabled, (sent + 1) << 8 | interrupts, __ATOMIC_RELEASE);
}

static struct uart_port port;

static void victim(void)
{
	port_transmit(&port);
}

static void successor(void)
{
	struct uart_port again;

	port_start(&again, 0, &world->stable, 1, 1);
	cr_assert_eq(world->sent_and_enabled >> 8, strlen(TEXT));
	cr_assert_arr_eq(world->wire, TEXT, strlen(TEXT));
	cr_assert_eq(ring_used(&world->stable.output), 0);
	cr_assert_eq(world->sent_and_enabled & ~UART_INTERRUPT_MARK & 0xff, UART_INTERRUPT_INPUT);
}

Test(uart_crash, output, .timeout = 120)
{
	world = mmap(0, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	port_start(&port, 0, &world->stable, 1, 1);
	memcpy(world->stable.output_bytes, TEXT, strlen(TEXT));
	world->stable.output.head = strlen(TEXT);
	cr_assert_gt(crash_everywhere(world, sizeof(*world), victim, successor), 100);
}
