/* sources: servers/pipe/table.c servers/pipe/layout.c servers/pipe/page.c servers/pipe/packet.c servers/pipe/epoll.c servers/pipe/event.c servers/pipe/pipe.c $(wildcard servers/pipe/ipc_*.c) $(wildcard servers/pipe/socket*.c) libipc/ring.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/pipe dies at every instruction of requests of IPC and epoll: each is done once. */
#define FAKE_STABLE_BYTES (448u << 10)
#include "tests/unit/server_fake.h"
#include "tests/unit/crash_everywhere.h"
#include "servers/pipe/service.c"
#include "tests/unit/pass_fake.h"

#define A        3u
#define SEQUENCE 5u                      /* of the request at work */

static uint32_t id;
static status_t (*request)(struct call *call, uint64_t reply[2]);

/* What libipc/server.c does with a ONCE request. */
static status_t execute(uint64_t reply[2])
{
	struct answer *answer = &fake_world->answers[A];
	struct call call = fake_call(A, SEQUENCE);
	status_t status;

	reply[0] = reply[1] = 0;
	if (answer->sequence == SEQUENCE) {
		reply[0] = answer->reply[0];
		reply[1] = answer->words > 1 ? answer->reply[1] : 0;
		return answer->status;
	}
	status = request(&call, reply);
	answer->status = (uint16_t)status;
	answer->words = 2;
	answer->reply[0] = reply[0];
	answer->reply[1] = reply[1];
	__atomic_store_n(&answer->sequence, SEQUENCE, __ATOMIC_RELEASE);
	return status;
}

static void victim(void)
{
	uint64_t reply[2];

	(void)execute(reply);
}

static void succeed(uint64_t reply[2])
{
	memset(&table, 0, sizeof(table));
	cr_assert_eq(start(1), STATUS_OK);
	cr_assert_eq(execute(reply), STATUS_OK);
}

static void make(uint32_t kind, uint64_t size)
{
	struct call call = fake_call(A, 1);
	struct pipe_key_get_reply made = { 0 };

	cr_assert_eq(on_key_get(&call, &(struct pipe_key_get_request){ kind, 0, 0600, 0, size, 0 },
				&made), STATUS_OK);
	id = made.id;
}

static void set_up(void)
{
	fake_set_time(1000000000);
	cr_assert_eq(start(0), STATUS_OK);
}
TestSuite(ipc_crash, .init = set_up, .timeout = 120);

static int32_t value_of(uint32_t number)
{
	struct call call = fake_call(A, 0);
	struct pipe_semaphore_get_reply reply = { 0 };

	cr_assert_eq(on_semaphore_get(&call, &(struct pipe_semaphore_get_request){ id, number,
		SEMAPHORE_VALUE, 0 }, &reply), STATUS_OK);
	return (int32_t)reply.value;
}

static const struct semaphore_operation both[2] = {
	{ 0, 3, SEMAPHORE_UNDO }, { 1, -1, SEMAPHORE_UNDO },
};

static status_t request_operate(struct call *call, uint64_t reply[2])
{
	(void)reply;
	fake_lend((void *)(uintptr_t)both, sizeof(both));
	return on_semaphore_operate(call, &(struct pipe_semaphore_operate_request){ id, 2, 0 }, 0);
}

static void after_operate(void)
{
	uint64_t reply[2];

	succeed(reply);
	cr_assert_eq(value_of(0), 3);
	cr_assert_eq(value_of(1), 4);
	client_dead(A);
	cr_assert_eq(value_of(0), 0);
	cr_assert_eq(value_of(1), 5);
}

Test(ipc_crash, operate)
{
	struct call call = fake_call(A, 2);

	make(KEY_SEMAPHORES, 2);
	cr_assert_eq(on_semaphore_set(&call, &(struct pipe_semaphore_set_request){ id, 1, 5, 0 },
				      0), STATUS_OK);
	request = request_operate;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_operate), 50);
}

static status_t request_remove(struct call *call, uint64_t reply[2])
{
	(void)reply;
	return on_key_remove(call, &(struct pipe_key_remove_request){ KEY_SEMAPHORES, id }, 0);
}

static void after_remove(void)
{
	struct pipe_key_totals_reply totals = { 0 };
	struct call call = fake_call(A, 0);
	uint64_t reply[2];

	succeed(reply);
	cr_assert_eq(on_key_totals(&call, &(struct pipe_key_totals_request){ KEY_SEMAPHORES },
				   &totals), STATUS_OK);
	cr_assert_eq(totals.objects, 0);
}

Test(ipc_crash, remove)
{
	make(KEY_SEMAPHORES, 4);
	request = request_remove;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_remove), 50);
}

/* ---- Messages ---- */

static char text[300];

static status_t put(uint32_t sequence, int64_t type, uint64_t bytes)
{
	struct call call = fake_call(A, sequence);

	fake_lend(text, sizeof(text));
	return on_message_send(&call, &(struct pipe_message_send_request){ id, 0, type, bytes }, 0);
}

static uint64_t got(int64_t type, char *to)
{
	struct call call = fake_call(A, 900);
	struct pipe_message_receive_reply reply = { 0 };

	fake_lend(to, sizeof(text));
	cr_assert_eq(on_message_receive(&call, &(struct pipe_message_receive_request){ id,
		MESSAGE_NO_WAIT, type, sizeof(text) }, &reply), STATUS_OK);
	return reply.bytes;
}

static uint64_t blocks_used(void)
{
	return table.counts.blocks - table.ipc_live.free_blocks;
}

static status_t request_send(struct call *call, uint64_t reply[2])
{
	(void)reply;
	return put(call->sequence, 2, 250);
}

static void after_send(void)
{
	uint64_t reply[2];
	char to[sizeof(text)];

	succeed(reply);
	cr_assert_eq(blocks_used(), 1 + 3);
	cr_assert_eq(got(0, to), 10);
	cr_assert_eq(got(2, to), 250);
	cr_assert_arr_eq(to, text, 250);
	cr_assert_eq(blocks_used(), 0);
}

Test(ipc_crash, send)
{
	for (unsigned int i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	make(KEY_MESSAGES, 0);
	cr_assert_eq(put(2, 1, 10), STATUS_OK);
	request = request_send;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_send), 50);
}

static status_t request_receive(struct call *call, uint64_t reply[2])
{
	struct pipe_message_receive_reply received = { 0 };
	status_t status;

	fake_lend(fake_world->client, sizeof(fake_world->client));
	status = on_message_receive(call, &(struct pipe_message_receive_request){ id, 0, 2, 300 },
				    &received);
	reply[0] = received.bytes;
	reply[1] = (uint64_t)received.type;
	return status;
}

static void after_receive(void)
{
	uint64_t reply[2];
	char to[sizeof(text)];

	succeed(reply);
	cr_assert_eq(reply[0], 200);
	cr_assert_eq(reply[1], 2);
	cr_assert_arr_eq(fake_world->client, text, 200);
	cr_assert_eq(got(0, to), 10);
	cr_assert_eq(got(0, to), 20);
	cr_assert_eq(blocks_used(), 0);
}

Test(ipc_crash, receive)
{
	for (unsigned int i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 5);
	make(KEY_MESSAGES, 0);
	cr_assert_eq(put(2, 1, 10), STATUS_OK);
	cr_assert_eq(put(3, 2, 200), STATUS_OK);
	cr_assert_eq(put(4, 3, 20), STATUS_OK);
	request = request_receive;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_receive), 50);
}

/* ---- Edges of epoll: reported once ---- */

static uint32_t set, counter;

static status_t request_collect(struct call *call, uint64_t reply[2])
{
	struct pipe_epoll_collect_reply collected = { 0 };
	status_t status;

	fake_lend(fake_world->client, sizeof(fake_world->client));
	status = on_epoll_collect(call, &(struct pipe_epoll_collect_request){ set, 4, 0, 0 },
				  &collected);
	reply[0] = (uint64_t)collected.foreign << 32 | collected.count;
	return status;
}

static void after_collect(void)
{
	uint64_t reply[2];
	const struct epoll_event *event = (const struct epoll_event *)fake_world->client;
	struct call call = fake_call(A, 901);

	succeed(reply);
	cr_assert_eq(reply[0], 1);
	cr_assert_eq(event->data, 77);
	cr_assert_eq(event->events, POLL_INPUT);
	/* It was for once. */
	cr_assert_eq(request_collect(&call, reply), STATUS_OK);
	cr_assert_eq(reply[0], 0);
}

Test(ipc_crash, collect)
{
	struct call call = fake_call(A, 2);
	struct pipe_epoll_make_reply made;
	struct pipe_event_reply counted;

	cr_assert_eq(on_epoll_make(&call, &(struct pipe_epoll_make_request){ 0 }, &made),
		     STATUS_OK);
	set = (uint32_t)made.record;
	cr_assert_eq(on_event(&call, &(struct pipe_event_request){ 1, 0 }, &counted), STATUS_OK);
	counter = (uint32_t)counted.record;
	cr_assert_eq(on_epoll_control(&call, &(struct pipe_epoll_control_request){ .set = set,
		.operation = EPOLL_CTL_ADD, .record = counter, .data = 77,
		.events = POLL_INPUT | EPOLL_ONESHOT }, 0), STATUS_OK);
	request = request_collect;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_collect), 50);
}
