/* SPDX-License-Identifier: MIT */
#include "servers/fs/mapped.h"

#include "libipc/string.h"
#include "servers/fs/operation.h"

/* More are fetched page by page only when somebody asks for all. */
uint32_t mapped_count;

/* One page at a time stands here: what is done with it does not wait. */
static uint8_t staging[PAGE_BYTES];

static uint64_t name_of_file(const struct inode *inode)
{
	return FS_SHARED_FILE(inode->volume->number, inode->number);
}

void mapped_start(void)
{
	mapped_count = 0;
	for (uint32_t i = 0; i < MAPPED; i++)
		mapped_count += stable.mapped[i] != 0;
}

static uint64_t *find(uint64_t file)
{
	for (uint32_t i = 0; mapped_count && i < MAPPED; i++) {
		if (stable.mapped[i] == file)
			return &stable.mapped[i];
	}
	return 0;
}

int mapped_has(const struct inode *inode)
{
	return find(name_of_file(inode)) != 0;
}

/* The entry comes before the first page, and goes after the last one. */
static status_t remember(uint64_t file)
{
	if (find(file))
		return STATUS_OK;
	for (uint32_t i = 0; i < MAPPED; i++) {
		if (stable.mapped[i])
			continue;
		stable.mapped[i] = file;
		stable_barrier();
		mapped_count++;
		return STATUS_OK;
	}
	return STATUS_ERRNO(E_NOMEM);
}

static void forget(uint64_t *entry)
{
	*entry = 0;
	stable_barrier();
	mapped_count--;
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

	if (!bytes || position + bytes < bytes || !find(file))
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

static int has_pages(uint64_t file)
{
	uint64_t page = 0;

	return pages_read(file, &page, 1, staging) != STATUS_ERRNO(E_NOENT);
}

void mapped_fetch_all(void)
{
	for (uint32_t i = 0; mapped_count && i < MAPPED; i++) {
		uint64_t file = stable.mapped[i];

		if (!file)
			continue;
		fetch_file(file);
		if (stable.mapped[i] == file && !has_pages(file))
			forget(&stable.mapped[i]);
	}
}

static int is_open(uint64_t file)
{
	return inode_is_open((uint32_t)(file >> 32), (uint32_t)file);
}

/* Whoever has a page mapped has the file open: these pages are of programs that are gone. */
void mapped_close(void)
{
	for (uint32_t i = 0; mapped_count && i < MAPPED; i++) {
		uint64_t file = stable.mapped[i];

		if (!file || is_open(file))
			continue;
		fetch_file(file);
		if (stable.mapped[i] != file || is_open(file))
			continue;
		pages_cut(file, 0);
		forget(&stable.mapped[i]);
	}
}

/* ---- from the file to process ---- */

void mapped_written(const struct inode *inode, uint64_t position, const void *data, uint64_t bytes)
{
	uint64_t file = name_of_file(inode), done = 0;

	if (!find(file))
		return;
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

status_t mapped_map(const struct inode *inode, const struct mapping *mapping)
{
	uint64_t file = name_of_file(inode);
	status_t status;

	if (mapping->page * PAGE_BYTES >= inode_size(inode))
		return STATUS_ERRNO(E_NXIO);
	status = pages_map(file, mapping);
	if (status != STATUS_ERRNO(E_NOENT))
		return status;
	status = mapping->writable ? fill_holes(inode, mapping->page) : STATUS_OK;
	if (status == STATUS_OK)
		status = file_page(inode, mapping->page, staging);
	if (status == STATUS_OK)
		status = remember(file);
	if (status == STATUS_OK)
		status = pages_fill(file, mapping->page, staging);
	return status == STATUS_OK ? pages_map(file, mapping) : status;
}
