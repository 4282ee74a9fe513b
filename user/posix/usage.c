/* SPDX-License-Identifier: MIT */
/* Resources used and resources allowed. */
#include "user/posix/usage.h"

#include "user/posix/clock.h"

#define NS_PER_TICK   10000000ull                 /* times(2) counts hundredths */
#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1
#define RLIMIT_FSIZE    1
#define RLIMIT_NOFILE   7

/* struct rlimit; RLIM_INFINITY is PROCESS_LIMIT_NONE. */
struct linux_limit { uint64_t soft, hard; };

void usage_of(const struct process_usage *usage, struct linux_usage *linux_usage)
{
	*linux_usage = (struct linux_usage){
		.user = { (int64_t)(usage->cpu_ns / NS_PER_SECOND),
			  (int64_t)(usage->cpu_ns % NS_PER_SECOND / 1000) },
		.peak_kib = (int64_t)usage->peak_pages * 4,
		.minor_faults = (int64_t)usage->faults,
	};
}

long sys_getrusage(struct task *task, long who, long address)
{
	struct process_usage_reply reply;
	struct linux_usage linux_usage;
	status_t status;

	if ((int)who != RUSAGE_SELF && (int)who != RUSAGE_CHILDREN && (int)who != RUSAGE_THREAD)
		return -E_INVAL;
	status = process_usage(&task->process_session, &(struct process_usage_request){ }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	/* Faults of single threads are not counted. */
	if ((int)who == RUSAGE_THREAD &&
	    clock_read(task, &(struct clock){ PROCESS_CLOCK_THREAD, 0 }, &reply.self.cpu_ns))
		return -E_IO;
	usage_of((int)who == RUSAGE_CHILDREN ? &reply.children : &reply.self, &linux_usage);
	return copy_to_program((uint64_t)address, &linux_usage, sizeof(linux_usage));
}

long sys_times(struct task *task, long address)
{
	struct process_usage_reply reply;
	struct { int64_t user, system, children_user, children_system; } times = { 0 };
	status_t status;

	if (address) {
		status = process_usage(&task->process_session, &(struct process_usage_request){ },
				       &reply, 0);
		if (status != STATUS_OK)
			return error_of_status(status);
		times.user = (int64_t)(reply.self.cpu_ns / NS_PER_TICK);
		times.children_user = (int64_t)(reply.children.cpu_ns / NS_PER_TICK);
		if (copy_to_program((uint64_t)address, &times, sizeof(times)))
			return -E_FAULT;
	}
	return (long)(time_now_ns() / NS_PER_TICK);
}

/* The descriptor table has its own copy of the limit that it obeys. */
static long limit(struct task *task, uint32_t pid, uint32_t resource, const struct linux_limit *new,
		  struct linux_limit *old)
{
	struct process_limit_request request = { .pid = pid, .resource = resource };
	struct process_limit_reply reply;
	int is_own = !pid || pid == PROCESS_PAGE(task->page)->pid;
	status_t status;

	if (new) {
		if (new->soft > new->hard ||
		    (resource == RLIMIT_NOFILE && new->hard > DESCRIPTORS_MAX))
			return new->soft > new->hard ? -E_INVAL : -E_PERM;
		request.set = 1;
		request.soft = new->soft;
		request.hard = new->hard;
	}
	status = process_limit(&task->process_session, &request, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	*old = (struct linux_limit){ reply.soft, reply.hard };
	if (new && resource == RLIMIT_NOFILE && is_own)
		task->process->files.limit = (uint32_t)new->soft;
	if (new && resource == RLIMIT_FSIZE && is_own)
		task->process->files.size_limit = new->soft == PROCESS_LIMIT_NONE ? 0 :
			new->soft + 1;
	return 0;
}

long sys_prlimit64(struct task *task, long pid, long resource, long new_address, long old_address)
{
	struct linux_limit new, old;
	long result;

	if (new_address && copy_from_program(&new, (uint64_t)new_address, sizeof(new)))
		return -E_FAULT;
	result = limit(task, (uint32_t)pid, (uint32_t)resource, new_address ? &new : 0, &old);
	if (!result && old_address)
		result = copy_to_program((uint64_t)old_address, &old, sizeof(old));
	return result;
}

long sys_getrlimit(struct task *task, long resource, long address)
{
	struct linux_limit old;
	long result = limit(task, 0, (uint32_t)resource, 0, &old);

	return result ? result : copy_to_program((uint64_t)address, &old, sizeof(old));
}

long sys_setrlimit(struct task *task, long resource, long address)
{
	struct linux_limit new, old;

	if (copy_from_program(&new, (uint64_t)address, sizeof(new)))
		return -E_FAULT;
	return limit(task, 0, (uint32_t)resource, &new, &old);
}
