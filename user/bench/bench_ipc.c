/* SPDX-License-Identifier: MIT */
/*
 * What a call across the boundary costs: the shipped stub to the shipped loop of servers/template,
 * with windows, and the calls that end in the kernel or the personality.
 *   bench_ipc            a line per benchmark: name, ticks (instructions under icount) a call
 *   bench_ipc events                    on the counting kernel: `event NAME EVENT COUNT`, of a call
 *   bench_ipc events PROGRAM NAME...    the same of another benchmark's rows (measure.h)
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/bin/supervisor_session.h"
#include "libipc/proto/template.h"

#define ROUNDS       5
#define CALLS        1000
#define EVENT_CALLS  200
#define OTHER_CALLS  50
#define EVENT_ROUNDS 3

static struct session template = { SLOT_TEMPLATE, 0, (struct message_page *)MESSAGE_PAGES };
static struct session supervisor;
static char buffer[TEMPLATE_WINDOW_BYTES];

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench_ipc: wrong result: %s\n", what);
	exit(1);
}

/* A kernel call that does nothing: no bit is raised. */
static void do_kernel_null(int count)
{
	while (count--)
		require(kernel_notify(SLOT_SELF_NOTIFY, 0, &(struct words){ { 0 } }) == STATUS_OK,
			"notify");
}

/* A number that the personality answers at once. */
static void do_reflected_null(int count)
{
	while (count--) {
		long number = SYS_getpid;

		__asm__ volatile("syscall" : "+a"(number) :: "rcx", "r11", "memory");
		require(number > 0, "getpid");
	}
}

static void do_call_0w(int count)
{
	static const struct template_null_request request;
	struct template_null_reply reply;

	while (count--)
		require(template_null(&template, &request, &reply, 0) == STATUS_OK, "null");
}

static void do_call_4w(int count)
{
	while (count--) {
		struct template_echo4_request request = { { (uint64_t)count, 2, 3, 4 } };
		struct template_echo4_reply reply;

		require(template_echo4(&template, &request, &reply, 0) == STATUS_OK &&
			reply.word[0] == (uint64_t)count && reply.word[3] == 4, "echo4");
	}
}

static void do_call_10w(int count)
{
	while (count--) {
		struct template_echo10_request request = {
			{ (uint64_t)count, 2, 3, 4, 5, 6, 7, 8, 9, 10 } };
		struct template_echo10_reply reply;

		require(template_echo10(&template, &request, &reply, 0) == STATUS_OK &&
			reply.word[0] == (uint64_t)count && reply.word[9] == 10, "echo10");
	}
}

static void copy(int count, uint64_t bytes)
{
	struct template_copy_request request = { bytes };
	struct template_copy_reply reply;

	while (count--)
		require(template_copy(&template, &request, &reply,
				      LEND_IN(buffer, bytes)) == STATUS_OK, "copy");
}

static void do_window_1b(int count) { copy(count, 1); }
static void do_window_4k(int count) { copy(count, 4096); }
static void do_window_64k(int count) { copy(count, 65536); }

static const struct bench {
	const char *name;
	void (*run)(int count);
} benches[] = {
	{ "kernel_call_null", do_kernel_null },
	{ "reflected_call_null", do_reflected_null },
	{ "call_round_trip_0w", do_call_0w },
	{ "call_round_trip_4w", do_call_4w },
	{ "call_round_trip_10w", do_call_10w },
	{ "window_copy_1b", do_window_1b },
	{ "window_copy_4k", do_window_4k },
	{ "window_copy_64k", do_window_64k },
};
#define BENCHES (sizeof(benches) / sizeof(*benches))

/* The least of some rounds, so that no timer interrupt counts. */
static double measure(const struct bench *bench)
{
	uint64_t least = ~0ull;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		uint64_t start = time_ticks(), took;

		bench->run(CALLS);
		took = time_ticks() - start;
		if (took < least)
			least = took;
	}
	return (double)least / CALLS;
}

static struct supervisor_counters_reply counters(void)
{
	struct supervisor_counters_request request = { };
	struct supervisor_counters_reply reply;

	require(supervisor_counters(&supervisor, &request, &reply, 0) == STATUS_OK, "counters");
	return reply;
}

static const struct { const char *name; size_t offset; } fields[] = {
	{ "entries", offsetof(struct supervisor_counters_reply, entries) },
	{ "cr3", offsetof(struct supervisor_counters_reply, address_space_switches) },
	{ "msr", offsetof(struct supervisor_counters_reply, msr_writes) },
	{ "interrupts", offsetof(struct supervisor_counters_reply, interrupts) },
	{ "faults", offsetof(struct supervisor_counters_reply, faults) },
	{ "context_restores", offsetof(struct supervisor_counters_reply, context_restores) },
	{ "reflections", offsetof(struct supervisor_counters_reply, reflections) },
};
#define FIELDS (sizeof(fields) / sizeof(*fields))

/* The least that was counted around several runs: a timer or a disk behind the scene hits some. */
struct least {
	uint64_t of[FIELDS];
};

static void note(struct least *least, const struct supervisor_counters_reply *before,
		 const struct supervisor_counters_reply *after)
{
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		uint64_t from, to;

		memcpy(&from, (const char *)before + fields[i].offset, sizeof(from));
		memcpy(&to, (const char *)after + fields[i].offset, sizeof(to));
		if (to - from < least->of[i])
			least->of[i] = to - from;
	}
}

/* Events of many calls less those of none, so that what surrounds them does not count. */
static void print_events(const char *name, const struct least *none, const struct least *many,
			 double calls)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		printf("event %s %s %.3f\n", name, fields[i].name,
		       ((double)many->of[i] - (double)none->of[i]) / calls);
}

static void run_other(const char *program, const char *name, const char *count)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execl(program, program, name, count, (char *)0);
		_exit(127);
	}
	require(waitpid(child, &status, 0) == child && status == 0, name);
}

static int own_events(void)
{
	size_t i;

	for (i = 0; i < BENCHES; i++) {
		struct least none, many;
		int round;

		memset(&none, -1, sizeof(none));
		memset(&many, -1, sizeof(many));
		for (round = 0; round < EVENT_ROUNDS; round++) {
			struct supervisor_counters_reply before = counters(), between, after;

			between = counters();
			benches[i].run(EVENT_CALLS);
			after = counters();
			note(&none, &before, &between);
			note(&many, &between, &after);
		}
		print_events(benches[i].name, &none, &many, EVENT_CALLS);
	}
	return 0;
}

static void note_other(struct least *least, const char *program, const char *name, int calls)
{
	struct supervisor_counters_reply before = counters(), after;
	char count[16];

	snprintf(count, sizeof(count), "%d", calls);
	run_other(program, name, count);
	after = counters();
	note(least, &before, &after);
}

static int other_events(const char *program, char **names)
{
	for (; *names; names++) {
		struct least none, many;
		int round;

		memset(&none, -1, sizeof(none));
		memset(&many, -1, sizeof(many));
		for (round = 0; round < EVENT_ROUNDS; round++) {
			note_other(&none, program, *names, 0);
			note_other(&many, program, *names, OTHER_CALLS);
		}
		print_events(*names, &none, &many, OTHER_CALLS);
	}
	return 0;
}

int main(int count, char **arguments)
{
	size_t i;

	supervisor = supervisor_session();
	memset(buffer, 1, sizeof(buffer));
	if (count == 2 && strcmp(arguments[1], "events") == 0)
		return own_events();
	if (count > 2 && strcmp(arguments[1], "events") == 0)
		return other_events(arguments[2], arguments + 3);
	for (i = 0; i < BENCHES; i++)
		printf("figure %s %.1f\n", benches[i].name, measure(&benches[i]));
	return 0;
}
