/* SPDX-License-Identifier: MIT */
/*
 * The file system: ext2 on a disk, seen through a cache that outlives this server (README.md). This
 * file is the service as the library sees it; the handlers are in on_*.c.
 */
#include "libipc/watch.h"
#include "servers/fs/disk.h"
#include "servers/fs/lock.h"
#include "servers/fs/orphan.h"
#include "servers/fs/mapped.h"
#include "servers/fs/memory.h"
#include "servers/fs/mount.h"
#include "servers/fs/notify.h"
#include "servers/fs/operation.h"
#include "servers/fs/writeback.h"

static void *take(uint64_t bytes)
{
	return arena_allocate(bytes, 64);
}

/* The superblock's frame stays where it is; it may be newer than the disk. */
static status_t pin_super(uint32_t volume, uint32_t block_bytes, struct ext2_super **super)
{
	uint32_t block = block_bytes == EXT2_SUPER_OFFSET;
	uint8_t *data;
	status_t status;

	disk_blocks(volume, block_bytes);
	for (;;) {
		log_begin();
		status = cache_get(volume, block, &data);
		if (status != (status_t)FS_MISSING)
			break;
		status = disk_load(0);
		if (status != STATUS_OK)
			return status;
	}
	cache_pin(cache_find(volume, block));
	*super = (struct ext2_super *)(data + (block ? 0 : EXT2_SUPER_OFFSET));
	return STATUS_OK;
}

static const char *open_from(uint32_t volume, uint64_t bytes, int read_only)
{
	static struct ext2_super first;
	struct ext2_super *super;
	const char *wrong;

	if (disk_peek(volume, EXT2_SUPER_OFFSET, &first, sizeof(first)) != STATUS_OK)
		return "cannot read the superblock";
	wrong = volume_open(volume, &first, bytes, read_only);
	if (wrong)
		return wrong;
	volumes[volume].present = 0;
	if (pin_super(volume, volumes[volume].block_bytes, &super) != STATUS_OK)
		return "cannot read the superblock";
	return volume_open(volume, super, bytes, read_only || volume == VOLUME_EXTRA);
}

/* A volume that cannot be opened is not there; the log says why. */
static void open_volume(uint32_t volume, uint32_t generation)
{
	int read_only = 0;
	uint64_t bytes = disk_start(volume, &read_only);
	const char *wrong = bytes < 2 * EXT2_SUPER_OFFSET ? 0 : open_from(volume, bytes, read_only);

	if (wrong) {
		fs_log(volume, wrong, bytes);
		return;
	}
	if (generation || volume != VOLUME_ROOT || !volumes[volume].present)
		return;
	stable.head->was_unclean = !(volumes[volume].super->state & EXT2_VALID);
	if (stable.head->was_unclean)
		fs_log(volume, "was not left clean, e2fsck should look at it", bytes);
}

static status_t start(uint32_t generation)
{
	uint64_t bytes;
	void *memory = stable_memory(&bytes);
	status_t status = stable_open(memory, bytes);

	if (status != STATUS_OK)
		return status;
	log_undo();
	status = cache_start(take);
	if (status == STATUS_OK)
		status = records_start(take);
	if (status == STATUS_OK)
		status = names_start(take);
	if (status == STATUS_OK)
		status = index_start(take);
	if (status != STATUS_OK)
		return status;
	locks_start(record_is_held);
	notify_start(record_is_held);
	for (uint32_t volume = 0; volume < DISKS; volume++)
		open_volume(volume, generation);
	if (stable.head->read_only)
		volumes[VOLUME_ROOT].read_only = 1;
	memory_volume_start();
	mounts_start();
	mapped_start();
	for (uint32_t i = 0; i < VOLUMES; i++)
		orphan_stir(i);
	writeback_start();
	operation_reclaim(0);
	writeback_consider();
	return STATUS_OK;
}

static void client_dead(unsigned client)
{
	client_stranger(client % CLIENT_MAX);
	operation_closing_all(client % CLIENT_MAX);
	stable.roots[client % CLIENT_MAX] = 0;
	locks_release_all(client % CLIENT_MAX);
	watch_drop(stable.watch, client % CLIENT_MAX);
	records_release_all(client % CLIENT_MAX);
	operation_reclaim(0);
}

SERVER_TABLE(fs, FS_INTERFACE)

const struct service service = {
	.name = "fs",
	.operations = fs_operations,
	.operation_count = fs_operation_count,
	.start = start,
	.notified = disk_notified,
	.client_dead = client_dead,
	.timeout = writeback_timeout,
};
