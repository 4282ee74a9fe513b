/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_PROCESS_H
#define BULKHEAD_PROTO_PROCESS_H

/*
 * Processes and anonymous memory. A refusal's status is STATUS_ERRNO(E_...) (proto/errno.h).
 * Numbers of signals, wait options, wait statuses, protections and resource limits are those of
 * Linux on x86-64, so that the personality passes them on.
 */
#include "kernel/abi/layout.h"
#include "libipc/interface.h"
#include "libipc/proto/process_memory.h"
#include "libipc/proto/capability.h"
#include "libipc/proto/process_look.h"
#include "libipc/proto/process_schedule.h"
#include "libipc/proto/process_time.h"

/*
 * What process and a thread's personality tell each other without a call: it stands in the thread's
 * message page, PROCESS_PAGE_OFFSET bytes from its start. Process reads its fields as advice only.
 * Bit n - 1 stands for signal n.
 */
#define PROCESS_PAGE_OFFSET 2048
struct process_page {
	/* Written by the personality. */
	uint64_t signals_blocked;       /* this thread's mask; such signals stay pending */
	uint64_t signals_ignored;       /* ignored, also by default; dropped unless blocked */
	uint64_t flags;                 /* PROCESS_PAGE_* */
	/* Written by process. */
	uint64_t signals_pending;       /* take with signal_take when any is not blocked */
	uint32_t client;                /* own row in every server's tables */
	uint32_t thread;                /* own number in the process, 0: the first */
	uint32_t pid, parent, group, session;
	uint32_t tid;                   /* the thread's name for others: the first's is the pid */
	uint32_t reserved;
	/* Written by the personality. */
	uint64_t signals_waited;        /* those that it waits for, blocked or not (sigwait) */
	/* Written by process. */
	uint64_t futex_woken;           /* since the last futex_wait: see there */
	/* Written by the personality. */
	uint64_t wall_sleep;            /* it sleeps until a time of the wall clock */
};
#define PROCESS_PAGE_NO_ZOMBIES 1u      /* SIGCHLD is SIG_IGN, or SA_NOCLDWAIT is set */
#define PROCESS_PAGE_NO_STOP_NEWS 2u    /* SA_NOCLDSTOP is set */
#define PROCESS_PAGE(message_page) \
	((volatile struct process_page *)((char *)(message_page) + PROCESS_PAGE_OFFSET))

#define PROCESS_COMMAND_BYTES 128

/* ---- Memory: process_memory.h ---- */

/* ---- The life of a process ---- */

/*
 * fork: fork_reserve; tell the servers (inherit) about the child's index; fork. The child starts at
 * rip with rsp, rdi = argument, fs and gs base as given; its private area is a copy as of the call,
 * its message page is fresh (zero but for process_page, where the masks are the parent's), its
 * capability table holds sessions of its own in the same well-known slots.
 * PROCESS_FORK_VFORK: memory is shared until the child's exec or exit; the call returns then.
 * Fails: E_AGAIN (limits), E_NOMEM. On a failure of fork the reservation ends.
 */
struct process_fork_reserve_request { };
struct process_fork_reserve_reply { uint32_t child, pid; };
struct process_fork_cancel_request { uint64_t child; };
struct process_fork_cancel_reply { };
#define PROCESS_FORK_VFORK  1u
#define PROCESS_FORK_PARENT 2u         /* the child is the parent's sibling (CLONE_PARENT) */
#define PROCESS_FORK_GO_ON  4u         /* with VFORK: returns at once; fork_await waits */
struct process_fork_request {
	uint32_t child, flags;
	uint64_t pid;                   /* as reserved */
	uint64_t rip, rsp, argument, fs_base, gs_base;
	uint64_t exit_signal;           /* SIGCHLD as a rule; 0: none */
};
struct process_fork_reply { uint64_t pid; };
/* Until the vforked child has memory of its own, or has ended. */
struct process_fork_await_request { uint32_t child, pid; };
struct process_fork_await_reply { };

/*
 * Drops all of the program's memory (a vforked child lets go of its parent's, which goes on) and
 * keeps the private area. There is no way back: check the new program first. Where the new program
 * is the old one's file, its pages need not be read again: regions of a file with the tag keep_tag
 * (not 0) that were never writable stay, with new_tag, for maps with PROCESS_MAP_KEEP.
 *
 * A program that makes its caller somebody else (privilege) must not be loaded by what that one
 * could have changed: with hand_over all goes, the private area too, but for those bytes in it. A
 * fresh personality begins (as the first one), takes over, and does a plain exec.
 */
#define PROCESS_HAND_OVER (PERSONALITY_PRIVATE + 0x9200000ull)
struct process_exec_request {
	uint64_t keep_tag, new_tag;
	uint64_t arguments, arguments_bytes;    /* where they will stand */
	uint64_t hand_over;                     /* bytes at PROCESS_HAND_OVER; 0: a plain exec */
	char name[PROCESS_NAME_BYTES];
	uint64_t command_bytes;
	char command[PROCESS_COMMAND_BYTES];
};
struct process_exec_reply { uint64_t ids_changed; };

/* status: as wait shows it (exit code << 8, or signal | 0x80 for a core). Does not return. */
struct process_exit_request { uint64_t status; };
struct process_exit_reply { };

/*
 * Threads. The caller chooses the number of the new one in its process, 1 .. PROGRAM_THREADS - 1:
 * as soon as a reservation succeeds the thread that had it before is gone. It has a message page at
 * MESSAGE_PAGES + 4096 * number and sessions of its own in THREAD_SLOT(number, ...); numbers of
 * requests begin at `sequence`. thread_start lets it run, as fork lets a child.
 * Fails: E_AGAIN (limits), E_EXIST (the number is in use), E_NOMEM.
 */
struct process_thread_reserve_request { uint64_t number; };
struct process_thread_reserve_reply { uint32_t tid, sequence; };
struct process_thread_start_request {
	uint64_t number, rip, rsp, argument, fs_base, gs_base;
};
struct process_thread_start_reply { };
/* Ends the calling thread; the process too if it is the last one. Does not return. */
struct process_thread_exit_request { uint64_t status; };
struct process_thread_exit_reply { };
/* Interrupts all other threads of the process; returns when they have ended. */
struct process_threads_await_request { };
struct process_threads_await_reply { };

struct process_usage {
	uint64_t cpu_ns;                /* processor time; user and system are not told apart */
	uint64_t faults;                /* page faults answered */
	uint64_t peak_pages;            /* of regions, at the most */
};
#define PROCESS_WAIT_NOHANG    1u       /* reply.pid = 0 when none is ready */
#define PROCESS_WAIT_STOPPED   2u
#define PROCESS_WAIT_EXITED    4u       /* waitid; wait4 sets it always */
#define PROCESS_WAIT_CONTINUED 8u
#define PROCESS_WAIT_KEEP      0x1000000u /* WNOWAIT */
/* Children whose end sends another signal than SIGCHLD: these alone, or all. */
#define PROCESS_WAIT_ALL       0x40000000u
#define PROCESS_WAIT_CLONE     0x80000000u
/* pid: > 0 that child, 0 own group, -1 any, < -1 that group. Fails: E_CHILD; CANCELLED. */
struct process_wait_request { int32_t pid; uint32_t options; };
struct process_wait_reply {
	int32_t pid; uint32_t status;
	uint32_t user, reserved;        /* the child's real uid */
	struct process_usage usage;     /* of the child and the children it waited for */
};

/* ---- Signals ---- */

struct process_signal {                 /* what siginfo needs */
	uint32_t number; int32_t code;
	uint32_t pid, user;             /* of the sender, of the child */
	uint64_t value;                 /* si_value; SIGCHLD: status */
};
/*
 * pid as in kill(2): > 0, 0 own group, -1 all, < -1 that group; signal 0 only checks. thread: -1:
 * any, else the tid (tgkill; with PROCESS_KILL_TID for the pid it alone counts). code, value: for
 * sigqueue (a program's code is < 0, or 0: it cannot pose as the kernel); a service may signal
 * anybody, with any code. Process itself does SIGKILL, SIGSTOP and the continuing of SIGCONT.
 * E_SRCH, E_PERM, E_INVAL; E_AGAIN: too many are queued.
 */
#define PROCESS_KILL_TID INT32_MIN
struct process_kill_request {
	int32_t pid;
	uint32_t signal;
	int32_t thread;
	int32_t code;
	uint64_t value;
};
struct process_kill_reply { };

/* Takes the lowest pending signal not in `blocked`, the thread's own first; number 0: none. */
struct process_signal_take_request { uint64_t blocked; };
struct process_signal_take_reply { struct process_signal signal; };
/* The caller has blocked signals that are pending for its process: let another thread take them. */
struct process_signal_pass_request { };
struct process_signal_pass_reply { };

/* Default action of SIGTSTP, SIGTTIN, SIGTTOU: sleeps until SIGCONT (not in an orphaned group). */
struct process_stop_request { uint64_t signal; };
struct process_stop_reply { };

/* Alarms, clocks and timers: process_time.h. */

/*
 * Futexes in memory that processes share (those of one process are the personality's business).
 * futex_wait, with the word lent as window 0: E_AGAIN if it is not `value`, else the thread is
 * written down and sleeps by itself; process_page.futex_woken and PROCESS_FUTEX_BIT at its endpoint
 * tell that it was woken. futex_forget: it does not wait any more; 1 if it was woken before.
 * futex_wake: how many were woken, and with `move` let wait at address2 instead.
 */
#define PROCESS_FUTEX_BIT 0x40000000u
struct process_futex_wait_request { uint64_t address; uint32_t value, bitset; };
struct process_futex_wait_reply { };
struct process_futex_forget_request { };
struct process_futex_forget_reply { uint64_t woken; };
struct process_futex_wake_request {
	uint64_t address, address2;
	uint32_t count, bitset, move, reserved;
};
struct process_futex_wake_reply { uint64_t woken, moved; };

/* ---- Who is who ---- */

/* setpgid(2); zeros: own pid, the pid. E_SRCH, E_PERM, E_ACCES (the child did exec), E_INVAL. */
struct process_set_group_request { uint32_t pid, group; };
struct process_set_group_reply { };
/* setsid(2). E_PERM: leads a group already. */
struct process_set_session_request { };
struct process_set_session_reply { uint64_t session; };

#define PROCESS_KEEP_ID 0xffffffffu
struct process_ids { uint32_t real, effective, saved, file; };
struct process_credentials { struct process_ids user, group; };
struct process_credentials_request { };
struct process_credentials_reply {
	struct process_credentials credentials;
	uint32_t count, groups[PROCESS_GROUPS + 1];
};
/*
 * PROCESS_KEEP_ID leaves a field. Without the capability SETUID or SETGID each new id must be one
 * of the present real, effective and saved (E_PERM). `file` follows `effective`, capabilities follow
 * the user's ids. The personality makes setuid(2), setreuid(2), ... of it.
 */
struct process_set_credentials_request { struct process_credentials credentials; };
struct process_set_credentials_reply { };
struct process_set_groups_request { uint32_t count, groups[PROCESS_GROUPS + 1]; };
struct process_set_groups_reply { };

/* Who a process is, by pid, or (pid 0) by client index: servers ask it of their callers. E_SRCH. */
enum process_state {
	PROCESS_FREE, PROCESS_RESERVED, PROCESS_RUNNING, PROCESS_STOPPED, PROCESS_ZOMBIE,
};
struct process_identity {
	uint32_t client, pid, parent, group, session;
	uint32_t state;                 /* enum process_state */
	struct process_credentials credentials;
	uint32_t orphaned;              /* its group has no parent that could continue it */
	uint32_t reserved;
};
struct process_identify_request { uint32_t pid, client; };
struct process_identify_reply { struct process_identity identity; };
/* Is the user in that group (effective or supplementary)? For fs: 1 or 0. */
struct process_in_group_request { uint32_t client, group; };
struct process_in_group_reply { uint64_t yes; };

/* For fs: who a client is to files, and its supplementary groups. E_SRCH. */
struct process_access_request { uint64_t client; };
struct process_access_reply {
	uint32_t pid, count;
	uint32_t real_user, real_group, user, group;    /* user, group: those of file access */
	uint64_t effective, permitted;                  /* capabilities */
	uint32_t groups[PROCESS_GROUPS];
};

/* For ps: the process with the lowest pid >= `pid`; E_NOENT: no more. */
struct process_list_request { uint64_t pid; };
struct process_list_reply {
	struct process_identity identity;
	uint64_t start_ns;              /* monotonic time of its fork */
	uint64_t region_pages;
	uint32_t asleep, nice;
	struct process_usage usage;
	char name[PROCESS_NAME_BYTES];
	uint64_t command_bytes;         /* arguments, each ended by a zero byte, cut at the end */
	char command[PROCESS_COMMAND_BYTES];
};

/* prlimit64(2), pid 0: oneself. set: 1 changes it. Gives the old one. E_INVAL, E_PERM, E_SRCH. */
#define PROCESS_LIMITS 16
#define PROCESS_LIMIT_NONE (~0ull)
struct process_limit_request { uint32_t pid, resource; uint64_t set, soft, hard; };
struct process_limit_reply { uint64_t soft, hard; };

/* getrusage(2), times(2): own, and that of the children waited for. */
struct process_usage_request { };
struct process_usage_reply { struct process_usage self, children; };

/* How threads are scheduled: process_schedule.h. */

/* oom_score_adj of proc(5), kept for those who ask: likewise, of -1000 .. 1000. */
struct process_badness_request { uint32_t pid, set; int64_t value; };
struct process_badness_reply { int64_t value; };

/* The slot in the caller's table of the session to a service, by its manifest name. E_NOENT. */
struct process_service_request { char name[16]; };
struct process_service_reply { uint64_t slot; };

struct process_statistics_request { };
struct process_statistics_reply {
	uint64_t frames_total, frames_free;     /* of 4096 bytes */
	uint64_t processes, threads;            /* alive; zombies count as processes */
	uint64_t regions_used, regions_total;
	uint64_t faults, forks;                 /* since boot */
};

#define PROCESS_INTERFACE(ROW) \
	ROW(process, map,             ONCE) \
	ROW(process, unmap,           REPEATABLE) \
	ROW(process, protect,         REPEATABLE) \
	ROW(process, remap,           ONCE) \
	ROW(process, drop,            REPEATABLE) \
	ROW(process, mark,            REPEATABLE) \
	ROW(process, region,          REPEATABLE) \
	ROW(process, present,         REPEATABLE) \
	ROW(process, populate,        REPEATABLE) \
	ROW(process, shared_fill,     REPEATABLE) \
	ROW(process, shared_map,      REPEATABLE) \
	ROW(process, shared_read,     REPEATABLE) \
	ROW(process, shared_write,    REPEATABLE) \
	ROW(process, shared_drop,     REPEATABLE) \
	ROW(process, shared_trim,     REPEATABLE) \
	ROW(process, shared_cut,      REPEATABLE) \
	ROW(process, fork_reserve,    ONCE) \
	ROW(process, fork_cancel,     REPEATABLE) \
	ROW(process, fork,            ONCE) \
	ROW(process, fork_await,      REPEATABLE) \
	ROW(process, thread_reserve,  ONCE) \
	ROW(process, thread_start,    ONCE) \
	ROW(process, thread_exit,     REPEATABLE) \
	ROW(process, threads_await,   REPEATABLE) \
	ROW(process, exec,            REPEATABLE) \
	ROW(process, privilege,       REPEATABLE) \
	ROW(process, taken_over,      REPEATABLE) \
	ROW(process, exit,            REPEATABLE) \
	ROW(process, wait,            ONCE) \
	ROW(process, kill,            ONCE) \
	ROW(process, signal_take,     ONCE) \
	ROW(process, signal_pass,     REPEATABLE) \
	ROW(process, stop,            ONCE) \
	ROW(process, futex_wait,      REPEATABLE) \
	ROW(process, futex_forget,    REPEATABLE) \
	ROW(process, futex_wake,      ONCE) \
	ROW(process, alarm,           ONCE) \
	ROW(process, alarm_state,     REPEATABLE) \
	ROW(process, clock_read,      REPEATABLE) \
	ROW(process, set_clock,       REPEATABLE) \
	ROW(process, steer,           REPEATABLE) \
	ROW(process, timer_make,      ONCE) \
	ROW(process, timer_set,       ONCE) \
	ROW(process, timer_state,     REPEATABLE) \
	ROW(process, timer_delete,    ONCE) \
	ROW(process, set_group,       REPEATABLE) \
	ROW(process, set_session,     ONCE) \
	ROW(process, credentials,     REPEATABLE) \
	ROW(process, set_credentials, ONCE) \
	ROW(process, set_groups,      REPEATABLE) \
	ROW(process, capabilities,    REPEATABLE) \
	ROW(process, set_capabilities, REPEATABLE) \
	ROW(process, change_capabilities, REPEATABLE) \
	ROW(process, identify,        REPEATABLE) \
	ROW(process, in_group,        REPEATABLE) \
	ROW(process, access,          REPEATABLE) \
	ROW(process, list,            REPEATABLE) \
	ROW(process, details,         REPEATABLE) \
	ROW(process, thread,          REPEATABLE) \
	ROW(process, look,            REPEATABLE) \
	ROW(process, inspects,        REPEATABLE) \
	ROW(process, host,            REPEATABLE) \
	ROW(process, watch_ends,      REPEATABLE) \
	ROW(process, log_mark,        REPEATABLE) \
	ROW(process, limit,           ONCE) \
	ROW(process, usage,           REPEATABLE) \
	ROW(process, nice,            ONCE) \
	ROW(process, schedule,        ONCE) \
	ROW(process, io_priority,     REPEATABLE) \
	ROW(process, badness,         ONCE) \
	ROW(process, attribute,       REPEATABLE) \
	ROW(process, rename,          REPEATABLE) \
	ROW(process, service,         REPEATABLE) \
	ROW(process, statistics,      REPEATABLE)

INTERFACE(process, PROCESS_INTERFACE)

#endif
