/* SPDX-License-Identifier: MIT */
#include "tests/bench/kernel/stage.h"

#include "libipc/format.h"
#include "libipc/string.h"

#define PAGE          4096ull
#define STACK_BYTES   8192
#define SPACE_PAGES   3                  /* a space with 256 slots */
#define TABLE_PAGES   32
#define ACTOR_PAGE(actor) (MESSAGE_PAGES + PAGE * (1 + (actor)->thread - STAGE_THREAD))

extern char image_start[], image_end[];  /* by the linker script */

static struct message_page *page;        /* our own */
static struct kernel_counters counters;  /* at the last report */
static uint64_t next_page;               /* of BOOT_SLOT_MEMORY */
static char stacks[2][STACK_BYTES] __attribute__((aligned(16)));

static uint64_t take_pages(uint64_t count)
{
	uint64_t first = next_page;

	next_page += count;
	return first;
}

static void log_text(const char *text, unsigned long bytes)
{
	memcpy(&page->words[MESSAGE_REGISTERS], text, bytes);
	(void)!kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_LOG, WORDS(bytes));
}

/* "NAME 12.3" for 123 ticks in 10 times. */
static void log_tenths(const char *what, const char *name, uint64_t sum, uint64_t count)
{
	char line[120];

	log_text(line, format_text(line, sizeof(line), "%s %s %lu.%lu\n", what, name, sum / count,
				   sum * 10 / count % 10));
}

static struct kernel_counters counters_now(void)
{
	struct kernel_counters now;

	(void)!kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_COUNTERS, WORDS(0));
	memcpy(&now, &page->words[MESSAGE_REGISTERS], sizeof(now));
	return now;
}

void stage_report(const char *name, uint64_t ticks, uint64_t ticks_count, uint64_t rounds)
{
	struct kernel_counters now;
	char what[64];

	log_tenths("figure", name, ticks, ticks_count);
	now = counters_now();
	format_text(what, sizeof(what), "event %s", name);
	log_tenths(what, "entries", now.entries - counters.entries, rounds);
	log_tenths(what, "cr3", now.address_space_switches - counters.address_space_switches, rounds);
	log_tenths(what, "msr", now.msr_writes - counters.msr_writes, rounds);
	log_tenths(what, "interrupts", now.interrupts - counters.interrupts, rounds);
	log_tenths(what, "faults", now.faults - counters.faults, rounds);
	counters = now;
}

void stage_note(const char *name, uint64_t value)
{
	char line[80];

	log_text(line, format_text(line, sizeof(line), "%s %lx\n", name, value));
	counters = counters_now();
}

void stage_power_off(uint64_t status)
{
	char line[40];

	log_text(line, format_text(line, sizeof(line), "bulkhead: status %lu\n", status));
	for (;;)
		(void)!kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_SHUTDOWN, WORDS(status));
}

void stage_require(int holds, const char *what)
{
	if (holds)
		return;
	log_text("failed: ", 8);
	log_text(what, strlen(what));
	log_text("\n", 1);
	stage_power_off(1);
}

/* Maps pages of ours at an address of that space. */
static void map_pages(uint32_t space, uint64_t address, uint64_t first, uint64_t count)
{
	uint64_t mapped;

	stage_require(space_map(space, address, BOOT_SLOT_MEMORY, first, count,
				MAP_READ | MAP_WRITE | MAP_ZERO, &mapped) == STATUS_OK, "map");
}

/* The image, stacks included, at the same addresses there; the variables are common. */
static void share_image(void)
{
	uint64_t at = (uint64_t)image_start, end = (uint64_t)image_end;

	while (at < end) {
		struct words words = { { BOOT_SLOT_SPACE, at, (end - at + PAGE - 1) / PAGE, 0 } };
		status_t status = kernel_invoke_space(STAGE_SPACE, SPACE_SHARE, &words);

		stage_require(status == STATUS_OK || status == STATUS_AGAIN, "share");
		at += words.word[0] * PAGE;
	}
}

void stage_open(const struct boot_info *boot)
{
	page = (struct message_page *)boot;
	stage_require(memory_create_space(BOOT_SLOT_MEMORY, take_pages(SPACE_PAGES), SPACE_PAGES,
					  PRIORITY_LOW, STAGE_SPACE) == STATUS_OK, "space");
	stage_require(space_donate(STAGE_SPACE, BOOT_SLOT_MEMORY, take_pages(TABLE_PAGES),
				   TABLE_PAGES) == STATUS_OK, "donate");
	stage_require(space_donate(BOOT_SLOT_SPACE, BOOT_SLOT_MEMORY, take_pages(TABLE_PAGES),
				   TABLE_PAGES) == STATUS_OK, "donate");
	share_image();
	stage_require(memory_create_endpoint(BOOT_SLOT_MEMORY, take_pages(1), 1, PRIORITY_HIGH,
					     STAGE_ENDPOINT) == STATUS_OK, "endpoint");
	stage_require(endpoint_mint(STAGE_ENDPOINT, STAGE_SPACE, ACTOR_SESSION, 1, 0) == STATUS_OK,
		      "session");
	stage_require(endpoint_mint_notification(STAGE_ENDPOINT, STAGE_SPACE, ACTOR_NOTIFICATION,
						 1) == STATUS_OK, "notification");
}

void stage_start(const struct actor *actor)
{
	uint64_t message = take_pages(1), object = take_pages(1);
	char *stack = stacks[actor->thread - STAGE_THREAD] + STACK_BYTES;

	map_pages(actor->space, ACTOR_PAGE(actor), message, 1);
	stage_require(memory_create_thread(BOOT_SLOT_MEMORY, object, actor->thread) == STATUS_OK,
	              "thread");
	stage_require(kernel_invoke_thread(actor->thread, THREAD_CONFIGURE,
	                                   WORDS(actor->space, actor->fault_slot, actor->endpoint,
	                                         ACTOR_PAGE(actor), actor->priority,
	                                         (uint64_t)BOOT_SLOT_MEMORY << 32 | message)) ==
	                      STATUS_OK,
	              "configure");
	stage_require(thread_start(actor->thread, (uint64_t)actor->run, (uint64_t)stack - 8, 0) ==
	                      STATUS_OK,
	              "start");
}

void stage_end(const struct actor *actor)
{
	uint64_t passed;

	stage_require(kernel_invoke_thread(actor->thread, THREAD_DESTROY, WORDS(0)) == STATUS_OK,
	              "destroy");
	stage_require(space_delete(BOOT_SLOT_SPACE, actor->thread) == STATUS_OK, "delete");
	stage_require(space_unmap(actor->space, ACTOR_PAGE(actor), 1, &passed) == STATUS_OK, "unmap");
}

void stage_sleep(uint64_t duration)
{
	status_t status = kernel_receive(0, 0, WORDS(ticks() + duration));

	stage_require(status == STATUS_TIMEOUT, "sleep");
}
