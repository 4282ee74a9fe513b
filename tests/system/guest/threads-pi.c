/* SPDX-License-Identifier: MIT */
/* Futexes that name their owner: FUTEX_LOCK_PI and relatives; mutexes with PRIO_INHERIT. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOCK = 6, UNLOCK, TRYLOCK, WAIT_REQUEUE = 11, CMP_REQUEUE, LOCK2, PRIVATE = 128 };
#define WAITERS    0x80000000u
#define OWNER_DIED 0x40000000u
#define TID_MASK   0x3fffffffu
#define THREADS 8
#define ROUNDS  1000

static struct shared { _Atomic uint32_t word; long counter; } *shared;
static _Atomic uint32_t word, condition;
static pthread_t thread[THREADS];
static pthread_mutex_t mutex;
static long counter;
static atomic_int arrived;

static void tell(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "good" : "BAD");
	fflush(stdout);
}

static uint32_t tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static long futex(_Atomic uint32_t *at, int operation, long value, const void *timeout,
		  _Atomic uint32_t *other, uint32_t value3)
{
	long result = syscall(SYS_futex, at, operation, value, timeout, other, value3);

	return result < 0 ? -errno : result;
}

static long lock(_Atomic uint32_t *at, int flags)
{
	uint32_t nobody = 0;

	return atomic_compare_exchange_strong(at, &nobody, tid()) ? 0 :
		futex(at, LOCK | flags, 0, 0, 0, 0);
}

static long unlock(_Atomic uint32_t *at, int flags)
{
	uint32_t own = tid();

	return atomic_compare_exchange_strong(at, &own, 0) ? 0 :
		futex(at, UNLOCK | flags, 0, 0, 0, 0);
}

static struct timespec after_ms(clockid_t clock, long ms)
{
	struct timespec at;

	clock_gettime(clock, &at);
	at.tv_nsec += ms * 1000000;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

static void *hold(void *argument)
{
	lock(&word, PRIVATE);
	arrived = 1;
	while (arrived == 1)
		usleep(1000);
	unlock(&word, PRIVATE);
	return argument;
}

static int refuses(void)
{
	struct timespec at = after_ms(CLOCK_REALTIME, 20), mono = after_ms(CLOCK_MONOTONIC, 40);
	int good = futex(&word, UNLOCK | PRIVATE, 0, 0, 0, 0) == -EPERM;

	good &= futex(&word, LOCK | PRIVATE, 0, 0, 0, 0) == 0 && word == tid();
	good &= futex(&word, LOCK | PRIVATE, 0, 0, 0, 0) == -EDEADLK;
	good &= futex(&word, UNLOCK | PRIVATE, 0, 0, 0, 0) == 0 && word == 0;
	word = 0x3ffffff0;
	good &= futex(&word, LOCK | PRIVATE, 0, 0, 0, 0) == -ESRCH;
	word = 0;
	good &= futex((void *)((char *)&word + 1), LOCK | PRIVATE, 0, 0, 0, 0) == -EINVAL;
	pthread_create(&thread[0], 0, hold, 0);
	while (!arrived)
		usleep(1000);
	good &= futex(&word, TRYLOCK | PRIVATE, 0, 0, 0, 0) == -EAGAIN;
	good &= futex(&word, UNLOCK | PRIVATE, 0, 0, 0, 0) == -EPERM;
	good &= futex(&word, LOCK | PRIVATE, 0, &at, 0, 0) == -ETIMEDOUT;
	good &= futex(&word, LOCK2 | PRIVATE, 0, &mono, 0, 0) == -ETIMEDOUT;
	arrived = 2;
	pthread_join(thread[0], 0);
	good &= futex(&word, TRYLOCK | PRIVATE, 0, 0, 0, 0) == 0;
	return good & (unlock(&word, PRIVATE) == 0);
}

static void *count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (lock(&word, PRIVATE))
			break;
		counter++;
		if (i % 100 == 0)
			sched_yield();
		if (unlock(&word, PRIVATE))
			break;
	}
	return argument;
}

static void run(void *(*function)(void *))
{
	counter = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], 0, function, 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], 0);
}

static int threads_count(void)
{
	run(count);
	return counter == THREADS * ROUNDS && !(word & TID_MASK);
}

static int processes_count(void)
{
	int good = 1, status;

	shared = mmap(0, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int n = 0; n < ROUNDS; n++) {
			if (lock(&shared->word, 0))
				_exit(1);
			shared->counter++;
			if (n % 50 == 0)
				sched_yield();
			if (unlock(&shared->word, 0))
				_exit(2);
		}
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		wait(&status);
		good &= status == 0;
	}
	return good && shared->counter == 4 * ROUNDS;
}

static void *wait_requeued(void *argument)
{
	long result;

	arrived++;
	result = futex(&condition, WAIT_REQUEUE | PRIVATE, 0, 0, &word, 0);
	if (result || (word & TID_MASK) != tid())
		return (void *)1;
	counter++;
	unlock(&word, PRIVATE);
	return argument;
}

/* All of them go on one after another, each with the lock. */
static int requeues(void)
{
	void *result;
	long moved = 0;
	int good = 1;

	arrived = 0;
	counter = 0;
	word = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], 0, wait_requeued, 0);
	good &= futex(&condition, CMP_REQUEUE | PRIVATE, 1, (void *)9, &word, 1) == -EAGAIN;
	good &= futex(&condition, CMP_REQUEUE | PRIVATE, 2, (void *)9, &word, 0) == -EINVAL;
	while (moved < THREADS) {
		long some = futex(&condition, CMP_REQUEUE | PRIVATE, 1, (void *)9, &word, 0);

		moved += some > 0 ? some : 0;
		usleep(1000);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &result);
		good &= !result;
	}
	return good && counter == THREADS;
}

static void *count_mutex(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return argument;
}

static void *die_with_mutex(void *argument)
{
	pthread_mutex_lock(&mutex);
	return argument;
}

static int mutexes(void)
{
	pthread_mutexattr_t kind;
	int good;

	pthread_mutexattr_init(&kind);
	good = pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT) == 0;
	good &= pthread_mutex_init(&mutex, &kind) == 0;
	run(count_mutex);
	good &= counter == THREADS * ROUNDS;
	good &= pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST) == 0;
	good &= pthread_mutex_init(&mutex, &kind) == 0;
	pthread_create(&thread[0], 0, die_with_mutex, 0);
	pthread_join(thread[0], 0);
	good &= pthread_mutex_lock(&mutex) == EOWNERDEAD;
	good &= pthread_mutex_consistent(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0;
	return good && pthread_mutex_lock(&mutex) == 0;
}

static void nothing(int number)
{
	(void)number;
}

static void *signal_first(void *argument)
{
	pthread_t *whom = argument;

	lock(&word, PRIVATE);
	arrived = 1;
	usleep(20000);
	pthread_kill(*whom, SIGUSR1);
	usleep(20000);
	unlock(&word, PRIVATE);
	return 0;
}

/* A handler runs, and the lock is waited for again, whatever it says about that. */
static int signals_pass(void)
{
	pthread_t self = pthread_self();
	struct sigaction action = { .sa_handler = nothing };
	long result;

	sigaction(SIGUSR1, &action, 0);
	arrived = 0;
	word = 0;
	pthread_create(&thread[0], 0, signal_first, &self);
	while (!arrived)
		usleep(1000);
	result = lock(&word, PRIVATE);
	pthread_join(thread[0], 0);
	return result == 0 && (word & TID_MASK) == tid();
}

int main(void)
{
	tell("refuses", refuses());
	tell("counts threads", threads_count());
	tell("counts processes", processes_count());
	tell("requeues", requeues());
	tell("mutexes", mutexes());
	tell("signals pass", signals_pass());
	return 0;
}
