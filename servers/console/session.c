/* SPDX-License-Identifier: MIT */
/* Whose controlling terminal a terminal is, its foreground, and how it is hung up. */
#include "servers/console/console.h"

#include "libipc/proto/errno.h"
#include "servers/console/job.h"

status_t on_set_foreground(struct call *call,
			   const struct console_set_foreground_request *request,
			   struct console_set_foreground_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, request->device, &terminal);
	struct console_state *next;
	struct job job;

	(void)reply;
	/* As Linux has it: a terminal that is hung up is not the caller's any more. */
	if (status == STATUS_ERRNO(E_IO))
		return STATUS_ERRNO(E_NOTTY);
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (!now(terminal)->session || job.session != now(terminal)->session)
		return STATUS_ERRNO(E_NOTTY);
	status = job_check(call, now(terminal), request->flags, JOB_SIGTTOU);
	if (status == STATUS_ERRNO(E_IO))
		return STATUS_ERRNO(E_NOTTY);
	if (status == STATUS_OK)
		status = job_check_group((uint32_t)request->group, job.session);
	if (status != STATUS_OK)
		return status;
	next = console_begin(terminal->stable);
	next->foreground = (uint32_t)request->group;
	console_commit(terminal->stable);
	return STATUS_OK;
}

static void set_session(struct terminal *terminal, uint32_t session, uint32_t foreground,
			uint32_t leader)
{
	struct console_state *next = console_begin(terminal->stable);

	next->session = session;
	next->foreground = foreground;
	next->leader = leader;
	console_commit(terminal->stable);
}

static int has_terminal(uint32_t session)
{
	for (unsigned i = 0; i < TERMINALS; i++)
		if (now(&console.terminal[i])->session == session &&
		    (!i || console.terminal[i].pty->used))
			return 1;
	return 0;
}

status_t on_acquire(struct call *call, const struct console_acquire_request *request,
		    struct console_acquire_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, request->device, &terminal);
	uint32_t owner;
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	owner = now(terminal)->session;
	if (job.process != job.session)
		return STATUS_ERRNO(E_PERM);
	if (owner == job.session)
		return STATUS_OK;
	if (has_terminal(job.session) || (owner && (!request->steal || job.user)))
		return STATUS_ERRNO(E_PERM);
	set_session(terminal, job.session, job.group, BADGE_CLIENT(call->badge));
	console.world->hung_group[BADGE_CLIENT(call->badge)] = 0;
	return STATUS_OK;
}

status_t on_disown(struct call *call, const struct console_disown_request *request,
		   struct console_disown_reply *reply)
{
	struct terminal *terminal;
	status_t status = terminal_of(call, (uint32_t)request->device, &terminal);
	struct job job;

	(void)reply;
	if (status == STATUS_OK)
		status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (!now(terminal)->session || now(terminal)->session != job.session)
		return STATUS_ERRNO(E_NOTTY);
	if (now(terminal)->leader != BADGE_CLIENT(call->badge))
		return STATUS_OK;
	/* In this order: a successor does it again rather than never. */
	job_signal(now(terminal)->foreground, JOB_SIGHUP);
	job_signal(now(terminal)->foreground, JOB_SIGCONT);
	set_session(terminal, 0, 0, NO_CLIENT);
	return STATUS_OK;
}

/* Whoever sleeps at the terminal finds that its file is dead. */
static void end_files(struct terminal *terminal)
{
	struct console_state *next = console_begin(terminal->stable);

	next->hangups++;
	next->session = next->foreground = 0;
	next->leader = NO_CLIENT;
	console_commit(terminal->stable);
	for (unsigned device = 0; device < CONSOLE_DEVICES; device++)
		console_wake_output(terminal, device);
	console_wake_input(terminal);
}

/* The foreground group is told when the leader has ended, which may have something to say to it. */
void session_hang_up(struct terminal *terminal)
{
	uint32_t leader = now(terminal)->leader;

	if (now(terminal)->session) {
		if (leader < CLIENT_MAX)
			console.world->hung_group[leader] = now(terminal)->foreground;
		job_signal_process(now(terminal)->session, JOB_SIGHUP);
		job_signal_process(now(terminal)->session, JOB_SIGCONT);
	}
	end_files(terminal);
}

/* A line is hung up when the session ends, a pty is not. */
static void leader_dead(struct terminal *terminal)
{
	job_signal(now(terminal)->foreground, JOB_SIGHUP);
	if (terminal->pty)
		set_session(terminal, 0, 0, NO_CLIENT);
	else
		end_files(terminal);
}

void session_client_dead(unsigned client)
{
	uint32_t *hung_group = &console.world->hung_group[client];

	for (unsigned i = 0; i < TERMINALS; i++) {
		struct terminal *terminal = &console.terminal[i];

		if ((!terminal->pty || terminal->pty->used) && now(terminal)->leader == client)
			leader_dead(terminal);
	}
	job_signal(*hung_group, JOB_SIGHUP);
	job_signal(*hung_group, JOB_SIGCONT);
	*hung_group = 0;
}

static struct terminal *controlling_terminal(uint32_t session)
{
	for (unsigned i = 0; i < TERMINALS; i++) {
		struct terminal *terminal = &console.terminal[i];

		if ((!terminal->pty || terminal->pty->used) && now(terminal)->session == session)
			return terminal;
	}
	return 0;
}

status_t on_hang_up(struct call *call, const struct console_hang_up_request *request,
		    struct console_hang_up_reply *reply)
{
	struct terminal *terminal;
	struct job job;
	status_t status = job_of(call, &job);

	(void)reply;
	if (status == STATUS_OK && job.user)
		status = STATUS_ERRNO(E_PERM);
	if (status != STATUS_OK)
		return status;
	if (request->what == CONSOLE_HANG_UP_CONTROLLING)
		terminal = controlling_terminal(job.session);
	else
		status = terminal_of(call, request->device, &terminal);
	if (status == STATUS_OK && terminal)
		session_hang_up(terminal);
	return status;
}
