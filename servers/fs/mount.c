/* SPDX-License-Identifier: MIT */
#include "servers/fs/mount.h"

uint32_t mount_count;

void mounts_start(void)
{
	mount_count = 0;
	for (uint32_t i = 0; i < MOUNTED; i++)
		mount_count += stable.mounts[i].at != 0;
}

const struct mounted *mount_at(uint64_t key)
{
	for (uint32_t i = 0; mount_count && i < MOUNTED; i++) {
		if (stable.mounts[i].at == key)
			return &stable.mounts[i];
	}
	return 0;
}

const struct mounted *mount_of_root(uint64_t key)
{
	for (uint32_t i = 0; mount_count && i < MOUNTED; i++) {
		if (stable.mounts[i].at && stable.mounts[i].root == key)
			return &stable.mounts[i];
	}
	return 0;
}

status_t mount_outside(struct inode *directory)
{
	const struct mounted *mount;
	status_t status = STATUS_OK;

	/* Each stands outside of the ones above it: there are no circles. */
	while (status == STATUS_OK && (mount = mount_of_root(mount_key(directory))))
		status = inode_get((uint32_t)(mount->at >> 32), (uint32_t)mount->at, directory);
	return status;
}
