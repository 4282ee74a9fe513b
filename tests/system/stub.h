/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_SYSTEM_STUB_H
#define BULKHEAD_TESTS_SYSTEM_STUB_H

#include <stddef.h>
#include <stdint.h>

/*
 * QEMU's debug stub, spoken to in the GDB remote serial protocol (GDB manual, appendix E): the
 * machine is looked at and damaged from outside, without any help from it. A failed exchange
 * fails the test.
 */
struct stub { int socket; };

/* The register numbers of QEMU's x86-64 target that are used here. */
enum stub_register { STUB_RSP = 7, STUB_RIP = 16 };

/* Connects to the socket; the machine stands still from then on. */
void stub_open(struct stub *stub, const char *socket_path);

/* Lets the machine run on and hangs up. */
void stub_close(struct stub *stub);

/* Runs until a breakpoint; fails the test after limit_s. */
void stub_run(struct stub *stub, unsigned int limit_s);
void stub_step(struct stub *stub);

uint64_t stub_register(struct stub *stub, enum stub_register number);

/* Memory as the processor sees it now. Return 0 where it is not mapped. */
int stub_read(struct stub *stub, uint64_t address, void *to, size_t bytes);
int stub_write(struct stub *stub, uint64_t address, const void *from, size_t bytes);

void stub_break(struct stub *stub, uint64_t address);
void stub_unbreak(struct stub *stub, uint64_t address);

#endif
