/* sources: user/posix/random.c */
/* SPDX-License-Identifier: MIT */
/* The cipher against the example of its standard, and the generator's promises. */
#include <criterion/criterion.h>
#include <string.h>

#include "user/posix/random.h"

/* RFC 8439, 2.3.2. */
Test(posix_random, block_of_the_standard)
{
	uint32_t key[8], out[16];
	const uint32_t counter_nonce[4] = { 1, 0x09000000, 0x4a000000, 0 };
	const uint8_t wanted[64] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15,
		0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4,
		0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03,
		0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e,
		0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09,
		0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2,
		0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9,
		0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
	};

	for (int i = 0; i < 32; i++)
		((uint8_t *)key)[i] = (uint8_t)i;
	chacha20_block(key, counter_nonce, out);
	cr_assert_arr_eq(out, wanted, sizeof(wanted));
}

Test(posix_random, generator)
{
	struct random a = { 0 }, b, before;
	uint8_t x[100], y[100];

	random_seed(&a, "seed", 4);
	b = before = a;
	random_bytes(&a, x, sizeof(x));
	random_bytes(&b, y, sizeof(y));
	cr_assert_arr_eq(x, y, sizeof(x), "the same state gives the same bytes");
	cr_assert_neq(memcmp(a.key, before.key, sizeof(a.key)), 0, "the key is replaced");
	random_seed(&b, "child", 5);
	random_bytes(&a, x, sizeof(x));
	random_bytes(&b, y, sizeof(y));
	cr_assert_neq(memcmp(x, y, sizeof(x)), 0, "a seed parts them");
}
