/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ABI_SYSCALLS_H
#define BULKHEAD_ABI_SYSCALLS_H

/*
 * The kernel's calls, one row each: name, offset of its number, what it does. The number, the stub
 * (libipc/kernel.h), the dispatch table and the trace name are derived from the row. Numbers outside
 * [KERNEL_CALL_BASE, KERNEL_CALL_BASE + KERNEL_CALL_COUNT) are reflected to the personality.
 */
#define KERNEL_CALL_TABLE(ROW) \
	ROW(CALL,            0, call)            /* send to a session, wait for the answer */ \
	ROW(REPLY_RECEIVE,   1, reply_receive)   /* answer the current call, take the next */ \
	ROW(RECEIVE,         2, receive)         /* take the next call or event; word 0: deadline */ \
	ROW(REPLY,           3, reply)           /* answer the current (slot 0) or a kept call */ \
	ROW(NOTIFY,          4, notify)          /* raise bits (word 0) at an endpoint; never blocks */ \
	ROW(COPY,            5, copy)            /* through a window of a call being answered */ \
	ROW(INVOKE_MEMORY,   6, invoke_memory) \
	ROW(INVOKE_SPACE,    7, invoke_space) \
	ROW(INVOKE_THREAD,   8, invoke_thread) \
	ROW(INVOKE_ENDPOINT, 9, invoke_endpoint) \
	ROW(INVOKE_REPLY,   10, invoke_reply) \
	ROW(INVOKE_IRQ,     11, invoke_irq) \
	ROW(INVOKE_IOPORT,  12, invoke_ioport) \
	ROW(INVOKE_CONTROL, 13, invoke_control)

#define KERNEL_CALL_BASE  0x42480000
#define KERNEL_CALL_COUNT 14

#ifndef __ASSEMBLER__
#define KERNEL_CALL_ENUM(name, offset, function) KERNEL_##name = KERNEL_CALL_BASE + offset,
enum { KERNEL_CALL_TABLE(KERNEL_CALL_ENUM) };
#undef KERNEL_CALL_ENUM
#endif

/*
 * RECEIVE: word 0 = deadline in absolute ticks, 0: none.
 *
 * COPY: rdi = slot of a kept reply, 0: the current call; rsi = window index | direction << 8
 * (WINDOW_READ: from the caller's window to here; WINDOW_WRITE: from here to the window);
 * word 0 = offset in the window, word 1 = address here, word 2 = bytes.
 * Gives word 0 = bytes copied. Fails with UNMAPPED (bytes of the caller not mapped), BAD_ARGUMENT
 * (outside the window, wrong direction, memory here not mapped), AGAIN (COPY_STEP_BYTES done: go on).
 */
#define COPY_STEP_BYTES 65536

#endif
