/* SPDX-License-Identifier: MIT */
/* Boots to a shell on the console and types like a person. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/machine.h"

TestSuite(boot, .timeout = 400, .fini = machine_end);

#define PROMPT "# "

static void start_shell(struct machine *machine, const char *name)
{
	machine_start(machine, &(struct machine_options){ .name = name });
	machine_expect(machine, PROMPT, 60);
}

Test(boot, prompt_and_power_off)
{
	struct machine machine;

	start_shell(&machine, "power-off");
	machine_send(&machine, "echo $((6*7)) and $(uname -s)\n");
	machine_expect(&machine, "42 and Linux", 30);
	machine_send(&machine, "poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
	machine_check_disk(&machine);
}

/* One instruction is one nanosecond of the guest's clock, and a script's first line is behind all of the boot. */
Test(boot, shell_within_a_billion_instructions)
{
	struct machine machine;
	double seconds, idle;
	char *end;

	machine_start(&machine, &(struct machine_options){
		.name = "instructions", .icount = 1, .script = "tests/system/uptime.sh" });
	cr_assert_eq(machine_finish(&machine), 0);
	seconds = strtod(machine.text, &end);
	idle = strtod(end, 0);
	cr_assert(seconds > 0 && seconds - idle < 1.0, "a shell after %s", machine.text);
}

Test(boot, end_of_input_ends_it)
{
	struct machine machine;

	start_shell(&machine, "end-of-input");
	machine_send(&machine, "\004");
	cr_assert_eq(machine_finish(&machine), 0);
	machine_check_disk(&machine);
}

Test(boot, status_of_the_shell)
{
	struct machine machine;

	start_shell(&machine, "status");
	machine_send(&machine, "exit 9\n");
	cr_assert_eq(machine_finish(&machine), 9);
}

Test(boot, line_editing)
{
	struct machine machine;

	start_shell(&machine, "editing");
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

Test(boot, interrupt_from_the_keyboard)
{
	struct machine machine;

	start_shell(&machine, "interrupt");
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

Test(boot, kept_disk_keeps)
{
	struct machine machine;
	char disk[320];

	start_shell(&machine, "kept");
	machine_send(&machine, "echo remembered > /root/note; poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
	strcpy(disk, machine.disk);
	machine_check_disk(&machine);
	machine_start(&machine, &(struct machine_options){ .name = "kept", .disk = disk });
	machine_expect(&machine, PROMPT, 60);
	machine_send(&machine, "cat note; poweroff\n");
	machine_expect(&machine, "\nremembered", 30);
	cr_assert_eq(machine_finish(&machine), 0);
	machine_check_disk(&machine);
}
