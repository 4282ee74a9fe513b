/* SPDX-License-Identifier: MIT */
/* Interrupts of devices as notifications, and ranges of I/O ports. */
#include "kernel/interrupt.h"

#include "kernel/endpoint.h"
#include "kernel/memory.h"
#include "kernel/space.h"
#include "kernel/thread.h"

#define IRQ_LINES 24

struct irq irqs[IRQ_COUNT];

void interrupt_arrived(unsigned irq)
{
	if (irqs[irq].endpoint)
		endpoint_notify(irqs[irq].endpoint, irqs[irq].bits);
}

status_t interrupt_create(struct thread *self, uint64_t line, uint64_t number)
{
	struct slot *destination, value = { .kind = KIND_IRQ, .rights = 0xff };
	uint64_t irq = line;
	status_t status = slot_get_empty(self->space, number, &destination);

	if (status != STATUS_OK)
		return status;
	if (line == IRQ_ANY)
		for (irq = IRQ_LINES; irq < IRQ_COUNT && irqs[irq].used; irq++)
			;
	else if (line >= IRQ_LINES)
		return STATUS_BAD_ARGUMENT;
	if (irq == IRQ_COUNT)
		return STATUS_NO_MEMORY;
	if (irqs[irq].used)
		return STATUS_BAD_STATE;
	irqs[irq] = (struct irq){ .line = (uint32_t)line, .used = true };
	value.value = irq;
	return slot_fill(self->space, destination, &value);
}

static status_t irq_bind(struct thread *self, unsigned irq, const uint64_t *word)
{
	struct slot *slot;
	status_t status = slot_get(self->space, word[0], KIND_ENDPOINT, ENDPOINT_BIND_RIGHT, &slot);

	if (status != STATUS_OK)
		return status;
	if (irqs[irq].endpoint)
		object_release(irqs[irq].endpoint);
	irqs[irq].endpoint = slot_object(slot);
	irqs[irq].bits = (uint32_t)word[1];
	object_hold(irqs[irq].endpoint);
	arch_irq_enable(irq, irqs[irq].line);
	return STATUS_OK;
}

status_t invoke_irq(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	struct slot *slot;
	unsigned irq;
	status_t status = slot_get(self->space, number, KIND_IRQ, 0, &slot);

	if (status != STATUS_OK)
		return status;
	irq = (unsigned)slot->value;
	switch (operation) {
	case IRQ_BIND:
		return irq_bind(self, irq, word);
	case IRQ_ACKNOWLEDGE:
		arch_irq_unmask(irq, irqs[irq].line);
		return STATUS_OK;
	case IRQ_MESSAGE:
		arch_irq_message(irq, thread_word(self, 0), thread_word(self, 1));
		return STATUS_OK;
	}
	return STATUS_BAD_CALL;
}

status_t invoke_ioport(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	static const uint8_t width[IOPORT_OPERATIONS] = { 1, 2, 4, 1, 2, 4 };
	struct slot *slot;
	uint64_t port = word[0];
	status_t status = slot_get(self->space, number, KIND_IOPORT, 0, &slot);

	if (status != STATUS_OK)
		return status;
	if (operation >= IOPORT_OPERATIONS)
		return STATUS_BAD_CALL;
	if (port < slot_base(slot) ||
	    port + width[operation] > (uint64_t)slot_base(slot) + slot_count(slot))
		return STATUS_NO_RIGHT;
	if (operation >= IOPORT_WRITE8)
		arch_port_write((unsigned)port, width[operation], (uint32_t)word[1]);
	else
		*thread_word(self, 0) = arch_port_read((unsigned)port, width[operation]);
	return STATUS_OK;
}
