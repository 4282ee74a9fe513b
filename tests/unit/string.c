/* sources: */
/* SPDX-License-Identifier: MIT */
/* libipc's string functions, under other names beside the C library's, against which they are tested. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int theirs_sign(int value)
{
	return (value > 0) - (value < 0);
}

static int theirs_memcmp(const void *a, const void *b, size_t bytes)
{
	return theirs_sign(memcmp(a, b, bytes));
}

static int theirs_strncmp(const char *a, const char *b, size_t most)
{
	return theirs_sign(strncmp(a, b, most));
}

static void *theirs_memmove(void *to, const void *from, size_t bytes)
{
	return memmove(to, from, bytes);
}

#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define memchr our_memchr
#define strlen our_strlen
#define strnlen our_strnlen
#define strcmp our_strcmp
#define strncmp our_strncmp
#define strchr our_strchr
#define strrchr our_strrchr
#include "libipc/string.c"

static unsigned char a[256], b[256];

static void fill(void)
{
	for (int i = 0; i < 256; i++)
		a[i] = b[i] = (unsigned char)rand();
}

Test(string, memmove_in_every_overlap)
{
	for (int bytes = 0; bytes < 40; bytes++) {
		for (int from = 0; from < 64; from++) {
			for (int to = 0; to < 64; to += 3) {
				fill();
				cr_assert_eq(memmove(a + to, a + from, bytes), a + to);
				theirs_memmove(b + to, b + from, bytes);
				cr_assert(!theirs_memcmp(a, b, sizeof(a)), "%d %d %d", bytes, from, to);
			}
		}
	}
}

Test(string, memcpy_and_memset_of_every_length)
{
	for (int bytes = 0; bytes < 70; bytes++) {
		for (int to = 0; to < 9; to++) {
			fill();
			memcpy(a + to, a + 128, bytes);
			theirs_memmove(b + to, b + 128, bytes);
			cr_assert(!theirs_memcmp(a, b, sizeof(a)));
			memset(a + to, 0x5a, bytes);
			for (int i = 0; i < bytes; i++)
				b[to + i] = 0x5a;
			cr_assert(!theirs_memcmp(a, b, sizeof(a)));
		}
	}
}

Test(string, memcmp_finds_the_first_difference)
{
	for (int bytes = 1; bytes < 40; bytes++) {
		for (int at = 0; at < bytes; at++) {
			fill();
			a[at] ^= 0x80;
			a[bytes - 1] ^= 1;
			cr_assert_eq(theirs_sign(memcmp(a, b, bytes)), theirs_memcmp(a, b, bytes));
		}
	}
	cr_assert_eq(memcmp(a, a, sizeof(a)), 0);
}

Test(string, strings)
{
	static const char *const word[] = { "", "a", "ab", "abc", "abd", "\xff", "b" };
	char small[4];

	for (int i = 0; i < 7; i++) {
		for (int j = 0; j < 7; j++) {
			for (int most = 0; most < 4; most++)
				cr_assert_eq(theirs_sign(strncmp(word[i], word[j], most)),
					     theirs_strncmp(word[i], word[j], most));
			cr_assert_eq(strcmp(word[i], word[j]) == 0, i == j);
		}
	}
	cr_assert_eq(strlen("hello"), 5);
	cr_assert_eq(strnlen("hello", 3), 3);
	cr_assert_str_eq(strchr("a/b/c", '/'), "/b/c");
	cr_assert_str_eq(strrchr("a/b/c", '/'), "/c");
	cr_assert_eq(strchr("abc", 'x'), 0);
	cr_assert_eq(strrchr("abc", 'x'), 0);
	cr_assert_str_eq(strchr("abc", 0), "");
	cr_assert_str_eq(memchr("abc", 'b', 3), "bc");
	cr_assert_eq(memchr("abc", 'b', 1), 0);
	string_copy(small, sizeof(small), "abcdef");
	cr_assert_str_eq(small, "abc");
	string_copy(small, sizeof(small), "x");
	cr_assert_str_eq(small, "x");
}
