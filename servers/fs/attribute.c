/* SPDX-License-Identifier: MIT */
#include "servers/fs/attribute.h"

#include "libipc/string.h"
#include "servers/fs/map.h"

#define COMPAT_ATTRIBUTES 0x8u
#define HEADER_BYTES sizeof(struct ext2_attributes)
#define ALIGNED(bytes) (((bytes) + 3u) & ~3u)
#define ENTRY_BYTES(name_bytes) ALIGNED((uint32_t)sizeof(struct ext2_attribute) + (name_bytes))

/* The block of them; no data: there is none. */
static status_t load(const struct inode *inode, uint8_t **data)
{
	status_t status;

	*data = 0;
	if (!inode->disk->attributes)
		return STATUS_OK;
	status = volume_block(inode->volume, inode->disk->attributes, data);
	if (status == STATUS_OK &&
	    ((struct ext2_attributes *)*data)->magic != EXT2_ATTRIBUTES_MAGIC)
		return volume_damaged(inode->volume, "extended attributes of inode", inode->number);
	return status;
}

/* The entry at the offset, checked; 0: they end there. */
static status_t entry_at(const struct inode *inode, const uint8_t *data, uint32_t at,
			 const struct ext2_attribute **entry)
{
	const struct ext2_attribute *found = (const struct ext2_attribute *)(data + at);
	uint32_t end = inode->volume->block_bytes;

	*entry = 0;
	if (at + sizeof(uint32_t) > end || !*(const uint32_t *)(data + at))
		return STATUS_OK;
	if (at + sizeof(*found) > end || at + ENTRY_BYTES(found->name_bytes) > end ||
	    found->value_block || found->value_bytes > end ||
	    found->value_offset + found->value_bytes > end)
		return volume_damaged(inode->volume, "extended attribute of inode", inode->number);
	*entry = found;
	return STATUS_OK;
}

/* As they are sorted: by prefix, length, letters. */
static int compare(const struct attribute *wanted, const struct ext2_attribute *entry)
{
	if (wanted->kind != entry->kind)
		return wanted->kind < entry->kind ? -1 : 1;
	if (wanted->name_bytes != entry->name_bytes)
		return wanted->name_bytes < entry->name_bytes ? -1 : 1;
	return memcmp(wanted->name, entry->name, wanted->name_bytes);
}

status_t attribute_get(const struct inode *inode, const struct attribute *attribute,
		       const uint8_t **value, uint32_t *bytes)
{
	const struct ext2_attribute *entry;
	uint8_t *data;
	status_t status = load(inode, &data);

	for (uint32_t at = HEADER_BYTES; status == STATUS_OK && data;
	     at += ENTRY_BYTES(entry->name_bytes)) {
		status = entry_at(inode, data, at, &entry);
		if (status != STATUS_OK || !entry)
			break;
		if (compare(attribute, entry))
			continue;
		*value = data + entry->value_offset;
		*bytes = entry->value_bytes;
		return STATUS_OK;
	}
	return status == STATUS_OK ? STATUS_ERRNO(E_NODATA) : status;
}

status_t attribute_next(const struct inode *inode, uint32_t *at, struct attribute *attribute)
{
	const struct ext2_attribute *entry;
	uint8_t *data;
	status_t status = load(inode, &data);

	*attribute = (struct attribute){ 0 };
	if (status != STATUS_OK || !data)
		return status;
	*at = *at ? *at : HEADER_BYTES;
	status = entry_at(inode, data, *at, &entry);
	if (status != STATUS_OK || !entry)
		return status;
	*attribute = (struct attribute){ entry->kind, entry->name, entry->name_bytes };
	*at += ENTRY_BYTES(entry->name_bytes);
	return STATUS_OK;
}

/* ---- changing: the block is made anew beside the old one ---- */

struct making {
	uint8_t block[FRAME_BYTES] __attribute__((aligned(8)));
	uint32_t at, values, hash;       /* behind the last entry; before the values; of all */
};

/* The functions of ext2: so that equal blocks are found, and e2fsck is content. */
static uint32_t hash_entry(const struct ext2_attribute *entry, const uint8_t *value)
{
	const uint32_t *word = (const uint32_t *)value;
	uint32_t hash = 0;

	for (uint32_t i = 0; i < entry->name_bytes; i++)
		hash = (hash << 5) ^ (hash >> 27) ^ (uint8_t)entry->name[i];
	for (uint32_t i = 0; i < ALIGNED(entry->value_bytes) / 4; i++)
		hash = (hash << 16) ^ (hash >> 16) ^ word[i];
	return hash;
}

static status_t add(struct making *making, const struct attribute *attribute, const uint8_t *value,
		    uint32_t bytes)
{
	struct ext2_attribute *entry = (struct ext2_attribute *)(making->block + making->at);
	uint32_t size = ENTRY_BYTES(attribute->name_bytes);

	/* A word of zeros ends the entries. */
	if (making->at + size + 4 + ALIGNED(bytes) > making->values)
		return STATUS_ERRNO(E_NOSPC);
	making->values -= ALIGNED(bytes);
	memcpy(making->block + making->values, value, bytes);
	entry->name_bytes = (uint8_t)attribute->name_bytes;
	entry->kind = (uint8_t)attribute->kind;
	entry->value_offset = (uint16_t)(bytes ? making->values : 0);
	entry->value_bytes = bytes;
	memcpy(entry->name, attribute->name, attribute->name_bytes);
	entry->hash = hash_entry(entry, making->block + making->values);
	making->hash = (making->hash << 16) ^ (making->hash >> 16) ^ entry->hash;
	making->at += size;
	return STATUS_OK;
}

/* All that are there, with this one in its place; value 0: without it. */
static status_t make(const struct inode *inode, const uint8_t *data,
		     const struct attribute *attribute, const uint8_t *value, uint32_t bytes,
		     struct making *making)
{
	const struct ext2_attribute *entry = 0;
	uint32_t at = HEADER_BYTES, known = 0, put = value == 0;
	status_t status = STATUS_OK;

	memset(making, 0, sizeof(*making));
	making->at = HEADER_BYTES;
	making->values = inode->volume->block_bytes;
	for (;;) {
		struct attribute old;
		int order = -1;

		if (data)
			status = entry_at(inode, data, at, &entry);
		if (status == STATUS_OK && entry)
			order = compare(attribute, entry);
		if (status == STATUS_OK && !put && order <= 0) {
			status = add(making, attribute, value, bytes);
			put = 1;
		}
		if (status != STATUS_OK || !entry)
			break;
		old = (struct attribute){ entry->kind, entry->name, entry->name_bytes };
		known |= !order;
		if (order)
			status = add(making, &old, data + entry->value_offset, entry->value_bytes);
		at += ENTRY_BYTES(entry->name_bytes);
		if (status != STATUS_OK)
			break;
	}
	return status == STATUS_OK && !value && !known ? STATUS_ERRNO(E_NODATA) : status;
}

/* The inode has no block of its own any more. */
static status_t drop(const struct inode *inode, uint8_t *data)
{
	struct ext2_attributes *head = (struct ext2_attributes *)data;
	status_t status = STATUS_OK;

	if (head->references > 1)
		CACHE_CHANGE(head->references, head->references - 1);
	else
		status = block_free(inode->volume, inode->disk->attributes);
	inode_change(inode);
	inode->disk->attributes = 0;
	inode_count_blocks(inode, -1);
	return status;
}

static status_t own_block(const struct inode *inode, uint8_t **data)
{
	struct ext2_super *super = inode->volume->super;
	uint32_t block;
	status_t status = block_allocate(inode->volume, block_goal(inode->volume, inode->number),
					 &block);

	if (status == STATUS_OK)
		status = cache_new(inode->volume->number, block, data);
	if (status != STATUS_OK)
		return status;
	if (!(super->compat & COMPAT_ATTRIBUTES))
		CACHE_CHANGE(super->compat, super->compat | COMPAT_ATTRIBUTES);
	inode_change(inode);
	inode->disk->attributes = block;
	inode_count_blocks(inode, 1);
	return STATUS_OK;
}

status_t attribute_set(const struct inode *inode, const struct attribute *attribute,
		       const uint8_t *value, uint32_t bytes)
{
	static struct making making;
	struct ext2_attributes *head = (struct ext2_attributes *)making.block;
	uint8_t *data;
	status_t status = load(inode, &data);

	if (status == STATUS_OK)
		status = make(inode, data, attribute, value, bytes, &making);
	if (status != STATUS_OK)
		return status;
	/* One that others have too stays as it is. */
	if (data && (making.at == HEADER_BYTES ||
		     ((struct ext2_attributes *)data)->references > 1)) {
		status = drop(inode, data);
		data = 0;
	}
	if (status == STATUS_OK && !data && making.at > HEADER_BYTES)
		status = own_block(inode, &data);
	if (status == STATUS_OK && data) {
		*head = (struct ext2_attributes){ EXT2_ATTRIBUTES_MAGIC, 1, 1, making.hash, { 0 } };
		cache_change(data, inode->volume->block_bytes);
		memcpy(data, making.block, inode->volume->block_bytes);
	}
	inode_change(inode);
	inode_set_times(inode, INODE_CHANGED, (int64_t)fs_now_ns());
	return status;
}
