/* sources: servers/pipe/table.c servers/pipe/layout.c servers/pipe/page.c servers/pipe/packet.c servers/pipe/epoll.c servers/pipe/event.c $(wildcard servers/pipe/ipc_*.c) $(wildcard servers/pipe/socket*.c) libipc/ring.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* The handlers of servers/pipe, with the library replaced by server_fake.h. */
#include "tests/unit/server_fake.h"
#include "servers/pipe/service.c"
#include "tests/unit/pass_fake.h"
#include "servers/pipe/pipe.c"

#define A 3u
#define B 7u

static uint32_t sequence;
static struct pipe_create_reply ends;

static void restart(void)
{
	memset(&table, 0, sizeof(table));
	cr_assert_eq(start(1), STATUS_OK);
}

static status_t create(unsigned client, uint64_t flags)
{
	struct call call = fake_call(client, ++sequence);

	return on_create(&call, &(struct pipe_create_request){ flags }, &ends);
}

static status_t write_as(unsigned client, const void *bytes, uint32_t count, uint64_t *moved)
{
	struct call call = fake_call(client, ++sequence);
	struct pipe_write_reply reply = { 0 };
	status_t status;

	fake_lend((void *)(uintptr_t)bytes, count);
	status = on_write(&call, &(struct pipe_write_request){ ends.write_record, count }, &reply);
	*moved = reply.bytes;
	return status;
}

static status_t read_as(unsigned client, void *bytes, uint32_t count, uint64_t *moved)
{
	struct call call = fake_call(client, ++sequence);
	struct pipe_read_reply reply = { 0 };
	status_t status;

	fake_lend(bytes, count);
	status = on_read(&call, &(struct pipe_read_request){ ends.read_record, count }, &reply);
	*moved = reply.bytes;
	return status;
}

static void release(unsigned client, uint32_t record)
{
	struct call call = fake_call(client, 0);

	cr_assert_eq(on_release(&call, &(struct pipe_release_request){ record }, 0), STATUS_OK);
}

static status_t inherit(unsigned client, unsigned child, uint32_t one, uint32_t two)
{
	struct call call = fake_call(client, 0);

	return on_inherit(&call, &(struct pipe_inherit_request){ child, 2, { one, two } }, 0);
}

static uint16_t poll_as(unsigned client, uint32_t record, uint32_t events)
{
	struct call call = fake_call(client, 0);
	struct pipe_poll_reply reply;

	cr_assert_eq(on_poll(&call, &(struct pipe_poll_request){ 1, 1, { { record, events } } },
			     &reply), STATUS_OK);
	return reply.ready[0];
}

static void set_up(void)
{
	fake_set_time(1);
	cr_assert_eq(start(0), STATUS_OK);
	cr_assert_eq(create(A, 0), STATUS_OK);
}
TestSuite(pipe, .init = set_up);

Test(pipe, bytes_come_out_in_order)
{
	uint8_t in[300], out[300];
	uint64_t moved;
	uint32_t next_in = 0, next_out = 0;

	for (unsigned round = 0; round < 2000; round++) {
		uint32_t count = 1 + round * 37 % sizeof(in);

		for (uint32_t i = 0; i < count; i++)
			in[i] = (uint8_t)(next_in++ % 251);
		cr_assert_eq(write_as(A, in, count, &moved), STATUS_OK);
		cr_assert_eq(moved, count);
		cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
		for (uint32_t i = 0; i < moved; i++)
			cr_assert_eq(out[i], next_out++ % 251);
	}
	cr_assert_eq(next_in, next_out);
}

Test(pipe, a_write_of_all_that_fits_is_taken_at_once)
{
	static uint8_t big[PIPE_CAPACITY + 5000], out[PIPE_CAPACITY];
	uint64_t moved;

	cr_assert_eq(write_as(A, big, 5, &moved), STATUS_OK);
	cr_assert_eq(write_as(A, big, sizeof(big), &moved), STATUS_OK);
	cr_assert_eq(moved, PIPE_CAPACITY - 5);
	cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(moved, PIPE_CAPACITY);
}

static status_t cancelled(struct event *event, struct call *call)
{
	(void)event;
	(void)call;
	return STATUS_CANCELLED;
}

Test(pipe, small_writes_are_whole_or_wait)
{
	static uint8_t bytes[PIPE_CAPACITY];
	uint64_t moved;

	fake_others = cancelled;
	cr_assert_eq(write_as(A, bytes, PIPE_CAPACITY - PIPE_ATOMIC + 1, &moved), STATUS_OK);
	cr_assert_eq(write_as(A, bytes, PIPE_ATOMIC, &moved), STATUS_CANCELLED);
	cr_assert_eq(fake_waits, 1);
	cr_assert_eq(write_as(A, bytes, PIPE_ATOMIC + 1, &moved), STATUS_OK);
	cr_assert_eq(moved, PIPE_ATOMIC - 1);
}

static status_t writes_meanwhile(struct event *event, struct call *call)
{
	void *window = fake_window;
	uint64_t size = fake_window_bytes, moved;

	cr_assert_eq(event, &table.live[0].changed[READ_END]);
	(void)call;
	cr_assert_eq(write_as(A, "hello", 5, &moved), STATUS_OK);
	fake_lend(window, size);
	return STATUS_OK;
}

Test(pipe, an_empty_pipe_makes_the_reader_wait)
{
	char out[16];
	uint64_t moved;

	fake_others = writes_meanwhile;
	cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(fake_waits, 1);
	cr_assert_eq(moved, 5);
	cr_assert_arr_eq(out, "hello", 5);
}

static status_t closes_meanwhile(struct event *event, struct call *call)
{
	(void)event;
	(void)call;
	release(A, ends.write_record);
	return STATUS_OK;
}

Test(pipe, the_last_writer_gone_is_end_of_file)
{
	char out[16];
	uint64_t moved = 1;

	fake_others = closes_meanwhile;
	cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(moved, 0);
}

Test(pipe, data_comes_before_end_of_file)
{
	char out[16];
	uint64_t moved;

	cr_assert_eq(write_as(A, "x", 1, &moved), STATUS_OK);
	release(A, ends.write_record);
	cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(moved, 1);
	cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(moved, 0);
}

Test(pipe, no_reader_is_a_broken_pipe)
{
	uint64_t moved;

	release(A, ends.read_record);
	cr_assert_eq(write_as(A, "x", 1, &moved), STATUS_ERRNO(E_PIPE));
}

Test(pipe, a_child_holds_what_it_inherits)
{
	char out[16];
	uint64_t moved;

	cr_assert_eq(read_as(B, out, 1, &moved), STATUS_ERRNO(E_BADF));
	cr_assert_eq(inherit(A, B, ends.read_record, ends.write_record), STATUS_OK);
	cr_assert_eq(inherit(A, B, ends.read_record, ends.write_record), STATUS_OK);
	release(A, ends.read_record);
	release(A, ends.read_record);
	cr_assert_eq(write_as(A, "y", 1, &moved), STATUS_OK);
	client_dead(A);
	cr_assert_eq(read_as(B, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(moved, 1);
	cr_assert_eq(read_as(A, out, 1, &moved), STATUS_ERRNO(E_BADF));
	client_dead(B);
	cr_assert_eq(table.free_pipes, table.counts.pipes);
	cr_assert_eq(table.free_records, table.counts.records);
	cr_assert_eq(table.pages.free, table.pages.count);
}

Test(pipe, what_is_not_held_cannot_be_inherited_or_used)
{
	struct call call = fake_call(B, 0);
	struct pipe_status_reply status;

	cr_assert_eq(inherit(B, A, ends.read_record, ends.write_record), STATUS_ERRNO(E_BADF));
	cr_assert_eq(inherit(A, CLIENT_MAX, ends.read_record, ends.write_record),
		     STATUS_ERRNO(E_INVAL));
	cr_assert_eq(inherit(A, B, ends.read_record, table.counts.records), STATUS_ERRNO(E_BADF));
	/* Which pipe it is anybody may know, and no more. */
	memset(&status, 0, sizeof(status));
	cr_assert_eq(on_status(&call, &(struct pipe_status_request){ ends.read_record }, &status),
		     STATUS_OK);
	cr_assert_eq(status.access, 0);
	cr_assert_eq(on_status(&call, &(struct pipe_status_request){ ~0ull }, &status),
		     STATUS_ERRNO(E_BADF));
}

Test(pipe, nonblock_says_again)
{
	static uint8_t bytes[PIPE_CAPACITY];
	struct call call = fake_call(A, 0);
	uint64_t moved;

	cr_assert_eq(on_flags(&call, &(struct pipe_flags_request){ ends.read_record, PIPE_NONBLOCK },
			      0), STATUS_OK);
	cr_assert_eq(read_as(A, bytes, 1, &moved), STATUS_ERRNO(E_AGAIN));
	cr_assert_eq(create(A, PIPE_NONBLOCK), STATUS_OK);
	cr_assert_eq(write_as(A, bytes, sizeof(bytes), &moved), STATUS_OK);
	cr_assert_eq(write_as(A, bytes, 1, &moved), STATUS_ERRNO(E_AGAIN));
}

Test(pipe, poll_and_its_notification)
{
	struct call call = fake_call(B, 0);
	uint64_t moved;

	cr_assert_eq(inherit(A, B, ends.read_record, ends.write_record), STATUS_OK);
	cr_assert_eq(on_watch(&call, &(struct pipe_watch_request){ 4 }, 0), STATUS_ERRNO(E_BADF));
	call.capability[0] = 99;
	cr_assert_eq(on_watch(&call, &(struct pipe_watch_request){ 4 }, 0), STATUS_OK);
	cr_assert_eq(poll_as(B, ends.write_record, POLL_OUTPUT), POLL_OUTPUT);
	cr_assert_eq(poll_as(B, ends.read_record, POLL_INPUT), 0);
	cr_assert_eq(fake_notified.count, 0);
	cr_assert_eq(write_as(A, "x", 1, &moved), STATUS_OK);
	cr_assert_eq(fake_notified.count, 1);
	cr_assert_eq(fake_notified.slot, 99);
	cr_assert_eq(fake_notified.bits, 4);
	cr_assert_eq(write_as(A, "x", 1, &moved), STATUS_OK);
	cr_assert_eq(fake_notified.count, 1);
	cr_assert_eq(poll_as(B, ends.read_record, POLL_INPUT), POLL_INPUT);
	release(A, ends.write_record);
	release(B, ends.write_record);
	cr_assert_eq(poll_as(B, ends.read_record, 0), POLL_HANGUP);
	cr_assert_eq(poll_as(B, ends.write_record, 0), POLL_INVALID);
	client_dead(B);
	cr_assert_eq(fake_deleted, 1);
}

Test(pipe, rings_go_round_when_there_are_too_few)
{
	static uint8_t bytes[PIPE_CAPACITY];
	uint64_t moved;
	struct pipe_create_reply first;

	while (table.pages.free > 1)
		(void)page_take(&table.pages, 0);
	cr_assert_eq(write_as(A, "abc", 3, &moved), STATUS_OK);
	first = ends;
	cr_assert_eq(create(A, PIPE_NONBLOCK), STATUS_OK);
	cr_assert_eq(write_as(A, "def", 3, &moved), STATUS_ERRNO(E_AGAIN));
	{
		struct pipe_create_reply second = ends;

		ends = first;
		cr_assert_eq(read_as(A, bytes, 9, &moved), STATUS_OK);
		ends = second;
	}
	cr_assert_eq(write_as(A, "def", 3, &moved), STATUS_OK);
	cr_assert_eq(read_as(A, bytes, 9, &moved), STATUS_OK);
	cr_assert_arr_eq(bytes, "def", 3);
}

Test(pipe, a_ring_grows_with_what_it_holds_and_keeps_it)
{
	static uint8_t in[PIPE_CAPACITY_MOST], out[PIPE_CAPACITY_MOST];
	struct call call = fake_call(A, 0);
	struct pipe_resize_reply resized;
	uint64_t moved, done = 0, taken = 0;

	for (uint32_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + i / 251);
	cr_assert_eq(on_resize(&call, &(struct pipe_resize_request){ ends.write_record,
		PIPE_CAPACITY_MOST }, &resized), STATUS_OK);
	cr_assert_eq(resized.bytes, PIPE_CAPACITY_MOST);
	/* Not from the ring's beginning, so that what it holds goes round its end. */
	cr_assert_eq(write_as(A, in, 3000, &moved), STATUS_OK);
	cr_assert_eq(read_as(A, out, 2500, &moved), STATUS_OK);
	for (done = 3000, taken = 2500; done < sizeof(in); done += moved) {
		uint64_t part = sizeof(in) - done < 70000 ? sizeof(in) - done : 70000;

		cr_assert_eq(write_as(A, in + done, (uint32_t)part, &moved), STATUS_OK);
		cr_assert_eq(moved, part);
	}
	cr_assert_eq(table.pages.count - table.pages.free, PIPE_CAPACITY_MOST / PAGE_BYTES);
	restart();
	cr_assert_eq(table.pages.count - table.pages.free, PIPE_CAPACITY_MOST / PAGE_BYTES);
	for (; taken < sizeof(in); taken += moved)
		cr_assert_eq(read_as(A, out + taken, 99999, &moved), STATUS_OK);
	cr_assert_arr_eq(out + 2500, in + 2500, sizeof(in) - 2500);
	client_dead(A);
	cr_assert_eq(table.pages.free, table.pages.count);
}

Test(pipe, where_memory_is_short_each_pipe_still_has_a_page)
{
	static uint8_t bytes[PIPE_CAPACITY];
	uint64_t moved;
	unsigned big = 0, small = 0;

	while (table.pages.free > table.pages.count / 4 + 16) {
		cr_assert_eq(create(A, PIPE_NONBLOCK), STATUS_OK);
		cr_assert_eq(write_as(A, bytes, sizeof(bytes), &moved), STATUS_OK);
		big += moved == sizeof(bytes);
	}
	cr_assert_gt(big, 10);
	while (create(B, PIPE_NONBLOCK) == STATUS_OK && small < 50) {
		cr_assert_eq(write_as(B, bytes, PIPE_ATOMIC, &moved), STATUS_OK);
		small += moved == PIPE_ATOMIC;
	}
	cr_assert_eq(small, 50);
}

Test(pipe, all_pipes_used_is_an_error)
{
	unsigned made = 1;

	while (create(A, 0) == STATUS_OK)
		made++;
	cr_assert_eq(table.free_pipes, table.counts.pipes / 8);
	/* Others are not to suffer from it. */
	for (unsigned client = B; create(client, 0) == STATUS_OK; client++)
		made++;
	cr_assert_eq(made, table.counts.pipes);
	client_dead(A);
	cr_assert_eq(create(A, 0), STATUS_OK);
}

Test(pipe, a_restart_keeps_pipes_and_their_bytes)
{
	char out[16];
	uint64_t moved;

	cr_assert_eq(inherit(A, B, ends.read_record, ends.write_record), STATUS_OK);
	cr_assert_eq(write_as(A, "kept", 4, &moved), STATUS_OK);
	release(A, ends.write_record);
	restart();
	cr_assert_eq(table.held[A], 1);
	cr_assert_eq(table.held[B], 2);
	release(B, ends.write_record);
	cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(moved, 4);
	cr_assert_arr_eq(out, "kept", 4);
	cr_assert_eq(read_as(A, out, sizeof(out), &moved), STATUS_OK);
	cr_assert_eq(moved, 0);
}

/* ---- FIFOs ---- */

static struct pipe_open_reply opened;

static status_t open_as(unsigned client, uint16_t access, uint16_t flags, uint32_t number)
{
	struct call call = fake_call(client, number);

	return on_open(&call, &(struct pipe_open_request){ 12, 0, access, flags }, &opened);
}

static status_t opens_meanwhile(struct event *event, struct call *call)
{
	(void)event;
	(void)call;
	fake_others = 0;
	cr_assert_eq(open_as(B, PIPE_WRITE, 0, ++sequence), STATUS_OK);
	release(B, (uint32_t)opened.record);
	return STATUS_OK;
}

Test(pipe, a_fifo_waits_for_its_other_end)
{
	fake_others = opens_meanwhile;
	cr_assert_eq(open_as(A, PIPE_READ, 0, ++sequence), STATUS_OK);
	cr_assert_eq(fake_waits, 1);
	cr_assert_eq(poll_as(A, (uint32_t)opened.record, 0), POLL_HANGUP);
}

Test(pipe, a_fifo_without_a_reader)
{
	cr_assert_eq(open_as(A, PIPE_WRITE, PIPE_NONBLOCK, ++sequence), STATUS_ERRNO(E_NXIO));
	cr_assert_eq(open_as(A, PIPE_READ, PIPE_NONBLOCK, ++sequence), STATUS_OK);
	cr_assert_eq(poll_as(A, (uint32_t)opened.record, POLL_INPUT), 0);
	cr_assert_eq(open_as(B, PIPE_WRITE, PIPE_NONBLOCK, ++sequence), STATUS_OK);
	cr_assert_eq(open_as(B, 0, 0, ++sequence), STATUS_ERRNO(E_INVAL));
	cr_assert_eq(open_as(B, 4, 0, ++sequence), STATUS_ERRNO(E_INVAL));
}

Test(pipe, an_open_that_is_interrupted_leaves_nothing)
{
	fake_others = cancelled;
	cr_assert_eq(open_as(A, PIPE_READ, 0, ++sequence), STATUS_CANCELLED);
	cr_assert_eq(table.held[A], 2);
	cr_assert_eq(table.free_pipes, table.counts.pipes - 1);
}

Test(pipe, an_open_under_way_goes_on_after_a_restart)
{
	struct pipe_record *record;

	record = open_begin(&(struct call){ .badge = A, .sequence = ++sequence },
			    &(struct pipe_open_request){ 12, 0, PIPE_READ, 0 });
	cr_assert_not_null(record);
	restart();
	fake_others = opens_meanwhile;
	cr_assert_eq(open_as(A, PIPE_READ, 0, sequence), STATUS_OK);
	cr_assert_eq(opened.record, record_number(&table, record));
	cr_assert_eq(table.held[A], 3);
}

Test(pipe, a_timer_tells_once_and_counts_all)
{
	struct call call = fake_call(A, ++sequence);
	struct pipe_timer_reply made;
	struct pipe_timer_state_reply state;
	struct pipe_read_reply read = { 0 };
	uint64_t count = 0;

	cr_assert_eq(on_timer(&call, &(struct pipe_timer_request){ PIPE_NONBLOCK, 1 }, &made),
		     STATUS_OK);
	cr_assert_eq(on_set_timer(&call, &(struct pipe_set_timer_request){ made.record, 1000, 10 },
				  0), STATUS_OK);
	cr_assert_eq(fake_deadline_ns, 1000 * (fake_deadline_ns != 0));
	cr_assert_eq(watch_set(&table.stable->watches, &(struct call){ .badge = A,
		.capability = { 9 } }, 4), STATUS_OK);
	fake_set_time(2000000000);
	fake_notified.count = 0;
	cr_assert_eq(poll_as(A, (uint32_t)made.record, POLL_INPUT), POLL_INPUT);
	timeout();
	cr_assert_eq(fake_deadline_ns, 0);
	fake_lend(&count, sizeof(count));
	cr_assert_eq(on_read(&call, &(struct pipe_read_request){ (uint32_t)made.record, 8 }, &read),
		     STATUS_OK);
	cr_assert_geq(count, 199999900u);
	cr_assert_eq(on_timer_state(&call, &(struct pipe_timer_state_request){ made.record },
				    &state), STATUS_OK);
	cr_assert_gt(state.deadline_ns, 2000000000u);
	cr_assert_eq(state.interval_ns, 10);
	cr_assert_eq(state.clock, 1);
}

Test(pipe, a_counter_waits_at_both_limits)
{
	struct call call = fake_call(A, ++sequence);
	struct pipe_event_reply made;
	struct pipe_read_reply read = { 0 };
	struct pipe_write_reply written = { 0 };
	uint64_t value = 0;

	cr_assert_eq(on_event(&call, &(struct pipe_event_request){ ~0ull - 2, PIPE_NONBLOCK |
		PIPE_SEMAPHORE }, &made), STATUS_OK);
	fake_lend(&value, sizeof(value));
	value = 2;
	cr_assert_eq(on_write(&call, &(struct pipe_write_request){ (uint32_t)made.record, 8 },
			      &written), STATUS_ERRNO(E_AGAIN));
	cr_assert_eq(on_read(&call, &(struct pipe_read_request){ (uint32_t)made.record, 8 }, &read),
		     STATUS_OK);
	cr_assert_eq(value, 1);
	value = ~0ull;
	cr_assert_eq(on_write(&call, &(struct pipe_write_request){ (uint32_t)made.record, 8 },
			      &written), STATUS_ERRNO(E_INVAL));
	cr_assert_eq(on_write(&call, &(struct pipe_write_request){ (uint32_t)made.record, 7 },
			      &written), STATUS_ERRNO(E_INVAL));
}
