/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/*
 * Images with wrong bytes: whatever stands on the disk, servers/fs neither crashes nor hangs nor
 * touches memory that is not its own (sanitizers). Seeded; DAMAGE_ROUNDS sets how many images.
 */
#include "tests/unit/fs_host.h"

static uint8_t *intact, buffer[FS_TRANSFER_BYTES];

static const char *const paths[] = {
	"/", "/d", "/d/e", "/d/e/f", "/small", "/large", "/sparse", "/fast", "/slow", "/d/hard", "/many",
	"/many/name-17", "/many/new", "/d/../d/e/..", "/lost+found", "/new", "/fast/x", "/d/new",
};

static const char *any_path(void)
{
	return paths[host_random(sizeof(paths) / sizeof(paths[0]))];
}

static void make_tree(void)
{
	host_command("cd %s/tree && mkdir -p d/e many && echo small >small && echo f >d/e/f && "
		     "head -c 400000 /dev/urandom >large && ln small d/hard && ln -s d/e/f fast && "
		     "ln -s d/e/../../d/e/../../d/e/../../d/e/../../d/e/../../d/e/../../d/e/f slow && "
		     "truncate -s 80000000 sparse && echo end >>sparse && "
		     "for i in $(seq 100); do : >many/name-$i; done", host.directory);
}

/* Numbers on the disk are most interesting near what is valid. */
static uint32_t interesting(void)
{
	static const uint32_t values[] = { 0, 1, 2, 3, 7, 8, 11, 12, 64, 0x7fff, 0x8000, 0xffff,
		0x7fffffff, 0x80000000, 0xffffffff };

	switch (host_random(3)) {
	case 0:
		return values[host_random(sizeof(values) / sizeof(values[0]))];
	case 1:
		return host_random((uint32_t)(host.disk_bytes[0] >> 10) + 10);
	default:
		return host_random(0xffffffff);
	}
}

static void damage(void)
{
	uint64_t used = host.disk_bytes[0];

	for (uint32_t n = 1 + host_random(host_random(4) ? 4 : 200); n; n--) {
		/* Mostly what describes the volume: it stands in front. */
		uint64_t at = host_random(4) ? host_random(200000) : host_random((uint32_t)used - 4);
		uint32_t value = interesting();

		if (host_random(8) == 0)
			at = 1024 + host_random(1024);
		memcpy(host.disk[0] + (at & ~3ull), &value, host_random(2) ? 4 : 2);
	}
}

static void walk_around(void)
{
	struct fs_status status;
	struct fs_list_reply list = { 0 };
	struct fs_path_reply path;
	struct fs_read_link_reply link;
	const char *name = any_path();
	uint64_t handle;

	(void)host_lookup(name, 0, &status);
	host_lend(0, name, strlen(name));
	host_lend(1, buffer, sizeof(buffer));
	(void)HOST_REQUEST(read_link, &link, 2, .path_bytes = strlen(name), .text_bytes = 4096);
	if (host_open(name, FS_OPEN_READ, 0, &handle))
		return;
	host_lend(0, buffer, 4096);
	for (unsigned n = 0; n < 50; n++) {
		if (HOST_REQUEST(list, &list, 1, handle, list.cookie, 4096) || !list.bytes)
			break;
	}
	host_lend(0, buffer, 4096);
	(void)HOST_REQUEST(path, &path, 1, handle, 4096);
	host_release(handle);
}

static void read_and_write(void)
{
	struct fs_read_reply read;
	struct fs_write_reply written;
	uint64_t handle;

	if (host_open(any_path(), FS_OPEN_READ | FS_OPEN_WRITE | (host_random(2) ? FS_OPEN_CREATE : 0) |
		      (host_random(4) ? 0 : FS_OPEN_TRUNCATE), 0600, &handle))
		return;
	host_lend(0, buffer, sizeof(buffer));
	(void)HOST_REQUEST(read, &read, 1, handle, host_random(400000), sizeof(buffer));
	(void)HOST_REQUEST(write, &written, 1, handle, host_random(2) ? FS_POSITION_END :
			   host_random(400000), host_random(sizeof(buffer)));
	if (host_random(2))
		(void)host_truncate(handle, host_random(500000));
	host_release(handle);
}

static void change_names(void)
{
	const char *name = any_path(), *other = any_path();

	switch (host_random(6)) {
	case 0:
		(void)host_make_directory(name, 0700);
		return;
	case 1:
		(void)host_remove(name, 0);
		return;
	case 2:
		(void)host_remove(name, FS_REMOVE_DIRECTORY);
		return;
	case 3:
		(void)host_rename(name, other, 0);
		return;
	case 4:
		(void)host_link(name, other);
		return;
	default:
		(void)host_symlink(other, name);
	}
}

static void live_with(uint64_t seed)
{
	host.random = seed * 0x9e3779b97f4a7c15ull + 1;
	host.generation = 0;
	memset(host.memory, 0, host.memory_bytes);
	memcpy(host.disk[0], intact, host.disk_bytes[0]);
	damage();
	host_restart();
	for (unsigned n = 0; n < 40; n++) {
		switch (host_random(3)) {
		case 0:
			walk_around();
			break;
		case 1:
			read_and_write();
			break;
		default:
			change_names();
		}
	}
	write_all();
	host_restart();
}

static void run(const char *options, uint32_t kibibytes, uint64_t first)
{
	const char *wanted = getenv("DAMAGE_ROUNDS");
	uint64_t rounds = wanted ? strtoull(wanted, 0, 10) : 400;

	host_memory(1600u << 10);
	make_tree();
	host_start(options, kibibytes, 0);
	intact = malloc(host.disk_bytes[0]);
	memcpy(intact, host.disk[0], host.disk_bytes[0]);
	for (uint64_t seed = first; seed < first + rounds; seed++) {
		alarm(60);
		live_with(seed);
	}
	alarm(0);
	host_end();
}

Test(fs_damage, blocks_of_1k)
{
	run("-b 1024 -I 128", 1536, 1);
}

Test(fs_damage, blocks_of_4k)
{
	run("-b 4096 -I 256 -N 200", 2048, 1000000);
}
