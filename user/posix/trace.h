/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_TRACE_H
#define BULKHEAD_POSIX_TRACE_H

#include <stdint.h>

struct task;

/*
 * linuxtrace: a line for each Linux call of a process and its children, written to a pipe or file.
 * Untraced it costs nothing: a traced thread has another table of functions (task->table), and so
 * have those that it makes.
 */

/* prctl(PR_TRACE, descriptor): from now on. -EBADF; -EINVAL: neither a pipe nor a disk's file. */
#define PR_TRACE 0x424b5452
long trace_start(struct task *task, long descriptor);

/* ---- The text of a line (trace_text.c) ---- */

#define TRACE_LINE 480
struct trace_line {
	char text[TRACE_LINE];
	unsigned long bytes;
};
void trace_format(struct trace_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "name(arguments" up to the first argument that is known only afterwards; gives its index. */
unsigned int trace_before(struct trace_line *line, uint64_t number, const long *a);
/* The other arguments, and the bracket. */
void trace_after(struct trace_line *line, uint64_t number, const long *a, unsigned int from,
		 long result);

#endif
