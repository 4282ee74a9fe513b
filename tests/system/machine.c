/* SPDX-License-Identifier: MIT */
#include "tests/system/machine.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *build_directory(void)
{
	const char *directory = getenv("O");

	return directory && *directory ? directory : "build";
}

char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = 0;
	size_t bytes = 0, room = 0;

	while (file && !feof(file)) {
		if (bytes + 1 >= room)
			text = realloc(text, room = room * 2 + 4096);
		bytes += fread(text + bytes, 1, room - bytes - 1, file);
	}
	if (!text)
		text = malloc(1);
	text[bytes] = 0;
	if (file)
		fclose(file);
	return text;
}

int run_command(const char *command, char **text)
{
	char path[] = "/tmp/bulkhead-output-XXXXXX";
	char *line;
	int file = mkstemp(path), status;

	cr_assert(file >= 0 && asprintf(&line, "{ %s ; } >%s 2>&1 </dev/null", command, path) > 0);
	close(file);
	status = system(line);
	free(line);
	if (text)
		*text = read_file(path);
	unlink(path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

char *machine_file(struct machine *machine, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", machine->directory, name);
	return read_file(path);
}

/* The last lines of a text: what a person would look at first. */
static const char *tail_of(const char *text)
{
	size_t bytes = strlen(text);

	return text + (bytes > 3000 ? bytes - 3000 : 0);
}

/* The machine at work, of this test's process: 0 none. */
static pid_t running;

void machine_end(void)
{
	if (!running)
		return;
	kill(-running, SIGKILL);
	waitpid(running, 0, 0);
	running = 0;
}

static void fail_with_logs(struct machine *machine, const char *what)
{
	char *log = machine_file(machine, "boot.log");

	machine_end();
	cr_assert_fail("%s\n--- the machine said ---\n%s\n--- boot.log ---\n%s", what,
		       tail_of(machine->text), tail_of(log));
}

/* Variables of tests/system/run, as one environment for it. */
static void set_environment(struct machine *machine, const struct machine_options *options)
{
	char more[1024], number[16];

	setenv("O", build_directory(), 1);
	setenv("OUT", machine->directory, 1);
	setenv("BUILD", options->build ? options->build : "micro", 1);
	setenv("SCRIPT", options->script ? options->script : "", 1);
	setenv("EXTRA", options->extra ? options->extra : "", 1);
	setenv("APPEND", options->append ? options->append : "", 1);
	setenv("ICOUNT", options->icount ? "1" : "0", 1);
	setenv("DISK", machine->disk, 1);
	snprintf(number, sizeof(number), "%d", MACHINE_LIMIT_S);
	setenv("TIMEOUT", number, 1);
	if (options->memory_mib) {
		snprintf(number, sizeof(number), "%u", options->memory_mib);
		setenv("MEM", number, 1);
	}
	snprintf(more, sizeof(more), options->more ? options->more : "", machine->directory,
		 machine->directory);
	setenv("QEMU_MORE", more, 1);
}

static void make_disk(struct machine *machine, const struct machine_options *options)
{
	char *command, *text;

	if (options->disk) {
		snprintf(machine->disk, sizeof(machine->disk), "%s", options->disk);
		cr_assert(asprintf(&command, "mkdir -p '%s'", machine->directory) > 0);
	} else {
		snprintf(machine->disk, sizeof(machine->disk), "%s/disk.img", machine->directory);
		cr_assert(asprintf(&command, "mkdir -p '%s' && cp --sparse=always '%s/root.img' '%s'",
				   machine->directory, build_directory(), machine->disk) > 0);
	}
	cr_assert_eq(run_command(command, &text), 0, "%s: %s", command, text);
	free(command);
	free(text);
}

void machine_start(struct machine *machine, const struct machine_options *options)
{
	int to[2], from[2];

	*machine = (struct machine){ .text = calloc(1, 1), .text_room = 1 };
	snprintf(machine->directory, sizeof(machine->directory), "%s/system/%s%s%s",
		 build_directory(), options->build ? options->build : "",
		 options->build ? "-" : "", options->name);
	make_disk(machine, options);
	signal(SIGPIPE, SIG_IGN);
	cr_assert(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
	machine->process = fork();
	cr_assert(machine->process >= 0);
	if (machine->process == 0) {
		setpgid(0, 0);
		set_environment(machine, options);
		dup2(to[0], 0);
		dup2(from[1], 1);
		dup2(from[1], 2);
		execl("tests/system/run", "run", (char *)0);
		_exit(127);
	}
	running = machine->process;
	setpgid(running, running);
	close(to[0]);
	close(from[1]);
	machine->input = to[1];
	machine->output = from[0];
}

void machine_send(struct machine *machine, const char *text)
{
	size_t bytes = strlen(text);

	if (write(machine->input, text, bytes) != (ssize_t)bytes)
		fail_with_logs(machine, "the machine does not listen");
}

/* Takes what has come; 0 at the end of the output, -1 when nothing came within the limit. */
static int take_output(struct machine *machine, int limit_ms)
{
	struct pollfd waiting = { .fd = machine->output, .events = POLLIN };
	ssize_t bytes;

	if (poll(&waiting, 1, limit_ms) <= 0)
		return -1;
	if (machine->text_room - machine->text_bytes < 4096) {
		machine->text_room = machine->text_room * 2 + 8192;
		machine->text = realloc(machine->text, machine->text_room);
	}
	bytes = read(machine->output, machine->text + machine->text_bytes,
		     machine->text_room - machine->text_bytes - 1);
	if (bytes <= 0)
		return 0;
	machine->text_bytes += (size_t)bytes;
	machine->text[machine->text_bytes] = 0;
	return 1;
}

void machine_expect(struct machine *machine, const char *text, unsigned int limit_s)
{
	struct timespec now;
	time_t end;
	char what[256];
	int taken = 1;

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (end = now.tv_sec + (time_t)limit_s; now.tv_sec <= end;) {
		char *found = strstr(machine->text + machine->seen, text);

		if (found) {
			machine->seen = (size_t)(found - machine->text) + strlen(text);
			return;
		}
		if (taken == 0)
			break;
		taken = take_output(machine, 1000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	snprintf(what, sizeof(what), "%s while waiting for \"%s\" (%u s)",
		 taken ? "hang" : "end", text, limit_s);
	fail_with_logs(machine, what);
}

int machine_finish(struct machine *machine)
{
	int status, taken;

	while ((taken = take_output(machine, MACHINE_LIMIT_S * 1000)) > 0)
		;
	if (taken < 0)
		fail_with_logs(machine, "hang: the run does not end");
	close(machine->input);
	close(machine->output);
	waitpid(machine->process, &status, 0);
	running = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void machine_check_disk(struct machine *machine)
{
	char *command, *text;
	int status;

	cr_assert(asprintf(&command, "PATH=$PATH:/sbin:/usr/sbin e2fsck -fn '%s'", machine->disk) > 0);
	status = run_command(command, &text);
	cr_assert_eq(status, 0, "e2fsck of %s: status %d\n%s", machine->disk, status, text);
	free(command);
	free(text);
}
