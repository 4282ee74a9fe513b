/* SPDX-License-Identifier: MIT */
/* Extended attributes; what /proc tells of files that were renamed or removed; openat2. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "tests/system/guest/try.h"

#define CALL_OPENAT2          437
struct open_how { uint64_t flags, mode, resolve; };
#define RESOLVE_NO_XDEV       1
#define RESOLVE_NO_MAGICLINKS 2
#define RESOLVE_NO_SYMLINKS   4
#define RESOLVE_BENEATH       8
#define RESOLVE_IN_ROOT       16

static char text[70000];

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their letters: that of the file system is its own. */
static void list(const char *path)
{
	char *names[100];
	int count = 0;
	long bytes = listxattr(path, text, sizeof(text));

	printf("%s: %ld\n", path, bytes);
	for (char *name = text; name < text + bytes; name += strlen(name) + 1)
		names[count++] = name;
	qsort(names, (size_t)count, sizeof(*names), by_name);
	for (int i = 0; i < count; i++) {
		static char value[5000];
		long length = getxattr(path, names[i], value, sizeof(value));

		printf("  %s = %.*s (%ld)\n", names[i], length > 40 ? 40 : (int)length, value,
		       length);
	}
}

static void values(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0644), place = open("f", O_PATH);

	TRY(listxattr("f", 0, 0));
	TRY(getxattr("f", "user.a", text, 10));
	TRY(setxattr("f", "user.a", "first", 5, XATTR_REPLACE));
	TRY(setxattr("f", "user.a", "first", 5, 0));
	TRY(setxattr("f", "user.a", "first", 5, XATTR_CREATE));
	TRY(setxattr("f", "user.longer name", "", 0, XATTR_CREATE));
	TRY(fsetxattr(fd, "user.b", "second value", 12, 0));
	TRY(setxattr("f", "trusted.t", "t", 1, 0));
	list("f");
	TRY(setxattr("f", "user.a", "a much longer value than it had", 31, XATTR_REPLACE));
	TRY(getxattr("f", "user.a", 0, 0));
	TRY(getxattr("f", "user.a", text, 30));
	TRY(fgetxattr(fd, "user.a", text, 31));
	TRY(flistxattr(fd, text, 3));
	TRY(fgetxattr(place, "user.a", text, 31));
	TRY(removexattr("f", "user.b"));
	TRY(removexattr("f", "user.b"));
	list("f");
	TRY(chmod("f", 0644));
	TRY(rename("f", "g"));
	list("g");
	TRY(fremovexattr(fd, "user.a"));
	TRY(removexattr("g", "user.longer name"));
	TRY(removexattr("g", "trusted.t"));
	list("g");
	TRY(setxattr("g", "user.again", "x", 1, 0));
	close(fd);
	close(place);
}

static void many(void)
{
	char name[40], value[40];

	close(open("many", O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "user.%d", i * 37 % 30);
		snprintf(value, sizeof(value), "value %d", i);
		if (setxattr("many", name, value, strlen(value), 0))
			perror(name);
	}
	for (int i = 0; i < 30; i += 3) {
		snprintf(name, sizeof(name), "user.%d", i);
		if (removexattr("many", name))
			perror(name);
	}
	list("many");
	TRY(unlink("many"));
}

static void refused(void)
{
	mkdir("d", 0755);
	symlink("g", "l");
	mkfifo("p", 0644);
	TRY(setxattr("nothere", "user.a", "x", 1, 0));
	TRY(setxattr("g", "user.", "x", 1, 0));
	TRY(setxattr("g", "", "x", 1, 0));
	TRY(setxattr("g", "other.a", "x", 1, 0));
	TRY(setxattr("g", "user.a", "x", 1, 7));
	TRY(setxattr("g", "user.a", text, 65537, 0));
	TRY(setxattr("g", "user.a", (void *)8, 1, 0));
	TRY(setxattr("g", (char *)8, "x", 1, 0));
	memset(text, 'n', 300);
	memcpy(text, "user.", 5);
	text[256] = 0;
	TRY(setxattr("g", text, "x", 1, 0) == -1);
	TRY(getxattr("g", text, "x", 1) == -1);
	TRY(setxattr("d", "user.a", "x", 1, 0));
	list("d");
	TRY(lsetxattr("l", "user.a", "x", 1, 0));
	TRY(lgetxattr("l", "user.a", text, 10));
	TRY(setxattr("l", "user.link", "x", 1, 0));
	TRY(setxattr("p", "user.a", "x", 1, 0));
	TRY(getxattr("p", "user.a", text, 10));
	TRY(setxattr("g", "system.nosuch", "x", 1, 0));
	TRY(fsetxattr(99, "user.a", "x", 1, 0));
}

static void as_another(void)
{
	if (setgid(1) || setuid(1))
		perror("setuid");
	TRY(setxattr("g", "user.a", "x", 1, 0));
	TRY(getxattr("g", "user.again", text, 10));
	TRY(setxattr("g", "trusted.a", "x", 1, 0));
	TRY(getxattr("g", "trusted.a", text, 10));
	TRY(open("g", O_RDONLY | O_NOATIME));
}

/* How an open file is called, after what was our directory. */
static void called(int fd)
{
	char path[64], here[4096];
	long bytes;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	bytes = readlink(path, text, sizeof(text) - 1);
	text[bytes < 0 ? 0 : bytes] = 0;
	printf("%s\n", text + (getcwd(here, sizeof(here)) ? strlen(here) : 0));
}

static void names(void)
{
	int fd = open("name", O_RDWR | O_CREAT, 0644), directory;

	called(fd);
	TRY(rename("name", "d/other"));
	called(fd);
	TRY(rename("d/other", "d/again"));
	called(fd);
	TRY(unlink("d/again"));
	called(fd);
	mkdir("d/gone", 0755);
	directory = open("d/gone", O_RDONLY);
	TRY(rmdir("d/gone"));
	called(directory);
	close(open("x", O_CREAT, 0644));
	close(fd);
	fd = open("y", O_RDWR | O_CREAT, 0644);
	TRY(rename("x", "y"));
	called(fd);
	TRY(readlink("", text, 10));
	TRY(readlinkat(fd, "", text, 10));
	fd = open("l", O_PATH | O_NOFOLLOW);
	TRY(readlinkat(fd, "", text, 10));
}

static long within(const char *path, uint64_t resolve)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = resolve };
	int root = open("root", O_PATH | O_DIRECTORY);
	long fd = syscall(CALL_OPENAT2, root, path, &how, sizeof(how));

	close(root);
	if (fd >= 0)
		close((int)fd);
	return fd < 0 ? -1 : 0;
}

static void resolving(void)
{
	struct { struct open_how how; char more[8]; } larger = { .how = { .flags = O_RDONLY } };

	mkdir("root", 0755);
	mkdir("root/a", 0755);
	close(open("root/a/file", O_CREAT, 0644));
	symlink("a/file", "root/inside");
	symlink("../outside", "root/out");
	symlink("/a/file", "root/absolute");
	close(open("outside", O_CREAT, 0644));
	TRY(within("a/file", RESOLVE_BENEATH));
	TRY(within("a/../a/./file", RESOLVE_BENEATH));
	TRY(within("inside", RESOLVE_BENEATH));
	TRY(within("inside", RESOLVE_NO_SYMLINKS));
	TRY(within("out", 0));
	TRY(within("out", RESOLVE_BENEATH));
	TRY(within("../outside", RESOLVE_BENEATH));
	TRY(within("..", RESOLVE_BENEATH));
	TRY(within("a/../..", RESOLVE_BENEATH));
	TRY(within("/", RESOLVE_BENEATH));
	TRY(within("absolute", RESOLVE_BENEATH));
	TRY(within("absolute", 0));
	TRY(within("absolute", RESOLVE_IN_ROOT));
	TRY(within("/a/file", RESOLVE_IN_ROOT));
	TRY(within("../../a/file", RESOLVE_IN_ROOT));
	TRY(within("../outside", RESOLVE_IN_ROOT));
	TRY(within("/proc/self/fd/0", RESOLVE_NO_MAGICLINKS));
	TRY(within("/proc/self/stat", RESOLVE_NO_MAGICLINKS));
	TRY(within("/proc/self/stat", RESOLVE_NO_SYMLINKS));
	TRY(within("a/file", RESOLVE_BENEATH | RESOLVE_IN_ROOT));
	TRY(within("a/file", 0x100));
	TRY(within("a/file", RESOLVE_NO_XDEV));
	TRY(syscall(CALL_OPENAT2, AT_FDCWD, "outside", &larger, 8));
	TRY(close((int)syscall(CALL_OPENAT2, AT_FDCWD, "outside", &larger, sizeof(larger))));
	larger.more[3] = 1;
	TRY(syscall(CALL_OPENAT2, AT_FDCWD, "outside", &larger, sizeof(larger)));
	TRY(syscall(CALL_OPENAT2, AT_FDCWD, "outside", &larger, 5000));
	TRY(syscall(CALL_OPENAT2, AT_FDCWD, "outside", 8, sizeof(larger.how)));
	larger.how.mode = 0644;
	TRY(syscall(CALL_OPENAT2, AT_FDCWD, "outside", &larger, sizeof(larger.how)));
	larger.how = (struct open_how){ .flags = O_PATH | O_RDWR };
	TRY(syscall(CALL_OPENAT2, AT_FDCWD, "outside", &larger, sizeof(larger.how)));
	larger.how = (struct open_how){ .flags = 1ull << 40 };
	TRY(syscall(CALL_OPENAT2, AT_FDCWD, "outside", &larger, sizeof(larger.how)));
}

int main(void)
{
	values();
	many();
	refused();
	chmod("g", 0644);
	chmod(".", 0755);
	in_child(as_another);
	names();
	resolving();
	return 0;
}
