/* SPDX-License-Identifier: MIT */
/* The end of mounts: who uses them, and what becomes of a file system in memory. */
#include "servers/fs/directory.h"
#include "servers/fs/mount.h"
#include "servers/fs/operation.h"
#include "servers/fs/orphan.h"
#include "servers/fs/tree.h"

/* ---- a file system in memory that nobody knows any more ---- */

static int is_dots(const struct ext2_entry *entry)
{
	return entry->name[0] == '.' && (entry->name_bytes == 1 ||
					 (entry->name_bytes == 2 && entry->name[1] == '.'));
}

/*
 * Takes one name away, from the directory or from one below it, as deep as there are any.
 * FS_MORE: it did.
 */
static status_t clear_one(struct inode directory)
{
	for (;;) {
		struct cursor cursor = { &directory, 0, 0, 1 };
		const struct ext2_entry *entry;
		struct inode child;
		uint32_t empty = 1;
		status_t status;

		do
			status = cursor_next(&cursor, &entry);
		while (status == STATUS_OK && entry && is_dots(entry));
		if (status != STATUS_OK || !entry)
			return status;
		status = inode_get(directory.volume->number, entry->inode, &child);
		if (status == STATUS_OK && inode_is_directory(&child))
			status = directory_is_empty(&child, &empty);
		if (status != STATUS_OK)
			return status;
		if (empty) {
			struct name name = name_of(entry->name, entry->name_bytes);

			status = directory_remove(&directory, &name);
			if (status != STATUS_OK)
				return status;
			inode_change(&child);
			child.disk->links = inode_is_directory(&child) || child.disk->links < 2 ?
				0 : child.disk->links - 1;
			if (!child.disk->links)
				orphan_add(&child);
			return FS_MORE;
		}
		directory = child;
	}
}

/* Nobody knows the directory any more: what is in it goes, then it itself. */
static status_t clear_once(uint64_t root)
{
	struct inode inode;
	status_t status = place_inode(root, &inode);

	if (status == STATUS_OK)
		status = clear_one(inode);
	if (status != STATUS_OK)
		return status;
	inode_change(&inode);
	inode.disk->links = 0;
	orphan_add(&inode);
	return STATUS_OK;
}

/* Does another row show the same file system? */
static int is_shown(const struct mounted *gone)
{
	for (uint32_t i = 1; i < MOUNTED; i++) {
		const struct mounted *row = &stable.mounts[i];

		if (row != gone && row->kind && row->filesystem == gone->filesystem)
			return 1;
	}
	return 0;
}

/* The row is free in the same transaction in which the last of its file system goes. */
static status_t free_once(struct mounted *row)
{
	status_t status = STATUS_OK;

	if (!row->kind || row->at)
		return STATUS_OK;
	if (row->top && !is_shown(row))
		status = clear_once(PLACE(0, VOLUME_MEMORY, row->top));
	if (status == STATUS_OK)
		LOG_SET(row->kind, 0);
	return status;
}

/* ---- use ---- */

/* Is a file of that mount open, or anything mounted in it? */
static int is_used(const struct mounted *mount)
{
	uint32_t row = (uint32_t)(mount - stable.mounts);

	for (uint32_t i = 0; i < stable.head->record_count; i++) {
		uint64_t handle = (uint64_t)stable.records[i].tag << 32 | i;

		if (stable.records[i].mount == row && record_is_held(handle))
			return 1;
	}
	for (uint32_t i = 1; i < MOUNTED; i++) {
		if (stable.mounts[i].kind && PLACE_MOUNT(stable.mounts[i].at) == row)
			return 1;
	}
	return 0;
}

void mounts_reclaim(void)
{
	for (uint32_t i = 1; i < MOUNTED; i++) {
		struct mounted *row = &stable.mounts[i];
		status_t status;

		if (!row->kind || row->at || is_used(row))
			continue;
		operation_begin();
		do
			status = free_once(row);
		while (operation_again(0, &status, 0, 0));
		mounts_start();
	}
}

/* ---- unmount ---- */

/* What is mounted in it goes too: rows behind it that stand in one that went. */
static void detach(uint32_t row)
{
	uint32_t again = 1;

	log_save(stable.mounts, MOUNTED * sizeof(struct mounted));
	stable.mounts[row].at = 0;
	while (again) {
		again = 0;
		for (uint32_t i = 1; i < MOUNTED; i++) {
			struct mounted *child = &stable.mounts[i];
			uint32_t parent = PLACE_MOUNT(child->at);

			if (!child->kind || !child->at || !parent || stable.mounts[parent].at)
				continue;
			child->at = 0;
			again = 1;
		}
	}
}

static status_t end_mount(uint32_t row, uint32_t flags, uint32_t *said)
{
	struct mounted *mount = &stable.mounts[row];

	if (flags & FS_UNMOUNT_DETACH) {
		detach(row);
		return STATUS_OK;
	}
	if (is_used(mount))
		return STATUS_ERRNO(E_BUSY);
	*said = flags & FS_UNMOUNT_EXPIRE && !(mount->flags & MOUNTED_EXPIRING);
	if (*said)
		LOG_SET(mount->flags, mount->flags | MOUNTED_EXPIRING);
	else
		LOG_SET(mount->at, 0);
	return STATUS_OK;
}

/* *said: EXPIRE, for the first time. */
static status_t unmount_once(struct call *call, const struct fs_unmount_request *request,
			     struct fs_crossing *crossing, uint32_t *said)
{
	struct walk walk;
	status_t status = call_walk(call, (struct path_request){ request->directory,
				    request->path_bytes, 0, request->walk & FS_NOFOLLOW }, &walk,
				    crossing);

	*said = 0;
	if (status != STATUS_OK)
		return status;
	if (crossing->crossed && (!walk.entered || walk.rest_bytes))
		return call_cross(call, &walk);
	*crossing = (struct fs_crossing){ 0, 0 };
	if (!walk.crossed && !walk.found.disk)
		return STATUS_ERRNO(E_NOENT);
	if (!credentials_can(walk.who, CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	if (walk.crossed)
		return end_mount(walk.entered, request->flags, said);
	if (is_root(&walk.found))
		return STATUS_ERRNO(E_BUSY);
	if (!mount_of_root(&walk.found))
		return STATUS_ERRNO(E_INVAL);
	return end_mount(walk.found.mount, request->flags, said);
}

status_t on_unmount(struct call *call, const struct fs_unmount_request *request,
		    struct fs_unmount_reply *reply)
{
	uint32_t said;
	status_t status;

	operation_begin();
	do
		status = unmount_once(call, request, &reply->crossing, &said);
	while (operation_again(call, &status, reply, sizeof(*reply)));
	mounts_start();
	if (status == STATUS_OK)
		operation_reclaim(call);
	return status;
}
