/* SPDX-License-Identifier: MIT */
/* Ptys and their line discipline: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/system/guest/pty.h"

#define TRY(call) report(#call, (long)(call))

static void report(const char *what, long result)
{
	if (result < 0)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s = %ld\n", what, result);
	fflush(stdout);
}

/* Reads until that has come, and shows all of it. */
static void until(const char *text)
{
	size_t at = 0;
	ssize_t got;

	memset(bytes, 0, sizeof(bytes));
	while (!strstr(bytes, text)) {
		got = read(master, bytes + at, sizeof(bytes) - at - 1);
		if (got <= 0)
			break;
		at += (size_t)got;
	}
	for (size_t i = 0; i < at; i++)
		if (bytes[i] != '\r')
			putchar(bytes[i]);
	fflush(stdout);
}

static void type(const char *keys)
{
	struct pollfd sides[] = { { master, POLLIN, 0 }, { slave, POLLIN, 0 } };

	if (write(master, keys, strlen(keys)) != (ssize_t)strlen(keys))
		printf("typed less\n");
	/* Linux hands it over from a work queue: the first byte is waited for, the rest follows. */
	poll(sides, 2, 1000);
	usleep(50000);
}

static void opening(void)
{
	int locked = -1, fd;
	struct stat info;
	char name[64];

	master = posix_openpt(O_RDWR | O_NOCTTY);
	TRY(ioctl(master, TIOCGPTLCK, &locked));
	printf("locked %d\n", locked);
	printf("%.9s\n", ptsname(master));
	TRY(open(ptsname(master), O_RDWR | O_NOCTTY));
	TRY(unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	TRY(slave >= 0);
	TRY(isatty(slave));
	TRY(isatty(master));
	TRY(ttyname_r(slave, name, sizeof(name)));
	printf("same name %d\n", strcmp(name, ptsname(master)) == 0);
	TRY(fstat(slave, &info));
	printf("type %o same number %d\n", info.st_mode & S_IFMT,
	       (int)(info.st_rdev & 0xff) == atoi(name + 9));
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	TRY(fd >= 0);
	close(fd);
	TRY(ioctl(slave, TIOCGPTN, &locked));
	TRY(lseek(master, 0, SEEK_SET));
	TRY(tcgetpgrp(slave));
	TRY(tcgetsid(slave));
	close_pair();
}

static void lines(void)
{
	struct termios mode;
	int number;

	open_pair();
	printf("poll %x %x\n", ready(master, POLLIN | POLLOUT, 0), ready(slave, POLLIN | POLLOUT, 0));
	type("hello");
	show("echo", master);
	show("slave", slave);
	type("\177\177p!\n");
	TRY(ioctl(slave, FIONREAD, &number));
	printf("%d\n", number);
	show("echo", master);
	show("slave", slave);
	type("kill\025word one\027two\n");
	show("echo", master);
	show("slave", slave);
	type("a\026\003b\n");
	show("echo", master);
	show("slave", slave);
	type("\004");
	show("end of file", slave);
	type("part\004");
	show("part", slave);
	type("one\ntwo\n");
	show("one", slave);
	show("two", slave);
	show("echo", master);
	write(slave, "a\nb\tc", 5);
	show("output", master);
	tcgetattr(slave, &mode);
	printf("%x %x %x %x\n", mode.c_iflag, mode.c_oflag, mode.c_cflag, mode.c_lflag);
	mode.c_lflag &= ~(unsigned)ECHO;
	mode.c_cc[VEOL] = ';';
	mode.c_iflag |= IUTF8;
	tcsetattr(slave, TCSANOW, &mode);
	type("x;y\303\244\177\n");
	show("echo", master);
	show("slave", slave);
	show("slave", slave);
	mode.c_iflag |= INLCR | IGNCR | ISTRIP;
	tcsetattr(slave, TCSADRAIN, &mode);
	type("i\rj\301\n");
	show("slave", slave);
	close_pair();
}

static void raw(void)
{
	struct termios mode;

	open_pair();
	tcgetattr(slave, &mode);
	cfmakeraw(&mode);
	tcsetattr(slave, TCSANOW, &mode);
	type("a\003\r\n");
	show("echo", master);
	show("slave", slave);
	write(slave, "x\ny", 3);
	show("output", master);
	mode.c_cc[VMIN] = 0;
	mode.c_cc[VTIME] = 1;
	tcsetattr(slave, TCSANOW, &mode);
	TRY(read(slave, bytes, 10));
	mode.c_cc[VMIN] = 3;
	mode.c_cc[VTIME] = 0;
	tcsetattr(slave, TCSANOW, &mode);
	type("ab");
	if (fork() == 0) {
		usleep(5000);
		type("cd");
		_exit(0);
	}
	TRY(read(slave, bytes, 3));
	wait(NULL);
	TRY(read(slave, bytes, 1));
	type("dropped");
	TRY(tcflush(slave, TCIFLUSH));
	show("flushed", slave);
	TRY(tcflow(slave, TCOOFF));
	fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
	write(slave, "held", 4);
	TRY(tcflow(slave, TCOON));
	write(slave, "free", 4);
	TRY(tcflush(slave, 7));
	close_pair();
}

static void on_signal(int signal)
{
	printf("signal %d\n", signal);
	fflush(stdout);
}

/* A session of its own on the slave's side. */
static void session(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct winsize size = { 24, 80, 0, 0 };
	struct pollfd polled = { .events = POLLIN };
	sigset_t all, none;
	int status;
	pid_t child;

	open_pair();
	sigemptyset(&none);
	sigaddset(&none, SIGHUP);
	ioctl(slave, TIOCSWINSZ, &size);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(master);
		setsid();
		polled.fd = slave;
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		TRY(open("/dev/tty", O_RDWR));
		TRY(ioctl(slave, TIOCSCTTY, 0));
		TRY(open("/dev/tty", O_RDWR) >= 0);
		TRY(tcgetpgrp(slave) == getpid());
		TRY(tcgetsid(slave) == getpid());
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGQUIT, &action, NULL);
		sigaction(SIGTSTP, &action, NULL);
		sigaction(SIGWINCH, &action, NULL);
		for (int i = 0; i < 5; i++) {
			write(slave, "ready\n", 6);
			/* Signals come in here only. */
			TRY(ppoll(&polled, 1, NULL, &none));
		}
		TRY(read(slave, bytes, 100));
		ioctl(slave, TIOCGWINSZ, &size);
		printf("size %d %d\n", size.ws_row, size.ws_col);
		ioctl(slave, TIOCSTI, "s");
		ioctl(slave, TIOCSTI, "\n");
		TRY(read(slave, bytes, 100));
		write(slave, "last\n", 5);
		TRY(ppoll(&polled, 1, NULL, &none));
		TRY(read(slave, bytes, 100));
		TRY(write(slave, bytes, 1));
		sigpending(&all);
		printf("hung up %d\n", sigismember(&all, SIGHUP));
		fflush(stdout);
		_exit(3);
	}
	close(slave);
	until("ready\r\n");
	for (const char *key = "\003\034\032\001\r"; *key; key++) {
		if (*key == 1) {
			size.ws_col = 100;
			ioctl(master, TIOCSWINSZ, &size);
		} else {
			write(master, key, 1);
		}
		until(*key == '\r' ? "last\r\n" : "ready\r\n");
	}
	close(master);
	waitpid(child, &status, 0);
	printf("status %x\n", status);
}

static void jobs(void)
{
	struct termios mode;
	int status, report_pipe[2];
	pid_t child;

	open_pair();
	pipe(report_pipe);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		pid_t job;

		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		tcgetattr(slave, &mode);
		mode.c_lflag |= TOSTOP;
		tcsetattr(slave, TCSANOW, &mode);
		job = fork();
		if (job == 0) {
			setpgid(0, 0);
			read(slave, bytes, 1);
			write(slave, "out", 3);
			_exit(0);
		}
		setpgid(job, job);
		waitpid(job, &status, WUNTRACED);
		printf("reader stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
		TRY(tcsetpgrp(slave, job));
		kill(-job, SIGCONT);
		write(report_pipe[1], "x", 1);
		waitpid(job, &status, WUNTRACED);
		printf("exited %d\n", WIFEXITED(status));
		signal(SIGTTOU, SIG_IGN);
		TRY(tcsetpgrp(slave, getpid()));
		fflush(stdout);
		_exit(0);
	}
	read(report_pipe[0], bytes, 1);
	type("\n");
	waitpid(child, &status, 0);
	show("job said", master);
	close_pair();
}

static void ends(void)
{
	open_pair();
	write(slave, "bye", 3);
	close(slave);
	printf("poll %x\n", ready(master, POLLIN | POLLOUT, 0));
	show("rest", master);
	show("nothing", master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	show("again", master);
	close(master);
	printf("poll %x\n", ready(slave, POLLIN | POLLOUT, 0));
	TRY(read(slave, bytes, 1));
	TRY(write(slave, bytes, 1));
	close(slave);
}

/* Both sides come from a process that is gone by the time they are used. */
static void passing(void)
{
	union { char bytes[CMSG_SPACE(2 * sizeof(int))]; struct cmsghdr align; } control;
	struct iovec part = { "x", 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *one = CMSG_FIRSTHDR(&message);
	int ends_of_pair[2], sides[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of_pair);
	if (fork() == 0) {
		open_pair();
		sides[0] = master;
		sides[1] = slave;
		one->cmsg_level = SOL_SOCKET;
		one->cmsg_type = SCM_RIGHTS;
		one->cmsg_len = CMSG_LEN(sizeof(sides));
		memcpy(CMSG_DATA(one), sides, sizeof(sides));
		sendmsg(ends_of_pair[1], &message, 0);
		_exit(0);
	}
	wait(NULL);
	part.iov_base = bytes;
	TRY(recvmsg(ends_of_pair[0], &message, 0));
	memcpy(sides, CMSG_DATA(one), sizeof(sides));
	master = sides[0];
	slave = sides[1];
	type("typed\n");
	show("slave", slave);
	show("echo", master);
	close(slave);
	show("alone", master);
	close(master);
	close(ends_of_pair[0]);
	close(ends_of_pair[1]);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } part[] = {
		{ "opening", opening }, { "lines", lines }, { "raw", raw },
		{ "session", session }, { "jobs", jobs }, { "ends", ends },
		{ "passing", passing },
	};

	for (unsigned i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (argc > 1 && strcmp(argv[1], part[i].name))
			continue;
		printf("---- %s\n", part[i].name);
		fflush(stdout);
		part[i].run();
		fflush(stdout);
	}
	return 0;
}
