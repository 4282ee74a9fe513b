/* sources: servers/drivers/virtio_blk/queue.c */
/* SPDX-License-Identifier: MIT */
/* The virtqueue, with devices that do their work and devices that lie. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "servers/drivers/virtio_blk/queue.h"

#define PLACES   4u
#define PHYSICAL 0x12340000u

static _Alignas(4096) uint8_t memory[QUEUE_FIXED_BYTES + PLACES * QUEUE_BUFFER_BYTES];
static struct queue queue;

static void set_up(void)
{
	memset(memory, 0xa5, sizeof(memory));
	cr_assert_eq(queue_start(&queue, memory, PHYSICAL, sizeof(memory), QUEUE_SIZE), PLACES);
}
TestSuite(virtio_queue, .init = set_up);

static volatile struct queue_memory *shared(void)
{
	return queue.memory;
}

/* What a device does to say that it is through with a chain. */
static void use(uint32_t id, uint32_t bytes)
{
	uint16_t index = shared()->used.index;

	shared()->used.ring[index % queue.size].id = id;
	shared()->used.ring[index % queue.size].bytes = bytes;
	shared()->used.index = (uint16_t)(index + 1);
}

static void *at(uint64_t physical)
{
	return memory + (physical - PHYSICAL);
}

Test(virtio_queue, places_follow_from_memory_and_descriptors)
{
	cr_assert_eq(queue_start(&queue, memory, PHYSICAL, sizeof(memory), 8), 2);
	cr_assert_eq(queue_start(&queue, memory, PHYSICAL, sizeof(memory), 2), 0);
	cr_assert_eq(queue_start(&queue, memory, PHYSICAL, QUEUE_FIXED_BYTES, QUEUE_SIZE), 0);
	cr_assert_eq(queue_start(&queue, memory, PHYSICAL, 1ull << 30, QUEUE_SIZE),
		     QUEUE_REQUESTS);
}

Test(virtio_queue, a_chain_as_the_device_sees_it)
{
	const volatile struct queue_descriptor *descriptor = shared()->descriptor;
	struct queue_header header;

	queue_submit(&queue, 2, QUEUE_WRITE, 77, 1024);
	cr_assert_eq(shared()->available.index, 1);
	cr_assert_eq(shared()->available.ring[0], 6);
	memcpy(&header, at(descriptor[6].address), sizeof(header));
	cr_assert_eq(header.type, QUEUE_WRITE);
	cr_assert_eq(header.sector, 77);
	cr_assert_eq(descriptor[6].bytes, 16);
	cr_assert_eq(descriptor[6].flags, 1);
	cr_assert_eq(descriptor[6].next, 7);
	cr_assert_eq(at(descriptor[7].address), queue_buffer(&queue, 2));
	cr_assert_eq(descriptor[7].bytes, 1024);
	cr_assert_eq(descriptor[7].flags, 1);
	cr_assert_eq(descriptor[7].next, 8);
	cr_assert_eq(descriptor[8].bytes, 1);
	cr_assert_eq(descriptor[8].flags, 2);
}

Test(virtio_queue, a_read_is_written_by_the_device_and_a_flush_has_no_data)
{
	queue_submit(&queue, 0, QUEUE_READ, 1, 512);
	cr_assert_eq(shared()->descriptor[1].flags, 3);
	queue_submit(&queue, 1, QUEUE_FLUSH, 0, 0);
	cr_assert_eq(shared()->descriptor[3].next, 5);
}

static void finish(uint32_t place, uint8_t status, uint32_t bytes)
{
	shared()->status[place] = status;
	use(place * 3, bytes);
}

Test(virtio_queue, what_is_done_comes_back)
{
	uint32_t place, error;

	queue_submit(&queue, 0, QUEUE_READ, 1, 512);
	queue_submit(&queue, 3, QUEUE_WRITE, 1, 512);
	queue_submit(&queue, 1, QUEUE_READ, 1, 512);
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_EMPTY);
	finish(3, 0, 1);
	finish(0, 1, 513);
	finish(1, 0, 512);
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_DONE);
	cr_assert(place == 3 && !error);
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_DONE);
	cr_assert(place == 0 && error, "the device says that it failed");
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_DONE);
	cr_assert(place == 1 && error, "it wrote less than it was asked for");
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_EMPTY);
}

Test(virtio_queue, indices_wrap)
{
	uint32_t place, error;

	for (unsigned i = 0; i < 200000; i++) {
		queue_submit(&queue, i % PLACES, QUEUE_WRITE, i, 512);
		finish(i % PLACES, 0, 1);
		cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_DONE);
		cr_assert(place == i % PLACES && !error);
	}
}

Test(virtio_queue, lies_are_found)
{
	static const uint32_t lie[] = { 1, 3, PLACES * 3, QUEUE_SIZE, 0x10000, ~0u, ~0u / 3 * 3 };
	uint32_t place, error;

	for (unsigned i = 0; i < sizeof(lie) / sizeof(lie[0]); i++) {
		set_up();
		queue_submit(&queue, 0, QUEUE_READ, 1, 512);
		use(lie[i], 513);
		cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_INSANE);
	}
	set_up();
	queue_submit(&queue, 0, QUEUE_READ, 1, 512);
	finish(0, 0, 513);
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_DONE);
	finish(0, 0, 513);
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_INSANE, "done twice");
	set_up();
	shared()->used.index = 1000;
	cr_assert_eq(queue_collect(&queue, &place, &error), QUEUE_INSANE, "more than there are");
}

Test(virtio_queue, random_answers)
{
	uint32_t place, error;

	srand(1);
	for (unsigned round = 0; round < 100000; round++) {
		set_up();
		queue_submit(&queue, 1, QUEUE_READ, 1, 512);
		for (unsigned i = 0; i < sizeof(struct queue_used); i += 64)
			((volatile uint8_t *)&shared()->used)[i + (unsigned)rand() % 8] =
				(uint8_t)rand();
		shared()->used.index = (uint16_t)(rand() % 4);
		while (queue_collect(&queue, &place, &error) == QUEUE_DONE)
			cr_assert_eq(place, 1);
	}
}
