/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_CACHE_H
#define BULKHEAD_FS_CACHE_H

#include "servers/fs/log.h"

/*
 * Blocks of all volumes, in frames of stable memory. A frame's word says everything that must
 * outlive the server; the index over the words is rebuilt at each start.
 *
 * Code that needs a block which is not here ends with FS_MISSING: its transaction is undone, the
 * block loaded, and the operation begun again from the start. So no operation ever waits half way,
 * and none sees another one's half-done work.
 */
enum fs_outcome {                        /* beside STATUS_OK and STATUS_ERRNO() */
	FS_MISSING = 0x2000,             /* load what cache_missing names and begin again */
	FS_MORE,                         /* a bounded part is done: publish it and begin again */
};

/* What the attempt lacked. Without blocks: a frame; some have to be written first. */
struct missing { uint32_t volume, block, blocks; };
extern struct missing cache_missing;

/*
 * The blocks of this volume are nowhere else: frames that hold some are FRAME_MEMORY from then
 * on, never clean and never dirty. One that is not here is all zero, and never FS_MISSING for
 * being so.
 */
#define CACHE_MEMORY_VOLUME 2u

/* The word of a frame: block | volume << 32 | state << 40. Zero: free. */
enum frame_state { FRAME_FREE, FRAME_CLEAN, FRAME_DIRTY, FRAME_WRITING, FRAME_MEMORY };
#define FRAME_KEY(volume, block) ((uint64_t)(volume) << 32 | (block))
#define FRAME_KEY_MASK  0xffffffffffull
#define FRAME_STATE(word) ((enum frame_state)((word) >> 40))
#define FRAME_NONE (~0u)

/* Volatile memory for the index; `take` gives zeroed memory or 0. Recovers the words. */
status_t cache_start(void *(*take)(uint64_t bytes)) MUST_CHECK;
uint32_t cache_dirty_count(void);
/* The first dirty frame from that one on; the number of frames: there is none. */
uint32_t cache_next_dirty(uint32_t frame);

/* Contents of a block, to read; to change, through the functions below. Fails: FS_MISSING. */
status_t cache_get(uint32_t volume, uint32_t block, uint8_t **data) MUST_CHECK;
int cache_has(uint32_t volume, uint32_t block);
/* The same, of a block that was free until now: zeroed, dirty, not read. Fails: FS_MISSING. */
status_t cache_new(uint32_t volume, uint32_t block, uint8_t **data) MUST_CHECK;

/* Bytes of a frame will change, within the transaction. */
void cache_change(const void *address, uint32_t bytes);
/* Bytes of a frame change now: outside of transactions, or file data. */
void cache_dirty(const void *address);
/* The block is free: when the transaction is published, nobody needs its contents. */
void cache_forget_later(uint32_t volume, uint32_t block);
void cache_forget_now(void);
void cache_forget_nothing(void);

/*
 * A frame without a block, to be filled; nobody else gets it until it has one or is given back.
 * FRAME_NONE: all are dirty or in use.
 */
uint32_t cache_take(void);
void cache_give_back(uint32_t frame);
/* It holds the block now. Needs: the block has no frame. */
void cache_insert(uint32_t frame, uint32_t volume, uint32_t block, enum frame_state state);
uint32_t cache_find(uint32_t volume, uint32_t block);
static inline uint8_t *cache_data(uint32_t frame)
{
	return stable.frames + ((uint64_t)frame << FRAME_SHIFT);
}
/* Its block stays here until the server ends. */
void cache_pin(uint32_t frame);

/* Writing back: a dirty frame's contents have been copied out; they are on the disk, or are not. */
void cache_writing(uint32_t frame);
void cache_written(uint32_t frame, status_t status);

#define CACHE_CHANGE(lvalue, value) do { \
	cache_change(&(lvalue), sizeof(lvalue)); \
	(lvalue) = (value); \
} while (0)

#endif
