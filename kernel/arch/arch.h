/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_ARCH_H
#define BULKHEAD_ARCH_H

/*
 * The contract that an architecture fulfils. The portable kernel touches the machine through these
 * functions only. Interrupts are off whenever kernel code runs.
 */
#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/message.h"
#include "kernel/abi/status.h"

#define PAGE_SIZE  4096ull
#define PAGE_SHIFT 12

struct thread;
struct space;

/* All RAM is mapped at DIRECT_MAP in every space, for the kernel only. */
#if __STDC_HOSTED__
#define DIRECT_MAP 0x200000000000ull     /* unit tests on the host: tests/unit/kernel_*.c */
#else
#define DIRECT_MAP 0xffff800000000000ull
#endif
static inline void *direct(uint64_t physical) { return (void *)(DIRECT_MAP + physical); }
static inline uint64_t physical(const void *pointer) { return (uint64_t)pointer - DIRECT_MAP; }
static inline void *page_pointer(uint32_t page) { return direct((uint64_t)page << PAGE_SHIFT); }
static inline uint32_t page_number(const void *pointer)
{
	return (uint32_t)(physical(pointer) >> PAGE_SHIFT);
}

/* Leaves the kernel for the current thread. Needs: its space and context are those of the processor. */
_Noreturn void arch_return_to_user(struct thread *thread);
/* Waits with interrupts on until one came; returns on the same stack. */
void arch_idle(void);
/* Makes the space's translations the current ones. */
void arch_space_switch(uint64_t root);
/* The same for a space that ends: the kernel's own take their place. */
void arch_space_leave(const struct space *space);
/* FPU, FS and GS: saves those of `from` (or none: 0), loads those of `to`. */
void arch_context_switch(struct thread *from, struct thread *to);
void arch_context_reset(struct thread *thread);
/* The flags register of a fresh thread; what a thread may choose itself. */
uint64_t arch_flags_fresh(void);
uint64_t arch_flags_allowed(uint64_t flags);
void arch_tls_load(const struct thread *thread);

/* Page tables. Addresses are user addresses below USER_TOP and page-aligned. */
struct mapping {
	uint32_t page;                   /* 0: not mapped */
	uint32_t flags;                  /* MAP_*; 0: mapped, but not for use */
};
/* The entry that maps the address, or 0 if a table is missing. */
uint64_t *arch_entry(const struct space *space, uint64_t address);
/* The same, making tables from the space's pool. 0: the pool is empty. */
uint64_t *arch_entry_make(struct space *space, uint64_t address);
/* An entry is about to be used: walks will look at it. */
void arch_entry_note(const uint64_t *entry);
static inline struct mapping arch_entry_read(uint64_t entry);
static inline uint64_t arch_entry_value(uint32_t page, uint32_t flags);
/*
 * The entry of the first mapped page in [*address, end), and its address; 0 and `end` if there is
 * none. `at`: the entry of *address where the last one returned is known, else 0. So a walk is
 *	for (entry = 0; (entry = arch_entry_mapped(space, &address, end, entry));
 *	     entry++, address += PAGE_SIZE)
 */
uint64_t *arch_entry_mapped(const struct space *space, uint64_t *address, uint64_t end, uint64_t *at);
#define TABLE_SPAN (512 * PAGE_SIZE)                 /* entries stand side by side within this much */
/* The translation of one page is no longer what it was. */
void arch_translation_drop(const struct space *space, uint64_t address);
/*
 * Takes one table page out of a space that has no mappings: its page number, or 0 when none is left.
 * *address: 0 first; tables below it are gone.
 */
uint32_t arch_table_remove(struct space *space, uint64_t *address);
/* Prepares the root table in the given page. */
void arch_space_init(struct space *space, void *root);

/* One page of the kernel's own, at boot. */
void arch_kernel_map(uint64_t address, const void *page, unsigned flags);

/* Interrupts. Lines 0..23 are the I/O APIC's; vectors for messages have none. */
#define IRQ_COUNT 48
void arch_irq_enable(unsigned irq, unsigned line);
void arch_irq_unmask(unsigned irq, unsigned line);
void arch_irq_message(unsigned irq, uint64_t *address, uint64_t *data);

uint64_t arch_ticks(void);
extern uint64_t tsc_hz;                              /* ticks per second, measured at boot */
void arch_timer_set(uint64_t deadline_ticks);        /* ~0: off */

uint32_t arch_port_read(unsigned port, unsigned bytes);
void arch_port_write(unsigned port, unsigned bytes, uint32_t value);

void arch_log(const char *text, unsigned long bytes);
_Noreturn void arch_shutdown(unsigned status);
void arch_backtrace(void);

static inline void arch_copy(void *to, const void *from, uint64_t bytes)
{
	uint64_t words = bytes / 8, rest = bytes % 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}

static inline void arch_clear(void *to, uint64_t bytes)
{
	uint64_t words = bytes / 8;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0ull) : "memory");
}

#include "kernel/arch/x86_64/paging.h"   /* arch_entry_read, arch_entry_value */

#endif
