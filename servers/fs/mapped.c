/* SPDX-License-Identifier: MIT */
#include "servers/fs/mapped.h"

#include "libipc/string.h"
#include "servers/fs/operation.h"

#define BUCKETS     256u
#define WRITES      64u                 /* between two questions whether clean pages can go */

uint32_t mapped_count, mapped_stored;

/* Volatile: derived from the entries. Indices + 1; 0 ends a list. */
static struct {
	uint16_t bucket[BUCKETS], next[MAPPED];
	uint8_t writes[MAPPED];
	uint32_t rover;
} entries;

/* One page at a time stands here: what is done with it does not wait. */
static uint8_t staging[PAGE_BYTES];

static uint64_t name_of_file(const struct inode *inode)
{
	return FS_SHARED_FILE(inode->volume->number, inode->number);
}

static uint64_t file_of(const uint64_t *entry)
{
	return *entry & ~MAPPED_STORED;
}

static uint16_t *bucket_of(uint64_t file)
{
	return &entries.bucket[(file ^ file >> 32) % BUCKETS];
}

static void list_in(uint32_t index)
{
	uint16_t *bucket = bucket_of(file_of(&stable.mapped[index]));

	entries.writes[index] = 0;
	entries.next[index] = *bucket;
	*bucket = (uint16_t)(index + 1);
	mapped_count++;
	mapped_stored += (stable.mapped[index] & MAPPED_STORED) != 0;
}

void mapped_start(void)
{
	memset(&entries, 0, sizeof(entries));
	mapped_count = mapped_stored = 0;
	for (uint32_t i = 0; i < MAPPED; i++) {
		if (stable.mapped[i])
			list_in(i);
	}
}

static uint64_t *find(uint64_t file)
{
	uint32_t at = mapped_count ? *bucket_of(file) : 0;

	while (at && file_of(&stable.mapped[at - 1]) != file)
		at = entries.next[at - 1];
	return at ? &stable.mapped[at - 1] : 0;
}

int mapped_has(const struct inode *inode)
{
	const uint64_t *entry = find(name_of_file(inode));

	return entry && *entry & MAPPED_STORED;
}

static void forget(uint64_t *entry)
{
	uint32_t index = (uint32_t)(entry - stable.mapped);
	uint16_t *link = bucket_of(file_of(entry));

	while (*link != index + 1)
		link = &entries.next[*link - 1];
	*link = entries.next[index];
	mapped_count--;
	mapped_stored -= (*entry & MAPPED_STORED) != 0;
	*entry = 0;
	stable_barrier();
}

/* A free entry: if need be, one of a file with clean pages, which can be had again. */
static uint64_t *take(void)
{
	for (uint32_t i = 0; mapped_count < MAPPED && i < MAPPED; i++) {
		if (!stable.mapped[i])
			return &stable.mapped[i];
	}
	for (uint32_t i = 0; i < MAPPED; i++) {
		uint64_t *entry = &stable.mapped[entries.rover++ % MAPPED];

		if (*entry & MAPPED_STORED)
			continue;
		pages_cut(file_of(entry), 0);
		forget(entry);
		return entry;
	}
	return 0;
}

/* The entry comes before the first page, and goes after the last one. */
static status_t remember(uint64_t file, uint32_t flags)
{
	uint64_t stored = flags & FS_MAP_WRITABLE ? MAPPED_STORED : 0, *entry = find(file);

	if (entry) {
		mapped_stored += stored && !(*entry & MAPPED_STORED);
		*entry |= stored;
		stable_barrier();
		return STATUS_OK;
	}
	entry = take();
	if (!entry)
		return STATUS_ERRNO(E_NOMEM);
	*entry = file | stored;
	stable_barrier();
	list_in((uint32_t)(entry - stable.mapped));
	return STATUS_OK;
}

/* ---- from process to the file ---- */

/* The contents of the file's page, with zeros behind its end. */
static status_t file_page(const struct inode *inode, uint64_t page, uint8_t *to)
{
	uint32_t done = 0;

	while (done < PAGE_BYTES) {
		uint64_t position = page * PAGE_BYTES + done;
		const uint8_t *data;
		uint32_t bytes;
		status_t status = file_piece(inode, position, PAGE_BYTES - done, &data, &bytes);

		if (status != STATUS_OK)
			return status;
		if (!bytes)
			break;
		if (data)
			memcpy(to + done, data, bytes);
		else
			memset(to + done, 0, bytes);
		done += bytes;
	}
	memset(to + done, 0, PAGE_BYTES - done);
	return STATUS_OK;
}

/* What stands in `staging` becomes the file's, where it differs. */
static status_t store(const struct inode *inode, uint64_t page)
{
	static uint8_t present[PAGE_BYTES];
	static struct write slices;
	uint64_t size = inode_size(inode), start = page * PAGE_BYTES, prepared;
	uint64_t bytes = size > start ? size - start : 0, done = 0;
	status_t status;

	bytes = bytes < PAGE_BYTES ? bytes : PAGE_BYTES;
	if (!bytes || inode->volume->read_only)
		return STATUS_OK;
	status = file_page(inode, page, present);
	if (status != STATUS_OK || !memcmp(present, staging, bytes))
		return status;
	status = file_write_begin(inode, start, bytes, &slices, &prepared);
	if (status != STATUS_OK) {
		write_abandon(&slices);
		return status;
	}
	for (uint32_t i = 0; i < slices.count; i++) {
		memcpy(slices.slice[i].data, staging + done, slices.slice[i].bytes);
		done += slices.slice[i].bytes;
		slice_done(&slices, &slices.slice[i]);
	}
	file_write_end(inode, start, bytes);
	return STATUS_OK;
}

/*
 * Fetches one page: *page or (next) the first one from it on. E_NOENT: there is none. Without
 * anybody's answer: it happens on the way to something else.
 */
static status_t fetch(uint64_t file, uint64_t *page, uint32_t next)
{
	uint64_t wanted = *page;
	struct inode inode;
	status_t status;

	operation_begin();
	do {
		*page = wanted;
		status = pages_read(file, page, next, staging);
		if (status == STATUS_OK)
			status = inode_get((uint32_t)(file >> 32), (uint32_t)file, &inode);
		if (status == STATUS_OK)
			status = store(&inode, *page);
	} while (operation_again(0, &status, 0, 0));
	return status;
}

void mapped_fetch(uint32_t volume, uint32_t inode, uint64_t position, uint64_t bytes)
{
	uint64_t file = FS_SHARED_FILE(volume, inode), last = (position + bytes - 1) / PAGE_BYTES;
	const uint64_t *entry = find(file);

	if (!bytes || position + bytes < bytes || !entry || !(*entry & MAPPED_STORED))
		return;
	for (uint64_t page = position / PAGE_BYTES; page <= last; page++)
		(void)!fetch(file, &page, 0);
}

/* Every page, and those that nobody maps go. A file that cannot be written keeps its pages. */
static void fetch_file(uint64_t file)
{
	uint64_t page = 0;
	status_t status;

	for (; (status = fetch(file, &page, 1)) != STATUS_ERRNO(E_NOENT); page++) {
		if (status == STATUS_OK)
			(void)!pages_drop(file, page, staging);
	}
}

static int has_stored(uint64_t file)
{
	uint64_t page = 0;

	return pages_read(file, &page, 1, staging) != STATUS_ERRNO(E_NOENT);
}

void mapped_fetch_all(void)
{
	for (uint32_t i = 0; mapped_stored && i < MAPPED; i++) {
		uint64_t entry = stable.mapped[i], file = entry & ~MAPPED_STORED;

		if (!(entry & MAPPED_STORED))
			continue;
		fetch_file(file);
		if (stable.mapped[i] != entry || has_stored(file))
			continue;
		if (!pages_trim(file)) {
			forget(&stable.mapped[i]);
		} else {
			stable.mapped[i] = file;
			mapped_stored--;
		}
	}
}

static int is_open(uint64_t file)
{
	return inode_is_open((uint32_t)(file >> 32), (uint32_t)file);
}

/*
 * Whoever has a page mapped has the file open: these pages are of programs that are gone. Clean
 * ones stay for the next.
 */
void mapped_close(void)
{
	uint32_t left = mapped_stored;

	for (uint32_t i = 0; left && i < MAPPED; i++) {
		uint64_t entry = stable.mapped[i], file = entry & ~MAPPED_STORED;

		if (!(entry & MAPPED_STORED))
			continue;
		left--;
		if (is_open(file))
			continue;
		fetch_file(file);
		if (stable.mapped[i] != entry || is_open(file))
			continue;
		pages_cut(file, 0);
		forget(&stable.mapped[i]);
	}
}

/* ---- from the file to process ---- */

void mapped_written(const struct inode *inode, uint64_t position, const void *data, uint64_t bytes)
{
	uint64_t file = name_of_file(inode), done = 0, *entry = find(file);

	if (!entry)
		return;
	/* Pages that are only kept are not worth a message for each write. */
	if (!(*entry & MAPPED_STORED) && entries.writes[entry - stable.mapped]++ % WRITES == 0 &&
	    !pages_trim(file)) {
		forget(entry);
		return;
	}
	while (done < bytes) {
		uint32_t offset = (uint32_t)(position + done) % PAGE_BYTES;
		uint64_t part = PAGE_BYTES - offset;

		part = part < bytes - done ? part : bytes - done;
		pages_write(file, (position + done) / PAGE_BYTES, offset, (const char *)data + done,
			    (uint32_t)part);
		done += part;
	}
}

void mapped_cut(const struct inode *inode, uint64_t size)
{
	static const uint8_t zeros[PAGE_BYTES];
	uint64_t file = name_of_file(inode);
	uint32_t offset = (uint32_t)size % PAGE_BYTES;

	if (!find(file))
		return;
	pages_cut(file, (size + PAGE_BYTES - 1) / PAGE_BYTES);
	if (offset)
		pages_write(file, size / PAGE_BYTES, offset, zeros, PAGE_BYTES - offset);
}

void mapped_gone(const struct inode *inode)
{
	uint64_t *entry = find(name_of_file(inode));

	if (!entry)
		return;
	pages_cut(file_of(entry), 0);
	forget(entry);
}

/* What is stored into the page later has its place on the disk already. */
static status_t fill_holes(const struct inode *inode, uint64_t page)
{
	const struct volume *volume = inode->volume;
	uint64_t size = inode_size(inode), start = page * PAGE_BYTES, end = start + PAGE_BYTES;

	end = end < size ? end : size;
	for (uint64_t at = start; at < end; at += volume->block_bytes) {
		uint32_t block, fresh;
		uint8_t *data;
		status_t status = map_find(inode, at >> volume->block_shift, &block);

		if (status == STATUS_OK && block)
			continue;
		if (status == STATUS_OK)
			status = map_make(inode, at >> volume->block_shift, &block, &fresh);
		if (status == STATUS_OK)
			status = cache_new(volume->number, block, &data);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* Of the pages from that one on so many have no hole, as far as one sees without waiting. */
static uint64_t whole_pages(const struct inode *inode, uint64_t page, uint64_t pages)
{
	uint32_t shift = inode->volume->block_shift, block;
	uint64_t first = page * PAGE_BYTES >> shift, count = pages * PAGE_BYTES >> shift, i = 0;

	while (i < count && map_find(inode, first + i, &block) == STATUS_OK && block)
		i++;
	return (i << shift) / PAGE_BYTES;
}

/* The page stands with process from now on. */
static status_t fill(const struct inode *inode, uint64_t page)
{
	uint64_t file = name_of_file(inode), position = page * PAGE_BYTES;
	const uint8_t *data;
	uint32_t bytes;
	status_t status = file_piece(inode, position, PAGE_BYTES, &data, &bytes);

	if (status == STATUS_OK && (!data || bytes < PAGE_BYTES)) {
		data = staging;
		status = file_page(inode, page, staging);
	}
	return status == STATUS_OK ? pages_fill(file, page, data) : status;
}

status_t mapped_map(const struct inode *inode, struct mapping *mapping)
{
	uint64_t file = name_of_file(inode), first = mapping->page + mapping->done;
	uint64_t end = (inode_size(inode) + PAGE_BYTES - 1) / PAGE_BYTES;
	uint64_t count = mapping->pages - mapping->done;
	status_t status = STATUS_OK;

	if (first >= end)
		return STATUS_ERRNO(E_NXIO);
	count = count < end - first ? count : end - first;
	if (mapping->flags & FS_MAP_WRITABLE) {
		status = fill_holes(inode, first);
		count = 1 + whole_pages(inode, first + 1, count - 1);
	}
	if (status == STATUS_OK)
		status = remember(file, mapping->flags);
	if (status == STATUS_OK)
		status = pages_map(file, mapping, count);
	if (status == STATUS_ERRNO(E_NOENT)) {
		status = fill(inode, first);
		if (status == STATUS_OK)
			status = pages_map(file, mapping, 1);
	}
	if (status == STATUS_OK && mapping->done < mapping->pages &&
	    mapping->page + mapping->done < end)
		return (status_t)FS_MORE;
	return status;
}
