/* SPDX-License-Identifier: MIT */
/* Pipes and fifos beyond read and write: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRY(call) report(#call, (long)(call))

static void report(const char *what, long result)
{
	if (result < 0)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s = %ld\n", what, result);
	fflush(stdout);
}

static char bytes[100000] __attribute__((aligned(4096)));

static int ready(int fd)
{
	struct pollfd polled = { fd, POLLIN | POLLOUT, 0 };

	poll(&polled, 1, 0);
	return polled.revents;
}

static void sizes(void)
{
	int ends[2], number = -1;

	pipe2(ends, O_NONBLOCK);
	TRY(fcntl(ends[0], F_GETPIPE_SZ));
	TRY(fcntl(ends[1], F_SETPIPE_SZ, 5000));
	TRY(fcntl(ends[0], F_GETPIPE_SZ));
	TRY(write(ends[1], bytes, 10000));
	printf("poll %x %x\n", ready(ends[0]), ready(ends[1]));
	TRY(write(ends[1], bytes, 1));
	TRY(fcntl(ends[1], F_SETPIPE_SZ, 4096));
	TRY(ioctl(ends[0], FIONREAD, &number));
	printf("%d\n", number);
	TRY(fcntl(ends[1], F_SETPIPE_SZ, 65536));
	TRY(write(ends[1], bytes, 4096));
	TRY(fcntl(ends[1], F_SETPIPE_SZ, -1));
	TRY(fcntl(0, F_SETPIPE_SZ, 1) < 0);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	TRY(write(ends[1], bytes, 1));
	close(ends[1]);
}

static void splices(void)
{
	int in[2], out[2], file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	off_t offset = 3;
	struct iovec parts[2] = { { "vec", 3 }, { "tors", 4 } };

	pipe2(in, O_NONBLOCK);
	pipe2(out, O_NONBLOCK);
	write(file, "0123456789", 10);
	TRY(splice(in[0], NULL, out[1], NULL, 10, 0));
	TRY(splice(file, &offset, in[1], NULL, 4, 0));
	printf("offset %ld\n", (long)offset);
	TRY(tee(in[0], out[1], 100, 0));
	TRY(tee(in[0], in[1], 100, 0));
	memset(bytes, 0, 20);
	TRY(read(out[0], bytes, 100));
	puts(bytes);
	TRY(splice(in[0], NULL, out[1], NULL, 100, 0));
	TRY(splice(in[0], NULL, out[1], NULL, 100, SPLICE_F_NONBLOCK));
	TRY(splice(out[0], NULL, file, NULL, 100, 0));
	TRY(lseek(file, 0, SEEK_CUR));
	TRY(vmsplice(in[1], parts, 2, 0));
	memset(bytes, 0, 20);
	TRY(read(in[0], bytes, 100));
	puts(bytes);
	TRY(splice(file, NULL, file, NULL, 10, 0));
	TRY(splice(in[0], &offset, file, NULL, 10, 0));
	TRY(splice(in[1], NULL, file, NULL, 10, 0));
	TRY(splice(in[0], NULL, in[1], NULL, 10, 0));
	TRY(splice(99, NULL, in[1], NULL, 10, 0));
	TRY(splice(in[0], NULL, file, NULL, 10, 99));
	TRY(tee(file, in[1], 10, 0));
	close(in[1]);
	TRY(splice(in[0], NULL, file, NULL, 10, 0));
	close(in[0]);
	close(out[0]);
	close(out[1]);
	close(file);
	unlink("file");
}

static void fifos(void)
{
	int fd, other, status;

	TRY(mkfifo("fifo", 0600));
	TRY(open("fifo", O_WRONLY | O_NONBLOCK));
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	TRY(fd >= 0);
	TRY(read(fd, bytes, 10));
	printf("poll %x\n", ready(fd));
	other = open("fifo", O_WRONLY);
	TRY(other >= 0);
	TRY(read(fd, bytes, 10));
	TRY(write(other, "abc", 3));
	printf("poll %x %x\n", ready(fd), ready(other));
	close(other);
	printf("poll %x\n", ready(fd));
	TRY(read(fd, bytes, 10));
	TRY(read(fd, bytes, 10));
	close(fd);
	fd = open("fifo", O_RDWR);
	TRY(write(fd, "self", 4));
	TRY(read(fd, bytes, 10));
	close(fd);
	if (fork() == 0) {
		usleep(5000);
		fd = open("fifo", O_WRONLY);
		write(fd, "late", 4);
		_exit(0);
	}
	fd = open("fifo", O_RDONLY);
	TRY(read(fd, bytes, 10));
	TRY(read(fd, bytes, 10));
	wait(&status);
	close(fd);
	TRY(open("fifo", O_RDONLY | O_DIRECTORY));
	unlink("fifo");
}

/* Small writes of several processes are never mixed, large ones may be. */
static void atomic(void)
{
	int ends[2], broken = 0, status;
	char line[512];
	long total = 0;

	pipe(ends);
	for (int writer = 0; writer < 3; writer++) {
		if (fork())
			continue;
		memset(line, 'a' + writer, sizeof(line));
		for (int i = 0; i < 300; i++)
			write(ends[1], line, sizeof(line));
		_exit(0);
	}
	close(ends[1]);
	for (long at = 0, got; (got = read(ends[0], line + at, (size_t)(512 - at))) > 0; ) {
		at += got;
		total += got;
		if (at < 512)
			continue;
		at = 0;
		for (int i = 1; i < 512; i++)
			broken += line[i] != line[0];
	}
	printf("total %ld broken %d\n", total, broken);
	while (wait(&status) > 0)
		;
	close(ends[0]);
}

static void gifts(void)
{
	struct iovec parts[2] = { { bytes, 40960 }, { bytes, 40960 } };
	int ends[2], got = 0;

	pipe(ends);
	TRY(vmsplice(ends[1], parts, 2, 0));
	TRY(vmsplice(ends[1], parts, 2, SPLICE_F_NONBLOCK));
	TRY(ioctl(ends[0], FIONREAD, &got));
	TRY(vmsplice(ends[0], parts, 1, 0));
	TRY(vmsplice(ends[0], parts, 1, 0));
	TRY(vmsplice(ends[0], parts, 1, SPLICE_F_NONBLOCK));
	TRY(vmsplice(ends[1], parts, 1025, 0));
	TRY(vmsplice(0, parts, 1, 0) < 0);
	close(ends[0]);
	TRY(vmsplice(ends[1], parts, 1, 0));
	close(ends[1]);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	gifts();
	sizes();
	splices();
	fifos();
	atomic();
	return 0;
}
