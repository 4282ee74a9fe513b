/* SPDX-License-Identifier: MIT */
/* Pipes, fifos and counters, the finer points: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "tests/system/guest/show_poll.h"
#include "tests/system/guest/try.h"

static char bytes[200000] __attribute__((aligned(4096)));
static int ends[2];

static void both(const char *what)
{
	printf("%s: ", what);
	show_poll("reader", ends[0]);
	show_poll("  writer", ends[1]);
}

static void states(void)
{
	int got;

	pipe2(ends, O_NONBLOCK);
	both("new");
	TRY(read(ends[0], bytes, 1));
	TRY(write(ends[1], bytes, 0));
	TRY(write(ends[1], bytes, 61440));
	both("all but a page");
	TRY(write(ends[1], bytes, 4097));
	both("full");
	TRY(write(ends[1], bytes, 1));
	TRY(read(ends[0], bytes, 100));
	both("a hole");
	TRY(write(ends[1], bytes, 4096));
	TRY(ioctl(ends[0], FIONREAD, &got));
	printf("%d\n", got);
	TRY(ioctl(ends[0], TIOCOUTQ, &got));
	TRY(lseek(ends[0], 0, SEEK_CUR));
	TRY(pread(ends[0], bytes, 1, 0));
	TRY(ftruncate(ends[1], 0));
	TRY(fsync(ends[1]));
	TRY(read(ends[1], bytes, 1));
	TRY(write(ends[0], bytes, 1));
	close(ends[1]);
	show_poll("no writer", ends[0]);
	while (read(ends[0], bytes, sizeof(bytes)) > 0)
		;
	show_poll("no writer", ends[0]);
	TRY(read(ends[0], bytes, 1));
	close(ends[0]);
	pipe(ends);
	close(ends[0]);
	show_poll("no reader", ends[1]);
	TRY(write(ends[1], bytes, 1));
	TRY(write(ends[1], bytes, 0));
	close(ends[1]);
}

static void sizes(void)
{
	pipe(ends);
	TRY(fcntl(ends[0], F_GETPIPE_SZ));
	TRY(fcntl(ends[0], F_SETPIPE_SZ, 1 << 20));
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	TRY(write(ends[1], bytes, sizeof(bytes)));
	TRY(fcntl(ends[0], F_SETPIPE_SZ, 100000));
	TRY(fcntl(ends[0], F_SETPIPE_SZ, 200000));
	TRY(fcntl(ends[0], F_SETPIPE_SZ, 0));
	TRY(fcntl(ends[0], F_SETPIPE_SZ, 0x80000001u));
	TRY(read(ends[0], bytes, sizeof(bytes)));
	TRY(fcntl(ends[0], F_SETPIPE_SZ, 0));
	close(ends[0]);
	close(ends[1]);
}

/* With O_DIRECT each write is a packet. */
static void packets(void)
{
	struct iovec parts[2] = { { "ab", 2 }, { "cd", 2 } };
	int got;

	TRY(pipe2(ends, O_DIRECT | O_NONBLOCK));
	printf("%x\n", fcntl(ends[1], F_GETFL) & O_DIRECT);
	TRY(write(ends[1], "one", 3));
	TRY(write(ends[1], "second", 6));
	TRY(ioctl(ends[0], FIONREAD, &got));
	printf("%d\n", got);
	TRY(read(ends[0], bytes, 100));
	TRY(read(ends[0], bytes, 2));
	printf("%.2s\n", bytes);
	TRY(read(ends[0], bytes, 100));
	TRY(writev(ends[1], parts, 2));
	TRY(read(ends[0], bytes, 100));
	TRY(read(ends[0], bytes, 100));
	TRY(write(ends[1], bytes, 5000));
	TRY(read(ends[0], bytes, 100000));
	TRY(read(ends[0], bytes, 100000));
	TRY(fcntl(ends[1], F_SETFL, O_NONBLOCK));
	TRY(write(ends[1], "x", 1));
	TRY(write(ends[1], "y", 1));
	TRY(read(ends[0], bytes, 100));
	for (got = 0; write(ends[1], bytes, 512) == 512; got++)
		;
	printf("more than fits packets: %d\n", got > 16);
	while (read(ends[0], bytes, sizeof(bytes)) > 0)
		;
	TRY(fcntl(ends[1], F_SETFL, O_NONBLOCK | O_DIRECT));
	for (got = 0; write(ends[1], bytes, 512) == 512; got++)
		;
	printf("%d packets\n", got);
	close(ends[0]);
	close(ends[1]);
}

/* ---- Fifos ---- */

static void *opener(void *access)
{
	int fd = open("fifo", (int)(intptr_t)access);

	close(fd);
	return (void *)(intptr_t)(fd >= 0);
}

static void fifos(void)
{
	pthread_t thread;
	void *opened;
	int reader, writer, one;

	TRY(mkfifo("fifo", 0600));
	TRY(open("fifo", O_WRONLY | O_NONBLOCK));
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	show_poll("never written", reader);
	TRY(read(reader, bytes, 1));
	writer = open("fifo", O_WRONLY | O_NONBLOCK);
	show_poll("reader", reader);
	show_poll("writer", writer);
	TRY(write(writer, "abc", 3));
	close(writer);
	show_poll("closed", reader);
	TRY(read(reader, bytes, 10));
	TRY(read(reader, bytes, 10));
	show_poll("closed", reader);
	writer = open("fifo", O_WRONLY | O_NONBLOCK);
	show_poll("again", reader);
	TRY(read(reader, bytes, 10));
	close(writer);
	close(reader);
	reader = open("fifo", O_RDWR);
	show_poll("both", reader);
	TRY(write(reader, "self", 4));
	show_poll("both", reader);
	TRY(read(reader, bytes, 10));
	close(reader);
	pthread_create(&thread, 0, opener, (void *)(intptr_t)O_RDONLY);
	one = open("fifo", O_WRONLY);
	pthread_join(thread, &opened);
	printf("both opened: %d %d\n", one >= 0, opened != 0);
	close(one);
	pthread_create(&thread, 0, opener, (void *)(intptr_t)O_WRONLY);
	one = open("fifo", O_RDONLY);
	pthread_join(thread, &opened);
	printf("both opened: %d %d\n", one >= 0, opened != 0);
	TRY(read(one, bytes, 1));
	close(one);
	TRY(unlink("fifo"));
}

/* ---- Counters ---- */

static void counters(void)
{
	uint64_t value = 5, most = ~0ull - 1, all = ~0ull;
	int fd = eventfd(3, EFD_NONBLOCK), one = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);

	show_poll("counter", fd);
	TRY(write(fd, &value, 8));
	TRY(read(fd, &value, 7));
	TRY(read(fd, &value, 8));
	printf("%d\n", (int)value);
	TRY(read(fd, &value, 8));
	show_poll("counter", fd);
	TRY(write(fd, &most, 8));
	show_poll("counter", fd);
	TRY(write(fd, &value, 8));
	TRY(write(fd, &all, 8));
	TRY(write(fd, &all, 4));
	TRY(read(one, &value, 8));
	TRY(read(one, &value, 100));
	TRY(read(one, &value, 8));
	TRY(eventfd(0, 0x40000000));
	close(fd);
	close(one);
}

/* ---- select, and what is not open ---- */

static void selecting(void)
{
	struct timeval none = { 0, 0 }, bad = { -1, 0 };
	struct timespec wrong = { 0, 1000000000 };
	struct pollfd polled[3] = { { -1, POLLIN, 0 }, { 99, POLLIN, 0 } };
	fd_set in, out, except;

	pipe(ends);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(ends[0], &in);
	FD_SET(ends[1], &out);
	FD_SET(ends[0], &except);
	TRY(select(ends[1] + 1, &in, &out, &except, &none));
	printf("%d %d %d\n", FD_ISSET(ends[0], &in) != 0, FD_ISSET(ends[1], &out) != 0,
	       FD_ISSET(ends[0], &except) != 0);
	TRY(select(1, 0, 0, 0, &bad));
	TRY(select(-1, 0, 0, 0, &none));
	TRY(pselect(1, 0, 0, 0, &wrong, 0));
	TRY(ppoll(polled, 1, &wrong, 0));
	close(ends[1]);
	FD_SET(ends[0], &in);
	TRY(select(ends[0] + 1, &in, 0, 0, &none));
	FD_SET(ends[1], &in);
	TRY(select(ends[1] + 1, &in, 0, 0, &none));
	polled[2].fd = ends[0];
	TRY(poll(polled, 3, 0));
	printf("%x %x %x\n", polled[0].revents, polled[1].revents, polled[2].revents);
	TRY(poll(polled, 100000000, 0));
	TRY(poll((void *)8, 1, 0));
	close(ends[0]);
}

/* ---- Moving between files ---- */

static void moves(void)
{
	int file = open("moves", O_CREAT | O_RDWR | O_TRUNC, 0600), more[2];
	loff_t at = 2;
	off_t from = 1;

	pipe(ends);
	pipe(more);
	write(file, "0123456789", 10);
	TRY(splice(file, &at, ends[1], 0, 5, 0));
	printf("%d\n", (int)at);
	TRY(tee(ends[0], more[1], 100, 0));
	TRY(read(more[0], bytes, 100));
	printf("%.5s\n", bytes);
	TRY(splice(ends[0], 0, file, 0, 100, 0));
	TRY(lseek(file, 0, SEEK_CUR));
	TRY(splice(ends[0], 0, file, 0, 100, SPLICE_F_NONBLOCK));
	TRY(splice(ends[0], &at, file, 0, 1, 0));
	TRY(splice(file, 0, file, 0, 1, 0));
	TRY(splice(ends[0], 0, ends[1], 0, 1, 0));
	TRY(tee(ends[0], ends[1], 1, 0));
	TRY(tee(ends[0], file, 1, 0));
	TRY(tee(ends[0], more[1], 1, SPLICE_F_NONBLOCK));
	TRY(splice(file, 0, ends[1], 0, 1, 0xffff));
	TRY(sendfile(ends[1], file, &from, 3));
	printf("%d\n", (int)from);
	TRY(read(ends[0], bytes, 10));
	close(ends[1]);
	TRY(splice(ends[0], 0, file, 0, 100, 0));
	TRY(tee(ends[0], more[1], 100, 0));
	close(more[0]);
	lseek(file, 0, SEEK_SET);
	TRY(splice(file, 0, more[1], 0, 3, 0));
	TRY(lseek(file, 0, SEEK_CUR));
	close(file);
	close(ends[0]);
	close(more[1]);
	unlink("moves");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	states();
	sizes();
	packets();
	fifos();
	counters();
	selecting();
	moves();
	return 0;
}
