/* SPDX-License-Identifier: MIT */
/* POSIX message queues: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/system/guest/try.h"

static mqd_t queue;
static char text[8192];
static const struct timespec past = { 1, 0 };
static volatile int signals;
static volatile int code, value;

static void on_signal(int number, siginfo_t *information, void *context)
{
	(void)number, (void)context;
	code = information->si_code;
	value = information->si_value.sival_int;
	signals++;
}

static void get(void)
{
	unsigned int priority = 99;
	long got;

	memset(text, 0, sizeof(text));
	errno = 0;
	got = mq_timedreceive(queue, text, sizeof(text), &priority, &past);
	printf("received %ld %s: %u %s\n", got, got < 0 ? strerror(errno) : "", priority, text);
	fflush(stdout);
}

/* Several of these may run on one Linux. */
static const char *name_of(const char *what)
{
	static char name[64];

	snprintf(name, sizeof(name), "/bulkhead-%d-%s", getpid(), what);
	return name;
}

static int ready(mqd_t descriptor)
{
	struct pollfd polled = { (int)descriptor, POLLIN | POLLOUT, 0 };

	poll(&polled, 1, 0);
	return polled.revents;
}

static void show(mqd_t of)
{
	struct mq_attr attributes;

	TRY(mq_getattr(of, &attributes));
	printf("flags %lo, %ld of %ld messages, %ld bytes\n", attributes.mq_flags,
	       attributes.mq_curmsgs, attributes.mq_maxmsg, attributes.mq_msgsize);
}

static void names(void)
{
	struct mq_attr attributes = { .mq_maxmsg = 3, .mq_msgsize = 8192 }, none = { 0 };
	char name[300];

	mq_unlink(name_of("test"));
	TRY(mq_open(name_of("test"), O_RDWR) == -1);
	TRY(mq_open(name_of("test"), O_RDWR | O_CREAT, 0600, &none) == -1);
	queue = mq_open(name_of("test"), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
	printf("made %d\n", queue >= 0);
	TRY(mq_open(name_of("test"), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes));
	TRY(mq_open(name_of("test") + 1, O_RDWR) < 0);
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = 0;
	TRY(mq_open(name, O_RDWR | O_CREAT, 0600, 0));
	TRY(mq_open("/a/b", O_RDWR | O_CREAT, 0600, 0));
	TRY(mq_unlink(name_of("none")));
	TRY(fcntl((int)queue, F_GETFD));
	show(queue);
}

static void order(void)
{
	TRY(mq_send(queue, "low", 4, 1));
	TRY(mq_send(queue, "high", 5, 31));
	TRY(mq_send(queue, "low too", 8, 1));
	TRY(mq_timedsend(queue, "full", 5, 1, &past));
	printf("ready %x\n", ready(queue));
	show(queue);
	get();
	TRY(mq_send(queue, "middle", 7, 9));
	TRY(mq_send(queue, "more", 5, 32768));
	TRY(mq_send(queue, text, 8193, 0));
	TRY(mq_receive(queue, text, 8191, 0));
	for (int i = 0; i < 4; i++)
		get();
	printf("ready %x\n", ready(queue));
	TRY(mq_send(queue, "", 0, 0));
	get();
}

static void flags(void)
{
	struct mq_attr attributes = { .mq_flags = O_NONBLOCK };
	mqd_t reader = mq_open(name_of("test"), O_RDONLY), writer;

	writer = mq_open(name_of("test"), O_WRONLY | O_NONBLOCK);
	TRY(mq_send(reader, "x", 1, 0));
	TRY(mq_receive(writer, text, sizeof(text), 0));
	TRY(mq_setattr(reader, &attributes, 0));
	show(reader);
	TRY(mq_receive(reader, text, sizeof(text), 0));
	TRY(mq_send(writer, "1", 1, 0));
	TRY(mq_send(writer, "2", 1, 0));
	TRY(mq_send(writer, "3", 1, 0));
	TRY(mq_send(writer, "4", 1, 0));
	for (int i = 0; i < 3; i++)
		get();
	mq_close(reader);
	mq_close(writer);
	TRY(mq_close(writer));
	TRY(mq_send(0, "x", 1, 0));
}

static void notices(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
				  .sigev_value.sival_int = 4711 };

	sigaction(SIGUSR1, &action, 0);
	TRY(mq_notify(queue, &event));
	TRY(mq_notify(queue, &event));
	TRY(mq_send(queue, "a", 1, 0));
	printf("signals %d, code %d, value %d\n", signals, code, value);
	/* Only once, and only when the queue was empty. */
	TRY(mq_notify(queue, &event));
	TRY(mq_send(queue, "b", 1, 0));
	get();
	get();
	printf("signals %d\n", signals);
	TRY(mq_notify(queue, 0));
	TRY(mq_send(queue, "c", 1, 0));
	get();
	printf("signals %d\n", signals);
	event.sigev_signo = 100;
	TRY(mq_notify(queue, &event));
	TRY(mq_notify(0, 0));
}

static void both_ways(void)
{
	mqd_t there = queue, back;
	struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 100 };
	int wrong = 0, status;
	pid_t child;

	back = mq_open(name_of("back"), O_RDWR | O_CREAT, 0600, &attributes);
	fflush(stdout);
	child = fork();
	if (!child) {
		for (int i = 0; i < 200; i++) {
			long got = mq_receive(there, text, sizeof(text), 0);

			text[0]++;
			mq_send(back, text, (size_t)got, 0);
		}
		_exit(0);
	}
	for (int i = 0; i < 200; i++) {
		text[0] = (char)i;
		wrong += mq_send(there, text, (size_t)(i % 90 + 1), 3) != 0;
		wrong += mq_receive(back, text, 100, 0) != i % 90 + 1 || text[0] != (char)(i + 1);
	}
	waitpid(child, &status, 0);
	printf("%d wrong, status %x\n", wrong, status);
	mq_unlink(name_of("back"));
	TRY(mq_send(back, "it lives", 9, 0));
	TRY(mq_open(name_of("back"), O_RDWR));
}

int main(void)
{
	names();
	order();
	flags();
	notices();
	both_ways();
	TRY(mq_unlink(name_of("test")));
	TRY(mq_unlink(name_of("test")));
	show(queue);
	return 0;
}
