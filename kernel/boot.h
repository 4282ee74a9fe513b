/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_BOOT_H
#define BULKHEAD_BOOT_H

#include "kernel/abi/info.h"
#include "kernel/arch/arch.h"

/* Cleared pages that the kernel keeps for good. Only before the first thread runs. */
void *boot_allocate(uint64_t pages);

/* The page that every space may read. */
struct info_page *boot_info_page(void);

/* Chooses the system call entry: with the fast path, or all calls in C. */
void arch_entry_choose(bool fast);

/* Entered by boot.S on the kernel's stack; the physical address of what the loader left. */
_Noreturn void boot_main(uint32_t start_info);

#endif
