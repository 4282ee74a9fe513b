/* SPDX-License-Identifier: MIT */
/*
 * Pipes whose writes are packets (O_DIRECT). Once there was one, what is in the pipe is framed:
 * each write has a header, whether it is a packet or bytes like others. As on Linux a packet is a
 * page of the pipe's capacity, and what a reader leaves of it is gone.
 *
 * A read changes two words, so that the ledger has them; a pipe never goes back to bytes without
 * frames, and the ledger forgets when a pipe is made.
 */
#include "servers/pipe/handlers.h"

#include "libipc/proto/errno.h"
#include "libipc/string.h"

struct packet { uint32_t bytes, is_packet; };

static uint64_t frame_bytes(const struct packet *packet)
{
	return sizeof(*packet) + ((packet->bytes + 7ull) & ~7ull);
}

/* Headers are at multiples of 8: none goes round the ring's end. */
static struct packet *packet_at(const struct pipe *pipe, uint64_t position)
{
	struct ring_memory memory = ring_of(&table, pipe->ring_index);

	return (struct packet *)(memory.bytes + position % memory.size_bytes);
}

uint64_t packet_bytes(const struct pipe *pipe)
{
	uint64_t bytes = 0;

	for (uint64_t at = pipe->ring.tail; at < pipe->ring.head; ) {
		const struct packet *packet = packet_at(pipe, at);

		bytes += packet->bytes;
		at += frame_bytes(packet);
	}
	return bytes - pipe->taken;
}

/* A packet has a page of the capacity to itself; bytes of several writes share theirs. */
static void pages_add(struct pipe_live *live, const struct packet *packet)
{
	if (packet->is_packet || !live->run)
		live->pages++;
	live->run = packet->is_packet ? 0 : live->run + packet->bytes;
	if (live->run > PAGE_BYTES) {
		live->pages++;
		live->run -= PAGE_BYTES;
	}
}

/* Counted anew after a read only: a writer of many small pieces does not walk over all of them. */
int packet_fits(const struct pipe *pipe, uint32_t is_packet)
{
	struct pipe_live *live = &table.live[pipe - table.pipes];

	if (!live->counted) {
		live->pages = live->run = 0;
		for (uint64_t at = pipe->ring.tail; at < pipe->ring.head; ) {
			const struct packet *packet = packet_at(pipe, at);

			pages_add(live, packet);
			at += frame_bytes(packet);
		}
		live->counted = 1;
	}
	return live->pages < pipe->capacity / PAGE_BYTES ||
	       (!is_packet && live->run && live->run < PAGE_BYTES);
}

/* Of the first packet, or of all bytes up to the next one. */
status_t packet_read(struct call *call, struct pipe_record *record, uint64_t bytes,
		     struct pipe_read_reply *reply)
{
	struct pipe *pipe = pipe_of(&table, record);
	uint64_t at = pipe->ring.tail, taken = pipe->taken, done = 0;
	int was_full = !packet_fits(pipe, 1);

	while (at < pipe->ring.head && done < bytes) {
		const struct packet *packet = packet_at(pipe, at);
		uint64_t left = packet->bytes - taken;
		uint64_t part = left < bytes - done ? left : bytes - done;
		status_t status;

		if (packet->is_packet && done)
			break;
		status = ring_copy_out(call, done, ring_of(&table, pipe->ring_index),
				       at + sizeof(*packet) + taken, part);
		if (status != STATUS_OK)
			return status;
		done += part;
		taken += part;
		if (!packet->is_packet && taken < packet->bytes)
			break;
		at += frame_bytes(packet);
		taken = 0;
		if (packet->is_packet)
			break;
	}
	ledger_begin();
	ledger_change(&pipe->ring.tail, at);
	ledger_change(&pipe->taken, taken);
	ledger_commit(call, done, 0);
	live_of(&table, record)->counted = 0;
	reply->bytes = done;
	if (was_full)
		pipe_wake(&table, live_of(&table, record), WRITE_END);
	if (at == pipe->ring.head)
		event_signal(&table.ring_freed);
	return STATUS_OK;
}

status_t packet_peek(struct call *call, const struct pipe *pipe, uint64_t bytes, uint64_t *done)
{
	const struct packet *packet = packet_at(pipe, pipe->ring.tail);
	uint64_t left = packet->bytes - pipe->taken;

	*done = bytes < left ? bytes : left;
	return ring_copy_out(call, 0, ring_of(&table, pipe->ring_index),
			     pipe->ring.tail + sizeof(*packet) + pipe->taken, *done);
}

/* Begins with frames when the pipe is empty: until then it has no room for a packet. */
int packet_begin(struct pipe *pipe)
{
	if (pipe->framed)
		return 1;
	if (ring_used(&pipe->ring))
		return 0;
	/* Headers have to be aligned from here on. */
	pipe->ring.tail = pipe->ring.head = (pipe->ring.head + 7) & ~7ull;
	ring_publish(&pipe->framed, 1);
	return 1;
}

/* One frame. AGAIN: there is no room for it; *event: what to wait for. */
status_t packet_write(struct call *call, struct pipe_record *record, uint64_t bytes,
		      struct pipe_write_reply *reply, struct event **event)
{
	struct pipe *pipe = pipe_of(&table, record);
	struct packet packet = { bytes < PIPE_ATOMIC ? (uint32_t)bytes : PIPE_ATOMIC,
				 (record->flags & PIPE_PACKETS) != 0 };
	uint64_t needed = frame_bytes(&packet);
	status_t status;

	if (!packet_begin(pipe) || !packet_fits(pipe, packet.is_packet))
		return STATUS_ERRNO(E_AGAIN);
	if (!ring_obtain(&table, &pipe->ring_index, &pipe->ring, needed, needed)) {
		*event = &table.ring_freed;
		return STATUS_ERRNO(E_AGAIN);
	}
	status = ring_copy_in(call, 0, ring_of(&table, pipe->ring_index),
			      pipe->ring.head + sizeof(packet), packet.bytes);
	if (status != STATUS_OK)
		return status;
	*packet_at(pipe, pipe->ring.head) = packet;
	reply->bytes = packet.bytes;
	pages_add(live_of(&table, record), &packet);
	pipe_commit(&table, call, &pipe->ring.head, pipe->ring.head + needed, packet.bytes);
	pipe_wake(&table, live_of(&table, record), READ_END);
	return STATUS_OK;
}
