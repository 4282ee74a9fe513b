/* SPDX-License-Identifier: MIT */
/*
 * Memory of the program, for system calls. The functions in entry.S do the access; a fault there that
 * is not repaired (upcall.c) comes back as -EFAULT.
 */
#include "user/posix/dispatch.h"

/* Nothing of ours, and no address that the processor refuses, is for a program to name. */
static int outside(uint64_t address, uint64_t bytes)
{
	return bytes > PROGRAM_END || address > PROGRAM_END - bytes;
}

long program_range(uint64_t address, uint64_t bytes)
{
	return outside(address, bytes) ? -E_FAULT : 0;
}

long copy_from_program(void *to, uint64_t from, uint64_t bytes)
{
	return outside(from, bytes) ? -E_FAULT : access_copy(to, (const void *)from, bytes);
}

long copy_to_program(uint64_t to, const void *from, uint64_t bytes)
{
	return outside(to, bytes) ? -E_FAULT : access_copy((void *)to, from, bytes);
}

long string_length(uint64_t from, uint64_t limit)
{
	long length;

	if (outside(from, 1))
		return -E_FAULT;
	if (limit > PROGRAM_END - from)
		limit = PROGRAM_END - from;
	length = access_length(from, limit);
	return length == (long)limit ? -E_NAMETOOLONG : length;
}

long string_from_program(char *to, uint64_t from, uint64_t limit)
{
	long length = string_length(from, limit);

	if (length < 0)
		return length;
	return copy_from_program(to, from, (uint64_t)length + 1) ? -E_FAULT : length;
}

/* A server found bytes of ours not mapped: all of them are touched, as they were lent. */
int session_touch(const struct lent *lent)
{
	int touched = 0;

	for (unsigned int i = 0; i < lent->count; i++) {
		uint64_t address = (uint64_t)lent->window[i].address;
		uint64_t bytes = lent->window[i].size_bytes, page;

		/* Ours, and present: what the program named was checked before. */
		if (outside(address, bytes))
			continue;
		touched = 1;
		for (page = PAGE_DOWN(address); page < address + bytes; page += PAGE_BYTES) {
			uint64_t at = page < address ? address : page;

			if (access_touch(at, lent->window[i].direction & WINDOW_WRITE))
				return 0;
		}
	}
	return touched;
}
