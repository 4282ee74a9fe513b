/* SPDX-License-Identifier: MIT */
/*
 * From the number of a Linux call to its function: call_table, which entry.S indexes. Missing
 * calls are ENOSYS, and each is logged once in a process.
 */
#include "user/posix/dispatch.h"
#include "user/posix/entry.h"

/* A function is called with all six arguments; it looks at as many as it has. */
typedef void call_t(void);
#define ROW(number, function, arguments) [number] = (call_t *)function,

#pragma clang diagnostic ignored "-Winitializer-overrides"
call_t *const call_table[ENTRY_CALLS] = {
	[0 ... ENTRY_CALLS - 1] = (call_t *)call_unknown,
#include "user/posix/syscalls.h"
};
#undef ROW

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
