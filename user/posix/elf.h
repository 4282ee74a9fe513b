/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_ELF_H
#define BULKHEAD_POSIX_ELF_H

#include <stdint.h>

/* Executables: ELF-64 for x86-64, fixed or position-independent (System V ABI, chapters 4 and 5). */
struct elf_header {
	uint8_t identification[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, program_headers, section_headers;
	uint32_t flags;
	uint16_t header_bytes, program_header_bytes, program_header_count;
	uint16_t section_header_bytes, section_header_count, section_names;
};
struct elf_program_header {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};

#define ELF_SEGMENTS 16
#define ELF_PROGRAM_HEADERS_BYTES 2048            /* a file with more is refused */

struct elf_segment {
	uint64_t address, memory_bytes;           /* address includes the bias */
	uint64_t file_bytes, offset;
	uint32_t protection, reserved;            /* PROT_* */
};

/* What exec has to map and to tell the program. */
struct elf_image {
	uint64_t entry;
	uint64_t program_headers;                 /* their address in memory; 0: not loaded */
	uint64_t program_header_count;
	uint64_t end;                             /* of the last segment */
	uint64_t bias;                            /* added to addresses of the file */
	uint64_t interpreter_offset;              /* where its path stands in the file */
	uint64_t interpreter_bytes;               /* with the zero; 0: there is none */
	uint32_t stack_protection;
	uint32_t count;
	struct elf_segment segment[ELF_SEGMENTS];
};

/* Where the program headers are: 0, or -ENOEXEC if these bytes begin no executable for here. */
long elf_check(const struct elf_header *header, uint64_t bytes);
/*
 * The image that they describe; all its segments lie in [lowest, highest). A position-independent
 * one is placed at `base`, or as high as it can be if that is 0. -ENOEXEC.
 */
long elf_read(const struct elf_header *header, const struct elf_program_header *headers,
	      uint64_t base, uint64_t lowest, uint64_t highest, struct elf_image *image);
/* Where a position-independent program goes, as on Linux without randomisation. */
#define ELF_BASE 0x555555554000ull
#define ELF_INTERPRETER_BYTES 4096                /* of its path, with the zero */

#endif
