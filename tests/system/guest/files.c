/* SPDX-License-Identifier: MIT */
/*
 * Calls about files, one line each with what came of it. It runs in a fresh directory of the guest
 * and on Linux, and must print the same: the test compares.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

/* The call's text, its result, and the error where it failed. */
#define TRY(call) (result = (long)(call), report(#call, result, errno))

static long result;

static void report(const char *call, long value, int error)
{
	if (value == -1)
		printf("%s = -1 %s\n", call, strerror(error));
	else
		printf("%s = %ld\n", call, value);
}

static char buffer[20000];
static struct stat status;

static void show(const char *path)
{
	if (lstat(path, &status))
		printf("%s: %s\n", path, strerror(errno));
	else
		printf("%s: mode %o links %ld size %ld\n", path, status.st_mode,
		       (long)status.st_nlink,
		       S_ISDIR(status.st_mode) ? 0 : (long)status.st_size);
}

static void reading_and_writing(void)
{
	int fd, other;

	TRY(fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0666));
	TRY(open("f", O_RDWR | O_CREAT | O_EXCL, 0666));
	TRY(write(fd, "0123456789", 10));
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(pread(fd, buffer, 4, 3));
	printf("%.4s\n", buffer);
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(read(fd, buffer, 4));
	TRY(lseek(fd, -3, SEEK_END));
	TRY(read(fd, buffer, 100));
	TRY(lseek(fd, -100, SEEK_CUR));
	TRY(lseek(fd, 5, 77));
	TRY(pwrite(fd, "xyz", 3, 20));
	show("f");
	TRY(pread(fd, buffer, 100, 0));
	printf("%d %d\n", buffer[15], buffer[20]);
	TRY(lseek(fd, 1, SEEK_DATA));
	TRY(lseek(fd, 100, SEEK_DATA));
	TRY(lseek(fd, 0, SEEK_HOLE) > 0);
	TRY(pread(fd, buffer, 4, -1));
	TRY(read(fd, (void *)16, 4));
	TRY(write(fd, (void *)16, 4));
	TRY(write(fd, (void *)16, 0));
	TRY(ftruncate(fd, 4));
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(read(fd, buffer, 4));
	TRY(ftruncate(fd, -1));
	TRY(truncate("f", 8));
	TRY(pread(fd, buffer, 100, 0));
	TRY(other = open("f", O_WRONLY | O_APPEND));
	TRY(write(other, "AB", 2));
	TRY(lseek(other, 0, SEEK_CUR));
	TRY(pwrite(other, "CD", 2, 0));
	TRY(pread(fd, buffer, 100, 0));
	printf("%.4s|%.4s\n", buffer + 8, buffer);
	TRY(read(other, buffer, 1));
	TRY(fcntl(other, F_GETFL));
	TRY(fcntl(fd, F_SETFL, O_APPEND));
	TRY(fcntl(fd, F_GETFL));
	TRY(write(fd, "EF", 2));
	show("f");
	TRY(close(other));
	TRY(close(other));
	TRY(open("f", O_RDWR | O_TRUNC) == other);
	show("f");
	TRY(fsync(other));
	TRY(fdatasync(other));
	TRY(posix_fadvise(other, 0, 0, POSIX_FADV_SEQUENTIAL));
	close(other);
	close(fd);
	TRY(open("none", O_RDONLY));
	TRY(open("f/x", O_RDONLY));
	TRY(open("", O_RDONLY));
	TRY(open((char *)8, O_RDONLY));
	TRY(open("f", O_DIRECTORY));
	TRY(open(".", O_WRONLY));
	TRY(creat("f", 0600));
	TRY(close(result));
}

static void vectors(void)
{
	struct iovec out[3] = { { "one", 3 }, { 0, 0 }, { "three", 5 } };
	struct iovec in[2] = { { buffer, 4 }, { buffer + 100, 100 } };
	struct iovec bad[2] = { { "ok", 2 }, { (void *)16, 3 } };
	static char big[9000];
	struct iovec large[2] = { { big, sizeof(big) }, { "end", 3 } };
	struct iovec half[2] = { { buffer, 4 }, { (void *)16, 3 } };
	int fd;

	TRY(fd = open("v", O_RDWR | O_CREAT | O_TRUNC, 0644));
	TRY(writev(fd, out, 3));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(readv(fd, in, 2));
	printf("%.4s %.4s\n", buffer, buffer + 100);
	TRY(readv(fd, in, 2));
	TRY(preadv(fd, in, 2, 2));
	TRY(lseek(fd, 1, SEEK_SET));
	TRY(readv(fd, half, 2));
	TRY(lseek(fd, 0, SEEK_CUR));
	half[0].iov_base = (void *)16;
	TRY(readv(fd, half, 2));
	TRY(lseek(fd, -3, SEEK_END));
	TRY(pwritev(fd, out, 3, 100));
	TRY(writev(fd, out, -1));
	TRY(writev(fd, out, 2000));
	TRY(writev(fd, bad, 2) < 3);
	TRY(writev(fd, large, 2));
	show("v");
	TRY(readv(-1, in, 2));
	close(fd);
}

static void descriptors(void)
{
	int fd, i;

	TRY(fd = open("f", O_RDWR | O_CLOEXEC));
	TRY(fcntl(fd, F_GETFD));
	TRY(dup(fd) == fd + 1);
	TRY(fcntl(fd + 1, F_GETFD));
	TRY(dup2(fd, 100));
	TRY(dup2(fd, fd));
	TRY(dup2(99, 99));
	TRY(dup2(fd, -1));
	TRY(dup3(fd, fd, 0));
	TRY(dup3(fd, 101, O_CLOEXEC));
	TRY(fcntl(101, F_GETFD));
	TRY(dup3(fd, 101, 1));
	TRY(fcntl(fd, F_DUPFD, 100));
	TRY(fcntl(fd, F_DUPFD_CLOEXEC, 0) == fd + 2);
	TRY(fcntl(fd, F_SETFD, 0));
	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(fd, 9999));
	TRY(fcntl(77, F_GETFD));
	TRY(write(100, "shared", 6));
	TRY(lseek(fd, 0, SEEK_CUR));
	TRY(syscall(SYS_close_range, 100, 102, 0));
	TRY(fcntl(101, F_GETFD));
	TRY(syscall(SYS_close_range, fd, fd + 2, 4));
	TRY(fcntl(fd + 1, F_GETFD));
	TRY(syscall(SYS_close_range, 5, 4, 0));
	TRY(syscall(SYS_close_range, fd, ~0u, 0));
	for (i = 0; (fd = open("f", O_RDONLY)) >= 0; i++)
		;
	TRY(open("f", O_RDONLY));
	printf("%d more until the limit\n", i + 3);
	TRY(syscall(SYS_close_range, 3, ~0u, 0));
}

static void names(void)
{
	int directory;
	struct timespec times[2] = { { 1000, 5000 }, { 0, UTIME_OMIT } };
	struct utimbuf old = { 77, 88 };
	char *cwd;

	TRY(mkdir("d", 0750));
	TRY(mkdir("d", 0750));
	TRY(mkdir("x/y", 0750));
	show("d");
	TRY(directory = open("d", O_RDONLY | O_DIRECTORY));
	TRY(openat(directory, "inside", O_CREAT | O_WRONLY, 0640));
	TRY(close(result));
	show("d/inside");
	TRY(rmdir("d"));
	TRY(unlink("d"));
	TRY(rmdir("d/inside"));
	TRY(link("d/inside", "hard"));
	TRY(link("d/inside", "hard"));
	TRY(link("d", "hard2"));
	TRY(link("none", "hard2"));
	show("hard");
	TRY(symlink("d/inside", "soft"));
	TRY(symlink("x", "soft"));
	TRY(readlink("soft", buffer, 100));
	TRY(readlink("soft", buffer, 3));
	TRY(readlink("f", buffer, 100));
	TRY(readlink("soft", buffer, 0));
	show("soft");
	TRY(stat("soft", &status));
	TRY(symlink("loop", "loop"));
	TRY(stat("loop", &status));
	TRY(open("loop", O_RDONLY));
	TRY(open("soft", O_RDONLY | O_NOFOLLOW));
	TRY(symlink("nowhere", "dangling"));
	TRY(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
	TRY(access("dangling", F_OK));
	TRY(close(open("dangling", O_CREAT | O_WRONLY, 0600)));
	show("nowhere");
	TRY(rename("nowhere", "hard"));
	show("hard");
	TRY(rename("d", "hard"));
	TRY(rename("hard", "d"));
	TRY(rename("none", "d"));
	TRY(rename("d", "d/e"));
	TRY(rename("d", "e"));
	TRY(renameat(directory, "inside", AT_FDCWD, "outside"));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "outside", AT_FDCWD, "f", 1 /* RENAME_NOREPLACE */));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "outside", AT_FDCWD, "out", 1 /* RENAME_NOREPLACE */));
	TRY(rename("out", "out"));
	TRY(fchdir(directory));
	cwd = getcwd(buffer, sizeof(buffer));
	printf("%s\n", cwd ? strrchr(cwd, '/') : strerror(errno));
	TRY(syscall(SYS_getcwd, buffer, 2));
	TRY(chdir(".."));
	TRY(chdir("f"));
	TRY(chdir("none"));
	TRY(rmdir("e"));
	TRY(fchdir(directory));
	TRY(getcwd(buffer, sizeof(buffer)) != 0);
	TRY(open("new", O_CREAT | O_WRONLY, 0600));
	TRY(chdir(".."));
	TRY(chdir(getenv("HERE")));
	TRY(close(directory));
	TRY(unlinkat(AT_FDCWD, "soft", 77));
	TRY(unlink("soft"));
	TRY(unlink("dangling"));
	TRY(unlink("none"));
	TRY(chmod("out", 04711));
	show("out");
	TRY(fchmodat(AT_FDCWD, "none", 0700, 0));
	TRY(utimensat(AT_FDCWD, "out", times, 0));
	stat("out", &status);
	printf("%ld.%ld\n", (long)status.st_atim.tv_sec, status.st_atim.tv_nsec > 0 ? 1L : 0L);
	TRY(utime("out", &old));
	stat("out", &status);
	printf("%ld %ld\n", (long)status.st_atime, (long)status.st_mtime);
	TRY(utimensat(AT_FDCWD, "out", 0, 77));
	TRY(chown("out", 12, 34));
	stat("out", &status);
	printf("%d %d %o\n", status.st_uid, status.st_gid, status.st_mode);
	TRY(access("out", R_OK | W_OK | X_OK));
	TRY(access("hard", X_OK));
	TRY(access("hard", 88));
	TRY(umask(0777));
	TRY(mkdir("closed", 0777));
	show("closed");
	TRY(umask(022));
	TRY(rmdir("closed/"));
	TRY(mkfifo("fifo", 0644));
	show("fifo");
	TRY(open("fifo", O_WRONLY | O_NONBLOCK));
	memset(buffer, 'n', 300);
	buffer[300] = 0;
	TRY(open(buffer, O_RDONLY));
	memset(buffer, '/', 5000);
	buffer[5000] = 0;
	TRY(open(buffer, O_RDONLY));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void listing(void)
{
	char name[40], *found[400];
	int i, count = 0;
	struct dirent *entry;
	DIR *directory;

	mkdir("many", 0755);
	for (i = 0; i < 300; i++) {
		sprintf(name, "many/file%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0644));
	}
	directory = opendir("many");
	while ((entry = readdir(directory)) && count < 400)
		found[count++] = strdup(entry->d_name);
	qsort(found, (size_t)count, sizeof(found[0]), by_name);
	printf("%d entries, %s .. %s\n", count, found[0], found[count - 1]);
	rewinddir(directory);
	for (i = 0; readdir(directory); i++)
		;
	printf("%d entries again\n", i);
	closedir(directory);
	TRY(i = open("f", O_RDONLY));
	TRY(syscall(SYS_getdents64, i, buffer, sizeof(buffer)));
	close(i);
	TRY(i = open("many", O_RDONLY));
	TRY(syscall(SYS_getdents64, i, buffer, 8));
	TRY(read(i, buffer, 8));
	close(i);
	for (i = 0; i < 300; i++) {
		sprintf(name, "many/file%d", i);
		unlink(name);
	}
	TRY(rmdir("many"));
}

static volatile int got_pipe;

static void on_pipe(int signal)
{
	(void)signal;
	got_pipe++;
}

static void pipes(void)
{
	int ends[2], bytes, null = open("/dev/null", O_RDWR);
	struct pollfd polled[3];
	struct timeval none = { 0, 0 };
	fd_set set;

	TRY(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
	TRY(fcntl(ends[0], F_GETFL));
	TRY(fcntl(ends[1], F_GETFL));
	TRY(fcntl(ends[0], F_GETFD));
	TRY(read(ends[0], buffer, 10));
	TRY(write(ends[1], "hello", 5));
	TRY(ioctl(ends[0], FIONREAD, &bytes));
	printf("%d\n", bytes);
	polled[0] = (struct pollfd){ ends[0], POLLIN | POLLOUT, 0 };
	polled[1] = (struct pollfd){ ends[1], POLLIN | POLLOUT, 0 };
	polled[2] = (struct pollfd){ 77, POLLIN, 0 };
	TRY(poll(polled, 3, 0));
	printf("%x %x %x\n", polled[0].revents, polled[1].revents, polled[2].revents);
	TRY(poll(polled, 2, -1));
	polled[0] = (struct pollfd){ -1, POLLIN, 9 };
	TRY(poll(polled, 1, 10));
	printf("%x\n", polled[0].revents);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	TRY(select(ends[0] + 1, &set, 0, 0, &none));
	TRY(FD_ISSET(ends[0], &set));
	TRY(read(ends[1], buffer, 1));
	TRY(write(ends[0], buffer, 1));
	TRY(lseek(ends[0], 0, SEEK_SET));
	TRY(pread(ends[0], buffer, 1, 0));
	TRY(read(ends[0], buffer, 3));
	TRY(fcntl(ends[0], F_SETFL, 0));
	TRY(fcntl(ends[0], F_GETFL));
	TRY(read(ends[0], buffer, 30));
	for (bytes = 0; write(ends[1], buffer, 4096) == 4096; bytes++)
		;
	printf("%d times, then %s\n", bytes, strerror(errno));
	polled[1] = (struct pollfd){ ends[1], POLLOUT, 0 };
	TRY(poll(polled + 1, 1, 5));
	TRY(read(ends[0], buffer, 20000));
	TRY(close(ends[1]));
	TRY(fstat(ends[0], &status));
	printf("%o\n", status.st_mode);
	polled[0] = (struct pollfd){ ends[0], POLLIN, 0 };
	TRY(poll(polled, 1, 0));
	printf("%x\n", polled[0].revents);
	while (read(ends[0], buffer, sizeof(buffer)) > 0)
		;
	TRY(read(ends[0], buffer, 10));
	TRY(close(ends[0]));
	signal(SIGPIPE, on_pipe);
	pipe(ends);
	close(ends[0]);
	TRY(write(ends[1], "x", 1));
	printf("signals: %d\n", got_pipe);
	polled[0] = (struct pollfd){ ends[1], POLLOUT, 0 };
	TRY(poll(polled, 1, 0));
	printf("%x\n", polled[0].revents & POLLERR);
	close(ends[1]);
	TRY(pipe2(ends, 0x12345));
	TRY(pipe((int *)16));
	polled[0] = (struct pollfd){ null, POLLIN | POLLOUT, 0 };
	TRY(poll(polled, 1, 0));
	printf("%x\n", polled[0].revents);
	close(null);
	TRY(poll((void *)16, 1, 0));
}

/* A position shared by parent and child, private again nowhere. */
static void sharing(void)
{
	int fd = open("shared", O_RDWR | O_CREAT | O_TRUNC, 0644), other = dup(fd), i, ends[2];
	struct pollfd polled;

	fflush(stdout);
	if (fork() == 0) {
		write(fd, "child ", 6);
		lseek(fd, 2, SEEK_CUR);
		_exit(0);
	}
	wait(0);
	TRY(lseek(other, 0, SEEK_CUR));
	TRY(write(fd, "parent", 6));
	TRY(pread(other, buffer, 100, 0));
	printf("%.6s %.6s\n", buffer, buffer + 8);
	TRY(lseek(fd, 0, SEEK_SET));
	fflush(stdout);
	for (i = 0; i < 5; i++)
		if (fork() == 0) {
			int n = open("shared", O_WRONLY | O_APPEND), j;

			for (j = 0; j < 20; j++)
				write(n, "0123456789\n", 11);
			_exit(read(fd, buffer, 2) == 2 ? 0 : 1);
		}
	for (i = 0; i < 5; i++) {
		int ended;

		wait(&ended);
		if (ended)
			printf("status %x\n", ended);
	}
	TRY(lseek(fd, 0, SEEK_CUR));
	show("shared");
	/* A reader that waits is woken by a writer; poll too, from another process. */
	pipe(ends);
	fflush(stdout);
	if (fork() == 0) {
		usleep(20000);
		write(ends[1], "a", 1);
		usleep(20000);
		write(ends[1], "b", 1);
		_exit(0);
	}
	close(ends[1]);
	polled = (struct pollfd){ ends[0], POLLIN, 0 };
	TRY(poll(&polled, 1, 10000));
	TRY(read(ends[0], buffer, 10));
	TRY(read(ends[0], buffer, 10));
	TRY(poll(&polled, 1, 10000));
	printf("%x\n", polled.revents);
	TRY(read(ends[0], buffer, 10));
	wait(0);
	close(ends[0]);
	/* A file that was removed is there until its last close. */
	unlink("shared");
	TRY(fstat(fd, &status));
	printf("%ld\n", (long)status.st_nlink);
	TRY(pread(fd, buffer, 6, 0));
	close(fd);
	close(other);
}

static void fifos(void)
{
	int fd;

	mkfifo("ff", 0600);
	fflush(stdout);
	if (fork() == 0) {
		fd = open("ff", O_WRONLY);
		write(fd, "through", 7);
		_exit(0);
	}
	TRY(fd = open("ff", O_RDONLY));
	TRY(read(fd, buffer, 100));
	TRY(read(fd, buffer, 100));
	wait(0);
	TRY(fstat(fd, &status));
	printf("%o\n", status.st_mode);
	close(fd);
	TRY(fd = open("ff", O_RDWR));
	TRY(write(fd, "self", 4));
	TRY(read(fd, buffer, 100));
	close(fd);
	unlink("ff");
}

static void copies(void)
{
	int in = open("in", O_RDWR | O_CREAT | O_TRUNC, 0644);
	int out = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0644);
	loff_t from = 5, to = 0;
	off_t at = 3;
	int ends[2];

	memset(buffer, 'q', sizeof(buffer));
	write(in, buffer, sizeof(buffer));
	TRY(sendfile(out, in, &at, 10000));
	printf("%ld\n", (long)at);
	TRY(lseek(in, 0, SEEK_CUR));
	TRY(lseek(in, 15000, SEEK_SET));
	TRY(sendfile(out, in, 0, 1000000));
	TRY(sendfile(out, in, 0, 1000000));
	TRY(lseek(in, 0, SEEK_CUR));
	show("copy");
	TRY(syscall(SYS_copy_file_range, in, &from, out, &to, 100, 0));
	printf("%ld %ld\n", (long)from, (long)to);
	TRY(syscall(SYS_copy_file_range, in, &from, in, &from, 100, 0));
	TRY(syscall(SYS_copy_file_range, in, &from, out, &to, 100, 5));
	pipe(ends);
	TRY(sendfile(out, ends[0], 0, 10));
	TRY(sendfile(ends[1], in, &to, 10));
	TRY(read(ends[0], buffer, 100));
	TRY(posix_fallocate(in, 0, 30000));
	TRY(fallocate(in, 0, 0, -3));
	show("in");
	close(ends[0]), close(ends[1]), close(in), close(out);
}

static void devices(void)
{
	struct stat by_name_status;
	int fd;

	TRY(fd = open("/dev/zero", O_RDWR));
	memset(buffer, 1, 100);
	TRY(read(fd, buffer, 100));
	printf("%d %d\n", buffer[0], buffer[99]);
	TRY(write(fd, buffer, 100));
	TRY(lseek(fd, 10, SEEK_SET) >= 0);
	fstat(fd, &status);
	stat("/dev/zero", &by_name_status);
	printf("%o %lx %d\n", status.st_mode & S_IFMT, (long)status.st_rdev,
	       status.st_ino == by_name_status.st_ino && status.st_dev == by_name_status.st_dev);
	close(fd);
	fd = open("/dev/null", O_RDWR);
	TRY(read(fd, buffer, 100));
	TRY(write(fd, buffer, 100));
	TRY(ioctl(fd, TIOCGWINSZ, buffer));
	TRY(isatty(fd));
	TRY(ftruncate(fd, 0));
	close(fd);
	TRY(open("/dev/null/x", O_RDONLY));
	TRY(mkdir("/dev/null", 0700));
	TRY(fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY));
	close(fd);
	fd = open("f", O_RDONLY);
	sprintf(buffer, "/proc/self/fd/%d", fd);
	TRY(readlink(buffer, buffer + 100, 4000) > 0);
	TRY(open(buffer, O_WRONLY) > 0);
	TRY(stat(buffer, &status));
	printf("%o\n", status.st_mode);
	TRY(chdir("/proc/self"));
	TRY(access("stat", R_OK));
	TRY(access("nothing", R_OK));
	TRY(chdir("/proc/self/fd/.."));
	TRY(chdir(getenv("HERE")));
	TRY(open("/proc/self/cwd/f", O_RDONLY) > 0);
	TRY(readlink("/proc/self", buffer, 100) > 0);
	TRY(link("f", "/proc/f") < 0);
	TRY(syscall(SYS_close_range, 3, ~0u, 0));
}

static void locks(void)
{
	int fd = open("f", O_RDWR);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_UN));
	TRY(flock(fd, 16));
	TRY(flock(88, LOCK_SH));
	TRY(fcntl(fd, F_SETLK, &lock));
	TRY(fcntl(fd, F_GETLK, &lock));
	printf("%d\n", lock.l_type == F_UNLCK);
	lock.l_type = 77;
	TRY(fcntl(fd, F_SETLK, &lock));
	TRY(fcntl(fd, F_SETLK, 16));
	close(fd);
}

int main(void)
{
	umask(022);
	syscall(SYS_close_range, 3, ~0u, 0);
	setvbuf(stdout, 0, _IOFBF, 1 << 16);
	setenv("HERE", getcwd(buffer, sizeof(buffer)), 1);
	reading_and_writing();
	vectors();
	descriptors();
	names();
	listing();
	pipes();
	sharing();
	fifos();
	copies();
	devices();
	locks();
	return 0;
}
