/* SPDX-License-Identifier: MIT */
/* What the file system needs of its surroundings: a log and a clock (volume.h), who asks. */
#include "libipc/log.h"
#include "libipc/string.h"
#include "libipc/time.h"
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

void fs_who_is(uint32_t client, struct credentials *who)
{
	static struct session process;
	struct process_access_reply reply;

	if (!process.slot)
		process = service_session("process");
	if (process_access(&process, &(struct process_access_request){ client }, &reply, 0) !=
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
	};
	_Static_assert(CREDENTIAL_GROUPS == PROCESS_GROUPS, "all of them");
	memcpy(who->groups, reply.groups, sizeof(who->groups));
}
