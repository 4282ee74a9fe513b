/* SPDX-License-Identifier: MIT */
/* What a person does at the terminal: jobs, programs with the whole screen, editing of lines. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/system/machine.h"

#define PROMPT "# "

static void start_shell(struct machine *machine, const char *build, const char *name)
{
	machine_start(machine, &(struct machine_options){ .name = name, .build = build });
	machine_expect(machine, PROMPT, 60);
}

/* Sends a line, and waits for its echo. */
static void line(struct machine *machine, const char *text)
{
	machine_send(machine, text);
	machine_send(machine, "\n");
	machine_expect(machine, text, 20);
}

static void finish(struct machine *machine)
{
	machine_expect(machine, PROMPT, 30);
	machine_send(machine, "poweroff\n");
	cr_assert_eq(machine_finish(machine), 0);
}

/* The program says itself when it has been started, so keys go to it. */
#define JOB "sh -c 'echo go; exec sleep 1000'"

BUILD_TEST(keys, jobs_stop_and_go_on, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "jobs");
	line(&machine, JOB);
	machine_expect(&machine, "\ngo", 30);
	machine_send(&machine, "\032");
	machine_expect(&machine, "Stopped", 30);
	machine_expect(&machine, PROMPT, 30);
	line(&machine, "bg");
	machine_expect(&machine, PROMPT, 30);
	line(&machine, "jobs");
	machine_expect(&machine, "Running", 30);
	machine_expect(&machine, PROMPT, 30);
	line(&machine, "fg");
	machine_expect(&machine, "sleep 1000", 30);
	machine_send(&machine, "\034");
	machine_expect(&machine, PROMPT, 30);
	line(&machine, "echo status $?");
	machine_expect(&machine, "status 131", 30);
	finish(&machine);
}

BUILD_TEST(keys, programs_have_the_whole_screen, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "screen");
	line(&machine, "vi /tmp/text");
	machine_expect(&machine, "~", 30);
	machine_send(&machine, "iumlaut \303\244x\177");
	machine_expect(&machine, "umlaut \303\244", 30);
	/* Escape means itself when nothing follows at once. */
	machine_send(&machine, "\033");
	machine_expect(&machine, "- /tmp/text", 30);
	machine_send(&machine, ":wq\n");
	machine_expect(&machine, PROMPT, 30);
	line(&machine, "od -c /tmp/text");
	machine_expect(&machine, "303 244  \\n", 30);
	machine_expect(&machine, PROMPT, 30);
	line(&machine, "seq 1000 | less");
	machine_expect(&machine, "standard input", 30);
	machine_send(&machine, "G");
	machine_expect(&machine, "1000", 30);
	machine_send(&machine, "q");
	finish(&machine);
}

BUILD_TEST(keys, lines_are_edited, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "lines");
	line(&machine, "sh -c 'echo go; exec cat'");
	machine_expect(&machine, "\ngo", 30);
	machine_send(&machine, "wrong\025right words\027\177 one\n");
	machine_expect(&machine, "\nright one", 30);
	machine_send(&machine, "\026\003 literal\n");
	machine_expect(&machine, "\n\003 literal", 30);
	machine_send(&machine, "no newline\004");
	machine_expect(&machine, "newlineno newline", 30);
	machine_send(&machine, "\004");
	machine_expect(&machine, PROMPT, 30);
	line(&machine, "stty -echo; echo go; read secret; stty echo; echo got $secret");
	machine_expect(&machine, "\ngo", 30);
	machine_send(&machine, "hidden\n");
	machine_expect(&machine, "\ngot hidden", 30);
	finish(&machine);
}
