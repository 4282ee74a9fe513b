/* SPDX-License-Identifier: MIT */
/*
 * From the loader's memory map to the first thread. All memory that the kernel itself needs is
 * taken here, once, right behind its image; the rest becomes memory capabilities of the supervisor.
 */
#include "kernel/boot.h"

#include "kernel/abi/layout.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/endpoint.h"
#include "kernel/host.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/pvh.h"
#include "kernel/schedule.h"
#include "kernel/space.h"
#include "kernel/supervisor.h"

#define LOW_MEMORY 0x100000ull           /* firmware's, below */

extern char kernel_end[];

static uint64_t allocated;               /* physical: all below, from LOW_MEMORY on, is the kernel's */
static uint64_t allocation_limit;
static struct info_page *info_page;
static const struct pvh_start_info *start;

void *boot_allocate(uint64_t pages)
{
	void *memory = direct(allocated);

	allocated += pages * PAGE_SIZE;
	if (allocated > allocation_limit)
		panic("too little memory to start in");
	arch_clear(memory, pages * PAGE_SIZE);
	return memory;
}

struct info_page *boot_info_page(void) { return info_page; }

static const struct pvh_memory *memory_map(void) { return direct(start->memory_map); }

/* The kernel's memory reaches at most up to the boot archive or the end of the range it is in. */
static void allocation_start(void)
{
	allocated = (uint64_t)kernel_end - KERNEL_BASE;
	for (uint32_t i = 0; i < start->memory_map_entries; i++) {
		const struct pvh_memory *range = &memory_map()[i];

		if (range->type == PVH_RAM && range->address <= LOW_MEMORY &&
		    range->address + range->bytes > allocated)
			allocation_limit = range->address + range->bytes;
	}
	if (start->module_count) {
		const struct pvh_module *module = direct(start->modules);

		if (module->address >= allocated && module->address < allocation_limit)
			allocation_limit = module->address;
	}
}

static uint64_t ram_end(void)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < start->memory_map_entries; i++) {
		const struct pvh_memory *range = &memory_map()[i];

		if (range->type == PVH_RAM && range->address + range->bytes > end)
			end = range->address + range->bytes;
	}
	return end;
}

static bool word_given(const char *word)
{
	const char *text = start->command_line ? direct(start->command_line) : "";
	unsigned long length = __builtin_strlen(word);

	for (; *text; text++)
		if (!__builtin_strncmp(text, word, length) && (text[length] == ' ' || !text[length]))
			return true;
	return false;
}

static void frames_start(uint64_t end)
{
	frame_count = (uint32_t)(end >> PAGE_SHIFT);
	frame_table = boot_allocate((frame_count * sizeof(struct frame) + PAGE_SIZE - 1) >> PAGE_SHIFT);
	for (uint32_t i = 0; i < frame_count; i++)
		frame_table[i] = (struct frame){ .type = FRAME_RESERVED };
}

static void frames_type(uint64_t from, uint64_t to, unsigned type)
{
	for (uint64_t page = from >> PAGE_SHIFT; page < to >> PAGE_SHIFT && page < frame_count; page++)
		frame_table[page] = (struct frame){ .type = type };
}

/* Free RAM: neither the firmware's, the kernel's nor the archive's. */
static void frames_sort(const struct pvh_module *archive)
{
	for (uint32_t i = 0; i < start->memory_map_entries; i++) {
		const struct pvh_memory *range = &memory_map()[i];
		uint64_t from = (range->address + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);

		if (range->type == PVH_RAM)
			frames_type(from < LOW_MEMORY ? LOW_MEMORY : from,
				    range->address + range->bytes, FRAME_RAW);
	}
	frames_type(archive->address, archive->address + archive->bytes + PAGE_SIZE - 1, FRAME_RESERVED);
	frames_type(LOW_MEMORY, allocated, FRAME_TABLE);
}

static void info_start(uint64_t memory_bytes)
{
	info_page = boot_allocate(1);
	*info_page = (struct info_page){ .tsc_hz = tsc_hz, .tsc_boot = arch_ticks(),
		.memory_bytes = memory_bytes, .ns_multiplier = (1000000000ull << 32) / tsc_hz };
}

_Noreturn void boot_main(uint32_t start_info)
{
	const struct pvh_module *archive;
	struct supervisor supervisor;

	start = direct(start_info);
	if (start->magic != PVH_MAGIC || !start->memory_map_entries)
		panic("not started by a PVH loader that gives a memory map");
	if (!start->module_count)
		panic("no boot archive (qemu -initrd)");
	archive = direct(start->modules);
	allocation_start();
	if (host_link)
		host_link();
	paging_start(ram_end());
	cpu_start();
	apic_start();
	frames_start(ram_end());
	info_start(ram_end());
	if (host_start)
		host_start(ram_end());
	arch_entry_choose(!word_given("slow") && !word_given("count"));
	log_print("bulkhead: kernel started, %lu MiB of memory, %lu MHz time-stamp counter\n",
		  ram_end() >> 20, tsc_hz / 1000000);
	supervisor_create(&supervisor, direct(archive->address), archive->bytes);
	frames_sort(archive);
	supervisor_endow(&supervisor, info_page, archive->address, archive->bytes,
			 start->command_line ? direct(start->command_line) : "");
	supervisor_start(&supervisor);
	schedule_leave();
}
