/* SPDX-License-Identifier: MIT */
#include "servers/fs/operation.h"

#include "libipc/string.h"
#include "servers/fs/disk.h"
#include "servers/fs/mapped.h"
#include "servers/fs/mount.h"
#include "servers/fs/notify.h"
#include "servers/fs/orphan.h"
#include "servers/fs/writeback.h"

struct path operation_paths[2];

void operation_begin(void)
{
	log_begin();
}

static void publish(void)
{
	log_publish();
	names_publish();
	index_publish();
	cache_forget_now();
	record_adopt();
	notify_raise();
	writeback_consider();
}

static void undo(void)
{
	log_undo();
	names_undo();
	index_undo();
	cache_forget_nothing();
	record_disown();
}

/* The answer becomes valid by the same store as the effect. Nobody asks for an orphan's answer. */
static void put_answer(struct call *call, const void *reply, uint32_t reply_bytes)
{
	struct answer *answer;

	if (!call || !call->sequence || call->orphan)
		return;
	answer = answer_slot(call);
	log_save(answer, __builtin_offsetof(struct answer, poison));
	answer->status = STATUS_OK;
	answer->words = (uint16_t)(reply_bytes / 8);
	memcpy(answer->reply, reply, reply_bytes);
	answer->sequence = call->sequence;
	call_answered(call);
}

int operation_again(struct call *call, status_t *status, const void *reply, uint32_t reply_bytes)
{
	uint32_t operation = log_operation;
	int again = 0;

	if (*status == STATUS_OK) {
		put_answer(call, reply, reply_bytes);
		/* Nothing to publish: only an access time may have changed. */
		if (stable.head->log_used)
			publish();
		else
			writeback_consider();
	} else if (*status == (status_t)FS_MORE) {
		publish();
		again = 1;
	} else {
		undo();
		if (*status == (status_t)FS_MISSING) {
			*status = disk_load(call);
			again = *status == STATUS_OK;
		}
	}
	/* After a part that is published the frames it touched may go. */
	if (again && *status == (status_t)FS_MORE)
		log_begin();
	else if (again)
		log_begin_again(operation);
	return again;
}

static void reclaim(struct volume *volume, struct call *call)
{
	status_t status;

	if (!volume->present || volume->read_only)
		return;
	while (volume->super->last_orphan) {
		log_begin();
		status = orphan_reclaim(volume);
		if (status == (status_t)FS_MORE) {
			publish();
			continue;
		}
		undo();
		if (status == STATUS_OK)
			return;
		if (status == (status_t)FS_MISSING)
			status = disk_load(call);
		if (status != STATUS_OK) {
			log_begin();
			orphan_give_up(volume);
			publish();
		}
	}
}

void operation_reclaim(struct call *call)
{
	if (mapped_stored)
		mapped_close();
	if (mount_detached)
		mounts_reclaim();
	reclaim(&volumes[VOLUME_ROOT], call);
	reclaim(&volumes[VOLUME_MEMORY], call);
}

/* Of clients that have asked for something; pid 0: not known yet. */
static struct credentials clients[CLIENT_MAX];

const struct credentials *client_credentials(uint32_t client)
{
	if (!clients[client].pid)
		fs_who_is(client, &clients[client]);
	return &clients[client];
}

const struct credentials *call_credentials(const struct call *call)
{
	return client_credentials(call_client(call));
}

void client_stranger(uint32_t client)
{
	clients[client].pid = 0;
}

status_t call_record(const struct call *call, uint64_t handle, struct record **record,
		     struct inode *inode)
{
	status_t status = record_get(handle, call_client(call), record);

	if (status != STATUS_OK)
		return status;
	if ((*record)->flags & RECORD_LISTENER)
		return STATUS_ERRNO(E_BADF);
	return place_inode(PLACE((*record)->mount, (*record)->volume, (*record)->inode), inode);
}

/* The same with the real user's rights. Valid within the attempt. */
static const struct credentials *real_credentials(const struct call *call)
{
	static struct credentials real;

	real = *call_credentials(call);
	real.uid = real.real_uid;
	real.gid = real.real_gid;
	/* As access(2) has it. */
	real.effective = real.uid ? 0 : real.permitted;
	return &real;
}

/* Where the path begins, if it does not begin with a slash. */
static status_t start_inode(const struct call *call, uint64_t directory, struct inode *start)
{
	struct record *record;

	if (directory == FS_ROOT)
		return inode_get(VOLUME_ROOT, EXT2_ROOT_INODE, start);
	if (directory == FS_ROOT_MEMORY) {
		status_t status = inode_get(VOLUME_MEMORY, EXT2_ROOT_INODE, start);
		const struct mounted *mount;

		/* No name leads there that could be asked for what is mounted. */
		while (status == STATUS_OK && (mount = mount_at(place_of(start))))
			status = place_inode(mount->root, start);
		return status;
	}
	return call_record(call, directory, &record, start);
}

#define CONFINED (FS_RESOLVE_BENEATH | FS_RESOLVE_IN_ROOT)

status_t call_walk(struct call *call, struct path_request what, struct walk *walk,
		   struct fs_crossing *crossing)
{
	struct path *path = &operation_paths[what.window];
	struct inode start;
	status_t status;
	char *text;

	*crossing = (struct fs_crossing){ 0, 0 };
	if (what.bytes > FS_PATH_BYTES)
		return STATUS_ERRNO(E_NAMETOOLONG);
	text = path_prepare(path, (uint32_t)what.bytes);
	if (what.bytes) {
		status = call_copy_in(call, what.window, 0, text, what.bytes);
		if (status != STATUS_OK)
			return status;
	}
	walk->root = stable.roots[call_client(call)];
	walk->resolve = what.resolve;
	/* An absolute path does not even look at the directory. */
	if (what.bytes && text[0] == '/' && !(what.resolve & CONFINED))
		status = root_inode(walk->root, &start);
	else
		status = start_inode(call, what.directory, &start);
	if (status != STATUS_OK)
		return status;
	if (what.resolve & FS_RESOLVE_IN_ROOT)
		walk->root = place_of(&start);
	walk->who = what.flags & FS_REAL_USER ? real_credentials(call) : call_credentials(call);
	status = walk_path(walk, path, start, what.flags);
	if (status != STATUS_OK || !walk->crossed)
		return status;
	if (what.resolve & (CONFINED | FS_RESOLVE_NO_CROSSING))
		return STATUS_ERRNO(E_XDEV);
	*crossing = (struct fs_crossing){ walk->crossed, walk->rest_bytes };
	return STATUS_OK;
}

status_t call_cross(struct call *call, const struct walk *walk)
{
	if (call->windows < 2 || !walk->rest_bytes)
		return STATUS_OK;
	return call_copy_out(call, 1, 0, walk->rest, walk->rest_bytes);
}
