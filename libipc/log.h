/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_LOG_H
#define BULKHEAD_LIBIPC_LOG_H

/*
 * One line in the log (boot.log), with the service's name before it and a line end behind it.
 * Format: libipc/format.h. Longer lines are cut at 464 bytes.
 * Cost: the log is a slow serial line; not for what happens often.
 */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
