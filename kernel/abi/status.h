/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ABI_STATUS_H
#define BULKHEAD_ABI_STATUS_H

/*
 * Outcomes of kernel calls and of requests to services: one row each, with the text that programs
 * print. A reply's label is a status too, so that a service's refusal and the kernel's look alike.
 */
#define STATUS_TABLE(ROW) \
	ROW(OK,          0, "done") \
	ROW(GONE,        1, "the server died while it worked on the call; call again") \
	ROW(CANCELLED,   2, "the wait was interrupted") \
	ROW(UNMAPPED,    3, "memory lent for the call is not mapped yet; touch it and call again") \
	ROW(TIMEOUT,     4, "the deadline passed") \
	ROW(AGAIN,       5, "part of the work is done; repeat to go on") \
	ROW(BAD_SLOT,    6, "the slot holds no such capability, or is in use") \
	ROW(NO_RIGHT,    7, "the capability lacks the right, or the call would go downhill") \
	ROW(BAD_ARGUMENT, 8, "an argument is out of range") \
	ROW(NO_MEMORY,   9, "the memory given is used up") \
	ROW(BAD_STATE,   10, "the object is in use or in the wrong state") \
	ROW(BAD_CALL,    11, "no such operation, or a message of the wrong shape") \
	ROW(NOTIFIED,    12, "receive: notification bits were raised") \
	ROW(DEAD,        13, "receive: a session has no capability left") \
	ROW(CANCEL,      14, "receive: a client wants its call back") \
	ROW(REFUSED,     15, "the service refuses; its reply says why")

#define STATUS_ENUM(name, number, text) STATUS_##name = number,
enum { STATUS_TABLE(STATUS_ENUM) STATUS_COUNT };
#undef STATUS_ENUM

/* A status is never ignored: the attribute makes the compiler say so. */
typedef int status_t;
#define MUST_CHECK __attribute__((warn_unused_result))

#endif
