/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_INTERRUPTIBLE_H
#define BULKHEAD_POSIX_INTERRUPTIBLE_H

/*
 * Included before everything else by files whose requests may wait long: a signal that arrives
 * between the beginning of the system call and the wait ends the request with CANCELLED, instead of
 * being noticed after it (entry.S, interruptible_call). Such a request has not reached its server.
 */
#define KERNEL_CALL_INSTRUCTION "call interruptible_call"

/*
 * A thread of several lets the others work in the process's record meanwhile (lock.h): *holds is
 * not 0 while it has the lock.
 */
void lock_pause(unsigned long *holds);
void lock_resume(unsigned long *holds);
#define SESSION_WAIT_BEGIN(session) \
	unsigned long paused = *(session)->holds; \
	if (__builtin_expect(paused != 0, 0)) \
		lock_pause((unsigned long *)(session)->holds);
#define SESSION_WAIT_END(session) \
	if (__builtin_expect(paused != 0, 0)) \
		lock_resume((unsigned long *)(session)->holds);

#endif
