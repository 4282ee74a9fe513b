/* SPDX-License-Identifier: MIT */
/* Messages of both kinds of queues, in chains of blocks. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/ipc.h"

#include "libipc/proto/errno.h"
#include "libipc/string.h"

/* Between a program and blocks; nothing waits while it is in use. */
#define STAGE_BLOCKS 256u
static uint8_t stage[STAGE_BLOCKS * BLOCK_BYTES];

struct block *block_at(uint64_t message)
{
	return &table.ipc.blocks[message - 1];
}

void block_free(uint64_t message)
{
	struct ipc_live *live = &table.ipc_live;

	for (; message; message = block_at(message)->more)
		live->free_block[live->free_blocks++] = (uint32_t)message - 1;
}

/* free_block holds marks while the lists are looked through, and then the list of what is free. */
static void mark(const struct message_list *list)
{
	for (uint64_t message = list->first; message; message = block_at(message)->next)
		for (uint64_t at = message; at; at = block_at(at)->more)
			table.ipc_live.free_block[at - 1] = 1;
}

void blocks_start(void)
{
	struct ipc_live *live = &table.ipc_live;

	for (uint32_t i = 0; i < table.counts.keys; i++)
		if (table.ipc.messages[i].key.used)
			mark(&table.ipc.messages[i].list);
	for (uint32_t i = 0; i < table.counts.queues; i++)
		if (table.ipc.queues[i].used)
			mark(&table.ipc.queues[i].list);
	live->free_blocks = 0;
	for (uint32_t i = 0; i < table.counts.blocks; i++)
		if (!live->free_block[i])
			live->free_block[live->free_blocks++] = i;
}

/* As many blocks as hold that much, in a chain. */
static uint64_t allocate(uint64_t bytes)
{
	struct ipc_live *live = &table.ipc_live;
	uint64_t count = bytes ? (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES : 1, first = 0;

	if (count > live->free_blocks)
		return 0;
	while (count--) {
		uint64_t block = live->free_block[--live->free_blocks] + 1;

		block_at(block)->more = first;
		first = block;
	}
	return first;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

status_t block_put(struct call *call, uint64_t bytes, int64_t type, uint64_t *message)
{
	uint64_t at = *message = allocate(bytes), part, done = 0;
	status_t status = at ? STATUS_OK : STATUS_ERRNO(E_NOMEM);

	for (; status == STATUS_OK && done < bytes; done += part) {
		part = least(bytes - done, sizeof(stage));
		status = call_copy_in(call, 0, done, stage, part);
		for (uint64_t i = 0; status == STATUS_OK && i < part; i += BLOCK_BYTES) {
			memcpy(block_at(at)->data, stage + i, least(part - i, BLOCK_BYTES));
			at = block_at(at)->more;
		}
	}
	if (status != STATUS_OK) {
		block_free(*message);
		*message = 0;
		return status;
	}
	block_at(*message)->next = 0;
	block_at(*message)->type = type;
	block_at(*message)->bytes = bytes;
	return STATUS_OK;
}

status_t block_get(struct call *call, uint64_t message, uint64_t bytes)
{
	uint64_t at = message, part, done = 0;
	status_t status = STATUS_OK;

	bytes = least(bytes, block_at(message)->bytes);
	for (; status == STATUS_OK && done < bytes; done += part) {
		part = least(bytes - done, sizeof(stage));
		for (uint64_t i = 0; i < part; i += BLOCK_BYTES) {
			memcpy(stage + i, block_at(at)->data, least(part - i, BLOCK_BYTES));
			at = block_at(at)->more;
		}
		status = call_copy_out(call, 0, done, stage, part);
	}
	return status;
}

void list_insert(struct message_list *list, uint64_t previous, uint64_t message)
{
	uint64_t *link = previous ? &block_at(previous)->next : &list->first;

	/* Nobody sees the message before the ledger's effect. */
	block_at(message)->next = *link;
	if (!*link)
		ledger_change(&list->last, message);
	ledger_change(link, message);
	ledger_change(&list->count, list->count + 1);
	ledger_change(&list->bytes, list->bytes + block_at(message)->bytes);
}

void list_remove(struct message_list *list, uint64_t previous, uint64_t message)
{
	uint64_t *link = previous ? &block_at(previous)->next : &list->first;

	if (list->last == message)
		ledger_change(&list->last, previous);
	ledger_change(link, block_at(message)->next);
	ledger_change(&list->count, list->count - 1);
	ledger_change(&list->bytes, list->bytes - block_at(message)->bytes);
}

void list_free(struct message_list *list)
{
	uint64_t message = list->first, next;

	for (; message; message = next) {
		next = block_at(message)->next;
		block_free(message);
	}
}
