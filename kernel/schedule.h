/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_SCHEDULE_H
#define BULKHEAD_SCHEDULE_H

#include "kernel/thread.h"

/* What belongs to one processor. Others never touch it. */
struct processor {
	struct thread *current;          /* fast path; 0 only while idle */
	struct thread *context;          /* whose FPU, FS and GS the processor holds */
	uint64_t user_rsp;               /* scratch of the entry code */
	uint32_t ready_top;              /* highest priority in the queues; above all: come and look */
	struct thread *successor;        /* of the current thread, if that blocks */
	uint32_t slice_over;             /* the current slice ended */
	uint64_t ready_bits;             /* bit n: queue n is not empty */
	struct thread *ready_first[PRIORITIES], *ready_last[PRIORITIES];
	struct thread *ready_early[PRIORITIES]; /* the last of those who had a rest of a slice */
	struct thread *deadlines;        /* sorted */
	uint64_t slice_end;              /* ticks; 0: nobody competes */
	uint64_t timer;                  /* what the timer is set to ... */
	uint32_t timer_stale;            /* ... is to be looked at again */
	uint64_t root;                   /* translations loaded, as of this entry to the kernel */
	struct thread *charged;          /* whose slice runs and who pays for the time */
	struct kernel_counters counters;
};
extern struct processor processor;

void schedule_ready(struct thread *thread);          /* Needs: ready, not queued, not current */
void schedule_remove(struct thread *thread);         /* Needs: queued */
/* It goes behind those of its new priority, if it stands in a queue. */
void schedule_priority(struct thread *thread, uint32_t priority);
void schedule_slice(struct thread *thread, uint64_t slice_ticks);
void schedule_deadline(struct thread *thread, uint64_t ticks);
void schedule_tick(void);                            /* the timer interrupt */
void schedule_yield(void);
/* Nobody has a better claim than the current thread. */
bool schedule_stays(void);
/* Picks who runs, loads its space and context, leaves the kernel. */
_Noreturn void schedule_leave(void);
/* The thread became ready because the current one answered it: it goes next if nobody is above it. */
void schedule_handoff(struct thread *thread);
/* The thread no longer exists or no longer runs. */
void schedule_forget(struct thread *thread);

#endif
