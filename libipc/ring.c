/* SPDX-License-Identifier: MIT */
#include "libipc/ring.h"

/* How many of the bytes at a position lie in one piece. */
static uint64_t first_piece(struct ring_memory memory, uint64_t position, uint64_t bytes)
{
	uint64_t rest = memory.size_bytes - (position & (memory.size_bytes - 1));

	return bytes < rest ? bytes : rest;
}

status_t ring_copy_in(struct call *call, uint64_t offset, struct ring_memory memory,
		      uint64_t position, uint64_t bytes)
{
	uint64_t first = first_piece(memory, position, bytes);
	uint8_t *to = memory.bytes + (position & (memory.size_bytes - 1));
	status_t status = call_copy_in(call, 0, offset, to, first);

	if (status != STATUS_OK || first == bytes)
		return status;
	return call_copy_in(call, 0, offset + first, memory.bytes, bytes - first);
}

status_t ring_copy_out(struct call *call, uint64_t offset, struct ring_memory memory,
		       uint64_t position, uint64_t bytes)
{
	uint64_t first = first_piece(memory, position, bytes);
	const uint8_t *from = memory.bytes + (position & (memory.size_bytes - 1));
	status_t status = call_copy_out(call, 0, offset, from, first);

	if (status != STATUS_OK || first == bytes)
		return status;
	return call_copy_out(call, 0, offset + first, memory.bytes, bytes - first);
}
