/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_FS_H
#define BULKHEAD_PROTO_FS_H

#include "libipc/interface.h"
#include "libipc/proto/errno.h"

/*
 * The file system. Refusals are STATUS_ERRNO(E_...) with no reply struct.
 *
 * Records. An open file description is a record of fs, named by a 64-bit handle (never 0, never
 * used twice). A client holds a record at most once; a record without holders is gone. Every open
 * file is one, so that a file removed while open stays until its last record is released; a
 * working directory is one too (open it with FS_OPEN_PATH). The position of a file stays with the
 * client (requests name it) until `inherit` promotes the record: then it lives in fs, and
 * requests say FS_POSITION_SHARED.
 *
 * Paths. Window 0 lends the path, not terminated; path_bytes says how long it is (a server does
 * not see the size of a window), at most 4096 (else E_NAMETOOLONG). It is resolved from the
 * record `directory`, or from the root if that is FS_ROOT or the path begins with a slash. An
 * empty path is E_NOENT, but where FS_EMPTY_PATH is said it means the record itself.
 *
 * Crossing. /dev and /proc are not ours. A path that leads there (symbolic links and dots
 * included) ends with STATUS_OK, reply.crossed = the mount, and nothing done: no handle, no
 * status. The rest of the path, without a leading slash, is in window 1 if one was lent for
 * writing (4096 bytes), and reply.rest_bytes long. Operations that read two windows only say
 * `crossed`: rename and link across mounts are E_XDEV, which is the client's to say.
 */
#define FS_ROOT 0ull
#define FS_ROOT_MEMORY 1ull      /* of the volume in memory, which programs see as /dev/shm */
#define FS_VOLUME_MEMORY 2u
#define FS_POSITION_SHARED (~0ull)
#define FS_POSITION_END    (~0ull - 1)   /* of write: behind the last byte, as FS_OPEN_APPEND */
#define FS_POSITION_MAX 0xffffffff000ull /* that seek goes to */
#define FS_PATH_BYTES 4096
#define FS_NAME_BYTES 255
/* One read or write moves at most this much and says how much: the client goes on. */
#define FS_TRANSFER_BYTES 65536

enum fs_mount { FS_CROSSED_NONE, FS_CROSSED_DEV, FS_CROSSED_PROC };

#define FS_INTERFACE(ROW) \
	ROW(fs, read,           REPEATABLE) /* window 0: to. At an explicit position */ \
	ROW(fs, write,          ONCE)       /* window 0: from. At a position, the shared one, or the end */ \
	ROW(fs, lookup,         REPEATABLE) /* window 0: path, 1: rest. stat, lstat, access */ \
	ROW(fs, open,           ONCE)       /* window 0: path, 1: rest */ \
	ROW(fs, release,        REPEATABLE) /* close: the caller does not hold the record any more */ \
	ROW(fs, inherit,        REPEATABLE) /* fork: another client holds these too, positions shared */ \
	ROW(fs, hold,           REPEATABLE) /* a service holds what that client holds */ \
	ROW(fs, view,           ONCE)       /* a place that another client has open */ \
	ROW(fs, privilege,      REPEATABLE) /* set-user-ID and set-group-ID, for the next exec */ \
	ROW(fs, status,         REPEATABLE) /* fstat */ \
	ROW(fs, size,           REPEATABLE) /* of fstat, the size alone */ \
	ROW(fs, read_shared,    ONCE)       /* window 0: to. At the record's position, which moves */ \
	ROW(fs, seek,           ONCE)       /* of a promoted record */ \
	ROW(fs, list,           REPEATABLE) /* window 0: to; struct fs_entry after struct fs_entry */ \
	ROW(fs, truncate,       ONCE)       /* shorter or longer */ \
	ROW(fs, make_directory, ONCE)       /* window 0: path, 1: rest */ \
	ROW(fs, make_node,      ONCE)       /* window 0: path, 1: rest. FIFO, socket, device, file */ \
	ROW(fs, remove,         ONCE)       /* window 0: path, 1: rest. unlink, rmdir */ \
	ROW(fs, rename,         ONCE)       /* windows 0: old path, 1: new path */ \
	ROW(fs, link,           ONCE)       /* windows 0: old path, 1: new path */ \
	ROW(fs, symlink,        ONCE)       /* windows 0: path of the link, 1: its text */ \
	ROW(fs, read_link,      REPEATABLE) /* windows 0: path, 1: text, or rest */ \
	ROW(fs, change,         ONCE)       /* window 0: path, 1: rest. chmod, chown, utimens */ \
	ROW(fs, path,           REPEATABLE) /* window 0: to. Absolute path of a record's file */ \
	ROW(fs, volume,         REPEATABLE) /* statfs */ \
	ROW(fs, sync,           REPEATABLE) /* sync, fsync: all is on the disk */ \
	ROW(fs, identify,       REPEATABLE) /* the caller's credentials have changed */ \
	ROW(fs, lock,           REPEATABLE) /* flock, fcntl */ \
	ROW(fs, lock_query,     REPEATABLE) \
	ROW(fs, lock_cancel,    REPEATABLE) /* it does not wait any more */ \
	ROW(fs, watch,          REPEATABLE) \
	ROW(fs, map,            REPEATABLE) /* pages of a shared mapping */ \
	ROW(fs, seal,           REPEATABLE) /* of files in memory */ \
	ROW(fs, allocate,       REPEATABLE) /* fallocate */ \
	ROW(fs, chroot,         REPEATABLE) \
	ROW(fs, mount,          ONCE) \
	ROW(fs, unmount,        ONCE)       /* window 0: path, 1: rest */ \
	ROW(fs, remount,        REPEATABLE) \
	ROW(fs, mounts,         REPEATABLE) \
	ROW(fs, attribute_get,  REPEATABLE) /* windows 0: name, 1: value */ \
	ROW(fs, attribute_set,  ONCE)       /* windows 0: name, 1: value */ \
	ROW(fs, attribute_list, REPEATABLE) /* window 0: to */ \
	ROW(fs, notify_open,    ONCE)       /* inotify */ \
	ROW(fs, notify_add,     ONCE)       /* window 0: path, 1: rest */ \
	ROW(fs, notify_remove,  ONCE) \
	ROW(fs, notify_read,    ONCE)       /* window 0: to; struct inotify_event */ \
	ROW(fs, notify_poll,    REPEATABLE)

/* File modes are Linux's: type in bits 12..15, setuid, setgid, sticky, rwxrwxrwx. */
#define FS_TYPE_MASK    0170000u
#define FS_FIFO         0010000u
#define FS_CHARACTER    0020000u
#define FS_DIRECTORY    0040000u
#define FS_BLOCK        0060000u
#define FS_REGULAR      0100000u
#define FS_SYMLINK      0120000u
#define FS_SOCKET       0140000u
#define FS_PERMISSIONS  0007777u

/* What stat tells. Times are nanoseconds since 1970. */
struct fs_status {
	uint64_t inode;
	uint32_t mode, links;
	uint32_t uid, gid;
	uint64_t size_bytes;
	uint64_t sectors;                /* of 512 bytes that it occupies */
	uint32_t volume, block_bytes;    /* volume: number of the disk */
	uint32_t filesystem;             /* st_dev differs by it: several stand on one volume */
	uint32_t mount_flags;            /* FS_MOUNT_*, of the mount that it was found in */
	uint64_t device;                 /* of a device node: major << 32 | minor */
	int64_t accessed_ns, modified_ns, changed_ns;
	int64_t created_ns;              /* 0: nobody knows */
};

/* read. bytes 0: end of file. cut: fewer than asked for, as the window's next byte is not there. */
struct fs_read_request { uint64_t handle, position, bytes; };
struct fs_read_reply { uint64_t bytes, cut; };

/*
 * write. position: explicit, FS_POSITION_SHARED, or FS_POSITION_END; FS_OPEN_APPEND in the record
 * means the end in any case. The position of a promoted record moves with SHARED and END.
 */
struct fs_write_request { uint64_t handle, position, bytes; };
struct fs_write_reply { uint64_t bytes, position; };     /* position: behind what was written */

/* lookup. access: FS_ACCESS_* that the caller must have, else E_ACCES. */
#define FS_NOFOLLOW    1u        /* a symbolic link at the end is meant itself */
#define FS_EMPTY_PATH  2u        /* an empty path means the record `directory` itself */
#define FS_REAL_USER   8u        /* access(2): by the real user, not the effective one */
#define FS_ACCESS_READ 4u
#define FS_ACCESS_WRITE 2u
#define FS_ACCESS_EXECUTE 1u
struct fs_lookup_request { uint64_t directory; uint32_t flags, access; uint64_t path_bytes; };
struct fs_lookup_reply { uint32_t crossed, rest_bytes; struct fs_status status; };

/* open. mode: of a file made by it, the umask already taken off. */
#define FS_OPEN_READ      0x001u
#define FS_OPEN_WRITE     0x002u
#define FS_OPEN_APPEND    0x004u /* stays with the record; every write goes to the end */
#define FS_OPEN_CREATE    0x008u
#define FS_OPEN_EXCLUSIVE 0x010u
#define FS_OPEN_TRUNCATE  0x020u
#define FS_OPEN_DIRECTORY 0x040u /* E_NOTDIR if it is none */
#define FS_OPEN_NOFOLLOW  0x080u /* E_LOOP at a symbolic link (with PATH: the link itself) */
#define FS_OPEN_PATH      0x100u /* only a place in the tree: no read, no write */
#define FS_OPEN_TEMPORARY 0x800u /* O_TMPFILE: a file without a name; the path is a directory's */
#define FS_OPEN_EMPTY     0x400u /* an empty path means the record `directory`: its file again */
#define FS_OPEN_NOATIME   0x1000u /* reading is no access; E_PERM: of another's file */
#define FS_OPEN_EXECUTE   0x200u /* exec: E_ACCES unless the caller may execute it; with READ */
/* How the path may go (openat2); another mount, /dev and /proc too, is E_XDEV where it matters. */
#define FS_RESOLVE_NO_CROSSING 1u        /* E_XDEV: into another mount */
#define FS_RESOLVE_NO_LINKS    4u        /* E_LOOP: a symbolic link */
#define FS_RESOLVE_BENEATH     8u        /* E_XDEV: out of the directory that it starts from */
#define FS_RESOLVE_IN_ROOT     16u       /* that directory is the root */
struct fs_open_request {
	uint64_t directory;
	uint32_t flags, mode;
	uint64_t path_bytes, resolve;
};
struct fs_open_reply {
	uint64_t handle;
	uint64_t inode;
	uint64_t size_bytes;
	uint32_t mode, volume;           /* a FIFO is known to the pipe service by volume and inode */
	uint32_t crossed, rest_bytes;
	uint64_t device;
};

/* release: of a record not held (any more): nothing happens. */
struct fs_release_request { uint64_t handle; };
struct fs_release_reply { uint64_t reserved; };

/*
 * inherit: client `client` holds these records too. position: the caller's, if the record was
 * private until now (FS_POSITION_SHARED: it was not): from now on it is in the record.
 */
#define FS_INHERIT_MAX 30
struct fs_inherit_request {
	uint32_t client, count;
	struct { uint64_t handle, position; } record[FS_INHERIT_MAX];
};
struct fs_inherit_reply { uint64_t reserved; };

/* hold: as if that client let the caller inherit it. E_PERM: the caller is no service. */
struct fs_hold_request { uint64_t client, handle, position; };
struct fs_hold_reply { uint64_t reserved; };

/*
 * view: a record of the caller's own, as of FS_OPEN_PATH, of what that client's names; and its
 * position, if it is there. E_ACCES: it may not inspect the client (proto/process.h).
 */
struct fs_view_request { uint64_t client, handle; };
struct fs_view_reply { uint64_t handle, position; };

/*
 * privilege: process is told what ids this file, which the caller has opened with EXECUTE, gives
 * to who executes it. granted 0: none.
 */
struct fs_privilege_request { uint64_t handle; };
struct fs_privilege_reply { uint64_t granted; };

/* status */
struct fs_status_request { uint64_t handle; };
struct fs_status_reply { struct fs_status status; };
struct fs_size_request { uint64_t handle; };
struct fs_size_reply { uint64_t bytes; };

/* read_shared */
struct fs_read_shared_request { uint64_t handle, bytes; };
/* position: behind what was read */
struct fs_read_shared_reply { uint64_t bytes, position, cut; };

/* seek: of a promoted record. DATA and HOLE: of any; they tell, and nothing moves. */
enum fs_whence { FS_SEEK_SET, FS_SEEK_CURRENT, FS_SEEK_END, FS_SEEK_DATA, FS_SEEK_HOLE };
struct fs_seek_request { uint64_t handle; int64_t offset; uint64_t whence; };
struct fs_seek_reply { uint64_t position; };

/*
 * list: entries from `cookie` (0: the first) into window 0, as Linux's getdents64 shows them
 * (struct linux_dirent64: `bytes` is a multiple of 8, the name ends with a zero byte).
 * E_INVAL: not even one fits. bytes = 0: no more.
 */
struct fs_entry {
	uint64_t inode;
	int64_t next_cookie;
	uint16_t bytes;
	uint8_t type;
	char name[5];            /* and more */
};
struct fs_list_request { uint64_t handle, cookie, bytes; };
struct fs_list_reply { uint64_t bytes, cookie; };              /* cookie: where to go on */

/* truncate */
struct fs_truncate_request { uint64_t handle, size_bytes; };
struct fs_truncate_reply { uint64_t reserved; };

/*
 * allocate: blocks for these bytes, FILL: the file becomes that long; ZERO: they become zero;
 * PUNCH: they become a hole. A block behind the end of a file is no block of it.
 */
enum fs_allocate_how { FS_ALLOCATE_FILL, FS_ALLOCATE_KEEP, FS_ALLOCATE_ZERO, FS_ALLOCATE_ZERO_KEEP,
		       FS_ALLOCATE_PUNCH };
struct fs_allocate_request { uint64_t handle, position, bytes, how; };
struct fs_allocate_reply { };

/* The reply of operations that make or change names. */
struct fs_crossing { uint32_t crossed, rest_bytes; };

/* make_directory; make_node: mode with its type; device: major << 32 | minor */
struct fs_make_directory_request { uint64_t directory, mode, path_bytes; };
struct fs_make_directory_reply { struct fs_crossing crossing; };
struct fs_make_node_request { uint64_t directory, mode, device, path_bytes; };
struct fs_make_node_reply { struct fs_crossing crossing; };

/* remove */
#define FS_REMOVE_DIRECTORY 1u           /* rmdir */
struct fs_remove_request { uint64_t directory, flags, path_bytes; };
struct fs_remove_reply { struct fs_crossing crossing; };

/* rename */
#define FS_RENAME_NOREPLACE 1u
#define FS_RENAME_EXCHANGE  2u
struct fs_rename_request {
	uint64_t old_directory, new_directory, flags;
	uint64_t old_path_bytes, new_path_bytes;
};
struct fs_rename_reply { struct fs_crossing crossing; };

/* link. flags: FS_NOFOLLOW (as link(2)), FS_EMPTY_PATH: the old one is the record itself. */
struct fs_link_request {
	uint64_t old_directory, new_directory, flags;
	uint64_t old_path_bytes, new_path_bytes;
};
struct fs_link_reply { struct fs_crossing crossing; };

/* symlink; read_link: the text, cut after text_bytes */
struct fs_symlink_request { uint64_t directory, path_bytes, text_bytes; };
struct fs_symlink_reply { struct fs_crossing crossing; };
/* flags: FS_EMPTY_PATH */
struct fs_read_link_request { uint64_t directory, flags, path_bytes, text_bytes; };
struct fs_read_link_reply { uint64_t bytes; uint32_t crossed, rest_bytes; };

/* change: flags FS_NOFOLLOW, FS_EMPTY_PATH and what to change. */
#define FS_CHANGE_MODE     0x10u
#define FS_CHANGE_UID      0x20u
#define FS_CHANGE_GID      0x40u
#define FS_CHANGE_ACCESSED 0x80u
#define FS_CHANGE_MODIFIED 0x100u
#define FS_TIME_NOW INT64_MIN
struct fs_change_request {
	uint64_t directory;
	uint32_t flags, mode;
	uint32_t uid, gid;
	int64_t accessed_ns, modified_ns;
	uint64_t path_bytes;
};
struct fs_change_reply { struct fs_crossing crossing; };

/*
 * path: of a file that has lost its name: what it was called, and ` (deleted)` behind it.
 * FS_PATH_REACHABLE: then E_NOENT, and if it is not below the caller's root. E_RANGE: longer than
 * the window.
 */
#define FS_PATH_REACHABLE 1u
struct fs_path_request { uint64_t handle, bytes, flags; };
struct fs_path_reply { uint64_t bytes; };

/* volume: of the record's file; FS_ROOT: of the root. */
struct fs_volume_request { uint64_t handle; };
struct fs_volume_reply {
	uint64_t blocks, blocks_free, blocks_available, inodes, inodes_free;
	uint32_t block_bytes, name_bytes, volume, filesystem;
	uint32_t mount_flags, read_only;
	uint8_t uuid[16];
};

/* sync: one file, or FS_ROOT: everything. */
struct fs_sync_request { uint64_t handle; };
struct fs_sync_reply { uint64_t reserved; };

/*
 * lock: of bytes `start` to `last` of a record's file. PROCESS (fcntl): the caller's, whatever
 * record; gone when it lets go of any record of that file. RECORD (open file description locks):
 * of the record, gone with it. FLOCK: likewise, all of the file; they do not see the other two
 * kinds. E_AGAIN: somebody else has it; with WAIT the caller will be notified (watch) when to ask
 * again, and is not to forget lock_cancel if it does not. E_DEADLK: it would wait for itself.
 * E_NOLCK.
 */
enum fs_lock_kind { FS_LOCK_PROCESS = 1, FS_LOCK_RECORD, FS_LOCK_FLOCK };
enum fs_lock_type { FS_LOCK_READ, FS_LOCK_WRITE, FS_LOCK_NONE };
#define FS_LOCK_WAIT 1u
struct fs_lock_request {
	uint64_t handle;
	uint16_t kind, type;
	uint32_t flags;
	uint64_t start, last;
};
struct fs_lock_reply { };
/* Who has it: type NONE: nobody. pid: 0 where it belongs to a record. */
struct fs_lock_query_request {
	uint64_t handle;
	uint16_t kind, type;
	uint32_t reserved;
	uint64_t start, last;
};
struct fs_lock_query_reply { uint32_t type, pid; uint64_t start, last; };
struct fs_lock_cancel_request { };
struct fs_lock_cancel_reply { };

/*
 * map: pages of a regular file from `position` on are to stand in the caller's region at
 * `address` (libipc/proto/process.h, PROCESS_SHARED_TAG of FS_SHARED_FILE): as many as fit into
 * `bytes`; gives how many. What is written to them is in the file: reads see it, and it goes to the
 * disk in time. With PRIVATE the region is a private one, and what is written stays there.
 * E_NXIO: behind the end. E_NOSPC; E_NOMEM.
 */
#define FS_SHARED_FILE(volume, inode) ((uint64_t)(volume) << 32 | (inode))
#define FS_MAP_WRITABLE 1u
#define FS_MAP_PRIVATE  2u
struct fs_map_request { uint64_t handle, position, address, bytes, flags; };
struct fs_map_reply { uint64_t pages; };

/*
 * seal: of a file in memory that was opened with TEMPORARY and EXCLUSIVE clear (Linux's F_SEAL_*).
 * Gives those that it has now. FS_SEALABLE: for a file that is fresh. E_INVAL: of a disk; E_PERM:
 * sealed, or not opened for writing; E_BUSY.
 */
#define FS_SEALABLE 0x80000000u
struct fs_seal_request { uint64_t handle, seals; };
struct fs_seal_reply { uint64_t seals; };

/*
 * chroot: absolute paths of the caller, and of those that inherit from it, begin at that directory
 * from now on. It is to hold the record. E_PERM: the caller is not user 0.
 */
struct fs_chroot_request { uint64_t handle; };
struct fs_chroot_reply { };

/*
 * mount: at the record's place, by user 0. kind MEMORY: an empty directory in memory with that
 * mode; DISK: the second disk; DEV, PROC: paths cross there; BIND: what the record `source` is,
 * seen there too, BIND_ALL: with what is mounted below; MOVE: the mount whose root `source` is
 * stands there from now on. Window 0: what /proc/mounts shows as its source, not terminated.
 * flags: FS_MOUNT_*. E_PERM; E_BUSY: the disk is mounted already; E_NODEV; E_NOTDIR; E_INVAL: not
 * the root of a mount; E_LOOP: into itself; E_NOMEM: too many.
 * unmount: what is mounted at the path (windows 0: path, 1: rest). E_INVAL: nothing; E_BUSY;
 * E_AGAIN: EXPIRE was said for the first time. DETACH: nobody finds it any more; it ends when
 * nobody uses it. What was in memory is gone at its end.
 * remount: other flags for the mount whose root the record is; `super`: the READ_ONLY of its file
 * system. E_INVAL, E_BUSY: files are open for writing; E_ROFS.
 * mounts: the first mount with an id above `after`. Window 0, FS_MOUNT_TEXT bytes: its source, its
 * root within its file system, its path, each with a zero byte. E_NOENT: no more.
 */
enum fs_mount_kind { FS_MOUNT_ROOT = 1, FS_MOUNT_MEMORY, FS_MOUNT_DISK, FS_MOUNT_DEV, FS_MOUNT_PROC,
		     FS_MOUNT_BIND, FS_MOUNT_BIND_ALL, FS_MOUNT_MOVE };
/* Linux's MS_*. */
#define FS_MOUNT_READ_ONLY 1u
#define FS_MOUNT_NOSUID    2u
#define FS_MOUNT_NODEV     4u
#define FS_MOUNT_NOEXEC    8u
#define FS_MOUNT_NOATIME   0x400u
#define FS_MOUNT_NODIRATIME 0x800u
#define FS_MOUNT_STRICTATIME 0x1000000u
#define FS_MOUNT_FLAGS     (0xfu | FS_MOUNT_NOATIME | FS_MOUNT_NODIRATIME | FS_MOUNT_STRICTATIME)
#define FS_MOUNT_SUPER_READ_ONLY 0x40000000u     /* the file system is, not only this mount */
#define FS_MOUNT_SOURCE 80u
#define FS_MOUNT_TEXT 1024u
struct fs_mount_request {
	uint64_t handle;
	uint32_t kind, flags, mode, source_bytes;
	uint64_t source;
};
struct fs_mount_reply { };
#define FS_UNMOUNT_DETACH 2u
#define FS_UNMOUNT_EXPIRE 4u
struct fs_unmount_request { uint64_t directory; uint32_t flags, walk; uint64_t path_bytes; };
struct fs_unmount_reply { struct fs_crossing crossing; };
struct fs_remount_request { uint64_t handle; uint32_t flags, super; };
struct fs_remount_reply { };
struct fs_mounts_request { uint64_t after; };
struct fs_mounts_reply { uint32_t id, parent, kind, flags, filesystem, read_only; };

/*
 * attribute: extended attributes of a record's file, whatever it was opened for. A name has a
 * prefix (user., trusted., security., else E_OPNOTSUPP). value_bytes 0: only how long it is.
 * E_NODATA, E_RANGE, E_EXIST, E_NOSPC, E_PERM. list: names, each with a zero byte.
 */
#define FS_ATTRIBUTE_CREATE  1u
#define FS_ATTRIBUTE_REPLACE 2u
#define FS_ATTRIBUTE_REMOVE  4u
struct fs_attribute_get_request { uint64_t handle, name_bytes, value_bytes; };
struct fs_attribute_get_reply { uint64_t bytes; };
struct fs_attribute_set_request { uint64_t handle, name_bytes, value_bytes, flags; };
struct fs_attribute_set_reply { };
struct fs_attribute_list_request { uint64_t handle, bytes; };
struct fs_attribute_list_reply { uint64_t bytes; };

/*
 * notify: what inotify(7) tells. A listener is a record; open makes one. E_MFILE: too many.
 * add: what happens to the file, or in the directory, is told from now on; mask: Linux's IN_*. An
 * empty path: the listener hears of something that is not ours, where nothing ever happens, by the
 * name `directory`. E_ACCES, E_NOTDIR, E_EXIST, E_NOSPC. remove: E_INVAL.
 * read: events in Linux's form, as many as fit. E_AGAIN: none; E_INVAL: the first one does not fit.
 * poll: how many bytes there are. If none, with `arm`, the caller is notified (watch) of the next.
 */
#define FS_NOTIFY_QUEUE 16384u
#define FS_NOTIFY_LISTENERS 64u
#define FS_NOTIFY_WATCHES 2048u
struct fs_notify_open_request { };
struct fs_notify_open_reply { uint64_t handle; };
struct fs_notify_add_request {
	uint64_t handle, directory;
	uint32_t mask, reserved;
	uint64_t path_bytes;
};
struct fs_notify_add_reply { uint64_t number; struct fs_crossing crossing; };
struct fs_notify_remove_request { uint64_t handle, number; };
struct fs_notify_remove_reply { };
struct fs_notify_read_request { uint64_t handle, bytes; };
struct fs_notify_read_reply { uint64_t bytes; };
struct fs_notify_poll_request { uint64_t handle, arm; };
struct fs_notify_poll_reply { uint64_t bytes, changes; };

/* watch: a notification of the caller (capability 0) and its bits (proto/poll.h). */
struct fs_watch_request { uint64_t bits; };
struct fs_watch_reply { };

/* identify: what was known about the caller is asked for anew. To be called before it goes on. */
struct fs_identify_request { };
struct fs_identify_reply { };

INTERFACE(fs, FS_INTERFACE)

#endif
