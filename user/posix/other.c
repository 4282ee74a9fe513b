/* SPDX-License-Identifier: MIT */
#include "user/posix/other.h"

#include "user/posix/node.h"

long other_details(struct task *task, uint32_t id, struct process_details_reply *details)
{
	status_t status = process_details(&task->process_session,
		&(struct process_details_request){ id }, details, 0);

	return status == STATUS_OK ? 0 : error_of_status(status);
}

long other_client(struct task *task, uint32_t pid, uint32_t *client)
{
	struct process_details_reply details;
	long error = other_details(task, pid, &details);

	if (error)
		return error;
	*client = details.client;
	return details.may_inspect ? 0 : -E_ACCES;
}

long other_read(struct task *task, uint32_t client, uint64_t from, void *to, uint64_t bytes)
{
	struct process_look_reply reply;
	char *at = to;

	while (bytes) {
		status_t status = process_look(&task->process_session,
			&(struct process_look_request){ client, from, bytes }, &reply,
			LEND_OUT(at, bytes));

		if (status != STATUS_OK)
			return error_of_status(status);
		if (!reply.bytes || reply.bytes > bytes)
			return -E_FAULT;
		at += reply.bytes;
		from += reply.bytes;
		bytes -= reply.bytes;
	}
	return 0;
}

long other_record(struct task *task, uint32_t client, uint64_t offset, void *to, uint64_t bytes)
{
	uint64_t record = PERSONALITY_PRIVATE + __builtin_offsetof(struct private_area, process);

	return other_read(task, client, record + offset, to, bytes);
}

/* The bank that row is in; -EBADF: it was never needed. */
static long bank_of(struct task *task, uint32_t client, unsigned long row, uint64_t *bank)
{
	long error;

	if (row >= DESCRIPTOR_ROWS)
		return -E_BADF;
	error = other_record(task, client, __builtin_offsetof(struct process_record, files.bank) +
			     row / DESCRIPTOR_BANK * sizeof(*bank), bank, sizeof(*bank));
	return error ? error : *bank ? 0 : -E_BADF;
}

static int is_sane(const struct open_file *file)
{
	if (file->kind <= FILE_NONE || file->kind >= FILE_KINDS)
		return 0;
	return file->kind == FILE_PIPE || file->kind == FILE_PROCESS ||
	       NODE_ROW(file->node) < NODE_ROWS;
}

/* An open file that stands at that address. */
static long read_file(struct task *task, uint32_t client, uint64_t address, struct open_file *file)
{
	long error = other_read(task, client, address, file, sizeof(*file));

	return error ? error : is_sane(file) ? 0 : -E_BADF;
}

long other_descriptor(struct task *task, uint32_t client, unsigned long number,
		      struct open_file *file)
{
	struct descriptor descriptor;
	uint64_t bank;
	long error = bank_of(task, client, number, &bank);

	if (!error)
		error = other_read(task, client, bank +
			__builtin_offsetof(struct descriptor_bank, descriptor) +
			number % DESCRIPTOR_BANK * sizeof(descriptor), &descriptor,
			sizeof(descriptor));
	if (!error && !descriptor.file)
		error = -E_BADF;
	if (!error)
		error = bank_of(task, client, descriptor.file - 1u, &bank);
	if (error)
		return error;
	error = read_file(task, client, bank + __builtin_offsetof(struct descriptor_bank, file) +
			  (descriptor.file - 1u) % DESCRIPTOR_BANK * sizeof(*file), file);
	if (!error && descriptor.flags & LINUX_FD_CLOEXEC)
		file->flags |= LINUX_O_CLOEXEC;
	return error;
}

long other_next_descriptor(struct task *task, uint32_t client, unsigned long from)
{
	struct descriptor descriptor[DESCRIPTOR_BANK];
	uint64_t bank;

	for (; from < DESCRIPTORS_MAX; from = (from / DESCRIPTOR_BANK + 1) * DESCRIPTOR_BANK) {
		long error = bank_of(task, client, from, &bank);

		if (error == -E_BADF)
			continue;
		if (!error)
			error = other_read(task, client, bank +
				__builtin_offsetof(struct descriptor_bank, descriptor), descriptor,
				sizeof(descriptor));
		if (error)
			return error;
		for (unsigned long i = from % DESCRIPTOR_BANK; i < DESCRIPTOR_BANK; i++)
			if (descriptor[i].file)
				return (long)(from / DESCRIPTOR_BANK * DESCRIPTOR_BANK + i);
	}
	return -E_BADF;
}

long other_directory(struct task *task, uint32_t client, struct open_file *file)
{
	long error = OTHER_MEMBER(task, client, files.directory, file);

	return error ? error : is_sane(file) ? 0 : -E_NOENT;
}

long other_root(struct task *task, uint32_t client, struct open_file *file)
{
	long error = OTHER_MEMBER(task, client, files.root, file);

	if (!error && file->kind != FILE_DISK)
		*file = (struct open_file){ .kind = FILE_DISK, .record = FS_ROOT };
	return error;
}

long other_executable(struct task *task, uint32_t client, struct open_file *file)
{
	struct open_file *at;
	long error = OTHER_MEMBER(task, client, executable, &at);

	if (!error && !at)
		return -E_NOENT;
	return error ? error : read_file(task, client, (uint64_t)at, file);
}

long other_mapped(struct task *task, uint32_t client, uint64_t tag, struct open_file *file)
{
	struct mapped_file row[MEMORY_FILES];
	long error = OTHER_MEMBER(task, client, memory.mapped, &row);

	for (int i = 0; !error && i < MEMORY_FILES; i++) {
		if (row[i].file && row[i].tag == tag)
			return read_file(task, client, (uint64_t)row[i].file, file);
	}
	return error ? error : -E_NOENT;
}

long other_view(struct task *task, uint32_t client, struct open_file *file, uint64_t *position)
{
	uint64_t *record = file->kind == FILE_DISK ? &file->record : &file->node;
	struct fs_view_reply reply;
	status_t status;

	*position = file->position;
	/* All else is known by its kind and number; nothing of it is ours to let go of. */
	if ((file->kind != FILE_DISK && file->kind != FILE_PIPE) || !*record || *record == FS_ROOT)
		return 0;
	status = fs_view(&task->fs, &(struct fs_view_request){ client, *record }, &reply, 0);
	if (status != STATUS_OK)
		return error_of_status(status);
	*record = reply.handle;
	if (file->access & FILE_SHARED)
		*position = reply.position;
	file->access = 0;
	return 0;
}

void other_let_go(struct task *task, struct open_file *file)
{
	uint64_t record = file->kind == FILE_DISK ? file->record :
			  file->kind == FILE_PIPE ? file->node : 0;

	if (record && record != FS_ROOT)
		disk_release(task, record);
	*file = (struct open_file){ 0 };
}
