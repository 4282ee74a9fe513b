/* SPDX-License-Identifier: MIT */
/* Windows of a caller in another address space: the kernel copies. */
#include "libipc/server_private.h"

status_t window_copy(struct call *call, unsigned window, unsigned direction, uint64_t offset,
		     uint64_t address, uint64_t bytes)
{
	return window_copy_message(call, window, direction, offset, address, bytes);
}
