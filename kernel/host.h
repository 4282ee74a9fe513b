/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_HOST_H
#define BULKHEAD_HOST_H

#include "kernel/abi/direct.h"
#include "kernel/thread.h"

/*
 * Services, and the Linux personality, in the kernel: host.c, which only those builds contain that
 * have any there. Elsewhere these functions do not exist; callers test what makes them needed, or
 * the function itself.
 *
 * An *activation* is a thread in kernel mode with a stack of its own. One is bound to each thread
 * of a program, if the personality is in the kernel, and runs it; others carry a call from a
 * process, or take the events of a service (its receiver). A call of a service in the kernel is a
 * function call on the activation's stack: the gate in arch/x86_64/host.S takes the service's
 * monitor, changes whose capabilities the activation uses, and calls. All else is messages, as
 * between processes.
 */
#define HOSTED __attribute__((weak))

/* A service in the kernel. */
struct host {
	uint32_t busy;                   /* bit 0: somebody is in its monitor */
	uint32_t priority;               /* of whoever is in it */
	struct space *space;             /* its capabilities; mappings in the kernel's half */
	struct message_page *page;
	uint64_t (*serve)(struct direct_call *call);
	struct thread *first, *last;     /* wait for the monitor; the first gets it */
	struct endpoint *endpoint;
	const struct hosted *hosted;
};

/* While the kernel's text can still be written: kernel calls in it become calls of the gate. */
HOSTED void host_link(void);
/* At boot, before the first thread. */
HOSTED void host_start(uint64_t memory_bytes);
/* The supervisor, if it is in the kernel: its place, as CONTROL_PLACE gives it. 0: it is not. */
HOSTED uint64_t host_supervisor(struct space *space, struct endpoint *endpoint,
				struct thread **thread);
HOSTED void host_supervisor_start(struct endpoint *endpoint, uint64_t message_page);

/* Every entry is to be counted: none goes a way that does not. */
extern HOSTED bool host_counts;

/* control.c: CONTROL_PLACE and its relatives. */
HOSTED status_t host_control(struct thread *self, uint64_t operation, const uint64_t *word);

/* Is that address an entry of the personality in the kernel? */
HOSTED bool host_personality_entry(uint64_t address);
static inline bool host_entry(uint64_t address)
{
	return host_personality_entry && host_personality_entry(address);
}
/* Is that address of a program's space for its personality in the kernel alone? By 2 MiB. */
HOSTED bool host_private(uint64_t address);
/* A program's thread gets its activation: NO_MEMORY if there is none left. */
HOSTED status_t host_attach(struct thread *thread);
/* Needs: an activation. What it does for the thread ends, or goes on for nobody. */
HOSTED void host_detach(struct thread *thread);
HOSTED void host_release(struct thread *thread);
/* An activation's priority, when it is in no service. */
HOSTED void host_priority(struct thread *activation, uint32_t priority);
/* Needs: an activation. True: it is at work, and was interrupted if it may be. */
HOSTED bool host_interrupt(struct thread *thread);

/* trap.c: an interrupt found an activation at work; an exception in kernel mode was expected. */
HOSTED void host_preempt(void);
struct trap_frame;
HOSTED bool host_fault(struct trap_frame *frame, uint64_t address);
/* The service that the current thread runs; 0: none. */
HOSTED const char *host_name(void);

/* message.c: copies between a window and a service in the kernel. */
HOSTED void *host_alias(const struct thread *thread, uint64_t address, unsigned flags);

#endif
