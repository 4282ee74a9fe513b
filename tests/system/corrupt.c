/* SPDX-License-Identifier: MIT */
/* Disks that lie: whatever stands in their metadata, the system boots or says why not, and ends. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/machine.h"

#define METADATA_BYTES (2 << 20)        /* descriptors, bitmaps, inodes and directories stand in there */
#define DAMAGES        400

ParameterizedTestParameters(corrupt, ends)
{
	static unsigned int seeds[] = { 1, 2, 3, 4 };

	return cr_make_param_array(unsigned int, seeds, sizeof(seeds) / sizeof(*seeds));
}

/* Random bytes in the metadata, the superblock left alone: without it there is no disk at all. */
static void damage(const char *path, unsigned int seed)
{
	int image = open(path, O_RDWR), i;

	cr_assert(image >= 0);
	for (i = 0; i < DAMAGES; i++) {
		off_t at = 4096 + (off_t)(rand_r(&seed) % (METADATA_BYTES - 4096));
		unsigned char byte = (unsigned char)rand_r(&seed);

		cr_assert_eq(pwrite(image, &byte, 1, at), 1);
	}
	close(image);
}

ParameterizedTest(unsigned int *seed, corrupt, ends, .timeout = 400, .fini = machine_end)
{
	struct machine machine;
	char name[32], disk[320], script[320], command[1024], *log;
	int status;

	snprintf(name, sizeof(name), "corrupt-%u", *seed);
	snprintf(disk, sizeof(disk), "%s/system/%s.img", getenv("O"), name);
	snprintf(script, sizeof(script), "%s/system/%s.sh", getenv("O"), name);
	snprintf(command, sizeof(command), "mkdir -p '%s/system' && cp --sparse=always '%s/root.img' '%s' && "
		 "echo 'ls -lR / >/dev/null 2>&1; cat /etc/* >/dev/null 2>&1; echo x >/tmp/y; rm -r /etc /tmp/* 2>/dev/null; echo end' > '%s'",
		 getenv("O"), getenv("O"), disk, script);
	cr_assert_eq(run_command(command, 0), 0);
	damage(disk, *seed);
	machine_start(&machine, &(struct machine_options){ .name = name, .disk = disk, .script = script });
	status = machine_finish(&machine);
	log = machine_file(&machine, "boot.log");
	cr_expect_null(strstr(log, "PANIC"), "%s", log);
	cr_expect_neq(status, 124, "seed %u hangs:\n%s", *seed, log);
	free(log);
}
