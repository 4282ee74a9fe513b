/* SPDX-License-Identifier: MIT */
/* Descriptors of processes: made, signalled, polled, waited for; clone3's arguments. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "try.h"

#define SYS_send   424
#define SYS_open_  434
#define SYS_clone3_ 435
#define PIDFD      0x1000

struct arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_bytes, tls, more[3];
};

static long pidfd_open(int pid, int flags)
{
	return syscall(SYS_open_, pid, flags);
}

static long pidfd_send(int file, int signal, void *info, int flags)
{
	return syscall(SYS_send, file, signal, info, flags);
}

static int ready(int file, int timeout)
{
	struct pollfd poll_it = { file, POLLIN | POLLOUT, 0 };

	return poll(&poll_it, 1, timeout) ? poll_it.revents : 0;
}

static int wait_by(int file, int options)
{
	siginfo_t info = { .si_pid = 0 };
	int error = waitid(3, (id_t)file, &info, options);

	printf("%d %d %d: ", error ? 0 : info.si_code, error ? 0 : info.si_status,
	       !error && info.si_pid != 0);
	return error;
}

static void life(void)
{
	int pipes[2], file;
	char byte;
	pid_t child;

	if (pipe(pipes))
		return;
	child = fork();
	if (!child) {
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) + 3);
	}
	TRY((file = (int)pidfd_open(child, 0)) >= 0);
	TRY(fcntl(file, F_GETFD));
	TRY(fcntl(file, F_GETFL));
	TRY(read(file, &byte, 1));
	TRY(pidfd_send(file, 0, NULL, 0));
	TRY(ready(file, 0));
	TRY(wait_by(file, WEXITED | WNOHANG));
	close(pipes[1]);
	TRY(ready(file, -1));
	TRY(wait_by(file, WEXITED | WNOWAIT));
	TRY(pidfd_send(file, 0, NULL, 0));
	TRY(wait_by(file, WEXITED));
	TRY(wait_by(file, WEXITED));
	TRY(pidfd_send(file, 0, NULL, 0));
	TRY(ready(file, 0) & POLLIN);
	TRY(pidfd_open(child, 0));
	close(file);
	close(pipes[0]);
}

static void epoll_of_it(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = 7 }, got;
	int set = epoll_create1(0), file;
	pid_t child = fork();

	if (!child)
		for (;;)
			pause();
	file = (int)pidfd_open(child, O_NONBLOCK);
	TRY(fcntl(file, F_GETFL));
	TRY(epoll_ctl(set, EPOLL_CTL_ADD, file, &event));
	TRY(epoll_wait(set, &got, 1, 0));
	TRY(wait_by(file, WEXITED));
	TRY(pidfd_send(file, SIGTERM, NULL, 0));
	TRY(epoll_wait(set, &got, 1, -1));
	TRY(wait_by(file, WEXITED));
	close(file);
	close(set);
}

static void *pausing(void *tid)
{
	*(volatile int *)tid = (int)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static void errors(void)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER };
	static volatile int tid;
	pthread_t thread;
	int file;

	TRY(pidfd_open(-1, 0));
	TRY(pidfd_open(0, 0));
	TRY(pidfd_open(4000000, 0));
	TRY(pidfd_open(getpid(), 1));
	if (!pthread_create(&thread, NULL, pausing, (void *)&tid))
		while (!tid)
			usleep(1000);
	/* Which error depends on the version. */
	TRY(pidfd_open(tid, 0) < 0);
	TRY(pidfd_send(0, 0, NULL, 0));
	TRY(pidfd_send(1000, 0, NULL, 0));
	file = (int)pidfd_open(getppid(), 0);
	TRY(pidfd_send(file, 0, NULL, 0x100));
	TRY(pidfd_send(file, SIGUSR2, &info, 0));
	TRY(pidfd_send(file, SIGUSR1, &info, 0));
	TRY(pidfd_send(file, SIGUSR1, (void *)8, 0));
	TRY(pidfd_send(file, 100, NULL, 0));
	TRY(wait_by(file, WEXITED));
	TRY(wait_by(0, WEXITED));
	TRY(wait_by(1000, WEXITED));
	close(file);
	file = open("/proc/self", O_RDONLY | O_DIRECTORY);
	signal(SIGUSR1, SIG_IGN);
	TRY(pidfd_send(file, SIGUSR1, NULL, 0));
	close(file);
}

static long clone3(struct arguments *arguments, size_t bytes)
{
	long child = syscall(SYS_clone3_, arguments, bytes);

	if (!child)
		_exit(5);
	return child < 0 ? -1 : child > 0;
}

static void clones(void)
{
	int file = -1, status;
	struct arguments given = {
		.flags = PIDFD, .exit_signal = SIGCHLD, .pidfd = (uintptr_t)&file };
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct arguments *last = (void *)(page + 4096 - sizeof(given));

	TRY(clone3(&given, sizeof(given)));
	TRY(fcntl(file, F_GETFD));
	TRY(wait_by(file, WEXITED));
	close(file);
	given.pidfd = 8;
	TRY(clone3(&given, sizeof(given)));
	TRY(waitpid(-1, &status, WNOHANG));
	given.flags = 0;
	TRY(clone3(&given, 64));
	TRY(waitpid(-1, &status, 0) > 0 && WEXITSTATUS(status) == 5);
	TRY(clone3(&given, 63));
	TRY(clone3(&given, 5000));
	memcpy(last, &given, sizeof(given));
	munmap(page + 4096, 4096);
	TRY(clone3(last, sizeof(given) + 8));
	last = (void *)(page + 4096 - sizeof(given) - 8);
	memset(last, 0, sizeof(given) + 8);
	last->exit_signal = SIGCHLD;
	TRY(clone3(last, sizeof(given) + 8));
	TRY(waitpid(-1, &status, 0) > 0);
	page[4095] = 1;
	TRY(clone3(last, sizeof(given) + 8));
	given.flags = SIGCHLD;
	TRY(clone3(&given, sizeof(given)));
	given.flags = 0;
	given.exit_signal = 65;
	TRY(clone3(&given, sizeof(given)));
	given.exit_signal = SIGCHLD;
	given.stack = 4096;
	TRY(clone3(&given, sizeof(given)));
	TRY(syscall(SYS_clone, PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &file, 0, 0));
	file = -1;
	status = (int)syscall(SYS_clone, PIDFD | SIGCHLD, 0, &file, 0, 0);
	if (!status)
		_exit(0);
	TRY(wait_by(file, WEXITED));
	TRY(syscall(SYS_unshare, CLONE_FS | CLONE_FILES));
	TRY(syscall(SYS_unshare, 1));
}

static void handler(int signal)
{
	(void)signal;
}

/* CLONE_CLEAR_SIGHAND: handlers go, what is ignored stays. */
static void handlers(void)
{
	struct arguments given = { .flags = 0x100000000, .exit_signal = SIGCHLD };
	struct sigaction one, two;
	int status;

	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	if (!syscall(SYS_clone3_, &given, sizeof(given))) {
		sigaction(SIGUSR1, NULL, &one);
		sigaction(SIGUSR2, NULL, &two);
		_exit((one.sa_handler == SIG_DFL) + 2 * (two.sa_handler == SIG_IGN));
	}
	TRY(wait(&status) > 0 ? WEXITSTATUS(status) : -1);
}

int main(void)
{
	life();
	epoll_of_it();
	in_child(clones);
	in_child(handlers);
	in_child(errors);
	return 0;
}
