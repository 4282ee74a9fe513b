/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_INODE_H
#define BULKHEAD_FS_INODE_H

#include "libipc/proto/capability.h"
#include "servers/fs/allocate.h"

/*
 * An inode within an attempt: `disk` points into its block's frame. mount: the row of the mount
 * that it was found in (mount.h).
 */
struct inode {
	struct volume *volume;
	uint32_t number, mount;
	struct ext2_inode *disk;
};
/* May it not be changed, by way of that mount? */
static inline int inode_read_only(const struct inode *inode)
{
	return inode->volume->read_only || stable.mounts[inode->mount].flags &
		(FS_MOUNT_READ_ONLY | FS_MOUNT_SUPER_READ_ONLY);
}

/* Who asks. Mode bits decide; user 0 may do nearly everything. */
#define CREDENTIAL_GROUPS 32u
struct credentials {
	uint32_t uid, gid;               /* of file access */
	uint32_t real_uid, real_gid, pid;
	uint32_t count, groups[CREDENTIAL_GROUPS];
	uint64_t effective, permitted;   /* capabilities */
};
static inline int credentials_can(const struct credentials *who, enum capability capability)
{
	return (who->effective & CAPABILITY_BIT(capability)) != 0;
}
int credentials_in_group(const struct credentials *who, uint32_t gid);

/* In mount 0. Fails: FS_MISSING, E_UCLEAN (not in use), E_NODEV (no such volume). */
status_t inode_get(uint32_t volume, uint32_t number, struct inode *inode) MUST_CHECK;
/* The same, in use or not: to make one. */
status_t inode_slot(struct volume *volume, uint32_t number, struct inode *inode) MUST_CHECK;

static inline uint32_t inode_type(const struct inode *inode)
{
	return inode->disk->mode & FS_TYPE_MASK;
}
static inline int inode_is_directory(const struct inode *inode)
{
	return inode_type(inode) == FS_DIRECTORY;
}
uint64_t inode_size(const struct inode *inode);
static inline uint32_t inode_uid(const struct inode *inode)
{
	return inode->disk->uid | (uint32_t)inode->disk->uid_high << 16;
}
static inline uint32_t inode_gid(const struct inode *inode)
{
	return inode->disk->gid | (uint32_t)inode->disk->gid_high << 16;
}

/* To be called before any field is changed. */
void inode_change(const struct inode *inode);
void inode_set_size(const struct inode *inode, uint64_t bytes);
/* Blocks more or less, in the inode's count. */
void inode_count_blocks(const struct inode *inode, int32_t blocks);

#define INODE_ACCESSED 1u
#define INODE_MODIFIED 2u
#define INODE_CHANGED  4u
/* Sets those times, within the transaction and after inode_change. */
void inode_set_times(const struct inode *inode, uint32_t which, int64_t ns);
/* A read happened: like Linux's relatime, mostly nothing. Outside of transactions. */
void inode_accessed(const struct inode *inode);

void inode_status(const struct inode *inode, struct fs_status *status);
/* mask: FS_ACCESS_*. Gives OK, E_ACCES, or E_ROFS. */
status_t inode_permits(const struct inode *inode, const struct credentials *who, uint32_t mask)
	MUST_CHECK;
/* Somebody else than root has changed the contents: it loses set-user-ID and set-group-ID. */
void inode_drop_privileges(const struct inode *inode, const struct credentials *who);

/* A fresh inode, linked once, without blocks. Fails: FS_MISSING, E_NOSPC, E_UCLEAN. */
status_t inode_make(const struct inode *directory, uint32_t mode, const struct credentials *who,
		    struct inode *made) MUST_CHECK;

#endif
