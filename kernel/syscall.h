/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_SYSCALL_H
#define BULKHEAD_SYSCALL_H

#include "kernel/thread.h"

status_t invoke_reply(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);
status_t invoke_control(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);

/* Called by entry.S with the thread's registers saved. */
_Noreturn void reflect_without_entry(struct thread *thread);
_Noreturn void kernel_call(struct thread *self);
/* The same for one who is in the kernel already. */
void kernel_call_make(struct thread *self);

#endif
