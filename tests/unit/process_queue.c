/* sources: servers/process/queue.c servers/process/table.c */
/* SPDX-License-Identifier: MIT */
/* Details of pending signals: order, what is queued once and what often, and that nothing is lost. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "servers/process/process.h"

static struct table *table;
static uint16_t list;

static void start(void)
{
	table = calloc(1, sizeof(*table));
	table->end = INIT_INDEX + 1;
	queue_start(table);
	list = 0;
}
static void stop(void)
{
	free(table);
}
TestSuite(process_queue, .init = start, .fini = stop);

static bool add(uint32_t number, uint64_t value)
{
	return queue_add(table, &list, &(struct process_signal){ .number = number, .value = value });
}

static struct process_signal taken;

static bool take(uint32_t number)
{
	queue_look(table, list, number, &taken);
	return queue_take(table, &list, number);
}

Test(process_queue, real_time_signals_come_in_order)
{
	cr_assert(add(40, 1) && add(35, 2) && add(40, 3));
	cr_assert_eq(queue_length(table, list), 3);
	cr_assert(take(40));
	cr_assert_eq(taken.value, 1);
	cr_assert(!take(40));
	cr_assert_eq(taken.value, 3);
	cr_assert(!take(35));
	cr_assert_eq(list, 0);
}

Test(process_queue, without_details_the_number_is_known)
{
	cr_assert(!take(10));
	cr_assert_eq(taken.number, 10);
	cr_assert_eq(taken.value, 0);
}

Test(process_queue, dropping_takes_a_set)
{
	cr_assert(add(SIGNAL_STOP, 0) && add(SIGNAL_CONT, 0) && add(SIGNAL_TSTP, 0));
	queue_drop(table, &list, SIGNALS_STOPPING);
	cr_assert_eq(queue_length(table, list), 1);
	cr_assert_eq(table->queued[list].signal.number, SIGNAL_CONT);
}

Test(process_queue, all_entries_come_back)
{
	for (int round = 0; round < 3; round++) {
		unsigned count = 0;

		while (add(34, count))
			count++;
		cr_assert_eq(count, QUEUE_MAX - 1);
		queue_drop(table, &list, ~0ull);
		cr_assert_eq(list, 0);
	}
}

Test(process_queue, a_restart_keeps_what_lists_hold)
{
	cr_assert(add(34, 5));
	table->process[INIT_INDEX].queue = list;
	table->queue_free = 0;
	queue_start(table);
	cr_assert_eq(table->queued[list].signal.value, 5);
	list = 0;
	for (int i = 0; i < QUEUE_MAX - 2; i++)
		cr_assert(add(34, 0));
	cr_assert(!add(34, 0));
}

Test(process_queue, threads_have_numbers_of_their_own)
{
	table->process[INIT_INDEX] = (struct process){ .state = PROCESS_RUNNING, .pid = 5 };
	table->thread[7] = (struct thread){ .process = INIT_INDEX, .number = 1, .tid = 6 };
	table->further_threads = 1;
	table->next_pid = 5;
	cr_assert_eq(table_find_thread(table, 6), 7);
	cr_assert_eq(table_free_pid(table), 7);
	cr_assert_eq(table_count_user(table, 0), 2);
}

Test(process_queue, a_timers_entry_is_its_own)
{
	const struct process_signal alarm = { .number = SIGNAL_ALRM, .value = 7 };
	struct timer *timer = &table->timer[3];
	uint32_t free_entry = table->queue_free;

	timer->process = INIT_INDEX;
	cr_assert(add(SIGNAL_ALRM, 1));
	queue_add_timer(table, &list, 3, &alarm);
	cr_assert(timer->flags & TIMER_QUEUED);
	cr_assert_eq(queue_timer(table, list, SIGNAL_ALRM), -1);
	cr_assert(take(SIGNAL_ALRM), "the timer's is still there");
	cr_assert_eq(queue_timer(table, list, SIGNAL_ALRM), 3);
	cr_assert(!take(SIGNAL_ALRM));
	cr_assert_eq(taken.value, 7);
	cr_assert(!(timer->flags & TIMER_QUEUED));
	cr_assert_eq(table->queue_free, free_entry);
}

Test(process_queue, a_deleted_timer_goes_with_its_signal)
{
	struct timer *timer = &table->timer[3];

	timer->process = INIT_INDEX;
	queue_add_timer(table, &list, 3, &(struct process_signal){ .number = SIGNAL_ALRM });
	timer->flags |= TIMER_DELETED;
	queue_drop(table, &list, SIGNAL_BIT(SIGNAL_ALRM));
	cr_assert_eq(timer->process, 0);
}
