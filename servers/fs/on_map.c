/* SPDX-License-Identifier: MIT */
/* Requests for pages of shared mappings. */
#include "servers/fs/mapped.h"
#include "servers/fs/memory.h"
#include "servers/fs/operation.h"

/* So many at a time. */
#define MAP_PAGES 32u

static status_t map_once(struct call *call, const struct fs_map_request *request,
			 struct mapping *mapping)
{
	struct record *record;
	struct inode inode;
	status_t status = call_record(call, request->handle, &record, &inode);

	if (status != STATUS_OK)
		return status;
	if (!(record->flags & FS_OPEN_READ) ||
	    (mapping->writable && !(record->flags & FS_OPEN_WRITE)))
		return STATUS_ERRNO(E_ACCES);
	if (mapping->writable && memory_seals(&inode) & MEMORY_SEAL_WRITE)
		return STATUS_ERRNO(E_PERM);
	if (inode_type(&inode) != FS_REGULAR)
		return STATUS_ERRNO(E_NODEV);
	return mapped_map(&inode, mapping);
}

static status_t map_page(struct call *call, const struct fs_map_request *request,
			 struct mapping *mapping)
{
	status_t status;

	operation_begin();
	do
		status = map_once(call, request, mapping);
	while (operation_again(call, &status, 0, 0));
	return status;
}

/* The first page counts; those behind it are mapped as far as that is easily done. */
status_t on_map(struct call *call, const struct fs_map_request *request, struct fs_map_reply *reply)
{
	struct mapping mapping = {
		.client = call_client(call), .writable = request->flags & FS_MAP_WRITABLE,
		.page = request->position / PAGE_BYTES, .address = request->address,
	};
	uint64_t pages = request->bytes / PAGE_BYTES;
	status_t status = map_page(call, request, &mapping);

	(void)reply;
	if (status == STATUS_ERRNO(E_NOMEM)) {
		mapped_fetch_all();
		status = map_page(call, request, &mapping);
	}
	pages = pages < MAP_PAGES ? pages : MAP_PAGES;
	for (uint64_t i = 1; status == STATUS_OK && i < pages; i++) {
		mapping.page++;
		mapping.address += PAGE_BYTES;
		if (map_page(call, request, &mapping) != STATUS_OK)
			break;
	}
	return status;
}

/* ---- seals ---- */

static status_t seal_once(struct call *call, const struct fs_seal_request *request, uint64_t *seals)
{
	struct record *record;
	struct inode inode;
	uint32_t now;
	status_t status = call_record(call, request->handle, &record, &inode);

	if (status != STATUS_OK)
		return status;
	if (record->volume != VOLUME_MEMORY || inode_type(&inode) != FS_REGULAR)
		return STATUS_ERRNO(E_INVAL);
	now = memory_seals(&inode);
	if (request->seals) {
		if (!(record->flags & FS_OPEN_WRITE) || (now & MEMORY_SEAL_SEAL) ||
		    (!(now & FS_SEALABLE) && !(request->seals & FS_SEALABLE)))
			return STATUS_ERRNO(E_PERM);
		if (request->seals & MEMORY_SEAL_WRITE && mapped_has(&inode))
			return STATUS_ERRNO(E_BUSY);
		inode_change(&inode);
		inode.disk->fragment = now |= (uint32_t)request->seals;
	}
	*seals = now & FS_SEALABLE ? now & ~FS_SEALABLE : MEMORY_SEAL_SEAL;
	return STATUS_OK;
}

status_t on_seal(struct call *call, const struct fs_seal_request *request,
		 struct fs_seal_reply *reply)
{
	status_t status;

	/* Pages that nobody maps do not count. */
	if (request->seals & MEMORY_SEAL_WRITE)
		mapped_fetch_all();
	operation_begin();
	do
		status = seal_once(call, request, &reply->seals);
	while (operation_again(call, &status, 0, 0));
	return status;
}
