/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_NAMES_H
#define BULKHEAD_FS_NAMES_H

#include "servers/fs/inode.h"

/* A name with its hash. */
struct name {
	const char *text;
	uint32_t bytes;
	uint32_t hash;
};
struct name name_of(const char *text, uint32_t bytes);
int name_equal(const struct name *name, const char *text, uint32_t bytes);

/*
 * Where entries of directories stand: a cache that is only ever a hint. An entry that is found
 * at its place with its name is the right one, because live entries never move and names_drop is
 * called when one goes; a directory's generation tells it from an earlier one of its number.
 */
struct entry_place { uint32_t block, offset; };

status_t names_start(void *(*take)(uint64_t bytes)) MUST_CHECK;
/* Gives 0 if it does not know. */
const struct entry_place *names_find(const struct inode *directory, const struct name *name);
void names_put(const struct inode *directory, const struct name *name, struct entry_place place);
void names_drop(const struct inode *directory, const struct name *name);
/* An entry that is there from now on, unless the transaction is undone. */
void names_add(const struct inode *directory, const struct name *name, struct entry_place place);
void names_publish(void);
void names_undo(void);
/* What tells a directory from all others, also from earlier ones of its number. */
uint64_t directory_key(const struct inode *directory);

#endif
