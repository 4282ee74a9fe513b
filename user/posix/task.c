/* SPDX-License-Identifier: MIT */
/* The task record, private pages, and what entry.S takes for granted about the structures. */
#include "user/posix/dispatch.h"

#include "libipc/format.h"
#include "libipc/proto/supervisor.h"
#include "user/posix/entry.h"
#include "user/posix/header.h"

#define AT(type, member, offset) \
	_Static_assert(__builtin_offsetof(struct type, member) == (offset), #type "." #member)
AT(task, self, TASK_SELF);
AT(task, stack_top, TASK_STACK_TOP);
AT(task, page, TASK_PAGE);
AT(task, window_restart, TASK_WINDOW_RESTART);
AT(task, call, TASK_CALL);
AT(task, program, TASK_REGISTERS);
AT(task, table, TASK_TABLE);
AT(task, lend, TASK_LEND);
AT(registers, rax, REGISTERS_RAX);
AT(registers, rbx, REGISTERS_RBX);
AT(registers, rcx, REGISTERS_RCX);
AT(registers, rdx, REGISTERS_RDX);
AT(registers, rsi, REGISTERS_RSI);
AT(registers, rdi, REGISTERS_RDI);
AT(registers, rbp, REGISTERS_RBP);
AT(registers, rsp, REGISTERS_RSP);
AT(registers, r8, REGISTERS_R8);
AT(registers, r9, REGISTERS_R9);
AT(registers, r10, REGISTERS_R10);
AT(registers, r11, REGISTERS_R11);
AT(registers, r12, REGISTERS_R12);
AT(registers, r13, REGISTERS_R13);
AT(registers, r14, REGISTERS_R14);
AT(registers, r15, REGISTERS_R15);
AT(registers, rip, REGISTERS_RIP);
AT(registers, rflags, REGISTERS_RFLAGS);
AT(message_page, reflect_rip, PAGE_REFLECT_RIP);
AT(message_page, upcall_pending, PAGE_UPCALL_PENDING);
AT(message_page, upcall_registers.rsp, PAGE_UPCALL_RSP);
AT(message_page, upcall_registers.rip, PAGE_UPCALL_RIP);
AT(private_area, task, PRIVATE_TASK);
_Static_assert(sizeof(struct registers) == REGISTERS_BYTES, "registers");
_Static_assert(LINUX_CALLS == ENTRY_CALLS, "size of the table");
_Static_assert(ENTRY_CANCELLED == STATUS_CANCELLED && ENTRY_EFAULT == E_FAULT, "numbers");
_Static_assert(ENTRY_MESSAGE_PAGE == MESSAGE_PAGES, "the first thread's page");
_Static_assert(PRIVATE_TASK % 16 == 0, "the stack starts aligned");

#define PRIVATE_BYTES PAGE_UP(sizeof(struct private_area))

extern const char image_bytes[], code_bytes[];

__attribute__((section(".header"), used))
static const struct {
	uint64_t magic;
	const char *text_bytes, *boot, *reflect, *upcall, *exit_start, *exit_end;
	uint64_t private_bytes;
	const char *code_end;
} header = {
	POSIX_MAGIC, image_bytes, posix_boot, posix_reflect, posix_upcall, exit_start, exit_end,
	PRIVATE_BYTES, code_end,
};
_Static_assert(sizeof(header) == sizeof(struct posix_header), "struct posix_header");

void *private_pages(struct task *task, unsigned long pages)
{
	struct process_record *process = task->process;
	uint64_t address = process->private_end;

	if (memory_map(task, address, pages * PAGE_BYTES, PROT_READ | PROT_WRITE,
		       PROCESS_MAP_PRIVATE_AREA, 0, 0))
		return 0;
	process->private_end += pages * PAGE_BYTES;
	return (void *)address;
}

void task_log(struct task *task, const char *text, long number)
{
	char line[100];
	unsigned long bytes = format_text(line, sizeof(line), "posix: %s (%u): %s %ld",
		task->process->command, PROCESS_PAGE(task->page)->pid, text, number);

	/* The log is for people: nothing depends on its arrival. */
	supervisor_log(&task->supervisor, &(struct supervisor_log_request){ bytes },
		       &(struct supervisor_log_reply){ }, LEND_IN(line, bytes));
}
