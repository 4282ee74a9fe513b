/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_BENCH_MEASURE_H
#define BULKHEAD_BENCH_MEASURE_H

/*
 * How an ordinary Linux program measures itself: a table of operations, each timed in rounds, the
 * least of them printed as `figure NAME TICKS` for one operation. A tick is one of the time-stamp
 * counter; with
 * `-icount shift=0,sleep=off` it is an instruction.
 *   PROGRAM                 all rows
 *   PROGRAM only NAME...    these rows
 *   PROGRAM list            their names
 *   PROGRAM NAME COUNT      that one, so often, nothing printed (to count events around it)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/bench/mark.h"

#define ROUNDS 5

/* `before` and `after` surround each round and are not timed; they may be absent. */
struct bench {
	const char *name;
	void (*run)(long count);
	long count;
	void (*before)(long count), (*after)(long count);
};

static inline uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) :: "memory");
	return (uint64_t)high << 32 | low;
}

static inline void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "wrong result: %s\n", what);
	exit(1);
}

static inline uint64_t one_round(const struct bench *bench, long count)
{
	uint64_t start, took;

	if (bench->before)
		bench->before(count);
	MARK(MARK_START);
	start = ticks();
	bench->run(count);
	took = ticks() - start;
	MARK(MARK_STOP);
	if (bench->after)
		bench->after(count);
	return took;
}

/* The least of some rounds: the first ones fill caches, and a timer interrupt hits some. */
static inline void measure(const struct bench *bench)
{
	uint64_t least = ~0ull;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		uint64_t took = one_round(bench, bench->count);

		if (took < least)
			least = took;
	}
	printf("figure %s %.1f %ld\n", bench->name, (double)least / (double)bench->count,
		bench->count);
	fflush(stdout);
}

static inline int is_named(const char *name, int count, char **names)
{
	while (count--)
		if (strcmp(names[count], name) == 0)
			return 1;
	return 0;
}

/* What main does once everything is prepared. */
static inline int measure_main(
	const struct bench *benches, size_t bench_count, int count, char **arguments)
{
	size_t i;

	for (i = 0; i < bench_count; i++)
		if (count == 1 || (strcmp(arguments[1], "only") == 0 &&
				   is_named(benches[i].name, count - 2, arguments + 2)))
			measure(&benches[i]);
		else if (count == 2 && strcmp(arguments[1], "list") == 0)
			puts(benches[i].name);
		else if (count == 3 && strcmp(arguments[1], benches[i].name) == 0)
			one_round(&benches[i], atol(arguments[2]));
	return 0;
}

#endif
