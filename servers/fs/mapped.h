/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_MAPPED_H
#define BULKHEAD_FS_MAPPED_H

#include "servers/fs/file.h"

/*
 * Files that programs map shared. Their pages stand with process, which fs fills, asks and
 * empties: what a program stores there is fetched before anybody reads those bytes, before a
 * round of writing back, and when the file is not open any more. A file has an entry in stable
 * memory as long as process may have pages of it. Without entries all of this costs one test.
 */
#define PAGE_BYTES 4096u

extern uint32_t mapped_count;
void mapped_start(void);

/* All that must be done before `bytes` at the position are read. May wait. */
void mapped_fetch(uint32_t volume, uint32_t inode, uint64_t position, uint64_t bytes);
/* Of all files; and pages that nobody maps are given up. May wait. */
void mapped_fetch_all(void);
/* Files that are not open: there is nothing to fetch any more afterwards. May wait. */
void mapped_close(void);

/* Process may have pages of it. */
int mapped_has(const struct inode *inode);

/* Within an attempt, before it is published: these bytes have been written; the file was cut. */
void mapped_written(const struct inode *inode, uint64_t position, const void *data, uint64_t bytes);
void mapped_cut(const struct inode *inode, uint64_t size);

/* The file's page is to stand at the address in the client's region. E_NXIO, E_NOSPC, E_NOMEM. */
struct mapping { uint32_t client, writable; uint64_t page, address; };
status_t mapped_map(const struct inode *inode, const struct mapping *mapping) MUST_CHECK;

/*
 * What it needs of process (outside.c, or a test); PAGE_BYTES each. Errnos as process gives them.
 */
status_t pages_fill(uint64_t file, uint64_t page, const void *data) MUST_CHECK;
status_t pages_map(uint64_t file, const struct mapping *mapping) MUST_CHECK;
/* The page, or if `next` the first one from it on: *page is which. */
status_t pages_read(uint64_t file, uint64_t *page, uint32_t next, void *data) MUST_CHECK;
void pages_write(uint64_t file, uint64_t page, uint32_t offset, const void *data, uint32_t bytes);
/* Gone, if nobody maps it and it holds that; E_BUSY. */
status_t pages_drop(uint64_t file, uint64_t page, const void *data) MUST_CHECK;
void pages_cut(uint64_t file, uint64_t page);

#endif
