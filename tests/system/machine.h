/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_SYSTEM_MACHINE_H
#define BULKHEAD_TESTS_SYSTEM_MACHINE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A machine in QEMU, started by tests/system/run. What it says is collected; whoever waits for
 * something names a limit, and a machine that says nothing for so long is killed and the end of
 * its logs becomes the test's message.
 */
struct machine {
	char directory[256];            /* its logs, disks and sockets */
	pid_t process;
	int input, output;
	char *text;                     /* all that it has said, NUL at the end */
	size_t text_bytes, text_room;
	size_t seen;                    /* machine_expect looks after this */
	char disk[320];                 /* its root disk, for machine_check_disk */
};

struct machine_options {
	const char *name;               /* of the directory below $O/system */
	const char *build;              /* column of servers/placement, 0: micro */
	const char *script;             /* file, 0: interactive, through pipes */
	const char *extra;              /* directory or 0 */
	const char *disk;               /* image or 0: a fresh copy */
	const char *append;             /* words for the kernel or 0 */
	const char *more;               /* options for QEMU or 0; %s is the directory */
	int icount;
	unsigned int memory_mib;        /* 0: the usual */
};

/* The builds that tests run on, each a parameter: Test(suite, name) once for each. */
#define BUILDS { "micro", "hybrid", "mono" }
typedef char build_name[8];
#define BUILD_TEST(suite, name, ...) \
	ParameterizedTestParameters(suite, name) \
	{ \
		static build_name builds[] = BUILDS; \
		\
		return cr_make_param_array(build_name, builds, sizeof(builds) / sizeof(*builds)); \
	} \
	ParameterizedTest(build_name *build, suite, name, __VA_ARGS__)

#define MACHINE_LIMIT_S 300             /* no machine lives longer */

void machine_start(struct machine *machine, const struct machine_options *options);
void machine_send(struct machine *machine, const char *text);

/* Waits until `text` comes after what was expected last; fails the test after limit_s in vain. */
void machine_expect(struct machine *machine, const char *text, unsigned int limit_s);

/* What came until the end, and the status of the run. Fails the test on a hang. */
int machine_finish(struct machine *machine);

/* For .fini of a suite: a test that fails leaves no machine behind. */
void machine_end(void);

/* e2fsck -fn finds nothing wrong. The machine must have finished. */
void machine_check_disk(struct machine *machine);

/* The whole text of a file of the machine's directory ("boot.log"); to be freed. */
char *machine_file(struct machine *machine, const char *name);

/* Runs a shell command, gives its status; its output, both kinds, in *text if text is not 0. */
int run_command(const char *command, char **text);
char *read_file(const char *path);

#endif
