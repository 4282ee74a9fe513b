/* SPDX-License-Identifier: MIT */
/*
 * New processes. A child is built at its reservation, so that servers can be told of it; fork then
 * gives it memory and lets it run. It exists for others from the store of its state on.
 */
#include "servers/process/state.h"

#include "libipc/string.h"
#include "libipc/time.h"

/* ---- reservation ---- */

/* Empty but for what a child has from its parent; 0: no room. */
static unsigned record_take(unsigned parent_index)
{
	const struct process *parent = process_at(parent_index);
	unsigned index = table_free_index(state.table);
	uint32_t pid = index ? table_free_pid(state.table) : 0;
	struct process *process = process_at(index);

	if (!pid)
		return 0;
	memset(process, 0, sizeof(*process));
	process->pid = pid;
	process->parent = (uint16_t)parent_index;
	process->memory = (uint16_t)index;
	process->credentials = parent->credentials;
	process->state = PROCESS_RESERVED;
	return index;
}

static status_t process_build(unsigned index)
{
	unsigned thread;
	status_t status = space_build(index);

	if (status == STATUS_OK)
		status = thread_build(index, 0, &thread);
	return status;
}

bool may_have_another(const struct process *process)
{
	uint64_t limit = process->limit[LIMIT_PROCESSES].soft;
	const struct process_credentials *of = &process->credentials;

	if (!of->user.real || process_can(process, CAPABILITY_SYS_RESOURCE) ||
	    process_can(process, CAPABILITY_SYS_ADMIN))
		return true;
	return !table_is_short(state.table) && (limit == PROCESS_LIMIT_NONE ||
	       table_count_user(state.table, of->user.real) < limit);
}

/* A thread has one at a time: what is still there was made for an answer that never came. */
static void reservation_drop(unsigned parent, unsigned thread)
{
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (process_at(i)->state == PROCESS_RESERVED && process_at(i)->parent == parent &&
		    process_at(i)->maker == thread)
			process_free(i);
	}
}

status_t on_fork_reserve(struct call *call, const struct process_fork_reserve_request *request,
			 struct process_fork_reserve_reply *reply)
{
	unsigned parent = caller_index(call), index;

	(void)request;
	if (!may_have_another(process_at(parent)))
		return STATUS_ERRNO(E_AGAIN);
	reservation_drop(parent, caller_thread(call));
	while ((index = record_take(parent)) && process_build(index) != STATUS_OK) {
		process_free(index);
		if (!shortage_relieve(parent))
			return STATUS_ERRNO(E_NOMEM);
	}
	if (!index)
		return STATUS_ERRNO(E_AGAIN);
	process_at(index)->maker = (uint16_t)caller_thread(call);
	reply->child = index;
	reply->pid = process_at(index)->pid;
	return STATUS_OK;
}

/* The reservation of the caller's under that index, or 0. */
static unsigned reserved_index(const struct call *call, uint64_t child)
{
	if (child >= PROCESS_MAX || process_at((unsigned)child)->state != PROCESS_RESERVED ||
	    process_at((unsigned)child)->parent != caller_index(call))
		return 0;
	return (unsigned)child;
}

status_t on_fork_cancel(struct call *call, const struct process_fork_cancel_request *request,
			struct process_fork_cancel_reply *reply)
{
	unsigned index = reserved_index(call, request->child);

	(void)reply;
	if (index)
		process_free(index);
	return STATUS_OK;
}

/* ---- memory of a child ---- */

/* The parent's private pages, as they are now that it waits. */
static status_t private_copy(unsigned index, unsigned parent)
{
	struct process *child = process_at(index);
	status_t status = STATUS_OK;

	if (child->private_regions)
		pages_unmap(index, PERSONALITY_PRIVATE,
			    (MESSAGE_PAGES - PERSONALITY_PRIVATE) / PAGE);
	region_release(&state.regions, &child->private_regions);
	if (!region_copy(&state.regions, process_at(parent)->private_regions,
			 &child->private_regions))
		return STATUS_NO_MEMORY;
	for (uint32_t i = child->private_regions; i && status == STATUS_OK; ) {
		const struct region *region = &state.regions.region[i];

		status = pages_copy(index, parent, region->start,
				    (region->end - region->start) / PAGE);
		i = region->next;
	}
	return status;
}

/* How a region's pages come to a child: those of one with a mark do not. */
#define FORK_MARKS (PROCESS_MAP_DONT_FORK | PROCESS_MAP_WIPE_ON_FORK)
#define FORK_KINDS (PROCESS_MAP_SHARED | FORK_MARKS)

/* The last of the regions, holes between them or not, that are shared in the same way. */
static const struct region *stretch_last(const struct region *first)
{
	const struct region *last = first;

	while (last->next) {
		const struct region *next = &state.regions.region[last->next];

		if ((next->flags ^ first->flags) & FORK_KINDS)
			break;
		last = next;
	}
	return last;
}

/*
 * Copy on write, but for shared regions. One kernel call a stretch: holes cost next to nothing.
 * Borrowers of the memory lose their mappings, with the right to write that came with them.
 */
status_t program_copy(unsigned index, unsigned owner)
{
	struct process *child = process_at(index);
	status_t status = STATUS_OK;

	/* Of an attempt that a predecessor did not live to end. */
	if (child->regions)
		pages_unmap(index, PROGRAM_START, PROGRAM_PAGES);
	region_release(&state.regions, &child->regions);
	state.running[index].place_bytes = 0;
	if (!region_copy(&state.regions, process_at(owner)->regions, &child->regions))
		return STATUS_NO_MEMORY;
	borrowed_pages_drop(owner, PROGRAM_START, PROGRAM_PAGES);
	for (uint32_t i = process_at(owner)->regions; i && status == STATUS_OK; ) {
		const struct region *first = &state.regions.region[i];
		const struct region *last = stretch_last(first);

		if (!(first->flags & FORK_MARKS))
			status = pages_share(index, owner, first->start,
				(last->end - first->start) / PAGE,
				first->flags & PROCESS_MAP_SHARED ? 0 : SHARE_COPY_ON_WRITE);
		i = last->next;
	}
	return status;
}

/* ---- fork ---- */

/* What fork passes on that is neither memory nor identity of its own. */
static void record_inherit(struct process *child, const struct process *parent)
{
	child->group = parent->group;
	child->session = parent->session;
	child->credentials = parent->credentials;
	child->capabilities = parent->capabilities;
	child->badness = parent->badness;
	child->group_count = parent->group_count;
	memcpy(child->groups, parent->groups, sizeof(child->groups));
	memcpy(child->limit, parent->limit, sizeof(child->limit));
	memcpy(child->name, parent->name, sizeof(child->name));
	memcpy(child->command, parent->command, sizeof(child->command));
	child->command_bytes = parent->command_bytes;
	child->arguments = parent->arguments;
	child->arguments_bytes = parent->arguments_bytes;
	child->start_ns = time_now_ns();
	child->attribute[PROCESS_NOT_DUMPABLE] = parent->attribute[PROCESS_NOT_DUMPABLE];
	child->attribute[PROCESS_NO_NEW_PRIVILEGES] = parent->attribute[PROCESS_NO_NEW_PRIVILEGES];
}

void page_masks_copy(volatile struct process_page *page, unsigned from)
{
	if (!from)
		return;
	page->signals_blocked = thread_page(from)->signals_blocked;
	page->signals_ignored = thread_page(from)->signals_ignored;
	page->flags = thread_page(from)->flags;
}

/* The parent's thread: the one that forks. */
static void page_inherit(unsigned index, const struct call *call)
{
	volatile struct process_page *page = thread_page(process_at(index)->first_thread);

	page_masks_copy(page, caller_thread(call));
	process_page_update(index);
}

static status_t child_run(const struct process *child, const struct process_fork_request *request)
{
	return thread_run(child->first_thread, &(struct thread_begin){
		request->rip, request->rsp, request->argument, request->fs_base,
		request->gs_base });
}

static status_t child_start(struct call *call, const struct process_fork_request *request)
{
	unsigned parent = caller_index(call), index = request->child;
	struct process *child = process_at(index);
	status_t status = private_copy(index, parent);

	if (status == STATUS_OK && request->flags & PROCESS_FORK_VFORK)
		child->memory = process_at(parent)->memory;
	else if (status == STATUS_OK)
		status = program_copy(index, process_at(parent)->memory);
	if (status != STATUS_OK)
		return status;
	record_inherit(child, process_at(parent));
	child->exit_signal = (uint32_t)request->exit_signal;
	if (request->flags & PROCESS_FORK_PARENT && parent != INIT_INDEX) {
		child->parent = process_at(parent)->parent;
		child->exit_signal = process_at(parent)->exit_signal;
	}
	page_inherit(index, call);
	schedule_inherit(child->first_thread, caller_thread(call));
	child->state = PROCESS_RUNNING;
	state.table->forks++;
	return child_run(child, request);
}

/* Until a vforked child has memory of its own. Signals wait so long, the parent's death does not. */
static void child_await(struct call *call, unsigned index, uint32_t pid)
{
	unsigned parent = caller_index(call);

	while (process_at(index)->pid == pid && process_lives(process_at(index)) &&
	       process_at(index)->memory != index && process_lives(process_at(parent))) {
		if (event_wait(&state.running[index].memory, call) != STATUS_OK && call->orphan)
			return;
		call->cancelled = 0;
	}
}

/* The child lives already: the answer to an earlier attempt was lost with a predecessor. */
static unsigned child_begun(const struct call *call, const struct process_fork_request *request)
{
	const struct process *child = request->child < PROCESS_MAX ?
		process_at(request->child) : 0;

	if (!state.info->generation || !child || !process_lives(child) ||
	    child->pid != request->pid || child->maker != caller_thread(call))
		return 0;
	return request->child;
}

status_t on_fork(struct call *call, const struct process_fork_request *request,
		 struct process_fork_reply *reply)
{
	unsigned index = reserved_index(call, request->child);
	uint32_t pid = (uint32_t)request->pid;

	if (request->exit_signal > SIGNALS)
		return STATUS_ERRNO(E_INVAL);
	if (!index && !(index = child_begun(call, request)))
		return STATUS_ERRNO(E_INVAL);
	if (process_lives(process_at(index))) {
		if (thread_is_stopped(process_at(index)->first_thread))
			(void)!child_run(process_at(index), request);
	} else if (child_start(call, request) != STATUS_OK) {
		process_free(index);
		return STATUS_ERRNO(E_NOMEM);
	}
	if (request->flags & PROCESS_FORK_VFORK && !(request->flags & PROCESS_FORK_GO_ON))
		child_await(call, index, pid);
	reply->pid = pid;
	return STATUS_OK;
}

status_t on_fork_await(struct call *call, const struct process_fork_await_request *request,
		       struct process_fork_await_reply *reply)
{
	(void)reply;
	if (request->child < PROCESS_MAX)
		child_await(call, request->child, request->pid);
	return STATUS_OK;
}

/* ---- the first process ---- */

/* Those that Linux begins with, as far as the tables here go. */
static const struct { unsigned number; uint64_t soft, hard; } limits[] = {
	{ LIMIT_STACK, 8 << 20, PROCESS_LIMIT_NONE },
	{ LIMIT_CORE, 0, PROCESS_LIMIT_NONE },
	{ LIMIT_PROCESSES, PROCESS_MAX - 32, PROCESS_MAX - 32 },
	{ LIMIT_FILES, 1024, 4096 },
	{ LIMIT_LOCKED, 8 << 20, 8 << 20 },
	{ LIMIT_SIGNALS, QUEUE_MAX / 4, QUEUE_MAX / 4 },
	{ LIMIT_MESSAGES, 819200, 819200 },
	{ LIMIT_NICE, 0, 0 },
	{ LIMIT_PRIORITY, 0, 0 },
};

static void limits_set(struct process *process)
{
	for (unsigned i = 0; i < PROCESS_LIMITS; i++)
		process->limit[i].soft = process->limit[i].hard = PROCESS_LIMIT_NONE;
	for (unsigned i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		process->limit[limits[i].number].soft = limits[i].soft;
		process->limit[limits[i].number].hard = limits[i].hard;
	}
}

status_t first_process_start(void)
{
	unsigned index = INIT_INDEX;
	struct process *process = process_at(index);
	uint64_t bytes = (state.header->private_bytes + PAGE_MASK) & ~PAGE_MASK;
	struct region private = { .protection = PROCESS_READ | PROCESS_WRITE };
	status_t status;

	/* What an attempt that died left behind. */
	process_free(INIT_INDEX);
	state.table->last_index = 0;
	if (record_take(0) != INIT_INDEX)
		return STATUS_BAD_STATE;
	status = process_build(index);
	if (status == STATUS_OK &&
	    !region_set(&state.regions, &process->private_regions, PERSONALITY_PRIVATE,
			PERSONALITY_PRIVATE + bytes, &private))
		status = STATUS_NO_MEMORY;
	if (status == STATUS_OK)
		status = pages_fill(index, PERSONALITY_PRIVATE, bytes / PAGE, private.protection);
	if (status != STATUS_OK)
		return status;
	limits_set(process);
	capabilities_start(&process->capabilities);
	string_copy(state.table->host[PROCESS_HOST], PROCESS_HOST_BYTES, "bulkhead");
	string_copy(state.table->host[PROCESS_DOMAIN], PROCESS_HOST_BYTES, "(none)");
	process->group = process->session = process->pid;
	process->start_ns = time_now_ns();
	string_copy(process->name, sizeof(process->name), "init");
	process_page_update(index);
	process->state = PROCESS_RUNNING;
	return thread_run(process->first_thread, &(struct thread_begin){
		.rip = state.header->boot, .rsp = PERSONALITY_PRIVATE + bytes,
		.argument = PERSONALITY_PRIVATE });
}
