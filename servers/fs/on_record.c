/* SPDX-License-Identifier: MIT */
/* Requests about records, directories as such, and the volume. */
#include "libipc/format.h"
#include "libipc/string.h"
#include "servers/fs/gone.h"
#include "servers/fs/list.h"
#include "servers/fs/mapped.h"
#include "servers/fs/mount.h"
#include "servers/fs/notify.h"
#include "servers/fs/operation.h"
#include "servers/fs/writeback.h"

status_t on_release(struct call *call, const struct fs_release_request *request,
		    struct fs_release_reply *reply)
{
	(void)reply;
	if (notify_count)
		operation_closing(call_client(call), request->handle);
	record_release(request->handle, call_client(call));
	operation_reclaim(call);
	return STATUS_OK;
}

status_t on_inherit(struct call *call, const struct fs_inherit_request *request,
		    struct fs_inherit_reply *reply)
{
	status_t status = STATUS_OK;

	(void)reply;
	if (request->client >= CLIENT_MAX || request->count > FS_INHERIT_MAX)
		return STATUS_ERRNO(E_INVAL);
	/* Only of one that has nothing yet: it begins. */
	if (stable.roots[call_client(call)] && !records_any(request->client))
		stable.roots[request->client] = stable.roots[call_client(call)];
	for (uint32_t i = 0; i < request->count && status == STATUS_OK; i++)
		status = record_inherit(request->record[i].handle, call_client(call),
					request->client, request->record[i].position);
	return status;
}

status_t on_hold(struct call *call, const struct fs_hold_request *request,
		 struct fs_hold_reply *reply)
{
	(void)reply;
	if (!call_from_service(call))
		return STATUS_ERRNO(E_PERM);
	if (request->client >= CLIENT_MAX)
		return STATUS_ERRNO(E_INVAL);
	return record_inherit(request->handle, (uint32_t)request->client, call_client(call),
			      request->position);
}

static status_t view_once(struct call *call, const struct fs_view_request *request,
			  struct fs_view_reply *reply)
{
	struct record *record;
	struct inode inode;
	status_t status = record_get(request->handle, (uint32_t)request->client, &record);

	if (status == STATUS_OK && record->flags & RECORD_LISTENER)
		status = STATUS_ERRNO(E_BADF);
	if (status == STATUS_OK)
		status = place_inode(PLACE(record->mount, record->volume, record->inode), &inode);
	if (status != STATUS_OK)
		return status;
	reply->position = record->position;
	return record_make(&inode, record->parent, FS_OPEN_PATH, call_client(call), &reply->handle);
}

status_t on_view(struct call *call, const struct fs_view_request *request,
		 struct fs_view_reply *reply)
{
	status_t status;

	if (request->client >= CLIENT_MAX ||
	    !fs_may_inspect(call_client(call), (uint32_t)request->client))
		return STATUS_ERRNO(E_ACCES);
	operation_begin();
	do
		status = view_once(call, request, reply);
	while (operation_again(call, &status, reply, sizeof(*reply)));
	return status;
}

/*
 * What the mode says, where the mount lets it; set-group-ID without the right to execute means
 * something else.
 */
static uint64_t grants(const struct inode *inode, uint32_t *user, uint32_t *group)
{
	uint32_t mode = mount_flags(inode) & FS_MOUNT_NOSUID ? 0 : inode->disk->mode;

	*user = mode & 04000 ? inode_uid(inode) : FS_KEEP_ID;
	*group = (mode & 02010) == 02010 ? inode_gid(inode) : FS_KEEP_ID;
	return inode_type(inode) == FS_REGULAR && (mode & 04000 || (mode & 02010) == 02010);
}

status_t on_privilege(struct call *call, const struct fs_privilege_request *request,
		      struct fs_privilege_reply *reply)
{
	uint32_t user = FS_KEEP_ID, group = FS_KEEP_ID;
	struct record *record;
	struct inode inode;
	status_t status;

	reply->granted = 0;
	operation_begin();
	do {
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK && record->flags & FS_OPEN_EXECUTE)
			reply->granted = grants(&inode, &user, &group);
	} while (operation_again(call, &status, 0, 0));
	if (status == STATUS_OK && reply->granted)
		reply->granted = (uint64_t)fs_grant(call_client(call), request->handle, user,
						    group);
	return status;
}

status_t on_status(struct call *call, const struct fs_status_request *request,
		   struct fs_status_reply *reply)
{
	struct record *record;
	struct inode inode;
	status_t status;

	operation_begin();
	do {
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK)
			inode_status(&inode, &reply->status);
	} while (operation_again(call, &status, 0, 0));
	return status;
}

status_t on_size(struct call *call, const struct fs_size_request *request,
		 struct fs_size_reply *reply)
{
	struct record *record;
	struct inode inode;
	status_t status;

	operation_begin();
	do {
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK)
			reply->bytes = inode_size(&inode);
	} while (operation_again(call, &status, 0, 0));
	return status;
}

/* Entries and paths are put together here. No attempt waits, so one place is enough. */
static uint8_t staging[16384] __attribute__((aligned(8)));

static status_t list_once(struct call *call, const struct fs_list_request *request,
			  struct fs_list_reply *reply)
{
	struct listing listing = { staging, sizeof(staging), 0, request->cookie };
	struct record *record;
	struct inode inode;
	status_t status = call_record(call, request->handle, &record, &inode);

	if (status != STATUS_OK)
		return status;
	if (!inode_is_directory(&inode))
		return STATUS_ERRNO(E_NOTDIR);
	if (request->bytes < sizeof(staging))
		listing.size_bytes = (uint32_t)request->bytes & ~7u;
	status = list_directory(&inode, &listing);
	if (status != STATUS_OK)
		return status;
	if (notify_count)
		status = notify_record(record, &inode, NOTIFY_ACCESS);
	if (status != STATUS_OK)
		return status;
	reply->bytes = listing.bytes;
	reply->cookie = listing.cookie;
	return call_copy_out(call, 0, 0, staging, listing.bytes);
}

status_t on_list(struct call *call, const struct fs_list_request *request,
		 struct fs_list_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = list_once(call, request, reply);
	while (operation_again(call, &status, 0, 0));
	return status;
}

#define DELETED " (deleted)"

/* The name that an open file had, in the directory where it was opened. */
static status_t path_of_gone(const struct record *record, const struct inode *inode,
			     struct locating *locating)
{
	const struct gone *gone = gone_find(inode);
	char number[24];
	uint32_t bytes = gone ? gone->bytes :
		(uint32_t)format_text(number, sizeof(number), "#%u", inode->number);
	uint32_t tail = 1 + bytes + sizeof(DELETED) - 1, size = locating->size_bytes;
	char *to = locating->text + size - tail;
	uint64_t place = PLACE(record->mount, record->volume, record->parent);
	struct inode parent;
	status_t status = place_inode(place, &parent);

	to[0] = '/';
	memcpy(to + 1, gone ? gone->name : number, bytes);
	memcpy(to + 1 + bytes, DELETED, sizeof(DELETED) - 1);
	locating->size_bytes -= tail;
	if (status == STATUS_OK)
		status = inode_is_directory(&parent) ? locate(parent, 0, locating) :
			STATUS_ERRNO(E_NOENT);
	if (status == (status_t)FS_MISSING)
		return status;
	/* A directory that is gone too, or the root, which ends with a slash of its own. */
	if (status != STATUS_OK || locating->start == locating->size_bytes - 1)
		locating->start = locating->size_bytes;
	locating->size_bytes = size;
	return STATUS_OK;
}

static status_t path_of_record(const struct record *record, const struct inode *inode,
			       struct locating *locating)
{
	const struct mounted *mount = mount_of_root(inode);
	struct inode parent;
	status_t status;

	if (inode_is_directory(inode))
		return locate(*inode, 0, locating);
	if (mount)
		return locate_place(mount->at, mount->at_directory, locating);
	status = place_inode(PLACE(record->mount, record->volume, record->parent), &parent);
	if (status != STATUS_OK)
		return status;
	return inode_is_directory(&parent) ? locate(parent, record->inode, locating) :
		STATUS_ERRNO(E_NOENT);
}

static status_t path_once(struct call *call, const struct fs_path_request *request,
			  struct fs_path_reply *reply)
{
	struct locating locating = {
		(char *)staging, FS_PATH_BYTES, 0, stable.roots[call_client(call)], 0,
		(uint32_t)request->flags & FS_PATH_REACHABLE,
	};
	struct record *record;
	struct inode inode;
	status_t status = call_record(call, request->handle, &record, &inode);

	if (status != STATUS_OK)
		return status;
	status = path_of_record(record, &inode, &locating);
	if (status == STATUS_ERRNO(E_NOENT) && !(request->flags & FS_PATH_REACHABLE))
		status = path_of_gone(record, &inode, &locating);
	if (status != STATUS_OK)
		return status;
	reply->bytes = FS_PATH_BYTES - locating.start;
	if (reply->bytes > request->bytes)
		return STATUS_ERRNO(E_RANGE);
	return call_copy_out(call, 0, 0, staging + locating.start, reply->bytes);
}

status_t on_path(struct call *call, const struct fs_path_request *request,
		 struct fs_path_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = path_once(call, request, reply);
	while (operation_again(call, &status, 0, 0));
	return status;
}

/* Blocks that hold no data by design: Linux does not count them either. */
static uint64_t overhead(const struct volume *volume)
{
	return volume->first_block + (uint64_t)volume->groups * (2 + volume->table_blocks);
}

status_t on_volume(struct call *call, const struct fs_volume_request *request,
		   struct fs_volume_reply *reply)
{
	const struct mounted *mount = &stable.mounts[0];
	struct volume *volume = &volumes[VOLUME_ROOT];
	struct record *record;
	status_t status;

	if (request->handle != FS_ROOT) {
		status = record_get(request->handle, call_client(call), &record);
		if (status != STATUS_OK)
			return status;
		volume = &volumes[record->volume];
		mount = &stable.mounts[record->mount];
	}
	if (!volume->present)
		return STATUS_ERRNO(E_NODEV);
	*reply = (struct fs_volume_reply){
		.blocks = volume->blocks - overhead(volume),
		.blocks_free = volume->super->free_blocks,
		.inodes = volume->inodes,
		.inodes_free = volume->super->free_inodes,
		.block_bytes = volume->block_bytes,
		.name_bytes = FS_NAME_BYTES,
		.volume = volume->number,
		.filesystem = mount->kind == FS_MOUNT_ROOT ? volume->number : mount->filesystem,
		.mount_flags = mount->flags,
		.read_only = volume->read_only || mount->flags &
			(FS_MOUNT_READ_ONLY | FS_MOUNT_SUPER_READ_ONLY),
	};
	if (reply->blocks_free > volume->super->reserved_blocks)
		reply->blocks_available = reply->blocks_free - volume->super->reserved_blocks;
	memcpy(reply->uuid, volume->super->uuid, sizeof(reply->uuid));
	return STATUS_OK;
}

/* All that is dirty goes out, whatever file it belongs to: there is no list of a file's frames. */
status_t on_sync(struct call *call, const struct fs_sync_request *request,
		 struct fs_sync_reply *reply)
{
	struct record *record;
	status_t status;

	(void)reply;
	if (request->handle != FS_ROOT) {
		status = record_get(request->handle, call_client(call), &record);
		if (status != STATUS_OK)
			return status;
	}
	mapped_fetch_all();
	operation_reclaim(call);
	return writeback_sync(call);
}

status_t on_identify(struct call *call, const struct fs_identify_request *request,
		     struct fs_identify_reply *reply)
{
	(void)request;
	(void)reply;
	client_stranger(call_client(call));
	return STATUS_OK;
}

status_t on_chroot(struct call *call, const struct fs_chroot_request *request,
		   struct fs_chroot_reply *reply)
{
	struct record *record;
	struct inode inode;
	status_t status;

	(void)reply;
	if (!credentials_can(call_credentials(call), CAPABILITY_SYS_CHROOT))
		return STATUS_ERRNO(E_PERM);
	operation_begin();
	do {
		status = call_record(call, request->handle, &record, &inode);
		if (status == STATUS_OK && !inode_is_directory(&inode))
			status = STATUS_ERRNO(E_NOTDIR);
		if (status == STATUS_OK)
			stable.roots[call_client(call)] =
				PLACE(record->mount, record->volume, record->inode);
	} while (operation_again(call, &status, 0, 0));
	return status;
}
