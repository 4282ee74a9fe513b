/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROCESS_STATE_H
#define BULKHEAD_PROCESS_STATE_H

#include "libipc/server.h"
#include "libipc/proto/errno.h"
#include "servers/process/frames.h"
#include "servers/process/process.h"
#include "user/posix/header.h"

/* What the service knows while it runs. Only the table survives it. */
struct running {
	struct event children;          /* its wait: something happened to a child */
	struct event threads;           /* its exec: one of its threads has ended */
	struct event memory;            /* its parent's fork: it has its own now, or is gone */
	uint64_t fault_next;            /* where a walk through memory faults next */
	unsigned fault_run;             /* pages given at once the last time */
	/* Of that size (0: not known) or more, nothing is free that begins above. */
	uint64_t place_bytes, place_below;
};
struct program_service { const char *name; uint32_t endpoint, slot, rights; };
struct state {
	struct table *table;
	struct region_pool regions;
	struct frames frames;
	struct running running[PROCESS_MAX];
	const struct service_info *info;
	const struct resource *image;   /* the personality */
	const struct resource *clock;   /* the info page */
	const struct posix_header *header;
	struct program_service services[SERVICE_RESOURCES]; /* that programs may call */
	unsigned service_count;
	unsigned dead_threads;          /* whose frames the kernel still holds */
};
extern struct state state;

static inline struct process *process_at(unsigned index)
{
	return &state.table->process[index];
}
static inline struct thread *thread_at(unsigned index)
{
	return &state.table->thread[index];
}
/* Of the one who calls. Services have no process: 0. */
static inline unsigned caller_index(const struct call *call)
{
	unsigned client = BADGE_CLIENT(call->badge);

	return client < PROCESS_MAX ? client : 0;
}
static inline unsigned process_index(const struct process *process)
{
	return (unsigned)(process - state.table->process);
}

#define HANDLER(interface, name, repeat) \
	status_t on_##name(struct call *call, const struct interface##_##name##_request *request, \
			   struct interface##_##name##_reply *reply);
PROCESS_INTERFACE(HANDLER)
#undef HANDLER
status_t on_fault(struct call *call, unsigned label, const struct fault *fault, uint64_t *answer);

/* ---- space.c: the kernel objects of a process; pages.c: its pages ---- */

/* Frames kept back from programs, for page tables and for ending processes in good order. */
#define FRAMES_KEPT 64

/* Where the capabilities of a process and of its threads stand, in every generation. */
uint32_t space_slot(unsigned process);
uint32_t thread_slot(unsigned thread);
/* Which services programs may call: state.services. */
void services_find(void);

/* Space with table, sessions, personality; no program memory, no private pages, no thread. */
status_t space_build(unsigned process) MUST_CHECK;
/* Takes apart whatever of it exists. Needs: thread_end was called for its threads. */
void space_tear_down(unsigned process);

/* A thread that does not run yet. *thread: its index, 0: there is none; also after a failure. */
status_t thread_build(unsigned process, unsigned number, unsigned *thread) MUST_CHECK;
struct thread_begin { uint64_t rip, rsp, argument, fs_base, gs_base; };
status_t thread_run(unsigned thread, const struct thread_begin *begin) MUST_CHECK;
/* It is gone, a call that it made or waits for included. */
void thread_end(unsigned thread);
/* Its memory comes back. Needs: thread_end; its message page is not in its space any more. */
void thread_release(unsigned thread);
/* Sessions of a thread that is not the first; and all that stands in its process's table, away. */
status_t thread_sessions_mint(unsigned thread) MUST_CHECK;
void thread_slots_empty(unsigned thread);
/* All of it goes, while its process lives on; take_apart: it is out of the process's list. */
void thread_leave(unsigned thread);
void thread_take_apart(unsigned thread);
/* Whose call it is; 0: none that lives. */
unsigned caller_thread(const struct call *call);
/* The part of its message page that is shared with its personality. */
volatile struct process_page *thread_page(unsigned thread);
/* Maps the windows to all message pages again, after a restart. */
status_t thread_windows_map(void) MUST_CHECK;
/* Raises bits at its endpoint; with none, makes sure that this is possible. */
status_t thread_notify(unsigned thread, uint32_t bits) MUST_CHECK;
void thread_interrupt(unsigned thread);
void thread_stop(unsigned thread);
void thread_resume(unsigned thread);
/* thread_run was not called yet, or it stands still. */
bool thread_is_stopped(unsigned thread);
uint64_t thread_cpu_ns(unsigned thread);
/* Of all threads that the process has or had. */
uint64_t process_cpu_ns(unsigned process);
/* It waits for something. */
bool thread_sleeps(unsigned thread);

/* A run of frames for programs: clean pages of files give way. 0: memory is used up. */
uint64_t frames_get(unsigned pages);
/* Pages in the space of one process, until *mapped. Frames without mappings are free again. */
status_t pages_map(unsigned process, uint64_t address, uint64_t frame, uint64_t pages,
		   uint32_t flags, uint64_t *mapped) MUST_CHECK;
void pages_unmap(unsigned process, uint64_t address, uint64_t pages);
void pages_protect(unsigned process, uint64_t address, uint64_t pages, uint32_t protection);
/* The same pages at the same place: with SHARE_COPY_ON_WRITE neither may write them any more. */
status_t pages_share(unsigned process, unsigned from, uint64_t address, uint64_t pages,
		     uint32_t flags) MUST_CHECK;
/* Fresh frames, cleared, or copied from that other process's pages at the same place. */
status_t pages_fill(unsigned process, uint64_t address, uint64_t pages,
		    uint32_t protection) MUST_CHECK;
status_t pages_copy(unsigned process, unsigned from, uint64_t address, uint64_t pages) MUST_CHECK;
/* A page of its own in place of one shared with others. */
status_t page_replace(unsigned process, uint64_t address, uint32_t protection) MUST_CHECK;
struct page {
	uint64_t frame;                 /* 0: none here */
	uint32_t flags;                 /* MAP_*, none after a protection without rights */
	uint32_t mappings;
	uint64_t next;                  /* first address from here on that is mapped */
	uint64_t all;                   /* pages mapped in the whole space */
};
struct page page_query(unsigned process, uint64_t address);

/* ---- shortage.c: when no frames are left ---- */

/* Pages that are mapped in its space. */
uint64_t pages_present(unsigned process);
/*
 * Ends the process that has most. False: that is the one who asks (or shares its memory), and
 * nothing was done.
 */
bool shortage_relieve(unsigned asking) MUST_CHECK;

/* ---- memory.c: what a program's addresses mean ---- */

#define PAGE      4096ull
#define PAGE_MASK (PAGE - 1)
#define PROGRAM_PAGES ((PROGRAM_END - PROGRAM_START) / PAGE)
/* Room for the stack below PROGRAM_END; free places are looked for below. */
#define AREA_TOP  (PROGRAM_END - 0x10000000ull)

/* The process whose regions the caller's program uses: itself, after vfork its parent. */
unsigned owner_of(const struct call *call);
/* Whole pages inside the program's part of the space. */
bool in_program(uint64_t address, uint64_t bytes);
/* May it have so many bytes more, and so many of data, by RLIMIT_AS and RLIMIT_DATA? */
bool within_limits(const struct process *process, uint64_t bytes, uint64_t data);
/* The same for a region in place of what stands there. */
bool region_within_limits(const struct process *owner, const struct region *region);
/* May a mapping of that kind be that large? */
bool within_memory(uint64_t bytes, uint32_t protection, uint32_t flags);
/* A free place for them, at the hint if possible; 0: none. flags: PROCESS_MAP_LOW counts. */
uint64_t map_place(unsigned owner, uint64_t hint, uint64_t bytes, uint32_t flags);
/* Its regions from start to end are no more. False: no memory for what is left of others. */
bool program_free(unsigned owner, uint64_t start, uint64_t end) MUST_CHECK;
/* Unmaps what vforked children have taken of that memory: they take it again when they touch it. */
void borrowed_pages_drop(unsigned owner, uint64_t address, uint64_t pages);
/* The same for the owner too. */
void program_pages_drop(unsigned owner, uint64_t address, uint64_t pages);
/* Makes the holes between start and end present. */
status_t program_populate(unsigned owner, uint64_t start, uint64_t end,
			  uint32_t protection) MUST_CHECK;

/* The processor has no page that can be used but not be read. */
static inline uint32_t readable(uint32_t protection)
{
	return protection ? protection | PROCESS_READ : 0;
}

/* ---- shared.c: pages of files that programs share ---- */

status_t shared_start(void) MUST_CHECK;
/* Gives up some clean pages that nobody maps. False: there are none. */
bool shared_reclaim(void);
/* How many pages are clean: with those that somebody maps. */
uint64_t shared_clean(void);
/*
 * What its pages may be mapped with: shared pages of a file that is only read are never writable.
 */
uint32_t region_rights(const struct region *region);

/* ---- schedule.c ---- */

/* What a new thread runs with, until schedule_inherit. */
#define PRIORITY_PROGRAM  5
#define PROGRAM_SLICE_US  10000ull
/* It is scheduled as its maker is, or as that one's children shall be. */
void schedule_inherit(unsigned thread, unsigned maker);
/* Of its first thread; 0 where there is none. */
int32_t nice_of(unsigned process);

/* ---- fork.c, exit.c ---- */

/* The owner's regions and pages, copied when written to. Needs: the process has none yet. */
status_t program_copy(unsigned process, unsigned owner) MUST_CHECK;
status_t first_process_start(void) MUST_CHECK;
/* Another process or thread of its user, within RLIMIT_NPROC. */
bool may_have_another(const struct process *process);
/* What its personality says to process: a new thread begins with that of its maker. */
void page_masks_copy(volatile struct process_page *page, unsigned from);
/* It has no use for its parent's memory any more; those who use its own get copies. */
void memory_give_back(unsigned process);
void memory_hand_on(unsigned owner);
/* The rest of an exec that gives privileges. */
void exec_finish(unsigned process);
/* Ids and capabilities change together, whatever happens meanwhile; commit_finish: they do now. */
void identity_commit(unsigned process, const struct process *next);
void identity_change(unsigned process, const struct grant *grant);
void commit_finish(void);
/* Ends all of it but the record, which stays for its parent's wait. status: as wait shows it. */
void process_end(unsigned process, uint32_t status);
/* The rest of that, by its record. */
void process_finish(unsigned process);
/* wait has told of it. */
void child_reap(unsigned child);
/* A reservation that failed, a zombie that was reaped: the index is free. */
void process_free(unsigned process);

/* ---- signal.c, alarm.c, timer.c, clock.c, steer.c ---- */

/* thread: index, or 0: whichever takes it. E_AGAIN: too many are queued. */
status_t signal_post(unsigned process, unsigned thread,
		     const struct process_signal *signal) MUST_CHECK;
/* The first one of that number, for the process or for that thread alone: it was taken. */
void signal_forget(unsigned process, unsigned thread, uint32_t number);
/* The same with the entry of a timer, which is marked when it is queued. */
void signal_post_timer(unsigned process, unsigned thread, unsigned timer,
		       const struct process_signal *signal);
/* What is pending for all of its threads: one that does not block it shall look. */
void signal_pass(unsigned process);
void signal_group(uint32_t group, uint32_t number);
/* Its parent hears that it stopped, went on or ended (enum signal_code). */
void signal_parent(unsigned child, int32_t code, uint32_t status);
/* Writes what the records say into the message pages of its threads. */
void process_page_update(unsigned process);
/* Asks to be woken when the next alarm or timer may expire. */
void timers_arm(void);
void timers_expire(void);
/* The alarms of a process alone; gives when they are to be looked at next, 0: never. */
void alarms_expire(unsigned process);
uint64_t alarms_next(unsigned process);
/* A signal of that number was taken: an alarm that waited for that goes on. */
void alarm_taken(unsigned process, uint32_t number);
/* A timer's signal is about to be taken: completes its details; it was: the timer goes on. */
void timer_look(unsigned timer, struct process_signal *signal);
void timer_taken(unsigned timer);
/* Those of a process that ends, or begins another program. */
void timers_forget(unsigned process);

#define NEVER (~0ull)
/* Processor time, and what makes signals that nobody takes, are looked at no more often. */
#define CLOCK_LOOK_NS 1000000ull
/* What a clock shows; of: see struct process_clock_read_request. False: there is nobody. */
bool clock_now(unsigned clock, uint32_t of, uint64_t *ns);
/* How much of its clock's time is left: 0: it is due, NEVER. */
uint64_t alarm_left(const struct alarm *alarm, unsigned clock, uint32_t of);
/* The monotonic time at which so much may have passed on that clock. */
uint64_t alarm_moment(uint64_t left, unsigned clock);
/* Moves it behind now: how many expiries it passed, beyond the first. */
uint64_t alarm_advance(struct alarm *alarm, uint64_t now);
/* The time of day when the machine was started is from now on. */
status_t wall_clock_set(uint64_t wall_boot_ns) MUST_CHECK;
/* Puts the wall clock right, if it is time for that; and the defaults of that. */
void steer_expire(void);
void steer_start(void);
/* The sooner one of two moments, 0: never. */
uint64_t sooner(uint64_t a, uint64_t b);

#endif
