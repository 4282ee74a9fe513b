/* SPDX-License-Identifier: MIT */
/*
 * Futexes in memory that processes share. Process knows who waits for which word; a thread waits at
 * its own endpoint all the same, so that time and signals end it as they end any wait.
 */
#include "user/posix/futex.h"

int futex_is_shared(struct task *task, uint64_t address)
{
	struct process_region_reply region;
	status_t status = process_region(&task->process_session, &(struct process_region_request){
		address, PROCESS_PAGE(task->page)->client }, &region, 0);

	if (status != STATUS_OK || region.start > address || !region.protection)
		return -E_FAULT;
	return (region.flags & PROCESS_MAP_SHARED) != 0;
}

/* 0: woken, if only at the last moment. */
static long wait_given_up(struct task *task, long result)
{
	struct process_futex_forget_reply reply;
	status_t status = process_futex_forget(&task->process_session,
		&(struct process_futex_forget_request){ }, &reply, 0);

	return status == STATUS_OK && reply.woken ? 0 : result;
}

long futex_shared_wait(struct task *task, const struct futex_request *request)
{
	status_t status = process_futex_wait(&task->process_session,
		&(struct process_futex_wait_request){
		request->address, request->value, request->bitset },
		&(struct process_futex_wait_reply){ },
		LEND_IN((const void *)request->address, sizeof(uint32_t)));
	uint64_t bits, kept = 0;
	long result = 0;

	if (status != STATUS_OK)
		return error_of_status(status);
	while (!result && !PROCESS_PAGE(task->page)->futex_woken) {
		result = task_wait(task, request->deadline, &bits);
		if (!result)
			kept |= bits & ~(uint64_t)TASK_BIT_FUTEX;
	}
	task->bits |= kept;
	return result ? wait_given_up(task, result) : 0;
}

static long wake(struct task *task, const struct futex_request *request, uint32_t move)
{
	struct process_futex_wake_reply reply;
	status_t status = process_futex_wake(&task->process_session,
		&(struct process_futex_wake_request){
		.address = request->address, .address2 = request->address2,
		.count = request->count, .bitset = request->bitset, .move = move }, &reply, 0);

	return status == STATUS_OK ? (long)(reply.woken + reply.moved) : error_of_status(status);
}

long futex_shared_wake(struct task *task, const struct futex_request *request)
{
	return wake(task, request, 0);
}

long futex_shared_requeue(struct task *task, const struct futex_request *request)
{
	return wake(task, request, request->count2);
}
