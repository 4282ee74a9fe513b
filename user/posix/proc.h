/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_PROC_H
#define BULKHEAD_POSIX_PROC_H

#include "libipc/format.h"
#include "user/posix/node.h"

#define CLOCK_TICKS 100                  /* per second, in /proc */
#define TICK_NS     (1000000000 / CLOCK_TICKS)

/*
 * A text being written, of which a part is wanted: `size` bytes from `skip` on. What lies before or
 * behind is made too, and dropped.
 */
struct text {
	char *to;
	uint64_t size, skip;
	uint64_t bytes;                  /* made so far, with what is dropped */
	uint32_t row;                    /* of the node */
	uint32_t pid, id;                /* of whom; id: the thread's number, or the pid again */
	unsigned long number;            /* of the node */
};
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_bytes(struct text *text, const void *from, uint64_t bytes);
/* Octal digits, `least` at least, as text. */
void text_octal(struct text *text, uint32_t value, unsigned int least);
static inline int text_is_full(const struct text *text)
{
	return text->bytes >= text->skip + text->size;
}

/* Writes the text of a node, 0 or -errno. */
typedef long proc_text_t(struct task *task, struct text *text);
proc_text_t proc_pid_cmdline, proc_pid_comm, proc_pid_environ, proc_pid_io, proc_pid_limits,
	proc_pid_badness, proc_pid_maps, proc_pid_stat, proc_pid_statm, proc_pid_status, proc_pid_fdinfo;
proc_text_t proc_mounts, proc_mountinfo, proc_meminfo, proc_uptime, proc_loadavg, proc_stat,
	proc_cmdline, proc_host, proc_domain, proc_boot_id, proc_cpuinfo, proc_vmstat,
	proc_interrupts, proc_partitions, proc_random_uuid, proc_entropy;

/* Of pipes and IPC (proc_ipc.c). */
proc_text_t proc_setting, proc_messages, proc_semaphores, proc_segments;
/* A setting that root writes; what is none is taken and forgotten. */
long proc_take_setting(struct task *task, uint64_t node, const char *from, uint64_t bytes);
/* A decimal number, with blanks around it. */
int proc_number(const char *from, uint64_t bytes, int64_t *number);

/* The process with the lowest pid at or above; 0 or -errno. */
long proc_list(struct task *task, uint32_t pid, struct process_list_reply *reply);

#endif
