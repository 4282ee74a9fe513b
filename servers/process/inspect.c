/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells of others. Nobody waits for the one who is looked at: whatever it does, its
 * memory is read where it is.
 */
#include "servers/process/space.h"
#include "servers/process/state.h"

#include "libipc/string.h"

/* Pages of the program: not the personality's, nor the clock's. */
static uint64_t resident_pages(unsigned index)
{
	const struct process *process = process_at(index);
	uint64_t all = page_query(index, PROGRAM_START).all;
	uint64_t own = 1 + (state.header->text_bytes + PAGE_MASK) / PAGE +
		region_bytes(&state.regions, process->private_regions, 0, ~0ull, REGION_ALL) /
		PAGE;

	for (unsigned i = process->first_thread; i; i = thread_at(i)->next)
		own++;
	return all > own ? all - own : 0;
}

/* The first one, if the number is that of a process whose first thread is gone. */
static unsigned thread_meant(uint32_t id, unsigned index)
{
	unsigned thread = table_find_thread(state.table, id);

	return thread && thread_at(thread)->process == index ? thread :
	       process_at(index)->first_thread;
}

static void describe_thread(unsigned thread, struct process_details_reply *reply)
{
	const volatile struct process_page *page = thread_page(thread);

	reply->tid = thread_at(thread)->tid;
	if (reply->tid != reply->pid)
		memcpy(reply->name, thread_at(thread)->name, PROCESS_NAME_BYTES);
	reply->cpu_ns = thread_cpu_ns(thread);
	reply->asleep = thread_sleeps(thread);
	reply->signals_pending = thread_at(thread)->pending;
	reply->signals_blocked = page->signals_blocked;
	reply->signals_ignored = page->signals_ignored;
}

status_t on_details(struct call *call, const struct process_details_request *request,
		    struct process_details_reply *reply)
{
	unsigned index = table_find_any(state.table, (uint32_t)request->id), thread;
	const struct process *process = process_at(index);

	if (!index)
		return STATUS_ERRNO(E_SRCH);
	*reply = (struct process_details_reply){
		.client = index, .pid = process->pid, .tid = process->pid,
		.signals_shared = process->pending, .arguments = process->arguments,
		.arguments_bytes = process->arguments_bytes, .count = process->group_count,
		.no_new_privileges = process->attribute[PROCESS_NO_NEW_PRIVILEGES],
		.may_inspect = may_inspect(process_at(caller_index(call)), process),
	};
	memcpy(reply->name, process->name, PROCESS_NAME_BYTES);
	memcpy(reply->groups, process->groups, sizeof(reply->groups));
	for (thread = process->first_thread; thread; thread = thread_at(thread)->next)
		reply->threads++;
	thread = thread_meant((uint32_t)request->id, index);
	if (thread)
		describe_thread(thread, reply);
	if (process_lives(process))
		reply->resident_pages = resident_pages(index);
	return STATUS_OK;
}

status_t on_thread(struct call *call, const struct process_thread_request *request,
		   struct process_thread_reply *reply)
{
	unsigned index = table_find(state.table, request->pid);

	(void)call;
	if (!index)
		return STATUS_ERRNO(E_SRCH);
	reply->tid = 0;
	for (unsigned i = process_at(index)->first_thread; i; i = thread_at(i)->next) {
		uint32_t tid = thread_at(i)->tid;

		if (tid >= request->tid && (!reply->tid || tid < reply->tid))
			reply->tid = tid;
	}
	return reply->tid ? STATUS_OK : STATUS_ERRNO(E_NOENT);
}

/* Of that page, to window 0 at `done`. What was never touched of anonymous memory is zero. */
static status_t look_page(struct call *call, unsigned index, uint64_t address, uint64_t bytes,
			  uint64_t done)
{
	static const uint8_t zeros[PAGE];
	uint32_t own = state.info->self_space_slot;
	uint64_t window = service_address(LOOK_WINDOW), mapped;
	struct page page = page_query(index, address);
	const struct region *region;
	status_t status;

	if (!page.frame) {
		region = region_find(&state.regions, process_at(index)->regions, address);
		if (!region || region->start > address || region->flags & PROCESS_MAP_FILE)
			return STATUS_ERRNO(E_FAULT);
		return call_copy_out(call, 0, done, zeros, bytes);
	}
	if (!frames_range(&state.frames, page.frame))
		return STATUS_ERRNO(E_FAULT);
	status = frames_place(own, window, page.frame, 1, 0, 0, &mapped);
	if (status != STATUS_OK)
		return STATUS_ERRNO(E_NOMEM);
	status = call_copy_out(call, 0, done, (void *)(window + (address & PAGE_MASK)), bytes);
	space_drop(own, window, 1);
	return status;
}

/* The program's memory may be its parent's still, the personality's is its own. */
static unsigned owner_at(unsigned index, uint64_t address)
{
	return address < PROGRAM_END ? process_at(index)->memory : index;
}

static bool may_look(unsigned by, unsigned index, uint64_t address, uint64_t bytes)
{
	const struct process *process = process_at(index);
	uint64_t offset = address - process->arguments;

	return (offset < process->arguments_bytes && bytes <= process->arguments_bytes - offset) ||
	       may_inspect(process_at(by), process);
}

status_t on_look(struct call *call, const struct process_look_request *request,
		 struct process_look_reply *reply)
{
	unsigned index = request->client < PROCESS_MAX ? (unsigned)request->client : 0;
	uint64_t left = request->bytes < PAGE ? request->bytes : PAGE, address = request->address;
	status_t status = STATUS_OK;

	reply->bytes = 0;
	if (!index || !process_lives(process_at(index)))
		return STATUS_ERRNO(E_SRCH);
	if (address < PROGRAM_START || address >= MESSAGE_PAGES || left > MESSAGE_PAGES - address)
		return STATUS_ERRNO(E_FAULT);
	if (!may_look(caller_index(call), index, address, left))
		return STATUS_ERRNO(E_ACCES);
	while (left && status == STATUS_OK) {
		uint64_t step = PAGE - (address & PAGE_MASK);

		step = step < left ? step : left;
		status = look_page(call, owner_at(index, address), address, step, reply->bytes);
		if (status == STATUS_OK)
			reply->bytes += step;
		address += step;
		left -= step;
	}
	return reply->bytes && status == STATUS_ERRNO(E_FAULT) ? STATUS_OK : status;
}

status_t on_inspects(struct call *call, const struct process_inspects_request *request,
		     struct process_inspects_reply *reply)
{
	(void)call;
	if (request->client >= PROCESS_MAX || request->other >= PROCESS_MAX ||
	    !process_lives(process_at((unsigned)request->other)))
		return STATUS_ERRNO(E_SRCH);
	reply->yes = may_inspect(process_at((unsigned)request->client),
				      process_at((unsigned)request->other));
	return STATUS_OK;
}

/* ---- the machine's names; the log ---- */

status_t on_host(struct call *call, const struct process_host_request *request,
		 struct process_host_reply *reply)
{
	char *name = state.table->host[request->which < PROCESS_HOST_NAMES ? request->which : 0];

	if (request->which >= PROCESS_HOST_NAMES)
		return STATUS_ERRNO(E_INVAL);
	if (request->set && !process_can(process_at(caller_index(call)), CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	if (request->set)
		memcpy(name, request->name, PROCESS_HOST_BYTES);
	name[PROCESS_HOST_BYTES - 1] = 0;
	memcpy(reply->name, name, PROCESS_HOST_BYTES);
	return STATUS_OK;
}

status_t on_log_mark(struct call *call, const struct process_log_mark_request *request,
		     struct process_log_mark_reply *reply)
{
	const struct process *process = process_at(caller_index(call));
	uint64_t *mark = &state.table->log_mark[request->which < PROCESS_LOG_MARKS ?
						request->which : 0];

	if (request->which >= PROCESS_LOG_MARKS)
		return STATUS_ERRNO(E_INVAL);
	if (request->set && !process_can(process, CAPABILITY_SYSLOG) &&
	    !process_can(process, CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	if (request->set)
		*mark = request->position;
	reply->position = *mark;
	return STATUS_OK;
}
