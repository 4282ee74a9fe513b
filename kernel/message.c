/* SPDX-License-Identifier: MIT */
/*
 * Synchronous messages: call, receive, reply, notify, copy. This is the complete definition; the
 * fast path in entry.S is a shortcut through call() and reply_receive() for the plain case.
 */
#include "kernel/message.h"

#include "kernel/abi/layout.h"
#include "kernel/abi/syscalls.h"
#include "kernel/endpoint.h"
#include "kernel/host.h"
#include "kernel/memory.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/syscall.h"

static uint64_t call_info(const struct thread *caller)
{
	return caller->fault_info ? caller->fault_info : caller->registers.rsi;
}

void capabilities_transfer(const struct party *from, const struct party *to, uint64_t info)
{
	uint64_t count = (info & INFO_CAPS_MASK) >> INFO_CAPS_SHIFT;

	for (uint64_t i = 0; i < MESSAGE_CAPS; i++) {
		struct slot *source = i < count ? slot_find(from->space, from->page->caps_send[i]) : 0;

		if (!source ||
		    slot_grant(source, to->space, to->page->caps_receive[i], 0xff) != STATUS_OK)
			to->page->caps_receive[i] = 0;
	}
}

/* What does not fit in registers. */
static void page_transfer(struct thread *from, struct thread *to, uint64_t info)
{
	uint64_t words = (info & INFO_WORDS_MASK) >> INFO_WORDS_SHIFT;

	if (!(info & INFO_PAGE) || !from->page || !to->page)
		return;
	if (words > MESSAGE_WORDS)
		words = MESSAGE_WORDS;
	for (uint64_t i = MESSAGE_REGISTERS; i < words; i++)
		to->page->words[i] = from->page->words[i];
	if (info & INFO_CAPS_MASK)
		capabilities_transfer(&(struct party){ from->space, from->page },
				      &(struct party){ to->space, to->page }, info);
}

/* A fault, and one who is in the kernel, cannot be answered by the fast path. */
static void answer_slowly(struct thread *server)
{
	const struct thread *caller = server->caller;

	server->endpoint->pending &= ~PENDING_FAULT;
	if (caller && (caller->fault_info || caller->kernel))
		server->endpoint->pending |= PENDING_FAULT;
}

/* The server's receive ends with this call. */
static void deliver(struct thread *server, struct thread *caller)
{
	uint64_t words[MESSAGE_REGISTERS], info = call_info(caller);

	server->endpoint->receiver = 0;
	thread_words_get(caller, words);
	if (!caller->fault_info)
		page_transfer(caller, server, info);
	thread_words_set(server, words);
	server->registers.rax = STATUS_OK;
	server->registers.rdi = caller->session->badge;
	server->registers.rsi = info;
	server->caller = caller;
	answer_slowly(server);
	server->state = THREAD_READY;
	caller->state = THREAD_AWAITING_REPLY;
}

void receive_next(struct thread *self)
{
	struct endpoint *endpoint = self->endpoint;
	struct session *session;
	struct thread *caller;
	unsigned event = endpoint_event_take(endpoint, &session);

	self->state = THREAD_READY;
	endpoint->receiver = 0;
	if (event) {
		self->registers.rax = event == EVENT_CANCEL ? STATUS_CANCEL : STATUS_DEAD;
		self->registers.rdi = session->badge;
		*thread_word(self, 0) = (uint64_t)(session - endpoint->sessions);
	} else if (endpoint->bits) {
		self->registers.rax = STATUS_NOTIFIED;
		*thread_word(self, 0) = endpoint_bits_take(endpoint);
	} else if (self->timed_out) {
		thread_timeout_forget(self);
		self->registers.rax = STATUS_TIMEOUT;
	} else if ((caller = endpoint->calls_first)) {
		endpoint_call_remove(endpoint, caller);
		deliver(self, caller);
	} else {
		self->state = THREAD_RECEIVING;
		endpoint->receiver = self;
	}
}

void call_unqueue(struct thread *caller)
{
	endpoint_call_remove(caller->session->endpoint, caller);
}

void call_disown(struct thread *caller)
{
	struct thread *server = caller->session->endpoint->thread;

	if (caller->reply)
		*caller->reply = (struct slot){ 0 };
	else if (server && server->caller == caller)
		server->caller = 0;
	caller->reply = 0;
	if (caller->session->events & EVENT_CANCEL)
		session_event_clear(caller->session, EVENT_CANCEL);
}

void call_end(struct thread *caller, status_t status)
{
	if (caller->state == THREAD_CALLING)
		call_unqueue(caller);
	else
		call_disown(caller);
	if (caller->fault_info) {
		caller->fault_info = 0;                  /* it runs into the same fault again */
		caller->state = THREAD_READY;
		schedule_ready(caller);
		return;
	}
	thread_finish(caller, status);
}

void call_send(struct thread *caller, struct session *session)
{
	struct endpoint *endpoint = session->endpoint;
	struct thread *server = endpoint->thread;

	caller->session = session;
	if (server && server->state == THREAD_RECEIVING && !server->stopped) {
		deliver(server, caller);
		schedule_handoff(server);
		return;
	}
	caller->state = THREAD_CALLING;
	endpoint_call_add(endpoint, caller);
}

void call(struct thread *self)
{
	struct slot *slot;
	struct session *session;
	status_t status = slot_get(self->space, (uint32_t)self->registers.rdi, KIND_SESSION, 0, &slot);

	processor.counters.slow_calls++;
	if (status != STATUS_OK) {
		self->registers.rax = (uint64_t)status;
		return;
	}
	session = slot_object(slot);
	if (session->endpoint->object.kind != KIND_ENDPOINT)
		self->registers.rax = STATUS_BAD_SLOT;
	else
		call_send(self, session);
}

static void answer(struct thread *self, struct thread *caller)
{
	uint64_t words[MESSAGE_REGISTERS], info = self->registers.rsi;

	call_disown(caller);
	answer_slowly(self);
	if (caller->fault_info) {
		fault_answered(caller, (unsigned)(info & INFO_LABEL_MASK), *thread_word(self, 0));
		return;
	}
	thread_words_get(self, words);
	page_transfer(self, caller, info);
	thread_words_set(caller, words);
	caller->registers.rax = STATUS_OK;
	caller->registers.rsi = info;
	caller->state = THREAD_READY;
	schedule_handoff(caller);
}

void reply(struct thread *self)
{
	struct thread *caller = self->caller;
	struct slot *slot;

	self->registers.rax = STATUS_OK;
	if (self->registers.rdi) {
		status_t status = slot_get(self->space, self->registers.rdi, KIND_REPLY, 0, &slot);

		self->registers.rax = (uint64_t)status;
		caller = status == STATUS_OK ? slot_object(slot) : 0;
	} else if (!caller) {
		self->registers.rax = STATUS_BAD_STATE;  /* its caller is gone */
	}
	if (caller)
		answer(self, caller);
}

static void receive_or_fail(struct thread *self)
{
	if (self->endpoint == &endpoint_none)
		self->registers.rax = STATUS_BAD_STATE;
	else
		receive_next(self);
}

void reply_receive(struct thread *self)
{
	if (self->caller)
		answer(self, self->caller);
	receive_or_fail(self);
}

void receive(struct thread *self)
{
	if (self->caller) {
		self->registers.rax = STATUS_BAD_STATE;  /* answer or keep the call first */
		return;
	}
	thread_timeout_forget(self);
	schedule_deadline(self, *thread_word(self, 0));
	receive_or_fail(self);
}

void notify(struct thread *self)
{
	struct slot *slot;
	status_t status = slot_get(self->space, self->registers.rdi, KIND_NOTIFICATION, 0, &slot);

	self->registers.rax = (uint64_t)status;
	if (status == STATUS_OK)
		endpoint_notify(slot_object(slot), (uint32_t)*thread_word(self, 0) & slot->extra);
}

status_t window_find(const struct lent *lent, uint64_t index, uint64_t direction, uint64_t offset,
		     uint64_t bytes, struct window *window)
{
	if (index >= MESSAGE_WINDOWS)
		return STATUS_BAD_ARGUMENT;
	/* Once: a process may change what it has lent while we look. */
	*window = *(volatile struct window *)&lent->page->windows[index];
	if (!(window->direction & direction) || offset > window->size_bytes ||
	    bytes > window->size_bytes - offset || window->address > lent->end ||
	    window->size_bytes > lent->end - window->address)
		return STATUS_BAD_ARGUMENT;
	return STATUS_OK;
}

/* The call whose windows the server may use, and the window. */
static status_t copy_decode(struct thread *self, struct thread **caller, struct window *window)
{
	uint64_t index = self->registers.rsi & 0xff, direction = self->registers.rsi >> 8;
	uint64_t offset = *thread_word(self, 0), bytes = *thread_word(self, 2);
	struct slot *slot;

	*caller = self->caller;
	if (self->registers.rdi) {
		status_t status = slot_get(self->space, self->registers.rdi, KIND_REPLY, 0, &slot);

		if (status != STATUS_OK)
			return status;
		*caller = slot_object(slot);
	}
	if (!*caller || (*caller)->fault_info || !(*caller)->page)
		return STATUS_BAD_STATE;
	if (direction != WINDOW_READ && direction != WINDOW_WRITE)
		return STATUS_BAD_ARGUMENT;
	return window_find(&(struct lent){ (*caller)->page, (*caller)->kernel ? ~0ull : USER_TOP },
			   index, direction, offset, bytes, window);
}

static void *alias(const struct thread *thread, uint64_t address, unsigned flags)
{
	return thread->kernel ? host_alias(thread, address, flags)
			      : space_alias(thread->space, address, flags);
}

void copy(struct thread *self)
{
	uint64_t offset = *thread_word(self, 0), here = *thread_word(self, 1),
		 bytes = *thread_word(self, 2), done = 0;
	bool in = self->registers.rsi >> 8 == WINDOW_READ;
	struct window window;
	struct thread *caller;
	status_t status = copy_decode(self, &caller, &window);

	while (status == STATUS_OK && done < bytes) {
		uint64_t there = window.address + offset + done, chunk = PAGE_SIZE - there % PAGE_SIZE;
		void *local = alias(self, here + done, in ? MAP_WRITE : MAP_READ);
		void *remote = alias(caller, there, in ? MAP_READ : MAP_WRITE);

		if (done >= COPY_STEP_BYTES || !local || !remote) {
			status = !local ? STATUS_BAD_ARGUMENT : !remote ? STATUS_UNMAPPED : STATUS_AGAIN;
			break;
		}
		if (chunk > PAGE_SIZE - (here + done) % PAGE_SIZE)
			chunk = PAGE_SIZE - (here + done) % PAGE_SIZE;
		if (chunk > bytes - done)
			chunk = bytes - done;
		arch_copy(in ? local : remote, in ? remote : local, chunk);
		done += chunk;
	}
	*thread_word(self, 0) = done;
	self->registers.rax = (uint64_t)status;
}

status_t invoke_reply(struct thread *self, uint64_t number, uint64_t operation, const uint64_t *word)
{
	struct slot *destination;
	status_t status;

	if (operation != REPLY_SAVE || number)
		return STATUS_BAD_CALL;
	status = slot_get_empty(self->space, word[0], &destination);
	if (status != STATUS_OK)
		return status;
	if (!self->caller)
		return STATUS_BAD_STATE;
	*destination = (struct slot){ (uint64_t)self->caller, KIND_REPLY, 0, 0, 0 };
	self->caller->reply = destination;
	self->caller = 0;
	answer_slowly(self);
	return STATUS_OK;
}
