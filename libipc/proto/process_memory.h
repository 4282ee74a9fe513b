/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_PROCESS_MEMORY_H
#define BULKHEAD_PROTO_PROCESS_MEMORY_H

/*
 * What process is asked about memory; process.h includes this. Addresses and sizes are multiples of
 * 4096 (E_INVAL).
 */
#include <stdint.h>

#define PROCESS_READ    1u
#define PROCESS_WRITE   2u
#define PROCESS_EXECUTE 4u

enum process_map_flag {
	PROCESS_MAP_FIXED = 1,          /* exactly at address; what is there gives way */
	PROCESS_MAP_NO_REPLACE = 2,     /* with FIXED: E_EXIST if anything is there */
	PROCESS_MAP_SHARED = 4,         /* the same memory in parent and child after fork */
	PROCESS_MAP_GROWS_DOWN = 8,     /* a stack: a fault below extends it, up to the limit */
	PROCESS_MAP_FILE = 16,          /* a fault makes an upcall: fs maps its pages */
	/* FIXED, from PERSONALITY_PRIVATE on: present at once, copied at fork, kept by exec */
	PROCESS_MAP_PRIVATE_AREA = 32,
	PROCESS_MAP_POPULATE = 64,      /* present at once: for what is about to be filled */
	PROCESS_MAP_KEEP = 128,         /* FIXED, FILE: the same, never writable, stays if there */
	PROCESS_MAP_NO_RESERVE = 256,   /* may be more than all of memory */
	PROCESS_MAP_DONT_FORK = 512,    /* a child does not get it */
	PROCESS_MAP_WIPE_ON_FORK = 1024, /* a child finds zeros in it */
	PROCESS_MAP_LOCKED = 2048,      /* the program asked that it is there; not in a child */
	PROCESS_MAP_LOW = 4096,         /* without FIXED: between 1 and 2 GiB */
};
/* What process_mark may set and take back. */
#define PROCESS_MARKS (PROCESS_MAP_DONT_FORK | PROCESS_MAP_WIPE_ON_FORK | PROCESS_MAP_LOCKED)

/*
 * A new region. Without FIXED: at the address if that is free, else at the highest free place below
 * 0x7d0000000000. A region next to one of the same kind is joined with it. tag and offset belong
 * to the caller (which file, where in it); offset counts on through splits.
 * Of shared anonymous memory, which has to be present before others can share it, and of what is to
 * be populated the first PROCESS_PRESENT_BYTES are, as `present` says; the rest is the caller's to
 * ask for by populate: no request shall take long.
 * Fails: E_NOMEM (limits, address space), E_EXIST, E_INVAL.
 */
#define PROCESS_PRESENT_BYTES (32ull << 20)
struct process_map_request {
	uint64_t address, bytes;
	uint32_t protection, flags;
	uint64_t tag, offset;
};
struct process_map_reply { uint64_t address, present; };

/* Holes are fine. Splits regions. */
struct process_unmap_request { uint64_t address, bytes; };
struct process_unmap_reply { };

/* E_NOMEM: a hole in the range (what lies before it is changed, as in Linux). */
struct process_protect_request { uint64_t address, bytes; uint32_t protection, reserved; };
struct process_protect_reply { };

/* mremap. Pages move, or (shared, old_bytes 0) stand at both places. new_address: with FIXED. */
#define PROCESS_REMAP_MAYMOVE   1u
#define PROCESS_REMAP_FIXED     2u
#define PROCESS_REMAP_DONTUNMAP 4u      /* the old region stays, without pages */
struct process_remap_request { uint64_t address, old_bytes, new_bytes, new_address, flags; };
struct process_remap_reply { uint64_t address; };

/* The private pages there are gone: what is touched next is zeros, or the file's contents. */
struct process_drop_request { uint64_t address, bytes; };
struct process_drop_reply { };
/* Marks of regions, PROCESS_MARKS, set and taken back. Holes are left out. E_NOMEM: no room. */
struct process_mark_request { uint64_t address, bytes; uint32_t set, clear; };
struct process_mark_reply { };

/*
 * The region that holds the address, or the next above (E_NOENT), of that client, which the
 * caller may inspect (0: oneself; E_ACCES).
 */
struct process_region_request { uint64_t address, client; };
struct process_region_reply {
	uint64_t start, end;
	uint32_t protection, flags;
	uint64_t tag, offset;
};

/* The next pages from address on that are present, before end: [start, end). E_NOENT: none. */
struct process_present_request { uint64_t address, end; };
struct process_present_reply { uint64_t start, end; };

/*
 * Makes pages present as if touched (for a region of a file: zero pages), the first of so many
 * bytes: as many as the reply says. E_FAULT: no region.
 */
struct process_populate_request { uint64_t address, bytes; };
struct process_populate_reply { uint64_t bytes; };

/*
 * Pages of files that programs share. Only services may ask (E_PERM); fs does, for a program that
 * has made a region with FILE and SHARED and a tag of this form, or with FILE alone, whose pages
 * are copied when they are stored into. Process keeps what fs gave it, maps it where fs says, and
 * knows nothing of files. page: number in the file. A page that was never mapped with a writable
 * tag is clean: it holds what fs gave it, and may go when nobody maps it and memory is short.
 */
#define PROCESS_SHARED_TAG(file, writable) \
	((uint64_t)(file) << 1 | (uint64_t)(writable) | 1ull << 63)
#define PROCESS_SHARED_WRITABLE 1ull
#define PROCESS_SHARED_PRIVATE(file) ((uint64_t)(file) << 1)
/*
 * Window 0: 4096 bytes. The page is there from now on; if it was before, it stays as it was.
 * E_NOMEM.
 */
struct process_shared_fill_request { uint64_t file, page; };
struct process_shared_fill_reply { };
/*
 * Maps as many of `count` pages as are there, one after the other, from the address on in that
 * client's region with that tag. E_NOENT: the first is not there; E_FAULT: no such region.
 */
struct process_shared_map_request {
	uint64_t tag, page, address;
	uint32_t client, count;
};
struct process_shared_map_reply { uint64_t mapped, met; };   /* met: one that was mapped before */
/*
 * That page, or (next) the first from it on, copied to window 0 (4096 bytes). E_NOENT: there is
 * none, but for clean ones.
 */
struct process_shared_read_request { uint64_t file, page, next; };
struct process_shared_read_reply { uint64_t page; };
/* Bytes of window 0 into the page, if that is there. */
struct process_shared_write_request { uint64_t file, page, offset, bytes; };
struct process_shared_write_reply { };
/* It is gone, if nobody has it mapped and it holds what window 0 does. E_BUSY: else. */
struct process_shared_drop_request { uint64_t file, page; };
struct process_shared_drop_reply { };
/* Clean pages that nobody maps are gone. Gives how many pages of the file are left. */
struct process_shared_trim_request { uint64_t file; };
struct process_shared_trim_reply { uint64_t left; };
/* Pages from `page` on are gone everywhere: touching them is a fault again. */
struct process_shared_cut_request { uint64_t file, page; };
struct process_shared_cut_reply { };

#endif
