/* SPDX-License-Identifier: MIT */
/* Reading ELF headers. Nothing in a file is trusted: every sum is checked. */
#include "user/posix/elf.h"

#include "libipc/proto/errno.h"
#include "user/posix/memory.h"

enum { ELF_EXECUTABLE = 2, ELF_SHARED = 3, ELF_X86_64 = 62 };
enum { ELF_LOAD = 1, ELF_INTERPRETER = 3, ELF_STACK = 0x6474e551 };
enum { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4 };

static const uint8_t identification[] = { 0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little endian */, 1 };

long elf_check(const struct elf_header *header, uint64_t bytes)
{
	uint64_t table_bytes;

	if (bytes < sizeof(*header) ||
	    __builtin_memcmp(header->identification, identification, sizeof(identification)))
		return -E_NOEXEC;
	if ((header->type != ELF_EXECUTABLE && header->type != ELF_SHARED) ||
	    header->machine != ELF_X86_64 ||
	    header->program_header_bytes != sizeof(struct elf_program_header))
		return -E_NOEXEC;
	table_bytes = (uint64_t)header->program_header_count * sizeof(struct elf_program_header);
	if (!table_bytes || table_bytes > ELF_PROGRAM_HEADERS_BYTES ||
	    header->program_headers > INT64_MAX - table_bytes)
		return -E_NOEXEC;
	return 0;
}

static uint32_t protection(uint32_t flags)
{
	return (flags & ELF_READ ? PROT_READ : 0) | (flags & ELF_WRITE ? PROT_WRITE : 0) |
	       (flags & ELF_EXECUTE ? PROT_EXEC : 0);
}

/* Takes one loaded segment in; they come in the order of their addresses. */
static long add_segment(const struct elf_program_header *row, uint64_t bias, uint64_t lowest,
			uint64_t highest, struct elf_image *image)
{
	struct elf_segment *segment = &image->segment[image->count];
	uint64_t start = row->address + bias;

	if (!row->memory_bytes)
		return 0;
	if (image->count == ELF_SEGMENTS || row->file_bytes > row->memory_bytes ||
	    (row->address - row->offset) % PAGE_BYTES)
		return -E_NOEXEC;
	if (row->address > highest || start < lowest || start >= highest ||
	    row->memory_bytes > highest - start || start < image->end ||
	    row->offset > INT64_MAX - PAGE_BYTES || row->file_bytes > INT64_MAX - row->offset - PAGE_BYTES)
		return -E_NOEXEC;
	*segment = (struct elf_segment){ start, row->memory_bytes, row->file_bytes, row->offset,
					 protection(row->flags), 0 };
	image->end = start + row->memory_bytes;
	image->count++;
	return 0;
}

/* Position-independent images keep their first segment's place within its alignment. */
static uint64_t bias_of(const struct elf_header *header, const struct elf_program_header *headers)
{
	if (header->type == ELF_EXECUTABLE)
		return 0;
	for (unsigned int i = 0; i < header->program_header_count; i++) {
		if (headers[i].type == ELF_LOAD)
			return ELF_BASE - PAGE_DOWN(headers[i].address);
	}
	return 0;
}

long elf_read(const struct elf_header *header, const struct elf_program_header *headers,
	      uint64_t lowest, uint64_t highest, struct elf_image *image)
{
	uint64_t bias = bias_of(header, headers);
	uint64_t table = header->program_headers;
	uint64_t table_bytes = (uint64_t)header->program_header_count * sizeof(*headers);

	*image = (struct elf_image){ .entry = header->entry + bias,
				     .program_header_count = header->program_header_count,
				     .stack_protection = PROT_READ | PROT_WRITE };
	for (unsigned int i = 0; i < header->program_header_count; i++) {
		const struct elf_program_header *row = &headers[i];

		if (row->type == ELF_INTERPRETER)
			return -E_NOENT;
		if (row->type == ELF_STACK)
			image->stack_protection |= protection(row->flags) & PROT_EXEC;
		if (row->type != ELF_LOAD)
			continue;
		if (add_segment(row, bias, lowest, highest, image))
			return -E_NOEXEC;
		if (table >= row->offset && row->file_bytes >= table_bytes &&
		    table - row->offset <= row->file_bytes - table_bytes)
			image->program_headers = row->address + bias + (table - row->offset);
	}
	return image->count ? 0 : -E_NOEXEC;
}
