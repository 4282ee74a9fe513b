/* sources: $(filter-out %/disk.c %/outside.c %/writeback.c,$(wildcard servers/fs/[a-z]*.c)) libipc/format.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/*
 * The same random operations on servers/fs and on a directory of this Linux: every result and error
 * number must agree, everything that can be read must be the same, and e2fsck must be content.
 */
#include "tests/unit/fs_host.h"

#include <dirent.h>
#include <errno.h>

#define FILES 6u

static struct open_file { int linux_file; uint64_t handle; } files[FILES];
static uint8_t data[300000], other[300000];

/* Few names, so that operations meet. */
static void random_path(char *path)
{
	static const char *const names[] = {
		"a", "b", "c", "dir", "sub", "link", ".", "..", "a-name-that-is-somewhat-longer", "x/", "",
	};
	unsigned depth = 1 + host_random(3);

	path[0] = 0;
	while (depth--) {
		strcat(path, "/");
		strcat(path, names[host_random(sizeof(names) / sizeof(names[0]) - (depth ? 2 : 0))]);
	}
}

/* The same place below the scratch directory. */
static const char *on_linux(const char *path)
{
	static char full[2][4400];
	static unsigned turn;

	turn ^= 1;
	snprintf(full[turn], sizeof(full[turn]), "%s/model%s", host.directory, path);
	return full[turn];
}

static int leaves_root(const char *path)
{
	int depth = 0;
	char copy[256], *save = 0;

	strcpy(copy, path);
	for (char *name = strtok_r(copy, "/", &save); name; name = strtok_r(0, "/", &save)) {
		depth += strcmp(name, "..") == 0 ? -1 : strcmp(name, ".") != 0;
		if (depth < 0)
			return 1;
	}
	return depth == 0;
}

static int result(int outcome)
{
	return outcome < 0 ? errno : 0;
}

static void agree(const char *what, const char *path, int ours, int theirs)
{
	cr_assert_eq(ours, theirs, "%s %s: %d (%s), Linux %d (%s)", what, path, ours, strerror(ours),
		     theirs, strerror(theirs));
}

static void random_open(const char *path)
{
	static const struct { int linux_flags; uint32_t flags; } ways[] = {
		{ O_RDWR | O_CREAT, FS_OPEN_READ | FS_OPEN_WRITE | FS_OPEN_CREATE },
		{ O_RDWR | O_CREAT | O_EXCL, FS_OPEN_READ | FS_OPEN_WRITE | FS_OPEN_CREATE | FS_OPEN_EXCLUSIVE },
		{ O_RDWR | O_CREAT | O_TRUNC, FS_OPEN_READ | FS_OPEN_WRITE | FS_OPEN_CREATE | FS_OPEN_TRUNCATE },
		{ O_RDWR, FS_OPEN_READ | FS_OPEN_WRITE },
		{ O_RDWR | O_NOFOLLOW, FS_OPEN_READ | FS_OPEN_WRITE | FS_OPEN_NOFOLLOW },
	};
	unsigned way = host_random(5), index = host_random(FILES);
	struct open_file *file = &files[index];
	int theirs;

	if (file->linux_file >= 0) {
		close(file->linux_file);
		host_release(file->handle);
	}
	file->linux_file = open(on_linux(path), ways[way].linux_flags, 0644);
	theirs = result(file->linux_file);
	agree("open", path, host_open(path, ways[way].flags, 0644, &file->handle), theirs);
}

static struct open_file *random_file(void)
{
	struct open_file *file = &files[host_random(FILES)];

	return file->linux_file >= 0 ? file : 0;
}

static void random_write(void)
{
	struct open_file *file = random_file();
	uint64_t position = host_random(2) ? host_random(20000) : host_random(3000000);
	uint32_t bytes = 1 + (host_random(2) ? host_random(5000) : host_random(200000));

	if (!file)
		return;
	for (uint32_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)(position + i * 7 + host.sequence);
	cr_assert_eq(pwrite(file->linux_file, data, bytes, (off_t)position), (ssize_t)bytes);
	cr_assert_eq(host_write(file->handle, position, data, bytes), 0);
}

static void compare_file(const struct open_file *file)
{
	struct stat theirs;
	struct fs_status_reply ours;

	cr_assert_eq(fstat(file->linux_file, &theirs), 0);
	cr_assert_eq(HOST_REQUEST(status, &ours, 0, file->handle), 0);
	cr_assert_eq((uint64_t)theirs.st_size, ours.status.size_bytes);
	cr_assert_eq(theirs.st_mode, ours.status.mode);
	cr_assert_eq(theirs.st_nlink, ours.status.links);
	for (uint64_t at = 0; at < ours.status.size_bytes; at += sizeof(data)) {
		ssize_t bytes = pread(file->linux_file, data, sizeof(data), (off_t)at);

		cr_assert_eq(host_read(file->handle, at, other, sizeof(other)), (uint64_t)bytes);
		cr_assert_arr_eq(data, other, (size_t)bytes);
	}
}

static void random_truncate(void)
{
	struct open_file *file = random_file();
	uint64_t bytes = host_random(3) ? host_random(100000) : host_random(4000000);

	if (!file)
		return;
	cr_assert_eq(ftruncate(file->linux_file, (off_t)bytes), 0);
	cr_assert_eq(host_truncate(file->handle, bytes), 0);
}

static void random_read_link(const char *path)
{
	struct fs_read_link_reply reply;
	ssize_t theirs = readlink(on_linux(path), (char *)data, 100);
	int error = theirs < 0 ? errno : 0;

	host_lend(1, other, 100);
	host_lend(0, path, strlen(path));
	agree("readlink", path, HOST_REQUEST(read_link, &reply, 2, .path_bytes = strlen(path),
					     .text_bytes = 100), error);
	if (!error) {
		cr_assert_eq(reply.bytes, (uint64_t)theirs);
		cr_assert_arr_eq(data, other, reply.bytes);
	}
}

static void random_change(const char *path)
{
	struct fs_change_reply reply;
	uint32_t mode = host_random(010000);

	int theirs = result(chmod(on_linux(path), mode));

	agree("chmod", path, HOST_PATH_REQUEST(change, &reply, path, .flags = FS_CHANGE_MODE,
					       .mode = mode), theirs);
}

static void random_operation(void)
{
	char path[256], second[256], both[600];
	int theirs;

	do
		random_path(path);
	while (leaves_root(path));
	do
		random_path(second);
	while (leaves_root(second));
	snprintf(both, sizeof(both), "%s %s", path, second);
	switch (host_random(16)) {
	case 0: case 1: case 2:
		random_open(path);
		break;
	case 3:
		theirs = result(mkdir(on_linux(path), 0755));
		agree("mkdir", path, host_make_directory(path, 0755), theirs);
		break;
	case 4:
		theirs = result(unlink(on_linux(path)));
		agree("unlink", path, host_remove(path, 0), theirs);
		break;
	case 5:
		theirs = result(rmdir(on_linux(path)));
		agree("rmdir", path, host_remove(path, FS_REMOVE_DIRECTORY), theirs);
		break;
	case 6: case 7:
		theirs = result(rename(on_linux(path), on_linux(second)));
		agree("rename", both, host_rename(path, second, 0), theirs);
		break;
	case 8:
		theirs = result(renameat2(AT_FDCWD, on_linux(path), AT_FDCWD, on_linux(second), 1));
		agree("rename without replacing", both, host_rename(path, second, FS_RENAME_NOREPLACE),
		      theirs);
		break;
	case 9:
		theirs = result(link(on_linux(path), on_linux(second)));
		agree("link", both, host_link(path, second), theirs);
		break;
	case 10:
		theirs = result(symlink(second + 1, on_linux(path)));
		agree("symlink", both, host_symlink(second + 1, path), theirs);
		break;
	case 11:
		random_read_link(path);
		break;
	case 12:
		random_change(path);
		break;
	case 13:
		random_truncate();
		break;
	default:
		random_write();
	}
}

/* ---- comparing ---- */

static void compare_tree(const char *path);

static void compare_entry(const char *path)
{
	struct open_file file;
	struct fs_status ours;
	struct stat theirs;

	cr_assert_eq(lstat(on_linux(path), &theirs), 0);
	cr_assert_eq(host_lookup(path, FS_NOFOLLOW, &ours), 0, "%s is missing", path);
	cr_assert_eq(ours.mode, theirs.st_mode, "%s", path);
	cr_assert_eq(ours.links, theirs.st_nlink, "%s: %u links, Linux %lu", path, ours.links,
		     theirs.st_nlink);
	if (S_ISDIR(theirs.st_mode))
		compare_tree(path);
	if (!S_ISREG(theirs.st_mode))
		return;
	file.linux_file = open(on_linux(path), O_RDONLY);
	cr_assert_eq(host_open(path, FS_OPEN_READ, 0, &file.handle), 0);
	compare_file(&file);
	close(file.linux_file);
	host_release(file.handle);
}

/* Each name that we list must be there, and there must be as many. */
static unsigned count_ours(const char *path)
{
	uint8_t entries[1024];
	struct fs_list_reply reply = { 0 };
	uint64_t handle;
	unsigned count = 0;
	struct stat status;

	cr_assert_eq(host_open(path, FS_OPEN_READ | FS_OPEN_DIRECTORY, 0, &handle), 0);
	do {
		host_lend(0, entries, sizeof(entries));
		cr_assert_eq(HOST_REQUEST(list, &reply, 1, handle, reply.cookie, sizeof(entries)), 0);
		for (uint64_t at = 0; at < reply.bytes;) {
			struct fs_entry *entry = (struct fs_entry *)(entries + at);
			char full[600];

			snprintf(full, sizeof(full), "%s/%s", path, (char *)entry +
				 offsetof(struct fs_entry, name));
			at += entry->bytes;
			if (strcmp(path, "/") == 0 && (strcmp(full, "//dev") == 0 ||
			    strcmp(full, "//proc") == 0 || strcmp(full, "//lost+found") == 0))
				continue;
			cr_assert_eq(lstat(on_linux(full), &status), 0, "%s should not be", full);
			count++;
		}
	} while (reply.bytes);
	host_release(handle);
	return count;
}

static void compare_tree(const char *path)
{
	DIR *directory = opendir(on_linux(path));
	struct dirent *entry;
	unsigned count = 0;
	char full[600];

	cr_assert(directory);
	while ((entry = readdir(directory))) {
		count++;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(full, sizeof(full), "%s/%s", strcmp(path, "/") ? path : "", entry->d_name);
		compare_entry(full);
	}
	closedir(directory);
	cr_assert_eq(count, count_ours(path), "number of entries in %s", path);
}

static void run(const char *options, uint64_t seed, unsigned operations)
{
	host_memory(4u << 20);
	host_command("mkdir %s/model", host.directory);
	host_start(options, 24576, 0);
	host.random = seed;
	host.eager = 20;
	for (unsigned i = 0; i < FILES; i++)
		files[i].linux_file = -1;
	umask(0);
	for (unsigned n = 0; n < operations; n++) {
		random_operation();
		if (n % 500 == 499) {
			for (unsigned i = 0; i < FILES; i++) {
				if (files[i].linux_file >= 0)
					compare_file(&files[i]);
			}
			compare_tree("/");
		}
		if (n % 1000 == 999)
			host_restart();
	}
	for (unsigned i = 0; i < FILES; i++) {
		if (files[i].linux_file >= 0)
			host_release(files[i].handle);
	}
	host_check();
	host_end();
}

Test(fs_model, blocks_of_4k)
{
	run("-b 4096 -I 256", 11, 4000);
}

Test(fs_model, blocks_of_1k)
{
	run("-b 1024 -I 128", 22, 4000);
}

Test(fs_model, blocks_of_2k_in_small_groups)
{
	run("-b 2048 -g 2048 -N 2000", 33, 4000);
}
