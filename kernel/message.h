/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_MESSAGE_H
#define BULKHEAD_MESSAGE_H

#include "kernel/thread.h"

/* The kernel's calls (abi/syscalls.h); each leaves its result in self->registers and may block self. */
void call(struct thread *self);
void reply_receive(struct thread *self);
void receive(struct thread *self);
void reply(struct thread *self);
void notify(struct thread *self);
void copy(struct thread *self);

/* Capabilities named in the sender's page go to the slots that the receiver's page offers. */
struct party { struct space *space; struct message_page *page; };
void capabilities_transfer(const struct party *from, const struct party *to, uint64_t info);

/* The window, if it may be used so: what its lender's page says, below the end of his memory. */
struct lent { const struct message_page *page; uint64_t end; };
status_t window_find(const struct lent *lent, uint64_t index, uint64_t direction, uint64_t offset,
		     uint64_t bytes, struct window *window) MUST_CHECK;

/* Sends the thread's call (registers, or fault words) through the session. The thread waits. */
void call_send(struct thread *caller, struct session *session);
/* Gives the next event or call to a thread that asks for it, or lets it wait. */
void receive_next(struct thread *self);
/* Takes a waiting call out of the endpoint's queue. */
void call_unqueue(struct thread *caller);
/* Ends the call with a status, wherever it is; the server, if any, loses the reply. */
void call_end(struct thread *caller, status_t status);
/* The server may no longer answer it. */
void call_disown(struct thread *caller);

/* Faults: a call that the kernel makes in the thread's name. */
void fault_raise(struct thread *thread, unsigned label, uint64_t address, uint64_t code,
		 uint64_t vector);
void fault_answered(struct thread *thread, unsigned label, uint64_t word);

#endif
