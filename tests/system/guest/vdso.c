/* SPDX-License-Identifier: MIT */
/*
 * Looks functions up in the vDSO as C libraries do: musl by DT_HASH, glibc by DT_GNU_HASH, both
 * with the version LINUX_2.6; calls them, and compares them with the system calls.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *base, *strings;
static const Elf64_Sym *symbols;
static const uint32_t *hash, *gnu_hash;
static const uint16_t *versions;
static const char *definitions;

static void read_dynamic(void)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)base;
	const Elf64_Phdr *row = (const Elf64_Phdr *)(base + header->e_phoff);
	const Elf64_Dyn *dynamic = 0;
	uintptr_t bias = 0;
	int i;

	for (i = 0; i < header->e_phnum; i++) {
		if (row[i].p_type == PT_LOAD)
			bias = (uintptr_t)base + row[i].p_offset - row[i].p_vaddr;
		if (row[i].p_type == PT_DYNAMIC)
			dynamic = (const Elf64_Dyn *)(base + row[i].p_offset);
	}
	for (; dynamic && dynamic->d_tag; dynamic++) {
		const void *at = (const void *)(bias + dynamic->d_un.d_ptr);

		switch (dynamic->d_tag) {
		case DT_STRTAB: strings = at; break;
		case DT_SYMTAB: symbols = at; break;
		case DT_HASH: hash = at; break;
		case DT_GNU_HASH: gnu_hash = at; break;
		case DT_VERSYM: versions = at; break;
		case DT_VERDEF: definitions = at; break;
		}
	}
}

static uint32_t system_v(const char *name)
{
	uint32_t h = 0;

	for (; *name; name++) {
		h = (h << 4) + (unsigned char)*name;
		h ^= (h >> 24) & 0xf0;
		h &= 0xfffffff;
	}
	return h;
}

static int version_fits(uint32_t symbol)
{
	const Elf64_Verdef *definition = (const Elf64_Verdef *)definitions;

	if (!versions)
		return 0;
	for (;; definition = (const void *)((const char *)definition + definition->vd_next)) {
		const char *at = (const char *)definition;
		const Elf64_Verdaux *name = (const void *)(at + definition->vd_aux);

		if (definition->vd_ndx == (versions[symbol] & 0x7fff))
			return definition->vd_hash == system_v("LINUX_2.6") &&
			       !strcmp(strings + name->vda_name, "LINUX_2.6");
		if (!definition->vd_next)
			return 0;
	}
}

static int is_it(uint32_t symbol, const char *name)
{
	return !strcmp(strings + symbols[symbol].st_name, name) && symbols[symbol].st_shndx &&
	       version_fits(symbol);
}

static void *by_hash(const char *name)
{
	const uint32_t *bucket = hash + 2, *chain = bucket + hash[0];
	uint32_t symbol = bucket[system_v(name) % hash[0]];

	for (; symbol; symbol = chain[symbol])
		if (is_it(symbol, name))
			return (void *)(base + symbols[symbol].st_value);
	return 0;
}

static void *by_gnu_hash(const char *name)
{
	uint32_t h = 5381, buckets = gnu_hash[0], first = gnu_hash[1], words = gnu_hash[2], symbol;
	const uint64_t *filter = (const uint64_t *)(gnu_hash + 4);
	const uint32_t *bucket = (const uint32_t *)(filter + words), *chain = bucket + buckets;
	const char *c;

	uint64_t word;

	for (c = name; *c; c++)
		h = h * 33 + (unsigned char)*c;
	word = filter[h / 64 % words];
	if (!(word >> h % 64 & word >> (h >> gnu_hash[3]) % 64 & 1))
		return 0;
	for (symbol = bucket[h % buckets]; symbol; symbol++) {
		if ((chain[symbol - first] | 1) == (h | 1) && is_it(symbol, name))
			return (void *)(base + symbols[symbol].st_value);
		if (chain[symbol - first] & 1)
			break;
	}
	return 0;
}

static void *find(const char *name)
{
	void *found = gnu_hash ? by_gnu_hash(name) : 0, *other = hash ? by_hash(name) : found;

	printf("%s: %s\n", name, !found ? "missing" : found == other ? "found" : "differs");
	return found;
}

static int64_t ns(const struct timespec *time)
{
	return time->tv_sec * 1000000000ll + time->tv_nsec;
}

/* The vDSO's time lies between two times of the system call. */
static void compare(int (*get)(clockid_t, struct timespec *), clockid_t clock, int64_t slack)
{
	struct timespec before = { 0 }, now = { 0 }, after = { 0 };
	int result;

	syscall(SYS_clock_gettime, clock, &before);
	result = get(clock, &now);
	syscall(SYS_clock_gettime, clock, &after);
	if (ns(&before) <= ns(&now) + slack && ns(&now) <= ns(&after) + slack)
		printf("clock %d: %d, between\n", clock, result);
	else
		printf("clock %d: %d, elsewhere\n", clock, result);
}

int main(void)
{
	static const clockid_t clocks[] = { 0, 1, 2, 3, 4, 5, 6, 7, 11 };
	int (*get)(clockid_t, struct timespec *), (*get_day)(struct timeval *, struct timezone *);
	int (*get_processor)(unsigned *, unsigned *, void *);
	int (*get_resolution)(clockid_t, struct timespec *);
	time_t (*get_seconds)(time_t *), seconds = 0, now;
	struct timespec resolution;
	struct timeval day;
	unsigned int i, processor = 99, node = 99;
	int result;

	base = (const char *)getauxval(AT_SYSINFO_EHDR);
	if (!base)
		return 1;
	read_dynamic();
	find("clock_gettime");
	find("__vdso_nothing");
	get = find("__vdso_clock_gettime");
	get_day = find("__vdso_gettimeofday");
	get_seconds = find("__vdso_time");
	get_processor = find("__vdso_getcpu");
	get_resolution = find("__vdso_clock_getres");
	for (i = 0; i < sizeof(clocks) / sizeof(*clocks); i++)
		compare(get, clocks[i], clocks[i] == 5 || clocks[i] == 6 ? 20000000 : 0);
	printf("bad clock: %d\n", get(99, &resolution));
	now = time(0);
	result = get_day(&day, 0);
	printf("day %d %d\n", result, day.tv_sec - now <= 1 && day.tv_usec < 1000000);
	result = get_seconds(&seconds) - now <= 1;
	printf("seconds %d %d\n", result, seconds - now <= 1);
	result = get_processor(&processor, &node, 0);
	printf("processor %d %d\n", result, processor < 64 && node == 0);
	result = get_resolution(1, &resolution);
	printf("resolution %d %ld", result, resolution.tv_nsec);
	printf(" %d, bad %d\n", get_resolution(0, 0), get_resolution(99, &resolution));
	return 0;
}
