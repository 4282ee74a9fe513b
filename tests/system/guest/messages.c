/* SPDX-License-Identifier: MIT */
/*
 * messages SEED COUNT [USER]: requests of the right shape and with the wrong words, to every service
 * that a program can call, past the personality. Children do it, and may die of it.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/syscalls.h"
#include "libipc/proto/console.h"
#include "libipc/proto/fs.h"
#include "libipc/proto/pipe.h"
#include "libipc/proto/process.h"
#include "libipc/proto/template.h"

#define REQUESTS      300                /* of one child */
#define CHILD_LIMIT_MS 2000
#define MEMORY        (256 * 1024)

static const struct row {
	const char *name;
	uint8_t slot, operation, words, once;
} rows[] = {
#define ROW_AT(slot, interface, name, repeat) { #interface "." #name, slot, \
	interface##_##name##_operation, sizeof(struct interface##_##name##_request) / 8, repeat },
#define ROW_PROCESS(interface, name, repeat) ROW_AT(SLOT_PROCESS, interface, name, repeat)
#define ROW_FS(interface, name, repeat) ROW_AT(SLOT_FS, interface, name, repeat)
#define ROW_PIPE(interface, name, repeat) ROW_AT(SLOT_PIPE, interface, name, repeat)
#define ROW_CONSOLE(interface, name, repeat) ROW_AT(SLOT_CONSOLE, interface, name, repeat)
	PROCESS_INTERFACE(ROW_PROCESS)
	FS_INTERFACE(ROW_FS)
	PIPE_INTERFACE(ROW_PIPE)
	CONSOLE_INTERFACE(ROW_CONSOLE)
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static uint64_t random_state;
static char *memory;

/* Xorshift64*, Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static uint64_t draw(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

static uint64_t draw_address(void)
{
	switch (draw() % 8) {
	case 0:
		return draw() % 2 ? PERSONALITY_PRIVATE + draw() % 65536 :
				    MESSAGE_PAGES + draw() % 8192;
	case 1:
		return (uint64_t)memory + MEMORY - draw() % 64;
	case 2:
		return 0xffff800000000000ull + draw() % (1ull << 32);
	default:
		return (uint64_t)memory + draw() % MEMORY;
	}
}

/* Small ones are numbers of things that exist. */
static uint64_t draw_word(void)
{
	switch (draw() % 8) {
	case 0:
		return 0;
	case 1: case 2: case 3:
		return draw() % 64;
	case 4:
		return draw_address() & (draw() % 2 ? ~0ull : ~4095ull);
	case 5:
		return 1ull << draw() % 64;
	case 6:
		return (draw() % 4) << 32 | draw() % 64;
	default:
		return draw() % 2 ? draw() : -(draw() % 4096);
	}
}

static void draw_memory(void)
{
	static const char *const texts[] = {
		"/tmp", ".", "..", "/tmp/m/../m", "a", "/dev/shm/m", "/proc/self", "/etc/passwd", "/", "",
	};

	for (int i = 0; i < 16; i++) {
		char *at = memory + draw() % (MEMORY - 64);

		if (draw() % 2)
			strcpy(at, texts[draw() % (sizeof(texts) / sizeof(*texts))]);
		else
			for (int word = 0; word < 7; word++)
				((uint64_t *)((uint64_t)at & ~7ull))[word] = draw_word();
	}
}

static void request(const struct row *row)
{
	struct message_page *page = (struct message_page *)MESSAGE_PAGES;
	static uint32_t sequence = 1u << 30;
	uint64_t windows = draw() % 3, caps = draw() % 8 ? 0 : draw() % 5;
	uint64_t info = INFO(row->operation, row->words) | windows << INFO_WINDOWS_SHIFT |
			caps << INFO_CAPS_SHIFT | (caps ? INFO_PAGE : 0);
	register uint64_t r8 __asm__("r8") = draw_word();
	register uint64_t r9 __asm__("r9") = draw_word();
	register uint64_t r10 __asm__("r10") = draw_word();
	register uint64_t r12 __asm__("r12") = draw_word();
	register uint64_t r13 __asm__("r13") = draw_word();
	uint64_t number = KERNEL_CALL, slot = row->slot, rdx = draw_word();

	if (row->once)
		info |= (uint64_t)++sequence << INFO_SEQUENCE_SHIFT;
	for (int i = MESSAGE_REGISTERS; i < row->words; i++)
		page->words[i] = draw_word();
	for (uint64_t i = 0; i < windows; i++)
		page->windows[i] = (struct window){ draw_address(),
			(uint32_t)(draw() % 4 ? draw() % 9000 : draw()), (uint32_t)draw() % 4 };
	for (uint64_t i = 0; i < caps; i++)
		page->caps_send[i] = (uint32_t)(draw() % SLOT_PROGRAM_FREE);
	__asm__ volatile(
		"push %%rbx; push %%rbp\n\t"
		"syscall\n\t"
		"pop %%rbp; pop %%rbx"
		: "+a"(number), "+D"(slot), "+S"(info), "+d"(rdx), "+r"(r8), "+r"(r9), "+r"(r10),
		  "+r"(r12), "+r"(r13)
		:: "rcx", "r11", "r14", "r15", "memory");
}

/* Those that end others, as root may. */
static int is_harmful(const struct row *row)
{
	return row->slot == SLOT_PROCESS && row->operation == process_kill_operation && !getuid();
}

static void nothing(int signal) { (void)signal; }

static void child(uint64_t seed)
{
	const struct itimerval tick = { { 0, 5000 }, { 0, 5000 } };
	struct sigaction action = { .sa_handler = nothing };

	random_state = seed * 1000003 + 1;
	memory = mmap(0, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* What waits is cut short; a group of its own, that all it makes can be ended. */
	setpgid(0, 0);
	sigaction(SIGALRM, &action, 0);
	setitimer(ITIMER_REAL, &tick, 0);
	for (int i = 0; i < REQUESTS; i++) {
		const struct row *row = &rows[draw() % ROWS];

		if (draw() % 4 == 0)
			draw_memory();
		if (!is_harmful(row))
			request(row);
	}
	_exit(0);
}

/* Waits for a child, but not for ever. */
static void end(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	int waited = 0;

	while (!waitpid(pid, 0, WNOHANG) && waited++ < CHILD_LIMIT_MS / 2)
		nanosleep(&pause, 0);
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, 0, 0);
}

int main(int count, char **arguments)
{
	uint64_t seed;
	int rounds;

	if (count < 3)
		return 2;
	seed = strtoull(arguments[1], 0, 0);
	rounds = atoi(arguments[2]);
	for (int i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (!pid) {
			if (count > 3 && (setgid((gid_t)atoi(arguments[3])) ||
					  setuid((uid_t)atoi(arguments[3]))))
				_exit(1);
			child(seed + (uint64_t)i);
		}
		if (pid > 0)
			end(pid);
	}
	printf("%d requests were made\n", rounds * REQUESTS);
	return 0;
}
