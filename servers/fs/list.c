/* SPDX-License-Identifier: MIT */
#include "servers/fs/list.h"

#include "libipc/string.h"
#include "servers/fs/mount.h"
#include "servers/fs/walk.h"

/* Cookies are positions in the directory; those of the mounts' names are beyond all of them. */
#define MOUNT_COOKIE (1ull << 40)

/* The types of ext2's entries as getdents tells them. */
static const uint8_t entry_types[8] = { 0, 8, 4, 2, 6, 1, 12, 10 };
#define TYPE_UNKNOWN   0
#define TYPE_DIRECTORY 4

/* 0: it does not fit. */
static int put_entry(struct listing *listing, uint64_t inode, uint32_t type, uint64_t next,
		     const struct name *name)
{
	uint32_t header = __builtin_offsetof(struct fs_entry, name);
	uint32_t bytes = (header + name->bytes + 1 + 7) & ~7u;
	struct fs_entry *entry = (struct fs_entry *)(listing->to + listing->bytes);

	if (bytes > listing->size_bytes - listing->bytes)
		return 0;
	*(uint64_t *)((uint8_t *)entry + bytes - 8) = 0;
	entry->inode = inode;
	entry->next_cookie = (int64_t)next;
	entry->bytes = (uint16_t)bytes;
	entry->type = (uint8_t)type;
	memcpy((uint8_t *)entry + header, name->text, name->bytes);
	((uint8_t *)entry)[header + name->bytes] = 0;
	listing->bytes += bytes;
	listing->cookie = next;
	return 1;
}

static status_t list_mounts(const struct inode *root, struct listing *listing)
{
	uint32_t number = listing->cookie < MOUNT_COOKIE ? 0 : (uint32_t)(listing->cookie - MOUNT_COOKIE);
	struct place place;
	const char *text;

	for (; (text = mount_name(number)); number++) {
		struct name name = name_of(text, (uint32_t)strlen(text));
		uint32_t inode;
		status_t status = mount_inode(number, &inode);

		if (status == STATUS_ERRNO(E_NOENT))
			continue;
		if (status == STATUS_OK)
			status = directory_find(root, &name, &place);
		if (status != STATUS_OK)
			return status;
		if (place.entry)
			continue;
		if (!put_entry(listing, inode, inode == EXT2_ROOT_INODE ? TYPE_DIRECTORY : TYPE_UNKNOWN,
			       MOUNT_COOKIE + number + 1, &name))
			return listing->bytes ? STATUS_OK : STATUS_ERRNO(E_INVAL);
	}
	return STATUS_OK;
}

status_t list_directory(const struct inode *directory, struct listing *listing)
{
	struct cursor cursor = { directory, 0, listing->cookie, 0 };
	const struct ext2_entry *entry = 0;
	status_t status;

	listing->bytes = 0;
	while (listing->cookie < MOUNT_COOKIE) {
		struct name name;

		status = cursor_next(&cursor, &entry);
		if (status != STATUS_OK)
			return status;
		if (!entry)
			break;
		name = (struct name){ entry->name, entry->name_bytes, 0 };
		if (!put_entry(listing, entry->inode, entry_types[entry->type & 7], cursor.next, &name))
			break;
	}
	if (!entry && is_root(directory)) {
		status = list_mounts(directory, listing);
		if (status != STATUS_OK)
			return status;
	}
	return entry && !listing->bytes ? STATUS_ERRNO(E_INVAL) : STATUS_OK;
}

/* ---- paths ---- */

/* Where programs see the root of the volume in memory. */
#define MEMORY_PATH "/dev/shm"

static status_t put_text(struct locating *locating, const char *text, uint32_t bytes)
{
	if (bytes > locating->start)
		return STATUS_ERRNO(E_RANGE);
	locating->start -= bytes;
	memcpy(locating->text + locating->start, text, bytes);
	return STATUS_OK;
}

/* Puts `/` and the name of the inode in the directory before what is there. */
static status_t put_name(const struct inode *directory, uint32_t inode, struct locating *locating)
{
	const struct ext2_entry *entry;
	status_t status = directory_name_of(directory, inode, &entry);

	if (status != STATUS_OK)
		return status;
	if (!entry)
		return STATUS_ERRNO(E_NOENT);
	status = put_text(locating, entry->name, entry->name_bytes);
	return status == STATUS_OK ? put_text(locating, "/", 1) : status;
}

status_t locate(struct inode directory, uint32_t inode, struct locating *locating)
{
	struct name dots = name_of("..", 2);
	struct inode below = { 0 };
	struct place place;
	status_t status = STATUS_OK;

	locating->start = locating->size_bytes;
	if (inode)
		status = put_name(&directory, inode, locating);
	if (status == STATUS_OK && mount_count && !is_root_of(locating->root, &directory))
		status = mount_outside(&directory);
	/* Each step takes at least two bytes of the path, so a circle ends too. */
	while (status == STATUS_OK && directory.number != EXT2_ROOT_INODE &&
	       !is_root_of(locating->root, &directory)) {
		if (!directory.disk->links)
			return STATUS_ERRNO(E_NOENT);
		below = directory;
		status = directory_find(&below, &dots, &place);
		if (status == STATUS_OK && !place.entry)
			return volume_damaged(below.volume, "no parent in directory", below.number);
		if (status == STATUS_OK)
			status = inode_get(below.volume->number, place.entry->inode, &directory);
		if (status == STATUS_OK && !inode_is_directory(&directory))
			return volume_damaged(below.volume, "parent of directory", below.number);
		if (status == STATUS_OK)
			status = put_name(&directory, below.number, locating);
		if (status == STATUS_OK && mount_count && !is_root_of(locating->root, &directory))
			status = mount_outside(&directory);
	}
	if (status == STATUS_OK && directory.volume->number == VOLUME_MEMORY &&
	    !is_root_of(locating->root, &directory))
		return put_text(locating, MEMORY_PATH, sizeof(MEMORY_PATH) - 1);
	if (status == STATUS_OK && locating->start == locating->size_bytes) {
		locating->start--;
		locating->text[locating->start] = '/';
	}
	return status;
}
