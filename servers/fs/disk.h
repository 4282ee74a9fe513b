/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_DISK_H
#define BULKHEAD_FS_DISK_H

#include "libipc/server.h"
#include "servers/fs/cache.h"

/*
 * Blocks to and from the drivers, many at a time. Requests are volatile: a successor reads again
 * what it needs, and finds in the cache's words what was not written.
 */
#define NOTIFY_DISK(volume)      (1u << (volume))
#define NOTIFY_DRIVER(volume)    (0x80000000u >> (volume))

/* Finds the disk of the volume, and stops what a predecessor had under way. Gives its size; 0: none. */
uint64_t disk_start(uint32_t volume, int *read_only);
/* For the first look: bytes from the disk, waiting. Needs: multiples of 512, nothing under way. */
status_t disk_peek(uint32_t volume, uint64_t offset, void *to, uint32_t bytes) MUST_CHECK;
/* How large this volume's blocks are: before anything below is called. */
void disk_blocks(uint32_t volume, uint32_t block_bytes);

/* Notification bits arrived. */
void disk_notified(uint32_t bits);

/*
 * Gets what cache_missing says, waiting. Gives OK even if it is not all there: the operation is
 * tried again in any case. E_IO.
 */
status_t disk_load(struct call *call) MUST_CHECK;
/* Waits for an event that something of this volume raises. May return too early. */
void disk_wait(uint32_t volume, struct event *event, struct call *call);
/* Gets it without waiting, if that is easily done. */
void disk_read_ahead(struct missing what);

/*
 * Writes frames that hold consecutive blocks; the outcome goes to cache_written and writeback_done.
 * 0: not now (a write of one of the blocks is under way, or too many are).
 */
int disk_write(uint32_t volume, uint32_t block, const uint32_t *frames, uint32_t count);
int disk_flush(uint32_t volume);

#endif
