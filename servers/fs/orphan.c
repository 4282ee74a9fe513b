/* SPDX-License-Identifier: MIT */
#include "servers/fs/orphan.h"

#include "servers/fs/map.h"
#include "servers/fs/mapped.h"
#include "servers/fs/notify.h"
#include "servers/fs/record.h"

/* More would be a circle. */
#define ORPHANS_MAX 65536u

/* By volume: every inode of the list is open. Volatile: not set, one looks. */
static uint8_t quiet[VOLUMES];

void orphan_stir(uint32_t volume)
{
	quiet[volume] = 0;
}

void orphan_add(const struct inode *inode)
{
	struct ext2_super *super = inode->volume->super;

	orphan_stir(inode->volume->number);

	inode_change(inode);
	inode->disk->deleted = super->last_orphan;
	CACHE_CHANGE(super->last_orphan, inode->number);
}

void orphan_give_up(struct volume *volume)
{
	CACHE_CHANGE(volume->super->last_orphan, 0);
}

/* The first one that is not open, and what points to it; no disk: there is none. */
static status_t find(struct volume *volume, struct inode *inode, uint32_t **link)
{
	*link = &volume->super->last_orphan;
	for (uint32_t n = 0; **link && n < ORPHANS_MAX; n++) {
		status_t status = inode_get(volume->number, **link, inode);

		if (status != STATUS_OK)
			return status;
		if (inode->disk->links || inode->number < volume->first_inode)
			return volume_damaged(volume, "list of orphans", inode->number);
		if (!inode_keep_orphan(volume->number, inode->number))
			return STATUS_OK;
		*link = &inode->disk->deleted;
	}
	inode->disk = 0;
	quiet[volume->number] = !**link;
	return **link ? volume_damaged(volume, "list of orphans", **link) : STATUS_OK;
}

status_t orphan_remove(const struct inode *inode)
{
	struct volume *volume = inode->volume;
	uint32_t *link = &volume->super->last_orphan;

	for (uint32_t n = 0; *link && n < ORPHANS_MAX; n++) {
		struct inode other;
		status_t status;

		if (*link == inode->number) {
			CACHE_CHANGE(*link, inode->disk->deleted);
			inode_change(inode);
			inode->disk->deleted = 0;
			return STATUS_OK;
		}
		status = inode_get(volume->number, *link, &other);
		if (status != STATUS_OK)
			return status;
		link = &other.disk->deleted;
	}
	return volume_damaged(volume, "list of orphans", inode->number);
}

/* One reference less to the block with its extended attributes. */
static status_t drop_attributes(const struct inode *inode)
{
	struct ext2_attributes *attributes;
	uint32_t block = inode->disk->attributes;
	uint8_t *data;
	status_t status;

	if (!block)
		return STATUS_OK;
	status = volume_block(inode->volume, block, &data);
	if (status != STATUS_OK)
		return status;
	attributes = (struct ext2_attributes *)data;
	if (attributes->magic != EXT2_ATTRIBUTES_MAGIC || !attributes->references)
		return volume_damaged(inode->volume, "extended attributes of inode", inode->number);
	if (attributes->references == 1)
		return block_free(inode->volume, block);
	CACHE_CHANGE(attributes->references, attributes->references - 1);
	return STATUS_OK;
}

static int has_blocks(const struct inode *inode)
{
	uint32_t type = inode_type(inode);
	uint32_t own = inode->disk->attributes ? inode->volume->block_bytes >> 9 : 0;

	return type == FS_REGULAR || type == FS_DIRECTORY ||
		(type == FS_SYMLINK && inode->disk->sectors != own);
}

status_t orphan_reclaim(struct volume *volume)
{
	struct inode inode;
	uint64_t end = 0;
	uint32_t *link;
	status_t status;

	if (quiet[volume->number])
		return STATUS_OK;
	status = find(volume, &inode, &link);
	if (status != STATUS_OK || !inode.disk)
		return status;
	if (mapped_count)
		mapped_gone(&inode);
	if (has_blocks(&inode)) {
		status = map_cut(&inode, 0, &end);
		inode_set_size(&inode, 0);
		if (status != STATUS_OK)
			return status;
	}
	status = drop_attributes(&inode);
	if (status == STATUS_OK)
		status = inode_number_free(volume, inode.number, inode_is_directory(&inode));
	if (status != STATUS_OK)
		return status;
	CACHE_CHANGE(*link, inode.disk->deleted);
	if (notify_count)
		notify_freed(&inode);
	inode_change(&inode);
	inode.disk->mode = 0;
	inode.disk->sectors = 0;
	inode.disk->attributes = 0;
	inode.disk->deleted = (uint32_t)(fs_now_ns() / 1000000000);
	return FS_MORE;
}
