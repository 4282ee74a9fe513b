/* SPDX-License-Identifier: MIT */
/* Endpoints: notifications, sessions and their end, and what happens when a server dies. */
#include "kernel/endpoint.h"

#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

/* Nothing is ever found here, and the fast path never taken. */
struct endpoint endpoint_none = { .pending = PENDING_NONE };

struct endpoint *endpoint_create(uint32_t page, uint32_t pages, uint32_t level)
{
	struct endpoint *endpoint = page_pointer(page);
	uint64_t bytes = pages * PAGE_SIZE - sizeof(struct endpoint);

	frames_take(page, pages, FRAME_OBJECT);
	arch_clear(endpoint, pages * PAGE_SIZE);
	endpoint->object = (struct object){ KIND_ENDPOINT, pages };
	endpoint->level = level;
	endpoint->session_total = endpoint->free_count = (uint32_t)(bytes / sizeof(struct session));
	for (uint32_t i = endpoint->session_total; i--; ) {
		endpoint->sessions[i].endpoint = endpoint;
		endpoint->sessions[i].next = endpoint->free;
		endpoint->free = &endpoint->sessions[i];
	}
	return endpoint;
}

struct session *endpoint_mint(struct endpoint *endpoint, uint64_t badge)
{
	struct session *session = endpoint->free;

	if (!session)
		return 0;
	endpoint->free = session->next;
	endpoint->free_count--;
	session->next = 0;
	session->badge = badge;
	session->used = 1;
	return session;
}

static void pending_update(struct endpoint *endpoint)
{
	uint32_t pending = endpoint->pending & (PENDING_FAULT | PENDING_NONE);

	if (endpoint->events_first)
		pending |= PENDING_EVENTS;
	if (endpoint->bits)
		pending |= PENDING_BITS;
	if (endpoint->calls_first)
		pending |= PENDING_CALLS;
	if (endpoint->thread && endpoint->thread->timed_out)
		pending |= PENDING_TIMEOUT;
	endpoint->pending = pending;
}

void endpoint_wake(struct endpoint *endpoint)
{
	struct thread *thread = endpoint->thread;

	if (!thread || thread->state != THREAD_RECEIVING || thread->stopped)
		return;
	receive_next(thread);
	if (thread->state == THREAD_READY)
		schedule_ready(thread);
}

void session_event(struct session *session, unsigned event)
{
	struct endpoint *endpoint = session->endpoint;

	session->events |= event;
	if (!session->listed) {
		session->listed = 1;
		session->next = 0;
		session->previous = endpoint->events_last;
		*(endpoint->events_last ? &endpoint->events_last->next : &endpoint->events_first) =
			session;
		endpoint->events_last = session;
	}
	pending_update(endpoint);
	endpoint_wake(endpoint);
}

/* Forgets an event; the session leaves the list with its last. */
void session_event_clear(struct session *session, unsigned event)
{
	struct endpoint *endpoint = session->endpoint;

	session->events &= ~event;
	if (session->listed && !session->events) {
		session->listed = 0;
		*(session->previous ? &session->previous->next : &endpoint->events_first) =
			session->next;
		*(session->next ? &session->next->previous : &endpoint->events_last) = session->previous;
	}
	pending_update(endpoint);
}

void session_hold(struct session *session)
{
	session->count++;
	object_hold(session->endpoint);
}

void session_release(struct session *session)
{
	object_release(session->endpoint);
	if (!--session->count && session->endpoint->object.kind == KIND_ENDPOINT)
		session_event(session, EVENT_DEAD);
}

void endpoint_notify(struct endpoint *endpoint, uint32_t bits)
{
	if (endpoint->object.kind != KIND_ENDPOINT || !bits)
		return;
	endpoint->bits |= bits;
	endpoint->pending |= PENDING_BITS;
	endpoint_wake(endpoint);
}

/* The next event for `receive`: 0 if there is none. */
unsigned endpoint_event_take(struct endpoint *endpoint, struct session **taken)
{
	struct session *session = endpoint->events_first;
	unsigned event;

	if (!session)
		return 0;
	event = session->events & EVENT_CANCEL ? EVENT_CANCEL : EVENT_DEAD;
	session_event_clear(session, event);
	session->awaiting |= event == EVENT_DEAD;
	*taken = session;
	return event;
}

uint32_t endpoint_bits_take(struct endpoint *endpoint)
{
	uint32_t bits = endpoint->bits;

	endpoint->bits = 0;
	pending_update(endpoint);
	return bits;
}

void endpoint_call_add(struct endpoint *endpoint, struct thread *caller)
{
	caller->next = 0;
	caller->previous = endpoint->calls_last;
	*(endpoint->calls_last ? &endpoint->calls_last->next : &endpoint->calls_first) = caller;
	endpoint->calls_last = caller;
	endpoint->calls++;
	endpoint->pending |= PENDING_CALLS;
}

void endpoint_call_remove(struct endpoint *endpoint, struct thread *caller)
{
	*(caller->previous ? &caller->previous->next : &endpoint->calls_first) = caller->next;
	*(caller->next ? &caller->next->previous : &endpoint->calls_last) = caller->previous;
	endpoint->calls--;
	pending_update(endpoint);
}

static status_t target_space(struct thread *self, uint64_t number, struct space **space)
{
	struct slot *slot;
	status_t status;

	*space = self->space;
	if (!number)
		return STATUS_OK;
	status = slot_get(self->space, number, KIND_SPACE, SPACE_GRANT_RIGHT, &slot);
	if (status != STATUS_OK)
		return status;
	*space = slot_object(slot);
	return (*space)->teardown ? STATUS_BAD_STATE : STATUS_OK;
}

static status_t endpoint_mint_session(struct thread *self, struct endpoint *endpoint,
				      const uint64_t *word)
{
	const uint64_t rights = word[3] & (SESSION_COPY | SESSION_PERSONALITY);
	struct slot *destination, value = { .kind = KIND_SESSION, .rights = (uint8_t)rights };
	struct session *session;
	struct space *space;
	status_t status = target_space(self, word[0], &space);

	if (status == STATUS_OK)
		status = slot_get_empty(space, word[1], &destination);
	if (status != STATUS_OK)
		return status;
	if (endpoint->level <= space->level)
		return STATUS_NO_RIGHT;
	session = endpoint_mint(endpoint, word[2]);
	if (!session)
		return STATUS_NO_MEMORY;
	value.value = (uint64_t)session;
	return slot_fill(space, destination, &value);
}

static status_t endpoint_mint_notification(struct thread *self, struct endpoint *endpoint,
					   const uint64_t *word)
{
	struct slot *destination,
		value = { (uint64_t)endpoint, KIND_NOTIFICATION, 0xff, 0, (uint32_t)word[2] };
	struct space *space;
	status_t status = target_space(self, word[0], &space);

	if (status == STATUS_OK)
		status = slot_get_empty(space, word[1], &destination);
	return status == STATUS_OK ? slot_fill(space, destination, &value) : status;
}

/*
 * Every call that the endpoint's server has received and not answered: f(caller). Bounded by its
 * table.
 */
static uint64_t calls_under_way(struct endpoint *endpoint, bool end)
{
	struct thread *server = endpoint->thread;
	uint64_t found = 0;

	if (!server)
		return 0;
	if (server->caller && ++found && end)
		call_end(server->caller, STATUS_GONE);
	for (uint32_t i = 1; i < server->space->slot_count; i++) {
		struct slot *slot = &server->space->table[i];
		struct thread *caller = slot_object(slot);

		if (slot->kind != KIND_REPLY || caller->session->endpoint != endpoint)
			continue;
		found++;
		if (end)
			call_end(caller, STATUS_GONE);
	}
	return found;
}

static status_t endpoint_reset(struct thread *self, struct endpoint *endpoint)
{
	*thread_word(self, 1) = endpoint->calls;
	*thread_word(self, 0) = calls_under_way(endpoint, true);
	endpoint->pending &= ~PENDING_FAULT;
	for (uint32_t i = 0; i < endpoint->session_total; i++)
		if (endpoint->sessions[i].awaiting) {
			endpoint->sessions[i].awaiting = 0;
			session_event(&endpoint->sessions[i], EVENT_DEAD);
		}
	return STATUS_OK;
}

static status_t endpoint_acknowledge(struct endpoint *endpoint, uint64_t number)
{
	struct session *session;

	if (number >= endpoint->session_total || !endpoint->sessions[number].awaiting)
		return STATUS_BAD_ARGUMENT;
	session = &endpoint->sessions[number];
	*session = (struct session){ .endpoint = endpoint, .next = endpoint->free };
	endpoint->free = session;
	endpoint->free_count++;
	return STATUS_OK;
}

static status_t endpoint_state(struct thread *self, struct endpoint *endpoint)
{
	*thread_word(self, 0) = endpoint->calls;
	*thread_word(self, 1) = calls_under_way(endpoint, false);
	*thread_word(self, 2) = endpoint->free_count;
	return STATUS_OK;
}

static status_t endpoint_destroy(struct endpoint *endpoint)
{
	if (endpoint->thread)
		return STATUS_BAD_STATE;
	object_end(&endpoint->object);
	while (endpoint->calls_first)
		call_end(endpoint->calls_first, STATUS_BAD_SLOT);
	return STATUS_OK;
}

status_t invoke_endpoint(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	static const uint8_t needed[ENDPOINT_OPERATIONS] = {
		[ENDPOINT_MINT] = ENDPOINT_MINT_RIGHT,
		[ENDPOINT_MINT_NOTIFICATION] = ENDPOINT_MINT_RIGHT,
		[ENDPOINT_RESET] = ENDPOINT_RESET_RIGHT,
		[ENDPOINT_ACKNOWLEDGE] = ENDPOINT_BIND_RIGHT,
		[ENDPOINT_DESTROY] = ENDPOINT_RESET_RIGHT,
	};
	struct slot *slot;
	struct endpoint *endpoint;
	status_t status;

	if (operation >= ENDPOINT_OPERATIONS)
		return STATUS_BAD_CALL;
	status = slot_get(self->space, number, KIND_ENDPOINT, needed[operation], &slot);
	if (status != STATUS_OK)
		return status;
	endpoint = slot_object(slot);
	switch (operation) {
	case ENDPOINT_MINT:              return endpoint_mint_session(self, endpoint, word);
	case ENDPOINT_MINT_NOTIFICATION: return endpoint_mint_notification(self, endpoint, word);
	case ENDPOINT_RESET:             return endpoint_reset(self, endpoint);
	case ENDPOINT_ACKNOWLEDGE:       return endpoint_acknowledge(endpoint, word[0]);
	case ENDPOINT_STATE:             return endpoint_state(self, endpoint);
	default:                         return endpoint_destroy(endpoint);
	}
}
