/* SPDX-License-Identifier: MIT */
#include "servers/fs/writeback.h"

#include "libipc/proto/block.h"
#include "libipc/time.h"
#include "servers/fs/disk.h"
#include "servers/fs/mapped.h"
#include "servers/fs/volume.h"

#define DELAY_NS      5000000000ull      /* how long a change may wait for its round */
#define RUN_BLOCKS    (BLOCK_REQUEST_BYTES / 1024)

/* Only the root volume is ever written. */
enum phase {
	IDLE,
	MARK,                            /* the superblock goes out, as in use */
	WRITE,                           /* everything that is dirty */
	FLUSH,                           /* the disk's own cache */
	CLEAN,                           /* nothing was left: the superblock again, as clean */
	FLUSH_CLEAN,
};

static struct {
	enum phase phase;
	uint32_t marked;                 /* on the disk it is in use, as far as we know */
	uint32_t hand;                   /* frame that the round looks at next */
	uint32_t under_way;              /* writes, or the flush */
	uint32_t errors;                 /* of this round */
	uint32_t failed;                 /* rounds that had some */
	uint64_t rounds, wanted;         /* finished so far; so many somebody waits for */
	uint32_t armed;                  /* the deadline is set */
	uint32_t stepping;               /* in `step`: it looks again by itself */
	struct event progress;
} writeback;

void writeback_start(void)
{
	writeback.marked = 0;
}

static struct volume *root(void)
{
	return &volumes[VOLUME_ROOT];
}

static int can_write(void)
{
	return root()->present && !root()->read_only;
}

/* ---- the superblock's state ---- */

static uint32_t super_frame(void)
{
	return cache_find(VOLUME_ROOT, root()->first_block);
}

/* State and frame go together: what is copied out is what was just set. */
static void write_super(uint32_t state)
{
	uint32_t frame = super_frame();

	cache_dirty(root()->super);
	root()->super->state = (uint16_t)state;
	root()->super->write_time = (uint32_t)(fs_now_ns() / 1000000000);
	writeback.under_way++;
	if (!disk_write(VOLUME_ROOT, root()->first_block, &frame, 1))
		writeback.under_way--;
}

static void flush(void)
{
	writeback.under_way++;
	if (!disk_flush(VOLUME_ROOT))
		writeback.under_way--;
}

/* ---- a round ---- */

static int is_dirty(uint32_t block)
{
	uint32_t frame = cache_find(VOLUME_ROOT, block);

	return frame != FRAME_NONE && FRAME_STATE(stable.words[frame]) == FRAME_DIRTY;
}

/* The dirty blocks around this one, in one request. 0: not now. */
static int write_around(uint32_t frame)
{
	uint32_t block = (uint32_t)stable.words[frame], first = block, end = block + 1;
	uint32_t most = BLOCK_REQUEST_BYTES >> root()->block_shift;
	uint32_t frames[RUN_BLOCKS];

	while (first > root()->first_block && end - first < most && is_dirty(first - 1))
		first--;
	while (end < root()->blocks && end - first < most && is_dirty(end))
		end++;
	for (uint32_t i = 0; i < end - first; i++)
		frames[i] = cache_find(VOLUME_ROOT, first + i);
	writeback.under_way++;
	if (disk_write(VOLUME_ROOT, first, frames, end - first))
		return 1;
	writeback.under_way--;
	return 0;
}

static void write_more(void)
{
	for (;; writeback.hand++) {
		writeback.hand = cache_next_dirty(writeback.hand);
		if (writeback.hand == stable.head->frame_count)
			break;
		/* If not now, then at the end of a write that is under way. */
		if (!write_around(writeback.hand))
			return;
	}
	if (writeback.under_way)
		return;
	writeback.phase = FLUSH;
	flush();
}

static void round_begin(void)
{
	writeback.hand = 0;
	writeback.errors = 0;
	writeback.phase = writeback.marked ? WRITE : MARK;
	if (writeback.phase == MARK)
		write_super(root()->super->state & ~EXT2_VALID);
}

static void round_end(void)
{
	writeback.phase = IDLE;
	writeback.rounds++;
	writeback.failed += writeback.errors != 0;
	event_signal(&writeback.progress);
}

/* If nothing is left, the disk is as it should be, and stays so until the next round. */
static void round_clean(void)
{
	if (cache_dirty_count() || writeback.errors || stable.head->was_unclean) {
		round_end();
		return;
	}
	writeback.phase = CLEAN;
	writeback.marked = 0;
	write_super(root()->super->state | EXT2_VALID);
}

/* What comes after what was under way. */
static void advance(void)
{
	switch (writeback.phase) {
	case IDLE:
		round_begin();
		return;
	case MARK:
		writeback.marked = 1;
		writeback.phase = WRITE;
		/* fall through */
	case WRITE:
		write_more();
		return;
	case FLUSH:
		round_clean();
		return;
	case CLEAN:
		writeback.phase = FLUSH_CLEAN;
		flush();
		return;
	case FLUSH_CLEAN:
		round_end();
		return;
	}
}

/* Requests may fail at once: then there is nothing to wait for. */
static void step(void)
{
	if (writeback.stepping || !can_write())
		return;
	writeback.stepping = 1;
	do {
		advance();
	} while (writeback.phase == IDLE ? writeback.wanted > writeback.rounds : !writeback.under_way);
	writeback.stepping = 0;
	if (writeback.phase == IDLE)
		writeback_consider();
}

void writeback_done(status_t status)
{
	writeback.under_way--;
	writeback.errors += status != STATUS_OK;
	event_signal(&writeback.progress);
	if (writeback.phase == WRITE || !writeback.under_way)
		step();
}

/* ---- when ---- */

void writeback_consider(void)
{
	uint32_t dirty = cache_dirty_count();

	if ((!dirty && !mapped_stored) || !can_write())
		return;
	/* After a failure, not at once again. */
	if (writeback.phase == IDLE && dirty > stable.head->frame_count / 4 && !writeback.errors) {
		step();
	} else if (!writeback.armed) {
		writeback.armed = 1;
		server_deadline(time_now_ns() + DELAY_NS);
	}
}

void writeback_timeout(void)
{
	writeback.armed = 0;
	mapped_fetch_all();
	if (writeback.phase == IDLE && cache_dirty_count())
		step();
	else
		writeback_consider();
}

status_t writeback_sync(struct call *call)
{
	uint64_t target = writeback.rounds + (writeback.phase == IDLE ? 1 : 2);
	uint32_t failed = writeback.failed;

	if (!can_write() || (!cache_dirty_count() && !writeback.marked && writeback.phase == IDLE))
		return STATUS_OK;
	if (writeback.wanted < target)
		writeback.wanted = target;
	if (writeback.phase == IDLE)
		step();
	while (writeback.rounds < target)
		disk_wait(VOLUME_ROOT, &writeback.progress, call);
	return writeback.failed == failed ? STATUS_OK : STATUS_ERRNO(E_IO);
}

status_t writeback_wait(struct call *call)
{
	uint32_t failed = writeback.failed;

	if (!can_write())
		return STATUS_ERRNO(E_IO);
	if (writeback.phase == IDLE)
		step();
	if (writeback.phase != IDLE)
		disk_wait(VOLUME_ROOT, &writeback.progress, call);
	return writeback.failed == failed ? STATUS_OK : STATUS_ERRNO(E_IO);
}
