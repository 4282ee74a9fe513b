/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_HEADER_H
#define BULKHEAD_POSIX_HEADER_H

#include <stdint.h>

/*
 * The personality's image is linked at PERSONALITY_TEXT: text and constants, nothing writable.
 * These words stand at its start. process reads them to start the first program, and to tell the
 * kernel where reflected system calls and upcalls go (SPACE_ENTRY, kernel/abi/objects.h).
 */
#define POSIX_MAGIC 0x7869736f70ull               /* "posix" */
struct posix_header {
	uint64_t magic;
	uint64_t text_bytes;                      /* of the image, mapped read + execute */
	/* The first program starts here: rdi = PERSONALITY_PRIVATE, rsi = bytes there; no stack. */
	uint64_t boot;
	uint64_t reflect, upcall;
	uint64_t exit_start, exit_end;            /* the window that is restarted when interrupted */
	uint64_t private_bytes;                   /* zeroed memory at PERSONALITY_PRIVATE, read + write */
	/* Interruptions up to here are put off. The vDSO stands behind: it counts as program. */
	uint64_t code_end;
};

#endif
