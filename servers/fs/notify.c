/* SPDX-License-Identifier: MIT */
#include "servers/fs/notify.h"

#include "libipc/string.h"
#include "libipc/watch.h"
#include "servers/fs/gone.h"

uint32_t notify_count;

/* Volatile: who polls, and whose queues have changed since they were told. */
static struct watchers pollers[FS_NOTIFY_LISTENERS];
static uint64_t touched;
_Static_assert(FS_NOTIFY_LISTENERS <= 64, "a bit each");

/* As programs read it; the name follows, with zeros up to a multiple of this. */
struct notice { int32_t number; uint32_t mask, cookie, bytes; };
#define EVENT_BYTES ((uint32_t)sizeof(struct notice))

static uint32_t row_of(const struct listener *listener)
{
	return (uint32_t)(listener - stable.listeners);
}

/* ---- queues: rings; events begin at multiples of their head's size, which is in one piece ---- */

const uint8_t *notify_queue(const struct listener *listener, uint32_t position, uint32_t *bytes)
{
	uint32_t at = position % FS_NOTIFY_QUEUE, room = FS_NOTIFY_QUEUE - at;

	*bytes = *bytes < room ? *bytes : room;
	return stable.queues + (uint64_t)row_of(listener) * FS_NOTIFY_QUEUE + at;
}

static const struct notice *event_at(const struct listener *listener, uint32_t position)
{
	uint32_t bytes = EVENT_BYTES;

	return (const struct notice *)notify_queue(listener, position, &bytes);
}

/* Free until `tail` has moved. */
static void put_bytes(struct listener *listener, uint32_t position, const void *from,
		      uint32_t bytes)
{
	for (uint32_t done = 0; done < bytes;) {
		uint32_t part = bytes - done;
		uint8_t *to = (uint8_t *)notify_queue(listener, position + done, &part);

		memcpy(to, (const uint8_t *)from + done, part);
		done += part;
	}
}

static uint32_t name_room(const struct name *name)
{
	return name ? (name->bytes + 1 + EVENT_BYTES - 1) / EVENT_BYTES * EVENT_BYTES : 0;
}

static int is_same_name(const struct listener *listener, uint32_t position, const struct name *name)
{
	for (uint32_t done = 0; name && done < name->bytes;) {
		uint32_t part = name->bytes - done;
		const uint8_t *text = notify_queue(listener, position + EVENT_BYTES + done, &part);

		if (memcmp(text, name->text + done, part))
			return 0;
		done += part;
	}
	return 1;
}

/* What has just been told is not told again. */
static int is_repeated(const struct listener *listener, const struct notice *event,
		       const struct name *name)
{
	const struct notice *last = event_at(listener, listener->last);

	return listener->tail != listener->head &&
		listener->last - listener->head < listener->tail - listener->head &&
		last->number == event->number && last->mask == event->mask &&
		last->bytes == event->bytes && !(event->mask & NOTIFY_IGNORED) &&
		(event->mask & (NOTIFY_MOVED_FROM | NOTIFY_MOVED_TO) ?
		 last->cookie == event->cookie : 1) && is_same_name(listener, listener->last, name);
}

static void put_event(struct listener *listener, struct notice event, const struct name *name)
{
	static const uint8_t zeros[EVENT_BYTES];
	uint32_t room = FS_NOTIFY_QUEUE - (listener->tail - listener->head), tail = listener->tail;

	event.bytes = name_room(name);
	if (is_repeated(listener, &event, name))
		return;
	/* The last place is for saying that there was none. */
	if (room < 2 * EVENT_BYTES + event.bytes) {
		if (room < EVENT_BYTES ||
		    event_at(listener, listener->last)->mask == NOTIFY_OVERFLOW)
			return;
		event = (struct notice){ -1, NOTIFY_OVERFLOW, 0, 0 };
		name = 0;
	}
	put_bytes(listener, tail, &event, EVENT_BYTES);
	if (name) {
		put_bytes(listener, tail + EVENT_BYTES, name->text, name->bytes);
		put_bytes(listener, tail + EVENT_BYTES + name->bytes, zeros,
			  event.bytes - name->bytes);
	}
	log_save(listener, sizeof(*listener));
	listener->last = tail;
	listener->tail = tail + EVENT_BYTES + event.bytes;
	touched |= 1ull << row_of(listener);
}

uint32_t notify_waiting(const struct listener *listener, uint64_t limit)
{
	uint32_t bytes = 0, all = listener->tail - listener->head;

	if (all <= limit)
		return all;
	for (;;) {
		uint32_t next = EVENT_BYTES + event_at(listener, listener->head + bytes)->bytes;

		if (bytes + next > limit)
			return bytes;
		bytes += next;
	}
}

/* ---- who hears what ---- */

/* Nothing more is told of it, and that is told. */
static void end_listening(struct listening *listening)
{
	struct listener *listener = &stable.listeners[listening->listener - 1];

	put_event(listener, (struct notice){ (int32_t)listening->number, NOTIFY_IGNORED, 0, 0 }, 0);
	LOG_SET(listening->listener, 0);
}

/* except: what a mask that is not told of it holds. */
static void tell_but(uint32_t volume, uint32_t inode, struct notice event, const struct name *name,
		     uint32_t except)
{
	for (uint32_t i = 0; i < notify_count; i++) {
		struct listening *listening = &stable.listenings[i];

		if (!listening->listener || listening->inode != inode ||
		    listening->volume != volume || listening->mask & except ||
		    !(listening->mask & event.mask & NOTIFY_EVENTS))
			continue;
		event.number = (int32_t)listening->number;
		put_event(&stable.listeners[listening->listener - 1], event, name);
		if (listening->mask & NOTIFY_ONCE)
			end_listening(listening);
	}
}

static void tell(uint32_t volume, uint32_t inode, struct notice event, const struct name *name)
{
	tell_but(volume, inode, event, name, 0);
}

static uint32_t kind_of(const struct inode *inode)
{
	return inode_is_directory(inode) ? NOTIFY_IS_DIRECTORY : 0;
}

void notify_inode(const struct inode *inode, uint32_t events)
{
	/* Of what a directory itself suffers it is not said that it is one. */
	if (!(events & (NOTIFY_DELETE_SELF | NOTIFY_MOVE_SELF)))
		events |= kind_of(inode);
	tell(inode->volume->number, inode->number, (struct notice){ 0, events, 0, 0 }, 0);
}

void notify_name(const struct inode *directory, const struct name *name, uint32_t events,
		 const struct inode *child)
{
	tell(directory->volume->number, directory->number,
	     (struct notice){ 0, events | kind_of(child), 0, 0 }, name);
}

void notify_walk(const struct walk *walk, const struct inode *inode, uint32_t events)
{
	if (!walk->fixed && walk->parent.disk)
		notify_name(&walk->parent, &walk->name, events, inode);
	notify_inode(inode, events);
}

static int is_heard(uint32_t volume, uint32_t inode, uint32_t events)
{
	for (uint32_t i = 0; i < notify_count; i++) {
		const struct listening *listening = &stable.listenings[i];

		if (listening->listener && listening->inode == inode &&
		    listening->volume == volume && listening->mask & events)
			return 1;
	}
	return 0;
}

/*
 * The name of an inode in a directory, or the one that it had, which not all want to hear
 * (*except): 0 bytes if neither is known.
 */
static status_t name_in(const struct inode *directory, const struct inode *inode, struct name *name,
			uint32_t *except)
{
	struct cursor cursor = { directory, 0, 0, 1 };
	const struct gone *gone = gone_find(inode);
	const struct ext2_entry *entry;
	status_t status;

	*name = (struct name){ 0 };
	*except = 0;
	do
		status = cursor_next(&cursor, &entry);
	while (status == STATUS_OK && entry && (entry->inode != inode->number ||
						entry->name[0] == '.'));
	if (status != STATUS_OK)
		return status;
	if (!entry)
		*except = NOTIFY_EXCLUDE_UNLINKED;
	if (entry)
		*name = (struct name){ entry->name, entry->name_bytes, 0 };
	else if (gone)
		*name = (struct name){ gone->name, gone->bytes, 0 };
	return STATUS_OK;
}

status_t notify_record(const struct record *record, const struct inode *inode, uint32_t events)
{
	struct inode parent;
	struct name name;
	uint32_t except;
	status_t status = STATUS_OK;

	if (is_heard(record->volume, record->parent, events)) {
		status = inode_get(record->volume, record->parent, &parent);
		if (status == STATUS_OK && inode_is_directory(&parent)) {
			status = name_in(&parent, inode, &name, &except);
			if (status == STATUS_OK && name.bytes)
				tell_but(record->volume, record->parent, (struct notice){ 0,
					 events | kind_of(inode), 0, 0 }, &name, except);
		}
	}
	if (status == STATUS_OK)
		notify_inode(inode, events);
	return status;
}

void notify_moved(const struct walk *from, const struct walk *to)
{
	struct notice event = { 0, NOTIFY_MOVED_FROM | kind_of(&from->found), 0, 0 };

	LOG_SET(stable.head->cookie, stable.head->cookie + 1);
	event.cookie = stable.head->cookie;
	tell(from->parent.volume->number, from->parent.number, event, &from->name);
	event.mask ^= NOTIFY_MOVED_FROM | NOTIFY_MOVED_TO;
	tell(to->parent.volume->number, to->parent.number, event, &to->name);
	if (to->found.disk)
		notify_inode(&to->found, NOTIFY_ATTRIBUTES);
	notify_inode(&from->found, NOTIFY_MOVE_SELF);
}

void notify_freed(const struct inode *inode)
{
	notify_inode(inode, NOTIFY_DELETE_SELF);
	for (uint32_t i = 0; i < notify_count; i++) {
		struct listening *listening = &stable.listenings[i];

		if (listening->listener && listening->inode == inode->number &&
		    listening->volume == inode->volume->number)
			end_listening(listening);
	}
}

/* ---- listeners ---- */

struct listener *notify_listener(uint64_t handle)
{
	for (uint32_t i = 0; i < stable.head->listeners; i++) {
		if (stable.listeners[i].handle == handle)
			return &stable.listeners[i];
	}
	return 0;
}

status_t notify_make(uint64_t handle)
{
	struct listener *listener = notify_listener(0);

	if (!listener)
		return STATUS_ERRNO(E_MFILE);
	log_save(listener, sizeof(*listener));
	*listener = (struct listener){ .handle = handle };
	return STATUS_OK;
}

static struct listening *find(const struct listener *listener, const struct listening *what)
{
	for (uint32_t i = 0; i < notify_count; i++) {
		struct listening *row = &stable.listenings[i];

		if (row->listener == row_of(listener) + 1 && row->inode == what->inode &&
		    row->volume == what->volume)
			return row;
	}
	return 0;
}

static void count(void)
{
	notify_count = FS_NOTIFY_WATCHES;
	while (notify_count && !stable.listenings[notify_count - 1].listener)
		notify_count--;
}

status_t notify_listen(struct listener *listener, const struct listening *what, uint64_t *number)
{
	struct listening *row = find(listener, what);
	uint32_t mask = what->mask & (NOTIFY_EVENTS | NOTIFY_EXCLUDE_UNLINKED | NOTIFY_ONCE);

	if (row && what->mask & NOTIFY_MASK_CREATE)
		return STATUS_ERRNO(E_EXIST);
	if (row) {
		LOG_SET(row->mask, what->mask & NOTIFY_MASK_ADD ? row->mask | mask : mask);
		*number = row->number;
		return STATUS_OK;
	}
	for (row = stable.listenings; row->listener; row++) {
		if (row == stable.listenings + FS_NOTIFY_WATCHES - 1)
			return STATUS_ERRNO(E_NOSPC);
	}
	log_save(row, sizeof(*row));
	log_save(listener, sizeof(*listener));
	listener->number++;
	*row = (struct listening){ row_of(listener) + 1, listener->number, mask, what->volume,
				   what->inode };
	*number = listener->number;
	count();
	return STATUS_OK;
}

status_t notify_forget(struct listener *listener, uint32_t number)
{
	for (uint32_t i = 0; i < notify_count; i++) {
		struct listening *row = &stable.listenings[i];

		if (row->listener != row_of(listener) + 1 || row->number != number)
			continue;
		end_listening(row);
		return STATUS_OK;
	}
	return STATUS_ERRNO(E_INVAL);
}

void notify_close(uint64_t handle)
{
	struct listener *listener = notify_listener(handle);

	if (!listener)
		return;
	for (uint32_t i = 0; i < FS_NOTIFY_WATCHES; i++) {
		if (stable.listenings[i].listener == row_of(listener) + 1)
			stable.listenings[i].listener = 0;
	}
	stable_barrier();
	listener->handle = 0;
	count();
}

void notify_start(int (*is_held)(uint64_t handle))
{
	for (uint32_t i = 0; i < stable.head->listeners; i++) {
		uint64_t handle = stable.listeners[i].handle;

		if (handle && !is_held(handle))
			notify_close(handle);
	}
	count();
}

/* ---- who polls ---- */

void notify_arm(const struct listener *listener, uint32_t client)
{
	watch_arm(&pollers[row_of(listener)], client);
}

uint32_t notify_changes(const struct listener *listener)
{
	return pollers[row_of(listener)].changes;
}

void notify_raise(void)
{
	for (; touched; touched &= touched - 1)
		watch_raise(stable.watch, &pollers[__builtin_ctzll(touched)]);
}
