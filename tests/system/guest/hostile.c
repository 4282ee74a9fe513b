/* SPDX-License-Identifier: MIT */
/*
 * A program with bad intentions, an ordinary Linux binary:
 *   hostile linux        every system call number with arguments that point nowhere
 *   hostile kernel SEED  the kernel's own calls with arguments drawn by lot, bad messages included
 *   hostile own SEED     what stands in its own space for it to speak through, overwritten
 *   hostile traps        what a program may not do, and the signal it ends with
 * Children do it and may die of it. The parent says at the end that the system is still there.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/syscalls.h"

#define LINUX_NUMBERS   470
#define CHILD_LIMIT_MS  2000
#define KERNEL_TRIES    20000
#define TRIES_A_CHILD   200
#define OVERWRITERS     40

static const uint64_t bad_addresses[] = {
	0, 1, 0xfff, PERSONALITY_TEXT, PERSONALITY_PRIVATE + 8, MESSAGE_PAGES, USER_TOP - 1, USER_TOP,
	0x8000000000000000ull, 0xffff800000000000ull, 0xffffffff80000000ull, ~0ull, 0x7fffffff, 0x10000,
};

/* Waits for a child, but not for ever. */
static int end_of(pid_t child)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct timespec begin, now;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		nanosleep(&pause, 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 +
		 (now.tv_nsec - begin.tv_nsec) / 1000000 < CHILD_LIMIT_MS);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return status;
}

/* Calls that would end, stop, or multiply the child, or end the machine. */
static int is_harmful(long number)
{
	static const long harmful[] = {
		SYS_fork, SYS_vfork, SYS_clone, SYS_clone3, SYS_exit, SYS_exit_group, SYS_kill, SYS_tkill,
		SYS_tgkill, SYS_reboot, SYS_pause, SYS_rt_sigreturn, SYS_munmap,
	};
	unsigned int i;

	for (i = 0; i < sizeof(harmful) / sizeof(*harmful); i++)
		if (harmful[i] == number)
			return 1;
	return 0;
}

static void try_linux_call(long number)
{
	unsigned int i, count = sizeof(bad_addresses) / sizeof(*bad_addresses);

	for (i = 0; i < count; i++) {
		long a = (long)bad_addresses[i], b = (long)bad_addresses[(i + 3) % count];

		syscall(number, a, b, a, b, a, b);
		syscall(number, 77, a, 4096, b, a, a);
		syscall(number, a, 1, b, 4096, 0, 0);
	}
}

static int linux_calls(void)
{
	long number;
	int descriptor;

	for (number = 0; number < LINUX_NUMBERS; number++) {
		pid_t child = is_harmful(number) ? 0 : fork();

		if (is_harmful(number))
			continue;
		if (child == 0) {
			/* What happens to be readable must not be written to our output. */
			for (descriptor = 0; descriptor < 3; descriptor++)
				close(descriptor);
			try_linux_call(number);
			_exit(0);
		}
		if (child > 0)
			end_of(child);
	}
	printf("linux calls: %d numbers tried\n", LINUX_NUMBERS);
	return 0;
}

static uint64_t random_state;

/* Xorshift64*, Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static uint64_t draw(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

/* Small numbers, addresses, and anything. */
static uint64_t draw_word(void)
{
	switch (draw() % 4) {
	case 0:
		return draw() % 16;
	case 1:
		return bad_addresses[draw() % (sizeof(bad_addresses) / sizeof(*bad_addresses))];
	case 2:
		return 1ull << draw() % 64;
	default:
		return draw();
	}
}

static void kernel_call(uint64_t number, uint64_t slot, uint64_t info)
{
	register uint64_t r8 __asm__("r8") = draw_word();
	register uint64_t r9 __asm__("r9") = draw_word();
	register uint64_t r10 __asm__("r10") = draw_word();
	register uint64_t r12 __asm__("r12") = draw_word();
	register uint64_t r13 __asm__("r13") = draw_word();
	uint64_t rdx = draw_word();

	__asm__ volatile(
		"push %%rbx; push %%rbp\n\t"
		"syscall\n\t"
		"pop %%rbp; pop %%rbx"
		: "+a"(number), "+D"(slot), "+S"(info), "+d"(rdx), "+r"(r8), "+r"(r9), "+r"(r10),
		  "+r"(r12), "+r"(r13)
		:: "rcx", "r11", "r14", "r15", "memory");
}

static int spare_template;

static void kernel_try(void)
{
	uint64_t number = KERNEL_CALL_BASE + draw() % KERNEL_CALL_COUNT;
	uint64_t slot = draw() % 8 ? draw() % SLOT_PROGRAM_FREE : draw_word();
	uint64_t info = draw() % 2 ? draw_word() : (draw() & 0xffffffff0000ffffull) | draw() % 65 << 16;

	/*
	 * Power off is an operation of the supervisor that programs may call, and to die one of the
	 * template: not through here, the second where it lives in the kernel.
	 */
	if (slot == SLOT_SUPERVISOR || (spare_template && slot == SLOT_TEMPLATE))
		info |= 0x8000;
	/* A receive would wait for ever. */
	if (number == KERNEL_RECEIVE || number == KERNEL_REPLY_RECEIVE)
		return;
	kernel_call(number, slot, info);
}

static int kernel_calls(const char *seed)
{
	int done, i;

	for (done = 0; done < KERNEL_TRIES; done += TRIES_A_CHILD) {
		pid_t child = fork();

		if (child == 0) {
			random_state = strtoull(seed, 0, 0) * 1000003 + (uint64_t)done + 1;
			for (i = 0; i < TRIES_A_CHILD; i++)
				kernel_try();
			_exit(0);
		}
		if (child > 0)
			end_of(child);
	}
	printf("kernel calls: %d tried\n", KERNEL_TRIES);
	return 0;
}

/*
 * Where the personality lives in the kernel the first store ends it. Else it spoils its own: calls
 * that are made then end somehow, or never.
 */
static void overwrite(void)
{
	for (int i = 0; i < 64; i++) {
		uint64_t base = draw() % 4 ? PERSONALITY_PRIVATE + draw() % 0x20000 : MESSAGE_PAGES;

		*(volatile uint64_t *)((base + draw() % 4096) & ~7ull) = draw_word();
		if (draw() % 2)
			syscall((long)(draw() % 2 ? SYS_read : SYS_fcntl), 0, draw_word(), 1);
		if (draw() % 8 == 0)
			syscall(SYS_open, "/tmp/kept", 0);
	}
}

static int overwrite_own(const char *seed)
{
	for (int i = 0; i < OVERWRITERS; i++) {
		pid_t child = fork();

		if (child == 0) {
			random_state = strtoull(seed, 0, 0) * 1000003 + (uint64_t)i + 1;
			close(1);
			close(2);
			overwrite();
			_exit(0);
		}
		if (child > 0)
			end_of(child);
	}
	printf("own memory: %d tried\n", OVERWRITERS);
	return 0;
}

static void read_kernel(void) { *(volatile char *)0xffffffff80000000ull; }
static void read_null(void) { *(volatile char *)8; }
static void write_text(void) { *(volatile char *)(uintptr_t)read_null = 0; }
static void write_personality(void) { *(volatile char *)PERSONALITY_TEXT = 0; }
static void run_stack(void) { char code[] = { (char)0xc3 }; ((void (*)(void))(uintptr_t)code)(); }
static void halt(void) { __asm__ volatile("hlt"); }
static void out(void) { __asm__ volatile("outb %%al, $0xf4" :: "a"(0)); }
static void write_cr3(void) { __asm__ volatile("mov %0, %%cr3" :: "r"(0ul)); }
static void illegal(void) { __asm__ volatile("ud2"); }
static void divide(void) { __asm__ volatile("div %0" :: "r"(0), "a"(1), "d"(0)); }
static void recurse(void);
static void (*volatile deeper)(void) = recurse;
static void recurse(void) { volatile char room[4096]; room[0] = 1; deeper(); room[1] = room[0]; }

static const struct trap {
	const char *name;
	void (*spring)(void);
} traps[] = {
	{ "read kernel memory", read_kernel }, { "read null", read_null }, { "write text", write_text },
	{ "write personality", write_personality }, { "run the stack", run_stack }, { "halt", halt },
	{ "port output", out }, { "write cr3", write_cr3 }, { "illegal instruction", illegal },
	{ "divide by zero", divide }, { "endless recursion", recurse },
};

static int spring_traps(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(traps) / sizeof(*traps); i++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			traps[i].spring();
			_exit(0);
		}
		status = end_of(child);
		printf("%s: signal %d\n", traps[i].name, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		fflush(stdout);
	}
	return 0;
}

int main(int count, char **arguments)
{
	if (count == 2 && strcmp(arguments[1], "linux") == 0)
		return linux_calls();
	spare_template = count == 4 && strcmp(arguments[3], "spare-template") == 0;
	if (count == 3 + spare_template && strcmp(arguments[1], "kernel") == 0)
		return kernel_calls(arguments[2]);
	if (count == 3 && strcmp(arguments[1], "own") == 0)
		return overwrite_own(arguments[2]);
	if (count == 2 && strcmp(arguments[1], "traps") == 0)
		return spring_traps();
	fprintf(stderr, "usage: hostile linux | kernel SEED [spare-template] | own SEED | traps\n");
	return 2;
}
