/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_MEMORY_H
#define BULKHEAD_POSIX_MEMORY_H

#include <stdint.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/status.h"

struct open_file;
struct process_region_reply;
struct task;

/*
 * Regions of the address space are kept by process, which pages anonymous memory itself. Of a
 * file mapping it keeps a tag and the offset. The tag of a private one is the address of the open
 * file, and its pages are read in when they are touched; that of a shared one is
 * PROCESS_SHARED_TAG, and the fs puts its pages there.
 */
#define MEMORY_FILES 96
struct memory {
	uint64_t brk_start, brk_end;
	uint32_t future_flags;           /* mlockall: PROCESS_MAP_* of what is mapped later */
	uint32_t barriers;               /* registered by membarrier */
	/* Open files held for mappings, once for each tag; 0: free row. */
	struct mapped_file {
		struct open_file *file;
		uint64_t tag;
		uint64_t address;        /* of an attachment of shared memory (segment.c); else 0 */
	} mapped[MEMORY_FILES];
	uint32_t attachments;            /* rows with an address */
};

#define PAGE_BYTES     4096ull
#define PAGE_DOWN(address) ((address) & ~(PAGE_BYTES - 1))
#define PAGE_UP(address)   PAGE_DOWN((address) + PAGE_BYTES - 1)

/* mmap(2) */
#define PROT_READ      1u
#define PROT_WRITE     2u
#define PROT_EXEC      4u
#define MAP_SHARED     0x01u
#define MAP_PRIVATE    0x02u
#define MAP_SHARED_VALIDATE 0x03u
#define MAP_TYPE       0x0fu
#define MAP_FIXED      0x10u
#define MAP_ANONYMOUS  0x20u
#define MAP_32BIT      0x40u
#define MAP_GROWSDOWN  0x0100u
#define MAP_LOCKED     0x2000u
#define MAP_NORESERVE  0x4000u
#define MAP_POPULATE   0x8000u
#define MAP_HUGETLB    0x40000u
#define MAP_FIXED_NOREPLACE 0x100000u
/* What MAP_SHARED_VALIDATE lets pass: DENYWRITE, EXECUTABLE, NONBLOCK, STACK, page sizes too. */
#define MAP_VALID      (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | MAP_GROWSDOWN | \
			0x1800u | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | 0x30000u | \
			MAP_HUGETLB | 0x7c000000u)

/* Pages at a fixed place: 0 or -errno. flags: PROCESS_MAP_* beside FIXED; file 0: anonymous. */
long memory_map(struct task *task, uint64_t address, uint64_t bytes, uint32_t protection,
		uint32_t flags, struct open_file *file, uint64_t offset) MUST_CHECK;
/* A range of whole pages of the program; bytes are rounded up. */
static inline int memory_is_range(uint64_t address, uint64_t bytes)
{
	return address % PAGE_BYTES == 0 && bytes <= PROGRAM_END && address <= PROGRAM_END - bytes;
}
/* Pages of regions become present: 0 or -errno. */
long memory_populate(struct task *task, uint64_t address, uint64_t bytes) MUST_CHECK;
long memory_unmap(struct task *task, uint64_t address, uint64_t bytes) MUST_CHECK;
#define MEMORY_IS_SHARED_TAG(tag) ((tag) >> 63)

/* What is to be done with the part of a region from address to end. */
typedef long memory_part_t(struct task *task, const struct process_region_reply *region,
			   uint64_t address, uint64_t end);
/*
 * For all parts of regions there; 0: nothing. Holes are left out, and make -ENOMEM of a success, as
 * Linux has it.
 */
long memory_for_parts(struct task *task, uint64_t address, uint64_t end,
		      memory_part_t *part) MUST_CHECK;
/* Makes that part of a region present as if it were read: 0 or -ENOMEM. */
long memory_read_in(struct task *task, const struct process_region_reply *region,
		    uint64_t address, uint64_t end) MUST_CHECK;
/* How many bytes are locked between two addresses. */
uint64_t memory_locked(struct task *task, uint64_t address, uint64_t end);
/* May so many bytes more be locked? 0, -EPERM: none at all, -EAGAIN. */
long memory_may_lock(struct task *task, uint64_t bytes) MUST_CHECK;

/* Keeps the file open for private mappings, until memory_forget. -ENOMEM: too many files. */
long memory_hold(struct task *task, struct open_file *file) MUST_CHECK;
/* A row for one more file, taken from mappings that are gone if need be; 0: all are in use. */
struct mapped_file *memory_row(struct task *task);
/* Is any region still of that file? From `start` to `end`. */
int memory_is_mapped(struct task *task, uint64_t tag, uint64_t start, uint64_t end);
/* The row of the file is free again. */
void memory_let_go(struct task *task, struct mapped_file *row);
/* The file of mappings with that tag, or 0. */
struct open_file *memory_file(struct task *task, uint64_t tag);
/* After exec: the old program's mappings are gone. */
void memory_forget(struct task *task);

/*
 * A page fault at `address` with the processor's error code: 0 when the page of a file mapping is
 * there now, else the signal that it means, and its si_code.
 */
int memory_fault(struct task *task, uint64_t address, uint32_t error, int *code);

#endif
