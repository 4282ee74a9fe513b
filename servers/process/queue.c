/* SPDX-License-Identifier: MIT */
/*
 * Details of pending signals: lists of a thread or a process, in the order in which they came. A
 * signal below SIGNAL_REAL_TIME is in its list once at most, the others as often as they were sent.
 * Pure: no kernel calls; see tests/unit/process_queue.c.
 */
#include "servers/process/process.h"

/* A timer's entry stays its own. */
static void timer_leaves(struct timer *timer)
{
	timer->flags &= (uint8_t)~TIMER_QUEUED;
	if (timer->flags & TIMER_DELETED)
		*timer = (struct timer){ .process = 0 };
}

static void give(struct table *table, unsigned entry)
{
	if (entry >= QUEUE_MAX) {
		timer_leaves(&table->timer[entry - QUEUE_MAX]);
		return;
	}
	table->queued[entry] = (struct queued){ .next = (uint16_t)table->queue_free };
	table->queue_free = entry;
}

static void keep(const struct table *table, uint8_t *kept, uint16_t queue)
{
	for (unsigned i = queue; i; i = table->queued[i].next)
		kept[i] = 1;
}

void queue_start(struct table *table)
{
	uint8_t kept[QUEUE_MAX + TIMER_MAX] = { 0 };

	for (unsigned i = INIT_INDEX; i < table->end; i++)
		keep(table, kept, table->process[i].queue);
	for (unsigned i = 1; i < THREAD_MAX; i++)
		keep(table, kept, table->thread[i].queue);
	table->queue_free = 0;
	for (unsigned i = QUEUE_MAX - 1; i; i--) {
		if (!kept[i])
			give(table, i);
	}
	for (unsigned i = 0; i < TIMER_MAX; i++) {
		if (!kept[QUEUE_MAX + i] && table->timer[i].flags & TIMER_QUEUED)
			timer_leaves(&table->timer[i]);
	}
}

static void append(struct table *table, uint16_t *queue, unsigned entry,
		   const struct process_signal *signal)
{
	while (*queue)
		queue = &table->queued[*queue].next;
	table->queued[entry] = (struct queued){ .signal = *signal };
	*queue = (uint16_t)entry;
}

bool queue_add(struct table *table, uint16_t *queue, const struct process_signal *signal)
{
	unsigned entry = table->queue_free;

	if (!entry)
		return false;
	table->queue_free = table->queued[entry].next;
	append(table, queue, entry, signal);
	return true;
}

void queue_add_timer(struct table *table, uint16_t *queue, unsigned timer,
		     const struct process_signal *signal)
{
	table->timer[timer].flags |= TIMER_QUEUED;
	append(table, queue, QUEUE_MAX + timer, signal);
}

int queue_timer(const struct table *table, uint16_t queue, uint32_t number)
{
	while (queue && table->queued[queue].signal.number != number)
		queue = table->queued[queue].next;
	return queue >= QUEUE_MAX ? queue - QUEUE_MAX : -1;
}

static void take_out(struct table *table, uint16_t *link)
{
	unsigned entry = *link;

	*link = table->queued[entry].next;
	give(table, entry);
}

static uint16_t *find(struct table *table, uint16_t *queue, uint32_t number)
{
	uint16_t *link = queue;

	while (*link && table->queued[*link].signal.number != number)
		link = &table->queued[*link].next;
	return link;
}

void queue_look(struct table *table, uint16_t queue, uint32_t number,
		struct process_signal *signal)
{
	unsigned entry = *find(table, &queue, number);

	*signal = entry ? table->queued[entry].signal :
		(struct process_signal){ .number = number };
}

bool queue_take(struct table *table, uint16_t *queue, uint32_t number)
{
	uint16_t *link = find(table, queue, number);

	if (!*link)
		return false;
	take_out(table, link);
	for (unsigned i = *link; i; i = table->queued[i].next) {
		if (table->queued[i].signal.number == number)
			return true;
	}
	return false;
}

void queue_drop(struct table *table, uint16_t *queue, uint64_t signals)
{
	for (uint16_t *link = queue; *link; ) {
		if (signals & SIGNAL_BIT(table->queued[*link].signal.number))
			take_out(table, link);
		else
			link = &table->queued[*link].next;
	}
}

unsigned queue_length(const struct table *table, uint16_t queue)
{
	unsigned length = 0;

	for (unsigned i = queue; i; i = table->queued[i].next)
		length++;
	return length;
}
