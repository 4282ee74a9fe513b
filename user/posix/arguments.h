/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_ARGUMENTS_H
#define BULKHEAD_POSIX_ARGUMENTS_H

#include <stdint.h>

/*
 * The argument block that a program finds on its stack (System V ABI for x86-64, 3.4.1):
 *
 *	rsp -> argc, argv[0 .. argc - 1], 0, envp[0 ..], 0, auxiliary vector, strings ... end of stack
 *
 * It is built somewhere else first, because exec drops the memory that its strings come from.
 */
#define ARGUMENT_BYTES_MAX        0x600000u       /* all strings and pointers: E2BIG beyond */
#define ARGUMENT_BYTES_LEAST      0x20000u        /* so many whatever the stack may have */
#define ARGUMENT_STRING_BYTES_MAX 0x20000u        /* one string */

#define ARGUMENTS_OWN 16
/* A list of strings: some of the personality's, then those of an array of the program's. */
struct argument_list {
	const char *own[ARGUMENTS_OWN];
	uint32_t own_count;
	uint32_t skip;                            /* how many of the array are left out at its start */
	uint64_t array;                           /* char *const[], ended by 0; 0: none */
	uint32_t count, reserved;                 /* measured */
};

struct argument_block {
	struct argument_list arguments, environment;
	const char *file;                         /* AT_EXECFN */
	uint8_t random[16];                       /* AT_RANDOM */
	/* Measured: */
	uint64_t argument_bytes;                  /* of the arguments' strings, which stand first */
	uint64_t string_bytes;                    /* the environment's included */
	uint64_t bytes;                           /* of the whole block, a multiple of 16 */
};

struct auxiliary { uint64_t type, value; };
/* Types that programs look for (getauxval(3)). */
enum {
	AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7, AT_FLAGS = 8,
	AT_ENTRY = 9, AT_UID = 11, AT_EUID = 12, AT_GID = 13, AT_EGID = 14, AT_PLATFORM = 15,
	AT_HWCAP = 16, AT_CLKTCK = 17, AT_SECURE = 23, AT_RANDOM = 25, AT_HWCAP2 = 26,
	AT_EXECFN = 31, AT_SYSINFO_EHDR = 33, AT_MINSIGSTKSZ = 51,
};
#define AUXILIARY_ROWS 21                         /* room for them, AT_NULL included */

/* Words before the strings, of a measured block. */
uint64_t arguments_words(const struct argument_block *block);
/* Counts and measures. -EFAULT, -E2BIG. */
long arguments_measure(struct argument_block *block);
/*
 * Builds block->bytes at `image`, which will stand right below the address `end`. auxiliary: rows
 * beside AT_RANDOM, AT_EXECFN and AT_PLATFORM, which point into the block, and AT_NULL.
 * -EFAULT; -E2BIG: the strings are longer than when they were measured.
 */
long arguments_build(const struct argument_block *block, uint8_t *image, uint64_t end,
		     const struct auxiliary *auxiliary, uint32_t auxiliary_count);

#endif
