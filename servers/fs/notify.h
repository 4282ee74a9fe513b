/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_NOTIFY_H
#define BULKHEAD_FS_NOTIFY_H

#include "servers/fs/walk.h"

/*
 * inotify. An event goes into a listener's queue within the transaction that is its cause, so
 * that a restart loses and doubles none. As long as nobody listens it costs one test.
 */
extern uint32_t notify_count;            /* rows of stable.listenings up to the last one in use */
void notify_start(int (*is_held)(uint64_t handle));

/* Linux's numbers. */
#define NOTIFY_ACCESS        0x1u
#define NOTIFY_MODIFY        0x2u
#define NOTIFY_ATTRIBUTES    0x4u
#define NOTIFY_CLOSE_WRITE   0x8u
#define NOTIFY_CLOSE_NOWRITE 0x10u
#define NOTIFY_OPEN          0x20u
#define NOTIFY_MOVED_FROM    0x40u
#define NOTIFY_MOVED_TO      0x80u
#define NOTIFY_CREATE        0x100u
#define NOTIFY_DELETE        0x200u
#define NOTIFY_DELETE_SELF   0x400u
#define NOTIFY_MOVE_SELF     0x800u
#define NOTIFY_EVENTS        0xfffu
#define NOTIFY_OVERFLOW      0x4000u
#define NOTIFY_IGNORED       0x8000u
#define NOTIFY_ONLY_DIRECTORY 0x1000000u
#define NOTIFY_DONT_FOLLOW   0x2000000u
#define NOTIFY_EXCLUDE_UNLINKED 0x4000000u
#define NOTIFY_MASK_CREATE   0x10000000u
#define NOTIFY_MASK_ADD      0x20000000u
#define NOTIFY_IS_DIRECTORY  0x40000000u
#define NOTIFY_ONCE          0x80000000u

/* All within a transaction: it happened to the inode itself ... */
void notify_inode(const struct inode *inode, uint32_t events);
/* ... to a name of a directory, which stands for `child` ... */
void notify_name(const struct inode *directory, const struct name *name, uint32_t events,
		 const struct inode *child);
/* ... to what a path has led to, and to its name ... */
void notify_walk(const struct walk *walk, const struct inode *inode, uint32_t events);
/* ... to an open file, and to its name where it was opened. FS_MISSING, E_UCLEAN. */
status_t notify_record(const struct record *record, const struct inode *inode, uint32_t events)
	MUST_CHECK;
/* The inode has another name. */
void notify_moved(const struct walk *from, const struct walk *to);
/* It is freed: who listens to it hears so, and then nothing more. */
void notify_freed(const struct inode *inode);

/* Listeners. They fail as the interface says. */
status_t notify_make(uint64_t handle) MUST_CHECK;
struct listener *notify_listener(uint64_t handle);
status_t notify_listen(struct listener *listener, const struct listening *what, uint64_t *number)
	MUST_CHECK;
status_t notify_forget(struct listener *listener, uint32_t number) MUST_CHECK;
/* Bytes of whole events, at most `limit`: where they stand in the queue, in one or two pieces. */
uint32_t notify_waiting(const struct listener *listener, uint64_t limit);
const uint8_t *notify_queue(const struct listener *listener, uint32_t position, uint32_t *bytes);
/* The record is gone. Outside of transactions. */
void notify_close(uint64_t handle);

/* Who polls. */
void notify_arm(const struct listener *listener, uint32_t client);
uint32_t notify_changes(const struct listener *listener);
/* After events were published. */
void notify_raise(void);

#endif
