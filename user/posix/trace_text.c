/* SPDX-License-Identifier: MIT */
/* What linuxtrace says of a call: its name and its arguments, decoded by their kinds. */
#include "user/posix/trace.h"

#include "libipc/format.h"
#include "user/posix/dispatch.h"
#include "user/posix/entry.h"
#include "user/posix/linux_file.h"

#define SHOWN 48                                  /* bytes of a string or buffer */
#define VECTOR 8                                  /* strings of a vector */
/* Room that stays for the end of a line. */
#define ROOM_KEPT 100

#define ROW(number, function, arguments) [number] = { #function, arguments },
static const struct { const char *function; unsigned int arguments; } call[ENTRY_CALLS] = {
#include "user/posix/syscalls.h"
};
#undef ROW

/*
 * Kinds of arguments: d number, o octal, p address or bits, s string, v vector of strings, a
 * directory's descriptor, f flags of open; b buffer whose length is the next argument; and, known
 * afterwards, r buffer filled with as many bytes as the result says, t string, i two descriptors.
 * What has no letter here is shown as an address if it is large.
 */
static const char *const kinds[ENTRY_CALLS] = {
	[0] = "drd", [1] = "dbd", [2] = "sfo", [3] = "d", [4] = "sp", [5] = "dp", [6] = "sp",
	[8] = "ddd", [9] = "pdpddd", [10] = "pdp", [11] = "pd", [12] = "p", [17] = "drdd",
	[18] = "dbdd", [19] = "dpd", [20] = "dpd", [21] = "so", [22] = "i", [28] = "pdd",
	[32] = "d", [33] = "dd", [41] = "ddd", [44] = "dbdppd", [45] = "drdppp", [59] = "svp",
	[60] = "d", [61] = "dpdp", [62] = "dd", [72] = "ddp", [76] = "sd", [77] = "dd",
	[79] = "td", [80] = "s", [82] = "ss", [83] = "so", [84] = "s", [85] = "so", [86] = "ss",
	[87] = "s", [88] = "ss", [89] = "srd", [90] = "so", [91] = "do", [92] = "sdd",
	[94] = "sdd", [95] = "o", [132] = "sp", [133] = "sop", [137] = "sp", [161] = "s",
	[231] = "d", [257] = "asfo", [258] = "aso", [259] = "asop", [260] = "asddp",
	[261] = "asp", [262] = "aspp", [263] = "asp", [264] = "asas", [265] = "asasp",
	[266] = "sas", [267] = "asrd", [268] = "aso", [269] = "aso", [280] = "aspp", [293] = "if",
	[316] = "asasp", [318] = "rdp", [319] = "sp", [322] = "asvpp", [332] = "asppp",
	[439] = "asop",
};

void trace_format(struct trace_line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* The last byte is for the end of the line. */
	line->bytes += format_arguments(line->text + line->bytes, TRACE_LINE - 1 - line->bytes,
					format, arguments);
	va_end(arguments);
}

static void put_bytes(struct trace_line *line, uint64_t address, uint64_t bytes, int more)
{
	uint8_t shown[SHOWN];

	if (bytes > SHOWN) {
		bytes = SHOWN;
		more = 1;
	}
	if (copy_from_program(shown, address, bytes)) {
		trace_format(line, "0x%lx", address);
		return;
	}
	trace_format(line, "\"");
	for (uint64_t i = 0; i < bytes; i++) {
		uint8_t c = shown[i];

		if (c == '\n')
			trace_format(line, "\\n");
		else if (c == '"' || c == '\\')
			trace_format(line, "\\%c", c);
		else if (c < ' ' || c > '~')
			trace_format(line, "\\x%02x", c);
		else
			trace_format(line, "%c", c);
	}
	trace_format(line, more ? "\"..." : "\"");
}

static void put_string(struct trace_line *line, uint64_t address)
{
	long length = string_length(address, SHOWN);

	if (!address)
		trace_format(line, "NULL");
	else if (length == -E_NAMETOOLONG)
		put_bytes(line, address, SHOWN, 1);
	else if (length < 0)
		trace_format(line, "0x%lx", address);
	else
		put_bytes(line, address, (uint64_t)length, 0);
}

static void put_vector(struct trace_line *line, uint64_t address)
{
	uint64_t string;

	for (unsigned int i = 0; i <= VECTOR; i++, address += sizeof(string)) {
		if (copy_from_program(&string, address, sizeof(string)) || !string) {
			trace_format(line, i ? "]" : "[]");
			return;
		}
		trace_format(line, i ? ", " : "[");
		if (i == VECTOR || line->bytes > TRACE_LINE - 2 * ROOM_KEPT)
			break;
		put_string(line, string);
	}
	trace_format(line, "...]");
}

static void put_open_flags(struct trace_line *line, unsigned int flags)
{
	static const char *const access[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "3" };
	static const struct { unsigned int flag; const char *name; } names[] = {
		{ LINUX_O_CREAT, "CREAT" }, { LINUX_O_EXCL, "EXCL" }, { LINUX_O_TRUNC, "TRUNC" },
		{ LINUX_O_APPEND, "APPEND" }, { LINUX_O_NONBLOCK, "NONBLOCK" },
		{ LINUX_O_DIRECTORY, "DIRECTORY" }, { LINUX_O_NOFOLLOW, "NOFOLLOW" },
		{ LINUX_O_CLOEXEC, "CLOEXEC" }, { LINUX_O_PATH, "PATH" },
	};

	trace_format(line, "%s", access[flags & LINUX_O_ACCMODE]);
	flags &= ~(LINUX_O_ACCMODE | LINUX_O_LARGEFILE);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & names[i].flag)
			trace_format(line, "|O_%s", names[i].name);
		flags &= ~names[i].flag;
	}
	if (flags)
		trace_format(line, "|0x%x", flags);
}

static char kind_of(uint64_t number, unsigned int argument)
{
	const char *all = number < ENTRY_CALLS ? kinds[number] : 0;

	return all && argument < __builtin_strlen(all) ? all[argument] : 'x';
}

static void put_argument(struct trace_line *line, char kind, const long *a, long result)
{
	int descriptors[2];

	if (line->bytes > TRACE_LINE - ROOM_KEPT)
		trace_format(line, "...");
	else if (kind == 's' || (kind == 't' && result >= 0))
		put_string(line, (uint64_t)*a);
	else if (kind == 'v')
		put_vector(line, (uint64_t)*a);
	else if (kind == 'b')
		put_bytes(line, (uint64_t)*a, (uint64_t)a[1], 0);
	else if (kind == 'r' && result >= 0)
		put_bytes(line, (uint64_t)*a, (uint64_t)result, 0);
	else if (kind == 'i' && !copy_from_program(descriptors, (uint64_t)*a, sizeof(descriptors)))
		trace_format(line, "[%d, %d]", descriptors[0], descriptors[1]);
	else if (kind == 'a' && (int)*a == LINUX_AT_FDCWD)
		trace_format(line, "AT_FDCWD");
	else if (kind == 'f')
		put_open_flags(line, (unsigned int)*a);
	else if (kind == 'd' || kind == 'a')
		trace_format(line, "%ld", (uint64_t)*a <= UINT32_MAX ? (long)(int)*a : *a);
	else if (kind == 'o')
		trace_format(line, "0%d%d%d%d", (int)(*a >> 9 & 7), (int)(*a >> 6 & 7),
			     (int)(*a >> 3 & 7), (int)(*a & 7));
	else if (*a >= -4096 && *a < 4096)
		trace_format(line, "%ld", *a);
	else
		trace_format(line, "0x%lx", (unsigned long)*a);
}

static unsigned int count_of(uint64_t number)
{
	return number < ENTRY_CALLS && call[number].function ? call[number].arguments : 6;
}

unsigned int trace_before(struct trace_line *line, uint64_t number, const long *a)
{
	unsigned int i, count = count_of(number);

	if (number < ENTRY_CALLS && call[number].function)
		trace_format(line, "%s(", call[number].function + sizeof("sys_") - 1);
	else
		trace_format(line, "call_%lu(", number);
	for (i = 0; i < count; i++) {
		char kind = kind_of(number, i);

		if (kind == 'r' || kind == 't' || kind == 'i')
			break;
		trace_format(line, i ? ", " : "");
		put_argument(line, kind, &a[i], 0);
	}
	return i;
}

void trace_after(struct trace_line *line, uint64_t number, const long *a, unsigned int from,
		 long result)
{
	unsigned int count = count_of(number);

	for (; from < count; from++) {
		trace_format(line, from ? ", " : "");
		put_argument(line, kind_of(number, from), &a[from], result);
	}
	if (result <= -ERESTARTSYS && result >= -CALL_DONE)
		trace_format(line, ") = ? interrupted");
	else if (result >= -4095 && result < 0x100000)
		trace_format(line, ") = %ld", result);
	else
		trace_format(line, ") = 0x%lx", (unsigned long)result);
}
