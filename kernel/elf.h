/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ELF_H
#define BULKHEAD_ELF_H

#include <stdint.h>

/* 64-bit ELF (System V gABI, chapters 4 and 5), as far as loading needs it. */
#define ELF_MAGIC   "\177ELF\2\1"
#define ELF_LOAD    1u
#define ELF_EXECUTE 1u
#define ELF_WRITE   2u
struct elf_header {
	uint8_t identification[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments, sections;
	uint32_t flags;
	uint16_t header_bytes, segment_bytes, segment_count, section_bytes, section_count, section_names;
};
struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};

#endif
