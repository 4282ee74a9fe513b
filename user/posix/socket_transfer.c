/* SPDX-License-Identifier: MIT */
/* What of sockets may wait long at the pipe service: a signal ends it. */
#include "user/posix/interruptible.h"

#include "user/posix/socket.h"

/* What of a buffer is lent at a time: more than any message has. */
#define SOCKET_STEP (1u << 18)

long socket_send(struct task *task, struct open_file *file, const struct socket_message *message)
{
	struct pipe_send_request request = {
		.record = (uint32_t)file->record,
		.flags = message->flags,
		.bytes = (uint32_t)(message->bytes < SOCKET_STEP ? message->bytes : SOCKET_STEP),
		.files = message->files,
		.credentials = message->credentials,
	};
	struct pipe_send_reply reply;
	status_t status;

	if (message->target) {
		request.flags |= SOCKET_NAMED;
		request.place = message->target->place;
	}
	if (message->bytes > SOCKET_STEP && socket_type(file) != SOCKET_STREAM)
		return -E_MSGSIZE;
	status = pipe_send(&task->pipe, &request, &reply,
			   LEND_IN_IN((void *)message->address, request.bytes, message->control,
				      message->control_bytes));
	return status == STATUS_OK ? (long)reply.bytes : error_of_status(status);
}

long socket_receive(struct task *task, struct open_file *file, const struct socket_message *message,
		    uint32_t *whole)
{
	struct pipe_receive_request request = {
		.record = (uint32_t)file->record,
		.flags = message->flags,
		.bytes = (uint32_t)(message->bytes < SOCKET_STEP ? message->bytes : SOCKET_STEP),
		.files = message->control ? message->files : SOCKET_NO_CONTROL,
	};
	const struct lent lent = { 2, {
		{ (void *)message->address, request.bytes, WINDOW_WRITE },
		{ message->control, message->control_bytes, WINDOW_WRITE } } };
	struct pipe_receive_reply reply;
	status_t status = pipe_receive(&task->pipe, &request, &reply, &lent);

	if (status != STATUS_OK)
		return error_of_status(status);
	*whole = reply.whole;
	return reply.bytes;
}

long socket_connect(struct task *task, struct open_file *file, struct socket_target *target,
		    uint32_t flags)
{
	struct pipe_connect_reply reply;
	status_t status = pipe_connect(&task->pipe, &(struct pipe_connect_request){
		(uint32_t)file->record, flags, target->place }, &reply,
		LEND_IN(target->name, target->place.bytes));

	return status == STATUS_OK ? 0 : error_of_status(status);
}

long socket_accept(struct task *task, struct open_file *file, uint32_t flags)
{
	struct pipe_accept_reply reply;
	status_t status = pipe_accept(&task->pipe, &(struct pipe_accept_request){
		(uint32_t)file->record, flags }, &reply, 0);

	return status == STATUS_OK ? (long)reply.record : error_of_status(status);
}
