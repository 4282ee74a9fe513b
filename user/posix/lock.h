/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_LOCK_H
#define BULKHEAD_POSIX_LOCK_H

#include <stdint.h>

#include "libipc/client.h"
#include "libipc/proto/process.h"

struct task;

/*
 * A lock between the threads of a process; zero is free. The uncontended way is one locked
 * instruction; who waits sleeps at its own endpoint, and is woken by the notification that each
 * thread has in the table for the others. Whoever is faster than the one that was woken goes first.
 *
 * Order: a thread that has a futex lock may ask for the process's, not the other way round.
 */
struct lock {
	uint64_t word;           /* 1: taken; the rest: the task that joined the waiting last */
};
void lock_take(struct lock *lock, struct task *task);
/* 1: somebody who waited for it was woken. */
int lock_give(struct lock *lock, struct task *task);

/* Bits at a thread's endpoint by which the others wake it; servers have the lower ones (poll.c). */
#define TASK_BIT_LOCK  0x80000000u
#define TASK_BIT_FUTEX PROCESS_FUTEX_BIT
void task_notify(const struct task *task, uint32_t bits);

/*
 * The process's lock: whoever works in the process's record has it, if there are several threads.
 * dispatch.c takes it for every call that does not do without. lock_ensure: for what may come in
 * the middle of anything (faults): takes it unless it is there or nobody else is; gives whether
 * lock_leave is to follow.
 */
void lock_enter(struct task *task);
void lock_leave(struct task *task);
int lock_ensure(struct task *task);
/*
 * lock_leave at the end of a call: one who waits goes first. Else a thread that makes calls without
 * end would have the lock again, and be stopped with it, whenever another looks.
 */
void lock_pass(struct task *task);

#endif
