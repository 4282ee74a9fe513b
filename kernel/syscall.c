/* SPDX-License-Identifier: MIT */
/* From the entry code to the call: one row of abi/syscalls.h each. */
#include "kernel/abi/syscalls.h"

#include "kernel/endpoint.h"
#include "kernel/interrupt.h"
#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/syscall.h"

/* Invocations: decode the arguments once, leave the status. */
#define INVOCATION(function) \
	static void function##_call(struct thread *self) \
	{ \
		uint64_t words[MESSAGE_REGISTERS]; \
		\
		thread_words_get(self, words); \
		status_t status = function(self, self->registers.rdi, self->registers.rsi, words); \
		self->registers.rax = (uint64_t)status; \
	}
INVOCATION(invoke_memory)
INVOCATION(invoke_space)
INVOCATION(invoke_thread)
INVOCATION(invoke_endpoint)
INVOCATION(invoke_reply)
INVOCATION(invoke_irq)
INVOCATION(invoke_ioport)
INVOCATION(invoke_control)

#define call_call call
#define reply_receive_call reply_receive
#define receive_call receive
#define reply_call reply
#define notify_call notify
#define copy_call copy
#define ROW(name, offset, function) [offset] = function##_call,
static void (*const calls[KERNEL_CALL_COUNT])(struct thread *self) = { KERNEL_CALL_TABLE(ROW) };

void kernel_call_make(struct thread *self)
{
	calls[(uint32_t)self->registers.rax - KERNEL_CALL_BASE](self);
}

_Noreturn void kernel_call(struct thread *self)
{
	processor.root = self->root;
	processor.counters.entries++;
	kernel_call_make(self);
	schedule_leave();
}
