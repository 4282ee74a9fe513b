/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_HEADER_H
#define BULKHEAD_POSIX_HEADER_H

#include <stdint.h>

/*
 * The personality's image is position-dependent, linked at PERSONALITY_TEXT: text and constants
 * only. These words stand at its start; process reads them to start the first program and to tell
 * the kernel where system calls go.
 */
#define POSIX_MAGIC 0x7869736f70ull               /* "posix" */
struct posix_header {
	uint64_t magic;
	uint64_t text_bytes;                      /* of the image, mapped read + execute */
	uint64_t boot;                            /* the first program's entry: a stack in the private pages is not needed */
	uint64_t reflect, upcall;                 /* SPACE_ENTRY */
	uint64_t exit_start, exit_end;            /* SPACE_ENTRY: restarted when interrupted */
	uint64_t private_bytes;                   /* zeroed memory at PERSONALITY_PRIVATE, read + write */
};

#endif
