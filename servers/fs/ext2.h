/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_FS_EXT2_H
#define BULKHEAD_FS_EXT2_H

#include <stdint.h>

/*
 * ext2 on the disk, revision 1, little-endian like this machine. Source: the structures of Linux's
 * fs/ext2/ext2.h and e2fsprogs' ext2_fs.h. Nothing in here may be believed before it is checked.
 */
#define EXT2_SUPER_OFFSET 1024u
#define EXT2_MAGIC        0xef53
#define EXT2_ROOT_INODE   2u
#define EXT2_VALID        1u             /* s_state: unmounted cleanly */
#define EXT2_DIRECT       12u            /* block pointers in the inode; then single, double, triple */
#define EXT2_POINTERS     15u
#define EXT2_FAST_SYMLINK (EXT2_POINTERS * 4)
#define EXT2_LINK_MAX     32000u
#define EXT2_NAME_MAX     255u

#define EXT2_COMPAT_DIR_INDEX     0x20u
#define EXT2_INCOMPAT_FILETYPE    0x2u
#define EXT2_INCOMPAT_KNOWN       EXT2_INCOMPAT_FILETYPE
#define EXT2_RO_SPARSE_SUPER      0x1u
#define EXT2_RO_LARGE_FILE        0x2u
#define EXT2_RO_KNOWN             (EXT2_RO_SPARSE_SUPER | EXT2_RO_LARGE_FILE)

#define EXT2_INDEX_FLAG    0x1000u       /* i_flags: the directory has a hash tree */

struct ext2_super {
	uint32_t inodes, blocks, reserved_blocks, free_blocks, free_inodes;
	uint32_t first_data_block, log_block_size, log_cluster_size;
	uint32_t blocks_per_group, clusters_per_group, inodes_per_group;
	uint32_t mount_time, write_time;
	uint16_t mount_count, max_mount_count, magic, state, errors, minor_revision;
	uint32_t last_check, check_interval, creator, revision;
	uint16_t reserved_uid, reserved_gid;
	uint32_t first_inode;
	uint16_t inode_bytes, this_group;
	uint32_t compat, incompat, ro_compat;
	uint8_t uuid[16], label[16], last_mounted[64];
	uint32_t compression;
	uint8_t preallocate, preallocate_directory;
	uint16_t reserved_descriptors;
	uint8_t journal_uuid[16];
	uint32_t journal_inode, journal_device, last_orphan;
	uint32_t hash_seed[4];
	uint8_t hash_version, journal_backup;
	uint16_t descriptor_bytes;
	uint32_t mount_options, first_meta_group, made_time, journal_blocks[17];
	uint32_t blocks_high, reserved_high, free_high;
	uint16_t min_extra_bytes, want_extra_bytes;
	uint8_t rest[1024 - 0x160];
};
_Static_assert(sizeof(struct ext2_super) == 1024, "superblock");
_Static_assert(__builtin_offsetof(struct ext2_super, magic) == 56, "superblock");
_Static_assert(__builtin_offsetof(struct ext2_super, last_orphan) == 232, "superblock");
_Static_assert(__builtin_offsetof(struct ext2_super, want_extra_bytes) == 0x15e, "superblock");

struct ext2_group {
	uint32_t block_bitmap, inode_bitmap, inode_table;
	uint16_t free_blocks, free_inodes, directories, flags;
	uint32_t reserved[3];
};
_Static_assert(sizeof(struct ext2_group) == 32, "group descriptor");

struct ext2_inode {
	uint16_t mode, uid;
	uint32_t size;
	uint32_t accessed, changed, modified;
	uint32_t deleted;                /* of an orphan: the next one in the list */
	uint16_t gid, links;
	uint32_t sectors;                /* of 512 bytes: data, pointers, attributes */
	uint32_t flags, version;
	uint32_t block[EXT2_POINTERS];
	uint32_t generation, attributes;
	uint32_t size_high;              /* of regular files */
	uint32_t fragment;
	uint16_t blocks_high, attributes_high, uid_high, gid_high, checksum, reserved;
	/* Inodes of more than 128 bytes; valid as far as extra_bytes says. */
	uint16_t extra_bytes, checksum_high;
	uint32_t changed_extra, modified_extra, accessed_extra;  /* nanoseconds << 2 | epoch */
	uint32_t created, created_extra, version_high, project;
};
#define EXT2_INODE_BYTES 128u
#define EXT2_EXTRA_BYTES 32u             /* what we know of the rest */
_Static_assert(sizeof(struct ext2_inode) == EXT2_INODE_BYTES + EXT2_EXTRA_BYTES, "inode");

struct ext2_entry {
	uint32_t inode;                  /* 0: unused */
	uint16_t bytes;                  /* to the next entry */
	uint8_t name_bytes, type;
	char name[];
};
#define EXT2_ENTRY_BYTES(name_bytes) (((name_bytes) + 8u + 3u) & ~3u)

/* A block of extended attributes: this, then entries, a word of zeros, and values at the end. */
struct ext2_attributes { uint32_t magic, references, blocks, hash, reserved[4]; };
#define EXT2_ATTRIBUTES_MAGIC 0xea020000u
struct ext2_attribute {
	uint8_t name_bytes, kind;
	uint16_t value_offset;           /* from the block's begin */
	uint32_t value_block, value_bytes, hash;
	char name[];
};
#define EXT2_ATTRIBUTE_USER     1u
#define EXT2_ATTRIBUTE_TRUSTED  4u
#define EXT2_ATTRIBUTE_SECURITY 6u

#endif
