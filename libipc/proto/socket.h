/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_SOCKET_H
#define BULKHEAD_PROTO_SOCKET_H

#include "libipc/interface.h"

/*
 * Local sockets (AF_UNIX), a part of the pipe service's interface: their records are held,
 * inherited, released, polled as those of pipes are. Refusals are those of unix(7).
 */
#define SOCKET_ROWS(ROW) \
	ROW(pipe, socket,      ONCE) \
	ROW(pipe, socket_pair, ONCE) \
	ROW(pipe, bind,        ONCE) \
	ROW(pipe, listen,      REPEATABLE) \
	ROW(pipe, connect,     ONCE) \
	ROW(pipe, accept,      ONCE) \
	ROW(pipe, send,        ONCE) \
	ROW(pipe, receive,     ONCE) \
	ROW(pipe, shutdown,    REPEATABLE) \
	ROW(pipe, socket_name, REPEATABLE) \
	ROW(pipe, option,      REPEATABLE)

/* Linux's numbers. */
enum socket_type { SOCKET_STREAM = 1, SOCKET_DATAGRAM = 2, SOCKET_SEQUENCED = 5 };

/* flags: PIPE_NONBLOCK. */
struct pipe_socket_request { uint32_t type, flags; };
struct pipe_socket_reply { uint64_t record; };
struct pipe_socket_pair_request { uint32_t type, flags; };
struct pipe_socket_pair_reply { uint32_t record[2]; };

/*
 * Where a socket is found. A file of the fs (inode not 0): by inode and volume; the text is only
 * shown. Else by the text, which begins with a zero byte. `bytes` of it, in a window.
 */
#define SOCKET_NAME_BYTES 108
struct socket_place { uint64_t inode; uint32_t volume, bytes; };

/* Window 0: the name. No bytes, no inode: the service finds a free name. */
struct pipe_bind_request { uint64_t record; struct socket_place place; };
struct pipe_bind_reply { };
struct pipe_listen_request { uint32_t record, backlog; };
struct pipe_listen_reply { };
/* Window 0: the name. Waits while the backlog is full. NOWHERE: a datagram's peer is forgotten. */
#define SOCKET_NOWHERE 1u
struct pipe_connect_request { uint32_t record, flags; struct socket_place place; };
struct pipe_connect_reply { };
struct pipe_accept_request { uint32_t record, flags; };
struct pipe_accept_reply { uint64_t record; };

/*
 * A descriptor that is passed: its records at the fs, here and at the console (SOCKET_NO_RECORD),
 * its position if it was private until now, and what only the personality understands. The service
 * holds the records while they are on the way.
 */
#define SOCKET_NO_RECORD (~0ull)
#define SOCKET_FILES 253u
struct socket_file { uint64_t disk, pipe, terminal, position, opaque[3]; };

struct socket_credentials { uint32_t pid, uid, gid; };

/*
 * Window 0: `bytes` to send; window 1: place.bytes of a name, padded to 8, then `files` times
 * struct socket_file. SOCKET_CREDENTIALS: the message shows `credentials` if the caller may claim them
 * (PERM). A stream takes what fits and says how much.
 */
#define SOCKET_DONT_WAIT   1u
#define SOCKET_PEEK        2u
#define SOCKET_CREDENTIALS 4u
#define SOCKET_NAMED       8u            /* `place` counts */
struct pipe_send_request {
	uint32_t record, flags, bytes, files;
	struct socket_place place;
	struct socket_credentials credentials;
	uint32_t reserved;
};
struct pipe_send_reply { uint64_t bytes; };

/*
 * Window 0: at most `bytes` to receive; window 1: struct socket_control, and the first `files`
 * descriptors behind it; others are dropped. Their records are held by the caller from then on.
 */
struct socket_control {
	uint32_t files, flags;           /* that came with it; SOCKET_CREDENTIALS: they are there */
	struct socket_credentials credentials;
	uint32_t name_bytes;             /* of the sender */
	char name[SOCKET_NAME_BYTES + 4];
};
#define SOCKET_NO_CONTROL 0xffffffffu    /* `files`: there is no window 1 */
struct pipe_receive_request { uint32_t record, flags, bytes, files; };
/* `whole`: of the datagram, however much of it was taken. */
struct pipe_receive_reply { uint32_t bytes, whole; };

#define SOCKET_SHUT_RECEIVE 1u
#define SOCKET_SHUT_SEND    2u
struct pipe_shutdown_request { uint32_t record, how; };
struct pipe_shutdown_reply { };

/* Window 0: SOCKET_NAME_BYTES for the name. NOTCONN: peer, and there is none. */
struct pipe_socket_name_request { uint32_t record, peer; };
struct pipe_socket_name_reply { uint64_t bytes; };

enum socket_option {
	SOCKET_OPTION_TYPE, SOCKET_OPTION_ERROR, SOCKET_OPTION_LISTENS, SOCKET_OPTION_PEER,
	SOCKET_OPTION_CREDENTIALS, SOCKET_OPTION_SEND_BYTES, SOCKET_OPTION_RECEIVE_BYTES,
	SOCKET_OPTIONS
};
/* SO_SNDBUF and SO_RCVBUF of a new socket. */
#define SOCKET_BUFFER 212992u
/* set: 1 changes the last three. PEER: pid, then uid and gid. */
struct pipe_option_request { uint32_t record, option; uint64_t set, value; };
struct pipe_option_reply { uint64_t value, more; };

#endif
