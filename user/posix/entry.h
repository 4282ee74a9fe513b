/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_ENTRY_H
#define BULKHEAD_POSIX_ENTRY_H

/* Offsets and numbers that entry.S and task.c agree on: task.c asserts each. */
#define TASK_SELF            0
#define TASK_STACK_TOP       8
#define TASK_PAGE            16
#define TASK_WINDOW_RESTART  24
#define TASK_CALL            32
#define TASK_REGISTERS       40
#define TASK_LEND            200
#define TASK_TABLE           208

#define REGISTERS_RAX        0
#define REGISTERS_RBX        8
#define REGISTERS_RCX        16
#define REGISTERS_RDX        24
#define REGISTERS_RSI        32
#define REGISTERS_RDI        40
#define REGISTERS_RBP        48
#define REGISTERS_RSP        56
#define REGISTERS_R8         64
#define REGISTERS_R9         72
#define REGISTERS_R10        80
#define REGISTERS_R11        88
#define REGISTERS_R12        96
#define REGISTERS_R13        104
#define REGISTERS_R14        112
#define REGISTERS_R15        120
#define REGISTERS_RIP        128
#define REGISTERS_RFLAGS     136
#define REGISTERS_BYTES      160

#define PAGE_REFLECT_RIP     576
#define PAGE_UPCALL_PENDING  608
#define PAGE_UPCALL_RSP      672
#define PAGE_UPCALL_RIP      744

#define ENTRY_MESSAGE_PAGE   0x7f0020000000  /* MESSAGE_PAGES: of the first thread */
#define PRIVATE_TASK         24576   /* struct private_area: the stack stands below the task */

#define ENTRY_CALLS          512     /* rows of the table of calls */
#define ENTRY_CANCELLED      2       /* STATUS_CANCELLED */
#define ENTRY_EFAULT         14
/* Results from -4095 to -512 are not for programs: ERESTART*, CALL_DONE (task.h). */
#define ENTRY_SPECIAL_LOW    4095
#define ENTRY_SPECIAL_COUNT  3584

#endif
