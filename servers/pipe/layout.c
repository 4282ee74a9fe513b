/* SPDX-License-Identifier: MIT */
/*
 * Where everything stands in the stable memory: tables in proportion to it, and the rest for rings.
 * A successor has the same memory, and so finds the same.
 */
#include "servers/pipe/table.h"

#include "libipc/string.h"

/* Bytes of stable memory for each entry, and how many there are at most. */
enum {
	RECORD_SHARE = 3072, RECORDS_MOST = 12288,
	PIPE_SHARE = 8192, PIPES_MOST = 4096,
	SOCKET_SHARE = 16384, SOCKETS_MOST = 2048,
	ITEM_SHARE = 2048, ITEMS_MOST = 16384,
	KEY_SHARE = 16384,
	QUEUE_SHARE = 32768,
	BLOCK_SHARE = 1024, BLOCKS_MOST = 32768,
	SEMAPHORE_SHARE = 2048,
	UNDO_SHARE = 4096, UNDOS_MOST = 2048,
};

static uint32_t share(uint64_t bytes, uint64_t each, uint32_t most)
{
	return bytes / each < most ? (uint32_t)(bytes / each) : most;
}

struct cutting { uint8_t *at; uint64_t left; };

/* The next part of the stable memory; 0: there is not as much. */
static void *cut(struct cutting *cutting, uint64_t count, uint64_t each)
{
	uint64_t bytes = (count * each + 63) & ~63ull;
	void *part = cutting->at;

	if (bytes > cutting->left)
		bytes = cutting->left;
	cutting->at += bytes;
	cutting->left -= bytes;
	return part;
}

static void cut_tables(struct pipe_table *table, struct cutting *cutting)
{
	const struct pipe_counts *counts = &table->counts;
	struct ipc_tables *ipc = &table->ipc;

	table->stable = cut(cutting, 1, sizeof(*table->stable));
	table->pipes = cut(cutting, counts->pipes, sizeof(*table->pipes));
	table->records = cut(cutting, counts->records, sizeof(*table->records));
	table->sockets = cut(cutting, counts->sockets, sizeof(*table->sockets));
	table->items = cut(cutting, counts->items, sizeof(*table->items));
	ipc->sets = cut(cutting, counts->keys, sizeof(*ipc->sets));
	ipc->messages = cut(cutting, counts->keys, sizeof(*ipc->messages));
	ipc->segments = cut(cutting, counts->keys, sizeof(*ipc->segments));
	ipc->queues = cut(cutting, counts->queues, sizeof(*ipc->queues));
	ipc->semaphores = cut(cutting, counts->semaphores, sizeof(*ipc->semaphores));
	ipc->undos = cut(cutting, counts->undos, sizeof(*ipc->undos));
	ipc->blocks = cut(cutting, counts->blocks, sizeof(*ipc->blocks));
}

/* Zeroed memory that a restart empties; *failed: there is no more. */
static void *beside(uint64_t count, uint64_t each, int *failed)
{
	void *part = arena_allocate(count * each, 64);

	if (part)
		memset(part, 0, count * each);
	else
		*failed = 1;
	return part;
}

static status_t make_beside(struct pipe_table *table)
{
	const struct pipe_counts *counts = &table->counts;
	struct ipc_live *ipc = &table->ipc_live;
	struct page_pool *pages = &table->pages;
	int failed = 0;

	table->live = beside(counts->pipes, sizeof(*table->live), &failed);
	table->record_live = beside(counts->records, sizeof(*table->record_live), &failed);
	table->socket_live = beside(counts->sockets, sizeof(*table->socket_live), &failed);
	table->free_pipe = beside(counts->pipes, sizeof(*table->free_pipe), &failed);
	table->free_record = beside(counts->records, sizeof(*table->free_record), &failed);
	table->item_next = beside(counts->items, sizeof(*table->item_next), &failed);
	table->free_item = beside(counts->items, sizeof(*table->free_item), &failed);
	table->queue_watchers = beside(counts->queues, sizeof(*table->queue_watchers), &failed);
	ipc->set_changed = beside(counts->keys, sizeof(*ipc->set_changed), &failed);
	ipc->message_room = beside(counts->keys, sizeof(*ipc->message_room), &failed);
	ipc->message_came = beside(counts->keys, sizeof(*ipc->message_came), &failed);
	ipc->queue_room = beside(counts->queues, sizeof(*ipc->queue_room), &failed);
	ipc->queue_came = beside(counts->queues, sizeof(*ipc->queue_came), &failed);
	ipc->queue_receivers = beside(counts->queues, sizeof(*ipc->queue_receivers), &failed);
	ipc->free_block = beside(counts->blocks, sizeof(*ipc->free_block), &failed);
	pages->next = beside(pages->count, sizeof(*pages->next), &failed);
	pages->previous = beside(pages->count, sizeof(*pages->previous), &failed);
	pages->order = beside(pages->count, sizeof(*pages->order), &failed);
	return failed ? STATUS_NO_MEMORY : STATUS_OK;
}

status_t pipe_layout(struct pipe_table *table, void *stable, uint64_t bytes)
{
	struct cutting cutting = { stable, bytes };
	uint64_t padding;

	table->counts = (struct pipe_counts){
		.pipes = share(bytes, PIPE_SHARE, PIPES_MOST),
		.records = share(bytes, RECORD_SHARE, RECORDS_MOST),
		.sockets = share(bytes, SOCKET_SHARE, SOCKETS_MOST),
		.items = share(bytes, ITEM_SHARE, ITEMS_MOST),
		.keys = share(bytes, KEY_SHARE, KEY_OBJECTS),
		.queues = share(bytes, QUEUE_SHARE, QUEUES),
		.blocks = share(bytes, BLOCK_SHARE, BLOCKS_MOST),
		.semaphores = share(bytes, SEMAPHORE_SHARE, SEMAPHORES_ALL),
		.undos = share(bytes, UNDO_SHARE, UNDOS_MOST),
	};
	cut_tables(table, &cutting);
	padding = -(uint64_t)(uintptr_t)cutting.at & (PAGE_BYTES - 1);
	if (cutting.left < padding + PIPE_CAPACITY)
		return STATUS_NO_MEMORY;
	table->pages.memory = cutting.at + padding;
	table->pages.count = (uint32_t)((cutting.left - padding) / PAGE_BYTES);
	return make_beside(table);
}
