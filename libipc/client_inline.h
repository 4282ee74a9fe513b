/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_CLIENT_INLINE_H
#define BULKHEAD_LIBIPC_CLIENT_INLINE_H

#include "libipc/kernel.h"

/*
 * The message transport's half of a stub. Sizes, repeat and mostly lent are constants where this is
 * inlined, so that what remains of a small request is: load its words, the system call, one test.
 */

/* What the lent windows and capabilities add to the info word; puts them into the message page. */
static inline __attribute__((always_inline)) uint64_t session_lend(struct message_page *page,
	const struct lent *lent)
{
	for (unsigned int i = 0; i < MESSAGE_WINDOWS; i++) {
		if (i < lent->count)
			page->windows[i] = (struct window){ (uint64_t)lent->window[i].address,
				(uint32_t)lent->window[i].size_bytes, lent->window[i].direction };
	}
	for (unsigned int i = 0; i < lent->caps; i++)
		page->caps_send[i] = lent->cap[i];
	return (uint64_t)lent->count << INFO_WINDOWS_SHIFT |
	       (uint64_t)lent->caps << INFO_CAPS_SHIFT | (lent->caps ? INFO_PAGE : 0);
}

/* One attempt. The words beyond the sixth are written each time: a reply may have replaced them. */
static inline __attribute__((always_inline)) status_t session_attempt(struct session *session,
	uint64_t info, const void *request, unsigned long request_bytes,
	void *reply, unsigned long reply_bytes, const struct lent *lent)
{
	uint64_t words[MESSAGE_REGISTERS], slot = session->slot;
	status_t status;

	for (unsigned int i = 0; i < MESSAGE_REGISTERS; i++) {
		if (8 * i < request_bytes)
			__builtin_memcpy(&words[i], (const char *)request + 8 * i, 8);
		else
			words[i] = no_word();
	}
	if (request_bytes > 8 * MESSAGE_REGISTERS)
		__builtin_memcpy(&session->page->words[MESSAGE_REGISTERS],
				 (const char *)request + 8 * MESSAGE_REGISTERS,
				 request_bytes - 8 * MESSAGE_REGISTERS);
	if (lent)
		info |= session_lend(session->page, lent);
	SESSION_WAIT_BEGIN(session)
	status = kernel_call_raw(KERNEL_CALL, &slot, &info, words);
	SESSION_WAIT_END(session)
	/* Without an answer there is no info; with one, its label is the status. */
	status = status ? status : (status_t)(info & INFO_LABEL_MASK);
	if (__builtin_expect(status != STATUS_OK, 0))
		return status;
	for (unsigned int i = 0; i < MESSAGE_REGISTERS; i++) {
		if (8 * i < reply_bytes)
			__builtin_memcpy((char *)reply + 8 * i, &words[i], 8);
	}
	if (reply_bytes > 8 * MESSAGE_REGISTERS)
		__builtin_memcpy((char *)reply + 8 * MESSAGE_REGISTERS,
				 &session->page->words[MESSAGE_REGISTERS],
				 reply_bytes - 8 * MESSAGE_REGISTERS);
	return STATUS_OK;
}

static inline __attribute__((always_inline)) status_t session_call(struct session *session,
	unsigned int operation, enum repeat repeat, const void *request, unsigned long request_bytes,
	void *reply, unsigned long reply_bytes, const struct lent *lent)
{
	uint64_t info = INFO(operation, request_bytes / 8);
	status_t status;

	/* The number stays the same in all attempts: that is what makes them one request. */
	if (repeat == ONCE) {
		if (++session->sequence == 0)
			session->sequence = 1;
		info |= (uint64_t)session->sequence << INFO_SEQUENCE_SHIFT;
	}
	do {
		status = session_attempt(session, info, request, request_bytes, reply, reply_bytes,
					 lent);
	} while (__builtin_expect(status == STATUS_GONE, 0) ||
		 (__builtin_expect(status == STATUS_UNMAPPED, 0) && lent && session_touch(lent)));
	return status;
}

#endif
