/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_POLL_H
#define BULKHEAD_POSIX_POLL_H

#include <stdint.h>

#include "libipc/proto/poll.h"
#include "user/posix/file.h"

/*
 * Which of `events` (POLLIN ...) hold for a file, and POLLERR, POLLHUP, POLLNVAL (file 0). arm: if
 * none does, a notification is to come; it may come without cause.
 */
unsigned int poll_file(struct task *task, struct open_file *file, unsigned int events,
		       unsigned int arm);
/* The same, with the number of changes of the file. */
unsigned int poll_file_news(struct task *task, struct open_file *file, unsigned int events,
			    unsigned int arm, uint32_t *changes);

/* Asks several files, those of one server at once: how many are ready. */
struct poll_question { struct open_file *file; unsigned int events, ready; };
long poll_files(struct task *task, struct poll_question *question, unsigned int count,
		unsigned int arm);

/* Asks all the files of a call: how many are ready, or -errno. */
typedef long poll_scan_t(struct task *task, void *state, unsigned int arm);

/* Monotonic times that are none. */
#define POLL_AT_ONCE  0ull
#define POLL_FOREVER  (~0ull)
#define POLL_FURTHEST (1ull << 62)       /* later is never */

/* Scans until something is ready or the time has come (0). -errno; a signal: -ERESTARTNOHAND. */
long poll_wait(struct task *task, poll_scan_t *scan, void *state, uint64_t deadline_ns);

/* As task_wait; signals of the set are no interruption, but end the wait with 0. */
long signal_wait_for(struct task *task, uint64_t signals, uint64_t deadline, uint64_t *bits);

/* The deadline that poll's milliseconds mean. */
uint64_t poll_deadline_ms(long timeout_ms);
/* The deadline that a struct timespec of the program means; address 0: POLL_FOREVER. */
long poll_deadline(uint64_t address, uint64_t *deadline_ns);
uint64_t poll_remaining(uint64_t deadline_ns);
/* What is left of the time, for a program whose struct timespec is at the address. */
void poll_give_remaining(uint64_t address, uint64_t deadline_ns);
/* The signal mask of ppoll and pselect; address 0: none. signal_mask_end ends it. */
long poll_mask(struct task *task, uint64_t address, long bytes);

/* poll(2) for what is left of its time, after a signal without a handler. */
long poll_again(struct task *task, const struct restart_block *restart);

#endif
