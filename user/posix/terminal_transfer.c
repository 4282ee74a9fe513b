/* SPDX-License-Identifier: MIT */
/* What may wait long at the console: a signal ends it. */
#include "user/posix/interruptible.h"

#include "user/posix/file.h"

#include "libipc/proto/console.h"

/* No more than this is lent at a time: what is lent is made present. */
#define TERMINAL_STEP 16384

static uint32_t device_of(const struct open_file *file)
{
	return file->kind == FILE_REPORT ? CONSOLE_REPORT : (uint32_t)file->record;
}

/* signal: the one that stops a background process that does this. */
static uint32_t flags_of(struct task *task, const struct open_file *file, int signal)
{
	return (file->flags & LINUX_O_NONBLOCK ? CONSOLE_NONBLOCK : 0) |
	       (signal_cannot_stop(task, signal) ? CONSOLE_UNSTOPPABLE : 0);
}

long terminal_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		   uint64_t position __attribute__((unused)))
{
	struct console_read_reply reply;
	status_t status;

	if (bytes == 0)
		return 0;
	bytes = bytes < TERMINAL_STEP ? bytes : TERMINAL_STEP;
	status = console_read(&task->console, &(struct console_read_request){
		device_of(file), flags_of(task, file, SIGTTIN), bytes }, &reply,
		LEND_OUT((void *)address, bytes));
	return status == STATUS_OK ? (long)reply.bytes : error_of_status(status);
}

long terminal_write(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
		    uint64_t position __attribute__((unused)))
{
	uint64_t done = 0;

	while (done < bytes) {
		uint64_t step = bytes - done < TERMINAL_STEP ? bytes - done : TERMINAL_STEP;
		struct console_write_reply reply;
		status_t status = console_write(&task->console, &(struct console_write_request){
			device_of(file), flags_of(task, file, SIGTTOU), step }, &reply,
			LEND_IN((void *)(address + done), step));

		if (status != STATUS_OK)
			return done ? (long)done : error_of_status(status);
		done += reply.bytes;
	}
	return (long)done;
}

long terminal_drain(struct task *task, struct open_file *file)
{
	struct console_drain_reply reply;
	status_t status = console_drain(&task->console, &(struct console_drain_request){
		device_of(file), flags_of(task, file, SIGTTOU) }, &reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}
