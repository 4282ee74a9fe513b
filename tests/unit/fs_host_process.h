/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_FS_HOST_PROCESS_H
#define BULKHEAD_TESTS_FS_HOST_PROCESS_H

/* What the file system needs of other services than disks: process, and who is notified. */
#include <string.h>

#include "servers/fs/mapped.h"
#include "servers/fs/operation.h"

/* Who the clients are: root, but for those that a test names. */
static struct credentials host_who[CLIENT_MAX];

void fs_who_is(uint32_t client, struct credentials *who)
{
	*who = host_who[client];
	who->pid = client;
	if (!who->uid)
		who->effective = who->permitted = CAPABILITIES_ALL;
}

int fs_grant(uint32_t client, uint64_t handle, uint32_t user, uint32_t group)
{
	(void)client;
	(void)handle;
	(void)user;
	(void)group;
	return 1;
}

/* root may. */
int fs_may_inspect(uint32_t client, uint32_t other)
{
	return client == other || !host_who[client].uid;
}

/* Who was notified last, and how often anybody was. A client's slot is its number. */
static struct { uint32_t slot, count; } host_notified;

void notify(uint32_t slot, uint32_t bits)
{
	(void)bits;
	host_notified.slot = slot;
	host_notified.count++;
}

void slot_keep(uint32_t slot)
{
	(void)slot;
}

void slot_delete(uint32_t slot)
{
	(void)slot;
}

/*
 * Pages that process would keep: at most one for each of these. Nobody maps them when `unmapped`.
 */
static struct host_page {
	uint64_t file, page;
	int stored;
	uint8_t data[PAGE_BYTES];
} host_pages[8];
static int host_unmapped;

static struct host_page *host_page(uint64_t file, uint64_t page)
{
	for (unsigned i = 0; i < 8; i++) {
		if (host_pages[i].file == file && host_pages[i].page == page)
			return &host_pages[i];
	}
	return 0;
}

status_t pages_fill(uint64_t file, uint64_t page, const void *data)
{
	struct host_page *free = host_page(0, 0);

	if (!free)
		return STATUS_ERRNO(E_NOMEM);
	free->file = file;
	free->page = page;
	free->stored = 0;
	memcpy(free->data, data, PAGE_BYTES);
	return STATUS_OK;
}

status_t pages_map(uint64_t file, struct mapping *mapping, uint64_t count)
{
	uint64_t first = mapping->page + mapping->done, mapped = 0;
	struct host_page *found;

	while (mapped < count && (found = host_page(file, first + mapped)) != 0) {
		found->stored |= (mapping->flags & FS_MAP_WRITABLE) != 0;
		mapped++;
	}
	mapping->done += mapped;
	return mapped ? STATUS_OK : STATUS_ERRNO(E_NOENT);
}

uint64_t pages_trim(uint64_t file)
{
	uint64_t left = 0;

	for (unsigned i = 0; i < 8; i++) {
		if (host_pages[i].file != file)
			continue;
		if (host_unmapped && !host_pages[i].stored)
			host_pages[i].file = host_pages[i].page = 0;
		else
			left++;
	}
	return left;
}

status_t pages_read(uint64_t file, uint64_t *page, uint32_t next, void *data)
{
	for (; *page < 64; ++*page) {
		struct host_page *found = host_page(file, *page);

		found = found && found->stored ? found : 0;
		if (found)
			memcpy(data, found->data, PAGE_BYTES);
		if (found || !next)
			return found ? STATUS_OK : STATUS_ERRNO(E_NOENT);
	}
	return STATUS_ERRNO(E_NOENT);
}

void pages_write(uint64_t file, uint64_t page, uint32_t offset, const void *data, uint32_t bytes)
{
	struct host_page *found = host_page(file, page);

	if (found)
		memcpy(found->data + offset, data, bytes);
}

status_t pages_drop(uint64_t file, uint64_t page, const void *data)
{
	struct host_page *found = host_page(file, page);

	if (!host_unmapped || memcmp(found->data, data, PAGE_BYTES))
		return STATUS_ERRNO(E_BUSY);
	found->file = found->page = 0;
	return STATUS_OK;
}

void pages_cut(uint64_t file, uint64_t page)
{
	for (unsigned i = 0; i < 8; i++) {
		if (host_pages[i].file == file && host_pages[i].page >= page)
			host_pages[i].file = host_pages[i].page = 0;
	}
}

#endif
