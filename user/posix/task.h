/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_TASK_H
#define BULKHEAD_POSIX_TASK_H

#include <stdint.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "libipc/client.h"
#include "user/posix/descriptor.h"
#include "user/posix/memory.h"
#include "user/posix/random.h"
#include "user/posix/signal.h"

/*
 * The personality has no globals: everything hangs on the task record of the thread, which GS
 * points to, and on the process record behind it. Both lie in the private pages, which process
 * copies when a program forks, so that pointers into them stay valid in the child.
 */

/* One per thread. The first members are known to entry.S (offsets are checked in task.c). */
struct task {
	struct task *self;
	uint64_t stack_top;                       /* of the personality's stack for this thread */
	struct message_page *page;
	uint64_t window_restart;                  /* where an interruption inside the exit window goes on */
	struct registers program;                 /* of the program, while the personality works for it */

	/* One session per service; a thread has one request outstanding at each. */
	struct session process_session, fs, pipe, console, supervisor;
	struct process_record *process;

	uint32_t tid;
	uint64_t call;                            /* number of the system call at work; NO_CALL: none */
	struct signal_state signal;
	struct restart_block { uint64_t deadline, remaining, clock; } restart; /* restart_syscall */
	uint64_t clear_child_tid, robust_list;
	uint8_t fpu[512] __attribute__((aligned(16)));  /* fxsave area: fork, signal frames */
};
#define NO_CALL (~0ull)

/* One per process. */
struct process_record {
	uint32_t pid, parent;
	uint32_t uid, euid, suid, gid, egid, sgid;
	struct signal_action action[SIGNAL_COUNT + 1];
	struct memory memory;
	struct random random;
	char command[16];                         /* prctl(PR_GET_NAME) */
	uint64_t private_end;                     /* where private_pages() goes on */
	struct files files;                       /* descriptors, working directory, umask */
	char executable[4096];                    /* absolute path: /proc/self/exe */
};

/* The private pages as process maps them: the stack first, so that overrunning it meets a hole. */
#define TASK_STACK_BYTES 24576
struct private_area {
	uint8_t stack[TASK_STACK_BYTES];
	struct task task;
	struct process_record process;
};

/* Zeroed pages that live as long as the process, copied at fork; 0: none left. */
void *private_pages(struct task *task, unsigned long pages);

/*
 * Memory of the program. Any address may be given: one that the program could not use itself
 * gives -EFAULT, whatever was copied before it stays copied.
 */
long copy_from_program(void *to, uint64_t from, uint64_t bytes) MUST_CHECK;
long copy_to_program(uint64_t to, const void *from, uint64_t bytes) MUST_CHECK;
/* Bytes before the terminating zero; -ENAMETOOLONG if there is none in the first `limit` bytes. */
long string_length(uint64_t from, uint64_t limit) MUST_CHECK;
/* Copies a string with its zero: its length, -EFAULT or -ENAMETOOLONG. */
long string_from_program(char *to, uint64_t from, uint64_t limit) MUST_CHECK;

/*
 * Linux's codes inside the personality for a call that a signal interrupted: the exit of the call
 * makes EINTR of them or starts the call again (signal.c).
 */
#define ERESTARTSYS           512                 /* again if the handler says SA_RESTART */
#define ERESTARTNOHAND        514                 /* again only if no handler runs */
#define ERESTART_RESTARTBLOCK 516                 /* as above, by restart_syscall */

/* -errno of a status that is not OK. CANCELLED: -ERESTARTSYS. */
long error_of_status(status_t status);

/* Monotonic time in ticks of the time-stamp counter; kernel deadlines are in the same. */
uint64_t time_ticks(void);
uint64_t time_ticks_of_ns(uint64_t ns);
uint64_t time_ns_of_ticks(uint64_t ticks);

/*
 * Waits for notification bits at the thread's own endpoint until the tick `deadline` (0: none).
 * 0 and the bits, -ETIMEDOUT, or -ERESTARTNOHAND when a signal came.
 */
long task_wait(struct task *task, uint64_t deadline, uint64_t *bits);

/* A line in the log: at most 100 characters arrive. */
void task_log(struct task *task, const char *text, long number);

#endif
