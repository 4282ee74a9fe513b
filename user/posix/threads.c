/* SPDX-License-Identifier: MIT */
/*
 * Further threads: made, held together, ended. Each has an area of private pages with its stack and
 * its task record, a kernel thread with a message page, and sessions of its own; the process record
 * is one for all, behind one lock (lock.h). A process that never made a thread pays nothing.
 */
#include "user/posix/threads.h"

#include "user/posix/dispatch.h"
#include "user/posix/file.h"

/* As struct private_area: an overrun stack meets the hole before it. */
struct thread_area {
	uint8_t stack[TASK_STACK_BYTES];
	struct task task;
};
#define AREA_PAGES ((sizeof(struct thread_area) + PAGE_BYTES - 1) / PAGE_BYTES)

struct task *threads_next(struct threads *threads, unsigned int *number)
{
	for (; *number < PROGRAM_THREADS; ++*number) {
		if (threads->lives[*number])
			return threads->task[(*number)++];
	}
	return 0;
}

/* ---- a new thread ---- */

/* From now on calls take the lock; this one has it. */
static struct threads *threads_start(struct task *task)
{
	struct threads *threads = task->process->threads;

	if (!threads) {
		threads = private_pages(task, (sizeof(*threads) + PAGE_BYTES - 1) / PAGE_BYTES);
		if (!threads)
			return 0;
		threads->count = 1;
		threads->task[task->number] = task;
		threads->lives[task->number] = 1;
		task->process->threads = threads;
	}
	task_set_table(task, threaded_table);
	if (!task->locked)
		lock_enter(task);
	return threads;
}

static struct thread_area *area_of(struct task *task)
{
	return (struct thread_area *)((char *)task - __builtin_offsetof(struct thread_area, task));
}

static struct task *area_make(struct task *task, unsigned int number)
{
	struct threads *threads = task->process->threads;
	struct thread_area *area;

	if (threads->task[number])
		return threads->task[number];
	/* The hole. */
	task->process->private_end += PAGE_BYTES;
	area = private_pages(task, AREA_PAGES);
	if (area)
		threads->task[number] = &area->task;
	return threads->task[number];
}

static struct session session(const struct session *of, struct task *new, uint32_t sequence)
{
	return (struct session){ THREAD_SLOT(new->number, of->slot), sequence, new->lend,
				 &new->locked };
}

/* Sessions of another thread of that number, made from those of the first one. */
static void sessions_make(struct task *new, uint32_t sequence)
{
	const struct session process = { .slot = SLOT_PROCESS }, fs = { .slot = SLOT_FS };
	const struct session pipe = { .slot = SLOT_PIPE }, console = { .slot = SLOT_CONSOLE };

	new->process_session = session(&process, new, sequence);
	new->fs = session(&fs, new, sequence);
	new->pipe = session(&pipe, new, sequence);
	new->console = session(&console, new, sequence);
	new->notify_slot = THREAD_SLOT(new->number, SLOT_SELF_NOTIFY);
}

static void task_make(struct task *new, struct task *maker, unsigned int number, uint32_t sequence)
{
	__builtin_memset(new, 0, sizeof(*new));
	new->self = new;
	new->stack_top = (uint64_t)new;
	/* Where ours is not the program's page, the area's first takes its place; entry finds `page`. */
	new->lend = (struct message_page *)area_of(new);
	if (maker->lend == maker->page)
		new->page = new->lend = (struct message_page *)(MESSAGE_PAGES + number * PAGE_BYTES);
	new->window_restart = (uint64_t)exit_full;
	new->call = NO_CALL;
	new->program = maker->program;
	new->number = number;
	new->process = maker->process;
	task_set_table(new, threaded_table);
	sessions_make(new, sequence);
	/* Only for the log and the machine's end: all have it in common. */
	new->supervisor = maker->supervisor;
	new->supervisor.page = new->lend;
	new->supervisor.holds = &new->locked;
	new->signal.blocked = maker->signal.blocked;
	new->signal.stack.flags = SS_DISABLE;
	new->child = maker->child;
	new->child.is_thread = 1;
	new->slack_ns = new->slack_default_ns = maker->slack_ns;
	__builtin_memcpy(new->name, maker->number ? maker->name : maker->process->command,
			 sizeof(new->name));
	__asm__ volatile("fxsave64 %0" : "=m"(new->fpu));
}

/* A number that nobody has, reserved at process: an area whose thread ended may still be in use. */
static long thread_reserve(struct task *task, unsigned int *number,
			   struct process_thread_reserve_reply *reserved)
{
	struct threads *threads = task->process->threads;

	for (*number = 1; *number < PROGRAM_THREADS; ++*number) {
		status_t status;

		if (threads->lives[*number])
			continue;
		if (!area_make(task, *number))
			return -E_AGAIN;
		status = process_thread_reserve(&task->process_session,
			&(struct process_thread_reserve_request){ *number }, reserved, 0);
		if (status != STATUS_ERRNO(E_EXIST))
			return status == STATUS_OK ? 0 : error_of_status(status);
	}
	return -E_AGAIN;
}

long threads_clone(struct task *task, const struct clone *clone)
{
	struct process_thread_reserve_reply reserved;
	int was_locked = task->locked != 0;
	struct threads *threads = threads_start(task);
	struct task *new;
	unsigned int number;
	long result;

	if (!threads)
		return -E_AGAIN;
	result = threads->ending ? -E_AGAIN : thread_reserve(task, &number, &reserved);
	if (!result) {
		new = threads->task[number];
		task_make(new, task, number, reserved.sequence);
		new->tid = reserved.tid;
		/* Before it runs: it may end, and the word be used again, before we go on. */
		if (task->child.parent_tid && copy_to_program(clone->parent_tid, &reserved.tid,
							      sizeof(reserved.tid)))
			result = 0;
		threads->lives[number] = 1;
		threads->count++;
		if (process_thread_start(&task->process_session,
				&(struct process_thread_start_request){
				number, (uint64_t)posix_fork_child, new->stack_top, (uint64_t)new,
				new->child.tls, (uint64_t)new },
				&(struct process_thread_start_reply){ }, 0))
			process_end(task, SIGKILL);
		result = (long)reserved.tid;
	}
	if (threads->count == 1)
		task_set_table(task, call_table);
	/* The call that makes the second thread began without the lock. */
	if (!was_locked)
		lock_leave(task);
	return result;
}

/* In the new thread, on its own stack. */
void thread_begin(struct task *task)
{
	uint32_t tid = PROCESS_PAGE(task->page)->tid;
	int locked = lock_ensure(task);

	/* What the others have changed since it was made. */
	signal_publish_actions(task);
	if (locked)
		lock_leave(task);
	__asm__ volatile("fxrstor64 %0" : : "m"(task->fpu));
	task->program.rax = 0;
	task->program.fs_base = task->child.tls;
	if (task->child.stack)
		task->program.rsp = task->child.stack;
	task->clear_child_tid = task->child.clear_tid;
	if (task->child.set_tid)
		(void)!copy_to_program(task->child.set_tid, &tid, sizeof(tid));
}

/* ---- the end ---- */

/* The one that is left needs no lock any more, until it makes another thread. */
static void thread_out(struct task *task)
{
	struct threads *threads = task->process->threads;
	unsigned int number = 0;

	threads->lives[task->number] = 0;
	if (--threads->count == 1)
		task_set_table(threads_next(threads, &number), call_table);
}

_Noreturn void thread_end(struct task *task, unsigned int status)
{
	futex_thread_ends(task);
	lock_enter(task);
	thread_out(task);
	lock_leave(task);
	/* What is pending for the process alone is handed on by process. */
	for (;;)
		(void)!process_thread_exit(&task->process_session,
			&(struct process_thread_exit_request){ status },
			&(struct process_thread_exit_reply){ }, 0);
}

int threads_must_end(struct task *task)
{
	const struct threads *threads = task->process->threads;

	return threads && threads->ending && threads->ending != task;
}

/* Those of threads that are gone; the first thread's belongs to the process. */
static void areas_drop(struct task *task)
{
	struct threads *threads = task->process->threads;

	for (unsigned int i = 1; i < PROGRAM_THREADS; i++) {
		if (!threads->task[i] || threads->task[i] == task)
			continue;
		(void)!memory_unmap(task, (uint64_t)area_of(threads->task[i]),
				    AREA_PAGES * PAGE_BYTES);
		threads->task[i] = 0;
	}
}

void threads_end_others(struct task *task)
{
	struct threads *threads = task->process->threads;

	if (!threads)
		return;
	if (threads->ending) {
		/* Another thread's exec was first. */
		lock_leave(task);
		thread_end(task, 0);
	}
	threads->ending = task;
	if (threads->count > 1) {
		lock_leave(task);
		(void)!process_threads_await(&task->process_session,
			&(struct process_threads_await_request){ },
			&(struct process_threads_await_reply){ }, 0);
		lock_enter(task);
	}
	threads->ending = 0;
	task->tid = 0;
	areas_drop(task);
}

/* ---- fork ---- */

/*
 * The child of a process with threads: alone, in the area of the thread that forked, but with the
 * number, the page and the sessions of a first thread.
 */
void threads_forget(struct task *task)
{
	struct threads *threads = task->process->threads;
	const struct session first[] = {
		{ .slot = SLOT_PROCESS }, { .slot = SLOT_FS }, { .slot = SLOT_PIPE },
		{ .slot = SLOT_CONSOLE },
	};
	struct session *own[] = { &task->process_session, &task->fs, &task->pipe, &task->console };
	unsigned int number = 0;

	if (!threads)
		return;
	if (task->number) {
		if (task->lend == task->page)
			task->page = task->lend = (struct message_page *)MESSAGE_PAGES;
		__builtin_memcpy(task->process->command, task->name, sizeof(task->name));
		task->number = 0;
		task->tid = 0;
		task->notify_slot = SLOT_SELF_NOTIFY;
		for (unsigned int i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
			own[i]->slot = first[i].slot;
			own[i]->page = task->lend;
		}
		task->supervisor.page = task->lend;
	}
	task->locked = 0;
	task->bits = 0;
	task_set_table(task, call_table);
	task->process->threads = 0;
	for (struct task *other; (other = threads_next(threads, &number)); ) {
		if (other == task)
			continue;
		for (int i = 0; i < TASK_HELD; i++) {
			if (other->held[i])
				file_put(task, other->held[i]);
		}
	}
	task->process->threads = threads;
	areas_drop(task);
	task->process->threads = 0;
	(void)!memory_unmap(task, (uint64_t)threads, PAGE_UP(sizeof(*threads)));
}

/* ---- open files ---- */

void threads_hold(struct task *task, unsigned int which, const long argument[3])
{
	for (int i = 0; i < 3; i++) {
		struct open_file *file = which >> i & 1 && (uint64_t)argument[i] < DESCRIPTORS_MAX ?
					 file_of(task, argument[i]) : 0;

		task->held[i] = file;
		if (file)
			file->references++;
	}
}

static void let_go(struct task *task, int i)
{
	struct open_file *file = task->held[i];

	task->held[i] = 0;
	if (file)
		file_put(task, file);
}

void threads_release(struct task *task)
{
	for (int i = 0; i < 3; i++)
		let_go(task, i);
}

/* Another is paused already where what it reads into is to be read from a file itself. */
int threads_pause(struct task *task, struct open_file *file)
{
	int place = task->held[TASK_HELD - 1] ? TASK_HELD - 2 : TASK_HELD - 1;

	task->held[place] = file;
	file->references++;
	lock_leave(task);
	return place;
}

void threads_resume(struct task *task, int paused)
{
	lock_enter(task);
	let_go(task, paused);
}
