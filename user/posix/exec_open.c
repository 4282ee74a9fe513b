/* SPDX-License-Identifier: MIT */
/* From a path to what is to be loaded: scripts, the program, the interpreter that it asks for. */
#include "user/posix/exec.h"

#include "libipc/string.h"
#include "user/posix/file.h"
#include "user/posix/load.h"

/* The program's descriptors are its own: this one needs none of those that its limit allows. */
static long open_executable(struct task *task, long directory, const char *path, long flags)
{
	struct files *files = &task->process->files;
	uint32_t limit = files->limit;
	long result;

	files->limit = DESCRIPTOR_ROWS;
	result = file_open_path(task, directory, path, __builtin_strlen(path),
		FILE_OPEN_EXECUTE | LINUX_O_RDONLY | LINUX_O_CLOEXEC | (unsigned int)flags, 0);
	files->limit = limit;
	return result;
}

/* The file was a script: its interpreter comes first, with its argument, then the script's path. */
static long exec_script(struct exec *exec, long bytes)
{
	struct argument_list *list = &exec->block.arguments;
	struct script *script = &exec->script[exec->scripts];
	uint32_t more;
	long result;

	if (bytes < 2 || exec->head.bytes[0] != '#' || exec->head.bytes[1] != '!')
		return -E_NOEXEC;
	if (exec->closing)
		return -E_NOENT;                  /* the interpreter could not open it */
	if (exec->scripts == SCRIPTS_MAX)
		return -E_LOOP;
	result = script_read(script, exec->head.bytes, (unsigned long)bytes);
	if (result)
		return result;
	/* argv[0] gives way to the path; of an interpreter that is a script, they are the same. */
	if (!exec->scripts++) {
		list->skip = 1;
		list->own[0] = exec->block.file;
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
	exec->flags = 0;
	return 0;
}

/* The header and the program headers, which need not be in what was read at first. */
static long read_headers(struct task *task, struct exec *exec, long descriptor, long bytes)
{
	uint64_t table_bytes;
	long result = elf_check((const struct elf_header *)exec->head.bytes, (uint64_t)bytes);

	if (result)
		return result;
	__builtin_memcpy(&exec->header, exec->head.bytes, sizeof(exec->header));
	table_bytes = exec->header.program_header_count * sizeof(struct elf_program_header);
	if (exec->header.program_headers + table_bytes <= (uint64_t)bytes) {
		memmove(exec->head.bytes, exec->head.bytes + exec->header.program_headers,
			table_bytes);
		return 0;
	}
	bytes = file_pread(task, descriptor, exec->head.bytes, table_bytes,
			   exec->header.program_headers);
	if (bytes < 0)
		return bytes;
	return (uint64_t)bytes == table_bytes ? 0 : -E_NOEXEC;
}

/* A file that is no program for here cannot be an interpreter: -ELIBBAD. */
static long read_interpreter(struct task *task, struct exec *exec)
{
	long descriptor = exec->interpreter_descriptor;
	long bytes = file_pread(task, descriptor, exec->head.bytes, HEAD_BYTES, 0);
	long result = bytes < 0 ? bytes : read_headers(task, exec, descriptor, bytes);

	if (!result)
		result = elf_read(&exec->header, exec->head.headers, 0, LOAD_INTERPRETER_LOWEST,
				  LOAD_INTERPRETER_END, &exec->interpreter);
	return result == -E_NOEXEC ? -E_LIBBAD : result;
}

static long open_interpreter(struct task *task, struct exec *exec, char *path)
{
	long bytes = (long)exec->image.interpreter_bytes, result;

	if (!bytes)
		return 0;
	result = file_pread(task, exec->descriptor, path, (unsigned long)bytes,
			    exec->image.interpreter_offset);
	if (result < 0)
		return result;
	if (result != bytes || path[bytes - 1])
		return -E_NOEXEC;
	result = open_executable(task, LINUX_AT_FDCWD, path, 0);
	if (result < 0)
		return result;
	exec->interpreter_descriptor = result;
	return read_interpreter(task, exec);
}

static long exec_elf(struct task *task, struct exec *exec, long bytes, char *path)
{
	long result = read_headers(task, exec, exec->descriptor, bytes);

	if (!result)
		result = elf_read(&exec->header, exec->head.headers, ELF_BASE, PROGRAM_START,
				  LOAD_HIGHEST, &exec->image);
	return result ? result : open_interpreter(task, exec, path);
}

void exec_close(struct task *task, const struct exec *exec)
{
	file_close(task, exec->descriptor);
	if (exec->interpreter_descriptor >= 0)
		file_close(task, exec->interpreter_descriptor);
}

long exec_look(struct task *task, struct exec *exec, char *path)
{
	long bytes, result;

	exec->interpreter_descriptor = -1;
	bytes = file_pread(task, exec->descriptor, exec->head.bytes, HEAD_BYTES, 0);
	result = bytes < 0 ? bytes : exec_elf(task, exec, bytes, path);
	if (result)
		exec_close(task, exec);
	return result;
}

long exec_open(struct task *task, struct exec *exec, char *path)
{
	exec->interpreter_descriptor = -1;
	for (;;) {
		long result, bytes;

		exec->descriptor = open_executable(task, exec->directory, exec->path, exec->flags);
		if (exec->descriptor < 0)
			return exec->descriptor;
		bytes = file_pread(task, exec->descriptor, exec->head.bytes, HEAD_BYTES, 0);
		result = bytes < 0 ? bytes : exec_script(exec, bytes);
		if (result == -E_NOEXEC) {
			result = exec_elf(task, exec, bytes, path);
			if (!result)
				return 0;
		}
		exec_close(task, exec);
		if (result)
			return result;
	}
}
