/* SPDX-License-Identifier: MIT */
/* Capability tables: finding, filling, clearing, copying slots, and what each copy counts for. */
#include "kernel/capability.h"

#include "kernel/endpoint.h"
#include "kernel/memory.h"
#include "kernel/message.h"
#include "kernel/space.h"

struct slot *slot_find(const struct space *space, uint64_t number)
{
	return number && number < space->slot_count ? &space->table[number] : 0;
}

status_t slot_get(const struct space *space, uint64_t number, unsigned kind, unsigned rights,
		  struct slot **found)
{
	struct slot *slot = slot_find(space, number);

	if (!slot || slot->kind != kind)
		return STATUS_BAD_SLOT;
	if (kind == KIND_SPACE || kind == KIND_THREAD || kind == KIND_ENDPOINT)
		if (((struct object *)slot_object(slot))->kind != kind)
			return STATUS_BAD_SLOT;
	if ((slot->rights & rights) != rights)
		return STATUS_NO_RIGHT;
	*found = slot;
	return STATUS_OK;
}

status_t slot_get_empty(struct space *space, uint64_t number, struct slot **found)
{
	struct slot *slot = slot_find(space, number);

	if (!slot || slot->kind != KIND_NONE)
		return STATUS_BAD_SLOT;
	if (space->slot_end <= number)
		space->slot_end = (uint32_t)number + 1;
	*found = slot;
	return STATUS_OK;
}

status_t slot_fill(struct space *space, struct slot *destination, const struct slot *value)
{
	switch (value->kind) {
	case KIND_SESSION: {
		struct session *session = slot_object(value);

		if (session->endpoint->level <= space->level)
			return STATUS_NO_RIGHT;
		session_hold(session);
		break;
	}
	case KIND_SPACE:
	case KIND_THREAD:
	case KIND_ENDPOINT:
	case KIND_NOTIFICATION:
		object_hold(slot_object(value));
		break;
	}
	*destination = *value;
	return STATUS_OK;
}

void slot_clear(struct slot *slot)
{
	struct slot old = *slot;

	*slot = (struct slot){ 0 };
	switch (old.kind) {
	case KIND_SESSION:
		session_release(slot_object(&old));
		break;
	case KIND_SPACE:
	case KIND_THREAD:
	case KIND_ENDPOINT:
	case KIND_NOTIFICATION:
		object_release(slot_object(&old));
		break;
	case KIND_REPLY: {
		struct thread *caller = slot_object(&old);

		caller->reply = 0;
		call_end(caller, STATUS_GONE);
		break;
	}
	}
}

status_t slot_grant(const struct slot *source, struct space *to, uint64_t number, unsigned rights)
{
	struct slot *destination, value = *source;
	status_t status = slot_get_empty(to, number, &destination);

	if (status != STATUS_OK)
		return status;
	if (value.kind == KIND_NONE || value.kind == KIND_REPLY)
		return STATUS_BAD_SLOT;
	if (value.kind == KIND_SESSION && !(value.rights & SESSION_COPY))
		return STATUS_NO_RIGHT;
	value.rights &= rights;
	if (value.kind == KIND_MEMORY)
		value.extra++;
	return slot_fill(to, destination, &value);
}
