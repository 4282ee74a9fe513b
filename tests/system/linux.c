/* SPDX-License-Identifier: MIT */
/*
 * Programs of tests/system/guest that say what came of their calls: the same binary must say the
 * same on Linux, which is this host, and in the guest.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/machine.h"

TestSuite(linux_calls, .timeout = 400);

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

static void same_as_linux(const char *program)
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
	snprintf(script, sizeof(script), "%s/linux-%s.sh", directory, program);
	snprintf(text, sizeof(text), "mkdir -p /tmp/w; cd /tmp/w; /extra/%s\n", program);
	write_file(script, text);
	machine_start(&machine, &(struct machine_options){
		.name = program, .script = script, .extra = guest });
	cr_expect_eq(machine_finish(&machine), 0);
	cr_expect_str_eq(machine.text, expected, "--- on Linux ---\n%s--- in the guest ---\n%s",
			 expected, machine.text);
	machine_check_disk(&machine);
	free(expected);
}

Test(linux_calls, files)
{
	same_as_linux("files");
}

Test(linux_calls, processes)
{
	same_as_linux("processes");
}

Test(linux_calls, signals)
{
	same_as_linux("signals");
}

/* It becomes other users, which only root can. */
Test(linux_calls, permissions)
{
	if (geteuid() == 0)
		same_as_linux("permissions");
}

Test(linux_calls, locks)
{
	same_as_linux("locks");
}

Test(linux_calls, mappings)
{
	same_as_linux("mappings");
}

Test(linux_calls, memory_files)
{
	same_as_linux("memory_files");
}

Test(linux_calls, names)
{
	same_as_linux("names");
}
