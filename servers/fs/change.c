/* SPDX-License-Identifier: MIT */
/* chmod, chown, utimens: what of an inode its owner changes. */
#include "servers/fs/tree.h"

/* May these be changed? Owners change their files; writers may say that they have just changed. */
static status_t check_change(const struct inode *inode, const struct credentials *who,
			     const struct fs_change_request *request)
{
	uint32_t flags = request->flags, owner = inode_uid(inode), gid = inode_gid(inode);
	uint32_t times = flags & (FS_CHANGE_ACCESSED | FS_CHANGE_MODIFIED);
	int owns = who->uid == owner || credentials_can(who, CAPABILITY_FOWNER);
	int gives = credentials_can(who, CAPABILITY_CHOWN);

	if (inode_read_only(inode))
		return STATUS_ERRNO(E_ROFS);
	if ((flags & FS_CHANGE_MODE) && !owns)
		return STATUS_ERRNO(E_PERM);
	if (flags & FS_CHANGE_UID && !gives && (who->uid != owner || request->uid != owner))
		return STATUS_ERRNO(E_PERM);
	if (flags & FS_CHANGE_GID && !gives &&
	    (who->uid != owner ||
	     (request->gid != gid && !credentials_in_group(who, request->gid))))
		return STATUS_ERRNO(E_PERM);
	if (!times || owns)
		return STATUS_OK;
	if (times != (FS_CHANGE_ACCESSED | FS_CHANGE_MODIFIED) ||
	    request->accessed_ns != FS_TIME_NOW || request->modified_ns != FS_TIME_NOW)
		return STATUS_ERRNO(E_PERM);
	return inode_permits(inode, who, FS_ACCESS_WRITE);
}

static void change_owner(struct ext2_inode *disk, const struct fs_change_request *request)
{
	if (request->flags & FS_CHANGE_UID) {
		disk->uid = (uint16_t)request->uid;
		disk->uid_high = (uint16_t)(request->uid >> 16);
	}
	if (request->flags & FS_CHANGE_GID) {
		disk->gid = (uint16_t)request->gid;
		disk->gid_high = (uint16_t)(request->gid >> 16);
	}
	/* A new owner shall not find the old one's privileges in it. */
	if ((disk->mode & FS_TYPE_MASK) != FS_DIRECTORY)
		disk->mode &= disk->mode & 010 ? (uint16_t)~06000 : (uint16_t)~04000;
}

status_t tree_change(const struct inode *inode, const struct credentials *who,
		     const struct fs_change_request *request)
{
	struct ext2_inode *disk = inode->disk;
	uint32_t flags = request->flags, mode = request->mode & FS_PERMISSIONS;
	int64_t now = (int64_t)fs_now_ns();
	status_t status = check_change(inode, who, request);

	if (status != STATUS_OK)
		return status;
	inode_change(inode);
	if (flags & (FS_CHANGE_UID | FS_CHANGE_GID))
		change_owner(disk, request);
	if (!credentials_can(who, CAPABILITY_FSETID) &&
	    !credentials_in_group(who, inode_gid(inode)))
		mode &= ~02000u;
	if (flags & FS_CHANGE_MODE)
		disk->mode = (uint16_t)((disk->mode & FS_TYPE_MASK) | mode);
	if (flags & FS_CHANGE_ACCESSED)
		inode_set_times(inode, INODE_ACCESSED,
				request->accessed_ns == FS_TIME_NOW ? now : request->accessed_ns);
	if (flags & FS_CHANGE_MODIFIED)
		inode_set_times(inode, INODE_MODIFIED,
				request->modified_ns == FS_TIME_NOW ? now : request->modified_ns);
	inode_set_times(inode, INODE_CHANGED, now);
	return STATUS_OK;
}
