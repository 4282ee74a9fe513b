/* SPDX-License-Identifier: MIT */
/*
 * The loop of a service: answer, receive, hand to the handler; one kernel call a request. The short
 * way is for a request of the right shape, without capabilities and without a number; everything
 * else goes through request_careful, which means the same.
 *
 * Needs: registers are the only place for the six words between the kernel call and the request
 * struct; so the loop is one function, and what is rare is in others.
 */
#include "libipc/kernel.h"
#include "libipc/log.h"
#include "libipc/objects.h"
#include "libipc/proto/errno.h"
#include "libipc/server_private.h"
#include "libipc/string.h"
#include "libipc/time.h"

#define REGISTER_BYTES (8 * MESSAGE_REGISTERS)

/*
 * What arrived, and what goes back: one per fibre, in its loop's frame. When a handler starts, the
 * reply is all zero: what the handler does not write must not be an earlier reply's.
 */
struct exchange {
	struct call call;
	uint64_t request[MESSAGE_WORDS];
	uint64_t reply[MESSAGE_WORDS];
};

const struct operation *operations;
uint32_t operation_limit;

static struct message_page *page;
static uint32_t offered[MESSAGE_CAPS];           /* free slots where capabilities arrive */
static uint64_t deadline_ticks;
static unsigned int suspects;
static int started;
static struct event start_event;

void server_deadline(uint64_t monotonic_ns)
{
	deadline_ticks = monotonic_ns ? time_ticks_at(monotonic_ns) : 0;
	(void)!kernel_invoke_thread(0, THREAD_DEADLINE, WORDS(deadline_ticks));
}

/* ---- ONCE requests ---------------------------------------------------------------------------- */

struct answer *answer_slot(struct call *call)
{
	static struct answer nobody;

	return call->orphan ? &nobody : answer_of(library_stable(), call->badge);
}

void call_answered(struct call *call)
{
	call->answered = 1;
}

void call_publish(struct call *call, const void *reply, unsigned words)
{
	if (!call->sequence || call->orphan)
		return;
	answer_publish(answer_slot(call), call->sequence, STATUS_OK, reply, words);
	call_answered(call);
}

/* Executes it, unless it was executed before: then gives the first answer again. */
static uint64_t execute_once(struct call *call, const uint64_t *request, uint64_t *reply,
			     const struct operation *operation)
{
	struct answer *answer = answer_of(library_stable(), call->badge);
	status_t status;

	if (answer_find(answer, call->sequence) == ANSWER_REPEATED) {
		memcpy(reply, answer->reply, 8ull * answer->words);
		return INFO(answer->status, answer->words);
	}
	status = operation->handler(call, request, reply);
	/* These two say that nothing was done: the same number may come again and is executed. */
	if (!call->answered && status != STATUS_UNMAPPED && status != STATUS_CANCELLED)
		answer_publish(answer_slot(call), call->sequence, status, reply,
			       status ? 0 : (unsigned int)info_words(operation->reply_info));
	return status ? (uint64_t)status : operation->reply_info;
}

/* ---- requests off the short way --------------------------------------------------------------- */

static void short_way_open(void)
{
	operation_limit = started && !suspects ? service.operation_count : 0;
}

/* Slots for the capabilities of the next message; those that were filled now are the call's. */
static void capabilities_take(struct call *call)
{
	unsigned int count = call->page ? call->capabilities : 0;

	for (unsigned int i = 0; i < MESSAGE_CAPS; i++) {
		call->capability[i] = 0;
		if (i < count && page->caps_receive[i]) {
			call->capability[i] = offered[i];
			offered[i] = slot_allocate();
		}
		page->caps_receive[i] = offered[i];
	}
}

static void capabilities_drop(struct call *call)
{
	for (unsigned int i = 0; i < MESSAGE_CAPS; i++) {
		if (call->capability[i])
			slot_delete(call->capability[i]);
		call->capability[i] = 0;
	}
}

static uint64_t on_fault(struct call *call, unsigned int label, const uint64_t *word,
			 uint64_t *reply)
{
	const struct fault fault = { word[0], word[1], word[2], word[3], word[4] };
	status_t status = STATUS_BAD_CALL;

	if (service.fault)
		status = service.fault(call, label, &fault, reply);
	return status ? (uint64_t)status : INFO(STATUS_OK, 1);
}

/* A client whose request has killed this service before: once more, or not at all. */
static status_t poison_check(struct call *call)
{
	struct answer *answer = answer_of(library_stable(), call->badge);

	if (!poison_refuses(answer))
		return STATUS_OK;
	log_line("request %u of client %u refused: it has killed this service %u times",
		 call->operation, BADGE_CLIENT(call->badge), answer->poison);
	return STATUS_ERRNO(E_IO);
}

static void poison_clear(struct call *call)
{
	struct answer *answer = answer_of(library_stable(), call->badge);

	if (!answer->poison || call->orphan)
		return;
	answer->poison = 0;
	suspects--;
	short_way_open();
}

static uint64_t execute(struct call *call, const uint64_t *request, uint64_t *reply)
{
	const struct operation *operation = &operations[call->operation];
	status_t status = poison_check(call);

	if (status == STATUS_OK && operation->once && call->sequence)
		return execute_once(call, request, reply, operation);
	if (status == STATUS_OK)
		status = operation->handler(call, request, reply);
	return status ? (uint64_t)status : operation->reply_info;
}

/* Is it of the shape that the row says? A number and capabilities may come with it. */
static int is_well_formed(uint64_t info)
{
	uint32_t label = info & INFO_LABEL_MASK;

	return label < service.operation_count && operations[label].handler &&
	       info_words(info) == info_words(operations[label].info) &&
	       (info_words(info) <= MESSAGE_REGISTERS || (info & INFO_PAGE));
}

/*
 * Everything about a request is looked at here, before its handler sees any of it. Gives the info
 * word of the answer. Afterwards the call is as the short way expects it.
 */
uint64_t request_careful(struct call *call, uint64_t *request, uint64_t *reply,
			 const struct message_page *from)
{
	status_t status = STATUS_OK;
	uint64_t answer;

	if (call->operation >= FAULT_PAGE)
		return on_fault(call, call->operation, request, reply);
	/* What stands in the page goes first: the next kernel call may use it. */
	if (!is_well_formed(call->info))
		status = STATUS_BAD_CALL;
	else if (call->words > MESSAGE_REGISTERS)
		words_from_page(request, from, call->info);
	capabilities_take(call);
	if (status == STATUS_OK && !started)
		status = event_wait(&start_event, call);
	answer = status == STATUS_OK ? execute(call, request, reply) : (uint64_t)status;
	/* Of a client that sends what nobody asked for, nothing may stay here. */
	capabilities_drop(call);
	poison_clear(call);
	call->answered = 0;
	return answer;
}

/* ---- events ----------------------------------------------------------------------------------- */

static void answer_end(struct answer *answer)
{
	suspects -= (unsigned int)answer_forget(answer);
	short_way_open();
}

static void on_client_gone(unsigned int client)
{
	struct library_stable *stable = library_stable();

	fibre_orphan(client);
	if (service.client_dead)
		service.client_dead(client);
	answer_end(&stable->answer[client]);
	stable->dead[client / 64] &= ~(1ull << (client % 64));
}

/*
 * session: the kernel's number for it. Noted in stable memory before it is acknowledged: from then
 * on it is ours not to forget. What comes before start() has returned is done after it. A thread
 * has nothing but its answer, which goes at once; what its process has stays.
 */
static void on_dead(uint64_t badge, uint64_t session)
{
	unsigned int client = BADGE_CLIENT(badge) % CLIENT_MAX;
	struct library_stable *stable = library_stable();

	if (BADGE_THREAD(badge))
		answer_end(answer_of(stable, badge));
	else
		stable->dead[client / 64] |= 1ull << (client % 64);
	(void)!kernel_invoke_endpoint(service_info()->self_endpoint_slot, ENDPOINT_ACKNOWLEDGE,
				      WORDS(session));
	if (BADGE_THREAD(badge))
		fibre_orphan(badge);
	else if (started)
		on_client_gone(client);
}

static __attribute__((noinline)) void on_event(status_t status, uint64_t badge, uint64_t word)
{
	switch (status) {
	case STATUS_NOTIFIED:
		if (word & NOTIFY_BEAT)
			notify(service_info()->up_slot, service_info()->up_bits);
		if (service.notified && word & ~(uint64_t)NOTIFY_BEAT)
			service.notified((uint32_t)word & ~NOTIFY_BEAT);
		break;
	case STATUS_DEAD:
		on_dead(badge, word);
		break;
	case STATUS_CANCEL:
		fibre_cancel(badge);
		break;
	case STATUS_TIMEOUT:
		deadline_ticks = 0;
		if (service.timeout)
			service.timeout();
		break;
	default:
		log_line("receive: unexpected status %d", status);
		thread_exit((uint64_t)status);
	}
}

/* ---- the loop --------------------------------------------------------------------------------- */

/* Not the short way back: the answer goes to a slot, or others are to run before the next request. */
static __attribute__((noinline)) void answer_apart(struct exchange *exchange, uint64_t answer)
{
	struct call *call = &exchange->call;
	struct words words;

	memcpy(&words, exchange->reply, sizeof(words));
	/* A client that is gone needs no answer; its slot may be empty already. */
	(void)!kernel_reply(call->reply_slot, answer, &words);
	if (call->reply_slot)
		slot_delete(call->reply_slot);
	call->reply_slot = 0;
	call->cancelled = 0;
	call->orphan = 0;
	memset(exchange->reply, 0, REGISTER_BYTES);
}

static __attribute__((noinline)) void reply_to_page(struct exchange *exchange, uint64_t answer)
{
	words_to_page(page, exchange->reply, answer);
	memset(&exchange->reply[MESSAGE_REGISTERS], 0, 8 * info_words(answer) - REGISTER_BYTES);
}

/* The words of the answer, and the reply as the next handler expects it. */
static inline __attribute__((always_inline)) void reply_take(struct exchange *exchange,
	uint64_t answer, uint64_t words[MESSAGE_REGISTERS])
{
	for (unsigned int i = 0; i < MESSAGE_REGISTERS; i++)
		words[i] = 0;
	if (answer == STATUS_OK)
		return;
	for (unsigned int i = 0; i < MESSAGE_REGISTERS; i++) {
		words[i] = exchange->reply[i];
		exchange->reply[i] = 0;
	}
}

/* Hands a request to its handler. Gives the info word of the answer. */
static inline __attribute__((always_inline)) uint64_t serve(struct exchange *exchange)
{
	struct call *call = &exchange->call;
	uint64_t info = call->info;
	uint32_t label = info & INFO_LABEL_MASK;
	const struct operation *operation = &operations[label];
	status_t status;

	/* Nothing but windows may differ from what the row says: no number, no capability. */
	if (__builtin_expect(label >= operation_limit, 0) ||
	    __builtin_expect((info & ~INFO_WINDOWS_MASK) != operation->info, 0))
		return request_careful(call, exchange->request, exchange->reply, page);
	if (__builtin_expect((info & INFO_PAGE) != 0, 0))
		words_from_page(exchange->request, page, info);
	status = operation->handler(call, exchange->request, exchange->reply);
	if (__builtin_expect(status != STATUS_OK, 0))
		return (uint64_t)status;
	return operation->reply_info;
}

void server_loop(void)
{
	struct exchange exchange = { .call = { 0 } };
	uint64_t words[MESSAGE_REGISTERS], badge, info;
	status_t status;

	for (;;) {
		fibre_run_ready();
		badge = 0;
		info = 0;
		words[0] = deadline_ticks;
		for (unsigned int i = 1; i < MESSAGE_REGISTERS; i++)
			words[i] = 0;
		status = kernel_call_raw(KERNEL_RECEIVE, &badge, &info, words);
		while (__builtin_expect(status == STATUS_OK, 1)) {
			for (unsigned int i = 0; i < MESSAGE_REGISTERS; i++)
				exchange.request[i] = words[i];
			exchange.call.badge = badge;
			exchange.call.info = info;
			info = serve(&exchange);
			if (__builtin_expect((info & INFO_PAGE) != 0, 0))
				reply_to_page(&exchange, info);
			if (__builtin_expect(exchange.call.reply_slot | attention, 0)) {
				answer_apart(&exchange, info);
				break;
			}
			reply_take(&exchange, info, words);
			badge = 0;
			status = kernel_call_raw(KERNEL_REPLY_RECEIVE, &badge, &info, words);
		}
		if (status != STATUS_OK)
			on_event(status, badge, words[0]);
	}
}

/* ---- start ------------------------------------------------------------------------------------ */

/* The predecessor may have died on a call: one kept, which stable memory tells, or the current one. */
static void suspects_find(const struct service_info *info)
{
	struct library_stable *stable = library_stable();
	uint64_t culprit = stable->running ? stable->running - 1 : info->culprit;

	if (info->generation)
		suspects = poison_count(stable, culprit);
	stable->running = 0;
}

static void finish_deaths(void)
{
	for (unsigned int client = 0; client < CLIENT_MAX; client++) {
		if (library_stable()->dead[client / 64] & 1ull << (client % 64))
			on_client_gone(client);
	}
}

__attribute__((weak)) void service_prepare(uint64_t message_page)
{
	(void)message_page;
}

void service_main(uint64_t message_page)
{
	const struct service_info *info;
	status_t status;

	service_place(message_page);
	service_prepare(message_page);
	info = service_info();
	page = (struct message_page *)info->message_page;
	operations = service.operations;
	memory_start(info);
	slot_start(info);
	suspects_find(info);
	fibre_start();
	for (unsigned int i = 0; i < MESSAGE_CAPS; i++)
		page->caps_receive[i] = offered[i] = slot_allocate();
	status = service.start(info->generation);
	if (status != STATUS_OK) {
		log_line("start failed: status %d", status);
		thread_exit((uint64_t)status);
	}
	started = 1;
	short_way_open();
	event_signal(&start_event);
	finish_deaths();
	if (info->up_slot)
		notify(info->up_slot, info->up_bits);
	server_loop();
}
