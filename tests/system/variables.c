/* SPDX-License-Identifier: MIT */
/* make run: a wrong variable gets one clear line on standard error and status 2. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/machine.h"

TestSuite(variables, .timeout = 60);

static const struct wrong {
	const char *variable, *message;
} wrong[] = {
	{ "BUILD=foo", "BUILD=foo: it is one of: micro hybrid mono" },
	{ "PLACEMENT=/no/such/file", "PLACEMENT=/no/such/file: no such file" },
	{ "SCRIPT=/no/such/file", "SCRIPT=/no/such/file: no such file" },
	{ "SCRIPT=/tmp", "SCRIPT=/tmp: no such file" },
	{ "EXTRA=/etc/passwd", "EXTRA=/etc/passwd: no such directory" },
	{ "DISK=/no/such/image", "DISK=/no/such/image: no such file" },
	{ "DISK=Makefile", "DISK=Makefile is no ext2 image" },
	{ "MEM=12", "MEM=12: megabytes" },
	{ "MEM=128", "MEM=128: megabytes, at least 256" },
	{ "MEM=many", "MEM=many: megabytes" },
	{ "SMP=0", "SMP=0: a number of processors" },
	{ "ACCEL=warp", "ACCEL=warp: it is tcg or kvm" },
	{ "ICOUNT=2", "ICOUNT=2: 0 or 1" },
	{ "TIMEOUT=soon", "TIMEOUT=soon: a number of seconds" },
};

Test(variables, refused_in_one_line)
{
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char command[256], *text;
		int status;

		snprintf(command, sizeof(command), "make -s run O='%s' %s", getenv("O"), wrong[i].variable);
		status = run_command(command, &text);
		cr_expect_eq(status, 2, "%s: status %d", wrong[i].variable, status);
		cr_expect(strstr(text, wrong[i].message), "%s: %s", wrong[i].variable, text);
		cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1, "%s: more than a line: %s",
			     wrong[i].variable, text);
		free(text);
	}
}
