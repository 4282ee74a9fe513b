/* SPDX-License-Identifier: MIT */
/* Boots to a shell on the console and types like a person. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/machine.h"

#define PROMPT "# "

static void start_shell(struct machine *machine, const char *build, const char *name)
{
	machine_start(machine, &(struct machine_options){ .name = name, .build = build });
	machine_expect(machine, PROMPT, 60);
}

BUILD_TEST(boot, prompt_and_power_off, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "power-off");
	machine_send(&machine, "echo $((6*7)) and $(uname -s)\n");
	machine_expect(&machine, "42 and Linux", 30);
	machine_send(&machine, "poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
	machine_check_disk(&machine);
}

/* One instruction is one nanosecond of the guest's clock, and a script's first line is behind all of the boot. */
BUILD_TEST(boot, shell_within_a_billion_instructions, .timeout = 400, .fini = machine_end)
{
	struct machine machine;
	double seconds, idle;
	char *end;

	machine_start(&machine, &(struct machine_options){
		.name = "instructions", .build = *build, .icount = 1, .script = "tests/system/uptime.sh" });
	cr_assert_eq(machine_finish(&machine), 0);
	seconds = strtod(machine.text, &end);
	idle = strtod(end, 0);
	cr_assert(seconds > 0 && seconds - idle < 1.0, "a shell after %s", machine.text);
}

BUILD_TEST(boot, end_of_input_ends_it, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "end-of-input");
	machine_send(&machine, "\004");
	cr_assert_eq(machine_finish(&machine), 0);
	machine_check_disk(&machine);
}

BUILD_TEST(boot, status_of_the_shell, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "status");
	machine_send(&machine, "exit 9\n");
	cr_assert_eq(machine_finish(&machine), 9);
}

BUILD_TEST(boot, line_editing, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "editing");
	/* Backspace; to the start of the line and insert; the line before; a word completed. */
	machine_send(&machine, "echo abX\177cd\n");
	machine_expect(&machine, "\nabcd", 30);
	machine_send(&machine, "cho two\001e\n");
	machine_expect(&machine, "\ntwo", 30);
	machine_send(&machine, "\033[A\n");
	machine_expect(&machine, "\ntwo", 30);
	machine_send(&machine, "cat /etc/hostn\t\n");
	machine_expect(&machine, "\nbulkhead", 30);
	machine_send(&machine, "poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
}

/* As `make run` says it from the terminal that it has. */
BUILD_TEST(boot, window_size_and_kind_of_the_terminal, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	machine_start(&machine, &(struct machine_options){ .name = "window", .build = *build,
		.append = "LINES=50 COLUMNS=132 TERM=xterm" });
	machine_expect(&machine, PROMPT, 60);
	machine_send(&machine, "stty size; echo $TERM; cat /proc/cmdline\n");
	machine_expect(&machine, "\n50 132", 30);
	machine_expect(&machine, "\nxterm", 30);
	machine_expect(&machine, "LINES=50", 30);
	machine_send(&machine, "poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
}

BUILD_TEST(boot, interrupt_from_the_keyboard, .timeout = 400, .fini = machine_end)
{
	struct machine machine;

	start_shell(&machine, *build, "interrupt");
	machine_send(&machine, "sleep 1000\n");
	machine_expect(&machine, "sleep 1000", 10);
	run_command("sleep 1", 0);
	machine_send(&machine, "\003");
	machine_expect(&machine, PROMPT, 30);
	machine_send(&machine, "echo status $?\n");
	machine_expect(&machine, "status 130", 30);
	machine_expect(&machine, PROMPT, 30);
	machine_send(&machine, "cat\n");
	machine_expect(&machine, "cat", 10);
	run_command("sleep 1", 0);
	machine_send(&machine, "one line\n");
	machine_expect(&machine, "one line", 10);
	machine_expect(&machine, "one line", 10);
	machine_send(&machine, "\004");
	machine_expect(&machine, PROMPT, 30);
	machine_send(&machine, "poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
}

BUILD_TEST(boot, kept_disk_keeps, .timeout = 400, .fini = machine_end)
{
	struct machine machine;
	char disk[320];

	start_shell(&machine, *build, "kept");
	machine_send(&machine, "echo remembered > /root/note; poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
	strcpy(disk, machine.disk);
	machine_check_disk(&machine);
	machine_start(&machine, &(struct machine_options){ .name = "kept", .build = *build, .disk = disk });
	machine_expect(&machine, PROMPT, 60);
	machine_send(&machine, "cat note; poweroff\n");
	machine_expect(&machine, "\nremembered", 30);
	cr_assert_eq(machine_finish(&machine), 0);
	machine_check_disk(&machine);
}
