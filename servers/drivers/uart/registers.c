/* SPDX-License-Identifier: MIT */
#include "libipc/hardware.h"
#include "libipc/service.h"
#include "servers/drivers/uart/port.h"

static const struct resource *ioport[UART_PORTS];

int uart_registers_start(unsigned port, const char *name)
{
	ioport[port] = service_resource(RESOURCE_IOPORT, name);
	return ioport[port] != 0;
}

uint8_t uart_register_read(unsigned port, enum uart_register which)
{
	return ioport_read8(ioport[port]->slot, ioport[port]->value + which);
}

void uart_register_write(unsigned port, enum uart_register which, uint8_t value)
{
	ioport_write8(ioport[port]->slot, ioport[port]->value + which, value);
}

void uart_register_send(unsigned port, uint8_t byte, uint8_t interrupts)
{
	ioport_write16(ioport[port]->slot, ioport[port]->value + UART_DATA,
		       (uint16_t)(byte | interrupts << 8));
}
