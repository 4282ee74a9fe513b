/* SPDX-License-Identifier: MIT */
/*
 * What clock_settime(2) means for whoever waits for a time of day: sleepers, futexes, timers and
 * timerfds. The clock is put an hour ahead, and back; each waits for a moment half an hour away.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HALF_AN_HOUR 1800
#define MS 1000000l

static pthread_barrier_t ready;
static struct timespec moment;
static const char *what[8];
static volatile int over[8];
static int waiting;

static void report(const char *text, int holds)
{
	printf("%s: %s\n", text, holds ? "yes" : "NO");
	fflush(stdout);
}

static void *sleeper(void *number)
{
	pthread_barrier_wait(&ready);
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &moment, 0);
	over[(intptr_t)number] = 1;
	return 0;
}

static void *futex(void *number)
{
	int word = 0;

	pthread_barrier_wait(&ready);
	/* FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME */
	syscall(SYS_futex, &word, 9 | 256, 0, &moment, 0, -1);
	over[(intptr_t)number] = errno == ETIMEDOUT;
	return 0;
}

static int timerfd(int flags)
{
	struct itimerspec setting = { .it_value = moment };
	int file = timerfd_create(CLOCK_REALTIME, 0);

	timerfd_settime(file, TFD_TIMER_ABSTIME | flags, &setting, 0);
	return file;
}

static void *reader(void *number)
{
	int file = timerfd(0);
	uint64_t count = 0;

	pthread_barrier_wait(&ready);
	over[(intptr_t)number] = read(file, &count, 8) == 8 && count == 1;
	return 0;
}

static void *poller(void *number)
{
	struct pollfd file = { timerfd(TFD_TIMER_CANCEL_ON_SET), POLLIN, 0 };
	uint64_t count;

	pthread_barrier_wait(&ready);
	poll(&file, 1, -1);
	over[(intptr_t)number] = read(file.fd, &count, 8) == -1 && errno == ECANCELED;
	return 0;
}

static void *waiter(void *number)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec setting = { .it_value = moment };
	timer_t timer;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	timer_create(CLOCK_REALTIME, &event, &timer);
	timer_settime(timer, TIMER_ABSTIME, &setting, 0);
	pthread_barrier_wait(&ready);
	over[(intptr_t)number] = sigwaitinfo(&set, 0) == SIGUSR1;
	return 0;
}

static void begin(const char *name, void *(*function)(void *))
{
	pthread_t thread;

	what[waiting] = name;
	pthread_create(&thread, 0, function, (void *)(intptr_t)waiting++);
	pthread_detach(thread);
}

static void set(long seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += seconds;
	if (clock_settime(CLOCK_REALTIME, &now))
		perror("clock_settime");
}

static int all_over(void)
{
	int done = 0;

	for (int i = 0; i < waiting; i++)
		done += over[i];
	return done == waiting;
}

/* What is not for a time of day, and what is too far away, is not disturbed. */
static void others(void)
{
	struct itimerspec setting = { .it_value = { HALF_AN_HOUR, 0 } }, left;
	struct timespec later = { .tv_nsec = 30 * MS }, begin, now;
	int file = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	uint64_t count;
	timer_t timer;

	timer_create(CLOCK_REALTIME, 0, &timer);
	timer_settime(timer, 0, &setting, 0);
	timerfd_settime(file, 0, &setting, 0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	set(2 * HALF_AN_HOUR);
	timer_gettime(timer, &left);
	report("a relative timer is as before", left.it_value.tv_sec >= HALF_AN_HOUR - 10);
	report("a relative timerfd too", read(file, &count, 8) == -1 && errno == EAGAIN);
	clock_nanosleep(CLOCK_REALTIME, 0, &later, 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	report("monotonic time went on", now.tv_sec - begin.tv_sec < 60 &&
	       (now.tv_sec > begin.tv_sec || now.tv_nsec - begin.tv_nsec >= 30 * MS));
	set(-2 * HALF_AN_HOUR);
}

static void rights(void)
{
	struct timespec now = { 1, 0 };
	struct timeval time = { 2000000000, 0 };
	struct timex timex = { .modes = ADJ_TICK, .tick = 10001 };

	report("not before it was started", clock_settime(CLOCK_REALTIME, &(struct timespec){ 0 }) &&
	       errno == EINVAL);
	if (fork()) {
		wait(0);
		return;
	}
	setuid(1000);
	clock_gettime(CLOCK_REALTIME, &now);
	report("not by everybody", clock_settime(CLOCK_REALTIME, &now) == -1 && errno == EPERM);
	report("nor slowly", adjtimex(&timex) == -1 && errno == EPERM);
	timex.modes = 0;
	report("but it can be read", adjtimex(&timex) >= 0);
	report("nor so", settimeofday(&time, 0) == -1 && errno == EPERM);
	_exit(0);
}

/* By how much the time of day is ahead of the time since the start. */
static long ahead_ms(void)
{
	struct timespec wall, up;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &up);
	return (wall.tv_sec - up.tv_sec) * 1000 + (wall.tv_nsec - up.tv_nsec) / MS;
}

static void steering(void)
{
	struct timex timex = { .modes = ADJ_TICK, .tick = 20000 };
	struct timespec rest = { 2, 200 * MS };
	long before = ahead_ms();

	report("no such tick", adjtimex(&timex) == -1 && errno == EINVAL);
	timex = (struct timex){ .modes = ADJ_SETOFFSET, .time = { 5, 0 } };
	report("a step", adjtimex(&timex) >= 0 && ahead_ms() - before >= 5000 - 2);
	timex = (struct timex){ .modes = ADJ_SETOFFSET, .time = { -5, 0 } };
	report("and back", adjtimex(&timex) >= 0 && ahead_ms() - before <= 2);
	timex = (struct timex){ .modes = ADJ_TICK, .tick = 11000 };
	report("faster", adjtimex(&timex) >= 0 && timex.tick == 11000);
	nanosleep(&rest, 0);
	report("by a tenth", ahead_ms() - before >= 198);
	timex = (struct timex){ .modes = ADJ_TICK | ADJ_STATUS, .tick = 10000, .status = STA_PLL };
	report("it is in order", adjtimex(&timex) == TIME_OK && timex.status == STA_PLL);
	timex = (struct timex){ .modes = ADJ_OFFSET_SINGLESHOT, .offset = 3000 };
	report("adjtime", adjtimex(&timex) >= 0 && timex.offset == 0);
	timex = (struct timex){ .modes = ADJ_OFFSET_SS_READ };
	report("is to be done", adjtimex(&timex) >= 0 && timex.offset > 0 && timex.offset <= 3000);
	timex = (struct timex){ .modes = ADJ_OFFSET_SINGLESHOT };
	adjtimex(&timex);
}

int main(void)
{
	struct timespec rest = { .tv_nsec = 10 * MS };
	struct timeval time;
	sigset_t signals;

	rights();
	steering();
	others();
	clock_gettime(CLOCK_REALTIME, &moment);
	moment.tv_sec += HALF_AN_HOUR;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, 0);
	pthread_barrier_init(&ready, 0, 6);
	begin("clock_nanosleep", sleeper);
	begin("a futex", futex);
	begin("a timerfd", reader);
	begin("a timerfd that is cancelled", poller);
	begin("a timer", waiter);
	pthread_barrier_wait(&ready);
	nanosleep(&rest, 0);
	report("nobody is there yet", !over[0] && !over[1] && !over[2] && !over[4]);
	set(2 * HALF_AN_HOUR);
	for (int i = 0; i < 500 && !all_over(); i++)
		nanosleep(&rest, 0);
	for (int i = 0; i < waiting; i++)
		report(what[i], over[i]);
	set(-2 * HALF_AN_HOUR);
	gettimeofday(&time, 0);
	report("the day is the same for all", time.tv_sec + HALF_AN_HOUR - moment.tv_sec < 60);
	return 0;
}
