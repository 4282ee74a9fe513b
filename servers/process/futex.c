/* SPDX-License-Identifier: MIT */
/*
 * Futexes between processes: who waits for which word. A word is known by its physical address,
 * which all who share the page have in common. Threads wait at their own endpoints; here they are
 * only written down, in their records.
 */
#include "servers/process/state.h"

/* 0: nothing is there. */
static uint64_t word_of(const struct call *call, uint64_t address)
{
	uint64_t frame = page_query(owner_of(call), address & ~PAGE_MASK).frame;

	return frame ? frame * PAGE | (address & PAGE_MASK) : 0;
}

status_t on_futex_wait(struct call *call, const struct process_futex_wait_request *request,
		       struct process_futex_wait_reply *reply)
{
	unsigned index = caller_thread(call);
	struct thread *thread = thread_at(index);
	uint32_t now;
	status_t status;
	uint64_t word;

	(void)reply;
	if (!index || request->address % 4 || call->windows < 1)
		return STATUS_ERRNO(E_INVAL);
	/* Nothing comes between looking at the word and waiting: wakes are served one by one. */
	status = call_copy_in(call, 0, 0, &now, sizeof(now));
	if (status != STATUS_OK)
		return status;
	if (now != request->value)
		return STATUS_ERRNO(E_AGAIN);
	word = word_of(call, request->address);
	if (!word)
		return STATUS_ERRNO(E_FAULT);
	if (thread_notify(index, 0) != STATUS_OK)
		return STATUS_ERRNO(E_NOMEM);
	thread_page(index)->futex_woken = 0;
	thread->futex_bits = request->bitset;
	thread->futex_order = ++state.table->futex_order;
	thread->futex = word;
	return STATUS_OK;
}

status_t on_futex_forget(struct call *call, const struct process_futex_forget_request *request,
			 struct process_futex_forget_reply *reply)
{
	struct thread *thread = thread_at(caller_thread(call));

	(void)request;
	reply->woken = !thread->futex;
	thread->futex = 0;
	return STATUS_OK;
}

/* Who waits longest for that word and one of these bits; 0: nobody. */
static unsigned waits_longest(uint64_t word, uint32_t bits)
{
	unsigned found = 0;

	for (unsigned index = INIT_INDEX; index < state.table->end; index++) {
		for (unsigned i = process_at(index)->first_thread; i; i = thread_at(i)->next) {
			const struct thread *thread = thread_at(i);

			if (thread->futex == word && thread->futex_bits & bits &&
			    (!found || thread->futex_order < thread_at(found)->futex_order))
				found = i;
		}
	}
	return found;
}

status_t on_futex_wake(struct call *call, const struct process_futex_wake_request *request,
		       struct process_futex_wake_reply *reply)
{
	uint64_t word = word_of(call, request->address);
	uint64_t other = request->move ? word_of(call, request->address2) : 0;
	unsigned thread;

	if (!word || (request->move && !other))
		return word ? STATUS_ERRNO(E_FAULT) : STATUS_OK;
	while (reply->woken < request->count && (thread = waits_longest(word, request->bitset))) {
		thread_at(thread)->futex = 0;
		thread_page(thread)->futex_woken = 1;
		(void)!thread_notify(thread, PROCESS_FUTEX_BIT);
		reply->woken++;
	}
	while (other && other != word && reply->moved < request->move &&
	       (thread = waits_longest(word, ~0u))) {
		thread_at(thread)->futex = other;
		thread_at(thread)->futex_order = ++state.table->futex_order;
		reply->moved++;
	}
	return STATUS_OK;
}
