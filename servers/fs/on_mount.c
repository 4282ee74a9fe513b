/* SPDX-License-Identifier: MIT */
/* Requests about mounts: what comes to stand where, and what is told of it. */
#include "libipc/string.h"
#include "servers/fs/directory.h"
#include "servers/fs/list.h"
#include "servers/fs/mapped.h"
#include "servers/fs/mount.h"
#include "servers/fs/operation.h"
#include "servers/fs/tree.h"
#include "servers/fs/writeback.h"

static uint32_t row_number(const struct mounted *row)
{
	return (uint32_t)(row - stable.mounts);
}

/* A free row, with an id: all zero otherwise. */
static struct mounted *take_row(void)
{
	for (uint32_t i = 1; i < MOUNTED; i++) {
		struct mounted *row = &stable.mounts[i];

		if (row->kind)
			continue;
		log_save(row, sizeof(*row));
		*row = (struct mounted){ .id = stable.head->mount_ids + 1 };
		LOG_SET(stable.head->mount_ids, row->id);
		return row;
	}
	return 0;
}

/* Numbers of file systems are as unique as those of mounts, behind those of the volumes. */
#define FILESYSTEM_OF_ID(id) (VOLUMES + (id))

/* An empty directory without a name, in the volume in memory: its mount is what holds it. */
static status_t make_root(struct call *call, uint32_t mode, struct mounted *row)
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
	row->root = PLACE(row_number(row), VOLUME_MEMORY, made.number);
	row->top = made.number;
	row->filesystem = FILESYSTEM_OF_ID(row->id);
	return STATUS_OK;
}

static status_t root_of_disk(const struct inode *at, struct mounted *row)
{
	if (!volumes[VOLUME_EXTRA].present)
		return STATUS_ERRNO(E_NODEV);
	/* Not onto itself. */
	if (at->volume->number == VOLUME_EXTRA && at->number == EXT2_ROOT_INODE)
		return STATUS_ERRNO(E_BUSY);
	row->root = PLACE(row_number(row), VOLUME_EXTRA, EXT2_ROOT_INODE);
	row->filesystem = VOLUME_EXTRA;
	return STATUS_OK;
}

/* ---- binding ---- */

/* Shows the place there too. The row is of the same kind as the one that shows it already. */
static void show_again(struct mounted *row, const struct mounted *old, uint64_t root)
{
	row->kind = old->kind;
	row->flags = old->flags & ~MOUNTED_EXPIRING;
	row->top = old->top;
	row->filesystem = old->filesystem;
	row->root = PLACE(row_number(row), 0, 0) | root << 16 >> 16;
	memcpy(row->source, old->source, sizeof(row->source));
}

/* Is the place below that directory of its mount, or it itself? */
static status_t is_inside(uint64_t place, uint32_t directory_of_file, const struct inode *top,
			  uint32_t *inside)
{
	struct inode inode;
	status_t status = place_inode(place, &inode);

	*inside = 0;
	if (status == STATUS_OK && directory_of_file)
		status = place_inode(PLACE(inode.mount, inode.volume->number, directory_of_file),
				     &inode);
	if (status != STATUS_OK || inode.volume != top->volume || inode.mount != top->mount ||
	    !inode_is_directory(top))
		return status;
	return tree_is_below(inode, top, inside);
}

/* The mounts below `top` are shown below the new row too: each copy is looked at again. */
static status_t bind_below(const struct inode *top, const struct mounted *row)
{
	struct { uint32_t old, copy; } made[MOUNTED] = { { top->mount, row_number(row) } };
	uint32_t count = 1, last = stable.head->mount_ids;

	for (uint32_t n = 0; n < count; n++) {
		for (uint32_t i = 1; i < MOUNTED; i++) {
			const struct mounted *old = &stable.mounts[i];
			struct mounted *copy;
			uint32_t inside = 1;
			status_t status = STATUS_OK;

			if (!old->kind || old->id > last || old == row ||
			    PLACE_MOUNT(old->at) != made[n].old)
				continue;
			if (!n)
				status = is_inside(old->at, old->at_directory, top, &inside);
			if (status != STATUS_OK)
				return status;
			if (!inside || !old->at)
				continue;
			copy = take_row();
			if (!copy)
				return STATUS_ERRNO(E_NOMEM);
			show_again(copy, old, old->root);
			copy->root_directory = old->root_directory;
			copy->at = PLACE(made[n].copy, 0, 0) | old->at << 16 >> 16;
			copy->at_directory = old->at_directory;
			made[count].old = i;
			made[count++].copy = row_number(copy);
		}
	}
	return STATUS_OK;
}

static status_t bind(struct call *call, const struct fs_mount_request *request,
		     const struct inode *at, struct mounted *row)
{
	struct record *record;
	struct inode source;
	status_t status = call_record(call, request->source, &record, &source);

	if (status != STATUS_OK)
		return status;
	if (inode_is_directory(at) != inode_is_directory(&source))
		return STATUS_ERRNO(E_NOTDIR);
	show_again(row, &stable.mounts[source.mount], place_of(&source));
	if (!source.mount) {
		static const char *const names[VOLUMES] = { "/dev/vda", "/dev/vdb", "tmpfs" };

		memcpy(row->source, names[source.volume->number],
		       strlen(names[source.volume->number]) + 1);
		row->kind = source.volume->number == VOLUME_MEMORY ? FS_MOUNT_MEMORY :
			FS_MOUNT_DISK;
		row->filesystem = source.volume->number;
	}
	row->root_directory = inode_is_directory(&source) ? 0 : record->parent;
	return request->kind == FS_MOUNT_BIND_ALL ? bind_below(&source, row) : STATUS_OK;
}

/* ---- mount ---- */

/* Where the record is, and what may stand there. */
static status_t place_of_record(struct call *call, uint64_t handle, struct record **record,
				struct inode *inode)
{
	status_t status = call_record(call, handle, record, inode);

	if (status == STATUS_OK && is_root(inode))
		return STATUS_ERRNO(E_BUSY);
	return status == STATUS_OK && !inode->disk->links ? STATUS_ERRNO(E_NOENT) : status;
}

static status_t fill_row(struct call *call, const struct fs_mount_request *request,
			 const struct inode *at, struct mounted *row)
{
	status_t status = call_copy_in(call, 0, 0, row->source, request->source_bytes);

	if (status != STATUS_OK)
		return status;
	row->kind = request->kind;
	row->flags = request->flags & FS_MOUNT_FLAGS;
	if (request->kind != FS_MOUNT_BIND && request->kind != FS_MOUNT_BIND_ALL &&
	    !inode_is_directory(at))
		return STATUS_ERRNO(E_NOTDIR);
	switch (request->kind) {
	case FS_MOUNT_MEMORY:
		return make_root(call, request->mode, row);
	case FS_MOUNT_DISK:
		return root_of_disk(at, row);
	case FS_MOUNT_DEV:
	case FS_MOUNT_PROC:
		row->filesystem = FILESYSTEM_OF_ID(row->id);
		return STATUS_OK;
	case FS_MOUNT_BIND:
	case FS_MOUNT_BIND_ALL:
		return bind(call, request, at, row);
	}
	return STATUS_ERRNO(E_NODEV);
}

/* The mount whose root `source` is stands there from now on. */
static status_t move(struct call *call, const struct fs_mount_request *request,
		     const struct record *place, const struct inode *at)
{
	struct mounted *row;
	struct record *record;
	struct inode source;
	status_t status = call_record(call, request->source, &record, &source);

	if (status != STATUS_OK)
		return status;
	row = &stable.mounts[source.mount];
	if (!mount_of_root(&source) || !row->at)
		return STATUS_ERRNO(E_INVAL);
	if (inode_is_directory(at) != inode_is_directory(&source))
		return STATUS_ERRNO(E_NOTDIR);
	for (uint32_t i = at->mount; i; i = PLACE_MOUNT(stable.mounts[i].at)) {
		if (i == source.mount)
			return STATUS_ERRNO(E_LOOP);
	}
	log_save(row, sizeof(*row));
	row->at = place_of(at);
	row->at_directory = inode_is_directory(at) ? 0 : place->parent;
	return STATUS_OK;
}

static status_t mount_once(struct call *call, const struct fs_mount_request *request)
{
	struct mounted *row;
	struct record *record;
	struct inode at;
	status_t status;

	if (!credentials_can(call_credentials(call), CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	if (request->source_bytes >= FS_MOUNT_SOURCE)
		return STATUS_ERRNO(E_NAMETOOLONG);
	status = place_of_record(call, request->handle, &record, &at);
	if (status != STATUS_OK)
		return status;
	if (request->kind == FS_MOUNT_MOVE)
		return move(call, request, record, &at);
	row = take_row();
	if (!row)
		return STATUS_ERRNO(E_NOMEM);
	status = fill_row(call, request, &at, row);
	if (status != STATUS_OK)
		return status;
	row->at_directory = inode_is_directory(&at) ? 0 : record->parent;
	row->at = place_of(&at);
	return STATUS_OK;
}

status_t on_mount(struct call *call, const struct fs_mount_request *request,
		  struct fs_mount_reply *reply)
{
	status_t status;

	(void)reply;
	operation_begin();
	do
		status = mount_once(call, request);
	while (operation_again(call, &status, 0, 0));
	mounts_start();
	return status;
}

/* ---- what is told ---- */

/* The texts one after the other, each with a zero; what has no room is cut off. */
struct texts { char *to; uint32_t bytes; };

static void add_text(struct texts *texts, const char *text, uint32_t bytes)
{
	uint32_t room = FS_MOUNT_TEXT - 3 - texts->bytes;

	bytes = bytes < room ? bytes : room;
	memcpy(texts->to + texts->bytes, text, bytes);
	texts->bytes += bytes;
	texts->to[texts->bytes++] = 0;
}

static status_t add_path(struct texts *texts, uint64_t place, uint32_t directory,
			 struct locating *locating)
{
	status_t status = locate_place(place, directory, locating);

	if (status == STATUS_OK)
		add_text(texts, locating->text + locating->start,
			 locating->size_bytes - locating->start);
	return status;
}

/* The row with the lowest id above that one. */
static const struct mounted *row_after(uint64_t id)
{
	const struct mounted *found = 0;

	for (uint32_t i = 1; i < MOUNTED; i++) {
		const struct mounted *row = &stable.mounts[i];

		if (row->kind && row->at && row->id > id && (!found || row->id < found->id))
			found = row;
	}
	return found;
}

/* E_NOENT, E_RANGE: the caller cannot see it. */
static status_t describe(struct call *call, const struct mounted *row, char *to)
{
	static char path[FS_PATH_BYTES];
	struct locating locating = { path, sizeof(path), 0, stable.roots[call_client(call)], 0, 1 };
	struct locating inner = {
		path, sizeof(path), 0, row->top ? row->top : EXT2_ROOT_INODE, 1, 0,
	};
	struct texts texts = { to, 0 };
	status_t status = STATUS_OK;

	memset(to, 0, FS_MOUNT_TEXT);
	add_text(&texts, row->source, (uint32_t)strnlen(row->source, sizeof(row->source) - 1));
	if (row->kind < FS_MOUNT_DEV)
		status = add_path(&texts, row->root, row->root_directory, &inner);
	else
		add_text(&texts, "/", 1);
	/* Its root has no name any more. */
	if (status == STATUS_ERRNO(E_NOENT)) {
		add_text(&texts, "//deleted", 9);
		status = STATUS_OK;
	}
	if (status != STATUS_OK)
		return status;
	return add_path(&texts, row->at, row->at_directory, &locating);
}

status_t on_mounts(struct call *call, const struct fs_mounts_request *request,
		   struct fs_mounts_reply *reply)
{
	static char text[FS_MOUNT_TEXT];
	const struct mounted *row = row_after(request->after);
	status_t status;

	operation_begin();
	do {
		if (!row) {
			status = STATUS_ERRNO(E_NOENT);
			continue;
		}
		status = describe(call, row, text);
		if (status == STATUS_OK) {
			*reply = (struct fs_mounts_reply){ row->id,
				stable.mounts[PLACE_MOUNT(row->at)].id, row->kind, row->flags,
				row->filesystem, row->kind == FS_MOUNT_DISK &&
				volumes[(row->root >> 32) & 0xffff].read_only,
			};
			status = call_copy_out(call, 0, 0, text, sizeof(text));
		} else if (status == STATUS_ERRNO(E_NOENT) || status == STATUS_ERRNO(E_RANGE)) {
			row = row_after(row->id);
			status = FS_MORE;
		}
	} while (operation_again(call, &status, 0, 0));
	return status;
}

/* ---- other flags ---- */

/* Is a file open for writing: of that mount, or of a file system? */
static int is_written(uint32_t mount, uint32_t filesystem, uint32_t super)
{
	for (uint32_t i = 0; i < stable.head->record_count; i++) {
		const struct record *record = &stable.records[i];
		const struct mounted *row = &stable.mounts[record->mount % MOUNTED];

		if (!(record->flags & FS_OPEN_WRITE) ||
		    !record_is_held((uint64_t)record->tag << 32 | i))
			continue;
		if (super ? (record->mount ? row->filesystem : record->volume) == filesystem :
		    record->mount == mount)
			return 1;
	}
	return 0;
}

/* The root's file system: it is written back before it becomes read-only. */
static status_t remount_disk(struct call *call, uint32_t read_only)
{
	struct volume *root = &volumes[VOLUME_ROOT];
	status_t status;

	if (!root->present || (root->read_only && !stable.head->read_only))
		return read_only ? STATUS_OK : STATUS_ERRNO(E_ROFS);
	if (read_only && !root->read_only) {
		if (is_written(0, VOLUME_ROOT, 1))
			return STATUS_ERRNO(E_BUSY);
		mapped_fetch_all();
		status = writeback_sync(call);
		if (status != STATUS_OK)
			return status;
	}
	stable.head->read_only = read_only;
	root->read_only = read_only;
	return STATUS_OK;
}

/* All that show the file system become read-only, or are as they were. */
static void remount_super(uint32_t filesystem, uint32_t read_only)
{
	for (uint32_t i = 1; i < MOUNTED; i++) {
		struct mounted *row = &stable.mounts[i];

		if (row->kind && row->filesystem == filesystem)
			row->flags = (row->flags & ~FS_MOUNT_SUPER_READ_ONLY) |
				(read_only ? FS_MOUNT_SUPER_READ_ONLY : 0);
	}
}

static status_t remount(struct call *call, const struct fs_remount_request *request,
			const struct inode *inode)
{
	uint32_t read_only = request->flags & FS_MOUNT_READ_ONLY;
	uint32_t flags = request->flags & FS_MOUNT_FLAGS;
	struct mounted *row = &stable.mounts[inode->mount];
	uint32_t filesystem = mount_filesystem(inode);
	status_t status;

	if (read_only && !inode_read_only(inode) &&
	    is_written(inode->mount, filesystem, request->super))
		return STATUS_ERRNO(E_BUSY);
	if (request->super && filesystem == VOLUME_ROOT) {
		status = remount_disk(call, read_only);
		if (status != STATUS_OK)
			return status;
	} else if (request->super) {
		if (!read_only && inode->volume->read_only)
			return STATUS_ERRNO(E_ROFS);
		remount_super(filesystem, read_only);
	}
	/* The volume's own state says it for the root. */
	if (request->super && !inode->mount)
		flags &= ~FS_MOUNT_READ_ONLY;
	row->flags = (row->flags & ~FS_MOUNT_FLAGS) | flags;
	return STATUS_OK;
}

status_t on_remount(struct call *call, const struct fs_remount_request *request,
		    struct fs_remount_reply *reply)
{
	struct record *record;
	struct inode inode;
	status_t status;

	(void)reply;
	if (!credentials_can(call_credentials(call), CAPABILITY_SYS_ADMIN))
		return STATUS_ERRNO(E_PERM);
	operation_begin();
	do
		status = call_record(call, request->handle, &record, &inode);
	while (operation_again(call, &status, 0, 0));
	if (status != STATUS_OK)
		return status;
	if (!is_root(&inode) && !mount_of_root(&inode))
		return STATUS_ERRNO(E_INVAL);
	return remount(call, request, &inode);
}
