/* SPDX-License-Identifier: MIT */
/*
 * Crashes from outside: the debug stub stops a server at work, lets it run a random number of
 * instructions further, plants a canary on its stack and destroys the instruction it stands at.
 * Then: the program that used it notices nothing, the restart count rises, the successor's code is
 * whole and the canary is gone.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/layout.h"
#include "tests/system/machine.h"
#include "tests/system/stub.h"

#define CANARY_ADDRESS (SERVICE_STACK + 64)
#define MOST_STEPS     400
#define CRASHES        3

static const uint64_t canary = 0x5ca1ab1e0ddba11ull;

struct target {
	char service[16], function[24];
	unsigned int seed;
};

ParameterizedTestParameters(outside, nothing_is_noticed)
{
	static struct target targets[] = {
		{ "fs", "on_write", 1 }, { "fs", "on_open", 2 }, { "virtio_blk", "on_submit", 3 },
		{ "uart", "on_write", 4 }, { "console", "on_write", 5 },
	};

	return cr_make_param_array(struct target, targets, sizeof(targets) / sizeof(*targets));
}

static uint64_t address_of(const struct target *target)
{
	char command[512], *text;
	uint64_t address;

	snprintf(command, sizeof(command), "llvm-nm '%s/services/%s.elf' | awk '$3 == \"%s\" {print $1}'",
		 getenv("O"), target->service, target->function);
	cr_assert_eq(run_command(command, &text), 0);
	address = strtoull(text, 0, 16);
	cr_assert(address, "%s has no function %s", target->service, target->function);
	free(text);
	return address;
}

/* All services stand at the same addresses: their info page says which one runs now. */
static int is_running(struct stub *stub, const struct target *target)
{
	char name[16];

	return stub_read(stub, SERVICE_INFO_ADDRESS, name, sizeof(name)) &&
	       strncmp(name, target->service, sizeof(name)) == 0;
}

static void stop_in(struct stub *stub, const struct target *target, uint64_t address)
{
	do {
		stub_break(stub, address);
		stub_run(stub, 60);
		stub_unbreak(stub, address);
		if (!is_running(stub, target))
			stub_step(stub);
	} while (!is_running(stub, target));
}

static int in_service_text(struct stub *stub, const struct target *target)
{
	uint64_t rip = stub_register(stub, STUB_RIP);

	return rip >= SERVICE_IMAGE && rip < SERVICE_IMAGE + (1 << 24) && is_running(stub, target);
}

/* Gives the address of the destroyed instruction. */
static uint64_t crash_now(struct stub *stub, const struct target *target, unsigned int *seed)
{
	static const unsigned char illegal[] = { 0x0f, 0x0b };
	int steps = 1 + rand_r(seed) % MOST_STEPS;
	uint64_t rip;

	while (steps-- > 0 || !in_service_text(stub, target))
		stub_step(stub);
	rip = stub_register(stub, STUB_RIP);
	cr_assert(stub_write(stub, CANARY_ADDRESS, &canary, sizeof(canary)));
	cr_assert(stub_write(stub, rip, illegal, sizeof(illegal)));
	return rip;
}

/* Stops in the successor and looks for traces of its predecessor. */
static void look_at_successor(struct stub *stub, const struct target *target, uint64_t address,
			      uint64_t destroyed)
{
	unsigned char code[2];
	uint64_t found;

	stop_in(stub, target, address);
	cr_expect(stub_read(stub, CANARY_ADDRESS, &found, sizeof(found)));
	cr_expect_neq(found, canary, "%s: memory of the crashed server is still there", target->service);
	cr_expect(stub_read(stub, destroyed, code, sizeof(code)));
	cr_expect(code[0] != 0x0f || code[1] != 0x0b, "%s: its code is still damaged", target->service);
}

ParameterizedTest(struct target *target, outside, nothing_is_noticed, .timeout = 400, .fini = machine_end)
{
	struct machine machine;
	struct stub stub;
	char name[64], path[400], check[128];
	uint64_t address = address_of(target);
	unsigned int seed = target->seed;
	int crash;

	snprintf(name, sizeof(name), "outside-%s-%s", target->service, target->function);
	machine_start(&machine, &(struct machine_options){
		.name = name, .more = "-chardev socket,id=gdb,path=%s/gdb,server=on,wait=off -gdb chardev:gdb" });
	machine_expect(&machine, "# ", 60);
	machine_send(&machine, "i=0; while [ $i -lt 150 ]; do seq 1 500 > /tmp/o; sync; md5sum < /tmp/o; "
			       "i=$((i+1)); done | tee /dev/tty | sort | uniq -c; services\n");
	machine_expect(&machine, "  -", 60);
	snprintf(path, sizeof(path), "%s/gdb", machine.directory);
	for (crash = 0; crash < CRASHES; crash++) {
		stub_open(&stub, path);
		stop_in(&stub, target, address);
		look_at_successor(&stub, target, address, crash_now(&stub, target, &seed));
		stub_close(&stub);
		machine_expect(&machine, "  -", 60);
	}
	machine_expect(&machine, "150 ", 120);
	machine_expect(&machine, "generation", 30);
	snprintf(check, sizeof(check), "services | awk '$1 == \"%s\" {print \"restarts\", $4}'\n", target->service);
	machine_send(&machine, check);
	snprintf(check, sizeof(check), "restarts %d", CRASHES);
	machine_expect(&machine, check, 30);
	machine_send(&machine, "poweroff\n");
	cr_assert_eq(machine_finish(&machine), 0);
	machine_check_disk(&machine);
}
