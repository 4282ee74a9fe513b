/* SPDX-License-Identifier: MIT */
/*
 * exec of programs that make their caller somebody else (set-user-ID, set-group-ID), and what they
 * find. Run with arguments it is such a program.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "try.h"

static int writer;

static void show_ids(void)
{
	uid_t user[3];
	gid_t group[3];

	getresuid(&user[0], &user[1], &user[2]);
	getresgid(&group[0], &group[1], &group[2]);
	printf("users %d %d %d groups %d %d %d secure %lu %lu %lu dumpable %d\n", user[0],
	       user[1], user[2], group[0], group[1], group[2], getauxval(AT_SECURE),
	       getauxval(AT_UID), getauxval(AT_EUID), prctl(PR_GET_DUMPABLE));
}

static int shown(int count, char **arguments)
{
	struct sigaction action;
	struct rlimit limit;
	char text[20] = "", byte;
	sigset_t set;

	show_ids();
	for (int i = 0; i < count; i++)
		printf("<%s>", arguments[i]);
	printf(" <%s> <%s> %s\n", getenv("ONE"), getenv("TWO"), (char *)getauxval(AT_EXECFN));
	for (int i = 0; i < 40; i++) {
		if (fcntl(i, F_GETFD) >= 0)
			printf("descriptor %d flags %x\n", i, fcntl(i, F_GETFL) & 0xfff);
	}
	printf("read %zd %s\n", read(10, text, sizeof(text) - 1), text);
	printf("pipe %zd\n", read(11, &byte, 1));
	printf("cwd %d umask %o\n", access("private", F_OK), umask(0));
	sigprocmask(SIG_BLOCK, NULL, &set);
	sigaction(SIGUSR2, NULL, &action);
	printf("blocked %d ignored %d\n", sigismember(&set, SIGUSR1), action.sa_handler == SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &limit);
	printf("limit %d\n", (int)limit.rlim_cur);
	TRY(close(open("private", O_RDONLY)));
	fflush(stdout);
	return 0;
}

static void prepare(void)
{
	struct rlimit limit = { 64, 64 };
	sigset_t set;
	int pipes[2];

	dup2(open("file", O_RDWR), 10);
	lseek(10, 3, SEEK_SET);
	dup2(10, 12);
	fcntl(12, F_SETFD, FD_CLOEXEC);
	if (pipe(pipes))
		return;
	dup2(pipes[0], 11);
	/* The only writing end is closed by exec: its reader sees the end. */
	fcntl(pipes[1], F_SETFD, FD_CLOEXEC);
	writer = pipes[1];
	close(pipes[0]);
	close(open("/dev/null", O_RDONLY));
	umask(027);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void run(const char *program)
{
	char *arguments[] = { "first", "second argument", "", NULL };
	char *environment[] = { "ONE=1", "TWO=", "LD_PRELOAD=nothing", NULL };

	execve(program, arguments, environment);
	printf("%s: %s\n", program, strerror(errno));
}

static void as_user(void)
{
	TRY(setgroups(0, NULL));
	TRY(setgid(50));
	TRY(setuid(50));
	prepare();
}

static void user_program(void)
{
	as_user();
	run("./user");
}

static void group_program(void)
{
	as_user();
	run("./group");
}

static void both_program(void)
{
	as_user();
	run("./both");
}

static void root_program(void)
{
	as_user();
	run("./root");
}

static void root_runs(void)
{
	prepare();
	run("./user");
}

static void no_new_privileges(void)
{
	as_user();
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	run("./both");
}

static void locking_group(void)
{
	as_user();
	run("./locking");
}

static void script(void)
{
	as_user();
	run("./script");
}

static void own_program(void)
{
	as_user();
	run("./own");
}

/* From a program that did not say how much it has ended. */
static void saved(void)
{
	TRY(setresuid(50, 60, 70));
	run("./plain");
}

static void *in_thread(void *unused)
{
	run("./both");
	return unused;
}

static void of_a_thread(void)
{
	pthread_t thread;

	as_user();
	if (!pthread_create(&thread, NULL, in_thread, NULL))
		pthread_join(thread, NULL);
}

static void of_a_vfork(void)
{
	int status;
	pid_t child;

	as_user();
	close(writer);
	fflush(stdout);
	child = vfork();
	if (!child) {
		char *arguments[] = { "vforked", "x", NULL }, *environment[] = { "ONE=3", NULL };

		execve("./both", arguments, environment);
		_exit(1);
	}
	waitpid(child, &status, 0);
	printf("status %x\n", status);
	show_ids();
}

static void make(const char *self, const char *name, uid_t user, gid_t group, mode_t mode)
{
	char command[500];

	snprintf(command, sizeof(command), "cp %s %s", self, name);
	if (system(command) || chown(name, user, group) || chmod(name, mode))
		perror(name);
}

static void make_file(const char *name, const char *text, uid_t user, mode_t mode)
{
	int file = open(name, O_CREAT | O_WRONLY, 0600);

	if (write(file, text, strlen(text)) < 0 || fchown(file, user, user) || fchmod(file, mode))
		perror(name);
	close(file);
}

int main(int count, char **arguments)
{
	static void (*const parts[])(void) = {
		user_program, group_program, both_program, root_program, root_runs,
		no_new_privileges, locking_group, script, own_program, saved,
		of_a_thread, of_a_vfork,
	};

	if (count > 1)
		return shown(count, arguments);
	for (int i = 3; i < 1024; i++)
		close(i);
	make(arguments[0], "user", 60, 61, 04755);
	make(arguments[0], "group", 60, 61, 02755);
	make(arguments[0], "both", 60, 61, 06755);
	make(arguments[0], "root", 0, 0, 04755);
	make(arguments[0], "locking", 60, 61, 02745);
	make(arguments[0], "own", 50, 50, 06755);
	make(arguments[0], "plain", 0, 0, 0755);
	make_file("file", "some text\n", 50, 0666);
	make_file("private", "secret", 60, 0600);
	make_file("script", "#!./plain of a script\n", 60, 06755);
	if (chmod(".", 0755))
		return 1;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		in_child(parts[i]);
	return 0;
}
