/* sources: servers/supervisor/manifest.c libipc/format.c */
/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "servers/supervisor/manifest.h"

static struct manifest manifest;
static struct manifest_error error;

#define NEEDED "gives x\nheap 1M\nstable 128K\nstack 64K\nrestart backoff 10ms 2s limit 7\n"
#define PROGRAM "program\nlevel 8\n"

static int parse(const char *text)
{
	return manifest_parse(&manifest, text, strlen(text), &error);
}

static void refused(const char *text, unsigned line, const char *message)
{
	cr_assert(!parse(text), "accepted: %s", text);
	cr_assert_eq(error.line, line, "line %u: %s", error.line, error.text);
	cr_assert(strstr(error.text, message), "%s", error.text);
}

Test(manifest, reads_every_fact)
{
	const struct manifest_service *a;

	cr_assert(parse("# comment\n\nservice b\nlevel 9\n" NEEDED
			"service a # the first\n\tlevel 0x5\n" NEEDED
			"binary c\nslots 512\ndevice virtio-blk 1\ndma 2M\nimage posix\nmanages memory\n"
			"starts programs\ncalls b\nnotifies b 0x80000001\nioport com2 0x2f8 8\n"
			"irq com2 line 3 bits 0x2\n" PROGRAM "calls b"), "%s", error.text);
	cr_assert_eq(manifest.services, 2);
	a = manifest_find(&manifest, "a");
	cr_assert(a);
	cr_assert_str_eq(a->binary, "c");
	cr_assert_str_eq(a->gives, "x");
	cr_assert_eq(a->level, 5);
	cr_assert_eq(a->slots, 512);
	cr_assert_eq(a->heap_bytes, 1 << 20);
	cr_assert_eq(a->stable_bytes, 128 << 10);
	cr_assert_eq(a->device, 1);
	cr_assert_eq(a->dma_bytes, 2 << 20);
	cr_assert_str_eq(a->image, "posix");
	cr_assert(a->facts & FACT_MANAGES);
	cr_assert(a->facts & FACT_STARTS);
	cr_assert_str_eq(a->call[0].name, "b");
	cr_assert_eq(a->notify[0].bits, 0x80000001u);
	cr_assert_eq(a->ports[0].first, 0x2f8);
	cr_assert_eq(a->ports[0].count, 8);
	cr_assert_eq(a->irq[0].number, 3);
	cr_assert_eq(a->irq[0].bits, 2);
	cr_assert_eq(a->backoff_first_ns, 10000000);
	cr_assert_eq(a->backoff_most_ns, 2000000000);
	cr_assert_eq(a->restart_limit, 7);
	cr_assert_str_eq(manifest.program.call[0].name, "b");
}

Test(manifest, a_service_is_its_own_binary)
{
	cr_assert(parse("service fs\nlevel 9\n" NEEDED PROGRAM));
	cr_assert_str_eq(manifest_find(&manifest, "fs")->binary, "fs");
	cr_assert_null(manifest_find(&manifest, "f"));
}

Test(manifest, refuses_bad_words)
{
	refused("level 3\n", 1, "'level' before any service");
	refused("service a\nspeed 3\n", 2, "unknown fact 'speed'");
	refused("service a\nlevel\n", 2, "'level': wrong number of words");
	refused("service a\nlevel 3 4\n", 2, "'level': wrong number of words");
	refused("service a\nlevel high\n", 2, "not a number in range: 'high'");
	refused("service a\nlevel 64\n", 2, "not a number in range: '64'");
	refused("service a\nlevel 99999999999999999999999\n", 2, "not a number in range");
	refused("service a\nlevel 3\nlevel 3\n", 3, "'level' stands there twice");
	refused("service a\nheap 1\n", 2, "not a size");
	refused("service a\nheap 1K\n", 2, "not a size");
	refused("service a\nheap 0M\n", 2, "not a size");
	refused("service a\nheap 4096M\n", 2, "not a size");
	refused("service a\nrestart backoff 10 1s limit 3\n", 2, "not a time");
	refused("service a\nrestart soon 10ms 1s limit 3\n", 2, "restart:");
	refused("service a\nirq com line x bits 1\n", 2, "not a number");
	refused("service a\nioport com 0xfff8 16\n", 2, "not a number in range: '16'");
	refused("service a\nimage a_name_that_is_too_long\n", 2, "not a name");
	refused("service a\nimage a_word_that_is_by_far_too_long\n", 2, "a word is too long");
	refused("a b c d e f g h i\n", 1, "too many words");
	refused("service\n", 1, "'service' and a name");
	refused("service a\nservice a\n", 2, "service 'a' stands there twice");
	refused("program\nprogram\n", 2, "'program' stands there twice");
}

Test(manifest, refuses_broken_rules)
{
	refused("service a\nlevel 9\n" PROGRAM, 1, "'a' needs level, gives, heap");
	refused("service a\nlevel 9\n" NEEDED, 7, "no 'program' row");
	refused("service a\nlevel 9\n" NEEDED "calls b\n" PROGRAM, 8, "calls 'b', which is no service");
	refused("service a\nlevel 9\n" NEEDED "notifies b 1\n" PROGRAM, 8, "notifies 'b', which is no");
	refused("service a\nlevel 9\n" NEEDED "calls b\ncalls b\n" PROGRAM, 9, "calls 'b' twice");
	refused("service a\nlevel 9\n" NEEDED "calls b\nservice b\nlevel 9\n" NEEDED PROGRAM, 8,
		"calls 'b', which is not uphill");
	refused("service a\nlevel 9\n" NEEDED "calls b\nservice b\nlevel 10\n" NEEDED "calls a\n" PROGRAM, 8,
		"calls 'b', which calls back: a cycle");
	refused("service a\nlevel 9\n" NEEDED "calls a\n" PROGRAM, 8, "calls back: a cycle");
	refused("service a\nlevel 9\n" NEEDED "program\nlevel 9\ncalls a\n", 10, "not uphill");
}

Test(manifest, survives_any_text)
{
	static char text[4096];
	unsigned seed = 1;

	for (int round = 0; round < 2000; round++) {
		static const char *const piece[] = { "service ", "program", "\n", " ", "level", "calls ",
			"a", "0x", "9", "M", "#", "irq a line 1 bits 2", "restart backoff 1ms 1s limit 2",
			"heap 4K\n", "\t", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzz" };
		size_t used = 0;

		while (used < sizeof(text) - 64 && (seed = seed * 1103515245 + 12345) >> 24) {
			const char *next = piece[seed >> 16 & 15];

			memcpy(text + used, next, strlen(next));
			used += strlen(next);
		}
		manifest_parse(&manifest, text, used, &error);
	}
}
