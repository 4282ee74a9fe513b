/* SPDX-License-Identifier: MIT */
/* Groups, sessions, credentials, limits; what others may know of a process. */
#include "servers/process/state.h"

#include "libipc/string.h"

/* The process meant by a pid, 0: the caller itself. Gives its index, 0: there is none. */
static unsigned process_meant(const struct call *call, uint32_t pid)
{
	return pid ? table_find(state.table, pid) : caller_index(call);
}

/* ---- groups and sessions ---- */

status_t on_set_group(struct call *call, const struct process_set_group_request *request,
		      struct process_set_group_reply *reply)
{
	unsigned caller = caller_index(call), index = process_meant(call, request->pid);
	struct process *process = process_at(index);
	uint32_t group = request->group ? request->group : process->pid;

	(void)reply;
	if (request->group >= 0x80000000u)
		return STATUS_ERRNO(E_INVAL);
	if (!index || !process_lives(process) || (index != caller && process->parent != caller))
		return STATUS_ERRNO(E_SRCH);
	if (index != caller && process->flags & FLAG_EXECED)
		return STATUS_ERRNO(E_ACCES);
	if (process->session == process->pid || process->session != process_at(caller)->session ||
	    (group != process->pid && !group_in_session(state.table, group, process->session)))
		return STATUS_ERRNO(E_PERM);
	process->group = group;
	process_page_update(index);
	return STATUS_OK;
}

status_t on_set_session(struct call *call, const struct process_set_session_request *request,
			struct process_set_session_reply *reply)
{
	unsigned index = caller_index(call);
	struct process *process = process_at(index);

	(void)request;
	if (process->group == process->pid ||
	    group_in_session(state.table, process->pid, process->session))
		return STATUS_ERRNO(E_PERM);
	process->group = process->session = process->pid;
	process_page_update(index);
	reply->session = process->pid;
	return STATUS_OK;
}

/* ---- credentials ---- */

void commit_finish(void)
{
	struct commit *commit = &state.table->commit;

	if (!commit->index)
		return;
	process_at((unsigned)commit->index)->credentials = commit->credentials;
	process_at((unsigned)commit->index)->capabilities = commit->capabilities;
	__asm__ volatile("" ::: "memory");
	commit->index = 0;
}

void identity_commit(unsigned index, const struct process *next)
{
	struct commit *commit = &state.table->commit;

	commit->credentials = next->credentials;
	commit->capabilities = next->capabilities;
	__asm__ volatile("" ::: "memory");
	commit->index = index;
	__asm__ volatile("" ::: "memory");
	commit_finish();
}

/* By exec, with what it grants or (0) nothing. */
void identity_change(unsigned index, const struct grant *grant)
{
	struct process *process = process_at(index);
	struct process next = { .credentials = process->credentials,
				.capabilities = process->capabilities };

	memcpy(next.attribute, process->attribute, sizeof(next.attribute));
	credentials_exec(&next, grant);
	memcpy(process->attribute, next.attribute, sizeof(next.attribute));
	identity_commit(index, &next);
}

status_t on_credentials(struct call *call, const struct process_credentials_request *request,
			struct process_credentials_reply *reply)
{
	const struct process *process = process_at(caller_index(call));

	(void)request;
	*reply = (struct process_credentials_reply){
		.credentials = process->credentials, .count = process->group_count,
	};
	memcpy(reply->groups, process->groups, sizeof(process->groups));
	return STATUS_OK;
}

status_t on_set_credentials(struct call *call,
			    const struct process_set_credentials_request *request,
			    struct process_set_credentials_reply *reply)
{
	unsigned index = caller_index(call);
	struct process next = { .credentials = process_at(index)->credentials,
				.capabilities = process_at(index)->capabilities };

	(void)reply;
	if (!credentials_set(&next, &request->credentials))
		return STATUS_ERRNO(E_PERM);
	/* Who becomes somebody else does not die for a former parent, nor show itself. */
	if (next.credentials.user.effective != process_at(index)->credentials.user.effective ||
	    next.credentials.group.effective != process_at(index)->credentials.group.effective ||
	    next.credentials.user.file != process_at(index)->credentials.user.file ||
	    next.credentials.group.file != process_at(index)->credentials.group.file) {
		process_at(index)->attribute[PROCESS_PARENT_DEATH] = 0;
		process_at(index)->attribute[PROCESS_NOT_DUMPABLE] = 1;
	}
	identity_commit(index, &next);
	return STATUS_OK;
}

status_t on_set_groups(struct call *call, const struct process_set_groups_request *request,
		       struct process_set_groups_reply *reply)
{
	struct process *process = process_at(caller_index(call));

	(void)reply;
	if (!process_can(process, CAPABILITY_SETGID))
		return STATUS_ERRNO(E_PERM);
	if (request->count > PROCESS_GROUPS)
		return STATUS_ERRNO(E_INVAL);
	memcpy(process->groups, request->groups, sizeof(process->groups));
	process->group_count = request->count;
	return STATUS_OK;
}

status_t on_in_group(struct call *call, const struct process_in_group_request *request,
		     struct process_in_group_reply *reply)
{
	const struct process *process;

	(void)call;
	if (request->client >= PROCESS_MAX || !process_exists(process_at(request->client)))
		return STATUS_ERRNO(E_SRCH);
	process = process_at(request->client);
	reply->yes = process->credentials.group.file == request->group;
	for (uint32_t i = 0; i < process->group_count; i++)
		reply->yes |= process->groups[i] == request->group;
	return STATUS_OK;
}

status_t on_access(struct call *call, const struct process_access_request *request,
		   struct process_access_reply *reply)
{
	const struct process *process;

	(void)call;
	if (request->client >= PROCESS_MAX || !process_exists(process_at((unsigned)request->client)))
		return STATUS_ERRNO(E_SRCH);
	process = process_at((unsigned)request->client);
	*reply = (struct process_access_reply){
		.pid = process->pid, .real_user = process->credentials.user.real,
		.real_group = process->credentials.group.real,
		.user = process->credentials.user.file, .group = process->credentials.group.file,
		.count = process->group_count,
		.effective = process->capabilities.effective,
		.permitted = process->capabilities.permitted,
	};
	memcpy(reply->groups, process->groups, sizeof(process->groups));
	return STATUS_OK;
}

/* ---- what others may know ---- */

static struct process_identity identity_of(unsigned index)
{
	const struct process *process = process_at(index);

	return (struct process_identity){
		.client = index, .pid = process->pid, .parent = process_at(process->parent)->pid,
		.group = process->group, .session = process->session, .state = process->state,
		.credentials = process->credentials,
		.orphaned = group_is_orphaned(state.table, process->group, 0),
	};
}

status_t on_identify(struct call *call, const struct process_identify_request *request,
		     struct process_identify_reply *reply)
{
	unsigned index = request->client < PROCESS_MAX ? request->client : 0;

	(void)call;
	if (request->pid)
		index = table_find(state.table, request->pid);
	if (!index || !process_exists(process_at(index)))
		return STATUS_ERRNO(E_SRCH);
	reply->identity = identity_of(index);
	return STATUS_OK;
}

/* What it has used so far, its running threads included. */
static struct process_usage usage_now(unsigned index)
{
	struct process_usage usage = process_at(index)->usage;

	usage.cpu_ns = process_cpu_ns(index);
	return usage;
}

status_t on_list(struct call *call, const struct process_list_request *request,
		 struct process_list_reply *reply)
{
	const struct process *process;
	unsigned index = 0;

	(void)call;
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (process_exists(process_at(i)) && process_at(i)->pid >= request->pid &&
		    (!index || process_at(i)->pid < process_at(index)->pid))
			index = i;
	}
	if (!index)
		return STATUS_ERRNO(E_NOENT);
	process = process_at(index);
	*reply = (struct process_list_reply){
		.identity = identity_of(index), .start_ns = process->start_ns,
		.region_pages = region_bytes(&state.regions,
					     process_at(process->memory)->regions, 0,
					     PROGRAM_END, REGION_ALL) / PAGE,
		.asleep = process->first_thread && thread_sleeps(process->first_thread),
		.nice = (uint32_t)nice_of(index), .usage = usage_now(index),
		.command_bytes = process->command_bytes,
	};
	memcpy(reply->name, process->name, sizeof(reply->name));
	memcpy(reply->command, process->command, sizeof(reply->command));
	return STATUS_OK;
}

status_t on_usage(struct call *call, const struct process_usage_request *request,
		  struct process_usage_reply *reply)
{
	unsigned index = caller_index(call);

	(void)request;
	reply->self = usage_now(index);
	reply->children = process_at(index)->children;
	return STATUS_OK;
}

/* ---- limits ---- */

/* prlimit(2): who has no privilege must be the target in every respect. */
static bool may_limit(const struct process *process, const struct process *other)
{
	const struct process_credentials *own = &process->credentials;
	const struct process_ids *user = &other->credentials.user;
	const struct process_ids *group = &other->credentials.group;

	return process_can(process, CAPABILITY_SYS_RESOURCE) ||
	       (own->user.real == user->real && own->user.real == user->effective &&
		own->user.real == user->saved && own->group.real == group->real &&
		own->group.real == group->effective && own->group.real == group->saved);
}

static bool may_change(const struct process *process, const struct process *other,
		       enum capability capability)
{
	return process == other || process_can(process, capability) ||
	       process->credentials.user.real == other->credentials.user.real;
}

status_t on_limit(struct call *call, const struct process_limit_request *request,
		  struct process_limit_reply *reply)
{
	const struct process *caller = process_at(caller_index(call));
	unsigned index = process_meant(call, request->pid);
	struct process *process = process_at(index);

	if (!index)
		return STATUS_ERRNO(E_SRCH);
	if (process != caller && !may_limit(caller, process))
		return STATUS_ERRNO(E_PERM);
	if (request->resource >= PROCESS_LIMITS || (request->set && request->soft > request->hard))
		return STATUS_ERRNO(E_INVAL);
	reply->soft = process->limit[request->resource].soft;
	reply->hard = process->limit[request->resource].hard;
	if (request->set && request->hard > reply->hard &&
	    !process_can(caller, CAPABILITY_SYS_RESOURCE))
		return STATUS_ERRNO(E_PERM);
	if (request->set) {
		process->limit[request->resource].soft = request->soft;
		process->limit[request->resource].hard = request->hard;
		if (request->resource == LIMIT_CPU)
			timers_arm();
	}
	return STATUS_OK;
}

status_t on_badness(struct call *call, const struct process_badness_request *request,
		    struct process_badness_reply *reply)
{
	const struct process *caller = process_at(caller_index(call));
	unsigned index = process_meant(call, request->pid);
	struct process *process = process_at(index);

	if (!index)
		return STATUS_ERRNO(E_SRCH);
	reply->value = process->badness;
	if (!request->set)
		return STATUS_OK;
	if (request->value < -1000 || request->value > 1000)
		return STATUS_ERRNO(E_INVAL);
	if (!may_change(caller, process, CAPABILITY_SYS_RESOURCE) ||
	    (request->value < process->badness &&
	     !process_can(caller, CAPABILITY_SYS_RESOURCE)))
		return STATUS_ERRNO(E_ACCES);
	process->badness = (int32_t)request->value;
	return STATUS_OK;
}

status_t on_attribute(struct call *call, const struct process_attribute_request *request,
		      struct process_attribute_reply *reply)
{
	uint8_t *attribute = process_at(caller_index(call))->attribute;

	if (request->which >= PROCESS_ATTRIBUTES || request->value > SIGNALS ||
	    (request->which != PROCESS_PARENT_DEATH && request->value > 1))
		return STATUS_ERRNO(E_INVAL);
	reply->value = attribute[request->which];
	if (!request->set)
		return STATUS_OK;
	if (request->which == PROCESS_NO_NEW_PRIVILEGES && !request->value)
		return STATUS_ERRNO(E_INVAL);
	attribute[request->which] = (uint8_t)request->value;
	return STATUS_OK;
}
