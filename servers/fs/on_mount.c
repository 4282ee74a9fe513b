/* SPDX-License-Identifier: MIT */
/* Requests about mounts. */
#include "libipc/string.h"
#include "servers/fs/directory.h"
#include "servers/fs/mapped.h"
#include "servers/fs/mount.h"
#include "servers/fs/operation.h"
#include "servers/fs/orphan.h"
#include "servers/fs/writeback.h"

static struct mounted *free_row(void)
{
	for (uint32_t i = 0; i < MOUNTED; i++) {
		if (!stable.mounts[i].at)
			return &stable.mounts[i];
	}
	return 0;
}

/* An empty directory without a name, in the volume in memory: its mount is what holds it. */
static status_t make_root(struct call *call, uint32_t mode, uint64_t *key)
{
	struct inode top, made;
	status_t status = inode_get(VOLUME_MEMORY, EXT2_ROOT_INODE, &top);

	if (status == STATUS_OK)
		status = inode_make(&top, FS_DIRECTORY | (mode & FS_PERMISSIONS),
				    call_credentials(call), &made);
	if (status == STATUS_OK)
		status = directory_start(&made, EXT2_ROOT_INODE);
	if (status != STATUS_OK)
		return status;
	made.disk->links = 2;
	*key = mount_key(&made);
	return STATUS_OK;
}

static status_t root_of_kind(struct call *call, const struct fs_mount_request *request,
			     uint64_t *key)
{
	*key = 0;
	switch (request->kind) {
	case FS_MOUNT_MEMORY:
		return make_root(call, request->mode, key);
	case FS_MOUNT_DISK:
		*key = FS_SHARED_FILE(VOLUME_EXTRA, EXT2_ROOT_INODE);
		if (mount_of_root(*key))
			return STATUS_ERRNO(E_BUSY);
		return volumes[VOLUME_EXTRA].present ? STATUS_OK : STATUS_ERRNO(E_NODEV);
	case FS_MOUNT_DEV:
	case FS_MOUNT_PROC:
		return STATUS_OK;
	}
	return STATUS_ERRNO(E_NODEV);
}

static status_t mount_once(struct call *call, const struct fs_mount_request *request, char *text)
{
	struct mounted *row = free_row();
	struct record *record;
	struct inode inode;
	uint64_t key;
	status_t status;

	if (!credentials_can(call_credentials(call), CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	if (request->text_bytes > FS_MOUNT_TEXT)
		return STATUS_ERRNO(E_NAMETOOLONG);
	status = call_copy_in(call, 0, 0, text, request->text_bytes);
	if (status == STATUS_OK)
		status = call_record(call, request->handle, &record, &inode);
	if (status != STATUS_OK)
		return status;
	if (!inode_is_directory(&inode))
		return STATUS_ERRNO(E_NOTDIR);
	if (!row || inode.number == EXT2_ROOT_INODE)
		return STATUS_ERRNO(row ? E_BUSY : E_NOMEM);
	status = root_of_kind(call, request, &key);
	if (status != STATUS_OK)
		return status;
	log_save(row, sizeof(*row));
	row->root = key;
	row->kind = request->kind;
	memset(row->text, 0, sizeof(row->text));
	memcpy(row->text, text, request->text_bytes);
	row->text[FS_MOUNT_TEXT - 1] = 0;
	row->at = mount_key(&inode);
	return STATUS_OK;
}

status_t on_mount(struct call *call, const struct fs_mount_request *request,
		  struct fs_mount_reply *reply)
{
	static char text[FS_MOUNT_TEXT];
	status_t status;

	(void)reply;
	operation_begin();
	do
		status = mount_once(call, request, text);
	while (operation_again(call, &status, 0, 0));
	mounts_start();
	return status;
}

/* ---- the end of a mount ---- */

/* Is the directory, by way of its parents, below that root? */
static status_t is_inside(struct inode directory, uint64_t root, uint32_t *inside)
{
	struct name dots = name_of("..", 2);
	struct place place;
	status_t status = STATUS_OK;

	*inside = 0;
	for (uint32_t depth = 0; status == STATUS_OK && depth < 4096; depth++) {
		*inside = mount_key(&directory) == root;
		if (*inside || directory.number == EXT2_ROOT_INODE)
			break;
		status = directory_find(&directory, &dots, &place);
		if (status == STATUS_OK && place.entry)
			status = inode_get(directory.volume->number, place.entry->inode, &directory);
	}
	return status;
}

/* E_BUSY: something in it is open, or mounted. */
static status_t check_unused(const struct mounted *mount)
{
	uint32_t volume = (uint32_t)(mount->root >> 32), inside;
	struct inode inode;
	status_t status;

	if (mount->kind >= FS_MOUNT_DEV)
		return STATUS_OK;
	for (uint32_t i = 0; i < stable.head->record_count; i++) {
		const struct record *record = &stable.records[i];

		if (record->volume != volume || !record_is_held((uint64_t)record->tag << 32 | i))
			continue;
		status = inode_get(volume, record->inode, &inode);
		if (status == STATUS_OK && !inode_is_directory(&inode))
			status = inode_get(volume, record->parent, &inode);
		if (status == STATUS_OK && inode_is_directory(&inode))
			status = is_inside(inode, mount->root, &inside);
		if (status != STATUS_OK)
			return status;
		if (inside)
			return STATUS_ERRNO(E_BUSY);
	}
	return STATUS_OK;
}

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
	status_t status = inode_get((uint32_t)(root >> 32), (uint32_t)root, &inode);

	if (status == STATUS_OK)
		status = clear_one(inode);
	if (status != STATUS_OK)
		return status;
	inode_change(&inode);
	inode.disk->links = 0;
	orphan_add(&inode);
	return STATUS_OK;
}

static void clear(struct call *call, uint64_t root)
{
	status_t status;

	operation_begin();
	do
		status = clear_once(root);
	while (operation_again(0, &status, 0, 0));
	operation_reclaim(call);
}

/* The last one mounted at that path. */
static struct mounted *row_of_path(const char *path, uint64_t bytes)
{
	for (uint32_t i = MOUNTED; i-- > 0;) {
		struct mounted *row = &stable.mounts[i];
		const char *own = row->text + strnlen(row->text, FS_MOUNT_TEXT - 2) + 1;

		if (row->at && strlen(own) == bytes && !memcmp(own, path, bytes))
			return row;
	}
	return 0;
}

static status_t unmount_once(struct call *call, uint64_t bytes, struct mounted *old)
{
	static char path[FS_MOUNT_TEXT];
	struct mounted *row;
	status_t status;

	if (!credentials_can(call_credentials(call), CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	if (bytes >= sizeof(path))
		return STATUS_ERRNO(E_INVAL);
	status = call_copy_in(call, 0, 0, path, bytes);
	if (status != STATUS_OK)
		return status;
	row = row_of_path(path, bytes);
	if (!row)
		return STATUS_ERRNO(E_INVAL);
	status = check_unused(row);
	if (status != STATUS_OK)
		return status;
	*old = *row;
	LOG_SET(row->at, 0);
	return STATUS_OK;
}

/* A crash between the two leaves in memory what nobody finds: the end of the machine frees it. */
status_t on_unmount(struct call *call, const struct fs_unmount_request *request,
		    struct fs_unmount_reply *reply)
{
	struct mounted old;
	status_t status;

	(void)reply;
	operation_begin();
	do
		status = unmount_once(call, request->path_bytes, &old);
	while (operation_again(call, &status, 0, 0));
	mounts_start();
	if (status == STATUS_OK && old.kind == FS_MOUNT_MEMORY)
		clear(call, old.root);
	return status;
}

status_t on_mounts(struct call *call, const struct fs_mounts_request *request,
		   struct fs_mounts_reply *reply)
{
	uint64_t left = request->number;

	for (uint32_t i = 0; i < MOUNTED; i++) {
		if (!stable.mounts[i].at || left--)
			continue;
		reply->kind = stable.mounts[i].kind;
		reply->text_bytes = FS_MOUNT_TEXT;
		return call_copy_out(call, 0, 0, stable.mounts[i].text, FS_MOUNT_TEXT);
	}
	return STATUS_ERRNO(E_NOENT);
}

/* ---- the root ---- */

static int is_written(void)
{
	for (uint32_t i = 0; i < stable.head->record_count; i++) {
		const struct record *record = &stable.records[i];

		if (record->volume == VOLUME_ROOT && (record->flags & FS_OPEN_WRITE) &&
		    record_is_held((uint64_t)record->tag << 32 | i))
			return 1;
	}
	return 0;
}

status_t on_remount(struct call *call, const struct fs_remount_request *request,
		    struct fs_remount_reply *reply)
{
	struct volume *root = &volumes[VOLUME_ROOT];
	status_t status;

	(void)reply;
	if (!credentials_can(call_credentials(call), CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	if (!root->present || (root->read_only && !stable.head->read_only))
		return request->read_only ? STATUS_OK : STATUS_ERRNO(E_ROFS);
	if (request->read_only && !root->read_only) {
		if (is_written())
			return STATUS_ERRNO(E_BUSY);
		mapped_fetch_all();
		status = writeback_sync(call);
		if (status != STATUS_OK)
			return status;
	}
	stable.head->read_only = request->read_only != 0;
	root->read_only = stable.head->read_only;
	return STATUS_OK;
}
