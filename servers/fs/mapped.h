/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_MAPPED_H
#define BULKHEAD_FS_MAPPED_H

#include "servers/fs/file.h"

/*
 * Files that programs map. Their pages stand with process, which fs fills, asks and empties. A file
 * has an entry in stable memory as long as process may have pages of it. Where a program may store
 * into one (the entry says so), what it stored is fetched before anybody reads those bytes, before
 * a round of writing back, and when the file is not open any more. The pages of other files, text
 * of programs above all, stay when nobody maps them, until memory is short: then the next one that
 * runs the program finds them. Without entries all of this costs one test.
 */
#define PAGE_BYTES 4096u
#define MAPPED_STORED (1ull << 63)      /* of an entry: its pages are not all clean */

/* Entries; and those of files that programs may store into. */
extern uint32_t mapped_count, mapped_stored;
void mapped_start(void);

/* All that must be done before `bytes` at the position are read. May wait. */
void mapped_fetch(uint32_t volume, uint32_t inode, uint64_t position, uint64_t bytes);
/* Of all files; and pages that nobody maps are given up. May wait. */
void mapped_fetch_all(void);
/* Files that are not open: there is nothing to fetch any more afterwards. May wait. */
void mapped_close(void);

/* Programs may have pages of it that they can store into. */
int mapped_has(const struct inode *inode);

/* Within an attempt, before it is published: these bytes have been written; the file was cut. */
void mapped_written(const struct inode *inode, uint64_t position, const void *data, uint64_t bytes);
void mapped_cut(const struct inode *inode, uint64_t size);
/* The file is no more: its number may become another one's. */
void mapped_gone(const struct inode *inode);

/*
 * The file's pages are to stand from the address on in the client's region: `done` of `pages` do.
 * Within an attempt, again and again until they all do, or FS_MORE. E_NXIO, E_NOSPC, E_NOMEM.
 */
struct mapping { uint32_t client, flags; uint64_t page, address, pages, done; };
status_t mapped_map(const struct inode *inode, struct mapping *mapping) MUST_CHECK;

/*
 * What it needs of process (outside.c, or a test); PAGE_BYTES each. Errnos as process gives them.
 */
status_t pages_fill(uint64_t file, uint64_t page, const void *data) MUST_CHECK;
/*
 * The first `count` of those that are left to do; counts them in `done`. Where it meets one that
 * was mapped before, none is left.
 */
status_t pages_map(uint64_t file, struct mapping *mapping, uint64_t count) MUST_CHECK;
/* The page, or if `next` the first one from it on that is not clean: *page is which. */
status_t pages_read(uint64_t file, uint64_t *page, uint32_t next, void *data) MUST_CHECK;
void pages_write(uint64_t file, uint64_t page, uint32_t offset, const void *data, uint32_t bytes);
/* Gone, if nobody maps it and it holds that; E_BUSY. */
status_t pages_drop(uint64_t file, uint64_t page, const void *data) MUST_CHECK;
/* Clean pages that nobody maps are gone: how many are left? */
uint64_t pages_trim(uint64_t file);
void pages_cut(uint64_t file, uint64_t page);

#endif
