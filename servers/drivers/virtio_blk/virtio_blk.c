/* SPDX-License-Identifier: MIT */
/*
 * One virtio block device (libipc/proto/block.h). The driver remembers nothing beyond its life: it
 * resets the device when it starts, and its clients submit again what was under way. A device that
 * says what cannot be, or nothing for too long, is treated like a crash: the driver ends, and its
 * successor begins with a reset.
 */
#include "kernel/abi/layout.h"
#include "libipc/hardware.h"
#include "libipc/log.h"
#include "libipc/server.h"
#include "libipc/string.h"
#include "libipc/time.h"
#include "libipc/proto/errno.h"
#include "servers/drivers/virtio_blk/device.h"
#include "servers/drivers/virtio_blk/requests.h"

#define NEWS_BITS    0xffffu             /* of what is notified; above them: I am a successor */
/*
 * How long the device may say nothing: a minute, in looks. An emulator whose clock jumps where
 * nobody runs has its turn between two looks, and so the time that the host's disk needs.
 */
#define LOOK_NS      1000000ull
#define LOOKS        60000u
#define NO_CLIENT    CLIENT_MAX          /* for the driver's own requests */
#define SERIAL_BYTES 20u                 /* 5.2.6: what a device tells at most */

static struct {
	struct device device;
	struct requests requests;
	struct event done;               /* any request was done */
	const struct resource *listener;
	char serial[SERIAL_BYTES + 4];
	uint32_t looks;                  /* since the device got its first request, or answered */
	uint64_t deadline_ns;            /* 0: none is set */
} state;

static void set_deadline(void)
{
	state.deadline_ns = state.device.queue.under_way ? time_now_ns() + LOOK_NS : 0;
	server_deadline(state.deadline_ns);
}

static void timeout(void)
{
	if (state.device.queue.under_way && ++state.looks >= LOOKS) {
		log_line("the disk does not answer; starting over");
		thread_exit(1);
	}
	set_deadline();
}

static void give_to_device(uint32_t place, enum queue_type type)
{
	struct request *request = &state.requests.request[place];

	request->state = REQUEST_UNDER_WAY;
	if (!state.device.queue.under_way)
		state.looks = 0;
	queue_submit(&state.device.queue, place, type, request->what.sector,
		     type == QUEUE_IDENTIFY ? SERIAL_BYTES :
		     request->what.sectors * BLOCK_SECTOR_BYTES);
	device_ring(&state.device);
	if (!state.deadline_ns)
		set_deadline();
}

static void tell_done(void)
{
	notify(state.listener->slot, (uint32_t)state.listener->value & NEWS_BITS);
	event_signal(&state.done);
}

static status_t on_info(struct call *call, const struct block_info_request *request,
			struct block_info_reply *reply)
{
	(void)call;
	(void)request;
	reply->sectors = state.device.sectors;
	reply->flags = state.device.flags;
	reply->requests = state.requests.places;
	memcpy(reply->serial, state.serial, sizeof(reply->serial));
	return STATUS_OK;
}

static status_t on_reset(struct call *call, const struct block_reset_request *request,
			 struct block_reset_reply *reply)
{
	unsigned client = BADGE_CLIENT(call->badge);
	status_t status = STATUS_OK;

	(void)request;
	(void)reply;
	request_abandon(&state.requests, client);
	while (status == STATUS_OK && request_count(&state.requests, client, REQUEST_ABANDONED))
		status = event_wait(&state.done, call);
	return status;
}

/* Submitted twice: it is under way, or it is reported once more. */
static status_t submit_again(struct request *request, const struct block_submit_request *what)
{
	if (!request_same(&request->what, what))
		return STATUS_ERRNO(E_INVAL);
	if (request->state == REQUEST_UNDER_WAY)
		return STATUS_OK;
	request->state = REQUEST_DONE;
	tell_done();
	return STATUS_OK;
}

static status_t on_submit(struct call *call, const struct block_submit_request *what,
			  struct block_submit_reply *reply)
{
	static const enum queue_type type[] = {
		[BLOCK_READ] = QUEUE_READ, [BLOCK_WRITE] = QUEUE_WRITE, [BLOCK_FLUSH] = QUEUE_FLUSH,
	};
	unsigned client = BADGE_CLIENT(call->badge);
	uint32_t error = request_check(what, state.device.sectors, state.device.flags);
	uint32_t place = request_find(&state.requests, client, what->tag);
	status_t status;

	(void)reply;
	if (error)
		return STATUS_ERRNO(error);
	if (place != NO_PLACE)
		return submit_again(&state.requests.request[place], what);
	place = request_find_free(&state.requests);
	if (place == NO_PLACE)
		return STATUS_ERRNO(E_AGAIN);
	if (what->direction == BLOCK_WRITE) {
		status = call_copy_in(call, 0, 0, queue_buffer(&state.device.queue, place),
				      what->sectors * BLOCK_SECTOR_BYTES);
		if (status != STATUS_OK)
			return status;
	}
	state.requests.request[place] = (struct request){ .client = client, .what = *what };
	if (what->direction == BLOCK_FLUSH && !(state.device.flags & BLOCK_HAS_FLUSH)) {
		request_done(&state.requests, place, 0);
		tell_done();
	} else {
		give_to_device(place, type[what->direction]);
	}
	return STATUS_OK;
}

static status_t on_collect(struct call *call, const struct block_collect_request *request,
			   struct block_collect_reply *reply)
{
	unsigned client = BADGE_CLIENT(call->badge);
	status_t status = STATUS_OK;

	while (status == STATUS_OK && request->wait &&
	       !request_count(&state.requests, client, REQUEST_DONE) &&
	       request_count(&state.requests, client, REQUEST_UNDER_WAY))
		status = event_wait(&state.done, call);
	if (status == STATUS_OK)
		request_collect(&state.requests, client, reply);
	return status;
}

static status_t on_fetch(struct call *call, const struct block_fetch_request *request,
			 struct block_fetch_reply *reply)
{
	uint32_t place = request_find(&state.requests, BADGE_CLIENT(call->badge), request->tag);
	struct request *found;
	status_t status;

	if (place == NO_PLACE)
		return STATUS_ERRNO(E_NOENT);
	found = &state.requests.request[place];
	if (found->state != REQUEST_REPORTED)
		return STATUS_ERRNO(E_NOENT);
	reply->bytes = found->what.sectors * BLOCK_SECTOR_BYTES;
	status = call_copy_out(call, 0, 0, queue_buffer(&state.device.queue, place), reply->bytes);
	if (status == STATUS_OK)
		found->state = REQUEST_FREE;
	return status;
}

static void notified(uint32_t bits)
{
	enum queue_outcome outcome;
	uint32_t place, error, done = 0;

	(void)bits;
	irq_acknowledge(state.device.irq->slot);
	while ((outcome = queue_collect(&state.device.queue, &place, &error)) == QUEUE_DONE) {
		request_done(&state.requests, place, error ? E_IO : 0);
		done++;
	}
	if (outcome == QUEUE_INSANE) {
		log_line("the disk answers what was not asked; starting over");
		thread_exit(1);
	}
	if (!done)
		return;
	state.looks = 0;
	tell_done();
}

static void client_dead(unsigned client)
{
	request_abandon(&state.requests, client);
}

/* Asks the device for its serial number; one that has none says so, and that is fine. */
static status_t identify(void)
{
	struct request *request = &state.requests.request[0];
	status_t status = STATUS_OK;

	*request = (struct request){ .client = NO_CLIENT };
	give_to_device(0, QUEUE_IDENTIFY);
	while (status == STATUS_OK && request->state == REQUEST_UNDER_WAY)
		status = event_wait(&state.done, 0);
	if (status == STATUS_OK && !request->error)
		memcpy(state.serial, queue_buffer(&state.device.queue, 0), SERIAL_BYTES);
	request->state = REQUEST_FREE;
	return status;
}

static status_t start(uint32_t generation)
{
	status_t status;

	state.listener = service_resource(RESOURCE_NOTIFY, "fs");
	if (!state.listener)
		return STATUS_NO_RIGHT;
	status = device_start(&state.device);
	if (status != STATUS_OK)
		return status;
	if (state.device.flags & BLOCK_PRESENT) {
		state.requests.places = state.device.queue.requests;
		irq_acknowledge(state.device.irq->slot);
		status = identify();
	}
	if (generation)
		notify(state.listener->slot, (uint32_t)state.listener->value & ~NEWS_BITS);
	return status;
}

SERVER_TABLE(block, BLOCK_INTERFACE)

const struct service service = {
	.name = "virtio_blk",
	.operations = block_operations,
	.operation_count = block_operation_count,
	.start = start,
	.notified = notified,
	.client_dead = client_dead,
	.timeout = timeout,
};
