/* SPDX-License-Identifier: MIT */
/*
 * The space of a process and what stands in its capability table. The record says which frames it
 * was made in, the index which slot its capability has: nothing else is remembered.
 */
#include "servers/process/space.h"

#include "kernel/abi/info.h"
#include "libipc/log.h"
#include "libipc/objects.h"
#include "libipc/string.h"
#include "servers/process/state.h"

/* Page-table pages of a small program, given at once. */
#define TABLES_FIRST 14

uint32_t space_slot(unsigned process)
{
	return state.info->slot_count - SLOTS_FIXED + process;
}

/* ---- sessions with the services ---- */

void services_find(void)
{
	static const struct { const char *name; uint32_t slot; } known[] = {
		{ "process", SLOT_PROCESS }, { "fs", SLOT_FS }, { "pipe", SLOT_PIPE },
		{ "console", SLOT_CONSOLE }, { "supervisor", SLOT_SUPERVISOR },
	};
	uint32_t other = SLOT_SUPERVISOR + 1;

	for (unsigned i = 0; i < SERVICE_RESOURCES; i++) {
		const struct resource *resource = &state.info->resource[i];
		struct program_service *service = &state.services[state.service_count];

		if (resource->kind != RESOURCE_ENDPOINT)
			continue;
		*service = (struct program_service){ resource->name, resource->slot, 0, 0 };
		for (unsigned k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (strcmp(known[k].name, resource->name))
				continue;
			service->slot = known[k].slot;
			if (service->slot != SLOT_SUPERVISOR)
				service->rights = SESSION_PERSONALITY;
		}
		if (!service->slot)
			service->slot = other++;
		state.service_count++;
	}
}

static status_t sessions_mint(unsigned process)
{
	status_t status = STATUS_OK;

	for (unsigned i = 0; i < state.service_count && status == STATUS_OK; i++)
		status = endpoint_mint(state.services[i].endpoint, space_slot(process),
				       state.services[i].slot, BADGE(process, 0),
				       state.services[i].rights);
	return status;
}

/* All threads of a process talk to the supervisor and the template in the process's name. */
static bool is_per_thread(const struct program_service *service)
{
	return service->slot != SLOT_SUPERVISOR && service->slot != SLOT_TEMPLATE &&
	       service->slot < SLOT_SELF_NOTIFY + THREAD_SLOTS;
}

status_t thread_sessions_mint(unsigned index)
{
	const struct thread *thread = thread_at(index);
	status_t status = STATUS_OK;

	for (unsigned i = 0; i < state.service_count && status == STATUS_OK; i++) {
		const struct program_service *service = &state.services[i];

		if (is_per_thread(service))
			status = endpoint_mint(service->endpoint, space_slot(thread->process),
					       THREAD_SLOT(thread->number, service->slot),
					       BADGE(thread->process, index), service->rights);
	}
	return status;
}

/* Its capabilities go, but for the sessions of the first thread, which are the process's. */
void thread_slots_empty(unsigned index)
{
	const struct thread *thread = thread_at(index);
	uint32_t first = THREAD_SLOT(thread->number, SLOT_SELF_NOTIFY);

	for (uint32_t i = 0; i < (thread->number ? THREAD_SLOTS : 1); i++)
		(void)!space_delete(space_slot(thread->process), first + i);
}

/* ---- spaces ---- */

static status_t personality_map(unsigned process)
{
	const struct posix_header *header = state.header;
	uint32_t space = space_slot(process);
	uint64_t mapped;
	status_t status = memory_place(&(struct placing){
		.space = space, .address = PERSONALITY_TEXT, .memory = state.image->slot,
		.pages = (header->text_bytes + PAGE_MASK) / PAGE, .flags = MAP_EXECUTE,
	}, &mapped);

	if (status == STATUS_OK)
		status = memory_place(&(struct placing){
			.space = space, .address = INFO_PAGE_ADDRESS, .memory = state.clock->slot,
			.pages = 1 }, &mapped);
	if (status == STATUS_OK)
		status = kernel_invoke_space(space, SPACE_ENTRY, WORDS(header->reflect,
			header->upcall, PERSONALITY_TEXT, header->code_end, header->exit_start,
			header->exit_end));
	return status;
}

status_t space_build(unsigned index)
{
	struct process *process = process_at(index);
	uint64_t frame = frames_get(SPACE_FRAMES);
	const struct frame_range *range = frames_range(&state.frames, frame);
	status_t status;

	if (!frame)
		return STATUS_NO_MEMORY;
	process->frame = (uint32_t)frame;
	status = memory_create_space(range->slot, frame - range->base, SPACE_FRAMES, PROGRAM_LEVEL,
				     space_slot(index));
	if (status == STATUS_OK)
		status = tables_donate(space_slot(index), TABLES_FIRST);
	if (status == STATUS_OK)
		status = sessions_mint(index);
	if (status == STATUS_OK)
		status = personality_map(index);
	return status;
}

void space_tear_down(unsigned index)
{
	struct process *process = process_at(index);
	status_t status;

	if (!process->frame)
		return;
	do {
		struct words words = { { 0 } };

		status = kernel_invoke_space(space_slot(index), SPACE_DESTROY, &words);
		if (status == STATUS_OK || status == STATUS_AGAIN)
			frames_collect(words.word[1]);
	} while (status == STATUS_AGAIN);
	/* BAD_SLOT where it was never made: then its frames are still raw. */
	(void)!space_delete(state.info->self_space_slot, space_slot(index));
	if (frames_reclaim(process->frame, SPACE_FRAMES) != STATUS_OK)
		log_line("the space of process %u does not go away", process->pid);
	process->frame = 0;
}
