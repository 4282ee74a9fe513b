/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/fs: the volume in memory, and files without a name. */
#include "tests/unit/fs_host.h"

static uint8_t buffer[FS_TRANSFER_BYTES];

static int open_in(uint64_t directory, const char *path, uint32_t flags, uint64_t *handle)
{
	struct fs_open_reply reply;
	int error;

	host_lend(0, path, strlen(path));
	error = HOST_REQUEST(open, &reply, 1, directory, flags | FS_OPEN_READ | FS_OPEN_WRITE, 0644,
			     strlen(path));
	*handle = reply.handle;
	return error;
}

Test(fs_memory, it_outlives_the_server_and_frees_what_is_removed)
{
	struct fs_remove_reply removed;
	struct fs_write_reply reply;
	struct fs_volume_reply volume, before;
	uint64_t handle, at = 0;
	int error = 0;

	host_memory(8u << 20);
	host_start("-b 4096", 1024, 0);
	cr_assert_eq(open_in(FS_ROOT_MEMORY, "f", FS_OPEN_CREATE, &handle), 0);
	cr_assert_eq(HOST_REQUEST(volume, &before, 0, handle), 0);
	cr_assert_eq(before.volume, FS_VOLUME_MEMORY);
	memset(buffer, 'm', sizeof(buffer));
	while (!error) {
		host_lend(0, buffer, sizeof(buffer));
		error = HOST_REQUEST(write, &reply, 1, handle, at, sizeof(buffer));
		at += error ? 0 : reply.bytes;
	}
	cr_assert_eq(error, E_NOSPC);
	cr_assert_gt(at, 2u << 20);
	host_restart();
	for (uint64_t seen = 0; seen < at; seen += sizeof(buffer)) {
		uint64_t bytes = host_read(handle, seen, buffer, sizeof(buffer));

		cr_assert_eq(bytes, at - seen < sizeof(buffer) ? at - seen : sizeof(buffer));
		cr_assert(buffer[0] == 'm' && buffer[bytes - 1] == 'm');
	}
	/* The disk's own files still find frames. */
	cr_assert_eq(host_write(host_make_file("/g"), 0, buffer, sizeof(buffer)), 0);
	host_lend(0, "f", 1);
	cr_assert_eq(HOST_REQUEST(remove, &removed, 1, FS_ROOT_MEMORY, 0, 1), 0);
	host_release(handle);
	cr_assert_eq(open_in(FS_ROOT_MEMORY, "g", FS_OPEN_CREATE, &handle), 0);
	cr_assert_eq(HOST_REQUEST(volume, &volume, 0, handle), 0);
	cr_assert_eq(volume.blocks_free, before.blocks_free);
	/* What was in a block before is not seen again. */
	cr_assert_eq(host_write(handle, 10, "x", 1), 0);
	cr_assert_eq(host_read(handle, 0, buffer, 10), 10);
	cr_assert(buffer[0] == 0 && buffer[9] == 0);
	host_check();
	host_end();
}

Test(fs_memory, files_without_a_name_get_one_or_go)
{
	struct fs_link_reply reply;
	uint64_t handle, second;
	struct fs_status status;

	host_memory(4u << 20);
	host_start("-b 1024", 1024, 0);
	cr_assert_eq(open_in(FS_ROOT, "/", FS_OPEN_TEMPORARY, &handle), 0);
	cr_assert_eq(open_in(FS_ROOT, "/", FS_OPEN_TEMPORARY | FS_OPEN_EXCLUSIVE, &second), 0);
	cr_assert_eq(host_write(handle, 0, "kept", 4), 0);
	cr_assert_eq(host_write(second, 0, "lost", 4), 0);
	host_restart();
	host_lend(0, "", 0);
	host_lend(1, "/n", 2);
	cr_assert_eq(HOST_REQUEST(link, &reply, 2, second, FS_ROOT, FS_EMPTY_PATH, 0, 2), E_NOENT);
	cr_assert_eq(HOST_REQUEST(link, &reply, 2, handle, FS_ROOT, FS_EMPTY_PATH, 0, 2), 0);
	cr_assert_eq(host_lookup("/n", 0, &status), 0);
	cr_assert(status.links == 1 && status.size_bytes == 4);
	host_release(handle);
	host_release(second);
	cr_assert_eq(volumes[VOLUME_ROOT].super->last_orphan, 0);
	host_check();
	host_end();
}
