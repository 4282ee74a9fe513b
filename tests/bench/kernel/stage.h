/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_BENCH_KERNEL_STAGE_H
#define BULKHEAD_TESTS_BENCH_KERNEL_STAGE_H

#include <stdint.h>

#include "kernel/abi/info.h"
#include "kernel/abi/layout.h"
#include "libipc/objects.h"

/*
 * The stage on which the kernel's operations are measured: this program takes the supervisor's
 * place in the boot archive, so it has all authority and nothing else runs. It makes further
 * spaces that share its image at the same addresses, and threads in them.
 */

/*
 * Slots of our own table; those below BOOT_SLOT_FREE are the kernel's gifts. The second space is
 * lower in level, so that threads there may call ours.
 */
enum stage_slot {
	STAGE_SPACE = BOOT_SLOT_FREE,            /* the second space */
	STAGE_ENDPOINT,                          /* where the actor of our space receives */
	STAGE_THREAD,
	STAGE_THREAD_2,
	STAGE_IRQ,
	STAGE_PORTS,
};

/* Slots in the second space. */
enum actor_slot {
	ACTOR_SESSION = 1,                       /* to STAGE_ENDPOINT */
	ACTOR_NOTIFICATION,                      /* of STAGE_ENDPOINT */
};

#define PRIORITY_LOW  10
#define PRIORITY_HIGH 40

/* An actor: a thread with a message page, in our space or the second one. */
struct actor {
	uint32_t thread, endpoint, space;        /* slots; endpoint 0: none */
	uint32_t priority;
	uint32_t fault_slot;                     /* in its space's table, or 0 */
	void (*run)(void);
};

void stage_open(const struct boot_info *boot);
void stage_start(const struct actor *actor);
void stage_end(const struct actor *actor);

/* Lets the actors go on for so long. */
void stage_sleep(uint64_t ticks);

/*
 * Lines in the log: the ticks for one of `ticks_count`, and the privileged events since the last
 * report for one of `rounds` (exact on the counting kernel, setting the stage included).
 */
void stage_report(const char *name, uint64_t ticks, uint64_t ticks_count, uint64_t rounds);
/* "NAME VALUE" in the log. */
void stage_note(const char *name, uint64_t value);
void stage_require(int holds, const char *what);
void stage_power_off(uint64_t status) __attribute__((noreturn));

void transcript(void);                   /* transcript.c */

static inline uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

#endif
