/* SPDX-License-Identifier: MIT */
/*
 * Each file of tests/system/scenarios is a shell script that the guest runs, together with what it
 * must print: the lines that start with "#= ". A line "#status N" names the status, 0 without one.
 * Afterwards the disk must be clean.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/machine.h"

#define SCENARIO_PATH 128

ParameterizedTestParameters(scenarios, prints_and_ends_as_it_says)
{
	static char (*paths)[SCENARIO_PATH];
	glob_t found;
	size_t i;

	glob("tests/system/scenarios/*.sh", 0, 0, &found);
	paths = cr_malloc(SCENARIO_PATH * found.gl_pathc);
	for (i = 0; i < found.gl_pathc; i++)
		snprintf(paths[i], SCENARIO_PATH, "%s", found.gl_pathv[i]);
	return cr_make_param_array(char[SCENARIO_PATH], paths, found.gl_pathc);
}

/* The expected output and status that stand in the scenario. */
static char *expectation(const char *path, int *status)
{
	char *scenario = read_file(path), *expected = calloc(1, strlen(scenario) + 1);
	char *line, *rest = scenario;

	*status = 0;
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "#= ", 3) == 0)
			strcat(strcat(expected, line + 3), "\n");
		if (strncmp(line, "#status ", 8) == 0)
			*status = atoi(line + 8);
	}
	free(scenario);
	return expected;
}

static const char *guest_programs(void)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/guest", getenv("O"));
	return path;
}

ParameterizedTest(char path[SCENARIO_PATH], scenarios, prints_and_ends_as_it_says, .timeout = 400, .fini = machine_end)
{
	struct machine machine;
	char name[SCENARIO_PATH + 16];
	char *expected;
	int status, expected_status;

	snprintf(name, sizeof(name), "scenario-%s", strrchr(path, '/') + 1);
	expected = expectation(path, &expected_status);
	machine_start(&machine, &(struct machine_options){
		.name = name, .script = path, .extra = guest_programs() });
	status = machine_finish(&machine);
	cr_expect_str_eq(machine.text, expected, "%s\n--- expected ---\n%s--- printed ---\n%s", name,
			 expected, machine.text);
	cr_expect_eq(status, expected_status, "%s: status %d", name, status);
	machine_check_disk(&machine);
	free(expected);
}
