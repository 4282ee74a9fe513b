/* SPDX-License-Identifier: MIT */
/* eventfd and timerfd: records of the pipe service, which also keeps their O_NONBLOCK. */
#include "user/posix/file.h"

#include "libipc/proto/pipe.h"
#include "user/posix/clock.h"

#define WORD_BYTES 8u

#define EFD_SEMAPHORE 1u
#define TFD_TIMER_ABSTIME 1
#define TFD_TIMER_CANCEL_ON_SET 2

static long event_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		       uint64_t position)
{
	return bytes < WORD_BYTES ? -E_INVAL :
		pipe_read_file(task, file, address, WORD_BYTES, position);
}

static long event_write(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
			uint64_t position)
{
	return bytes < WORD_BYTES ? -E_INVAL :
		pipe_write_file(task, file, address, WORD_BYTES, position);
}

static uint32_t server_flags(long flags)
{
	return flags & LINUX_O_NONBLOCK ? PIPE_NONBLOCK : 0;
}

long sys_eventfd2(struct task *task, long counter, long flags)
{
	struct open_file file = { .kind = FILE_EVENT, .access = FILE_READ | FILE_WRITE,
		.flags = LINUX_O_RDWR | ((unsigned int)flags & LINUX_O_NONBLOCK) };
	struct pipe_event_reply reply;
	status_t status;

	if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK | EFD_SEMAPHORE))
		return -E_INVAL;
	status = pipe_event(&task->pipe, &(struct pipe_event_request){ (uint32_t)counter,
		server_flags(flags) | (flags & EFD_SEMAPHORE ? PIPE_SEMAPHORE : 0) }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	file.record = reply.record;
	return descriptor_make(task, &file, (unsigned int)flags & LINUX_O_CLOEXEC);
}

long sys_eventfd(struct task *task, long counter)
{
	return sys_eventfd2(task, counter, 0);
}

/* ---- timerfd ---- */

long sys_timerfd_create(struct task *task, long clock, long flags)
{
	struct open_file file = { .kind = FILE_TIMER, .access = FILE_READ | FILE_WRITE,
		.flags = LINUX_O_RDWR | ((unsigned int)flags & LINUX_O_NONBLOCK) };
	struct pipe_timer_reply reply;
	status_t status;

	if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK) ||
	    (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC &&
	     (clock < CLOCK_BOOTTIME || clock > CLOCK_BOOTTIME_ALARM)))
		return -E_INVAL;
	status = pipe_timer(&task->pipe, &(struct pipe_timer_request){ server_flags(flags),
		(uint32_t)clock }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	file.record = reply.record;
	return descriptor_make(task, &file, (unsigned int)flags & LINUX_O_CLOEXEC);
}

/* No bytes: the clock was set, of which it was to tell. */
static long timer_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		       uint64_t position)
{
	long result = event_read(task, file, address, bytes, position);

	return result ? result : -E_CANCELED;
}

static long timer_get(struct task *task, const struct open_file *file,
		      struct pipe_timer_state_reply *state, struct linux_itimerspec *setting)
{
	status_t status = pipe_timer_state(&task->pipe, &(struct pipe_timer_state_request){
		file->record }, state, 0);
	uint64_t now_ns = time_now_ns();

	if (status != STATUS_OK)
		return error_of_status(status);
	setting->interval = timespec_of(state->interval_ns);
	/* It is running: at the very least a nanosecond is left. */
	setting->value = timespec_of(!state->deadline_ns ? 0 :
				     state->deadline_ns > now_ns ? state->deadline_ns - now_ns : 1);
	return 0;
}

static long timer_file(struct task *task, long descriptor, struct open_file **file)
{
	*file = file_of(task, descriptor);
	if (!*file || (*file)->flags & LINUX_O_PATH)
		return -E_BADF;
	return (*file)->kind == FILE_TIMER ? 0 : -E_INVAL;
}

/* What a setting means; only a time of day follows the wall clock. */
static void timer_describe(const struct linux_itimerspec *setting, long flags, uint64_t clock,
			   struct pipe_set_timer_request *request)
{
	uint64_t ns = timespec_ns(&setting->value), now = time_now_ns();
	int wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;

	request->interval_ns = timespec_ns(&setting->interval);
	if (ns && !(flags & TFD_TIMER_ABSTIME))
		ns = ns > INT64_MAX - now ? INT64_MAX : ns + now;
	else if (wall)
		request->flags = flags & TFD_TIMER_CANCEL_ON_SET ?
			PIPE_TIMER_WALL | PIPE_TIMER_TELL : PIPE_TIMER_WALL;
	request->deadline_ns = ns;
}

long sys_timerfd_settime(struct task *task, long descriptor, long flags, long new_address,
			 long old_address)
{
	struct linux_itimerspec setting, old;
	struct pipe_timer_state_reply state;
	struct pipe_set_timer_request request = { 0 };
	struct pipe_set_timer_reply reply;
	struct open_file *file;
	long error = copy_from_program(&setting, (uint64_t)new_address, sizeof(setting));
	status_t status;

	if (error)
		return error;
	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) ||
	    !timespec_is_valid(&setting.value) || !timespec_is_valid(&setting.interval))
		return -E_INVAL;
	error = timer_file(task, descriptor, &file);
	if (!error)
		error = timer_get(task, file, &state, &old);
	if (error)
		return error;
	request.record = file->record;
	timer_describe(&setting, flags, state.clock, &request);
	status = pipe_set_timer(&task->pipe, &request, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	return old_address ? copy_to_program((uint64_t)old_address, &old, sizeof(old)) : 0;
}

long sys_timerfd_gettime(struct task *task, long descriptor, long address)
{
	struct pipe_timer_state_reply state;
	struct linux_itimerspec setting;
	struct open_file *file;
	long error = timer_file(task, descriptor, &file);

	if (!error)
		error = timer_get(task, file, &state, &setting);
	return error ? error : copy_to_program((uint64_t)address, &setting, sizeof(setting));
}

const struct file_operations event_operations = {
	.name = "anon_inode:[eventfd]",
	.read = event_read,
	.write = event_write,
	.seek = anonymous_seek,
	.status = anonymous_status,
	.poll = pipe_poll_file,
	.release = pipe_release_file,
};

const struct file_operations timer_operations = {
	.name = "anon_inode:[timerfd]",
	.read = timer_read,
	.seek = anonymous_seek,
	.status = anonymous_status,
	.poll = pipe_poll_file,
	.release = pipe_release_file,
};
