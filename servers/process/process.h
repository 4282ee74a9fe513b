/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROCESS_PROCESS_H
#define BULKHEAD_PROCESS_PROCESS_H

#include <stdbool.h>

#include "libipc/proto/process.h"
#include "servers/process/region.h"

/*
 * The records of processes and threads. They stand in stable memory and hold all that the service
 * knows beyond the kernel's own objects; what can be derived from them (which frames are free, pid
 * to index, who waits) is made again at every start. Pure: also compiled on the host for the tests.
 *
 * A process's index is its client index at all servers; it stays taken until the zombie is reaped.
 * The indices of services are at the other end (CLIENT_MAX - 1 - row of the manifest).
 */
#define PROCESS_MAX     (CLIENT_MAX - 32)
#define THREAD_MAX      CLIENT_THREAD_MAX
#define QUEUE_MAX       8192            /* signals that are queued, of all processes */
#define TIMER_MAX       2048            /* of timer_create, of all processes */
#define TIMERS_EACH     512             /* of one process */
#define REGION_MAX      65536
/* Processes, and threads, that only root gets: it can still look what goes on, and end it. */
#define KEPT_FOR_ROOT   16
#define PID_LIMIT       32768
#define INIT_INDEX      1
#define SIGNALS         64

enum signal_number {
	SIGNAL_HUP = 1, SIGNAL_KILL = 9, SIGNAL_SEGV = 11, SIGNAL_ALRM = 14, SIGNAL_CHLD = 17,
	SIGNAL_CONT = 18, SIGNAL_STOP = 19, SIGNAL_TSTP = 20, SIGNAL_TTIN = 21, SIGNAL_TTOU = 22,
	SIGNAL_XCPU = 24, SIGNAL_VTALRM = 26, SIGNAL_PROF = 27,
};
#define SIGNAL_BIT(number) (1ull << ((number) - 1))
#define SIGNALS_STOPPING (SIGNAL_BIT(SIGNAL_STOP) | SIGNAL_BIT(SIGNAL_TSTP) | \
			  SIGNAL_BIT(SIGNAL_TTIN) | SIGNAL_BIT(SIGNAL_TTOU))
/* si_code of signals that process itself sends. */
enum signal_code {
	CODE_USER = 0, CODE_KERNEL = 0x80, CODE_TIMER = -2,
	CODE_EXITED = 1, CODE_KILLED, CODE_DUMPED, CODE_TRAPPED, CODE_STOPPED, CODE_CONTINUED,
};

#define SIGNAL_REAL_TIME 32             /* from here on each one is queued */

/* Limits, by Linux's numbers, that are enforced here. */
enum limit_number {
	LIMIT_CPU = 0, LIMIT_DATA = 2, LIMIT_STACK = 3, LIMIT_CORE = 4, LIMIT_PROCESSES = 6,
	LIMIT_FILES = 7, LIMIT_LOCKED = 8, LIMIT_ADDRESS_SPACE = 9, LIMIT_SIGNALS = 11,
	LIMIT_MESSAGES = 12, LIMIT_NICE = 13, LIMIT_PRIORITY = 14,
};

/*
 * A thread; its index is the number of its kernel objects too (slots, frames, window), and stands
 * in the badge of its sessions, unless it is the first of its process.
 */
struct thread {
	uint16_t process;               /* index; 0: none */
	uint16_t next;                  /* of the same process, 0: the last */
	uint16_t number;                /* in the process: message page, slots */
	uint16_t generation;            /* how often the record was used: requests begin there */
	uint32_t frame;                 /* page number of THREAD_FRAMES pages, 0: free record */
	uint32_t tid;
	uint64_t pending;               /* signals for this thread alone */
	uint16_t queue;                 /* their details; see queue.c */
	uint16_t notify;                /* slot of ours: its endpoint's notification; 0: none yet */
	uint32_t futex_bits;
	uint32_t watches_ends, watch_reserved;  /* it is to hear of a process's end */
	uint64_t futex;                 /* physical address of the word that it waits for; 0: none */
	uint64_t futex_order;           /* who waits longer has less */
	uint8_t policy, real_time;      /* enum process_policy; 1 .. 99 where that counts */
	uint8_t reset_on_fork;
	int8_t nice;
	uint16_t io_priority, reserved;
	char name[PROCESS_NAME_BYTES];  /* of a further thread */
};
/*
 * When something is due, on a clock of its own (0: never), and how often from then on. Once it is
 * due it `waits` until its signal is taken, and goes on at the first multiple of its interval then:
 * an interval, however short, is no work for anybody while nobody takes its signals.
 */
struct alarm {
	uint64_t due_ns, interval_ns, waits;
};

/*
 * A timer of timer_create(2); its signal's details stand in an entry of its own, at QUEUE_MAX + its
 * index. Deleted with its signal pending it stays until that is taken.
 */
enum timer_flag { TIMER_QUEUED = 1, TIMER_DELETED = 2 };
struct timer {
	struct alarm alarm;
	uint16_t process;               /* whose; 0: free */
	uint8_t clock;                  /* enum process_clock, as it was made */
	uint8_t due_clock;              /* what due_ns counts in */
	uint8_t flags, reserved[3];
	uint32_t id;
	uint32_t clock_of;              /* pid or tid, of a clock of processor time */
	uint32_t thread;                /* tid that gets the signal, 0: any of the process */
	uint32_t number;                /* of the signal; 0: none */
	uint32_t overrun;               /* expiries that the last signal stood for, beyond one */
	uint32_t missed;                /* those whose signal was ignored since */
	uint64_t value;
};
/* A pending signal's details, in the list of its thread or process. */
struct queued {
	uint16_t next, reserved[3];
	struct process_signal signal;
};
/* Kernel objects of a thread, in this order. */
enum thread_frame { FRAME_THREAD, FRAME_ENDPOINT, FRAME_MESSAGE, THREAD_FRAMES };
#define SPACE_FRAMES (2 + PROGRAM_SLOTS / 256)

/* What wait has not reported yet. */
enum report { REPORT_NONE, REPORT_STOPPED, REPORT_CONTINUED };

enum process_flag {
	FLAG_EXECED = 1,                /* did exec since its fork: setpgid by the parent is over */
	FLAG_STOP_TAKEN = 2,            /* took a stopping signal and no SIGCONT came since */
	FLAG_KILLED = 4,                /* by SIGKILL: ends with its next fault */
	FLAG_ENDING = 8,                /* status known; the rest of its end may be to come */
	FLAG_TAKING_OVER = 16,          /* an exec that gives privileges is under way */
};

struct process {
	uint32_t state;                 /* enum process_state */
	uint32_t pid, group, session;
	uint16_t parent;                /* index */
	uint16_t memory;                /* whose program regions it uses: own, or its parent's */
	uint16_t first_thread;
	uint16_t maker;                 /* reserved: the thread that forks */
	uint16_t flags;
	uint32_t frame;                 /* page number of the space's pages */
	uint32_t regions, private_regions;
	uint32_t status;                /* of a zombie: as wait shows it */
	uint32_t exit_signal;
	uint32_t stop_signal, report;
	int32_t badness;
	uint32_t group_count, groups[PROCESS_GROUPS];
	uint64_t start_ns;
	struct process_credentials credentials;
	struct process_capabilities capabilities;
	struct grant {                  /* what its next exec gives it; handle 0: nothing */
		uint64_t handle, bytes; /* bytes: of what is left for the one who takes over */
		uint32_t user, group;
	} grant;
	struct process_usage usage, children;
	struct alarm alarm[PROCESS_ALARMS];     /* of setitimer */
	uint32_t timer_id, timers;              /* the next timer's, and how many there are */
	uint64_t pending;
	uint16_t queue, queue_reserved[3];      /* details of the pending ones */
	struct { uint64_t soft, hard; } limit[PROCESS_LIMITS];
	uint8_t attribute[PROCESS_ATTRIBUTES];
	uint64_t arguments, arguments_bytes;    /* where they stand in its memory */
	uint32_t command_bytes;
	char command[PROCESS_COMMAND_BYTES];
	char name[PROCESS_NAME_BYTES];
};

/* A page of a file that programs share: it stands in a frame mapped in the service's own space. */
#define SHARED_PAGES 131072
struct shared_page {
	uint64_t file;                  /* fs's name of it, 0: free */
	uint64_t frame;
	uint32_t page;
	uint32_t stored;                /* programs may have stored into it: else it is clean */
};

/* What a request hands to its caller and takes away: restart.h. */
enum intent_kind { INTENT_NONE, INTENT_REAP, INTENT_TAKE };
struct intent {
	uint32_t kind, sequence;
	uint64_t badge, signal;
	uint16_t index, thread, reserved[2];
};

/* All of stable memory. */
struct table {
	uint32_t next_pid, last_index;
	uint32_t end;                            /* processes from here on are free */
	uint32_t further_threads;                /* that are not the first of their process */
	uint32_t queue_free;                     /* list of free details */
	uint32_t timer_end;                      /* timers from here on are free */
	uint64_t futex_order;                    /* of the last that began to wait */
	uint64_t faults, forks;
	uint64_t log_mark[PROCESS_LOG_MARKS];
	char host[PROCESS_HOST_NAMES][PROCESS_HOST_BYTES];
	uint64_t ends_watched;                   /* by any thread */
	struct intent intent;
	struct commit {                 /* ids and capabilities that are being written down */
		uint64_t index;         /* of whom; 0: of nobody */
		struct process_credentials credentials;
		struct process_capabilities capabilities;
	} commit;
	struct process process[PROCESS_MAX];
	struct thread thread[THREAD_MAX];
	struct region region[REGION_MAX];
	struct queued queued[QUEUE_MAX + TIMER_MAX]; /* 0 is never used; behind: of timers */
	struct timer timer[TIMER_MAX];
	struct process_steering steering;
	uint64_t steer_ns;                       /* when the clock is put right next, 0: never */
	struct shared_page shared[SHARED_PAGES];
};

/* A free index, a free pid, a free thread; 0: none. */
unsigned table_free_index(struct table *table);
uint32_t table_free_pid(struct table *table);
unsigned table_free_thread(const struct table *table);
void table_free(struct table *table, unsigned index);
/* Index of the process with that pid, zombies included; 0: none. Reserved ones are not found. */
unsigned table_find(const struct table *table, uint32_t pid);
/* The thread with that number; 0: none. */
unsigned table_find_thread(const struct table *table, uint32_t tid);
/* The process with that pid, or whose thread has that number. */
unsigned table_find_any(const struct table *table, uint32_t id);
/* Are there fewer left than root may need? */
bool table_is_short(const struct table *table);
/* Signals that are queued for processes of that real user. */
unsigned table_count_queued(const struct table *table, uint32_t user);
/* Processes and further threads of that real user, reserved ones and zombies included. */
unsigned table_count_user(const struct table *table, uint32_t user);

static inline bool process_exists(const struct process *process)
{
	return process->state >= PROCESS_RUNNING;
}
static inline bool process_lives(const struct process *process)
{
	return process->state == PROCESS_RUNNING || process->state == PROCESS_STOPPED;
}

/* No member but `leaving` has a parent outside the group in the same session. */
bool group_is_orphaned(const struct table *table, uint32_t group, unsigned leaving);
bool group_has_stopped(const struct table *table, uint32_t group);
/* The group exists in that session. */
bool group_in_session(const struct table *table, uint32_t group, uint32_t session);

/* May the sender signal the target, as kill(2) says? */
bool signal_allowed(const struct process *sender, const struct process *target, uint32_t signal);
/* Does kill(pid) by the sender reach the target? */
bool signal_selects(const struct table *table, unsigned sender, int32_t pid, unsigned target);

/* ---- queue.c: details of pending signals ---- */

/* All that no list holds is free: at the start. */
void queue_start(struct table *table);
/* False: none left. */
bool queue_add(struct table *table, uint16_t *queue, const struct process_signal *signal);
/* The same in the timer's own entry. Needs: it is in no list. */
void queue_add_timer(struct table *table, uint16_t *queue, unsigned timer,
		     const struct process_signal *signal);
/* The timer whose signal the next queue_take of that number takes; -1: it is none's. */
int queue_timer(const struct table *table, uint16_t queue, uint32_t number);
/* The first of that number; where there are no details, only the number is known. */
void queue_look(struct table *table, uint16_t queue, uint32_t number,
		struct process_signal *signal);
/* Takes it out. True: more of that number are queued, the signal stays pending. */
bool queue_take(struct table *table, uint16_t *queue, uint32_t number);
/* Forgets those of that set. */
void queue_drop(struct table *table, uint16_t *queue, uint64_t signals);
unsigned queue_length(const struct table *table, uint16_t queue);

/* The child that wait reports: its index, 0: none yet, -1: there is no such child at all. */
int wait_select(const struct table *table, unsigned parent, int32_t pid, uint32_t options);
/* The status that wait shows for it. */
uint32_t wait_status(const struct process *child);

/* ---- privilege.c: what a process may beyond others ---- */

static inline bool process_can(const struct process *process, enum capability capability)
{
	return process->capabilities.effective & CAPABILITY_BIT(capability);
}
/* May it look into the other one, as ptrace(2) says? */
bool may_inspect(const struct process *process, const struct process *other);
/* All of them: the first process. */
void capabilities_start(struct process_capabilities *capabilities);
/* False: not allowed, nothing changed. */
bool credentials_set(struct process *process, const struct process_credentials *wanted);
/* exec: saved and file ids follow the effective one, which a grant (or 0) changes. */
void credentials_exec(struct process *process, const struct grant *grant);
/* capset(2); what prctl(2) changes. False: not allowed, nothing changed. */
bool capabilities_set(struct process_capabilities *capabilities,
		      const struct process_set_capabilities_request *wanted);
bool capabilities_change(struct process_capabilities *capabilities,
			 enum process_capability_change change, uint64_t value);
/* What exec makes of them, after the new program's ids. */
void capabilities_exec(struct process *process, bool ids_changed);

#endif
