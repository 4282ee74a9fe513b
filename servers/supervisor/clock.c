/* SPDX-License-Identifier: MIT */
/* The wall clock: read once from the CMOS real-time clock (MC146818), in UTC as QEMU sets it. */
#include "libipc/time.h"
#include "servers/supervisor/supervisor.h"

#define CMOS_PORT   0x70
#define SECONDS     0x00
#define MINUTES     0x02
#define HOURS       0x04
#define DAY         0x07
#define MONTH       0x08
#define YEAR        0x09
#define STATUS_A    0x0a
#define UPDATING    0x80
#define STATUS_B    0x0b
#define BINARY      0x04

static uint32_t ports;

static uint32_t cmos(uint32_t index)
{
	struct words words = { { CMOS_PORT + 1 } };

	must(kernel_invoke_ioport(ports, IOPORT_WRITE8, WORDS(CMOS_PORT, index)), "cmos");
	must(kernel_invoke_ioport(ports, IOPORT_READ8, &words), "cmos");
	return (uint32_t)words.word[0];
}

static uint32_t number(uint32_t index)
{
	uint32_t value = cmos(index);

	return cmos(STATUS_B) & BINARY ? value : (value >> 4) * 10 + (value & 15);
}

/* Days since 1970-01-01, Gregorian; March is the first month, so that leap days end a year. */
static uint64_t days(uint64_t year, uint64_t month, uint64_t day)
{
	year -= month < 3;
	month = (month + 9) % 12;
	return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719469;
}

/* Two readings that agree were not taken in the middle of an update. */
static uint64_t seconds_now(void)
{
	while (cmos(STATUS_A) & UPDATING)
		;
	return days(2000 + number(YEAR), number(MONTH), number(DAY)) * 86400 +
	       number(HOURS) * 3600 + number(MINUTES) * 60 + number(SECONDS);
}

void clock_start(void)
{
	uint64_t seconds;

	ports = slot_allocate();
	must(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_CREATE_IOPORT,
				   WORDS(CMOS_PORT, 2, ports)), "cmos ports");
	do {
		seconds = seconds_now();
	} while (seconds != seconds_now());
	must(kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_WALL_CLOCK,
				   WORDS(seconds * 1000000000 - time_now_ns())), "wall clock");
}
