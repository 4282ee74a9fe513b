/* SPDX-License-Identifier: MIT */
/*
 * Timers and clocks of processor time: timer_create(2), setitimer(2), clock_nanosleep(2),
 * clock_getcpuclockid(3), RLIMIT_CPU. Says what it sees, the same on Linux and in the guest.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "tests/system/guest/try.h"

#define MS 1000000ll
#define TICK_US 10000                   /* by which Linux may round up */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t count, last_code, last_overrun;
static void *volatile last_value;
static volatile pid_t last_thread;
static int back;

static void expect(const char *what, int holds)
{
	printf("%s: %s\n", what, holds ? "yes" : "NO");
	fflush(stdout);
}

static void note(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	count++;
	last_code = info->si_code;
	last_overrun = info->si_overrun;
	last_value = info->si_value.sival_ptr;
	last_thread = (pid_t)syscall(SYS_gettid);
}

static void handle(int signal)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(signal, &action, 0);
	count = 0;
}

static long long now(clockid_t clock)
{
	struct timespec time = { 0 };

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static struct timespec spec(long long ns)
{
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static void rest(long long ns)
{
	struct timespec left = spec(ns);

	while (nanosleep(&left, &left))
		;
}

static void burn(long long ns)
{
	long long end = now(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (now(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static int set(timer_t timer, int flags, long long value, long long interval)
{
	struct itimerspec setting = { spec(interval), spec(value) };

	return timer_settime(timer, flags, &setting, 0);
}

static timer_t make(clockid_t clock, int notify, int signal, void *value)
{
	struct sigevent event = { .sigev_notify = notify, .sigev_signo = signal,
		.sigev_value.sival_ptr = value };
	timer_t timer = 0;

	if (timer_create(clock, &event, &timer))
		perror("timer_create");
	return timer;
}

static void errors(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
	struct itimerspec setting = { .it_value = { 1, 1000000000 } };
	int raw[2];

	TRY(syscall(SYS_timer_create, 77, 0, raw));
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, 0, raw));
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC, 0, 0));
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC, 8, raw));
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, raw));
	event = (struct sigevent){ .sigev_notify = 3, .sigev_signo = SIGUSR1 };
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, raw));
	event = (struct sigevent){ .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1,
		.sigev_notify_thread_id = 1 };
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, raw));
	TRY(syscall(SYS_timer_settime, 4711, 0, &setting, 0));
	TRY(syscall(SYS_timer_gettime, 4711, &setting));
	TRY(syscall(SYS_timer_getoverrun, 4711));
	TRY(syscall(SYS_timer_delete, 4711));
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC, 0, raw));
	setting.it_value = (struct timespec){ 1, 1000000000 };
	TRY(syscall(SYS_timer_settime, raw[0], 0, &setting, 0));
	TRY(syscall(SYS_timer_settime, raw[0], 0, 0, 0));
	TRY(syscall(SYS_timer_settime, raw[0], 0, 8, 0));
	TRY(syscall(SYS_timer_gettime, raw[0], 0));
	TRY(syscall(SYS_timer_getoverrun, raw[0]));
	TRY(syscall(SYS_timer_delete, raw[0]));
	TRY(syscall(SYS_timer_delete, raw[0]));
}

static void signals_of_timers(void)
{
	timer_t timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN + 1, &back);
	struct itimerspec setting;
	sigset_t mask, old;

	handle(SIGRTMIN + 1);
	TRY(set(timer, 0, 1 * MS, 0));
	while (!count)
		;
	expect("the code is SI_TIMER", last_code == SI_TIMER);
	expect("the value is mine", last_value == &back);
	expect("no overrun", !last_overrun && timer_getoverrun(timer) == 0);
	TRY(timer_gettime(timer, &setting));
	expect("off afterwards", !setting.it_value.tv_sec && !setting.it_value.tv_nsec);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &mask, &old);
	count = 0;
	TRY(set(timer, 0, 1 * MS, 1 * MS));
	rest(30 * MS);
	TRY(timer_gettime(timer, &setting));
	expect("it goes on", setting.it_value.tv_nsec > 0 && setting.it_value.tv_nsec <= 1 * MS);
	TRY(set(timer, 0, 1 * MS, 1 * MS));
	rest(30 * MS);
	sigprocmask(SIG_SETMASK, &old, 0);
	expect("one signal for what was missed", count >= 1);
	TRY(timer_delete(timer));
	timer = make(CLOCK_REALTIME, SIGEV_SIGNAL, SIGRTMIN + 1, 0);
	sigprocmask(SIG_BLOCK, &mask, 0);
	TRY(set(timer, TIMER_ABSTIME, now(CLOCK_REALTIME) - 10 * MS, 1 * MS));
	rest(5 * MS);
	TRY(sigwaitinfo(&mask, 0) == SIGRTMIN + 1);
	expect("overruns are counted", timer_getoverrun(timer) >= 10);
	TRY(timer_delete(timer));
	sigprocmask(SIG_SETMASK, &old, 0);
}

static void ignored_and_silent(void)
{
	timer_t timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0), silent;
	struct itimerspec setting;

	signal(SIGUSR1, SIG_IGN);
	TRY(set(timer, 0, 1 * MS, 1 * MS));
	rest(20 * MS);
	handle(SIGUSR1);
	while (!count)
		;
	puts("it went on while it was ignored");
	TRY(timer_delete(timer));
	signal(SIGUSR1, SIG_DFL);
	silent = make(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
	TRY(set(silent, 0, 1 * MS, 5000 * MS));
	rest(3 * MS);
	TRY(timer_gettime(silent, &setting));
	expect("it counts without a signal", setting.it_value.tv_sec == 4 &&
	       setting.it_interval.tv_sec == 5);
	TRY(set(silent, 0, 1 * MS, 0));
	rest(3 * MS);
	TRY(timer_gettime(silent, &setting));
	expect("it is over", !setting.it_value.tv_sec && !setting.it_value.tv_nsec);
	TRY(timer_delete(silent));
}

static timer_t own;
static pid_t own_thread;

static void *one_of_several(void *arrived)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2 };

	own_thread = event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	timer_create(CLOCK_MONOTONIC, &event, &own);
	set(own, 0, 1 * MS, 0);
	while (!count)
		;
	pthread_barrier_wait(arrived);
	return 0;
}

static void called(union sigval value)
{
	pthread_barrier_wait(value.sival_ptr);
}

static void threads(void)
{
	pthread_barrier_t arrived;
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = called,
		.sigev_value.sival_ptr = &arrived };
	pthread_t thread;
	timer_t timer;

	pthread_barrier_init(&arrived, 0, 2);
	handle(SIGUSR2);
	pthread_create(&thread, 0, one_of_several, &arrived);
	pthread_barrier_wait(&arrived);
	expect("the thread that was named got it", last_thread == own_thread);
	pthread_join(thread, 0);
	TRY(set(own, 0, 1 * MS, 0));
	rest(5 * MS);
	expect("nobody got it after its end", count == 1);
	TRY(timer_delete(own));
	TRY(timer_create(CLOCK_MONOTONIC, &event, &timer));
	TRY(set(timer, 0, 1 * MS, 0));
	pthread_barrier_wait(&arrived);
	puts("the function was called");
	TRY(timer_delete(timer));
}

static void gone_with_exec_and_fork(void)
{
	timer_t timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);
	int status;
	pid_t child;

	set(timer, 0, 2 * MS, 0);
	handle(SIGUSR1);
	child = fork();
	if (!child) {
		printf("in the child: %d %s\n", timer_delete(timer), strerror(errno));
		fflush(stdout);
		count = 0;
		rest(10 * MS);
		expect("the child has no timer", !count);
		timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGKILL, 0);
		set(timer, 0, 300 * MS, 0);
		execl("/bin/sleep", "sleep", "0.6", (char *)0);
		_exit(1);
	}
	while (!count)
		;
	waitpid(child, &status, 0);
	printf("status of the program: %x\n", status);
	TRY(timer_delete(timer));
}

/* ---- processor time ---- */

static void processor_time(void)
{
	timer_t timer = make(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 0);
	long long begin, used;
	struct itimerspec setting;

	handle(SIGUSR1);
	begin = now(CLOCK_PROCESS_CPUTIME_ID);
	TRY(set(timer, 0, 30 * MS, 0));
	rest(60 * MS);
	expect("sleeping does not count", !count);
	TRY(timer_gettime(timer, &setting));
	expect("some is left", setting.it_value.tv_nsec > 0 && setting.it_value.tv_nsec <= 30 * MS);
	while (!count)
		;
	used = now(CLOCK_PROCESS_CPUTIME_ID) - begin;
	expect("not before it was used", used >= 30 * MS);
	TRY(timer_delete(timer));
	timer = make(CLOCK_THREAD_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 0);
	count = 0;
	TRY(set(timer, 0, 10 * MS, 10 * MS));
	while (count < 3)
		;
	puts("three times");
	TRY(timer_delete(timer));
}

static void alarms(int which, int signal)
{
	struct itimerval setting = { { 0, 10000 }, { 0, 20000 } }, old;
	long long begin;

	handle(signal);
	begin = now(CLOCK_PROCESS_CPUTIME_ID);
	TRY(setitimer(which, &setting, 0));
	TRY(getitimer(which, &old));
	expect("it is set", old.it_interval.tv_usec == 10000 && old.it_value.tv_usec > 0 &&
	       old.it_value.tv_usec <= 20000 + TICK_US);
	while (count < 3)
		;
	expect("not before the time", now(CLOCK_PROCESS_CPUTIME_ID) - begin >= 20 * MS);
	setting = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	TRY(setitimer(which, &setting, &old));
	expect("it was set", old.it_interval.tv_usec == 10000);
	TRY(getitimer(which, &old));
	expect("it is off", !old.it_interval.tv_usec && !old.it_value.tv_usec);
}

static void *worker(void *barrier)
{
	pthread_barrier_wait(barrier);
	burn(50 * MS);
	pthread_barrier_wait(barrier);
	pthread_barrier_wait(barrier);
	return 0;
}

static void clocks_of_others(void)
{
	pthread_barrier_t barrier;
	clockid_t clock;
	struct timespec time;
	pthread_t thread;
	pid_t child = fork();

	if (!child) {
		burn(40 * MS);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(child, 0, WUNTRACED);
	TRY(clock_getcpuclockid(child, &clock));
	expect("the child's time", now(clock) >= 40 * MS);
	TRY(clock_settime(clock, &time));
	kill(child, SIGKILL);
	waitpid(child, 0, 0);
	TRY(clock_gettime(clock, &time));
	TRY(clock_getcpuclockid(child, &clock));
	pthread_barrier_init(&barrier, 0, 2);
	pthread_create(&thread, 0, worker, &barrier);
	TRY(pthread_getcpuclockid(thread, &clock));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	expect("the thread's time", now(clock) >= 50 * MS);
	expect("is in the process's", now(CLOCK_PROCESS_CPUTIME_ID) >= now(clock));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, 0);
	time = spec(1);
	TRY(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &time, 0));
	TRY(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &time, 0));
	TRY(syscall(SYS_clock_nanosleep, 77, 0, &time, 0));
	TRY(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &time));
	time.tv_nsec = -1;
	TRY(syscall(SYS_clock_settime, CLOCK_REALTIME, &time));
	TRY(syscall(SYS_clock_settime, CLOCK_REALTIME, 8));
}

static void *burns(void *done)
{
	while (!*(volatile int *)done)
		;
	return 0;
}

static void sleep_on_processor_time(void)
{
	struct timespec time = spec(20 * MS);
	long long begin = now(CLOCK_PROCESS_CPUTIME_ID);
	volatile int done = 0;
	pthread_t thread;

	pthread_create(&thread, 0, burns, (void *)&done);
	TRY(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, 0));
	expect("it slept while the other worked", now(CLOCK_PROCESS_CPUTIME_ID) - begin >= 20 * MS);
	done = 1;
	pthread_join(thread, 0);
}

static void limit(void)
{
	struct rlimit limit = { 1, 2 };
	int status;
	pid_t child = fork();

	if (!child) {
		handle(SIGXCPU);
		setrlimit(RLIMIT_CPU, &limit);
		while (!count)
			;
		getrlimit(RLIMIT_CPU, &limit);
		printf("SIGXCPU, soft limit %ld\n", (long)limit.rlim_cur);
		fflush(stdout);
		for (;;)
			;
	}
	waitpid(child, &status, 0);
	printf("status at the hard limit: %x\n", status);
}

/* A wait with a time goes on for what is left after a signal that has no handler. */
static void wait_on_futex(void)
{
	struct timespec time = spec(200 * MS);
	int word = 0;

	TRY(syscall(SYS_futex, &word, 0, 0, &time, 0, 0));
}

static void wait_in_poll(void)
{
	TRY(poll(0, 0, 200));
}

static void wait_in_select(void)
{
	struct timeval time = { 0, 200000 };

	TRY(select(0, 0, 0, 0, &time));
}

static void goes_on(void (*waits)(void))
{
	long long begin = now(CLOCK_MONOTONIC);
	int status;
	pid_t child = fork(), other;

	if (!child) {
		waits();
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		rest(40 * MS);
		kill(child, SIGSTOP);
		waitpid(child, 0, WUNTRACED);
		kill(child, SIGCONT);
	}
	other = waitpid(child, &status, 0);
	expect("once in all", other == child && now(CLOCK_MONOTONIC) - begin < 340 * MS &&
	       now(CLOCK_MONOTONIC) - begin >= 200 * MS);
}

/* With an argument: every expiry is told of, as a signal or as an overrun, and none twice. */
static volatile long expiries, alarms_seen;

static void tick(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (signal == SIGALRM)
		alarms_seen++;
	else
		expiries += 1 + info->si_overrun;
}

static int ticking(void)
{
	struct sigaction action = { .sa_sigaction = tick, .sa_flags = SA_SIGINFO };
	struct itimerval setting = { { 0, 10000 }, { 0, 10000 } };
	timer_t timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 0);
	long long begin;
	long missing;

	sigaction(SIGRTMIN, &action, 0);
	sigaction(SIGALRM, &action, 0);
	begin = now(CLOCK_MONOTONIC);
	set(timer, TIMER_ABSTIME, begin + 10 * MS, 10 * MS);
	setitimer(ITIMER_REAL, &setting, 0);
	while (expiries < 100 || alarms_seen < 20)
		pause();
	missing = (long)((now(CLOCK_MONOTONIC) - begin) / (10 * MS)) - expiries;
	expect("all are there", missing >= -1 && missing <= 1);
	return 0;
}

int main(int count_of_arguments, char **arguments)
{
	(void)arguments;
	if (count_of_arguments > 1)
		return ticking();
	errors();
	signals_of_timers();
	ignored_and_silent();
	threads();
	gone_with_exec_and_fork();
	processor_time();
	alarms(ITIMER_VIRTUAL, SIGVTALRM);
	alarms(ITIMER_PROF, SIGPROF);
	clocks_of_others();
	sleep_on_processor_time();
	in_child(limit);
	goes_on(wait_on_futex);
	goes_on(wait_in_poll);
	goes_on(wait_in_select);
	return 0;
}
