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
	uint64_t cookie = listing->cookie;
	uint32_t number = cookie < MOUNT_COOKIE ? 0 : (uint32_t)(cookie - MOUNT_COOKIE);
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
		if (!put_entry(listing, inode,
			       inode == EXT2_ROOT_INODE ? TYPE_DIRECTORY : TYPE_UNKNOWN,
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

/* Where the way up ends: what paths begin at, or the root of a volume that stands by itself. */
static int ends_at(const struct locating *locating, const struct inode *directory)
{
	if (locating->within)
		return directory->number == (uint32_t)locating->root;
	return is_root_of(locating->root, directory) || mount_of_root(directory) ||
		directory->number == EXT2_ROOT_INODE;
}

static status_t leave_mount(const struct locating *locating, struct inode *directory)
{
	return mount_count && !locating->within && !is_root_of(locating->root, directory) ?
		mount_outside(directory) : STATUS_OK;
}

/* The name of the directory, and then the directory above it. */
static status_t put_parent(struct locating *locating, struct inode *directory)
{
	struct name dots = name_of("..", 2);
	struct inode below = *directory;
	struct place place;
	status_t status = directory_find(&below, &dots, &place);

	if (!below.disk->links)
		return STATUS_ERRNO(E_NOENT);
	if (status == STATUS_OK && !place.entry)
		return volume_damaged(below.volume, "no parent in directory", below.number);
	if (status == STATUS_OK)
		status = place_inode(PLACE(below.mount, below.volume->number, place.entry->inode),
				     directory);
	if (status == STATUS_OK && !inode_is_directory(directory))
		return volume_damaged(below.volume, "parent of directory", below.number);
	return status == STATUS_OK ? put_name(directory, below.number, locating) : status;
}

/* What begins with what is put before it. */
static status_t put_start(const struct inode *top, struct locating *locating)
{
	if (locating->below && locating->root && locating->root != place_of(top))
		return STATUS_ERRNO(E_NOENT);
	if (!locating->within && !is_root_of(locating->root, top)) {
		if (mount_of_root(top))
			return STATUS_ERRNO(E_NOENT);
		if (top->volume->number == VOLUME_MEMORY)
			return put_text(locating, MEMORY_PATH, sizeof(MEMORY_PATH) - 1);
	}
	return locating->start == locating->size_bytes ? put_text(locating, "/", 1) : STATUS_OK;
}

status_t locate(struct inode directory, uint32_t inode, struct locating *locating)
{
	status_t status = STATUS_OK;

	locating->start = locating->size_bytes;
	if (inode)
		status = put_name(&directory, inode, locating);
	if (status == STATUS_OK)
		status = leave_mount(locating, &directory);
	/* Each step takes at least two bytes of the path, so a circle ends too. */
	while (status == STATUS_OK && !ends_at(locating, &directory)) {
		status = put_parent(locating, &directory);
		if (status == STATUS_OK)
			status = leave_mount(locating, &directory);
	}
	return status == STATUS_OK ? put_start(&directory, locating) : status;
}

status_t locate_place(uint64_t place, uint32_t directory, struct locating *locating)
{
	/* The directory is in the same mount, on the same volume. */
	uint64_t start = directory ? place >> 32 << 32 | directory : place;
	struct inode inode;
	status_t status = place_inode(start, &inode);

	if (status != STATUS_OK)
		return status;
	return locate(inode, directory ? (uint32_t)place : 0, locating);
}
