/* SPDX-License-Identifier: MIT */
#include "servers/fs/inode.h"

#include "libipc/string.h"

#define SECOND_NS 1000000000ll
#define RELATIME_NS (86400 * SECOND_NS)

status_t inode_slot(struct volume *volume, uint32_t number, struct inode *inode)
{
	uint32_t index, table;
	uint8_t *data;
	status_t status;

	if (number == 0 || number > volume->inodes)
		return volume_damaged(volume, "inode number outside of the volume", number);
	index = (number - 1) % volume->inodes_per_group;
	status = volume_table(volume, (number - 1) / volume->inodes_per_group, &table);
	if (status != STATUS_OK)
		return status;
	status = volume_block(volume, table + index / volume->inodes_per_block, &data);
	if (status != STATUS_OK)
		return status;
	data += index % volume->inodes_per_block * volume->inode_bytes;
	*inode = (struct inode){ volume, number, 0, (struct ext2_inode *)data };
	return STATUS_OK;
}

status_t inode_get(uint32_t volume, uint32_t number, struct inode *inode)
{
	status_t status;

	if (volume >= VOLUMES || !volumes[volume].present)
		return STATUS_ERRNO(E_NODEV);
	status = inode_slot(&volumes[volume], number, inode);
	if (status == STATUS_OK && !inode->disk->mode)
		return volume_damaged(&volumes[volume], "inode is not in use", number);
	return status;
}

/* How many bytes of the extra fields this inode has, as far as we know them. */
static uint32_t extra_bytes(const struct inode *inode)
{
	uint32_t bytes;

	if (inode->volume->inode_bytes < sizeof(struct ext2_inode))
		return 0;
	bytes = inode->disk->extra_bytes;
	return bytes < EXT2_EXTRA_BYTES ? bytes : EXT2_EXTRA_BYTES;
}

/* Up to and with created_extra. */
#define EXTRA_CREATED 24u

static int has_extra_times(const struct inode *inode)
{
	/* Up to and with accessed_extra. */
	return extra_bytes(inode) >= 16;
}

/* For others than regular files the field means something else (attributes of directories). */
uint64_t inode_size(const struct inode *inode)
{
	uint64_t high = inode_type(inode) == FS_REGULAR ? inode->disk->size_high : 0;

	return high << 32 | inode->disk->size;
}

void inode_change(const struct inode *inode)
{
	cache_change(inode->disk, EXT2_INODE_BYTES + extra_bytes(inode));
}

void inode_set_size(const struct inode *inode, uint64_t bytes)
{
	struct ext2_super *super = inode->volume->super;

	inode->disk->size = (uint32_t)bytes;
	if (inode_type(inode) == FS_REGULAR)
		inode->disk->size_high = (uint32_t)(bytes >> 32);
	if (bytes > 0x7fffffffu && !(super->ro_compat & EXT2_RO_LARGE_FILE))
		CACHE_CHANGE(super->ro_compat, super->ro_compat | EXT2_RO_LARGE_FILE);
}

void inode_count_blocks(const struct inode *inode, int32_t blocks)
{
	inode->disk->sectors += (uint32_t)blocks << (inode->volume->block_shift - 9);
}

/* Two more bits of seconds extend the range to the year 2446. */
static void set_time(uint32_t *seconds, uint32_t *extra, int64_t ns)
{
	int64_t whole = ns / SECOND_NS, rest = ns % SECOND_NS;

	if (rest < 0) {
		whole--;
		rest += SECOND_NS;
	}
	*seconds = (uint32_t)whole;
	if (extra)
		*extra = (uint32_t)rest << 2 | ((uint32_t)((whole - (int32_t)whole) >> 32) & 3);
}

static int64_t get_time(uint32_t seconds, uint32_t extra)
{
	int64_t whole = (int64_t)(int32_t)seconds + ((int64_t)(extra & 3) << 32), rest = extra >> 2;

	/* 64 bits of nanoseconds end in 2262. */
	if (whole >= INT64_MAX / SECOND_NS || rest >= SECOND_NS)
		rest = 0;
	return (whole < INT64_MAX / SECOND_NS ? whole : INT64_MAX / SECOND_NS) * SECOND_NS + rest;
}

void inode_set_times(const struct inode *inode, uint32_t which, int64_t ns)
{
	struct ext2_inode *disk = inode->disk;
	int extra = has_extra_times(inode);

	if (which & INODE_ACCESSED)
		set_time(&disk->accessed, extra ? &disk->accessed_extra : 0, ns);
	if (which & INODE_MODIFIED)
		set_time(&disk->modified, extra ? &disk->modified_extra : 0, ns);
	if (which & INODE_CHANGED)
		set_time(&disk->changed, extra ? &disk->changed_extra : 0, ns);
}

/* Seconds decide, and what is behind them only where they are equal. */
static inline int accessed_after(const struct inode *inode, uint32_t seconds,
				 const uint32_t *extra)
{
	if (inode->disk->accessed != seconds)
		return inode->disk->accessed > seconds;
	return has_extra_times(inode) && inode->disk->accessed_extra > *extra;
}

void inode_accessed(const struct inode *inode)
{
	struct ext2_inode *disk = inode->disk;
	uint64_t now = fs_now_ns();

	uint32_t flags = stable.mounts[inode->mount].flags;

	if (inode_read_only(inode) || flags & FS_MOUNT_NOATIME ||
	    (flags & FS_MOUNT_NODIRATIME && inode_is_directory(inode)))
		return;
	if (!(flags & FS_MOUNT_STRICTATIME) &&
	    accessed_after(inode, disk->modified, &disk->modified_extra) &&
	    accessed_after(inode, disk->changed, &disk->changed_extra) &&
	    now - disk->accessed * (uint64_t)SECOND_NS < RELATIME_NS)
		return;
	/* No log: each half is one store, and half of a new access time hurts nobody. */
	cache_dirty(disk);
	inode_set_times(inode, INODE_ACCESSED, (int64_t)now);
}

void inode_status(const struct inode *inode, struct fs_status *status)
{
	const struct ext2_inode *disk = inode->disk;
	int extra = has_extra_times(inode);
	uint32_t type = inode_type(inode), new_device;
	const struct mounted *mount = &stable.mounts[inode->mount];

	*status = (struct fs_status){
		.inode = inode->number,
		.mode = disk->mode, .links = disk->links,
		.uid = disk->uid | (uint32_t)disk->uid_high << 16,
		.gid = disk->gid | (uint32_t)disk->gid_high << 16,
		.size_bytes = inode_size(inode),
		.sectors = disk->sectors,
		.volume = inode->volume->number,
		.filesystem = inode->mount ? mount->filesystem : inode->volume->number,
		.mount_flags = mount->flags,
		.block_bytes = inode->volume->block_bytes,
		.accessed_ns = get_time(disk->accessed, extra ? disk->accessed_extra : 0),
		.modified_ns = get_time(disk->modified, extra ? disk->modified_extra : 0),
		.changed_ns = get_time(disk->changed, extra ? disk->changed_extra : 0),
		.created_ns = extra_bytes(inode) >= EXTRA_CREATED ?
			get_time(disk->created, disk->created_extra) : 0,
	};
	if (type != FS_CHARACTER && type != FS_BLOCK)
		return;
	/* Old form in the first word (8 + 8 bits), else new form in the second (12 + 20 bits). */
	new_device = disk->block[1];
	if (disk->block[0])
		status->device = (uint64_t)(disk->block[0] >> 8 & 0xff) << 32 | (disk->block[0] & 0xff);
	else
		status->device = (uint64_t)(new_device >> 8 & 0xfff) << 32 |
			(new_device & 0xff) | (new_device >> 12 & 0xfff00);
}

int credentials_in_group(const struct credentials *who, uint32_t gid)
{
	if (who->gid == gid)
		return 1;
	for (uint32_t i = 0; i < who->count; i++) {
		if (who->groups[i] == gid)
			return 1;
	}
	return 0;
}

/* The mode's bits for whoever asks, as the lowest. */
static uint32_t class_mode(const struct inode *inode, const struct credentials *who)
{
	uint32_t mode = inode->disk->mode;

	if (who->uid == inode_uid(inode))
		return mode >> 6;
	return credentials_in_group(who, inode_gid(inode)) ? mode >> 3 : mode;
}

/* Without regard to the mode: everything, but executing what nobody may execute. */
static int may_override(const struct credentials *who, uint32_t mode, uint32_t mask)
{
	int is_directory = (mode & FS_TYPE_MASK) == FS_DIRECTORY;

	if (credentials_can(who, CAPABILITY_DAC_READ_SEARCH) &&
	    (is_directory ? !(mask & FS_ACCESS_WRITE) : mask == FS_ACCESS_READ))
		return 1;
	return credentials_can(who, CAPABILITY_DAC_OVERRIDE) &&
	       (is_directory || !(mask & FS_ACCESS_EXECUTE) || mode & 0111);
}

status_t inode_permits(const struct inode *inode, const struct credentials *who, uint32_t mask)
{
	uint32_t mode = inode->disk->mode, type = inode_type(inode);

	int stored = type == FS_REGULAR || type == FS_DIRECTORY || type == FS_SYMLINK;

	if ((mask & FS_ACCESS_WRITE) && stored && inode->volume->read_only)
		return STATUS_ERRNO(E_ROFS);
	if ((mask & FS_ACCESS_EXECUTE) && type == FS_REGULAR &&
	    stable.mounts[inode->mount].flags & FS_MOUNT_NOEXEC)
		return STATUS_ERRNO(E_ACCES);
	if ((class_mode(inode, who) & mask) != mask && !may_override(who, mode, mask))
		return STATUS_ERRNO(E_ACCES);
	return (mask & FS_ACCESS_WRITE) && stored && inode_read_only(inode) ?
		STATUS_ERRNO(E_ROFS) : STATUS_OK;
}

void inode_drop_privileges(const struct inode *inode, const struct credentials *who)
{
	struct ext2_inode *disk = inode->disk;
	int group_too = disk->mode & 010 || !credentials_in_group(who, inode_gid(inode));

	if (!credentials_can(who, CAPABILITY_FSETID))
		disk->mode &= group_too ? (uint16_t)~06000 : (uint16_t)~04000;
}

status_t inode_make(const struct inode *directory, uint32_t mode, const struct credentials *who,
		    struct inode *made)
{
	struct volume *volume = directory->volume;
	uint32_t number, generation, is_directory = (mode & FS_TYPE_MASK) == FS_DIRECTORY;
	uint32_t gid = who->gid;
	struct ext2_inode *disk;
	status_t status;

	status = inode_number_allocate(volume, directory->number, is_directory, &number);
	if (status != STATUS_OK)
		return status;
	status = inode_slot(volume, number, made);
	if (status != STATUS_OK)
		return status;
	made->mount = directory->mount;
	if (directory->disk->mode & 02000) {
		gid = inode_gid(directory);
		mode |= is_directory ? 02000 : 0;
	}
	/* Nobody gives away a group's rights that are not his own. */
	if (!is_directory && (mode & 02010) == 02010 && !credentials_can(who, CAPABILITY_FSETID) &&
	    !credentials_in_group(who, gid))
		mode &= ~02000u;
	disk = made->disk;
	cache_change(disk, volume->inode_bytes);
	/* Each use of a number has a generation of its own (names.c relies on it). */
	generation = disk->generation + 1;
	memset(disk, 0, volume->inode_bytes);
	disk->generation = generation;
	disk->mode = (uint16_t)mode;
	disk->links = 1;
	disk->uid = (uint16_t)who->uid;
	disk->uid_high = (uint16_t)(who->uid >> 16);
	disk->gid = (uint16_t)gid;
	disk->gid_high = (uint16_t)(gid >> 16);
	if (volume->inode_bytes >= sizeof(struct ext2_inode))
		disk->extra_bytes = EXT2_EXTRA_BYTES;
	inode_set_times(made, INODE_ACCESSED | INODE_MODIFIED | INODE_CHANGED, (int64_t)fs_now_ns());
	if (extra_bytes(made) >= EXTRA_CREATED) {
		disk->created = disk->changed;
		disk->created_extra = disk->changed_extra;
	}
	return STATUS_OK;
}
