/* sources: servers/pipe/table.c servers/pipe/layout.c servers/pipe/page.c servers/pipe/packet.c servers/pipe/epoll.c servers/pipe/event.c $(wildcard servers/pipe/ipc_*.c) servers/pipe/pipe.c $(wildcard servers/pipe/socket*.c) libipc/ring.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* Sockets: the service dies at every instruction, and no message, no descriptor is lost. */
#define FAKE_STABLE_BYTES (640u << 10)
#include "tests/unit/server_fake.h"
#include "tests/unit/crash_everywhere.h"
#include "servers/pipe/service.c"
#include "tests/unit/pass_fake.h"

#define A        3u
#define B        7u
#define SEQUENCE 5u                      /* of the request at work, which A makes */
#define HANDLE   2u                      /* of a file that A holds */

static uint32_t ends[2];                 /* A's and B's */
static status_t (*request)(uint64_t *reply);
static struct { struct socket_control control; struct socket_file file[4]; } *brought;

/* What libipc/server.c does with a ONCE request. */
static status_t execute(uint64_t *reply)
{
	struct answer *answer = &fake_world->answers[A];
	status_t status;

	if (answer->sequence == SEQUENCE) {
		*reply = answer->reply[0];
		return answer->status;
	}
	status = request(reply);
	answer->status = (uint16_t)status;
	answer->words = 1;
	answer->reply[0] = *reply;
	__atomic_store_n(&answer->sequence, SEQUENCE, __ATOMIC_RELEASE);
	return status;
}

static void victim(void)
{
	uint64_t reply = 0;

	(void)execute(&reply);
}

static uint64_t succeed(void)
{
	uint64_t reply = 0;

	memset(&table, 0, sizeof(table));
	cr_assert_eq(start(1), STATUS_OK);
	cr_assert_eq(execute(&reply), STATUS_OK);
	return reply;
}

static void pair(uint32_t type)
{
	struct call call = fake_call(A, 1);
	struct pipe_socket_pair_reply made;

	cr_assert_eq(on_socket_pair(&call, &(struct pipe_socket_pair_request){ type,
		PIPE_NONBLOCK }, &made), STATUS_OK);
	ends[0] = made.record[0];
	ends[1] = made.record[1];
	pipe_record_share(&table, &table.records[ends[1]], B);
	pipe_record_release(&table, &table.records[ends[1]], A);
}

static void set_up(void)
{
	fake_set_time(1);
	cr_assert_eq(start(0), STATUS_OK);
	brought = (void *)fake_world->client;
	fake_disk->holders[HANDLE] = 1ull << A;
	pair(SOCKET_STREAM);
	fake_world->answers[A].sequence = 4;
}
TestSuite(socket_crash, .init = set_up, .timeout = 120);

static status_t send_as(uint32_t client, uint32_t sequence, uint32_t record, const char *text,
			const struct socket_file *file, uint64_t *reply)
{
	struct call call = fake_call(client, sequence);
	struct pipe_send_reply sent = { 0 };
	status_t status;

	fake_lend((char *)(uintptr_t)text, strlen(text));
	fake_second = (uint8_t *)(uintptr_t)file;
	status = on_send(&call, &(struct pipe_send_request){ .record = record,
		.bytes = (uint32_t)strlen(text), .files = file != 0 }, &sent);
	*reply = sent.bytes;
	return status;
}

static status_t receive_as(uint32_t client, uint32_t sequence, uint32_t record, char *text,
			   uint32_t bytes, uint64_t *reply)
{
	struct call call = fake_call(client, sequence);
	struct pipe_receive_reply got = { 0 };
	status_t status;

	fake_lend(text, bytes);
	fake_second = (uint8_t *)brought;
	status = on_receive(&call, &(struct pipe_receive_request){ record, 0, bytes, 4 }, &got);
	memcpy(reply, &got, sizeof(*reply));
	return status;
}

/* A passes its own end of another pair, and a file of the fs. */
static struct socket_file passed(uint32_t record)
{
	return (struct socket_file){ .disk = HANDLE, .pipe = record,
				     .terminal = SOCKET_NO_RECORD, .opaque = { 11, 12, 13 } };
}

static struct socket_file own_file;

static status_t request_send(uint64_t *reply)
{
	return send_as(A, SEQUENCE, ends[0], "second", &own_file, reply);
}

static void after_send(void)
{
	char text[64];
	uint64_t reply, before = fake_disk->holders[HANDLE];

	cr_assert_eq(succeed(), 6);
	cr_assert_eq(fake_disk->holders[HANDLE], 1ull << A | 1ull << 63);
	cr_assert_eq(receive_as(B, 1, ends[1], text, 64, &reply), STATUS_OK);
	cr_assert_eq((uint32_t)reply, 5);
	cr_assert_eq(receive_as(B, 2, ends[1], text, 64, &reply), STATUS_OK);
	cr_assert_eq((uint32_t)reply, 6);
	cr_assert_arr_eq(text, "second", 6);
	cr_assert_eq(brought->control.files, 1);
	cr_assert_eq(brought->file[0].opaque[1], 12);
	cr_assert_eq(fake_disk->holders[HANDLE], 1ull << A | 1ull << B);
	cr_assert_not_null(pipe_record_held(&table, own_file.pipe, B, 0));
	fake_disk->holders[HANDLE] = before;
}

Test(socket_crash, send)
{
	struct call call = fake_call(A, 1);
	struct pipe_event_reply made;
	uint64_t reply;

	cr_assert_eq(on_event(&call, &(struct pipe_event_request){ 1, 0 }, &made), STATUS_OK);
	own_file = passed((uint32_t)made.record);
	cr_assert_eq(send_as(A, 2, ends[0], "first", 0, &reply), STATUS_OK);
	fake_world->answers[A].sequence = 4;
	request = request_send;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_send), 100);
}

static status_t request_receive(uint64_t *reply)
{
	return receive_as(A, SEQUENCE, ends[0], (char *)fake_world->client + 2048, 4, reply);
}

static void after_receive(void)
{
	uint64_t before = fake_disk->holders[HANDLE];

	cr_assert_eq((uint32_t)succeed(), 4);
	cr_assert_arr_eq(fake_world->client + 2048, "take", 4);
	cr_assert_eq(brought->control.files, 1);
	cr_assert_not_null(pipe_record_held(&table, own_file.pipe, A, 0));
	cr_assert_null(pipe_record_held(&table, own_file.pipe, CLIENT_MAX - 1, 0));
	cr_assert_eq(fake_disk->holders[HANDLE], 1ull << A | 1ull << B);
	cr_assert_eq(socket_bytes(&table, &table.sockets[0]), 7);
	fake_disk->holders[HANDLE] = before;
}

Test(socket_crash, receive)
{
	struct call call = fake_call(B, 1);
	struct pipe_event_reply made;
	uint64_t reply;

	cr_assert_eq(on_event(&call, &(struct pipe_event_request){ 1, 0 }, &made), STATUS_OK);
	own_file = passed((uint32_t)made.record);
	fake_disk->holders[HANDLE] = 1ull << B;
	cr_assert_eq(send_as(B, 2, ends[1], "take me too", &own_file, &reply), STATUS_OK);
	request = request_receive;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_receive), 100);
}

static void check_counts(uint32_t records)
{
	uint32_t used = 0;

	cr_assert_eq(table.free_records, table.counts.records - records);
	for (uint32_t i = 0; i < table.counts.sockets; i++)
		used += table.sockets[i].used != 0;
	cr_assert_eq(used, records);
}

static status_t request_pair(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_socket_pair_reply made;
	status_t status = on_socket_pair(&call, &(struct pipe_socket_pair_request){
		SOCKET_DATAGRAM, 0 }, &made);

	memcpy(reply, &made, sizeof(*reply));
	return status;
}

static void after_pair(void)
{
	(void)succeed();
	check_counts(4);
	client_dead(A);
	check_counts(1);
	client_dead(B);
	check_counts(0);
}

Test(socket_crash, pair)
{
	request = request_pair;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_pair), 100);
}

static uint32_t made_socket(uint32_t client, uint32_t sequence)
{
	struct call call = fake_call(client, sequence);
	struct pipe_socket_reply made;

	cr_assert_eq(on_socket(&call, &(struct pipe_socket_request){ SOCKET_STREAM, PIPE_NONBLOCK },
			       &made), STATUS_OK);
	return (uint32_t)made.record;
}

static const struct socket_place here = { .bytes = 5 };

static void lend_name(void)
{
	static char name[] = "\0here";

	fake_lend(name, 5);
}

static status_t request_bind(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);

	*reply = 0;
	lend_name();
	return on_bind(&call, &(struct pipe_bind_request){ ends[0], here }, 0);
}

static void after_bind(void)
{
	(void)succeed();
	cr_assert_eq(table.sockets[0].address.place.bytes, 5);
}

Test(socket_crash, bind)
{
	request = request_bind;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_bind), 50);
}

/* B listens, A has a socket. */
static uint32_t listener, client;

static void listen_and_call(void)
{
	struct call call = fake_call(B, 50);

	client_dead(A);
	client_dead(B);
	listener = made_socket(B, 51);
	client = made_socket(A, 3);
	lend_name();
	cr_assert_eq(on_bind(&call, &(struct pipe_bind_request){ listener, here }, 0), STATUS_OK);
	cr_assert_eq(on_listen(&call, &(struct pipe_listen_request){ listener, 3 }, 0), STATUS_OK);
	fake_world->answers[A].sequence = 4;
}

static status_t request_connect(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);

	*reply = 0;
	lend_name();
	return on_connect(&call, &(struct pipe_connect_request){ client, 0, here }, 0);
}

static void after_connect(void)
{
	struct call call = fake_call(B, 60);
	struct pipe_accept_reply accepted;
	uint64_t reply;
	char text[8];

	(void)succeed();
	cr_assert_eq(on_accept(&call, &(struct pipe_accept_request){ listener, 0 }, &accepted),
		     STATUS_OK);
	cr_assert_eq(send_as(B, 61, (uint32_t)accepted.record, "hi", 0, &reply), STATUS_OK);
	cr_assert_eq(receive_as(A, 62, client, text, 8, &reply), STATUS_OK);
	cr_assert_eq((uint32_t)reply, 2);
	cr_assert_eq(on_accept(&call, &(struct pipe_accept_request){ listener, 0 }, &accepted),
		     STATUS_ERRNO(E_AGAIN));
	check_counts(3);
	client_dead(A);
	client_dead(B);
	check_counts(0);
}

Test(socket_crash, connect)
{
	listen_and_call();
	request = request_connect;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_connect), 100);
}

/* Now A is the one that listens. */
static status_t request_accept(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_accept_reply accepted = { 0 };
	status_t status = on_accept(&call, &(struct pipe_accept_request){ listener, 0 }, &accepted);

	*reply = accepted.record;
	return status;
}

static void after_accept(void)
{
	uint64_t record = succeed(), reply;

	cr_assert_eq(send_as(A, 61, (uint32_t)record, "hi", 0, &reply), STATUS_OK);
	check_counts(3);
	client_dead(A);
	check_counts(0);
}

Test(socket_crash, accept)
{
	struct call call = fake_call(A, 60);

	listen_and_call();
	pipe_record_share(&table, &table.records[listener], A);
	client_dead(B);
	lend_name();
	cr_assert_eq(on_connect(&call, &(struct pipe_connect_request){ client, 0, here }, 0),
		     STATUS_OK);
	fake_world->answers[A].sequence = 4;
	request = request_accept;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_accept), 100);
}

/* Both ends go, with a file and a pair that contains itself on the way. */
static status_t request_death(uint64_t *reply)
{
	*reply = 0;
	client_dead(B);
	client_dead(A);
	return STATUS_OK;
}

static void after_death(void)
{
	uint64_t before = fake_disk->holders[HANDLE];

	(void)succeed();
	client_dead(A);
	client_dead(B);
	check_counts(0);
	cr_assert_eq(fake_disk->holders[HANDLE], 1ull << A);
	fake_disk->holders[HANDLE] = before;
}

Test(socket_crash, death)
{
	uint64_t reply;
	uint32_t first = ends[0];

	own_file = passed((uint32_t)SOCKET_NO_RECORD);
	own_file.pipe = SOCKET_NO_RECORD;
	cr_assert_eq(send_as(A, 2, ends[0], "file", &own_file, &reply), STATUS_OK);
	pair(SOCKET_STREAM);
	own_file.pipe = first;
	own_file.disk = SOCKET_NO_RECORD;
	cr_assert_eq(send_as(A, 2, ends[0], "socket", &own_file, &reply), STATUS_OK);
	fake_world->answers[A].sequence = 4;
	request = request_death;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_death), 100);
}
