/* SPDX-License-Identifier: MIT */
/* Random numbers: ChaCha20 (RFC 8439, 2.3) with fast key erasure (Bernstein, 2017). */
#include "user/posix/random.h"

#define ROUNDS 20
#define BLOCK_WORDS 16
#define BLOCK_BYTES 64
#define KEY_BYTES 32

static uint32_t rotate(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

void chacha20_block(const uint32_t key[8], const uint32_t counter_nonce[4], uint32_t out[BLOCK_WORDS])
{
	static const uint32_t constants[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t state[BLOCK_WORDS];

	__builtin_memcpy(state, constants, sizeof(constants));
	__builtin_memcpy(state + 4, key, KEY_BYTES);
	__builtin_memcpy(state + 12, counter_nonce, 4 * sizeof(uint32_t));
	__builtin_memcpy(out, state, sizeof(state));
	for (int i = 0; i < ROUNDS; i += 2) {
		quarter_round(out, 0, 4, 8, 12);
		quarter_round(out, 1, 5, 9, 13);
		quarter_round(out, 2, 6, 10, 14);
		quarter_round(out, 3, 7, 11, 15);
		quarter_round(out, 0, 5, 10, 15);
		quarter_round(out, 1, 6, 11, 12);
		quarter_round(out, 2, 7, 8, 13);
		quarter_round(out, 3, 4, 9, 14);
	}
	for (int i = 0; i < BLOCK_WORDS; i++)
		out[i] += state[i];
}

/* The next block. Its first half becomes the key: who sees the state learns nothing of the past. */
static void next_block(struct random *random, uint32_t out[BLOCK_WORDS])
{
	const uint32_t counter_nonce[4] = { (uint32_t)random->counter, (uint32_t)(random->counter >> 32) };

	chacha20_block(random->key, counter_nonce, out);
	random->counter++;
	__builtin_memcpy(random->key, out, KEY_BYTES);
}

void random_bytes(struct random *random, void *to, unsigned long bytes)
{
	uint32_t block[BLOCK_WORDS];
	unsigned long done = 0;

	while (done < bytes) {
		unsigned long step = bytes - done < BLOCK_BYTES - KEY_BYTES ? bytes - done :
				     BLOCK_BYTES - KEY_BYTES;

		next_block(random, block);
		__builtin_memcpy((char *)to + done, (const char *)block + KEY_BYTES, step);
		done += step;
	}
	__builtin_memset(block, 0, sizeof(block));
	__asm__ volatile("" : : "r"(block) : "memory");
}

void random_seed(struct random *random, const void *seed, unsigned long bytes)
{
	uint32_t block[BLOCK_WORDS];

	/* What is mixed in goes through the cipher before any output depends on it. */
	for (unsigned long i = 0; i < bytes; i++)
		((uint8_t *)random->key)[i % KEY_BYTES] ^= ((const uint8_t *)seed)[i];
	next_block(random, block);
}
