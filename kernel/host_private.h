/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_HOST_PRIVATE_H
#define BULKHEAD_HOST_PRIVATE_H

#include "kernel/host.h"

/* What host.c, host_program.c and arch/x86_64/host.S share. Interrupts are off in all of it. */

#define THREAD_WAITING (THREAD_DEAD + 1) /* a thread's state: for a monitor, or until host_wake */

static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
static inline void interrupts_on(void) { __asm__ volatile("sti" : : : "memory"); }

/* host.S: somebody else runs, until the current thread is ready and picked again. */
void host_block(void);
/* Leaves by the scheduler, and the stack that it is called on for good. */
_Noreturn void host_go(void);
/* UNMAPPED: a byte is not there. The second label is where such a fault goes on. */
status_t host_user_copy(void *to, const void *from, uint64_t bytes);
extern char host_user_copy_end[], host_user_copy_fault[];
/* A direct call; gives the info word of the answer, or a status. Turns interrupts on. */
uint64_t host_gate_session(struct session *session, uint64_t info, uint64_t words[6]);

/* Called by host.S. */
void host_call(struct thread *self);
void host_leave(struct direct_call *call);
status_t host_contend(struct host *host);
/* Called by user/posix/kernel/entry.S. */
bool host_return(const struct registers *registers);

/* host.c */
#define HOSTS 32
extern struct host hosts[HOSTS];         /* as hosted_services */
/* Needs: nothing runs on it. It runs entry(argument) when it is picked. */
void activation_begin(struct thread *thread, uint64_t entry, uint64_t argument);
/* The same, bound to the service's endpoint. */
void receiver_begin(struct host *host, struct thread *thread, uint64_t entry, uint64_t argument);
struct thread *activation_take(void);    /* 0: none is left */
void activation_give(struct thread *thread);
void wait_until_ready(struct thread *self);
/* It no longer waits to call. True: it did. */
bool contender_remove(struct thread *thread);
/* The call that brought it into the first service; 0: it is in none. */
struct direct_call *outermost(const struct thread *thread);

/* The personality, if it is linked in: user/posix/kernel/entry.S. */
extern char posix_boot[] HOSTED, posix_fork_child[] HOSTED, posix_upcall[] HOSTED;
extern char access_start[] HOSTED, access_end[] HOSTED, access_fault[] HOSTED;
HOSTED void upcall_inside(void *task, struct registers *registers);

#endif
