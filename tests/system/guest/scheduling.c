/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler makes of nice(2), setpriority(2) and sched_setscheduler(2). Run as root;
 * real-time threads would starve whatever else this machine does, so it is not run on Linux.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ll

struct shared { volatile long long used[4]; volatile int go, steps; };
static struct shared *shared;

static void expect(const char *what, int holds)
{
	printf("%s: %s\n", what, holds ? "yes" : "NO");
	fflush(stdout);
}

static long long used(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void burn(long long ns)
{
	long long end = used() + ns;

	while (used() < end)
		;
}

/* musl's says that there is no such call. */
static int schedule(pid_t who, int policy, int priority)
{
	return (int)syscall(SYS_sched_setscheduler, who, policy, &priority);
}

static int policy_of(pid_t who)
{
	return (int)syscall(SYS_sched_getscheduler, who);
}

/* Counts until it is killed: time that the machine itself did not have would count as its own. */
static pid_t burner(int number, int nice_value)
{
	pid_t child = fork();

	if (child)
		return child;
	setpriority(PRIO_PROCESS, 0, nice_value);
	shared->go++;
	for (;;)
		shared->used[number]++;
}

static void shares(void)
{
	static const int nice_values[] = { 0, 10, 19 };
	struct timespec begin, now;
	pid_t child[3];

	shared->go = 0;
	for (int i = 0; i < 3; i++)
		child[i] = burner(i, nice_values[i]);
	while (shared->go < 3)
		usleep(10000);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		usleep(10000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - begin.tv_sec < 2);
	for (int i = 0; i < 3; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], 0, 0);
	}
	expect("nice 10 has less", shared->used[1] < shared->used[0] * 2 / 3);
	expect("nice 19 has far less", shared->used[2] < shared->used[0] / 3);
	expect("but does not starve", shared->used[2] > 0);
}

static void whose(void)
{
	pid_t child = fork();

	if (!child) {
		setpgid(0, 0);
		if (!fork()) {
			pause();
			_exit(0);
		}
		pause();
		_exit(0);
	}
	setpgid(child, child);
	usleep(10000);
	expect("a group", setpriority(PRIO_PGRP, (id_t)child, 3) == 0 &&
	       getpriority(PRIO_PGRP, (id_t)child) == 3 &&
	       getpriority(PRIO_PROCESS, (id_t)child) == 3);
	expect("a user", getpriority(PRIO_USER, 0) == 0);
	errno = 0;
	expect("nobody", getpriority(PRIO_USER, 4711) == -1 && errno == ESRCH);
	kill(-child, SIGKILL);
	waitpid(child, 0, 0);
}

/* 0, or the status of what went wrong. */
static int as_user(int (*what)(void))
{
	int status;
	pid_t child = fork();

	if (!child) {
		if (setuid(1000))
			_exit(100);
		_exit(what());
	}
	waitpid(child, &status, 0);
	return status;
}

static int user_may(void)
{
	int priority = 1;

	if (setpriority(PRIO_PROCESS, 0, 4) || setpriority(PRIO_PROCESS, 0, 3) != -1 ||
	    errno != EACCES)
		return 1;
	if (setpriority(PRIO_PROCESS, (id_t)getppid(), 9) != -1 || errno != EPERM)
		return 2;
	if (schedule(0, SCHED_FIFO, 1) != -1 || errno != EPERM)
		return 3;
	if (schedule(0, SCHED_BATCH, 0) || policy_of(0) != SCHED_BATCH)
		return 4;
	if (syscall(SYS_sched_setparam, 0, &priority) != -1 || errno != EINVAL)
		return 5;
	return 0;
}

static void *higher(void *order)
{
	schedule(0, SCHED_FIFO, 20);
	while (!shared->go)
		usleep(1000);
	*(int *)order = shared->steps++;
	return 0;
}

static void real_time(void)
{
	int order = -1;
	long long end;
	pthread_t thread;
	pid_t child;

	shared->go = shared->steps = 0;
	expect("for root", schedule(0, SCHED_FIFO, 10) == 0 && policy_of(0) == SCHED_FIFO);
	child = fork();
	if (!child) {
		schedule(0, SCHED_OTHER, 0);
		for (;;)
			shared->used[3] = used();
	}
	usleep(20000);
	shared->used[3] = 0;
	burn(50 * MS);
	expect("whoever is not waits", shared->used[3] == 0);
	usleep(50000);
	expect("and goes on later", shared->used[3] > 0);
	kill(child, SIGKILL);
	waitpid(child, 0, 0);
	pthread_create(&thread, 0, higher, &order);
	usleep(10000);
	shared->go = 1;
	for (end = used() + 5000 * MS; *(volatile int *)&order < 0 && used() < end; )
		;
	expect("the higher one came first", order == 0);
	pthread_join(thread, 0);
	child = fork();
	if (!child)
		_exit(policy_of(0) != SCHED_FIFO);
	waitpid(child, &order, 0);
	expect("children too", order == 0);
	expect("unless told", schedule(0, SCHED_RR | 0x40000000, 10) == 0);
	child = fork();
	if (!child)
		_exit(policy_of(0) != SCHED_OTHER);
	waitpid(child, &order, 0);
	expect("they are as usual", order == 0);
	expect("back", schedule(0, SCHED_OTHER, 0) == 0 && policy_of(0) == SCHED_OTHER);
}

/* Programs cannot get the better of services. */
static void services_go_on(void)
{
	int file[2];
	char byte = 0;
	pid_t child;

	pipe(file);
	child = fork();
	if (!child) {
		schedule(0, SCHED_FIFO, 99);
		for (int i = 0; i < 100; i++)
			write(file[1], "x", 1);
		burn(20 * MS);
		_exit(0);
	}
	for (int i = 0; i < 100; i++)
		read(file[0], &byte, 1);
	waitpid(child, 0, 0);
	expect("pipes go on", byte == 'x');
}

int main(void)
{
	shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shares();
	whose();
	expect("a user may do little", as_user(user_may) == 0);
	real_time();
	services_go_on();
	return 0;
}
