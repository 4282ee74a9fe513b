/* SPDX-License-Identifier: MIT */
/*
 * What a predecessor left half done. The records in stable memory were written in an order that
 * tells how far it came: here it is finished, before the first request. What a request had only
 * begun to make is finished or taken apart by the request itself, which comes again.
 */
#include "servers/process/restart.h"

#include "libipc/objects.h"
#include "servers/process/space.h"

/* Frames of objects that were not made yet are raw, but not free. */
void frames_claim(void)
{
	for (unsigned i = INIT_INDEX; i < PROCESS_MAX; i++) {
		if (process_at(i)->state != PROCESS_FREE && process_at(i)->frame)
			frames_keep(&state.frames, process_at(i)->frame, SPACE_FRAMES);
	}
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (thread_at(i)->frame)
			frames_keep(&state.frames, thread_at(i)->frame, THREAD_FRAMES);
	}
	for (unsigned i = 0; i < SHARED_PAGES; i++) {
		if (state.table->shared[i].file)
			frames_keep(&state.frames, state.table->shared[i].frame, 1);
	}
}

/* ---- windows in the own space ---- */

/* The frame that belongs into that window by the records; 0: none. */
static uint64_t window_frame(uint64_t address)
{
	uint64_t index = (address - service_address(THREAD_WINDOWS)) / PAGE;

	if (index < THREAD_MAX)
		return thread_at((unsigned)index)->process ?
			thread_at((unsigned)index)->frame + FRAME_MESSAGE : 0;
	index -= THREAD_MAX;
	return index < SHARED_PAGES && state.table->shared[index].file ?
		state.table->shared[index].frame : 0;
}

void windows_check(void)
{
	uint32_t own = state.info->self_space_slot;
	uint64_t address = service_address(THREAD_WINDOWS);
	uint64_t end = service_address(LOOK_WINDOW) + PAGE;

	while (address < end) {
		struct words words = { { address } };

		if (kernel_invoke_space(own, SPACE_QUERY, &words) != STATUS_OK)
			return;
		if (words.word[0] && words.word[0] != window_frame(address))
			space_drop(own, address, 1);
		address = words.word[0] ? address + PAGE : words.word[3];
	}
}

/* ---- what had begun to end ---- */

/* Out of its process's list, and no further. */
static void threads_finish(void)
{
	static bool listed[THREAD_MAX];

	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (process_at(i)->state == PROCESS_FREE)
			continue;
		for (unsigned t = process_at(i)->first_thread; t; t = thread_at(t)->next)
			listed[t] = true;
	}
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (thread_at(i)->process && !listed[i]) {
			thread_take_apart(i);
			signal_pass(thread_at(i)->process);
		}
	}
}

/* ---- requests whose answer is out, and whose effect is not ---- */

void intent_begin(struct call *call, enum intent_kind kind, unsigned index, unsigned thread,
		  uint64_t signal)
{
	struct intent *intent = &state.table->intent;

	*intent = (struct intent){ .badge = call->badge, .sequence = call->sequence,
		.index = (uint16_t)index, .thread = (uint16_t)thread, .signal = signal };
	__asm__ volatile("" ::: "memory");
	intent->kind = kind;
}

void intent_publish(struct call *call, const void *reply, unsigned words)
{
	struct intent *intent = &state.table->intent;

	call_publish(call, reply, words);
	switch (intent->kind) {
	case INTENT_REAP:
		child_reap(intent->index);
		break;
	case INTENT_TAKE:
		signal_forget(intent->index, intent->thread, (uint32_t)intent->signal);
		break;
	default:
		break;
	}
	__asm__ volatile("" ::: "memory");
	intent->kind = INTENT_NONE;
}

static void intent_finish(void)
{
	struct intent *intent = &state.table->intent;
	struct call nobody = { .badge = intent->badge };

	if (intent->kind && intent->sequence &&
	    answer_slot(&nobody)->sequence == intent->sequence)
		intent_publish(&nobody, 0, 0);
	intent->kind = INTENT_NONE;
}

/* It may have begun to run already; a second beginning would find nothing. */
static void take_over_finish(unsigned index)
{
	struct process *process = process_at(index);
	unsigned thread = process->first_thread;

	if (thread && !thread_at(thread)->next && !thread_at(thread)->number &&
	    !thread_is_stopped(thread))
		process->flags &= (uint16_t)~FLAG_TAKING_OVER;
	else
		exec_finish(index);
}

void restart_finish(void)
{
	commit_finish();
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (process_at(i)->flags & FLAG_ENDING)
			process_finish(i);
		else if (process_at(i)->flags & FLAG_TAKING_OVER)
			take_over_finish(i);
	}
	threads_finish();
	intent_finish();
}
