/* SPDX-License-Identifier: MIT */
/* Futexes in memory that processes share. */
#include "user/posix/futex.h"

int futex_is_shared(struct task *task, uint64_t address)
{
	(void)task;
	(void)address;
	return 0;
}

long futex_shared_wait(struct task *task, const struct futex_request *request)
{
	(void)task;
	(void)request;
	return -E_NOSYS;
}

long futex_shared_wake(struct task *task, const struct futex_request *request)
{
	(void)task;
	(void)request;
	return 0;
}

long futex_shared_requeue(struct task *task, const struct futex_request *request)
{
	(void)task;
	(void)request;
	return 0;
}
