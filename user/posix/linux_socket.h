/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_LINUX_SOCKET_H
#define BULKHEAD_POSIX_LINUX_SOCKET_H

#include <stdint.h>

/* Numbers and structures of Linux that concern sockets (linux/socket.h, asm-generic/socket.h). */
#define LINUX_AF_UNSPEC 0
#define LINUX_AF_UNIX   1
#define LINUX_AF_MAX    46

#define LINUX_SOCK_TYPE_MASK 0xf
#define LINUX_SOCK_RAW       3

#define LINUX_MSG_PEEK         0x2
#define LINUX_MSG_OOB          0x1
#define LINUX_MSG_CTRUNC       0x8
#define LINUX_MSG_TRUNC        0x20
#define LINUX_MSG_DONTWAIT     0x40
#define LINUX_MSG_WAITALL      0x100
#define LINUX_MSG_NOSIGNAL     0x4000
#define LINUX_MSG_WAITFORONE   0x10000
#define LINUX_MSG_CMSG_CLOEXEC 0x40000000

#define LINUX_SOL_SOCKET      1
#define LINUX_SCM_RIGHTS      1
#define LINUX_SCM_CREDENTIALS 2

enum linux_socket_option {
	LINUX_SO_DEBUG = 1, LINUX_SO_REUSEADDR, LINUX_SO_TYPE, LINUX_SO_ERROR, LINUX_SO_DONTROUTE,
	LINUX_SO_BROADCAST, LINUX_SO_SNDBUF, LINUX_SO_RCVBUF, LINUX_SO_KEEPALIVE,
	LINUX_SO_OOBINLINE, LINUX_SO_PRIORITY = 12, LINUX_SO_LINGER, LINUX_SO_REUSEPORT = 15,
	LINUX_SO_PASSCRED, LINUX_SO_PEERCRED, LINUX_SO_RCVLOWAT, LINUX_SO_SNDLOWAT,
	LINUX_SO_RCVTIMEO, LINUX_SO_SNDTIMEO, LINUX_SO_TIMESTAMP = 29, LINUX_SO_ACCEPTCONN = 30,
	LINUX_SO_SNDBUFFORCE = 32, LINUX_SO_RCVBUFFORCE, LINUX_SO_PROTOCOL = 38, LINUX_SO_DOMAIN,
};

#define LINUX_UNIX_PATH 108
struct linux_sockaddr_un { uint16_t family; char path[LINUX_UNIX_PATH]; };
#define LINUX_SOCKADDR_HEADER 2

struct linux_msghdr {
	uint64_t name;
	uint32_t name_bytes, pad;
	uint64_t vectors, count;
	uint64_t control, control_bytes;
	uint32_t flags, pad_end;
};
_Static_assert(sizeof(struct linux_msghdr) == 56, "struct msghdr of x86-64");
struct linux_mmsghdr { struct linux_msghdr header; uint32_t bytes, pad; };

struct linux_cmsghdr { uint64_t bytes; int32_t level, type; };

#endif
