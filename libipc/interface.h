/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_INTERFACE_H
#define BULKHEAD_LIBIPC_INTERFACE_H

#include <stdint.h>

#include "kernel/abi/message.h"
#include "kernel/abi/status.h"

/*
 * An interface is a table of rows in proto/<name>.h:
 *
 *	#define FS_INTERFACE(ROW) \
 *		ROW(fs, read,   REPEATABLE) \
 *		ROW(fs, create, ONCE)
 *	struct fs_read_request { uint64_t handle, position; };    flat, no pointers, 64 words at most
 *	struct fs_read_reply   { uint64_t bytes; };
 *	...
 *	INTERFACE(fs, FS_INTERFACE)
 *
 * REPEATABLE: executing it twice is the same as once. ONCE: the library sees to it.
 * INTERFACE derives: enum { fs_read_operation, ... fs_operation_count } and, from libipc/client.h,
 * the stubs
 *
 *	status_t fs_read(struct session *, const struct fs_read_request *, struct fs_read_reply *,
 *	                 const struct lent *lent);
 *
 * and, from libipc/server.h with SERVER_TABLE(fs, FS_INTERFACE), the table of a server's handlers
 *
 *	static status_t on_read(struct call *, const struct fs_read_request *,
 *	                        struct fs_read_reply *);
 *
 * Sizes are multiples of 8. Bulk data moves through windows only.
 */
enum repeat { REPEATABLE, ONCE };

#define INTERFACE_OPERATION(interface, name, repeat) interface##_##name##_operation,
#define INTERFACE_CHECK(interface, name, repeat) \
	_Static_assert(sizeof(struct interface##_##name##_request) % 8 == 0 && \
		       sizeof(struct interface##_##name##_request) <= 8 * MESSAGE_WORDS && \
		       sizeof(struct interface##_##name##_reply) % 8 == 0 && \
		       sizeof(struct interface##_##name##_reply) <= 8 * MESSAGE_WORDS, \
		       #interface "." #name ": flat structs of whole words, at most 64"); \
	_Static_assert((repeat) == REPEATABLE || \
		       sizeof(struct interface##_##name##_reply) <= 8 * MESSAGE_REGISTERS, \
		       #interface "." #name ": a ONCE reply must fit the answer slot, 6 words");
#ifndef INTERFACE_STUB
#define INTERFACE_STUB(interface, name, repeat)
#endif
#define INTERFACE(interface, TABLE) \
	enum { TABLE(INTERFACE_OPERATION) interface##_operation_count }; \
	TABLE(INTERFACE_CHECK) \
	TABLE(INTERFACE_STUB)

#endif
