/* SPDX-License-Identifier: MIT */
/* Reading ELF headers. Nothing in a file is trusted: every sum is checked. */
#include "user/posix/elf.h"

#include "libipc/proto/errno.h"
#include "user/posix/memory.h"

enum { ELF_EXECUTABLE = 2, ELF_SHARED = 3, ELF_X86_64 = 62 };
enum { ELF_LOAD = 1, ELF_INTERPRETER = 3, ELF_STACK = 0x6474e551 };
enum { ELF_EXECUTE = 1, ELF_WRITE = 2, ELF_READ = 4 };
#define ALIGNMENT_MAX (1ull << 30)                /* the largest page there is */

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
static long add_segment(const struct elf_program_header *row, uint64_t lowest, uint64_t highest,
			struct elf_image *image)
{
	struct elf_segment *segment = &image->segment[image->count];
	uint64_t start = row->address + image->bias;

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

/* From the first segment's page to the last one's end, and the largest alignment asked for. */
struct extent { uint64_t start, end, alignment; };

static struct extent extent_of(const struct elf_header *header,
			       const struct elf_program_header *headers)
{
	struct extent extent = { .alignment = PAGE_BYTES };
	int first = 1;

	for (unsigned int i = 0; i < header->program_header_count; i++) {
		const struct elf_program_header *row = &headers[i];

		if (row->type != ELF_LOAD)
			continue;
		if (first)
			extent.start = PAGE_DOWN(row->address);
		first = 0;
		extent.end = row->address + row->memory_bytes;
		/* What is no power of two, or larger than any page, is not meant. */
		if (row->alignment > extent.alignment && row->alignment <= ALIGNMENT_MAX &&
		    !(row->alignment & (row->alignment - 1)))
			extent.alignment = row->alignment;
	}
	return extent;
}

/* Nonsense in the file gives nonsense here, which add_segment refuses. */
static uint64_t bias_of(const struct elf_header *header, const struct elf_program_header *headers,
			uint64_t base, uint64_t highest)
{
	struct extent extent = extent_of(header, headers);

	if (header->type == ELF_EXECUTABLE)
		return 0;
	if (!base)
		base = PAGE_DOWN(highest - (extent.end - extent.start));
	return (base & ~(extent.alignment - 1)) - extent.start;
}

/* The address of the program headers, if this segment has them. */
static uint64_t table_in(const struct elf_header *header, const struct elf_program_header *row,
			 uint64_t bias)
{
	uint64_t table = header->program_headers;
	uint64_t bytes = (uint64_t)header->program_header_count * sizeof(*row);

	if (table < row->offset || row->file_bytes < bytes ||
	    table - row->offset > row->file_bytes - bytes)
		return 0;
	return row->address + bias + (table - row->offset);
}

static long add_interpreter(const struct elf_program_header *row, struct elf_image *image)
{
	if (image->interpreter_bytes)             /* Linux looks at the first one only */
		return 0;
	if (row->file_bytes < 2 || row->file_bytes > ELF_INTERPRETER_BYTES ||
	    row->offset > INT64_MAX - ELF_INTERPRETER_BYTES)
		return -E_NOEXEC;
	image->interpreter_offset = row->offset;
	image->interpreter_bytes = row->file_bytes;
	return 0;
}

long elf_read(const struct elf_header *header, const struct elf_program_header *headers,
	      uint64_t base, uint64_t lowest, uint64_t highest, struct elf_image *image)
{
	*image = (struct elf_image){ .bias = bias_of(header, headers, base, highest),
				     .program_header_count = header->program_header_count,
				     .stack_protection = PROT_READ | PROT_WRITE };
	image->entry = header->entry + image->bias;
	for (unsigned int i = 0; i < header->program_header_count; i++) {
		const struct elf_program_header *row = &headers[i];
		uint64_t table;

		if (row->type == ELF_INTERPRETER && add_interpreter(row, image))
			return -E_NOEXEC;
		if (row->type == ELF_STACK)
			image->stack_protection |= protection(row->flags) & PROT_EXEC;
		if (row->type != ELF_LOAD)
			continue;
		if (add_segment(row, lowest, highest, image))
			return -E_NOEXEC;
		table = table_in(header, row, image->bias);
		if (table)
			image->program_headers = table;
	}
	return image->count ? 0 : -E_NOEXEC;
}
