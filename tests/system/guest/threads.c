/* SPDX-License-Identifier: MIT */
/*
 * Threads as a program sees them, through pthreads: the same output on Linux and on Bulkhead, built
 * against musl and against glibc.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 100
#define ROUNDS  2000

static void tell(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "good" : "BAD");
	fflush(stdout);
}

static pthread_t thread[THREADS];

static void start(int count, void *(*function)(void *))
{
	for (int i = 0; i < count; i++) {
		int error = pthread_create(&thread[i], 0, function, (void *)(long)i);

		if (error) {
			printf("pthread_create %d: %s\n", i, strerror(error));
			exit(1);
		}
	}
}

static long join(int count)
{
	long sum = 0;

	for (int i = 0; i < count; i++) {
		void *result;

		if (pthread_join(thread[i], &result))
			return -1;
		sum += (long)result;
	}
	return sum;
}

/* ---- a hundred threads, all alive at once ---- */

static sem_t gate;
static atomic_int arrived;
static __thread long own = 7;

static void *wait_at_gate(void *argument)
{
	own += (long)argument;
	arrived++;
	sem_wait(&gate);
	return (void *)own;
}

static int hundred_threads(void)
{
	sem_init(&gate, 0, 0);
	start(THREADS, wait_at_gate);
	while (arrived < THREADS)
		sched_yield();
	for (int i = 0; i < THREADS; i++)
		sem_post(&gate);
	return join(THREADS) == 7 * THREADS + THREADS * (THREADS - 1) / 2 && own == 7;
}

/* ---- mutex, condition, barrier, lock for readers and writers ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long counter;
static int turn;

static void *count(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		long now = counter;

		if (i % 64 == 0)
			sched_yield();
		counter = now + 1;
		pthread_mutex_unlock(&mutex);
	}
	return 0;
}

static void *take_turns(void *argument)
{
	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % 4 != (long)argument)
			pthread_cond_wait(&turned, &mutex);
		turn++;
		pthread_cond_broadcast(&turned);
		pthread_mutex_unlock(&mutex);
	}
	return 0;
}

static int phase[8];
static void *meet(void *argument)
{
	long id = (long)argument, wrong = 0;

	for (int i = 1; i <= 50; i++) {
		phase[id] = i;
		pthread_barrier_wait(&barrier);
		for (int other = 0; other < 8; other++)
			wrong += phase[other] != i;
		pthread_barrier_wait(&barrier);
	}
	return (void *)wrong;
}

static long pair[2];
static void *read_and_write(void *argument)
{
	long wrong = 0;

	for (int i = 0; i < 300; i++) {
		if ((long)argument == i % 8) {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			sched_yield();
			pair[1]++;
		} else {
			pthread_rwlock_rdlock(&rwlock);
			wrong += pair[0] != pair[1];
		}
		pthread_rwlock_unlock(&rwlock);
	}
	return (void *)wrong;
}

static int condition_times_out(void)
{
	struct timespec until;
	int error;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 20000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	do
		error = pthread_cond_timedwait(&turned, &mutex, &until);
	while (!error);
	pthread_mutex_unlock(&mutex);
	return error == ETIMEDOUT;
}

/* ---- signals ---- */

static atomic_int handled, handler_tid;
static void on_signal(int number)
{
	(void)number;
	handler_tid = (int)syscall(SYS_gettid);
	handled++;
}

static atomic_int sleeper_tid, stop;
static void *sleep_interrupted(void *argument)
{
	struct timespec long_time = { 100, 0 };
	int error;

	(void)argument;
	sleeper_tid = (int)syscall(SYS_gettid);
	error = nanosleep(&long_time, 0) ? errno : 0;
	return (void *)(long)error;
}

static int signal_to_thread(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	void *result;
	pthread_t other;

	sigaction(SIGUSR1, &action, 0);
	sleeper_tid = 0;
	handled = 0;
	pthread_create(&other, 0, sleep_interrupted, 0);
	while (!sleeper_tid)
		sched_yield();
	usleep(5000);
	pthread_kill(other, SIGUSR1);
	pthread_join(other, &result);
	return handled == 1 && handler_tid == sleeper_tid && (long)result == EINTR;
}

static void *wait_for_signal(void *argument)
{
	sigset_t set;
	int number = 0;

	(void)argument;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	arrived++;
	sigwait(&set, &number);
	return (void *)(long)number;
}

/* A signal for the process goes to the thread that does not block it. */
static int signal_to_process(void)
{
	sigset_t set, old;
	pthread_t other;
	void *result;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sleeper_tid = 0;
	handled = 0;
	pthread_create(&other, 0, sleep_interrupted, 0);
	while (!sleeper_tid)
		sched_yield();
	usleep(5000);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	kill(getpid(), SIGUSR1);
	pthread_join(other, &result);
	pthread_sigmask(SIG_SETMASK, &old, 0);
	return handled == 1 && handler_tid == sleeper_tid;
}

static int signal_is_waited_for(void)
{
	sigset_t set, old;
	pthread_t other;
	void *result;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	arrived = 0;
	pthread_create(&other, 0, wait_for_signal, 0);
	while (!arrived)
		sched_yield();
	kill(getpid(), SIGUSR2);
	pthread_join(other, &result);
	pthread_sigmask(SIG_SETMASK, &old, 0);
	return (long)result == SIGUSR2;
}

/* ---- cancellation ---- */

static atomic_int cleaned;
static void clean(void *argument)
{
	(void)argument;
	cleaned++;
}

static int pipe_ends[2];
static void *read_for_ever(void *argument)
{
	char byte;

	(void)argument;
	pthread_cleanup_push(clean, 0);
	arrived++;
	while (read(pipe_ends[0], &byte, 1) == 1)
		;
	pthread_cleanup_pop(0);
	return 0;
}

static int cancellation(void)
{
	pthread_t other;
	void *result;

	if (pipe(pipe_ends))
		return 0;
	arrived = 0;
	pthread_create(&other, 0, read_for_ever, 0);
	while (!arrived)
		sched_yield();
	usleep(5000);
	pthread_cancel(other);
	pthread_join(other, &result);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return cleaned == 1 && result == PTHREAD_CANCELED;
}

/* ---- files and memory from several threads ---- */

static void *use_files(void *argument)
{
	char name[64], text[32], back[32];
	long wrong = 0;

	snprintf(name, sizeof(name), "threads-%ld", (long)argument);
	for (int i = 0; i < 20; i++) {
		int file = open(name, O_CREAT | O_RDWR | O_TRUNC, 0600);
		int bytes = snprintf(text, sizeof(text), "%ld:%d", (long)argument, i);
		void *block = malloc(200000);

		memset(block, 1, 200000);
		wrong += write(file, text, (size_t)bytes) != bytes;
		wrong += pread(file, back, sizeof(back), 0) != bytes;
		wrong += memcmp(text, back, (size_t)bytes) != 0;
		wrong += close(file) != 0;
		free(block);
	}
	wrong += unlink(name) != 0;
	return (void *)wrong;
}

/* A thread that waits in a pipe does not keep the others from working. */
static void *read_one(void *argument)
{
	char byte = 0;

	(void)argument;
	arrived++;
	return (void *)(long)(read(pipe_ends[0], &byte, 1) == 1 && byte == 'x');
}

static int pipe_between_threads(void)
{
	pthread_t other;
	void *result;
	int file;

	if (pipe(pipe_ends))
		return 0;
	arrived = 0;
	pthread_create(&other, 0, read_one, 0);
	while (!arrived)
		sched_yield();
	usleep(5000);
	file = open("/", O_RDONLY);
	close(file);
	if (file < 0 || write(pipe_ends[1], "x", 1) != 1)
		return 0;
	pthread_join(other, &result);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return (long)result;
}

/* Each waits for a pipe of its own, and is told of no other's. */
static int polled[4][2];
static void *poll_own(void *argument)
{
	long id = (long)argument, good = 1;
	char byte;

	for (int i = 0; i < 30; i++) {
		struct pollfd poll_for = { .fd = polled[id][0], .events = POLLIN };

		good &= poll(&poll_for, 1, 10000) == 1 && poll_for.revents == POLLIN;
		good &= read(polled[id][0], &byte, 1) == 1;
		good &= write(polled[(id + 1) % 4][1], "x", 1) == 1;
	}
	return (void *)good;
}

static int poll_from_threads(void)
{
	int good;

	for (int i = 0; i < 4; i++) {
		if (pipe(polled[i]))
			return 0;
	}
	start(4, poll_own);
	good = write(polled[0][1], "x", 1) == 1 && join(4) == 4;
	for (int i = 0; i < 4; i++) {
		close(polled[i][0]);
		close(polled[i][1]);
	}
	return good;
}

/* ---- processes and threads ---- */

static void *fork_and_wait(void *argument)
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(getpid() == syscall(SYS_gettid) ? 10 + (int)(long)argument : 1);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return (void *)1000;
	return (void *)(long)WEXITSTATUS(status);
}

static void *exec_from_thread(void *argument)
{
	(void)argument;
	execl("/bin/sh", "sh", "-c", "exit 42", (char *)0);
	return 0;
}

static void *never_ends(void *argument)
{
	(void)argument;
	while (!stop)
		pause();
	return 0;
}

static void *spins(void *argument)
{
	(void)argument;
	while (!stop)
		;
	return 0;
}

static int exec_ends_the_others(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		pthread_create(&thread[0], 0, never_ends, 0);
		pthread_create(&thread[1], 0, spins, 0);
		pthread_create(&thread[2], 0, exec_from_thread, 0);
		for (;;)
			pause();
	}
	return waitpid(child, &status, 0) == child && status == 42 << 8;
}

static void *exit_all(void *argument)
{
	(void)argument;
	exit(43);
}

static int exit_ends_all(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		pthread_create(&thread[0], 0, never_ends, 0);
		pthread_create(&thread[1], 0, exit_all, 0);
		for (;;)
			pause();
	}
	return waitpid(child, &status, 0) == child && status == 43 << 8;
}

static void *end_later(void *argument)
{
	(void)argument;
	usleep(10000);
	syscall(SYS_exit, 9);
	return 0;
}

/* The first thread may end before the others: what the last one says is the status. */
static int first_thread_ends(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		pthread_create(&thread[0], 0, end_later, 0);
		syscall(SYS_exit, 7);
	}
	return waitpid(child, &status, 0) == child && status == 9 << 8;
}

static int kill_ends_all(int signal)
{
	int status;
	pid_t child = fork();

	if (!child) {
		pthread_create(&thread[0], 0, never_ends, 0);
		pthread_create(&thread[1], 0, spins, 0);
		for (;;)
			pause();
	}
	usleep(20000);
	kill(child, signal);
	return waitpid(child, &status, 0) == child && status == signal;
}

static int stop_and_continue(void)
{
	int status, good;
	pid_t child = fork();

	if (!child) {
		pthread_create(&thread[0], 0, spins, 0);
		for (;;)
			pause();
	}
	usleep(10000);
	kill(child, SIGSTOP);
	good = waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status);
	kill(child, SIGCONT);
	good &= waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status);
	kill(child, SIGKILL);
	return good && waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL;
}

/* ---- a lock whose owner has died ---- */

static pthread_mutex_t robust;
static void *die_with_lock(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&robust);
	return 0;
}

static int robust_lock(void)
{
	pthread_mutexattr_t attributes;
	pthread_t other;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	pthread_create(&other, 0, die_with_lock, 0);
	pthread_join(other, 0);
	return pthread_mutex_lock(&robust) == EOWNERDEAD && !pthread_mutex_consistent(&robust) &&
	       !pthread_mutex_unlock(&robust) && !pthread_mutex_lock(&robust);
}

int main(void)
{
	char directory[] = "/tmp/threads-XXXXXX";

	alarm(100);
	if (!mkdtemp(directory) || chdir(directory))
		return 1;
	tell("a hundred threads", hundred_threads());
	start(8, count);
	tell("mutex", join(8) == 0 && counter == 8 * ROUNDS);
	start(4, take_turns);
	tell("condition", join(4) == 0 && turn == 800);
	pthread_barrier_init(&barrier, 0, 8);
	start(8, meet);
	tell("barrier", join(8) == 0);
	start(8, read_and_write);
	tell("readers and writers", join(8) == 0 && pair[0] == pair[1]);
	tell("condition times out", condition_times_out());
	tell("signal to a thread", signal_to_thread());
	tell("signal to the process", signal_to_process());
	tell("signal is waited for", signal_is_waited_for());
	tell("cancellation", cancellation());
	start(8, use_files);
	tell("files from all", join(8) == 0);
	tell("pipe between threads", pipe_between_threads());
	tell("poll from threads", poll_from_threads());
	start(4, fork_and_wait);
	tell("fork from threads", join(4) == 46);
	tell("exec ends the others", exec_ends_the_others());
	tell("exit ends all", exit_ends_all());
	tell("the first thread ends first", first_thread_ends());
	tell("SIGKILL ends all", kill_ends_all(SIGKILL));
	tell("SIGTERM ends all", kill_ends_all(SIGTERM));
	tell("stop and continue", stop_and_continue());
	tell("robust lock", robust_lock());
	start(3, never_ends);
	rmdir(directory);
	return 0;
}
