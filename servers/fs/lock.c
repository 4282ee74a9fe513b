/* SPDX-License-Identifier: MIT */
#include "servers/fs/lock.h"

#include "libipc/proto/errno.h"
#include "libipc/watch.h"

/* Also bounds what one transaction changes: all of a client's, at 56 bytes each in the log. */
#define LOCKS_CLIENT 256u

/* Volatile. */
static struct {
	uint32_t end;                    /* no lock is in use from here on */
	uint32_t armed_count;
	struct client_set armed;         /* who is to be told when what it waits for changes */
	struct { struct lock wanted; uint32_t waits; } waiting[CLIENT_MAX];
} table;

void locks_start(int (*is_held)(uint64_t handle))
{
	table.end = 0;
	for (uint32_t i = 0; i < LOCKS; i++) {
		struct lock *lock = &stable.locks[i];

		if (lock->kind > FS_LOCK_PROCESS && !is_held(lock->owner))
			lock->kind = 0;
		if (lock->kind)
			table.end = i + 1;
	}
	watch_raise_all(stable.watch);
}

static int is_same_file(const struct lock *a, const struct lock *b)
{
	return a->inode == b->inode && a->volume == b->volume;
}

static int is_own(const struct lock *lock, const struct lock *wanted)
{
	return lock->kind == wanted->kind && lock->owner == wanted->owner &&
		is_same_file(lock, wanted);
}

const struct lock *lock_conflict(const struct lock *wanted)
{
	const struct lock *first = 0;

	for (const struct lock *lock = stable.locks; lock < stable.locks + table.end; lock++) {
		if (!lock->kind || !is_same_file(lock, wanted) || is_own(lock, wanted) ||
		    (lock->kind == FS_LOCK_FLOCK) != (wanted->kind == FS_LOCK_FLOCK))
			continue;
		if (lock->start <= wanted->last && wanted->start <= lock->last &&
		    (lock->type == FS_LOCK_WRITE || wanted->type == FS_LOCK_WRITE) &&
		    (!first || lock->start < first->start))
			first = lock;
	}
	return first;
}

int lock_differs(const struct lock *wanted)
{
	for (const struct lock *lock = stable.locks; lock < stable.locks + table.end; lock++) {
		if (lock->kind && is_own(lock, wanted) && lock->type != wanted->type)
			return 1;
	}
	return 0;
}

/* ---- changing ---- */

static struct lock *find_free(void)
{
	for (uint32_t i = 0; i < LOCKS; i++) {
		if (stable.locks[i].kind)
			continue;
		if (i >= table.end)
			table.end = i + 1;
		return &stable.locks[i];
	}
	return 0;
}

/* Two more fit: the new one, and the rest of one that is split. */
static int has_room(uint32_t client)
{
	uint32_t used = 0, own = 0;

	for (uint32_t i = 0; i < table.end; i++) {
		used += stable.locks[i].kind != 0;
		own += stable.locks[i].kind && stable.locks[i].client == client;
	}
	return used + 2 <= LOCKS && own + 2 <= LOCKS_CLIENT;
}

static void put(const struct lock *lock)
{
	struct lock *free = find_free();

	log_save(free, sizeof(*free));
	*free = *lock;
}

/* Takes the bytes of `wanted` out of an own lock; where both are of one type, they become one. */
static void make_way(struct lock *lock, struct lock *wanted)
{
	struct lock rest = *lock;

	log_save(lock, sizeof(*lock));
	if (lock->type == wanted->type) {
		wanted->start = lock->start < wanted->start ? lock->start : wanted->start;
		wanted->last = lock->last > wanted->last ? lock->last : wanted->last;
		lock->kind = 0;
		return;
	}
	if (lock->start < wanted->start) {
		lock->last = wanted->start - 1;
		rest.start = wanted->last + 1;
		if (rest.last > wanted->last)
			put(&rest);
	} else if (lock->last > wanted->last) {
		lock->start = wanted->last + 1;
	} else {
		lock->kind = 0;
	}
}

/* Two locks of one type are one already where they only touch. */
static int meets(const struct lock *lock, const struct lock *wanted)
{
	uint64_t more = lock->type == wanted->type;

	return lock->start <= wanted->last + more && wanted->start <= lock->last + more;
}

status_t lock_set(const struct lock *wanted)
{
	struct lock whole = *wanted;
	uint32_t end = table.end;

	if (!has_room(wanted->client) && wanted->type != FS_LOCK_NONE)
		return STATUS_ERRNO(E_NOLCK);
	for (uint32_t i = 0; i < end; i++) {
		struct lock *lock = &stable.locks[i];

		if (!lock->kind || !is_own(lock, &whole) || !meets(lock, &whole))
			continue;
		if (lock->start < whole.start && lock->last > whole.last &&
		    lock->type != whole.type && !find_free())
			return STATUS_ERRNO(E_NOLCK);
		make_way(lock, &whole);
	}
	if (whole.type != FS_LOCK_NONE)
		put(&whole);
	return STATUS_OK;
}

/* ---- waiting ---- */

/* Whoever has what this client waits for, if that is a process that waits itself. */
static status_t follow(const struct lock *wanted)
{
	const struct lock *lock = wanted;

	for (uint32_t n = 0; n < CLIENT_MAX; n++) {
		lock = lock_conflict(lock);
		if (!lock || lock->kind != FS_LOCK_PROCESS)
			break;
		if (lock->client == wanted->client)
			return STATUS_ERRNO(E_DEADLK);
		if (!table.waiting[lock->client].waits)
			break;
		lock = &table.waiting[lock->client].wanted;
		if (lock->kind != FS_LOCK_PROCESS)
			break;
	}
	return STATUS_ERRNO(E_AGAIN);
}

static void arm(uint32_t client)
{
	table.armed_count += !client_set_has(&table.armed, client);
	client_set_add(&table.armed, client);
}

static void disarm(uint32_t client)
{
	table.armed_count -= client_set_has(&table.armed, client) != 0;
	client_set_remove(&table.armed, client);
}

status_t lock_wait(const struct lock *wanted)
{
	status_t status = wanted->kind == FS_LOCK_PROCESS ? follow(wanted) : STATUS_ERRNO(E_AGAIN);

	if (status == STATUS_ERRNO(E_DEADLK)) {
		lock_wait_end(wanted->client);
		return status;
	}
	table.waiting[wanted->client].wanted = *wanted;
	table.waiting[wanted->client].waits = 1;
	arm(wanted->client);
	return status;
}

void lock_wait_end(uint32_t client)
{
	table.waiting[client].waits = 0;
	disarm(client);
}

void locks_wake(uint32_t volume, uint32_t inode)
{
	uint32_t client = 0;

	for (; table.armed_count; client++) {
		const struct lock *wanted;

		client = client_set_next(&table.armed, client);
		if (client == CLIENT_MAX)
			return;
		wanted = &table.waiting[client].wanted;
		if (wanted->inode != inode || wanted->volume != volume)
			continue;
		disarm(client);
		watch_raise_one(stable.watch, client);
	}
}

/* ---- owners that go ---- */

static void drop(struct lock *lock)
{
	lock->kind = 0;
	stable_barrier();
	locks_wake(lock->volume, lock->inode);
}

void locks_release(const struct record *record, uint64_t handle, uint32_t client, int last)
{
	for (struct lock *lock = stable.locks; lock < stable.locks + table.end; lock++) {
		if (lock->kind == FS_LOCK_PROCESS ? lock->client == client &&
		    lock->inode == record->inode && lock->volume == record->volume :
		    lock->kind && last && lock->owner == handle)
			drop(lock);
	}
	while (table.end && !stable.locks[table.end - 1].kind)
		table.end--;
}

void locks_release_all(uint32_t client)
{
	lock_wait_end(client);
	for (struct lock *lock = stable.locks; lock < stable.locks + table.end; lock++) {
		if (lock->kind == FS_LOCK_PROCESS && lock->client == client)
			drop(lock);
	}
}
