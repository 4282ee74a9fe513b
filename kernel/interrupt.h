/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_INTERRUPT_H
#define BULKHEAD_INTERRUPT_H

#include "kernel/capability.h"

/* An interrupt of a device: raises bits at the endpoint it is bound to, which it holds. */
struct irq {
	struct endpoint *endpoint;
	uint32_t bits, line;
	bool used;
};
extern struct irq irqs[IRQ_COUNT];

void interrupt_arrived(unsigned irq);
status_t interrupt_create(struct thread *self, uint64_t line, uint64_t number);

status_t invoke_irq(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);
status_t invoke_ioport(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);

#endif
