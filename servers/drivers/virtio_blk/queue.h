/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_VIRTIO_QUEUE_H
#define BULKHEAD_VIRTIO_QUEUE_H

#include <stdint.h>

/*
 * The one request queue, in memory that the device reads and writes. Each request has a fixed
 * place: three descriptors (header, data, status), a header, a status byte, a buffer; so nothing
 * is allocated, and all that the device can say is checked against what it was asked.
 * Virtio 1.0 specification, 2.4 (split virtqueues) and 5.2.6 (block requests).
 */
#define QUEUE_SIZE         128u          /* descriptors; smaller if the device wants it */
#define QUEUE_REQUESTS     (QUEUE_SIZE / 3)
#define QUEUE_BUFFER_BYTES 65536u

struct queue_descriptor {
	uint64_t address;
	uint32_t bytes;
	uint16_t flags, next;
};
struct queue_available {
	uint16_t flags, index;
	uint16_t ring[QUEUE_SIZE];
};
struct queue_used {
	uint16_t flags, index;
	struct { uint32_t id, bytes; } ring[QUEUE_SIZE];
};
struct queue_header {
	uint32_t type, reserved;
	uint64_t sector;
};

/* What the device sees, but for the buffers, which follow at QUEUE_FIXED_BYTES. */
struct queue_memory {
	struct queue_descriptor descriptor[QUEUE_SIZE];
	struct queue_available available;
	struct queue_used used __attribute__((aligned(4)));
	struct queue_header header[QUEUE_REQUESTS];
	uint8_t status[QUEUE_REQUESTS];
};
#define QUEUE_FIXED_BYTES 8192u
_Static_assert(sizeof(struct queue_memory) <= QUEUE_FIXED_BYTES, "the buffers begin behind it");

enum queue_type { QUEUE_READ = 0, QUEUE_WRITE = 1, QUEUE_FLUSH = 4, QUEUE_IDENTIFY = 8 };

struct queue {
	volatile struct queue_memory *memory;
	uint64_t physical;               /* of the memory */
	uint32_t size;                   /* descriptors in use, a power of two */
	uint32_t requests;               /* places */
	uint16_t available, used;        /* our side of the two indices */
	uint32_t under_way;              /* requests that the device has */
	uint32_t expected[QUEUE_REQUESTS]; /* bytes the device must write; 0: place not under way */
};

/*
 * Clears the memory. Needs: bytes >= QUEUE_FIXED_BYTES, physically contiguous, the device reset.
 * Gives the number of places: what buffers and descriptors suffice for.
 */
uint32_t queue_start(struct queue *queue, void *memory, uint64_t physical, uint64_t bytes,
		     uint32_t size);
void *queue_buffer(const struct queue *queue, uint32_t place);

/* Hands a request to the device, but does not ring the bell. Needs: the place is not under way. */
void queue_submit(struct queue *queue, uint32_t place, enum queue_type type, uint64_t sector,
		  uint32_t bytes);

/*
 * The next request that the device is done with: QUEUE_DONE and its place, *error 1 if it failed or
 * was done by halves. QUEUE_EMPTY: none. QUEUE_INSANE: what the device says cannot be.
 */
enum queue_outcome { QUEUE_EMPTY, QUEUE_DONE, QUEUE_INSANE };
enum queue_outcome queue_collect(struct queue *queue, uint32_t *place, uint32_t *error);

#endif
