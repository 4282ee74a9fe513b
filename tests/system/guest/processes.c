/* SPDX-License-Identifier: MIT */
/*
 * Processes, memory, exec and the small calls, as the manual pages describe them. Says what it sees,
 * the same on Linux and in the guest.
 */
/* mremap, vfork */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define BAD  ((void *)8)

static const char *self;

static void expect(const char *what, int holds)
{
	printf("%s: %s\n", what, holds ? "yes" : "NO");
}

static int fails(long result, int error)
{
	return result == -1 && errno == error;
}

static int status_of(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child ? status : -1;
}

static void test_fork(void)
{
	int shared = 1, status, pipes[2];
	struct rusage usage;
	pid_t child = fork();

	if (!child) {
		shared = 2;
		_exit(shared == 2 && getppid() != getpid() ? 7 : 0);
	}
	status = status_of(child);
	expect("fork copies memory", shared == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 7);
	expect("no child", fails(waitpid(-1, 0, 0), ECHILD));
	child = vfork();
	if (!child)
		_exit(9);
	status = status_of(child);
	expect("vfork", WEXITSTATUS(status) == 9);
	if (pipe(pipes))
		return;
	child = fork();
	if (!child)
		_exit(read(pipes[0], &shared, 1) != 1);
	expect("nothing yet", waitpid(child, &status, WNOHANG) == 0);
	if (write(pipes[1], "x", 1) != 1)
		return;
	expect("wait4", wait4(child, &status, 0, &usage) == child && status == 0);
	expect("bad options", fails(waitpid(-1, 0, 0x100), EINVAL));
	/* CLONE_SIGHAND alone */
	expect("senseless clone flags", fails(syscall(SYS_clone, 0x800, 0, 0, 0, 0), EINVAL));
	close(pipes[0]);
	close(pipes[1]);
}

/* The C library makes these of vfork: memory is shared until the child's exec, or its failure. */
static void test_spawn(void)
{
	char *argv[] = { "sh", "-c", "exit 6", 0 };
	pid_t child;

	fflush(stdout);
	expect("system", WEXITSTATUS(system("exit 3")) == 3);
	expect("posix_spawn", posix_spawn(&child, "/bin/sh", 0, 0, argv, argv + 3) == 0 &&
	       WEXITSTATUS(status_of(child)) == 6);
	expect("posix_spawn fails", posix_spawn(&child, "/none", 0, 0, argv, argv + 3) == ENOENT);
}

/* What a new program has got: it prints it itself. */
static int run(const char *path, char *const *argv, char *const *envp)
{
	pid_t child = fork();

	if (!child) {
		execve(path, argv, envp);
		_exit(errno);
	}
	return status_of(child);
}

static void make_file(const char *path, const char *text, size_t bytes, mode_t mode)
{
	int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (file < 0 || write(file, text, bytes) != (ssize_t)bytes || fchmod(file, mode))
		printf("cannot make %s\n", path);
	close(file);
}

static int refused(const char *path, int error)
{
	char *argv[] = { "x", 0 };

	return WEXITSTATUS(run(path, argv, argv + 1)) == error;
}

static void test_exec(void)
{
	char *argv[] = { "name", "shown", "two words", "", 0 }, *envp[] = { "A=1", "B=", 0 };
	char *big = malloc(200000), *many[40];
	int i;

	fflush(stdout);
	expect("exec", run(self, argv, envp) == 0);
	make_file("script", "#!/extra/none\n", 14, 0755);
	expect("interpreter is missing", refused("./script", ENOENT));
	make_file("script", "echo\n", 5, 0755);
	expect("no header", refused("./script", ENOEXEC));
	make_file("script", "", 0, 0755);
	expect("empty", refused("./script", ENOEXEC));
	make_file("script", "#!/bin/sh\n", 10, 0644);
	expect("not executable", refused("./script", EACCES));
	expect("directory", refused(".", EACCES));
	expect("missing", refused("./nosuch", ENOENT));
	expect("no name", refused("", ENOENT));
	expect("below a file", refused("./script/x", ENOTDIR));
	expect("bad pointers", fails(execve(BAD, argv, envp), EFAULT) &&
	       fails(execve(self, BAD, envp), EFAULT));
	make_file("script", "#!./script\n", 11, 0755);
	expect("endless scripts", refused("./script", ELOOP));
	memset(big, 'x', 199999);
	big[199999] = 0;
	argv[1] = big;
	expect("long string", fails(execve(self, argv, envp), E2BIG));
	big[100000] = 0;
	for (i = 0; i < 39; i++)
		many[i] = big;
	many[39] = 0;
	expect("many strings", fails(execve(self, many, envp), E2BIG));
	many[10] = 0;
	many[0] = "name";
	many[1] = "count";
	expect("a megabyte", WEXITSTATUS(run(self, many, envp)) == 10);
	free(big);
	unlink("script");
}

/* A program that runs is not written to, one that is written to is not run. */
static void test_exec_busy(void)
{
	char command[300], *argv[] = { "name", "wait", 0 }, *envp[] = { 0 };
	int pipes[2], file;
	pid_t child;
	char byte;

	snprintf(command, sizeof(command), "cp %s ./copy", self);
	if (system(command) || pipe(pipes))
		return;
	file = open("copy", O_WRONLY);
	expect("being written", refused("./copy", ETXTBSY));
	close(file);
	child = fork();
	if (!child) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		execve("./copy", argv, envp);
		_exit(1);
	}
	expect("it runs", read(pipes[0], &byte, 1) == 1);
	expect("write to it", fails(open("copy", O_WRONLY), ETXTBSY));
	expect("cut it", fails(open("copy", O_RDONLY | O_TRUNC), ETXTBSY) &&
	       fails(truncate("copy", 0), ETXTBSY));
	expect("read it", !close(open("copy", O_RDONLY)));
	expect("remove it", unlink("copy") == 0);
	kill(child, SIGKILL);
	status_of(child);
	close(pipes[0]);
	close(pipes[1]);
}

/* Neither descriptors nor what the stack may have set other limits than they shall. */
static void test_exec_limits(void)
{
	struct rlimit few = { 3, 3 }, small = { 1 << 20, 1 << 20 };
	char *big = malloc(120000), *many[8] = { "name", "count" }, *envp[] = { 0 };
	int status;

	fflush(stdout);
	if (!fork()) {
		setrlimit(RLIMIT_NOFILE, &few);
		execve(self, many, envp);
		_exit(99);
	}
	expect("no descriptor is left", wait(&status) > 0 && WEXITSTATUS(status) == 2);
	memset(big, 'x', 119999);
	big[119999] = 0;
	many[2] = many[3] = many[4] = big;
	if (!fork()) {
		setrlimit(RLIMIT_STACK, &small);
		execve(self, many, envp);
		_exit(errno == E2BIG);
	}
	expect("a small stack", wait(&status) > 0 && WEXITSTATUS(status) == 1);
	expect("a usual one", WEXITSTATUS(run(self, many, envp)) == 5);
	free(big);
}

static void test_exec_keeps(void)
{
	int kept = open("/dev/null", O_RDONLY), closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char numbers[2][12], *argv[] = { "name", "kept", numbers[0], numbers[1], 0 }, *envp[] = { 0 };
	sigset_t set;

	snprintf(numbers[0], sizeof(numbers[0]), "%d", kept);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", closed);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, (void (*)(int))test_exec_keeps);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, 0);
	fflush(stdout);
	expect("kept over exec", run(self, argv, envp) == 0);
	sigprocmask(SIG_UNBLOCK, &set, 0);
	close(kept);
	close(closed);
}

static int child_main(int argc, char **argv, char **envp)
{
	sigset_t set;
	int i;

	if (strcmp(argv[1], "wait") == 0)
		return write(1, "x", 1) == 1 && pause();
	if (strcmp(argv[1], "count") == 0)
		return argc;
	if (strcmp(argv[1], "kept") == 0) {
		sigprocmask(SIG_SETMASK, 0, &set);
		expect("descriptor", fcntl(atoi(argv[2]), F_GETFD) == 0);
		expect("close on exec", fails(fcntl(atoi(argv[3]), F_GETFD), EBADF));
		expect("ignored stays", signal(SIGUSR1, SIG_DFL) == SIG_IGN);
		expect("handler goes", signal(SIGUSR2, SIG_DFL) == SIG_DFL);
		expect("blocked stays", sigismember(&set, SIGHUP));
		fflush(stdout);
		return 0;
	}
	for (i = 0; i < argc; i++)
		printf("argument %d: '%s'\n", i, argv[i]);
	for (i = 0; envp[i]; i++)
		printf("environment %d: '%s'\n", i, envp[i]);
	expect("page size", getauxval(AT_PAGESZ) == PAGE);
	expect("random", getauxval(AT_RANDOM) != 0);
	expect("platform", strcmp((char *)getauxval(AT_PLATFORM), "x86_64") == 0);
	expect("name", strcmp((char *)getauxval(AT_EXECFN), argv[0]) != 0);
	expect("stack is aligned", (getauxval(AT_RANDOM) | 1) != 0 && ((uintptr_t)argv - 8) % 16 == 0);
	fflush(stdout);
	return 0;
}

static int survives(void *address, int write)
{
	pid_t child = fork();

	if (!child) {
		if (write)
			*(volatile char *)address = 1;
		else
			(void)*(volatile char *)address;
		_exit(0);
	}
	return status_of(child) == 0;
}

static void test_mmap(void)
{
	char *area = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *moved;
	int i, sum = 0;

	for (i = 0; i < 8; i++)
		sum += area[(unsigned long)i * PAGE];
	expect("zeros", sum == 0);
	area[3 * PAGE] = 33;
	expect("hole", munmap(area + PAGE, PAGE) == 0 && !survives(area + PAGE, 0) &&
	       area[3 * PAGE] == 33);
	expect("holes may be unmapped", munmap(area, 2 * PAGE) == 0 && munmap(area, 2 * PAGE) == 0);
	expect("read only", mprotect(area + 3 * PAGE, PAGE, PROT_READ) == 0 &&
	       !survives(area + 3 * PAGE, 1) && area[3 * PAGE] == 33);
	expect("none", mprotect(area + 3 * PAGE, PAGE, PROT_NONE) == 0 && !survives(area + 3 * PAGE, 0));
	expect("all again", mprotect(area + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0 &&
	       survives(area + 3 * PAGE, 1) && area[3 * PAGE] == 33);
	expect("protect a hole", fails(mprotect(area, PAGE, PROT_READ), ENOMEM));
	expect("bad arguments", fails(munmap(area + 1, PAGE), EINVAL) && fails(munmap(area, 0), EINVAL) &&
	       fails(syscall(SYS_mprotect, area + 1, PAGE, PROT_READ), EINVAL) &&
	       mmap(0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL &&
	       mmap(0, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL &&
	       mmap(0, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
	expect("too much", mmap(0, 1ul << 46, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED && errno == ENOMEM);
	moved = mremap(area + 3 * PAGE, PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	expect("mremap", moved != MAP_FAILED && moved[0] == 33 && moved[63 * PAGE] == 0);
	expect("shrink", mremap(moved, 64 * PAGE, PAGE, 0) == moved && !survives(moved + PAGE, 0) &&
	       moved[0] == 33);
	expect("fixed", mmap(moved, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	       -1, 0) == moved && moved[0] == 0);
	expect("not replaced", mmap(moved, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
	       MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED && errno == EEXIST);
	moved[5] = 5;
	expect("madvise drops", madvise(moved, PAGE, MADV_DONTNEED) == 0 && moved[5] == 0);
	munmap(moved, PAGE);
	munmap(area, 8 * PAGE);
}

static void test_shared(void)
{
	int *shared = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	*shared = 1;
	child = fork();
	if (!child) {
		*shared = 2;
		_exit(0);
	}
	status_of(child);
	expect("shared memory", *shared == 2);
	munmap(shared, PAGE);
}

static int no_map(int file, off_t position, int error)
{
	return mmap(0, PAGE, PROT_READ, MAP_PRIVATE, file, position) == MAP_FAILED && errno == error;
}

static void test_mapped_file(void)
{
	char text[10000], *map;
	int file, pipes[2];

	memset(text, 'a', sizeof(text));
	text[9999] = 'z';
	make_file("mapped", text, sizeof(text), 0600);
	file = open("mapped", O_RDONLY);
	map = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	close(file);
	unlink("mapped");
	expect("contents, after close and unlink", map[0] == 'a' && map[9999] == 'z');
	expect("zeros behind the end", map[10000] == 0 && map[3 * PAGE - 1] == 0);
	map[0] = 'b';
	expect("private", map[0] == 'b');
	expect("beyond the end", !survives(map + 3 * PAGE, 0));
	if (pipe(pipes) == 0) {
		expect("a pipe takes it", write(pipes[1], map + 9990, 10) == 10);
		expect("and gives it", read(pipes[0], map + PAGE, 10) == 10 && map[PAGE + 9] == 'z');
		expect("beyond the end is a bad address", fails(write(pipes[1], map + 3 * PAGE, 10), EFAULT));
		close(pipes[0]);
		close(pipes[1]);
	}
	munmap(map, 4 * PAGE);
	file = open("mapped", O_CREAT | O_WRONLY, 0600);
	expect("not readable", no_map(file, 0, EACCES));
	expect("position", no_map(file, 1, EINVAL));
	close(file);
	file = open(".", O_RDONLY);
	expect("directory", no_map(file, 0, ENODEV));
	close(file);
	unlink("mapped");
}

static void test_brk(void)
{
	char *start = sbrk(0), *now = (char *)syscall(SYS_brk, 0);

	(void)start;
	expect("brk grows", syscall(SYS_brk, now + 3 * PAGE + 5) == (long)(now + 3 * PAGE + 5));
	now[3 * PAGE] = 1;
	expect("brk shrinks", syscall(SYS_brk, now) == (long)now && !survives(now + 3 * PAGE, 1));
	expect("no further down", syscall(SYS_brk, 1) == (long)now);
	syscall(SYS_brk, now + 4 * PAGE);
	expect("zero again", now[3 * PAGE] == 0);
	syscall(SYS_brk, now);
}

static void test_identity(void)
{
	pid_t child = fork();
	int status;
	uid_t real, effective, saved;
	struct utsname names;

	if (!child)
		_exit(setsid() == getpid() && getpgrp() == getpid() && getsid(0) == getpid() &&
		      fails(setsid(), EPERM) && fails(setpgid(0, 0), EPERM) ? 0 : 1);
	expect("setsid", status_of(child) == 0);
	child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	expect("setpgid", setpgid(child, child) == 0 && getpgid(child) == child);
	expect("setpgid fails", fails(setpgid(99999, 0), ESRCH) && fails(setpgid(child, -1), EINVAL) &&
	       fails(setpgid(0, 99999), EPERM));
	kill(-child, SIGTERM);
	status = status_of(child);
	expect("kill of a group", WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	child = fork();
	if (!child) {
		int right = setgid(5) == 0 && setuid(7) == 0 && getuid() == 7 && geteuid() == 7 &&
			    getegid() == 5 && fails(setuid(0), EPERM) && setuid(7) == 0 &&
			    fails(kill(1, SIGTERM), EPERM);

		syscall(SYS_getresuid, &real, &effective, &saved);
		_exit(!right || real != 7 || effective != 7 || saved != 7);
	}
	expect("setuid", status_of(child) == 0);
	expect("uname", uname(&names) == 0 && strcmp(names.sysname, "Linux") == 0 &&
	       strcmp(names.machine, "x86_64") == 0 && atoi(names.release) >= 4);
}

static void test_limits(void)
{
	struct rlimit limit, old;
	struct rusage usage;
	struct tms times_now;
	struct sysinfo info;

	getrlimit(RLIMIT_NOFILE, &old);
	limit = (struct rlimit){ 10, old.rlim_max };
	expect("setrlimit", setrlimit(RLIMIT_NOFILE, &limit) == 0 && fails(dup2(0, 10), EBADF));
	setrlimit(RLIMIT_NOFILE, &old);
	limit = (struct rlimit){ 10, 5 };
	expect("soft above hard", fails(setrlimit(RLIMIT_CORE, &limit), EINVAL));
	expect("bad resource", fails(getrlimit(99, &limit), EINVAL));
	expect("usage", getrusage(RUSAGE_SELF, &usage) == 0 && fails(getrusage(99, &usage), EINVAL) &&
	       times(&times_now) != -1);
	expect("sysinfo", sysinfo(&info) == 0 && info.totalram * info.mem_unit > 1 << 24 && info.procs > 0);
	expect("priority", getpriority(PRIO_PROCESS, 0) == 0 && fails(getpriority(9, 0), EINVAL));
}

static void test_time(void)
{
	struct timespec a, b, wait = { 0, 30000000 };
	const struct timespec bad = { 0, 1000000000 };
	time_t now = time(0);

	clock_gettime(CLOCK_MONOTONIC, &a);
	expect("nanosleep", nanosleep(&wait, 0) == 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	expect("time passes", (b.tv_sec - a.tv_sec) * 1000000000l + b.tv_nsec - a.tv_nsec >= 30000000);
	clock_gettime(CLOCK_REALTIME, &b);
	expect("time of day", b.tv_sec >= now && b.tv_sec <= now + 5 && now > 1600000000);
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &a);
	clock_gettime(CLOCK_MONOTONIC, &b);
	expect("the call agrees", (b.tv_sec - a.tv_sec) * 1000000000l + b.tv_nsec - a.tv_nsec < 1000000000);
	expect("bad clock", fails(syscall(SYS_clock_gettime, 99, &a), EINVAL) &&
	       fails(syscall(SYS_clock_gettime, 0, BAD), EFAULT));
	expect("bad time", fails(nanosleep(&bad, 0), EINVAL) &&
	       fails(syscall(SYS_nanosleep, BAD, 0), EFAULT));
	b = (struct timespec){ 0, 1 };
	expect("already over", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &b, 0) == 0);
}

static void test_small_calls(void)
{
	unsigned char bytes[2][300] = { { 0 } };
	uint32_t word = 5;
	uint64_t base = 0, set = 0;
	char name[16] = "";

	expect("getrandom", syscall(SYS_getrandom, bytes[0], 300, 0) == 300 &&
	       syscall(SYS_getrandom, bytes[1], 300, 0) == 300 && memcmp(bytes[0], bytes[1], 300) != 0 &&
	       fails(syscall(SYS_getrandom, BAD, 300, 0), EFAULT) &&
	       fails(syscall(SYS_getrandom, bytes, 1, 8), EINVAL));
	expect("prctl", prctl(PR_SET_NAME, "a name too long for it") == 0 && prctl(PR_GET_NAME, name) == 0 &&
	       strcmp(name, "a name too long") == 0 && fails(prctl(9999), EINVAL));
	expect("futex", fails(syscall(SYS_futex, &word, 0, 4, 0), EAGAIN) &&
	       syscall(SYS_futex, &word, 1, 1) == 0 &&
	       fails(syscall(SYS_futex, &word, 0, 5, &(struct timespec){ 0, 1000000 }), ETIMEDOUT) &&
	       fails(syscall(SYS_futex, BAD, 0, 5, 0), EFAULT));
	expect("arch_prctl", syscall(SYS_arch_prctl, 0x1003, &base) == 0 && base != 0 &&
	       fails(syscall(SYS_arch_prctl, 99, &base), EINVAL) &&
	       fails(syscall(SYS_arch_prctl, 0x1002, 1ul << 47), EPERM));
	expect("yield and affinity", sched_yield() == 0 && syscall(SYS_sched_getaffinity, 0, 8, &set) >= 0 &&
	       (set & 1));
	expect("thread", syscall(SYS_gettid) == getpid());
	expect("no such call", fails(syscall(511, 0), ENOSYS) && fails(syscall(99999, 0), ENOSYS) &&
	       fails(syscall(-1, 0), ENOSYS));
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1)
		return child_main(argc, argv, envp);
	self = argv[0];
	setvbuf(stdout, 0, _IONBF, 0);
	test_fork();
	test_spawn();
	test_exec();
	test_exec_keeps();
	test_exec_busy();
	test_exec_limits();
	test_mmap();
	test_shared();
	test_mapped_file();
	test_brk();
	test_identity();
	test_limits();
	test_time();
	test_small_calls();
	return 0;
}
