/* SPDX-License-Identifier: MIT */
/* The first user program: its space, thread and endpoint, and all capabilities there are. */
#include "kernel/supervisor.h"

#include "kernel/abi/info.h"
#include "kernel/abi/layout.h"
#include "kernel/boot.h"
#include "kernel/elf.h"
#include "kernel/endpoint.h"
#include "kernel/host.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/thread.h"

#define SUPERVISOR_LEVEL 48
#define SUPERVISOR_SLOT_PAGES 16         /* 4,096 slots */
#define SUPERVISOR_STACK_PAGES 16
#define SUPERVISOR_ENDPOINT_PAGES 18     /* sessions of every program and service */

/*
 * One file of a cpio archive, format newc (cpio(5)): 110 bytes of hexadecimal header, name, data;
 * each padded to 4.
 */
static uint64_t hexadecimal(const char *digits)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value << 4 |
			(uint64_t)(digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 32) - 'a' + 10);
	return value;
}

static const void *archive_find(const char *archive, uint64_t bytes, const char *name, uint64_t *size)
{
	uint64_t at = 0;

	while (at + 110 < bytes && !__builtin_memcmp(archive + at, "070701", 6)) {
		uint64_t file = hexadecimal(archive + at + 54), length = hexadecimal(archive + at + 94);
		uint64_t data = at + ((110 + length + 3) & ~3ull);

		if (data + file > bytes)
			break;
		if (!__builtin_strcmp(archive + at + 110, name)) {
			*size = file;
			return archive + data;
		}
		at = data + ((file + 3) & ~3ull);
	}
	panic("the boot archive holds no file `%s`", name);
}

static void *map_fresh(struct space *space, uint64_t address, unsigned flags)
{
	uint64_t *entry = arch_entry_make(space, address);
	void *page = boot_allocate(1);

	CHECK(entry);
	*entry = arch_entry_value(page_number(page), flags);
	return page;
}

static void segment_map(struct space *space, const char *file, const struct elf_segment *segment)
{
	unsigned flags = MAP_READ | (segment->flags & ELF_WRITE ? MAP_WRITE : 0) |
		(segment->flags & ELF_EXECUTE ? MAP_EXECUTE : 0);
	uint64_t end = segment->address + segment->memory_bytes;

	for (uint64_t at = segment->address & ~(PAGE_SIZE - 1); at < end; at += PAGE_SIZE) {
		char *page = map_fresh(space, at, flags);
		uint64_t from = at < segment->address ? segment->address : at;
		uint64_t to = at + PAGE_SIZE, file_end = segment->address + segment->file_bytes;

		if (to > file_end)
			to = file_end;
		if (from < to)
			arch_copy(page + (from - at),
				  file + segment->offset + (from - segment->address), to - from);
	}
}

/*
 * Maps the image; returns where it starts. The archive is part of what was built: checked, not
 * distrusted.
 */
static uint64_t image_map(struct space *space, const char *file, uint64_t bytes)
{
	const struct elf_header *header = (const void *)file;
	const struct elf_segment *segment = (const void *)(file + header->segments);

	if (bytes < sizeof(*header) || __builtin_memcmp(file, ELF_MAGIC, 6) ||
	    header->segments + header->segment_count * sizeof(*segment) > bytes)
		panic("`supervisor` is no 64-bit ELF file");
	for (unsigned i = 0; i < header->segment_count; i++)
		if (segment[i].type == ELF_LOAD) {
			CHECK(segment[i].offset + segment[i].file_bytes <= bytes);
			CHECK(segment[i].address + segment[i].memory_bytes < USER_TOP);
			segment_map(space, file, &segment[i]);
		}
	return header->entry;
}

static void object_capability(struct space *space, unsigned number, unsigned kind, void *object)
{
	struct slot value = { .value = (uint64_t)object, .kind = (uint8_t)kind, .rights = 0xff };

	CHECK(slot_fill(space, &space->table[number], &value) == STATUS_OK);
}

static void memory_capability(struct space *space, unsigned number, uint64_t page, uint64_t pages,
			      unsigned rights)
{
	struct slot value = { .value = page | pages << 32,
			      .kind = KIND_MEMORY,
			      .rights = (uint8_t)rights };

	CHECK(slot_fill(space, &space->table[number], &value) == STATUS_OK);
}

static void process_create(struct supervisor *s, const void *archive, uint64_t bytes)
{
	uint64_t size;
	const void *file = archive_find(archive, bytes, "supervisor", &size);

	s->thread = thread_create(page_number(boot_allocate(1)));
	s->entry = image_map(s->space, file, size);
	for (unsigned i = 0; i < SUPERVISOR_STACK_PAGES; i++)
		map_fresh(s->space, SERVICE_STACK + i * PAGE_SIZE, MAP_READ | MAP_WRITE);
	thread_configure(s->thread, s->space, SUPERVISOR_LEVEL, false);
	thread_bind(s->thread, s->endpoint);
	thread_page_set(s->thread, page_number(s->page));
}

/* Objects lie in boot memory, which is the kernel's own: they are never destroyed. */
void supervisor_create(struct supervisor *s, const void *archive, uint64_t bytes)
{
	uint64_t space_pages = SPACE_HEAD_PAGES + SUPERVISOR_SLOT_PAGES;

	s->space = space_create(page_number(boot_allocate(space_pages)), (uint32_t)space_pages,
				SUPERVISOR_LEVEL);
	s->endpoint = endpoint_create(page_number(boot_allocate(SUPERVISOR_ENDPOINT_PAGES)),
				      SUPERVISOR_ENDPOINT_PAGES, SUPERVISOR_LEVEL);
	for (unsigned i = 0; i < 64; i++)
		space_pool_add(s->space, page_number(boot_allocate(1)));
	s->place = host_supervisor ? host_supervisor(s->space, s->endpoint, &s->thread) : 0;
	s->page = map_fresh(s->space, MESSAGE_PAGES + s->place, MAP_READ | MAP_WRITE);
	if (!s->place)
		process_create(s, archive, bytes);
}

void supervisor_start(struct supervisor *s)
{
	uint64_t stack = SERVICE_STACK + SUPERVISOR_STACK_PAGES * PAGE_SIZE;

	if (s->place)
		host_supervisor_start(s->endpoint, MESSAGE_PAGES + s->place);
	else
		thread_start(s->thread, s->entry, stack, MESSAGE_PAGES);
}

/* The largest runs of free pages, largest first. */
static void memory_give(struct space *space, struct boot_info *boot)
{
	for (uint32_t page = 0; page < frame_count; ) {
		uint32_t first = page, at;

		while (page < frame_count && frame_table[page].type == FRAME_RAW)
			page++;
		if (page == first) {
			page++;
			continue;
		}
		if (boot->memory_count == BOOT_MEMORY_RANGES)
			break;
		for (at = boot->memory_count++;
		     at && boot->memory[at - 1].bytes < (page - first) * PAGE_SIZE; at--)
			boot->memory[at] = boot->memory[at - 1];
		boot->memory[at].base = first * PAGE_SIZE;
		boot->memory[at].bytes = (page - first) * PAGE_SIZE;
	}
	for (uint32_t i = 0; i < boot->memory_count; i++)
		memory_capability(space, BOOT_SLOT_MEMORY + i, boot->memory[i].base >> PAGE_SHIFT,
				  boot->memory[i].bytes >> PAGE_SHIFT,
				  MEMORY_READ | MEMORY_WRITE | MEMORY_EXECUTE | MEMORY_CREATE |
					  MEMORY_PHYSICAL_RIGHT);
}

/* From here on what it runs in is memory like any other: mapped once, and not given away. */
static void image_release(const struct space *space)
{
	uint64_t address = 0;

	for (uint64_t *entry = 0;
	     (entry = arch_entry_mapped(space, &address, BOOT_ARCHIVE_ADDRESS, entry));
	     entry++, address += PAGE_SIZE)
		*frame_of(arch_entry_read(*entry).page) =
			(struct frame){ .type = FRAME_RAW, .count = 1 };
}

void supervisor_endow(struct supervisor *s, struct info_page *info, uint64_t archive,
		      uint64_t archive_bytes, const char *command_line)
{
	struct boot_info *boot = (struct boot_info *)s->page;
	uint64_t archive_pages = (archive_bytes + archive % PAGE_SIZE + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct slot control = { .kind = KIND_CONTROL, .rights = 0xff };

	boot->magic = BOOT_MAGIC;
	boot->archive_address = BOOT_ARCHIVE_ADDRESS + s->place + archive % PAGE_SIZE;
	boot->archive_bytes = archive_bytes;
	for (unsigned i = 0; i + 1 < sizeof(info->command_line) && command_line[i]; i++)
		info->command_line[i] = command_line[i];
	for (uint64_t i = 0; i < archive_pages; i++) {
		uint64_t *entry = arch_entry_make(s->space, BOOT_ARCHIVE_ADDRESS + s->place +
							    i * PAGE_SIZE);

		CHECK(entry);
		*entry = arch_entry_value((uint32_t)(archive >> PAGE_SHIFT) + (uint32_t)i, MAP_READ);
	}
	object_capability(s->space, BOOT_SLOT_SPACE, KIND_SPACE, s->space);
	object_capability(s->space, BOOT_SLOT_THREAD, KIND_THREAD, s->thread);
	object_capability(s->space, BOOT_SLOT_ENDPOINT, KIND_ENDPOINT, s->endpoint);
	CHECK(slot_fill(s->space, &s->space->table[BOOT_SLOT_CONTROL], &control) == STATUS_OK);
	memory_capability(s->space, BOOT_SLOT_INFO, page_number(info), 1, MEMORY_READ);
	memory_capability(s->space, BOOT_SLOT_DEVICE, 0, 0xffffffff,
			  MEMORY_READ | MEMORY_WRITE | MEMORY_DEVICE);
	memory_capability(s->space, BOOT_SLOT_ARCHIVE, archive >> PAGE_SHIFT, archive_pages,
			  MEMORY_READ | MEMORY_EXECUTE | MEMORY_DEVICE);
	memory_give(s->space, boot);
	if (!s->place)
		image_release(s->space);
	*frame_of(page_number(info)) = (struct frame){ .type = FRAME_RAW, .count = 1 };
	if (!s->place)
		frame_of(page_number(s->page))->count++;
}
