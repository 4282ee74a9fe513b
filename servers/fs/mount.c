/* SPDX-License-Identifier: MIT */
#include "servers/fs/mount.h"

uint32_t mount_count, mount_detached;

void mounts_start(void)
{
	mount_count = mount_detached = 0;
	stable.mounts[0].kind = FS_MOUNT_ROOT;
	for (uint32_t i = 1; i < MOUNTED; i++) {
		if (!stable.mounts[i].kind)
			continue;
		mount_count = i;
		mount_detached += !stable.mounts[i].at;
	}
}

status_t place_inode(uint64_t place, struct inode *inode)
{
	status_t status = inode_get((uint32_t)(place >> 32) & 0xffff, (uint32_t)place, inode);

	inode->mount = PLACE_MOUNT(place);
	return status;
}

const struct mounted *mount_at(uint64_t place)
{
	for (uint32_t i = 1; i <= mount_count; i++) {
		if (stable.mounts[i].at == place && stable.mounts[i].kind)
			return &stable.mounts[i];
	}
	return 0;
}

int mount_covers(const struct inode *inode)
{
	uint64_t place = PLACE(0, inode->volume->number, inode->number);

	for (uint32_t i = 1; i <= mount_count; i++) {
		if (stable.mounts[i].kind && stable.mounts[i].at << 16 == place << 16)
			return 1;
	}
	return 0;
}

const struct mounted *mount_of_root(const struct inode *inode)
{
	const struct mounted *mount = &stable.mounts[inode->mount];

	return inode->mount && mount->root == place_of(inode) ? mount : 0;
}

status_t mount_outside(struct inode *directory)
{
	const struct mounted *mount;
	status_t status = STATUS_OK;

	/* Each stands outside of the ones above it: there are no circles. */
	while (status == STATUS_OK && (mount = mount_of_root(directory)) && mount->at)
		status = place_inode(mount->at, directory);
	return status;
}

uint32_t mount_filesystem(const struct inode *inode)
{
	return inode->mount ? stable.mounts[inode->mount].filesystem : inode->volume->number;
}
