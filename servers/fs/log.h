/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_LOG_H
#define BULKHEAD_FS_LOG_H

#include <stdint.h>

#include "servers/fs/stable.h"

/*
 * Transactions over stable memory, by an undo log: before bytes change, their old contents are
 * appended to the log. Publishing is the one store that sets log_used to 0; whoever finds it
 * otherwise (the successor of a server that was stopped, or an operation that failed half way)
 * puts the old contents back, newest first. The client's answer slot is changed within the
 * transaction like everything else: effect and answer appear together or not at all.
 *
 * A transaction never waits: between log_begin and its end no other handler runs.
 */

/* Number of the operation at work. Frames that its attempts have touched are not evicted meanwhile. */
extern uint32_t log_operation;

void log_begin(void);
/* Another attempt of an operation that had to wait. */
void log_begin_again(uint32_t operation);
/* The bytes may be changed after it. Needs: they are in the memory of the service that is stable. */
void log_save(const void *address, uint32_t bytes);
/* How many more bytes fit: an entry takes its bytes rounded up to 8, plus 8. */
uint32_t log_room(void);
void log_publish(void);
/* Also at start: does nothing if no transaction is open. */
void log_undo(void);

#define LOG_SET(lvalue, value) do { \
	log_save(&(lvalue), sizeof(lvalue)); \
	(lvalue) = (value); \
} while (0)

#endif
