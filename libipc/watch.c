/* SPDX-License-Identifier: MIT */
#include "libipc/watch.h"

#include "libipc/proto/errno.h"

void watch_drop(struct watch_table *table, unsigned client)
{
	uint32_t slot = table->client[client].slot;

	if (!slot)
		return;
	table->client[client].slot = 0;
	slot_delete(slot);
}

status_t watch_set(struct watch_table *table, struct call *call, uint64_t bits)
{
	unsigned client = BADGE_CLIENT(call->badge);
	uint32_t slot = call->capability[0];

	if (!slot)
		return STATUS_ERRNO(E_BADF);
	watch_drop(table, client);
	slot_keep(slot);
	table->client[client].bits = (uint32_t)bits;
	table->client[client].slot = slot;
	return STATUS_OK;
}

void watch_arm(struct watchers *watchers, unsigned client)
{
	client_set_add(&watchers->set, client);
	watchers->some = 1;
}

void watch_raise_one(const struct watch_table *table, unsigned client)
{
	if (table->client[client].slot)
		notify(table->client[client].slot, table->client[client].bits);
}

void watch_raise(const struct watch_table *table, struct watchers *watchers)
{
	unsigned client;

	watchers->changes++;
	if (!watchers->some)
		return;
	watchers->some = 0;
	for (client = client_set_next(&watchers->set, 0); client < CLIENT_MAX;
	     client = client_set_next(&watchers->set, client + 1)) {
		client_set_remove(&watchers->set, client);
		watch_raise_one(table, client);
	}
}

void watch_raise_all(const struct watch_table *table)
{
	for (unsigned client = 0; client < CLIENT_MAX; client++)
		watch_raise_one(table, client);
}
