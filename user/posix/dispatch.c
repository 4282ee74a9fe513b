/* SPDX-License-Identifier: MIT */
/*
 * From the number of a Linux call to its function: call_table, which entry.S indexes. Missing
 * calls are ENOSYS, and each is logged once in a process.
 */
#include "user/posix/dispatch.h"
#include "user/posix/entry.h"
#include "user/posix/threads.h"

/* A function is called with all six arguments; it looks at as many as it has. */
#define ROW(number, function, arguments) [number] = (call_t *)function,

#pragma clang diagnostic ignored "-Winitializer-overrides"
call_t *const call_table[ENTRY_CALLS] = {
	[0 ... ENTRY_CALLS - 1] = (call_t *)call_unknown,
#include "user/posix/syscalls.h"
};
#undef ROW

/*
 * Calls of one thread of several have the process's lock, but for these: they touch nothing that
 * threads share, or wait in places that need no lock. A call that is not named here is safe.
 */
static int is_free(uint64_t number)
{
	switch (number) {
	case 14: case 15: case 24: case 34: case 35: case 39: case 60: case 62: case 96: case 110:
	case 111: case 127: case 128: case 130: case 131: case 158: case 186: case 200: case 201:
	case 202: case 218: case 219: case 228: case 229: case 230: case 234: case 273: case 274:
	case 231: case 309: case 324:
		return 1;
	default:
		return 0;
	}
}

typedef long function_t(struct task *, long, long, long, long, long, long);

static long call_threaded(struct task *task, long a, long b, long c, long d, long e, long f)
{
	uint64_t number = task->call;
	function_t *function = (function_t *)call_table[number];
	long result;

	if (is_free(number))
		return function(task, a, b, c, d, e, f);
	lock_enter(task);
	/* Descriptors come first in all calls; what fork copies is not to be held. */
	if (number != 56 && number != 57 && number != 58 && number != 435)
		threads_hold(task, a, b, c);
	result = function(task, a, b, c, d, e, f);
	threads_release(task);
	lock_leave(task);
	return result;
}

call_t *const threaded_table[ENTRY_CALLS] = {
	[0 ... ENTRY_CALLS - 1] = (call_t *)call_threaded,
};

long call_unknown(struct task *task)
{
	struct process_record *process = task->process;
	uint64_t number = task->call;

	if (number < LINUX_CALLS) {
		uint64_t bit = 1ull << number % 64;

		if (process->unknown_calls[number / 64] & bit)
			return -E_NOSYS;
		process->unknown_calls[number / 64] |= bit;
	}
	task_log(task, "no system call", (long)number);
	return -E_NOSYS;
}

long error_of_status(status_t status)
{
	if (STATUS_IS_ERRNO(status))
		return -(long)ERRNO_OF_STATUS(status);
	switch (status) {
	case STATUS_CANCELLED:
		return -ERESTARTSYS;
	case STATUS_UNMAPPED:
		return -E_FAULT;
	case STATUS_NO_MEMORY:
		return -E_NOMEM;
	default:
		return -E_IO;
	}
}
