/* SPDX-License-Identifier: MIT */
/* What setrlimit limits: memory, data, stack, files, their sizes, processes, signals. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "try.h"

#define MIB (1l << 20)
/* What limits the size of files must not end our own output. */
#define BASE MIB

static const struct timespec *none;
static uid_t nobody;                    /* nobody else's, nor of another run of this */

static int limit(int resource, rlim_t soft)
{
	struct rlimit both;

	if (getrlimit(resource, &both))
		return -1;
	both.rlim_cur = soft;
	return setrlimit(resource, &both);
}

static void *map(long bytes, int protection, int flags)
{
	return mmap(0, (size_t)bytes, protection, flags | MAP_ANONYMOUS, -1, 0);
}

static int maps(long bytes, int protection, int flags)
{
	return map(bytes, protection, flags) == MAP_FAILED ? -1 : 0;
}

/* brk(2) itself: a C library's may do something else. */
static int grow(long bytes)
{
	long end = syscall(SYS_brk, 0);

	return syscall(SYS_brk, end + bytes) == end + bytes ? 0 : -1;
}

/* ---- memory ---- */

static void address_space(void)
{
	char *memory;

	TRY(limit(RLIMIT_AS, 256 * MIB));
	memory = map(100 * MIB, PROT_READ, MAP_PRIVATE);
	TRY(maps(200 * MIB, PROT_NONE, MAP_PRIVATE));
	TRY(grow(200 * MIB));
	TRY(mremap(memory, 100 * MIB, 300 * MIB, MREMAP_MAYMOVE) == MAP_FAILED);
	/* In place of what is there already it is nothing more. */
	TRY(mmap(memory, 100 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	    memory);
	TRY(munmap(memory, 100 * MIB));
	TRY(maps(200 * MIB, PROT_NONE, MAP_PRIVATE));
	TRY(maps(MIB, PROT_READ | PROT_WRITE, MAP_SHARED));
}

static void data(void)
{
	char *memory;

	TRY(limit(RLIMIT_DATA, 64 * MIB));
	TRY(maps(100 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	TRY(maps(32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	TRY(maps(2 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED));
	memory = map(100 * MIB, PROT_READ, MAP_PRIVATE);
	TRY(memory != MAP_FAILED);
	TRY(mprotect(memory, 100 * MIB, PROT_READ | PROT_WRITE));
	TRY(mprotect(memory, MIB, PROT_READ | PROT_WRITE));
	TRY(grow(100 * MIB));
	TRY(grow(MIB));
}

static void deep(long bytes);
static void (*volatile deeper)(long) = deep;
static void deep(long bytes)
{
	volatile char room[4096];

	room[0] = 1;
	if (bytes > 0)
		deeper(bytes - 4096);
	room[1] = room[0];
}

static void small_stack(void) { (void)limit(RLIMIT_STACK, MIB); deep(3 * MIB); }
static void default_stack(void) { (void)limit(RLIMIT_STACK, 8 * MIB); deep(3 * MIB); }

/* ---- files ---- */

static void descriptors(void)
{
	int ends[2], count = 0;

	TRY(limit(RLIMIT_NOFILE, 10));
	TRY(dup2(0, 10));
	TRY(dup2(0, 9));
	TRY(fcntl(0, F_DUPFD, 10));
	TRY(fcntl(0, F_DUPFD, 9));
	for (count = 0; dup(0) >= 0; )
		count++;
	printf("%d duplicates, %s\n", count, strerror(errno));
	close(8);
	TRY(pipe(ends));
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	TRY(open("/dev/null", O_RDONLY));
	TRY(open("/dev/null", O_RDONLY));
	TRY(open("new", O_CREAT | O_WRONLY, 0600));
	TRY(access("new", F_OK));
	/* Those above a lower limit stay. */
	TRY(limit(RLIMIT_NOFILE, 3));
	TRY(fcntl(9, F_GETFD));
	TRY(limit(RLIMIT_NOFILE, 1024));
	TRY(close(9));
}

static void many_files(void)
{
	int count = 0;

	TRY(limit(RLIMIT_NOFILE, 1024));
	while (open("many", O_CREAT | O_RDWR, 0600) >= 0)
		count++;
	printf("%d files, %s\n", count, strerror(errno));
}

static void large_files(void)
{
	static const char text[3000];
	struct stat status;
	int file = open("large", O_CREAT | O_RDWR | O_TRUNC, 0600);

	signal(SIGXFSZ, SIG_IGN);
	TRY(limit(RLIMIT_FSIZE, BASE + 5000));
	lseek(file, BASE, SEEK_SET);
	TRY(write(file, text, sizeof(text)));
	TRY(write(file, text, sizeof(text)));
	TRY(write(file, text, sizeof(text)));
	TRY(pwrite(file, text, 1, BASE + 5000));
	TRY(pwrite(file, text, 1, BASE + 4999));
	TRY(pwrite(file, text, 0, BASE + 6000));
	TRY(ftruncate(file, BASE + 5000));
	TRY(ftruncate(file, BASE + 5001));
	TRY(truncate("large", BASE + 5001));
	TRY(truncate("not there", BASE + 5001));
	TRY(posix_fallocate(file, 0, BASE + 5001));
	TRY(fstat(file, &status));
	printf("%ld bytes\n", (long)status.st_size);
	/* What is longer already may be written, up to the limit. */
	TRY(limit(RLIMIT_FSIZE, BASE + 100));
	TRY(pwrite(file, text, 200, BASE + 50));
	TRY(ftruncate(file, BASE + 4000));
	TRY(ftruncate(file, BASE + 50));
	signal(SIGXFSZ, SIG_DFL);
	TRY(write(file, text, 0));
	write(file, text, 10);
}

/* ---- processes, signals ---- */

static void processes(void)
{
	int count = 0;
	pid_t child;

	/* No group has that number, and -1 is not meant either. */
	TRY(kill(INT32_MIN, SIGKILL));
	TRY(setgid(nobody));
	TRY(setuid(nobody));
	TRY(limit(RLIMIT_NPROC, 5));
	while ((child = fork()) > 0)
		count++;
	if (!child) {
		pause();
		_exit(0);
	}
	printf("%d children, %s\n", count, strerror(errno));
	signal(SIGTERM, SIG_IGN);
	kill(-1, SIGTERM);
	while (wait(0) > 0)
		count--;
	TRY(count);
	TRY(fork() ? 0 : (_exit(0), 0));
}

static void signals(void)
{
	const union sigval value = { .sival_int = 1 };
	sigset_t all;
	int count = 0;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, 0);
	TRY(setgid(nobody));
	TRY(setuid(nobody));
	TRY(limit(RLIMIT_SIGPENDING, 5));
	while (!sigqueue(getpid(), count % 2 ? SIGRTMIN : SIGRTMIN + 1, value) && count < 10000)
		count++;
	printf("%d signals, %s\n", count, strerror(errno));
	/* These are never lost, only what goes with them. */
	TRY(kill(getpid(), SIGUSR1));
	TRY(sigqueue(getpid(), SIGUSR2, value));
	TRY(sigtimedwait(&all, 0, none) == SIGUSR1);
	TRY(sigtimedwait(&all, 0, none) == SIGUSR2);
	while (sigtimedwait(&all, 0, &(struct timespec){ 0 }) > 0)
		count--;
	TRY(count);
}

/* ---- who may change what ---- */

static void changes(void)
{
	struct rlimit both = { 5, 4 };

	TRY(setrlimit(RLIMIT_CORE, &both));
	TRY(getrlimit(16, &both));
	TRY(getrlimit(-1, &both));
	TRY(getrlimit(RLIMIT_CORE, (void *)8));
	TRY(prlimit(99999, RLIMIT_CORE, 0, &both));
	both = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	TRY(setrlimit(RLIMIT_NOFILE, &both));
	both = (struct rlimit){ 100, 200 };
	TRY(setrlimit(RLIMIT_MEMLOCK, &both));
	TRY(prlimit(0, RLIMIT_MEMLOCK, 0, &both));
	printf("%ld %ld\n", (long)both.rlim_cur, (long)both.rlim_max);
	TRY(setgid(nobody));
	TRY(setuid(nobody));
	both.rlim_max = 201;
	TRY(setrlimit(RLIMIT_MEMLOCK, &both));
	both = (struct rlimit){ 200, 200 };
	TRY(setrlimit(RLIMIT_MEMLOCK, &both));
	both.rlim_cur = 201;
	TRY(setrlimit(RLIMIT_MEMLOCK, &both));
	TRY(prlimit(1, RLIMIT_CORE, 0, &both));
	TRY(prlimit(getpid(), RLIMIT_CORE, 0, &both));
}

int main(void)
{
	static void (*const parts[])(void) = {
		address_space, data, small_stack, default_stack, descriptors, many_files,
		large_files, processes, signals, changes,
	};

	nobody = 100000 + (uid_t)getpid();
	for (int i = 3; i < 1024; i++)
		close(i);
	(void)limit(RLIMIT_CORE, 0);
	for (unsigned long i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		in_child(parts[i]);
	return 0;
}
