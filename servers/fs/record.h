/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_RECORD_H
#define BULKHEAD_FS_RECORD_H

#include "servers/fs/inode.h"

/*
 * Open file descriptions, in stable memory, and what is remembered beside them while the server
 * lives: how often each inode is open, and which records each client holds.
 */
status_t records_start(void *(*take)(uint64_t bytes)) MUST_CHECK;

/* E_BADF: the client holds no such record. */
status_t record_get(uint64_t handle, uint32_t client, struct record **record) MUST_CHECK;
/*
 * A new one, held by the client, within the transaction; record_adopt after it was published.
 * Fails: E_NFILE.
 */
status_t record_make(const struct inode *inode, uint32_t parent, uint32_t flags, uint32_t client,
		     uint64_t *handle) MUST_CHECK;
void record_adopt(void);
void record_disown(void);                /* the transaction was undone */

/* These change one word each: no transaction. A record not held is no failure. */
void record_release(uint64_t handle, uint32_t client);
void records_release_all(uint32_t client);
status_t record_inherit(uint64_t handle, uint32_t client, uint32_t child, uint64_t position)
	MUST_CHECK;

/* Does anybody hold it? */
int record_is_held(uint64_t handle);

/* Does nobody but the client hold it? */
int record_is_last(const struct record *record, uint32_t client);

/* Does the client hold any? */
int records_any(uint32_t client);

/* Is it a program that runs, for who would write; is it being written, for who would execute? */
int inode_is_busy(uint32_t volume, uint32_t number, uint32_t access);
/* Within the transaction that moves a name: who opened it there finds it here. */
void records_moved(const struct inode *inode, uint32_t from, uint32_t to);

/* Is the inode open? */
int inode_is_open(uint32_t volume, uint32_t number);
/* The same; and if it is, orphan_stir is called when it is not any more. */
int inode_keep_orphan(uint32_t volume, uint32_t number);

#endif
