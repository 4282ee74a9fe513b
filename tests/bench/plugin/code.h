/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_BENCH_CODE_H
#define BULKHEAD_BENCH_CODE_H

/* Which function of which file an address belongs to, and how many instructions ran there. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The functions of an ELF file. Fails: -1 and a line on standard error. */
int code_add_elf(const char *name, const char *path);
/* Names of a kernel, as in /proc/kallsyms: address, kind, name. Valid wherever no file is. */
int code_add_names(const char *path);
/* After the last file, before the first question. */
void code_sort(void);

/* The counter of the function that has these bytes at this address; null where nothing is known. */
uint64_t *code_counter(uint64_t address, const void *bytes, size_t size);
void code_forget_counts(void);
void code_print_counts(FILE *to);

#endif
