/* SPDX-License-Identifier: MIT */
/*
 * Written around the string instructions: they are as quick as vector code in an emulator and need
 * no vector registers, which services do not have. Eight bytes a step: fast short byte strings are
 * not to be counted on.
 */
#include <stdint.h>

#include "libipc/string.h"

static void copy_up(void *to, const void *from, unsigned long bytes)
{
	unsigned long rest = bytes & 7;

	bytes >>= 3;
	__asm__ volatile("rep movsq\n\tmov %3, %2\n\trep movsb"
			 : "+D"(to), "+S"(from), "+c"(bytes) : "r"(rest) : "memory");
}

static void copy_down(char *to, const char *from, unsigned long bytes)
{
	unsigned long rest = bytes & 7;

	/* The last bytes first, one by one; then whole words, each named by its lowest byte. */
	to += bytes - 1;
	from += bytes - 1;
	bytes >>= 3;
	__asm__ volatile("std\n\txchg %2, %3\n\trep movsb\n\tmov %3, %2\n\t"
			 "sub $7, %0\n\tsub $7, %1\n\trep movsq\n\tcld"
			 : "+D"(to), "+S"(from), "+c"(bytes), "+r"(rest) : : "memory", "cc");
}

void *memcpy(void *restrict to, const void *restrict from, unsigned long bytes)
{
	copy_up(to, from, bytes);
	return to;
}

void *memmove(void *to, const void *from, unsigned long bytes)
{
	if ((uintptr_t)to - (uintptr_t)from >= bytes)
		copy_up(to, from, bytes);
	else
		copy_down(to, from, bytes);
	return to;
}

void *memset(void *to, int value, unsigned long bytes)
{
	uint64_t word = 0x0101010101010101ull * (unsigned char)value;
	unsigned long rest = bytes & 7;
	void *at = to;

	bytes >>= 3;
	__asm__ volatile("rep stosq\n\tmov %3, %1\n\trep stosb"
			 : "+D"(at), "+c"(bytes) : "a"(word), "r"(rest) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, unsigned long bytes)
{
	const unsigned char *x = a, *y = b;
	uint64_t v, w;

	for (; bytes >= 8; bytes -= 8, x += 8, y += 8) {
		__builtin_memcpy(&v, x, 8);
		__builtin_memcpy(&w, y, 8);
		if (v != w)
			break;
	}
	for (; bytes; bytes--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

void *memchr(const void *in, int value, unsigned long bytes)
{
	for (const unsigned char *at = in; bytes; bytes--, at++) {
		if (*at == (unsigned char)value)
			return (void *)(uintptr_t)at;
	}
	return 0;
}

unsigned long strlen(const char *string)
{
	return strnlen(string, ~0ul);
}

unsigned long strnlen(const char *string, unsigned long most)
{
	unsigned long length = 0;

	while (length < most && string[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, ~0ul);
}

int strncmp(const char *a, const char *b, unsigned long most)
{
	for (; most; most--, a++, b++) {
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	}
	return 0;
}

char *strchr(const char *string, int character)
{
	for (;; string++) {
		if (*string == (char)character)
			return (char *)(uintptr_t)string;
		if (!*string)
			return 0;
	}
}

char *strrchr(const char *string, int character)
{
	const char *last = 0;

	for (;; string++) {
		if (*string == (char)character)
			last = string;
		if (!*string)
			return (char *)(uintptr_t)last;
	}
}

void string_copy(char *to, unsigned long size_bytes, const char *from)
{
	unsigned long length = strnlen(from, size_bytes - 1);

	memcpy(to, from, length);
	to[length] = 0;
}
