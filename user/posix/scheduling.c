/* SPDX-License-Identifier: MIT */
/*
 * sched_*(2), membarrier(2): what a program may ask of the scheduler. There is one policy, all
 * programs share the processor evenly; other policies are refused, as to one without privileges.
 */
#include "user/posix/dispatch.h"
#include "user/posix/linux_file.h"

enum { SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE = 5, SCHED_DEADLINE,
       SCHED_RESET_ON_FORK = 0x40000000 };
#define PRIORITY_MAX 99
#define SLICE_NS     10000000

/* -ESRCH: there is nobody of that number. */
static long check(struct task *task, long tid)
{
	struct process_identify_reply reply;
	status_t status;

	if ((int)tid < 0)
		return -E_INVAL;
	if (!(int)tid || (uint32_t)tid == PROCESS_PAGE(task->page)->tid ||
	    (uint32_t)tid == PROCESS_PAGE(task->page)->pid)
		return 0;
	/* Signal 0 asks for threads too. */
	status = process_kill(&task->process_session, &(struct process_kill_request){
		.pid = PROCESS_KILL_TID, .thread = (int32_t)tid, .code = SI_TKILL },
		&(struct process_kill_reply){ }, 0);
	if (status != STATUS_ERRNO(E_SRCH))
		return 0;
	return process_identify(&task->process_session, &(struct process_identify_request){
		(uint32_t)tid, 0 }, &reply, 0) ? -E_SRCH : 0;
}

static int is_policy(int policy)
{
	return policy >= SCHED_OTHER && policy <= SCHED_DEADLINE && policy != 4;
}

long sys_sched_getscheduler(struct task *task, long tid)
{
	long error = check(task, tid);

	return error ? error : SCHED_OTHER;
}

long sys_sched_setscheduler(struct task *task, long tid, long policy, long parameter)
{
	int32_t priority, plain = (int32_t)policy & ~SCHED_RESET_ON_FORK;
	long error = check(task, tid);

	if (error)
		return error;
	if (!parameter || !is_policy(plain))
		return -E_INVAL;
	if (copy_from_program(&priority, (uint64_t)parameter, sizeof(priority)))
		return -E_FAULT;
	if (plain == SCHED_FIFO || plain == SCHED_RR)
		return priority < 1 || priority > PRIORITY_MAX ? -E_INVAL : -E_PERM;
	return priority || plain == SCHED_DEADLINE ? -E_INVAL : 0;
}

long sys_sched_getparam(struct task *task, long tid, long parameter)
{
	int32_t priority = 0;
	long error = parameter ? check(task, tid) : -E_INVAL;

	return error ? error : copy_to_program((uint64_t)parameter, &priority, sizeof(priority));
}

long sys_sched_setparam(struct task *task, long tid, long parameter)
{
	return sys_sched_setscheduler(task, tid, SCHED_OTHER, parameter);
}

static long priority_limit(long policy, long real_time)
{
	if (!is_policy((int)policy))
		return -E_INVAL;
	return policy == SCHED_FIFO || policy == SCHED_RR ? real_time : 0;
}

long sys_sched_get_priority_max(struct task *task __attribute__((unused)), long policy)
{
	return priority_limit(policy, PRIORITY_MAX);
}

long sys_sched_get_priority_min(struct task *task __attribute__((unused)), long policy)
{
	return priority_limit(policy, 1);
}

long sys_sched_rr_get_interval(struct task *task, long tid, long address)
{
	struct linux_timespec slice = { 0, SLICE_NS };
	long error = check(task, tid);

	return error ? error : copy_to_program((uint64_t)address, &slice, sizeof(slice));
}

/* ---- membarrier(2): with one processor every change of thread is a barrier ---- */

enum { MEMBARRIER_QUERY, MEMBARRIER_GLOBAL = 1, MEMBARRIER_GLOBAL_EXPEDITED = 2,
       MEMBARRIER_REGISTER_GLOBAL = 4, MEMBARRIER_PRIVATE = 8, MEMBARRIER_REGISTER_PRIVATE = 16,
       MEMBARRIER_PRIVATE_CORE = 32, MEMBARRIER_REGISTER_PRIVATE_CORE = 64 };
#define MEMBARRIER_KNOWN 127

/* What is for this process alone has to be registered first. */
long sys_membarrier(struct task *task, long command, long flags)
{
	uint32_t *registered = &task->process->memory.barriers;

	if (flags)
		return -E_INVAL;
	switch ((int)command) {
	case MEMBARRIER_QUERY:
		return MEMBARRIER_KNOWN;
	case MEMBARRIER_GLOBAL:
	case MEMBARRIER_GLOBAL_EXPEDITED:
		return 0;
	case MEMBARRIER_REGISTER_GLOBAL:
	case MEMBARRIER_REGISTER_PRIVATE:
	case MEMBARRIER_REGISTER_PRIVATE_CORE:
		__atomic_or_fetch(registered, (uint32_t)command, __ATOMIC_RELAXED);
		return 0;
	case MEMBARRIER_PRIVATE:
	case MEMBARRIER_PRIVATE_CORE:
		return *registered & (uint32_t)command << 1 ? 0 : -E_PERM;
	default:
		return -E_INVAL;
	}
}
