/* SPDX-License-Identifier: MIT */
#include "servers/fs/tree.h"

#include "libipc/string.h"
#include "servers/fs/gone.h"
#include "servers/fs/map.h"
#include "servers/fs/mount.h"
#include "servers/fs/notify.h"
#include "servers/fs/orphan.h"
#include "servers/fs/record.h"

#define STICKY 01000u

/* May this name be made? */
static status_t check_new(const struct walk *walk)
{
	if (walk->found.disk || walk->fixed)
		return STATUS_ERRNO(E_EXIST);
	if (!walk->parent.disk->links)
		return STATUS_ERRNO(E_NOENT);
	if (inode_read_only(&walk->parent))
		return STATUS_ERRNO(E_ROFS);
	return inode_permits(&walk->parent, walk->who, FS_ACCESS_WRITE | FS_ACCESS_EXECUTE);
}

/* May this name be taken away? */
static status_t check_old(const struct walk *walk)
{
	uint32_t uid = walk->who->uid;
	status_t status;

	if (walk->fixed)
		return STATUS_ERRNO(E_BUSY);
	if (inode_read_only(&walk->parent))
		return STATUS_ERRNO(E_ROFS);
	if (!walk->found.disk)
		return STATUS_ERRNO(E_NOENT);
	status = inode_permits(&walk->parent, walk->who, FS_ACCESS_WRITE | FS_ACCESS_EXECUTE);
	if (status == STATUS_OK && (walk->parent.disk->mode & STICKY) &&
	    !credentials_can(walk->who, CAPABILITY_FOWNER) &&
	    uid != inode_uid(&walk->parent) && uid != inode_uid(&walk->found))
		return STATUS_ERRNO(E_PERM);
	return status == STATUS_OK && mount_count && mount_covers(&walk->found) ?
		STATUS_ERRNO(E_BUSY) : status;
}

status_t tree_create(const struct walk *walk, uint32_t mode, struct inode *made)
{
	status_t status = check_new(walk);

	if (status == STATUS_OK && walk->slash)
		status = STATUS_ERRNO(E_NOENT);
	if (status == STATUS_OK)
		status = inode_make(&walk->parent, mode, walk->who, made);
	if (status == STATUS_OK)
		status = directory_add(&walk->parent, &walk->name, &walk->place, made);
	if (status == STATUS_OK && notify_count)
		notify_name(&walk->parent, &walk->name, NOTIFY_CREATE, made);
	return status;
}

status_t tree_temporary(const struct walk *walk, uint32_t mode, struct inode *made)
{
	struct inode directory = walk->found;
	status_t status;

	if (!directory.disk)
		return STATUS_ERRNO(E_NOENT);
	if (!inode_is_directory(&directory))
		return STATUS_ERRNO(E_NOTDIR);
	status = inode_permits(&directory, walk->who, FS_ACCESS_WRITE | FS_ACCESS_EXECUTE);
	if (status == STATUS_OK)
		status = inode_make(&directory, FS_REGULAR | mode, walk->who, made);
	if (status != STATUS_OK)
		return status;
	made->disk->links = 0;
	orphan_add(made);
	return STATUS_OK;
}

status_t tree_make_node(const struct walk *walk, uint32_t mode, uint64_t device)
{
	uint32_t type = mode & FS_TYPE_MASK, major = (uint32_t)(device >> 32), minor = (uint32_t)device;
	struct inode made;
	status_t status;

	if (!type)
		mode |= FS_REGULAR;
	else if (type != FS_REGULAR && type != FS_FIFO && type != FS_SOCKET && type != FS_CHARACTER &&
		 type != FS_BLOCK)
		return STATUS_ERRNO(type == FS_DIRECTORY ? E_PERM : E_INVAL);
	if ((type == FS_CHARACTER || type == FS_BLOCK) &&
	    !credentials_can(walk->who, CAPABILITY_MKNOD))
		return STATUS_ERRNO(E_PERM);
	status = tree_create(walk, mode, &made);
	if (status != STATUS_OK || (type != FS_CHARACTER && type != FS_BLOCK))
		return status;
	/* Old form (8 + 8 bits) where it is enough, as Linux does; made is changed already. */
	if (major < 256 && minor < 256)
		made.disk->block[0] = major << 8 | minor;
	else
		made.disk->block[1] = (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12;
	return STATUS_OK;
}

status_t tree_make_directory(const struct walk *walk, uint32_t mode)
{
	struct inode made;
	status_t status = check_new(walk);

	if (status != STATUS_OK)
		return status;
	if (walk->parent.disk->links >= EXT2_LINK_MAX)
		return STATUS_ERRNO(E_MLINK);
	status = inode_make(&walk->parent, (mode & FS_PERMISSIONS) | FS_DIRECTORY, walk->who, &made);
	if (status == STATUS_OK)
		status = directory_start(&made, walk->parent.number);
	if (status == STATUS_OK)
		status = directory_add(&walk->parent, &walk->name, &walk->place, &made);
	if (status != STATUS_OK)
		return status;
	/* `.` there, and `..` here; directory_add has logged the parent. */
	made.disk->links = 2;
	walk->parent.disk->links++;
	if (notify_count)
		notify_name(&walk->parent, &walk->name, NOTIFY_CREATE, &made);
	return STATUS_OK;
}

status_t tree_symlink(const struct walk *walk, const char *text, uint32_t bytes)
{
	struct inode made;
	uint32_t block, fresh;
	uint8_t *data;
	status_t status;

	if (!bytes)
		return STATUS_ERRNO(E_NOENT);
	status = tree_create(walk, FS_SYMLINK | 0777, &made);
	if (status != STATUS_OK)
		return status;
	if (bytes >= made.volume->block_bytes)
		return STATUS_ERRNO(E_NAMETOOLONG);
	inode_set_size(&made, bytes);
	if (bytes < EXT2_FAST_SYMLINK) {
		memcpy(made.disk->block, text, bytes);
		return STATUS_OK;
	}
	status = map_make(&made, 0, &block, &fresh);
	if (status == STATUS_OK)
		status = cache_new(made.volume->number, block, &data);
	if (status == STATUS_OK)
		memcpy(data, text, bytes);
	return status;
}

status_t tree_link(const struct inode *file, const struct walk *walk, uint32_t fresh)
{
	status_t status = check_new(walk);

	if (status != STATUS_OK)
		return status;
	if (walk->slash)
		return STATUS_ERRNO(E_NOENT);
	if (file->volume != walk->parent.volume || file->mount != walk->parent.mount)
		return STATUS_ERRNO(E_XDEV);
	if (inode_is_directory(file))
		return STATUS_ERRNO(E_PERM);
	if (!file->disk->links && !fresh)
		return STATUS_ERRNO(E_NOENT);
	if (file->disk->links >= EXT2_LINK_MAX)
		return STATUS_ERRNO(E_MLINK);
	inode_change(file);
	file->disk->links++;
	inode_set_times(file, INODE_CHANGED, (int64_t)fs_now_ns());
	status = directory_add(&walk->parent, &walk->name, &walk->place, file);
	if (status == STATUS_OK && notify_count) {
		notify_inode(file, NOTIFY_ATTRIBUTES);
		notify_name(&walk->parent, &walk->name, NOTIFY_CREATE, file);
	}
	return status;
}

/* A name of the inode is gone: all of a directory's, if it was one. */
static void unlink_inode(const struct inode *inode, const struct name *name)
{
	if (inode_is_open(inode->volume->number, inode->number))
		gone_put(inode, name);
	inode_change(inode);
	if (inode_is_directory(inode) || inode->disk->links <= 1)
		inode->disk->links = 0;
	else
		inode->disk->links--;
	inode_set_times(inode, INODE_CHANGED, (int64_t)fs_now_ns());
	if (!inode->disk->links)
		orphan_add(inode);
}

/* The parent's count loses what the `..` of a directory was. */
static void unlink_parent(const struct inode *parent)
{
	inode_change(parent);
	if (parent->disk->links > 2)
		parent->disk->links--;
}

static status_t check_empty(const struct inode *directory)
{
	uint32_t empty;
	status_t status = directory_is_empty(directory, &empty);

	if (status == STATUS_OK && !empty)
		return STATUS_ERRNO(E_NOTEMPTY);
	return status;
}

status_t tree_remove(const struct walk *walk, uint32_t flags)
{
	const struct name *name = &walk->name;
	uint32_t is_directory;
	status_t status;

	/* rmdir of `.` and `..` has errors of its own. */
	if ((flags & FS_REMOVE_DIRECTORY) && walk->fixed && walk->parent.disk && name->text[0] == '.')
		return STATUS_ERRNO(name->bytes == 1 ? E_INVAL : E_NOTEMPTY);
	if (!(flags & FS_REMOVE_DIRECTORY) && walk->found.disk) {
		if (inode_is_directory(&walk->found))
			return STATUS_ERRNO(E_ISDIR);
		if (walk->slash)
			return STATUS_ERRNO(E_NOTDIR);
	}
	status = check_old(walk);
	if (status != STATUS_OK)
		return status;
	is_directory = inode_is_directory(&walk->found);
	if (is_directory != (flags & FS_REMOVE_DIRECTORY))
		return STATUS_ERRNO(E_NOTDIR);
	if (is_directory) {
		status = check_empty(&walk->found);
		if (status != STATUS_OK)
			return status;
		unlink_parent(&walk->parent);
	}
	status = directory_remove(&walk->parent, name);
	if (status != STATUS_OK)
		return status;
	unlink_inode(&walk->found, name);
	if (notify_count && !is_directory)
		notify_inode(&walk->found, NOTIFY_ATTRIBUTES);
	if (notify_count)
		notify_name(&walk->parent, name, NOTIFY_DELETE, &walk->found);
	return STATUS_OK;
}

/* ---- rename ---- */

/* Names are only moved within a mount. */
static int are_apart(const struct walk *from, const struct walk *to)
{
	return from->parent.volume != to->parent.volume || from->parent.mount != to->parent.mount;
}

status_t tree_is_below(struct inode directory, const struct inode *top, uint32_t *below)
{
	struct name dots = name_of("..", 2);
	struct place place;
	status_t status;

	/* Deeper than that cannot be told from a circle. */
	for (uint32_t depth = 0; depth < 65536; depth++) {
		*below = directory.number == top->number;
		if (*below || directory.number == EXT2_ROOT_INODE)
			return STATUS_OK;
		status = directory_find(&directory, &dots, &place);
		if (status != STATUS_OK)
			return status;
		if (!place.entry)
			break;
		status = inode_get(directory.volume->number, place.entry->inode, &directory);
		if (status != STATUS_OK)
			return status;
	}
	return volume_damaged(directory.volume, "parents of directory", directory.number);
}

/* Two names of one file: POSIX wants nothing to happen. */
static int is_same(const struct walk *from, const struct walk *to)
{
	return to->found.disk && from->found.number == to->found.number;
}

/* A directory that gets another parent is written to: its `..` changes. */
static status_t check_move(const struct walk *from, const struct walk *to)
{
	if (from->parent.number == to->parent.number || !from->found.disk ||
	    !inode_is_directory(&from->found))
		return STATUS_OK;
	return inode_permits(&from->found, from->who, FS_ACCESS_WRITE);
}

static status_t check_target(const struct walk *from, const struct walk *to)
{
	uint32_t is_directory = inode_is_directory(&from->found);
	status_t status = to->found.disk ? check_old(to) : check_new(to);

	if (status != STATUS_OK)
		return status;
	if (!to->found.disk)
		return is_directory && from->parent.number != to->parent.number &&
			to->parent.disk->links >= EXT2_LINK_MAX ? STATUS_ERRNO(E_MLINK) : STATUS_OK;
	if (is_directory && !inode_is_directory(&to->found))
		return STATUS_ERRNO(E_NOTDIR);
	if (!is_directory && inode_is_directory(&to->found))
		return STATUS_ERRNO(E_ISDIR);
	return is_directory ? check_empty(&to->found) : STATUS_OK;
}

/* Neither may be above the other. */
static status_t check_relation(const struct walk *from, const struct walk *to)
{
	uint32_t below = 0;
	status_t status = STATUS_OK;

	if (inode_is_directory(&from->found))
		status = tree_is_below(to->parent, &from->found, &below);
	if (status == STATUS_OK && below)
		return STATUS_ERRNO(E_INVAL);
	if (status == STATUS_OK && to->found.disk && inode_is_directory(&to->found))
		status = tree_is_below(from->parent, &to->found, &below);
	return status == STATUS_OK && below ? STATUS_ERRNO(E_NOTEMPTY) : status;
}

static status_t check_exchange(const struct walk *from, const struct walk *to)
{
	uint32_t below = 0;
	status_t status = STATUS_OK;

	if (inode_is_directory(&from->found))
		status = tree_is_below(to->parent, &from->found, &below);
	if (status == STATUS_OK && !below && inode_is_directory(&to->found))
		status = tree_is_below(from->parent, &to->found, &below);
	if (status == STATUS_OK && below)
		return STATUS_ERRNO(E_INVAL);
	if (status == STATUS_OK)
		status = check_old(from);
	if (status == STATUS_OK)
		status = check_old(to);
	if (status == STATUS_OK)
		status = check_move(from, to);
	return status == STATUS_OK ? check_move(to, from) : status;
}

/* In Linux's order, since programs see which error comes first. */
static status_t check_rename(const struct walk *from, const struct walk *to, uint32_t flags)
{
	status_t status;

	if (from->fixed)
		return STATUS_ERRNO(E_BUSY);
	if (to->fixed)
		return STATUS_ERRNO(flags & FS_RENAME_NOREPLACE ? E_EXIST : E_BUSY);
	if (are_apart(from, to))
		return STATUS_ERRNO(E_XDEV);
	if (inode_read_only(&from->parent))
		return STATUS_ERRNO(E_ROFS);
	if (!from->found.disk)
		return STATUS_ERRNO(E_NOENT);
	if ((flags & FS_RENAME_NOREPLACE) && to->found.disk)
		return STATUS_ERRNO(E_EXIST);
	if (!inode_is_directory(&from->found) && (from->slash || to->slash))
		return STATUS_ERRNO(E_NOTDIR);
	status = check_relation(from, to);
	if (status == STATUS_OK && !is_same(from, to))
		status = check_old(from);
	if (status == STATUS_OK && !is_same(from, to))
		status = check_target(from, to);
	return status == STATUS_OK ? check_move(from, to) : status;
}

/* The moved directory's `..`, and the counts of both parents. */
static status_t move_parent(const struct walk *from, const struct walk *to)
{
	struct name dots = name_of("..", 2);
	struct place place;
	status_t status = directory_find(&from->found, &dots, &place);

	if (status != STATUS_OK)
		return status;
	if (!place.entry)
		return volume_damaged(from->found.volume, "no parent in directory", from->found.number);
	directory_replace(&place, &to->parent);
	unlink_parent(&from->parent);
	inode_change(&to->parent);
	to->parent.disk->links++;
	return STATUS_OK;
}

/* Both directories stay what they are, but may have other parents now. */
static status_t exchange_parents(const struct walk *from, const struct walk *to)
{
	status_t status = STATUS_OK;

	if (from->parent.number == to->parent.number)
		return STATUS_OK;
	if (inode_is_directory(&from->found))
		status = move_parent(from, to);
	if (status == STATUS_OK && inode_is_directory(&to->found))
		status = move_parent(to, from);
	return status;
}

static status_t rename_exchange(const struct walk *from, const struct walk *to)
{
	int64_t now = (int64_t)fs_now_ns();
	const struct inode *changed[] = { &from->parent, &to->parent, &from->found, &to->found };
	status_t status;

	if (from->fixed || to->fixed)
		return STATUS_ERRNO(E_BUSY);
	if (are_apart(from, to))
		return STATUS_ERRNO(E_XDEV);
	if (inode_read_only(&from->parent))
		return STATUS_ERRNO(E_ROFS);
	if (!from->found.disk || !to->found.disk)
		return STATUS_ERRNO(E_NOENT);
	if ((from->slash && !inode_is_directory(&from->found)) ||
	    (to->slash && !inode_is_directory(&to->found)))
		return STATUS_ERRNO(E_NOTDIR);
	status = check_exchange(from, to);
	if (status != STATUS_OK || is_same(from, to))
		return status;
	directory_replace(&from->place, &to->found);
	directory_replace(&to->place, &from->found);
	status = exchange_parents(from, to);
	for (uint32_t i = 0; status == STATUS_OK && i < 4; i++) {
		inode_change(changed[i]);
		inode_set_times(changed[i], i < 2 ? INODE_MODIFIED | INODE_CHANGED : INODE_CHANGED,
				now);
	}
	if (status == STATUS_OK && notify_count) {
		struct walk there = *to;

		/* Neither is overwritten. */
		there.found.disk = 0;
		notify_moved(from, &there);
		there = *from;
		there.found.disk = 0;
		notify_moved(to, &there);
	}
	return status;
}

status_t tree_rename(const struct walk *from, const struct walk *to, uint32_t flags)
{
	uint32_t is_directory;
	status_t status;

	if (flags & FS_RENAME_EXCHANGE)
		return rename_exchange(from, to);
	status = check_rename(from, to, flags);
	if (status != STATUS_OK || is_same(from, to))
		return status;
	is_directory = inode_is_directory(&from->found);
	if (to->found.disk) {
		directory_replace(&to->place, &from->found);
		inode_change(&to->parent);
		inode_set_times(&to->parent, INODE_MODIFIED | INODE_CHANGED, (int64_t)fs_now_ns());
		if (is_directory)
			unlink_parent(&to->parent);
		unlink_inode(&to->found, &to->name);
	} else {
		status = directory_add(&to->parent, &to->name, &to->place, &from->found);
	}
	if (status == STATUS_OK)
		status = directory_remove(&from->parent, &from->name);
	if (status == STATUS_OK && is_directory && from->parent.number != to->parent.number)
		status = move_parent(from, to);
	if (status != STATUS_OK)
		return status;
	if (from->parent.number != to->parent.number)
		records_moved(&from->found, from->parent.number, to->parent.number);
	if (notify_count)
		notify_moved(from, to);
	inode_change(&from->found);
	inode_set_times(&from->found, INODE_CHANGED, (int64_t)fs_now_ns());
	return STATUS_OK;
}
