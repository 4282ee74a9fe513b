/* SPDX-License-Identifier: MIT */
#include "servers/console/job.h"

#include "libipc/proto/errno.h"
#include "libipc/proto/process.h"

#define JOB_CODE_KERNEL 0x80             /* si_code of a signal that the system sends */

static struct session process;

void job_start(void)
{
	process = service_session("process");
}

status_t job_of(struct call *call, struct job *job)
{
	struct process_identify_reply reply;
	status_t status = process_identify(&process, &(struct process_identify_request){
		.client = BADGE_CLIENT(call->badge) }, &reply, 0);

	*job = (struct job){
		.process = reply.identity.pid,
		.session = reply.identity.session,
		.group = reply.identity.group,
		.orphaned = reply.identity.orphaned,
		.user = reply.identity.credentials.user.effective,
	};
	return status;
}

/* pid: as kill(2) has it. */
static status_t kill_all(int32_t pid, uint32_t signal)
{
	struct process_kill_reply reply;

	return process_kill(&process, &(struct process_kill_request){
		.pid = pid, .signal = signal, .thread = -1, .code = JOB_CODE_KERNEL },
		&reply, 0);
}

void job_signal(uint32_t group, uint32_t signal)
{
	/* A group that is gone meanwhile misses nothing. */
	if (group)
		(void)!kill_all(-(int32_t)group, signal);
}

void job_signal_process(uint32_t pid, uint32_t signal)
{
	(void)!kill_all((int32_t)pid, signal);
}

status_t job_check(struct call *call, const struct console_state *state, uint32_t flags,
		   enum job_signal signal)
{
	struct job job;
	status_t status;

	if (!state->session)
		return STATUS_OK;
	status = job_of(call, &job);
	if (status != STATUS_OK)
		return status;
	if (job.session != state->session || job.group == state->foreground || !state->foreground)
		return STATUS_OK;
	if (flags & CONSOLE_UNSTOPPABLE)
		return signal == JOB_SIGTTIN ? STATUS_ERRNO(E_IO) : STATUS_OK;
	if (job.orphaned)
		return STATUS_ERRNO(E_IO);
	job_signal(job.group, signal);
	return STATUS_CANCELLED;
}

status_t job_check_group(uint32_t group, uint32_t session)
{
	struct process_identify_reply reply;
	status_t status = process_identify(&process, &(struct process_identify_request){
		.pid = group }, &reply, 0);

	if (status == STATUS_OK)
		return reply.identity.session == session ? STATUS_OK : STATUS_ERRNO(E_PERM);
	/* The leader may be gone, and others of its group not. */
	return kill_all(-(int32_t)group, 0) == STATUS_OK ? STATUS_OK : STATUS_ERRNO(E_SRCH);
}
