/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_EXEC_H
#define BULKHEAD_POSIX_EXEC_H

#include "user/posix/arguments.h"
#include "libipc/proto/fs.h"
#include "user/posix/elf.h"
#include "user/posix/script.h"
#include "user/posix/task.h"

#define SCRIPTS_MAX 5                             /* scripts run by scripts: ELOOP beyond */
#define HEAD_BYTES  1024                          /* of a file, read at first */

/* An execve under way. */
struct exec {
	long directory, flags;                    /* execveat's; flags: LINUX_O_NOFOLLOW or 0 */
	const char *path;                         /* what is opened now */
	unsigned int closing;                     /* found by a descriptor that exec closes */
	long descriptor;                          /* the program */
	long interpreter_descriptor;              /* of a dynamic program; -1: it has none */
	struct argument_block block;
	struct script script[SCRIPTS_MAX];
	uint32_t scripts;
	struct elf_image image, interpreter;      /* interpreter.count 0: none */
	struct fs_status status;                  /* of the program; all zero: not known */
	/* What is being looked at. */
	struct elf_header header;
	union {
		char bytes[HEAD_BYTES];
		struct elf_program_header headers[ELF_PROGRAM_HEADERS_BYTES /
						  sizeof(struct elf_program_header)];
	} head;
};

/*
 * Opens what is to be executed, through its scripts, and its interpreter: after it the descriptors
 * are open and the images read. `path` has room for ELF_INTERPRETER_BYTES. -errno: nothing is open.
 */
long exec_open(struct task *task, struct exec *exec, char *path);
/* The same, for a program that is open as exec->descriptor. */
long exec_look(struct task *task, struct exec *exec, char *path);
/* execve of that: without further privileges. */
long exec_opened(struct task *task, struct exec *exec);
/* Closes both descriptors. */
void exec_close(struct task *task, const struct exec *exec);

#endif
