/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_RANDOM_H
#define BULKHEAD_POSIX_RANDOM_H

#include <stdint.h>

/* A generator of random numbers: a ChaCha20 keystream whose key is replaced after each block. */
struct random {
	uint32_t key[8];
	uint64_t counter;
};
/* Mixes the seed in; what was mixed in before counts on. */
void random_seed(struct random *random, const void *seed, unsigned long bytes);
void random_bytes(struct random *random, void *to, unsigned long bytes);
/* Seeds from the processor: RDRAND if it has it, and the time-stamp counter. */
void random_seed_hardware(struct random *random);

/* The block function of RFC 8439, 2.3. */
void chacha20_block(const uint32_t key[8], const uint32_t counter_nonce[4], uint32_t out[16]);

#endif
