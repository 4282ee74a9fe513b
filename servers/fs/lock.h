/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_LOCK_H
#define BULKHEAD_FS_LOCK_H

#include "libipc/proto/fs.h"
#include "servers/fs/log.h"

/*
 * Locks of files, in stable memory. A record or client that goes takes its locks along by single
 * stores; all else happens within a transaction. Who waits for a lock is not stable: a successor
 * wakes everybody, and they ask again.
 */

/* Finds what a predecessor left; what records held that nobody holds any more is free. */
void locks_start(int (*is_held)(uint64_t handle));

/*
 * The lock with the lowest bytes that another owner has and that cannot be had together with this
 * one, or 0.
 */
const struct lock *lock_conflict(const struct lock *wanted) MUST_CHECK;

/*
 * Within a transaction: the owner's bytes have that type from now on (FS_LOCK_NONE: none). Needs:
 * no conflict. Fails: E_NOLCK (too many in all, or of this client).
 */
status_t lock_set(const struct lock *wanted) MUST_CHECK;

/* The owner has a lock of that file of another type: it gives way first (flock(2)). */
int lock_differs(const struct lock *wanted);

/* The client waits for it. Gives E_DEADLK where that would never end, else E_AGAIN. */
status_t lock_wait(const struct lock *wanted) MUST_CHECK;
/* The client does not wait any more. */
void lock_wait_end(uint32_t client);
/* Locks of that file have changed: those who wait for them ask again. */
void locks_wake(uint32_t volume, uint32_t inode);

/* A client let go of a record (last: nobody holds it now); a client is gone. */
void locks_release(const struct record *record, uint64_t handle, uint32_t client, int last);
void locks_release_all(uint32_t client);

#endif
