/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_LOAD_H
#define BULKHEAD_POSIX_LOAD_H

#include "user/posix/arguments.h"
#include "user/posix/elf.h"
#include "user/posix/task.h"

/* A new program's memory. Segments lie below LOAD_HIGHEST, the stack ends at LOAD_STACK_TOP. */
#define LOAD_HIGHEST   0x7c0000000000ull
#define LOAD_STACK_TOP 0x7dfffffff000ull
/* A dynamic program's interpreter stands at the top of the area for mappings, process's AREA_TOP. */
#define LOAD_INTERPRETER_LOWEST 0x7dc000000000ull
#define LOAD_INTERPRETER_END    0x7dfff0000000ull

/* Builds the argument block at `image`, with the auxiliary vector of that program. */
long load_block(struct task *task, const struct argument_block *block,
		const struct elf_image *program, const struct elf_image *interpreter,
		uint8_t *image);
/* Where its first string (argv[0]) stands. */
const uint8_t *load_strings(const struct argument_block *block, const uint8_t *image);
/* Maps the segments, clears what is behind the file's contents, and places the break. */
long load_image(struct task *task, const struct elf_image *image, struct open_file *file);
/* Maps the stack with the argument block at its end. */
long load_stack(struct task *task, const struct elf_image *image, const uint8_t *block,
		uint64_t bytes);
/* Registers, thread pointer and FPU as a new program finds them. */
void load_registers(struct task *task, uint64_t entry, uint64_t block_bytes);

#endif
