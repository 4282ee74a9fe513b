/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_LINUX_FILE_H
#define BULKHEAD_POSIX_LINUX_FILE_H

#include <stdint.h>

/*
 * Numbers and structures of the Linux x86-64 system call interface that concern files, as in the
 * kernel's uapi headers (asm-generic/fcntl.h, asm/stat.h, linux/stat.h, linux/poll.h ...).
 */

/* open(2) */
#define LINUX_O_ACCMODE   03u
#define LINUX_O_RDONLY    00u
#define LINUX_O_WRONLY    01u
#define LINUX_O_RDWR      02u
#define LINUX_O_CREAT     0100u
#define LINUX_O_EXCL      0200u
#define LINUX_O_NOCTTY    0400u
#define LINUX_O_TRUNC     01000u
#define LINUX_O_APPEND    02000u
#define LINUX_O_NONBLOCK  04000u
#define LINUX_O_DSYNC     010000u
#define LINUX_O_ASYNC     020000u
#define LINUX_O_DIRECT    040000u
#define LINUX_O_LARGEFILE 0100000u
#define LINUX_O_DIRECTORY 0200000u
#define LINUX_O_NOFOLLOW  0400000u
#define LINUX_O_NOATIME   01000000u
#define LINUX_O_CLOEXEC   02000000u
#define LINUX_O_SYNC      04010000u      /* includes O_DSYNC */
#define LINUX_O_PATH      010000000u
#define LINUX_O_TMPFILE   020200000u     /* includes O_DIRECTORY */

/* fcntl(2) */
#define LINUX_F_DUPFD     0
#define LINUX_F_GETFD     1
#define LINUX_F_SETFD     2
#define LINUX_F_GETFL     3
#define LINUX_F_SETFL     4
#define LINUX_F_GETLK     5
#define LINUX_F_SETLK     6
#define LINUX_F_SETLKW    7
#define LINUX_F_SETOWN    8
#define LINUX_F_GETOWN    9
#define LINUX_F_OFD_GETLK 36
#define LINUX_F_OFD_SETLK 37
#define LINUX_F_OFD_SETLKW 38
#define LINUX_F_DUPFD_CLOEXEC 1030
#define LINUX_F_SETPIPE_SZ 1031
#define LINUX_F_GETPIPE_SZ 1032
#define LINUX_F_ADD_SEALS 1033
#define LINUX_F_GET_SEALS 1034
#define LINUX_FD_CLOEXEC  1u
#define LINUX_F_RDLCK     0
#define LINUX_F_WRLCK     1
#define LINUX_F_UNLCK     2
struct linux_flock {
	int16_t type, whence;
	int64_t start, length;
	int32_t pid;
};

/* The at family. */
#define LINUX_AT_FDCWD            (-100)
#define LINUX_AT_SYMLINK_NOFOLLOW 0x100
#define LINUX_AT_EACCESS          0x200  /* faccessat */
#define LINUX_AT_REMOVEDIR        0x200  /* unlinkat */
#define LINUX_AT_SYMLINK_FOLLOW   0x400
#define LINUX_AT_NO_AUTOMOUNT     0x800
#define LINUX_AT_EMPTY_PATH       0x1000
#define LINUX_AT_STATX_SYNC_TYPE  0x6000

#define LINUX_RENAME_NOREPLACE 1u
#define LINUX_RENAME_EXCHANGE  2u
#define LINUX_RENAME_WHITEOUT  4u

#define LINUX_CLOSE_RANGE_UNSHARE 2u
#define LINUX_CLOSE_RANGE_CLOEXEC 4u

/* File types and modes. */
#define LINUX_S_IFMT   0170000u
#define LINUX_S_IFSOCK 0140000u
#define LINUX_S_IFLNK  0120000u
#define LINUX_S_IFREG  0100000u
#define LINUX_S_IFBLK  0060000u
#define LINUX_S_IFDIR  0040000u
#define LINUX_S_IFCHR  0020000u
#define LINUX_S_IFIFO  0010000u
#define LINUX_MODE_TYPE_SHIFT 12        /* gives the d_type of getdents64 */

#define LINUX_R_OK 4
#define LINUX_W_OK 2
#define LINUX_X_OK 1

#define LINUX_SEEK_SET  0
#define LINUX_SEEK_CUR  1
#define LINUX_SEEK_END  2
#define LINUX_SEEK_DATA 3
#define LINUX_SEEK_HOLE 4

/* openat2(2) */
struct linux_open_how { uint64_t flags, mode, resolve; };
#define LINUX_RESOLVE_NO_XDEV       0x01
#define LINUX_RESOLVE_NO_MAGICLINKS 0x02
#define LINUX_RESOLVE_NO_SYMLINKS   0x04
#define LINUX_RESOLVE_BENEATH       0x08
#define LINUX_RESOLVE_IN_ROOT       0x10
#define LINUX_RESOLVE_CACHED        0x20
#define LINUX_RESOLVE_ALL           0x3f

#define LINUX_PATH_MAX   4096
#define LINUX_NAME_MAX   255
#define LINUX_IOV_MAX    1024
#define LINUX_FILE_MAX   0xffffffff000l  /* largest position */
#define LINUX_PIPE_BUF   4096
#define LINUX_TRANSFER_MAX 0x7ffff000ul  /* most bytes that one read or write moves */
#define LINUX_LINKS_MAX  40              /* symbolic links followed in one path: ELOOP beyond */

struct linux_timespec { int64_t seconds, nanoseconds; };
struct linux_timeval { int64_t seconds, microseconds; };
#define LINUX_UTIME_NOW  0x3fffffff
#define LINUX_UTIME_OMIT 0x3ffffffe

struct linux_stat {
	uint64_t device, inode, links;
	uint32_t mode, user, group, pad;
	uint64_t device_number;
	int64_t size, block_size, blocks;
	struct linux_timespec access, modify, change;
	int64_t reserved[3];
};
_Static_assert(sizeof(struct linux_stat) == 144, "struct stat of x86-64");

struct linux_statx_time { int64_t seconds; uint32_t nanoseconds; int32_t reserved; };
struct linux_statx {
	uint32_t mask, block_size;
	uint64_t attributes;
	uint32_t links, user, group;
	uint16_t mode, pad;
	uint64_t inode, size, blocks, attributes_mask;
	struct linux_statx_time access, birth, change, modify;
	uint32_t device_number_major, device_number_minor, device_major, device_minor;
	uint64_t reserved[14];
};
_Static_assert(sizeof(struct linux_statx) == 256, "struct statx");
#define LINUX_STATX_BASIC_STATS 0x7ffu
#define LINUX_STATX_BTIME 0x800u

struct linux_statfs {
	int64_t type, block_size;
	uint64_t blocks, blocks_free, blocks_available, files, files_free;
	int32_t id[2];
	int64_t name_length, fragment_size, flags, reserved[4];
};
_Static_assert(sizeof(struct linux_statfs) == 120, "struct statfs of x86-64");
#define LINUX_TMPFS_MAGIC 0x01021994
#define LINUX_PROC_MAGIC  0x9fa0
#define LINUX_PIPEFS_MAGIC 0x50495045
#define LINUX_ST_RDONLY   1
#define LINUX_ST_VALID    0x20
#define LINUX_ST_MOUNT    0xc0e  /* flags that are the same numbers for mount(2) */
#define LINUX_ST_RELATIME 0x1000

/* getdents64 and getdents: the name follows, padded so that records are multiples of 8. */
struct linux_dirent64 { uint64_t inode; int64_t next; uint16_t bytes; uint8_t type; char name[]; };
struct linux_dirent { uint64_t inode, next; uint16_t bytes; char name[]; };
#define LINUX_DIRENT64_HEADER 19
#define LINUX_DIRENT_HEADER   18

struct linux_iovec { uint64_t base, bytes; };

/* poll(2), select(2) */
#define LINUX_POLLIN   1u
#define LINUX_POLLPRI  2u
#define LINUX_POLLOUT  4u
#define LINUX_POLLERR  8u
#define LINUX_POLLHUP  16u
#define LINUX_POLLNVAL 32u
#define LINUX_POLLRDHUP 0x2000u
#define LINUX_POLLRDNORM 64u
#define LINUX_POLLWRNORM 256u
struct linux_pollfd { int32_t fd; int16_t events, revents; };
#define LINUX_FD_SETSIZE 1024

/* ioctl(2) */
#define LINUX_TCGETS     0x5401
#define LINUX_TCSETS     0x5402
#define LINUX_TCSETSW    0x5403
#define LINUX_TCSETSF    0x5404
#define LINUX_TCGETA     0x5405
#define LINUX_TCSETA     0x5406
#define LINUX_TCSETAW    0x5407
#define LINUX_TCSETAF    0x5408
#define LINUX_TCSBRK     0x5409
#define LINUX_TCXONC     0x540a
#define LINUX_TCFLSH     0x540b
#define LINUX_TIOCEXCL   0x540c
#define LINUX_TIOCNXCL   0x540d
#define LINUX_TIOCSCTTY  0x540e
#define LINUX_TIOCGPGRP  0x540f
#define LINUX_TIOCSPGRP  0x5410
#define LINUX_TIOCOUTQ   0x5411
#define LINUX_TIOCGWINSZ 0x5413
#define LINUX_TIOCSWINSZ 0x5414
#define LINUX_FIONREAD   0x541b
#define LINUX_FIONBIO    0x5421
#define LINUX_FIGETBSZ   2
#define LINUX_FICLONE    0x40049409u
#define LINUX_FICLONERANGE 0x4020940du
#define LINUX_RNDGETENTCNT 0x80045200u
#define LINUX_TIOCGSOFTCAR 0x5419
#define LINUX_TIOCSSOFTCAR 0x541a
#define LINUX_CLOCAL     04000u
#define LINUX_TIOCNOTTY  0x5422
#define LINUX_TIOCSETD   0x5423
#define LINUX_TIOCGETD   0x5424
#define LINUX_TIOCSBRK   0x5427
#define LINUX_TIOCCBRK   0x5428
#define LINUX_TCSBRKP    0x5425
#define LINUX_TIOCGSID   0x5429
#define LINUX_TIOCSTI    0x5412
#define LINUX_TIOCPKT    0x5420
#define LINUX_TCGETS2    0x802c542au
#define LINUX_TCSETS2    0x402c542bu
#define LINUX_TCSETSW2   0x402c542cu
#define LINUX_TCSETSF2   0x402c542du
#define LINUX_TIOCGDEV   0x80045432u
#define LINUX_TIOCVHANGUP 0x5437
#define LINUX_TIOCGPKT   0x80045438u
#define LINUX_TIOCGEXCL  0x80045440u
#define LINUX_TIOCGPTPEER 0x5441
#define LINUX_TIOCGPTN   0x80045430u
#define LINUX_TIOCSPTLCK 0x40045431u
#define LINUX_TIOCGPTLCK 0x80045439u
#define LINUX_FIONCLEX   0x5450
#define LINUX_FIOCLEX    0x5451
struct linux_winsize { uint16_t rows, columns, width, height; };

#endif
