/* SPDX-License-Identifier: MIT */
/*
 * execve. Up to process_exec everything can still fail with an error; the new argument block is
 * complete by then, outside the memory that goes. After it a failure kills, as on Linux.
 */
#include "libipc/string.h"
#include "user/posix/arguments.h"
#include "user/posix/dispatch.h"
#include "user/posix/elf.h"
#include "user/posix/file.h"
#include "user/posix/load.h"
#include "user/posix/script.h"
#include "user/posix/threads.h"

#define SCRIPTS_MAX  4                            /* scripts run by scripts: ELOOP beyond */
#define HEAD_BYTES   1024                         /* of a file, read at first */
#define BLOCK_BYTES  4096                         /* of arguments that need no mapping of their own */
/* Where a larger block is built: in the private area, which exec keeps. */
#define BLOCK_ADDRESS (PERSONALITY_PRIVATE + 0x8100000)

struct exec {
	long directory, descriptor;
	const char *path;                         /* what is opened now */
	struct argument_block block;
	struct script script[SCRIPTS_MAX];
	uint32_t scripts;
	struct elf_header header;
	struct elf_image image;
	union {
		char bytes[HEAD_BYTES];
		struct elf_program_header headers[ELF_PROGRAM_HEADERS_BYTES /
						  sizeof(struct elf_program_header)];
	} head;
};

/* The file was a script: its interpreter comes first, with its argument, then the script's path. */
static long exec_script(struct exec *exec, long bytes)
{
	struct argument_list *list = &exec->block.arguments;
	struct script *script = &exec->script[exec->scripts];
	uint32_t more;
	long result;

	if (bytes < 2 || exec->head.bytes[0] != '#' || exec->head.bytes[1] != '!')
		return -E_NOEXEC;
	if (exec->scripts == SCRIPTS_MAX)
		return -E_LOOP;
	result = script_read(script, exec->head.bytes, (unsigned long)bytes);
	if (result)
		return result;
	/* argv[0] gives way to the path; of an interpreter that is a script, they are the same. */
	if (!exec->scripts++) {
		list->skip = 1;
		list->own[0] = exec->path;
		list->own_count += !list->own_count;
	}
	more = 1 + (script->argument != 0);
	for (uint32_t i = list->own_count; i--;)
		list->own[i + more] = list->own[i];
	list->own[0] = script->interpreter;
	if (script->argument)
		list->own[1] = script->argument;
	list->own_count += more;
	exec->path = script->interpreter;
	exec->directory = LINUX_AT_FDCWD;
	return 0;
}

/* The program headers, which need not be in what was read at first. */
static long exec_elf(struct task *task, struct exec *exec, long bytes)
{
	uint64_t table_bytes;
	long result = elf_check((const struct elf_header *)exec->head.bytes, (uint64_t)bytes);

	if (result)
		return result;
	__builtin_memcpy(&exec->header, exec->head.bytes, sizeof(exec->header));
	table_bytes = exec->header.program_header_count * sizeof(struct elf_program_header);
	if (exec->header.program_headers + table_bytes <= (uint64_t)bytes) {
		memmove(exec->head.bytes, exec->head.bytes + exec->header.program_headers, table_bytes);
	} else {
		bytes = file_pread(task, exec->descriptor, exec->head.bytes, table_bytes,
				   exec->header.program_headers);
		if (bytes < 0)
			return bytes;
		if ((uint64_t)bytes != table_bytes)
			return -E_NOEXEC;
	}
	return elf_read(&exec->header, exec->head.headers, PROGRAM_START, LOAD_HIGHEST, &exec->image);
}

/* Opens what is to be executed, through its scripts: then the descriptor is open and the image read. */
static long exec_open(struct task *task, struct exec *exec)
{
	for (;;) {
		long result, bytes;

		exec->descriptor = file_open_path(task, exec->directory, exec->path,
			__builtin_strlen(exec->path),
			FILE_OPEN_EXECUTE | LINUX_O_RDONLY | LINUX_O_CLOEXEC, 0);
		if (exec->descriptor < 0)
			return exec->descriptor;
		bytes = file_pread(task, exec->descriptor, exec->head.bytes, HEAD_BYTES, 0);
		result = bytes < 0 ? bytes : exec_script(exec, bytes);
		if (result == -E_NOEXEC) {
			result = exec_elf(task, exec, bytes);
			if (!result)
				return 0;
		}
		file_close(task, exec->descriptor);
		if (result)
			return result;
	}
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
	if (result)
		return result;
	*image = small;
	if (block->bytes > BLOCK_BYTES) {
		*image = (uint8_t *)BLOCK_ADDRESS;
		result = memory_map(task, BLOCK_ADDRESS, PAGE_UP(block->bytes), PROT_READ | PROT_WRITE,
				    PROCESS_MAP_PRIVATE_AREA, 0, 0);
	}
	return result ? result : load_block(task, block, &exec->image, *image);
}

/* The last path component names the program in ps; the arguments, as many as fit, its command. */
static void exec_names(struct task *task, const struct exec *exec, const uint8_t *image,
		       struct process_exec_request *request)
{
	const char *slash = strrchr(exec->path, '/');
	const uint8_t *strings = load_strings(&exec->block, image);
	uint64_t bytes = exec->block.argument_bytes;

	string_copy(task->process->command, sizeof(task->process->command),
		    slash ? slash + 1 : exec->path);
	__builtin_memcpy(request->name, task->process->command, sizeof(request->name));
	bytes = bytes < sizeof(request->command) ? bytes : sizeof(request->command);
	__builtin_memcpy(request->command, strings, bytes);
	request->command_bytes = bytes;
}

/*
 * What the old program has mapped of the same file, as it is now, can stay: process is told. (An
 * unknown status only costs the reading.)
 */
static void exec_keep(struct task *task, const struct open_file *file,
		      struct process_exec_request *request)
{
	struct process_record *process = task->process;
	const struct open_file *old = process->executable;
	struct fs_status_reply now, before;

	if (fs_status(&task->fs, &(struct fs_status_request){ file->record }, &now, 0))
		now.status.modified_ns = 0;
	else if (old && now.status.modified_ns == process->executable_ns &&
		 !fs_status(&task->fs, &(struct fs_status_request){ old->record }, &before, 0) &&
		 before.status.inode == now.status.inode &&
		 before.status.volume == now.status.volume) {
		request->keep_tag = (uint64_t)old;
		request->new_tag = (uint64_t)file;
	}
	process->executable_ns = now.status.modified_ns;
}

/* The point of no return: the old program goes, the new one comes. */
static void exec_replace(struct task *task, struct exec *exec, const uint8_t *image)
{
	struct process_exec_request request = { 0 };
	struct process_record *process = task->process;

	threads_end_others(task);
	if (!file_of(task, exec->descriptor))
		process_end(task, SIGKILL);
	exec_names(task, exec, image, &request);
	exec_keep(task, file_of(task, exec->descriptor), &request);
	process->executable = file_of(task, exec->descriptor);
	process->executable->references++;
	if (process_exec(&task->process_session, &request, &(struct process_exec_reply){ }, 0))
		process_end(task, SIGKILL);
	memory_forget(task);
	if (memory_hold(task, process->executable))
		process_end(task, SIGKILL);
	file_put(task, process->executable);
	if (load_image(task, &exec->image, process->executable) ||
	    load_stack(task, &exec->image, image, exec->block.bytes))
		process_end(task, SIGSEGV);
	if (exec->block.bytes > BLOCK_BYTES &&
	    memory_unmap(task, BLOCK_ADDRESS, PAGE_UP(exec->block.bytes)))
		process_end(task, SIGKILL);
	files_exec(task);
	signal_reset(task);
	task->clear_child_tid = task->robust_list = 0;
	load_registers(task, exec->image.entry, exec->block.bytes);
}

static long exec_run(struct task *task, struct exec *exec)
{
	uint8_t small[BLOCK_BYTES] __attribute__((aligned(16)));
	uint8_t *image;
	long result = exec_open(task, exec);

	if (result)
		return result;
	result = exec_block(task, exec, small, &image);
	if (!result) {
		exec_replace(task, exec, image);
		return -CALL_DONE;
	}
	if (exec->block.bytes > BLOCK_BYTES)
		(void)!memory_unmap(task, BLOCK_ADDRESS, PAGE_UP(exec->block.bytes));
	file_close(task, exec->descriptor);
	return result;
}

long sys_execveat(struct task *task, long directory, long path, long arguments, long environment,
		  long flags)
{
	char name[LINUX_PATH_MAX];
	struct exec exec = {
		.directory = directory, .path = name,
		.block = { .file = name, .arguments.array = (uint64_t)arguments,
			   .environment.array = (uint64_t)environment },
	};
	long length;

	if (flags)
		return -E_INVAL;
	length = string_from_program(name, (uint64_t)path, sizeof(name));
	if (length <= 0)
		return length ? length : -E_NOENT;
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
