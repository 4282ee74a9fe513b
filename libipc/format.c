/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "libipc/format.h"

struct output {
	char *to;
	unsigned long used, size_bytes;
};

/* One conversion: what stood between % and its letter. */
struct conversion {
	char fill;
	int left;
	unsigned int width;
	int is_long;
};

static void put(struct output *output, char character)
{
	if (output->used + 1 < output->size_bytes)
		output->to[output->used++] = character;
}

static void put_padded(struct output *output, const struct conversion *conversion,
		       const char *text, unsigned long length)
{
	unsigned long padding = conversion->width > length ? conversion->width - length : 0;

	for (unsigned long i = 0; !conversion->left && i < padding; i++)
		put(output, conversion->fill);
	for (unsigned long i = 0; i < length; i++)
		put(output, text[i]);
	for (unsigned long i = 0; conversion->left && i < padding; i++)
		put(output, ' ');
}

static void put_number(struct output *output, const struct conversion *conversion,
		       uint64_t value, unsigned int base, int negative)
{
	char digits[24];
	unsigned int at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		digits[--at] = '-';
	put_padded(output, conversion, digits + at, sizeof(digits) - at);
}

static void put_string(struct output *output, const struct conversion *conversion,
		       const char *string)
{
	unsigned long length = 0;

	if (!string)
		string = "(none)";
	while (string[length])
		length++;
	put_padded(output, conversion, string, length);
}

static const char *parse(struct conversion *conversion, const char *format)
{
	*conversion = (struct conversion){ .fill = ' ' };
	for (; *format == '0' || *format == '-'; format++) {
		if (*format == '0')
			conversion->fill = '0';
		else
			conversion->left = 1;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		conversion->width = conversion->width * 10 + (unsigned int)(*format - '0');
	for (; *format == 'l'; format++)
		conversion->is_long = 1;
	return format;
}

unsigned long format_arguments(char *to, unsigned long size_bytes, const char *format,
			       va_list arguments)
{
	struct output output = { to, 0, size_bytes };
	struct conversion conversion;
	int64_t value;

	for (; *format; format++) {
		if (*format != '%') {
			put(&output, *format);
			continue;
		}
		format = parse(&conversion, format + 1);
		switch (*format) {
		case 's':
			put_string(&output, &conversion, va_arg(arguments, const char *));
			break;
		case 'c':
			put(&output, (char)va_arg(arguments, int));
			break;
		case 'd':
			value = conversion.is_long ? va_arg(arguments, long) : va_arg(arguments, int);
			put_number(&output, &conversion,
				   value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
			break;
		case 'u':
		case 'x':
			put_number(&output, &conversion, conversion.is_long ?
				   va_arg(arguments, unsigned long) : va_arg(arguments, unsigned int),
				   *format == 'u' ? 10 : 16, 0);
			break;
		case 'p':
			put_number(&output, &conversion, (uintptr_t)va_arg(arguments, void *), 16, 0);
			break;
		case 0:
			format--;
			break;
		default:
			put(&output, *format);
		}
	}
	if (size_bytes)
		to[output.used] = 0;
	return output.used;
}

unsigned long format_text(char *to, unsigned long size_bytes, const char *format, ...)
{
	va_list arguments;
	unsigned long length;

	va_start(arguments, format);
	length = format_arguments(to, size_bytes, format, arguments);
	va_end(arguments);
	return length;
}
