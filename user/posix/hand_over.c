/* SPDX-License-Identifier: MIT */
#include "user/posix/hand_over.h"

#include "libipc/string.h"
#include "user/posix/dispatch.h"
#include "user/posix/node.h"
#include "user/posix/threads.h"

#define STRINGS_ADDRESS 0x10000000ull             /* in the program's memory, until the exec */

/* ---- the old one ---- */

static uint64_t name_bytes(const struct exec *exec)
{
	return strlen(exec->block.file) + 1;
}

static uint64_t bytes_of(const struct hand_over *left)
{
	return sizeof(*left) + left->files * sizeof(struct open_file) +
	       left->descriptors * sizeof(struct handed) + left->string_bytes;
}

static void count(struct task *task, const struct exec *exec, struct hand_over *left)
{
	struct files *files = &task->process->files;

	*left = (struct hand_over){ .string_bytes = name_bytes(exec) + exec->block.string_bytes };
	for (struct open_file *file = files_next(files, 0); file; file = files_next(files, file))
		left->files++;
	for (unsigned int i = 0; i < files->descriptors_end; i++)
		left->descriptors += files_find(files, i) != 0;
}

/* A page more, for what other threads open until they have ended. */
long hand_over_prepare(struct task *task, const struct exec *exec, uint64_t *bytes)
{
	struct hand_over left;

	count(task, exec, &left);
	*bytes = PAGE_UP(bytes_of(&left)) + PAGE_BYTES;
	return memory_map(task, PROCESS_HAND_OVER, *bytes, PROT_READ | PROT_WRITE,
			  PROCESS_MAP_PRIVATE_AREA, 0, 0);
}

static uint32_t place_of(struct files *files, const struct open_file *wanted)
{
	uint32_t place = 0;

	for (struct open_file *file = files_next(files, 0); file && file != wanted;
	     file = files_next(files, file))
		place++;
	return place;
}

static void put_files(struct task *task, const struct hand_over *left, char *at)
{
	struct files *files = &task->process->files;
	struct handed *handed;

	for (struct open_file *file = files_next(files, 0); file; file = files_next(files, file)) {
		memcpy(at, file, sizeof(*file));
		at += sizeof(*file);
	}
	handed = (struct handed *)at;
	for (unsigned int i = 0; i < files->descriptors_end && handed - (struct handed *)at <
	     (long)left->descriptors; i++) {
		if (files_find(files, i))
			*handed++ = (struct handed){ i, files_descriptor(files, i)->flags,
				place_of(files, files_find(files, i)), 0 };
	}
}

static uint64_t ignored_signals(const struct process_record *process)
{
	uint64_t ignored = 0;

	for (int i = 0; i < SIGNAL_COUNT; i++)
		ignored |= (uint64_t)(process->action[i].handler == SIG_IGN) << i;
	return ignored;
}

void hand_over(struct task *task, const struct exec *exec, const uint8_t *strings, uint64_t bytes)
{
	struct hand_over *left = (struct hand_over *)PROCESS_HAND_OVER;
	const struct process_record *process = task->process;
	struct process_exec_request request = { 0 };
	char *at = (char *)PROCESS_HAND_OVER;

	threads_end_others(task);
	count(task, exec, left);
	if (bytes_of(left) > bytes)
		process_end(task, SIGKILL);
	left->argument_count = exec->block.arguments.count;
	left->environment_count = exec->block.environment.count;
	left->blocked = task->signal.blocked;
	left->ignored = ignored_signals(process);
	left->umask = process->files.umask;
	left->directory = process->files.directory;
	left->root = process->files.root;
	put_files(task, left, at + sizeof(*left));
	at += bytes_of(left) - left->string_bytes;
	memcpy(at, exec->block.file, name_bytes(exec));
	memcpy(at + name_bytes(exec), strings, exec->block.string_bytes);
	request.hand_over = bytes_of(left);
	(void)!process_exec(&task->process_session, &request, &(struct process_exec_reply){ }, 0);
	/* Only if it was refused. */
	process_end(task, SIGKILL);
}

/* ---- the new one ---- */

/* A text of /proc, which no server guards, is shown only if the real user might see it. */
static int is_allowed(struct task *task, const struct open_file *file)
{
	struct fs_status status;
	unsigned int wanted = FILE_PERMISSION_REAL;

	if (file->kind == FILE_DISK || file_at_pipe(file) || file->kind == FILE_SIGNAL ||
	    file->kind == FILE_PROCESS)
		return 1;
	if (NODE_ROW(file->node) >= NODE_ROWS)
		return 0;
	if (file->kind != FILE_VIRTUAL)
		return 1;
	if (node_status(task, file->node, &status))
		return 0;
	wanted |= file->access & FILE_READ ? LINUX_R_OK : 0;
	wanted |= file->access & FILE_WRITE ? LINUX_W_OK : 0;
	return !file_permission(task, &status, wanted);
}

static int is_whole(const struct open_file *file)
{
	return file->kind > FILE_NONE && file->kind < FILE_KINDS &&
	       !(file->access & ~(FILE_READ | FILE_WRITE | FILE_SHARED));
}

/* The open file that stands there by number, in the new table; 0: it cannot be. */
static struct open_file *take_file(struct task *task, const struct open_file *given)
{
	struct open_file *file;

	if (!is_whole(given) || !is_allowed(task, given))
		return 0;
	file = files_allocate(task, &task->process->files);
	if (!file)
		return 0;
	*file = *given;
	file->references = 0;
	return file;
}

static void take_descriptors(struct task *task, const struct hand_over *left)
{
	const struct open_file *given = (const struct open_file *)(left + 1);
	const struct handed *handed = (const struct handed *)(given + left->files);
	struct files *files = &task->process->files;

	/* The limit is for new ones. */
	files->limit = DESCRIPTOR_ROWS;
	for (uint64_t i = 0; i < left->files; i++) {
		struct open_file *file = take_file(task, &given[i]);

		if (!file)
			continue;
		/* It has its row; without a descriptor it goes again. */
		files_hold(files, file);
		for (uint64_t n = 0; n < left->descriptors; n++) {
			uint32_t descriptor = handed[n].descriptor;

			if (handed[n].file == i && !files_room(task, files, descriptor) &&
			    !files_find(files, descriptor))
				files_name(files, descriptor, file,
					   handed[n].flags & LINUX_FD_CLOEXEC);
		}
		file_put(task, file);
	}
}

static void take_signals(struct task *task, const struct hand_over *left)
{
	for (int i = 0; i < SIGNAL_COUNT; i++) {
		if (left->ignored >> i & 1 && !(SIGNALS_UNBLOCKABLE >> i & 1))
			task->process->action[i].handler = SIG_IGN;
	}
	signal_publish_actions(task);
	signal_set_blocked(task, left->blocked & ~SIGNALS_UNBLOCKABLE);
}

/* RLIMIT_NOFILE, RLIMIT_FSIZE: kept in the table too. */
static void take_limits(struct task *task)
{
	struct files *files = &task->process->files;
	struct process_limit_reply limit;

	if (!process_limit(&task->process_session, &(struct process_limit_request){
			.resource = 7 }, &limit, 0))
		files->limit = limit.soft < DESCRIPTORS_MAX ? (uint32_t)limit.soft :
			DESCRIPTORS_MAX;
	if (!process_limit(&task->process_session, &(struct process_limit_request){
			.resource = 1 }, &limit, 0) && limit.soft != PROCESS_LIMIT_NONE)
		files->size_limit = limit.soft + 1;
}

static void take_directory(struct open_file *to, const struct open_file *given)
{
	if ((given->kind != FILE_DISK && given->kind != FILE_VIRTUAL) ||
	    NODE_ROW(given->node) >= NODE_ROWS)
		return;
	*to = *given;
	to->references = 1;
}

static long take_identity(struct task *task)
{
	struct process_credentials_reply reply;
	status_t status = process_credentials(&task->process_session,
		&(struct process_credentials_request){ }, &reply, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	task->process->credentials = reply.credentials;
	return files_identify(task);
}

/* All that it says of itself fits into what is there. */
static int is_sound(const struct hand_over *left, uint64_t bytes)
{
	const char *strings = (const char *)left + bytes - left->string_bytes;
	uint64_t most = bytes / sizeof(struct handed), zeros = 0;

	if (bytes < sizeof(*left) || left->files > FILE_BANKS * DESCRIPTOR_BANK ||
	    left->descriptors > most || !left->string_bytes ||
	    left->string_bytes > bytes || bytes_of(left) != bytes)
		return 0;
	for (uint64_t i = 0; i < left->string_bytes; i++)
		zeros += !strings[i];
	return !strings[left->string_bytes - 1] && left->argument_count < zeros &&
	       left->environment_count == zeros - 1 - left->argument_count;
}

/* The addresses of `number` strings and a zero at `array`; gives the string behind them. */
static uint64_t put_array(uint64_t array, uint64_t number, const char *strings, uint64_t at,
			  long *error)
{
	uint64_t zero = 0;

	for (uint64_t i = 0; i < number && !*error; i++) {
		uint64_t address = STRINGS_ADDRESS + at;

		*error = copy_to_program(array + 8 * i, &address, sizeof(address));
		at += strlen(strings + at) + 1;
	}
	if (!*error)
		*error = copy_to_program(array + 8 * number, &zero, sizeof(zero));
	return at;
}

/* Strings go where an exec finds them: into the program's memory. */
static long put_strings(struct task *task, const struct hand_over *left, const char *strings,
			struct argument_block *block)
{
	uint64_t arrays = STRINGS_ADDRESS + PAGE_UP(left->string_bytes), at = strlen(strings) + 1;
	uint64_t words = left->argument_count + left->environment_count + 2;
	long error = memory_map(task, STRINGS_ADDRESS, PAGE_UP(left->string_bytes) +
				PAGE_UP(8 * words), PROT_READ | PROT_WRITE, 0, 0, 0);

	if (!error)
		error = copy_to_program(STRINGS_ADDRESS, strings, left->string_bytes);
	block->file = strings;
	block->arguments.array = arrays;
	block->environment.array = arrays + 8 * (left->argument_count + 1);
	at = put_array(arrays, left->argument_count, strings, at, &error);
	put_array(block->environment.array, left->environment_count, strings, at, &error);
	return error;
}

/* A descriptor of the program, which fs has named. */
static long program_descriptor(struct task *task, uint64_t handle)
{
	struct files *files = &task->process->files;

	for (unsigned int i = 0; i < files->descriptors_end; i++) {
		const struct open_file *file = files_find(files, i);

		if (file && file->kind == FILE_DISK && file->record == handle)
			return i;
	}
	return descriptor_make(task, &(struct open_file){ .kind = FILE_DISK, .access = FILE_READ,
		.record = handle }, LINUX_O_CLOEXEC);
}

int take_over(struct task *task)
{
	const struct hand_over *left = (const struct hand_over *)PROCESS_HAND_OVER;
	struct exec exec = { .directory = LINUX_AT_FDCWD };
	struct process_taken_over_reply over;
	struct files *files = &task->process->files;
	const char *strings;

	if (process_taken_over(&task->process_session, &(struct process_taken_over_request){ },
			       &over, 0))
		return 0;
	files->directory.record = FS_ROOT;
	if (!is_sound(left, over.bytes) || take_identity(task))
		process_end(task, SIGKILL);
	strings = (const char *)left + over.bytes - left->string_bytes;
	/* It may have locks, and files in sets of epoll. */
	files->locking = files->foreign = 1;
	files->umask = left->umask & 0777;
	take_directory(&files->directory, &left->directory);
	if (left->root.kind == FILE_DISK)
		take_directory(&files->root, &left->root);
	take_descriptors(task, left);
	take_limits(task);
	take_signals(task, left);
	exec.descriptor = program_descriptor(task, over.handle);
	if (exec.descriptor < 0 || put_strings(task, left, strings, &exec.block) ||
	    exec_opened(task, &exec) != -CALL_DONE)
		process_end(task, SIGKILL);
	(void)!memory_unmap(task, PROCESS_HAND_OVER, PAGE_UP(over.bytes));
	return 1;
}
