/* SPDX-License-Identifier: MIT */
/* Which slots of the service's capability table are taken. */
#include "libipc/objects.h"
#include "libipc/server_private.h"

static uint64_t taken[SLOTS_MAX / 64];
static uint32_t slot_space, slot_words, first_word; /* words before it are full */

static uint64_t bit(uint32_t slot)
{
	return 1ull << (slot % 64);
}

void slot_start(const struct service_info *info)
{
	struct library_stable *stable = library_stable();

	slot_space = info->self_space_slot;
	slot_words = (info->slot_count + 63) / 64;
	for (uint32_t slot = 0; slot < 64 * slot_words; slot++) {
		int keep = info->generation && (stable->kept[slot / 64] & bit(slot));

		if (slot < info->first_free_slot || slot >= info->slot_count || keep)
			taken[slot / 64] |= bit(slot);
		else if (info->generation)
			/* Most are empty, which is all that is asked for. */
			(void)!space_delete(slot_space, slot);
	}
}

uint32_t slot_allocate(void)
{
	for (; first_word < slot_words; first_word++) {
		uint64_t free = ~taken[first_word];

		if (free) {
			uint32_t slot = 64 * first_word + (uint32_t)__builtin_ctzll(free);

			taken[first_word] |= bit(slot);
			return slot;
		}
	}
	return 0;
}

void slot_free(uint32_t slot)
{
	taken[slot / 64] &= ~bit(slot);
	library_stable()->kept[slot / 64] &= ~bit(slot);
	if (slot / 64 < first_word)
		first_word = slot / 64;
}

void slot_delete(uint32_t slot)
{
	/* It may be empty already: a reply goes with its caller. */
	(void)!space_delete(slot_space, slot);
	slot_free(slot);
}

void slot_keep(uint32_t slot)
{
	library_stable()->kept[slot / 64] |= bit(slot);
}
