/* SPDX-License-Identifier: MIT */
/*
 * A conversation of seeded messages of every shape, well-formed and not: what each side got is
 * hashed, word by word. A kernel that takes the fast path and one that takes the C path for all
 * calls must leave the same hash in the log (tests/system/paths.c).
 */
#include "tests/bench/kernel/stage.h"

#include "libipc/kernel.h"

#define MESSAGES 20000
#define PAGE_OF(actor) ((struct message_page *)(MESSAGE_PAGES + 4096ull * (1 + (actor) - STAGE_THREAD)))
#define OFFERED  100                    /* first of the slots where the server takes capabilities */

/* Both sides write here; only one of them runs at a time. */
static volatile uint64_t hash, finished;

static void add(uint64_t word)
{
	hash = (hash ^ word) * 0x100000001b3ull;  /* FNV-1a, by words */
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* Mostly plain; else more words, counts that are too high, windows, capabilities, a number. */
static uint64_t shape(uint64_t *seed)
{
	uint64_t info = next(seed) & INFO_LABEL_MASK;

	if (next(seed) % 2)
		return info | (next(seed) % 7) << INFO_WORDS_SHIFT;
	info |= (next(seed) % 128) << INFO_WORDS_SHIFT | (next(seed) % 4) << INFO_WINDOWS_SHIFT;
	info |= next(seed) % 4 ? 0 : (next(seed) % 8) << INFO_CAPS_SHIFT;
	info |= next(seed) % 4 ? INFO_PAGE : 0;
	return info | next(seed) << INFO_SEQUENCE_SHIFT;
}

static void compose(struct message_page *page, uint64_t words[MESSAGE_REGISTERS], uint64_t *seed)
{
	for (unsigned int i = 0; i < MESSAGE_WORDS; i++)
		page->words[i] = next(seed);
	for (unsigned int i = 0; i < MESSAGE_CAPS; i++)
		page->caps_send[i] = (uint32_t)(next(seed) % 3);
	for (unsigned int i = 0; i < MESSAGE_REGISTERS; i++)
		words[i] = next(seed);
}

/* Registers that no answer fills keep what they held on one path and not on the other: not compared. */
static void note(const struct message_page *page, status_t status, uint64_t badge, uint64_t info,
	const uint64_t words[MESSAGE_REGISTERS])
{
	add((uint64_t)status);
	if (status != STATUS_OK && status != STATUS_NOTIFIED)
		return;
	add(words[0]);
	if (status == STATUS_NOTIFIED)
		return;
	add(badge);
	add(info);
	for (unsigned int i = 1; i < MESSAGE_REGISTERS; i++)
		add(words[i]);
	for (unsigned int i = MESSAGE_REGISTERS; i < MESSAGE_WORDS; i++)
		add(page->words[i]);
	for (unsigned int i = 0; i < MESSAGE_CAPS; i++)
		add(page->caps_receive[i]);
}

static void server(void)
{
	struct message_page *page = PAGE_OF(STAGE_THREAD);
	uint64_t seed = 2, slot = 0, info = 0, words[MESSAGE_REGISTERS] = { 0 };
	status_t status = kernel_call_raw(KERNEL_RECEIVE, &slot, &info, words);

	for (;;) {
		note(page, status, slot, info, words);
		for (uint32_t i = 0; i < MESSAGE_CAPS; i++) {
			(void)!space_delete(BOOT_SLOT_SPACE, OFFERED + i);
			page->caps_receive[i] = OFFERED + i;
		}
		compose(page, words, &seed);
		slot = 0;
		info = shape(&seed);
		status = kernel_call_raw(KERNEL_REPLY_RECEIVE, &slot, &info, words);
	}
}

static void client(void)
{
	struct message_page *page = PAGE_OF(STAGE_THREAD_2);
	uint64_t seed = 1, words[MESSAGE_REGISTERS];

	for (unsigned int i = 0; i < MESSAGES; i++) {
		uint64_t slot = next(&seed) % 32 ? ACTOR_SESSION : next(&seed) % 300,
			 info = shape(&seed);
		status_t status;

		if (next(&seed) % 16 == 0)
			add((uint64_t)kernel_notify(ACTOR_NOTIFICATION, 0, WORDS(next(&seed))));
		compose(page, words, &seed);
		status = kernel_call_raw(KERNEL_CALL, &slot, &info, words);
		note(page, status, 0, info, words);
	}
	finished = 1;
	thread_exit(0);
}

void transcript(void)
{
	static const struct actor serving = {
		STAGE_THREAD, STAGE_ENDPOINT, BOOT_SLOT_SPACE, PRIORITY_HIGH, 0, server
	};
	static const struct actor calling = { STAGE_THREAD_2, 0, STAGE_SPACE, PRIORITY_LOW, 0, client };

	hash = 0xcbf29ce484222325ull;
	stage_start(&serving);
	stage_start(&calling);
	while (!finished)
		stage_sleep(20000000);
	stage_note("transcript", hash);
	stage_end(&calling);
	stage_end(&serving);
}
