/* SPDX-License-Identifier: MIT */
/*
 * Return addresses by name. The table comes from the linked kernel itself: the Makefile links
 * twice, the second time with the names and addresses of the first (symbols.S).
 */
#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/log.h"

struct symbol { uint64_t address; const char *name; };
extern const struct symbol kernel_symbols[] __attribute__((weak));
extern const uint64_t kernel_symbol_count __attribute__((weak));
extern char kernel_text[], kernel_rodata[], kernel_data[], kernel_end[];

static void line_print(uint64_t address)
{
	const struct symbol *best = 0;

	for (uint64_t i = 0; &kernel_symbol_count && i < kernel_symbol_count; i++)
		if (kernel_symbols[i].address <= address)
			best = &kernel_symbols[i];
	if (best && address < (uint64_t)kernel_rodata)
		log_print("  %016lx %s+0x%lx\n", address, best->name, address - best->address);
	else
		log_print("  %016lx\n", address);
}

void backtrace_from(uint64_t rip, uint64_t rbp)
{
	log_print("back trace:\n");
	line_print(rip);
	for (unsigned depth = 0; depth < 32; depth++) {
		const uint64_t *frame = (const uint64_t *)rbp;

		if (rbp % 8 || rbp < (uint64_t)kernel_data || rbp + 16 > (uint64_t)kernel_end)
			return;
		if (frame[1] < (uint64_t)kernel_text || frame[1] >= (uint64_t)kernel_rodata)
			return;
		line_print(frame[1] - 1);
		rbp = frame[0];
	}
}

void arch_backtrace(void)
{
	backtrace_from((uint64_t)__builtin_return_address(0), (uint64_t)__builtin_frame_address(0));
}
