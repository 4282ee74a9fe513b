/* SPDX-License-Identifier: MIT */
#include "servers/fs/walk.h"

#include "libipc/string.h"
#include "servers/fs/map.h"
#include "servers/fs/mount.h"

/* In the root directory, before what its blocks say. */
static const struct mount {
	const char *name;
	uint32_t name_bytes;
	uint32_t crossed;                /* leads out of the file system; 0: to the extra volume */
} mounts[] = {
#define MOUNT(name, crossed) { name, sizeof(name) - 1, crossed }
	MOUNT("dev", FS_CROSSED_DEV),
	MOUNT("proc", FS_CROSSED_PROC),
	MOUNT("extra", FS_CROSSED_NONE),
	MOUNT("script", FS_CROSSED_NONE),
};
#define MOUNTS (sizeof(mounts) / sizeof(mounts[0]))

const char *mount_name(uint32_t number)
{
	return number < MOUNTS ? mounts[number].name : 0;
}

static status_t extra_root(struct inode *inode)
{
	if (!volumes[VOLUME_EXTRA].present)
		return STATUS_ERRNO(E_NOENT);
	return inode_get(VOLUME_EXTRA, EXT2_ROOT_INODE, inode);
}

status_t mount_inode(uint32_t number, uint32_t *inode)
{
	struct name name = name_of(mounts[number].name, mounts[number].name_bytes);
	struct inode root;
	struct place place;
	status_t status;

	*inode = EXT2_ROOT_INODE;
	if (mounts[number].crossed)
		return STATUS_OK;
	status = extra_root(&root);
	if (status == STATUS_OK)
		status = directory_find(&root, &name, &place);
	if (status != STATUS_OK)
		return status;
	if (!place.entry)
		return STATUS_ERRNO(E_NOENT);
	*inode = place.entry->inode;
	return STATUS_OK;
}

static const struct mount *mount_of(const struct name *name)
{
	for (uint32_t i = 0; i < MOUNTS; i++) {
		if (name->bytes == mounts[i].name_bytes &&
		    name_equal(name, mounts[i].name, name->bytes))
			return &mounts[i];
	}
	return 0;
}

char *path_prepare(struct path *path, uint32_t bytes)
{
	path->start = (uint32_t)sizeof(path->text) - bytes;
	return path->text + path->start;
}

status_t link_text(const struct inode *link, const char **text, uint32_t *bytes)
{
	const struct volume *volume = link->volume;
	uint32_t own = link->disk->attributes ? volume->block_bytes >> 9 : 0, block;
	uint64_t size = inode_size(link);
	uint8_t *data = 0;
	status_t status;

	*bytes = (uint32_t)size;
	/* Without blocks of its own, the text is in the inode. */
	if (link->disk->sectors == own && size < EXT2_FAST_SYMLINK) {
		*text = (const char *)link->disk->block;
		return STATUS_OK;
	}
	if (size > volume->block_bytes || size > FS_PATH_BYTES)
		return volume_damaged(volume, "impossible length of symbolic link", link->number);
	status = map_read(link, 0, &block, &data);
	if (status == STATUS_OK && !block)
		return volume_damaged(volume, "symbolic link without text", link->number);
	*text = (const char *)data;
	return status;
}

/* The next name, without slashes around it; 0 bytes: there is none. */
static struct name take_name(struct path *path)
{
	const char *text = path->text;
	uint32_t end = sizeof(path->text), at = path->start, start;

	while (at < end && text[at] == '/')
		at++;
	for (start = at; at < end && text[at] != '/'; at++)
		;
	path->start = at;
	return name_of(text + start, at - start);
}

/* What is left of the path, without slashes before it. */
static uint32_t rest_of(const struct path *path, const char **rest)
{
	uint32_t at = path->start;

	while (at < sizeof(path->text) && path->text[at] == '/')
		at++;
	*rest = path->text + at;
	return (uint32_t)sizeof(path->text) - at;
}

status_t root_inode(uint64_t root, struct inode *inode)
{
	return place_inode(root ? root : PLACE(0, VOLUME_ROOT, EXT2_ROOT_INODE), inode);
}

int is_root_of(uint64_t root, const struct inode *inode)
{
	return is_root(inode) || root == place_of(inode);
}

/* Puts the link's text before the rest of the path. */
static status_t follow(const struct walk *walk, const struct inode *link, struct path *path,
		       struct inode *from)
{
	const char *text;
	uint32_t bytes;
	status_t status = link_text(link, &text, &bytes);

	if (status != STATUS_OK)
		return status;
	if (!bytes)
		return STATUS_ERRNO(E_NOENT);
	if (bytes > path->start)
		return STATUS_ERRNO(E_NAMETOOLONG);
	path->start -= bytes;
	memcpy(path->text + path->start, text, bytes);
	if (text[0] != '/')
		return STATUS_OK;
	return walk->resolve & FS_RESOLVE_BENEATH ? STATUS_ERRNO(E_XDEV) :
		root_inode(walk->root, from);
}

/* Something may stand at what was found. */
static status_t enter_mounts(struct walk *walk)
{
	const struct mounted *mount;
	status_t status = STATUS_OK;

	while (status == STATUS_OK && (mount = mount_at(place_of(&walk->found)))) {
		if (walk->resolve & FS_RESOLVE_NO_CROSSING)
			return STATUS_ERRNO(E_XDEV);
		walk->fixed = 1;
		if (mount->kind >= FS_MOUNT_DEV) {
			walk->found.disk = 0;
			walk->crossed = mount->kind == FS_MOUNT_DEV ? FS_CROSSED_DEV :
				FS_CROSSED_PROC;
			walk->entered = (uint32_t)(mount - stable.mounts);
			return STATUS_OK;
		}
		status = place_inode(mount->root, &walk->found);
	}
	return status;
}

/* Found by its number in the directory. */
static status_t find_inode(struct walk *walk, const struct inode *directory, uint32_t volume,
			   uint32_t inode)
{
	status_t status = place_inode(PLACE(directory->mount, volume, inode), &walk->found);

	return status == STATUS_OK && mount_count ? enter_mounts(walk) : status;
}

static status_t parent_of(struct inode *directory, struct walk *walk)
{
	uint32_t volume;
	status_t status = STATUS_OK;

	walk->fixed = 1;
	if (walk->resolve & FS_RESOLVE_BENEATH && place_of(directory) == walk->top)
		return STATUS_ERRNO(E_XDEV);
	if (mount_count && !is_root_of(walk->root, directory))
		status = mount_outside(directory);
	if (status != STATUS_OK)
		return status;
	if (walk->resolve & FS_RESOLVE_NO_CROSSING && directory->mount != walk->parent.mount)
		return STATUS_ERRNO(E_XDEV);
	volume = directory->volume->number;
	/* Also of a mount that stands nowhere. */
	if (is_root_of(walk->root, directory) || mount_of_root(directory)) {
		walk->found = *directory;
		return STATUS_OK;
	}
	if (volume == VOLUME_MEMORY && directory->number == EXT2_ROOT_INODE) {
		walk->crossed = FS_CROSSED_DEV;
		return STATUS_OK;
	}
	status = directory_find(directory, &walk->name, &walk->place);
	if (status != STATUS_OK)
		return status;
	if (!walk->place.entry)
		return volume_damaged(directory->volume, "no parent in directory", directory->number);
	/* Its root is only seen through the names in ours. */
	if (volume == VOLUME_EXTRA && walk->place.entry->inode == EXT2_ROOT_INODE &&
	    !directory->mount)
		volume = VOLUME_ROOT;
	return find_inode(walk, directory, volume, walk->place.entry->inode);
}

static int is_dots(const struct name *name)
{
	return name->text[0] == '.' && (name->bytes == 1 || (name->bytes == 2 && name->text[1] == '.'));
}

/* Looks walk->name up in walk->parent; sets found, place, fixed, crossed. */
static status_t look_up(struct walk *walk)
{
	const struct name *name = &walk->name;
	struct inode directory = walk->parent;
	const struct mount *mount = is_root(&directory) ? mount_of(name) : 0;
	status_t status;

	walk->found.disk = 0;
	walk->fixed = 0;
	if (name->text[0] == '.' && name->bytes == 1) {
		walk->fixed = 1;
		walk->found = directory;
		return STATUS_OK;
	}
	if (is_dots(name))
		return parent_of(&directory, walk);
	if (mount && mount->crossed) {
		walk->crossed = mount->crossed;
		return STATUS_OK;
	}
	if (mount && volumes[VOLUME_EXTRA].present) {
		status = extra_root(&directory);
		if (status == STATUS_OK)
			status = directory_find(&directory, name, &walk->place);
		if (status != STATUS_OK)
			return status;
		walk->fixed = walk->place.entry != 0;
	}
	if (!walk->fixed) {
		directory = walk->parent;
		status = directory_find(&directory, name, &walk->place);
		if (status != STATUS_OK || !walk->place.entry)
			return status;
	}
	return find_inode(walk, &directory, directory.volume->number, walk->place.entry->inode);
}

static status_t enter(struct walk *walk, const struct inode *from)
{
	walk->parent = *from;
	if (!inode_is_directory(from))
		return STATUS_ERRNO(E_NOTDIR);
	if (walk->name.bytes > FS_NAME_BYTES)
		return STATUS_ERRNO(E_NAMETOOLONG);
	return inode_permits(from, walk->who, FS_ACCESS_EXECUTE);
}

static status_t start_of(struct walk *walk, const struct path *path, const struct inode *start,
			 uint32_t flags)
{
	walk->parent = (struct inode){ 0 };
	walk->crossed = FS_CROSSED_NONE;
	walk->entered = 0;
	walk->slash = 0;
	walk->links = 0;
	walk->fixed = 1;
	walk->found = *start;
	walk->top = place_of(start);
	if (path->start == sizeof(path->text))
		return flags & FS_EMPTY_PATH ? STATUS_OK : STATUS_ERRNO(E_NOENT);
	if (path->text[path->start] != '/')
		return STATUS_OK;
	return walk->resolve & FS_RESOLVE_BENEATH ? STATUS_ERRNO(E_XDEV) :
		root_inode(walk->root, &walk->found);
}

/* Does a link at the end stand for what it points to? */
static int follows(const struct walk *walk, uint32_t flags)
{
	return !(flags & WALK_NAME) && (walk->slash || !(flags & FS_NOFOLLOW));
}

/* One name further, from *from. Gives FS_MORE as long as there is more of the path. */
static status_t step(struct walk *walk, struct path *path, struct inode *from, uint32_t flags)
{
	uint32_t last = walk->rest_bytes == 0;
	status_t status = enter(walk, from);

	walk->slash = last && path->start < sizeof(path->text);
	if (status == STATUS_OK && walk->slash && (flags & WALK_FILE) && !is_dots(&walk->name))
		status = STATUS_ERRNO(E_ISDIR);
	if (status == STATUS_OK)
		status = look_up(walk);
	if (status != STATUS_OK || walk->crossed)
		return status;
	if (!walk->found.disk)
		return last ? STATUS_OK : STATUS_ERRNO(E_NOENT);
	if (inode_type(&walk->found) == FS_SYMLINK && (!last || follows(walk, flags))) {
		if (walk->resolve & FS_RESOLVE_NO_LINKS || ++walk->links > WALK_LINKS_MAX)
			return STATUS_ERRNO(E_LOOP);
		status = follow(walk, &walk->found, path, from);
		walk->found = *from;
		return status == STATUS_OK ? (status_t)FS_MORE : status;
	}
	if (!last)
		return FS_MORE;
	return walk->slash && !(flags & WALK_NAME) && !inode_is_directory(&walk->found) ?
		STATUS_ERRNO(E_NOTDIR) : STATUS_OK;
}

status_t walk_path(struct walk *walk, struct path *path, struct inode start, uint32_t flags)
{
	struct inode from;
	status_t status = start_of(walk, path, &start, flags);

	if (status != STATUS_OK)
		return status;
	do {
		struct name name = take_name(path);

		if (!name.bytes) {
			walk->fixed = 1;
			return STATUS_OK;
		}
		walk->name = name;
		walk->rest_bytes = rest_of(path, &walk->rest);
		from = walk->found;
		status = step(walk, path, &from, flags);
	} while (status == (status_t)FS_MORE);
	return status;
}
