/* SPDX-License-Identifier: MIT */
#include "servers/drivers/virtio_blk/requests.h"

#include "libipc/proto/errno.h"

uint32_t request_check(const struct block_submit_request *what, uint64_t sectors, uint32_t flags)
{
	if (!(flags & BLOCK_PRESENT))
		return E_NODEV;
	if (what->tag >= BLOCK_TAGS || what->direction > BLOCK_FLUSH)
		return E_INVAL;
	if (what->direction == BLOCK_FLUSH)
		return what->sector || what->sectors ? E_INVAL : 0;
	if (!what->sectors || what->sectors > BLOCK_REQUEST_BYTES / BLOCK_SECTOR_BYTES ||
	    what->sector >= sectors || what->sectors > sectors - what->sector)
		return E_INVAL;
	if (what->direction == BLOCK_WRITE && flags & BLOCK_READ_ONLY)
		return E_ROFS;
	return 0;
}

uint32_t request_find(const struct requests *requests, unsigned client, uint64_t tag)
{
	for (uint32_t place = 0; place < requests->places; place++) {
		const struct request *request = &requests->request[place];

		if (request->state != REQUEST_FREE && request->state != REQUEST_ABANDONED &&
		    request->client == client && request->what.tag == tag)
			return place;
	}
	return NO_PLACE;
}

uint32_t request_find_free(const struct requests *requests)
{
	for (uint32_t place = 0; place < requests->places; place++)
		if (requests->request[place].state == REQUEST_FREE)
			return place;
	return NO_PLACE;
}

int request_same(const struct block_submit_request *one, const struct block_submit_request *other)
{
	return one->sector == other->sector && one->sectors == other->sectors &&
	       one->direction == other->direction;
}

void request_done(struct requests *requests, uint32_t place, uint32_t error)
{
	struct request *request = &requests->request[place];

	request->error = error;
	request->state = request->state == REQUEST_ABANDONED ? REQUEST_FREE : REQUEST_DONE;
}

void request_abandon(struct requests *requests, unsigned client)
{
	for (uint32_t place = 0; place < requests->places; place++) {
		struct request *request = &requests->request[place];

		if (request->state == REQUEST_FREE || request->client != client)
			continue;
		if (request->state == REQUEST_UNDER_WAY || request->state == REQUEST_ABANDONED)
			request->state = REQUEST_ABANDONED;
		else
			request->state = REQUEST_FREE;
	}
}

uint32_t request_count(const struct requests *requests, unsigned client, uint32_t state)
{
	uint32_t count = 0;

	for (uint32_t place = 0; place < requests->places; place++)
		count += requests->request[place].state == state &&
			 requests->request[place].client == client;
	return count;
}

void request_collect(struct requests *requests, unsigned client, struct block_collect_reply *reply)
{
	for (uint32_t place = 0; place < requests->places && reply->done < BLOCK_COLLECT; place++) {
		struct request *request = &requests->request[place];

		if (request->state != REQUEST_DONE || request->client != client)
			continue;
		reply->tag[reply->done++] = (struct block_done){
			.tag = request->what.tag,
			.error = (uint16_t)request->error,
		};
		request->state = request->what.direction == BLOCK_READ && !request->error ?
			REQUEST_REPORTED : REQUEST_FREE;
	}
	reply->under_way = request_count(requests, client, REQUEST_UNDER_WAY) +
			   request_count(requests, client, REQUEST_DONE);
}
