/* SPDX-License-Identifier: MIT */
/*
 * Who gets the processor. Threads of programs share it evenly by turns; nice makes a turn longer or
 * shorter, by a quarter a step, so that nobody starves. Real-time threads have kernel priorities
 * above theirs and below all services, one for each of their own priorities as far as that goes.
 */
#include "servers/process/space.h"

#include "libipc/objects.h"

#include "servers/process/state.h"

#define SLICE_MOST_US   100000ull
#define SLICE_LEAST_US  100ull
#define SLICE_ENDLESS_US 0xffffffffull
#define NICE_LEAST      (-20)
#define NICE_MOST       19

static bool is_real_time(const struct thread *thread)
{
	return thread->policy == POLICY_FIFO || thread->policy == POLICY_ROUND_ROBIN;
}

static uint64_t slice_us(const struct thread *thread)
{
	uint64_t us = PROGRAM_SLICE_US;

	if (thread->policy == POLICY_FIFO)
		return SLICE_ENDLESS_US;
	if (thread->policy == POLICY_ROUND_ROBIN)
		return SLICE_MOST_US;
	if (thread->policy == POLICY_IDLE)
		return SLICE_LEAST_US;
	for (int32_t i = thread->nice; i > 0; i--)
		us = us * 4 / 5;
	for (int32_t i = thread->nice; i < 0 && us < SLICE_MOST_US; i++)
		us = us * 5 / 4;
	return us < SLICE_LEAST_US ? SLICE_LEAST_US : us < SLICE_MOST_US ? us : SLICE_MOST_US;
}

/* How many priorities above its own are in use. */
static unsigned rank(const struct thread *thread)
{
	uint8_t used[PROCESS_REAL_TIME_MAX + 1] = { 0 };
	unsigned above = 0;

	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (thread_at(i)->process && is_real_time(thread_at(i)))
			used[thread_at(i)->real_time] = 1;
	}
	for (unsigned i = thread->real_time + 1u; i <= PROCESS_REAL_TIME_MAX; i++)
		above += used[i];
	return above;
}

static void apply(unsigned index)
{
	const struct thread *thread = thread_at(index);
	unsigned above = is_real_time(thread) ? rank(thread) : 0;
	uint64_t priority = PRIORITY_PROGRAM;

	if (is_real_time(thread))
		priority = above < PROGRAM_LEVEL - PRIORITY_PROGRAM ? PROGRAM_LEVEL - above :
			   PRIORITY_PROGRAM + 1;
	(void)!kernel_invoke_thread(thread_slot(index), THREAD_PRIORITY,
				    WORDS(priority, slice_us(thread)));
}

/* The order of real-time threads is made anew when one joins them or changes its place. */
static void schedule_apply(unsigned index)
{
	apply(index);
	for (unsigned i = 1; i < THREAD_MAX && is_real_time(thread_at(index)); i++) {
		if (i != index && thread_at(i)->process && is_real_time(thread_at(i)))
			apply(i);
	}
}

void schedule_inherit(unsigned index, unsigned maker)
{
	struct thread *thread = thread_at(index);
	const struct thread *from = thread_at(maker);

	if (!maker)
		return;
	thread->io_priority = from->io_priority;
	thread->nice = from->nice;
	if (from->reset_on_fork) {
		thread->nice = from->nice < 0 || is_real_time(from) ? 0 : from->nice;
		if (!is_real_time(from))
			thread->policy = from->policy;
	} else {
		thread->policy = from->policy;
		thread->real_time = from->real_time;
	}
	if (thread->policy != POLICY_OTHER || thread->nice)
		schedule_apply(index);
}

int32_t nice_of(unsigned process)
{
	unsigned first = process_at(process)->first_thread;

	for (unsigned i = first; i; i = thread_at(i)->next) {
		if (thread_at(i)->tid == process_at(process)->pid)
			return thread_at(i)->nice;
	}
	return first ? thread_at(first)->nice : 0;
}

/* ---- whose, and who may ---- */

/* The thread is among those meant. who: not 0 but for a user. */
static bool is_meant(unsigned thread, uint32_t kind, uint32_t who)
{
	const struct process *process = process_at(thread_at(thread)->process);

	if (!thread_at(thread)->process || !process_lives(process))
		return false;
	switch (kind) {
	case PROCESS_WHO_THREAD:
		return thread_at(thread)->tid == who;
	case PROCESS_WHO_GROUP:
		return process->group == who;
	default:
		return process->credentials.user.real == who;
	}
}

/* What 0 stands for. */
static uint32_t who_meant(const struct call *call, uint32_t kind, uint32_t who)
{
	const struct process *caller = process_at(caller_index(call));

	if (who)
		return who;
	return kind == PROCESS_WHO_THREAD ? thread_at(caller_thread(call))->tid :
	       kind == PROCESS_WHO_GROUP ? caller->group : caller->credentials.user.real;
}

static bool is_privileged(const struct process *process)
{
	return process_can(process, CAPABILITY_SYS_NICE);
}

static bool owns(const struct process *caller, const struct thread *thread)
{
	const struct process *other = process_at(thread->process);
	uint32_t user = caller->credentials.user.effective;

	return is_privileged(caller) || user == other->credentials.user.real ||
	       user == other->credentials.user.effective;
}

/* May it have that nice value, which is lower than its own? */
static bool nice_is_allowed(const struct process *caller, const struct thread *thread,
			    int64_t value)
{
	uint64_t limit = process_at(thread->process)->limit[LIMIT_NICE].soft;

	return is_privileged(caller) || value >= thread->nice || (uint64_t)(20 - value) <= limit;
}

/* ---- requests ---- */

static status_t nice_set(const struct process *caller, unsigned thread, int64_t value)
{
	if (!owns(caller, thread_at(thread)))
		return STATUS_ERRNO(E_PERM);
	if (!nice_is_allowed(caller, thread_at(thread), value))
		return STATUS_ERRNO(E_ACCES);
	thread_at(thread)->nice = (int8_t)value;
	schedule_apply(thread);
	return STATUS_OK;
}

status_t on_nice(struct call *call, const struct process_nice_request *request,
		 struct process_nice_reply *reply)
{
	const struct process *caller = process_at(caller_index(call));
	int64_t value = request->value < NICE_LEAST ? NICE_LEAST :
			request->value > NICE_MOST ? NICE_MOST : request->value;
	uint32_t who = who_meant(call, request->kind, request->who);
	status_t status = STATUS_OK;
	bool found = false;

	reply->value = NICE_MOST;
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		status_t one = STATUS_OK;

		if (!is_meant(i, request->kind, who))
			continue;
		found = true;
		if (thread_at(i)->nice < reply->value)
			reply->value = thread_at(i)->nice;
		if (request->set)
			one = nice_set(caller, i, value);
		if (one != STATUS_OK)
			status = one;
	}
	return found ? status : STATUS_ERRNO(E_SRCH);
}

/* The policy and the priorities fit each other. */
static bool is_valid(const struct process_schedule *schedule)
{
	bool real_time = schedule->policy == POLICY_FIFO || schedule->policy == POLICY_ROUND_ROBIN;

	return schedule->policy <= POLICY_IDLE && schedule->policy != POLICY_IDLE - 1 &&
	       schedule->real_time <= PROCESS_REAL_TIME_MAX &&
	       real_time == (schedule->real_time != 0) &&
	       schedule->nice >= NICE_LEAST && schedule->nice <= NICE_MOST;
}

/* What RLIMIT_RTPRIO and RLIMIT_NICE leave to those without privileges. */
static bool is_allowed(const struct process *caller, const struct thread *thread,
		       const struct process_schedule *wanted)
{
	uint64_t limit = process_at(thread->process)->limit[LIMIT_PRIORITY].soft;

	if (is_privileged(caller))
		return true;
	if (!owns(caller, thread) || (thread->reset_on_fork && !wanted->reset_on_fork) ||
	    !nice_is_allowed(caller, thread, wanted->nice))
		return false;
	if (thread->policy == POLICY_IDLE && wanted->policy != POLICY_IDLE &&
	    (uint64_t)(20 - thread->nice) > process_at(thread->process)->limit[LIMIT_NICE].soft)
		return false;
	if (wanted->policy != POLICY_FIFO && wanted->policy != POLICY_ROUND_ROBIN)
		return true;
	return (wanted->policy == thread->policy || limit) &&
	       (wanted->real_time <= thread->real_time || wanted->real_time <= limit);
}

static struct process_schedule schedule_of(const struct thread *thread)
{
	return (struct process_schedule){ thread->policy, thread->real_time, thread->nice,
					  thread->reset_on_fork };
}

status_t on_schedule(struct call *call, const struct process_schedule_request *request,
		     struct process_schedule_reply *reply)
{
	unsigned index = request->thread ? table_find_thread(state.table, request->thread) :
					   caller_thread(call);
	struct thread *thread = thread_at(index);
	struct process_schedule wanted = request->schedule, now = schedule_of(thread);

	if (!index || !process_lives(process_at(thread->process)))
		return STATUS_ERRNO(E_SRCH);
	reply->schedule = now;
	reply->slice_ns = thread->policy == POLICY_FIFO ? 0 : slice_us(thread) * 1000;
	if (!request->set)
		return STATUS_OK;
	if (!(request->set & PROCESS_SCHEDULE_POLICY)) {
		wanted.policy = now.policy;
		wanted.reset_on_fork = now.reset_on_fork;
	}
	if (!(request->set & PROCESS_SCHEDULE_VALUES))
		wanted.real_time = now.real_time;
	if (!(request->set & PROCESS_SCHEDULE_NICE))
		wanted.nice = now.nice;
	if (!is_valid(&wanted))
		return STATUS_ERRNO(E_INVAL);
	if (!is_allowed(process_at(caller_index(call)), thread, &wanted))
		return STATUS_ERRNO(E_PERM);
	thread->policy = (uint8_t)wanted.policy;
	thread->real_time = (uint8_t)wanted.real_time;
	thread->nice = (int8_t)wanted.nice;
	thread->reset_on_fork = wanted.reset_on_fork != 0;
	schedule_apply(index);
	return STATUS_OK;
}

/* Classes: none (by nice), real-time, best effort, idle; within one a lower number is more. */
#define IO_CLASS(value) ((value) >> 13)
#define IO_CLASS_REAL_TIME 1u

/* The value that counts of two. */
static uint64_t io_better(uint64_t a, uint64_t b)
{
	if (!IO_CLASS(a) || !IO_CLASS(b))
		return IO_CLASS(a) ? a : b;
	return a < b ? a : b;
}

status_t on_io_priority(struct call *call, const struct process_io_priority_request *request,
			struct process_io_priority_reply *reply)
{
	const struct process *caller = process_at(caller_index(call));
	uint32_t who = who_meant(call, request->kind, request->who);
	bool found = false;

	if (request->set && IO_CLASS(request->value) == IO_CLASS_REAL_TIME &&
	    !is_privileged(caller))
		return STATUS_ERRNO(E_PERM);
	for (unsigned i = 1; i < THREAD_MAX; i++) {
		if (!is_meant(i, request->kind, who))
			continue;
		reply->value = found ? io_better(reply->value, thread_at(i)->io_priority) :
				       thread_at(i)->io_priority;
		found = true;
		if (request->set && !owns(caller, thread_at(i)))
			return STATUS_ERRNO(E_PERM);
		if (request->set)
			thread_at(i)->io_priority = (uint16_t)request->value;
	}
	return found ? STATUS_OK : STATUS_ERRNO(E_SRCH);
}
