/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_SOCKET_H
#define BULKHEAD_POSIX_SOCKET_H

#include "user/posix/file.h"
#include "user/posix/linux_socket.h"

#include "libipc/proto/pipe.h"

/* What a socket keeps in its position: its type, and timeouts in milliseconds (0: none). */
#define SOCKET_TIMEOUT_MOST   0xfffffffull
#define SOCKET_RECEIVE_SHIFT  8
#define SOCKET_SEND_SHIFT     36
static inline unsigned int socket_type(const struct open_file *file)
{
	return (unsigned int)(file->position & 0xff);
}
static inline uint64_t socket_timeout_ms(const struct open_file *file, unsigned int shift)
{
	return file->position >> shift & SOCKET_TIMEOUT_MOST;
}

/* The open file of a socket: 0, -EBADF, -ENOTSOCK. */
long socket_of(struct task *task, long descriptor, struct open_file **file);

/* An address that the program gave, as the service wants it. */
struct socket_target {
	struct socket_place place;
	char name[SOCKET_NAME_BYTES + 4];
	unsigned int family;
};
/* Copies it in; place.inode is not looked up yet. -EINVAL, -EFAULT. */
long socket_address_from(struct socket_target *target, uint64_t address, long bytes);
/* Finds the file of a path. -ENOENT ..., -EACCES, -ECONNREFUSED: no socket. */
long socket_find_file(struct task *task, struct socket_target *target);
/* A name for the program, as getsockname gives it; length: the address of its socklen_t. */
long socket_address_to(const char *name, uint64_t bytes, uint64_t address, uint64_t length);

/* One request each; they wait, and a signal ends that (socket_transfer.c). */
struct socket_message {
	uint64_t address, bytes;         /* one piece of memory */
	uint32_t flags;                  /* SOCKET_* of proto/socket.h */
	struct socket_target *target;    /* send: to whom; 0 */
	struct socket_credentials credentials;
	void *control;                   /* of send: name, descriptors; of receive: socket_control */
	uint32_t control_bytes;
	uint32_t files;                  /* in it; receive: room for */
};
/* Bytes sent, -errno; EPIPE without its signal. */
long socket_send(struct task *task, struct open_file *file, const struct socket_message *message);
/* Bytes received; *whole: of the message. */
long socket_receive(struct task *task, struct open_file *file, const struct socket_message *message,
		    uint32_t *whole);
long socket_connect(struct task *task, struct open_file *file, struct socket_target *target,
		    uint32_t flags);
long socket_accept(struct task *task, struct open_file *file, uint32_t flags);

/* Sends with LINUX_MSG_* flags: waits no longer than its timeout, raises SIGPIPE. */
long socket_send_flags(struct task *task, struct open_file *file, struct socket_message *message,
		       uint64_t flags);
long socket_receive_flags(struct task *task, struct open_file *file,
			  struct socket_message *message, uint64_t flags, uint32_t *whole);

/* Descriptors and other control messages (socket_control.c). */
struct socket_control_out {
	struct socket_file *file;        /* to fill in */
	struct open_file **from;         /* the open files they were made of */
	uint32_t files;
	uint32_t has_credentials;
	struct socket_credentials credentials;
};
long socket_control_from(struct task *task, const struct linux_msghdr *header,
			 struct socket_control_out *out);
/* Makes descriptors of what came and tells the program: header->control_bytes, header->flags. */
long socket_control_to(struct task *task, struct linux_msghdr *header,
		       const struct socket_control *control, const struct socket_file *file,
		       uint32_t files, unsigned int flags);

#endif
