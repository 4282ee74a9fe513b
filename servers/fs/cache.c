/* SPDX-License-Identifier: MIT */
#include "servers/fs/cache.h"

#include "libipc/string.h"

/*
 * Invariants, at every instruction: no two frames hold the same block; a frame that is not free
 * holds the block's latest contents; one that is clean holds what the disk has.
 * Volatile: `head` and `next` index all frames that are not free.
 */
enum frame_use { USE_NONE, USE_TAKEN, USE_WRITING, USE_PINNED };

#define FORGET_MAX 512u

static struct {
	uint32_t frames, index_shift;
	uint32_t *head, *next;           /* hash chains of frames */
	uint32_t *touched;               /* the last operation that used it */
	uint8_t *use;                    /* enum frame_use */
	uint32_t hand;                   /* of the clock */
	uint32_t recent;                 /* operation at work when the hand last passed the start */
	uint32_t dirty;                  /* frames that are dirty or being written */
	uint64_t *maybe_dirty;           /* a bit for each; those of dirty ones are set */
	uint32_t forget_count;
	uint64_t forget[FORGET_MAX];     /* keys freed by the open transaction */
} cache;

struct missing cache_missing;

static uint32_t bucket(uint64_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15ull >> cache.index_shift);
}

static void index_insert(uint32_t frame, uint64_t key)
{
	uint32_t *head = &cache.head[bucket(key)];

	cache.next[frame] = *head;
	*head = frame;
}

static void index_remove(uint32_t frame)
{
	uint32_t *link = &cache.head[bucket(stable.words[frame] & FRAME_KEY_MASK)];

	while (*link != frame)
		link = &cache.next[*link];
	*link = cache.next[frame];
}

static inline uint32_t find(uint64_t key)
{
	uint32_t frame = cache.head[bucket(key)];

	while (frame != FRAME_NONE && (stable.words[frame] & FRAME_KEY_MASK) != key)
		frame = cache.next[frame];
	return frame;
}

/* One that became dirty is found by cache_next_dirty. */
static void note_state(uint32_t frame, enum frame_state state)
{
	if (state == FRAME_DIRTY)
		cache.maybe_dirty[frame / 64] |= 1ull << frame % 64;
}

status_t cache_start(void *(*take)(uint64_t bytes))
{
	uint32_t buckets = 1;

	cache.frames = stable.head->frame_count;
	for (cache.index_shift = 64; buckets < cache.frames; buckets *= 2)
		cache.index_shift--;
	cache.head = take(buckets * sizeof(uint32_t));
	cache.next = take(cache.frames * sizeof(uint32_t));
	cache.touched = take(cache.frames * sizeof(uint32_t));
	cache.use = take(cache.frames);
	cache.maybe_dirty = take(((uint64_t)cache.frames + 63) / 64 * sizeof(uint64_t));
	if (!cache.head || !cache.next || !cache.touched || !cache.use || !cache.maybe_dirty)
		return STATUS_NO_MEMORY;
	memset(cache.maybe_dirty, 0, ((uint64_t)cache.frames + 63) / 64 * sizeof(uint64_t));
	cache.hand = cache.dirty = cache.forget_count = 0;
	memset(cache.head, 0xff, buckets * sizeof(uint32_t));
	for (uint32_t frame = 0; frame < cache.frames; frame++) {
		uint64_t word = stable.words[frame];

		if (FRAME_STATE(word) == FRAME_FREE)
			continue;
		/* The predecessor did not see the end of it. */
		if (FRAME_STATE(word) == FRAME_WRITING)
			word = (word & FRAME_KEY_MASK) | (uint64_t)FRAME_DIRTY << 40;
		stable.words[frame] = word;
		cache.dirty += FRAME_STATE(word) == FRAME_DIRTY;
		note_state(frame, FRAME_STATE(word));
		index_insert(frame, word & FRAME_KEY_MASK);
	}
	return STATUS_OK;
}

uint32_t cache_dirty_count(void)
{
	return cache.dirty;
}

/* Stores are ordered: the frame is found dirty before, or as soon as, it differs from the disk. */
static void set_state(uint32_t frame, enum frame_state state)
{
	stable_barrier();
	stable.words[frame] = (stable.words[frame] & FRAME_KEY_MASK) | (uint64_t)state << 40;
	stable_barrier();
	note_state(frame, state);
}

uint32_t cache_next_dirty(uint32_t frame)
{
	while (frame < cache.frames) {
		uint64_t left = cache.maybe_dirty[frame / 64] >> frame % 64;

		if (!left) {
			frame = (frame / 64 + 1) * 64;
			continue;
		}
		frame += (uint32_t)__builtin_ctzll(left);
		if (FRAME_STATE(stable.words[frame]) == FRAME_DIRTY)
			return frame;
		cache.maybe_dirty[frame / 64] &= ~(1ull << frame % 64);
	}
	return cache.frames;
}

static void lack(uint32_t volume, uint32_t block, uint32_t blocks)
{
	cache_missing = (struct missing){ volume, block, blocks };
}

status_t cache_get(uint32_t volume, uint32_t block, uint8_t **data)
{
	uint32_t frame = find(FRAME_KEY(volume, block));

	if (frame == FRAME_NONE) {
		if (volume == CACHE_MEMORY_VOLUME)
			return cache_new(volume, block, data);
		lack(volume, block, 1);
		return FS_MISSING;
	}
	cache.touched[frame] = log_operation;
	*data = cache_data(frame);
	return STATUS_OK;
}

int cache_has(uint32_t volume, uint32_t block)
{
	return find(FRAME_KEY(volume, block)) != FRAME_NONE;
}

uint32_t cache_find(uint32_t volume, uint32_t block)
{
	return find(FRAME_KEY(volume, block));
}

/*
 * The operation at work may hold pointers into frames it touched, and if it has to be tried again
 * needs them all at the same time.
 */
static int evictable(uint32_t frame, int recent_too)
{
	enum frame_state state = FRAME_STATE(stable.words[frame]);

	if (cache.use[frame] != USE_NONE)
		return 0;
	if (state == FRAME_FREE)
		return 1;
	if (state != FRAME_CLEAN || cache.touched[frame] == log_operation)
		return 0;
	return recent_too || (int32_t)(cache.touched[frame] - cache.recent) <= 0;
}

uint32_t cache_take(void)
{
	/* Two rounds: what was used since the hand came by last is spared in the first. */
	for (uint32_t n = 0; n < 2 * cache.frames; n++) {
		uint32_t frame = cache.hand;

		if (++cache.hand == cache.frames) {
			cache.hand = 0;
			cache.recent = log_operation;
		}
		if (!evictable(frame, n >= cache.frames))
			continue;
		if (FRAME_STATE(stable.words[frame]) != FRAME_FREE)
			index_remove(frame);
		stable.words[frame] = 0;
		stable_barrier();
		cache.use[frame] = USE_TAKEN;
		return frame;
	}
	lack(0, 0, 0);
	return FRAME_NONE;
}

void cache_give_back(uint32_t frame)
{
	cache.use[frame] = USE_NONE;
}

void cache_insert(uint32_t frame, uint32_t volume, uint32_t block, enum frame_state state)
{
	uint64_t key = FRAME_KEY(volume, block);

	cache.use[frame] = USE_NONE;
	cache.touched[frame] = log_operation;
	cache.dirty += state == FRAME_DIRTY;
	stable_barrier();
	stable.words[frame] = key | (uint64_t)state << 40;
	stable_barrier();
	note_state(frame, state);
	index_insert(frame, key);
}

status_t cache_new(uint32_t volume, uint32_t block, uint8_t **data)
{
	uint32_t frame = find(FRAME_KEY(volume, block));

	if (frame == FRAME_NONE) {
		frame = cache_take();
		if (frame == FRAME_NONE)
			return FS_MISSING;
		memset(cache_data(frame), 0, FRAME_BYTES);
		cache_insert(frame, volume, block, volume == CACHE_MEMORY_VOLUME ? FRAME_MEMORY :
			     FRAME_DIRTY);
	} else {
		/* What it held was free: no undo needs it. */
		cache_dirty(cache_data(frame));
		memset(cache_data(frame), 0, FRAME_BYTES);
		cache.touched[frame] = log_operation;
	}
	*data = cache_data(frame);
	return STATUS_OK;
}

void cache_dirty(const void *address)
{
	uint32_t frame = (uint32_t)(((const uint8_t *)address - stable.frames) >> FRAME_SHIFT);
	enum frame_state state = FRAME_STATE(stable.words[frame]);

	if (state == FRAME_DIRTY || state == FRAME_MEMORY)
		return;
	cache.dirty += state == FRAME_CLEAN;
	set_state(frame, FRAME_DIRTY);
}

void cache_change(const void *address, uint32_t bytes)
{
	cache_dirty(address);
	log_save(address, bytes);
}

void cache_forget_later(uint32_t volume, uint32_t block)
{
	/* Only saves a write: it does no harm if some are left out. */
	if (cache.forget_count < FORGET_MAX)
		cache.forget[cache.forget_count++] = FRAME_KEY(volume, block);
}

void cache_forget_nothing(void)
{
	cache.forget_count = 0;
}

void cache_forget_now(void)
{
	for (uint32_t i = 0; i < cache.forget_count; i++) {
		uint32_t frame = find(cache.forget[i]);

		if (frame == FRAME_NONE || cache.use[frame] == USE_PINNED)
			continue;
		cache.dirty -= FRAME_STATE(stable.words[frame]) == FRAME_DIRTY ||
			FRAME_STATE(stable.words[frame]) == FRAME_WRITING;
		index_remove(frame);
		stable.words[frame] = 0;
	}
	cache.forget_count = 0;
}

void cache_pin(uint32_t frame)
{
	cache.use[frame] = USE_PINNED;
}

void cache_writing(uint32_t frame)
{
	if (cache.use[frame] == USE_NONE)
		cache.use[frame] = USE_WRITING;
	set_state(frame, FRAME_WRITING);
}

void cache_written(uint32_t frame, status_t status)
{
	if (cache.use[frame] == USE_WRITING)
		cache.use[frame] = USE_NONE;
	/* It may have been forgotten, or changed again: then that is what counts. */
	if (FRAME_STATE(stable.words[frame]) != FRAME_WRITING)
		return;
	cache.dirty -= status == STATUS_OK;
	set_state(frame, status == STATUS_OK ? FRAME_CLEAN : FRAME_DIRTY);
}
