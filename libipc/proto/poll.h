/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_POLL_H
#define BULKHEAD_PROTO_POLL_H

/*
 * Readiness, with Linux's numbers, and how a client waits for it without a call that blocks:
 *
 *  1. `watch`, once per client and server: the client gives a notification (capability 0 of the
 *     message, usually a copy of SLOT_SELF_NOTIFY) and the bits to raise on it.
 *  2. `poll` with arm = 1: answers what is ready now. If that is nothing, the server raises the
 *     bits once, as soon as any of the asked events may have come, and forgets the question.
 *  3. The client receives the notification and polls again. It may come without cause.
 *
 * The answer also says how often the object has changed. An edge-triggered poll takes a number that
 * differs from the last one for news; it arms with POLL_ARM_ALWAYS, whatever is ready. A successor
 * begins elsewhere in the numbers, so a restart looks like news.
 */
enum poll_arm { POLL_ARM_NOT, POLL_ARM, POLL_ARM_ALWAYS };
#define POLL_CHANGES_OF(generation) ((uint32_t)(generation) << 24)
enum poll_events {
	POLL_INPUT = 0x1,                /* not POLL_IN: signal.h has that */
	POLL_PRIORITY = 0x2,
	POLL_OUTPUT = 0x4,
	POLL_ERROR = 0x8,                /* always reported */
	POLL_HANGUP = 0x10,              /* always reported */
	POLL_INVALID = 0x20,             /* no such record, or not held by the client */
	POLL_READ_HANGUP = 0x2000,       /* the other side of a socket will send no more */
};

#endif
