/* SPDX-License-Identifier: MIT */
/* What a program leaves behind that ends by a signal (core(5)): read as a debugger does. */
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char mark[32] = "data of the program";
static char *far;

static void expect(const char *what, int holds)
{
	printf("%s: %s\n", what, holds ? "yes" : "NO");
	fflush(stdout);
}

static void *waits(void *unused)
{
	pause();
	return unused;
}

static int in_child(void (*what)(void), rlim_t limit)
{
	struct rlimit core = { limit, RLIM_INFINITY };
	int status;

	unlink("core");
	if (!fork()) {
		setrlimit(RLIMIT_CORE, &core);
		what();
		_exit(0);
	}
	wait(&status);
	return status;
}

static void fault(void)
{
	pthread_t thread;

	far = mmap(0, 1l << 40, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	strcpy(mark, "changed by the child");
	pthread_create(&thread, 0, waits, 0);
	*(volatile int *)8 = 1;
}

/* Its memory is mostly holes. */
static void stop_here(void)
{
	far = mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(far + (32 << 20), "in the middle");
	abort();
}

static void terminated(void)
{
	raise(SIGTERM);
}

/* What the core says stands at an address; 0: nothing. */
static const char *at(const char *core, uintptr_t address)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)core;
	const Elf64_Phdr *segment = (const Elf64_Phdr *)(core + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++) {
		if (segment[i].p_type == PT_LOAD && address >= segment[i].p_vaddr &&
		    address < segment[i].p_vaddr + segment[i].p_filesz)
			return core + segment[i].p_offset + (address - segment[i].p_vaddr);
	}
	return 0;
}

static const struct elf_prstatus *registers(const char *core)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)core;
	const Elf64_Phdr *segment = (const Elf64_Phdr *)(core + header->e_phoff);
	const Elf64_Nhdr *note = (const Elf64_Nhdr *)(core + segment[0].p_offset);

	return segment[0].p_type == PT_NOTE && note->n_type == NT_PRSTATUS &&
	       note->n_descsz == sizeof(struct elf_prstatus) ?
	       (const struct elf_prstatus *)((const char *)(note + 1) + 8) : 0;
}

static void read_core(int signal)
{
	int file = open("core", O_RDONLY);
	struct stat status = { 0 };
	const struct elf_prstatus *state;
	const char *core;

	fstat(file, &status);
	core = mmap(0, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	close(file);
	if (core == MAP_FAILED || memcmp(core, ELFMAG, SELFMAG)) {
		expect("an ELF file", 0);
		return;
	}
	state = registers(core);
	expect("it is the owner's alone", (status.st_mode & 0777) == 0600);
	expect("the signal", state && state->pr_cursig == signal);
	if (signal == SIGSEGV)
		expect("the data", at(core, (uintptr_t)mark) &&
		       !strcmp(at(core, (uintptr_t)mark), "changed by the child"));
	else
		expect("few blocks", status.st_blocks < 4096 && status.st_size > 64 << 20);
	expect("the stack", state && at(core, state->pr_reg[19]));
}

int main(void)
{
	struct rlimit none = { 0, RLIM_INFINITY };
	struct stat status;
	int end;

	setrlimit(RLIMIT_CORE, &none);
	end = in_child(stop_here, RLIM_INFINITY);
	expect("abort", WIFSIGNALED(end) && WTERMSIG(end) == SIGABRT && WCOREDUMP(end));
	read_core(SIGABRT);
	end = in_child(stop_here, 0);
	expect("without a limit's leave", WTERMSIG(end) == SIGABRT && !WCOREDUMP(end) &&
	       access("core", F_OK));
	end = in_child(stop_here, 8192);
	expect("as long as the limit", WCOREDUMP(end) && !stat("core", &status) &&
	       status.st_size == 8192);
	end = in_child(terminated, RLIM_INFINITY);
	expect("not every signal", WTERMSIG(end) == SIGTERM && !WCOREDUMP(end) &&
	       access("core", F_OK));
	end = in_child(fault, 64 << 20);
	expect("a fault", WTERMSIG(end) == SIGSEGV && WCOREDUMP(end));
	read_core(SIGSEGV);
	unlink("core");
	return 0;
}
