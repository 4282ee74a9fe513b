/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_RANDOM_H
#define BULKHEAD_POSIX_RANDOM_H

#include <stdint.h>

/*
 * ChaCha20 keystream (RFC 8439), rekeyed after each request from its own output, so that a later
 * look at the state tells nothing about earlier bytes (fast key erasure).
 */
struct random {
	uint32_t key[8];
	uint64_t counter;
};
void random_seed(struct random *random, const void *seed, unsigned long bytes);
void random_bytes(struct random *random, void *to, unsigned long bytes);

#endif
