/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_CONSOLE_JOB_H
#define BULKHEAD_CONSOLE_JOB_H

#include "servers/console/terminal.h"

/* Job control: what the terminal asks process, and tells it. */
enum job_signal {
	JOB_SIGHUP = 1, JOB_SIGINT = 2, JOB_SIGQUIT = 3, JOB_SIGCONT = 18, JOB_SIGTSTP = 20,
	JOB_SIGTTIN = 21, JOB_SIGTTOU = 22, JOB_SIGWINCH = 28,
};

void job_start(void);

/* The caller's process, session and group. */
struct job {
	uint32_t process, session, group, orphaned, user;
};
status_t job_of(struct call *call, struct job *job) MUST_CHECK;

/*
 * May the caller use its controlling terminal? If it is in the background its group is sent the
 * signal, SIGTTIN or SIGTTOU. Fails: CANCELLED: it was sent; EIO: nothing can stop the caller.
 */
status_t job_check(struct call *call, const struct console_state *state, uint32_t flags,
		   enum job_signal signal) MUST_CHECK;

/* To a group; 0: nobody. */
void job_signal(uint32_t group, uint32_t signal);
void job_signal_process(uint32_t pid, uint32_t signal);
/* Fails: SRCH: no such group at all; PERM: not in the session. */
status_t job_check_group(uint32_t group, uint32_t session) MUST_CHECK;

#endif
