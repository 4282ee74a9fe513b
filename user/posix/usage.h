/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_USAGE_H
#define BULKHEAD_POSIX_USAGE_H

#include "user/posix/linux_file.h"
#include "user/posix/task.h"

/* struct rusage, getrusage(2). */
struct linux_usage {
	struct linux_timeval user, system;
	int64_t peak_kib, text, data, stack, minor_faults, major_faults, swaps, blocks_in, blocks_out,
		messages_sent, messages_received, signals, switches, preemptions;
};
_Static_assert(sizeof(struct linux_usage) == 144, "struct rusage");

void usage_of(const struct process_usage *usage, struct linux_usage *linux_usage);

#endif
