/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_BENCH_MARK_H
#define BULKHEAD_BENCH_MARK_H

/*
 * Marks that a watcher outside the guest sees (tests/bench/plugin): a NOP of 8 bytes whose
 * displacement says which. On any processor and any system it does nothing.
 */
#define MARK_NOP_BYTES 0x0f, 0x1f, 0x84, 0x00
#define MARK_START     0x42480001u
#define MARK_STOP      0x42480002u

#define MARK(number) __asm__ volatile("nopl %c0(%%rax,%%rax,1)" :: "i"(number) : "memory")

#endif
