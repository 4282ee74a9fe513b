/* sources: libipc/format.c */
/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>

#include "libipc/format.h"

#define SAME(...) do { \
	char ours[64], theirs[64]; \
	unsigned long length = format_text(ours, sizeof(ours), __VA_ARGS__); \
	cr_assert_eq((int)length, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
	cr_assert_str_eq(ours, theirs); \
} while (0)

Test(format, does_as_snprintf)
{
	SAME("plain");
	SAME("%d %d %d", 0, INT_MAX, INT_MIN);
	SAME("%ld %ld", LONG_MAX, LONG_MIN);
	SAME("%u %x %lu %lx", 7u, 0xabcdu, ULONG_MAX, ULONG_MAX);
	SAME("[%5d] [%-5d] [%05d]", 42, 42, 42);
	SAME("[%8s] [%-8s] [%s]", "ab", "cd", "a longer one");
	SAME("%c%c %% %016lx", 'a', 'b', 0x1234ul);
}

Test(format, cuts_and_ends)
{
	char small[6] = "xxxxx";

	cr_assert_eq(format_text(small, sizeof(small), "%s %d", "abcdefgh", 3), 5);
	cr_assert_str_eq(small, "abcde");
	cr_assert_eq(format_text(small, 1, "%d", 12), 0);
	cr_assert_str_eq(small, "");
	small[0] = 'z';
	cr_assert_eq(format_text(small, 0, "%d", 12), 0);
	cr_assert_eq(small[0], 'z');
}

Test(format, survives_what_it_does_not_know)
{
	char text[32];
	const char *volatile nothing = 0;

	format_text(text, sizeof(text), "%s", nothing);
	cr_assert_str_eq(text, "(none)");
}
