/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/fs: what the random tests do not reach, each in a few lines. */
#include "tests/unit/fs_host.h"

static uint8_t buffer[FS_TRANSFER_BYTES];

static void begin(const char *options, uint32_t kibibytes)
{
	host_memory(4u << 20);
	host_start(options, kibibytes, 0);
}

static void end(void)
{
	host_check();
	host_end();
}

static uint64_t make_file(const char *path)
{
	uint64_t handle;

	cr_assert_eq(host_open(path, FS_OPEN_READ | FS_OPEN_WRITE | FS_OPEN_CREATE, 0644, &handle), 0);
	return handle;
}

static struct fs_volume_reply volume(void)
{
	struct fs_volume_reply reply;

	cr_assert_eq(HOST_REQUEST(volume, &reply, 0, FS_ROOT), 0);
	return reply;
}

Test(fs_parts, a_full_disk_gives_short_writes_then_an_error)
{
	struct fs_write_reply reply;
	uint64_t handle, before, at = 0;
	int error = 0;

	begin("-b 1024", 1024);
	before = volume().blocks_free;
	handle = make_file("/full");
	while (!error) {
		host_lend(0, buffer, sizeof(buffer));
		error = HOST_REQUEST(write, &reply, 1, handle, at, sizeof(buffer));
		at += error ? 0 : reply.bytes;
	}
	cr_assert_eq(error, E_NOSPC);
	cr_assert_eq(volume().blocks_free, 0);
	cr_assert_eq(host_make_directory("/d", 0755), E_NOSPC);
	host_check();
	cr_assert_eq(host_remove("/full", 0), 0);
	cr_assert_eq(volume().blocks_free, 0, "it is still open");
	host_release(handle);
	cr_assert_eq(volume().blocks_free, before);
	end();
}

Test(fs_parts, inodes_run_out)
{
	char path[32];
	int error = 0, made;

	begin("-b 1024 -N 64", 1024);
	for (made = 0; !error; made++) {
		snprintf(path, sizeof(path), "/d%d", made);
		error = host_make_directory(path, 0755);
	}
	cr_assert_eq(error, E_NOSPC);
	cr_assert_gt(made, 40);
	end();
}

Test(fs_parts, a_sparse_file_uses_all_levels_of_pointers)
{
	static const uint64_t places[] = { 0, 12 << 10, 268 << 10, 65804 << 10, 16000000ull << 10 };
	struct fs_status_reply status;
	uint64_t handle, before;
	struct fs_seek_reply seek;

	begin("-b 1024", 4096);
	before = volume().blocks_free;
	handle = make_file("/sparse");
	for (unsigned i = 0; i < 5; i++)
		cr_assert_eq(host_write(handle, places[i], "data", 4), 0);
	for (unsigned i = 0; i < 5; i++) {
		int64_t behind = (int64_t)(i ? places[i - 1] + 1024 : 0);

		cr_assert_eq(HOST_REQUEST(seek, &seek, 0, handle, behind, FS_SEEK_DATA), 0);
		cr_assert_eq(seek.position, places[i]);
		cr_assert_eq(host_read(handle, places[i], buffer, 4), 4);
		cr_assert_arr_eq(buffer, "data", 4);
		cr_assert_eq(HOST_REQUEST(seek, &seek, 0, handle, (int64_t)places[i], FS_SEEK_HOLE), 0);
	}
	cr_assert_eq(HOST_REQUEST(status, &status, 0, handle), 0);
	/* Five blocks, and 1 + 2 + 3 of pointers; one more for the last place. */
	cr_assert_leq(status.status.sectors, 2 * 14u);
	cr_assert_eq(host_truncate(handle, places[2] + 2), 0);
	cr_assert_eq(host_read(handle, places[2], buffer, 10), 2);
	cr_assert_eq(host_write(handle, places[3] * 100000, "x", 1), E_FBIG);
	host_check();
	host_release(handle);
	cr_assert_eq(host_remove("/sparse", 0), 0);
	cr_assert_eq(volume().blocks_free, before);
	end();
}

Test(fs_parts, names_and_links_have_limits)
{
	char name[300], path[4200];
	struct fs_status status;

	begin("-b 1024", 1024);
	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[256] = 0;
	cr_assert_eq(host_make_directory(name, 0755), 0);
	cr_assert_eq(host_lookup(name, 0, &status), 0);
	name[256] = 'n';
	name[257] = 0;
	cr_assert_eq(host_make_directory(name, 0755), E_NAMETOOLONG);
	memset(path, '/', sizeof(path));
	path[4096] = 0;
	cr_assert_eq(host_lookup(path, 0, &status), 0);
	path[4096] = '/';
	path[4097] = 0;
	cr_assert_eq(host_lookup(path, 0, &status), E_NAMETOOLONG);
	cr_assert_eq(host_symlink("loop", "/loop"), 0);
	cr_assert_eq(host_lookup("/loop", 0, &status), E_LOOP);
	for (unsigned i = 0; i <= 40; i++) {
		char from[32], to[32];

		snprintf(from, sizeof(from), "/l%u", i);
		snprintf(to, sizeof(to), i ? "l%u" : ".", i - 1);
		cr_assert_eq(host_symlink(to, from), 0);
	}
	cr_assert_eq(host_lookup("/l39", 0, &status), 0);
	cr_assert_eq(host_lookup("/l40", 0, &status), E_LOOP);
	end();
}

Test(fs_parts, large_directories)
{
	char path[64];
	struct fs_status status;

	begin("-b 1024 -N 4000", 8192);
	cr_assert_eq(host_make_directory("/d", 0755), 0);
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/d/file-with-a-longer-name-%u", i);
		host_release(make_file(path));
	}
	for (unsigned i = 0; i < 3000; i += 2) {
		snprintf(path, sizeof(path), "/d/file-with-a-longer-name-%u", i);
		cr_assert_eq(host_remove(path, 0), 0);
	}
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/d/file-with-a-longer-name-%u", i);
		cr_assert_eq(host_lookup(path, 0, &status), i % 2 ? 0 : E_NOENT);
	}
	end();
}

Test(fs_parts, what_is_open_outlives_its_name_and_the_server)
{
	uint64_t handle, before;

	begin("-b 4096", 2048);
	before = volume().inodes_free;
	handle = make_file("/f");
	cr_assert_eq(host_write(handle, 0, "still here", 10), 0);
	cr_assert_eq(host_remove("/f", 0), 0);
	host_restart();
	cr_assert_eq(host_read(handle, 0, buffer, 100), 10);
	cr_assert_arr_eq(buffer, "still here", 10);
	cr_assert_eq(volume().inodes_free, before - 1);
	service.client_dead(HOST_CLIENT);
	cr_assert_eq(volume().inodes_free, before);
	end();
}

Test(fs_parts, positions_are_shared_after_fork)
{
	struct fs_inherit_reply inherited;
	struct fs_write_reply written;
	struct fs_read_shared_reply read;
	struct fs_seek_reply seek;
	uint64_t handle;

	begin("-b 1024", 1024);
	handle = make_file("/f");
	cr_assert_eq(host_write(handle, 0, "0123456789", 10), 0);
	cr_assert_eq(HOST_REQUEST(inherit, &inherited, 0, 9, 1, { { handle, 4 } }), 0);
	host_lend(0, buffer, 3);
	cr_assert_eq(HOST_REQUEST(read_shared, &read, 1, handle, 3), 0);
	cr_assert_arr_eq(buffer, "456", 3);
	cr_assert_eq(read.position, 7);
	/* Once promoted, the caller's position does not count. */
	cr_assert_eq(HOST_REQUEST(inherit, &inherited, 0, 10, 1, { { handle, 0 } }), 0);
	host_lend(0, "xy", 2);
	cr_assert_eq(HOST_REQUEST(write, &written, 1, handle, FS_POSITION_SHARED, 2), 0);
	cr_assert_eq(written.position, 9);
	cr_assert_eq(HOST_REQUEST(seek, &seek, 0, handle, -1, FS_SEEK_END), 0);
	cr_assert_eq(seek.position, 9);
	host_release(handle);
	cr_assert_eq(HOST_REQUEST(seek, &seek, 0, handle, 0, FS_SEEK_SET), E_BADF);
	service.client_dead(9);
	service.client_dead(10);
	cr_assert(!inode_is_open(VOLUME_ROOT, 12));
	end();
}

Test(fs_parts, memory_that_is_not_mapped_gives_a_short_write)
{
	struct fs_write_reply written;
	struct fs_status status;
	uint64_t handle;

	begin("-b 1024", 1024);
	handle = make_file("/f");
	host_lend(0, buffer, 8192);
	host.window_limit = 0;
	cr_assert_eq(HOST_REQUEST(write, &written, 1, handle, 0, 8192), E_FAULT);
	cr_assert_eq(host_lookup("/f", 0, &status), E_FAULT);
	host.window_limit = 3000;
	host_lend(0, buffer, 8192);
	cr_assert_eq(HOST_REQUEST(write, &written, 1, handle, 0, 8192), 0);
	cr_assert_eq(written.bytes, 2048);
	host.window_limit = ~0ull >> 1;
	cr_assert_eq(host_lookup("/f", 0, &status), 0);
	cr_assert_eq(status.size_bytes, 2048);
	end();
}

Test(fs_parts, paths_lead_out_at_dev_and_proc)
{
	struct fs_lookup_reply reply;
	char rest[FS_PATH_BYTES];
	static const char path[] = "/d/../link/null/x";

	begin("-b 1024", 1024);
	cr_assert_eq(host_make_directory("/d", 0755), 0);
	cr_assert_eq(host_symlink("./dev", "/link"), 0);
	host_lend(0, path, sizeof(path) - 1);
	host_lend(1, rest, sizeof(rest));
	cr_assert_eq(HOST_REQUEST(lookup, &reply, 2, .path_bytes = sizeof(path) - 1), 0);
	cr_assert_eq(reply.crossed, FS_CROSSED_DEV);
	cr_assert_eq(reply.rest_bytes, 6);
	cr_assert_arr_eq(rest, "null/x", 6);
	end();
}

Test(fs_parts, the_second_disk_shows_in_the_root)
{
	struct fs_status status;
	struct fs_path_reply path;
	uint64_t handle;
	char image[128];

	host_memory(4u << 20);
	host_command("cd %s/tree && mkdir -p extra/sub && echo inside >extra/sub/f && echo run >script",
		     host.directory);
	host_command("mke2fs -q -F -t ext2 -b 1024 -d %s/tree %s/second 1024k && rm -r %s/tree/*",
		     host.directory, host.directory, host.directory);
	snprintf(image, sizeof(image), "%s/second", host.directory);
	read_disk(VOLUME_EXTRA, image);
	host_start("-b 4096", 2048, 0);
	cr_assert_eq(host_lookup("/script", 0, &status), 0);
	cr_assert_eq(status.volume, VOLUME_EXTRA);
	cr_assert_eq(host_lookup("/extra/sub/../../extra/sub/f", 0, &status), 0);
	cr_assert_eq(host_lookup("/extra/..", 0, &status), 0);
	cr_assert_eq(status.volume, VOLUME_ROOT);
	cr_assert_eq(host_open("/extra/sub/f", FS_OPEN_READ | FS_OPEN_WRITE, 0, &handle), E_ROFS);
	cr_assert_eq(host_open("/extra/sub/f", FS_OPEN_READ, 0, &handle), 0);
	host_lend(0, buffer, 4096);
	cr_assert_eq(HOST_REQUEST(path, &path, 1, handle, 4096), 0);
	cr_assert_eq(path.bytes, strlen("/extra/sub/f"));
	cr_assert_arr_eq(buffer, "/extra/sub/f", path.bytes);
	cr_assert_eq(host_read(handle, 0, buffer, 100), 7);
	cr_assert_eq(host_make_directory("/extra/new", 0755), E_ROFS);
	cr_assert_eq(host_remove("/script", 0), E_BUSY);
	cr_assert_eq(host_rename("/extra/sub/f", "/f", 0), E_XDEV);
	host_release(handle);
	end();
}

Test(fs_parts, what_is_not_known_is_refused)
{
	struct fs_status status;

	host_memory(4u << 20);
	host_start("-b 1024 -O extent", 1024, 0);
	cr_assert_eq(host_lookup("/", 0, &status), E_NODEV);
	cr_assert_eq(host.logged, 1);
	host_end();
}

Test(fs_parts, unknown_but_compatible_is_read_only)
{
	struct fs_status status;

	host_memory(4u << 20);
	host_start("-b 1024 -O quota", 2048, 0);
	cr_assert_eq(host_lookup("/", 0, &status), 0);
	cr_assert_eq(host_make_directory("/d", 0755), E_ROFS);
	host_end();
}

Test(fs_parts, holes_are_punched_and_filled)
{
	struct fs_allocate_reply reply;
	struct fs_status before, status;
	uint64_t handle;

	begin("-b 1024", 4096);
	handle = make_file("/h");
	memset(buffer, 'h', sizeof(buffer));
	for (uint64_t at = 0; at < 1u << 20; at += sizeof(buffer))
		cr_assert_eq(host_write(handle, at, buffer, sizeof(buffer)), 0);
	host_lookup("/h", 0, &before);
	cr_assert_eq(HOST_REQUEST(allocate, (void *)&reply, 0, handle, 100, 900000,
				  FS_ALLOCATE_PUNCH), 0);
	host_lookup("/h", 0, &status);
	cr_assert_lt(status.sectors, before.sectors / 4);
	cr_assert_eq(status.size_bytes, before.size_bytes);
	cr_assert_eq(host_read(handle, 98, buffer, 5), 5);
	cr_assert(!memcmp(buffer, "hh\0\0\0", 5));
	cr_assert_eq(host_read(handle, 900098, buffer, 5), 5);
	cr_assert(!memcmp(buffer, "\0\0hhh", 5));
	cr_assert_eq(HOST_REQUEST(allocate, (void *)&reply, 0, handle, 0, 1500000,
				  FS_ALLOCATE_FILL), 0);
	host_lookup("/h", 0, &status);
	cr_assert_gt(status.sectors, before.sectors);
	cr_assert_eq(status.size_bytes, 1500000);
	cr_assert_eq(HOST_REQUEST(allocate, (void *)&reply, 0, handle, 0, 100u << 20,
				  FS_ALLOCATE_FILL), E_NOSPC);
	host_check();
	end();
}

Test(fs_parts, names_are_exchanged)
{
	struct fs_status status;

	begin("-b 1024", 1024);
	cr_assert_eq(host_make_directory("/d", 0755), 0);
	cr_assert_eq(host_make_directory("/d/e", 0755), 0);
	host_release(make_file("/f"));
	cr_assert_eq(host_rename("/f", "/d/e", FS_RENAME_EXCHANGE), 0);
	cr_assert_eq(host_lookup("/f", 0, &status), 0);
	cr_assert_eq(status.mode & FS_TYPE_MASK, FS_DIRECTORY);
	cr_assert_eq(host_lookup("/f/..", 0, &status), 0);
	cr_assert_eq(status.inode, EXT2_ROOT_INODE);
	cr_assert_eq(host_lookup("/d", 0, &status), 0);
	cr_assert_eq(status.links, 2);
	cr_assert_eq(host_rename("/f", "/d", FS_RENAME_EXCHANGE), 0);
	cr_assert_eq(host_rename("/d", "/none", FS_RENAME_EXCHANGE), E_NOENT);
	cr_assert_eq(host_rename("/f", "/f/e", FS_RENAME_EXCHANGE), E_INVAL);
	end();
}
