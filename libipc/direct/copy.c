/* SPDX-License-Identifier: MIT */
/* Windows: of a direct caller the memory is there; the kernel finds that of one in a process. */
#include "kernel/abi/direct.h"
#include "libipc/kernel.h"
#include "libipc/server_private.h"

static status_t process_copy(struct call *call, unsigned operation, uint64_t offset,
			     uint64_t address, uint64_t bytes)
{
	struct words words;
	status_t status;

	for (;;) {
		words = (struct words){ { offset, address, bytes } };
		status = kernel_copy(call->reply_slot, operation, &words);
		if (status != STATUS_AGAIN)
			return status;
		offset += words.word[0];
		address += words.word[0];
		bytes -= words.word[0];
	}
}

status_t window_copy(struct call *call, unsigned window, unsigned direction, uint64_t offset,
		     uint64_t address, uint64_t bytes)
{
	if (host_is_direct(call))
		return host_copy((const struct direct_call *)call, window, direction, offset,
				 address, bytes);
	return process_copy(call, window | direction << 8, offset, address, bytes);
}
