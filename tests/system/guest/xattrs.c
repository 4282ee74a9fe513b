/* SPDX-License-Identifier: MIT */
/* Extended attributes, and what /proc tells of files that were renamed or removed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "tests/system/guest/try.h"

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

int main(void)
{
	values();
	many();
	refused();
	chmod("g", 0644);
	chmod(".", 0755);
	in_child(as_another);
	names();
	return 0;
}
