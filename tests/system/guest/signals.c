/* SPDX-License-Identifier: MIT */
/*
 * Signals as signal(7), sigaction(2), sigaltstack(2) and their relatives describe them. Says what it
 * sees, the same on Linux and in the guest.
 */
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count, last_signal, last_code;
static volatile uintptr_t last_address, handler_stack;
static sigjmp_buf back;

static void expect(const char *what, int holds)
{
	printf("%s: %s\n", what, holds ? "yes" : "NO");
}

static void note(int signal, siginfo_t *info, void *context)
{
	int local;

	(void)context;
	count++;
	last_signal = signal;
	last_code = info->si_code;
	last_address = (uintptr_t)info->si_addr;
	handler_stack = (uintptr_t)&local;
}

static void jump(int signal, siginfo_t *info, void *context)
{
	note(signal, info, context);
	siglongjmp(back, 1);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	sigaction(signal, &action, 0);
	count = 0;
}

/* A child that sends its parent a signal after a while. */
static pid_t later(int signal, int milliseconds)
{
	pid_t child = fork();

	if (child)
		return child;
	usleep((useconds_t)milliseconds * 1000);
	if (signal)
		kill(getppid(), signal);
	_exit(0);
}

static void test_delivery(void)
{
	sigset_t set, old;

	handle(SIGUSR1, note, 0);
	kill(getpid(), SIGUSR1);
	expect("delivered before kill returns", count == 1 && last_code == SI_USER);
	raise(SIGUSR1);
	expect("raise is tkill", count == 2 && last_code == SI_TKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	expect("blocked", count == 2);
	sigpending(&set);
	expect("pending", sigismember(&set, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, 0);
	expect("once when unblocked", count == 3);
	signal(SIGUSR1, SIG_IGN);
	expect("ignored", kill(getpid(), SIGUSR1) == 0 && count == 3);
	handle(SIGUSR1, note, (int)SA_RESETHAND);
	kill(getpid(), SIGUSR1);
	sigaction(SIGUSR1, 0, &(struct sigaction){ 0 });
	expect("reset", count == 1 && signal(SIGUSR1, SIG_DFL) == SIG_DFL);
	expect("bad numbers", kill(getpid(), 65) == -1 && errno == EINVAL && kill(getpid(), 0) == 0 &&
	       kill(99999, SIGTERM) == -1 && errno == ESRCH);
	expect("SIGKILL is not to be handled", signal(SIGKILL, SIG_IGN) == SIG_ERR && errno == EINVAL);
}

static int depth, deepest;

static void nest(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (count++ < 2)
		kill(getpid(), signal);
	depth--;
}

static void test_masks(void)
{
	struct sigaction action = { .sa_sigaction = nest, .sa_flags = SA_SIGINFO };
	sigset_t set;

	sigaction(SIGUSR1, &action, 0);
	deepest = count = 0;
	kill(getpid(), SIGUSR1);
	expect("a handler is not interrupted by its own signal", depth == 0 && deepest == 1);
	action.sa_flags |= SA_NODEFER;
	sigaction(SIGUSR1, &action, 0);
	deepest = count = 0;
	kill(getpid(), SIGUSR1);
	expect("but with SA_NODEFER", depth == 0 && deepest == 3);
	sigprocmask(SIG_SETMASK, 0, &set);
	expect("the mask comes back", !sigismember(&set, SIGUSR1));
}

/* Registers, flags and floating point survive a handler that damages them. */
static void damage(int signal, siginfo_t *info, void *context)
{
	note(signal, info, context);
	fesetround(FE_DOWNWARD);
	__asm__ volatile("fninit; pxor %%xmm0, %%xmm0; pxor %%xmm15, %%xmm15; std; cld"
			 : : : "xmm0", "xmm15");
}

static void test_registers(void)
{
	double x = 1.5, y = 2.25;
	uint64_t a = 1, b = 2, wrong;

	handle(SIGUSR1, damage, 0);
	fesetround(FE_UPWARD);
	__asm__ volatile(
		"movq %[x], %%xmm0; movq %[y], %%xmm15; fld1; mov %[pid], %%edi; mov $10, %%esi\n"
		"mov $0x1111, %%rbx; mov $0x2222, %%r8; mov $0x3333, %%r9; mov $0x4444, %%r10\n"
		"mov $0x5555, %%r12; mov $0x6666, %%r13; mov $0x7777, %%r14; mov $0x8888, %%r15\n"
		"mov $0x9999, %%rdx; stc; mov $62, %%eax; syscall\n"
		"setnc %%al; movzx %%al, %%eax\n"
		"xor $0x1111, %%rbx; or %%rbx, %%rax; xor $0x2222, %%r8; or %%r8, %%rax\n"
		"xor $0x3333, %%r9; or %%r9, %%rax; xor $0x4444, %%r10; or %%r10, %%rax\n"
		"xor $0x5555, %%r12; or %%r12, %%rax; xor $0x6666, %%r13; or %%r13, %%rax\n"
		"xor $0x7777, %%r14; or %%r14, %%rax; xor $0x8888, %%r15; or %%r15, %%rax\n"
		"xor $0x9999, %%rdx; or %%rdx, %%rax; movq %%xmm0, %[a]; movq %%xmm15, %[b]; fstp %%st(0)"
		: "=&a"(wrong), [a] "=m"(a), [b] "=m"(b)
		: [x] "m"(x), [y] "m"(y), [pid] "r"(getpid())
		: "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		  "xmm0", "xmm15", "memory", "cc", "st");
	expect("registers and flags survive", count == 1 && wrong == 0);
	expect("floating point survives", memcmp(&a, &x, 8) == 0 && memcmp(&b, &y, 8) == 0 &&
	       fegetround() == FE_UPWARD);
	fesetround(FE_TONEAREST);
}

/* The program is interrupted while it computes, not in a call. */
static void test_asynchronous(void)
{
	pid_t child;
	volatile uint64_t sum = 0;
	uint64_t i, expected = 0;

	handle(SIGUSR1, damage, 0);
	child = later(SIGUSR1, 30);
	for (i = 0; !count; i++)
		sum += i, expected += i;
	waitpid(child, 0, 0);
	expect("a loop is interrupted", count == 1 && sum == expected && last_signal == SIGUSR1);
}

static void test_faults(void)
{
	volatile char *text = (volatile char *)(uintptr_t)test_faults;
	volatile int zero = 0;
	char *page = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	handle(SIGSEGV, jump, 0);
	handle(SIGFPE, jump, 0);
	handle(SIGILL, jump, 0);
	handle(SIGTRAP, note, 0);
	if (!sigsetjmp(back, 1))
		*(volatile int *)8 = 1;
	expect("null pointer", last_signal == SIGSEGV && last_code == SEGV_MAPERR && last_address == 8);
	if (!sigsetjmp(back, 1))
		*text = 1;
	expect("text", last_code == SEGV_ACCERR && last_address == (uintptr_t)text);
	if (!sigsetjmp(back, 1))
		*page = 1;
	expect("page without rights", last_code == SEGV_ACCERR && last_address == (uintptr_t)page);
	if (!sigsetjmp(back, 1))
		*(volatile int *)0x8000000000000000 = 1;
	expect("no address", last_signal == SIGSEGV && last_code == SI_KERNEL && last_address == 0);
	if (!sigsetjmp(back, 1))
		zero = 77 / zero;
	expect("division", last_signal == SIGFPE && last_code == FPE_INTDIV);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("ud2");
	expect("illegal instruction", last_signal == SIGILL && last_code == ILL_ILLOPN);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("hlt");
	expect("privileged instruction", last_signal == SIGSEGV && last_code == SI_KERNEL);
	__asm__ volatile("int3");
	expect("breakpoint", last_signal == SIGTRAP);
	if (!sigsetjmp(back, 1))
		((void (*)(void))(uintptr_t)page)();
	expect("jump to data", last_signal == SIGSEGV && last_address == (uintptr_t)page);
	munmap(page, 4096);
}

static int overflow(int n)
{
	volatile char frame[4096];

	frame[0] = (char)n;
	return n < 0 ? 0 : overflow(n + 1) + frame[0];
}

static void test_stack(void)
{
	static char other[65536];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) }, old;

	expect("alternate stack", sigaltstack(&stack, 0) == 0 && sigaltstack(0, &old) == 0 &&
	       old.ss_sp == other && old.ss_flags == 0);
	handle(SIGSEGV, jump, SA_ONSTACK);
	if (!sigsetjmp(back, 1))
		overflow(0);
	expect("overflow is seen there", count == 1 && handler_stack >= (uintptr_t)other &&
	       handler_stack < (uintptr_t)other + sizeof(other));
	stack.ss_size = 100;
	expect("too small", sigaltstack(&stack, 0) == -1 && errno == ENOMEM);
	stack.ss_flags = 99;
	expect("bad flags", sigaltstack(&stack, 0) == -1 && errno == EINVAL);
	signal(SIGSEGV, SIG_DFL);
}

static void test_interrupted_calls(void)
{
	struct timespec time = { 1, 0 }, left = { 0, 0 };
	int pipes[2];
	char byte;
	ssize_t bytes;
	pid_t child;

	if (pipe(pipes))
		return;
	handle(SIGUSR1, note, 0);
	child = later(SIGUSR1, 30);
	bytes = read(pipes[0], &byte, 1);
	expect("read ends with EINTR", bytes == -1 && errno == EINTR && count == 1);
	waitpid(child, 0, 0);
	handle(SIGUSR1, note, SA_RESTART);
	child = fork();
	if (!child) {
		usleep(30000);
		kill(getppid(), SIGUSR1);
		usleep(30000);
		_exit(write(pipes[1], "x", 1) != 1);
	}
	bytes = read(pipes[0], &byte, 1);
	expect("read goes on with SA_RESTART", bytes == 1 && byte == 'x' && count == 1);
	waitpid(child, 0, 0);
	child = later(SIGUSR1, 30);
	expect("sleep ends", nanosleep(&time, &left) == -1 && errno == EINTR && left.tv_nsec > 500000000);
	waitpid(child, 0, 0);
	signal(SIGUSR1, SIG_IGN);
	child = later(SIGUSR1, 10);
	time = (struct timespec){ 0, 60000000 };
	expect("an ignored signal ends nothing", nanosleep(&time, &left) == 0);
	waitpid(child, 0, 0);
	handle(SIGUSR1, note, 0);
	child = fork();
	if (!child) {
		usleep(30000);
		kill(getppid(), SIGUSR1);
		usleep(60000);
		_exit(5);
	}
	expect("wait ends", waitpid(child, 0, 0) == -1 && errno == EINTR);
	waitpid(child, 0, 0);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_waiting(void)
{
	struct timespec short_time = { 0, 20000000 };
	sigset_t set, none;
	siginfo_t info;
	pid_t child;

	handle(SIGUSR1, note, 0);
	sigemptyset(&set);
	sigemptyset(&none);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	child = later(SIGUSR1, 20);
	expect("sigsuspend", sigsuspend(&none) == -1 && errno == EINTR && count == 1);
	waitpid(child, 0, 0);
	kill(getpid(), SIGUSR1);
	expect("sigsuspend, pending before", sigsuspend(&none) == -1 && count == 2);
	child = later(SIGUSR1, 20);
	expect("sigwaitinfo", sigwaitinfo(&set, &info) == SIGUSR1 && info.si_pid == child && count == 2);
	waitpid(child, 0, 0);
	expect("sigtimedwait", sigtimedwait(&set, &info, &short_time) == -1 && errno == EAGAIN);
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 77 });
	expect("sigqueue", sigwaitinfo(&set, &info) == SIGUSR1 && info.si_value.sival_int == 77 &&
	       info.si_code == SI_QUEUE);
	sigprocmask(SIG_UNBLOCK, &set, 0);
}

static void test_timers(void)
{
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, old;

	handle(SIGALRM, note, 0);
	setitimer(ITIMER_REAL, &timer, 0);
	while (count < 3)
		pause();
	getitimer(ITIMER_REAL, &old);
	expect("timer goes on", old.it_interval.tv_usec == 20000 && old.it_value.tv_usec <= 20000);
	expect("alarm tells what was left", alarm(100) == 1 && alarm(0) == 100);
	count = 0;
	usleep(50000);
	expect("alarm is off", count == 0);
}

static void test_children(void)
{
	int status;
	pid_t child;
	siginfo_t info;

	handle(SIGCHLD, note, SA_RESTART);
	child = later(0, 1);
	while (!count)
		pause();
	expect("SIGCHLD", last_signal == SIGCHLD && last_code == CLD_EXITED);
	waitpid(child, 0, 0);
	child = fork();
	if (!child)
		for (;;)
			pause();
	kill(child, SIGSTOP);
	expect("stopped", waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) &&
	       WSTOPSIG(status) == SIGSTOP);
	kill(child, SIGCONT);
	expect("continued", waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
	kill(child, SIGTERM);
	expect("waitid", waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0 &&
	       info.si_code == CLD_KILLED && info.si_status == SIGTERM && info.si_pid == child);
	expect("terminated", waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGTERM);
	signal(SIGCHLD, SIG_IGN);
	child = later(0, 1);
	expect("no zombies", waitpid(child, &status, 0) == -1 && errno == ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

/* What no handler can help against. */
static void test_deadly(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, 0);
		*(volatile int *)8 = 1;
	}
	waitpid(child, &status, 0);
	expect("a fault cannot be blocked", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	child = fork();
	if (!child) {
		/* No stack for the frame. */
		signal(SIGUSR1, (void (*)(int))note);
		__asm__ volatile("mov %0, %%edi; mov $10, %%esi; mov $62, %%eax; xor %%esp, %%esp; syscall"
				 : : "r"(getpid()) : "memory");
	}
	waitpid(child, &status, 0);
	expect("no room for a frame", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	child = fork();
	if (!child) {
		signal(SIGUSR1, (void (*)(int))0x8000000000000000);
		raise(SIGUSR1);
	}
	waitpid(child, &status, 0);
	expect("a handler nowhere", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	child = fork();
	if (!child)
		syscall(SYS_rt_sigreturn);
	waitpid(child, &status, 0);
	expect("sigreturn without a frame", WIFSIGNALED(status));
}

static void *wait_for_end(void *end)
{
	*(volatile pid_t *)end = (pid_t)syscall(SYS_gettid);
	while (*(volatile pid_t *)end)
		usleep(1000);
	return 0;
}

static void test_numbers(void)
{
	volatile pid_t tid = 0;
	pthread_t thread;
	stack_t stack = { .ss_flags = SS_DISABLE | SS_ONSTACK };
	siginfo_t info = { .si_code = SI_QUEUE };
	struct sigaction now;

	puts("-- numbers");
	errno = 0;
	expect("nobody has the least number", kill(INT32_MIN, SIGKILL) == -1 && errno == ESRCH);
	expect("nor is there a group to queue for",
	       syscall(SYS_rt_sigqueueinfo, -1, SIGTERM, &info) == -1 && errno == ESRCH);
	expect("two flags at once", sigaltstack(&stack, 0) == -1 && errno == EINVAL);
	handle(SIGUSR1, note, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, 0, &now);
	expect("the handler is gone, its flags are not", now.sa_handler == SIG_DFL &&
	       now.sa_flags & SA_RESETHAND && now.sa_flags & SA_SIGINFO);
	handle(SIGUSR1, note, 0);
	pthread_create(&thread, 0, wait_for_end, (void *)&tid);
	while (!tid)
		usleep(1000);
	expect("a thread's number is its process's", kill(tid, SIGUSR1) == 0);
	while (!count)
		usleep(1000);
	tid = 0;
	pthread_join(thread, 0);
}

int main(void)
{
	setvbuf(stdout, 0, _IONBF, 0);
	test_delivery();
	test_masks();
	test_registers();
	test_asynchronous();
	test_faults();
	test_stack();
	test_interrupted_calls();
	test_waiting();
	test_timers();
	test_children();
	test_deadly();
	test_numbers();
	return 0;
}
