/* SPDX-License-Identifier: MIT */
/* getsockopt and setsockopt, of the socket's own level. */
#include "user/posix/socket.h"

/* net.core.wmem_max and rmem_max; the least that there is (net/core/sock.c). */
#define BUFFER_MOST  212992
#define SEND_LEAST   4608
#define RECEIVE_LEAST 2304

static long option(struct task *task, struct open_file *file, uint32_t which, uint64_t set,
		   uint64_t value, struct pipe_option_reply *reply)
{
	status_t status = pipe_option(&task->pipe, &(struct pipe_option_request){
		(uint32_t)file->record, which, set, value }, reply, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

static uint32_t service_option(long name)
{
	switch (name) {
	case LINUX_SO_TYPE:
		return SOCKET_OPTION_TYPE;
	case LINUX_SO_ERROR:
		return SOCKET_OPTION_ERROR;
	case LINUX_SO_ACCEPTCONN:
		return SOCKET_OPTION_LISTENS;
	case LINUX_SO_PEERCRED:
		return SOCKET_OPTION_PEER;
	case LINUX_SO_PASSCRED:
		return SOCKET_OPTION_CREDENTIALS;
	case LINUX_SO_SNDBUF:
		return SOCKET_OPTION_SEND_BYTES;
	case LINUX_SO_RCVBUF:
		return SOCKET_OPTION_RECEIVE_BYTES;
	}
	return SOCKET_OPTIONS;
}

/* Those whose value never changes, or changes nothing: what they are; -ENOPROTOOPT. */
static long constant(long name)
{
	switch (name) {
	case LINUX_SO_DOMAIN:
	case LINUX_SO_RCVLOWAT:
	case LINUX_SO_SNDLOWAT:
		return 1;
	case LINUX_SO_DEBUG:
	case LINUX_SO_REUSEADDR:
	case LINUX_SO_DONTROUTE:
	case LINUX_SO_BROADCAST:
	case LINUX_SO_KEEPALIVE:
	case LINUX_SO_OOBINLINE:
	case LINUX_SO_PRIORITY:
	case LINUX_SO_REUSEPORT:
	case LINUX_SO_TIMESTAMP:
	case LINUX_SO_PROTOCOL:
		return 0;
	}
	return -E_NOPROTOOPT;
}

/* The value of an option, as it lies in memory, at most 16 bytes: how many, or -errno. */
static long value_of(struct task *task, struct open_file *file, long name, uint32_t value[4])
{
	struct pipe_option_reply reply;
	struct linux_timeval *time = (struct linux_timeval *)value;
	uint32_t which = service_option(name);
	uint64_t timeout_ms;
	long result;

	if (name == LINUX_SO_LINGER)
		return 8;
	if (name == LINUX_SO_RCVTIMEO || name == LINUX_SO_SNDTIMEO) {
		timeout_ms = socket_timeout_ms(file, name == LINUX_SO_RCVTIMEO ?
					       SOCKET_RECEIVE_SHIFT : SOCKET_SEND_SHIFT);
		time->seconds = (int64_t)(timeout_ms / 1000);
		time->microseconds = (int64_t)(timeout_ms % 1000 * 1000);
		return sizeof(*time);
	}
	if (which == SOCKET_OPTIONS) {
		result = constant(name);
		value[0] = (uint32_t)result;
		return result < 0 ? result : 4;
	}
	result = option(task, file, which, 0, 0, &reply);
	if (result)
		return result;
	value[0] = (uint32_t)reply.value;
	value[1] = (uint32_t)reply.more;
	value[2] = (uint32_t)(reply.more >> 32);
	return which == SOCKET_OPTION_PEER ? 12 : 4;
}

long sys_getsockopt(struct task *task, long descriptor, long level, long name, long address,
		    long length)
{
	uint32_t value[4] __attribute__((aligned(8))) = { 0 }, room;
	struct open_file *file;
	long error = socket_of(task, descriptor, &file), bytes;

	if (error)
		return error;
	if (level != LINUX_SOL_SOCKET)
		return -E_OPNOTSUPP;
	error = copy_from_program(&room, (uint64_t)length, sizeof(room));
	if (error)
		return error;
	if ((int32_t)room < 0)
		return -E_INVAL;
	bytes = value_of(task, file, name, value);
	if (bytes < 0)
		return bytes;
	room = room < (uint32_t)bytes ? room : (uint32_t)bytes;
	error = copy_to_program((uint64_t)address, value, room);
	return error ? error : copy_to_program((uint64_t)length, &room, sizeof(room));
}

static long set_timeout(struct open_file *file, unsigned int shift, uint64_t address, long bytes)
{
	struct linux_timeval time;
	uint64_t milliseconds;
	long error;

	if (bytes < (long)sizeof(time))
		return -E_INVAL;
	error = copy_from_program(&time, address, sizeof(time));
	if (error)
		return error;
	if (time.microseconds < 0 || time.microseconds >= 1000000)
		return -E_DOM;
	milliseconds = time.seconds < 0 || time.seconds > (long)SOCKET_TIMEOUT_MOST / 1000 ? 0 :
		(uint64_t)time.seconds * 1000 + ((uint64_t)time.microseconds + 999) / 1000;
	if (milliseconds > SOCKET_TIMEOUT_MOST)
		milliseconds = SOCKET_TIMEOUT_MOST;
	file->position = (file->position & ~(SOCKET_TIMEOUT_MOST << shift)) | milliseconds << shift;
	return 0;
}

/* As Linux: twice what is asked for, within limits. */
static long set_buffer(struct task *task, struct open_file *file, long name, int32_t value)
{
	int sends = name == LINUX_SO_SNDBUF || name == LINUX_SO_SNDBUFFORCE;
	int forced = name == LINUX_SO_SNDBUFFORCE || name == LINUX_SO_RCVBUFFORCE;
	int64_t bytes = value, least = sends ? SEND_LEAST : RECEIVE_LEAST;
	struct pipe_option_reply reply;

	if (forced && task->process->credentials.user.effective)
		return -E_PERM;
	if (!forced && (uint32_t)value > BUFFER_MOST)
		bytes = BUFFER_MOST;
	bytes = bytes < 0 ? 0 : bytes > INT32_MAX / 2 ? INT32_MAX / 2 : bytes;
	bytes = bytes * 2 < least ? least : bytes * 2;
	return option(task, file, sends ? SOCKET_OPTION_SEND_BYTES : SOCKET_OPTION_RECEIVE_BYTES,
		      1, (uint64_t)bytes, &reply);
}

long sys_setsockopt(struct task *task, long descriptor, long level, long name, long address,
		    long bytes)
{
	struct pipe_option_reply reply;
	struct open_file *file;
	long error = socket_of(task, descriptor, &file);
	int32_t value;

	if (error)
		return error;
	if (level != LINUX_SOL_SOCKET)
		return -E_OPNOTSUPP;
	if (name == LINUX_SO_RCVTIMEO || name == LINUX_SO_SNDTIMEO)
		return set_timeout(file, name == LINUX_SO_RCVTIMEO ? SOCKET_RECEIVE_SHIFT :
				   SOCKET_SEND_SHIFT, (uint64_t)address, bytes);
	if (bytes < (long)sizeof(value))
		return -E_INVAL;
	error = copy_from_program(&value, (uint64_t)address, sizeof(value));
	if (error)
		return error;
	if (name == LINUX_SO_PASSCRED)
		return option(task, file, SOCKET_OPTION_CREDENTIALS, 1, value != 0, &reply);
	if (name == LINUX_SO_SNDBUF || name == LINUX_SO_RCVBUF || name == LINUX_SO_SNDBUFFORCE ||
	    name == LINUX_SO_RCVBUFFORCE)
		return set_buffer(task, file, name, value);
	if (service_option(name) != SOCKET_OPTIONS || name == LINUX_SO_DOMAIN ||
	    name == LINUX_SO_PROTOCOL || name == LINUX_SO_SNDLOWAT)
		return -E_NOPROTOOPT;
	if (name == LINUX_SO_LINGER)
		return 0;
	error = constant(name);
	return error < 0 ? error : 0;
}
