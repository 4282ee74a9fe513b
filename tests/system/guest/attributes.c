/* SPDX-License-Identifier: MIT */
/* prctl, scheduling, capabilities, queued signals: the same output on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "good" : "BAD");
	fflush(stdout);
}

static int names(void)
{
	char name[16];

	return !prctl(PR_SET_NAME, "a name that is too long") && !prctl(PR_GET_NAME, name) &&
	       !strcmp(name, "a name that is ");
}

/* The child of a child that ends comes to us. */
static int subreaper(void)
{
	int ends[2], status, is_set = 0;
	pid_t pid, found;

	if (pipe(ends) || prctl(PR_SET_CHILD_SUBREAPER, 1) ||
	    prctl(PR_GET_CHILD_SUBREAPER, &is_set) || !is_set)
		return 0;
	if (fork() == 0) {
		pid = fork();
		if (pid)
			_exit(write(ends[1], &pid, sizeof(pid)) != sizeof(pid));
		usleep(20000);
		_exit(5);
	}
	wait(0);
	found = wait(&status);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	return read(ends[0], &pid, sizeof(pid)) == sizeof(pid) && pid == found && status == 5 << 8;
}

static int parent_death(void)
{
	int ends[2], signal_number = 0;
	pid_t child;
	char byte;

	if (pipe(ends))
		return 0;
	child = fork();
	if (!child) {
		pid_t grandchild = fork();

		if (!grandchild) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			prctl(PR_GET_PDEATHSIG, &signal_number);
			if (signal_number != SIGKILL || write(ends[1], "x", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		if (read(ends[0], &byte, 1) != 1)
			_exit(2);
		_exit(0);
	}
	waitpid(child, 0, 0);
	close(ends[1]);
	/* The end of the pipe comes when the grandchild has ended too. */
	return read(ends[0], &byte, 1) == 0;
}

static int queued_signals(void)
{
	struct timespec at_once = { 0, 0 };
	siginfo_t info;
	sigset_t set;
	int good = 1;

	sigemptyset(&set);
	for (int number = SIGRTMIN; number <= SIGRTMIN + 1; number++)
		sigaddset(&set, number);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	for (int i = 0; i < 3; i++) {
		good &= !sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = i });
		good &= !sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 10 + i });
		good &= !sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 20 + i });
	}
	good &= sigtimedwait(&set, &info, &at_once) == SIGUSR1 && info.si_value.sival_int == 20;
	for (int i = 0; i < 3; i++)
		good &= sigtimedwait(&set, &info, &at_once) == SIGRTMIN &&
			info.si_value.sival_int == 10 + i && info.si_code == SI_QUEUE &&
			info.si_pid == getpid();
	for (int i = 0; i < 3; i++)
		good &= sigtimedwait(&set, &info, &at_once) == SIGRTMIN + 1 &&
			info.si_value.sival_int == i;
	return good && sigtimedwait(&set, &info, &at_once) == -1 && errno == EAGAIN;
}

/* A signal that is ignored by default can be waited for all the same. */
static int child_is_waited_for(void)
{
	siginfo_t info;
	sigset_t set;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, 0);
	child = fork();
	if (!child) {
		usleep(10000);
		_exit(3);
	}
	return sigwaitinfo(&set, &info) == SIGCHLD && info.si_pid == child && info.si_status == 3 &&
	       waitpid(child, 0, 0) == child;
}

static int clone_child(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	int status = 0, alone;

	if (!child)
		_exit(4);
	alone = waitpid(-1, &status, 0) == -1 && errno == ECHILD;
	return alone && waitpid(child, &status, __WCLONE) == child && status == 4 << 8;
}

static int scheduling(void)
{
	struct { int priority; } parameter = { 1 };
	struct timespec slice;

	return syscall(SYS_sched_getscheduler, 0) == 0 &&
	       syscall(SYS_sched_getscheduler, 29999) == -1 && errno == ESRCH &&
	       syscall(SYS_sched_setscheduler, 0, 0, &parameter) == -1 && errno == EINVAL &&
	       syscall(SYS_sched_getparam, 0, &parameter) == 0 && parameter.priority == 0 &&
	       syscall(SYS_sched_get_priority_max, 1) == 99 &&
	       syscall(SYS_sched_get_priority_min, 2) == 1 &&
	       syscall(SYS_sched_get_priority_max, 0) == 0 &&
	       syscall(SYS_sched_get_priority_max, 77) == -1 && errno == EINVAL &&
	       syscall(SYS_sched_rr_get_interval, 0, &slice) == 0 && slice.tv_sec == 0;
}

static int capability_versions(void)
{
	struct { uint32_t version; int pid; } header = { 1, 0 };
	uint32_t data[6];

	return syscall(SYS_capget, &header, 0) == 0 && header.version == 0x20080522 &&
	       syscall(SYS_capget, &header, data) == 0 &&
	       syscall(SYS_capget, &(uint32_t[2]){ 7, 0 }, data) == -1 && errno == EINVAL;
}

static int thread_clock(void)
{
	struct timespec before, after;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	for (volatile int i = 0; i < 2000000; i++)
		;
	usleep(100000);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	after.tv_nsec += (after.tv_sec - before.tv_sec) * 1000000000 - before.tv_nsec;
	return after.tv_nsec > 100000 && after.tv_nsec < 90000000;
}

int main(void)
{
	alarm(60);
	tell("names", names());
	tell("subreaper", subreaper());
	tell("parent's death", parent_death());
	tell("queued signals", queued_signals());
	tell("SIGCHLD is waited for", child_is_waited_for());
	tell("clone child", clone_child());
	tell("scheduling", scheduling());
	tell("capability versions", capability_versions());
	tell("clock of the thread", thread_clock());
	tell("file user", syscall(SYS_setfsuid, -1) == 0 && syscall(SYS_setfsgid, -1) == 0);
	tell("nothing new", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	     prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
	     prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1);
	return 0;
}
