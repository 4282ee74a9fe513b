/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_TEMPLATE_H
#define BULKHEAD_PROTO_TEMPLATE_H

#include "libipc/interface.h"

/*
 * The interface to copy: one operation of each shape. It is also what the cost of a call is measured
 * with (tests/bench): its handlers do next to nothing.
 */
#define TEMPLATE_INTERFACE(ROW) \
	ROW(template, null,     REPEATABLE) \
	ROW(template, echo4,    REPEATABLE) \
	ROW(template, echo10,   REPEATABLE) \
	ROW(template, count,    ONCE) \
	ROW(template, wait,     REPEATABLE) \
	ROW(template, wake,     REPEATABLE) \
	ROW(template, checksum, REPEATABLE) \
	ROW(template, copy,     REPEATABLE) \
	ROW(template, notify,   REPEATABLE) \
	ROW(template, die,      REPEATABLE)

/* Nothing. */
struct template_null_request { };
struct template_null_reply { };

/* The words come back: in registers; and with some of them in the message page. */
struct template_echo4_request { uint64_t word[4]; };
struct template_echo4_reply { uint64_t word[4]; };
struct template_echo10_request { uint64_t word[10]; };
struct template_echo10_reply { uint64_t word[10]; };

/* Adds to the caller's counter, in stable memory: exactly once, however often the service dies. */
struct template_count_request { uint64_t add; };
struct template_count_reply { uint64_t sum; };

/* Waits until a later wake than the `seen`th (0: the next one). CANCELLED if interrupted. */
struct template_wait_request { uint64_t seen; };
struct template_wait_reply { uint64_t wakes; };
/* Lets all that wait go on. Gives how often that has happened. */
struct template_wake_request { };
struct template_wake_reply { uint64_t wakes; };

/* The sum of the bytes of window 0, at most TEMPLATE_WINDOW_BYTES of them. */
#define TEMPLATE_WINDOW_BYTES 65536u
struct template_checksum_request { uint64_t bytes; };
struct template_checksum_reply { uint64_t sum; };

/* Copies window 0 in, and out to window 1 if there is one: what a window costs. */
struct template_copy_request { uint64_t bytes; };
struct template_copy_reply { };

/* Raises the bits on the notification that comes as capability 0. INVAL: none came. */
struct template_notify_request { uint64_t bits; };
struct template_notify_reply { };

/* What a bug in a handler does. The service dies twice of it, then the library refuses it: EIO. */
struct template_die_request { };
struct template_die_reply { };

INTERFACE(template, TEMPLATE_INTERFACE)

#endif
