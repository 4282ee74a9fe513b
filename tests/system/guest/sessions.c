/* SPDX-License-Identifier: MIT */
/* Controlling terminals: who has one, loses it, is hung up, is stopped by it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "tests/system/guest/pty.h"
#include "tests/system/guest/try.h"

static void sessions(void)
{
	pid_t child;

	open_pair();
	TRY(ioctl(master, TIOCGPGRP, bytes) == 0 && *(int *)bytes == 0);
	TRY(tcgetsid(master));
	TRY(tcsetpgrp(slave, getpid()));
	TRY(ioctl(slave, TIOCNOTTY));
	child = fork();
	if (!child) {
		TRY(ioctl(slave, TIOCSCTTY, 0));
		setsid();
		TRY(ioctl(master, TIOCSCTTY, 0));
		TRY(ioctl(slave, TIOCSCTTY, 0));
		TRY(ioctl(slave, TIOCSCTTY, 0));
		TRY(tcgetsid(master) == getpid());
		TRY(tcgetpgrp(master) == getpid());
		TRY(tcsetpgrp(slave, 1));
		TRY(tcsetpgrp(slave, 999999));
		TRY(tcsetpgrp(slave, -1));
		fflush(stdout);
		if (!fork()) {
			TRY(ioctl(slave, TIOCSCTTY, 0));
			setsid();
			TRY(tcgetsid(slave));
			TRY(ioctl(slave, TIOCSCTTY, 0));
			if (geteuid() == 0)
				TRY(ioctl(slave, TIOCSCTTY, 1));
			TRY(tcgetsid(slave) == getpid());
			fflush(stdout);
			_exit(0);
		}
		wait(NULL);
		TRY(tcgetsid(slave));
		TRY(open("/dev/tty", O_RDWR));
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	close_pair();
}

static volatile int hangups, continued;

static void on_hangup(int signal)
{
	*(signal == SIGHUP ? &hangups : &continued) += 1;
}

/* A leader with a job in the foreground, that hears of nothing before the leader has ended. */
static void leader(int to_tell)
{
	struct sigaction action = { .sa_handler = on_hangup };
	sigset_t none;
	pid_t job;

	sigemptyset(&none);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGCONT, &action, NULL);
	close(master);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	signal(SIGTTOU, SIG_IGN);
	job = fork();
	if (!job) {
		setpgid(0, 0);
		while (!hangups)
			usleep(2000);
		write(to_tell, "job\n", 4);
		_exit(0);
	}
	setpgid(job, job);
	tcsetpgrp(slave, job);
	write(to_tell, "ready\n", 6);
	while (!hangups || !continued)
		usleep(2000);
	TRY(read(slave, bytes, 1));
	TRY(write(slave, bytes, 1));
	TRY(tcgetattr(slave, (struct termios *)bytes));
	TRY(tcgetpgrp(slave));
	TRY(tcsetpgrp(slave, job));
	TRY(ready(slave, POLLIN, 0));
	TRY(open("/dev/tty", O_RDWR));
	TRY(kill(job, 0));
	fflush(stdout);
	write(to_tell, "leader\n", 7);
	_exit(0);
}

static void until(int from, const char *text)
{
	size_t at = 0;

	memset(bytes, 0, sizeof(bytes));
	while (!strstr(bytes, text) && read(from, bytes + at, 1) == 1)
		at++;
	printf("%s", bytes);
	fflush(stdout);
}

static void hanging_up(void)
{
	int told[2];
	pid_t child;

	open_pair();
	pipe(told);
	fflush(stdout);
	child = fork();
	if (!child)
		leader(told[1]);
	close(told[1]);
	close(slave);
	until(told[0], "ready\n");
	close(master);
	until(told[0], "leader\n");
	waitpid(child, NULL, 0);
	until(told[0], "job\n");
	close(told[0]);
}

/* A reader that sleeps when the master is closed. */
static void sleeping(void)
{
	int told[2];

	open_pair();
	pipe(told);
	fflush(stdout);
	if (!fork()) {
		close(master);
		write(told[1], "sleeps\n", 7);
		TRY(read(slave, bytes, 1));
		TRY(read(slave, bytes, 1));
		fflush(stdout);
		_exit(0);
	}
	close(slave);
	until(told[0], "sleeps\n");
	usleep(30000);
	close(master);
	wait(NULL);
	close(told[0]);
	close(told[1]);
}

/* vhangup(2), which only root may do. */
static void vhangups(void)
{
	if (geteuid())
		return;
	open_pair();
	fflush(stdout);
	if (!fork()) {
		setsid();
		signal(SIGHUP, SIG_IGN);
		ioctl(slave, TIOCSCTTY, 0);
		TRY(vhangup());
		TRY(write(slave, "x", 1));
		TRY(read(slave, bytes, 1));
		TRY(open("/dev/tty", O_RDWR));
		TRY(ready(master, POLLIN, 0));
		close(slave);
		slave = open(ptsname(master), O_RDWR);
		TRY(write(slave, "again", 5));
		TRY(tcgetsid(slave) == getpid());
		show_later("master", master);
		TRY(ioctl(slave, 0x5437, 0));
		TRY(isatty(slave));
		if (!setgid(65534) && !setuid(65534))
			TRY(vhangup());
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	close_pair();
}

/* Whoever is in the background and changes something. */
static void background(void)
{
	open_pair();
	fflush(stdout);
	if (!fork()) {
		pid_t job;
		int status;

		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		job = fork();
		if (!job) {
			setpgid(0, 0);
			tcflush(slave, TCIFLUSH);
			tcflow(slave, TCOON);
			tcdrain(slave);
			_exit(0);
		}
		setpgid(job, job);
		while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
			printf("stopped by %d\n", WSTOPSIG(status));
			tcsetpgrp(slave, job);
			kill(job, SIGCONT);
			signal(SIGTTOU, SIG_IGN);
			while (waitpid(job, &status, WUNTRACED) != job)
				;
			break;
		}
		printf("status %x\n", status);
		tcsetpgrp(slave, getpid());
		fflush(stdout);
		/* Nobody could make it go on. */
		job = fork();
		if (!job) {
			setpgid(0, 0);
			if (!fork()) {
				usleep(50000);
				signal(SIGTTOU, SIG_DFL);
				TRY(tcflush(slave, TCIFLUSH));
				TRY(read(slave, bytes, 1));
				TRY(tcsetpgrp(slave, getpgrp()));
				fflush(stdout);
				_exit(0);
			}
			_exit(0);
		}
		waitpid(job, &status, 0);
		usleep(300000);
		_exit(0);
	}
	wait(NULL);
	usleep(100000);
	close_pair();
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } part[] = {
		{ "sessions", sessions }, { "hanging up", hanging_up }, { "sleeping", sleeping },
		{ "vhangup", vhangups }, { "background", background },
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
