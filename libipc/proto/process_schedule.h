/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_PROCESS_SCHEDULE_H
#define BULKHEAD_PROTO_PROCESS_SCHEDULE_H

/* The part of process.h that is about who gets the processor. */
#include <stdint.h>

/* Whose: a thread by its tid, 0: the caller; a group or a user (0: the caller's), all of it. */
enum process_who { PROCESS_WHO_THREAD, PROCESS_WHO_GROUP, PROCESS_WHO_USER };

/*
 * getpriority(2), setpriority(2): -20 .. 19 of each thread meant; set: 1 changes it. Gives the
 * lowest that there was. E_SRCH, E_PERM (another's), E_ACCES (less than RLIMIT_NICE allows).
 */
struct process_nice_request { uint32_t kind, who, set, reserved; int64_t value; };
struct process_nice_reply { int64_t value; };

/*
 * sched_setattr(2) and relatives, by Linux's numbers: thread: a tid, 0: the caller. set:
 * PROCESS_SCHEDULE_*, what of it is to change. Gives what there was. E_SRCH, E_PERM, E_INVAL.
 */
enum process_policy {
	POLICY_OTHER, POLICY_FIFO, POLICY_ROUND_ROBIN, POLICY_BATCH, POLICY_IDLE = 5,
};
#define PROCESS_REAL_TIME_MAX 99
#define PROCESS_SCHEDULE_POLICY 1u      /* policy, and whether children begin as usual */
#define PROCESS_SCHEDULE_VALUES 2u      /* real_time, or nice, whichever its policy knows */
#define PROCESS_SCHEDULE_NICE   4u      /* nice counts */
struct process_schedule {
	uint32_t policy, real_time;
	int32_t nice;
	uint32_t reset_on_fork;
};
struct process_schedule_request { uint32_t thread, set; struct process_schedule schedule; };
struct process_schedule_reply {
	struct process_schedule schedule;
	uint64_t slice_ns;              /* 0: until it waits */
};

/*
 * ioprio_set(2): of each thread meant; kept for those who ask: requests of the disk go in the order
 * in which they come. Gives the highest.
 */
struct process_io_priority_request { uint32_t kind, who, set, value; };
struct process_io_priority_reply { uint64_t value; };

#endif
