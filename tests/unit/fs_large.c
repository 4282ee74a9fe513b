/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/fs: directories of thousands of entries, which are indexed. */
#include "tests/unit/fs_host.h"

#include "servers/fs/index.h"

#define NAMES 4000

static uint8_t present[NAMES];

/* Of all lengths, and many begin alike. */
static const char *name_number(uint32_t number)
{
	static char name[256];
	uint32_t more = number % 7 == 3 ? number % 200 : number % 5;

	snprintf(name, sizeof(name), "/d/name%.*s%u", (int)more,
		 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
		 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
		 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", number);
	return name;
}

static void check_all(void)
{
	struct fs_status status;

	for (uint32_t i = 0; i < NAMES; i++)
		cr_assert_eq(host_lookup(name_number(i), 0, &status), present[i] ? 0 : E_NOENT);
}

static uint64_t directory_bytes(void)
{
	struct fs_status status;

	cr_assert_eq(host_lookup("/d", 0, &status), 0);
	return status.size_bytes;
}

static void step(uint32_t adds)
{
	uint32_t number = host_random(NAMES), other = host_random(NAMES);
	char to[256];

	if (host_random(100) < adds) {
		cr_assert_eq(host_link("/f", name_number(number)), present[number] ? E_EXIST : 0);
		present[number] = 1;
	} else if (host_random(4)) {
		cr_assert_eq(host_remove(name_number(number), 0), present[number] ? 0 : E_NOENT);
		present[number] = 0;
	} else if (number != other && present[number] && !present[other]) {
		strcpy(to, name_number(other));
		cr_assert_eq(host_rename(name_number(number), to, 0), 0);
		present[number] = 0;
		present[other] = 1;
	}
}

static void begin(const char *options, uint32_t kibibytes)
{
	memset(present, 0, sizeof(present));
	host_memory(4u << 20);
	host_start(options, kibibytes, 0);
	host_release(host_make_file("/f"));
	cr_assert_eq(host_make_directory("/d", 0755), 0);
}

static void random_names(const char *options, uint32_t kibibytes)
{
	begin(options, kibibytes);
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 6000; i++)
			step(round % 2 ? 20 : 80);
		check_all();
		if (round == 1)
			host_restart();
	}
	host_check();
	host_end();
}

Test(fs_large, random_names_in_blocks_of_4k)
{
	random_names("-b 4096", 16384);
}

Test(fs_large, random_names_in_blocks_of_1k)
{
	random_names("-b 1024", 8192);
}

/* Space that became free is used again. */
Test(fs_large, what_comes_and_goes_takes_no_more_space)
{
	uint64_t bytes;

	begin("-b 1024", 8192);
	for (int i = 0; i < 6000; i++)
		step(80);
	bytes = directory_bytes();
	for (int i = 0; i < 30000; i++)
		step(55);
	cr_assert_lt(directory_bytes(), bytes + bytes / 4);
	host_check();
	host_end();
}

/* More large directories than there are indexes; and one is not taken for an earlier one. */
Test(fs_large, many_directories)
{
	char name[32];
	struct fs_status status;

	begin("-b 1024", 8192);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t n = 0; n < 100 * 20; n++) {
			if (n < 20) {
				snprintf(name, sizeof(name), "/%u", n);
				cr_assert_eq(host_make_directory(name, 0755), 0);
			}
			snprintf(name, sizeof(name), "/%u/name%u", n % 20, n / 20);
			cr_assert_eq(host_lookup(name, 0, &status), E_NOENT);
			cr_assert_eq(host_link("/f", name), 0);
		}
		for (uint32_t n = 100 * 20; n-- > 0;) {
			snprintf(name, sizeof(name), "/%u/name%u", n % 20, n / 20);
			cr_assert_eq(host_remove(name, 0), 0);
			snprintf(name, sizeof(name), "/%u", n);
			cr_assert(n >= 20 || !host_remove(name, FS_REMOVE_DIRECTORY));
		}
	}
	host_check();
	host_end();
}

/* What an operation that fails has changed before is as it was. */
Test(fs_large, undone_changes)
{
	static uint8_t bytes[1 << 16];
	struct fs_status status;
	uint64_t filler;
	int error = 0;

	begin("-b 1024", 1024);
	for (uint32_t i = 0; i < 300; i++) {
		cr_assert_eq(host_link("/f", name_number(i)), 0);
		present[i] = 1;
	}
	filler = host_make_file("/filler");
	for (uint64_t at = 0; !error && at < 2u << 20; at += 1024)
		error = host_write(filler, at, bytes, 1024);
	cr_assert_eq(error, E_NOSPC);
	error = 0;
	for (uint32_t i = 300; !error && i < NAMES; i++) {
		error = host_link("/f", name_number(i));
		present[i] = !error;
		if (i % 5 == 0)
			cr_assert_eq(host_remove(name_number(i - 200), 0), 0);
		if (i % 5 == 0)
			present[i - 200] = 0;
	}
	cr_assert_eq(error, E_NOSPC);
	check_all();
	cr_assert_eq(host_lookup("/filler", 0, &status), 0);
	host_check();
	host_end();
}
