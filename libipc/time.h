/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_LIBIPC_TIME_H
#define BULKHEAD_LIBIPC_TIME_H

#include <stdint.h>

#include "kernel/abi/info.h"

/*
 * The clock: read without a kernel call, from the info page and the time-stamp counter. Where the
 * page is seen is known where the code is linked (message/, direct/).
 */
extern const struct info_page *const info_page_seen __attribute__((visibility("hidden")));

static inline const struct info_page *info_page(void)
{
	return info_page_seen;
}

static inline uint64_t time_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* (value * multiplier) >> 32 without losing the upper half. */
static inline uint64_t time_scale(uint64_t value, uint64_t multiplier)
{
	return (uint64_t)((unsigned __int128)value * multiplier >> 32);
}

/* Nanoseconds since boot. */
static inline uint64_t time_now_ns(void)
{
	const struct info_page *info = info_page();

	return time_scale(time_ticks() - info->tsc_boot, info->ns_multiplier);
}

/* The counter's value when monotonic time is ns: what the kernel takes as a deadline. */
static inline uint64_t time_ticks_at(uint64_t ns)
{
	const struct info_page *info = info_page();
	uint64_t seconds = ns / 1000000000, rest = ns % 1000000000;

	return info->tsc_boot + seconds * info->tsc_hz + rest * info->tsc_hz / 1000000000;
}

/* Nanoseconds since 1970. */
static inline uint64_t time_wall_ns(void)
{
	return info_page()->wall_boot_ns + time_now_ns();
}

#endif
