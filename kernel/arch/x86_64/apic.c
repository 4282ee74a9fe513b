/* SPDX-License-Identifier: MIT */
/* Local APIC, its timer, and the I/O APIC. Intel SDM volume 3, chapter 10; 82093AA data sheet. */
#include "kernel/abi/objects.h"
#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/log.h"

#define LAPIC 0xfee00000u
#define IOAPIC 0xfec00000u
enum {
	LAPIC_EOI = 0xb0, LAPIC_SPURIOUS = 0xf0, LAPIC_TIMER = 0x320,
	LAPIC_COUNT = 0x380, LAPIC_NOW = 0x390, LAPIC_DIVIDE = 0x3e0,
};

uint64_t tsc_hz;
static uint64_t timer_per_tick;          /* timer counts per time-stamp tick, 32.32 */

static volatile uint32_t *lapic(unsigned reg) { return direct(LAPIC + reg); }

static void ioapic_write(unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)direct(IOAPIC) = reg;
	*(volatile uint32_t *)direct(IOAPIC + 0x10) = value;
}

void apic_acknowledge(void) { *lapic(LAPIC_EOI) = 0; }

/* Counts both clocks over 10 ms of the PIT's channel 2 (8254 data sheet; 1193182 Hz). */
static void clocks_calibrate(void)
{
	const unsigned count = 11932;
	uint64_t start;

	port_out8(0x61, (port_in8(0x61) & ~2) | 1);
	port_out8(0x43, 0xb0);
	port_out8(0x42, count & 0xff);
	port_out8(0x42, count >> 8);
	*lapic(LAPIC_COUNT) = 0xffffffff;
	start = arch_ticks();
	while (!(port_in8(0x61) & 0x20))
		;
	uint64_t ticks = arch_ticks() - start;
	uint64_t counts = 0xffffffff - *lapic(LAPIC_NOW);

	*lapic(LAPIC_COUNT) = 0;
	tsc_hz = ticks * 100;
	timer_per_tick = (counts << 32) / ticks;
}

void apic_start(void)
{
	/* The old interrupt controllers are silenced: vectors out of the way, all masked. */
	static const uint8_t pic[][2] = { { 0x20, 0x11 }, { 0xa0, 0x11 }, { 0x21, 0x20 }, { 0xa1, 0x28 },
		{ 0x21, 4 }, { 0xa1, 2 }, { 0x21, 1 }, { 0xa1, 1 }, { 0x21, 0xff }, { 0xa1, 0xff } };

	for (unsigned i = 0; i < sizeof(pic) / sizeof(pic[0]); i++)
		port_out8(pic[i][0], pic[i][1]);
	for (unsigned line = 0; line < 24; line++)
		ioapic_write(0x10 + 2 * line, 1u << 16);
	*lapic(LAPIC_SPURIOUS) = 0x100 | VECTOR_SPURIOUS;
	*lapic(LAPIC_DIVIDE) = 3;                /* by 16 */
	*lapic(LAPIC_TIMER) = VECTOR_TIMER;      /* one shot */
	clocks_calibrate();
}

void arch_timer_set(uint64_t deadline)
{
	uint64_t now = arch_ticks(), ticks, counts;

	if (deadline == ~0ull) {
		*lapic(LAPIC_COUNT) = 0;
		return;
	}
	ticks = deadline > now ? deadline - now : 0;
	if (ticks > tsc_hz)
		ticks = tsc_hz;                  /* come and look again after a second */
	counts = (ticks * timer_per_tick >> 32) + 1;
	*lapic(LAPIC_COUNT) = (uint32_t)counts;
}

/* ISA lines (below 16) are edges, the others active-low levels. */
static uint32_t redirection(unsigned irq, unsigned line)
{
	return (VECTOR_IRQ + irq) | (line < 16 ? 0 : 1u << 15 | 1u << 13);
}

void arch_irq_enable(unsigned irq, unsigned line)
{
	if (line == IRQ_ANY)
		return;
	ioapic_write(0x11 + 2 * line, 0);
	ioapic_write(0x10 + 2 * line, redirection(irq, line));
}

void arch_irq_unmask(unsigned irq, unsigned line)
{
	if (line != IRQ_ANY && line >= 16)
		ioapic_write(0x10 + 2 * line, redirection(irq, line));
}

/* A level stays masked until its driver has dealt with the device. */
void apic_irq_arrived(unsigned irq, unsigned line)
{
	if (line != IRQ_ANY && line >= 16)
		ioapic_write(0x10 + 2 * line, redirection(irq, line) | 1u << 16);
}

void arch_irq_message(unsigned irq, uint64_t *address, uint64_t *data)
{
	*address = LAPIC;
	*data = VECTOR_IRQ + irq;
}
