/* SPDX-License-Identifier: MIT */
/* epoll between processes, threads and sets: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "tests/system/guest/try.h"

static int set, ends[2];
static char bytes[70000];

static int change(int in, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { events, { .fd = fd } };

	return epoll_ctl(in, operation, fd, &event);
}

/* Which of the descriptors are ready, by their place in `names`. */
static const char *names[64];

static void wait_for(int in, int timeout_ms)
{
	struct epoll_event event[8];
	uint32_t events[64] = { 0 };
	int count = epoll_wait(in, event, 8, timeout_ms);

	printf("%d ready:", count);
	for (int i = 0; i < count; i++)
		events[event[i].data.fd] = event[i].events;
	for (int i = 0; i < 64; i++)
		if (events[i])
			printf(" %s %x", names[i], events[i]);
	printf("\n");
	fflush(stdout);
}

static void begin(void)
{
	set = epoll_create1(0);
	pipe(ends);
	names[set] = "set";
	names[ends[0]] = "reader";
	names[ends[1]] = "writer";
}

static void end(void)
{
	close(set);
	close(ends[0]);
	close(ends[1]);
}

/* ---- One set, two processes ---- */

static void child_adds(void)
{
	TRY(change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	TRY(change(set, EPOLL_CTL_DEL, ends[1], 0));
	write(ends[1], "x", 1);
}

static void child_waits(void)
{
	wait_for(set, -1);
	wait_for(set, 0);
}

static void shared(void)
{
	begin();
	TRY(change(set, EPOLL_CTL_ADD, ends[1], EPOLLOUT));
	wait_for(set, 0);
	in_child(child_adds);
	wait_for(set, 0);
	TRY(change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	TRY(change(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT));
	/* Reported to one of the two. */
	in_child(child_waits);
	wait_for(set, 0);
	TRY(change(set, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET));
	wait_for(set, 0);
	wait_for(set, 0);
	end();
}

static void child_closes(void)
{
	close(ends[0]);
	wait_for(set, 0);
}

/* What is open elsewhere stays in the set, whoever closes it. */
static void closed(void)
{
	int copy;

	begin();
	copy = dup(ends[0]);
	TRY(change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	TRY(change(set, EPOLL_CTL_ADD, copy, EPOLLIN));
	names[copy] = "copy";
	write(ends[1], "x", 1);
	in_child(child_closes);
	close(ends[0]);
	wait_for(set, 0);
	close(copy);
	wait_for(set, 0);
	close(set);
	close(ends[1]);
}

/* ---- A waiter learns of what another thread adds ---- */

static void *waiter(void *unused)
{
	(void)unused;
	wait_for(set, -1);
	return 0;
}

static int state_of(pid_t tid)
{
	char name[64], text[256], *at;
	int file, got;

	snprintf(name, sizeof(name), "/proc/%d/stat", tid);
	file = open(name, O_RDONLY);
	got = (int)read(file, text, sizeof(text) - 1);
	close(file);
	text[got < 0 ? 0 : got] = 0;
	at = strrchr(text, ')');
	return at ? at[2] : 0;
}

static void child_of_added(void)
{
	wait_for(set, -1);
}

static void added(void)
{
	pthread_t thread;
	pid_t child;

	begin();
	write(ends[1], "x", 1);
	pthread_create(&thread, 0, waiter, 0);
	usleep(1000);
	change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	pthread_join(thread, 0);
	change(set, EPOLL_CTL_DEL, ends[0], 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		child_of_added();
		_exit(0);
	}
	while (state_of(child) != 'S')
		usleep(1000);
	change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	waitpid(child, 0, 0);
	/* And of what it disables, when that is enabled again. */
	change(set, EPOLL_CTL_MOD, ends[0], 0);
	pthread_create(&thread, 0, waiter, 0);
	usleep(1000);
	change(set, EPOLL_CTL_MOD, ends[0], EPOLLIN);
	pthread_join(thread, 0);
	end();
}

/* ---- Sets in sets, sets over sockets ---- */

static void nested(void)
{
	int outer = epoll_create1(0), most[8];
	struct pollfd polled = { .events = POLLIN };

	begin();
	polled.fd = set;
	TRY(change(outer, EPOLL_CTL_ADD, set, EPOLLIN));
	TRY(change(set, EPOLL_CTL_ADD, outer, EPOLLIN));
	TRY(change(set, EPOLL_CTL_ADD, set, EPOLLIN));
	TRY(change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	wait_for(outer, 0);
	TRY(poll(&polled, 1, 0));
	write(ends[1], "x", 1);
	wait_for(outer, 0);
	TRY(poll(&polled, 1, 0));
	TRY(change(outer, EPOLL_CTL_MOD, set, EPOLLIN | EPOLLET));
	wait_for(outer, 0);
	wait_for(outer, 0);
	write(ends[1], "y", 1);
	wait_for(outer, 0);
	for (int i = 0; i < 8; i++) {
		most[i] = epoll_create1(0);
		if (i)
			printf("nest %d: %s\n", i, change(most[i], EPOLL_CTL_ADD, most[i - 1],
							 EPOLLIN) ? strerror(errno) : "made");
	}
	for (int i = 0; i < 8; i++)
		close(most[i]);
	close(outer);
	end();
}

static void passed(void)
{
	int pair[2], got;
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec vector = { bytes, 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *first = CMSG_FIRSTHDR(&message);

	begin();
	TRY(change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN));
	write(ends[1], "x", 1);
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	first->cmsg_level = SOL_SOCKET;
	first->cmsg_type = SCM_RIGHTS;
	first->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(first), &set, sizeof(int));
	TRY(sendmsg(pair[0], &message, 0));
	close(set);
	TRY(recvmsg(pair[1], &message, 0));
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	wait_for(got, 0);
	close(got);
	close(pair[0]);
	close(pair[1]);
	close(ends[0]);
	close(ends[1]);
}

/* ---- Edges, of everything ---- */

static void edges_of_pipe(void)
{
	begin();
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	change(set, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLET);
	change(set, EPOLL_CTL_ADD, ends[1], EPOLLOUT | EPOLLET);
	wait_for(set, 0);
	wait_for(set, 0);
	write(ends[1], bytes, 1);
	wait_for(set, 0);
	wait_for(set, 0);
	write(ends[1], bytes, 1);
	wait_for(set, 0);
	read(ends[0], bytes, 1);
	wait_for(set, 0);
	write(ends[1], bytes, sizeof(bytes));
	wait_for(set, 0);
	read(ends[0], bytes, sizeof(bytes));
	wait_for(set, 0);
	wait_for(set, 0);
	close(ends[1]);
	wait_for(set, 0);
	wait_for(set, 0);
	close(set);
	close(ends[0]);
}

static void edges_of_socket(void)
{
	int pair[2];

	begin();
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	names[pair[0]] = "one";
	names[pair[1]] = "two";
	change(set, EPOLL_CTL_ADD, pair[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	change(set, EPOLL_CTL_ADD, pair[1], EPOLLIN | EPOLLET);
	wait_for(set, 0);
	wait_for(set, 0);
	write(pair[0], bytes, 10);
	wait_for(set, 0);
	write(pair[1], bytes, 1);
	wait_for(set, 0);
	wait_for(set, 0);
	shutdown(pair[1], SHUT_WR);
	wait_for(set, 0);
	close(pair[1]);
	wait_for(set, 0);
	wait_for(set, 0);
	close(pair[0]);
	end();
}

static void edges_of_others(void)
{
	int counter = eventfd(0, EFD_NONBLOCK), timer = timerfd_create(CLOCK_MONOTONIC, 0), signals;
	struct itimerspec soon = { .it_value.tv_nsec = 1 };
	uint64_t value = 3;
	sigset_t usr1;

	begin();
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, 0);
	signals = signalfd(-1, &usr1, SFD_NONBLOCK);
	names[counter] = "counter";
	names[timer] = "timer";
	names[signals] = "signals";
	change(set, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLET);
	change(set, EPOLL_CTL_ADD, timer, EPOLLIN | EPOLLONESHOT);
	change(set, EPOLL_CTL_ADD, signals, EPOLLIN);
	wait_for(set, 0);
	write(counter, &value, sizeof(value));
	wait_for(set, 0);
	wait_for(set, 0);
	write(counter, &value, sizeof(value));
	wait_for(set, -1);
	timerfd_settime(timer, 0, &soon, 0);
	wait_for(set, -1);
	wait_for(set, 0);
	kill(getpid(), SIGUSR1);
	wait_for(set, -1);
	wait_for(set, 0);
	read(signals, bytes, 128);
	wait_for(set, 0);
	change(set, EPOLL_CTL_MOD, timer, EPOLLIN | EPOLLONESHOT);
	wait_for(set, 0);
	close(counter);
	close(timer);
	close(signals);
	wait_for(set, 0);
	end();
}

/* More are ready than are taken at once: all of them come in turn. */
static void fairness(void)
{
	int seen[64] = { 0 }, count = 0, fds[6];
	uint64_t one = 1;

	begin();
	for (int i = 0; i < 6; i++) {
		fds[i] = eventfd(1, 0);
		change(set, EPOLL_CTL_ADD, fds[i], EPOLLIN);
	}
	for (int i = 0; i < 3; i++) {
		struct epoll_event event[2];
		int got = epoll_wait(set, event, 2, 0);

		for (int j = 0; j < got; j++)
			count += !seen[event[j].data.fd]++;
	}
	printf("%d different\n", count);
	for (int i = 0; i < 6; i++) {
		write(fds[i], &one, sizeof(one));
		close(fds[i]);
	}
	wait_for(set, 0);
	end();
}

static void refused(void)
{
	int file = open("refused", O_RDWR | O_CREAT, 0600);
	struct epoll_event event;

	begin();
	TRY(change(set, EPOLL_CTL_ADD, file, EPOLLIN));
	TRY(change(ends[0], EPOLL_CTL_ADD, ends[1], EPOLLIN));
	TRY(change(set, EPOLL_CTL_ADD, 63, EPOLLIN));
	TRY(change(set, 9, ends[0], EPOLLIN));
	TRY(change(set, EPOLL_CTL_MOD, ends[0], EPOLLIN));
	TRY(change(set, EPOLL_CTL_DEL, ends[0], EPOLLIN));
	TRY(change(set, EPOLL_CTL_ADD, ends[0], EPOLLEXCLUSIVE | EPOLLONESHOT));
	TRY(change(set, EPOLL_CTL_ADD, ends[0], EPOLLEXCLUSIVE | EPOLLIN));
	TRY(change(set, EPOLL_CTL_MOD, ends[0], EPOLLIN));
	TRY(epoll_wait(set, &event, 0, 0));
	TRY(epoll_wait(set, (void *)8, 1, 0));
	write(ends[1], "x", 1);
	TRY(epoll_wait(set, (void *)8, 1, 0));
	TRY(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], 0));
	close(file);
	end();
}

int main(void)
{
	shared();
	closed();
	added();
	nested();
	passed();
	edges_of_pipe();
	edges_of_socket();
	edges_of_others();
	fairness();
	refused();
	return 0;
}
