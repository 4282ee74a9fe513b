/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_THREAD_H
#define BULKHEAD_THREAD_H

#include "kernel/capability.h"

enum thread_resume { RESUME_CALL = 0, RESUME_TRAP = 1 };

/*
 * A thread: one page. `state` and `resume` are stored together by the fast path. A thread that
 * runs is THREAD_READY and in no queue.
 */
struct thread {
	struct object object;
	uint8_t state;                   /* enum thread_state */
	uint8_t resume;                  /* SYSRET with the result registers, or IRETQ with all */
	uint8_t queued;                  /* stands in a ready queue */
	uint32_t priority;
	uint64_t root;                   /* CR3; 0: it needs no user memory */
	struct space *space;
	struct endpoint *endpoint;       /* bound; &endpoint_none if there is none */
	struct thread *caller;           /* whose call it works on, not kept in a slot */
	struct session *session;         /* of the call it makes */
	struct thread *context;          /* itself if it has FPU, FS and GS, else 0 */
	struct message_page *page;       /* alias, 0: none */
	uint64_t reflect_entry;          /* of its space; 0: none */
	struct registers registers;      /* as at entry; results of a call go here too */

	struct session *fault_session;
	struct thread *next, *previous;  /* in a ready queue or an endpoint's queue */
	struct slot *reply;              /* the slot that keeps its reply, 0: its server's current call */
	uint64_t fault_words[6];
	uint64_t fault_info;             /* not 0: its call is a fault */
	uint64_t deadline;               /* ticks; 0: none */
	struct thread *deadline_next;
	uint64_t ticks_used, ticks_start;
	uint64_t slice_ticks, slice_left;
	uint8_t stopped;                 /* does not run until resumed, whatever it waits for */
	uint8_t interrupted;             /* an interruption that it has not seen */
	uint8_t timed_out;               /* its deadline passed before it received */

	/* Builds with services in the kernel: host.h. */
	uint8_t kernel;                  /* runs in kernel mode */
	uint8_t attention;               /* its call is to be looked at when it returns */
	uint8_t interruptible;           /* the call it makes may be cut short */
	uint8_t bound;                   /* an activation that its client keeps */
	uint8_t outside;                 /* its client made the call itself, in user mode */
	struct thread *activation;       /* of a program's thread: runs its personality */
	struct thread *client;           /* of an activation: whose; 0: gone */
	struct direct_call *direct;      /* the call it works on */
	struct host *host;               /* whose events it takes */
	uint64_t stack_top;
	uint8_t fpu[512] __attribute__((aligned(64)));
};
_Static_assert(sizeof(struct thread) <= PAGE_SIZE, "a thread is one page");

static inline uint64_t *thread_word(struct thread *thread, unsigned n)
{
	struct registers *r = &thread->registers;
	uint64_t *const word[6] = { &r->rdx, &r->r8, &r->r9, &r->r10, &r->r12, &r->r13 };

	return word[n];
}
void thread_words_get(struct thread *thread, uint64_t words[6]);
void thread_words_set(struct thread *thread, const uint64_t words[6]);

/* A deadline that passed is old news. */
void thread_timeout_forget(struct thread *thread);
/* Ends whatever it waits for, without a result. */
void thread_unwait(struct thread *thread);
/* It becomes ready with that status as result of its kernel call. */
void thread_finish(struct thread *thread, status_t status);
void thread_bind(struct thread *thread, struct endpoint *endpoint);
struct thread *thread_create(uint32_t page);
void thread_configure(struct thread *thread, struct space *space, uint32_t priority, bool program);
void thread_page_set(struct thread *thread, uint32_t page);
void thread_start(struct thread *thread, uint64_t rip, uint64_t rsp, uint64_t argument);
/* Its wait may end early (abi/objects.h, THREAD_INTERRUPT). */
bool thread_wait_interruptible(const struct thread *thread);
/* Goes on at the space's upcall entry; what it did stands in its message page. */
bool thread_upcall(struct thread *thread, unsigned reason);
/* Ends its wait, or makes an upcall (abi/objects.h, THREAD_INTERRUPT). */
void thread_interrupt(struct thread *thread);

/* THREAD_TLS and THREAD_STATE of abi/objects.h; the results go to self. */
status_t thread_tls(struct thread *thread, const uint64_t *word);
status_t thread_state(struct thread *self, struct thread *thread);
status_t invoke_thread(struct thread *self, uint64_t slot, uint64_t operation, const uint64_t *word);

#endif
