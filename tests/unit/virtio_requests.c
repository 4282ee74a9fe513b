/* sources: servers/drivers/virtio_blk/requests.c */
/* SPDX-License-Identifier: MIT */
/* What clients may ask of a disk, and how it is told to them. */
#include <criterion/criterion.h>

#include "libipc/proto/errno.h"
#include "servers/drivers/virtio_blk/requests.h"

#define A 5u
#define B 6u

static struct requests requests;

static void set_up(void)
{
	requests = (struct requests){ .places = 4 };
}
TestSuite(virtio_requests, .init = set_up);

static uint32_t check(uint64_t sector, uint32_t sectors, uint16_t direction, uint32_t flags)
{
	return request_check(&(struct block_submit_request){
		.sector = sector, .sectors = sectors, .direction = direction }, 1000, flags);
}

Test(virtio_requests, bounds)
{
	cr_assert_eq(check(0, 1, BLOCK_READ, 0), E_NODEV);
	cr_assert_eq(check(0, 128, BLOCK_READ, BLOCK_PRESENT), 0);
	cr_assert_eq(check(0, 129, BLOCK_READ, BLOCK_PRESENT), E_INVAL);
	cr_assert_eq(check(0, 0, BLOCK_READ, BLOCK_PRESENT), E_INVAL);
	cr_assert_eq(check(999, 1, BLOCK_WRITE, BLOCK_PRESENT), 0);
	cr_assert_eq(check(999, 2, BLOCK_WRITE, BLOCK_PRESENT), E_INVAL);
	cr_assert_eq(check(1000, 1, BLOCK_READ, BLOCK_PRESENT), E_INVAL);
	cr_assert_eq(check(~0ull, 2, BLOCK_READ, BLOCK_PRESENT), E_INVAL);
	cr_assert_eq(check(0, 1, BLOCK_WRITE, BLOCK_PRESENT | BLOCK_READ_ONLY), E_ROFS);
	cr_assert_eq(check(0, 0, BLOCK_FLUSH, BLOCK_PRESENT | BLOCK_READ_ONLY), 0);
	cr_assert_eq(check(0, 1, BLOCK_FLUSH, BLOCK_PRESENT), E_INVAL);
	cr_assert_eq(check(0, 1, 3, BLOCK_PRESENT), E_INVAL);
	cr_assert_eq(request_check(&(struct block_submit_request){ .sectors = 1, .tag = BLOCK_TAGS },
				   1000, BLOCK_PRESENT), E_INVAL);
}

static uint32_t give(unsigned client, uint16_t tag, uint16_t direction)
{
	uint32_t place = request_find_free(&requests);

	cr_assert_neq(place, NO_PLACE);
	requests.request[place] = (struct request){
		.state = REQUEST_UNDER_WAY, .client = client,
		.what = { .tag = tag, .direction = direction, .sectors = 1 },
	};
	return place;
}

Test(virtio_requests, a_life)
{
	uint32_t read = give(A, 1, BLOCK_READ), write = give(A, 2, BLOCK_WRITE);
	struct block_collect_reply reply = { 0 };

	cr_assert_eq(request_find(&requests, A, 2), write);
	cr_assert_eq(request_find(&requests, B, 2), NO_PLACE);
	request_done(&requests, read, 0);
	request_collect(&requests, A, &reply);
	cr_assert_eq(reply.done, 1);
	cr_assert_eq(reply.under_way, 1);
	cr_assert_eq(reply.tag[0].tag, 1);
	cr_assert_eq(requests.request[read].state, REQUEST_REPORTED);
	request_done(&requests, write, E_IO);
	reply = (struct block_collect_reply){ 0 };
	request_collect(&requests, B, &reply);
	cr_assert_eq(reply.done, 0);
	request_collect(&requests, A, &reply);
	cr_assert_eq(reply.done, 1);
	cr_assert_eq(reply.tag[0].error, E_IO);
	cr_assert_eq(reply.under_way, 0);
	cr_assert_eq(requests.request[write].state, REQUEST_FREE);
}

Test(virtio_requests, a_read_that_failed_needs_no_fetch)
{
	uint32_t read = give(A, 1, BLOCK_READ);
	struct block_collect_reply reply = { 0 };

	request_done(&requests, read, E_IO);
	request_collect(&requests, A, &reply);
	cr_assert_eq(requests.request[read].state, REQUEST_FREE);
}

Test(virtio_requests, abandoned_places_wait_for_the_device)
{
	uint32_t at_work = give(A, 1, BLOCK_WRITE), done = give(A, 2, BLOCK_READ);
	uint32_t other = give(B, 1, BLOCK_WRITE);

	request_done(&requests, done, 0);
	request_abandon(&requests, A);
	request_abandon(&requests, A);
	cr_assert_eq(requests.request[done].state, REQUEST_FREE);
	cr_assert_eq(request_count(&requests, A, REQUEST_ABANDONED), 1);
	cr_assert_eq(request_find(&requests, A, 1), NO_PLACE);
	cr_assert_eq(requests.request[other].state, REQUEST_UNDER_WAY);
	request_done(&requests, at_work, 0);
	cr_assert_eq(requests.request[at_work].state, REQUEST_FREE);
	cr_assert_eq(request_count(&requests, A, REQUEST_ABANDONED), 0);
}
