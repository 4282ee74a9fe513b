/* SPDX-License-Identifier: MIT */
/* The machine as a whole: log, power, counters, and the making of irq and ioport capabilities. */
#include "kernel/abi/info.h"
#include "kernel/boot.h"
#include "kernel/host.h"
#include "kernel/interrupt.h"
#include "kernel/log.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/syscall.h"

static status_t control_log(struct thread *self, const uint64_t *word)
{
	if (!self->page || word[0] > (MESSAGE_WORDS - MESSAGE_REGISTERS) * 8)
		return STATUS_BAD_ARGUMENT;
	log_write((const char *)&self->page->words[MESSAGE_REGISTERS], word[0]);
	return STATUS_OK;
}

static status_t control_log_read(struct thread *self, const uint64_t *word)
{
	uint64_t position = word[0], room = (MESSAGE_WORDS - MESSAGE_REGISTERS) * 8;

	if (!self->page)
		return STATUS_BAD_ARGUMENT;
	*thread_word(self, 1) = log_read(&position, (char *)&self->page->words[MESSAGE_REGISTERS],
					 room);
	*thread_word(self, 0) = position;
	return STATUS_OK;
}

static status_t control_create_ioport(struct thread *self, const uint64_t *word)
{
	struct slot *destination, value = { .kind = KIND_IOPORT, .rights = 0xff };
	status_t status = slot_get_empty(self->space, word[2], &destination);

	if (status != STATUS_OK)
		return status;
	if (!word[1] || word[0] > 0xffff || word[1] > 0x10000 - word[0])
		return STATUS_BAD_ARGUMENT;
	value.value = word[0] | word[1] << 32;
	return slot_fill(self->space, destination, &value);
}

static status_t control_counters(struct thread *self)
{
	if (!self->page)
		return STATUS_BAD_ARGUMENT;
	arch_copy(&self->page->words[MESSAGE_REGISTERS], &processor.counters,
		  sizeof(processor.counters));
	return STATUS_OK;
}

status_t invoke_control(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	struct slot *slot;
	status_t status =
		slot_get(self->space, number, KIND_CONTROL,
			 operation == CONTROL_LOG ? CONTROL_LOG_RIGHT : CONTROL_ALL_RIGHT, &slot);

	if (status != STATUS_OK)
		return status;
	switch (operation) {
	case CONTROL_LOG:
		return control_log(self, word);
	case CONTROL_LOG_READ:
		return control_log_read(self, word);
	case CONTROL_SHUTDOWN:
		arch_shutdown((unsigned)word[0]);
	case CONTROL_CREATE_IRQ:
		return interrupt_create(self, word[0], word[1]);
	case CONTROL_CREATE_IOPORT:
		return control_create_ioport(self, word);
	case CONTROL_COUNTERS:
		return control_counters(self);
	case CONTROL_WALL_CLOCK:
		boot_info_page()->wall_boot_ns = word[0];
		return STATUS_OK;
	case CONTROL_PLACE:
	case CONTROL_START:
	case CONTROL_CRASH:
		return host_control ? host_control(self, operation, word) : STATUS_BAD_CALL;
	}
	return STATUS_BAD_CALL;
}
