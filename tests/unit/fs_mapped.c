/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/fs: files that programs map shared; process is played by an array of pages. */
#include "tests/unit/fs_host.h"

static uint8_t buffer[3 * PAGE_BYTES];
static uint64_t file;

static int map(uint64_t page, uint64_t flags)
{
	struct fs_map_reply reply;

	return HOST_REQUEST(map, (void *)&reply, 0, file, page * PAGE_BYTES, 0x10000, PAGE_BYTES,
			    flags);
}

static void begin(void)
{
	host_memory(4u << 20);
	host_start("-b 1024", 1024, 0);
	file = host_make_file("/f");
	memset(buffer, 'a', sizeof(buffer));
	cr_assert_eq(host_write(file, 0, buffer, 2 * PAGE_BYTES + 100), 0);
}

Test(fs_mapped, stores_are_read_and_writes_are_seen)
{
	begin();
	cr_assert_eq(map(0, FS_MAP_WRITABLE), 0);
	cr_assert_eq(map(2, FS_MAP_WRITABLE), 0);
	cr_assert_eq(map(3, FS_MAP_WRITABLE), E_NXIO);
	cr_assert_eq(host_pages[1].data[99], 'a');
	cr_assert_eq(host_pages[1].data[100], 0);
	host_pages[0].data[1000] = 's';
	cr_assert_eq(host_read(file, 999, buffer, 3), 3);
	cr_assert(!memcmp(buffer, "asa", 3));
	host_pages[1].data[5] = 't';
	cr_assert_eq(host_write(file, 2 * PAGE_BYTES - 1, "ww", 2), 0);
	cr_assert(host_pages[1].data[0] == 'w' && host_pages[1].data[5] == 't');
	/* A successor finds the entry, and the page what was not fetched. */
	host_restart();
	cr_assert_eq(mapped_count, 1);
	cr_assert_eq(host_read(file, 2 * PAGE_BYTES + 4, buffer, 3), 3);
	cr_assert(!memcmp(buffer, "ata", 3));
	host_pages[1].data[200] = 'x';
	cr_assert_eq(host_truncate(file, 3 * PAGE_BYTES), 0);
	host_pages[0].data[7] = 'c';
	cr_assert_eq(host_truncate(file, 10), 0);
	cr_assert(!host_page(host_pages[0].file, 2));
	cr_assert_eq(host_pages[0].data[10], 0);
	cr_assert_eq(host_read(file, 0, buffer, 100), 10);
	cr_assert_eq(buffer[7], 'c');
	host_check();
	host_end();
}

Test(fs_mapped, pages_go_when_nobody_has_them)
{
	struct fs_sync_reply reply;
	uint64_t again;

	begin();
	cr_assert_eq(map(1, FS_MAP_WRITABLE), 0);
	host_pages[0].data[0] = 'u';
	cr_assert_eq(HOST_REQUEST(sync, &reply, 0, FS_ROOT), 0);
	cr_assert_eq(mapped_stored, 1);
	host_unmapped = 1;
	host_pages[0].data[1] = 'v';
	cr_assert_eq(HOST_REQUEST(sync, &reply, 0, FS_ROOT), 0);
	cr_assert_eq(mapped_count, 0);
	host_unmapped = 0;
	cr_assert_eq(map(1, FS_MAP_WRITABLE), 0);
	host_pages[0].data[2] = 'w';
	/* The last one lets go: what it stored last is fetched. */
	host_release(file);
	cr_assert(mapped_count == 0 && !host_pages[0].file);
	cr_assert_eq(host_open("/f", FS_OPEN_READ, 0, &again), 0);
	cr_assert_eq(host_read(again, PAGE_BYTES, buffer, 4), 4);
	cr_assert(!memcmp(buffer, "uvwa", 4));
	host_check();
	host_end();
}

Test(fs_mapped, holes_get_their_blocks_when_they_are_mapped)
{
	struct fs_status status;
	uint64_t flags = FS_MAP_WRITABLE;
	int error = 0;

	begin();
	cr_assert_eq(host_truncate(file, 5000 * PAGE_BYTES), 0);
	cr_assert_eq(map(100, 0), 0, "to read it takes none");
	host_lookup("/f", 0, &status);
	cr_assert_lt(status.sectors, 30);
	pages_cut(host_pages[0].file, 0);
	for (uint64_t page = 200; !error && page < 5000; page++) {
		error = map(page, flags);
		pages_cut(FS_SHARED_FILE(0, status.inode), 0);
	}
	cr_assert_eq(error, E_NOSPC);
	cr_assert_eq(host_remove("/f", 0), 0);
	host_release(file);
	host_check();
	host_end();
}

Test(fs_mapped, clean_pages_stay_until_their_file_changes)
{
	struct fs_sync_reply reply;
	uint64_t again;

	begin();
	cr_assert_eq(map(1, FS_MAP_PRIVATE), 0);
	cr_assert(mapped_count == 1 && !mapped_stored);
	/* Nobody stores into them: what stands there is not looked at. */
	host_pages[0].data[0] = 'u';
	cr_assert_eq(HOST_REQUEST(sync, &reply, 0, FS_ROOT), 0);
	cr_assert_eq(host_read(file, PAGE_BYTES, buffer, 4), 4);
	cr_assert_eq(buffer[0], 'a');
	/* Whoever maps it sees what is written; and one that nobody maps goes then. */
	cr_assert_eq(host_write(file, PAGE_BYTES + 1, "w", 1), 0);
	cr_assert_eq(host_pages[0].data[1], 'w');
	host_restart();
	cr_assert(mapped_count == 1 && !mapped_stored);
	host_release(file);
	cr_assert_eq(mapped_count, 1);
	host_unmapped = 1;
	cr_assert_eq(host_open("/f", FS_OPEN_READ | FS_OPEN_WRITE, 0, &again), 0);
	cr_assert_eq(host_write(again, PAGE_BYTES + 2, "x", 1), 0);
	cr_assert(!mapped_count && !host_pages[0].file);
	/* What was clean is not any more when somebody may store into it. */
	file = again;
	cr_assert_eq(map(1, FS_MAP_PRIVATE), 0);
	cr_assert_eq(map(1, FS_MAP_WRITABLE), 0);
	cr_assert_eq(mapped_stored, 1);
	host_pages[0].data[0] = 's';
	cr_assert_eq(host_read(file, PAGE_BYTES, buffer, 4), 4);
	cr_assert(!memcmp(buffer, "swxa", 4));
	host_check();
	host_end();
}

/* A number is another file's after the file is gone. */
Test(fs_mapped, pages_of_a_removed_file_are_not_the_next_ones)
{
	struct fs_status status;
	uint32_t number;

	begin();
	host_lookup("/f", 0, &status);
	number = status.inode;
	cr_assert_eq(map(0, FS_MAP_PRIVATE), 0);
	cr_assert_eq(host_remove("/f", 0), 0);
	host_release(file);
	cr_assert(!mapped_count && !host_pages[0].file);
	file = host_make_file("/g");
	host_lookup("/g", 0, &status);
	cr_assert_eq(status.inode, number);
	memset(buffer, 'g', sizeof(buffer));
	cr_assert_eq(host_write(file, 0, buffer, PAGE_BYTES), 0);
	cr_assert_eq(map(0, FS_MAP_PRIVATE), 0);
	cr_assert_eq(host_pages[0].data[0], 'g');
	host_check();
	host_end();
}

Test(fs_mapped, a_new_file_takes_the_entry_of_one_with_clean_pages)
{
	begin();
	for (unsigned i = 0; i < MAPPED; i++)
		stable.mapped[i] = 1000 + i;
	mapped_start();
	cr_assert_eq(mapped_count, MAPPED);
	cr_assert_eq(map(0, FS_MAP_PRIVATE), 0);
	cr_assert_eq(mapped_count, MAPPED);
	cr_assert_eq(host_pages[0].file, stable.mapped[0]);
	host_check();
	host_end();
}
