/* SPDX-License-Identifier: MIT */
/* How processes end, and how their parents learn of it. */
#include "servers/process/state.h"

#include "libipc/log.h"
#include "libipc/proto/supervisor.h"
#include "libipc/string.h"
#include "servers/process/restart.h"

/* ---- what a process is made of goes ---- */

static void objects_tear_down(unsigned index)
{
	struct process *process = process_at(index);

	for (unsigned i = process->first_thread; i; i = thread_at(i)->next)
		thread_end(i);
	space_tear_down(index);
	for (unsigned i = process->first_thread, next; i; i = next) {
		next = thread_at(i)->next;
		queue_drop(state.table, &thread_at(i)->queue, ~0ull);
		thread_release(i);
	}
	process->first_thread = 0;
	queue_drop(state.table, &process->queue, ~0ull);
	timers_forget(index);
	region_release(&state.regions, &process->private_regions);
	region_release(&state.regions, &process->regions);
}

/* It has no use for its parent's memory any more, if it had it; the parent's fork goes on. */
void memory_give_back(unsigned index)
{
	process_at(index)->memory = (uint16_t)index;
	event_signal(&state.running[index].memory);
}

void process_free(unsigned index)
{
	objects_tear_down(index);
	memory_give_back(index);
	table_free(state.table, index);
}

/* Vforked children that still use the memory of one who ends get copies of it. */
void memory_hand_on(unsigned owner)
{
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (i == owner || process_at(i)->memory != owner || !process_lives(process_at(i)))
			continue;
		if (program_copy(i, owner) != STATUS_OK)
			process_end(i, SIGNAL_KILL);
		memory_give_back(i);
	}
}

/* ---- relatives ---- */

/* A group that nobody can continue any more does not stay stopped. */
static void group_release(uint32_t group, unsigned leaving)
{
	if (!group_is_orphaned(state.table, group, leaving) ||
	    !group_has_stopped(state.table, group))
		return;
	signal_group(group, SIGNAL_HUP);
	signal_group(group, SIGNAL_CONT);
}

static bool parent_takes_zombies(unsigned parent)
{
	unsigned thread = process_at(parent)->first_thread;

	return thread && !(thread_page(thread)->flags & PROCESS_PAGE_NO_ZOMBIES);
}

/* The parent hears of a zombie, or does not want to. */
static void zombie_announce(unsigned index)
{
	struct process *process = process_at(index);
	uint32_t status = process->status;
	int32_t code = !(status & 0x7f) ? CODE_EXITED : status & 0x80 ? CODE_DUMPED : CODE_KILLED;
	unsigned parent = process->parent;

	signal_parent(index, code, status & 0x7f ? status & 0x7f : status >> 8);
	if (!parent_takes_zombies(parent))
		process_free(index);
}

/* The nearest ancestor that wants to be the parent of orphans; init else. */
static unsigned reaper_of(unsigned index)
{
	unsigned parent = process_at(index)->parent;

	while (parent && parent != INIT_INDEX &&
	       !(process_lives(process_at(parent)) &&
		 process_at(parent)->attribute[PROCESS_SUBREAPER]))
		parent = process_at(parent)->parent;
	return parent ? parent : INIT_INDEX;
}

static void parent_died(unsigned child)
{
	struct process_signal signal = {
		.number = process_at(child)->attribute[PROCESS_PARENT_DEATH], .code = CODE_KERNEL };

	if (signal.number)
		(void)!signal_post(child, 0, &signal);
}

static void children_leave(unsigned index)
{
	const struct process *process = process_at(index);
	unsigned reaper = reaper_of(index);

	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		struct process *child = process_at(i);

		if (child->parent != index || child->state == PROCESS_FREE)
			continue;
		if (child->state == PROCESS_RESERVED) {
			process_free(i);
			continue;
		}
		child->parent = (uint16_t)reaper;
		child->exit_signal = SIGNAL_CHLD;
		if (child->group != process->group && child->session == process->session)
			group_release(child->group, 0);
		if (child->state == PROCESS_ZOMBIE) {
			zombie_announce(i);
			continue;
		}
		process_page_update(i);
		parent_died(i);
	}
}

/* ---- the end ---- */

/* Without the first process there is no system. Its personality asks for this itself as a rule. */
static void init_ended(uint32_t status)
{
	struct session supervisor = service_session("supervisor");

	log_line("the first process ended with status %x", status);
	(void)!supervisor_power_off(&supervisor, &(struct supervisor_power_off_request){
		status & 0x7f ? 128 + (status & 0x7f) : status >> 8 },
		&(struct supervisor_power_off_reply){ }, 0);
}

void process_end(unsigned index, uint32_t status)
{
	struct process *process = process_at(index);

	if (!process_lives(process))
		return;
	for (unsigned i = process->first_thread; i; i = thread_at(i)->next)
		process->usage.cpu_ns += thread_cpu_ns(i);
	process->status = status;
	process->flags |= FLAG_ENDING;
	process_finish(index);
}

/* ---- who is told of ends, besides the parent ---- */

status_t on_watch_ends(struct call *call, const struct process_watch_ends_request *request,
		       struct process_watch_ends_reply *reply)
{
	unsigned thread = caller_thread(call);

	(void)request;
	(void)reply;
	if (!thread || thread_notify(thread, 0) != STATUS_OK)
		return STATUS_ERRNO(E_NOMEM);
	thread_at(thread)->watches_ends = 1;
	state.table->ends_watched = 1;
	return STATUS_OK;
}

static void ends_tell(void)
{
	if (!state.table->ends_watched)
		return;
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (!thread_at(i)->process || !thread_at(i)->watches_ends)
			continue;
		(void)!thread_notify(i, PROCESS_END_BIT);
		thread_at(i)->watches_ends = 0;
	}
	state.table->ends_watched = 0;
}

/* From wherever its end had come to: nobody asks for it again. */
void process_finish(unsigned index)
{
	struct process *process = process_at(index);
	const struct process *parent = process_at(process->parent);

	memory_hand_on(index);
	objects_tear_down(index);
	memory_give_back(index);
	memset(process->alarm, 0, sizeof(process->alarm));
	process->pending = 0;
	process->report = REPORT_NONE;
	process->state = PROCESS_ZOMBIE;
	ends_tell();
	if (index == INIT_INDEX) {
		init_ended(process->status);
		return;
	}
	children_leave(index);
	if (parent->group != process->group && parent->session == process->session)
		group_release(process->group, index);
	process->flags &= (uint16_t)~FLAG_ENDING;
	zombie_announce(index);
}

status_t on_exit(struct call *call, const struct process_exit_request *request,
		 struct process_exit_reply *reply)
{
	(void)reply;
	process_end(caller_index(call), (uint32_t)request->status & 0xffff);
	return STATUS_OK;
}

/* ---- wait ---- */

static void usage_add(struct process_usage *sum, const struct process_usage *usage)
{
	sum->cpu_ns += usage->cpu_ns;
	sum->faults += usage->faults;
	if (usage->peak_pages > sum->peak_pages)
		sum->peak_pages = usage->peak_pages;
}

static void child_report(struct call *call, unsigned index, bool keep,
			 struct process_wait_reply *reply)
{
	struct process *child = process_at(index);

	*reply = (struct process_wait_reply){
		.pid = (int32_t)child->pid, .status = wait_status(child),
		.user = child->credentials.user.real, .usage = child->usage,
	};
	usage_add(&reply->usage, &child->children);
	if (keep)
		return;
	intent_begin(call, INTENT_REAP, index, 0, 0);
	intent_publish(call, reply, sizeof(*reply) / 8);
}

void child_reap(unsigned index)
{
	struct process *child = process_at(index), *parent = process_at(child->parent);

	child->report = REPORT_NONE;
	if (child->state != PROCESS_ZOMBIE)
		return;
	usage_add(&parent->children, &child->usage);
	usage_add(&parent->children, &child->children);
	process_free(index);
}

status_t on_wait(struct call *call, const struct process_wait_request *request,
		 struct process_wait_reply *reply)
{
	unsigned index = caller_index(call);
	status_t status = STATUS_OK;

	while (status == STATUS_OK) {
		int child = wait_select(state.table, index, request->pid, request->options);

		if (child < 0)
			return STATUS_ERRNO(E_CHILD);
		if (child > 0) {
			child_report(call, (unsigned)child,
				     request->options & PROCESS_WAIT_KEEP, reply);
			return STATUS_OK;
		}
		if (request->options & PROCESS_WAIT_NOHANG) {
			*reply = (struct process_wait_reply){ .pid = 0 };
			return STATUS_OK;
		}
		status = event_wait(&state.running[index].children, call);
	}
	return status;
}
