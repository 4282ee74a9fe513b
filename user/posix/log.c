/* SPDX-License-Identifier: MIT */
/* syslog(2) and /dev/kmsg: the log that the kernel keeps; process remembers what was read of it. */
#include "user/posix/file.h"

#include "libipc/format.h"
#include "libipc/proto/supervisor.h"
#include "libipc/string.h"

enum { SYSLOG_CLOSE, SYSLOG_OPEN, SYSLOG_READ, SYSLOG_READ_ALL, SYSLOG_READ_CLEAR, SYSLOG_CLEAR,
       SYSLOG_CONSOLE_OFF, SYSLOG_CONSOLE_ON, SYSLOG_CONSOLE_LEVEL, SYSLOG_SIZE_UNREAD,
       SYSLOG_SIZE_BUFFER };
#define LOG_KEPT    16384
#define LOG_LOOK_NS 200000000ull         /* how often who waits for more looks again */

static long log_part(struct task *task, uint64_t position, char text[SUPERVISOR_LOG_BYTES],
		     struct supervisor_log_read_reply *reply)
{
	status_t status = supervisor_log_read(&task->supervisor,
		&(struct supervisor_log_read_request){ position }, reply,
		LEND_OUT(text, SUPERVISOR_LOG_BYTES));

	return status == STATUS_OK ? 0 : error_of_status(status);
}

static long log_mark(struct task *task, uint32_t which, uint32_t set, uint64_t *position)
{
	struct process_log_mark_reply reply = { 0 };
	status_t status = process_log_mark(&task->process_session,
		&(struct process_log_mark_request){ which, set, *position }, &reply, 0);

	*position = reply.position;
	return status == STATUS_OK ? 0 : error_of_status(status);
}

/* From there on to the program, at most so much; *position is behind it then. */
static long log_give(struct task *task, uint64_t *position, uint64_t address, uint64_t bytes)
{
	struct supervisor_log_read_reply reply;
	char text[SUPERVISOR_LOG_BYTES];
	uint64_t done = 0;

	while (done < bytes) {
		long error = log_part(task, *position, text, &reply);
		uint64_t part = reply.bytes < bytes - done ? reply.bytes : bytes - done;

		if (error || !part)
			return error ? error : (long)done;
		if (copy_to_program(address + done, text, part))
			return -E_FAULT;
		*position = reply.position + part;
		done += part;
	}
	return (long)done;
}

/* Where the last whole lines of so many bytes begin. */
static long log_tail(struct task *task, uint64_t from, uint64_t bytes, uint64_t *position)
{
	struct supervisor_log_read_reply reply;
	char text[SUPERVISOR_LOG_BYTES];
	uint64_t at = 0;
	long error = log_part(task, from, text, &reply);

	if (error)
		return error;
	*position = reply.position;
	if (reply.end - reply.position <= bytes)
		return 0;
	error = log_part(task, reply.end - bytes, text, &reply);
	while (at < reply.bytes && text[at] != '\n')
		at++;
	*position = reply.position + (at < reply.bytes ? at + 1 : 0);
	return error;
}

static long log_read_all(struct task *task, uint64_t address, uint64_t bytes, int clear)
{
	uint64_t position = 0;
	long done, error = log_mark(task, PROCESS_LOG_CLEARED, 0, &position);

	if (!error)
		error = log_tail(task, position, bytes, &position);
	if (error)
		return error;
	done = log_give(task, &position, address, bytes);
	if (done >= 0 && clear)
		error = log_mark(task, PROCESS_LOG_CLEARED, 1, &position);
	return error ? error : done;
}

static long log_wait(struct task *task)
{
	uint64_t bits;
	long result = task_wait(task, time_ticks_at(time_now_ns() + LOG_LOOK_NS), &bits);

	return result == -E_TIMEDOUT || !result ? 0 : -ERESTARTSYS;
}

/* What nobody has read so; waits until there is something. */
static long log_read_next(struct task *task, uint64_t address, uint64_t bytes)
{
	uint64_t position = 0;
	long done, error = log_mark(task, PROCESS_LOG_READ, 0, &position);

	while (!error) {
		done = log_give(task, &position, address, bytes);
		if (done > 0)
			error = log_mark(task, PROCESS_LOG_READ, 1, &position);
		if (done)
			return error ? error : done;
		error = log_wait(task);
	}
	return error;
}

static long log_end(struct task *task, uint64_t *end)
{
	struct supervisor_log_read_reply reply;
	char text[SUPERVISOR_LOG_BYTES];
	long error = log_part(task, ~0ull, text, &reply);

	*end = reply.end;
	return error;
}

static long log_clear(struct task *task)
{
	uint64_t end;
	long error = log_end(task, &end);

	return error ? error : log_mark(task, PROCESS_LOG_CLEARED, 1, &end);
}

static long log_unread(struct task *task)
{
	uint64_t position = 0, end;
	long error = log_mark(task, PROCESS_LOG_READ, 0, &position);

	if (!error)
		error = log_end(task, &end);
	if (error || position > end)
		return error;
	return (long)(end - position < LOG_KEPT ? end - position : LOG_KEPT);
}

static long may_syslog(struct task *task, long action)
{
	if (action == SYSLOG_READ_ALL || action == SYSLOG_SIZE_BUFFER)
		return 0;
	return capability_check(task, CAPABILITY_SYSLOG) ?
		capability_check(task, CAPABILITY_SYS_ADMIN) : 0;
}

long sys_syslog(struct task *task, long action, long address, long length)
{
	int bytes = (int)length;
	long error = may_syslog(task, (int)action);

	if (error)
		return error;
	if (action == SYSLOG_READ || action == SYSLOG_READ_ALL || action == SYSLOG_READ_CLEAR) {
		if (!address || bytes < 0)
			return -E_INVAL;
		if (!bytes)
			return 0;
		if (program_range((uint64_t)address, (uint64_t)bytes))
			return -E_FAULT;
	}
	switch ((int)action) {
	case SYSLOG_READ:
		return log_read_next(task, (uint64_t)address, (uint64_t)bytes);
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		return log_read_all(task, (uint64_t)address, (uint64_t)bytes,
				    action == SYSLOG_READ_CLEAR);
	case SYSLOG_CLEAR:
		return log_clear(task);
	case SYSLOG_SIZE_UNREAD:
		return log_unread(task);
	case SYSLOG_SIZE_BUFFER:
		return LOG_KEPT;
	case SYSLOG_CONSOLE_LEVEL:
		/* The log does not go to the console. */
		return bytes < 1 || bytes > 8 ? -E_INVAL : 0;
	default:
		return action < SYSLOG_CLOSE || action > SYSLOG_CONSOLE_ON ? -E_INVAL : 0;
	}
}

/* ---- /dev/kmsg ---- */

/* A line of the log as a record: priority, number, time (not known), flags. */
static long record_make(const char *text, uint64_t bytes, uint64_t number, char *to, uint64_t size)
{
	uint64_t head = format_text(to, size, "6,%lu,0,-;", number);

	memcpy(to + head, text, bytes);
	to[head + bytes] = '\n';
	return (long)(head + bytes + 1);
}

long log_device_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes)
{
	char text[SUPERVISOR_LOG_BYTES], record[SUPERVISOR_LOG_BYTES + 40];
	struct supervisor_log_read_reply reply;
	uint64_t length;
	long error, size;

	for (;;) {
		error = log_part(task, file->position, text, &reply);
		if (error)
			return error;
		for (length = 0; length < reply.bytes && text[length] != '\n'; length++)
			;
		/* A line that is longer than a part is given in pieces. */
		if (length < reply.bytes || length == sizeof(text))
			break;
		error = file->flags & LINUX_O_NONBLOCK ? -E_AGAIN : log_wait(task);
		if (error)
			return error;
	}
	size = record_make(text, length, reply.position, record, sizeof(record) - sizeof(text));
	if ((uint64_t)size > bytes)
		return -E_INVAL;
	error = file_fill(address, record, (uint64_t)size);
	if (error)
		return error;
	file->position = reply.position + length + (length < reply.bytes);
	return size;
}

/* "<6>text": the priority is no part of a line. */
long log_device_write(struct task *task, uint64_t address, uint64_t bytes)
{
	char line[SUPERVISOR_LINE_BYTES];
	uint64_t size = bytes < sizeof(line) ? bytes : sizeof(line), start = 0, digits = 1;
	long error = copy_from_program(line, address, size);
	status_t status;

	if (error)
		return error;
	while (size && line[size - 1] == '\n')
		size--;
	while (digits < size && line[digits] >= '0' && line[digits] <= '9')
		digits++;
	if (size && line[0] == '<' && digits > 1 && digits < size && line[digits] == '>')
		start = digits + 1;
	status = supervisor_log(&task->supervisor, &(struct supervisor_log_request){ size - start },
				&(struct supervisor_log_reply){ },
				LEND_IN(line + start, size - start));
	return status == STATUS_OK ? (long)bytes : error_of_status(status);
}

long log_device_seek(struct task *task, struct open_file *file, int64_t offset, unsigned int whence)
{
	if (offset || (whence != LINUX_SEEK_SET && whence != LINUX_SEEK_END))
		return -E_INVAL;
	file->position = 0;
	return whence == LINUX_SEEK_SET ? 0 : log_end(task, &file->position);
}
