/* SPDX-License-Identifier: MIT */
/* What belongs to a thread: thread pointer, names. */
#include "user/posix/dispatch.h"

/* ---- arch_prctl(2) ---- */

enum { ARCH_SET_GS = 0x1001, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS };
#define THREAD_TLS_FS 1

void task_set_tls(struct task *task, uint64_t fs_base)
{
	struct words words = { { fs_base, 0, THREAD_TLS_FS } };

	/* Only a bad argument can fail, and the callers have checked it. */
	if (kernel_invoke_thread(0, THREAD_TLS, &words) == STATUS_OK)
		task->program.fs_base = fs_base;
}

/* GS is ours: it leads from the program to the personality. */
long sys_arch_prctl(struct task *task, long code, long address)
{
	switch (code) {
	case ARCH_SET_FS:
		if ((uint64_t)address >= USER_TOP)
			return -E_PERM;
		task_set_tls(task, (uint64_t)address);
		return 0;
	case ARCH_GET_FS:
		return copy_to_program((uint64_t)address, &task->program.fs_base,
				       sizeof(task->program.fs_base));
	case ARCH_SET_GS:
	case ARCH_GET_GS:
		return -E_PERM;
	default:
		return -E_INVAL;
	}
}

long sys_set_tid_address(struct task *task, long address)
{
	task->clear_child_tid = (uint64_t)address;
	return PROCESS_PAGE(task->page)->tid;
}

/* Restartable sequences: every glibc program asks, and does without. */
long sys_rseq(struct task *task, long area, long bytes, long flags, long signature)
{
	(void)task;
	(void)area;
	(void)bytes;
	(void)flags;
	(void)signature;
	return -E_NOSYS;
}

/* ---- prctl(2) ---- */

enum { PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_NAME = 15,
       PR_GET_NAME, PR_SET_NO_NEW_PRIVS = 38, PR_GET_NO_NEW_PRIVS };

long sys_prctl(struct task *task, long option, long a, long b, long c, long d)
{
	char name[16] = { 0 };
	long length;

	switch (option) {
	case PR_SET_NAME:
		length = string_length((uint64_t)a, sizeof(name));
		if (length == -E_NAMETOOLONG)
			length = sizeof(name) - 1;
		if (length < 0 || copy_from_program(name, (uint64_t)a, (uint64_t)length))
			return -E_FAULT;
		__builtin_memcpy(task->number ? task->name : task->process->command, name,
				 sizeof(name));
		return 0;
	case PR_GET_NAME:
		return copy_to_program((uint64_t)a, task->number ? task->name :
				       task->process->command, sizeof(name));
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
		return (uint64_t)a > 1 ? -E_INVAL : 0;
	case PR_GET_NO_NEW_PRIVS:
		return b || c || d ? -E_INVAL : 0;
	default:
		return -E_INVAL;
	}
}
