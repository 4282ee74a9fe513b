/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_CLIENT_H
#define BULKHEAD_LIBIPC_CLIENT_H

/* A client's relation with a service. One request outstanding per session. */
struct session {
	unsigned int slot;                       /* capability */
	unsigned int sequence;                   /* of the last ONCE request */
	struct message_page *page;               /* of the thread that calls */
	/* Of a caller that has something to let go of while it waits (below); else 0. */
	unsigned long *holds;
};

/*
 * What a program does before and after a request that may wait long: nothing, unless it has
 * included something that says more (user/posix/interruptible.h).
 */
#ifndef SESSION_WAIT_BEGIN
#define SESSION_WAIT_BEGIN(session)
#define SESSION_WAIT_END(session)
#endif

/* What goes with one call besides its words: up to two windows of memory, up to four capabilities. */
struct lent_window { const void *address; unsigned long size_bytes; unsigned int direction; };
struct lent {
	unsigned int count;
	struct lent_window window[2];
	unsigned int caps, cap[4];               /* slots of the caller's table */
};

#define LEND_IN(address, bytes)  (&(const struct lent){ 1, { { (address), (bytes), WINDOW_READ } } })
#define LEND_OUT(address, bytes) (&(const struct lent){ 1, { { (address), (bytes), WINDOW_WRITE } } })
#define LEND_IN_OUT(in, in_bytes, out, out_bytes) (&(const struct lent){ 2, { \
	{ (in), (in_bytes), WINDOW_READ }, { (out), (out_bytes), WINDOW_WRITE } } })
#define LEND_IN_IN(a, a_bytes, b, b_bytes) (&(const struct lent){ 2, { \
	{ (a), (a_bytes), WINDOW_READ }, { (b), (b_bytes), WINDOW_READ } } })
#define SEND_CAPABILITY(slot) (&(const struct lent){ .caps = 1, .cap = { (slot) } })

/*
 * The stub of each row. GONE is handled in here and nowhere else: the request is repeated.
 * UNMAPPED: the stub touches the lent pages through session_touch (which the program that links it
 * provides: in a service nothing is ever unmapped) and repeats; if that fails, UNMAPPED is returned
 * (the personality makes EFAULT of it). CANCELLED and all else is returned.
 * Only the proto headers that are included after this one have stubs.
 */
#undef INTERFACE_STUB
#define INTERFACE_STUB(interface, name, repeat) \
	static inline status_t interface##_##name(struct session *session, \
		const struct interface##_##name##_request *request, \
		struct interface##_##name##_reply *reply, const struct lent *lent) \
	{ \
		return session_call(session, interface##_##name##_operation, repeat, \
			request, sizeof(*request), reply, sizeof(*reply), lent); \
	}

#include "libipc/interface.h"

/*
 * Inlined into every stub with constant sizes: words that do not exist are not moved. Defined in
 * client_inline.h.
 */
static inline __attribute__((always_inline)) status_t session_call(struct session *session,
	unsigned int operation, enum repeat repeat, const void *request, unsigned long request_bytes,
	void *reply, unsigned long reply_bytes, const struct lent *lent);

/*
 * Capabilities that come with a reply arrive in the slots that the caller has named in
 * session->page->caps_receive before the call.
 */

/*
 * Makes the lent bytes present, in the direction they are lent for; 0: they are not the caller's to
 * touch. The program that links the stubs provides it.
 */
int session_touch(const struct lent *lent);

#include "libipc/client_inline.h"

#endif
