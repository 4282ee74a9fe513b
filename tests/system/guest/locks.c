/* SPDX-License-Identifier: MIT */
/* flock, fcntl's locks of processes and of open file descriptions: conflicts, waiting, ends. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "tests/system/guest/try.h"

static int fd, go[2], ready[2];

static int lock(int file, int command, int type, long start, long length)
{
	struct flock flock = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start,
			       .l_len = length };

	return fcntl(file, command, &flock);
}

static void show(int file, int command, int type, long start, long length)
{
	struct flock flock = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start,
			       .l_len = length };

	if (fcntl(file, command, &flock))
		printf("query: %s\n", strerror(errno));
	else
		printf("query: type %d whence %d start %ld length %ld by %s\n", flock.l_type,
		       flock.l_whence, (long)flock.l_start, (long)flock.l_len,
		       flock.l_pid == getppid() ? "parent" : flock.l_pid == -1 ? "file" : "-");
	fflush(stdout);
}

/* Pipes keep parent and child in step. */
static void signal_to(int pipe[2])
{
	if (write(pipe[1], "x", 1) != 1)
		perror("write");
}

static void await(int pipe[2])
{
	char byte;

	if (read(pipe[0], &byte, 1) != 1)
		perror("read");
}

static void conflicts(void)
{
	TRY(lock(fd, F_SETLK, F_RDLCK, 10, 10));
	TRY(lock(fd, F_SETLK, F_WRLCK, 110, 1));
	TRY(lock(fd, F_SETLK, F_WRLCK, 0, 10));
	TRY(lock(fd, F_SETLK, F_WRLCK, 20, 80));
	TRY(lock(fd, F_SETLK, F_RDLCK, 100, 10));
	TRY(lock(fd, F_SETLK, F_WRLCK, 100, 10));
	TRY(lock(fd, F_SETLK, F_WRLCK, 200, 0));
	show(fd, F_GETLK, F_WRLCK, 0, 0);
	show(fd, F_GETLK, F_RDLCK, 100, 50);
	show(fd, F_GETLK, F_WRLCK, 100, 50);
	show(fd, F_OFD_GETLK, F_WRLCK, 0, 0);
	show(fd, F_GETLK, F_UNLCK, 0, 0);
}

static void arguments(void)
{
	struct flock bytes = { .l_type = F_RDLCK, .l_whence = SEEK_END, .l_start = -5, .l_len = 5 };
	int only_read = open("file", O_RDONLY), only_write = open("file", O_WRONLY);

	TRY(fcntl(fd, F_SETLK, &bytes));
	show(only_read, F_OFD_GETLK, F_WRLCK, 0, 0);
	TRY(lock(fd, F_SETLK, F_RDLCK, 50, -20));
	show(only_read, F_OFD_GETLK, F_WRLCK, 0, 0);
	TRY(lock(fd, F_SETLK, F_RDLCK, 50, -60));
	TRY(lock(fd, F_SETLK, F_RDLCK, -1, 5));
	TRY(lock(fd, F_SETLK, 7, 0, 5));
	TRY(lock(only_read, F_SETLK, F_WRLCK, 0, 5));
	TRY(lock(only_write, F_SETLK, F_RDLCK, 0, 5));
	TRY(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	TRY(lock(99, F_SETLK, F_UNLCK, 0, 0));
	bytes.l_pid = 1;
	TRY(fcntl(fd, F_OFD_SETLK, &bytes));
	TRY(fcntl(fd, F_SETLK, (void *)8));
	TRY(flock(fd, 3));
	TRY(flock(fd, LOCK_NB));
	TRY(flock(99, LOCK_SH));
	close(only_read);
	close(only_write);
}

static void another_descriptor(void)
{
	show(fd, F_GETLK, F_WRLCK, 0, 0);
}

/* Closing any descriptor of the file unlocks. */
static void closing(void)
{
	TRY(lock(fd, F_SETLK, F_WRLCK, 0, 10));
	in_child(another_descriptor);
	close(dup(fd));
	in_child(another_descriptor);
	TRY(lock(fd, F_SETLK, F_WRLCK, 0, 10));
	close(open("file", O_RDONLY));
	in_child(another_descriptor);
}

static void of_descriptions(void)
{
	int second = open("file", O_RDWR);

	TRY(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 10));
	TRY(lock(second, F_OFD_SETLK, F_WRLCK, 5, 10));
	TRY(lock(second, F_SETLK, F_RDLCK, 5, 10));
	TRY(lock(second, F_OFD_SETLK, F_RDLCK, 10, 10));
	close(dup(fd));
	TRY(lock(second, F_OFD_SETLK, F_WRLCK, 5, 10));
	TRY(lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0));
	TRY(lock(second, F_OFD_SETLK, F_WRLCK, 5, 10));
	TRY(flock(fd, LOCK_EX));
	TRY(flock(second, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_SH));
	TRY(flock(second, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(second, LOCK_EX | LOCK_NB));
	TRY(flock(second, LOCK_UN));
	close(second);
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_UN));
}

static void waiter(void)
{
	signal_to(ready);
	TRY(lock(fd, F_SETLKW, F_WRLCK, 0, 1));
}

static void flock_waiter(void)
{
	int own = open("file", O_RDWR);

	signal_to(ready);
	TRY(flock(own, LOCK_EX));
}

/* The parent unlocks when the child is about to wait, or does. */
static void waiting(void (*how)(void), int (*unlock)(void))
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		how();
		_exit(0);
	}
	await(ready);
	usleep(50000);
	unlock();
	waitpid(child, 0, 0);
}

static int unlock_process(void) { return lock(fd, F_SETLK, F_UNLCK, 0, 0); }
static int unlock_flock(void) { return flock(fd, LOCK_UN); }

static void nothing(int number) { (void)number; }

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGALRM, &action, 0);
	alarm(1);
	TRY(lock(fd, F_SETLKW, F_WRLCK, 0, 1));
	alarm(1);
	fd = open("file", O_RDWR);
	TRY(flock(fd, LOCK_SH));
}

static void circle(void)
{
	pid_t child;

	TRY(lock(fd, F_SETLK, F_WRLCK, 1, 1));
	fflush(stdout);
	child = fork();
	if (!child) {
		TRY(lock(fd, F_SETLK, F_WRLCK, 2, 1));
		signal_to(ready);
		await(go);
		/* The parent waits for byte 2 by now, or will: one of the two is refused. */
		result = lock(fd, F_SETLKW, F_WRLCK, 1, 1);
		_exit(result ? errno == EDEADLK ? 1 : 2 : 0);
	}
	await(ready);
	signal_to(go);
	result = lock(fd, F_SETLKW, F_WRLCK, 2, 1);
	{
		int mine = result && errno == EDEADLK, status;

		lock(fd, F_SETLK, F_UNLCK, 0, 0);
		waitpid(child, &status, 0);
		printf("refused: %d\n", mine + (WEXITSTATUS(status) == 1));
	}
}

/* Adds to the number in a file, under locks of both kinds in turn. */
static int count(const char *path, int rounds)
{
	int file = open(path, O_RDWR), number, round;

	for (round = 0; round < rounds; round++) {
		int error = round & 1 ? flock(file, LOCK_EX) : lock(file, F_SETLKW, F_WRLCK, 0, 0);

		/* Whoever has the one kind waits for the other one too. */
		error |= round & 1 ? lock(file, F_SETLKW, F_WRLCK, 0, 0) : 0;
		if (error || pread(file, &number, sizeof(number), 0) != sizeof(number))
			return 1;
		number++;
		if (pwrite(file, &number, sizeof(number), 0) != sizeof(number))
			return 1;
		lock(file, F_SETLK, F_UNLCK, 0, 0);
		flock(file, LOCK_UN);
	}
	return 0;
}

/* `locks count FILE ROUNDS`, `locks hold FILE PROGRAM`, `locks try FILE`: for the crash tests. */
static int command(char **words)
{
	int file = open(words[1], O_RDWR);

	if (!strcmp(words[0], "count"))
		return count(words[1], atoi(words[2]));
	if (!strcmp(words[0], "hold"))
		return lock(file, F_SETLK, F_WRLCK, 0, 0) || flock(file, LOCK_EX) ||
			system(words[2]);
	printf("%s %s\n", lock(file, F_SETLK, F_WRLCK, 0, 0) ? "held" : "free",
	       flock(file, LOCK_EX | LOCK_NB) ? "held" : "free");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return command(argv + 1);
	fd = open("file", O_RDWR | O_CREAT, 0666);
	if (fd < 0 || ftruncate(fd, 1000) || pipe(go) || pipe(ready))
		return 1;
	TRY(lock(fd, F_SETLK, F_RDLCK, 0, 20));
	TRY(lock(fd, F_SETLK, F_WRLCK, 20, 80));
	TRY(lock(fd, F_SETLK, F_RDLCK, 100, 50));
	in_child(conflicts);
	TRY(lock(fd, F_SETLK, F_UNLCK, 30, 20));
	in_child(conflicts);
	TRY(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	in_child(conflicts);
	arguments();
	closing();
	of_descriptions();
	TRY(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	waiting(waiter, unlock_process);
	TRY(flock(fd, LOCK_EX));
	waiting(flock_waiter, unlock_flock);
	TRY(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	TRY(flock(fd, LOCK_EX));
	in_child(interrupted);
	TRY(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	circle();
	return 0;
}
