/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_FORMAT_H
#define BULKHEAD_LIBIPC_FORMAT_H

#include <stdarg.h>

/*
 * A small snprintf: %s %c %d %u %x %p %%, with l for 64 bits, a width, and 0 or - before it.
 * Gives: the text in to, cut to fit and always ended by a null byte. Returns its length as cut.
 * Fails: never; an unknown conversion is printed as it stands.
 */
unsigned long format_text(char *to, unsigned long size_bytes, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
unsigned long format_arguments(char *to, unsigned long size_bytes, const char *format,
			       va_list arguments);

#endif
