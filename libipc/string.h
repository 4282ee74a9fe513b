/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_STRING_H
#define BULKHEAD_LIBIPC_STRING_H

/* The C library's functions of these names, for code that has no C library. */
void *memcpy(void *restrict to, const void *restrict from, unsigned long bytes);
void *memmove(void *to, const void *from, unsigned long bytes);
void *memset(void *to, int value, unsigned long bytes);
int memcmp(const void *a, const void *b, unsigned long bytes);
void *memchr(const void *in, int value, unsigned long bytes);
unsigned long strlen(const char *string);
unsigned long strnlen(const char *string, unsigned long most);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, unsigned long most);
char *strchr(const char *string, int character);
char *strrchr(const char *string, int character);

/* Copies as much as fits, always ends with a null byte. */
void string_copy(char *to, unsigned long size_bytes, const char *from);

#endif
