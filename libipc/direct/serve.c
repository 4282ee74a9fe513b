/* SPDX-License-Identifier: MIT */
/*
 * A request of somebody who lives in the kernel too: the gate (kernel/arch/x86_64/host.S) calls
 * the handler through here, on the caller's stack, with the monitor held. What the loop in server.c
 * does about repetition is not needed: who calls directly dies together with the service. So a
 * number that comes with a request is the handler's to look at, and nothing is published here.
 */
#include "kernel/abi/direct.h"
#include "libipc/server_private.h"

#define SAME_PLACE(member) \
	_Static_assert(__builtin_offsetof(struct call, member) == \
		       __builtin_offsetof(struct direct_call, member), "struct call." #member)
SAME_PLACE(badge);
SAME_PLACE(info);
SAME_PLACE(reply_slot);
SAME_PLACE(cancelled);
SAME_PLACE(orphan);
SAME_PLACE(answered);
SAME_PLACE(capability);
_Static_assert(sizeof(struct call) == __builtin_offsetof(struct direct_call, request),
	       "struct call");

/* Of any shape: with words in the page, capabilities, before start() is through, faults. */
static __attribute__((noinline)) uint64_t serve_any(struct direct_call *direct)
{
	uint64_t request[MESSAGE_WORDS], reply[MESSAGE_WORDS] = { 0 }, answer;
	struct call *call = (struct call *)direct;

	memcpy(request, direct->request, sizeof(direct->request));
	if (call->page && call->capabilities)
		host_capabilities(direct);
	answer = request_careful(call, request, reply, direct->page);
	memcpy(direct->reply, reply, sizeof(direct->reply));
	if ((answer & INFO_PAGE) && !call->orphan)
		words_to_page(direct->page, reply, answer);
	return answer;
}

/* Of the right shape, but with more words than registers hold: they go from and to the page. */
static __attribute__((noinline)) uint64_t serve_page(struct direct_call *direct,
						     const struct operation *operation)
{
	uint64_t request[MESSAGE_WORDS], reply[MESSAGE_WORDS], words = info_words(operation->reply_info);
	struct call *call = (struct call *)direct;
	const void *from = direct->request;
	status_t status;

	if (call->info & INFO_PAGE) {
		memcpy(request, from, sizeof(direct->request));
		words_from_page(request, direct->page, call->info);
		from = request;
	}
	for (uint64_t i = 0; i < words || i < MESSAGE_REGISTERS; i++)
		reply[i] = 0;
	status = operation->handler(call, from, reply);
	if (status != STATUS_OK)
		return (uint64_t)status;
	memcpy(direct->reply, reply, sizeof(direct->reply));
	if (words > MESSAGE_REGISTERS && !call->orphan)
		words_to_page(direct->page, reply, operation->reply_info);
	return operation->reply_info;
}

static uint64_t serve(struct direct_call *direct)
{
	struct call *call = (struct call *)direct;
	uint32_t label = call->operation;
	const struct operation *operation = &operations[label];
	status_t status;

	if (__builtin_expect(label >= operation_limit, 0) ||
	    __builtin_expect((uint32_t)(call->info & ~INFO_WINDOWS_MASK) != operation->info, 0))
		return serve_any(direct);
	if (__builtin_expect(((operation->info | operation->reply_info) & INFO_PAGE) != 0, 0))
		return serve_page(direct, operation);
	status = operation->handler(call, direct->request, direct->reply);
	return __builtin_expect(status != STATUS_OK, 0) ? (uint64_t)status : operation->reply_info;
}

static void receive(void)
{
	host_enter();
	server_loop();
}

extern const struct service_header service_header;
const struct hosted_entries hosted_entries = {
	(void (*)(uint64_t))service_entry, service_header.crash, SERVICE_CRASH_KINDS,
	serve, receive,
};
