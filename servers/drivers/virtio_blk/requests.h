/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_BLOCK_REQUESTS_H
#define BULKHEAD_BLOCK_REQUESTS_H

#include "libipc/server.h"
#include "libipc/proto/block.h"
#include "servers/drivers/virtio_blk/queue.h"

/*
 * What clients have asked for: one request for each place of the queue. Nothing of it outlives the
 * driver: clients submit again (libipc/proto/block.h).
 */
enum request_state {
	REQUEST_FREE,
	REQUEST_UNDER_WAY,               /* the device has it */
	REQUEST_ABANDONED,               /* the device has it, nobody wants to know */
	REQUEST_DONE,                    /* not reported yet */
	REQUEST_REPORTED,                /* a read whose data was not fetched yet */
};
struct request {
	uint32_t state;
	uint32_t client;
	uint32_t error;                  /* errno, once it is done */
	struct block_submit_request what;
};
struct requests {
	struct request request[QUEUE_REQUESTS];
	uint32_t places;
};
#define NO_PLACE 0xffffffffu

/* The errno of a submission that cannot be; 0: it can. */
uint32_t request_check(const struct block_submit_request *what, uint64_t sectors, uint32_t flags);
uint32_t request_find(const struct requests *requests, unsigned client, uint64_t tag);
uint32_t request_find_free(const struct requests *requests);
int request_same(const struct block_submit_request *one, const struct block_submit_request *other);

/* The device is done with it. */
void request_done(struct requests *requests, uint32_t place, uint32_t error);
/* The client does not want to know of any of its requests. */
void request_abandon(struct requests *requests, unsigned client);
/* How many of a client's requests are in that state. */
uint32_t request_count(const struct requests *requests, unsigned client, uint32_t state);
/* Reports what is done; frees what needs no fetch. */
void request_collect(struct requests *requests, unsigned client, struct block_collect_reply *reply);

#endif
