/* SPDX-License-Identifier: MIT */
/* "#!" lines. */
#include "user/posix/script.h"

#include "libipc/proto/errno.h"

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

long script_read(struct script *script, const char *file, unsigned long bytes)
{
	unsigned long length = bytes < SCRIPT_LINE_BYTES ? bytes : SCRIPT_LINE_BYTES;
	char *at = script->line, *end;
	int cut;

	if (length < 2 || file[0] != '#' || file[1] != '!')
		return -E_NOEXEC;
	__builtin_memcpy(script->line, file, length);
	for (end = at + 2; end < at + length && *end != '\n' && *end; end++)
		;
	cut = end == at + SCRIPT_LINE_BYTES;
	end -= cut;
	while (end > at + 2 && is_blank(end[-1]))
		end--;
	*end = 0;
	for (at += 2; is_blank(*at); at++)
		;
	script->interpreter = at;
	while (*at && !is_blank(*at))
		at++;
	/* The argument may be cut off, the interpreter must not. */
	if (at == script->interpreter || (cut && !*at))
		return -E_NOEXEC;
	for (script->argument = 0; is_blank(*at); at++)
		*at = 0;
	if (*at)
		script->argument = at;
	return 0;
}
