/* SPDX-License-Identifier: MIT */
/* Requests for pages of mappings. */
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
	if (!(record->flags & (FS_OPEN_READ | FS_OPEN_EXECUTE)) ||
	    (mapping->flags & FS_MAP_WRITABLE && !(record->flags & FS_OPEN_WRITE)))
		return STATUS_ERRNO(E_ACCES);
	if (mapping->flags & FS_MAP_WRITABLE && memory_seals(&inode) & MEMORY_SEAL_WRITE)
		return STATUS_ERRNO(E_PERM);
	if (inode_type(&inode) != FS_REGULAR)
		return STATUS_ERRNO(E_NODEV);
	return mapped_map(&inode, mapping);
}

static status_t map_pages(struct call *call, const struct fs_map_request *request,
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
	uint64_t pages = request->bytes / PAGE_BYTES;
	struct mapping mapping = {
		.client = call_client(call), .flags = (uint32_t)request->flags,
		.page = request->position / PAGE_BYTES, .address = request->address,
		.pages = pages < 1 ? 1 : pages < MAP_PAGES ? pages : MAP_PAGES,
	};
	status_t status;

	if (mapping.flags & ~(FS_MAP_WRITABLE | FS_MAP_PRIVATE) ||
	    mapping.flags == (FS_MAP_WRITABLE | FS_MAP_PRIVATE))
		return STATUS_ERRNO(E_INVAL);
	status = map_pages(call, request, &mapping);
	if (status == STATUS_ERRNO(E_NOMEM) && !mapping.done) {
		mapped_fetch_all();
		status = map_pages(call, request, &mapping);
	}
	reply->pages = mapping.done;
	return mapping.done ? STATUS_OK : status;
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
