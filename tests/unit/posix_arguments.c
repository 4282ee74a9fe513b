/* sources: user/posix/arguments.c user/posix/script.c */
/* SPDX-License-Identifier: MIT */
/* The argument block of a new program, and the lines that scripts begin with. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "user/posix/arguments.h"
#include "user/posix/script.h"
#include "user/posix/task.h"

#define END 0x7dfffffff000ull

/* The program's memory is ours here; address 1 cannot be read. */
long copy_from_program(void *to, uint64_t from, uint64_t bytes)
{
	if (from < 4096)
		return -E_FAULT;
	memcpy(to, (const void *)from, bytes);
	return 0;
}

long string_length(uint64_t from, uint64_t limit)
{
	size_t length;

	if (from < 4096)
		return -E_FAULT;
	length = strnlen((const char *)from, limit);
	return length == limit ? -E_NAMETOOLONG : (long)length;
}

long string_from_program(char *to, uint64_t from, uint64_t limit)
{
	long length = string_length(from, limit);

	if (length >= 0)
		memcpy(to, (const void *)from, (size_t)length + 1);
	return length;
}

/* The block as the program would see it: pointers are turned into ours. */
struct seen {
	uint8_t *image;
	uint64_t shift, *word;
};

static struct seen build(struct argument_block *block, const struct auxiliary *rows, uint32_t count)
{
	struct seen seen = { 0 };

	cr_assert_eq(arguments_measure(block), 0);
	cr_assert_eq(block->bytes % 16, 0);
	seen.image = aligned_alloc(16, block->bytes);
	cr_assert_eq(arguments_build(block, seen.image, END, rows, count), 0);
	seen.shift = END - block->bytes - (uint64_t)seen.image;
	seen.word = (uint64_t *)seen.image;
	return seen;
}

static const char *text(const struct seen *seen, uint64_t address)
{
	return (const char *)(address - seen->shift);
}

static uint64_t auxiliary_value(const struct seen *seen, uint64_t argc, uint64_t envc, uint64_t type)
{
	const uint64_t *at = seen->word + 1 + argc + 1 + envc + 1;

	for (; at[0] != AT_NULL; at += 2)
		if (at[0] == type)
			return at[1];
	cr_assert_fail("auxiliary type %lu is missing", type);
	return 0;
}

Test(posix_arguments, block)
{
	const char *argv[] = { "sh", "-c", "echo", 0 }, *envp[] = { "PATH=/bin", "A=", 0 };
	struct argument_block block = {
		.file = "/bin/sh", .arguments.array = (uint64_t)argv, .environment.array = (uint64_t)envp,
		.random = { 1, 2, 3 },
	};
	const struct auxiliary rows[] = { { AT_PAGESZ, 4096 } };
	struct seen seen = build(&block, rows, 1);

	cr_assert_eq(seen.word[0], 3);
	cr_assert_eq(block.argument_bytes, sizeof("sh") + sizeof("-c") + sizeof("echo"));
	cr_assert_str_eq(text(&seen, seen.word[1]), "sh");
	cr_assert_str_eq(text(&seen, seen.word[3]), "echo");
	cr_assert_eq(seen.word[4], 0);
	cr_assert_str_eq(text(&seen, seen.word[5]), "PATH=/bin");
	cr_assert_str_eq(text(&seen, seen.word[6]), "A=");
	cr_assert_eq(seen.word[7], 0);
	cr_assert_eq(auxiliary_value(&seen, 3, 2, AT_PAGESZ), 4096);
	cr_assert_str_eq(text(&seen, auxiliary_value(&seen, 3, 2, AT_EXECFN)), "/bin/sh");
	cr_assert_str_eq(text(&seen, auxiliary_value(&seen, 3, 2, AT_PLATFORM)), "x86_64");
	cr_assert_eq(text(&seen, auxiliary_value(&seen, 3, 2, AT_RANDOM))[2], 3);
	free(seen.image);
}

Test(posix_arguments, script_comes_before_the_rest)
{
	const char *argv[] = { "name", "argument", 0 };
	struct argument_block block = {
		.file = "/script",
		.arguments = { .own = { "/bin/sh", "-e", "/script" }, .own_count = 3, .skip = 1,
			       .array = (uint64_t)argv },
	};
	struct seen seen = build(&block, 0, 0);

	cr_assert_eq(seen.word[0], 4);
	cr_assert_str_eq(text(&seen, seen.word[3]), "/script");
	cr_assert_str_eq(text(&seen, seen.word[4]), "argument");
	free(seen.image);
}

Test(posix_arguments, nothing_to_skip)
{
	const char *argv[] = { 0 };
	struct argument_block block = {
		.file = "/script",
		.arguments = { .own = { "/bin/sh", "/script" }, .own_count = 2, .skip = 1,
			       .array = (uint64_t)argv },
	};

	cr_assert_eq(arguments_measure(&block), 0);
	cr_assert_eq(block.arguments.count, 2);
}

Test(posix_arguments, refusals)
{
	char *huge = malloc(ARGUMENT_STRING_BYTES_MAX + 1), *argv[64];
	struct argument_block block = { .file = "/x", .arguments.array = 1 };

	cr_assert_eq(arguments_measure(&block), -E_FAULT);
	block.arguments.array = (uint64_t)argv;
	argv[0] = (char *)1;
	cr_assert_eq(arguments_measure(&block), -E_FAULT);
	memset(huge, 'x', ARGUMENT_STRING_BYTES_MAX);
	huge[ARGUMENT_STRING_BYTES_MAX] = 0;
	argv[0] = huge;
	argv[1] = 0;
	cr_assert_eq(arguments_measure(&block), -E_TOOBIG);
	huge[ARGUMENT_STRING_BYTES_MAX - 1] = 0;
	cr_assert_eq(arguments_measure(&block), 0);
	for (int i = 0; i < 63; i++)
		argv[i] = huge;
	argv[63] = 0;
	cr_assert_eq(arguments_measure(&block), -E_TOOBIG);
	free(huge);
}

static struct script script;

static long read_line(const char *line)
{
	char *copy = malloc(strlen(line));
	long result;

	/* Exactly as long as the file, so that reading on is seen. */
	memcpy(copy, line, strlen(line));
	result = script_read(&script, copy, strlen(line));
	free(copy);
	return result;
}

Test(posix_script, lines)
{
	cr_assert_eq(read_line("#!/bin/sh\necho"), 0);
	cr_assert_str_eq(script.interpreter, "/bin/sh");
	cr_assert_null(script.argument);
	cr_assert_eq(read_line("#! \t/bin/awk  -f  x \t\nBEGIN"), 0);
	cr_assert_str_eq(script.interpreter, "/bin/awk");
	cr_assert_str_eq(script.argument, "-f  x");
	cr_assert_eq(read_line("#!/bin/sh"), 0);
	cr_assert_str_eq(script.interpreter, "/bin/sh");
	cr_assert_eq(read_line("#!"), -E_NOEXEC);
	cr_assert_eq(read_line("#!  \n"), -E_NOEXEC);
	cr_assert_eq(read_line("#"), -E_NOEXEC);
	cr_assert_eq(read_line("echo"), -E_NOEXEC);
}

Test(posix_script, long_lines)
{
	char line[600];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = 0;
	memcpy(line, "#!/", 3);
	cr_assert_eq(read_line(line), -E_NOEXEC, "the interpreter's name is cut off");
	line[20] = ' ';
	cr_assert_eq(read_line(line), 0, "only its argument is");
	cr_assert_eq(strlen(script.interpreter), 18);
	cr_assert_eq(strlen(script.argument), SCRIPT_LINE_BYTES - 1 - 21);
}
