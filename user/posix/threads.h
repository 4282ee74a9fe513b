/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_THREADS_H
#define BULKHEAD_POSIX_THREADS_H

#include "user/posix/lock.h"
#include "user/posix/task.h"

/*
 * What a process has once it has made a second thread: in private pages of its own. A thread's
 * area, stack and record, stays for the next one with its number.
 */
#define FUTEX_LISTS 64
struct threads {
	struct lock lock;                         /* of the process's record and of what follows */
	uint32_t count;                           /* threads that live, of those named below */
	uint32_t reserved;
	struct task *ending;                      /* the one that is to be alone, for exec; 0: none */
	struct task *task[PROGRAM_THREADS];       /* by number; 0: never used */
	uint8_t lives[PROGRAM_THREADS];
	struct lock futex_lock;                   /* of the lists */
	struct task *futex[FUTEX_LISTS];          /* who waits, in the order in which they came */
};

/* The next thread that lives from number *number on, which is moved behind it; 0: no more. */
struct task *threads_next(struct threads *threads, unsigned int *number);

/* What clone(2) asks for, and how a new thread begins. */
struct clone {
	uint64_t flags, stack, parent_tid, child_tid, tls;
	uint64_t pidfd;                           /* where its descriptor's number goes */
};
long threads_clone(struct task *task, const struct clone *clone);
void thread_begin(struct task *task);
/* In the child of a fork: it is alone; what others held is given back. */
void threads_forget(struct task *task);
/* Ends all other threads: before exec. */
void threads_end_others(struct task *task);
/* Is the thread to end instead of going on? */
int threads_must_end(struct task *task);
_Noreturn void thread_end(struct task *task, unsigned int status);

/* Open files of a call's descriptors stay open while it waits: a bit of `which` says that one is. */
void threads_hold(struct task *task, unsigned int which, const long argument[3]);
void threads_release(struct task *task);
/*
 * While this thread waits for the fs the others may work in the process's record: that file stays.
 * Needs: it has the lock. threads_resume, with what this gave: it has it again.
 */
int threads_pause(struct task *task, struct open_file *file);
void threads_resume(struct task *task, int paused);

/* The end of a thread as futexes see it: robust lists, clear_child_tid (futex.c). */
void futex_thread_ends(struct task *task);
/* Locks that `owner`, a thread that ends, has in its robust list: `task` walks it. */
void futex_robust_list(struct task *task, struct task *owner);

#endif
