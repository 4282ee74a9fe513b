/* SPDX-License-Identifier: MIT */
/* Locks of threads that end: the robust list (get_robust_list(2)); and the word that join waits for. */
#include "user/posix/futex.h"

#define ROBUST_ENTRIES 2048                       /* of a list at most: it may be a ring */

/* struct robust_list_head */
struct robust_head {
	uint64_t first;
	int64_t offset;                           /* from an entry to its lock's word */
	uint64_t pending;                         /* being taken or given when the thread ended */
};

/* Whoever takes the lock next learns that its owner died. */
static long lock_died(struct task *task, uint64_t address, uint32_t tid)
{
	uint32_t now;
	long result;

	if (address % 4 || copy_from_program(&now, address, sizeof(now)))
		return -E_FAULT;
	do {
		if ((now & FUTEX_TID_MASK) != tid)
			return 0;
		result = futex_exchange(address, &now, (now & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
	} while (!result);
	if (result > 0 && now & FUTEX_WAITERS)
		futex_wake_one(task, address);
	return result < 0 ? result : 0;
}

/* The first thread's, and that of one whose exec made it the first, is the pid. */
static uint32_t task_tid(struct task *task, const struct task *of)
{
	return of->tid ? of->tid : PROCESS_PAGE(task->page)->pid;
}

void futex_robust_list(struct task *task, struct task *owner)
{
	uint64_t head_address = owner->robust_list, entry;
	uint32_t tid = task_tid(task, owner);
	struct robust_head head;

	owner->robust_list = 0;
	if (!head_address || copy_from_program(&head, head_address, sizeof(head)))
		return;
	/* Bit 0 of an entry's address says that its lock inherits priorities. */
	entry = head.first & ~1ull;
	for (int i = 0; entry != head_address && i < ROBUST_ENTRIES; i++) {
		uint64_t next;
		long failed = copy_from_program(&next, entry, sizeof(next));

		if (entry != (head.pending & ~1ull) &&
		    lock_died(task, entry + (uint64_t)head.offset, tid))
			return;
		if (failed)
			return;
		entry = next & ~1ull;
	}
	if (head.pending)
		(void)!lock_died(task, (head.pending & ~1ull) + (uint64_t)head.offset, tid);
}

void futex_thread_ends(struct task *task)
{
	uint32_t zero = 0;
	uint64_t address = task->clear_child_tid;

	if (task->robust_list)
		futex_robust_list(task, task);
	/* Whoever joins, or shares the memory (vfork), is told; a bad pointer is nobody's loss. */
	task->clear_child_tid = 0;
	if (address && !copy_to_program(address, &zero, sizeof(zero)))
		futex_wake_threads(task, address);
}

long sys_set_robust_list(struct task *task, long head, long bytes)
{
	if (bytes != sizeof(struct robust_head))
		return -E_INVAL;
	task->robust_list = (uint64_t)head;
	return 0;
}

/* Of a thread of this process; others' are not shown. */
long sys_get_robust_list(struct task *task, long tid, long head, long bytes)
{
	struct threads *threads = task->process->threads;
	uint64_t size = sizeof(struct robust_head);
	struct task *other = task;
	unsigned int number = 0;

	if ((int)tid && (uint32_t)tid != PROCESS_PAGE(task->page)->tid) {
		do
			other = threads ? threads_next(threads, &number) : 0;
		while (other && task_tid(task, other) != (uint32_t)tid);
	}
	if (!other)
		return -E_SRCH;
	if (copy_to_program((uint64_t)bytes, &size, sizeof(size)))
		return -E_FAULT;
	return copy_to_program((uint64_t)head, &other->robust_list, sizeof(other->robust_list));
}
