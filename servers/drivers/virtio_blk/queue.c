/* SPDX-License-Identifier: MIT */
#include "servers/drivers/virtio_blk/queue.h"

#include <stddef.h>

#define DESCRIPTOR_NEXT  1u
#define DESCRIPTOR_WRITE 2u              /* by the device */
#define PLACE_DESCRIPTORS 3u
#define STATUS_UNSET     0xffu

/* x86 keeps stores in order, and loads; the compiler must too. */
static void order(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void *queue_buffer(const struct queue *queue, uint32_t place)
{
	return (uint8_t *)queue->memory + QUEUE_FIXED_BYTES + (uint64_t)place * QUEUE_BUFFER_BYTES;
}

static void describe(struct queue *queue, uint32_t index, uint64_t offset, uint32_t bytes,
		     uint32_t flags)
{
	volatile struct queue_descriptor *descriptor = &queue->memory->descriptor[index];

	descriptor->address = queue->physical + offset;
	descriptor->bytes = bytes;
	descriptor->flags = (uint16_t)flags;
	descriptor->next = (uint16_t)(index + 1);
}

uint32_t queue_start(struct queue *queue, void *memory, uint64_t physical, uint64_t bytes,
		     uint32_t size)
{
	uint64_t buffers = (bytes - QUEUE_FIXED_BYTES) / QUEUE_BUFFER_BYTES;
	uint32_t places = size / PLACE_DESCRIPTORS;

	for (uint64_t *word = memory; word < (uint64_t *)memory + QUEUE_FIXED_BYTES / 8; word++)
		*word = 0;
	*queue = (struct queue){
		.memory = memory,
		.physical = physical,
		.size = size,
		.requests = buffers < places ? (uint32_t)buffers : places,
	};
	return queue->requests;
}

/* Where there is no data, the header's descriptor goes on at the status. */
static void describe_place(struct queue *queue, uint32_t place, enum queue_type type,
			   uint32_t bytes)
{
	uint32_t first = place * PLACE_DESCRIPTORS;

	describe(queue, first, offsetof(struct queue_memory, header) +
		 place * sizeof(struct queue_header), sizeof(struct queue_header), DESCRIPTOR_NEXT);
	describe(queue, first + 1, QUEUE_FIXED_BYTES + (uint64_t)place * QUEUE_BUFFER_BYTES, bytes,
		 type == QUEUE_WRITE ? DESCRIPTOR_NEXT : DESCRIPTOR_NEXT | DESCRIPTOR_WRITE);
	describe(queue, first + 2, offsetof(struct queue_memory, status) + place, 1, DESCRIPTOR_WRITE);
	if (!bytes)
		queue->memory->descriptor[first].next = (uint16_t)(first + 2);
}

void queue_submit(struct queue *queue, uint32_t place, enum queue_type type, uint64_t sector,
		  uint32_t bytes)
{
	volatile struct queue_memory *memory = queue->memory;

	memory->header[place].type = type;
	memory->header[place].reserved = 0;
	memory->header[place].sector = sector;
	memory->status[place] = STATUS_UNSET;
	describe_place(queue, place, type, bytes);
	queue->expected[place] = type == QUEUE_READ ? bytes + 1 : 1;
	queue->under_way++;
	memory->available.ring[queue->available % queue->size] =
		(uint16_t)(place * PLACE_DESCRIPTORS);
	order();
	memory->available.index = ++queue->available;
	order();
}

enum queue_outcome queue_collect(struct queue *queue, uint32_t *place, uint32_t *error)
{
	volatile struct queue_memory *memory = queue->memory;
	uint16_t waiting = (uint16_t)(memory->used.index - queue->used);
	uint32_t id, bytes;

	if (!waiting)
		return QUEUE_EMPTY;
	order();
	id = memory->used.ring[queue->used % queue->size].id;
	bytes = memory->used.ring[queue->used % queue->size].bytes;
	*place = id / PLACE_DESCRIPTORS;
	if (waiting > queue->under_way || id % PLACE_DESCRIPTORS || *place >= queue->requests ||
	    !queue->expected[*place])
		return QUEUE_INSANE;
	*error = memory->status[*place] != 0 || bytes < queue->expected[*place];
	queue->expected[*place] = 0;
	queue->under_way--;
	queue->used++;
	return QUEUE_DONE;
}
