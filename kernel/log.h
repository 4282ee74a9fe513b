/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LOG_H
#define BULKHEAD_LOG_H

/* printf with %s %c %u %d %x %p %lu %lx and widths; to the log port. */
void log_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			panic("%s:%d: %s does not hold", __FILE__, __LINE__, #condition);          \
	} while (0)

#endif
