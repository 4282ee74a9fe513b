/* SPDX-License-Identifier: MIT */
/*
 * poll and select. Each file is asked; where nothing is ready the servers are asked to notify this
 * thread's endpoint (libipc/proto/poll.h), and it sleeps there until they do or the time is up.
 */
#include "user/posix/poll.h"

#include "libipc/proto/console.h"
#include "libipc/proto/pipe.h"
#include "libipc/proto/process.h"

/* Bits at the own endpoint by which the servers tell. */
#define POLL_BIT_PIPE    1u
#define POLL_BIT_CONSOLE 2u

/*
 * Both servers must know the notification before the first question. They know clients, so a child
 * of a fork has to tell them anew.
 */
static long watch(struct task *task)
{
	uint32_t client = PROCESS_PAGE(task->page)->client;
	struct pipe_watch_reply pipe;
	struct console_watch_reply console;
	status_t status;

	if (task->watching == client + 1)
		return 0;
	status = pipe_watch(&task->pipe, &(struct pipe_watch_request){ POLL_BIT_PIPE }, &pipe,
			    SEND_CAPABILITY(task->notify_slot));
	if (status == STATUS_OK)
		status = console_watch(&task->console, &(struct console_watch_request){
			POLL_BIT_CONSOLE }, &console, SEND_CAPABILITY(task->notify_slot));
	if (status != STATUS_OK)
		return error_of_status(status);
	task->watching = client + 1;
	return 0;
}

unsigned int poll_file(struct task *task, struct open_file *file, unsigned int events,
		       unsigned int arm)
{
	uint32_t changes;

	return poll_file_news(task, file, events, arm, &changes);
}

/* The normal and the only band of data are one, where Linux knows of bands. */
static int has_bands(const struct open_file *file)
{
	return file->kind != FILE_EVENT && file->kind != FILE_TIMER && file->kind != FILE_SIGNAL;
}

/* What a file is asked for. */
static unsigned int wanted_of(const struct open_file *file, unsigned int events)
{
	if (events & (LINUX_POLLRDNORM | LINUX_POLLWRNORM) && has_bands(file)) {
		events |= events & LINUX_POLLRDNORM ? LINUX_POLLIN : 0;
		events |= events & LINUX_POLLWRNORM ? LINUX_POLLOUT : 0;
	}
	return events & (LINUX_POLLIN | LINUX_POLLPRI | LINUX_POLLOUT | LINUX_POLLRDHUP);
}

/* What its answer means to the program. */
static unsigned int answer_of(const struct open_file *file, unsigned int ready,
			      unsigned int events)
{
	if (events & (LINUX_POLLRDNORM | LINUX_POLLWRNORM) && has_bands(file)) {
		ready |= ready & LINUX_POLLIN ? LINUX_POLLRDNORM : 0;
		ready |= ready & LINUX_POLLOUT ? LINUX_POLLWRNORM : 0;
	}
	return ready & (events | LINUX_POLLERR | LINUX_POLLHUP);
}

unsigned int poll_file_news(struct task *task, struct open_file *file, unsigned int events,
			    unsigned int arm, uint32_t *changes)
{
	long ready = LINUX_POLLIN | LINUX_POLLOUT;

	*changes = 0;
	if (!file || file->flags & LINUX_O_PATH)
		return LINUX_POLLNVAL;
	if (file_operations(file)->poll)
		ready = file_operations(file)->poll(task, file, wanted_of(file, events), arm);
	*changes = (uint32_t)((uint64_t)ready >> 32);
	return answer_of(file, (unsigned int)ready, events);
}

/* Some files of the pipe service, by one request: how many are ready. */
static long ask_pipes(struct task *task, struct poll_question **question, unsigned int count,
		      unsigned int arm)
{
	struct pipe_poll_request request = { .count = count, .arm = arm };
	struct pipe_poll_reply reply;
	status_t status;
	long ready = 0;

	for (unsigned int i = 0; i < count; i++) {
		request.item[i].record = (uint32_t)question[i]->file->record;
		request.item[i].events = wanted_of(question[i]->file, question[i]->events);
	}
	status = pipe_poll(&task->pipe, &request, &reply, 0);
	for (unsigned int i = 0; i < count; i++) {
		question[i]->ready = status != STATUS_OK ? LINUX_POLLERR :
			answer_of(question[i]->file, reply.ready[i], question[i]->events);
		ready += question[i]->ready != 0;
	}
	return ready;
}

static int is_of_pipes(const struct open_file *file)
{
	return file && !(file->flags & LINUX_O_PATH) &&
	       file_operations(file)->poll == pipe_poll_file;
}

long poll_files(struct task *task, struct poll_question *question, unsigned int count,
		unsigned int arm)
{
	struct poll_question *pipes[PIPE_POLL];
	unsigned int asked = 0;
	long ready = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (is_of_pipes(question[i].file)) {
			pipes[asked++] = &question[i];
			if (asked < PIPE_POLL)
				continue;
			ready += ask_pipes(task, pipes, asked, arm && !ready);
			asked = 0;
			continue;
		}
		question[i].ready = poll_file(task, question[i].file, question[i].events,
					      arm && !ready);
		ready += question[i].ready != 0;
	}
	return asked ? ready + ask_pipes(task, pipes, asked, arm && !ready) : ready;
}

long poll_wait(struct task *task, poll_scan_t *scan, void *state, uint64_t deadline_ns)
{
	uint64_t bits;
	long ready, error;

	/* Without time to wait there is nothing to watch for. */
	if (deadline_ns == POLL_AT_ONCE)
		return scan(task, state, POLL_ARM_NOT);
	error = watch(task);
	if (error)
		return error;
	for (;;) {
		task->poll_signals = 0;
		ready = scan(task, state, POLL_ARM);
		if (ready)
			return ready;
		error = signal_wait_for(task, task->poll_signals, deadline_ns == POLL_FOREVER ? 0 :
					time_ticks_at(deadline_ns), &bits);
		if (error == -E_TIMEDOUT)
			return 0;
		if (error)
			return error;
	}
}

/* ---- poll ---- */

struct poll_list { uint64_t address; uint64_t count; };

#define POLL_STEP 32

/* Asks some of them: how many are ready. */
static long scan_step(struct task *task, struct linux_pollfd *step, uint64_t count,
		      unsigned int arm)
{
	struct poll_question question[POLL_STEP];
	unsigned int asked = 0;
	long ready;

	for (uint64_t i = 0; i < count; i++) {
		if (step[i].fd >= 0)
			question[asked++] = (struct poll_question){ file_of(task, step[i].fd),
								    (uint16_t)step[i].events, 0 };
	}
	ready = poll_files(task, question, asked, arm);
	for (uint64_t i = count; i-- > 0;)
		step[i].revents = step[i].fd < 0 ? 0 : (int16_t)question[--asked].ready;
	return ready;
}

/* How many are ready; their revents are written. Once one is ready nobody has to notify. */
static long scan_list(struct task *task, void *state, unsigned int arm)
{
	const struct poll_list *list = state;
	struct linux_pollfd step[POLL_STEP];
	long ready = 0;

	for (uint64_t at = 0; at < list->count; at += POLL_STEP) {
		uint64_t count = list->count - at < POLL_STEP ? list->count - at : POLL_STEP;
		uint64_t address = list->address + at * sizeof(step[0]);
		long error = copy_from_program(step, address, count * sizeof(step[0]));

		if (!error)
			ready += scan_step(task, step, count, arm && !ready);
		if (!error)
			error = copy_to_program(address, step, count * sizeof(step[0]));
		if (error)
			return error;
	}
	return ready;
}

static long poll_list(struct task *task, long address, long count, uint64_t deadline_ns)
{
	struct poll_list list = { (uint64_t)address, (unsigned int)count };

	if (list.count > task->process->files.limit)
		return -E_INVAL;
	return poll_wait(task, scan_list, &list, deadline_ns);
}

uint64_t poll_deadline_ms(long timeout_ms)
{
	int milliseconds = (int)timeout_ms;

	if (milliseconds == 0)
		return POLL_AT_ONCE;
	return milliseconds < 0 ? POLL_FOREVER : time_now_ns() + (uint64_t)milliseconds * 1000000;
}

/* A signal without a handler does not make it wait longer. */
static long poll_until(struct task *task, long address, long count, uint64_t deadline_ns)
{
	long result = poll_list(task, address, count, deadline_ns);

	if (result != -ERESTARTNOHAND || deadline_ns == POLL_FOREVER)
		return result;
	task->restart = (struct restart_block){ .what = RESTART_POLL,
		.address = (uint64_t)address, .value = (uint32_t)count, .deadline = deadline_ns };
	return -ERESTART_RESTARTBLOCK;
}

long sys_poll(struct task *task, long address, long count, long timeout_ms)
{
	return poll_until(task, address, count, poll_deadline_ms(timeout_ms));
}

long poll_again(struct task *task, const struct restart_block *restart)
{
	return poll_until(task, (long)restart->address, restart->value, restart->deadline);
}

long poll_deadline(uint64_t address, uint64_t *deadline_ns)
{
	struct linux_timespec timeout;
	uint64_t ns;
	long error;

	*deadline_ns = POLL_FOREVER;
	if (!address)
		return 0;
	error = copy_from_program(&timeout, address, sizeof(timeout));
	if (error)
		return error;
	if (timeout.seconds < 0 || timeout.nanoseconds < 0 || timeout.nanoseconds > 999999999)
		return -E_INVAL;
	if (__builtin_mul_overflow((uint64_t)timeout.seconds, 1000000000, &ns) ||
	    __builtin_add_overflow(ns, (uint64_t)timeout.nanoseconds + time_now_ns(), &ns) ||
	    ns > POLL_FURTHEST)
		return 0;
	*deadline_ns = timeout.seconds || timeout.nanoseconds ? ns : POLL_AT_ONCE;
	return 0;
}

uint64_t poll_remaining(uint64_t deadline_ns)
{
	uint64_t now = time_now_ns();

	return deadline_ns > now ? deadline_ns - now : 0;
}

void poll_give_remaining(uint64_t address, uint64_t deadline_ns)
{
	uint64_t left = poll_remaining(deadline_ns);
	struct linux_timespec remaining = {
		(int64_t)(left / 1000000000), (int64_t)(left % 1000000000),
	};

	/* As on Linux: where it cannot be written (a constant), the call's result stands. */
	if (address && deadline_ns != POLL_FOREVER)
		(void)!copy_to_program(address, &remaining, sizeof(remaining));
}

long sys_ppoll(struct task *task, long address, long count, long timeout, long mask,
	       long mask_bytes)
{
	uint64_t deadline_ns;
	long error = poll_deadline((uint64_t)timeout, &deadline_ns);

	if (!error)
		error = poll_mask(task, (uint64_t)mask, mask_bytes);
	if (error)
		return error;
	error = poll_list(task, address, count, deadline_ns);
	signal_mask_end(task);
	poll_give_remaining((uint64_t)timeout, deadline_ns);
	return error;
}

long poll_mask(struct task *task, uint64_t address, long bytes)
{
	uint64_t mask;
	long error;

	if (!address)
		return 0;
	if (bytes != sizeof(mask))
		return -E_INVAL;
	error = copy_from_program(&mask, address, sizeof(mask));
	if (!error)
		signal_mask_for_call(task, mask);
	return error;
}
