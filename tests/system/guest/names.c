/* SPDX-License-Identifier: MIT */
/* Names, sizes and places of files, where manual pages are precise: flags, limits, errors. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "tests/system/guest/try.h"

#define FALLOC_FL_KEEP_SIZE 1
#define FALLOC_FL_PUNCH_HOLE 2
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2

static struct stat status;
static char text[9000];

static void put(const char *path, const char *contents)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (write(fd, contents, strlen(contents)) < 0)
		perror(path);
	close(fd);
}

static void get(const char *path)
{
	int fd = open(path, O_RDONLY);
	long bytes = fd < 0 ? -1 : read(fd, text, 100);

	printf("%s: %.*s\n", path, bytes < 0 ? 0 : (int)bytes, text);
	close(fd);
}

static long rename2(const char *old, const char *new, unsigned flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, flags);
}

static void renaming(void)
{
	put("a", "of a");
	put("b", "of b");
	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put("d/e/f", "of f");
	TRY(rename2("a", "b", RENAME_NOREPLACE));
	TRY(rename2("a", "c", RENAME_NOREPLACE));
	TRY(rename2("c", "b", RENAME_EXCHANGE));
	get("b");
	get("c");
	TRY(rename2("c", "none", RENAME_EXCHANGE));
	TRY(rename2("none", "c", RENAME_EXCHANGE));
	TRY(rename2("c", "b", RENAME_EXCHANGE | RENAME_NOREPLACE));
	TRY(rename2("c", "b", 8));
	TRY(rename2("c", "d/e", RENAME_EXCHANGE));
	get("c/f");
	get("d/e");
	TRY(stat("d", &status));
	printf("%ld\n", (long)status.st_nlink);
	TRY(rename2("c", "d", RENAME_EXCHANGE));
	TRY(stat("d", &status));
	printf("%ld\n", (long)status.st_nlink);
	TRY(rename2("c", "c/e", RENAME_EXCHANGE));
	TRY(rename2("c/e", "c", RENAME_EXCHANGE));
	TRY(rename("b", "d"));
	TRY(rename("d", "b"));
	TRY(rename("d", "c"));
	TRY(rename("d", "d/x"));
	TRY(rename("c/e", "c/e"));
	TRY(rename("b", ""));
	TRY(rename(".", "x"));
	TRY(rename("d/..", "x"));
	TRY(rename("d", "."));
}

static void links(void)
{
	put("target", "linked");
	TRY(symlink("target", "soft"));
	TRY(linkat(AT_FDCWD, "soft", AT_FDCWD, "of-link", 0));
	TRY(linkat(AT_FDCWD, "soft", AT_FDCWD, "of-target", AT_SYMLINK_FOLLOW));
	TRY(lstat("of-link", &status));
	printf("%o\n", status.st_mode);
	TRY(lstat("of-target", &status));
	printf("%o %ld\n", status.st_mode, (long)status.st_nlink);
	TRY(link("d", "hard"));
	TRY(link("none", "hard"));
	TRY(link("target", "soft"));
	TRY(linkat(AT_FDCWD, "target", AT_FDCWD, "x", 1));
	TRY(symlink("", "empty"));
	TRY(symlink("loop", "loop"));
	TRY(open("loop", O_RDONLY));
	TRY(open("loop", O_RDONLY | O_NOFOLLOW));
	TRY(stat("loop/x", &status));
	TRY(close(open("loop", O_PATH | O_NOFOLLOW)));
	TRY(open("soft", O_WRONLY | O_CREAT | O_EXCL, 0644));
	TRY(readlink("target", text, 10));
	TRY(readlink("soft", text, 3));
	TRY(readlink("soft", text, 0));
	TRY(unlink("d"));
	TRY(rmdir("target"));
	TRY(rmdir("d/."));
	TRY(rmdir("c/e/.."));
	TRY(unlink("target/"));
	TRY(open("target/", O_RDONLY));
	TRY(mkdir("target/x", 0755));
	TRY(open("new/", O_CREAT | O_WRONLY, 0644));
	TRY(mkdir("fresh/", 0755));
	TRY(rmdir("fresh/"));
}

static void lengths(void)
{
	char name[300], path[4200];

	memset(name, 'n', sizeof(name));
	name[256] = 0;
	TRY(open(name, O_CREAT | O_WRONLY, 0644));
	TRY(stat(name, &status));
	TRY(mkdir(name, 0755));
	TRY(rename("target", name));
	name[255] = 0;
	TRY(close(open(name, O_CREAT | O_WRONLY, 0644)));
	TRY(unlink(name));
	memset(path, '/', sizeof(path));
	path[4096] = 0;
	TRY(stat(path, &status));
	path[4095] = 0;
	TRY(stat(path, &status));
	TRY(stat("", &status));
	TRY(stat((char *)8, &status));
	TRY(stat("target/..", &status));
	TRY(stat("none/..", &status));
	memset(text, 'x', 5000);
	text[4096] = 0;
	TRY(symlink(text, "long"));
	text[4094] = 0;
	TRY(symlink(text, "long"));
	/* Far down, a name at a time. */
	for (int i = 0; i < 100; i++)
		if (mkdir("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", 0755) ||
		    chdir("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"))
			printf("stopped at %d\n", i);
	put("deep", "deep");
	get("deep");
	TRY(getcwd(text, sizeof(text)) ? 0 : -1);
	unlink("deep");
	for (int i = 0; i < 100; i++)
		if (chdir("..") || rmdir("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"))
			printf("stopped at %d\n", i);
}

static void blocks(int fd)
{
	fstat(fd, &status);
	printf("size %ld\n", (long)status.st_size);
}

static void sizes(void)
{
	int fd = open("sized", O_RDWR | O_CREAT | O_TRUNC, 0644), only_read;
	struct rlimit limit = { 100000, RLIM_INFINITY };

	TRY(pwrite(fd, "end", 3, 5000000000));
	blocks(fd);
	TRY(pread(fd, text, 10, 4999999998));
	printf("%d%d%.3s\n", text[0], text[1], text + 2);
	TRY(lseek(fd, 0, SEEK_DATA) > 4999990000 ? 0 : -1);
	TRY(lseek(fd, 0, SEEK_HOLE));
	TRY(lseek(fd, 5000000003, SEEK_HOLE));
	TRY(lseek(fd, 6000000000, SEEK_DATA));
	TRY(lseek(fd, -1, SEEK_SET));
	TRY(lseek(fd, 0, 9));
	TRY(lseek(fd, 0x7fffffffffffffff, SEEK_SET));
	TRY(lseek(fd, 1, SEEK_CUR));
	TRY(lseek(fd, -5, SEEK_END));
	TRY(ftruncate(fd, -1));
	TRY(ftruncate(fd, 100));
	blocks(fd);
	TRY(fallocate(fd, 0, 50, 10000));
	blocks(fd);
	TRY(fallocate(fd, FALLOC_FL_KEEP_SIZE, 50, 100000));
	blocks(fd);
	TRY(pwrite(fd, "0123456789", 10, 4090));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4093, 5000));
	TRY(pread(fd, text, 10, 4088));
	for (int i = 0; i < 10; i++)
		printf(" %02x", text[i]);
	printf("\n");
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
	TRY(fallocate(fd, 0, -1, 10));
	TRY(fallocate(fd, 0, 0, 0));
	TRY(fallocate(fd, 0, 0x7fffffffffffffff, 10));
	TRY(fallocate(fd, 0x1000, 0, 10));
	only_read = open("sized", O_RDONLY);
	TRY(fallocate(only_read, 0, 0, 10));
	TRY(ftruncate(only_read, 0));
	TRY(posix_fallocate(fd, 0, 200000));
	blocks(fd);
	TRY(truncate("d", 0));
	TRY(truncate("none", 0));
	TRY(truncate("sized", 10));
	blocks(fd);
	TRY(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	TRY(posix_fadvise(fd, 0, 0, 77));
	TRY(readahead(fd, 0, 100));
	TRY(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
	TRY(syncfs(fd));
	TRY(fdatasync(fd));
	TRY(fsync(99));
	signal(25, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	TRY(pwrite(fd, "x", 1, 100000));
	TRY(pwrite(fd, text, 5000, 98000));
	TRY(ftruncate(fd, 100001));
	TRY(ftruncate(fd, 100000));
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	close(fd);
	close(only_read);
}

/* Older C libraries lack them. */
static long preadv2_(int fd, const struct iovec *parts, int count, long at, int flags)
{
	return syscall(SYS_preadv2, fd, parts, count, at, 0, flags);
}

static long pwritev2_(int fd, const struct iovec *parts, int count, long at, int flags)
{
	return syscall(SYS_pwritev2, fd, parts, count, at, 0, flags);
}

static void vectors(void)
{
	struct iovec parts[2] = { { "one", 3 }, { "two", 3 } };
	struct iovec in[2] = { { text, 2 }, { text + 2, 9 } };
	int fd = open("vectors", O_RDWR | O_CREAT | O_TRUNC, 0644), appending;

	TRY(pwritev(fd, parts, 2, 10));
	TRY(preadv(fd, in, 2, 9));
	printf("%d%.6s\n", text[0], text + 1);
	TRY(pwritev2_(fd, parts, 2, -1, 0));
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(pwritev2_(fd, parts, 1, 0, 16));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(preadv2_(fd, in, 2, 0, 8) >= 0 || errno == EAGAIN ? 0 : -1);
	TRY(pwritev2_(fd, parts, 2, 0, 4 | 2));
	TRY(preadv2_(fd, in, 2, 0, 0x10000));
	TRY(preadv2_(fd, in, 2, -5, 0));
	TRY(readv(fd, in, -1));
	TRY(readv(fd, in, 1025));
	TRY(writev(fd, parts, 0));
	appending = open("vectors", O_WRONLY | O_APPEND);
	TRY(pwrite(appending, "end", 3, 0));
	TRY(lseek(appending, 0, SEEK_END));
	TRY(fcntl(appending, F_SETFL, 0));
	TRY(pwrite(appending, "begin", 5, 0));
	TRY(lseek(appending, 0, SEEK_END));
	get("vectors");
	close(fd);
	close(appending);
}

static void copies(void)
{
	int from = open("vectors", O_RDONLY), to = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0644);
	off_t at = 2, place = 100;

	TRY(sendfile(to, from, 0, 5));
	TRY(sendfile(to, from, &at, 5));
	TRY((long)at);
	TRY(lseek(from, 0, SEEK_CUR));
	TRY(copy_file_range(from, 0, to, &place, 4, 0));
	TRY((long)place);
	TRY(copy_file_range(from, 0, to, 0, 4, 1));
	TRY(copy_file_range(to, 0, from, 0, 4, 0));
	place = 0;
	at = 2;
	TRY(copy_file_range(to, &at, to, &place, 4, 0));
	TRY(sendfile(to, from, &at, -1));
	TRY(sendfile(from, to, 0, 5));
	fstat(to, &status);
	printf("%ld\n", (long)status.st_size);
	close(from);
	close(to);
}

static void opens(void)
{
	int fd, place;

	TRY(open("target", O_RDONLY | O_DIRECTORY));
	TRY(open("d", O_WRONLY));
	TRY(open("d", O_RDWR | O_CREAT, 0644));
	TRY(open("d", O_RDONLY | O_CREAT, 0644));
	TRY(open("none", O_RDONLY));
	TRY((fd = open("target", O_WRONLY | O_APPEND | O_NONBLOCK | O_SYNC)) >= 0 ? 0 : -1);
	printf("%o\n", fcntl(fd, F_GETFL) & ~0100000);
	TRY(fcntl(fd, F_SETFL, O_APPEND));
	printf("%o\n", fcntl(fd, F_GETFL) & ~0100000);
	close(fd);
	place = open("d", O_PATH);
	TRY(read(place, text, 1));
	TRY(fchmod(place, 0755));
	TRY(fstat(place, &status));
	TRY(fcntl(place, F_GETFL) & ~0100000);
	TRY(openat(place, "../target", O_RDONLY) >= 0 ? 0 : -1);
	TRY(fchdir(place));
	TRY(chdir(".."));
	TRY(syscall(SYS_getdents64, place, text, 1000));
	TRY(fsync(place));
	TRY(ioctl(place, 0x541b, text));
	TRY(openat(99, "x", O_RDONLY));
	TRY(openat(0, "x", O_RDONLY) < 0 && (errno == ENOTDIR) ? 0 : -1);
	close(place);
	TRY(syscall(SYS_close_range, 50, 60, 0));
	TRY(syscall(SYS_close_range, 60, 50, 0));
	dup2(0, 50);
	TRY(syscall(SYS_close_range, 45, 55, 4));
	TRY(fcntl(50, F_GETFD));
	TRY(syscall(SYS_close_range, 45, 55, 0));
	TRY(fcntl(50, F_GETFD));
	TRY(creat("target", 0600) >= 0 ? 0 : -1);
	TRY(stat("target", &status));
	printf("%o %ld\n", status.st_mode, (long)status.st_size);
}

static void times(void)
{
	struct timespec when[2] = { { 1000, 5 }, { 2000, 999999999 } };

	TRY(utimensat(AT_FDCWD, "target", when, 0));
	TRY(stat("target", &status));
	printf("%ld.%ld %ld.%ld\n", (long)status.st_atim.tv_sec, status.st_atim.tv_nsec,
	       (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
	when[0].tv_nsec = UTIME_OMIT;
	when[1].tv_nsec = UTIME_NOW;
	TRY(utimensat(AT_FDCWD, "target", when, 0));
	TRY(stat("target", &status));
	printf("%ld %d\n", (long)status.st_atim.tv_sec, status.st_mtim.tv_sec > 1000000000);
	when[1].tv_nsec = 1000000000;
	TRY(utimensat(AT_FDCWD, "target", when, 0));
	TRY(utimensat(AT_FDCWD, "none", 0, 0));
	TRY(utimensat(AT_FDCWD, "target", 0, 0x8000));
	when[0].tv_sec = -5;
	when[0].tv_nsec = when[1].tv_nsec = 0;
	TRY(utimensat(AT_FDCWD, "soft", when, AT_SYMLINK_NOFOLLOW));
	TRY(lstat("soft", &status));
	printf("%ld\n", (long)status.st_atim.tv_sec);
}

static void directories(void)
{
	DIR *directory;
	struct dirent *entry;
	long third = 0;
	char name[20], seen[256] = "";
	int n = 0;

	mkdir("listed", 0755);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "listed/%d", i);
		put(name, "");
	}
	directory = opendir("listed");
	while ((entry = readdir(directory)) && n++ < 20)
		third = telldir(directory);
	strcpy(seen, readdir(directory)->d_name);
	rewinddir(directory);
	for (n = 0; readdir(directory); n++)
		;
	printf("%d\n", n);
	seekdir(directory, third);
	/* The one read for the loop's end came before. */
	readdir(directory);
	printf("%d\n", !strcmp(seen, readdir(directory)->d_name));
	/* Removing while reading leaves nothing out. */
	rewinddir(directory);
	for (n = 0; (entry = readdir(directory)); )
		if (entry->d_name[0] != '.') {
			snprintf(name, sizeof(name), "listed/%s", entry->d_name);
			n += unlink(name) == 0;
		}
	printf("%d\n", n);
	closedir(directory);
	TRY(rmdir("listed"));
	TRY(syscall(SYS_getdents64, open("d", O_RDONLY), text, 3));
	TRY(syscall(SYS_getdents64, open("target", O_RDONLY), text, 300));
}

static void fifos(void)
{
	int in, out;

	TRY(mkfifo("fifo", 0640));
	TRY(mkfifo("fifo", 0640));
	TRY(open("fifo", O_WRONLY | O_NONBLOCK));
	fflush(stdout);
	if (!fork()) {
		out = open("fifo", O_WRONLY);
		if (write(out, "through", 7) != 7)
			_exit(1);
		_exit(0);
	}
	in = open("fifo", O_RDONLY);
	TRY(read(in, text, 100));
	wait(0);
	TRY(read(in, text, 100));
	TRY(lseek(in, 0, SEEK_SET));
	TRY(fstat(in, &status));
	printf("%o\n", status.st_mode);
	close(in);
	TRY(mknod("node", S_IFCHR | 0600, makedev(1, 3)));
	TRY(stat("node", &status));
	printf("%o %d %d\n", status.st_mode, major(status.st_rdev), minor(status.st_rdev));
	TRY((out = open("node", O_WRONLY)) >= 0 ? 0 : -1);
	TRY(write(out, "gone", 4));
	TRY(mknod("socket", S_IFSOCK | 0600, 0));
	TRY(open("socket", O_RDONLY));
	TRY(mknod("plain", 0600, 0));
	TRY(mknod("directory", S_IFDIR | 0600, 0));
}

static void others(void)
{
	static unsigned extended[64];
	struct statvfs volume;

	TRY(syscall(SYS_statx, AT_FDCWD, "soft", AT_SYMLINK_NOFOLLOW, 0x7ff, extended));
	printf("%o %u %d\n", extended[7] & 0xffff, extended[10], (extended[0] & 0x7ff) == 0x7ff);
	TRY(syscall(SYS_statx, AT_FDCWD, "soft", 0x10000, 0x7ff, extended));
	TRY(syscall(SYS_statx, 0, "", AT_EMPTY_PATH, 0x200, extended));
	TRY(statvfs(".", &volume));
	printf("%d %d\n", volume.f_namemax == 255, volume.f_blocks >= volume.f_bfree);
	TRY(fchmodat(AT_FDCWD, "target", 0604, 0));
	TRY(stat("target", &status));
	printf("%o\n", status.st_mode);
	TRY(faccessat(AT_FDCWD, "target", 9, 0));
	TRY(faccessat(AT_FDCWD, "soft", F_OK, AT_SYMLINK_NOFOLLOW));
	TRY(umask(077));
	TRY(mkdir("masked", 0777));
	TRY(stat("masked", &status));
	printf("%o\n", status.st_mode);
	TRY(umask(022));
	TRY(chown("soft", -1, -1));
	TRY(lchown("soft", 5, 6));
	TRY(lstat("soft", &status));
	printf("%d %d\n", status.st_uid, status.st_gid);
}

int main(void)
{
	umask(022);
	renaming();
	links();
	lengths();
	sizes();
	vectors();
	copies();
	opens();
	times();
	directories();
	fifos();
	others();
	return 0;
}
