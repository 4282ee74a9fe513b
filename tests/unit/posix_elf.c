/* sources: user/posix/elf.c */
/* SPDX-License-Identifier: MIT */
/* ELF headers: what is accepted, and that no damage to them leads to anything but a refusal. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "libipc/proto/errno.h"
#include "user/posix/elf.h"
#include "user/posix/memory.h"

#define LOWEST  0x10000ull
#define HIGHEST 0x7c0000000000ull

struct file {
	struct elf_header header;
	struct elf_program_header row[5];
};

/* Text, data with bss, a stack note, as a linker writes them. */
static struct file sample(uint16_t type, uint64_t base)
{
	struct file file = {
		.header = {
			.identification = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
			.type = type, .machine = 62, .version = 1, .entry = base + 0x1000,
			.program_headers = sizeof(struct elf_header), .header_bytes = 64,
			.program_header_bytes = 56, .program_header_count = 3,
		},
		.row = {
			{ .type = 1, .flags = 5, .offset = 0, .address = base, .file_bytes = 0x1800,
			  .memory_bytes = 0x1800, .alignment = 4096 },
			{ .type = 1, .flags = 6, .offset = 0x1e00, .address = base + 0x2e00,
			  .file_bytes = 0x300, .memory_bytes = 0x1000, .alignment = 4096 },
			{ .type = 0x6474e551, .flags = 6 },
		},
	};
	return file;
}

static long read_file(const struct file *file, struct elf_image *image)
{
	long result = elf_check(&file->header, sizeof(*file));

	return result ? result :
	       elf_read(&file->header, file->row, ELF_BASE, LOWEST, HIGHEST, image);
}

Test(posix_elf, fixed_program)
{
	struct file file = sample(2, 0x400000);
	struct elf_image image;

	cr_assert_eq(read_file(&file, &image), 0);
	cr_assert_eq(image.entry, 0x401000);
	cr_assert_eq(image.count, 2);
	cr_assert_eq(image.segment[0].protection, PROT_READ | PROT_EXEC);
	cr_assert_eq(image.segment[1].address, 0x402e00);
	cr_assert_eq(image.segment[1].memory_bytes, 0x1000);
	cr_assert_eq(image.program_headers, 0x400040);
	cr_assert_eq(image.end, 0x403e00);
	cr_assert_eq(image.stack_protection, PROT_READ | PROT_WRITE);
}

Test(posix_elf, position_independent_program)
{
	struct file file = sample(3, 0);
	struct elf_image image;

	cr_assert_eq(read_file(&file, &image), 0);
	cr_assert_eq(image.entry, ELF_BASE + 0x1000);
	cr_assert_eq(image.segment[0].address, ELF_BASE);
	cr_assert_eq(image.program_headers, ELF_BASE + 0x40);
}

Test(posix_elf, stack_that_may_be_executed)
{
	struct file file = sample(2, 0x400000);
	struct elf_image image;

	file.row[2].flags = 7;
	cr_assert_eq(read_file(&file, &image), 0);
	cr_assert_eq(image.stack_protection, PROT_READ | PROT_WRITE | PROT_EXEC);
}

Test(posix_elf, program_with_an_interpreter)
{
	struct file file = sample(2, 0x400000);
	struct elf_image image;

	file.row[2] = (struct elf_program_header){ .type = 3, .offset = 0x238, .file_bytes = 28 };
	cr_assert_eq(read_file(&file, &image), 0);
	cr_assert_eq(image.interpreter_offset, 0x238);
	cr_assert_eq(image.interpreter_bytes, 28);
	file.row[2].file_bytes = 1;
	cr_assert_eq(read_file(&file, &image), -E_NOEXEC, "no name");
	file.row[2].file_bytes = ELF_INTERPRETER_BYTES + 1;
	cr_assert_eq(read_file(&file, &image), -E_NOEXEC, "longer than a path");
	file.row[2].file_bytes = 28;
	file.row[2].offset = ~0ull;
	cr_assert_eq(read_file(&file, &image), -E_NOEXEC, "beyond any file");
}

Test(posix_elf, as_high_as_can_be)
{
	struct file file = sample(3, 0x5000);
	struct elf_image image;

	cr_assert_eq(elf_read(&file.header, file.row, 0, LOWEST, HIGHEST, &image), 0);
	cr_assert_eq(image.segment[0].address, HIGHEST - 0x4000);
	cr_assert(image.end <= HIGHEST);
	cr_assert_eq(image.bias, HIGHEST - 0x9000);
	file.row[1].memory_bytes = HIGHEST;
	cr_assert_eq(elf_read(&file.header, file.row, 0, LOWEST, HIGHEST, &image), -E_NOEXEC);
}

Test(posix_elf, alignment_asked_for)
{
	struct file file = sample(3, 0);
	struct elf_image image;

	file.row[0].alignment = 0x200000;
	cr_assert_eq(read_file(&file, &image), 0);
	cr_assert_eq(image.segment[0].address, ELF_BASE & ~0x1fffffull);
	file.row[0].alignment = 0x300000;
	cr_assert_eq(read_file(&file, &image), 0);
	cr_assert_eq(image.segment[0].address, ELF_BASE, "not a power of two");
}

Test(posix_elf, refusals)
{
	struct file good = sample(2, 0x400000), file;
	struct elf_image image;

	cr_assert_eq(elf_check(&good.header, 63), -E_NOEXEC, "cut off");
#define REFUSED(change) \
	file = good; \
	file.change; \
	cr_assert_eq(read_file(&file, &image), -E_NOEXEC, #change)
	REFUSED(header.identification[0] = 'M');
	REFUSED(header.identification[4] = 1);
	REFUSED(header.type = 1);
	REFUSED(header.machine = 3);
	REFUSED(header.program_header_bytes = 32);
	REFUSED(header.program_header_count = 0);
	REFUSED(header.program_header_count = 65535);
	REFUSED(header.program_headers = ~0ull);
	REFUSED(row[0].file_bytes = 0x1801);
	REFUSED(row[0].address = 0x400001);
	REFUSED(row[0].memory_bytes = HIGHEST);
	REFUSED(row[0].memory_bytes = ~0ull);
	REFUSED(row[1].address = ~0ull & ~0x1ff);
	REFUSED(row[1].address = 0xe00);
	REFUSED(row[1].address = 0x400e00);
	REFUSED(row[1].offset = ~0ull & ~0x1ff);
#undef REFUSED
	file = good;
	file.row[0].type = file.row[1].type = 0;
	cr_assert_eq(read_file(&file, &image), -E_NOEXEC, "nothing to load");
}

Test(posix_elf, damage_never_gets_through)
{
	srand(1);
	for (int round = 0; round < 200000; round++) {
		struct file file = sample(round & 1 ? 2 : 3, 0x400000);
		struct elf_image image;
		uint8_t *bytes = (uint8_t *)&file;

		for (int i = rand() % 8; i >= 0; i--)
			bytes[(unsigned)rand() % sizeof(file)] = (uint8_t)rand();
		if (file.header.program_header_count > 5)
			continue;
		if (elf_check(&file.header, sizeof(file)) ||
		    elf_read(&file.header, file.row, round & 2 ? ELF_BASE : 0, LOWEST, HIGHEST,
			     &image))
			continue;
		cr_assert(image.count > 0 && image.count <= ELF_SEGMENTS);
		for (unsigned i = 0; i < image.count; i++) {
			const struct elf_segment *segment = &image.segment[i];

			cr_assert(segment->address >= LOWEST && segment->address < HIGHEST);
			cr_assert(segment->memory_bytes <= HIGHEST - segment->address);
			cr_assert(segment->file_bytes <= segment->memory_bytes);
			cr_assert(segment->offset % PAGE_BYTES == segment->address % PAGE_BYTES);
		}
	}
}
