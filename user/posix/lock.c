/* SPDX-License-Identifier: MIT */
/* Locks between threads of a process (lock.h). */
#include "user/posix/lock.h"

#include "user/posix/task.h"
#include "user/posix/threads.h"

#define TAKEN 1ull

/* Stores `new` if *word is there; else *word becomes what is. */
static int exchange(struct lock *lock, uint64_t *word, uint64_t new)
{
	return __atomic_compare_exchange_n(&lock->word, word, new, 0, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

static struct task *last_waiter(uint64_t word)
{
	return (struct task *)(word & ~TAKEN);
}

/* What servers notify meanwhile is kept for task_wait. */
static void sleep_until_granted(struct task *task)
{
	while (!__atomic_load_n(&task->lock_granted, __ATOMIC_ACQUIRE)) {
		struct words words = { { 0 } };

		if (kernel_receive(SLOT_SELF_ENDPOINT, 0, &words) == STATUS_NOTIFIED)
			task->bits |= words.word[0] & ~(uint64_t)TASK_BIT_LOCK;
	}
}

void lock_take(struct lock *lock, struct task *task)
{
	uint64_t word = 0;

	for (;;) {
		if (!(word & TAKEN)) {
			if (exchange(lock, &word, word | TAKEN))
				return;
			continue;
		}
		task->lock_granted = 0;
		task->lock_next = last_waiter(word);
		if (exchange(lock, &word, (uint64_t)task | TAKEN)) {
			sleep_until_granted(task);
			word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);
		}
	}
}

/* The one that waits longest leaves the list, which only the lock's holder does. */
static struct task *first_waiter_take(struct lock *lock)
{
	uint64_t word = __atomic_load_n(&lock->word, __ATOMIC_ACQUIRE);
	struct task *task = last_waiter(word), *before = 0;

	/* Alone in the list, unless somebody joins right now. */
	if (!task->lock_next && exchange(lock, &word, TAKEN))
		return task;
	for (task = last_waiter(word); task->lock_next; task = task->lock_next)
		before = task;
	before->lock_next = 0;
	return task;
}

int lock_give(struct lock *lock, struct task *task __attribute__((unused)))
{
	uint64_t word = TAKEN;
	struct task *first;

	if (exchange(lock, &word, 0))
		return 0;
	first = first_waiter_take(lock);
	__atomic_and_fetch(&lock->word, ~TAKEN, __ATOMIC_RELEASE);
	__atomic_store_n(&first->lock_granted, 1, __ATOMIC_RELEASE);
	task_notify(first, TASK_BIT_LOCK);
	return 1;
}

void task_notify(const struct task *task, uint32_t bits)
{
	struct words words = { { bits } };

	/* It can only fail if the program has damaged its own tables. */
	(void)!kernel_notify(task->notify_slot, 0, &words);
}

/* ---- the process's ---- */

void lock_enter(struct task *task)
{
	struct threads *threads = task->process->threads;

	/* A call that began as that of one of several may end alone. */
	lock_take(&threads->lock, task);
	task->locked = 1;
}

void lock_leave(struct task *task)
{
	task->locked = 0;
	lock_give(&task->process->threads->lock, task);
}

void lock_pass(struct task *task)
{
	struct words words = { { 0 } };

	task->locked = 0;
	if (lock_give(&task->process->threads->lock, task))
		(void)!kernel_invoke_thread(0, THREAD_YIELD, &words);
}

int lock_ensure(struct task *task)
{
	if (task->locked || !task->process->threads)
		return 0;
	lock_enter(task);
	return 1;
}

static struct task *holder(unsigned long *holds)
{
	return (struct task *)((char *)holds - __builtin_offsetof(struct task, locked));
}

void lock_pause(unsigned long *holds)
{
	lock_leave(holder(holds));
}

void lock_resume(unsigned long *holds)
{
	lock_enter(holder(holds));
}
