/* SPDX-License-Identifier: MIT */
/* eventfd, timerfd, signalfd and epoll: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
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

static uint64_t value;

static int ready(int fd)
{
	struct pollfd polled = { fd, POLLIN | POLLOUT, 0 };

	poll(&polled, 1, 0);
	return polled.revents;
}

static void events(void)
{
	int fd = eventfd(3, EFD_NONBLOCK), semaphore = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
	int pair = eventfd(0, 0), status;
	char link[64] = "", path[64];
	struct stat info;

	printf("poll %x\n", ready(fd));
	TRY(read(fd, &value, 8));
	TRY(value);
	TRY(read(fd, &value, 8));
	TRY(read(fd, &value, 7));
	value = ~0ull;
	TRY(write(fd, &value, 8));
	value = ~0ull - 1;
	TRY(write(fd, &value, 8));
	printf("poll %x\n", ready(fd));
	value = 1;
	TRY(write(fd, &value, 8));
	TRY(write(fd, &value, 4));
	TRY(read(semaphore, &value, 8));
	TRY(value);
	TRY(read(semaphore, &value, 16));
	TRY(read(semaphore, &value, 8));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(fcntl(fd, F_GETFL) & O_NONBLOCK);
	TRY(fcntl(fd, F_SETFL, 0));
	TRY(fcntl(fd, F_GETFL) & O_NONBLOCK);
	TRY(eventfd(0, 12345));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(readlink(path, link, sizeof(link) - 1));
	puts(link);
	TRY(fstat(fd, &info));
	printf("mode %o\n", info.st_mode);
	/* A child writes after a while; the parent's read waits for it. */
	if (fork() == 0) {
		usleep(10000);
		value = 5;
		write(pair, &value, 8);
		_exit(0);
	}
	TRY(read(pair, &value, 8));
	TRY(value);
	wait(&status);
	close(fd);
	close(semaphore);
	close(pair);
}

static void arm(int fd, long first_ms, long interval_ms, int flags)
{
	struct itimerspec setting = {
		{ interval_ms / 1000, interval_ms % 1000 * 1000000 },
		{ first_ms / 1000, first_ms % 1000 * 1000000 },
	};
	struct timespec now;

	if (flags & TFD_TIMER_ABSTIME) {
		clock_gettime(CLOCK_REALTIME, &now);
		setting.it_value.tv_sec += now.tv_sec;
		setting.it_value.tv_nsec = now.tv_nsec;
	}
	TRY(timerfd_settime(fd, flags, &setting, NULL));
}

static void timers(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	int wall = timerfd_create(CLOCK_REALTIME, 0);
	struct itimerspec setting = { { 0, 0 }, { 0, 1000000000 } };
	struct pollfd polled = { fd, POLLIN, 0 };

	TRY(timerfd_create(77, 0));
	TRY(timerfd_create(CLOCK_MONOTONIC, 1));
	TRY(timerfd_settime(0, 0, &setting, NULL));
	setting.it_value.tv_nsec = 0;
	TRY(timerfd_settime(0, 0, &setting, NULL));
	TRY(timerfd_settime(99, 0, &setting, NULL));
	TRY(timerfd_settime(fd, 0, NULL, NULL));
	TRY(read(fd, &value, 8));
	TRY(write(fd, &value, 8));
	arm(fd, 10, 0, 0);
	TRY(timerfd_gettime(fd, &setting));
	printf("running %d\n", setting.it_value.tv_nsec > 0 || setting.it_value.tv_sec > 0);
	TRY(poll(&polled, 1, 10000));
	TRY(read(fd, &value, 4));
	TRY(read(fd, &value, 8));
	TRY(value);
	TRY(read(fd, &value, 8));
	TRY(timerfd_gettime(fd, &setting));
	printf("%ld %ld\n", (long)setting.it_value.tv_sec, setting.it_value.tv_nsec);
	arm(fd, 1, 2, 0);
	usleep(20000);
	TRY(read(fd, &value, 8));
	printf("many %d\n", value >= 9);
	arm(fd, 0, 0, 0);
	TRY(poll(&polled, 1, 5));
	arm(wall, 0, 0, TFD_TIMER_ABSTIME);
	TRY(read(wall, &value, 8));
	TRY(value);
	close(fd);
	close(wall);
}

static void signals(void)
{
	struct signalfd_siginfo info[2];
	struct pollfd polled = { .events = POLLIN };
	sigset_t set, none;
	int fd;

	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	TRY(signalfd(-1, &set, 1));
	TRY(signalfd(0, &set, 0));
	TRY(signalfd(99, &set, 0));
	TRY(read(fd, info, sizeof(info)));
	TRY(read(fd, info, 12));
	kill(getpid(), SIGUSR1);
	polled.fd = fd;
	TRY(poll(&polled, 1, 0));
	TRY(read(fd, info, sizeof(info)));
	printf("signo %u own %d code %d\n", info[0].ssi_signo, info[0].ssi_pid == (uint32_t)getpid(),
	       info[0].ssi_code);
	fcntl(fd, F_SETFL, 0);
	if (fork() == 0)
		_exit(7);
	TRY(poll(&polled, 1, 10000));
	TRY(read(fd, info, sizeof(info)));
	printf("signo %u status %d code %d\n", info[0].ssi_signo, info[0].ssi_status,
	       info[0].ssi_code);
	wait(NULL);
	if (fork() == 0) {
		usleep(10000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	TRY(read(fd, info, sizeof(info[0])));
	printf("signo %u\n", info[0].ssi_signo);
	wait(NULL);
	read(fd, info, sizeof(info));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	close(fd);
}

static struct epoll_event got[8];

static int control(int set, int operation, int fd, uint32_t mask)
{
	struct epoll_event event = { .events = mask, .data.u32 = (uint32_t)fd };

	return epoll_ctl(set, operation, fd, &event);
}

static void wait_for(int set, int timeout)
{
	int count = epoll_wait(set, got, 8, timeout);

	if (count < 0)
		printf("epoll_wait: %s\n", strerror(errno));
	for (int i = 0; i < count; i++)
		printf("%s%x", i ? " " : "ready: ", got[i].events);
	if (count >= 0)
		printf(count ? "\n" : "nothing\n");
	fflush(stdout);
}

static void epoll_errors(void)
{
	int set = epoll_create1(0), other = epoll_create(1), file = open("/", O_RDONLY);
	int null = open("/dev/null", O_RDWR), ends[2];

	pipe(ends);
	TRY(syscall(SYS_epoll_create, 0));
	TRY(epoll_create1(1));
	TRY(control(set, EPOLL_CTL_ADD, file, EPOLLIN));
	TRY(control(set, EPOLL_CTL_ADD, null, EPOLLIN));
	TRY(control(set, EPOLL_CTL_ADD, 99, EPOLLIN));
	TRY(control(99, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	TRY(control(ends[0], EPOLL_CTL_ADD, ends[1], EPOLLIN));
	TRY(control(set, EPOLL_CTL_ADD, set, EPOLLIN));
	TRY(control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN));
	TRY(control(set, EPOLL_CTL_DEL, ends[0], EPOLLIN));
	TRY(control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	TRY(control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	TRY(control(set, 9, ends[0], EPOLLIN));
	TRY(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], NULL));
	TRY(epoll_wait(set, got, 0, 0));
	TRY(epoll_wait(ends[0], got, 1, 0));
	TRY(epoll_wait(99, got, 1, 0));
	TRY(control(set, EPOLL_CTL_ADD, other, EPOLLIN));
	TRY(control(other, EPOLL_CTL_ADD, set, EPOLLIN));
	TRY(control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLEXCLUSIVE));
	TRY(read(set, got, 8));
	close(set);
	close(other);
	close(file);
	close(null);
	close(ends[0]);
	close(ends[1]);
}

static void epoll_modes(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC), outer = epoll_create1(0), ends[2], copy;
	char bytes[16];

	pipe(ends);
	control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	wait_for(set, 0);
	write(ends[1], "ab", 2);
	wait_for(set, -1);
	wait_for(set, -1);
	puts("edge");
	control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET);
	wait_for(set, 0);
	wait_for(set, 0);
	write(ends[1], "c", 1);
	wait_for(set, 0);
	read(ends[0], bytes, 1);
	wait_for(set, 0);
	puts("once");
	control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT);
	wait_for(set, 0);
	wait_for(set, 0);
	control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT);
	wait_for(set, 0);
	puts("nested");
	control(outer, EPOLL_CTL_ADD, set, EPOLLIN);
	wait_for(outer, 0);
	control(set, EPOLL_CTL_MOD, ends[0], EPOLLIN);
	wait_for(outer, 0);
	printf("poll %x\n", ready(set));
	puts("both ends");
	control(set, EPOLL_CTL_ADD, ends[1], EPOLLOUT);
	wait_for(set, 0);
	puts("closed");
	copy = dup(ends[1]);
	close(ends[1]);
	wait_for(set, 0);
	close(copy);
	wait_for(set, 0);
	read(ends[0], bytes, 16);
	wait_for(set, 0);
	close(ends[0]);
	wait_for(set, 5);
	close(set);
	close(outer);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void epoll_waits(void)
{
	int set = epoll_create1(0), fd = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	sigset_t blocked, none;

	control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
	control(set, EPOLL_CTL_ADD, timer, EPOLLIN);
	if (fork() == 0) {
		value = 1;
		usleep(10000);
		write(fd, &value, 8);
		_exit(0);
	}
	wait_for(set, -1);
	wait(NULL);
	arm(timer, 10, 0, 0);
	wait_for(set, -1);
	read(timer, &value, 8);
	sigaction(SIGALRM, &action, NULL);
	ualarm(10000, 0);
	wait_for(set, -1);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGALRM);
	TRY(epoll_wait(set, got, 8, 5));
	TRY(epoll_pwait(set, got, 8, -1, &none));
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	close(set);
	close(fd);
	close(timer);
}

static void selects(void)
{
	int fd = eventfd(1, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), most = timer + 1;
	struct timeval soon = { 0, 5000 };
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	FD_SET(timer, &in);
	FD_SET(fd, &out);
	TRY(select(most, &in, &out, NULL, NULL));
	printf("%d %d %d\n", FD_ISSET(fd, &in) != 0, FD_ISSET(timer, &in) != 0,
	       FD_ISSET(fd, &out) != 0);
	FD_ZERO(&in);
	FD_SET(timer, &in);
	TRY(select(most, &in, NULL, NULL, &soon));
	arm(timer, 5, 0, 0);
	FD_SET(timer, &in);
	TRY(select(most, &in, NULL, NULL, NULL));
	close(fd);
	close(timer);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } part[] = {
		{ "events", events }, { "timers", timers }, { "signals", signals },
		{ "epoll errors", epoll_errors }, { "epoll modes", epoll_modes },
		{ "epoll waits", epoll_waits }, { "selects", selects },
	};

	for (unsigned i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (argc > 1 && strcmp(argv[1], part[i].name))
			continue;
		printf("---- %s\n", part[i].name);
		fflush(stdout);
		part[i].run();
	}
	return 0;
}
