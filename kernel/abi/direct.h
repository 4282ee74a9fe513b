/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ABI_DIRECT_H
#define BULKHEAD_ABI_DIRECT_H

#include "kernel/abi/message.h"
#include "kernel/abi/status.h"

/*
 * Between the kernel and services that are linked into it: kernel/host.c and libipc/direct. No part
 * of a build in which everything is a process.
 */
struct host;
struct space;
struct session;

/* A call from one in the kernel to another: on the caller's stack for as long as it lasts. */
struct direct_call {
	/* libipc's struct call. */
	uint64_t badge, info;
	uint32_t reply_slot, cancelled, orphan, answered;
	uint32_t capability[MESSAGE_CAPS];
	/* Those in registers; the reply is all zero at first. */
	uint64_t request[MESSAGE_REGISTERS], reply[MESSAGE_REGISTERS];
	struct message_page *page;       /* the caller's */
	/* The kernel's: what the caller was, and gets back. */
	struct direct_call *previous;
	struct host *host;
	struct space *space;
	struct session *session;
	uint64_t priority;
};

/* What the kernel has to know of a service: one row for each, made by the Makefile. */
struct hosted_entries {
	void (*start)(uint64_t message_page);
	const uint64_t *crash;           /* by enum crash_kind, libipc/proto/supervisor.h */
	uint64_t crash_kinds;
	/* The call's handler; gives the info word of the answer. */
	uint64_t (*serve)(struct direct_call *call);
	void (*receive)(void);           /* the loop of another receiver */
};
struct hosted {
	char name[16];
	const struct hosted_entries *entries;
};

/* All with the monitor held, by the service's own code. */
struct thread *host_self(void);
/* Does the current thread work on that call directly, without a message? */
int host_is_direct(const void *call);
/*
 * Lets others into the monitor until host_wake(this thread); then it has it again. NO_MEMORY:
 * nobody could take the events meanwhile; it did not wait.
 */
status_t host_wait(void) MUST_CHECK;
void host_wake(struct thread *thread);
/* Everybody who waits for the monitor goes first. */
void host_let_others(void);
/* Takes the monitor: a receiver's first step. */
void host_enter(void);
/* Through a window of a direct call: libipc/server.h, call_copy_in. */
status_t host_copy(const struct direct_call *call, unsigned window, unsigned direction,
		   uint64_t offset, uint64_t address, uint64_t bytes) MUST_CHECK;
/* The capabilities that come with the call, into the slots that the service's page names. */
void host_capabilities(struct direct_call *call);

/* Seen by services in the kernel: the info page. */
#define HOST_INFO_PAGE 0xffffa00000000000ull
/* Services in the kernel: one entry of the root table each; and the activations' stacks. */
#define HOST_SERVICES  0xffff900000000000ull
#define HOST_SERVICE_SHIFT 39
#define HOST_STACKS    0xffffa00040000000ull

#endif
