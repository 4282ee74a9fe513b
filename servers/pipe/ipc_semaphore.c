/* SPDX-License-Identifier: MIT */
/* System V semaphores. A call's operations are tried on a copy of the set, then are one effect. */
#include "servers/pipe/handlers.h"
#include "servers/pipe/ipc.h"
#include "servers/pipe/pass.h"

#include "libipc/proto/errno.h"
#include "libipc/time.h"

/* Nothing waits while these are in use. */
static struct {
	struct semaphore_operation operation[SEMAPHORES_CALL];
	int32_t value[SEMAPHORES_SET];
	int16_t undo[SEMAPHORES_SET];
	uint8_t touched[SEMAPHORES_SET];
	uint16_t values[SEMAPHORES_SET];
} work;

static struct semaphore *semaphore_at(const struct semaphore_set *set, uint32_t number)
{
	return &table.ipc.semaphores[set->first + number];
}

static uint32_t set_index(const struct semaphore_set *set)
{
	return (uint32_t)(set - table.ipc.sets);
}

/* ---- The pool ---- */

/* The end of a set that has any of these places; 0: they are free. */
static uint64_t taken_until(uint64_t first, uint64_t count)
{
	for (uint32_t i = 0; i < table.counts.keys; i++) {
		const struct semaphore_set *set = &table.ipc.sets[i];

		if (set->key.used && set->first < first + count && first < set->first + set->count)
			return set->first + set->count;
	}
	return 0;
}

status_t semaphores_make(struct semaphore_set *set, uint64_t count)
{
	uint64_t first = 0, until;

	while ((until = taken_until(first, count)))
		first = until;
	if (first + count > table.counts.semaphores)
		return STATUS_ERRNO(E_NOSPC);
	*set = (struct semaphore_set){ .key = set->key, .first = first, .count = count };
	for (uint32_t i = 0; i < count; i++)
		*semaphore_at(set, i) = (struct semaphore){ 0, 0 };
	return STATUS_OK;
}

/* ---- SEM_UNDO ---- */

static uint64_t undo_word(struct semaphore_undo undo)
{
	union { struct semaphore_undo undo; uint64_t word; } as = { .undo = undo };

	return as.word;
}

/* The entry of a process for a semaphore; number -1: any of the set; client 0: anybody's. */
static struct semaphore_undo *undo_next(struct semaphore_undo *undo, unsigned client, uint32_t set,
					int number)
{
	for (; undo < table.ipc.undos + table.counts.undos; undo++)
		if (undo->client && (!client || undo->client == client) && undo->set == set &&
		    (number < 0 || undo->number == number))
			return undo;
	return 0;
}

static struct semaphore_undo *undo_free(struct semaphore_undo *undo)
{
	while (undo < table.ipc.undos + table.counts.undos && undo->client)
		undo++;
	return undo < table.ipc.undos + table.counts.undos ? undo : 0;
}

/* In the ledger: entries of the set, or of one semaphore, are gone. */
static void undos_drop(uint32_t set, int number)
{
	struct semaphore_undo *undo = table.ipc.undos;

	for (; (undo = undo_next(undo, 0, set, number)); undo++)
		ledger_change(undo, 0);
}

void semaphores_end(uint32_t index)
{
	undos_drop(index, -1);
}

/* What work.undo says becomes the process's entries, in the ledger. NOSPC: there is no room. */
static status_t undos_write(const struct semaphore_set *set, unsigned client)
{
	struct semaphore_undo *room = table.ipc.undos;

	for (uint32_t i = 0; i < set->count; i++) {
		struct semaphore_undo *undo = work.touched[i] & 2 ?
			undo_next(table.ipc.undos, client + 1, set_index(set), (int)i) : 0;

		if (!(work.touched[i] & 2) || (!undo && !work.undo[i]))
			continue;
		if (!undo) {
			undo = room = undo_free(room);
			if (!undo)
				return STATUS_ERRNO(E_NOSPC);
			room++;
		}
		ledger_change(undo, !work.undo[i] ? 0 : undo_word((struct semaphore_undo){
			(uint16_t)(client + 1), (uint16_t)set_index(set), (uint16_t)i,
			work.undo[i] }));
	}
	return STATUS_OK;
}

static void semaphore_change(struct semaphore *semaphore, int32_t value, uint32_t pid)
{
	union { struct semaphore semaphore; uint64_t word; } as = { { value, (int32_t)pid } };

	ledger_change(semaphore, as.word);
}

/* One set after the other: each is one effect. */
void semaphores_client_dead(unsigned client)
{
	for (uint32_t i = 0; i < table.counts.keys; i++) {
		struct semaphore_undo *undo = table.ipc.undos;
		struct semaphore_set *set = &table.ipc.sets[i];

		if (!set->key.used || !undo_next(undo, client + 1, i, -1))
			continue;
		ledger_begin();
		for (; (undo = undo_next(undo, client + 1, i, -1)); undo++) {
			struct semaphore *semaphore = semaphore_at(set, undo->number);
			int32_t value = semaphore->value + undo->by;

			value = value < 0 ? 0 : value > SEMAPHORE_MOST ? SEMAPHORE_MOST : value;
			semaphore_change(semaphore, value, (uint32_t)semaphore->pid);
			ledger_change(undo, 0);
		}
		ledger_change(&set->operated_s, (uint64_t)ipc_seconds(time_wall_ns()));
		ledger_commit(0, 0, 0);
		event_signal(&table.ipc_live.set_changed[i]);
	}
}

/* ---- semop ---- */

/* Takes over what the semaphores and the process's undo are now. */
static void work_begin(const struct semaphore_set *set, unsigned client, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint16_t number = work.operation[i].number;
		const struct semaphore_undo *undo;

		if (!(work.touched[number] & 1)) {
			work.value[number] = semaphore_at(set, number)->value;
			work.touched[number] = 1;
		}
		if (!(work.operation[i].flags & SEMAPHORE_UNDO) || work.touched[number] & 2)
			continue;
		undo = undo_next(table.ipc.undos, client + 1, set_index(set), number);
		work.undo[number] = undo ? undo->by : 0;
		work.touched[number] |= 2;
	}
}

/* AGAIN: *blocking has to wait. RANGE. */
static status_t work_try(uint32_t count, const struct semaphore_operation **blocking)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct semaphore_operation *operation = &work.operation[i];
		int32_t *value = &work.value[operation->number];
		int32_t undo = work.undo[operation->number] - operation->by;

		*blocking = operation;
		if ((!operation->by && *value) || *value + operation->by < 0)
			return STATUS_ERRNO(E_AGAIN);
		*value += operation->by;
		if (*value > SEMAPHORE_MOST)
			return STATUS_ERRNO(E_RANGE);
		if (!(operation->flags & SEMAPHORE_UNDO))
			continue;
		if (undo < -SEMAPHORE_MOST - 1 || undo > SEMAPHORE_MOST)
			return STATUS_ERRNO(E_RANGE);
		work.undo[operation->number] = (int16_t)undo;
	}
	return STATUS_OK;
}

static status_t work_commit(struct call *call, struct semaphore_set *set, uint32_t pid)
{
	status_t status;

	ledger_begin();
	for (uint32_t i = 0; i < set->count; i++)
		if (work.touched[i])
			semaphore_change(semaphore_at(set, i), work.value[i], pid);
	status = undos_write(set, client_of(call));
	if (status != STATUS_OK)
		return status;
	ledger_change(&set->operated_s, (uint64_t)ipc_seconds(time_wall_ns()));
	ledger_commit(call, 0, 0);
	event_signal(&table.ipc_live.set_changed[set_index(set)]);
	return STATUS_OK;
}

/* The operations, and whether the caller may do them. *alters: some value. */
static status_t operations_take(struct call *call, const struct semaphore_set *set,
				const struct pipe_semaphore_operate_request *request,
				struct ipc_caller *caller)
{
	uint32_t wanted = 4;
	status_t status = call_copy_in(call, 0, 0, work.operation,
				       request->count * sizeof(work.operation[0]));

	for (uint32_t i = 0; status == STATUS_OK && i < request->count; i++) {
		if (work.operation[i].number >= set->count)
			return STATUS_ERRNO(E_FBIG);
		if (work.operation[i].by)
			wanted = 2;
	}
	if (status == STATUS_OK)
		status = ipc_identify(client_of(call), caller);
	return status == STATUS_OK ? key_permitted(caller, &set->key, wanted) : status;
}

/* One attempt. AGAIN: the operation in *blocked has to wait, and may (not NO_WAIT). */
static status_t attempt(struct call *call, struct semaphore_set *set,
			const struct pipe_semaphore_operate_request *request,
			struct semaphore_operation *blocked)
{
	const struct semaphore_operation *blocking;
	struct ipc_caller caller;
	status_t status = operations_take(call, set, request, &caller);

	if (status != STATUS_OK)
		return status;
	for (uint32_t i = 0; i < set->count; i++)
		work.touched[i] = 0;
	work_begin(set, client_of(call), request->count);
	status = work_try(request->count, &blocking);
	*blocked = *blocking;
	return status == STATUS_OK ? work_commit(call, set, caller.pid) : status;
}

static status_t sleep_for(struct semaphore_set *set, struct call *call, uint64_t deadline_ns,
			  const struct semaphore_operation *blocked)
{
	struct ipc_live *live = &table.ipc_live;
	struct semaphore_sleeper sleeper = { live->sleepers, set_index(set), blocked->number,
					     !blocked->by };
	struct semaphore_sleeper **link = &live->sleepers;
	status_t status;

	live->sleepers = &sleeper;
	status = ipc_wait(&live->set_changed[set_index(set)], call, deadline_ns);
	while (*link != &sleeper)
		link = &(*link)->next;
	*link = sleeper.next;
	return status == STATUS_ERRNO(E_TIMEDOUT) ? STATUS_ERRNO(E_AGAIN) : status;
}

status_t on_semaphore_operate(struct call *call,
			      const struct pipe_semaphore_operate_request *request,
			      struct pipe_semaphore_operate_reply *reply)
{
	struct semaphore_set *set = (struct semaphore_set *)key_find(KEY_SEMAPHORES, request->id);
	struct semaphore_operation blocked;
	status_t status;

	(void)reply;
	if (!request->count || request->count > ipc_setting(SETTING_CALL_SEMAPHORES))
		return STATUS_ERRNO(request->count ? E_TOOBIG : E_INVAL);
	if (!set)
		return STATUS_ERRNO(E_INVAL);
	do {
		status = attempt(call, set, request, &blocked);
		if (status != STATUS_ERRNO(E_AGAIN) || blocked.flags & SEMAPHORE_NO_WAIT)
			return status;
		status = sleep_for(set, call, request->deadline_ns, &blocked);
		if (status != STATUS_OK)
			return status;
	} while (key_find(KEY_SEMAPHORES, request->id));
	return STATUS_ERRNO(E_IDRM);
}

/* ---- semctl ---- */

static uint64_t sleepers(uint32_t set, uint32_t number, uint32_t zero)
{
	uint64_t count = 0;

	for (struct semaphore_sleeper *at = table.ipc_live.sleepers; at; at = at->next)
		count += at->set == set && at->number == number && at->zero == zero;
	return count;
}

static status_t permitted_set(struct call *call, uint32_t id, uint32_t wanted,
			      struct ipc_caller *caller, struct semaphore_set **set)
{
	status_t status = ipc_identify(client_of(call), caller);

	*set = (struct semaphore_set *)key_find(KEY_SEMAPHORES, id);
	if (status != STATUS_OK)
		return status;
	return *set ? key_permitted(caller, &(*set)->key, wanted) : STATUS_ERRNO(E_INVAL);
}

static status_t get_all(struct call *call, const struct semaphore_set *set)
{
	for (uint32_t i = 0; i < set->count; i++)
		work.values[i] = (uint16_t)semaphore_at(set, i)->value;
	return call_copy_out(call, 0, 0, work.values, set->count * sizeof(work.values[0]));
}

status_t on_semaphore_get(struct call *call, const struct pipe_semaphore_get_request *request,
			  struct pipe_semaphore_get_reply *reply)
{
	struct semaphore_set *set;
	struct ipc_caller caller;
	status_t status = permitted_set(call, request->id, 4, &caller, &set);

	if (status != STATUS_OK)
		return status;
	if (request->what == SEMAPHORE_ALL)
		return get_all(call, set);
	if (request->number >= set->count)
		return STATUS_ERRNO(E_INVAL);
	switch (request->what) {
	case SEMAPHORE_VALUE:
		reply->value = (uint64_t)semaphore_at(set, request->number)->value;
		return STATUS_OK;
	case SEMAPHORE_PID:
		reply->value = (uint64_t)semaphore_at(set, request->number)->pid;
		return STATUS_OK;
	default:
		reply->value = sleepers(set_index(set), request->number,
					request->what == SEMAPHORE_ZEROERS);
		return STATUS_OK;
	}
}

/* Repeated it sets the same again. */
status_t on_semaphore_set(struct call *call, const struct pipe_semaphore_set_request *request,
			  struct pipe_semaphore_set_reply *reply)
{
	struct semaphore_set *set;
	struct ipc_caller caller;
	status_t status = permitted_set(call, request->id, 2, &caller, &set);
	uint32_t first = request->all ? 0 : request->number, count;

	(void)reply;
	if (!request->all && (request->value < 0 || request->value > SEMAPHORE_MOST))
		return STATUS_ERRNO(E_RANGE);
	if (status != STATUS_OK)
		return status;
	count = request->all ? (uint32_t)set->count : 1;
	work.values[0] = (uint16_t)request->value;
	if (request->all)
		status = call_copy_in(call, 0, 0, work.values, count * sizeof(work.values[0]));
	if (status != STATUS_OK)
		return status;
	if (first + count > set->count)
		return STATUS_ERRNO(E_INVAL);
	for (uint32_t i = 0; i < count; i++)
		if (work.values[i] > SEMAPHORE_MOST)
			return STATUS_ERRNO(E_RANGE);
	ledger_begin();
	for (uint32_t i = 0; i < count; i++)
		semaphore_change(semaphore_at(set, first + i), work.values[i], caller.pid);
	undos_drop(set_index(set), request->all ? -1 : (int)first);
	ledger_change(&set->key.changed_s, (uint64_t)ipc_seconds(time_wall_ns()));
	ledger_commit(0, 0, 0);
	event_signal(&table.ipc_live.set_changed[set_index(set)]);
	return STATUS_OK;
}
