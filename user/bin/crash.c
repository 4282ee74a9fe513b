/* SPDX-License-Identifier: MIT */
/*
 * crash [-q] SERVICE KIND: makes a service crash while helpers keep calling the file system, waits
 * until it answers again, says how many calls were under way and how long they had to wait.
 * crash -l: which services and kinds there are. -q: prints nothing.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/bin/supervisor_session.h"

#define HELPERS      6
#define GATHER_CALLS 4                   /* so many calls are to wait for the service when it crashes, */
#define GATHER_MS    500                 /* but it does not rest longer than that for it */

static const char *const kinds[CRASH_KINDS] = {
	[CRASH_NULL] = "null", [CRASH_JUMP] = "jump", [CRASH_ILLEGAL] = "illegal",
	[CRASH_PRIVILEGED] = "privileged", [CRASH_DIVIDE] = "divide", [CRASH_STACK] = "stack",
	[CRASH_EXIT] = "exit", [CRASH_LOOP] = "loop",
};

static int list(void)
{
	struct session supervisor = supervisor_session();
	struct supervisor_list_request request = { 0 };
	struct supervisor_list_reply service;
	unsigned int kind;

	printf("services:");
	while (supervisor_list(&supervisor, &request, &service, 0) == STATUS_OK) {
		printf(" %.16s", service.name);
		request.index++;
	}
	printf("\nkinds:");
	for (kind = 0; kind < CRASH_KINDS; kind++)
		printf(" %s", kinds[kind]);
	printf("\n");
	return 0;
}

/* Writes through to the disk until killed: its calls wait in fs and in the driver. */
static void help(void)
{
	char name[] = "/tmp/.crash-XXXXXX", block[4096] = { 0 };
	int file = mkstemp(name), i;

	unlink(name);
	for (i = 0;; i++) {
		block[0] = (char)i;
		if (pwrite(file, block, sizeof(block), 4096 * (i % 16)) != sizeof(block) || fsync(file) ||
		    pread(file, block, 1, 4096 * (i % 16)) != 1 || block[0] != (char)i)
			_exit(1);
	}
}

static void helpers_start(pid_t helpers[HELPERS])
{
	int i;

	for (i = 0; i < HELPERS; i++) {
		helpers[i] = fork();
		if (helpers[i] == 0)
			help();
	}
}

/* A helper that ended by itself saw an error: the crash was not invisible. */
static int helpers_end(const pid_t helpers[HELPERS])
{
	int i, status, wrong = 0;

	for (i = 0; i < HELPERS; i++) {
		if (helpers[i] < 0)
			continue;
		kill(helpers[i], SIGKILL);
		waitpid(helpers[i], &status, 0);
		wrong += WIFEXITED(status);
	}
	return wrong;
}

static void explain(const char *service, status_t status)
{
	switch (status) {
	case STATUS_ERRNO(E_NOENT):
		fprintf(stderr, "crash: no service %s (crash -l lists them)\n", service);
		break;
	case STATUS_ERRNO(E_BUSY):
		fprintf(stderr, "crash: %s is not running\n", service);
		break;
	case STATUS_ERRNO(E_PERM):
		fprintf(stderr, "crash: %s may not be crashed\n", service);
		break;
	default:
		fprintf(stderr, "crash: %s: status %d\n", service, status);
	}
}

static int crash(const char *name, unsigned int kind, int quiet)
{
	struct session supervisor = supervisor_session();
	struct supervisor_inject_request request = { .kind = kind, .gather_ms = GATHER_MS,
		.gather_calls = GATHER_CALLS };
	struct supervisor_inject_reply crashed;
	struct supervisor_wait_restarted_request wait = { 0 };
	struct supervisor_wait_restarted_reply restarted;
	pid_t helpers[HELPERS];
	status_t status;
	int wrong;

	memcpy(request.name, name, strlen(name));
	memcpy(wait.name, name, strlen(name));
	helpers_start(helpers);
	/* A signal to us ends a wait with CANCELLED, and nothing was done. */
	do
		status = supervisor_inject(&supervisor, &request, &crashed, 0);
	while (status == STATUS_CANCELLED);
	if (status == STATUS_OK) {
		wait.generation = crashed.generation;
		do
			status = supervisor_wait_restarted(&supervisor, &wait, &restarted, 0);
		while (status == STATUS_CANCELLED);
	}
	wrong = helpers_end(helpers);
	if (status != STATUS_OK) {
		explain(name, status);
		return 1;
	}
	if (wrong)
		fprintf(stderr, "crash: %d of %d helpers saw a wrong result\n", wrong, HELPERS);
	if (!quiet)
		printf("%s %s: %u calls in flight, %u queued, %" PRIu64 " behind them; restarted in %" PRIu64
		       " us\n", name, kinds[kind], crashed.calls_under_way, crashed.calls_queued,
		       crashed.calls_behind, restarted.restart_ns / 1000);
	return wrong != 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: crash [-q] SERVICE KIND, or crash -l\n");
	return 2;
}

int main(int count, char **arguments)
{
	int quiet = count > 1 && strcmp(arguments[1], "-q") == 0;
	const char *service, *kind_name;
	unsigned int kind;

	if (count == 2 && strcmp(arguments[1], "-l") == 0)
		return list();
	if (count != 3 + quiet)
		return usage();
	service = arguments[1 + quiet];
	kind_name = arguments[2 + quiet];
	if (strlen(service) >= SUPERVISOR_NAME_BYTES)
		return usage();
	for (kind = 0; kind < CRASH_KINDS; kind++)
		if (strcmp(kinds[kind], kind_name) == 0)
			return crash(service, kind, quiet);
	fprintf(stderr, "crash: no kind %s (crash -l lists them)\n", kind_name);
	return 2;
}
