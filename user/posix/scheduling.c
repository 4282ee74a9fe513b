/* SPDX-License-Identifier: MIT */
/*
 * sched_*(2), getpriority(2), ioprio_get(2), membarrier(2): what a program may ask of the
 * scheduler. Process decides, and keeps what was asked for.
 */
#include "user/posix/clock.h"
#include "user/posix/dispatch.h"

enum { SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE = 5, SCHED_DEADLINE,
       SCHED_RESET_ON_FORK = 0x40000000 };

static long ask(struct task *task, long tid, uint32_t set, const struct process_schedule *wanted,
		struct process_schedule_reply *reply)
{
	struct process_schedule_request request = { .thread = (uint32_t)tid, .set = set };
	status_t status;

	if ((int)tid < 0)
		return -E_INVAL;
	if (wanted)
		request.schedule = *wanted;
	status = process_schedule(&task->process_session, &request, reply, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static int is_policy(int policy)
{
	return policy >= SCHED_OTHER && policy <= SCHED_DEADLINE && policy != 4;
}

long sys_sched_getscheduler(struct task *task, long tid)
{
	struct process_schedule_reply reply;
	long error = ask(task, tid, 0, 0, &reply);

	return error ? error : (long)(reply.schedule.policy |
				      (reply.schedule.reset_on_fork ? SCHED_RESET_ON_FORK : 0));
}

static long set_parameter(struct task *task, long tid, uint32_t set,
			  struct process_schedule *wanted, long parameter)
{
	struct process_schedule_reply reply;
	int32_t priority;

	if (!parameter || (int)tid < 0)
		return -E_INVAL;
	if (copy_from_program(&priority, (uint64_t)parameter, sizeof(priority)))
		return -E_FAULT;
	wanted->real_time = (uint32_t)priority;
	return ask(task, tid, set | PROCESS_SCHEDULE_VALUES, wanted, &reply);
}

long sys_sched_setscheduler(struct task *task, long tid, long policy, long parameter)
{
	struct process_schedule wanted = {
		.policy = (uint32_t)policy & ~(uint32_t)SCHED_RESET_ON_FORK,
		.reset_on_fork = (policy & SCHED_RESET_ON_FORK) != 0 };

	if ((int)policy < 0)
		return -E_INVAL;
	return set_parameter(task, tid, PROCESS_SCHEDULE_POLICY, &wanted, parameter);
}

long sys_sched_setparam(struct task *task, long tid, long parameter)
{
	return set_parameter(task, tid, 0, &(struct process_schedule){ 0 }, parameter);
}

long sys_sched_getparam(struct task *task, long tid, long parameter)
{
	struct process_schedule_reply reply;
	int32_t priority;
	long error = parameter ? ask(task, tid, 0, 0, &reply) : -E_INVAL;

	if (error)
		return error;
	priority = (int32_t)reply.schedule.real_time;
	return copy_to_program((uint64_t)parameter, &priority, sizeof(priority));
}

static long priority_limit(long policy, long real_time)
{
	if (!is_policy((int)policy))
		return -E_INVAL;
	return policy == SCHED_FIFO || policy == SCHED_RR ? real_time : 0;
}

long sys_sched_get_priority_max(struct task *task __attribute__((unused)), long policy)
{
	return priority_limit(policy, PROCESS_REAL_TIME_MAX);
}

long sys_sched_get_priority_min(struct task *task __attribute__((unused)), long policy)
{
	return priority_limit(policy, 1);
}

long sys_sched_rr_get_interval(struct task *task, long tid, long address)
{
	struct process_schedule_reply reply;
	struct linux_timespec slice;
	long error = ask(task, tid, 0, 0, &reply);

	if (error)
		return error;
	slice = timespec_of(reply.slice_ns);
	return copy_to_program((uint64_t)address, &slice, sizeof(slice));
}

long sys_sched_yield(struct task *task)
{
	struct words words = { { 0 } };

	(void)task;
	return kernel_invoke_thread(0, THREAD_YIELD, &words) == STATUS_OK ? 0 : -E_IO;
}

/* ---- sched_setattr ---- */

/* struct sched_attr; programs may know less of it, or more. */
struct linux_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t least_use, most_use;
};
#define ATTRIBUTES_BYTES_LEAST 48u
#define ATTRIBUTES_BYTES_MOST  4096u
#define FLAG_RESET_ON_FORK 1u
#define FLAG_KEEP_POLICY   8u
#define FLAG_KEEP_VALUES   16u
#define FLAGS_KNOWN        127u
#define FLAGS_USE          96u

/* Is all of it, which we do not know, zero? */
static long rest_is_zero(uint64_t address, uint64_t bytes)
{
	uint8_t byte;

	for (uint64_t i = 0; i < bytes; i++) {
		if (copy_from_program(&byte, address + i, 1))
			return -E_FAULT;
		if (byte)
			return -E_TOOBIG;
	}
	return 0;
}

static long attributes_read(uint64_t address, struct linux_attributes *attributes)
{
	uint32_t known = sizeof(*attributes);
	long error;

	*attributes = (struct linux_attributes){ 0 };
	if (copy_from_program(&attributes->size, address, sizeof(attributes->size)))
		return -E_FAULT;
	if (!attributes->size)
		attributes->size = ATTRIBUTES_BYTES_LEAST;
	error = attributes->size < ATTRIBUTES_BYTES_LEAST ||
		attributes->size > ATTRIBUTES_BYTES_MOST ? -E_TOOBIG : 0;
	if (!error && attributes->size > known)
		error = rest_is_zero(address + known, attributes->size - known);
	if (error == -E_TOOBIG)
		return copy_to_program(address, &known, sizeof(known)) ? -E_FAULT : -E_TOOBIG;
	if (error)
		return error;
	known = attributes->size < known ? attributes->size : known;
	return copy_from_program(attributes, address, known);
}

long sys_sched_setattr(struct task *task, long tid, long address, long flags)
{
	struct linux_attributes attributes;
	struct process_schedule_reply reply;
	struct process_schedule wanted;
	uint32_t set = 0;
	long error;

	if (!address || (int)tid < 0 || flags)
		return -E_INVAL;
	error = attributes_read((uint64_t)address, &attributes);
	if (error)
		return error;
	if (attributes.flags & ~(uint64_t)FLAGS_KNOWN ||
	    (attributes.size == ATTRIBUTES_BYTES_LEAST && attributes.flags & FLAGS_USE))
		return -E_INVAL;
	if (attributes.flags & FLAGS_USE)
		return -E_OPNOTSUPP;
	/* Nothing is reserved for deadlines: no time is left to be promised. */
	if (attributes.policy == SCHED_DEADLINE && !(attributes.flags & FLAG_KEEP_POLICY)) {
		error = ask(task, tid, 0, 0, &reply);
		if (!error)
			error = capability_check(task, CAPABILITY_SYS_NICE) ? -E_PERM : -E_BUSY;
		return error;
	}
	wanted = (struct process_schedule){ attributes.policy, attributes.priority,
		attributes.nice, attributes.flags & FLAG_RESET_ON_FORK };
	if (!(attributes.flags & FLAG_KEEP_POLICY))
		set |= PROCESS_SCHEDULE_POLICY;
	if (!(attributes.flags & FLAG_KEEP_VALUES))
		set |= PROCESS_SCHEDULE_VALUES | (attributes.priority ? 0 : PROCESS_SCHEDULE_NICE);
	return ask(task, tid, set, &wanted, &reply);
}

long sys_sched_getattr(struct task *task, long tid, long address, long bytes, long flags)
{
	struct process_schedule_reply reply;
	struct linux_attributes attributes = { 0 };
	uint32_t size = (uint32_t)bytes;
	long error;

	if (!address || (int)tid < 0 || flags || size < ATTRIBUTES_BYTES_LEAST ||
	    size > ATTRIBUTES_BYTES_MOST)
		return -E_INVAL;
	error = ask(task, tid, 0, 0, &reply);
	if (error)
		return error;
	attributes.size = size < sizeof(attributes) ? size : sizeof(attributes);
	attributes.policy = reply.schedule.policy;
	attributes.flags = reply.schedule.reset_on_fork ? FLAG_RESET_ON_FORK : 0;
	attributes.priority = reply.schedule.real_time;
	attributes.nice = attributes.priority ? 0 : reply.schedule.nice;
	return copy_to_program((uint64_t)address, &attributes, attributes.size);
}

/* ---- affinity: there is one processor ---- */

long sys_sched_getaffinity(struct task *task, long tid, long bytes, long address)
{
	struct process_schedule_reply reply;
	uint64_t set = 1;
	long error;

	if ((uint32_t)bytes < sizeof(set) || bytes % (long)sizeof(set))
		return -E_INVAL;
	error = ask(task, tid, 0, 0, &reply);
	if (error)
		return error == -E_INVAL ? -E_SRCH : error;
	return copy_to_program((uint64_t)address, &set, sizeof(set)) ? -E_FAULT : (long)sizeof(set);
}

/* Only one's own threads, but for the superuser. */
static long affinity_allowed(struct task *task, long tid)
{
	uint32_t user = task->process->credentials.user.effective;
	struct process_identify_reply other;

	if (!tid || !capability_check(task, CAPABILITY_SYS_NICE) ||
	    process_identify(&task->process_session,
			&(struct process_identify_request){ (uint32_t)tid, 0 }, &other, 0))
		return 0;
	return user == other.identity.credentials.user.effective ||
	       user == other.identity.credentials.user.real ? 0 : -E_PERM;
}

long sys_sched_setaffinity(struct task *task, long tid, long bytes, long address)
{
	struct process_schedule_reply reply;
	uint8_t set = 0;
	long error;

	if ((uint32_t)bytes && copy_from_program(&set, (uint64_t)address, sizeof(set)))
		return -E_FAULT;
	error = ask(task, tid, 0, 0, &reply);
	if (!error)
		error = affinity_allowed(task, tid);
	if (error)
		return error == -E_INVAL ? -E_SRCH : error;
	return set & 1 ? 0 : -E_INVAL;
}

/* ---- nice and ioprio ---- */

enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };

static long nice(struct task *task, long kind, long who, uint32_t set, long value)
{
	struct process_nice_reply reply;
	status_t status;

	if ((uint64_t)kind > PRIO_USER)
		return -E_INVAL;
	status = process_nice(&task->process_session, &(struct process_nice_request){
		.kind = (uint32_t)kind, .who = (uint32_t)who, .set = set, .value = value },
		&reply, 0);
	/* The system call's result is 20 - nice, so that it is never negative. */
	return status == STATUS_OK ? 20 - (long)reply.value : error_of_status(status);
}

long sys_getpriority(struct task *task, long kind, long who)
{
	return nice(task, kind, who, 0, 0);
}

long sys_setpriority(struct task *task, long kind, long who, long value)
{
	long result = nice(task, kind, who, 1, (int)value);

	return result < 0 ? result : 0;
}

enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_WHO_USER = 3 };
enum { IO_CLASS_NONE, IO_CLASS_REAL_TIME, IO_CLASS_BEST_EFFORT, IO_CLASS_IDLE };
#define IO_CLASS(value)  ((uint32_t)(value) >> 13)
#define IO_LEVEL(value)  ((uint32_t)(value) & 0x1fff)
#define IO_LEVELS        8

static long io_priority(struct task *task, long kind, long who, uint32_t set, long value)
{
	struct process_io_priority_reply reply;
	status_t status;

	if ((int)kind < IOPRIO_WHO_PROCESS || (int)kind > IOPRIO_WHO_USER)
		return -E_INVAL;
	status = process_io_priority(&task->process_session,
		&(struct process_io_priority_request){ .kind = (uint32_t)kind - IOPRIO_WHO_PROCESS,
			.who = (uint32_t)who, .set = set, .value = (uint32_t)value }, &reply, 0);
	return status == STATUS_OK ? (long)reply.value : error_of_status(status);
}

long sys_ioprio_get(struct task *task, long kind, long who)
{
	return io_priority(task, kind, who, 0, 0);
}

long sys_ioprio_set(struct task *task, long kind, long who, long value)
{
	uint32_t class = IO_CLASS(value), level = IO_LEVEL(value);
	long result;

	if (class > IO_CLASS_IDLE || (class == IO_CLASS_NONE && level) ||
	    (class != IO_CLASS_IDLE && level >= IO_LEVELS))
		return -E_INVAL;
	result = io_priority(task, kind, who, 1, value);
	return result < 0 ? result : 0;
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
