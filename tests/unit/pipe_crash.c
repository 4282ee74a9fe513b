/* sources: servers/pipe/table.c servers/pipe/layout.c servers/pipe/page.c servers/pipe/packet.c servers/pipe/epoll.c servers/pipe/event.c $(wildcard servers/pipe/ipc_*.c) $(wildcard servers/pipe/socket*.c) libipc/ring.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/pipe dies at every instruction of every kind of request: no byte is lost or doubled. */
#define FAKE_STABLE_BYTES (448u << 10)
#include "tests/unit/server_fake.h"
#include "tests/unit/crash_everywhere.h"
#include "servers/pipe/service.c"
#include "tests/unit/pass_fake.h"
#include "servers/pipe/pipe.c"

#define A        3u
#define B        7u
#define SEQUENCE 5u                      /* of the request at work */

static struct pipe_create_reply ends;
static uint32_t (*request)(uint64_t *reply);   /* gives a status */

/* What libipc/server.c does with a ONCE request. */
static status_t execute(uint64_t *reply)
{
	struct answer *answer = &fake_world->answers[A];
	status_t status;

	if (answer->sequence == SEQUENCE) {
		*reply = answer->reply[0];
		return answer->status;
	}
	status = (status_t)request(reply);
	answer->status = (uint16_t)status;
	answer->words = 1;
	answer->reply[0] = *reply;
	__atomic_store_n(&answer->sequence, SEQUENCE, __ATOMIC_RELEASE);
	return status;
}

static void victim(void)
{
	uint64_t reply;

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

static uint64_t move(uint32_t client, const char *bytes, uint32_t count, char *out)
{
	struct call call = fake_call(client, 100);
	struct pipe_write_reply written = { 0 };
	struct pipe_read_reply read = { 0 };

	fake_lend(out ? out : (char *)(uintptr_t)bytes, count);
	if (out)
		cr_assert_eq(on_read(&call, &(struct pipe_read_request){ ends.read_record, count },
				     &read), STATUS_OK);
	else
		cr_assert_eq(on_write(&call, &(struct pipe_write_request){ ends.write_record, count },
				      &written), STATUS_OK);
	return written.bytes + read.bytes;
}

static void set_up(void)
{
	struct call call = fake_call(A, 1);

	fake_set_time(1);
	cr_assert_eq(start(0), STATUS_OK);
	cr_assert_eq(on_create(&call, &(struct pipe_create_request){ 0 }, &ends), STATUS_OK);
	fake_world->answers[A].sequence = 4;
}
TestSuite(pipe_crash, .init = set_up, .timeout = 120);

static void check_counts(uint32_t pipes, uint32_t records)
{
	cr_assert_eq(table.free_pipes, table.counts.pipes - pipes);
	cr_assert_eq(table.free_records, table.counts.records - records);
}

static uint32_t request_write(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_write_reply written = { 0 };
	status_t status;

	fake_lend("second", 6);
	status = on_write(&call, &(struct pipe_write_request){ ends.write_record, 6 }, &written);
	*reply = written.bytes;
	return (uint32_t)status;
}

static void after_write(void)
{
	char out[64];

	cr_assert_eq(succeed(), 6);
	cr_assert_eq(move(A, 0, sizeof(out), out), 12);
	cr_assert_arr_eq(out, "first,second", 12);
}

Test(pipe_crash, write)
{
	request = request_write;
	cr_assert_eq(move(A, "first,", 6, 0), 6);
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_write), 100);
}

static uint32_t request_read(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_read_reply read = { 0 };
	status_t status;

	fake_lend(fake_world->client, 4);
	status = on_read(&call, &(struct pipe_read_request){ ends.read_record, 4 }, &read);
	*reply = read.bytes;
	return (uint32_t)status;
}

static void after_read(void)
{
	char out[64];

	cr_assert_eq(succeed(), 4);
	cr_assert_arr_eq(fake_world->client, "abcd", 4);
	cr_assert_eq(move(A, 0, sizeof(out), out), 3);
	cr_assert_arr_eq(out, "efg", 3);
}

Test(pipe_crash, read)
{
	request = request_read;
	cr_assert_eq(move(A, "abcdefg", 7, 0), 7);
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_read), 100);
}

static uint32_t request_create(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_create_reply created;
	status_t status = on_create(&call, &(struct pipe_create_request){ 0 }, &created);

	memcpy(reply, &created, sizeof(*reply));
	return (uint32_t)status;
}

static void after_create(void)
{
	uint64_t reply = succeed();
	char out[8];

	check_counts(2, 4);
	memcpy(&ends, &reply, sizeof(ends));
	cr_assert_eq(move(A, "new", 3, 0), 3);
	cr_assert_eq(move(A, 0, sizeof(out), out), 3);
	client_dead(A);
	check_counts(0, 0);
}

Test(pipe_crash, create)
{
	request = request_create;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_create), 100);
}

static uint32_t request_open(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_open_reply opened = { 0 };
	status_t status = on_open(&call, &(struct pipe_open_request){ 12, 0, PIPE_READ, PIPE_NONBLOCK },
				  &opened);

	*reply = opened.record;
	return (uint32_t)status;
}

static void after_open(void)
{
	uint64_t record = succeed();

	check_counts(2, 3);
	cr_assert_not_null(pipe_record_held(&table, (uint32_t)record, A, PIPE_READ));
	client_dead(A);
	check_counts(0, 0);
}

Test(pipe_crash, open)
{
	request = request_open;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_open), 100);
}

static uint32_t request_release(uint64_t *reply)
{
	struct call call = fake_call(A, 0);

	*reply = 0;
	return (uint32_t)on_release(&call, &(struct pipe_release_request){ ends.write_record }, 0);
}

static void after_release(void)
{
	succeed();
	check_counts(1, 1);
}

Test(pipe_crash, release)
{
	request = request_release;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_release), 100);
}

static uint32_t request_inherit(uint64_t *reply)
{
	struct call call = fake_call(A, 0);

	*reply = 0;
	return (uint32_t)on_inherit(&call, &(struct pipe_inherit_request){
		B, 2, { ends.read_record, ends.write_record } }, 0);
}

static void after_inherit(void)
{
	succeed();
	cr_assert_eq(table.held[B], 2);
	client_dead(A);
	check_counts(1, 2);
	client_dead(B);
	check_counts(0, 0);
}

Test(pipe_crash, inherit)
{
	request = request_inherit;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_inherit), 100);
}

/* The death of a client is reported again to a successor. */
static uint32_t request_death(uint64_t *reply)
{
	*reply = 0;
	client_dead(A);
	return STATUS_OK;
}

static void after_death(void)
{
	succeed();
	client_dead(A);
	check_counts(0, 0);
}

Test(pipe_crash, death)
{
	request = request_death;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_death), 100);
}

static uint32_t counter;                 /* the record of an event or a timer */

static uint32_t make_event(uint64_t value)
{
	struct call call = fake_call(B, 1);
	struct pipe_event_reply made;

	cr_assert_eq(on_event(&call, &(struct pipe_event_request){ value, PIPE_NONBLOCK }, &made),
		     STATUS_OK);
	pipe_record_share(&table, &table.records[made.record], A);
	return (uint32_t)made.record;
}

static uint32_t request_add(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_write_reply written = { 0 };
	status_t status;

	*(uint64_t *)fake_world->client = 5;
	fake_lend(fake_world->client, 8);
	status = on_write(&call, &(struct pipe_write_request){ counter, 8 }, &written);
	*reply = written.bytes;
	return (uint32_t)status;
}

static void after_add(void)
{
	cr_assert_eq(succeed(), 8);
	cr_assert_eq(table.records[counter].counter, 12);
}

Test(pipe_crash, add_to_a_counter)
{
	counter = make_event(7);
	request = request_add;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_add), 50);
}

static uint32_t request_take(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_read_reply read = { 0 };
	status_t status;

	fake_lend(fake_world->client, 8);
	status = on_read(&call, &(struct pipe_read_request){ counter, 8 }, &read);
	*reply = read.bytes;
	return (uint32_t)status;
}

static void after_take(void)
{
	cr_assert_eq(succeed(), 8);
	cr_assert_eq(*(uint64_t *)fake_world->client, 7);
	cr_assert_eq(table.records[counter].counter, 0);
}

Test(pipe_crash, take_from_a_counter)
{
	counter = make_event(7);
	request = request_take;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_take), 50);
}

static uint32_t request_event(uint64_t *reply)
{
	struct call call = fake_call(A, SEQUENCE);
	struct pipe_event_reply made;
	status_t status = on_event(&call, &(struct pipe_event_request){ 3, 0 }, &made);

	*reply = made.record;
	return (uint32_t)status;
}

static void after_event(void)
{
	uint64_t record = succeed();

	check_counts(1, 3);
	cr_assert_eq(table.records[record].counter, 3);
	client_dead(A);
	check_counts(0, 0);
}

Test(pipe_crash, make_a_counter)
{
	request = request_event;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_event), 50);
}

/* The clock goes on meanwhile: expiries are counted once, whoever counts them. */
static void after_expiry(void)
{
	struct pipe_record *record = &table.records[counter];
	uint64_t taken;

	cr_assert_eq(succeed(), 8);
	memcpy(&taken, fake_world->client, 8);
	cr_assert_eq(record->deadline_ns, 1000000 + taken * 1000000000);
}

Test(pipe_crash, read_a_timer)
{
	struct call call = fake_call(A, 1);
	struct pipe_timer_reply made;

	cr_assert_eq(on_timer(&call, &(struct pipe_timer_request){ 0, 0 }, &made), STATUS_OK);
	counter = (uint32_t)made.record;
	cr_assert_eq(on_set_timer(&call, &(struct pipe_set_timer_request){ made.record, 1000000,
		1000000000 }, 0), STATUS_OK);
	fake_set_time(5000000000);
	request = request_take;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_expiry), 50);
}
