/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_RING_H
#define BULKHEAD_LIBIPC_RING_H

#include "libipc/server.h"

/*
 * A stream of bytes through a ring of memory. Positions count all bytes since the stream began and
 * never wrap; the ring holds those in [tail, head). Bytes at and after head are nobody's: they are
 * filled first, and then published by one store to head; likewise tail. Whoever dies in between has
 * done nothing, which is why streams in stable memory lose and double no byte.
 */
struct ring {
	uint64_t head, tail;
};

static inline uint64_t ring_used(const struct ring *ring)
{
	return ring->head - ring->tail;
}

/* The one store that publishes; what was stored before it stands in memory before it. */
static inline void ring_publish(uint64_t *position, uint64_t value)
{
	__atomic_store_n(position, value, __ATOMIC_RELEASE);
}

/*
 * Between the window of a call, from `offset` on, and the ring's memory at `position`.
 * Needs: size_bytes a power of two, bytes <= size_bytes. Fails as call_copy_in, call_copy_out do.
 */
struct ring_memory {
	uint8_t *bytes;
	uint64_t size_bytes;
};
status_t ring_copy_in(struct call *call, uint64_t offset, struct ring_memory memory,
		      uint64_t position, uint64_t bytes) MUST_CHECK;
status_t ring_copy_out(struct call *call, uint64_t offset, struct ring_memory memory,
		       uint64_t position, uint64_t bytes) MUST_CHECK;

#endif
