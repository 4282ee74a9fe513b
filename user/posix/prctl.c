/* SPDX-License-Identifier: MIT */
/* prctl(2): names of threads are ours; what concerns other processes, process keeps. */
#include "user/posix/dispatch.h"
#include "user/posix/trace.h"

enum { PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE,
       PR_GET_KEEPCAPS = 7, PR_SET_KEEPCAPS, PR_GET_TIMING = 13, PR_SET_TIMING, PR_SET_NAME = 15,
       PR_GET_NAME, PR_GET_SECCOMP = 21, PR_CAPBSET_READ = 23, PR_CAPBSET_DROP,
       PR_SET_TIMERSLACK = 29, PR_GET_TIMERSLACK, PR_SET_CHILD_SUBREAPER = 36,
       PR_GET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_GET_TID_ADDRESS,
       PR_SET_THP_DISABLE, PR_GET_THP_DISABLE };
#define CAPABILITY_LAST 40
#define TIMER_SLACK_NS  50000

static long attribute(struct task *task, uint32_t which, uint32_t set, uint64_t value, long *old)
{
	struct process_attribute_reply reply = { 0 };
	status_t status = process_attribute(&task->process_session,
		&(struct process_attribute_request){ which, set, value }, &reply, 0);

	if (old)
		*old = (long)reply.value;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* An int at the program's address. */
static long attribute_to(struct task *task, uint32_t which, uint64_t address)
{
	long value, error = attribute(task, which, 0, 0, &value);
	int32_t number = (int32_t)value;

	return error ? error : copy_to_program(address, &number, sizeof(number));
}

static char *name_of(struct task *task)
{
	return task->number ? task->name : task->process->command;
}

static long name_set(struct task *task, uint64_t address)
{
	char name[16] = { 0 };
	long length = string_length(address, sizeof(name));

	if (length == -E_NAMETOOLONG)
		length = sizeof(name) - 1;
	if (length < 0 || copy_from_program(name, address, (uint64_t)length))
		return -E_FAULT;
	__builtin_memcpy(name_of(task), name, sizeof(name));
	return 0;
}

static long dumpable(struct task *task)
{
	long not, error = attribute(task, PROCESS_NOT_DUMPABLE, 0, 0, &not);

	return error ? error : !not;
}

static long no_new_privileges(struct task *task)
{
	long value, error = attribute(task, PROCESS_NO_NEW_PRIVILEGES, 0, 0, &value);

	return error ? error : value;
}

long sys_prctl(struct task *task, long option, long a, long b, long c, long d)
{
	switch (option) {
	case PR_SET_NAME:
		return name_set(task, (uint64_t)a);
	case PR_GET_NAME:
		return copy_to_program((uint64_t)a, name_of(task), sizeof(task->name));
	case PR_TRACE:
		return trace_start(task, a);
	case PR_SET_PDEATHSIG:
		return attribute(task, PROCESS_PARENT_DEATH, 1, (uint64_t)a, 0);
	case PR_GET_PDEATHSIG:
		return attribute_to(task, PROCESS_PARENT_DEATH, (uint64_t)a);
	case PR_GET_DUMPABLE:
		return dumpable(task);
	case PR_SET_DUMPABLE:
		return (uint64_t)a > 1 ? -E_INVAL : attribute(task, PROCESS_NOT_DUMPABLE, 1, !a, 0);
	case PR_SET_CHILD_SUBREAPER:
		return attribute(task, PROCESS_SUBREAPER, 1, a != 0, 0);
	case PR_GET_CHILD_SUBREAPER:
		return attribute_to(task, PROCESS_SUBREAPER, (uint64_t)a);
	case PR_SET_NO_NEW_PRIVS:
		return a != 1 || b || c || d ? -E_INVAL :
		       attribute(task, PROCESS_NO_NEW_PRIVILEGES, 1, 1, 0);
	case PR_GET_NO_NEW_PRIVS:
		return a || b || c || d ? -E_INVAL : no_new_privileges(task);
	case PR_GET_TID_ADDRESS:
		return copy_to_program((uint64_t)a, &task->clear_child_tid,
				       sizeof(task->clear_child_tid));
	case PR_CAPBSET_READ:
		return (uint64_t)a > CAPABILITY_LAST ? -E_INVAL : 1;
	case PR_GET_TIMERSLACK:
		return TIMER_SLACK_NS;
	case PR_SET_TIMERSLACK:
		return 0;
	case PR_GET_KEEPCAPS:
	case PR_GET_TIMING:
	case PR_GET_SECCOMP:
	case PR_GET_THP_DISABLE:
		return 0;
	case PR_SET_TIMING:
		return a ? -E_INVAL : 0;
	default:
		return -E_INVAL;
	}
}
