/* SPDX-License-Identifier: MIT */
#include "servers/pipe/epoll.h"
#include "servers/pipe/handlers.h"
#include "servers/pipe/socket.h"

#include "libipc/string.h"

static int record_exists(const struct pipe_table *table, const struct pipe_record *record)
{
	const struct socket *socket = &table->sockets[record->object % table->counts.sockets];

	if (!record->used || client_set_empty(&record->holders))
		return 0;
	/* With a link to a socket that is not used: half of a pair that was being made. */
	if (record->kind == RECORD_SOCKET)
		return socket->used && !socket->queued_at &&
		       (!socket->peer || table->sockets[socket->peer - 1].used);
	return record->kind != RECORD_PIPE || table->pipes[record->object].used;
}

static int object_exists(const struct ipc_tables *ipc, const struct pipe_record *record)
{
	if (record->kind == RECORD_SEGMENT)
		return ipc->segments[record->object].key.used != 0;
	return record->kind != RECORD_QUEUE || ipc->queues[record->object].used;
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
	for (uint32_t i = table->counts.records; i-- > 0; ) {
		struct pipe_record *record = &table->records[i];
		unsigned client;

		if (!record_exists(table, record) || !object_exists(&table->ipc, record)) {
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
	for (uint32_t i = table->counts.pipes; i-- > 0; ) {
		struct pipe *pipe = &table->pipes[i];
		struct pipe_live *live = &table->live[i];

		if (!pipe->used || live->count[READ_END] + live->count[WRITE_END] == 0) {
			pipe->used = 0;
			table->free_pipe[table->free_pipes++] = (uint16_t)i;
		} else if (pipe->ring_index != NO_RING) {
			page_mark(&table->pages, pipe->ring_index);
		}
	}
}

static void start_rings(struct pipe_table *table)
{
	for (uint32_t i = 0; i < table->counts.sockets; i++) {
		const struct socket *socket = &table->sockets[i];

		if (socket->used && socket->ring_index != NO_RING)
			page_mark(&table->pages, socket->ring_index);
	}
	page_start(&table->pages);
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

	if (record >= table->counts.records)
		return 0;
	found = &table->records[record];
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
	pipe = &table->pipes[table->free_pipe[--table->free_pipes]];
	ledger_begin();
	table->live[pipe - table->pipes].counted = 0;
	*pipe = (struct pipe){ .ring_index = NO_RING, .capacity = PIPE_CAPACITY };
	return pipe;
}

/* The last eighth of anything is for those who hold little: one program cannot take it all. */
#define HELD_SCARCE 64u
static int is_scarce(const struct pipe_table *table)
{
	return table->free_records < table->counts.records / 8 ||
	       table->free_pipes < table->counts.pipes / 8 ||
	       table->sockets_end > table->counts.sockets - table->counts.sockets / 8;
}

struct pipe_record *record_prepare(struct pipe_table *table, enum record_kind kind, uint32_t flags,
				   unsigned client)
{
	struct pipe_record *record;

	if (!table->free_records || (is_scarce(table) && table->held[client] >= HELD_SCARCE))
		return 0;
	record = &table->records[table->free_record[--table->free_records]];
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
	record->object = (uint16_t)(pipe - table->pipes);
	record->access = (uint8_t)access;
	return record;
}

void pipe_unprepare(struct pipe_table *table, struct pipe *pipe)
{
	table->free_pipe[table->free_pipes++] = (uint16_t)(pipe - table->pipes);
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
	epoll_record_ends(record_number(table, record));
	pipe_record_unprepare(table, record);
	if (record->kind == RECORD_PIPE)
		end_free(table, record);
	else
		record_wake(table, record, POLL_BOTH);
	if (record->kind == RECORD_SOCKET)
		socket_free(table, &table->sockets[record->object]);
	else if (record->kind == RECORD_SEGMENT)
		segment_record_ends(record->object);
	else if (record->kind == RECORD_QUEUE)
		queue_record_ends(record->object);
}

void pipe_record_release(struct pipe_table *table, struct pipe_record *record, unsigned client)
{
	client_set_remove(&record->holders, client);
	table->held[client]--;
	if (record->kind == RECORD_SEGMENT)
		segment_detached(record->object);
	if (client_set_empty(&record->holders))
		record_free(table, record);
	else if (record->kind == RECORD_SOCKET && client_set_has(&record->holders, IN_FLIGHT))
		table->may_collect = 1;
}

void pipe_client_release(struct pipe_table *table, unsigned client)
{
	struct pipe_record *record = table->records;

	for (; table->held[client]; record++)
		if (record->used && client_set_has(&record->holders, client))
			pipe_record_release(table, record, client);
}

struct pipe *pipe_named(struct pipe_table *table, uint32_t volume, uint64_t inode)
{
	for (struct pipe *pipe = table->pipes; pipe < table->pipes + table->counts.pipes; pipe++)
		if (pipe->used && pipe->inode == inode && pipe->volume == volume)
			return pipe;
	return 0;
}

void ring_give(struct pipe_table *table, uint32_t *ring_index)
{
	uint32_t piece = *ring_index;

	__atomic_store_n(ring_index, NO_RING, __ATOMIC_RELEASE);
	if (piece != NO_RING)
		page_give(&table->pages, piece);
	event_signal(&table->ring_freed);
}

/* All memory of rings that are empty, but for this one. */
static void rings_reclaim(struct pipe_table *table, const uint32_t *but)
{
	for (uint32_t i = 0; i < table->counts.pipes; i++) {
		struct pipe *pipe = &table->pipes[i];

		if (pipe->used && &pipe->ring_index != but && !ring_used(&pipe->ring))
			ring_give(table, &pipe->ring_index);
	}
	for (uint32_t i = 0; i < table->sockets_end; i++) {
		struct socket *socket = &table->sockets[i];

		if (socket->used && &socket->ring_index != but && socket_is_empty(socket))
			ring_give(table, &socket->ring_index);
	}
}

/*
 * Where memory is short, a ring has one page: the last quarter is for those that have nothing (but
 * not where there are few pages in all).
 */
#define SCARCE_PAGES 64u

static uint32_t piece_take(struct pipe_table *table, unsigned order, const uint32_t *but)
{
	for (int reclaimed = 0; reclaimed < 2; reclaimed++) {
		const struct page_pool *pages = &table->pages;
		int may = !order || pages->count < SCARCE_PAGES ||
			  pages->free >= pages->count / 4 + (1u << order);
		uint32_t piece = may ? page_take(&table->pages, order) : PAGE_NONE;

		if (piece != PAGE_NONE)
			return piece;
		if (!reclaimed)
			rings_reclaim(table, but);
	}
	return PAGE_NONE;
}

/* The bytes go along, and then the ring is elsewhere by one store. */
static void ring_move(struct pipe_table *table, uint32_t *ring_index, const struct ring *ring,
		      uint32_t piece)
{
	uint64_t to_bytes = page_bytes(piece), old = *ring_index;

	for (uint64_t at = ring->tail; old != NO_RING && at < ring->head; ) {
		struct ring_memory from = ring_of(table, (uint32_t)old);
		uint64_t here = at % from.size_bytes, there = at % to_bytes;
		uint64_t part = ring->head - at;

		part = part < from.size_bytes - here ? part : from.size_bytes - here;
		part = part < to_bytes - there ? part : to_bytes - there;
		memcpy(page_address(&table->pages, piece) + there, from.bytes + here, part);
		at += part;
	}
	__atomic_store_n(ring_index, piece, __ATOMIC_RELEASE);
	if (old != NO_RING)
		page_give(&table->pages, (uint32_t)old);
}

static unsigned order_of(uint64_t bytes)
{
	unsigned order = 0;

	while (order < PAGE_ORDERS && (uint64_t)PAGE_BYTES << order < bytes)
		order++;
	return order;
}

int ring_grow(struct pipe_table *table, uint32_t *ring_index, const struct ring *ring,
	      uint64_t wanted, uint64_t needed)
{
	uint64_t used = ring_used(ring), has = *ring_index == NO_RING ? 0 : page_bytes(*ring_index);
	unsigned order = order_of(used + wanted), least = order_of(used + needed);

	for (unsigned i = order + 1; i-- > least && i < PAGE_ORDERS; ) {
		uint32_t piece;

		if ((uint64_t)PAGE_BYTES << i <= has)
			break;
		piece = piece_take(table, i, ring_index);
		if (piece == PAGE_NONE)
			continue;
		ring_move(table, ring_index, ring, piece);
		return 1;
	}
	return has >= used + needed;
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
		if (pipe->framed ? packet_fits(pipe, record->flags & PIPE_PACKETS) :
		    pipe->capacity - ring_used(&pipe->ring) >= PIPE_ATOMIC)
			ready |= POLL_OUTPUT;
		if (!live->count[READ_END])
			ready |= POLL_ERROR;
	}
	return ready;
}

void record_wake(struct pipe_table *table, const struct pipe_record *record, uint32_t events)
{
	struct record_live *live = record_live(table, record);

	live->changes[0] += (events & POLL_INPUT) != 0;
	live->changes[1] += (events & POLL_OUTPUT) != 0;
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
