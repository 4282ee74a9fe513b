/* SPDX-License-Identifier: MIT */
#include "servers/fs/log.h"

#include "libipc/string.h"

/*
 * An entry is the old bytes, padded to 8, then one word: where they belong, as an offset from the
 * head (the answer slots lie before it, so it is signed) << 24 | how many they are. The word stands
 * last so that the log is read backwards.
 */
#define ENTRY_BYTES_MASK 0xffffffull

uint32_t log_operation;
static uint32_t operations;

void log_begin(void)
{
	log_begin_again(++operations);
}

void log_begin_again(uint32_t operation)
{
	if (stable.head->log_used)
		__builtin_trap();
	log_operation = operation;
}

uint32_t log_room(void)
{
	return LOG_BYTES - (uint32_t)stable.head->log_used;
}

void log_save(const void *address, uint32_t bytes)
{
	uint64_t used = stable.head->log_used, padded = (bytes + 7ull) & ~7ull;
	int64_t offset = (const uint8_t *)address - (const uint8_t *)stable.head;

	/* Every operation is bounded far below; one that is not must not change anything unlogged. */
	if (padded + 8 > LOG_BYTES - used)
		__builtin_trap();
	if (bytes == 4)
		__builtin_memcpy(stable.log + used, address, 4);
	else
		memcpy(stable.log + used, address, bytes);
	*(uint64_t *)(stable.log + used + padded) = (uint64_t)offset << 24 | bytes;
	stable_barrier();
	stable.head->log_used = used + padded + 8;
	stable_barrier();
}

void log_publish(void)
{
	stable_barrier();
	stable.head->log_used = 0;
	stable_barrier();
}

void log_undo(void)
{
	uint64_t used = stable.head->log_used;

	/* Being stopped in here does no harm: the successor does the same again. */
	while (used) {
		uint64_t word = *(uint64_t *)(stable.log + used - 8);
		uint64_t bytes = word & ENTRY_BYTES_MASK;

		used -= 8 + ((bytes + 7) & ~7ull);
		memcpy((uint8_t *)stable.head + ((int64_t)word >> 24), stable.log + used, bytes);
	}
	log_publish();
}
