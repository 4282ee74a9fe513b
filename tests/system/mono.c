/* SPDX-License-Identifier: MIT */
/* What the same crash costs where the service lives in the kernel: everything. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/machine.h"

struct crash {
	char service[12], kind[12], report[64];
};

ParameterizedTestParameters(mono, a_crash_takes_the_system_down)
{
	static struct crash crashes[] = {
		{ "fs", "null", "exception 14 in the service `fs`" },
		{ "process", "illegal", "exception 6 in the service `process`" },
		{ "virtio_blk", "divide", "exception 0 in the service `virtio_blk`" },
		{ "console", "jump", "exception 14 in the service `console`" },
		{ "pipe", "stack", "exception 8 in the service `pipe`" },
		{ "uart", "exit", "the service `uart` ended" },
	};

	return cr_make_param_array(struct crash, crashes, sizeof(crashes) / sizeof(*crashes));
}

ParameterizedTest(struct crash *crash, mono, a_crash_takes_the_system_down, .timeout = 100,
		  .fini = machine_end)
{
	struct machine machine;
	char script[320], name[32];
	FILE *file;

	snprintf(name, sizeof(name), "dies-%s", crash->service);
	snprintf(script, sizeof(script), "%s/%s.sh", getenv("O"), name);
	file = fopen(script, "w");
	cr_assert(file && fprintf(file, "echo before\ncrash %s %s\necho after\n", crash->service,
				  crash->kind) > 0 && fclose(file) == 0);
	machine_start(&machine, &(struct machine_options){
		.name = name, .build = "mono", .script = script });
	cr_expect_eq(machine_finish(&machine), 70);
	cr_expect(strstr(machine.text, "before\n"));
	cr_expect(!strstr(machine.text, "after\n"), "it went on:\n%s", machine.text);
	cr_expect(strstr(machine.text, crash->report), "no \"%s\" in:\n%s", crash->report,
		  machine.text);
	if (strcmp(crash->kind, "jump") && strcmp(crash->kind, "exit"))
		cr_expect(strstr(machine.text, "line libipc/header.c:"), "no line:\n%s",
			  machine.text);
}
