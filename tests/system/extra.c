/* SPDX-License-Identifier: MIT */
/* What EXTRA names arrives as it is: modes, links, owners, names, large and sparse files. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/system/machine.h"

TestSuite(extra, .timeout = 400, .fini = machine_end);

Test(extra, files_arrive_as_they_are)
{
	struct machine machine;
	char command[900], script[300], extra[300], *expected;
	const char *directory = getenv("O");

	snprintf(extra, sizeof(extra), "%s/extra", directory);
	snprintf(script, sizeof(script), "%s/extra.list.sh", directory);
	snprintf(command, sizeof(command),
		 "sh tests/system/extra.sh make %s && "
		 "{ echo 'set -- list'; cat tests/system/extra.sh; } > %s && "
		 "EXTRA_DIRECTORY=%s PATH= /bin/busybox sh %s | "
		 "sed \"s/ $(id -u):$(id -g) / 0:0 /\"",
		 extra, script, extra, script);
	cr_assert_eq(run_command(command, &expected), 0, "%s", expected);
	machine_start(&machine, &(struct machine_options){
		.name = "extra", .script = script, .extra = extra });
	cr_expect_eq(machine_finish(&machine), 0);
	cr_expect_str_eq(machine.text, expected, "--- here ---\n%s--- in the guest ---\n%s",
			 expected, machine.text);
	free(expected);
}
