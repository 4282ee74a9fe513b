/* SPDX-License-Identifier: MIT */
#include "servers/fs/disk.h"

#include "libipc/proto/block.h"
#include "libipc/proto/errno.h"
#include "libipc/string.h"
#include "servers/fs/volume.h"
#include "servers/fs/writeback.h"

#define RUN_BLOCKS   (BLOCK_REQUEST_BYTES / 1024)
#define KIND_MAX     (BLOCK_TAGS / 2)    /* reads, or writes and flushes, under way at once */

enum request_state { REQUEST_FREE, REQUEST_QUEUED, REQUEST_SUBMITTED, REQUEST_DONE };

/* Its place in the table is its tag at the driver. */
struct request {
	enum request_state state;
	enum block_direction direction;
	uint32_t block, count;
	uint32_t stale;                  /* a read of what was written meanwhile: does not count */
	uint32_t waiting;                /* handlers that will look at `status` */
	status_t status;
	struct event done;
	uint32_t frames[RUN_BLOCKS];
};

struct disk {
	struct session session;
	uint32_t volume, block_bytes, block_shift;
	uint32_t under_way[2];           /* reads; writes and flushes */
	struct request requests[BLOCK_TAGS];
};
static struct disk disks[DISKS];

/* Where blocks of one request stand in a row: drivers take and give whole requests. */
static uint8_t staging[BLOCK_REQUEST_BYTES] __attribute__((aligned(4096)));

static const char *const driver_names[DISKS] = { "virtio_blk", "virtio_blk1" };

/* Some request slot is free again. */
static struct event progress;

uint64_t disk_start(uint32_t volume, int *read_only)
{
	struct disk *disk = &disks[volume];
	struct block_info_reply info;

	disk->volume = volume;
	disk->session = service_session(driver_names[volume]);
	if (!disk->session.slot)
		return 0;
	if (block_reset(&disk->session, &(struct block_reset_request){}, &(struct block_reset_reply){},
			0) != STATUS_OK)
		return 0;
	if (block_info(&disk->session, &(struct block_info_request){}, &info, 0) != STATUS_OK ||
	    !(info.flags & BLOCK_PRESENT))
		return 0;
	*read_only = (info.flags & BLOCK_READ_ONLY) != 0;
	return info.sectors * BLOCK_SECTOR_BYTES;
}

void disk_blocks(uint32_t volume, uint32_t block_bytes)
{
	disks[volume].block_bytes = block_bytes;
	disks[volume].block_shift = (uint32_t)__builtin_ctz(block_bytes);
}

status_t disk_peek(uint32_t volume, uint64_t offset, void *to, uint32_t bytes)
{
	struct session *session = &disks[volume].session;
	struct block_submit_request submit = {
		.sector = offset / BLOCK_SECTOR_BYTES, .sectors = bytes / BLOCK_SECTOR_BYTES,
		.direction = BLOCK_READ,
	};
	struct block_collect_reply done = { .done = 0 };
	struct block_fetch_reply fetched;
	status_t status;

	/* A driver that is restarted in between forgets it: submit again. */
	do {
		status = block_submit(session, &submit, &(struct block_submit_reply){}, 0);
		if (status == STATUS_OK)
			status = block_collect(session, &(struct block_collect_request){ 1 }, &done, 0);
		if (status != STATUS_OK)
			return status;
		if (!done.done)
			continue;
		if (done.tag[0].error)
			return STATUS_ERRNO(E_IO);
		status = block_fetch(session, &(struct block_fetch_request){ 0 }, &fetched,
				     LEND_OUT(to, bytes));
	} while (!done.done || status == STATUS_ERRNO(E_NOENT));
	return status;
}

/* ---- one request ---- */

static struct request *request_take(struct disk *disk, enum block_direction direction)
{
	if (disk->under_way[direction != BLOCK_READ] == KIND_MAX)
		return 0;
	for (uint32_t i = 0; i < BLOCK_TAGS; i++) {
		struct request *request = &disk->requests[i];

		if (request->state != REQUEST_FREE)
			continue;
		request->direction = direction;
		request->count = request->stale = 0;
		request->status = STATUS_OK;
		return request;
	}
	return 0;
}

static void request_free(struct request *request)
{
	request->state = REQUEST_FREE;
	event_signal(&progress);
}

static void read_done(struct disk *disk, struct request *request)
{
	for (uint32_t i = 0; i < request->count; i++) {
		uint32_t block = request->block + i;

		/* Somebody may have made it anew in the meantime. */
		if (request->status == STATUS_OK && !request->stale &&
		    !cache_has(disk->volume, block))
			cache_insert(request->frames[i], disk->volume, block, FRAME_CLEAN);
		else
			cache_give_back(request->frames[i]);
	}
}

static void complete(struct disk *disk, struct request *request, status_t status)
{
	request->status = status;
	disk->under_way[request->direction != BLOCK_READ]--;
	if (status != STATUS_OK)
		fs_log(disk->volume, request->direction == BLOCK_READ ? "cannot read block" :
		       "cannot write block", request->block);
	request->state = REQUEST_DONE;
	if (request->direction == BLOCK_READ) {
		read_done(disk, request);
	} else {
		for (uint32_t i = 0; i < request->count; i++)
			cache_written(request->frames[i], status);
	}
	event_signal(&request->done);
	if (!request->waiting)
		request_free(request);
	if (request->direction != BLOCK_READ)
		writeback_done(status);
}

/* Frames' contents in a row, if they are not already. */
static const uint8_t *gather(const struct disk *disk, const struct request *request)
{
	if (request->count == 1)
		return cache_data(request->frames[0]);
	for (uint32_t i = 0; i < request->count; i++)
		memcpy(staging + i * disk->block_bytes, cache_data(request->frames[i]), disk->block_bytes);
	return staging;
}

static void submit(struct disk *disk, struct request *request)
{
	uint32_t bytes = request->count << disk->block_shift;
	struct block_submit_request what = {
		.sector = ((uint64_t)request->block << disk->block_shift) / BLOCK_SECTOR_BYTES,
		.sectors = bytes / BLOCK_SECTOR_BYTES,
		.direction = (uint16_t)request->direction,
		.tag = (uint16_t)(request - disk->requests),
	};
	struct block_submit_reply reply;
	status_t status;

	if (request->state == REQUEST_FREE)
		disk->under_way[request->direction != BLOCK_READ]++;
	request->state = REQUEST_SUBMITTED;
	if (request->direction == BLOCK_WRITE)
		status = block_submit(&disk->session, &what, &reply,
				      LEND_IN(gather(disk, request), bytes));
	else
		status = block_submit(&disk->session, &what, &reply, 0);
	if (status == STATUS_ERRNO(E_AGAIN))
		request->state = REQUEST_QUEUED;
	else if (status != STATUS_OK)
		complete(disk, request, STATUS_ERRNO(E_IO));
}

static int overlaps(const struct request *request, uint32_t block, uint32_t count)
{
	return request->state != REQUEST_FREE && request->state != REQUEST_DONE &&
		request->block < block + count && block < request->block + request->count;
}

/* ---- what the drivers tell ---- */

static void fetch(struct disk *disk, struct request *request)
{
	uint32_t bytes = request->count << disk->block_shift;
	uint8_t *to = request->count == 1 ? cache_data(request->frames[0]) : staging;
	struct block_fetch_request what = { (uint64_t)(request - disk->requests) };
	struct block_fetch_reply reply;
	status_t status = block_fetch(&disk->session, &what, &reply, LEND_OUT(to, bytes));

	if (status == STATUS_ERRNO(E_NOENT)) {
		submit(disk, request);
		return;
	}
	if (status == STATUS_OK && request->count > 1) {
		for (uint32_t i = 0; i < request->count; i++)
			memcpy(cache_data(request->frames[i]), staging + i * disk->block_bytes,
			       disk->block_bytes);
	}
	complete(disk, request, status == STATUS_OK ? STATUS_OK : STATUS_ERRNO(E_IO));
}

static void collect(struct disk *disk, uint64_t wait)
{
	struct block_collect_reply reply;

	do {
		if (block_collect(&disk->session, &(struct block_collect_request){ wait }, &reply, 0) !=
		    STATUS_OK)
			return;
		wait = 0;
		for (uint32_t i = 0; i < reply.done && i < BLOCK_COLLECT; i++) {
			struct request *request = &disk->requests[reply.tag[i].tag % BLOCK_TAGS];

			if (request->state != REQUEST_SUBMITTED)
				continue;
			if (reply.tag[i].error)
				complete(disk, request, STATUS_ERRNO(E_IO));
			else if (request->direction == BLOCK_READ)
				fetch(disk, request);
			else
				complete(disk, request, STATUS_OK);
		}
	} while (reply.done == BLOCK_COLLECT);
}

void disk_notified(uint32_t bits)
{
	for (uint32_t volume = 0; volume < DISKS; volume++) {
		struct disk *disk = &disks[volume];
		int restarted = (bits & NOTIFY_DRIVER(volume)) != 0;

		if (!(bits & (NOTIFY_DISK(volume) | NOTIFY_DRIVER(volume))) || !disk->session.slot)
			continue;
		collect(disk, 0);
		for (uint32_t i = 0; i < BLOCK_TAGS; i++) {
			struct request *request = &disk->requests[i];

			if (request->state == REQUEST_QUEUED ||
			    (restarted && request->state == REQUEST_SUBMITTED))
				submit(disk, request);
		}
	}
}

/* ---- reading ---- */

static struct request *read_under_way(struct disk *disk, uint32_t block, uint32_t count)
{
	for (uint32_t i = 0; i < BLOCK_TAGS; i++) {
		struct request *request = &disk->requests[i];

		if (request->direction == BLOCK_READ && overlaps(request, block, count))
			return request;
	}
	return 0;
}

/* Reads the first of these blocks, and those behind it for which there is room. 0: none. */
static struct request *read_begin(struct disk *disk, struct missing what)
{
	struct request *request = request_take(disk, BLOCK_READ);

	if (!request)
		return 0;
	request->block = what.block;
	while (request->count < what.blocks && request->count < RUN_BLOCKS) {
		uint32_t block = what.block + request->count, frame;

		if (cache_has(disk->volume, block) || read_under_way(disk, block, 1))
			break;
		frame = cache_take();
		if (frame == FRAME_NONE)
			break;
		request->frames[request->count++] = frame;
	}
	if (!request->count)
		return 0;
	submit(disk, request);
	return request;
}

/* Where no fibre can be had any more, the whole service waits. */
void disk_wait(uint32_t volume, struct event *event, struct call *call)
{
	if (event_wait_anyway(event, call) != STATUS_OK)
		collect(&disks[volume], 1);
}

status_t disk_load(struct call *call)
{
	struct missing what = cache_missing;
	struct disk *disk = &disks[what.volume];
	struct request *request;
	status_t status;

	if (!what.blocks)
		return writeback_wait(call);
	request = read_under_way(disk, what.block, 1);
	if (!request)
		request = read_begin(disk, what);
	if (!request) {
		if (disk->under_way[0] < KIND_MAX)
			return writeback_wait(call);
		disk_wait(what.volume, &progress, call);
		return STATUS_OK;
	}
	request->waiting++;
	while (request->state != REQUEST_DONE)
		disk_wait(what.volume, &request->done, call);
	status = request->status;
	if (!--request->waiting)
		request_free(request);
	return status;
}

void disk_read_ahead(struct missing what)
{
	struct disk *disk = &disks[what.volume];

	if (!read_under_way(disk, what.block, 1))
		read_begin(disk, what);
}

/* ---- writing ---- */

int disk_write(uint32_t volume, uint32_t block, const uint32_t *frames, uint32_t count)
{
	struct disk *disk = &disks[volume];
	struct request *request;

	for (uint32_t i = 0; i < BLOCK_TAGS; i++) {
		request = &disk->requests[i];
		if (!overlaps(request, block, count))
			continue;
		if (request->direction == BLOCK_WRITE)
			return 0;
		if (request->direction == BLOCK_READ)
			request->stale = 1;
	}
	request = request_take(disk, BLOCK_WRITE);
	if (!request)
		return 0;
	request->block = block;
	request->count = count;
	for (uint32_t i = 0; i < count; i++) {
		request->frames[i] = frames[i];
		cache_writing(frames[i]);
	}
	submit(disk, request);
	return 1;
}

int disk_flush(uint32_t volume)
{
	struct request *request = request_take(&disks[volume], BLOCK_FLUSH);

	if (!request)
		return 0;
	request->block = 0;
	submit(&disks[volume], request);
	return 1;
}
