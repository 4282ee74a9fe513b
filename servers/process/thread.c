/* SPDX-License-Identifier: MIT */
/*
 * Threads: the kernel's thread, its endpoint and its message page, in THREAD_FRAMES frames side by
 * side, and the two capabilities in slots that follow from the index.
 */
#include "servers/process/space.h"

#include "libipc/objects.h"
#include "libipc/time.h"
#include "servers/process/state.h"

uint32_t thread_slot(unsigned thread)
{
	return state.info->slot_count - 2 * THREAD_MAX + 2 * thread;
}

static uint32_t endpoint_slot(unsigned thread)
{
	return thread_slot(thread) + 1;
}

/* Message pages are mapped here too: side by side, by the index of the thread. */
static uint64_t thread_window(unsigned thread)
{
	return service_address(THREAD_WINDOWS) + thread * PAGE;
}

volatile struct process_page *thread_page(unsigned thread)
{
	return PROCESS_PAGE(thread_window(thread));
}

static status_t thread_window_map(unsigned index, uint32_t flags)
{
	uint64_t mapped;

	return frames_place(state.info->self_space_slot, thread_window(index),
			    thread_at(index)->frame + FRAME_MESSAGE, 1, MAP_WRITE | flags, 0,
			    &mapped);
}

status_t thread_windows_map(void)
{
	status_t status = STATUS_OK;

	for (unsigned i = 1; i < THREAD_MAX && status == STATUS_OK; i++) {
		if (thread_at(i)->process)
			status = window_restored(thread_window_map(i, 0));
	}
	return status;
}

static status_t thread_create(unsigned index)
{
	struct thread *thread = thread_at(index);
	const struct frame_range *range = frames_range(&state.frames, thread->frame);
	uint64_t offset = thread->frame - range->base, mapped;
	status_t status = memory_create_thread(range->slot, offset + FRAME_THREAD,
					       thread_slot(index));
	uint64_t message = MESSAGE_PAGES + thread->number * PAGE;
	uint32_t space = space_slot(thread->process);

	if (status == STATUS_OK)
		status = memory_create_endpoint(range->slot, offset + FRAME_ENDPOINT, 1,
						PROGRAM_LEVEL, endpoint_slot(index));
	if (status == STATUS_OK)
		status = thread_window_map(index, MAP_ZERO);
	if (status == STATUS_OK)
		status = frames_place(space, message, thread->frame + FRAME_MESSAGE, 1, MAP_WRITE,
				      0, &mapped);
	if (status == STATUS_OK)
		status = kernel_invoke_thread(thread_slot(index), THREAD_CONFIGURE, WORDS(space,
			THREAD_SLOT(thread->number, SLOT_PROCESS), endpoint_slot(index), message,
			PRIORITY_PROGRAM | THREAD_PROGRAM << 8 | PROGRAM_SLICE_US << 32,
			(uint64_t)range->slot << 32 | (offset + FRAME_MESSAGE)));
	return status;
}

void thread_end(unsigned index)
{
	uint32_t own = state.info->self_space_slot;

	if (thread_at(index)->notify)
		slot_delete(thread_at(index)->notify);
	thread_at(index)->notify = 0;
	thread_at(index)->futex = 0;
	(void)!kernel_invoke_thread(thread_slot(index), THREAD_DESTROY, WORDS(0));
	(void)!kernel_invoke_endpoint(endpoint_slot(index), ENDPOINT_DESTROY, WORDS(0));
	(void)!space_delete(own, thread_slot(index));
	(void)!space_delete(own, endpoint_slot(index));
}

void thread_release(unsigned index)
{
	struct thread *thread = thread_at(index);

	if (thread->process) {
		/* Its frame is given back below, with the others: not here too. */
		(void)!kernel_invoke_space(state.info->self_space_slot, SPACE_UNMAP,
					   WORDS(thread_window(index), 1));
		state.table->further_threads -= thread->number != 0;
	} else {
		state.dead_threads--;
	}
	thread->process = 0;
	if (!thread->frame)
		return;
	if (frames_reclaim(thread->frame, THREAD_FRAMES) == STATUS_OK)
		thread->frame = 0;
	else
		state.dead_threads++;
}

/* Those whose notifications servers still held when they ended. */
static void threads_sweep(void)
{
	for (unsigned i = 1; i < THREAD_MAX && state.dead_threads; i++) {
		if (thread_at(i)->frame && !thread_at(i)->process)
			thread_release(i);
	}
}

status_t thread_build(unsigned process, unsigned number, unsigned *index)
{
	uint64_t frame = frames_get(THREAD_FRAMES);
	status_t status;

	if (state.dead_threads)
		threads_sweep();
	*index = table_free_thread(state.table);
	if (!*index || !frame) {
		if (frame)
			frames_give(&state.frames, frame, THREAD_FRAMES);
		*index = 0;
		return STATUS_NO_MEMORY;
	}
	*thread_at(*index) = (struct thread){
		.process = (uint16_t)process, .next = process_at(process)->first_thread,
		.number = (uint16_t)number, .frame = (uint32_t)frame,
		.generation = (uint16_t)(thread_at(*index)->generation + 1),
		.tid = process_at(process)->pid,
	};
	process_at(process)->first_thread = (uint16_t)*index;
	state.table->further_threads += number != 0;
	status = number ? thread_sessions_mint(*index) : STATUS_OK;
	if (status == STATUS_OK)
		status = thread_create(*index);
	if (status == STATUS_OK)
		status = endpoint_mint_notification(endpoint_slot(*index), space_slot(process),
						    THREAD_SLOT(number, SLOT_SELF_NOTIFY), ~0u);
	return status;
}

/* Out of its process's list; the record stays taken. */
static void thread_unlink(unsigned index)
{
	uint16_t *link = &process_at(thread_at(index)->process)->first_thread;

	while (*link != index)
		link = &thread_at(*link)->next;
	*link = thread_at(index)->next;
}

void thread_leave(unsigned index)
{
	process_at(thread_at(index)->process)->usage.cpu_ns += thread_cpu_ns(index);
	thread_unlink(index);
	thread_take_apart(index);
}

void thread_take_apart(unsigned index)
{
	struct thread *thread = thread_at(index);

	queue_drop(state.table, &thread->queue, ~0ull);
	thread_end(index);
	thread_slots_empty(index);
	pages_unmap(thread->process, MESSAGE_PAGES + thread->number * PAGE, 1);
	thread_release(index);
}

status_t thread_notify(unsigned index, uint32_t bits)
{
	struct thread *thread = thread_at(index);
	status_t status;
	uint32_t slot;

	if (!thread->notify) {
		slot = slot_allocate();
		if (!slot)
			return STATUS_NO_MEMORY;
		status = endpoint_mint_notification(endpoint_slot(index), 0, slot, ~0u);
		if (status != STATUS_OK) {
			slot_free(slot);
			return status;
		}
		slot_keep(slot);
		thread->notify = (uint16_t)slot;
	}
	if (bits)
		notify(thread->notify, bits);
	return STATUS_OK;
}

/* ---- control ---- */

static void thread_control(unsigned index, uint64_t operation)
{
	(void)!kernel_invoke_thread(thread_slot(index), operation, WORDS(0));
}

void thread_interrupt(unsigned index)
{
	thread_control(index, THREAD_INTERRUPT);
}

void thread_stop(unsigned index)
{
	thread_control(index, THREAD_STOP);
}

void thread_resume(unsigned index)
{
	thread_control(index, THREAD_RESUME);
}

status_t thread_run(unsigned index, const struct thread_begin *begin)
{
	uint32_t slot = thread_slot(index);
	status_t status = kernel_invoke_thread(slot, THREAD_TLS,
					       WORDS(begin->fs_base, begin->gs_base, 3));

	if (status != STATUS_OK)
		return status;
	return thread_start(slot, begin->rip, begin->rsp, begin->argument);
}

uint64_t thread_cpu_ns(unsigned index)
{
	struct words words = { { 0 } };

	if (kernel_invoke_thread(thread_slot(index), THREAD_STATE, &words) != STATUS_OK)
		return 0;
	return time_scale(words.word[1], info_page()->ns_multiplier);
}

bool thread_is_stopped(unsigned index)
{
	struct words words = { { 0 } };

	return kernel_invoke_thread(thread_slot(index), THREAD_STATE, &words) == STATUS_OK &&
	       words.word[0] == THREAD_STOPPED;
}

bool thread_sleeps(unsigned index)
{
	struct words words = { { 0 } };

	return kernel_invoke_thread(thread_slot(index), THREAD_STATE, &words) == STATUS_OK &&
	       words.word[0] != THREAD_READY;
}
