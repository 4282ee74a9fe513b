/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/fs: locks, their owners, and those who wait for them. */
#include "tests/unit/fs_host.h"

static uint64_t file;

static void begin(void)
{
	host_memory(4u << 20);
	host_start("-b 1024", 1024, 0);
	host_client = HOST_CLIENT;
	file = host_make_file("/f");
}

static void as(uint32_t client)
{
	host_client = client;
}

static int lock_of(uint64_t handle, uint16_t kind, uint16_t type, uint64_t start, uint64_t last,
		   uint32_t flags)
{
	struct fs_lock_reply reply;

	return HOST_REQUEST(lock, (void *)&reply, 0, handle, kind, type, flags, start, last);
}

/* By the client in an own record. */
static uint64_t records[CLIENT_MAX];
static int lock(uint32_t client, uint16_t type, uint64_t start, uint64_t last, uint32_t flags)
{
	as(client);
	if (!records[client])
		cr_assert_eq(host_open("/f", FS_OPEN_READ | FS_OPEN_WRITE, 0, &records[client]), 0);
	return lock_of(records[client], FS_LOCK_PROCESS, type, start, last, flags);
}

static struct fs_lock_query_reply query(uint32_t client, uint64_t start, uint64_t last)
{
	struct fs_lock_query_reply reply;

	as(client);
	if (!records[client])
		cr_assert_eq(host_open("/f", FS_OPEN_READ | FS_OPEN_WRITE, 0, &records[client]), 0);
	cr_assert_eq(HOST_REQUEST(lock_query, &reply, 0, records[client], FS_LOCK_PROCESS,
				  FS_LOCK_WRITE, 0, start, last), 0);
	return reply;
}

static void watch(uint32_t client)
{
	struct fs_watch_reply reply;

	as(client);
	cr_assert_eq(HOST_REQUEST(watch, (void *)&reply, 0, 1), 0);
}

Test(fs_lock, ranges_split_and_join)
{
	struct fs_lock_query_reply found;

	begin();
	cr_assert_eq(lock(1, FS_LOCK_WRITE, 0, 99, 0), 0);
	cr_assert_eq(lock(2, FS_LOCK_READ, 99, 99, 0), E_AGAIN);
	cr_assert_eq(lock(2, FS_LOCK_READ, 100, INT64_MAX, 0), 0);
	cr_assert_eq(lock(1, FS_LOCK_NONE, 40, 59, 0), 0);
	found = query(3, 30, 50);
	cr_assert(found.type == FS_LOCK_WRITE && found.start == 0 && found.last == 39 && found.pid == 1);
	found = query(3, 40, 59);
	cr_assert_eq(found.type, FS_LOCK_NONE);
	cr_assert_eq(lock(1, FS_LOCK_READ, 50, 69, 0), 0);
	found = query(3, 50, 60);
	cr_assert(found.type == FS_LOCK_READ && found.start == 50 && found.last == 69);
	cr_assert_eq(lock(1, FS_LOCK_WRITE, 30, 69, 0), 0);
	found = query(3, 60, 60);
	cr_assert(found.type == FS_LOCK_WRITE && found.start == 0 && found.last == 99);
	cr_assert_eq(lock(1, FS_LOCK_NONE, 0, INT64_MAX, 0), 0);
	cr_assert_eq(query(3, 0, 99).type, FS_LOCK_NONE);
	cr_assert_eq(query(3, 0, 100).start, 100);
	host_end();
}

Test(fs_lock, owners_that_go_take_their_locks_along)
{
	uint64_t second, own;

	begin();
	cr_assert_eq(lock(1, FS_LOCK_WRITE, 0, 9, 0), 0);
	cr_assert_eq(host_open("/f", FS_OPEN_READ, 0, &second), 0);
	host_restart();
	cr_assert_eq(lock(2, FS_LOCK_WRITE, 0, 0, 0), E_AGAIN, "a restart forgets nothing");
	as(1);
	host_release(second);
	cr_assert_eq(lock(2, FS_LOCK_WRITE, 0, 0, 0), 0, "any record of the file will do");
	service.client_dead(2);
	cr_assert_eq(query(1, 0, 0).type, FS_LOCK_NONE);
	/* Of records: the last holder counts. */
	as(3);
	cr_assert_eq(host_open("/f", FS_OPEN_READ | FS_OPEN_WRITE, 0, &own), 0);
	cr_assert_eq(lock_of(own, FS_LOCK_RECORD, FS_LOCK_WRITE, 5, 5, 0), 0);
	cr_assert_eq(lock_of(own, FS_LOCK_FLOCK, FS_LOCK_WRITE, 0, 0, 0), 0);
	cr_assert_eq(query(1, 0, 9).start, 5);
	as(3);
	cr_assert_eq(lock_of(own, FS_LOCK_FLOCK, FS_LOCK_READ, 0, 0, 0), 0);
	host_restart();
	cr_assert_eq(query(1, 0, 9).pid, 0);
	as(HOST_CLIENT);
	cr_assert_eq(lock_of(file, FS_LOCK_FLOCK, FS_LOCK_WRITE, 0, 0, 0), E_AGAIN);
	cr_assert_eq(lock_of(file, FS_LOCK_FLOCK, FS_LOCK_READ, 0, 0, 0), 0);
	as(3);
	host_release(own);
	cr_assert_eq(query(1, 0, 9).type, FS_LOCK_NONE);
	as(HOST_CLIENT);
	cr_assert_eq(lock_of(file, FS_LOCK_FLOCK, FS_LOCK_WRITE, 0, 0, 0), 0);
	host_end();
}

Test(fs_lock, who_waits_is_notified)
{
	struct fs_lock_cancel_reply cancelled;
	uint32_t before;

	begin();
	watch(2);
	cr_assert_eq(lock(1, FS_LOCK_WRITE, 0, 9, 0), 0);
	cr_assert_eq(lock(2, FS_LOCK_READ, 5, 5, FS_LOCK_WAIT), E_AGAIN);
	before = host_notified.count;
	cr_assert_eq(lock(1, FS_LOCK_NONE, 0, 4, 0), 0);
	cr_assert_eq(host_notified.count, before + 1);
	cr_assert_eq(host_notified.slot, 2);
	cr_assert_eq(lock(2, FS_LOCK_READ, 5, 5, FS_LOCK_WAIT), E_AGAIN);
	host_restart();
	cr_assert_eq(host_notified.count, before + 2, "a successor wakes everybody");
	cr_assert_eq(lock(2, FS_LOCK_READ, 5, 5, FS_LOCK_WAIT), E_AGAIN);
	service.client_dead(1);
	cr_assert_eq(host_notified.count, before + 3);
	cr_assert_eq(lock(2, FS_LOCK_READ, 5, 5, FS_LOCK_WAIT), 0);
	cr_assert_eq(lock(1, FS_LOCK_WRITE, 0, 9, FS_LOCK_WAIT), E_BADF);
	cr_assert_eq(lock(3, FS_LOCK_WRITE, 5, 5, FS_LOCK_WAIT), E_AGAIN);
	cr_assert_eq(HOST_REQUEST(lock_cancel, (void *)&cancelled, 0), 0);
	host_end();
}

Test(fs_lock, circles_are_refused)
{
	begin();
	cr_assert_eq(lock(1, FS_LOCK_WRITE, 1, 1, 0), 0);
	cr_assert_eq(lock(2, FS_LOCK_WRITE, 2, 2, 0), 0);
	cr_assert_eq(lock(3, FS_LOCK_WRITE, 3, 3, 0), 0);
	cr_assert_eq(lock(1, FS_LOCK_WRITE, 2, 2, FS_LOCK_WAIT), E_AGAIN);
	cr_assert_eq(lock(2, FS_LOCK_WRITE, 3, 3, FS_LOCK_WAIT), E_AGAIN);
	cr_assert_eq(lock(3, FS_LOCK_WRITE, 1, 1, FS_LOCK_WAIT), E_DEADLK);
	cr_assert_eq(lock(3, FS_LOCK_WRITE, 1, 1, 0), E_AGAIN);
	host_end();
}

Test(fs_lock, one_client_cannot_take_all)
{
	int error = 0;
	uint64_t at;

	begin();
	for (at = 0; !error && at < 10000; at += 2)
		error = lock(1, FS_LOCK_WRITE, at, at, 0);
	cr_assert_eq(error, E_NOLCK);
	cr_assert_eq(lock(2, FS_LOCK_WRITE, 1, 1, 0), 0);
	cr_assert_eq(lock(1, FS_LOCK_NONE, 0, INT64_MAX, 0), 0);
	cr_assert_eq(query(3, 0, INT64_MAX).start, 1);
	host_end();
}
