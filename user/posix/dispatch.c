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
	case 14: case 15: case 24: case 34: case 35: case 36: case 37: case 38: case 39: case 60:
	case 62: case 96: case 110: case 159: case 164: case 222: case 223: case 224: case 225:
	case 226: case 227:
	case 111: case 127: case 128: case 130: case 131: case 158: case 186: case 200: case 201:
	case 202: case 218: case 219: case 228: case 229: case 230: case 234: case 273: case 274:
	case 231: case 309: case 324:
		return 1;
	default:
		return 0;
	}
}

/*
 * Which of the first three arguments are descriptors, a bit each: their open files stay while the
 * call waits. Only those: a number that happens to be that of an open descriptor would keep the
 * end of a pipe from being closed, for which a reader waits.
 */
static const uint8_t descriptor_arguments[ENTRY_CALLS] = {
	[0 ... 1] = 1, [3] = 1, [5] = 1, [8] = 1, [16 ... 20] = 1, [32] = 1, [33] = 3, [40] = 3,
	[42 ... 52] = 1, [54 ... 55] = 1, [72 ... 75] = 1, [77 ... 78] = 1, [81] = 1, [91] = 1,
	[93] = 1, [138] = 1, [187] = 1, [190] = 1, [193] = 1, [196] = 1, [199] = 1, [217] = 1,
	[221] = 1, [232] = 1, [233] = 5, [242 ... 245] = 1, [254 ... 255] = 1, [257 ... 263] = 1,
	[264 ... 265] = 5,
	[266] = 2,
	[267 ... 269] = 1, [275] = 5, [276] = 3, [277 ... 278] = 1, [280 ... 282] = 1,
	[285 ... 289] = 1, [292] = 3, [295 ... 296] = 1, [299] = 1, [306 ... 307] = 1, [316] = 5,
	[322] = 1, [326] = 5, [327 ... 328] = 1, [332] = 1, [424] = 1, [437] = 1, [439] = 1,
	[441] = 1,
};

typedef long function_t(struct task *, long, long, long, long, long, long);

static long call_threaded(struct task *task, long a, long b, long c, long d, long e, long f)
{
	uint64_t number = task->call;
	function_t *function = (function_t *)call_table[number];
	long result;

	if (is_free(number))
		return function(task, a, b, c, d, e, f);
	lock_enter(task);
	threads_hold(task, descriptor_arguments[number], (const long[]){ a, b, c });
	result = function(task, a, b, c, d, e, f);
	threads_release(task);
	lock_pass(task);
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
