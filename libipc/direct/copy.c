/* SPDX-License-Identifier: MIT */
/* Windows: of a direct caller the memory is there; the kernel finds that of one in a process. */
#include "kernel/abi/direct.h"
#include "libipc/server_private.h"

status_t window_copy(struct call *call, unsigned window, unsigned direction, uint64_t offset,
		     uint64_t address, uint64_t bytes)
{
	if (host_is_direct(call))
		return host_copy((const struct direct_call *)call, window, direction, offset,
				 address, bytes);
	return window_copy_message(call, window, direction, offset, address, bytes);
}
