/* SPDX-License-Identifier: MIT */
/* Where randomness comes from, and getrandom(2). */
#include "user/posix/task.h"

#define CPUID_FEATURES      1
#define CPUID_ECX_RDRAND    (1u << 30)
#define RDRAND_TRIES        10                    /* Intel SDM volume 1, 7.3.17 */
#define GRND_NONBLOCK 1u
#define GRND_RANDOM   2u
#define GRND_INSECURE 4u
#define CHUNK_BYTES   256

static int has_rdrand(void)
{
	uint32_t eax = CPUID_FEATURES, ebx, ecx, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	return (ecx & CPUID_ECX_RDRAND) != 0;
}

static uint64_t rdrand(void)
{
	uint64_t value = 0;
	uint8_t done = 0;

	for (int i = 0; !done && i < RDRAND_TRIES; i++)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(done) : : "cc");
	return value;
}

void random_seed_hardware(struct random *random)
{
	uint64_t seed[5] = { time_ticks(), info_page()->wall_boot_ns };

	if (has_rdrand())
		for (int i = 1; i < 5; i++)
			seed[i] ^= rdrand();
	random_seed(random, seed, sizeof(seed));
}

long sys_getrandom(struct task *task, long address, long bytes, long flags)
{
	uint64_t length = (uint64_t)bytes < INT32_MAX ? (uint64_t)bytes : INT32_MAX, done = 0;
	uint8_t chunk[CHUNK_BYTES];

	if ((flags & ~(long)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -E_INVAL;
	while (done < length) {
		uint64_t step = length - done < sizeof(chunk) ? length - done : sizeof(chunk);

		random_bytes(&task->process->random, chunk, step);
		if (copy_to_program((uint64_t)address + done, chunk, step))
			return done ? (long)done : -E_FAULT;
		done += step;
	}
	return (long)done;
}
