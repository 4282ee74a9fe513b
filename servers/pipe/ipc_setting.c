/* SPDX-License-Identifier: MIT */
/* What root may change: limits of pipes, System V IPC and POSIX message queues. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/pass.h"

#include "libipc/proto/capability.h"
#include "libipc/proto/errno.h"

static const struct { uint64_t usual, least, most; } settings[SETTINGS] = {
	[SETTING_PIPE_BYTES] = { PIPE_CAPACITY_MOST, PIPE_ATOMIC, PIPE_CAPACITY_MOST },
	[SETTING_MESSAGE_BYTES] = { MESSAGE_MOST, 0, 1u << 20 },
	[SETTING_MESSAGE_QUEUE] = { MESSAGES_MOST, 0, 1u << 21 },
	[SETTING_MESSAGE_QUEUES] = { KEY_OBJECTS, 0, KEY_OBJECTS },
	[SETTING_SEGMENT_BYTES] = { SEGMENT_BYTES_MOST, 0, SEGMENT_BYTES_MOST },
	[SETTING_SEGMENT_PAGES] = { SEGMENT_BYTES_MOST / 4096, 0, SEGMENT_BYTES_MOST / 4096 },
	[SETTING_SEGMENTS] = { KEY_OBJECTS, 0, KEY_OBJECTS },
	[SETTING_SET_SEMAPHORES] = { SEMAPHORES_SET, 0, SEMAPHORES_SET },
	[SETTING_ALL_SEMAPHORES] = { SEMAPHORES_ALL, 0, SEMAPHORES_ALL },
	[SETTING_CALL_SEMAPHORES] = { SEMAPHORES_CALL, 0, SEMAPHORES_CALL },
	[SETTING_SETS] = { KEY_OBJECTS, 0, KEY_OBJECTS },
	[SETTING_QUEUE_MESSAGES] = { QUEUE_MESSAGES, 1, QUEUE_ROOT_MESSAGES },
	[SETTING_QUEUE_BYTES] = { QUEUE_MESSAGE_BYTES, 128, QUEUE_ROOT_BYTES },
	[SETTING_QUEUE_MESSAGES_MOST] = { QUEUE_MESSAGES, 1, QUEUE_ROOT_MESSAGES },
	[SETTING_QUEUE_BYTES_MOST] = { QUEUE_MESSAGE_BYTES, 128, QUEUE_ROOT_BYTES },
	[SETTING_QUEUES] = { QUEUES, 0, QUEUES },
};

/* In stable memory it is one more, 0: as usual. */
uint64_t ipc_setting(uint32_t which)
{
	uint64_t stored = table.stable->setting[which];

	return stored ? stored - 1 : settings[which].usual;
}

status_t on_setting(struct call *call, const struct pipe_setting_request *request,
		    struct pipe_setting_reply *reply)
{
	uint64_t value = request->value, size = PIPE_ATOMIC;
	struct pass_identity identity;
	status_t status;

	if (request->which >= SETTINGS)
		return STATUS_ERRNO(E_INVAL);
	if (request->set) {
		status = pass_identify(client_of(call), &identity);
		if (status != STATUS_OK)
			return status;
		if (identity.uid[0] && !pass_may(client_of(call), CAPABILITY_SYS_RESOURCE))
			return STATUS_ERRNO(E_PERM);
		if (value < settings[request->which].least || value > settings[request->which].most)
			return STATUS_ERRNO(E_INVAL);
		while (request->which == SETTING_PIPE_BYTES && size < value)
			size *= 2;
		table.stable->setting[request->which] =
			(request->which == SETTING_PIPE_BYTES ? size : value) + 1;
	}
	reply->value = ipc_setting(request->which);
	return STATUS_OK;
}
