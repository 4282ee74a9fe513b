/* SPDX-License-Identifier: MIT */
/*
 * futex(2) between the threads of a process: whoever waits stands in a list here, at its own
 * endpoint, and is woken by its notification. No server takes part. A process with one thread has
 * nobody to wake and no lists. Futexes in memory that processes share: futex_shared.c.
 */
#include "user/posix/futex.h"

#include "user/posix/dispatch.h"
#include "user/posix/sleep.h"

/* What the word says; twice, because the first touch of a page may take long. */
static long check(uint64_t address, uint32_t value)
{
	uint32_t now;

	if (copy_from_program(&now, address, sizeof(now)))
		return -E_FAULT;
	return now == value ? 0 : -E_AGAIN;
}

static struct task **list_of(struct threads *threads, uint64_t address)
{
	return &threads->futex[(address >> 2 ^ address >> 8) % FUTEX_LISTS];
}

static void list_add(struct threads *threads, struct task *task, uint64_t address)
{
	struct task **link = list_of(threads, address);

	while (*link)
		link = &(*link)->futex.next;
	task->futex.next = 0;
	task->futex.address = address;
	*link = task;
}

static void list_remove(struct task **link)
{
	*link = (*link)->futex.next;
}

/* ---- waiting ---- */

/* Not woken, but timed out or interrupted: it leaves the list, unless it is woken just now. */
static long wait_given_up(struct task *task, long result)
{
	struct threads *threads = task->process->threads;
	struct task **link;

	lock_take(&threads->futex_lock, task);
	if (task->futex.woken)
		result = 0;
	for (link = list_of(threads, task->futex.address); !task->futex.woken && *link != task; )
		link = &(*link)->futex.next;
	if (!task->futex.woken)
		list_remove(link);
	lock_give(&threads->futex_lock, task);
	return result;
}

static long sleep_listed(struct task *task, uint64_t deadline)
{
	uint64_t bits, kept = 0;
	long result = 0;

	while (!result && !__atomic_load_n(&task->futex.woken, __ATOMIC_ACQUIRE)) {
		result = task_wait(task, deadline, &bits);
		/* What servers tell is for the next poll. */
		if (!result)
			kept |= bits & ~(uint64_t)TASK_BIT_FUTEX;
	}
	task->bits |= kept;
	return result;
}

static long wait_among_threads(struct task *task, const struct futex_request *request)
{
	struct threads *threads = task->process->threads;
	long result;

	lock_take(&threads->futex_lock, task);
	result = check(request->address, request->value);
	if (!result) {
		task->futex.bitset = request->bitset;
		task->futex.woken = 0;
		list_add(threads, task, request->address);
	}
	lock_give(&threads->futex_lock, task);
	if (result)
		return result;
	result = sleep_listed(task, request->deadline);
	return result ? wait_given_up(task, result) : 0;
}

/* Nobody else is there: only time and signals end this. */
static long wait_alone(struct task *task, uint64_t deadline)
{
	uint64_t bits;
	long result;

	do
		result = task_wait(task, deadline, &bits);
	while (!result);
	return result;
}

long futex_wait(struct task *task, const struct futex_request *request)
{
	long result = check(request->address, request->value);
	int shared;

	if (result)
		return result;
	shared = request->private ? 0 : futex_is_shared(task, request->address);
	if (shared < 0)
		return shared;
	if (shared)
		result = futex_shared_wait(task, request);
	else if (task->process->threads)
		result = wait_among_threads(task, request);
	else
		result = wait_alone(task, request->deadline);
	/* A wait without end begins again after a handler with SA_RESTART. */
	return result == -ERESTARTNOHAND && !request->deadline ? -ERESTARTSYS : result;
}

/* ---- waking ---- */

static long wake_listed(struct task *task, const struct futex_request *request)
{
	struct threads *threads = task->process->threads;
	struct task **link;
	uint32_t woken = 0;

	if (!threads)
		return 0;
	lock_take(&threads->futex_lock, task);
	for (link = list_of(threads, request->address); *link && woken < request->count; ) {
		struct task *other = *link;

		if (other->futex.address != request->address ||
		    !(other->futex.bitset & request->bitset)) {
			link = &other->futex.next;
			continue;
		}
		list_remove(link);
		__atomic_store_n(&other->futex.woken, 1, __ATOMIC_RELEASE);
		task_notify(other, TASK_BIT_FUTEX);
		woken++;
	}
	lock_give(&threads->futex_lock, task);
	return woken;
}

long futex_wake(struct task *task, const struct futex_request *request)
{
	int shared = request->private ? 0 : futex_is_shared(task, request->address);

	if (shared < 0)
		return shared;
	return shared ? futex_shared_wake(task, request) : wake_listed(task, request);
}

/* Wakes some, and lets others wait for another word. */
static long requeue_listed(struct task *task, const struct futex_request *request)
{
	struct threads *threads = task->process->threads;
	uint32_t left = request->count2, moved = 0;
	struct task **link;
	long woken;

	if (!threads)
		return 0;
	woken = wake_listed(task, request);
	if (request->address2 == request->address)
		return woken;
	lock_take(&threads->futex_lock, task);
	for (link = list_of(threads, request->address); *link && left; ) {
		struct task *other = *link;

		if (other->futex.address != request->address) {
			link = &other->futex.next;
			continue;
		}
		list_remove(link);
		list_add(threads, other, request->address2);
		left--;
		moved++;
	}
	lock_give(&threads->futex_lock, task);
	return woken + moved;
}

static long requeue(struct task *task, const struct futex_request *request, int compare)
{
	long result = compare ? check(request->address, request->value) : 0;
	int shared = 0;

	if (result)
		return result;
	if (!request->private)
		shared = futex_is_shared(task, request->address);
	if (shared >= 0 && !request->private && futex_is_shared(task, request->address2) < 0)
		shared = -E_FAULT;
	if (shared < 0)
		return shared;
	return shared ? futex_shared_requeue(task, request) : requeue_listed(task, request);
}

/* ---- FUTEX_WAKE_OP: changes the second word, wakes at the first, maybe at the second ---- */

enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR };
enum { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };
#define OP_SHIFTED 8u

static long operate(uint32_t operation, uint32_t argument, uint32_t old, uint32_t *new)
{
	switch (operation) {
	case OP_SET:  *new = argument; return 0;
	case OP_ADD:  *new = old + argument; return 0;
	case OP_OR:   *new = old | argument; return 0;
	case OP_ANDN: *new = old & ~argument; return 0;
	case OP_XOR:  *new = old ^ argument; return 0;
	default:      return -E_NOSYS;
	}
}

static long compares(uint32_t comparison, int32_t old, int32_t argument)
{
	switch (comparison) {
	case COMPARE_EQ: return old == argument;
	case COMPARE_NE: return old != argument;
	case COMPARE_LT: return old < argument;
	case COMPARE_LE: return old <= argument;
	case COMPARE_GT: return old > argument;
	case COMPARE_GE: return old >= argument;
	default:         return -E_NOSYS;
	}
}

long futex_exchange(uint64_t address, uint32_t *expected, uint32_t new)
{
	uint32_t before = *expected;

	if (program_range(address, sizeof(new)) ||
	    access_exchange((uint32_t *)address, expected, new))
		return -E_FAULT;
	return *expected == before;
}

/* 12 bits with a sign. */
static int32_t field(uint32_t code, unsigned int shift)
{
	return (int32_t)(code << (20 - shift)) >> 20;
}

static long wake_operation(struct task *task, struct futex_request *request, uint32_t code)
{
	uint32_t operation = code >> 28, argument = (uint32_t)field(code, 12), old, new;
	long result, woken;

	if (operation & OP_SHIFTED)
		argument = 1u << (argument & 31);
	if (copy_from_program(&old, request->address2, sizeof(old)))
		return -E_FAULT;
	do {
		result = operate(operation & ~OP_SHIFTED, argument, old, &new);
		if (!result)
			result = futex_exchange(request->address2, &old, new);
	} while (!result);
	if (result < 0)
		return result;
	result = compares(code >> 24 & 15, (int32_t)old, field(code, 0));
	if (result < 0)
		return result;
	woken = futex_wake(task, request);
	if (woken < 0 || !result)
		return woken;
	request->address = request->address2;
	request->count = request->count2;
	result = futex_wake(task, request);
	return result < 0 ? result : woken + result;
}

/* ---- the call ---- */

enum { FUTEX_WAIT, FUTEX_WAKE, FUTEX_FD, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP,
       FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET };
#define FUTEX_COMMAND(operation) ((operation) & 127)
#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256

static long wait_call(struct task *task, struct futex_request *request, long operation,
		      uint64_t timeout)
{
	enum sleep_kind kind = FUTEX_COMMAND(operation) == FUTEX_WAIT ? SLEEP_RELATIVE :
			       operation & FUTEX_CLOCK_REALTIME ? SLEEP_UNTIL_WALL : SLEEP_UNTIL;
	long result = sleep_deadline(task, timeout, kind, &request->deadline);

	if (!result)
		result = futex_wait(task, request);
	if (result != -ERESTARTNOHAND || kind != SLEEP_RELATIVE)
		return result;
	task->restart = (struct restart_block){ .what = RESTART_FUTEX, .address = request->address,
		.value = request->value, .private = request->private,
		.deadline = request->deadline };
	return -ERESTART_RESTARTBLOCK;
}

long futex_wait_again(struct task *task, const struct restart_block *restart)
{
	struct futex_request request = {
		.address = restart->address, .value = restart->value, .bitset = ~0u,
		.private = restart->private, .deadline = restart->deadline,
	};
	long result = futex_wait(task, &request);

	if (result != -ERESTARTNOHAND)
		return result;
	task->restart = *restart;
	return -ERESTART_RESTARTBLOCK;
}

static long counted(struct task *task, struct futex_request *request, long command, uint32_t value3)
{
	if (command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET)
		return futex_wake(task, request);
	if (request->address2 % 4)
		return -E_INVAL;
	if (command == FUTEX_WAKE_OP)
		return wake_operation(task, request, value3);
	if ((int32_t)request->count < 0 || (int32_t)request->count2 < 0)
		return -E_INVAL;
	request->value = value3;
	return requeue(task, request, command == FUTEX_CMP_REQUEUE);
}

long sys_futex(struct task *task, long address, long operation, long value, long timeout,
	       long address2, long value3)
{
	long command = FUTEX_COMMAND(operation);
	struct futex_request request = {
		.address = (uint64_t)address, .address2 = (uint64_t)address2,
		.value = (uint32_t)value, .count = (uint32_t)value, .count2 = (uint32_t)timeout,
		.bitset = ~0u, .private = (operation & FUTEX_PRIVATE_FLAG) != 0,
	};

	if (command == FUTEX_WAIT_BITSET || command == FUTEX_WAKE_BITSET)
		request.bitset = (uint32_t)value3;
	if (address % 4 || !request.bitset)
		return -E_INVAL;
	if (program_range(request.address, 4))
		return -E_FAULT;
	switch (command) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAKE_OP:
		break;
	default:
		return futex_pi(task, &request, operation, (uint64_t)timeout, (uint32_t)value3);
	}
	if (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)
		return wait_call(task, &request, operation, (uint64_t)timeout);
	/* At least one, whatever is said: as on Linux. */
	request.count += !request.count && command != FUTEX_REQUEUE && command != FUTEX_CMP_REQUEUE;
	return counted(task, &request, command, (uint32_t)value3);
}

void futex_wake_threads(struct task *task, uint64_t address)
{
	struct futex_request request = { .address = address, .bitset = ~0u, .count = 1 };

	(void)!wake_listed(task, &request);
}

void futex_wake_one(struct task *task, uint64_t address)
{
	struct futex_request request = { .address = address, .bitset = ~0u, .count = 1 };

	(void)!futex_wake(task, &request);
}
