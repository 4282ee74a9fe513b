/* SPDX-License-Identifier: MIT */
/* ELF files of services (System V ABI, x86-64 supplement): only what our linker script makes. */
#include "libipc/string.h"
#include "servers/supervisor/supervisor.h"

struct elf_header {
	uint8_t magic[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments, sections;
	uint32_t flags;
	uint16_t header_bytes, segment_bytes, segment_count;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, address, physical, file_bytes, memory_bytes, align;
};

#define ELF_LOAD    1
#define ELF_EXECUTE 1
#define ELF_WRITE   2

static void segment_add(struct image *image, const struct elf_segment *from)
{
	struct image_segment *segment = &image->segment[image->segments++];
	uint64_t end = from->address + from->memory_bytes;

	if (from->offset + from->file_bytes > image->bytes || from->address % PAGE_BYTES ||
	    from->file_bytes > from->memory_bytes)
		panic("a service's segment is malformed", from->address);
	*segment = (struct image_segment){ from->address, from->memory_bytes, from->offset,
		from->file_bytes, MAP_READ | (from->flags & ELF_WRITE ? MAP_WRITE : 0) |
		(from->flags & ELF_EXECUTE ? MAP_EXECUTE : 0) };
	image->pages_count = PAGES(end - image->first_address);
}

void image_open(struct image *image, const char *name)
{
	const struct elf_header *header;
	const struct elf_segment *segment;

	*image = (struct image){ .first_address = SERVICE_IMAGE };
	image->file = archive_find(name, &image->bytes);
	header = (const struct elf_header *)image->file;
	if (!header || image->bytes < sizeof(*header) || memcmp(header->magic, "\177ELF", 4)) {
		panic(name, 0);
	}
	segment = (const struct elf_segment *)(image->file + header->segments);
	for (unsigned int i = 0; i < header->segment_count; i++) {
		if (segment[i].type == ELF_LOAD && image->segments < IMAGE_SEGMENTS)
			segment_add(image, &segment[i]);
	}
}

void image_fill(const struct image *image, void *memory)
{
	for (unsigned int i = 0; i < image->segments; i++) {
		const struct image_segment *segment = &image->segment[i];

		memcpy((char *)memory + (segment->address - image->first_address),
		       image->file + segment->offset, segment->file_bytes);
	}
}

