/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's operations cost, without any library between: two threads in two spaces, or a
 * fault, an interrupt. Prints `NAME TICKS` lines in the log; with icount a tick is an instruction.
 */
#include "tests/bench/kernel/stage.h"

#define ROUNDS     1000
#define PORT_CMOS  0x70
#define IRQ_RTC    8
#define LONG_TICKS 20000000ull           /* enough for any actor here */

/* What the actors leave behind: all share these. */
static volatile uint64_t result, count, last;

/*
 * ---- the bare pair: a call and its answer in a loop of six instructions each
 * -----------------------
 */

static void bare_server(void)
{
	__asm__ volatile(
		"mov %0, %%eax; syscall\n"
		"1: mov %1, %%eax; xor %%esi, %%esi; xor %%edi, %%edi; syscall; jmp 1b"
		:: "i"(KERNEL_RECEIVE), "i"(KERNEL_REPLY_RECEIVE));
}

static void bare_client(void)
{
	uint64_t start = ticks();

	__asm__ volatile("push %%rbp; push %2\n"
	                 "1: mov %0, %%eax; mov %1, %%edi; xor %%esi, %%esi; syscall\n"
	                 "decq (%%rsp); jnz 1b\n"
	                 "pop %%rax; pop %%rbp" ::"i"(KERNEL_CALL),
	                 "i"(ACTOR_SESSION), "i"(ROUNDS)
	                 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
	                   "r12", "r13", "r14", "r15", "memory");
	result = ticks() - start;
	thread_exit(0);
}

static void measure_pair(void)
{
	static const struct actor server = {
		STAGE_THREAD, STAGE_ENDPOINT, BOOT_SLOT_SPACE, PRIORITY_HIGH, 0, bare_server
	};
	static const struct actor client = { STAGE_THREAD_2, 0, STAGE_SPACE,
		                             PRIORITY_LOW,   0, bare_client };

	stage_start(&server);
	stage_start(&client);
	stage_sleep(LONG_TICKS);
	stage_report("bare_round_trip_0w", result, ROUNDS, ROUNDS);
	stage_end(&client);
	stage_end(&server);
}

/* ---- a notification to a thread of higher priority elsewhere, until it runs ----------------------- */

static void woken(void)
{
	for (;;) {
		uint64_t now;

		(void)!kernel_receive(0, 0, WORDS(0));
		now = ticks();
		if (last && now - last < result)
			result = now - last;
		count++;
	}
}

static void waker(void)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		last = ticks();
		(void)!kernel_notify(ACTOR_NOTIFICATION, 0, WORDS(1));
	}
	thread_exit(0);
}

static void measure_notification(void)
{
	static const struct actor high = {
		STAGE_THREAD, STAGE_ENDPOINT, BOOT_SLOT_SPACE, PRIORITY_HIGH, 0, woken
	};
	static const struct actor low = { STAGE_THREAD_2, 0, STAGE_SPACE, PRIORITY_LOW, 0, waker };

	result = ~0ull;
	count = 0;
	stage_start(&high);
	stage_start(&low);
	stage_sleep(LONG_TICKS);
	stage_require(count == ROUNDS, "every notification arrives");
	stage_report("notification", result, 1, ROUNDS);
	stage_end(&low);
	stage_end(&high);
}

/* ---- a fault, to its handler and back to the instruction ------------------------------------------ */

/* Answers each fault with OK: the thread tries again, and faults again. */
static void fault_handler(void)
{
	uint64_t start = 0, slot = 0, info = 0, words[MESSAGE_REGISTERS] = { 0 };

	(void)!kernel_call_raw(KERNEL_RECEIVE, &slot, &info, words);
	for (count = 0; count < ROUNDS; count++) {
		if (count == 1)
			start = ticks();
		slot = 0;
		info = INFO(STATUS_OK, 1);
		words[0] = 0;
		(void)!kernel_call_raw(KERNEL_REPLY_RECEIVE, &slot, &info, words);
	}
	result = ticks() - start;
	thread_exit(0);
}

static void faulter(void)
{
	*(volatile char *)8;
}

static void measure_fault(void)
{
	static const struct actor handler = {
		STAGE_THREAD, STAGE_ENDPOINT, BOOT_SLOT_SPACE, PRIORITY_HIGH, 0, fault_handler
	};
	static const struct actor victim = { STAGE_THREAD_2, 0, STAGE_SPACE, PRIORITY_LOW, ACTOR_SESSION,
		faulter };

	stage_start(&handler);
	stage_start(&victim);
	stage_sleep(LONG_TICKS);
	stage_require(count == ROUNDS, "every fault arrives");
	stage_report("fault_round_trip", result, ROUNDS - 1, ROUNDS);
	stage_end(&victim);
	stage_end(&handler);
}

/* ---- an interrupt, from the instruction it stops to the driver ------------------------------------ */

static uint8_t cmos(uint8_t index)
{
	struct words words = { { PORT_CMOS + 1 } };

	(void)!kernel_invoke_ioport(STAGE_PORTS, IOPORT_WRITE8, WORDS(PORT_CMOS, index));
	(void)!kernel_invoke_ioport(STAGE_PORTS, IOPORT_READ8, &words);
	return (uint8_t)words.word[0];
}

static void cmos_set(uint8_t index, uint8_t value)
{
	(void)!kernel_invoke_ioport(STAGE_PORTS, IOPORT_WRITE8, WORDS(PORT_CMOS, index));
	(void)!kernel_invoke_ioport(STAGE_PORTS, IOPORT_WRITE8, WORDS(PORT_CMOS + 1, value));
}

/* The real-time clock's periodic interrupt, 8,192 a second (MC146818 data sheet, registers A to C). */
static void clock_driver(void)
{
	cmos_set(0xa, 0x23);
	cmos_set(0xb, 0x42);
	for (;;) {
		uint64_t now;

		(void)cmos(0xc);
		(void)!kernel_invoke_irq(STAGE_IRQ, IRQ_ACKNOWLEDGE, WORDS(0));
		(void)!kernel_receive(0, 0, WORDS(0));
		now = ticks();
		if (last && now - last < result)
			result = now - last;
		count++;
	}
}

static void spinner(void)
{
	for (;;)
		last = ticks();
}

static void measure_interrupt(void)
{
	static const struct actor driver = {
		STAGE_THREAD, STAGE_ENDPOINT, BOOT_SLOT_SPACE, PRIORITY_HIGH, 0, clock_driver
	};
	static const struct actor idle = { STAGE_THREAD_2, 0, STAGE_SPACE, PRIORITY_LOW, 0, spinner };

	stage_require(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_CREATE_IOPORT,
					    WORDS(PORT_CMOS, 2, STAGE_PORTS)) == STATUS_OK, "ports");
	stage_require(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_CREATE_IRQ,
					    WORDS(IRQ_RTC, STAGE_IRQ)) == STATUS_OK, "irq");
	stage_require(kernel_invoke_irq(STAGE_IRQ, IRQ_BIND, WORDS(STAGE_ENDPOINT, 1)) == STATUS_OK,
	              "bind");
	result = ~0ull;
	count = last = 0;
	stage_start(&driver);
	stage_start(&idle);
	stage_sleep(LONG_TICKS);
	stage_require(count > 10, "interrupts arrive");
	stage_report("interrupt_to_driver", result, 1, count);
	stage_end(&idle);
	stage_end(&driver);
}

void measure(const struct boot_info *boot);
void measure(const struct boot_info *boot)
{
	stage_open(boot);
	measure_pair();
	measure_notification();
	measure_fault();
	transcript();
	measure_interrupt();
	stage_power_off(0);
}
