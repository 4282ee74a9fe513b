/* SPDX-License-Identifier: MIT */
/*
 * The first program. With /script (make run SCRIPT=...) it runs that, its output to /dev/report;
 * else a shell on the console. When it has ended, or on `poweroff`, all others are ended, disks are
 * written, and the machine is switched off with the status of the script or shell.
 * What /extra has and the root disk lacks is found where programs look: /lib, /usr, /bin/NAME.
 * It is an ordinary Linux program and asks for nothing but what Linux offers an init.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* reboot(2) wants these first. */
#define REBOOT_MAGIC1 0xfee1dead
#define REBOOT_MAGIC2 672274793

static volatile sig_atomic_t asked_to_end;

static void on_end(int signal)
{
	(void)signal;
	asked_to_end = 1;
}

static void on_child(int signal)
{
	(void)signal;
}

/* Signals are blocked but while init waits, so that none is missed between a look and the wait. */
static void catch_signals(sigset_t *waiting)
{
	static const int end_signals[] = { SIGUSR1, SIGUSR2, SIGTERM };
	struct sigaction action = { .sa_handler = on_end };
	sigset_t blocked;
	unsigned int i;

	sigemptyset(&blocked);
	for (i = 0; i < sizeof(end_signals) / sizeof(*end_signals); i++) {
		sigaction(end_signals[i], &action, 0);
		sigaddset(&blocked, end_signals[i]);
	}
	action.sa_handler = on_child;
	sigaction(SIGCHLD, &action, 0);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, waiting);
}

static void redirect(int descriptor, const char *path, int flags)
{
	int opened = open(path, flags);

	if (opened < 0)
		return;
	dup2(opened, descriptor);
	if (opened > STDERR_FILENO)
		close(opened);
}

/* A link that an earlier start made and that leads nowhere any more goes. */
static void link_one(const char *from, const char *to)
{
	char is[300];
	ssize_t bytes = readlink(to, is, sizeof(is));

	if (bytes == (ssize_t)strlen(from) && !memcmp(is, from, strlen(from)) && access(from, F_OK))
		unlink(to);
	if (!access(from, F_OK) && symlink(from, to) && errno != EEXIST)
		perror(to);
}

/* For each name in the directory `names`: /bin/NAME leads to /extra/bin/NAME, if there is none. */
static void link_programs(const char *names)
{
	char from[300], to[300];
	DIR *directory = opendir(names);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		snprintf(from, sizeof(from), "/extra/bin/%s", entry->d_name);
		snprintf(to, sizeof(to), "/bin/%s", entry->d_name);
		link_one(from, to);
	}
	if (directory)
		closedir(directory);
}

static void link_extra(void)
{
	static const char *const names[] = { "lib", "lib64", "opt", "sbin", "usr" };
	char from[64], to[64];
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(from, sizeof(from), "/extra/%s", names[i]);
		snprintf(to, sizeof(to), "/%s", names[i]);
		link_one(from, to);
	}
	/* The links of a kept disk may be older than what is in /extra now. */
	if (access("/script", F_OK))
		link_programs("/bin");
	link_programs("/extra/bin");
}

static void exec_script(void)
{
	static char *const arguments[] = { "/bin/sh", "/script", 0 };
	static char *const environment[] = { "PATH=/bin", "HOME=/", 0 };

	/* What it sends to its group does not reach us. */
	setsid();
	redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
	redirect(STDOUT_FILENO, "/dev/report", O_WRONLY);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	execve(arguments[0], arguments, environment);
}

/* A number from 1 to 9999, or 0. */
static unsigned short number_of(const char *name)
{
	const char *text = getenv(name);
	long value = text ? strtol(text, 0, 10) : 0;

	return value > 0 && value < 10000 ? (unsigned short)value : 0;
}

/* A serial line does not tell its size: make run says it, as LINES and COLUMNS. */
static void set_size(void)
{
	struct winsize size = { .ws_row = number_of("LINES"), .ws_col = number_of("COLUMNS") };

	if (size.ws_row && size.ws_col)
		ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
}

static void exec_shell(void)
{
	static char *const arguments[] = { "-sh", 0 };
	char term[64];
	const char *given = getenv("TERM");
	char *environment[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/root", term,
				"USER=root", "SHELL=/bin/sh", 0 };

	snprintf(term, sizeof(term), "TERM=%s", given && *given ? given : "linux");
	setsid();
	redirect(STDIN_FILENO, "/dev/console", O_RDWR);
	redirect(STDOUT_FILENO, "/dev/console", O_RDWR);
	redirect(STDERR_FILENO, "/dev/console", O_RDWR);
	ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	set_size();
	if (chdir("/root"))
		perror("/root");
	execve("/bin/sh", arguments, environment);
}

static pid_t start(int script, const sigset_t *unblocked)
{
	pid_t child = fork();

	if (child < 0)
		perror("init: fork");
	if (child)
		return child;
	sigprocmask(SIG_SETMASK, unblocked, 0);
	if (script)
		exec_script();
	else
		exec_shell();
	perror("init: /bin/sh");
	_exit(127);
}

static void greet(void)
{
	char text[1024];
	int motd = open("/etc/motd", O_RDONLY);
	ssize_t bytes = motd < 0 ? 0 : read(motd, text, sizeof(text));

	if (bytes > 0 && write(STDOUT_FILENO, text, (size_t)bytes) < 0)
		perror("init: console");
	close(motd);
}

/* Reaps whoever ends until `child` has, or somebody asks for the end. Gives the exit status. */
static int wait_for(pid_t child, const sigset_t *waiting)
{
	int status;
	pid_t ended;

	if (child < 0)
		return 127;
	while (!asked_to_end) {
		while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
			if (ended == child)
				return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		sigsuspend(waiting);
	}
	return 0;
}

/* Gives the others half a second to end by themselves. */
static void end_others(void)
{
	int tries;

	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	for (tries = 0; tries < 50; tries++) {
		while (waitpid(-1, 0, WNOHANG) > 0)
			;
		if (waitpid(-1, 0, WNOHANG) < 0 && errno == ECHILD)
			return;
		usleep(10000);
	}
	kill(-1, SIGKILL);
}

int main(void)
{
	sigset_t waiting;
	int script = access("/script", R_OK) == 0;
	int status;

	catch_signals(&waiting);
	link_extra();
	if (!script)
		greet();
	status = wait_for(start(script, &waiting), &waiting);
	end_others();
	sync();
	/* The fourth argument of the call means nothing to Linux here; Bulkhead hands it to the host. */
	syscall(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, RB_POWER_OFF, status);
	return status;
}
