/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ABI_INFO_H
#define BULKHEAD_ABI_INFO_H

#include <stdint.h>

#define INFO_COMMAND_LINE 256

/*
 * One page, read-only in every space. Written by the kernel at boot, the wall clock by the
 * supervisor.
 */
struct info_page {
	uint64_t tsc_hz;                          /* ticks of the time-stamp counter per second */
	uint64_t tsc_boot;                        /* its value at boot: monotonic time 0 */
	uint64_t wall_boot_ns;                    /* nanoseconds since 1970 at boot */
	uint64_t memory_bytes;                    /* of the machine */
	/* ns = (ticks * ns_multiplier) >> 32, in 128-bit arithmetic */
	uint64_t ns_multiplier;
	char command_line[INFO_COMMAND_LINE];     /* the kernel's, ended by a zero byte */
};

/*
 * What the kernel hands to the first user program, the supervisor: this structure stands at the
 * start of its message page, and the capabilities in the slots below.
 */
#define BOOT_MEMORY_RANGES 16
struct boot_info {
	uint64_t magic;                           /* BOOT_MAGIC */
	uint64_t archive_address;                 /* the boot archive (cpio newc), mapped read-only */
	uint64_t archive_bytes;
	uint32_t memory_count;                    /* slots BOOT_SLOT_MEMORY .. hold this many ranges */
	uint32_t reserved;
	struct { uint64_t base, bytes; } memory[BOOT_MEMORY_RANGES];
};
#define BOOT_MAGIC 0x646165686b6c7562ull          /* "bulkhead" */

#define BOOT_ARCHIVE_ADDRESS 0x7f5000000000ull    /* in the supervisor's space */
#define INFO_PAGE_ADDRESS    0x7f0030000000ull    /* in every space */

enum boot_slot {
	BOOT_SLOT_SPACE = 1,    /* the supervisor's own space */
	BOOT_SLOT_THREAD = 2,   /* its thread */
	BOOT_SLOT_ENDPOINT = 3, /* the endpoint its thread is bound to */
	BOOT_SLOT_CONTROL = 4,  /* log, shutdown, counters, irq and ioport creation */
	BOOT_SLOT_INFO = 5,     /* memory of the info page (map read-only) */
	BOOT_SLOT_DEVICE = 6,   /* memory: all physical addresses that are no RAM (map only) */
	BOOT_SLOT_ARCHIVE = 7,  /* memory of the boot archive */
	BOOT_SLOT_MEMORY = 8,   /* .. + BOOT_MEMORY_RANGES: free RAM, largest first */
	BOOT_SLOT_FREE = 24,    /* first slot that the kernel left empty */
};

#endif
