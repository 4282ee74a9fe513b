/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/*
 * servers/fs is stopped before stores to its stable memory, at every kind of request, and started
 * again (now and then stopped in its recovery too). The client repeats its request, as libipc does:
 * answer, tree and contents must be as if nothing had happened. Some stores of each request are
 * tried; all of them with EVERY_STORE=1 in the environment, which takes long.
 */
#include "tests/unit/fs_host.h"

/* ---- what can be seen ---- */

static uint64_t digest;

static void digest_bytes(const void *bytes, uint64_t count)
{
	for (const uint8_t *at = bytes; count--; at++)
		digest = (digest ^ *at) * 0x100000001b3ull;
}

static void digest_file(const char *path)
{
	static uint8_t contents[4096];
	uint64_t handle, bytes, at = 0;

	cr_assert_eq(host_open(path, FS_OPEN_READ, 0, &handle), 0);
	while ((bytes = host_read(handle, at, contents, sizeof(contents)))) {
		digest_bytes(contents, bytes);
		at += bytes;
	}
	host_release(handle);
}

static void digest_tree(const char *path)
{
	uint8_t entries[1024];
	struct fs_list_reply reply = { 0 };
	uint64_t handle;

	cr_assert_eq(host_open(path[0] ? path : "/", FS_OPEN_READ, 0, &handle), 0);
	do {
		host_lend(0, entries, sizeof(entries));
		cr_assert_eq(HOST_REQUEST(list, &reply, 1, handle, reply.cookie, sizeof(entries)), 0);
		for (uint64_t at = 0; at < reply.bytes;) {
			struct fs_entry *entry = (struct fs_entry *)(entries + at);
			const char *name = (char *)entry + offsetof(struct fs_entry, name);
			struct fs_status status;
			char full[300];

			at += entry->bytes;
			if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "dev") ||
			    !strcmp(name, "proc"))
				continue;
			snprintf(full, sizeof(full), "%s/%s", path, name);
			digest_bytes(full, strlen(full));
			cr_assert_eq(host_lookup(full, FS_NOFOLLOW, &status), 0, "%s", full);
			digest_bytes(&status.mode, sizeof(status.mode));
			digest_bytes(&status.links, sizeof(status.links));
			digest_bytes(&status.size_bytes, sizeof(status.size_bytes));
			if ((status.mode & FS_TYPE_MASK) == FS_DIRECTORY)
				digest_tree(full);
			if ((status.mode & FS_TYPE_MASK) == FS_REGULAR)
				digest_file(full);
		}
	} while (reply.bytes);
	host_release(handle);
}

static uint64_t all_digested(void)
{
	uint32_t sequence = host.sequence;
	struct answer saved = *(struct answer *)(host.memory + HOST_CLIENT * sizeof(struct answer));

	digest = 0xcbf29ce484222325ull;
	digest_tree("");
	for (uint32_t i = 0; i < stable.head->record_count; i++) {
		digest_bytes(&stable.records[i].holders, sizeof(stable.records[i].holders));
		digest_bytes(&stable.records[i].position, sizeof(stable.records[i].position));
	}
	host.sequence = sequence;
	*(struct answer *)(host.memory + HOST_CLIENT * sizeof(struct answer)) = saved;
	return digest;
}

/* ---- the requests ---- */

static uint8_t bytes[FS_TRANSFER_BYTES];
static uint64_t reply[64];
static uint64_t open_a, open_b, open_shared;

static int do_open(const char *path, uint32_t flags, uint64_t *handle)
{
	int error = host_open(path, flags, 0640, handle);

	reply[0] = *handle;
	return error;
}

static int write_at(uint64_t handle, uint64_t position, uint64_t count)
{
	host_lend(0, bytes, count);
	return HOST_REQUEST(write, (struct fs_write_reply *)reply, 1, handle, position, count);
}

#define RDWR (FS_OPEN_READ | FS_OPEN_WRITE)
static int create(void) { return do_open("/a", RDWR | FS_OPEN_CREATE, &open_a); }
static int create_again(void) { return do_open("/a", RDWR | FS_OPEN_CREATE | FS_OPEN_EXCLUSIVE, &open_b); }
static int write_new(void) { return write_at(open_a, 0, 5000); }
static int write_over(void) { return write_at(open_a, 700, 3000); }
static int write_append(void) { return write_at(open_a, FS_POSITION_END, 40000); }
static int write_far(void) { return write_at(open_a, 300000, 100); }
static int grow(void) { return host_truncate(open_a, 400001); }
static int shrink(void) { return host_truncate(open_a, 1500); }
static int make_directory(void) { return host_make_directory("/d", 0750); }
static int make_below(void) { return host_make_directory("/d/e", 0750); }
static int make_exists(void) { return host_make_directory("/d", 0750); }
static int link_it(void) { return host_link("/a", "/d/a-second-name"); }
static int symlink_short(void) { return host_symlink("d/a-second-name", "/short"); }
static int symlink_long(void)
{
	return host_symlink("d/e/../../d/e/../../d/e/../../d/e/../../d/e/../../d/a-second-name", "/long");
}
static int open_second(void) { return do_open("/long", RDWR, &open_b); }
static int move_up(void) { return host_rename("/d/e", "/e", 0); }
static int replace(void) { return host_rename("/short", "/long", 0); }
static int move_into(void) { return host_rename("/d", "/e/d", 0); }
static int circle(void) { return host_rename("/e", "/e/d/x", 0); }
static int remove_first(void) { return host_remove("/a", 0); }
static int remove_open(void) { return host_remove("/e/d/a-second-name", 0); }
static int truncate_at_open(void) { return do_open("/big", RDWR | FS_OPEN_TRUNCATE, &open_shared); }
static int remove_full(void) { return host_remove("/e", FS_REMOVE_DIRECTORY); }
static int remove_empty(void) { return host_remove("/e/d", FS_REMOVE_DIRECTORY); }
static int release_last(void) { host_release(open_a); return 0; }
static int release_orphan(void) { host_release(open_b); return 0; }
static int remove_big(void) { return host_remove("/large", 0); }

static int fill(void)
{
	struct fs_make_node_reply made;

	return HOST_PATH_REQUEST(make_node, &made, "/e/pipe", .mode = FS_FIFO | 0600);
}

static int change(void)
{
	struct fs_change_reply changed;

	return HOST_PATH_REQUEST(change, &changed, "/e", .flags = FS_CHANGE_MODE | FS_CHANGE_UID,
				 .mode = 0711, .uid = 70000);
}

static int inherit(void)
{
	struct fs_inherit_reply done;

	return HOST_REQUEST(inherit, &done, 0, .client = 9, .count = 1,
			    .record = { { open_shared, 0 } });
}

static int write_shared(void) { return write_at(open_shared, FS_POSITION_SHARED, 2500); }

static int seek_back(void)
{
	return HOST_REQUEST(seek, (struct fs_seek_reply *)reply, 0, open_shared, -2000, FS_SEEK_CURRENT);
}

static int read_shared(void)
{
	static uint8_t into[1000];

	host_lend(0, into, sizeof(into));
	return HOST_REQUEST(read_shared, (struct fs_read_shared_reply *)reply, 1, open_shared,
			    sizeof(into));
}

static int client_gone(void)
{
	service.client_dead(9);
	service.client_dead(HOST_CLIENT);
	return 0;
}

static const struct step { const char *name; int (*run)(void); } steps[] = {
#define STEP(name) { #name, name }
	STEP(create), STEP(create_again), STEP(write_new), STEP(write_over), STEP(write_append),
	STEP(write_far), STEP(grow), STEP(shrink), STEP(make_directory), STEP(make_below),
	STEP(make_exists), STEP(link_it), STEP(symlink_short), STEP(symlink_long), STEP(open_second),
	STEP(move_up), STEP(replace), STEP(move_into), STEP(circle), STEP(remove_first),
	STEP(remove_open), STEP(release_last), STEP(release_orphan), STEP(remove_full), STEP(remove_empty),
	STEP(truncate_at_open), STEP(inherit), STEP(write_shared), STEP(seek_back), STEP(read_shared),
	STEP(fill), STEP(change), STEP(remove_big), STEP(client_gone),
};

/* ---- stopping ---- */

#define TRIES 5                          /* stops of one request */

static struct snapshot { uint8_t *memory, *disk; uint32_t sequence; } before;
static const struct step *current;
static int outcome;

static void run_current(void)
{
	memset(reply, 0, sizeof(reply));
	outcome = current->run();
}

static void save(void)
{
	memcpy(before.memory, host.memory, host.memory_bytes);
	memcpy(before.disk, host.disk[0], host.disk_bytes[0]);
	before.sequence = host.sequence;
}

static void go_back(void)
{
	memcpy(host.memory, before.memory, host.memory_bytes);
	memcpy(host.disk[0], before.disk, host.disk_bytes[0]);
	host.sequence = before.sequence;
	host_restart();
}

static void recover_only(void)
{
	host_restart();
}

/* Stopped before store `at`, and perhaps again in the recovery; then the request is repeated. */
static void stop_and_repeat(long at)
{
	if (!host_stop_at(at, run_current))
		return;
	if (host_random(3) == 0)
		(void)host_stop_at(host_random(40), recover_only);
	host_restart();
	cr_assert_eq(stable.head->log_used, 0);
	host.sequence = before.sequence;
	run_current();
}

static struct expected { uint64_t reply[64], digest; int outcome; } expected;

static void try_stop(long at)
{
	go_back();
	stop_and_repeat(at);
	cr_assert_eq(outcome, expected.outcome, "%s, stopped at store %ld: %d, should be %d",
		     current->name, at, outcome, expected.outcome);
	cr_assert_arr_eq(reply, expected.reply, sizeof(reply), "%s, stopped at store %ld: reply",
			 current->name, at);
	cr_assert_eq(all_digested(), expected.digest, "%s, stopped at store %ld: contents",
		     current->name, at);
	/* e2fsck cannot like a file that is open and has no name. */
	if (host_random(20) == 0 && !volumes[VOLUME_ROOT].super->last_orphan)
		host_check();
}

/* Gives at how many stores it was stopped. Afterwards the request is done. */
static long try_step(void)
{
	uint64_t seed = host.random;
	long stores, tries;

	save();
	cr_assert_eq(host_stop_at(-1, run_current), 0);
	stores = host_stores;
	expected.outcome = outcome;
	memcpy(expected.reply, reply, sizeof(reply));
	expected.digest = all_digested();
	tries = stores < TRIES || getenv("EVERY_STORE") ? stores : TRIES;
	for (long n = 0; n < tries; n++) {
		long at = tries == stores ? n : (long)host_random((uint32_t)stores);
		uint64_t next = host.random;

		/*
		 * What is random in the service is to be the same as when the stores were
		 * counted.
		 */
		host.random = seed;
		try_stop(at);
		host.random = next;
	}
	go_back();
	run_current();
	cr_assert_eq(all_digested(), expected.digest);
	return tries;
}

static void run(const char *options, unsigned large)
{
	long tries = 0;

	host_memory(1600u << 10);
	host_command("cd %s/tree; head -c %u /dev/urandom | tee big >large", host.directory, large);
	host_start(options, 1536, 0);
	before.memory = malloc(host.memory_bytes);
	before.disk = malloc(host.disk_bytes[0]);
	memset(bytes, 0x5a, sizeof(bytes));
	for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		current = &steps[i];
		host.eager = i % 3 ? 0 : 20;
		tries += try_step();
	}
	cr_assert_gt(tries, 100);
	host_check();
	host_end();
}

Test(fs_crash, blocks_of_1k)
{
	run("-b 1024 -I 128", 280000);
}

Test(fs_crash, blocks_of_4k)
{
	run("-b 4096 -I 256 -N 64", 60000);
}
