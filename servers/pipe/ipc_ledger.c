/* SPDX-License-Identifier: MIT */
/* What the files of IPC have in common: the ledger, who asks, sleeping until a deadline. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/pass.h"

#include "libipc/proto/errno.h"
#include "libipc/time.h"

/* ---- The ledger ---- */

void ledger_begin(void)
{
	ring_publish(&table.stable->ledger.count, 0);
	table.ipc_live.ledger_count = 0;
}

void ledger_change(void *word, uint64_t value)
{
	struct ledger *ledger = &table.stable->ledger;

	ledger->change[table.ipc_live.ledger_count++] = (struct ledger_change){
		(uint64_t)((uint8_t *)word - (uint8_t *)table.stable), value };
}

static void apply(void)
{
	const struct ledger *ledger = &table.stable->ledger;

	for (uint64_t i = 0; i < ledger->count; i++)
		*(uint64_t *)((uint8_t *)table.stable + ledger->change[i].offset) =
			ledger->change[i].value;
}

void ledger_commit(const struct call *call, uint64_t reply, uint64_t more)
{
	struct ledger *ledger = &table.stable->ledger;

	ledger->client = call ? (uint32_t)call->badge : NO_CLIENT;
	ledger->sequence = call ? call->sequence : 0;
	ledger->reply[0] = reply;
	ledger->reply[1] = more;
	ring_publish(&ledger->count, table.ipc_live.ledger_count);
	apply();
}

void ipc_recover(void)
{
	const struct ledger *ledger = &table.stable->ledger;
	struct call call = { .badge = ledger->client, .sequence = ledger->sequence };
	struct answer *answer;

	apply();
	if (!ledger->count || BADGE_CLIENT(ledger->client) >= CLIENT_MAX || !ledger->sequence)
		return;
	answer = answer_slot(&call);
	if ((int32_t)(ledger->sequence - answer->sequence) <= 0)
		return;
	answer->status = STATUS_OK;
	answer->words = 2;
	answer->reply[0] = ledger->reply[0];
	answer->reply[1] = ledger->reply[1];
	__atomic_store_n(&answer->sequence, ledger->sequence, __ATOMIC_RELEASE);
}

void ipc_start(void)
{
	blocks_start();
	queues_start();
}

void ipc_client_dead(unsigned client)
{
	if (BADGE_CLIENT(table.stable->ledger.client) == client)
		table.stable->ledger.client = NO_CLIENT;
	semaphores_client_dead(client);
	queues_client_dead(client);
}

/* ---- Who asks ---- */

status_t ipc_identify(unsigned client, struct ipc_caller *caller)
{
	struct pass_identity identity;
	status_t status = pass_identify(client, &identity);

	if (status == STATUS_OK)
		*caller = (struct ipc_caller){ client, identity.pid, identity.uid[0],
					       identity.gid[0] };
	return status;
}

int ipc_in_group(const struct ipc_caller *caller, uint32_t gid)
{
	return caller->gid == gid || pass_in_group(caller->client, gid);
}

int ipc_may(const struct ipc_caller *caller, unsigned capability)
{
	return pass_may(caller->client, capability);
}

/* ---- Sleeping ---- */

/* One that sleeps until a deadline, on its fibre's stack. */
struct sleeper {
	struct sleeper *next;
	struct event *event;
	uint64_t deadline_ns;
};
static struct sleeper *sleepers;

uint64_t ipc_sleepers_look(uint64_t now_ns)
{
	uint64_t next = 0;

	for (struct sleeper *sleeper = sleepers; sleeper; sleeper = sleeper->next) {
		if (sleeper->deadline_ns <= now_ns)
			event_signal(sleeper->event);
		else if (!next || sleeper->deadline_ns < next)
			next = sleeper->deadline_ns;
	}
	return next;
}

status_t ipc_wait(struct event *event, struct call *call, uint64_t deadline_ns)
{
	struct sleeper sleeper = { sleepers, event, deadline_ns }, **link = &sleepers;
	status_t status;

	if (!deadline_ns)
		return event_wait(event, call);
	if (time_now_ns() >= deadline_ns)
		return STATUS_ERRNO(E_TIMEDOUT);
	sleepers = &sleeper;
	timers_look(&table);
	status = event_wait(event, call);
	while (*link != &sleeper)
		link = &(*link)->next;
	*link = sleeper.next;
	return status;
}
