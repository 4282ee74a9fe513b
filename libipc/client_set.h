/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_CLIENT_SET_H
#define BULKHEAD_LIBIPC_CLIENT_SET_H

#include <stdint.h>

#include "kernel/abi/layout.h"

/* A set of clients. All zero is the empty set. Adding and removing are one store each. */
#define CLIENT_SET_WORDS (CLIENT_MAX / 64)
struct client_set {
	uint64_t word[CLIENT_SET_WORDS];
};

static inline uint64_t client_set_has(const struct client_set *set, unsigned client)
{
	return set->word[client / 64] >> client % 64 & 1;
}

static inline void client_set_add(struct client_set *set, unsigned client)
{
	set->word[client / 64] |= 1ull << client % 64;
}

static inline void client_set_remove(struct client_set *set, unsigned client)
{
	set->word[client / 64] &= ~(1ull << client % 64);
}

/* The lowest member from `client` on; CLIENT_MAX: none. */
static inline unsigned client_set_next(const struct client_set *set, unsigned client)
{
	unsigned index = client / 64;
	uint64_t word;

	if (client >= CLIENT_MAX)
		return CLIENT_MAX;
	for (word = set->word[index] >> client % 64 << client % 64; !word; word = set->word[index])
		if (++index == CLIENT_SET_WORDS)
			return CLIENT_MAX;
	return index * 64 + (unsigned)__builtin_ctzll(word);
}

static inline int client_set_empty(const struct client_set *set)
{
	return client_set_next(set, 0) == CLIENT_MAX;
}

#endif
