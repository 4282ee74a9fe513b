/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_INDEX_H
#define BULKHEAD_FS_INDEX_H

#include "servers/fs/names.h"

/*
 * Large directories, indexed: the hash of each name, where its entry stands, and how much room is
 * left in each block. An index is made by one pass over a directory and follows its changes from
 * then on, so what it does not know is not there. It is given up when a transaction that changed
 * the directory is undone, or when another directory needs its memory. A directory that is too
 * large has none.
 */
struct index;

/* Where an entry stands in its directory. */
struct spot { uint32_t logical, offset; };

status_t index_start(void *(*take)(uint64_t bytes)) MUST_CHECK;

/* Of that directory (directory_key), or 0. */
struct index *index_find(uint64_t directory);
/* An empty one for so many blocks, to be filled at once: 0: there is none for so many. */
struct index *index_make(uint64_t directory, uint64_t blocks, uint32_t block_bytes);
void index_drop(struct index *index);
/* The directory is changed: if that is undone, its index goes. */
void index_touch(uint64_t directory);
void index_publish(void);
void index_undo(void);

/* False: it does not fit, and the index is gone. */
int index_add(struct index *index, uint32_t hash, struct spot spot) MUST_CHECK;
void index_remove(struct index *index, uint32_t hash, struct spot spot);
/* The next spot of that hash behind what *from says (0: the first). False: there is none. */
int index_next(const struct index *index, uint32_t hash, uint32_t *from, struct spot *spot);

/* So much room is behind that entry now: what was behind it before does not count any more. */
void index_room(struct index *index, struct spot spot, uint32_t bytes);
/* The block's room is told anew. */
void index_room_forget(struct index *index, uint32_t logical);
/*
 * The first block with so much in one place, and which: INDEX_SOMEWHERE, there may be several, and
 * one has to look. False: there is none.
 */
#define INDEX_SOMEWHERE 0xffffu
int index_space(struct index *index, uint32_t bytes, struct spot *spot);

#endif
