/* SPDX-License-Identifier: MIT */
/* futex(2) by itself, and locks in memory that processes share. The same output as on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT, WAKE, REQUEUE = 3, CMP_REQUEUE, WAKE_OP, WAIT_BITSET = 9, WAKE_BITSET, PRIVATE = 128,
       REALTIME = 256 };

static void tell(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "good" : "BAD");
	fflush(stdout);
}

static long futex(_Atomic uint32_t *word, int operation, uint32_t value, const void *timeout,
		  _Atomic uint32_t *word2, uint32_t value3)
{
	long result = syscall(SYS_futex, word, operation, value, timeout, word2, value3);

	return result < 0 ? -errno : result;
}

struct shared {
	_Atomic uint32_t word, other;
	atomic_int waiting, woken;
	pthread_mutex_t mutex, robust;
	pthread_cond_t turned;
	sem_t semaphore;
	long counter;
	int turn;
};
static struct shared *shared;

/* ---- by itself ---- */

static int refuses(void)
{
	_Atomic uint32_t word[2] = { 5 };
	_Atomic uint32_t *crooked = (_Atomic uint32_t *)((char *)word + 1);

	return futex(word, WAIT, 4, 0, 0, 0) == -EAGAIN &&
	       futex(word, WAIT | PRIVATE, 4, 0, 0, 0) == -EAGAIN &&
	       futex(crooked, WAIT, 5, 0, 0, 0) == -EINVAL &&
	       futex(word, WAIT_BITSET, 5, 0, 0, 0) == -EINVAL &&
	       futex((_Atomic uint32_t *)64, WAIT, 5, 0, 0, 0) == -EFAULT &&
	       futex(word, CMP_REQUEUE, 1, (void *)1, word + 1, 4) == -EAGAIN &&
	       futex(word, CMP_REQUEUE, 1, (void *)1, (_Atomic uint32_t *)64, 5) == -EFAULT &&
	       futex((_Atomic uint32_t *)64, WAKE, 1, 0, 0, 0) == -EFAULT &&
	       futex((_Atomic uint32_t *)64, WAKE | PRIVATE, 1, 0, 0, 0) == 0 &&
	       futex(word, 99, 0, 0, 0, 0) == -ENOSYS &&
	       futex(word, WAKE, 1, 0, 0, 0) == 0;
}

static int times_out(void)
{
	struct timespec soon = { 0, 10000000 }, wrong = { 0, 2000000000 }, until, past = { 0, 0 };
	_Atomic uint32_t word = 1;
	int good = futex(&word, WAIT, 1, &soon, 0, 0) == -ETIMEDOUT &&
		   futex(&word, WAIT, 1, &wrong, 0, 0) == -EINVAL &&
		   futex(&word, WAIT_BITSET, 1, &past, 0, 1) == -ETIMEDOUT;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 0;
	good &= futex(&word, WAIT_BITSET | REALTIME, 1, &until, 0, 1) == -ETIMEDOUT;
	clock_gettime(CLOCK_MONOTONIC, &until);
	return good && futex(&word, WAIT_BITSET, 1, &until, 0, 1) == -ETIMEDOUT;
}

static void nothing(int number)
{
	(void)number;
}

static int is_interrupted(void)
{
	struct sigaction action = { .sa_handler = nothing };
	_Atomic uint32_t word = 1;
	long result;

	sigaction(SIGALRM, &action, 0);
	ualarm(20000, 0);
	result = futex(&word, WAIT, 1, 0, 0, 0);
	alarm(100);
	return result == -EINTR;
}

static void *wait_here(void *argument)
{
	uint32_t bits = (uint32_t)(long)argument;

	shared->waiting++;
	if (futex(&shared->word, WAIT_BITSET, 0, 0, 0, bits) == 0)
		shared->woken += 1;
	return 0;
}

/* They count themselves just before they wait: some time until they do. */
static void await_waiting(int count)
{
	while (shared->waiting < count)
		sched_yield();
	usleep(20000);
}

static int counts_threads(void)
{
	pthread_t thread[6];
	int good;

	shared->waiting = shared->woken = 0;
	for (long i = 0; i < 6; i++)
		pthread_create(&thread[i], 0, wait_here, (void *)(1l << i % 2));
	await_waiting(6);
	good = futex(&shared->word, WAKE_BITSET, 10, 0, 0, 2) == 3 &&
	       futex(&shared->word, WAKE, 1, 0, 0, 0) == 1 &&
	       futex(&shared->word, CMP_REQUEUE, 1, (void *)10, &shared->other, 0) == 2 &&
	       futex(&shared->word, WAKE, 10, 0, 0, 0) == 0 &&
	       futex(&shared->other, WAKE, 10, 0, 0, 0) == 1;
	for (int i = 0; i < 6; i++)
		pthread_join(thread[i], 0);
	return good && shared->woken == 6;
}

static int counts_processes(void)
{
	int good, status = 0;

	shared->waiting = shared->woken = 0;
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			wait_here((void *)1);
			_exit(0);
		}
	}
	await_waiting(4);
	good = futex(&shared->word, WAKE | PRIVATE, 10, 0, 0, 0) == 0 &&
	       futex(&shared->word, WAKE, 2, 0, 0, 0) == 2 &&
	       futex(&shared->word, REQUEUE, 0, (void *)10, &shared->other, 0) == 2 &&
	       futex(&shared->other, WAKE, 10, 0, 0, 0) == 2;
	while (wait(&status) > 0)
		good &= status == 0;
	return good && shared->woken == 4;
}

static int operates(void)
{
	/* Add 3 to the second word, wake there too if it was 7: FUTEX_OP(ADD, 3, EQ, 7). */
	uint32_t code = 1u << 28 | 0u << 24 | 3 << 12 | 7;
	pthread_t thread[2];
	int good;

	shared->waiting = shared->woken = 0;
	for (long i = 0; i < 2; i++)
		pthread_create(&thread[i], 0, wait_here, (void *)1);
	await_waiting(2);
	shared->other = 7;
	good = futex(&shared->word, WAKE_OP, 1, (void *)1, &shared->other, code) == 1 &&
	       shared->other == 10;
	code = 0u << 28 | 4u << 24 | 0 << 12 | 9;
	good &= futex(&shared->other, WAKE_OP, 1, (void *)1, &shared->word, code) == 0;
	good &= futex(&shared->word, WAKE, 10, 0, 0, 0) == 1;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], 0);
	shared->other = 0;
	return good && shared->woken == 2;
}

/* ---- locks between processes ---- */

static void locks_make(void)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t condition;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &mutex);
	pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&shared->robust, &mutex);
	pthread_condattr_init(&condition);
	pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shared->turned, &condition);
	sem_init(&shared->semaphore, 1, 0);
}

static void child_counts(long id)
{
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&shared->mutex);
		long now = shared->counter;

		if (i % 16 == 0)
			sched_yield();
		shared->counter = now + 1;
		pthread_mutex_unlock(&shared->mutex);
	}
	for (int i = 0; i < 50; i++) {
		pthread_mutex_lock(&shared->mutex);
		while (shared->turn % 3 != id)
			pthread_cond_wait(&shared->turned, &shared->mutex);
		shared->turn++;
		pthread_cond_broadcast(&shared->turned);
		pthread_mutex_unlock(&shared->mutex);
	}
	sem_post(&shared->semaphore);
	_exit(0);
}

static int locks_hold(void)
{
	int status, good = 1;

	for (long i = 0; i < 3; i++) {
		if (fork() == 0)
			child_counts(i);
	}
	for (int i = 0; i < 3; i++)
		sem_wait(&shared->semaphore);
	while (wait(&status) > 0)
		good &= status == 0;
	return good && shared->counter == 1500 && shared->turn == 150;
}

static int owner_dies(void)
{
	if (fork() == 0) {
		pthread_mutex_lock(&shared->robust);
		usleep(20000);
		_exit(0);
	}
	usleep(5000);
	int result = pthread_mutex_lock(&shared->robust);

	wait(0);
	return result == EOWNERDEAD && !pthread_mutex_consistent(&shared->robust) &&
	       !pthread_mutex_unlock(&shared->robust);
}

int main(void)
{
	alarm(100);
	shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tell("refuses", refuses());
	tell("times out", times_out());
	tell("is interrupted", is_interrupted());
	tell("counts threads", counts_threads());
	tell("counts processes", counts_processes());
	tell("operates", operates());
	locks_make();
	tell("locks hold", locks_hold());
	tell("owner dies", owner_dies());
	return 0;
}
