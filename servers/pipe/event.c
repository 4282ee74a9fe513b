/* SPDX-License-Identifier: MIT */
/*
 * Counters (eventfd) and timers (timerfd). All of a counter is one word, and so is what changes of
 * a timer when it is read: its deadline moves behind the expiries that were counted.
 */
#include "servers/pipe/handlers.h"

#include "libipc/proto/errno.h"
#include "libipc/time.h"

#define WORD_BYTES 8u
#define COUNTER_MOST (~0ull - 1)

static status_t make(struct call *call, struct pipe_record *record, uint32_t access,
		     uint64_t *reply)
{
	if (!record)
		return STATUS_ERRNO(E_NFILE);
	record->access = (uint8_t)access;
	*reply = record_number(&table, record);
	pipe_record_count(&table, record, client_of(call));
	pipe_commit(&table, call, &record->used, 1, *reply);
	return STATUS_OK;
}

status_t on_event(struct call *call, const struct pipe_event_request *request,
		  struct pipe_event_reply *reply)
{
	struct pipe_record *record = record_prepare(&table, RECORD_EVENT, (uint32_t)request->flags &
		(PIPE_NONBLOCK | PIPE_SEMAPHORE), client_of(call));

	if (record)
		record->counter = request->counter;
	return make(call, record, PIPE_READ | PIPE_WRITE, &reply->record);
}

status_t on_timer(struct call *call, const struct pipe_timer_request *request,
		  struct pipe_timer_reply *reply)
{
	struct pipe_record *record = record_prepare(&table, RECORD_TIMER,
		request->flags & PIPE_NONBLOCK, client_of(call));

	if (record) {
		record->deadline_ns = record->interval_ns = 0;
		record->clock = request->clock;
		record->timer_flags = 0;
	}
	return make(call, record, PIPE_READ, &reply->record);
}

static struct pipe_record *timer_held(const struct call *call, uint64_t number)
{
	struct pipe_record *record = pipe_record_held(&table, number, client_of(call), 0);

	return record && record->kind == RECORD_TIMER ? record : 0;
}

/* Monotonic time at which its clock shows that. */
static uint64_t moment(const struct pipe_record *record, uint64_t deadline_ns)
{
	uint64_t boot = record->timer_flags & PIPE_TIMER_WALL ? info_page()->wall_boot_ns : 0;

	return !deadline_ns ? 0 : deadline_ns > boot ? deadline_ns - boot : 1;
}

/* The wall clock was set, and it is to tell. */
static int clock_was_set(const struct pipe_record *record)
{
	return record->timer_flags & PIPE_TIMER_TELL && record->deadline_ns &&
	       record->wall_boot_ns != info_page()->wall_boot_ns;
}

uint64_t timer_expiries(const struct pipe_record *record, uint64_t now_ns)
{
	if (record->timer_flags & PIPE_TIMER_WALL)
		now_ns += info_page()->wall_boot_ns;
	if (!record->deadline_ns || now_ns < record->deadline_ns)
		return 0;
	return record->interval_ns ? 1 + (now_ns - record->deadline_ns) / record->interval_ns : 1;
}

/*
 * Each expiry is told of once: until somebody reads or sets the timer, the next ones are not news,
 * as on Linux.
 */
static uint64_t next_look;              /* when timers_look will be called; 0: not known */

void timers_look(struct pipe_table *all)
{
	uint64_t now_ns = time_now_ns(), next = ipc_sleepers_look(now_ns);

	for (uint32_t i = 0; i < all->counts.records; i++) {
		struct pipe_record *record = &all->records[i];
		struct record_live *live = &all->record_live[i];

		uint64_t due_ns = moment(record, record->deadline_ns);

		if (!record->used || record->kind != RECORD_TIMER || !due_ns ||
		    live->announced_ns == record->deadline_ns)
			continue;
		if (due_ns <= now_ns) {
			live->announced_ns = record->deadline_ns;
			record_wake(all, record, POLL_INPUT);
		} else if (!next || due_ns < next) {
			next = due_ns;
		}
	}
	next_look = next;
	server_deadline(next);
}

/* Repeated after a death in between it does the same again: both words come with the request. */
status_t on_set_timer(struct call *call, const struct pipe_set_timer_request *request,
		      struct pipe_set_timer_reply *reply)
{
	struct pipe_record *record = timer_held(call, request->record);
	uint64_t due_ns;

	(void)reply;
	if (!record)
		return STATUS_ERRNO(E_INVAL);
	record->deadline_ns = 0;
	record->interval_ns = request->interval_ns;
	record->timer_flags = (uint32_t)request->flags;
	record->wall_boot_ns = info_page()->wall_boot_ns;
	ring_publish(&record->deadline_ns, request->deadline_ns);
	record_live(&table, record)->announced_ns = 0;
	/* One that is due later is found when the first one is looked for. */
	due_ns = moment(record, record->deadline_ns);
	if (due_ns && (!next_look || due_ns < next_look))
		timers_look(&table);
	return STATUS_OK;
}

status_t on_timer_state(struct call *call, const struct pipe_timer_state_request *request,
			struct pipe_timer_state_reply *reply)
{
	struct pipe_record *record = timer_held(call, request->record);
	uint64_t expiries;

	if (!record)
		return STATUS_ERRNO(E_INVAL);
	expiries = timer_expiries(record, time_now_ns());
	reply->deadline_ns = !expiries ? moment(record, record->deadline_ns) :
		record->interval_ns ? moment(record, record->deadline_ns +
					     expiries * record->interval_ns) : 0;
	reply->interval_ns = record->interval_ns;
	reply->clock = record->clock;
	return STATUS_OK;
}

status_t on_look_at_clock(struct call *call, const struct pipe_look_at_clock_request *request,
			  struct pipe_look_at_clock_reply *reply)
{
	(void)call;
	(void)request;
	(void)reply;
	for (uint32_t i = 0; i < table.counts.records; i++) {
		struct pipe_record *record = &table.records[i];

		if (record->used && record->kind == RECORD_TIMER && clock_was_set(record))
			record_wake(&table, record, POLL_INPUT);
	}
	timers_look(&table);
	return STATUS_OK;
}

uint32_t event_ready(const struct pipe_record *record)
{
	if (record->kind == RECORD_TIMER)
		return clock_was_set(record) || timer_expiries(record, time_now_ns()) ?
		       POLL_INPUT : 0;
	return (record->counter ? POLL_INPUT : 0) |
	       (record->counter < COUNTER_MOST ? POLL_OUTPUT : 0) |
	       (record->counter == ~0ull ? POLL_ERROR : 0);
}

/* What a read finds, and the word that it changes, to what; 0: nothing yet. */
static uint64_t take(struct pipe_record *record, uint64_t **word, uint64_t *value)
{
	uint64_t taken;

	if (record->kind == RECORD_TIMER) {
		taken = timer_expiries(record, time_now_ns());
		*word = &record->deadline_ns;
		*value = record->interval_ns ? record->deadline_ns + taken * record->interval_ns : 0;
		return taken;
	}
	taken = record->flags & PIPE_SEMAPHORE && record->counter ? 1 : record->counter;
	*word = &record->counter;
	*value = record->counter - taken;
	return taken;
}

/*
 * What expired until the clock was set is forgotten, if it is to tell of that. Done again after a
 * death in between it is the same: the last word that is written is what says that it was told.
 */
static int tell(struct pipe_table *all, struct call *call, struct pipe_record *record)
{
	uint64_t value, *word;

	if (record->kind != RECORD_TIMER || !clock_was_set(record))
		return 0;
	if (take(record, &word, &value))
		ring_publish(word, value);
	pipe_commit(all, call, &record->wall_boot_ns, info_page()->wall_boot_ns, 0);
	timers_look(all);
	return 1;
}

static status_t sleep_for_change(struct pipe_record *record, struct call *call)
{
	if (record->flags & PIPE_NONBLOCK)
		return STATUS_ERRNO(E_AGAIN);
	return event_wait(&record_live(&table, record)->changed, call);
}

/* It may have become another one while the call slept. */
static struct pipe_record *held(const struct call *call, uint32_t number, uint32_t access)
{
	struct pipe_record *record = pipe_record_held(&table, number, client_of(call), access);

	return record && (record->kind == RECORD_EVENT || record->kind == RECORD_TIMER) ? record : 0;
}

status_t event_read(struct pipe_table *all, struct call *call,
		    const struct pipe_read_request *request, struct pipe_read_reply *reply)
{
	struct pipe_record *record;
	uint64_t taken, value, *word;
	status_t status;

	if (request->bytes < WORD_BYTES)
		return STATUS_ERRNO(E_INVAL);
	while ((record = held(call, request->record, PIPE_READ))) {
		if (tell(all, call, record)) {
			reply->bytes = 0;
			return STATUS_OK;
		}
		taken = take(record, &word, &value);
		if (taken) {
			status = call_copy_out(call, 0, 0, &taken, sizeof(taken));
			if (status != STATUS_OK)
				return status;
			reply->bytes = sizeof(taken);
			pipe_commit(all, call, word, value, reply->bytes);
			if (record->kind == RECORD_TIMER)
				timers_look(all);
			else
				record_wake(all, record, POLL_OUTPUT);
			return STATUS_OK;
		}
		status = sleep_for_change(record, call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}

status_t event_write(struct pipe_table *all, struct call *call,
		     const struct pipe_write_request *request, struct pipe_write_reply *reply)
{
	struct pipe_record *record;
	uint64_t value;
	status_t status;

	if (request->bytes < WORD_BYTES)
		return STATUS_ERRNO(E_INVAL);
	status = call_copy_in(call, 0, 0, &value, sizeof(value));
	if (status != STATUS_OK)
		return status;
	if (value == ~0ull)
		return STATUS_ERRNO(E_INVAL);
	while ((record = held(call, request->record, PIPE_WRITE))) {
		if (COUNTER_MOST - record->counter >= value) {
			reply->bytes = sizeof(value);
			pipe_commit(all, call, &record->counter, record->counter + value,
				    reply->bytes);
			record_wake(all, record, POLL_INPUT);
			return STATUS_OK;
		}
		status = sleep_for_change(record, call);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_ERRNO(E_BADF);
}
