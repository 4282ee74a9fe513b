/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PIPE_HANDLERS_H
#define BULKHEAD_PIPE_HANDLERS_H

#include "servers/pipe/table.h"

/* The service's state (service.c), and the handlers of the other files. */
extern struct pipe_table table;

static inline unsigned client_of(const struct call *call)
{
	return BADGE_CLIENT(call->badge);
}

/* Pipes of packets (packet.c). */
uint64_t packet_bytes(const struct pipe *pipe);
int packet_fits(const struct pipe *pipe, uint32_t is_packet);
int packet_begin(struct pipe *pipe);
status_t packet_read(struct call *call, struct pipe_record *record, uint64_t bytes,
		     struct pipe_read_reply *reply) MUST_CHECK;
status_t packet_peek(struct call *call, const struct pipe *pipe, uint64_t bytes,
		     uint64_t *done) MUST_CHECK;
status_t packet_write(struct call *call, struct pipe_record *record, uint64_t bytes,
		      struct pipe_write_reply *reply, struct event **event) MUST_CHECK;

#define HANDLER(name) \
	status_t on_##name(struct call *call, const struct pipe_##name##_request *request, \
			   struct pipe_##name##_reply *reply) MUST_CHECK
HANDLER(create);
HANDLER(open);
HANDLER(read);
HANDLER(write);
HANDLER(peek);
HANDLER(resize);
HANDLER(event);
HANDLER(timer);
HANDLER(set_timer);
HANDLER(timer_state);
HANDLER(look_at_clock);
HANDLER(socket);
HANDLER(socket_pair);
HANDLER(bind);
HANDLER(listen);
HANDLER(connect);
HANDLER(accept);
HANDLER(send);
HANDLER(receive);
HANDLER(shutdown);
HANDLER(socket_name);
HANDLER(option);
HANDLER(epoll_make);
HANDLER(epoll_control);
HANDLER(epoll_collect);
HANDLER(epoll_foreign);
HANDLER(epoll_report);
HANDLER(epoll_forget);
HANDLER(setting);
HANDLER(key_get);
HANDLER(key_status);
HANDLER(key_set);
HANDLER(key_remove);
HANDLER(key_totals);
HANDLER(segment_lock);
HANDLER(semaphore_operate);
HANDLER(semaphore_get);
HANDLER(semaphore_set);
HANDLER(message_send);
HANDLER(message_receive);
HANDLER(segment_attach);
HANDLER(segment_state);
HANDLER(queue_open);
HANDLER(queue_unlink);
HANDLER(queue_send);
HANDLER(queue_receive);
HANDLER(queue_notify);
HANDLER(queue_state);
#undef HANDLER

#endif
