/* SPDX-License-Identifier: MIT */
/* Memory: what the kernel left free at boot, and mapping it. Nothing is ever given back. */
#include "libipc/log.h"
#include "servers/supervisor/supervisor.h"

#define TABLE_PAGES 8                            /* donated at once for page tables */
#define MAP_MOST    512                          /* pages a call */

static struct {
	uint64_t base, pages, used;
} range[BOOT_MEMORY_RANGES];
static unsigned int ranges;

void panic(const char *what, uint64_t value)
{
	log_line("cannot go on: %s (%lx)", what, value);
	for (;;)
		(void)!kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_SHUTDOWN, WORDS(127));
}

void must(status_t status, const char *what)
{
	if (status != STATUS_OK)
		panic(what, (uint64_t)status);
}

void ram_start(const struct boot_info *boot)
{
	for (ranges = 0; ranges < boot->memory_count; ranges++) {
		range[ranges].base = boot->memory[ranges].base;
		range[ranges].pages = boot->memory[ranges].bytes / PAGE_BYTES;
	}
}

struct pages ram_take(uint64_t pages)
{
	struct pages taken = { BOOT_SLOT_MEMORY, range[0].used, pages };

	if (pages > range[0].pages - range[0].used)
		panic("out of memory for the services; pages wanted", pages);
	range[0].used += pages;
	return taken;
}

uint64_t ram_physical(struct pages pages)
{
	return range[pages.memory - BOOT_SLOT_MEMORY].base + pages.offset * PAGE_BYTES;
}

struct pages ram_rest(unsigned int index)
{
	struct pages rest = { BOOT_SLOT_MEMORY + index, range[index].used, 0 };

	if (index < ranges)
		rest.count = range[index].pages - range[index].used;
	range[index].used = range[index].pages;
	return rest;
}

void map(uint32_t space, uint64_t address, struct pages pages, uint32_t flags)
{
	uint64_t done = 0, mapped;
	status_t status;

	while (done < pages.count) {
		uint64_t step = pages.count - done < MAP_MOST ? pages.count - done : MAP_MOST;

		status = space_map(space, address + done * PAGE_BYTES, pages.memory,
				   pages.offset + done, step, flags, &mapped);
		done += mapped;
		if (status == STATUS_NO_MEMORY) {
			struct pages tables = ram_take(TABLE_PAGES);

			status = space_donate(space, tables.memory, tables.offset, tables.count);
		}
		if (status != STATUS_OK && status != STATUS_AGAIN)
			panic("mapping failed at", address + done * PAGE_BYTES);
	}
}

void unmap(uint32_t space, uint64_t address, uint64_t pages)
{
	uint64_t done = 0, passed;
	status_t status;

	while (done < pages) {
		uint64_t step = pages - done < MAP_MOST ? pages - done : MAP_MOST;

		status = space_unmap(space, address + done * PAGE_BYTES, step, &passed);
		done += passed;
		if (status != STATUS_OK && status != STATUS_AGAIN)
			panic("unmapping failed at", address + done * PAGE_BYTES);
	}
}
