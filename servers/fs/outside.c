/* SPDX-License-Identifier: MIT */
/* What the file system needs of its surroundings: a log and a clock (volume.h), who asks. */
#include "libipc/log.h"
#include "libipc/string.h"
#include "libipc/time.h"
#include "servers/fs/mapped.h"
#include "servers/fs/operation.h"

#include "libipc/proto/process.h"

void fs_log(uint32_t volume, const char *text, uint64_t number)
{
	log_line("volume %u: %s (%lu)", volume, text, number);
}

uint64_t fs_now_ns(void)
{
	return time_wall_ns();
}

static struct session *process_session(void)
{
	static struct session session;

	if (!session.slot)
		session = service_session("process");
	return &session;
}

void fs_who_is(uint32_t client, struct credentials *who)
{
	struct process_access_reply reply;

	if (process_access(process_session(), &(struct process_access_request){ client }, &reply, 0) !=
	    STATUS_OK) {
		/* Gone already: it may do nothing. */
		*who = (struct credentials){
			.uid = ~0u, .gid = ~0u, .real_uid = ~0u, .real_gid = ~0u,
		};
		return;
	}
	*who = (struct credentials){
		.uid = reply.user, .gid = reply.group, .real_uid = reply.real_user,
		.real_gid = reply.real_group, .pid = reply.pid, .count = reply.count,
		.effective = reply.effective, .permitted = reply.permitted,
	};
	_Static_assert(CREDENTIAL_GROUPS == PROCESS_GROUPS, "all of them");
	memcpy(who->groups, reply.groups, sizeof(who->groups));
}

int fs_grant(uint32_t client, uint64_t handle, uint32_t user, uint32_t group)
{
	_Static_assert(FS_KEEP_ID == PROCESS_KEEP_ID, "passed on");
	return process_privilege(process_session(), &(struct process_privilege_request){
		client, handle, user, group }, &(struct process_privilege_reply){ }, 0) ==
		STATUS_OK;
}

int fs_may_inspect(uint32_t client, uint32_t other)
{
	struct process_inspects_reply reply;

	return process_inspects(process_session(), &(struct process_inspects_request){
		client, other }, &reply, 0) == STATUS_OK && reply.yes;
}

/* ---- pages of mappings ---- */

status_t pages_fill(uint64_t file, uint64_t page, const void *data)
{
	return process_shared_fill(process_session(), &(struct process_shared_fill_request){
		file, page }, &(struct process_shared_fill_reply){ }, LEND_IN(data, PAGE_BYTES));
}

status_t pages_map(uint64_t file, struct mapping *mapping, uint64_t count)
{
	struct process_shared_map_request request = {
		.tag = mapping->flags & FS_MAP_PRIVATE ? PROCESS_SHARED_PRIVATE(file) :
		       PROCESS_SHARED_TAG(file, mapping->flags & FS_MAP_WRITABLE),
		.page = mapping->page + mapping->done,
		.address = mapping->address + mapping->done * PAGE_BYTES,
		.client = mapping->client, .count = (uint32_t)count,
	};
	struct process_shared_map_reply reply;
	status_t status = process_shared_map(process_session(), &request, &reply, 0);

	if (status == STATUS_OK)
		mapping->done += reply.mapped;
	if (status == STATUS_OK && reply.met)
		mapping->pages = mapping->done;
	return status;
}

status_t pages_read(uint64_t file, uint64_t *page, uint32_t next, void *data)
{
	struct process_shared_read_reply reply;
	status_t status = process_shared_read(process_session(),
		&(struct process_shared_read_request){ file, *page, next }, &reply,
		LEND_OUT(data, PAGE_BYTES));

	if (status == STATUS_OK)
		*page = reply.page;
	return status;
}

void pages_write(uint64_t file, uint64_t page, uint32_t offset, const void *data, uint32_t bytes)
{
	(void)!process_shared_write(process_session(), &(struct process_shared_write_request){
		file, page, offset, bytes }, &(struct process_shared_write_reply){ },
		LEND_IN(data, bytes));
}

status_t pages_drop(uint64_t file, uint64_t page, const void *data)
{
	return process_shared_drop(process_session(), &(struct process_shared_drop_request){
		file, page }, &(struct process_shared_drop_reply){ }, LEND_IN(data, PAGE_BYTES));
}

uint64_t pages_trim(uint64_t file)
{
	struct process_shared_trim_reply reply;

	return process_shared_trim(process_session(), &(struct process_shared_trim_request){ file },
				   &reply, 0) == STATUS_OK ? reply.left : 1;
}

void pages_cut(uint64_t file, uint64_t page)
{
	(void)!process_shared_cut(process_session(), &(struct process_shared_cut_request){
		file, page }, &(struct process_shared_cut_reply){ }, 0);
}
