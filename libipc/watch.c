/* SPDX-License-Identifier: MIT */
#include "libipc/watch.h"

#include "libipc/proto/errno.h"

static void drop(struct watch *watch)
{
	uint32_t slot = watch->slot;

	if (!slot)
		return;
	watch->slot = 0;
	slot_delete(slot);
}

void watch_drop(struct watch_table *table, unsigned client)
{
	drop(&table->client[client]);
	if (!client_set_has(&table->threaded, client))
		return;
	for (uint32_t i = 0; i < WATCH_THREADS; i++)
		if (table->thread[i].client == client)
			drop(&table->thread[i].watch);
	client_set_remove(&table->threaded, client);
}

status_t watch_set(struct watch_table *table, struct call *call, uint64_t bits)
{
	unsigned client = BADGE_CLIENT(call->badge), thread = BADGE_THREAD(call->badge);
	struct watch *watch = &table->client[client];
	uint32_t slot = call->capability[0];

	if (!slot)
		return STATUS_ERRNO(E_BADF);
	if (thread) {
		watch = &table->thread[thread % WATCH_THREADS].watch;
		client_set_add(&table->threaded, client);
	}
	drop(watch);
	if (thread)
		table->thread[thread % WATCH_THREADS].client = client;
	slot_keep(slot);
	call->capability[0] = 0;
	watch->bits = (uint32_t)bits;
	watch->slot = slot;
	return STATUS_OK;
}

void watch_arm(struct watchers *watchers, unsigned client)
{
	client_set_add(&watchers->set, client);
	watchers->some = 1;
}

static void tell(const struct watch *watch)
{
	if (watch->slot)
		notify(watch->slot, watch->bits);
}

void watch_raise_one(const struct watch_table *table, unsigned client)
{
	tell(&table->client[client]);
	if (!client_set_has(&table->threaded, client))
		return;
	for (uint32_t i = 0; i < WATCH_THREADS; i++)
		if (table->thread[i].client == client)
			tell(&table->thread[i].watch);
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
