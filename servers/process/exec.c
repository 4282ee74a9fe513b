/* SPDX-License-Identifier: MIT */
/*
 * exec, as far as memory and identity go. A plain one goes on in the same personality. One that
 * makes the caller somebody else begins anew: see struct process_exec_request.
 */
#include "servers/process/restart.h"

#include "libipc/string.h"

static bool exec_keeps(const struct region *region, uint64_t tag)
{
	return tag && region->tag == tag && region->flags == PROCESS_MAP_FILE && !region->written;
}

/* The program's memory goes, but for what exec keeps. */
static void program_drop(unsigned index, uint64_t keep_tag, uint64_t new_tag)
{
	uint32_t *regions = &process_at(index)->regions;
	uint64_t from = PROGRAM_START;

	while (from < PROGRAM_END) {
		struct region *kept = region_find(&state.regions, *regions, from);
		uint64_t end;

		while (kept && !exec_keeps(kept, keep_tag))
			kept = kept->next ? &state.regions.region[kept->next] : 0;
		end = kept ? kept->start : PROGRAM_END;
		if (end > from && !region_set(&state.regions, regions, from, end, 0)) {
			region_release(&state.regions, regions);
			end = PROGRAM_END;
		}
		if (end > from)
			pages_unmap(index, from, (end - from) / PAGE);
		kept = end < PROGRAM_END ? region_find(&state.regions, *regions, end) : 0;
		if (kept)
			kept->tag = new_tag;
		from = kept ? kept->end : PROGRAM_END;
	}
}

/* ---- a plain exec ---- */

static void describe(struct process *process, const struct process_exec_request *request)
{
	memcpy(process->name, request->name, PROCESS_NAME_BYTES);
	process->name[PROCESS_NAME_BYTES - 1] = 0;
	memcpy(process->command, request->command, PROCESS_COMMAND_BYTES);
	process->command_bytes = (uint32_t)request->command_bytes;
	process->arguments = request->arguments;
	process->arguments_bytes = request->arguments_bytes;
}

static bool ids_change(unsigned index)
{
	struct process next = { .credentials = process_at(index)->credentials,
				.capabilities = process_at(index)->capabilities };

	credentials_exec(&next, 0);
	return memcmp(&next.credentials, &process_at(index)->credentials,
		      sizeof(next.credentials)) ||
	       memcmp(&next.capabilities, &process_at(index)->capabilities,
		      sizeof(next.capabilities));
}

/* ---- one that gives privileges ---- */

/* Of the private area only what is handed over stays; a fresh one takes its place. */
static status_t private_renew(unsigned index, uint64_t kept_bytes)
{
	uint32_t *regions = &process_at(index)->private_regions;
	uint64_t bytes = (state.header->private_bytes + PAGE_MASK) & ~PAGE_MASK;
	uint64_t from = PROCESS_HAND_OVER + ((kept_bytes + PAGE_MASK) & ~PAGE_MASK);
	struct region region = { .protection = PROCESS_READ | PROCESS_WRITE };

	if (!region_set(&state.regions, regions, PERSONALITY_PRIVATE, PROCESS_HAND_OVER, 0) ||
	    !region_set(&state.regions, regions, from, MESSAGE_PAGES, 0))
		return STATUS_NO_MEMORY;
	pages_unmap(index, PERSONALITY_PRIVATE, (PROCESS_HAND_OVER - PERSONALITY_PRIVATE) / PAGE);
	pages_unmap(index, from, (MESSAGE_PAGES - from) / PAGE);
	if (!region_set(&state.regions, regions, PERSONALITY_PRIVATE, PERSONALITY_PRIVATE + bytes,
			&region))
		return STATUS_NO_MEMORY;
	return pages_fill(index, PERSONALITY_PRIVATE, bytes / PAGE, region.protection);
}

static status_t threads_renew(unsigned index)
{
	struct process *process = process_at(index);
	unsigned thread;
	status_t status;

	while (process->first_thread)
		thread_leave(process->first_thread);
	status = thread_build(index, 0, &thread);
	process_page_update(index);
	return status;
}

void exec_finish(unsigned index)
{
	struct process *process = process_at(index);
	uint64_t bytes = (state.header->private_bytes + PAGE_MASK) & ~PAGE_MASK;
	status_t status;

	memory_hand_on(index);
	program_drop(index, 0, 0);
	memory_give_back(index);
	status = threads_renew(index);
	if (status == STATUS_OK)
		status = private_renew(index, process->grant.bytes);
	if (status == STATUS_OK)
		status = thread_run(process->first_thread, &(struct thread_begin){
			.rip = state.header->boot, .rsp = PERSONALITY_PRIVATE + bytes,
			.argument = PERSONALITY_PRIVATE });
	process->flags &= (uint16_t)~FLAG_TAKING_OVER;
	if (status != STATUS_OK)
		process_end(index, SIGNAL_KILL);
}

/* All of it can be done again from here on, and nobody asks for it again. */
static status_t exec_privileged(struct call *call, const struct process_exec_request *request)
{
	unsigned index = caller_index(call);
	struct process *process = process_at(index);
	const struct region *left = region_find(&state.regions, process->private_regions,
						PROCESS_HAND_OVER);

	if (!process->grant.handle)
		return STATUS_ERRNO(E_PERM);
	if (!left || left->start > PROCESS_HAND_OVER ||
	    request->hand_over > left->end - PROCESS_HAND_OVER)
		return STATUS_ERRNO(E_INVAL);
	process->grant.bytes = request->hand_over;
	identity_change(index, &process->grant);
	process->flags = FLAG_EXECED | FLAG_TAKING_OVER;
	timers_forget(index);
	exec_finish(index);
	return STATUS_OK;
}

/* ---- requests ---- */

status_t on_exec(struct call *call, const struct process_exec_request *request,
		 struct process_exec_reply *reply)
{
	unsigned index = caller_index(call);
	struct process *process = process_at(index);

	if (request->command_bytes > PROCESS_COMMAND_BYTES)
		return STATUS_ERRNO(E_INVAL);
	if (request->hand_over)
		return exec_privileged(call, request);
	memory_hand_on(index);
	program_drop(index, request->keep_tag, request->new_tag);
	memory_give_back(index);
	describe(process, request);
	process->grant.handle = 0;
	process->flags = FLAG_EXECED;
	timers_forget(index);
	process->exit_signal = SIGNAL_CHLD;
	reply->ids_changed = ids_change(index);
	identity_change(index, 0);
	thread_at(caller_thread(call))->tid = process->pid;
	process_page_update(index);
	state.running[index].fault_next = state.running[index].place_bytes = 0;
	return STATUS_OK;
}

status_t on_privilege(struct call *call, const struct process_privilege_request *request,
		      struct process_privilege_reply *reply)
{
	struct process *process = process_at(request->client < PROCESS_MAX ?
					     (unsigned)request->client : 0);

	(void)reply;
	if (BADGE_CLIENT(call->badge) < PROCESS_MAX || !process_lives(process) ||
	    process->attribute[PROCESS_NO_NEW_PRIVILEGES])
		return STATUS_ERRNO(E_PERM);
	process->grant = (struct grant){ .user = request->user, .group = request->group };
	process->grant.handle = request->handle;
	return STATUS_OK;
}

status_t on_taken_over(struct call *call, const struct process_taken_over_request *request,
		       struct process_taken_over_reply *reply)
{
	const struct grant *grant = &process_at(caller_index(call))->grant;

	(void)request;
	if (!grant->handle || !grant->bytes)
		return STATUS_ERRNO(E_NOENT);
	*reply = (struct process_taken_over_reply){ grant->handle, grant->bytes };
	return STATUS_OK;
}
