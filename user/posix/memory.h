/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_MEMORY_H
#define BULKHEAD_POSIX_MEMORY_H

#include <stdint.h>

struct task;

/* A stretch of a private file mapping whose pages are read when they are touched. */
#define MEMORY_FILES    16
#define MEMORY_MAPPINGS 64
struct file_mapping {
	uint64_t start, end;                      /* pages of the program; start == end: free row */
	uint64_t position;                        /* in the file, of `start` */
	uint32_t protection;                      /* PROT_* */
	uint32_t file;                            /* row of memory.file */
};
struct mapped_file {
	uint64_t record;                          /* at fs */
	uint32_t mappings;                        /* 0: free row */
	uint32_t reserved;
};
struct memory {
	uint64_t brk_start, brk_end;
	struct mapped_file file[MEMORY_FILES];
	struct file_mapping mapping[MEMORY_MAPPINGS];
};

#endif
