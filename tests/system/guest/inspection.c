/* SPDX-License-Identifier: MIT */
/*
 * /proc of another process: what its owner and root see, whatever it does just then, and what
 * others do not. Run with an argument it is the one that is looked at.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include "try.h"

static pid_t child;
static char start[PATH_MAX];

static const char *path(const char *name)
{
	static char text[100];

	snprintf(text, sizeof(text), "/proc/%d/%s", child, name);
	return text;
}

/* Without the directory that the test runs in, which differs. */
static void show_link(const char *name)
{
	char text[PATH_MAX];
	ssize_t bytes = readlink(path(name), text, sizeof(text) - 1);
	size_t own = strlen(start);

	if (bytes < 0) {
		printf("%s: %s\n", name, strerror(errno));
		return;
	}
	text[bytes] = 0;
	if (strchr(text, '['))
		*strchr(text, '[') = 0;
	printf("%s -> %s\n", name, strncmp(text, start, own) ? text : text + own);
}

static void show_text(const char *name)
{
	char text[4096];
	int file = open(path(name), O_RDONLY);
	ssize_t bytes = file < 0 ? -1 : read(file, text, sizeof(text));

	printf("%s: ", name);
	if (bytes < 0)
		printf("%s", strerror(errno));
	for (ssize_t i = 0; i < bytes; i++)
		putchar(text[i] ? text[i] : ' ');
	printf("\n");
	close(file);
}

static void show_list(const char *name)
{
	DIR *directory = opendir(path(name));
	struct dirent *entry;

	printf("%s:", name);
	if (!directory)
		printf(" %s", strerror(errno));
	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] != '.')
			printf(" %s", atoi(entry->d_name) == child ? "pid" : entry->d_name);
	}
	printf("\n");
	if (directory)
		closedir(directory);
}

/* The line of status that begins so. */
static void show_status(const char *name)
{
	char line[200];
	FILE *file = fopen(path("status"), "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, strlen(name)))
			fputs(line, stdout);
	}
	if (file)
		fclose(file);
}

static void show_maps(void)
{
	char line[PATH_MAX + 100];
	FILE *file = fopen(path("maps"), "r");
	int program = 0, stack = 0;

	while (file && fgets(line, sizeof(line), file)) {
		program |= strstr(line, "r-xp") && strstr(line, "inspection");
		stack |= strstr(line, "rw-p") && strstr(line, "[stack]");
	}
	printf("maps: program %d stack %d\n", program, stack);
	if (file)
		fclose(file);
}

static void look(void)
{
	struct stat own, other;

	show_link("cwd");
	show_link("fd/0");
	show_link("fd/7");
	show_link("fd/8");
	show_link("fd/9");
	show_link("fd/77");
	show_list("fd");
	show_text("cmdline");
	show_text("environ");
	show_text("comm");
	show_text("fdinfo/77");
	show_maps();
	show_status("SigCgt");
	show_status("SigBlk");
	show_status("Umask");
	show_status("Groups");
	show_status("Threads");
	TRY(stat(path("fd/7"), &other));
	TRY(stat("sub/file", &own));
	printf("same file: %d\n", result == 0 && own.st_ino == other.st_ino);
	TRY(close(open(path("cwd/file"), O_RDONLY)));
	TRY(close(open(path("fd/7"), O_RDONLY)));
	TRY(close(open(path("root/proc/version"), O_RDONLY)));
}

static void other_user(void)
{
	TRY(setgid(99));
	TRY(setuid(99));
	show_link("cwd");
	show_link("exe");
	show_link("root");
	show_link("fd/7");
	show_list("fd");
	show_text("environ");
	show_text("cmdline");
	show_text("comm");
	show_maps();
	TRY(open(path("cwd/file"), O_RDONLY));
	TRY(open(path("fdinfo/7"), O_RDONLY));
}

static void *nothing(void *name)
{
	prctl(PR_SET_NAME, name);
	*(char *)name = 0;
	for (;;)
		pause();
	return NULL;
}

static void handler(int signal)
{
	(void)signal;
}

static int looked_at(void)
{
	static volatile char name[] = "further";
	sigset_t set;
	pthread_t thread;
	int pipes[2];

	if (chdir("sub") || dup2(open("file", O_RDWR | O_APPEND), 7) != 7 ||
	    lseek(7, 2, SEEK_SET) != 2)
		return 1;
	if (pipe(pipes) || dup2(pipes[0], 8) != 8 || dup2(open("/dev/null", O_RDONLY), 9) != 9)
		return 1;
	for (int i = 3; i < 7; i++)
		close(i);
	for (int i = 10; i < 1024; i++)
		close(i);
	umask(027);
	signal(SIGUSR1, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pthread_create(&thread, NULL, nothing, (void *)name))
		return 1;
	while (name[0])
		usleep(1000);
	raise(SIGSTOP);
	for (;;)
		pause();
}

/* Threads have directories of their own. */
static void threads(void)
{
	DIR *directory = opendir(path("task"));
	char name[100], text[100];
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "/proc/%d/task/%s/comm", child, entry->d_name);
		file = fopen(name, "r");
		if (file && fgets(text, sizeof(text), file))
			printf("thread %s: %s",
			       atoi(entry->d_name) == child ? "pid" : "other", text);
		if (file)
			fclose(file);
	}
	if (directory)
		closedir(directory);
}

static void write_text(const char *name, const char *text)
{
	int file = open(name, O_WRONLY);

	printf("%s: ", name);
	TRY(write(file, text, strlen(text)));
	close(file);
}

static void names(void)
{
	char name[16];
	struct utsname names;

	write_text("/proc/self/comm", "a name that is too long");
	prctl(PR_GET_NAME, name);
	printf("%s\n", name);
	TRY(uname(&names));
	TRY(sethostname("other", 200));
	TRY(sethostname(names.nodename, strlen(names.nodename)));
	if (!setuid(99)) {
		TRY(sethostname("other", 5));
		TRY(setdomainname("other", 5));
	}
}

int main(int count, char **arguments)
{
	char *run[] = { "looked at", "by others", NULL };
	char *environment[] = { "A=1", "B=two words", NULL };
	int status;

	(void)arguments;
	if (count > 1)
		return looked_at();
	if (!getcwd(start, sizeof(start)) || mkdir("sub", 0755) ||
	    close(open("sub/file", O_CREAT | O_RDWR, 0644)))
		return 1;
	fflush(stdout);
	child = fork();
	if (!child) {
		execve("/proc/self/exe", run, environment);
		_exit(1);
	}
	TRY(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	show_status("State");
	look();
	threads();
	in_child(other_user);
	TRY(kill(child, SIGCONT));
	show_link("fd/7");
	TRY(kill(child, SIGKILL));
	TRY(waitid(P_PID, child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
	show_status("State");
	show_text("cmdline");
	show_link("cwd");
	TRY(waitpid(child, &status, 0) == child);
	show_text("cmdline");
	show_link("cwd");
	in_child(names);
	return 0;
}
