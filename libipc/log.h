/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_LOG_H
#define BULKHEAD_LIBIPC_LOG_H

#include <stdint.h>

#include "kernel/abi/status.h"

/*
 * One line in the log (boot.log), with the service's name before it and a line end behind it.
 * Format: libipc/format.h. Longer lines are cut at 464 bytes.
 * Cost: the log is a slow serial line; not for what happens often.
 */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * What the kernel keeps of the log, from a position on: at most SUPERVISOR_LOG_BYTES. control: the
 * slot of all rights over the machine.
 */
struct supervisor_log_read_reply;
status_t log_kept(uint32_t control, uint64_t position, char *to,
		  struct supervisor_log_read_reply *reply) MUST_CHECK;

#endif
