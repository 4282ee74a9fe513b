/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_HARDWARE_H
#define BULKHEAD_LIBIPC_HARDWARE_H

#include "libipc/objects.h"

/* What drivers do with the interrupts and I/O ports that the manifest grants them. */

/* Lets the next interrupt come. Needs: the slot of a resource, so that it cannot fail. */
static inline void irq_acknowledge(uint32_t irq)
{
	(void)!kernel_invoke_irq(irq, IRQ_ACKNOWLEDGE, WORDS(0));
}

/* What a device has to write where to raise it (MSI-X). */
static inline MUST_CHECK status_t irq_message(uint32_t irq, uint64_t *address, uint32_t *data)
{
	struct words words = { { 0 } };
	status_t status = kernel_invoke_irq(irq, IRQ_MESSAGE, &words);

	*address = words.word[0];
	*data = (uint32_t)words.word[1];
	return status;
}

/* A port outside of the range reads as all ones, as an empty bus does; writing does nothing. */
static inline uint8_t ioport_read8(uint32_t ioport, uint64_t port)
{
	struct words words = { { port } };

	return kernel_invoke_ioport(ioport, IOPORT_READ8, &words) == STATUS_OK ?
		(uint8_t)words.word[0] : 0xff;
}

static inline void ioport_write8(uint32_t ioport, uint64_t port, uint8_t value)
{
	(void)!kernel_invoke_ioport(ioport, IOPORT_WRITE8, WORDS(port, value));
}

/* Two neighbouring ports in one access: the lower byte to the lower port. */
static inline void ioport_write16(uint32_t ioport, uint64_t port, uint16_t value)
{
	(void)!kernel_invoke_ioport(ioport, IOPORT_WRITE16, WORDS(port, value));
}

#endif
