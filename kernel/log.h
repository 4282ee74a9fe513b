/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LOG_H
#define BULKHEAD_LOG_H

#include <stdint.h>

/* To the log port, and kept: the last 16 KiB. */
void log_write(const char *text, unsigned long bytes);
/* What is kept from *position on (counted from boot, moved to where there is any): how many. */
uint64_t log_read(uint64_t *position, char *to, uint64_t bytes);
/* printf with %s %c %u %d %x %p %lu %lx and widths; to the log port. */
void log_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			panic("%s:%d: %s does not hold", __FILE__, __LINE__, #condition);          \
	} while (0)

#endif
