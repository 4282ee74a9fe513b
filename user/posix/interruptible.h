/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_INTERRUPTIBLE_H
#define BULKHEAD_POSIX_INTERRUPTIBLE_H

/*
 * Included before everything else by files whose requests may wait long: a signal that arrives
 * between the beginning of the system call and the wait ends the request with CANCELLED, instead of
 * being noticed after it (entry.S, interruptible_call). Such a request has not reached its server.
 */
#define KERNEL_CALL_INSTRUCTION "call interruptible_call"

#endif
