/* SPDX-License-Identifier: MIT */
/* The kernel's two ways through a call, the fast path and the C path, mean the same. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/machine.h"

TestSuite(paths, .timeout = 400, .fini = machine_end);

/* The hash of a conversation, as the log shows it after a run with those words for the kernel. */
static char *transcript(const char *name, const char *append)
{
	struct machine machine;
	char archive[300], *log, *line;

	snprintf(archive, sizeof(archive), "%s/bench/boot.cpio", getenv("O"));
	setenv("ARCHIVE", archive, 1);
	machine_start(&machine, &(struct machine_options){ .name = name, .append = append, .icount = 1 });
	cr_assert_eq(machine_finish(&machine), 0);
	log = machine_file(&machine, "boot.log");
	line = strstr(log, "transcript ");
	cr_assert(line, "no transcript in the log");
	line = strndup(line, strcspn(line, "\r\n"));
	free(log);
	return line;
}

Test(paths, fast_and_slow_path_agree_on_every_message)
{
	char *fast = transcript("fast", 0), *slow = transcript("slow", "slow");

	cr_assert_str_eq(fast, slow);
	free(fast);
	free(slow);
}
