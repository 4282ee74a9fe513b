/* SPDX-License-Identifier: MIT */
/* Windows of a caller in another address space: the kernel copies. */
#include "libipc/kernel.h"
#include "libipc/server_private.h"

status_t window_copy(struct call *call, unsigned window, unsigned direction, uint64_t offset,
		     uint64_t address, uint64_t bytes)
{
	struct words words;
	status_t status;

	for (;;) {
		words = (struct words){ { offset, address, bytes } };
		status = kernel_copy(call->reply_slot, window | direction << 8, &words);
		if (status != STATUS_AGAIN)
			return status;
		offset += words.word[0];
		address += words.word[0];
		bytes -= words.word[0];
	}
}
