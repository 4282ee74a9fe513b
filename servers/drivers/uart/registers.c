/* SPDX-License-Identifier: MIT */
#include "libipc/kernel.h"
#include "libipc/service.h"
#include "servers/drivers/uart/port.h"

static const struct resource *ioport[UART_PORTS];

int uart_registers_start(unsigned port, const char *name)
{
	ioport[port] = service_resource(RESOURCE_IOPORT, name);
	return ioport[port] != 0;
}

/* A port that is not there reads as all ones, as an empty bus does. */
uint8_t uart_register_read(unsigned port, enum uart_register which)
{
	struct words words = { { ioport[port]->value + which } };

	if (kernel_invoke_ioport(ioport[port]->slot, IOPORT_READ8, &words) != STATUS_OK)
		return 0xff;
	return (uint8_t)words.word[0];
}

void uart_register_write(unsigned port, enum uart_register which, uint8_t value)
{
	struct words words = { { ioport[port]->value + which, value } };

	(void)kernel_invoke_ioport(ioport[port]->slot, IOPORT_WRITE8, &words);
}
