/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_BLOCK_H
#define BULKHEAD_PROTO_BLOCK_H

#include "libipc/interface.h"

/*
 * One disk, asynchronously. The client names each request by a tag of its choice, below
 * BLOCK_TAGS; a tag is in use from submit until collect hands it out (writes, flushes) or fetch
 * takes its data (reads).
 *
 *	submit ... submit      answered at once; AGAIN errno: too many under way, collect first
 *	(the notification that the manifest grants: something is done)
 *	collect                which tags are done, and how they went
 *	fetch                  data of a read; the tag is free then
 *
 * The driver keeps no state beyond itself. When it died, its successor resets the device, so that
 * nothing old reaches the disk any more, and raises NOTIFY_RESTARTED; the client then submits again
 * everything that it has not collected (reads: not fetched). Submitting what is under way already
 * changes nothing, and submitting what is done already reports it once more: no need to know more
 * precisely. A client that restarts itself begins with `reset`.
 *
 * Order: requests under way together may be executed in any order. A flush covers the writes that
 * were collected before it was submitted.
 */
#define BLOCK_SECTOR_BYTES 512u
#define BLOCK_TAGS         64u
#define BLOCK_REQUEST_BYTES 65536u               /* at most, in one request */

enum block_direction { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH };

#define BLOCK_PRESENT   1u                       /* there is a disk */
#define BLOCK_READ_ONLY 2u
#define BLOCK_HAS_FLUSH 4u                       /* it has a cache that a flush empties */

#define BLOCK_INTERFACE(ROW) \
	ROW(block, info,    REPEATABLE) \
	ROW(block, reset,   REPEATABLE) \
	ROW(block, submit,  REPEATABLE) \
	ROW(block, collect, REPEATABLE) \
	ROW(block, fetch,   REPEATABLE)

struct block_info_request { };
struct block_info_reply {
	uint64_t sectors;                        /* of BLOCK_SECTOR_BYTES */
	uint32_t flags;                          /* BLOCK_PRESENT ... */
	uint32_t requests;                       /* that may be under way at once */
	char serial[24];                         /* ends with a 0 */
};

/* Forget all my requests. Answered when none of them can reach the disk any more. */
struct block_reset_request { };
struct block_reset_reply { };

/*
 * Window 0: for a write, the data (WINDOW_READ). A flush has sector and sectors 0.
 * INVAL: outside the disk, too long, or the tag is in use for something else. ROFS. NODEV: absent.
 */
struct block_submit_request {
	uint64_t sector;
	uint32_t sectors;
	uint16_t direction;
	uint16_t tag;
};
struct block_submit_reply { };

/*
 * What is done and was not reported yet. With `wait`, answered when that is at least one, or when
 * nothing is under way: a client that has nothing else to do (at its start, say) needs no loop of
 * its own. After a restart in between, both counts are 0: submit again.
 */
#define BLOCK_COLLECT 16u
struct block_done {
	uint16_t tag;
	uint16_t error;                          /* 0, or an errno: EIO */
};
struct block_collect_request { uint64_t wait; };
struct block_collect_reply {
	uint32_t done;                           /* entries that follow */
	uint32_t under_way;                      /* requests not done yet, or done and not reported */
	struct block_done tag[BLOCK_COLLECT];
};

/* Window 0 (WINDOW_WRITE): takes the data of a read. NOENT: no such read is done (a restart). */
struct block_fetch_request { uint64_t tag; };
struct block_fetch_reply { uint64_t bytes; };

INTERFACE(block, BLOCK_INTERFACE)

#endif
