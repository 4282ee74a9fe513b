/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_KERNEL_H
#define BULKHEAD_LIBIPC_KERNEL_H

#include <stdint.h>

#include "kernel/abi/message.h"
#include "kernel/abi/objects.h"
#include "kernel/abi/status.h"
#include "kernel/abi/syscalls.h"

/*
 * The kernel's calls as functions.
 *
 * Needs: -mno-red-zone (rbp is pushed below the compiler's back: it cannot be named as clobbered
 * where it is the frame pointer, and the kernel preserves nothing but rsp).
 */

/* The six words that a call carries in registers, in and out. */
struct words {
	uint64_t word[MESSAGE_REGISTERS];
};

/* A word that is not sent: any register content will do, and costs no instruction. */
static inline __attribute__((always_inline)) uint64_t no_word(void)
{
	uint64_t word;

	__asm__("" : "=r"(word));
	return word;
}

/*
 * SYSCALL, with prefixes that mean nothing to it: as long as a near call, which it becomes where
 * this code is linked into the kernel (kernel/host_place.c). The list of the places is for that; a
 * process has no use for it. A program that must not block at times puts a check before the
 * instruction (user/posix).
 */
#ifndef KERNEL_CALL_INSTRUCTION
#define KERNEL_CALL_INSTRUCTION \
	"771:\t.byte 0x2e, 0x2e, 0x2e\n\tsyscall\n\t" \
	".pushsection .kernel_calls, \"a\"\n\t.quad 771b\n\t.popsection"
#endif

/*
 * The one place with a SYSCALL instruction. Always inlined: *slot, *info and *words are locals of
 * the caller that live in registers only. Nothing in the asm is addressed through rsp.
 */
static inline __attribute__((always_inline)) status_t kernel_call_raw(uint64_t number,
	uint64_t *slot, uint64_t *info, uint64_t words[MESSAGE_REGISTERS])
{
	register uint64_t word0 __asm__("rdx") = words[0];
	register uint64_t word1 __asm__("r8") = words[1];
	register uint64_t word2 __asm__("r9") = words[2];
	register uint64_t word3 __asm__("r10") = words[3];
	register uint64_t word4 __asm__("r12") = words[4];
	register uint64_t word5 __asm__("r13") = words[5];

	__asm__ volatile("push %%rbp\n\t" KERNEL_CALL_INSTRUCTION "\n\tpop %%rbp"
		: "+a"(number), "+D"(*slot), "+S"(*info), "+r"(word0), "+r"(word1), "+r"(word2),
		  "+r"(word3), "+r"(word4), "+r"(word5)
		:
		: "rbx", "rcx", "r11", "r14", "r15", "cc", "memory");
	words[0] = word0;
	words[1] = word1;
	words[2] = word2;
	words[3] = word3;
	words[4] = word4;
	words[5] = word5;
	return (status_t)number;
}

/*
 * One function per row: kernel_notify, kernel_copy, kernel_invoke_space ... The second argument is
 * the operation of an invocation. The call's results replace the words. Not for messages, whose
 * info and badge come back too: libipc/client_inline.h and libipc/server.c have those.
 */
#define KERNEL_CALL_STUB(name, offset, function) \
	static inline status_t kernel_##function(uint64_t slot, uint64_t operation, \
						 struct words *words) \
	{ \
		return kernel_call_raw(KERNEL_##name, &slot, &operation, words->word); \
	}
KERNEL_CALL_TABLE(KERNEL_CALL_STUB)
#undef KERNEL_CALL_STUB

#endif
