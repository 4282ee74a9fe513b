/* SPDX-License-Identifier: MIT */
/* What belongs to a thread: its thread pointer. */
#include "user/posix/dispatch.h"

/* ---- arch_prctl(2) ---- */

enum { ARCH_SET_GS = 0x1001, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS,
       ARCH_GET_CPUID = 0x1011, ARCH_SET_CPUID };
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
	/* The CPUID instruction works, and cannot be made to fault. */
	case ARCH_GET_CPUID:
		return 1;
	case ARCH_SET_CPUID:
		return -E_NODEV;
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
