/* SPDX-License-Identifier: MIT */
/*
 * Programs that ask for an interpreter: this host's own, and one linked against musl's shared
 * library. Their libraries come with EXTRA, and init puts links where the programs look.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/machine.h"

TestSuite(dynamic, .timeout = 400, .fini = machine_end);

static const char script[] =
	"/extra/musl a b; echo $?\n"
	"/usr/bin/env -i A=1 B=2 /usr/bin/env | /usr/bin/sort -r\n"
	"mkdir /tmp/d; cd /tmp/d; touch one two; ln two three\n"
	"/bin/busybox ls -l /extra/bin/ls > /dev/null && LC_ALL=C /extra/bin/ls -1 2>/dev/null\n"
	"/extra/loader /extra/musl; echo $?\n"
	"/extra/no-interpreter 2>/dev/null; echo $?\n"
	"/extra/bad-interpreter 2>/dev/null; echo $?\n";

static const char expected[] =
	"/extra/musl 3: /extra/musl, x86_64, base 1, entry 1\n7\n"
	"B=2\nA=1\n"
	"one\nthree\ntwo\n"
	"/extra/musl 1: /extra/loader, x86_64, base 0, entry 1\n7\n"
	"127\n126\n";

Test(dynamic, programs_of_this_host_and_of_musl)
{
	struct machine machine;
	char command[400], extra[300], path[300], *output;
	FILE *file;

	snprintf(command, sizeof(command), "sh tests/system/dynamic.sh %s/dynamic", getenv("O"));
	cr_assert_eq(run_command(command, &output), 0, "%s", output);
	free(output);
	snprintf(extra, sizeof(extra), "%s/dynamic", getenv("O"));
	snprintf(path, sizeof(path), "%s/dynamic.sh", getenv("O"));
	file = fopen(path, "w");
	cr_assert(file && fputs(script, file) >= 0 && fclose(file) == 0);
	machine_start(&machine, &(struct machine_options){
		.name = "dynamic", .script = path, .extra = extra });
	machine_finish(&machine);
	cr_expect_str_eq(machine.text, expected, "--- printed ---\n%s", machine.text);
	machine_check_disk(&machine);
}
