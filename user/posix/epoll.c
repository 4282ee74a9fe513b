/* SPDX-License-Identifier: MIT */
/*
 * epoll. A set is a record of the pipe service (libipc/proto/epoll.h), shared by all that have it
 * open. Files of other services are asked in here, at each wait.
 */
#include "user/posix/epoll.h"

#include "user/posix/poll.h"

#include "libipc/proto/pipe.h"

static void describe(const struct open_file *file, struct epoll_file *to)
{
	*to = (struct epoll_file){ {
		file->kind | (uint64_t)file->access << 8 | (uint64_t)file->flags << 32,
		file->record, file->node, file->position } };
}

/* ---- Foreign files ---- */

/* As it is open here; else as it was where it was added. */
static struct open_file *foreign_file(struct task *task,
				      const struct pipe_epoll_foreign_reply *item,
				      struct open_file *made)
{
	struct open_file *here = file_of(task, item->descriptor);

	*made = (struct open_file){ .kind = (uint8_t)item->file.opaque[0], .references = 1,
		.access = (uint8_t)(item->file.opaque[0] >> 8),
		.flags = (uint32_t)(item->file.opaque[0] >> 32), .record = item->file.opaque[1],
		.node = item->file.opaque[2], .position = item->file.opaque[3] };
	return here && here->kind == made->kind && here->record == made->record &&
	       here->node == made->node ? here : made;
}

/* The next one at or behind *at that is ready; 0: there is none. */
static unsigned int foreign_next(struct task *task, uint64_t set, uint32_t *at, unsigned int arm,
				 struct pipe_epoll_foreign_reply *item, uint32_t *changes)
{
	for (;;) {
		struct open_file made;
		unsigned int ready;
		status_t status = pipe_epoll_foreign(&task->pipe,
			&(struct pipe_epoll_foreign_request){ (uint32_t)set, (*at)++ }, item, 0);

		if (status != STATUS_OK || !item->item)
			return 0;
		if (!item->events)
			continue;
		ready = poll_file_news(task, foreign_file(task, item, &made),
				       item->events & ~EPOLL_MODES,
				       arm && item->events & EPOLL_EDGE ? POLL_ARM_ALWAYS : arm,
				       changes);
		if (ready && !(ready & LINUX_POLLNVAL))
			return item->of_set ? LINUX_POLLIN : ready;
	}
}

struct epoll_wait {
	struct open_file *set;
	uint64_t address;
	long most;
};

static long report(struct task *task, const struct epoll_wait *wait, long count, uint32_t item,
		   unsigned int ready, uint32_t changes)
{
	struct pipe_epoll_report_reply reply;
	status_t status = pipe_epoll_report(&task->pipe, &(struct pipe_epoll_report_request){
		(uint32_t)wait->set->record, item, ready, changes }, &reply, 0);
	struct epoll_event event = { (uint32_t)reply.events, reply.data };
	long error;

	if (status != STATUS_OK || !reply.events)
		return count;
	error = copy_to_program(wait->address + (uint64_t)count * sizeof(event), &event,
				sizeof(event));
	return error ? (count ? count : error) : count + 1;
}

static long scan_set(struct task *task, void *state, unsigned int arm)
{
	const struct epoll_wait *wait = state;
	uint64_t bytes = (uint64_t)wait->most * sizeof(struct epoll_event);
	struct pipe_epoll_foreign_reply item;
	struct pipe_epoll_collect_reply reply;
	status_t status = pipe_epoll_collect(&task->pipe, &(struct pipe_epoll_collect_request){
		(uint32_t)wait->set->record, (uint32_t)wait->most, arm, 0 }, &reply,
		LEND_OUT((void *)wait->address, bytes));
	uint32_t at = 0, changes;
	unsigned int ready;
	long count = reply.count;

	if (status != STATUS_OK)
		return error_of_status(status);
	while (reply.foreign && count >= 0 && count < wait->most &&
	       (ready = foreign_next(task, wait->set->record, &at, count ? POLL_ARM_NOT : arm,
				     &item, &changes)))
		count = report(task, wait, count, item.item, ready, changes);
	return count;
}

/* As a file: readable when something is to be reported. */
static long epoll_poll(struct task *task, struct open_file *file, unsigned int events,
		       unsigned int arm)
{
	struct pipe_epoll_foreign_reply item;
	long ready = pipe_poll_file(task, file, events, arm);
	uint32_t at = 0, changes;

	if (ready & LINUX_POLLIN || !(ready & POLL_FOREIGN))
		return ready & ~(long)POLL_FOREIGN;
	if (foreign_next(task, file->record, &at, arm, &item, &changes))
		return (long)POLL_NEWS(events & LINUX_POLLIN, changes);
	return 0;
}

void epoll_forget(struct task *task, const struct open_file *file)
{
	struct pipe_epoll_forget_reply reply;
	struct epoll_file described;

	describe(file, &described);
	(void)!pipe_epoll_forget(&task->pipe, &(struct pipe_epoll_forget_request){ {
		described.opaque[0], described.opaque[1], described.opaque[2] } }, &reply, 0);
}

/* ---- The calls ---- */

long sys_epoll_create1(struct task *task, long flags)
{
	struct open_file file = { .kind = FILE_EPOLL, .access = FILE_READ | FILE_WRITE,
		.flags = LINUX_O_RDWR };
	struct pipe_epoll_make_reply reply;
	status_t status;

	if (flags & ~(long)LINUX_O_CLOEXEC)
		return -E_INVAL;
	status = pipe_epoll_make(&task->pipe, &(struct pipe_epoll_make_request){ 0 }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	file.record = reply.record;
	return descriptor_make(task, &file, (unsigned int)flags);
}

long sys_epoll_create(struct task *task, long size)
{
	return (int)size <= 0 ? -E_INVAL : sys_epoll_create1(task, 0);
}

long sys_epoll_ctl(struct task *task, long set_descriptor, long operation, long descriptor,
		   long address)
{
	struct open_file *set = file_of(task, set_descriptor), *file = file_of(task, descriptor);
	struct pipe_epoll_control_request request = { .operation = (uint32_t)operation,
		.descriptor = (int32_t)descriptor, .record = EPOLL_NO_RECORD };
	struct pipe_epoll_control_reply reply;
	struct epoll_event event = { 0, 0 };
	status_t status;
	long error = 0;

	if (operation != EPOLL_CTL_DEL)
		error = copy_from_program(&event, (uint64_t)address, sizeof(event));
	if (error)
		return error;
	if (!set || !file || set->flags & LINUX_O_PATH || file->flags & LINUX_O_PATH)
		return -E_BADF;
	if (!file_operations(file)->poll)
		return -E_PERM;
	if (set == file || set->kind != FILE_EPOLL)
		return -E_INVAL;
	request.set = (uint32_t)set->record;
	request.events = event.events;
	request.data = event.data;
	if (file_at_pipe(file))
		request.record = (uint32_t)file->record;
	else
		describe(file, &request.file);
	status = pipe_epoll_control(&task->pipe, &request, &reply, 0);
	/* From now on its end is told of. */
	if (status == STATUS_OK && request.record == EPOLL_NO_RECORD)
		task->process->files.foreign = 1;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long epoll_wait(struct task *task, long descriptor, long address, long most,
		       uint64_t deadline_ns)
{
	struct epoll_wait wait = { file_of(task, descriptor), (uint64_t)address, (int)most };
	long result;

	if (wait.most <= 0 || wait.most > (long)(INT32_MAX / sizeof(struct epoll_event)))
		return -E_INVAL;
	if (!wait.set)
		return -E_BADF;
	if (wait.set->kind != FILE_EPOLL)
		return -E_INVAL;
	wait.most = wait.most < (long)EPOLL_COLLECT ? wait.most : (long)EPOLL_COLLECT;
	if (program_range(wait.address, (uint64_t)wait.most * sizeof(struct epoll_event)))
		return -E_FAULT;
	/* Held while we sleep: another thread may close it. */
	wait.set->references++;
	result = poll_wait(task, scan_set, &wait, deadline_ns);
	file_put(task, wait.set);
	/* Never started again, whatever the signal was (signal(7)). */
	return result == -ERESTARTNOHAND ? -E_INTR : result;
}

long sys_epoll_wait(struct task *task, long descriptor, long events, long most, long timeout_ms)
{
	return epoll_wait(task, descriptor, events, most, poll_deadline_ms(timeout_ms));
}

long sys_epoll_pwait(struct task *task, long descriptor, long events, long most, long timeout_ms,
		     long mask, long mask_bytes)
{
	long error = poll_mask(task, (uint64_t)mask, mask_bytes);

	if (error)
		return error;
	error = epoll_wait(task, descriptor, events, most, poll_deadline_ms(timeout_ms));
	signal_mask_end(task);
	return error;
}

long sys_epoll_pwait2(struct task *task, long descriptor, long events, long most, long timeout,
		      long mask, long mask_bytes)
{
	uint64_t deadline_ns;
	long error = poll_deadline((uint64_t)timeout, &deadline_ns);

	if (!error)
		error = poll_mask(task, (uint64_t)mask, mask_bytes);
	if (error)
		return error;
	error = epoll_wait(task, descriptor, events, most, deadline_ns);
	signal_mask_end(task);
	return error;
}

const struct file_operations epoll_operations = {
	.name = "anon_inode:[eventpoll]",
	.seek = anonymous_seek,
	.status = anonymous_status,
	.poll = epoll_poll,
	.release = pipe_release_file,
};
