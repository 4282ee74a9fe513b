/* SPDX-License-Identifier: MIT */
/* What handlers do with a call: reach its windows, keep it; and what they do to others. */
#include "libipc/objects.h"
#include "libipc/server_private.h"

status_t window_copy_message(struct call *call, unsigned window, unsigned direction, uint64_t offset,
			     uint64_t address, uint64_t bytes)
{
	struct words words;
	status_t status;

	for (;;) {
		words = (struct words){ { offset, address, bytes } };
		status = kernel_copy(call->reply_slot, window | direction << 8, &words);
		if (status != STATUS_AGAIN)
			return status;
		offset += words.word[0];
		address += words.word[0];
		bytes -= words.word[0];
	}
}

status_t call_copy_in(struct call *call, unsigned window, uint64_t offset, void *to, uint64_t bytes)
{
	return window_copy(call, window, WINDOW_READ, offset, (uint64_t)to, bytes);
}

status_t call_copy_out(struct call *call, unsigned window, uint64_t offset, const void *from,
		       uint64_t bytes)
{
	return window_copy(call, window, WINDOW_WRITE, offset, (uint64_t)from, bytes);
}

status_t call_keep(struct call *call)
{
	uint32_t slot = slot_allocate();
	status_t status;

	if (!slot)
		return STATUS_NO_MEMORY;
	status = kernel_invoke_reply(0, REPLY_SAVE, WORDS(slot));
	if (status == STATUS_OK)
		call->reply_slot = slot;
	else
		slot_free(slot);
	return status;
}

void notify(uint32_t slot, uint32_t bits)
{
	/* Whoever is not there any more need not be told. */
	(void)!kernel_notify(slot, 0, WORDS(bits));
}

struct session service_session(const char *name)
{
	const struct service_info *info = service_info();
	const struct resource *resource = service_resource(RESOURCE_SESSION, name);

	/* A predecessor's last number may still be in the answer slot: never use it again. */
	return (struct session){ resource ? resource->slot : 0, info->generation << 20,
				 (struct message_page *)info->message_page };
}
