/* SPDX-License-Identifier: MIT */
/*
 * Details of pending signals: lists of a thread or a process, in the order in which they came. A
 * signal below SIGNAL_REAL_TIME is in its list once at most, the others as often as they were sent.
 * Pure: no kernel calls; see tests/unit/process_queue.c.
 */
#include "servers/process/process.h"

static void give(struct table *table, unsigned entry)
{
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
	uint8_t kept[QUEUE_MAX] = { 0 };

	for (unsigned i = INIT_INDEX; i < table->end; i++)
		keep(table, kept, table->process[i].queue);
	for (unsigned i = 1; i < THREAD_MAX; i++)
		keep(table, kept, table->thread[i].queue);
	table->queue_free = 0;
	for (unsigned i = QUEUE_MAX - 1; i; i--) {
		if (!kept[i])
			give(table, i);
	}
}

bool queue_add(struct table *table, uint16_t *queue, const struct process_signal *signal)
{
	unsigned entry = table->queue_free;

	if (!entry)
		return false;
	while (*queue)
		queue = &table->queued[*queue].next;
	table->queue_free = table->queued[entry].next;
	table->queued[entry] = (struct queued){ .signal = *signal };
	*queue = (uint16_t)entry;
	return true;
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
