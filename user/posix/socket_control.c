/* SPDX-License-Identifier: MIT */
/*
 * Control messages: descriptors on their way from one process to another, credentials. A descriptor
 * is its open file, written down; the service holds its records meanwhile.
 */
#include "user/posix/socket.h"

#include "libipc/proto/fs.h"

#define ALIGNED(bytes) (((bytes) + 7) & ~7ull)
#define HEADER         sizeof(struct linux_cmsghdr)

/* ---- out ---- */

static long describe(struct open_file *file, struct socket_file *to)
{
	*to = (struct socket_file){
		.disk = SOCKET_NO_RECORD, .pipe = SOCKET_NO_RECORD, .terminal = SOCKET_NO_RECORD,
		.position = file->position,
		.opaque = { file->kind | (uint64_t)file->access << 8 | (uint64_t)file->flags << 32,
			    file->record, file->node },
	};
	if (file_at_pipe(file)) {
		to->pipe = file->record;
		to->disk = file->node ? file->node : SOCKET_NO_RECORD;
	} else if (file_is_pty(file)) {
		to->terminal = file->record;
	} else if (file_at_disk(file) && file->record != FS_ROOT) {
		to->disk = file->record;
		if (file->access & FILE_SHARED)
			to->position = FS_POSITION_SHARED;
	}
	return 0;
}

static long take_rights(struct task *task, uint64_t address, uint64_t bytes,
			struct socket_control_out *out)
{
	for (uint64_t at = 0; at + sizeof(int32_t) <= bytes; at += sizeof(int32_t)) {
		struct open_file *file;
		int32_t descriptor;
		long error = copy_from_program(&descriptor, address + at, sizeof(descriptor));

		if (error)
			return error;
		if (out->files == SOCKET_FILES)
			return -E_INVAL;
		file = file_of(task, descriptor);
		if (!file)
			return -E_BADF;
		error = describe(file, &out->file[out->files]);
		if (error)
			return error;
		out->from[out->files++] = file;
	}
	return 0;
}

static long take_one(struct task *task, const struct linux_cmsghdr *header, uint64_t address,
		     struct socket_control_out *out)
{
	uint64_t bytes = header->bytes - HEADER;

	if (header->level != LINUX_SOL_SOCKET)
		return 0;
	if (header->type == LINUX_SCM_RIGHTS)
		return take_rights(task, address, bytes, out);
	if (header->type != LINUX_SCM_CREDENTIALS || bytes != sizeof(out->credentials))
		return -E_INVAL;
	out->has_credentials = 1;
	return copy_from_program(&out->credentials, address, sizeof(out->credentials));
}

long socket_control_from(struct task *task, const struct linux_msghdr *header,
			 struct socket_control_out *out)
{
	uint64_t at = 0, left;
	long error = 0;

	while (!error && at + HEADER <= header->control_bytes) {
		struct linux_cmsghdr one;

		left = header->control_bytes - at;
		error = copy_from_program(&one, header->control + at, sizeof(one));
		if (error)
			return error;
		if (one.bytes < HEADER || one.bytes > left)
			return -E_INVAL;
		error = take_one(task, &one, header->control + at + HEADER, out);
		at += ALIGNED(one.bytes);
	}
	return error;
}

/* ---- in ---- */

/* It may be open here already: a process holds a record once, and descriptors share it. */
static struct open_file *open_already(struct task *task, const struct open_file *file)
{
	struct files *files = &task->process->files;
	struct open_file *other = files_next(files, 0);

	if (!file_at_pipe(file) && !file_at_disk(file))
		return 0;
	for (; other; other = files_next(files, other))
		if (other->kind == file->kind && other->record == file->record &&
		    file->record != FS_ROOT)
			return other;
	return 0;
}

static long make_descriptor(struct task *task, const struct socket_file *from, unsigned int flags)
{
	struct open_file *known, file = {
		.kind = (uint8_t)from->opaque[0],
		.access = (uint8_t)(from->opaque[0] >> 8),
		.flags = (uint32_t)(from->opaque[0] >> 32),
		.record = from->opaque[1],
		.node = from->opaque[2],
		.position = from->position,
	};

	if (file.kind == FILE_DISK)
		file.access |= FILE_SHARED;
	known = open_already(task, &file);
	if (known)
		return descriptor_duplicate(task, known, 0,
					    flags & LINUX_O_CLOEXEC ? LINUX_FD_CLOEXEC : 0);
	return descriptor_make(task, &file, flags);
}

/* A control message of that type behind what is there already. */
struct writing {
	struct linux_msghdr *header;
	uint64_t done;
};

static long put(struct writing *writing, int type, const void *data, uint64_t bytes)
{
	struct linux_cmsghdr one = { HEADER + bytes, LINUX_SOL_SOCKET, type };
	uint64_t room = writing->header->control_bytes - writing->done;
	uint64_t at = writing->header->control + writing->done, part = bytes;
	long error;

	if (room < HEADER) {
		writing->header->flags |= LINUX_MSG_CTRUNC;
		return 0;
	}
	if (room < HEADER + bytes) {
		writing->header->flags |= LINUX_MSG_CTRUNC;
		part = room - HEADER;
		one.bytes = room;
	}
	error = copy_to_program(at, &one, sizeof(one));
	if (!error)
		error = copy_to_program(at + HEADER, data, part);
	writing->done += ALIGNED(HEADER + part) < room ? ALIGNED(HEADER + part) : room;
	return error;
}

long socket_control_to(struct task *task, struct linux_msghdr *header,
		       const struct socket_control *control, const struct socket_file *file,
		       uint32_t files, unsigned int flags)
{
	struct writing writing = { .header = header };
	int32_t descriptor[SOCKET_FILES];
	uint32_t made = 0;
	long error = 0;

	if (control->flags & SOCKET_CREDENTIALS)
		error = put(&writing, LINUX_SCM_CREDENTIALS, &control->credentials,
			    sizeof(control->credentials));
	for (; made < files; made++) {
		long fresh = make_descriptor(task, &file[made], flags);

		if (fresh < 0)
			break;
		descriptor[made] = (int32_t)fresh;
	}
	/* Those that found no place are given back by the attempt; these never came. */
	for (uint32_t i = made + 1; i < files; i++)
		(void)!make_descriptor(task, &file[i], flags);
	if (control->files > made)
		header->flags |= LINUX_MSG_CTRUNC;
	if (!error && made)
		error = put(&writing, LINUX_SCM_RIGHTS, descriptor, made * sizeof(descriptor[0]));
	header->control_bytes = writing.done;
	return error;
}
