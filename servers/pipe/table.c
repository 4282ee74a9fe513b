/* SPDX-License-Identifier: MIT */
#include "servers/pipe/socket.h"

static int record_exists(const struct pipe_stable *stable, const struct pipe_record *record)
{
	const struct socket *socket = &stable->sockets[record->object % SOCKETS];

	if (!record->used || client_set_empty(&record->holders))
		return 0;
	/* With a link to a socket that is not used: half of a pair that was being made. */
	if (record->kind == RECORD_SOCKET)
		return socket->used && !socket->queued_at &&
		       (!socket->peer || stable->sockets[socket->peer - 1].used);
	return record->kind != RECORD_PIPE || stable->pipes[record->object].used;
}

static void count_ends(struct pipe_live *live, uint32_t access, uint32_t by)
{
	if (access & PIPE_READ)
		live->count[READ_END] += by;
	if (access & PIPE_WRITE)
		live->count[WRITE_END] += by;
}

static void start_records(struct pipe_table *table)
{
	for (uint32_t i = PIPE_RECORDS; i-- > 0; ) {
		struct pipe_record *record = &table->stable->records[i];
		unsigned client;

		if (!record_exists(table->stable, record)) {
			record->used = 0;
			table->free_record[table->free_records++] = (uint16_t)i;
			continue;
		}
		if (record->kind == RECORD_PIPE)
			count_ends(live_of(table, record), record->access, 1);
		for (client = client_set_next(&record->holders, 0); client < CLIENT_MAX;
		     client = client_set_next(&record->holders, client + 1))
			table->held[client]++;
	}
}

static void start_pipes(struct pipe_table *table)
{
	for (uint32_t i = 0; i < table->rings; i++)
		table->free_ring[i] = 1;
	for (uint32_t i = PIPES; i-- > 0; ) {
		struct pipe *pipe = &table->stable->pipes[i];
		struct pipe_live *live = &table->live[i];

		if (!pipe->used || live->count[READ_END] + live->count[WRITE_END] == 0) {
			pipe->used = 0;
			table->free_pipe[table->free_pipes++] = (uint16_t)i;
		} else if (pipe->ring_index != NO_RING) {
			table->free_ring[pipe->ring_index] = 0;
		}
	}
}

/* free_ring holds marks while the pipes are looked through, and then the list of what is free. */
static void start_rings(struct pipe_table *table)
{
	for (uint32_t i = 0; i < SOCKETS; i++) {
		const struct socket *socket = &table->stable->sockets[i];

		if (socket->used && socket->ring_index != NO_RING)
			table->free_ring[socket->ring_index] = 0;
	}
	for (uint32_t i = 0; i < table->rings; i++)
		if (table->free_ring[i])
			table->free_ring[table->free_rings++] = i;
}

void pipe_table_start(struct pipe_table *table)
{
	sockets_start_flight(table);
	start_records(table);
	start_pipes(table);
	start_rings(table);
	sockets_start(table);
}

struct pipe_record *pipe_record_held(struct pipe_table *table, uint64_t record, unsigned client,
				     uint32_t access)
{
	struct pipe_record *found;

	if (record >= PIPE_RECORDS)
		return 0;
	found = &table->stable->records[record];
	if (!found->used || (found->access & access) != access ||
	    !client_set_has(&found->holders, client))
		return 0;
	return found;
}

struct pipe *pipe_prepare(struct pipe_table *table)
{
	struct pipe *pipe;

	if (!table->free_pipes)
		return 0;
	pipe = &table->stable->pipes[table->free_pipe[--table->free_pipes]];
	*pipe = (struct pipe){ .ring_index = NO_RING, .capacity = PIPE_CAPACITY };
	return pipe;
}

struct pipe_record *record_prepare(struct pipe_table *table, enum record_kind kind, uint32_t flags,
				   unsigned client)
{
	struct pipe_record *record;

	if (!table->free_records)
		return 0;
	record = &table->stable->records[table->free_record[--table->free_records]];
	*record = (struct pipe_record){ .kind = (uint8_t)kind, .flags = flags };
	client_set_add(&record->holders, client);
	return record;
}

struct pipe_record *pipe_record_prepare(struct pipe_table *table, struct pipe *pipe,
					uint32_t access, uint32_t flags, unsigned client)
{
	struct pipe_record *record;

	record = record_prepare(table, RECORD_PIPE, flags, client);
	if (!record)
		return 0;
	record->object = (uint16_t)(pipe - table->stable->pipes);
	record->access = (uint8_t)access;
	return record;
}

void pipe_unprepare(struct pipe_table *table, struct pipe *pipe)
{
	table->free_pipe[table->free_pipes++] = (uint16_t)(pipe - table->stable->pipes);
}

void pipe_record_unprepare(struct pipe_table *table, struct pipe_record *record)
{
	table->free_record[table->free_records++] = (uint16_t)record_number(table, record);
}

void pipe_record_count(struct pipe_table *table, struct pipe_record *record, unsigned client)
{
	if (record->kind == RECORD_PIPE)
		count_ends(live_of(table, record), record->access, 1);
	table->held[client]++;
}

void pipe_record_share(struct pipe_table *table, struct pipe_record *record, unsigned client)
{
	if (client_set_has(&record->holders, client))
		return;
	client_set_add(&record->holders, client);
	table->held[client]++;
}

static void pipe_free(struct pipe_table *table, struct pipe *pipe)
{
	pipe->used = 0;
	ring_give(table, &pipe->ring_index);
	pipe_unprepare(table, pipe);
}

static void end_free(struct pipe_table *table, struct pipe_record *record)
{
	struct pipe_live *live = live_of(table, record);

	count_ends(live, record->access, -1u);
	if (record->access & PIPE_WRITE && !live->count[WRITE_END])
		pipe_wake(table, live, READ_END);
	if (record->access & PIPE_READ && !live->count[READ_END])
		pipe_wake(table, live, WRITE_END);
	if (live->count[READ_END] + live->count[WRITE_END] == 0)
		pipe_free(table, pipe_of(table, record));
}

static void record_free(struct pipe_table *table, struct pipe_record *record)
{
	record->used = 0;
	pipe_record_unprepare(table, record);
	if (record->kind == RECORD_PIPE)
		end_free(table, record);
	else
		record_wake(table, record);
	if (record->kind == RECORD_SOCKET)
		socket_free(table, &table->stable->sockets[record->object]);
}

void pipe_record_release(struct pipe_table *table, struct pipe_record *record, unsigned client)
{
	client_set_remove(&record->holders, client);
	table->held[client]--;
	if (client_set_empty(&record->holders))
		record_free(table, record);
}

void pipe_client_release(struct pipe_table *table, unsigned client)
{
	struct pipe_record *record = table->stable->records;

	for (; table->held[client]; record++)
		if (record->used && client_set_has(&record->holders, client))
			pipe_record_release(table, record, client);
}

struct pipe *pipe_named(struct pipe_table *table, uint32_t volume, uint64_t inode)
{
	for (struct pipe *pipe = table->stable->pipes; pipe < table->stable->pipes + PIPES; pipe++)
		if (pipe->used && pipe->inode == inode && pipe->volume == volume)
			return pipe;
	return 0;
}

/* First out of the one, then into the other: never in both. */
static int ring_take_from(uint32_t *other, uint32_t *ring_index)
{
	uint32_t index = *other;

	__atomic_store_n(other, NO_RING, __ATOMIC_RELEASE);
	*ring_index = index;
	return 1;
}

int ring_obtain(struct pipe_table *table, uint32_t *ring_index)
{
	struct pipe *pipe = table->stable->pipes;
	struct socket *socket = table->stable->sockets;

	if (*ring_index != NO_RING)
		return 1;
	if (table->free_rings) {
		*ring_index = table->free_ring[--table->free_rings];
		return 1;
	}
	for (; pipe < table->stable->pipes + PIPES; pipe++)
		if (pipe->used && pipe->ring_index != NO_RING && !ring_used(&pipe->ring))
			return ring_take_from(&pipe->ring_index, ring_index);
	for (; socket < table->stable->sockets + SOCKETS; socket++)
		if (socket->used && socket->ring_index != NO_RING && socket_is_empty(socket))
			return ring_take_from(&socket->ring_index, ring_index);
	return 0;
}

void ring_give(struct pipe_table *table, uint32_t *ring_index)
{
	if (*ring_index != NO_RING)
		table->free_ring[table->free_rings++] = *ring_index;
	*ring_index = NO_RING;
	event_signal(&table->ring_freed);
}

uint32_t pipe_record_ready(struct pipe_table *table, const struct pipe_record *record)
{
	struct pipe *pipe = pipe_of(table, record);
	struct pipe_live *live = live_of(table, record);
	uint32_t ready = 0;

	if (record->access & PIPE_READ) {
		if (ring_used(&pipe->ring))
			ready |= POLL_INPUT;
		if (!live->count[WRITE_END] && pipe->opens[WRITE_END] != record->opens_seen)
			ready |= POLL_HANGUP;
	}
	if (record->access & PIPE_WRITE) {
		if (pipe->capacity - ring_used(&pipe->ring) >= PIPE_ATOMIC)
			ready |= POLL_OUTPUT;
		if (!live->count[READ_END])
			ready |= POLL_ERROR;
	}
	return ready;
}

void record_wake(struct pipe_table *table, const struct pipe_record *record)
{
	struct record_live *live = record_live(table, record);

	event_signal(&live->changed);
	watch_raise(&table->stable->watches, &live->watchers);
}

void pipe_wake(struct pipe_table *table, struct pipe_live *live, unsigned end)
{
	event_signal(&live->changed[end]);
	watch_raise(&table->stable->watches, &live->watchers[end]);
}

void pipe_commit(struct pipe_table *table, struct call *call, uint64_t *word, uint64_t value,
		 uint64_t reply)
{
	struct pipe_journal *journal = &table->stable->journal;

	journal->client = NO_CLIENT;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	journal->sequence = call->sequence;
	journal->word_offset = (uint64_t)((uint8_t *)word - (uint8_t *)table->stable);
	journal->value = value;
	journal->reply = reply;
	__atomic_store_n(&journal->client, (uint32_t)call->badge, __ATOMIC_RELEASE);
	ring_publish(word, value);
}

void pipe_journal_recover(struct pipe_stable *stable)
{
	struct pipe_journal *journal = &stable->journal;
	struct call call = { .badge = journal->client, .sequence = journal->sequence };
	struct answer *answer;

	if (BADGE_CLIENT(journal->client) >= CLIENT_MAX ||
	    *(uint64_t *)((uint8_t *)stable + journal->word_offset) != journal->value)
		return;
	answer = answer_slot(&call);
	if ((int32_t)(journal->sequence - answer->sequence) <= 0)
		return;
	answer->status = STATUS_OK;
	answer->words = 1;
	answer->reply[0] = journal->reply;
	__atomic_store_n(&answer->sequence, journal->sequence, __ATOMIC_RELEASE);
}

void pipe_journal_forget(struct pipe_stable *stable, unsigned client)
{
	if (BADGE_CLIENT(stable->journal.client) == client)
		stable->journal.client = NO_CLIENT;
}
