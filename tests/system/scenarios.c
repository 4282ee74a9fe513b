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

struct run {
	char path[SCENARIO_PATH];
	build_name build;
};

/* The first line that starts with `word`, without it; 0: there is none. To be freed. */
static char *line_of(const char *path, const char *word)
{
	char *scenario = read_file(path), *line, *rest = scenario, *found = 0;

	while (!found && (line = strsep(&rest, "\n"))) {
		if (strncmp(line, word, strlen(word)) == 0)
			found = strdup(line + strlen(word));
	}
	free(scenario);
	return found;
}

ParameterizedTestParameters(scenarios, prints_and_ends_as_it_says)
{
	static const build_name builds[] = BUILDS;
	struct run *runs;
	glob_t found;
	size_t i, build, count = 0;

	glob("tests/system/scenarios/*.sh", 0, 0, &found);
	runs = cr_malloc(sizeof(*runs) * found.gl_pathc * (sizeof(builds) / sizeof(*builds)));
	for (i = 0; i < found.gl_pathc; i++) {
		char *only = line_of(found.gl_pathv[i], "#builds ");

		for (build = 0; build < sizeof(builds) / sizeof(*builds); build++) {
			if (only && !strstr(only, builds[build]))
				continue;
			snprintf(runs[count].path, SCENARIO_PATH, "%s", found.gl_pathv[i]);
			memcpy(runs[count++].build, builds[build], sizeof(build_name));
		}
		free(only);
	}
	return cr_make_param_array(struct run, runs, count);
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

ParameterizedTest(struct run *run, scenarios, prints_and_ends_as_it_says, .timeout = 400,
		  .fini = machine_end)
{
	struct machine machine;
	const char *path = run->path;
	char name[SCENARIO_PATH + 16];
	char *expected;
	int status, expected_status;

	snprintf(name, sizeof(name), "scenario-%s", strrchr(path, '/') + 1);
	expected = expectation(path, &expected_status);
	machine_start(&machine, &(struct machine_options){
		.name = name, .build = run->build, .script = path, .extra = guest_programs() });
	status = machine_finish(&machine);
	cr_expect_str_eq(machine.text, expected, "%s\n--- expected ---\n%s--- printed ---\n%s", name,
			 expected, machine.text);
	cr_expect_eq(status, expected_status, "%s: status %d", name, status);
	machine_check_disk(&machine);
	free(expected);
}
