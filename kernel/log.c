/* SPDX-License-Identifier: MIT */
/* The kernel's own lines, and its last words. */
#include "kernel/log.h"

#include <stdarg.h>
#include <stdint.h>

#include "kernel/arch/arch.h"

#define PANIC_STATUS 0x70                /* isa-debug-exit shows it: QEMU ends with 0xe1 */

/* What was said last; `log_bytes` is how much there was in all. */
#define LOG_BYTES 16384u
static char log_ring[LOG_BYTES];
static uint64_t log_bytes;

void log_write(const char *text, unsigned long bytes)
{
	for (unsigned long i = 0; i < bytes; i++)
		log_ring[log_bytes++ % LOG_BYTES] = text[i];
	arch_log(text, bytes);
}

uint64_t log_read(uint64_t *position, char *to, uint64_t bytes)
{
	uint64_t first = log_bytes > LOG_BYTES ? log_bytes - LOG_BYTES : 0, left;

	*position = *position < first ? first : *position < log_bytes ? *position : log_bytes;
	left = log_bytes - *position;
	for (uint64_t i = 0; i < bytes && i < left; i++)
		to[i] = log_ring[(*position + i) % LOG_BYTES];
	return left;
}

static void number_print(uint64_t value, unsigned base, unsigned width, char pad)
{
	char text[24];
	unsigned at = sizeof(text);

	do {
		text[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (sizeof(text) - at < width && at)
		text[--at] = pad;
	log_write(text + at, sizeof(text) - at);
}

static void signed_print(int64_t value)
{
	if (value < 0)
		log_write("-", 1);
	number_print(value < 0 ? -(uint64_t)value : (uint64_t)value, 10, 0, ' ');
}

static void log_arguments(const char *format, va_list *arguments)
{
	for (; *format; format++) {
		unsigned width = 0, wide = 0;
		char pad = ' ';

		if (*format != '%') {
			log_write(format, 1);
			continue;
		}
		if (*++format == '0')
			pad = '0';
		for (; *format >= '0' && *format <= '9'; format++)
			width = width * 10 + (unsigned)(*format - '0');
		for (; *format == 'l'; format++)
			wide = 1;
		switch (*format) {
		case 's': {
			const char *text = va_arg(*arguments, const char *);

			log_write(text, __builtin_strlen(text));
			break;
		}
		case 'd':
			signed_print(wide ? va_arg(*arguments, long) : va_arg(*arguments, int));
			break;
		case 'u':
		case 'x':
			number_print(wide ? va_arg(*arguments, unsigned long)
			                  : va_arg(*arguments, unsigned),
			             *format == 'x' ? 16 : 10, width, pad);
			break;
		default:
			log_write(format, 1);
		}
	}
}

void log_print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_arguments(format, &arguments);
	va_end(arguments);
}

_Noreturn void panic(const char *format, ...)
{
	va_list arguments;

	log_print("PANIC: ");
	va_start(arguments, format);
	log_arguments(format, &arguments);
	va_end(arguments);
	log_print("\n");
	arch_backtrace();
	arch_shutdown(PANIC_STATUS);
}
