/* SPDX-License-Identifier: MIT */
/*
 * The service to copy: what one looks like, and one handler of each shape. README.md beside it says
 * what to change.
 *
 * State: a counter per client and the number of wakes, in stable memory, so that a successor goes on
 * with them. Who waits is not state: their calls end with the service, and their stubs call again.
 */
#include "libipc/server.h"

#include "kernel/abi/layout.h"
#include "libipc/proto/errno.h"
#include "libipc/proto/template.h"

/*
 * A client's counter: two sums, and one word that says which of them is valid and since which
 * request. Whoever dies before that word is stored has done nothing.
 */
struct counter {
	uint64_t sum[2];
	uint64_t valid;                          /* sequence << 1 | index of the valid sum */
};

/* What must outlive this process. All zero at generation 0. */
static struct {
	struct counter counter[CLIENT_MAX];
	uint64_t wakes;
} *stable;

/* What a restart may forget. */
static struct event woken;
static uint8_t buffer[TEMPLATE_WINDOW_BYTES];

static status_t on_null(struct call *call, const struct template_null_request *request,
			struct template_null_reply *reply)
{
	(void)call;
	(void)request;
	(void)reply;
	return STATUS_OK;
}

static status_t on_echo4(struct call *call, const struct template_echo4_request *request,
			 struct template_echo4_reply *reply)
{
	(void)call;
	for (int i = 0; i < 4; i++)
		reply->word[i] = request->word[i];
	return STATUS_OK;
}

static status_t on_echo10(struct call *call, const struct template_echo10_request *request,
			  struct template_echo10_reply *reply)
{
	(void)call;
	for (int i = 0; i < 10; i++)
		reply->word[i] = request->word[i];
	return STATUS_OK;
}

/*
 * A ONCE request whose effect is in stable memory. The library answers a repeated one from the answer
 * slot, but it fills that only after the handler: a death in between is for the handler to notice.
 */
static status_t on_count(struct call *call, const struct template_count_request *request,
			 struct template_count_reply *reply)
{
	struct counter *counter = &stable->counter[BADGE_CLIENT(call->badge)];
	uint64_t valid = counter->valid & 1;

	if (counter->valid >> 1 != call->sequence) {
		counter->sum[!valid] = counter->sum[valid] + request->add;
		valid = !valid;
		__atomic_store_n(&counter->valid, (uint64_t)call->sequence << 1 | valid,
				 __ATOMIC_RELEASE);
	}
	reply->sum = counter->sum[valid];
	return STATUS_OK;
}

/* A handler that waits: others run meanwhile, and what was true before is looked at again. */
static status_t on_wait(struct call *call, const struct template_wait_request *request,
			struct template_wait_reply *reply)
{
	uint64_t seen = request->seen ? request->seen : stable->wakes;

	while (stable->wakes <= seen) {
		status_t status = event_wait(&woken, call);

		if (status != STATUS_OK)
			return status;
	}
	reply->wakes = stable->wakes;
	return STATUS_OK;
}

static status_t on_wake(struct call *call, const struct template_wake_request *request,
			struct template_wake_reply *reply)
{
	(void)call;
	(void)request;
	reply->wakes = ++stable->wakes;
	event_signal(&woken);
	return STATUS_OK;
}

/* Check, copy in, then act: UNMAPPED may only be answered before anything has changed. */
static status_t on_checksum(struct call *call, const struct template_checksum_request *request,
			    struct template_checksum_reply *reply)
{
	status_t status;

	if (request->bytes > sizeof(buffer) || call->windows < 1)
		return STATUS_ERRNO(E_INVAL);
	status = call_copy_in(call, 0, 0, buffer, request->bytes);
	if (status != STATUS_OK)
		return status;
	for (uint64_t i = 0; i < request->bytes; i++)
		reply->sum += buffer[i];
	return STATUS_OK;
}

static status_t on_copy(struct call *call, const struct template_copy_request *request,
			struct template_copy_reply *reply)
{
	status_t status;

	(void)reply;
	if (request->bytes > sizeof(buffer) || call->windows < 1)
		return STATUS_ERRNO(E_INVAL);
	status = call_copy_in(call, 0, 0, buffer, request->bytes);
	if (status == STATUS_OK && call->windows > 1)
		status = call_copy_out(call, 1, 0, buffer, request->bytes);
	return status;
}

/* A capability that came goes with the answer, but for one that a handler keeps. */
static status_t on_notify(struct call *call, const struct template_notify_request *request,
			  struct template_notify_reply *reply)
{
	(void)reply;
	if (!call->capability[0])
		return STATUS_ERRNO(E_INVAL);
	notify(call->capability[0], (uint32_t)request->bits);
	return STATUS_OK;
}

static status_t on_die(struct call *call, const struct template_die_request *request,
		       struct template_die_reply *reply)
{
	(void)call;
	(void)request;
	(void)reply;
	__builtin_trap();
}

static void on_client_dead(unsigned client)
{
	stable->counter[client] = (struct counter){ .valid = 0 };
}

static status_t start(uint32_t generation)
{
	uint64_t bytes;

	(void)generation;
	stable = stable_memory(&bytes);
	return bytes >= sizeof(*stable) ? STATUS_OK : STATUS_NO_MEMORY;
}

SERVER_TABLE(template, TEMPLATE_INTERFACE)

const struct service service = {
	.name = "template",
	.operations = template_operations,
	.operation_count = template_operation_count,
	.start = start,
	.client_dead = on_client_dead,
};
