/* SPDX-License-Identifier: MIT */
/*
 * Programs of tests/system/guest that say what came of their calls: the same binary must say the
 * same on Linux, which is this host, and in the guest.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/machine.h"

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

static void same_as_linux(const char *program, const char *build)
{
	struct machine machine;
	char command[800], guest[400], script[400], text[200], *expected;
	const char *directory = getenv("O");

	snprintf(guest, sizeof(guest), "%s/guest", directory);
	/* A directory of its own, away from the directory that programs must not see. */
	snprintf(command, sizeof(command),
		 "program=$(realpath '%s/%s') && work=$(mktemp -d) && chmod 755 $work && cd $work && "
		 "(ulimit -n 1024; timeout 60 $program) 2>&1; "
		 "status=$?; rm -rf $work; exit $status",
		 guest, program);
	cr_assert_eq(run_command(command, &expected), 0, "on Linux: %s", expected);
	snprintf(script, sizeof(script), "%s/linux-%s-%s.sh", directory, build, program);
	snprintf(text, sizeof(text), "mkdir -p /tmp/w; cd /tmp/w; /extra/%s\n", program);
	write_file(script, text);
	machine_start(&machine, &(struct machine_options){
		.name = program, .build = build, .script = script, .extra = guest });
	cr_expect_eq(machine_finish(&machine), 0);
	cr_expect_str_eq(machine.text, expected, "--- on Linux ---\n%s--- in the guest ---\n%s",
			 expected, machine.text);
	machine_check_disk(&machine);
	free(expected);
}

struct program {
	char name[16];
	build_name build;
};

/* Each as tests/system/guest/NAME.c. */
static const char names[][16] = {
	"files", "processes", "signals", "vdso", "permissions", "locks", "mappings", "memory_files",
	"waiting", "sockets", "pipes", "ptys", "names", "capabilities", "limits", "timers",
	"inspection", "privileges", "pidfds", "sysv", "mqueues", "epolls", "terminals",
	"sessions", "private_maps", "memory", "watches", "xattrs",
};

ParameterizedTestParameters(linux_calls, say_the_same)
{
	static const build_name builds[] = BUILDS;
	enum { NAMES = sizeof(names) / sizeof(*names), COUNT = sizeof(builds) / sizeof(*builds) };
	static struct program programs[NAMES * COUNT];

	for (size_t i = 0; i < NAMES * COUNT; i++) {
		memcpy(programs[i].name, names[i / COUNT], sizeof(names[0]));
		memcpy(programs[i].build, builds[i % COUNT], sizeof(builds[0]));
	}
	return cr_make_param_array(struct program, programs, NAMES * COUNT);
}

ParameterizedTest(struct program *program, linux_calls, say_the_same, .timeout = 400,
		  .fini = machine_end)
{
	static const char *const root_only[] = {
		"permissions", "capabilities", "inspection", "privileges", "terminals", "sessions",
	};
	size_t i = 0;

	/* These become other users, which only root can on Linux. */
	while (i < sizeof(root_only) / sizeof(*root_only) && strcmp(program->name, root_only[i]))
		i++;
	if (geteuid() == 0 || i == sizeof(root_only) / sizeof(*root_only))
		same_as_linux(program->name, program->build);
}
