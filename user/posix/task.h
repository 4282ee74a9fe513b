/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_TASK_H
#define BULKHEAD_POSIX_TASK_H

#include <stdint.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "libipc/client.h"
#include "libipc/proto/errno.h"
#include "libipc/proto/process.h"
#include "libipc/time.h"
#include "user/posix/descriptor.h"
#include "user/posix/memory.h"
#include "user/posix/random.h"
#include "user/posix/signal.h"

/*
 * The personality has no globals: everything hangs on the task record of the thread, which GS
 * points to, and on the process record behind it. Both lie in the private pages, which process
 * copies when a program forks, so that pointers into them stay valid in the child.
 */

#define TASK_HELD 5

/* One per thread. entry.S knows the offsets of the members before the sessions (entry.h). */
struct task {
	struct task *self;
	uint64_t stack_top;                       /* of the personality's stack for this thread */
	struct message_page *page;
	uint64_t window_restart;                  /* where an interruption inside the exit window goes on */
	uint64_t call;                            /* number of the system call at work; NO_CALL: none */
	struct registers program;                 /* of the program, while the personality works for it */
	/* Words and windows of our messages: another page where the program must not reach it. */
	struct message_page *lend;
	const void *table;                        /* of functions, by number (dispatch.h) */
	const void *untraced;                     /* the same without linuxtrace (trace.h) */

	/* One session per service; a thread has one request outstanding at each. */
	struct session process_session, fs, pipe, console, supervisor;
	struct process_record *process;
	struct signal_state signal;
	struct restart_block {                    /* what restart_syscall goes on with */
		enum { RESTART_NOTHING, RESTART_SLEEP, RESTART_FUTEX, RESTART_POLL } what;
		uint32_t value, private;          /* of a futex; how many are polled */
		uint64_t address;                 /* of the futex; where the rest of a sleep goes */
		uint64_t deadline;                /* ns of the clock; of a futex a tick */
		uint32_t clock, of;
	} restart;
	struct { uint64_t tick, wall_ns; } time_of_day; /* the last that sleep_deadline made */
	struct fork_child {                       /* what clone gives it */
		uint64_t stack, tls, set_tid, clear_tid, parent_tid, is_thread;
		uint64_t clear_handlers;
	} child;
	uint64_t watching;                        /* client index + 1 that servers notify (poll.c) */
	uint64_t lock_watching;                   /* likewise the fs (file_lock.c) */
	uint64_t poll_signals;                    /* what polled signalfds wait for */
	uint8_t *gather;                          /* messages in parts (socket_message.c); 0: none */
	uint64_t clear_child_tid, robust_list;
	uint64_t fault_address, fault_code;       /* of the last fault: signal frames show them */
	/* As one thread of several; all zero for the first. */
	uint32_t number, notify_slot;             /* in the process; how others wake it */
	uint32_t tid;                             /* of a further thread; its page is for itself to read */
	uint64_t locked;                          /* it has the process's lock (lock.h) */
	uint64_t bits;                            /* notified while it waited for that */
	struct task *lock_next;
	uint32_t lock_granted;
	struct futex_wait {                       /* futex.c: what it waits for, and behind whom */
		struct task *next;
		uint64_t address;
		uint32_t bitset, woken;
	} futex;
	/* As long as its call lasts; the last two: while it is without the lock (threads.c). */
	struct open_file *held[TASK_HELD];
	struct open_file view[2];                 /* of other processes, on the last paths: node.c */
	uint32_t view_turn, reserved;
	char name[16];                            /* of a further thread: prctl(PR_SET_NAME) */
	uint64_t slack_ns, slack_default_ns;      /* prctl(PR_SET_TIMERSLACK): kept; 0: as usual */
	uint8_t fpu[512] __attribute__((aligned(16)));  /* fxsave area: fork, signal frames */
};
#define NO_CALL (~0ull)

/* One per process. Its numbers stand in the message page: PROCESS_PAGE(task->page)->pid ... */
#define LINUX_CALLS 512                           /* numbers below are looked up in the table */
struct process_record {
	struct signal_action action[SIGNAL_COUNT];  /* of signal n at n - 1 */
	uint64_t ignored;                         /* signals whose action that is */
	struct process_credentials credentials;   /* as process has them: only we change them */
	struct memory memory;
	struct random random;
	uint64_t unknown_calls[LINUX_CALLS / 64]; /* missing calls that were logged once */
	uint64_t private_end;                     /* where private_pages() goes on */
	struct open_file *executable;             /* /proc/self/exe; held by memory.mapped */
	int64_t executable_ns;                    /* when it had been modified last, at exec */
	/* Of the program's strings on its stack, for /proc/self/cmdline and environ. */
	uint64_t arguments_start, arguments_end, environment_end;
	char command[16];                         /* prctl(PR_GET_NAME) of the first thread */
	uint32_t personality;                     /* as personality(2) set it */
	uint32_t small_pages;                     /* prctl(PR_SET_THP_DISABLE) */
	struct threads *threads;                  /* threads.h; 0: there was one at all times */
	struct open_file *trace;                  /* where lines about calls go, one reference; 0 */
	struct files files;                       /* descriptors, working directory, umask */
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

/* Sets the program's FS base, which is kept in task->program.fs_base too. */
void task_set_tls(struct task *task, uint64_t fs_base);
/* The program's floating-point registers as a new program finds them. */
void task_reset_fpu(struct task *task);

/*
 * Memory of the program. Any address may be given: one that the program could not use itself
 * gives -EFAULT, whatever was copied before it stays copied.
 */
/*
 * 0, or -EFAULT where the range is not the program's at all. What the program names is looked at so
 * before it is lent to a server; whether it is mapped shows then.
 */
long program_range(uint64_t address, uint64_t bytes) MUST_CHECK;
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
#define ERESTARTNOINTR        513                 /* again, whatever the handler says */
#define ERESTARTNOHAND        514                 /* again only if no handler runs */
#define ERESTART_RESTARTBLOCK 516                 /* as above, by restart_syscall */
#define CALL_DONE             517                 /* task->program is as it shall be: exec, sigreturn */

/* 0, or -EPERM: the process does not have it (effective). */
long capability_check(struct task *task, enum capability capability) MUST_CHECK;

/* -errno of a status that is not OK. CANCELLED: -ERESTARTSYS; UNMAPPED: -EFAULT. */
long error_of_status(status_t status);

/*
 * Waits for notification bits at the thread's own endpoint until the tick `deadline` (0: none;
 * libipc/time.h makes them). 0 and the bits, -ETIMEDOUT, or -ERESTARTNOHAND when a signal came.
 */
long task_wait(struct task *task, uint64_t deadline, uint64_t *bits);

/* The calls (syscalls.h, dispatch.c), each with as many arguments as its row says. */
#define CALL_0(function) long function(struct task *task);
#define CALL_1(function) long function(struct task *task, long a);
#define CALL_2(function) long function(struct task *task, long a, long b);
#define CALL_3(function) long function(struct task *task, long a, long b, long c);
#define CALL_4(function) long function(struct task *task, long a, long b, long c, long d);
#define CALL_5(function) long function(struct task *task, long a, long b, long c, long d, long e);
#define CALL_6(function) \
	long function(struct task *task, long a, long b, long c, long d, long e, long f);
#define ROW(number, function, arguments) CALL_##arguments(function)
#include "user/posix/syscalls.h"
#undef ROW

/* Another name for that thread of this process. -EINVAL: it is none. */
long task_rename(struct task *task, uint32_t tid, const char name[16]);

/* A line in the log, with the program's name before it. */
void task_log(struct task *task, const char *text, long number);

#endif
