/* SPDX-License-Identifier: MIT */
/*
 * send, recv and their relatives. A message in several parts goes through a buffer of the thread
 * (task->gather), which control messages are put together in, too.
 */
#include "libipc/string.h"
#include "user/posix/socket.h"

/* The thread's buffer: the bytes of a message, and what goes with it. */
#define GATHER_BYTES 65536u
struct gather {
	uint8_t bytes[GATHER_BYTES];
	union {
		struct {                 /* on the way in */
			struct socket_control control;
			struct socket_file received[SOCKET_FILES];
		};
		struct {                 /* on the way out */
			char name[SOCKET_NAME_BYTES + 4];
			struct socket_file sent[SOCKET_FILES];
		};
	};
	struct open_file *from[SOCKET_FILES];
};

static struct gather *gather_of(struct task *task)
{
	if (!task->gather)
		task->gather = private_pages(task, PAGE_UP(sizeof(struct gather)) / PAGE_BYTES);
	return (struct gather *)task->gather;
}

#define MEMBER(name, member) __builtin_offsetof(struct linux_##name, member)

/* ---- vectors ---- */

static long vector_at(const struct linux_msghdr *header, uint64_t index, struct linux_iovec *vector)
{
	long error = copy_from_program(vector, header->vectors + index * sizeof(*vector),
				       sizeof(*vector));

	if (!error && vector->bytes > INT64_MAX)
		error = -E_INVAL;
	return error ? error : program_range(vector->base, vector->bytes);
}

/* All bytes of the vectors together; at most what a call moves. */
static long vectors_bytes(const struct linux_msghdr *header, uint64_t *bytes)
{
	*bytes = 0;
	if (header->count > LINUX_IOV_MAX)
		return -E_MSGSIZE;
	for (uint64_t i = 0; i < header->count; i++) {
		struct linux_iovec vector;
		long error = vector_at(header, i, &vector);

		if (error)
			return error;
		if (__builtin_add_overflow(*bytes, vector.bytes, bytes))
			return -E_INVAL;
	}
	if (*bytes > LINUX_TRANSFER_MAX)
		*bytes = LINUX_TRANSFER_MAX;
	return 0;
}

/* Copies between the vectors, behind the first `skip` bytes of them, and `buffer`. */
static long vectors_copy(const struct linux_msghdr *header, uint64_t skip, uint8_t *buffer,
			 uint64_t bytes, uint32_t direction)
{
	uint64_t done = 0;
	long error = 0;

	for (uint64_t i = 0; i < header->count && done < bytes && !error; i++) {
		struct linux_iovec vector;
		uint64_t part, over;

		error = vector_at(header, i, &vector);
		if (error)
			break;
		over = skip < vector.bytes ? skip : vector.bytes;
		skip -= over;
		part = vector.bytes - over < bytes - done ? vector.bytes - over : bytes - done;
		error = direction == WINDOW_READ ?
			copy_from_program(buffer + done, vector.base + over, part) :
			copy_to_program(vector.base + over, buffer + done, part);
		done += part;
	}
	return error;
}

/*
 * The memory of a message: the program's own, if it is one piece, else the buffer. A stream may be
 * moved in parts, and no more than the buffer has is.
 */
static long message_memory(struct task *task, const struct open_file *file,
			   const struct linux_msghdr *header, struct socket_message *message)
{
	struct linux_iovec vector = { 0, 0 };
	uint64_t bytes;
	long error = vectors_bytes(header, &bytes);

	message->bytes = bytes;
	if (error || header->count == 0)
		return error;
	if (header->count == 1) {
		error = vector_at(header, 0, &vector);
		message->address = vector.base;
		return error;
	}
	if (!gather_of(task))
		return -E_NOMEM;
	message->address = (uint64_t)gather_of(task)->bytes;
	if (bytes > GATHER_BYTES)
		message->bytes = socket_type(file) == SOCKET_STREAM ? GATHER_BYTES : bytes;
	return 0;
}

static int in_buffer(const struct linux_msghdr *header)
{
	return header->count > 1;
}

/* ---- send ---- */

static long take_target(struct task *task, uint64_t address, long bytes,
			struct socket_target *target)
{
	long error = socket_address_from(target, address, bytes);

	if (!error && (target->family != LINUX_AF_UNIX || !target->place.bytes))
		error = -E_INVAL;
	return error ? error : socket_find_file(task, target);
}

/* Name and descriptors, as the service takes them. */
static long put_control(struct task *task, const struct linux_msghdr *header,
			struct socket_message *message, struct socket_target *target)
{
	struct gather *gather;
	struct socket_control_out out = { .files = 0 };
	long error = 0;

	message->control = target->name;
	message->control_bytes = message->target ? (uint32_t)((target->place.bytes + 7) & ~7u) : 0;
	if (!header->control_bytes)
		return 0;
	gather = gather_of(task);
	if (!gather)
		return -E_NOMEM;
	out.file = gather->sent;
	out.from = gather->from;
	error = socket_control_from(task, header, &out);
	if (error)
		return error;
	message->flags |= out.has_credentials ? SOCKET_CREDENTIALS : 0;
	message->credentials = out.credentials;
	message->files = out.files;
	if (!out.files)
		return 0;
	/* The name stands right before them. */
	message->control = (uint8_t *)gather->sent - message->control_bytes;
	memcpy(message->control, target->name, message->control_bytes);
	message->control_bytes += out.files * (uint32_t)sizeof(struct socket_file);
	return 0;
}

/* From now on the positions of files that were passed are the fs's. */
static void positions_shared(struct task *task, uint32_t files)
{
	for (uint32_t i = 0; i < files; i++) {
		struct open_file *file = gather_of(task)->from[i];

		if (file_at_disk(file) && file->record != FS_ROOT)
			file->access |= FILE_SHARED;
	}
}

/* The rest of a stream's message that the buffer could not hold at once. */
static long send_rest(struct task *task, struct open_file *file, const struct linux_msghdr *header,
		      uint64_t flags, uint64_t bytes, uint64_t done)
{
	while (done < bytes) {
		struct socket_message message = {
			.address = (uint64_t)gather_of(task)->bytes,
			.bytes = bytes - done < GATHER_BYTES ? bytes - done : GATHER_BYTES,
		};
		uint64_t part = message.bytes;
		long sent = vectors_copy(header, done, gather_of(task)->bytes, part, WINDOW_READ);

		if (!sent)
			sent = socket_send_flags(task, file, &message, flags);
		done += sent > 0 ? (uint64_t)sent : 0;
		if (sent < (long)part)
			break;
	}
	return (long)done;
}

static long send_message(struct task *task, struct open_file *file,
			 const struct linux_msghdr *header, uint64_t flags)
{
	struct socket_message message = { .flags = 0 };
	struct socket_target target = { .family = 0 };
	uint64_t all;
	uint32_t files;
	long result = vectors_bytes(header, &all);

	if (!result)
		result = message_memory(task, file, header, &message);
	if (!result && header->name && header->name_bytes) {
		result = take_target(task, header->name, (long)header->name_bytes, &target);
		message.target = &target;
	}
	if (!result)
		result = put_control(task, header, &message, &target);
	if (!result && in_buffer(header) && message.bytes <= GATHER_BYTES)
		result = vectors_copy(header, 0, gather_of(task)->bytes, message.bytes,
				      WINDOW_READ);
	if (result)
		return result;
	if (!message.bytes && socket_type(file) == SOCKET_STREAM && !message.target)
		return 0;
	files = message.files;
	result = socket_send_flags(task, file, &message, flags);
	if (result >= 0)
		positions_shared(task, files);
	if (result == GATHER_BYTES && in_buffer(header))
		return send_rest(task, file, header, flags, all, GATHER_BYTES);
	return result;
}

static long send_header(struct task *task, struct open_file *file, uint64_t address, uint64_t flags)
{
	struct linux_msghdr header;
	long error = copy_from_program(&header, address, sizeof(header));

	return error ? error : send_message(task, file, &header, flags);
}

long sys_sendmsg(struct task *task, long descriptor, long address, long flags)
{
	struct open_file *file;
	long error = socket_of(task, descriptor, &file);

	return error ? error : send_header(task, file, (uint64_t)address, (uint64_t)flags);
}

long sys_sendmmsg(struct task *task, long descriptor, long address, long count, long flags)
{
	struct open_file *file;
	long result = socket_of(task, descriptor, &file);
	uint64_t most = (unsigned int)count < LINUX_IOV_MAX ? (unsigned int)count : LINUX_IOV_MAX;
	uint64_t done = 0;

	for (; done < most && result >= 0; done++) {
		uint64_t at = (uint64_t)address + done * sizeof(struct linux_mmsghdr);
		uint32_t bytes;

		result = send_header(task, file, at, (uint64_t)flags);
		if (result < 0)
			break;
		bytes = (uint32_t)result;
		result = copy_to_program(at + MEMBER(mmsghdr, bytes), &bytes, sizeof(bytes));
		if (result < 0)
			break;
	}
	return done ? (long)done : result;
}

long sys_sendto(struct task *task, long descriptor, long address, long bytes, long flags, long name,
		long name_bytes)
{
	struct socket_message message = { .address = (uint64_t)address, .bytes = (uint64_t)bytes };
	struct socket_target target;
	struct open_file *file;
	long error = socket_of(task, descriptor, &file);

	if (!error)
		error = bytes < 0 ? -E_INVAL : program_range((uint64_t)address, (uint64_t)bytes);
	if (!error && name) {
		error = take_target(task, (uint64_t)name, name_bytes, &target);
		message.target = &target;
		message.control = target.name;
		message.control_bytes = (target.place.bytes + 7) & ~7u;
	}
	if (error)
		return error;
	if (!bytes && socket_type(file) == SOCKET_STREAM && !name)
		return 0;
	return socket_send_flags(task, file, &message, (uint64_t)flags);
}

/* ---- receive ---- */

static long receive_message(struct task *task, struct open_file *file, struct linux_msghdr *header,
			    uint64_t address, uint64_t flags)
{
	struct gather *gather = gather_of(task);
	struct socket_message message = { .files = header->control_bytes ? SOCKET_FILES : 0 };
	uint32_t whole = 0, name_length;
	uint64_t most;
	long error = message_memory(task, file, header, &message), got;

	if (error)
		return error;
	if (!gather)
		return -E_NOMEM;
	most = message.bytes < GATHER_BYTES || !in_buffer(header) ? message.bytes : GATHER_BYTES;
	message.bytes = most;
	gather->control = (struct socket_control){ 0 };
	message.control = &gather->control;
	message.control_bytes = sizeof(gather->control) +
		message.files * (uint32_t)sizeof(struct socket_file);
	got = socket_receive_flags(task, file, &message, flags, &whole);
	if (got < 0)
		return got;
	header->flags = (uint32_t)flags & LINUX_MSG_CMSG_CLOEXEC;
	if (in_buffer(header))
		error = vectors_copy(header, 0, gather->bytes, (uint64_t)got, WINDOW_WRITE);
	if (socket_type(file) != SOCKET_STREAM && whole > (uint64_t)got)
		header->flags |= LINUX_MSG_TRUNC;
	if (!error)
		error = socket_control_to(task, header, &gather->control, gather->received,
			gather->control.files < message.files ? gather->control.files :
			message.files, flags & LINUX_MSG_CMSG_CLOEXEC ? LINUX_O_CLOEXEC : 0);
	name_length = gather->control.name_bytes;
	if (!error && header->name)
		error = name_length ? socket_address_to(gather->control.name, name_length,
			header->name, address + MEMBER(msghdr, name_bytes)) :
			copy_to_program(address + MEMBER(msghdr, name_bytes), &name_length,
					sizeof(name_length));
	if (!error)
		error = copy_to_program(address + MEMBER(msghdr, control_bytes),
					&header->control_bytes, 16);
	if (error)
		return error;
	return flags & LINUX_MSG_TRUNC && socket_type(file) != SOCKET_STREAM ? whole : got;
}

static long receive_header(struct task *task, struct open_file *file, uint64_t address,
			   uint64_t flags)
{
	struct linux_msghdr header;
	long error = copy_from_program(&header, address, sizeof(header));

	return error ? error : receive_message(task, file, &header, address, flags);
}

long sys_recvmsg(struct task *task, long descriptor, long address, long flags)
{
	struct open_file *file;
	long error = socket_of(task, descriptor, &file);

	return error ? error : receive_header(task, file, (uint64_t)address, (uint64_t)flags);
}

/* The timeout is looked at after each message, as on Linux. */
long sys_recvmmsg(struct task *task, long descriptor, long address, long count, long flags,
		  long timeout)
{
	uint64_t most = (unsigned int)count < LINUX_IOV_MAX ? (unsigned int)count : LINUX_IOV_MAX;
	uint64_t done = 0, deadline_ns = ~0ull;
	struct linux_timespec time;
	struct open_file *file;
	long result = socket_of(task, descriptor, &file);

	if (!result && timeout) {
		result = copy_from_program(&time, (uint64_t)timeout, sizeof(time));
		if (!result && (time.seconds < 0 || (uint64_t)time.nanoseconds > 999999999))
			result = -E_INVAL;
		deadline_ns = time_now_ns() + (uint64_t)time.seconds * 1000000000 +
			      (uint64_t)time.nanoseconds;
	}
	for (; done < most && result >= 0; done++) {
		uint64_t at = (uint64_t)address + done * sizeof(struct linux_mmsghdr);
		uint32_t bytes;

		if (done && time_now_ns() >= deadline_ns)
			break;
		result = receive_header(task, file, at,
					(uint64_t)flags & ~(uint64_t)LINUX_MSG_WAITFORONE);
		if (result < 0)
			break;
		bytes = (uint32_t)result;
		result = copy_to_program(at + MEMBER(mmsghdr, bytes), &bytes, sizeof(bytes));
		if (flags & LINUX_MSG_WAITFORONE)
			flags |= LINUX_MSG_DONTWAIT;
	}
	return done ? (long)done : result;
}

long sys_recvfrom(struct task *task, long descriptor, long address, long bytes, long flags,
		  long name, long name_length)
{
	struct socket_message message = { .address = (uint64_t)address, .bytes = (uint64_t)bytes };
	struct socket_control control = { 0 };
	struct open_file *file;
	uint32_t whole = 0;
	long error = socket_of(task, descriptor, &file), got;

	if (!error)
		error = bytes < 0 ? -E_INVAL : program_range((uint64_t)address, (uint64_t)bytes);
	if (error)
		return error;
	if (name) {
		message.control = &control;
		message.control_bytes = sizeof(control);
	}
	got = socket_receive_flags(task, file, &message, (uint64_t)flags, &whole);
	if (got < 0)
		return got;
	if (name && control.name_bytes)
		error = socket_address_to(control.name, control.name_bytes, (uint64_t)name,
					  (uint64_t)name_length);
	else if (name)
		error = copy_to_program((uint64_t)name_length, &control.name_bytes,
					sizeof(control.name_bytes));
	if (error)
		return error;
	return flags & LINUX_MSG_TRUNC && socket_type(file) != SOCKET_STREAM ? whole : got;
}
