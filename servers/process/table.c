/* SPDX-License-Identifier: MIT */
/* Who is who, and who may what. Pure: no kernel calls; see tests/unit/process_table.c. */
#include "servers/process/process.h"

/*
 * Indices are given in turn, so that servers have time to forget who had one before; but out of a
 * window that is twice as large as needed, so that walks over the table are short.
 */
static unsigned table_window(const struct table *table)
{
	unsigned used = 0, window = 32;

	for (unsigned i = INIT_INDEX; i < table->end; i++)
		used += table->process[i].state != PROCESS_FREE;
	while (window < 2 * used && window < PROCESS_MAX)
		window *= 2;
	return window < PROCESS_MAX ? window : PROCESS_MAX;
}

unsigned table_free_index(struct table *table)
{
	unsigned window = table_window(table), index = table->last_index;

	for (unsigned n = INIT_INDEX; n < window; n++) {
		index = index + 1 < window ? index + 1 : INIT_INDEX;
		if (table->process[index].state != PROCESS_FREE)
			continue;
		table->last_index = index;
		if (table->end <= index)
			table->end = index + 1;
		return index;
	}
	return 0;
}

void table_free(struct table *table, unsigned index)
{
	table->process[index].state = PROCESS_FREE;
	while (table->end > INIT_INDEX && table->process[table->end - 1].state == PROCESS_FREE)
		table->end--;
}

/* A number that is still a group or a session is not given as a pid. */
static bool pid_in_use(const struct table *table, uint32_t pid)
{
	for (unsigned i = INIT_INDEX; i < table->end; i++) {
		const struct process *process = &table->process[i];

		if (process->state != PROCESS_FREE &&
		    (process->pid == pid || process->group == pid || process->session == pid))
			return true;
	}
	return table->further_threads && table_find_thread(table, pid);
}

unsigned table_find_thread(const struct table *table, uint32_t tid)
{
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (table->thread[i].process && table->thread[i].tid == tid)
			return i;
	}
	return 0;
}

uint32_t table_free_pid(struct table *table)
{
	uint32_t pid = table->next_pid;

	do {
		if (pid == 0 || pid >= PID_LIMIT)
			pid = 1;
		if (!pid_in_use(table, pid)) {
			table->next_pid = pid + 1;
			return pid;
		}
	} while (++pid != table->next_pid);
	return 0;
}

unsigned table_free_thread(const struct table *table)
{
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (!table->thread[i].frame)
			return i;
	}
	return 0;
}

unsigned table_find(const struct table *table, uint32_t pid)
{
	for (unsigned i = INIT_INDEX; i < table->end; i++) {
		if (table->process[i].pid == pid && process_exists(&table->process[i]))
			return i;
	}
	return 0;
}

unsigned table_find_any(const struct table *table, uint32_t id)
{
	unsigned index = table_find(table, id);

	return index ? index : table->thread[table_find_thread(table, id)].process;
}

unsigned table_count_user(const struct table *table, uint32_t user)
{
	unsigned count = 0;

	for (unsigned i = INIT_INDEX; i < table->end; i++)
		count += table->process[i].state != PROCESS_FREE &&
			 table->process[i].credentials.user.real == user;
	for (unsigned i = 1; table->further_threads && i < THREAD_MAX; i++)
		count += table->thread[i].process && table->thread[i].number &&
			 table->process[table->thread[i].process].credentials.user.real == user;
	return count;
}

bool table_is_short(const struct table *table)
{
	unsigned processes = 0;

	for (unsigned i = INIT_INDEX; i < table->end; i++)
		processes += table->process[i].state != PROCESS_FREE;
	return processes + KEPT_FOR_ROOT >= PROCESS_MAX ||
	       processes + table->further_threads + 2 * KEPT_FOR_ROOT >= THREAD_MAX;
}

unsigned table_count_queued(const struct table *table, uint32_t user)
{
	unsigned count = 0;

	for (unsigned i = INIT_INDEX; i < table->end; i++) {
		const struct process *process = &table->process[i];

		if (!process_lives(process) || process->credentials.user.real != user)
			continue;
		count += queue_length(table, process->queue);
		for (unsigned t = process->first_thread; t; t = table->thread[t].next)
			count += queue_length(table, table->thread[t].queue);
	}
	return count;
}

bool group_is_orphaned(const struct table *table, uint32_t group, unsigned leaving)
{
	for (unsigned i = INIT_INDEX; i < table->end; i++) {
		const struct process *member = &table->process[i];
		const struct process *parent = &table->process[member->parent];

		if (member->group != group || i == leaving || !process_lives(member) ||
		    member->parent == INIT_INDEX)
			continue;
		if (parent->group != group && parent->session == member->session)
			return false;
	}
	return true;
}

bool group_has_stopped(const struct table *table, uint32_t group)
{
	for (unsigned i = INIT_INDEX; i < table->end; i++) {
		if (table->process[i].state == PROCESS_STOPPED && table->process[i].group == group)
			return true;
	}
	return false;
}

bool group_in_session(const struct table *table, uint32_t group, uint32_t session)
{
	for (unsigned i = INIT_INDEX; i < table->end; i++) {
		const struct process *process = &table->process[i];

		if (process_exists(process) && process->group == group &&
		    process->session == session)
			return true;
	}
	return false;
}

bool signal_allowed(const struct process *sender, const struct process *target, uint32_t signal)
{
	uint32_t real = sender->credentials.user.real;
	uint32_t effective = sender->credentials.user.effective;
	const struct process_ids *ids = &target->credentials.user;

	if (process_can(sender, CAPABILITY_KILL) ||
	    (signal == SIGNAL_CONT && sender->session == target->session))
		return true;
	return real == ids->real || real == ids->saved ||
	       effective == ids->real || effective == ids->saved;
}

bool signal_selects(const struct table *table, unsigned sender, int32_t pid, unsigned target)
{
	const struct process *process = &table->process[target];

	if (!process_exists(process))
		return false;
	if (pid > 0)
		return process->pid == (uint32_t)pid;
	if (pid == 0)
		return process->group == table->process[sender].group;
	if (pid == -1)
		return target != INIT_INDEX && target != sender;
	return process->group == -(uint32_t)pid;
}

static bool wait_matches(const struct process *parent, const struct process *child, int32_t pid)
{
	if (pid > 0)
		return child->pid == (uint32_t)pid;
	if (pid == 0)
		return child->group == parent->group;
	return pid == -1 || child->group == -(uint32_t)pid;
}

/* A child that ends with another signal than SIGCHLD is a clone, and waited for only on request. */
static bool wait_wants(const struct process *child, uint32_t options)
{
	bool clone = child->exit_signal != SIGNAL_CHLD;

	return options & PROCESS_WAIT_ALL || clone == !!(options & PROCESS_WAIT_CLONE);
}

static bool wait_is_ready(const struct process *child, uint32_t options)
{
	if (child->state == PROCESS_ZOMBIE)
		return options & PROCESS_WAIT_EXITED;
	return (child->report == REPORT_STOPPED && options & PROCESS_WAIT_STOPPED) ||
	       (child->report == REPORT_CONTINUED && options & PROCESS_WAIT_CONTINUED);
}

int wait_select(const struct table *table, unsigned parent, int32_t pid, uint32_t options)
{
	int found = -1;

	for (unsigned i = INIT_INDEX; i < table->end; i++) {
		const struct process *child = &table->process[i];

		if (child->parent != parent || !process_exists(child) ||
		    !wait_wants(child, options) ||
		    !wait_matches(&table->process[parent], child, pid))
			continue;
		if (wait_is_ready(child, options))
			return (int)i;
		found = 0;
	}
	return found;
}

uint32_t wait_status(const struct process *child)
{
	if (child->state == PROCESS_ZOMBIE)
		return child->status;
	return child->report == REPORT_STOPPED ? child->stop_signal << 8 | 0x7f : 0xffff;
}
