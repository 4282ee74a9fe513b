/* SPDX-License-Identifier: MIT */
/* process: the service. What it keeps, how it starts, its table of requests. */
#include "servers/process/state.h"

#include "libipc/log.h"
#include "libipc/objects.h"
#include "libipc/string.h"
#include "servers/process/restart.h"
#include "servers/process/space.h"

struct state state;

/* Capabilities beside those of processes: what the supervisor gives, kept replies. */
#define SLOTS_OTHER 1024

status_t on_service(struct call *call, const struct process_service_request *request,
		    struct process_service_reply *reply)
{
	(void)call;
	for (unsigned i = 0; i < state.service_count; i++) {
		if (strncmp(state.services[i].name, request->name, sizeof(request->name)) == 0) {
			reply->slot = state.services[i].slot;
			return STATUS_OK;
		}
	}
	return STATUS_ERRNO(E_NOENT);
}

status_t on_statistics(struct call *call, const struct process_statistics_request *request,
		       struct process_statistics_reply *reply)
{
	(void)call;
	(void)request;
	*reply = (struct process_statistics_reply){
		.frames_total = state.frames.total,
		.frames_free = state.frames.free + shared_clean(),
		.regions_used = state.regions.used, .regions_total = REGION_MAX - 1,
		.faults = state.table->faults, .forks = state.table->forks,
	};
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		reply->processes += process_exists(process_at(i));
		for (unsigned at = process_at(i)->first_thread; at; at = thread_at(at)->next)
			reply->threads++;
	}
	return STATUS_OK;
}

/* ---- start ---- */

/* The kernel's frame table says which frames are free: raw, and mapped nowhere. */
static status_t range_scan(struct frames *frames, unsigned number)
{
	const struct message_page *page = (const struct message_page *)state.info->message_page;
	const struct frame_range *range = &frames->range[number];
	uint64_t step = MESSAGE_WORDS - MESSAGE_REGISTERS;

	for (uint64_t done = 0; done < range->pages; done += step) {
		uint64_t count = range->pages - done < step ? range->pages - done : step;
		status_t status = kernel_invoke_memory(range->slot, MEMORY_FRAMES,
						       WORDS(done, count));

		if (status != STATUS_OK)
			return status;
		for (uint64_t i = 0; i < count; i++) {
			if (page->words[MESSAGE_REGISTERS + i] == (uint64_t)FRAME_RAW << 28)
				frames_give(frames, range->base + done + i, 1);
		}
	}
	return STATUS_OK;
}

static status_t frames_find(void)
{
	struct frames *frames = &state.frames;
	status_t status = STATUS_OK;

	for (unsigned i = 0; i < SERVICE_RESOURCES && status == STATUS_OK; i++) {
		const struct resource *memory = &state.info->resource[i];
		uint64_t pages = memory->bytes / PAGE;
		uint64_t *bitmap;

		if (memory->kind != RESOURCE_MEMORY || frames->ranges == FRAME_RANGES)
			continue;
		bitmap = arena_allocate(FRAMES_BITMAP_BYTES(pages), 8);
		if (!bitmap)
			return STATUS_NO_MEMORY;
		memset(bitmap, 0, FRAMES_BITMAP_BYTES(pages));
		frames_add(frames, memory->value / PAGE, pages, memory->slot, bitmap);
		status = range_scan(frames, frames->ranges - 1);
	}
	return status;
}

/* What follows from the records. */
static void table_restore(void)
{
	struct table *table = state.table;

	region_pool_start(&state.regions, table->region, REGION_MAX);
	table->end = INIT_INDEX;
	for (unsigned i = INIT_INDEX; i < PROCESS_MAX; i++) {
		if (table->process[i].state == PROCESS_FREE)
			continue;
		table->end = i + 1;
		region_pool_keep(&state.regions, table->process[i].regions);
		region_pool_keep(&state.regions, table->process[i].private_regions);
	}
	region_pool_sweep(&state.regions);
	table->further_threads = 0;
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		state.dead_threads += table->thread[i].frame && !table->thread[i].process;
		table->further_threads += table->thread[i].process && table->thread[i].number;
	}
	queue_start(table);
}

static status_t start(uint32_t generation)
{
	uint64_t bytes;
	status_t status;

	(void)generation;
	state.info = service_info();
	state.table = stable_memory(&bytes);
	state.image = service_resource(RESOURCE_IMAGE, "posix");
	state.clock = service_resource(RESOURCE_CLOCK, "clock");
	if (bytes < sizeof(*state.table) || !state.image || !state.clock ||
	    state.info->slot_count < SLOTS_FIXED + SLOTS_OTHER) {
		log_line("stable memory, slots or the personality's image missing");
		return STATUS_BAD_STATE;
	}
	state.header = (const struct posix_header *)state.image->address;
	if (state.header->magic != POSIX_MAGIC) {
		log_line("this is no personality");
		return STATUS_BAD_STATE;
	}
	for (uint32_t i = 0; i < SLOTS_FIXED; i++)
		slot_keep(state.info->slot_count - SLOTS_FIXED + i);
	services_find();
	table_restore();
	status = frames_find();
	if (status != STATUS_OK)
		return status;
	frames_claim();
	windows_check();
	status = thread_windows_map();
	if (status == STATUS_OK)
		status = shared_start();
	if (status == STATUS_OK)
		restart_finish();
	if (status == STATUS_OK && !process_lives(process_at(INIT_INDEX)))
		status = first_process_start();
	steer_start();
	timers_arm();
	return status;
}

SERVER_TABLE(process, PROCESS_INTERFACE)

const struct service service = {
	.name = "process",
	.operations = process_operations,
	.operation_count = process_operation_count,
	.start = start,
	.timeout = timers_expire,
	.fault = on_fault,
};
