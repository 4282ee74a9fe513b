/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_SCRIPT_H
#define BULKHEAD_POSIX_SCRIPT_H

/* The first line of a script, "#! interpreter [one argument]", as execve(2) reads it. */
#define SCRIPT_LINE_BYTES 256
struct script {
	char line[SCRIPT_LINE_BYTES];             /* the two strings point in here */
	const char *interpreter;
	const char *argument;                     /* 0: none */
};
/* Reads the first bytes of a file. 0; -ENOEXEC: no script, or its interpreter's name is cut off. */
long script_read(struct script *script, const char *file, unsigned long bytes);

#endif
