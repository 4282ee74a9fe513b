/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ABI_MESSAGE_H
#define BULKHEAD_ABI_MESSAGE_H

#include <stdint.h>

/*
 * Registers of a kernel call, in and out (System V x86-64 names):
 *
 *   rax  number of the call            ->  status
 *   rdi  slot of the capability        ->  badge (receive)
 *   rsi  info                          ->  info of what arrived
 *   rdx r8 r9 r10 r12 r13  words 0..5  ->  words 0..5
 *
 * Every other register but rsp is clobbered, rbx, rbp, r14 and r15 included.
 */

/* The info word. */
#define INFO_LABEL_MASK   0xffffull               /* operation; in a reply, its status */
#define INFO_WORDS_SHIFT  16                      /* 0..64 words; those after the sixth in the page */
#define INFO_WORDS_MASK   (0x7full << INFO_WORDS_SHIFT)
#define INFO_CAPS_SHIFT   24                      /* 0..4 capabilities, in the page */
#define INFO_CAPS_MASK    (0x7ull << INFO_CAPS_SHIFT)
#define INFO_WINDOWS_SHIFT 28                     /* 0..2 windows lent, in the page */
#define INFO_WINDOWS_MASK (0x3ull << INFO_WINDOWS_SHIFT)
#define INFO_SEQUENCE_SHIFT 32                    /* of a request that must not be executed twice */
/* Set by the sender's stub where words, beyond the six, or capabilities stand in the page. */
#define INFO_PAGE         (1ull << 31)

#define INFO(label, words) ((uint64_t)(label) | (uint64_t)(words) << INFO_WORDS_SHIFT | \
			    ((words) > MESSAGE_REGISTERS ? INFO_PAGE : 0))

#define MESSAGE_REGISTERS 6
#define MESSAGE_WORDS     64
#define MESSAGE_CAPS      4
#define MESSAGE_WINDOWS   2

/* A window: memory of the caller, lent for as long as its call lasts. */
#define WINDOW_READ   1u                          /* the receiver may copy out of it */
#define WINDOW_WRITE  2u                          /* the receiver may copy into it */
struct window {
	uint64_t address;                         /* in the caller's space */
	uint32_t size_bytes;
	uint32_t direction;                       /* WINDOW_READ | WINDOW_WRITE */
};

/* Registers of a thread as a fault message, an upcall and thread_registers show them. */
struct registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, rflags, fs_base, gs_base;
};

/*
 * A thread's message page: one page of user memory that the kernel reaches by its own alias. The
 * sender's words 6.. stand at the same index in the receiver's page after the transfer.
 * Capabilities: the sender names slots of its table; the receiver has put free slots of its table
 * there before it receives, and finds there where each arrived (0: none came).
 */
struct message_page {
	uint64_t words[MESSAGE_WORDS];            /* 0..5 unused: they travel in registers */
	uint32_t caps_send[MESSAGE_CAPS];
	uint32_t caps_receive[MESSAGE_CAPS];
	struct window windows[MESSAGE_WINDOWS];
	/* Reflection of a system call that is not the kernel's. */
	uint64_t reflect_rip;                     /* where the program goes on */
	/* Upcalls (kernel/abi/objects.h, SPACE_ENTRY). */
	uint64_t upcall_reason;                   /* enum upcall_reason */
	uint64_t upcall_address;                  /* of a fault */
	uint64_t upcall_code;    /* the processor's error code of a fault; vector << 32 */
	uint64_t upcall_pending; /* an interruption that found the personality at work */
	struct registers upcall_registers;
};

enum upcall_reason {
	UPCALL_INTERRUPT = 1,                     /* thread_interrupt found the program running */
	UPCALL_FAULT = 2,                         /* the fault handler asked for it */
};

#endif
