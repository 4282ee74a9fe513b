/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_PROCESS_LOOK_H
#define BULKHEAD_PROTO_PROCESS_LOOK_H

#include <stdint.h>

/* Requests of proto/process.h about other processes, and what they see. */

#define PROCESS_NAME_BYTES    16
#define PROCESS_GROUPS        32

/*
 * The next end of any process is told to the calling thread by PROCESS_END_BIT at its endpoint;
 * once, and perhaps without cause.
 */
#define PROCESS_END_BIT 0x10000000u
struct process_watch_ends_request { };
struct process_watch_ends_reply { };

/*
 * Positions in the log (proto/supervisor.h) that all programs share: what syslog(2) has read, and
 * from where on it shows the log. set: changes it (E_PERM: without the capability SYSLOG).
 */
enum process_log { PROCESS_LOG_READ, PROCESS_LOG_CLEARED, PROCESS_LOG_MARKS };
struct process_log_mark_request { uint32_t which, set; uint64_t position; };
struct process_log_mark_reply { uint64_t position; };

/*
 * What uname(2) shows: PROCESS_HOST, PROCESS_DOMAIN. set: changes it, to the text with its zero.
 * Gives it as it is then. E_PERM: without the capability SYS_ADMIN.
 */
enum process_host { PROCESS_HOST, PROCESS_DOMAIN, PROCESS_HOST_NAMES };
#define PROCESS_HOST_BYTES 72
struct process_host_request { uint32_t which, set; char name[PROCESS_HOST_BYTES]; };
struct process_host_reply { char name[PROCESS_HOST_BYTES]; };

/*
 * What is told of a process beside: by pid, or of one thread by its number. E_SRCH. Signals and
 * names are the thread's, a pid's are the first one's. may_inspect: the caller may (ptrace(2),
 * "Ptrace access mode checking"): its memory, its open files.
 */
struct process_details_request { uint64_t id; };
struct process_details_reply {
	uint32_t client, pid, tid, threads;
	char name[PROCESS_NAME_BYTES];
	uint64_t cpu_ns, resident_pages;
	uint64_t signals_pending, signals_shared, signals_blocked, signals_ignored;
	uint64_t arguments, arguments_bytes;
	uint32_t asleep, no_new_privileges;
	uint32_t may_inspect, count;
	uint32_t groups[PROCESS_GROUPS];
};
/* The thread of that process with the lowest number >= tid. E_NOENT: no more; E_SRCH. */
struct process_thread_request { uint32_t pid, tid; };
struct process_thread_reply { uint64_t tid; };
/*
 * Bytes of another's memory, its personality's included, to window 0: as many as there are, at most
 * 4096. Its arguments are for all, the rest for those who may inspect it (E_ACCES). E_FAULT: none.
 */
struct process_look_request { uint64_t client, address, bytes; };
struct process_look_reply { uint64_t bytes; };
/* For fs: may that client inspect the other one? 1 or 0. */
struct process_inspects_request { uint64_t client, other; };
struct process_inspects_reply { uint64_t yes; };

/* ---- Of oneself ---- */

/*
 * What prctl(2) keeps of a process: read, or with set = 1 changed. E_INVAL: no such one. Of these
 * PARENT_DEATH and SUBREAPER do something here; NO_NEW_PRIVILEGES is never taken back (E_INVAL).
 */
enum process_attribute {
	PROCESS_PARENT_DEATH,           /* the signal that its parent's end sends it, 0: none */
	PROCESS_SUBREAPER,              /* takes the place of init for its descendants */
	PROCESS_NOT_DUMPABLE,
	PROCESS_NO_NEW_PRIVILEGES,
	PROCESS_ATTRIBUTES
};
struct process_attribute_request { uint32_t which, set; uint64_t value; };
struct process_attribute_reply { uint64_t value; };

/* The name of one of the caller's threads in ps; the first one's is the process's. E_SRCH. */
struct process_rename_request { uint64_t tid; char name[PROCESS_NAME_BYTES]; };
struct process_rename_reply { };

#endif
