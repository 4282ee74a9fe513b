/* sources: servers/process/table.c servers/process/queue.c */
/* SPDX-License-Identifier: MIT */
/* Who is whose child, what wait reports, who may signal whom. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "servers/process/process.h"

static struct table *table;

static void start(void)
{
	table = calloc(1, sizeof(*table));
	table->end = INIT_INDEX;
}
static void stop(void)
{
	free(table);
}
TestSuite(process_table, .init = start, .fini = stop);

static unsigned add(unsigned parent, uint32_t group, uint32_t session)
{
	unsigned index = table_free_index(table);
	struct process *process = &table->process[index];

	cr_assert_neq(index, 0);
	*process = (struct process){ .state = PROCESS_RUNNING, .pid = table_free_pid(table),
		.parent = (uint16_t)parent, .memory = (uint16_t)index,
		.exit_signal = SIGNAL_CHLD };
	process->group = group ? group : process->pid;
	process->session = session ? session : process->pid;
	return index;
}

static uint32_t pid_of(unsigned index)
{
	return table->process[index].pid;
}

Test(process_table, indices_come_back_late)
{
	unsigned first = add(0, 0, 0), second = add(first, 1, 1);

	cr_assert_eq(first, INIT_INDEX);
	table_free(table, second);
	cr_assert_neq(add(first, 1, 1), second);
	cr_assert_eq(table->process[second].state, PROCESS_FREE);
}

Test(process_table, all_indices_can_be_used)
{
	unsigned count = 0;

	while (table_free_index(table)) {
		table->process[table->last_index].state = PROCESS_RUNNING;
		count++;
	}
	cr_assert_eq(count, PROCESS_MAX - 1);
	cr_assert_eq(table->end, PROCESS_MAX);
	for (unsigned i = INIT_INDEX; i < PROCESS_MAX; i++)
		table_free(table, i);
	cr_assert_eq(table->end, INIT_INDEX);
}

Test(process_table, pids_of_groups_and_sessions_are_not_given)
{
	unsigned init = add(0, 0, 0);

	table->process[add(init, 77, 78)].state = PROCESS_RUNNING;
	table->next_pid = 77;
	cr_assert_eq(table_free_pid(table), 79);
	table->next_pid = PID_LIMIT - 1;
	cr_assert_eq(table_free_pid(table), PID_LIMIT - 1);
	cr_assert_eq(table_free_pid(table), 3);
}

Test(process_table, wait_chooses)
{
	unsigned init = add(0, 0, 0), parent = add(init, 0, 0);
	unsigned a = add(parent, pid_of(parent), pid_of(parent)), b = add(parent, 0, pid_of(parent));
	uint32_t exited = PROCESS_WAIT_EXITED;

	cr_assert_eq(wait_select(table, a, -1, exited), -1);
	cr_assert_eq(wait_select(table, parent, -1, exited), 0);
	cr_assert_eq(wait_select(table, parent, (int32_t)pid_of(init), exited), -1);
	table->process[b].state = PROCESS_ZOMBIE;
	table->process[b].status = 3 << 8;
	cr_assert_eq(wait_select(table, parent, -1, exited), (int)b);
	cr_assert_eq(wait_select(table, parent, -1, PROCESS_WAIT_STOPPED), 0);
	/* By own group only a counts, by b's group only b. */
	cr_assert_eq(wait_select(table, parent, 0, exited), 0);
	cr_assert_eq(wait_select(table, parent, -(int32_t)pid_of(b), exited), (int)b);
	cr_assert_eq(wait_select(table, parent, (int32_t)pid_of(a), exited), 0);
	cr_assert_eq(wait_status(&table->process[b]), 3 << 8);
	table->process[a].state = PROCESS_STOPPED;
	table->process[a].report = REPORT_STOPPED;
	table->process[a].stop_signal = SIGNAL_TSTP;
	cr_assert_eq(wait_select(table, parent, 0, exited | PROCESS_WAIT_STOPPED), (int)a);
	cr_assert_eq(wait_status(&table->process[a]), SIGNAL_TSTP << 8 | 0x7f);
	table->process[a].report = REPORT_CONTINUED;
	cr_assert_eq(wait_select(table, parent, 0, PROCESS_WAIT_STOPPED), 0);
	cr_assert_eq(wait_select(table, parent, 0, PROCESS_WAIT_CONTINUED), (int)a);
	cr_assert_eq(wait_status(&table->process[a]), 0xffff);
	/* A reservation is nobody's child yet. */
	table->process[a].state = PROCESS_RESERVED;
	cr_assert_eq(wait_select(table, parent, (int32_t)pid_of(a), exited), -1);
}

Test(process_table, orphaned_groups)
{
	unsigned init = add(0, 0, 0), shell = add(init, 0, 0);
	unsigned job = add(shell, 0, pid_of(shell)), member = add(job, pid_of(job), pid_of(shell));

	cr_assert(!group_is_orphaned(table, pid_of(job), 0));
	/* The leader's parent is the only link to the session. */
	cr_assert(group_is_orphaned(table, pid_of(job), job));
	cr_assert(group_is_orphaned(table, pid_of(shell), 0));
	table->process[member].state = PROCESS_STOPPED;
	cr_assert(group_has_stopped(table, pid_of(job)));
	cr_assert(!group_has_stopped(table, pid_of(shell)));
	cr_assert(group_in_session(table, pid_of(job), pid_of(shell)));
	cr_assert(!group_in_session(table, pid_of(job), pid_of(init)));
}

Test(process_table, signals_select_and_are_allowed)
{
	unsigned init = add(0, 0, 0), a = add(init, 0, 0), b = add(a, pid_of(a), pid_of(a));
	struct process *sender = &table->process[a], *target = &table->process[b];

	cr_assert(signal_selects(table, a, (int32_t)pid_of(b), b));
	cr_assert(signal_selects(table, a, 0, b));
	cr_assert(!signal_selects(table, a, 0, init));
	cr_assert(signal_selects(table, a, -1, b));
	cr_assert(!signal_selects(table, a, -1, a));
	cr_assert(!signal_selects(table, a, -1, init));
	cr_assert(signal_selects(table, init, -(int32_t)pid_of(a), b));
	sender->capabilities.effective = CAPABILITY_BIT(CAPABILITY_KILL);
	target->credentials.user = (struct process_ids){ 6, 6, 6, 6 };
	cr_assert(signal_allowed(sender, target, SIGNAL_KILL));
	sender->capabilities.effective = 0;
	sender->credentials.user = (struct process_ids){ 5, 5, 5, 5 };
	cr_assert(!signal_allowed(sender, target, SIGNAL_KILL));
	cr_assert(signal_allowed(sender, target, SIGNAL_CONT));
	target->credentials.user.saved = 5;
	cr_assert(signal_allowed(sender, target, SIGNAL_KILL));
}

Test(process_table, some_are_left_for_root)
{
	unsigned count = 0;

	while (!table_is_short(table))
		count += add(INIT_INDEX, 0, 0) != 0;
	cr_assert_eq(count, PROCESS_MAX - KEPT_FOR_ROOT);
	add(INIT_INDEX, 0, 0);
}

Test(process_table, queued_signals_are_counted_by_user)
{
	unsigned a = add(INIT_INDEX, 0, 0), b = add(a, 0, 0), other = add(a, 0, 0);
	const struct process_signal signal = { .number = SIGNAL_REAL_TIME };

	queue_start(table);
	table->process[a].credentials.user.real = table->process[b].credentials.user.real = 7;
	table->process[b].first_thread = 1;
	table->thread[1].process = (uint16_t)b;
	for (int i = 0; i < 3; i++) {
		cr_assert(queue_add(table, &table->process[a].queue, &signal));
		cr_assert(queue_add(table, &table->thread[1].queue, &signal));
	}
	cr_assert(queue_add(table, &table->process[other].queue, &signal));
	cr_assert_eq(table_count_queued(table, 7), 6);
}
