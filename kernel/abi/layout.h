/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ABI_LAYOUT_H
#define BULKHEAD_ABI_LAYOUT_H

/* Where things stand in the user half of every address space. */
#define USER_TOP             0x800000000000ull
#define PROGRAM_START        0x10000ull
#define PROGRAM_END          0x7e0000000000ull
#define SERVICE_IMAGE        0x400000ull
#define PERSONALITY_TEXT     0x7f0000000000ull
#define PERSONALITY_PRIVATE  0x7f0010000000ull
#define MESSAGE_PAGES        0x7f0020000000ull   /* + 4096 * thread */
#define SERVICE_INFO_ADDRESS 0x7f0040000000ull   /* struct service_info, libipc/service.h */
#define SERVICE_STACK        0x7f1000000000ull   /* lowest address; a hole below */
#define SERVICE_STABLE       0x7f2000000000ull
#define SERVICE_HEAP         0x7f3000000000ull
#define SERVICE_DEVICE       0x7f4000000000ull

/* One row of clients in every service's tables: processes and services. */
#define CLIENT_MAX 512
/* Threads beside the first of their process: each has a number below this, its own in the system. */
#define CLIENT_THREAD_MAX 1024
/* A session's badge: whose it is. Thread 0 stands for the process and its first thread. */
#define BADGE(client, thread) ((uint64_t)(client) | (uint64_t)(thread) << 16)
#define BADGE_CLIENT(badge) ((unsigned)((badge) & 0xffff))
#define BADGE_THREAD(badge) ((unsigned)((badge) >> 16 & 0xffff))

/* Levels: calls go from lower to higher only. The manifest assigns them. */

/* Well-known slots of a program's table, filled by process. Sessions to services follow. */
enum program_slot {
	SLOT_SELF_ENDPOINT = 1,           /* the first thread's own endpoint (bind right only) */
	SLOT_SELF_NOTIFY = 2,             /* a notification of it with all bits, to give to servers */
	SLOT_PROCESS = 3,
	SLOT_FS = 4,
	SLOT_PIPE = 5,
	SLOT_CONSOLE = 6,
	SLOT_SUPERVISOR = 7,
	SLOT_TEMPLATE = 8,
	SLOT_PROGRAM_FREE = 16,
	/* Of each further thread: notification and sessions, as from SLOT_SELF_NOTIFY on. */
	SLOT_THREADS = 32,
};
#define PROGRAM_SLOTS 1024
#define THREAD_SLOTS  8
#define PROGRAM_THREADS (1 + (PROGRAM_SLOTS - SLOT_THREADS) / THREAD_SLOTS)
/* Where thread `number` of a process finds what its first thread has in `slot`. */
#define THREAD_SLOT(number, slot) ((number) ? \
	SLOT_THREADS + ((number) - 1) * THREAD_SLOTS + ((slot) - SLOT_SELF_NOTIFY) : (slot))

#endif
