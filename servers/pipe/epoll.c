/* SPDX-License-Identifier: MIT */
/*
 * Sets of epoll. An item says that a set is interested in a record, or in a foreign file. What it
 * has reported is one word, which the ledger changes: an edge is reported once, whatever dies.
 *
 * A set's items are in a list; so that a record that goes takes its items along, it counts them.
 */
#include "servers/pipe/epoll.h"

#include "libipc/proto/errno.h"
#include "servers/pipe/handlers.h"

#define NESTS 4
#define READ_NORMAL  0x40u
#define WRITE_NORMAL 0x100u
/* What may be asked for together with EXCLUSIVE. */
#define EXCLUSIVE_OK (EPOLL_EXCLUSIVE | EPOLL_WAKEUP | EPOLL_EDGE | POLL_INPUT | POLL_OUTPUT | \
		      POLL_ERROR | POLL_HANGUP | READ_NORMAL | WRITE_NORMAL)

/* An item's state: the changes reported last, and two flags. */
#define STATE_FRESH    (1ull << 32)      /* nothing was reported since it was added or modified */
#define STATE_DISABLED (1ull << 33)      /* ONESHOT has fired */

/* What was collected; nothing waits while it is in use. */
static struct epoll_event collected[EPOLL_COLLECT];

static struct epoll_item *item_at(uint32_t number)
{
	return number ? &table.items[number - 1] : 0;
}

static uint32_t item_number(const struct epoll_item *item)
{
	return (uint32_t)(item - table.items) + 1;
}

static struct record_live *live_at(uint32_t record)
{
	return &table.record_live[record];
}

static int is_foreign(const struct epoll_item *item)
{
	return item->target == EPOLL_NO_RECORD;
}

static int is_set(uint32_t record)
{
	return record != EPOLL_NO_RECORD && table.records[record].kind == RECORD_EPOLL;
}

#define FOR_EACH_ITEM(item, set) \
	for (struct epoll_item *item = item_at(live_at(set)->first_item); item; \
	     item = item_at(table.item_next[item_number(item) - 1]))

/* ---- Lists ---- */

static void item_link(struct epoll_item *item)
{
	struct record_live *set = live_at(item->set);
	uint32_t number = item_number(item);

	table.item_next[number - 1] = 0;
	if (set->last_item)
		table.item_next[set->last_item - 1] = number;
	else
		set->first_item = number;
	set->last_item = number;
	set->items++;
	if (is_foreign(item))
		set->foreign++;
	else
		live_at(item->target)->watched++;
}

static void item_unlink(struct epoll_item *item)
{
	struct record_live *set = live_at(item->set);
	uint32_t number = item_number(item), *link = &set->first_item, previous = 0;

	while (*link != number) {
		previous = *link;
		link = &table.item_next[*link - 1];
	}
	*link = table.item_next[number - 1];
	if (set->last_item == number)
		set->last_item = previous;
	if (set->next_item == number)
		set->next_item = *link;
	set->items--;
	if (is_foreign(item))
		set->foreign--;
	else
		live_at(item->target)->watched--;
	table.free_item[table.free_items++] = number;
}

void epoll_start(void)
{
	for (uint32_t i = table.counts.items; i-- > 0; ) {
		struct epoll_item *item = &table.items[i];

		if (!table.records[item->set].used || !is_set(item->set) ||
		    (!is_foreign(item) && !table.records[item->target].used))
			item->used = 0;
		if (!item->used)
			table.free_item[table.free_items++] = i + 1;
	}
	for (uint32_t i = 0; i < table.counts.items; i++)
		if (table.items[i].used)
			item_link(&table.items[i]);
}

static void item_drop(struct epoll_item *item)
{
	item->used = 0;
	item_unlink(item);
}

void epoll_record_ends(uint32_t record)
{
	struct epoll_item *item;

	while (table.records[record].kind == RECORD_EPOLL &&
	       (item = item_at(live_at(record)->first_item)))
		item_drop(item);
	for (uint32_t i = 0; live_at(record)->watched; i++)
		if (table.items[i].used && table.items[i].target == record)
			item_drop(&table.items[i]);
}

/* ---- Readiness ---- */

static uint32_t changes_deep(uint32_t record, uint32_t events)
{
	uint32_t changes;

	if (!is_set(record))
		return record_changes(&table.records[record], events);
	changes = live_at(record)->changes[0] + live_at(record)->changes[1];
	FOR_EACH_ITEM(item, record)
		if (!is_foreign(item))
			changes += changes_deep(item->target, item->events);
	return changes;
}

/* Linux's counters and timers know of no bands; who asked a foreign file has said all. */
static int has_bands(const struct epoll_item *item)
{
	return !is_foreign(item) && table.records[item->target].kind != RECORD_EVENT &&
	       table.records[item->target].kind != RECORD_TIMER;
}

/* What is to be reported of an item that is ready so; 0: nothing. */
static uint32_t news(const struct epoll_item *item, uint32_t ready, uint32_t changes)
{
	if (has_bands(item))
		ready |= (ready & POLL_INPUT ? READ_NORMAL : 0) |
			 (ready & POLL_OUTPUT ? WRITE_NORMAL : 0);
	ready &= (item->events & ~EPOLL_MODES) | POLL_ERROR | POLL_HANGUP;
	if (item->state & STATE_DISABLED)
		return 0;
	if (item->events & EPOLL_EDGE && !(item->state & STATE_FRESH) &&
	    (uint32_t)item->state == changes)
		return 0;
	return ready;
}

static uint32_t item_news(const struct epoll_item *item)
{
	if (is_foreign(item) || item->state & STATE_DISABLED)
		return 0;
	return news(item, record_ready(&table.records[item->target]),
		    changes_deep(item->target, item->events));
}

uint32_t epoll_ready(const struct pipe_record *record)
{
	uint32_t set = record_number(&table, record), ready = 0;

	FOR_EACH_ITEM(item, set) {
		if (is_foreign(item))
			ready |= POLL_FOREIGN;
		else if (is_set(item->target))
			ready |= epoll_ready(&table.records[item->target]) & POLL_FOREIGN;
		if (item_news(item))
			ready |= POLL_INPUT;
	}
	return ready;
}

void epoll_arm(const struct pipe_record *record, unsigned client)
{
	watch_arm(&record_live(&table, record)->watchers, client);
	FOR_EACH_ITEM(item, record_number(&table, record))
		if (!is_foreign(item))
			record_arm(&table.records[item->target], client);
}

static uint64_t state_after(const struct epoll_item *item, uint32_t changes)
{
	return changes | (item->events & EPOLL_ONESHOT ? STATE_DISABLED : 0);
}

/* ---- epoll_ctl ---- */

static uint32_t deepest(uint32_t record, uint32_t seek, uint32_t depth)
{
	uint32_t most = depth;

	if (record == seek || depth > NESTS)
		return NESTS + 1;
	FOR_EACH_ITEM(item, record) {
		uint32_t below = is_set(item->target) ? deepest(item->target, seek, depth + 1) : 0;

		most = below > most ? below : most;
	}
	return most;
}

/* How many sets this one is within, one in the other. */
static uint32_t height(uint32_t record)
{
	uint32_t most = 0;

	for (uint32_t i = 0; live_at(record)->watched && i < table.counts.items; i++) {
		const struct epoll_item *item = &table.items[i];
		uint32_t above;

		if (!item->used || item->target != record)
			continue;
		above = 1 + height(item->set);
		most = above > most ? above : most;
	}
	return most;
}

static struct epoll_item *item_find(const struct pipe_epoll_control_request *request)
{
	FOR_EACH_ITEM(item, request->set) {
		if (item->descriptor != request->descriptor || item->target != request->record)
			continue;
		if (!is_foreign(item) || (item->file.opaque[0] == request->file.opaque[0] &&
					  item->file.opaque[1] == request->file.opaque[1] &&
					  item->file.opaque[2] == request->file.opaque[2]))
			return item;
	}
	return 0;
}

static status_t check_add(const struct pipe_epoll_control_request *request)
{
	int nested = is_set(request->record);

	if (request->events & EPOLL_EXCLUSIVE && (request->events & ~EXCLUSIVE_OK || nested))
		return STATUS_ERRNO(E_INVAL);
	if (nested && deepest(request->record, request->set, 1) + height(request->set) > NESTS)
		return STATUS_ERRNO(E_LOOP);
	if (item_find(request))
		return STATUS_ERRNO(E_EXIST);
	/* As with records: the last eighth is for small sets. */
	return !table.free_items || (table.free_items < table.counts.items / 8 &&
				     live_at(request->set)->items >= 64) ?
		STATUS_ERRNO(E_NOSPC) : STATUS_OK;
}

static status_t add(struct call *call, const struct pipe_epoll_control_request *request)
{
	struct epoll_item *item;
	status_t status = check_add(request);

	if (status != STATUS_OK)
		return status;
	item = item_at(table.free_item[--table.free_items]);
	ledger_begin();
	*item = (struct epoll_item){ .set = request->set, .target = request->record,
		.state = STATE_FRESH, .events = request->events, .data = request->data,
		.descriptor = request->descriptor, .owner = client_of(call),
		.file = request->file };
	item_link(item);
	pipe_commit(&table, call, &item->used, 1, 0);
	record_wake(&table, &table.records[request->set], POLL_INPUT);
	return STATUS_OK;
}

static status_t modify(const struct pipe_epoll_control_request *request)
{
	struct epoll_item *item = item_find(request);

	if (!item)
		return STATUS_ERRNO(E_NOENT);
	if ((item->events | request->events) & EPOLL_EXCLUSIVE)
		return STATUS_ERRNO(E_INVAL);
	ledger_begin();
	item->events = request->events;
	item->data = request->data;
	item->state = STATE_FRESH;
	record_wake(&table, &table.records[request->set], POLL_INPUT);
	return STATUS_OK;
}

static struct pipe_record *set_held(const struct call *call, uint32_t number)
{
	struct pipe_record *record = pipe_record_held(&table, number, client_of(call), 0);

	return record && record->kind == RECORD_EPOLL ? record : 0;
}

status_t on_epoll_control(struct call *call, const struct pipe_epoll_control_request *request,
			  struct pipe_epoll_control_reply *reply)
{
	struct epoll_item *item;

	(void)reply;
	if (!set_held(call, request->set))
		return STATUS_ERRNO(E_INVAL);
	if (request->record != EPOLL_NO_RECORD &&
	    !pipe_record_held(&table, request->record, client_of(call), 0))
		return STATUS_ERRNO(E_BADF);
	if (request->record == request->set)
		return STATUS_ERRNO(E_INVAL);
	switch (request->operation) {
	case EPOLL_CTL_ADD:
		return add(call, request);
	case EPOLL_CTL_MOD:
		return modify(request);
	case EPOLL_CTL_DEL:
		item = item_find(request);
		if (!item)
			return STATUS_ERRNO(E_NOENT);
		pipe_commit(&table, call, &item->used, 0, 0);
		item_unlink(item);
		return STATUS_OK;
	default:
		return STATUS_ERRNO(E_INVAL);
	}
}

status_t on_epoll_make(struct call *call, const struct pipe_epoll_make_request *request,
		       struct pipe_epoll_make_reply *reply)
{
	struct pipe_record *record = record_prepare(&table, RECORD_EPOLL, 0, client_of(call));

	(void)request;
	if (!record)
		return STATUS_ERRNO(E_NFILE);
	record->access = PIPE_READ | PIPE_WRITE;
	reply->record = record_number(&table, record);
	pipe_record_count(&table, record, client_of(call));
	pipe_commit(&table, call, &record->used, 1, reply->record);
	return STATUS_OK;
}

status_t on_epoll_forget(struct call *call, const struct pipe_epoll_forget_request *request,
			 struct pipe_epoll_forget_reply *reply)
{
	(void)reply;
	for (uint32_t i = 0; i < table.counts.items; i++) {
		struct epoll_item *item = &table.items[i];

		if (item->used && is_foreign(item) && item->owner == client_of(call) &&
		    item->file.opaque[0] == request->opaque[0] &&
		    item->file.opaque[1] == request->opaque[1] &&
		    item->file.opaque[2] == request->opaque[2])
			item_drop(item);
	}
	return STATUS_OK;
}

/* ---- epoll_wait ---- */

/*
 * Where more are ready than the program takes at once, the next call begins behind the last one
 * reported, so that none starves.
 */
static uint32_t collect(uint32_t set, uint32_t most)
{
	struct record_live *live = live_at(set);
	struct epoll_item *item = item_at(live->next_item ? live->next_item : live->first_item);
	uint32_t count = 0;

	for (uint32_t left = live->items; left && count < most; left--) {
		uint32_t ready = item_news(item);

		if (ready) {
			collected[count++] = (struct epoll_event){ ready, item->data };
			if (item->events & (EPOLL_EDGE | EPOLL_ONESHOT))
				ledger_change(&item->state, state_after(item,
					changes_deep(item->target, item->events)));
		}
		item = item_at(table.item_next[item_number(item) - 1]);
		item = item ? item : item_at(live->first_item);
	}
	live->next_item = count == most ? item_number(item) : 0;
	return count;
}

static uint32_t foreign_deep(uint32_t set)
{
	uint32_t count = live_at(set)->foreign;

	FOR_EACH_ITEM(item, set)
		if (is_set(item->target))
			count += foreign_deep(item->target);
	return count;
}

status_t on_epoll_collect(struct call *call, const struct pipe_epoll_collect_request *request,
			  struct pipe_epoll_collect_reply *reply)
{
	struct pipe_record *record = set_held(call, request->set);
	union { struct pipe_epoll_collect_reply reply; uint64_t word; } answer;
	status_t status;

	if (!record)
		return STATUS_ERRNO(E_BADF);
	if (!request->most || request->most > EPOLL_COLLECT)
		return STATUS_ERRNO(E_INVAL);
	ledger_begin();
	answer.reply.count = live_at(request->set)->items ?
		collect(request->set, request->most) : 0;
	answer.reply.foreign = foreign_deep(request->set);
	*reply = answer.reply;
	if (!reply->count) {
		if (request->arm != POLL_ARM_NOT)
			epoll_arm(record, client_of(call));
		return STATUS_OK;
	}
	status = call_copy_out(call, 0, 0, collected, reply->count * sizeof(collected[0]));
	if (status == STATUS_OK)
		ledger_commit(call, answer.word, 0);
	return status;
}

/* The foreign item at place *at of the set; `outer`: the item of the first set that it is in. */
static struct epoll_item *foreign_find(uint32_t set, uint32_t *at, struct epoll_item **outer)
{
	FOR_EACH_ITEM(item, set) {
		struct epoll_item *found = 0, *deeper;

		if (is_foreign(item) && !(*at)--)
			found = item;
		else if (is_set(item->target))
			found = foreign_find(item->target, at, &deeper);
		if (!found)
			continue;
		*outer = item;
		return found;
	}
	return 0;
}

status_t on_epoll_foreign(struct call *call, const struct pipe_epoll_foreign_request *request,
			  struct pipe_epoll_foreign_reply *reply)
{
	struct epoll_item *item, *outer;
	uint32_t at = request->at;

	if (!set_held(call, request->set))
		return STATUS_ERRNO(E_BADF);
	item = foreign_find(request->set, &at, &outer);
	if (!item)
		return STATUS_OK;
	reply->item = item_number(outer);
	reply->events = item->state & STATE_DISABLED ? 0 : item->events;
	reply->descriptor = item->descriptor;
	reply->of_set = item != outer;
	reply->file = item->file;
	return STATUS_OK;
}

status_t on_epoll_report(struct call *call, const struct pipe_epoll_report_request *request,
			 struct pipe_epoll_report_reply *reply)
{
	struct epoll_item *item = request->item <= table.counts.items ? item_at(request->item) : 0;

	if (!set_held(call, request->set) || !item || !item->used || item->set != request->set)
		return STATUS_OK;
	reply->events = news(item, request->ready, request->changes);
	reply->data = item->data;
	if (!reply->events || !(item->events & (EPOLL_EDGE | EPOLL_ONESHOT)))
		return STATUS_OK;
	ledger_begin();
	ledger_change(&item->state, state_after(item, request->changes));
	ledger_commit(call, reply->events, reply->data);
	return STATUS_OK;
}
