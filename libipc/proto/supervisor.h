/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_SUPERVISOR_H
#define BULKHEAD_PROTO_SUPERVISOR_H

#include "libipc/interface.h"

/*
 * What programs may ask the supervisor: how the services are, to crash one, to log a line, to end.
 * Any program may, for now. Services hold a session too, for their faults: they may ask nothing.
 */
#define SUPERVISOR_INTERFACE(ROW) \
	ROW(supervisor, list,           REPEATABLE) \
	ROW(supervisor, inject,         ONCE) \
	ROW(supervisor, wait_restarted, REPEATABLE) \
	ROW(supervisor, log,            REPEATABLE) \
	ROW(supervisor, log_read,       REPEATABLE) \
	ROW(supervisor, counters,       REPEATABLE) \
	ROW(supervisor, power_off,      REPEATABLE) \
	ROW(supervisor, set_clock,      REPEATABLE)

#define SUPERVISOR_NAME_BYTES 16

/* Ways to crash, in the order of struct service_header. */
enum crash_kind {
	CRASH_NULL, CRASH_JUMP, CRASH_ILLEGAL, CRASH_PRIVILEGED, CRASH_DIVIDE, CRASH_STACK, CRASH_EXIT,
	CRASH_LOOP,                              /* works without end */
	CRASH_KINDS,
};

enum service_state {
	SERVICE_STARTING,                        /* its start() has not returned yet */
	SERVICE_RUNNING,
	SERVICE_WAITING,                         /* dead; restarted after the back-off */
	SERVICE_FAILED,                          /* died too often in a row: left alone */
};

/* What a service died of last. */
enum service_death {
	DEATH_NONE,
	DEATH_PAGE_FAULT,                        /* address: what it touched */
	DEATH_EXCEPTION,                         /* vector: the processor's */
	DEATH_EXIT,                              /* address: the status it gave */
	DEATH_HANG,                              /* it worked without end, at rip */
};

/* The index-th service of the manifest. ENOENT: there are not so many. */
struct supervisor_list_request { uint64_t index; };
struct supervisor_list_reply {
	char name[SUPERVISOR_NAME_BYTES];
	uint32_t state, generation;
	uint32_t restarts, death;
	uint64_t vector, address, rip;           /* of the last death */
	uint64_t restart_ns;                     /* from the last death until the successor was up */
	uint32_t calls_ended, calls_queued;      /* then: worked on, and waiting for the successor */
};

/*
 * Sends the service's thread into its crash routine, wherever it is. Before that the thread is
 * stopped until gather_calls calls wait for it, gather_ms at most. Answers with the generation that
 * dies and the calls that were being worked on and queued at that moment, at the service itself, and
 * `behind` it: at those that call it. ENOENT: no such service. BUSY: it is not running. INVAL: no such kind,
 * too long. PERM: the supervisor itself.
 */
#define SUPERVISOR_GATHER_MS 1000
struct supervisor_inject_request {
	char name[SUPERVISOR_NAME_BYTES];
	uint32_t kind, gather_ms;
	uint64_t gather_calls;
};
struct supervisor_inject_reply {
	uint64_t generation;
	uint32_t calls_under_way, calls_queued;
	uint64_t calls_behind;
};

/* Waits until a later generation than that runs. EIO: the service has failed for good. */
struct supervisor_wait_restarted_request { char name[SUPERVISOR_NAME_BYTES]; uint64_t generation; };
struct supervisor_wait_restarted_reply { uint64_t generation, restart_ns; };

/* Window 0: the line, `bytes` of it, at most SUPERVISOR_LINE_BYTES; no line end. */
#define SUPERVISOR_LINE_BYTES 256
struct supervisor_log_request { uint64_t bytes; };
struct supervisor_log_reply { };

/*
 * What was logged, from `position` on (bytes since boot; moved to where any is kept), to window 0:
 * as much as there is, at most SUPERVISOR_LOG_BYTES. end: of the log.
 */
#define SUPERVISOR_LOG_BYTES 464
struct supervisor_log_read_request { uint64_t position; };
struct supervisor_log_read_reply { uint64_t position, bytes, end; };

/* What the kernel counted since boot (struct kernel_counters; exact in a kernel that counts). */
struct supervisor_counters_request { };
struct supervisor_counters_reply {
	uint64_t entries, address_space_switches, msr_writes, interrupts, faults, idle_ticks,
		slow_calls, reflections, context_restores;
};

/* The log's last line is `bulkhead: status N`; then the machine is off. */
struct supervisor_power_off_request { uint64_t status; };
struct supervisor_power_off_reply { };

/* Nanoseconds since 1970 when the machine was started. PERM: not the service `process`. */
struct supervisor_set_clock_request { uint64_t wall_boot_ns; };
struct supervisor_set_clock_reply { };

INTERFACE(supervisor, SUPERVISOR_INTERFACE)

#endif
