/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_DISPATCH_H
#define BULKHEAD_POSIX_DISPATCH_H

#include "user/posix/task.h"

/* What entry.S calls, beside the functions of the table, and what it offers. */

/* A number without a row: -ENOSYS. */
long call_unknown(struct task *task);
/* The result of a call is none for the program: ERESTART*, CALL_DONE. */
void call_special(struct task *task, long result);
/* Before the program goes on: delivers signals, makes EINTR of an interrupted call or restarts it. */
void attend(struct task *task);
/* The program was interrupted or has made a fault. */
void upcall_outside(struct task *task);
/* A fault inside the personality: the registers to go on with. */
void upcall_inside(struct task *task, struct registers *registers);
/* The first program; a forked child. */
void boot(struct task *task);
void fork_child(struct task *task);

/* Addresses in entry.S and posix.ld; hidden: reached directly, there is no table of addresses. */
#pragma GCC visibility push(hidden)
extern const char image_start[], code_end[];
extern const char access_start[], access_end[], access_fault[];
extern const char exit_start[], exit_end[], exit_full[], exit_attend[];
extern const char posix_reflect[], posix_upcall[], posix_boot[], posix_fork_child[];
#pragma GCC visibility pop
long access_copy(void *to, const void *from, uint64_t bytes);
long access_length(uint64_t string, uint64_t limit);
long access_touch(uint64_t address, int write);
long access_exchange(uint32_t *word, uint32_t *expected, uint32_t new);

/* The function of each number, as task->table: for a thread alone, and for one of several. */
#define CALLS 512
typedef void call_t(void);
extern call_t *const call_table[CALLS], *const threaded_table[CALLS];
/* For one that linuxtrace watches: its calls come to trace.c, which goes on by task->untraced. */
extern call_t *const traced_table[CALLS];

static inline void task_set_table(struct task *task, call_t *const *table)
{
	task->untraced = table;
	task->table = task->process->trace ? traced_table : table;
}

/* exec of a file named in here, for the first program. 0 or -errno; CALL_DONE semantics as sys_execve. */
long exec_first(struct task *task, const char *path, const char *const *arguments,
		const char *const *environment);
/* Ends the machine; the status is shown by it. */
long power_off(struct task *task, unsigned int exit_status);
/* Ends the process with a wait status; does not return. */
_Noreturn void process_end(struct task *task, unsigned int status);

/*
 * The machine's name, or its domain's (enum process_host); new: PROCESS_HOST_BYTES of what it is
 * from now on, 0: only asks.
 */
#define HOST_NAME_MOST 64
long host_name(struct task *task, uint32_t which, const char *new,
	       struct process_host_reply *reply);

#endif
