/* SPDX-License-Identifier: MIT */
/*
 * Futexes whose word names its owner (FUTEX_LOCK_PI and relatives, futex(2)). The word is all there
 * is: who waits, waits for its change, and whoever takes the lock after a wait marks that others
 * may wait. Nobody's priority is lent.
 */
#include "user/posix/futex.h"

#include "user/posix/sleep.h"

enum { FUTEX_LOCK_PI = 6, FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_WAIT_REQUEUE_PI = 11,
       FUTEX_CMP_REQUEUE_PI, FUTEX_LOCK_PI2 };
#define FUTEX_COMMAND(operation) ((operation) & 127)
#define FUTEX_CLOCK_REALTIME 256

/* 1: the caller has the lock. 0: somebody else, as *word says, which tells of a waiter now. */
static long take(struct task *task, uint64_t address, uint32_t waiters, uint32_t *word)
{
	uint32_t tid = PROCESS_PAGE(task->page)->tid, new;
	long result;

	if (copy_from_program(word, address, sizeof(*word)))
		return -E_FAULT;
	do {
		uint32_t owner = *word & FUTEX_TID_MASK;

		if (owner == tid)
			return -E_DEADLK;
		new = owner ? *word | FUTEX_WAITERS :
		      tid | waiters | (*word & (FUTEX_WAITERS | FUTEX_OWNER_DIED));
		result = new == *word ? 1 : futex_exchange(address, word, new);
	} while (!result);
	if (result < 0)
		return result;
	*word = new;
	return (new & FUTEX_TID_MASK) == tid;
}

/* There is no such thread, and the word still says that it had the lock: -ESRCH. */
static long check_owner(struct task *task, uint64_t address, uint32_t word)
{
	uint32_t now;
	status_t status = process_kill(&task->process_session, &(struct process_kill_request){
		.pid = PROCESS_KILL_TID, .thread = (int32_t)(word & FUTEX_TID_MASK) },
		&(struct process_kill_reply){ }, 0);

	if (status != STATUS_ERRNO(E_SRCH))
		return 0;
	if (copy_from_program(&now, address, sizeof(now)))
		return -E_FAULT;
	return now == word ? -E_SRCH : 0;
}

static long lock(struct task *task, struct futex_request *request)
{
	uint32_t waiters = 0;
	long result;

	for (;;) {
		result = take(task, request->address, waiters, &request->value);
		if (result)
			return result < 0 ? result : 0;
		result = check_owner(task, request->address, request->value);
		if (!result)
			result = futex_wait(task, request);
		/* Woken: others may wait behind it. */
		if (!result)
			waiters = FUTEX_WAITERS;
		else if (result == -ERESTARTSYS || result == -ERESTARTNOHAND)
			return -ERESTARTNOINTR;
		else if (result != -E_AGAIN)
			return result;
	}
}

static long try_lock(struct task *task, const struct futex_request *request)
{
	uint32_t word, tid = PROCESS_PAGE(task->page)->tid;
	long result;

	if (copy_from_program(&word, request->address, sizeof(word)))
		return -E_FAULT;
	do {
		if ((word & FUTEX_TID_MASK) == tid)
			return -E_DEADLK;
		if (word & FUTEX_TID_MASK) {
			result = check_owner(task, request->address, word);
			return result ? result : -E_AGAIN;
		}
		result = futex_exchange(request->address, &word, word | tid);
	} while (!result);
	return result < 0 ? result : 0;
}

static long unlock(struct task *task, struct futex_request *request)
{
	uint32_t word;
	long result;

	if (copy_from_program(&word, request->address, sizeof(word)))
		return -E_FAULT;
	do {
		if ((word & FUTEX_TID_MASK) != PROCESS_PAGE(task->page)->tid)
			return -E_PERM;
		result = futex_exchange(request->address, &word, 0);
	} while (!result);
	request->count = 1;
	if (result > 0 && word & FUTEX_WAITERS)
		result = futex_wake(task, request);
	return result < 0 ? result : 0;
}

/* Waits at one word, then takes the lock that is the other. */
static long wait_and_lock(struct task *task, struct futex_request *request)
{
	long result = futex_wait(task, request);

	if (result == -ERESTARTSYS || result == -ERESTARTNOHAND)
		return -ERESTARTNOINTR;
	if (result)
		return result;
	request->address = request->address2;
	return lock(task, request);
}

/* Those that would wait for the lock are woken, and find out by themselves whether it is free. */
static long requeue(struct task *task, struct futex_request *request, uint32_t value)
{
	uint32_t now;

	if (request->count != 1 || (int32_t)request->count2 < 0)
		return -E_INVAL;
	if (copy_from_program(&now, request->address, sizeof(now)))
		return -E_FAULT;
	if (now != value)
		return -E_AGAIN;
	request->count += request->count2;
	return futex_wake(task, request);
}

static long deadline(struct task *task, struct futex_request *request, long operation,
		     uint64_t timeout)
{
	int wall = FUTEX_COMMAND(operation) == FUTEX_LOCK_PI || operation & FUTEX_CLOCK_REALTIME;

	return sleep_deadline(task, timeout, wall ? SLEEP_UNTIL_WALL : SLEEP_UNTIL,
			      &request->deadline);
}

long futex_pi(struct task *task, struct futex_request *request, long operation, uint64_t timeout,
	      uint32_t value3)
{
	long command = FUTEX_COMMAND(operation), error = 0;

	if (command < FUTEX_LOCK_PI || command > FUTEX_LOCK_PI2 ||
	    (command > FUTEX_TRYLOCK_PI && command < FUTEX_WAIT_REQUEUE_PI) ||
	    (operation & FUTEX_CLOCK_REALTIME && command != FUTEX_LOCK_PI2 &&
	     command != FUTEX_WAIT_REQUEUE_PI))
		return -E_NOSYS;
	if (command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_CMP_REQUEUE_PI) {
		if (request->address2 % 4 || request->address == request->address2)
			return -E_INVAL;
		if (program_range(request->address2, 4))
			return -E_FAULT;
	}
	if (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2 ||
	    command == FUTEX_WAIT_REQUEUE_PI)
		error = deadline(task, request, operation, timeout);
	if (error)
		return error;
	switch (command) {
	case FUTEX_UNLOCK_PI:
		return unlock(task, request);
	case FUTEX_TRYLOCK_PI:
		return try_lock(task, request);
	case FUTEX_WAIT_REQUEUE_PI:
		return wait_and_lock(task, request);
	case FUTEX_CMP_REQUEUE_PI:
		return requeue(task, request, value3);
	default:
		return lock(task, request);
	}
}
