/* sources: */
/* SPDX-License-Identifier: MIT */
/* What `make bench` makes of lines: JSON, tables, the least of rounds, differences. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char output[8192];

/* What the shell command prints; gives its status. */
static int shell(const char *command)
{
	FILE *opened = popen(command, "r");
	size_t bytes = fread(output, 1, sizeof(output) - 1, opened);
	int status = pclose(opened);

	output[bytes] = 0;
	return WEXITSTATUS(status);
}

static void has(const char *text)
{
	cr_assert(strstr(output, text), "no '%s' in:\n%s", text, output);
}

#define LINES \
	"figure micro getpid 116.1 1000\nfigure linux getpid 345.3 1000\n" \
	"figure mono getpid 600.0 1000\n" \
	"event micro getpid entries 1.000\nevent micro getpid reflections 1.000\n" \
	"figure micro program_untar 32026494\nfigure linux program_untar 53000000\n"
#define JSON "printf '" LINES "' | awk -f tests/bench/results.awk tests/bench/weights.txt -"
#define TABLE "awk -v reasons=tests/bench/reasons.txt -f tests/bench/table.awk"

Test(bench_tables, json)
{
	cr_assert_eq(shell(JSON), 0);
	has("[\n{\"bench\": \"getpid\", \"build\": \"micro\", \"unit\": \"instructions\", ");
	has("\"value\": 116.1, \"events\": {\"entries\": 1.00,");
	has("\"estimate_cycles\": 273},\n");
	has("\"build\": \"linux\", \"unit\": \"instructions\", \"value\": 345.3},\n");
	has("\"value\": 53000000.0}\n]\n");
}

Test(bench_tables, builds_in_columns_with_ratios)
{
	cr_assert_eq(shell(JSON " | " TABLE " -v style=markdown -v what=figures"), 0);
	has("| instructions | micro | linux | mono | micro/linux | mono/linux | micro/mono |\n");
	has("|---|---:|---:|---:|---:|---:|---:|\n");
	has("| getpid | 116.1 | 345.3 | 600 | 0.34 | 1.74 | 0.19 |\n");
	has("| program_untar | 32.0 M | 53.0 M | - | 0.60 | - | - |\n");
	has("getpid is 1.74 times Linux in mono: ");
}

Test(bench_tables, events_of_builds_that_count)
{
	cr_assert_eq(shell(JSON " | " TABLE " -v style=terminal -v what=events"), 0);
	has("\nmicro\n");
	has("273");
	cr_assert_null(strstr(output, "linux"));
}

Test(bench_tables, least_span_of_each_program)
{
	cr_assert_eq(shell("tests/bench/spans /dev/fd/3 /dev/fd/4 "
			   "3<<E 4<<F\nprogram a 9\nnoise\nprogram b 9\nprogram a 9\nE\n"
			   "span 100\nin fs f 3\nspan 20\nspan 9\nF\n"), 0);
	cr_assert_str_eq(output, "figure program_a 9\nfigure program_b 20\n");
	cr_assert_eq(shell("echo program a 9 | tests/bench/spans - /dev/null 2>&1"), 1);
}

Test(bench_tables, differences)
{
	cr_assert_eq(shell("d=$(mktemp -d); " JSON " > $d/a; "
			   "sed 's/345.3/350.3/; s/116.1/116.5/' $d/a > $d/b; "
			   "tests/bench/compare $d/a $d/a && ! tests/bench/compare $d/a $d/b; "
			   "status=$?; rm -r $d; exit $status"), 0);
	has("linux getpid: 345.3 -> 350.3 (+1.4 %)");
	has("5 rows compared, 1 differ");
}
