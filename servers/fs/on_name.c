/* SPDX-License-Identifier: MIT */
/* Requests about names: each walks its path, or both, and hands over to tree.c. */
#include "libipc/string.h"
#include "servers/fs/file.h"
#include "servers/fs/mount.h"
#include "servers/fs/notify.h"
#include "servers/fs/operation.h"
#include "servers/fs/orphan.h"
#include "servers/fs/tree.h"

status_t on_lookup(struct call *call, const struct fs_lookup_request *request,
		   struct fs_lookup_reply *reply)
{
	struct path_request path = { request->directory, request->path_bytes, 0,
		request->flags & PATH_FLAGS };
	struct fs_crossing crossing;
	struct walk walk;
	status_t status;

	operation_begin();
	do {
		status = call_walk(call, path, &walk, &crossing);
		if (status != STATUS_OK)
			continue;
		reply->crossed = crossing.crossed;
		reply->rest_bytes = crossing.rest_bytes;
		if (crossing.crossed) {
			status = call_cross(call, &walk);
		} else if (!walk.found.disk) {
			status = STATUS_ERRNO(E_NOENT);
		} else {
			status = inode_permits(&walk.found, walk.who, request->access);
			inode_status(&walk.found, &reply->status);
		}
	} while (operation_again(call, &status, 0, 0));
	return status;
}

/* ---- open ---- */

/* What of the flags stays with the record. */
#define KEPT (FS_OPEN_READ | FS_OPEN_WRITE | FS_OPEN_EXECUTE | FS_OPEN_APPEND | FS_OPEN_PATH | \
	      FS_OPEN_TEMPORARY | FS_OPEN_NOATIME)

static status_t check_open(const struct walk *walk, uint32_t flags)
{
	uint32_t type = inode_type(&walk->found), access = 0;
	status_t status;

	if ((flags & FS_OPEN_CREATE) && (flags & FS_OPEN_EXCLUSIVE))
		return STATUS_ERRNO(E_EXIST);
	if ((flags & FS_OPEN_DIRECTORY) && type != FS_DIRECTORY)
		return STATUS_ERRNO(E_NOTDIR);
	if (flags & FS_OPEN_PATH)
		return STATUS_OK;
	if ((type == FS_CHARACTER || type == FS_BLOCK) &&
	    mount_flags(&walk->found) & FS_MOUNT_NODEV)
		return STATUS_ERRNO(E_ACCES);
	if (type == FS_SYMLINK)
		return STATUS_ERRNO(E_LOOP);
	if (type == FS_DIRECTORY && (flags & (FS_OPEN_WRITE | FS_OPEN_CREATE | FS_OPEN_TRUNCATE)))
		return STATUS_ERRNO(E_ISDIR);
	if (type == FS_SOCKET)
		return STATUS_ERRNO(E_NXIO);
	if ((flags & FS_OPEN_EXECUTE) && type != FS_REGULAR)
		return STATUS_ERRNO(E_ACCES);
	access |= flags & FS_OPEN_READ ? FS_ACCESS_READ : 0;
	access |= flags & (FS_OPEN_WRITE | FS_OPEN_TRUNCATE) ? FS_ACCESS_WRITE : 0;
	access |= flags & FS_OPEN_EXECUTE ? FS_ACCESS_EXECUTE : 0;
	status = inode_permits(&walk->found, walk->who, access);
	if (status == STATUS_OK && type == FS_REGULAR &&
	    inode_is_busy(walk->found.volume->number, walk->found.number,
			  flags & FS_OPEN_TRUNCATE ? flags | FS_OPEN_WRITE : flags))
		return STATUS_ERRNO(E_TXTBSY);
	if (status == STATUS_OK && flags & FS_OPEN_NOATIME &&
	    walk->who->uid != inode_uid(&walk->found) &&
	    !credentials_can(walk->who, CAPABILITY_FOWNER))
		return STATUS_ERRNO(E_PERM);
	return status;
}

/* The file that the path leads to, made or cut if the flags say so. */
static status_t open_inode(struct walk *walk, const struct fs_open_request *request)
{
	struct inode *found = &walk->found;
	status_t status;

	if (request->flags & FS_OPEN_TEMPORARY)
		return tree_temporary(walk, request->mode & FS_PERMISSIONS, found);
	if (!found->disk) {
		if (!(request->flags & FS_OPEN_CREATE))
			return STATUS_ERRNO(E_NOENT);
		return tree_create(walk, FS_REGULAR | (request->mode & FS_PERMISSIONS), found);
	}
	status = check_open(walk, request->flags);
	if (status != STATUS_OK || !(request->flags & FS_OPEN_TRUNCATE) ||
	    inode_type(found) != FS_REGULAR)
		return status;
	status = file_truncate(found, 0);
	if (status != STATUS_OK)
		return status;
	inode_drop_privileges(found, walk->who);
	return STATUS_OK;
}

static void describe(const struct inode *inode, struct fs_open_reply *reply)
{
	struct fs_status status;

	inode_status(inode, &status);
	reply->inode = status.inode;
	reply->size_bytes = status.size_bytes;
	reply->mode = status.mode;
	reply->volume = status.volume;
	reply->device = status.device;
}

/* The directory with its name in it. A file that is opened once more keeps the one it had. */
static uint32_t opened_in(struct call *call, const struct walk *walk, uint64_t directory)
{
	const struct mounted *mount = mount_of_root(&walk->found);
	struct record *record;

	if (mount)
		return mount->root_directory;
	if (walk->parent.disk)
		return walk->parent.number;
	return record_get(directory, call_client(call), &record) == STATUS_OK ? record->parent :
		EXT2_ROOT_INODE;
}

static status_t open_once(struct call *call, const struct fs_open_request *request,
			  struct fs_open_reply *reply)
{
	uint32_t flags = request->flags, walk_flags = flags & FS_OPEN_EMPTY ? FS_EMPTY_PATH : 0;
	uint32_t existed;
	struct fs_crossing crossing;
	struct walk walk;
	status_t status;

	/* What is to be new does not follow a link, not even a dangling one. */
	if ((flags & FS_OPEN_NOFOLLOW && !(flags & FS_OPEN_TEMPORARY)) ||
	    ((flags & FS_OPEN_CREATE) && (flags & FS_OPEN_EXCLUSIVE)))
		walk_flags |= FS_NOFOLLOW;
	if (flags & FS_OPEN_CREATE)
		walk_flags |= WALK_FILE;
	status = call_walk(call, (struct path_request){ request->directory, request->path_bytes, 0,
			   walk_flags, (uint32_t)request->resolve }, &walk, &crossing);
	if (status != STATUS_OK)
		return status;
	*reply = (struct fs_open_reply){
		.crossed = crossing.crossed, .rest_bytes = crossing.rest_bytes,
	};
	if (crossing.crossed)
		return call_cross(call, &walk);
	existed = walk.found.disk != 0;
	status = open_inode(&walk, request);
	if (status != STATUS_OK)
		return status;
	describe(&walk.found, reply);
	if (notify_count && !(flags & (FS_OPEN_PATH | FS_OPEN_TEMPORARY)))
		notify_walk(&walk, &walk.found, NOTIFY_OPEN);
	if (notify_count && existed && flags & FS_OPEN_TRUNCATE)
		notify_walk(&walk, &walk.found, NOTIFY_MODIFY);
	/* One that was asked for exclusively never gets a name. */
	if (flags & FS_OPEN_EXCLUSIVE)
		flags &= ~FS_OPEN_TEMPORARY;
	return record_make(&walk.found, opened_in(call, &walk, request->directory), flags & KEPT,
			   call_client(call), &reply->handle);
}

status_t on_open(struct call *call, const struct fs_open_request *request,
		 struct fs_open_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = open_once(call, request, reply);
	while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

/* ---- one path ---- */

struct name_change { uint64_t mode, device; uint32_t flags; };
typedef status_t change_t(const struct walk *walk, const struct name_change *change);

/* What the four below share: walk without following the last name, cross or change. */
static status_t change_name(struct call *call, uint64_t directory, uint64_t path_bytes,
			    change_t *change, const struct name_change *how,
			    struct fs_crossing *crossing)
{
	struct walk walk;
	status_t status;

	operation_begin();
	do {
		status = call_walk(call, (struct path_request){ directory, path_bytes, 0, WALK_NAME },
				   &walk, crossing);
		if (status == STATUS_OK)
			status = crossing->crossed ? call_cross(call, &walk) : change(&walk, how);
	} while (operation_again(call, &status, crossing, sizeof(*crossing)));
	return status;
}

static status_t make_directory(const struct walk *walk, const struct name_change *how)
{
	return tree_make_directory(walk, (uint32_t)how->mode);
}

static status_t make_node(const struct walk *walk, const struct name_change *how)
{
	return tree_make_node(walk, (uint32_t)how->mode, how->device);
}

static status_t remove_name(const struct walk *walk, const struct name_change *how)
{
	return tree_remove(walk, how->flags);
}

status_t on_make_directory(struct call *call, const struct fs_make_directory_request *request,
			   struct fs_make_directory_reply *reply)
{
	struct name_change how = { .mode = request->mode };

	return change_name(call, request->directory, request->path_bytes, make_directory, &how,
			   &reply->crossing);
}

status_t on_make_node(struct call *call, const struct fs_make_node_request *request,
		      struct fs_make_node_reply *reply)
{
	struct name_change how = { .mode = request->mode & 0xffff, .device = request->device };

	return change_name(call, request->directory, request->path_bytes, make_node, &how,
			   &reply->crossing);
}

status_t on_remove(struct call *call, const struct fs_remove_request *request,
		   struct fs_remove_reply *reply)
{
	struct name_change how = { .flags = request->flags & FS_REMOVE_DIRECTORY };
	status_t status = change_name(call, request->directory, request->path_bytes, remove_name,
				      &how, &reply->crossing);

	if (status == STATUS_OK)
		operation_reclaim(call);
	return status;
}

/* A link's text is as long as a path; it waits for its turn in the second path's place. */
static status_t symlink_once(struct call *call, const struct fs_symlink_request *request,
			     struct fs_crossing *crossing)
{
	struct walk walk;
	char *text;
	status_t status;

	if (request->text_bytes > FS_PATH_BYTES)
		return STATUS_ERRNO(E_NAMETOOLONG);
	text = path_prepare(&operation_paths[1], (uint32_t)request->text_bytes);
	status = call_copy_in(call, 1, 0, text, request->text_bytes);
	if (status == STATUS_OK)
		status = call_walk(call, (struct path_request){ request->directory, request->path_bytes,
				   0, WALK_NAME }, &walk, crossing);
	if (status != STATUS_OK || crossing->crossed)
		return status;
	return tree_symlink(&walk, text, (uint32_t)request->text_bytes);
}

status_t on_symlink(struct call *call, const struct fs_symlink_request *request,
		    struct fs_symlink_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = symlink_once(call, request, &reply->crossing);
	while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

static status_t read_link_once(struct call *call, const struct fs_read_link_request *request,
			       struct fs_read_link_reply *reply)
{
	struct fs_crossing crossing;
	struct walk walk;
	const char *text;
	uint32_t bytes;
	status_t status = call_walk(call, (struct path_request){ request->directory,
				    request->path_bytes, 0,
				    FS_NOFOLLOW | ((uint32_t)request->flags & FS_EMPTY_PATH) },
				    &walk, &crossing);

	if (status != STATUS_OK)
		return status;
	reply->crossed = crossing.crossed;
	reply->rest_bytes = crossing.rest_bytes;
	if (crossing.crossed)
		return call_cross(call, &walk);
	if (!walk.found.disk)
		return STATUS_ERRNO(E_NOENT);
	if (inode_type(&walk.found) != FS_SYMLINK)
		return STATUS_ERRNO(E_INVAL);
	status = link_text(&walk.found, &text, &bytes);
	if (status != STATUS_OK)
		return status;
	reply->bytes = bytes < request->text_bytes ? bytes : request->text_bytes;
	return call_copy_out(call, 1, 0, text, reply->bytes);
}

status_t on_read_link(struct call *call, const struct fs_read_link_request *request,
		      struct fs_read_link_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = read_link_once(call, request, reply);
	while (operation_again(call, &status, 0, 0));
	return status;
}

/* Times that are set one without the other look like a read or a write. */
static uint32_t events_of_change(uint32_t flags)
{
	uint32_t times = flags & (FS_CHANGE_ACCESSED | FS_CHANGE_MODIFIED);

	if (flags & (FS_CHANGE_MODE | FS_CHANGE_UID | FS_CHANGE_GID) ||
	    times == (FS_CHANGE_ACCESSED | FS_CHANGE_MODIFIED))
		return NOTIFY_ATTRIBUTES;
	return times == FS_CHANGE_ACCESSED ? NOTIFY_ACCESS : NOTIFY_MODIFY;
}

static status_t notify_change(struct call *call, const struct walk *walk,
			      const struct fs_change_request *request)
{
	uint32_t events = events_of_change(request->flags);
	struct record *record;

	if (walk->parent.disk ||
	    record_get(request->directory, call_client(call), &record) != STATUS_OK) {
		notify_walk(walk, &walk->found, events);
		return STATUS_OK;
	}
	return notify_record(record, &walk->found, events);
}

static status_t change_once(struct call *call, const struct fs_change_request *request,
			    struct fs_crossing *crossing)
{
	struct walk walk;
	status_t status = call_walk(call, (struct path_request){ request->directory,
				    request->path_bytes, 0, request->flags & PATH_FLAGS }, &walk, crossing);

	if (status != STATUS_OK)
		return status;
	if (crossing->crossed)
		return call_cross(call, &walk);
	if (!walk.found.disk)
		return STATUS_ERRNO(E_NOENT);
	status = tree_change(&walk.found, walk.who, request);
	return status == STATUS_OK && notify_count ? notify_change(call, &walk, request) : status;
}

status_t on_change(struct call *call, const struct fs_change_request *request,
		   struct fs_change_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = change_once(call, request, &reply->crossing);
	while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

/* ---- two paths ---- */

struct two_paths { struct path_request from, to; };

static status_t walk_both(struct call *call, const struct two_paths *paths, struct walk *from,
			  struct walk *to, struct fs_crossing *crossing)
{
	status_t status = call_walk(call, paths->from, from, crossing);

	if (status != STATUS_OK || crossing->crossed)
		return status;
	if (!from->found.disk && !(paths->from.flags & WALK_NAME))
		return STATUS_ERRNO(E_NOENT);
	return call_walk(call, paths->to, to, crossing);
}

status_t on_rename(struct call *call, const struct fs_rename_request *request,
		   struct fs_rename_reply *reply)
{
	struct two_paths paths = {
		{ request->old_directory, request->old_path_bytes, 0, WALK_NAME },
		{ request->new_directory, request->new_path_bytes, 1, WALK_NAME },
	};
	struct walk from, to;
	status_t status;

	operation_begin();
	do {
		status = walk_both(call, &paths, &from, &to, &reply->crossing);
		if (status == STATUS_OK && !reply->crossing.crossed)
			status = tree_rename(&from, &to, (uint32_t)request->flags);
	} while (operation_again(call, &status, reply, sizeof(*reply)));
	if (status == STATUS_OK)
		operation_reclaim(call);
	return status;
}

/* A file without a name gets one only by the record that made it. */
static status_t link_once(struct call *call, const struct fs_link_request *request,
			  const struct inode *file, const struct walk *to)
{
	struct record *record;

	if (!file->disk->links && !request->old_path_bytes &&
	    record_get(request->old_directory, call_client(call), &record) == STATUS_OK &&
	    record->flags & FS_OPEN_TEMPORARY) {
		status_t status = orphan_remove(file);

		return status == STATUS_OK ? tree_link(file, to, 1) : status;
	}
	return tree_link(file, to, 0);
}

status_t on_link(struct call *call, const struct fs_link_request *request,
		 struct fs_link_reply *reply)
{
	struct two_paths paths = {
		{ request->old_directory, request->old_path_bytes, 0,
		  (uint32_t)request->flags & PATH_FLAGS },
		{ request->new_directory, request->new_path_bytes, 1, WALK_NAME },
	};
	struct walk from, to;
	status_t status;

	operation_begin();
	do {
		status = walk_both(call, &paths, &from, &to, &reply->crossing);
		if (status == STATUS_OK && !reply->crossing.crossed)
			status = link_once(call, request, &from.found, &to);
	} while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}
