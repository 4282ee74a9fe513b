/* SPDX-License-Identifier: MIT */
/* Further threads of a process: how they begin and end. The first one comes with fork. */
#include "servers/process/state.h"

#include "libipc/string.h"

/* 0: none. */
static unsigned thread_of_number(unsigned process, uint64_t number)
{
	unsigned thread = process_at(process)->first_thread;

	while (thread && thread_at(thread)->number != number)
		thread = thread_at(thread)->next;
	return thread;
}

status_t on_thread_reserve(struct call *call, const struct process_thread_reserve_request *request,
			   struct process_thread_reserve_reply *reply)
{
	unsigned process = caller_index(call), maker = caller_thread(call), thread;
	uint32_t tid;
	status_t status;

	if (!maker || !request->number || request->number >= PROGRAM_THREADS)
		return STATUS_ERRNO(E_INVAL);
	thread = thread_of_number(process, request->number);
	if (thread && (!state.info->generation || !thread_is_stopped(thread)))
		return STATUS_ERRNO(E_EXIST);
	/* The same request, when a predecessor died of something: from the beginning. */
	if (thread)
		thread_leave(thread);
	tid = may_have_another(process_at(process)) ? table_free_pid(state.table) : 0;
	if (!tid)
		return STATUS_ERRNO(E_AGAIN);
	status = thread_build(process, (unsigned)request->number, &thread);
	if (status != STATUS_OK) {
		if (thread)
			thread_leave(thread);
		return STATUS_ERRNO(E_AGAIN);
	}
	thread_at(thread)->tid = tid;
	memcpy(thread_at(thread)->name, thread_at(maker)->tid == process_at(process)->pid ?
	       process_at(process)->name : thread_at(maker)->name, PROCESS_NAME_BYTES);
	page_masks_copy(thread_page(thread), maker);
	schedule_inherit(thread, maker);
	process_page_update(process);
	reply->tid = tid;
	/* What a predecessor with that badge was last answered is never taken for an answer. */
	reply->sequence = (uint32_t)thread_at(thread)->generation << 16;
	return STATUS_OK;
}

status_t on_thread_start(struct call *call, const struct process_thread_start_request *request,
			 struct process_thread_start_reply *reply)
{
	unsigned thread = thread_of_number(caller_index(call), request->number);

	(void)reply;
	if (!thread || thread == caller_thread(call))
		return STATUS_ERRNO(E_SRCH);
	/* It runs already: its start is never given twice. */
	if (!thread_is_stopped(thread))
		return STATUS_OK;
	return thread_run(thread, &(struct thread_begin){ request->rip, request->rsp,
		request->argument, request->fs_base, request->gs_base });
}

status_t on_thread_exit(struct call *call, const struct process_thread_exit_request *request,
			struct process_thread_exit_reply *reply)
{
	unsigned index = caller_index(call), thread = caller_thread(call);
	struct process *process = process_at(index);
	uint32_t status = (uint32_t)request->status & 0xffff;

	(void)reply;
	if (!thread || !process_lives(process))
		return STATUS_OK;
	if (process->first_thread == thread && !thread_at(thread)->next) {
		/* What the last one says counts, as on Linux since 5.17. */
		process_end(index, status);
		return STATUS_OK;
	}
	thread_leave(thread);
	/* What it might have taken. */
	signal_pass(index);
	event_signal(&state.running[index].threads);
	return STATUS_OK;
}

status_t on_rename(struct call *call, const struct process_rename_request *request,
		   struct process_rename_reply *reply)
{
	struct process *process = process_at(caller_index(call));
	unsigned thread = table_find_thread(state.table, (uint32_t)request->tid);
	char *name = process->name;

	(void)reply;
	if (!thread || thread_at(thread)->process != caller_index(call))
		return STATUS_ERRNO(E_SRCH);
	if (request->tid != process->pid)
		name = thread_at(thread)->name;
	memcpy(name, request->name, PROCESS_NAME_BYTES);
	name[PROCESS_NAME_BYTES - 1] = 0;
	return STATUS_OK;
}

static void others_interrupt(unsigned process, unsigned thread)
{
	for (unsigned i = process_at(process)->first_thread; i; i = thread_at(i)->next) {
		if (i != thread)
			thread_interrupt(i);
	}
}

status_t on_threads_await(struct call *call, const struct process_threads_await_request *request,
			  struct process_threads_await_reply *reply)
{
	unsigned index = caller_index(call), thread = caller_thread(call);
	const struct process *process = process_at(index);
	status_t status = STATUS_OK;

	(void)request;
	(void)reply;
	if (!thread)
		return STATUS_OK;
	others_interrupt(index, thread);
	while (status == STATUS_OK && !call->orphan && process->first_thread &&
	       thread_at(process->first_thread)->next)
		status = event_wait_anyway(&state.running[index].threads, call);
	return status;
}
