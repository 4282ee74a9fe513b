/* SPDX-License-Identifier: MIT */
/*
 * execve. Up to process_exec everything can still fail with an error; the new argument block is
 * complete by then, outside the memory that goes. After it a failure kills, as on Linux.
 */
#include "libipc/format.h"
#include "libipc/string.h"
#include "user/posix/dispatch.h"
#include "user/posix/exec.h"
#include "user/posix/file.h"
#include "user/posix/hand_over.h"
#include "user/posix/load.h"
#include "user/posix/threads.h"

#define RLIMIT_STACK 3
#define BLOCK_BYTES  4096           /* of arguments that need no mapping of their own */
_Static_assert(BLOCK_BYTES >= ELF_INTERPRETER_BYTES, "used for it before");
/* Where a larger block is built: in the private area, which exec keeps. */
#define BLOCK_ADDRESS (PERSONALITY_PRIVATE + 0x8100000)

/* The arguments take no more than a quarter of what the stack may have. */
static long check_stack(struct task *task, uint64_t bytes)
{
	struct process_limit_reply limit;
	status_t status = process_limit(&task->process_session,
		&(struct process_limit_request){ .resource = RLIMIT_STACK }, &limit, 0);

	if (status != STATUS_OK)
		return error_of_status(status);
	return bytes > limit.soft / 4 ? -E_TOOBIG : 0;
}

static long exec_block(struct task *task, struct exec *exec, uint8_t *small, uint8_t **image)
{
	struct argument_block *block = &exec->block;
	long result;

	random_bytes(&task->process->random, block->random, sizeof(block->random));
	result = arguments_measure(block);
	if (!result && !block->arguments.count && !block->arguments.own_count) {
		/* Linux: a program always has a name. */
		block->arguments = (struct argument_list){ .own = { "" }, .own_count = 1 };
		result = arguments_measure(block);
	}
	if (!result && block->bytes > ARGUMENT_BYTES_LEAST)
		result = check_stack(task, block->bytes);
	if (result)
		return result;
	*image = small;
	if (block->bytes > BLOCK_BYTES) {
		*image = (uint8_t *)BLOCK_ADDRESS;
		result = memory_map(task, BLOCK_ADDRESS, PAGE_UP(block->bytes),
				    PROT_READ | PROT_WRITE,
				    PROCESS_MAP_PRIVATE_AREA, 0, 0);
	}
	return result ? result : load_block(task, block, &exec->image, &exec->interpreter, *image);
}

/* The path's last component names it in ps; the arguments, as many as fit, are its command. */
static void exec_names(struct task *task, const struct exec *exec, const uint8_t *image,
		       struct process_exec_request *request)
{
	const char *slash = strrchr(exec->block.file, '/');
	const uint8_t *strings = load_strings(&exec->block, image);
	uint64_t bytes = exec->block.argument_bytes;

	task->process->arguments_start = LOAD_STACK_TOP - exec->block.bytes +
		(uint64_t)(strings - image);
	task->process->arguments_end = task->process->arguments_start + bytes;
	task->process->environment_end = task->process->arguments_start + exec->block.string_bytes;
	string_copy(task->process->command, sizeof(task->process->command),
		    slash ? slash + 1 : exec->block.file);
	__builtin_memcpy(request->name, task->process->command, sizeof(request->name));
	request->arguments = task->process->arguments_start;
	request->arguments_bytes = bytes;
	bytes = bytes < sizeof(request->command) ? bytes : sizeof(request->command);
	__builtin_memcpy(request->command, strings, bytes);
	request->command_bytes = bytes;
}

/*
 * What the old program has mapped of the same file, as it is now, can stay: process is told. (An
 * unknown status only costs the reading.)
 */
static void exec_keep(struct task *task, const struct exec *exec,
		      struct process_exec_request *request)
{
	struct process_record *process = task->process;
	const struct open_file *old = process->executable;
	const struct fs_status *now = &exec->status;
	struct fs_status_reply before;

	if (old && now->modified_ns && now->modified_ns == process->executable_ns &&
	    !fs_status(&task->fs, &(struct fs_status_request){ old->record }, &before, 0) &&
	    before.status.inode == now->inode && before.status.volume == now->volume) {
		request->keep_tag = (uint64_t)old;
		request->new_tag = (uint64_t)file_of(task, exec->descriptor);
	}
	process->executable_ns = now->modified_ns;
}

static void identity_follows(struct task *task)
{
	struct process_credentials_reply reply;

	if (process_credentials(&task->process_session, &(struct process_credentials_request){ },
				&reply, 0))
		process_end(task, SIGKILL);
	task->process->credentials = reply.credentials;
	if (files_identify(task))
		process_end(task, SIGKILL);
}

/* The point of no return: the old program goes, the new one comes. */
static void exec_replace(struct task *task, struct exec *exec, const uint8_t *image)
{
	struct process_exec_request request = { 0 };
	struct process_exec_reply reply;
	struct process_record *process = task->process;
	struct open_file *interpreter = 0;

	threads_end_others(task);
	if (!file_of(task, exec->descriptor))
		process_end(task, SIGKILL);
	exec_names(task, exec, image, &request);
	exec_keep(task, exec, &request);
	process->executable = file_of(task, exec->descriptor);
	process->executable->references++;
	if (exec->interpreter_descriptor >= 0)
		interpreter = file_of(task, exec->interpreter_descriptor);
	if (process_exec(&task->process_session, &request, &reply, 0))
		process_end(task, SIGKILL);
	if (reply.ids_changed)
		identity_follows(task);
	memory_forget(task);
	if (memory_hold(task, process->executable))
		process_end(task, SIGKILL);
	file_put(task, process->executable);
	if ((interpreter && memory_hold(task, interpreter)) ||
	    load_image(task, &exec->interpreter, interpreter) ||
	    load_image(task, &exec->image, process->executable) ||
	    load_stack(task, &exec->image, image, exec->block.bytes))
		process_end(task, SIGSEGV);
	if (exec->block.bytes > BLOCK_BYTES &&
	    memory_unmap(task, BLOCK_ADDRESS, PAGE_UP(exec->block.bytes)))
		process_end(task, SIGKILL);
	files_exec(task);
	signal_reset(task);
	task->clear_child_tid = task->robust_list = 0;
	load_registers(task, exec->interpreter.count ? exec->interpreter.entry : exec->image.entry,
		       exec->block.bytes);
}

/* Does the file's mode make somebody else of us? fs tells process, which may not allow it. */
static int exec_gives_privileges(struct task *task, const struct exec *exec)
{
	const struct process_credentials *own = &task->process->credentials;
	const struct fs_status *file = &exec->status;
	struct fs_privilege_reply reply;

	if (!(file->mode & 04000 && file->uid != own->user.effective) &&
	    !((file->mode & 02010) == 02010 && file->gid != own->group.effective))
		return 0;
	return fs_privilege(&task->fs, &(struct fs_privilege_request){
		file_of(task, exec->descriptor)->record }, &reply, 0) == STATUS_OK && reply.granted;
}

/* The program is open. path: room for its interpreter's, and for a small block. */
static long exec_begin(struct task *task, struct exec *exec, uint8_t *small, int may_give)
{
	struct fs_status_reply status;
	uint64_t bytes;
	uint8_t *image;
	long result;

	if (!fs_status(&task->fs, &(struct fs_status_request){
			file_of(task, exec->descriptor)->record }, &status, 0))
		exec->status = status.status;
	result = exec_block(task, exec, small, &image);
	if (!result && may_give && exec_gives_privileges(task, exec)) {
		result = hand_over_prepare(task, exec, &bytes);
		if (!result)
			hand_over(task, exec, load_strings(&exec->block, image), bytes);
	}
	if (!result) {
		exec_replace(task, exec, image);
		return -CALL_DONE;
	}
	if (exec->block.bytes > BLOCK_BYTES)
		(void)!memory_unmap(task, BLOCK_ADDRESS, PAGE_UP(exec->block.bytes));
	exec_close(task, exec);
	return result;
}

static long exec_run(struct task *task, struct exec *exec)
{
	uint8_t small[BLOCK_BYTES] __attribute__((aligned(16)));
	long result = exec_open(task, exec, (char *)small);

	return result ? result : exec_begin(task, exec, small, 1);
}

long exec_opened(struct task *task, struct exec *exec)
{
	uint8_t small[BLOCK_BYTES] __attribute__((aligned(16)));
	long result = exec_look(task, exec, (char *)small);

	return result ? result : exec_begin(task, exec, small, 0);
}

#define PREFIX_BYTES 24                           /* "/dev/fd/4294967295/" */
/*
 * A program that was found by a descriptor is called /dev/fd/N or /dev/fd/N/PATH: that is put
 * before `name`, which has room for it there.
 */
static void name_by_descriptor(struct exec *exec, char *name)
{
	char prefix[PREFIX_BYTES];
	unsigned long bytes = format_text(prefix, sizeof(prefix), "/dev/fd/%u%s",
					  (unsigned int)exec->directory, *name ? "/" : "");

	exec->block.file = __builtin_memcpy(name - bytes, prefix, bytes);
	if (!*name)
		exec->path = exec->block.file;
}

long sys_execveat(struct task *task, long directory, long path, long arguments, long environment,
		  long flags)
{
	char text[PREFIX_BYTES + LINUX_PATH_MAX], *name = text + PREFIX_BYTES;
	struct exec exec = {
		.directory = (int)directory, .path = name,
		.flags = flags & LINUX_AT_SYMLINK_NOFOLLOW ? LINUX_O_NOFOLLOW : 0,
		.block = { .file = name, .arguments.array = (uint64_t)arguments,
			   .environment.array = (uint64_t)environment },
	};
	long length;

	if (flags & ~(LINUX_AT_EMPTY_PATH | LINUX_AT_SYMLINK_NOFOLLOW))
		return -E_INVAL;
	length = string_from_program(name, (uint64_t)path, LINUX_PATH_MAX);
	if (length < 0)
		return length;
	if (!length && !(flags & LINUX_AT_EMPTY_PATH))
		return -E_NOENT;
	if (name[0] != '/' && exec.directory != LINUX_AT_FDCWD) {
		struct descriptor *descriptor =
			files_descriptor(&task->process->files, (unsigned int)exec.directory);

		if (!descriptor)
			return -E_BADF;
		exec.closing = descriptor->flags & LINUX_FD_CLOEXEC;
		name_by_descriptor(&exec, name);
	}
	return exec_run(task, &exec);
}

long sys_execve(struct task *task, long path, long arguments, long environment)
{
	return sys_execveat(task, LINUX_AT_FDCWD, path, arguments, environment, 0);
}

long exec_first(struct task *task, const char *path, const char *const *arguments,
		const char *const *environment)
{
	struct exec exec = { .directory = LINUX_AT_FDCWD, .path = path, .block = { .file = path } };
	struct argument_block *block = &exec.block;

	for (; *arguments; arguments++)
		block->arguments.own[block->arguments.own_count++] = *arguments;
	for (; *environment; environment++)
		block->environment.own[block->environment.own_count++] = *environment;
	return exec_run(task, &exec);
}
