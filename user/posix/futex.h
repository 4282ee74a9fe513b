/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_FUTEX_H
#define BULKHEAD_POSIX_FUTEX_H

#include "user/posix/threads.h"

/* What futex(2) is asked for, whichever of it counts. */
struct futex_request {
	uint64_t address, address2;
	uint32_t value;                           /* that the word must have */
	uint32_t bitset;                          /* who waits for none of these is not woken */
	uint32_t count, count2;                   /* to wake; to let wait at address2 */
	uint32_t private;                         /* the program says that threads use it only */
	uint64_t deadline;                        /* tick; 0: none */
};

/* A wait for a time, after a signal without a handler: for what is left of it. */
long futex_wait_again(struct task *task, const struct restart_block *restart);

/* The word of a lock that names its owner. */
#define FUTEX_WAITERS    0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK   0x3fffffffu

/* FUTEX_WAIT, with the deadline that stands in the request; FUTEX_WAKE. */
long futex_wait(struct task *task, const struct futex_request *request);
long futex_wake(struct task *task, const struct futex_request *request);
/* Commands about locks that name their owners; of others -ENOSYS. */
long futex_pi(struct task *task, struct futex_request *request, long operation, uint64_t timeout,
	      uint32_t value3);

/* Is the word in memory that processes share? -EFAULT: there is none that can be used. */
int futex_is_shared(struct task *task, uint64_t address);
long futex_shared_wait(struct task *task, const struct futex_request *request);
long futex_shared_wake(struct task *task, const struct futex_request *request);
long futex_shared_requeue(struct task *task, const struct futex_request *request);

/* Wakes one of those who wait at an address: of this process's threads, or of any process's. */
void futex_wake_threads(struct task *task, uint64_t address);
void futex_wake_one(struct task *task, uint64_t address);
/* 1: the program's word was *expected and is `new` now. 0: it is what *expected is now. -EFAULT. */
long futex_exchange(uint64_t address, uint32_t *expected, uint32_t new);

#endif
