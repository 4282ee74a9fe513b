/* SPDX-License-Identifier: MIT */
#include "user/posix/trace.h"

#include "user/posix/dispatch.h"
#include "user/posix/entry.h"
#include "user/posix/file.h"

#include "libipc/proto/pipe.h"

#define EXIT       60
#define EXIT_GROUP 231

long trace_start(struct task *task, long descriptor)
{
	struct open_file *file = file_of(task, descriptor), *old = task->process->trace;

	if (!file || !(file->access & FILE_WRITE))
		return -E_BADF;
	if (file->kind != FILE_PIPE && file->kind != FILE_DISK)
		return -E_INVAL;
	file->references++;
	task->process->trace = file;
	task->table = traced_table;
	if (old)
		file_put(task, old);
	return 0;
}

/* Nobody reads it any more, or the disk is full: the line is lost. No signal cuts it short. */
static void put(struct task *task, struct trace_line *line)
{
	struct open_file *file = task->process->trace;
	struct pipe_write_reply reply;

	line->text[line->bytes++] = '\n';
	if (file->kind == FILE_PIPE)
		(void)!pipe_write(&task->pipe, &(struct pipe_write_request){
			(uint32_t)file->record, (uint32_t)line->bytes }, &reply,
			LEND_IN(line->text, line->bytes));
	else
		file_operations(file)->write(task, file, (uint64_t)line->text, line->bytes,
					     POSITION_OWN);
}

typedef long function_t(struct task *, long, long, long, long, long, long);

static long call_traced(struct task *task, long a0, long a1, long a2, long a3, long a4, long a5)
{
	const long a[] = { a0, a1, a2, a3, a4, a5 };
	struct trace_line line = { .bytes = 0 };
	uint64_t number = task->call, start;
	unsigned int pid = PROCESS_PAGE(task->page)->pid, next;
	long result;

	trace_format(&line, "%u ", pid);
	next = trace_before(&line, number, a);
	if (number == EXIT || number == EXIT_GROUP) {
		trace_format(&line, ") = ?");
		put(task, &line);
	}
	start = time_ticks();
	result = ((function_t *const *)task->untraced)[number](task, a0, a1, a2, a3, a4, a5);
	start = time_ticks() - start;
	/* exec has forgotten all about the old program; it cannot have failed. */
	if (result == -CALL_DONE)
		trace_format(&line, ") = 0");
	else
		trace_after(&line, number, a, next, result);
	trace_format(&line, " <%lu>", start);
	put(task, &line);
	return result;
}

call_t *const traced_table[CALLS] = {
	[0 ... CALLS - 1] = (call_t *)call_traced,
};
