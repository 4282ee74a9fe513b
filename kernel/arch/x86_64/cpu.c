/* SPDX-License-Identifier: MIT */
/* Descriptor tables and protection bits of a processor. */
#include "kernel/arch/x86_64/cpu.h"

#include "kernel/arch/arch.h"
#include "kernel/boot.h"
#include "kernel/host.h"
#include "kernel/log.h"
#include "kernel/thread.h"

struct descriptor_pointer { uint16_t limit; uint64_t base; } __attribute__((packed));
struct gate { uint16_t low, selector; uint8_t ist, type; uint16_t middle; uint32_t high, zero; };
struct task_state {
	uint32_t zero;
	uint64_t rsp[3], zero2, ist[7], zero3;
	uint16_t zero4, io_map;
} __attribute__((packed));

static uint64_t gdt[8] = {
	0,
	0x00af9b000000ffff,              /* kernel code */
	0x00cf93000000ffff,              /* kernel data */
	0x00cff3000000ffff,              /* user data */
	0x00affb000000ffff,              /* user code */
};
static struct gate idt[256];
static struct task_state task_state;

extern char vector_stubs[], syscall_entry[], kernel_stack_top[], exception_stack_top[];

static void tables_load(void)
{
	uint64_t base = (uint64_t)&task_state;
	struct descriptor_pointer pointer = { sizeof(gdt) - 1, (uint64_t)gdt };

	task_state.rsp[0] = (uint64_t)kernel_stack_top;
	task_state.ist[0] = (uint64_t)exception_stack_top;
	task_state.io_map = sizeof(task_state);
	gdt[5] = (sizeof(task_state) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
		(base >> 24 & 0xff) << 56;
	gdt[6] = base >> 32;
	__asm__ volatile("lgdt %0" : : "m"(pointer));
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
	for (unsigned vector = 0; vector < 256; vector++) {
		uint64_t stub = (uint64_t)vector_stubs + 16ull * vector;
		/* Double fault, NMI and machine check must not trust the stack pointer. */
		uint8_t ist = vector == 8 || vector == 2 || vector == 18;

		idt[vector] = (struct gate){ (uint16_t)stub, SELECTOR_KERNEL_CODE, ist, 0x8e,
					     (uint16_t)(stub >> 16), (uint32_t)(stub >> 32), 0 };
	}
	idt[3].type = idt[4].type = 0xee;        /* int3, into: user code may raise them */
	pointer = (struct descriptor_pointer){ sizeof(idt) - 1, (uint64_t)idt };
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

void cpu_start(void)
{
	uint32_t seven[4], extended[4];
	uint64_t cr4;

	tables_load();
	cpuid(7, 0, seven);
	cpuid(0x80000001, 0, extended);
	if (!(extended[3] & 1u << 20) || !(extended[3] & 1u << 11))
		panic("the processor lacks NX or SYSCALL");
	if (!(seven[1] & 1u << 7) || !(seven[1] & 1u << 20))
		log_print("kernel: the processor lacks %s%s: user memory is not fenced off from "
			  "kernel bugs (use -cpu max)\n",
			  seven[1] & 1u << 7 ? "" : "SMEP ", seven[1] & 1u << 20 ? "" : "SMAP");
	cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	cr4 |= seven[1] & 1u << 7 ? CR4_SMEP : 0;
	cr4 |= seven[1] & 1u << 20 ? CR4_SMAP : 0;
	cr4 |= seven[2] & 1u << 2 ? CR4_UMIP : 0;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
	msr_write(MSR_STAR, (uint64_t)SELECTOR_KERNEL_DATA << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	msr_write(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC);
}

void arch_entry_choose(bool fast)
{
	extern char syscall_entry_slow[];
	/* Where the personality is in the kernel, it looks at all calls first. */
	extern char posix_syscall[] __attribute__((weak));
	extern char posix_syscall_counted[] __attribute__((weak));
	extern char host_syscall[] __attribute__((weak));
	char *entry = fast ? syscall_entry : syscall_entry_slow;

	if (&host_counts)
		host_counts = !fast;
	if (posix_syscall)
		entry = fast ? posix_syscall : posix_syscall_counted;
	else if (host_syscall && fast)
		entry = host_syscall;
	msr_write(MSR_LSTAR, (uint64_t)entry);
}

void arch_tls_load(const struct thread *thread)
{
	msr_write(MSR_FS_BASE, thread->registers.fs_base);
	msr_write(MSR_GS_BASE, thread->registers.gs_base);
}

void arch_context_switch(struct thread *from, struct thread *to)
{
	if (from)
		__asm__ volatile("fxsave64 %0" : "=m"(from->fpu));
	__asm__ volatile("fxrstor64 %0" : : "m"(to->fpu));
	arch_tls_load(to);
}

void arch_context_reset(struct thread *thread)
{
	uint32_t mxcsr = 0x1f80;
	uint16_t control = 0x37f;

	arch_clear(thread->fpu, sizeof(thread->fpu));
	__builtin_memcpy(thread->fpu, &control, sizeof(control));
	__builtin_memcpy(thread->fpu + 24, &mxcsr, sizeof(mxcsr));
}

uint64_t arch_flags_fresh(void) { return RFLAGS_USER; }
uint64_t arch_flags_allowed(uint64_t flags) { return (flags & RFLAGS_USER_MASK) | RFLAGS_USER; }

void arch_idle(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

uint64_t arch_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

uint32_t arch_port_read(unsigned port, unsigned bytes)
{
	uint32_t value = 0;

	if (bytes == 1)
		__asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
	else if (bytes == 2)
		__asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
	else
		__asm__ volatile("inl %w1, %0" : "=a"(value) : "d"(port));
	return value;
}

void arch_port_write(unsigned port, unsigned bytes, uint32_t value)
{
	if (bytes == 1)
		__asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
	else if (bytes == 2)
		__asm__ volatile("outw %w0, %w1" : : "a"(value), "d"(port));
	else
		__asm__ volatile("outl %0, %w1" : : "a"(value), "d"(port));
}

/* COM1, polled: the log must work when nothing else does. 16550 data sheet, section 8. */
void arch_log(const char *text, unsigned long bytes)
{
	static bool ready;

	if (!ready) {
		port_out8(0x3f8 + 3, 0x03);
		port_out8(0x3f8 + 2, 0x07);
		ready = true;
	}
	for (unsigned long i = 0; i < bytes; i++) {
		for (unsigned spin = 0; spin < 100000 && !(port_in8(0x3f8 + 5) & 0x20); spin++)
			;
		port_out8(0x3f8, (uint8_t)text[i]);
	}
}

/* QEMU's isa-debug-exit ends it with status << 1 | 1; ACPI S5 of q35 (ICH9, PM1a_CNT) as second try. */
_Noreturn void arch_shutdown(unsigned status)
{
	arch_port_write(0xf4, 4, status);
	arch_port_write(0x604, 2, 0x2000);
	for (;;)
		__asm__ volatile("cli; hlt");
}
