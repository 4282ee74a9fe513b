/* SPDX-License-Identifier: MIT */
/* prctl(2): names of threads are ours; what concerns other processes, process keeps. */
#include "user/posix/dispatch.h"
#include "user/posix/threads.h"
#include "user/posix/trace.h"

enum { PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE,
       PR_GET_KEEPCAPS = 7, PR_SET_KEEPCAPS, PR_GET_TIMING = 13, PR_SET_TIMING, PR_SET_NAME = 15,
       PR_GET_NAME, PR_GET_SECCOMP = 21, PR_CAPBSET_READ = 23, PR_CAPBSET_DROP, PR_GET_TSC,
       PR_SET_TSC, PR_GET_SECUREBITS, PR_SET_SECUREBITS,
       PR_SET_TIMERSLACK = 29, PR_GET_TIMERSLACK, PR_SET_CHILD_SUBREAPER = 36,
       PR_GET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_GET_TID_ADDRESS,
       PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, PR_CAP_AMBIENT = 47 };
enum { PR_CAP_AMBIENT_IS_SET = 1, PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_LOWER,
       PR_CAP_AMBIENT_CLEAR_ALL };
#define PR_TSC_ENABLE   1
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

/* Others see it in /proc. */
static long name_publish(struct task *task, uint32_t tid, const char name[16])
{
	struct process_rename_request request = { .tid = tid };
	status_t status;

	__builtin_memcpy(request.name, name, sizeof(request.name));
	status = process_rename(&task->process_session, &request, &(struct process_rename_reply){ },
				0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

long task_rename(struct task *task, uint32_t tid, const char name[16])
{
	struct threads *threads = task->process->threads;
	unsigned int number = 0;
	struct task *named = task;

	for (struct task *other; threads && (other = threads_next(threads, &number)); ) {
		if ((other->number ? other->tid : PROCESS_PAGE(task->page)->pid) == tid)
			named = other;
	}
	if (!threads && tid != PROCESS_PAGE(task->page)->tid)
		return -E_INVAL;
	__builtin_memcpy(name_of(named), name, 16);
	return name_publish(task, tid, name);
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
	return name_publish(task, PROCESS_PAGE(task->page)->tid, name);
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

/* ---- capabilities ---- */

static long capabilities(struct task *task, struct process_capabilities *to)
{
	struct process_capabilities_reply reply;
	status_t status = process_capabilities(&task->process_session,
		&(struct process_capabilities_request){ 0 }, &reply, 0);

	*to = reply.capabilities;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long capability_change(struct task *task, enum process_capability_change change, long value)
{
	status_t status = process_change_capabilities(&task->process_session,
		&(struct process_change_capabilities_request){ change, (uint64_t)value },
		&(struct process_change_capabilities_reply){ }, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long ambient(struct task *task, long action, long capability, long c, long d)
{
	struct process_capabilities own;
	long error;

	if (c || d || (action == PR_CAP_AMBIENT_CLEAR_ALL && capability))
		return -E_INVAL;
	if (action == PR_CAP_AMBIENT_CLEAR_ALL)
		return capability_change(task, PROCESS_AMBIENT_CLEAR, 0);
	if ((uint64_t)capability > CAPABILITY_LAST || action < PR_CAP_AMBIENT_IS_SET ||
	    action > PR_CAP_AMBIENT_LOWER)
		return -E_INVAL;
	if (action != PR_CAP_AMBIENT_IS_SET)
		return capability_change(task, action == PR_CAP_AMBIENT_RAISE ?
					 PROCESS_AMBIENT_RAISE : PROCESS_AMBIENT_LOWER, capability);
	error = capabilities(task, &own);
	return error ? error : own.ambient >> capability & 1;
}

/* What of prctl is about capabilities; -ENOSYS: it is not. */
static long capability_control(struct task *task, long option, long a, long b, long c, long d)
{
	struct process_capabilities own = { 0 };
	long error = capabilities(task, &own);

	switch (option) {
	case PR_CAPBSET_READ:
		if ((uint64_t)a > CAPABILITY_LAST)
			return -E_INVAL;
		return error ? error : own.bounding >> a & 1;
	case PR_CAPBSET_DROP:
		/* Who may not drop any is told that first. */
		if (!(own.effective & CAPABILITY_BIT(CAPABILITY_SETPCAP)))
			return -E_PERM;
		return capability_change(task, PROCESS_BOUNDING_DROP, a);
	case PR_GET_SECUREBITS:
		return error ? error : (long)own.secure;
	case PR_SET_SECUREBITS:
		return capability_change(task, PROCESS_SECURE_SET, a);
	case PR_GET_KEEPCAPS:
		return error ? error : (own.secure & SECURE_KEEP) != 0;
	case PR_SET_KEEPCAPS:
		return (uint64_t)a > 1 ? -E_INVAL : capability_change(task, PROCESS_KEEP_SET, a);
	default:
		return ambient(task, a, b, c, d);
	}
}

/* An int at the program's address: the clock of the processor can be read, and stays so. */
static long counter_control(long option, long a)
{
	int32_t enabled = PR_TSC_ENABLE;

	if (option == PR_GET_TSC)
		return copy_to_program((uint64_t)a, &enabled, sizeof(enabled));
	return a == PR_TSC_ENABLE ? 0 : -E_INVAL;
}

/* There are no large pages; what was said of them is kept. */
static long large_pages(struct task *task, long option, long a, int more)
{
	if (more || (option == PR_GET_THP_DISABLE && a))
		return -E_INVAL;
	if (option == PR_GET_THP_DISABLE)
		return task->process->small_pages;
	task->process->small_pages = a != 0;
	return 0;
}

static long slack_set(struct task *task, long slack_ns)
{
	task->slack_ns = slack_ns > 0 ? (uint64_t)slack_ns : task->slack_default_ns;
	return 0;
}

static long slack(const struct task *task)
{
	return (long)(task->slack_ns ? task->slack_ns : TIMER_SLACK_NS);
}

static long control(struct task *task, long option, long a, long b, long c, long d)
{
	switch (option) {
	case PR_CAPBSET_READ:
	case PR_CAPBSET_DROP:
	case PR_GET_SECUREBITS:
	case PR_SET_SECUREBITS:
	case PR_GET_KEEPCAPS:
	case PR_SET_KEEPCAPS:
	case PR_CAP_AMBIENT:
		return capability_control(task, option, a, b, c, d);
	case PR_GET_TSC:
	case PR_SET_TSC:
		return counter_control(option, a);
	case PR_GET_TIMERSLACK:
		return slack(task);
	case PR_SET_TIMERSLACK:
		return slack_set(task, a);
	case PR_GET_TIMING:
	case PR_GET_SECCOMP:
		return 0;
	case PR_GET_THP_DISABLE:
	case PR_SET_THP_DISABLE:
		return large_pages(task, option, a, (b | c | d) != 0);
	case PR_SET_TIMING:
		return a ? -E_INVAL : 0;
	default:
		return -E_INVAL;
	}
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
	default:
		return control(task, option, a, b, c, d);
	}
}
