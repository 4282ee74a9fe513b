/* SPDX-License-Identifier: MIT */
/* Requests about extended attributes: who may have which. */
#include "libipc/string.h"
#include "servers/fs/attribute.h"
#include "servers/fs/notify.h"
#include "servers/fs/operation.h"

#define STICKY 01000u

static const struct { const char *text; uint32_t bytes, kind; } prefixes[] = {
#define PREFIX(text, kind) { text, sizeof(text) - 1, kind }
	PREFIX("user.", EXT2_ATTRIBUTE_USER),
	PREFIX("trusted.", EXT2_ATTRIBUTE_TRUSTED),
	PREFIX("security.", EXT2_ATTRIBUTE_SECURITY),
};
#define PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

/* Names and values are put together here. No attempt waits, so one place is enough. */
static char name_text[FS_NAME_BYTES];
static uint8_t staging[65536];

/* E_OPNOTSUPP: a prefix that no file here has. */
static status_t parse(uint64_t bytes, struct attribute *attribute)
{
	for (uint32_t i = 0; i < PREFIXES; i++) {
		uint32_t prefix = prefixes[i].bytes;

		if (bytes < prefix || memcmp(name_text, prefixes[i].text, prefix))
			continue;
		*attribute = (struct attribute){ prefixes[i].kind, name_text + prefix,
						 (uint32_t)bytes - prefix };
		return bytes == prefix ? STATUS_ERRNO(E_INVAL) : STATUS_OK;
	}
	return STATUS_ERRNO(E_OPNOTSUPP);
}

/* As Linux's xattr_permission, and what its capabilities ask for. */
static status_t permits(const struct inode *inode, const struct credentials *who, uint32_t kind,
			uint32_t access)
{
	uint32_t type = inode_type(inode);
	int writes = access == FS_ACCESS_WRITE;
	int is_admin = credentials_can(who, CAPABILITY_SYS_ADMIN);

	if (writes && inode_read_only(inode))
		return STATUS_ERRNO(E_ROFS);
	if (kind == EXT2_ATTRIBUTE_SECURITY)
		return writes && !is_admin ? STATUS_ERRNO(E_PERM) : STATUS_OK;
	if (kind == EXT2_ATTRIBUTE_TRUSTED)
		return is_admin ? STATUS_OK : STATUS_ERRNO(writes ? E_PERM : E_NODATA);
	if (type != FS_REGULAR && type != FS_DIRECTORY)
		return STATUS_ERRNO(writes ? E_PERM : E_NODATA);
	if (writes && type == FS_DIRECTORY && inode->disk->mode & STICKY &&
	    who->uid != inode_uid(inode) && !credentials_can(who, CAPABILITY_FOWNER))
		return STATUS_ERRNO(E_PERM);
	return inode_permits(inode, who, access);
}

/* What a request is about: the record's inode and the name in window 0. */
static status_t begin(struct call *call, uint64_t handle, uint64_t name_bytes, uint32_t access,
		      struct inode *inode, struct attribute *attribute)
{
	struct record *record;
	status_t status = call_record(call, handle, &record, inode);

	if (status != STATUS_OK)
		return status;
	if (!name_bytes || name_bytes > sizeof(name_text))
		return STATUS_ERRNO(E_RANGE);
	status = call_copy_in(call, 0, 0, name_text, name_bytes);
	if (status == STATUS_OK)
		status = parse(name_bytes, attribute);
	if (status == STATUS_OK)
		status = permits(inode, call_credentials(call), attribute->kind, access);
	return status;
}

status_t on_attribute_get(struct call *call, const struct fs_attribute_get_request *request,
			  struct fs_attribute_get_reply *reply)
{
	struct attribute attribute;
	struct inode inode;
	const uint8_t *value;
	uint32_t bytes;
	status_t status;

	operation_begin();
	do {
		status = begin(call, request->handle, request->name_bytes, FS_ACCESS_READ, &inode,
			       &attribute);
		if (status == STATUS_OK)
			status = attribute_get(&inode, &attribute, &value, &bytes);
		if (status != STATUS_OK)
			continue;
		reply->bytes = bytes;
		if (request->value_bytes && bytes > request->value_bytes)
			status = STATUS_ERRNO(E_RANGE);
		else if (request->value_bytes && bytes)
			status = call_copy_out(call, 1, 0, value, bytes);
	} while (operation_again(call, &status, 0, 0));
	return status;
}

static status_t set_once(struct call *call, const struct fs_attribute_set_request *request)
{
	struct attribute attribute;
	struct record *record;
	struct inode inode;
	const uint8_t *old;
	uint32_t bytes;
	status_t status = begin(call, request->handle, request->name_bytes, FS_ACCESS_WRITE, &inode,
				&attribute);

	if (status != STATUS_OK)
		return status;
	status = attribute_get(&inode, &attribute, &old, &bytes);
	if (status == STATUS_OK && request->flags & FS_ATTRIBUTE_CREATE)
		return STATUS_ERRNO(E_EXIST);
	if (status == STATUS_ERRNO(E_NODATA) && !(request->flags & FS_ATTRIBUTE_REPLACE))
		status = STATUS_OK;
	if (status == STATUS_OK && request->value_bytes > inode.volume->block_bytes)
		return STATUS_ERRNO(E_NOSPC);
	if (status == STATUS_OK && request->value_bytes)
		status = call_copy_in(call, 1, 0, staging, request->value_bytes);
	if (status == STATUS_OK)
		status = attribute_set(&inode, &attribute, request->flags & FS_ATTRIBUTE_REMOVE ?
				       0 : staging, (uint32_t)request->value_bytes);
	if (status == STATUS_OK && notify_count)
		status = call_record(call, request->handle, &record, &inode);
	if (status == STATUS_OK && notify_count)
		status = notify_record(record, &inode, NOTIFY_ATTRIBUTES);
	return status;
}

status_t on_attribute_set(struct call *call, const struct fs_attribute_set_request *request,
			  struct fs_attribute_set_reply *reply)
{
	status_t status;

	(void)reply;
	operation_begin();
	do
		status = set_once(call, request);
	while (operation_again(call, &status, 0, 0));
	return status;
}

/* Its name with its prefix and a zero, behind the others. */
static uint64_t add_name(const struct attribute *attribute, uint64_t at)
{
	uint32_t i = 0;

	while (i < PREFIXES && prefixes[i].kind != attribute->kind)
		i++;
	if (i == PREFIXES || at + prefixes[i].bytes + attribute->name_bytes + 1 > sizeof(staging))
		return at;
	memcpy(staging + at, prefixes[i].text, prefixes[i].bytes);
	at += prefixes[i].bytes;
	memcpy(staging + at, attribute->name, attribute->name_bytes);
	at += attribute->name_bytes;
	staging[at++] = 0;
	return at;
}

static status_t list_once(struct call *call, const struct fs_attribute_list_request *request,
			  uint64_t *bytes)
{
	int is_admin = credentials_can(call_credentials(call), CAPABILITY_SYS_ADMIN);
	struct attribute attribute;
	struct record *record;
	struct inode inode;
	uint32_t at = 0;
	status_t status = call_record(call, request->handle, &record, &inode);

	for (*bytes = 0; status == STATUS_OK;) {
		status = attribute_next(&inode, &at, &attribute);
		if (status != STATUS_OK || !attribute.name)
			break;
		if (attribute.kind != EXT2_ATTRIBUTE_TRUSTED || is_admin)
			*bytes = add_name(&attribute, *bytes);
	}
	if (status != STATUS_OK || !request->bytes || !*bytes)
		return status;
	return *bytes > request->bytes ? STATUS_ERRNO(E_RANGE) :
		call_copy_out(call, 0, 0, staging, *bytes);
}

status_t on_attribute_list(struct call *call, const struct fs_attribute_list_request *request,
			   struct fs_attribute_list_reply *reply)
{
	status_t status;

	operation_begin();
	do
		status = list_once(call, request, &reply->bytes);
	while (operation_again(call, &status, 0, 0));
	return status;
}
