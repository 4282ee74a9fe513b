/* SPDX-License-Identifier: MIT */
/* Who a process is: numbers (they stand in the message page), users and groups. */
#include "user/posix/file.h"

long sys_getpid(struct task *task)
{
	return PROCESS_PAGE(task->page)->pid;
}

long sys_gettid(struct task *task)
{
	return PROCESS_PAGE(task->page)->tid;
}

long sys_getppid(struct task *task)
{
	return PROCESS_PAGE(task->page)->parent;
}

long sys_getpgrp(struct task *task)
{
	return PROCESS_PAGE(task->page)->group;
}

static long identify(struct task *task, long pid, struct process_identity *identity)
{
	struct process_identify_reply reply;
	status_t status = process_identify(&task->process_session, &(struct process_identify_request){
		(uint32_t)pid, 0 }, &reply, 0);

	*identity = reply.identity;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_getpgid(struct task *task, long pid)
{
	struct process_identity identity;
	long result;

	if (!(int)pid)
		return sys_getpgrp(task);
	result = (int)pid < 0 ? -E_SRCH : identify(task, pid, &identity);
	return result ? result : identity.group;
}

long sys_getsid(struct task *task, long pid)
{
	struct process_identity identity;
	long result;

	if (!(int)pid)
		return PROCESS_PAGE(task->page)->session;
	result = (int)pid < 0 ? -E_SRCH : identify(task, pid, &identity);
	return result ? result : identity.session;
}

long sys_setpgid(struct task *task, long pid, long group)
{
	status_t status;

	if ((int)group < 0)
		return -E_INVAL;
	if ((int)pid < 0)
		return -E_SRCH;
	status = process_set_group(&task->process_session, &(struct process_set_group_request){
		(uint32_t)pid, (uint32_t)group }, &(struct process_set_group_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long sys_setsid(struct task *task)
{
	struct process_set_session_reply reply;
	status_t status = process_set_session(&task->process_session,
		&(struct process_set_session_request){ }, &reply, 0);

	return status == STATUS_OK ? (long)reply.session : error_of_status(status);
}

/* ---- Users and groups ---- */

#define GET_ID(name, member) \
	long name(struct task *task) \
	{ \
		return task->process->credentials.member; \
	}
GET_ID(sys_getuid, user.real)
GET_ID(sys_geteuid, user.effective)
GET_ID(sys_getgid, group.real)
GET_ID(sys_getegid, group.effective)

static const struct process_ids keep = {
	PROCESS_KEEP_ID, PROCESS_KEEP_ID, PROCESS_KEEP_ID, PROCESS_KEEP_ID,
};

static long set_ids(struct task *task, struct process_ids user, struct process_ids group)
{
	struct process_credentials_reply reply;
	status_t status = process_set_credentials(&task->process_session,
		&(struct process_set_credentials_request){ { user, group } },
		&(struct process_set_credentials_reply){ }, 0);

	if (status == STATUS_OK)
		status = process_credentials(&task->process_session,
			&(struct process_credentials_request){ }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	task->process->credentials = reply.credentials;
	return files_identify(task);
}

static struct process_ids ids(long real, long effective, long saved)
{
	return (struct process_ids){ (uint32_t)real, (uint32_t)effective, (uint32_t)saved,
				     PROCESS_KEEP_ID };
}

/* setuid, setgid: all three for a privileged process, else the effective one. */
static long set_one(struct task *task, long id, int is_group)
{
	long may = capability_check(task, is_group ? CAPABILITY_SETGID : CAPABILITY_SETUID);
	struct process_ids new = may ? ids(-1, id, -1) : ids(id, id, id);

	if ((int)id == -1)
		return -E_INVAL;
	return is_group ? set_ids(task, keep, new) : set_ids(task, new, keep);
}

long sys_setuid(struct task *task, long id)
{
	return set_one(task, id, 0);
}

long sys_setgid(struct task *task, long id)
{
	return set_one(task, id, 1);
}

/*
 * The saved id follows the new effective one if the real id is set, or they differ (setreuid(2)).
 */
static struct process_ids reset(const struct process_ids *now, long real, long effective)
{
	uint32_t new = (uint32_t)effective == PROCESS_KEEP_ID ? now->effective : (uint32_t)effective;
	int follows = (uint32_t)real != PROCESS_KEEP_ID ||
		      ((uint32_t)effective != PROCESS_KEEP_ID && new != now->real);

	return ids(real, effective, follows ? (long)new : -1);
}

long sys_setreuid(struct task *task, long real, long effective)
{
	return set_ids(task, reset(&task->process->credentials.user, real, effective), keep);
}

long sys_setregid(struct task *task, long real, long effective)
{
	return set_ids(task, keep, reset(&task->process->credentials.group, real, effective));
}

long sys_setresuid(struct task *task, long real, long effective, long saved)
{
	return set_ids(task, ids(real, effective, saved), keep);
}

long sys_setresgid(struct task *task, long real, long effective, long saved)
{
	return set_ids(task, keep, ids(real, effective, saved));
}

static long get_three(const struct process_ids *now, long real, long effective, long saved)
{
	if (copy_to_program((uint64_t)real, &now->real, sizeof(now->real)) ||
	    copy_to_program((uint64_t)effective, &now->effective, sizeof(now->effective)) ||
	    copy_to_program((uint64_t)saved, &now->saved, sizeof(now->saved)))
		return -E_FAULT;
	return 0;
}

long sys_getresuid(struct task *task, long real, long effective, long saved)
{
	return get_three(&task->process->credentials.user, real, effective, saved);
}

long sys_getresgid(struct task *task, long real, long effective, long saved)
{
	return get_three(&task->process->credentials.group, real, effective, saved);
}

long sys_getgroups(struct task *task, long size, long list)
{
	struct process_credentials_reply reply;
	status_t status = process_credentials(&task->process_session,
		&(struct process_credentials_request){ }, &reply, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	if ((int)size < 0 || (size && (uint32_t)size < reply.count))
		return -E_INVAL;
	if (size && copy_to_program((uint64_t)list, reply.groups, reply.count * sizeof(uint32_t)))
		return -E_FAULT;
	return reply.count;
}

long sys_setgroups(struct task *task, long size, long list)
{
	struct process_set_groups_request request = { .count = (uint32_t)size };
	status_t status;

	if (capability_check(task, CAPABILITY_SETGID))
		return -E_PERM;
	if ((uint32_t)size > PROCESS_GROUPS)
		return -E_INVAL;
	if (copy_from_program(request.groups, (uint64_t)list, (uint64_t)size * sizeof(uint32_t)))
		return -E_FAULT;
	status = process_set_groups(&task->process_session, &request,
				    &(struct process_set_groups_reply){ }, 0);
	return status == STATUS_OK ? files_identify(task) : error_of_status(status);
}
