/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_OPERATION_H
#define BULKHEAD_FS_OPERATION_H

#include "libipc/server.h"
#include "libipc/proto/fs.h"
#include "servers/fs/record.h"
#include "servers/fs/walk.h"

/*
 * How a handler works: attempts, each from the start, until one comes to an end.
 *
 * 	operation_begin();
 * 	do
 * 		status = ... check, change, fill the reply ...;
 * 	while (operation_again(call, &status, reply, sizeof(*reply)));
 * 	return status;
 *
 * OK: what was changed is published, together with the answer if the request is a ONCE one.
 * FS_MORE: it is published without an answer. Anything else: it is undone, and on FS_MISSING the
 * block is waited for. call 0: nobody's request, and nobody's answer. No handler waits anywhere
 * else while it has changed anything.
 */
void operation_begin(void);
int operation_again(struct call *call, status_t *status, const void *reply, uint32_t reply_bytes);

/* Frees what lost its last name and is not open. call: 0, or whose request it is. */
void operation_reclaim(struct call *call);

/* The paths of the present attempt. Copied anew in each, so that one pair serves all handlers. */
extern struct path operation_paths[2];

/* Who is asking; process is asked once, and again after client_stranger. */
const struct credentials *call_credentials(const struct call *call);
const struct credentials *client_credentials(uint32_t client);
void client_stranger(uint32_t client);
/* The process service says who the client is (outside.c, or a test). */
void fs_who_is(uint32_t client, struct credentials *who);
/* It is told what the client's next exec gives it; 0: that must not be. */
#define FS_KEEP_ID 0xffffffffu
int fs_grant(uint32_t client, uint64_t handle, uint32_t user, uint32_t group);
/* It says whether the client may inspect the other one. */
int fs_may_inspect(uint32_t client, uint32_t other);
static inline uint32_t call_client(const struct call *call)
{
	return BADGE_CLIENT(call->badge) % CLIENT_MAX;
}

/* The record and its inode. E_BADF, FS_MISSING. */
status_t call_record(const struct call *call, uint64_t handle, struct record **record,
		     struct inode *inode) MUST_CHECK;

/*
 * Walks the path in window `window` from the record `directory`. If it leads out of the file
 * system, *crossing says so (the rest of the path is in window 1, if it is to be written).
 */
/* That a client may say itself. */
#define PATH_FLAGS (FS_NOFOLLOW | FS_EMPTY_PATH | FS_REAL_USER)
struct path_request { uint64_t directory, bytes; uint32_t window, flags, resolve; };
status_t call_walk(struct call *call, struct path_request what, struct walk *walk,
		   struct fs_crossing *crossing) MUST_CHECK;

/* The rest of a path that leads to another mount goes into window 1, if that was lent for it. */
status_t call_cross(struct call *call, const struct walk *walk) MUST_CHECK;

/* Those who listen hear that the client closes what nobody else has open (on_notify.c). */
void operation_closing(uint32_t client, uint64_t handle);
void operation_closing_all(uint32_t client);

/* The handlers: on_name.c, on_data.c, on_record.c. */
#define OPERATION_HANDLER(interface, name, repeat) \
	status_t on_##name(struct call *call, const struct interface##_##name##_request *request, \
			   struct interface##_##name##_reply *reply);
FS_INTERFACE(OPERATION_HANDLER)

#endif
