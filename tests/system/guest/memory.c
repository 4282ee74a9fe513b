/* SPDX-License-Identifier: MIT */
/* mmap, mprotect, mremap, madvise, mlock, msync, mincore: results, errors, and faults. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "try.h"

/* Not every C library has them. */
enum { DONTUNMAP = 4, POPULATE_READ = 22, POPULATE_WRITE };
#define PAGE 4096L
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static sigjmp_buf back;
static char *volatile base;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	printf("  signal %d code %d at page %ld\n", number, info->si_code,
	       ((char *)info->si_addr - base) / PAGE);
	fflush(stdout);
	siglongjmp(back, 1);
}

static void load(char *at)
{
	if (!sigsetjmp(back, 1))
		printf("  page %ld holds %d\n", (at - base) / PAGE, *(volatile char *)at);
}

static void store(char *at, int value)
{
	if (!sigsetjmp(back, 1)) {
		*(volatile char *)at = (char)value;
		printf("  page %ld written\n", (at - base) / PAGE);
	}
}

/* 0, or MAP_FAILED: addresses are not the same everywhere. */
static long mapped(void *address)
{
	return address == MAP_FAILED ? -1 : 0;
}

static char *area(long pages, int protection)
{
	base = mmap(0, (size_t)(pages * PAGE), protection, ANON, -1, 0);
	return base;
}

static void rights(void)
{
	static const int given[] = { PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC, RW,
				     PROT_READ | PROT_EXEC };
	int pipe_end[2];
	char *at = area(2, RW), byte;

	if (pipe(pipe_end))
		return;
	at[0] = 7;
	for (unsigned int i = 0; i < sizeof(given) / sizeof(*given); i++) {
		printf("rights %d\n", given[i]);
		TRY(mprotect(at, 2 * PAGE, given[i]));
		load(at);
		store(at, 7);
		load(at + PAGE);
		/* The kernel reads and writes for the program as the program could itself. */
		TRY(write(pipe_end[1], at, 1));
		if (result == 1)
			TRY(read(pipe_end[0], &byte, 1));
		TRY(write(pipe_end[1], "x", 1));
		TRY(read(pipe_end[0], at + PAGE, 1));
		if (result != 1)
			TRY(read(pipe_end[0], &byte, 1));
		TRY(open(at, O_RDONLY));
	}
	TRY(mprotect(at, 2 * PAGE, RW));
	/* xor eax, eax; ret */
	memcpy(at, "\x31\xc0\xc3", 3);
	TRY(mprotect(at, PAGE, PROT_EXEC));
	TRY(((int (*)(void))(uintptr_t)at)());
	munmap(at, 2 * PAGE);

	at = base = mmap(0, 2 * PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	load(at);
	TRY(write(pipe_end[1], at, 1));
	TRY(mprotect(at, PAGE, PROT_READ));
	load(at);
	store(at, 1);
	munmap(at, 2 * PAGE);
}

static void protect_errors(void)
{
	char *at = area(4, RW);

	munmap(at + 2 * PAGE, PAGE);
	TRY(mprotect(at + 1, PAGE, PROT_READ));
	TRY(mprotect(at, PAGE, 0x70));
	TRY(mprotect(0, PAGE, PROT_READ));
	TRY(mprotect(at, 0, PROT_READ));
	TRY(mprotect(at, (size_t)-PAGE, PROT_READ));
	TRY(mprotect(at, PAGE, PROT_READ | PROT_GROWSDOWN));
	TRY(mprotect(at, PAGE, PROT_READ | PROT_GROWSUP));
	TRY(mprotect(at, 4 * PAGE, PROT_READ));
	store(at, 1);
	store(at + PAGE, 1);
	store(at + 3 * PAGE, 1);
	munmap(at, 4 * PAGE);
}

static void map_errors(void)
{
	int file = open("map", O_RDWR | O_CREAT, 0600), only = open("map", O_WRONLY);

	TRY(ftruncate(file, 2 * PAGE));
	TRY(mapped(mmap(0, 0, RW, ANON, -1, 0)));
	TRY(mapped(mmap(0, PAGE, RW, ANON, -1, 5)));
	TRY(mapped(mmap(0, PAGE, RW, MAP_ANONYMOUS, -1, 0)));
	TRY(mapped(mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0)));
	TRY(mapped(mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | (1 << 23), file, 0)));
	TRY(mapped(mmap(0, PAGE, RW, MAP_SHARED_VALIDATE, file, 0)));
	TRY(mapped(mmap(0, 0, RW, MAP_SHARED, 77, 0)));
	TRY(mapped(mmap(0, PAGE, RW, MAP_SHARED, only, 0)));
	TRY(mapped(mmap(0, PAGE, RW, MAP_SHARED, file, -PAGE)));
	TRY(mapped(mmap(0, 2 * PAGE, RW, MAP_PRIVATE, file, -PAGE)));
	TRY(mapped(mmap(0, PAGE, RW, ANON | MAP_GROWSDOWN, -1, 0)));
	TRY(mapped(mmap(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0)));
	TRY(mapped(mmap((void *)77, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
	TRY(mapped(mmap((void *)0x7ffffffff000, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
	base = mmap(0, PAGE, RW, ANON | MAP_32BIT, -1, 0);
	printf("low: %d\n", (uintptr_t)base < 0x80000000ul);
	TRY(mapped(mmap(base, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0)));
	/* Much room of which little is used. */
	base = mmap(0, 1ul << 43, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	printf("8 TiB: %d\n", base != MAP_FAILED);
	TRY(mprotect(base + (1l << 42), PAGE, RW));
	base += 1l << 42;
	store(base, 1);
	store(base + PAGE, 1);
	TRY(munmap(base - (1l << 42), 1ul << 43));
	base = mmap(0, 1ul << 40, RW, ANON | MAP_NORESERVE, -1, 0);
	store(base, 1);
	store(base + (1l << 39), 1);
	TRY(munmap(base, 1ul << 40));
	base = mmap(0, 2 * PAGE, PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
	load(base + PAGE);
	TRY(mlock(base, 2 * PAGE));
	TRY(munlock(base, 2 * PAGE));
	munmap(base, 2 * PAGE);
	base = mmap(0, 4 * PAGE, RW, MAP_PRIVATE | MAP_POPULATE, file, 0);
	load(base + PAGE);
	load(base + 2 * PAGE);
	store(base + 3 * PAGE, 1);
	munmap(base, 4 * PAGE);
	close(file), close(only);
}

static void move(void)
{
	char *at = area(8, RW), *to, *shared;

	for (int i = 0; i < 8; i++)
		at[i * PAGE] = (char)i;
	TRY(mapped(mremap(at + 1, PAGE, PAGE, 0)));
	TRY(mapped(mremap(at, PAGE, 0, 0)));
	TRY(mapped(mremap(at, PAGE, PAGE, 8)));
	TRY(mapped(mremap(at, PAGE, PAGE, MREMAP_FIXED, at + PAGE)));
	TRY(mapped(mremap(at, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, at + 1)));
	TRY(mapped(mremap(at, 2 * PAGE, 2 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, at + PAGE)));
	TRY(mapped(mremap(at, PAGE, 2 * PAGE, 0)));
	TRY(mapped(mremap(at, PAGE, PAGE, DONTUNMAP)));
	TRY(mapped(mremap(at, PAGE, 2 * PAGE, DONTUNMAP | MREMAP_MAYMOVE)));
	TRY(mapped(mremap(at, 0, PAGE, MREMAP_MAYMOVE)));
	munmap(at + 6 * PAGE, PAGE);
	TRY(mapped(mremap(at + 5 * PAGE, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE)));
	TRY(mapped(mremap(at + 6 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE)));
	TRY(mapped(mremap(at + 4 * PAGE, 4 * PAGE, PAGE, 0)));
	load(at + 4 * PAGE);
	load(at + 5 * PAGE);
	to = mremap(at + PAGE, 2 * PAGE, 2 * PAGE, DONTUNMAP | MREMAP_MAYMOVE);
	load(at + PAGE);
	base = to;
	load(to);
	load(to + PAGE);
	munmap(to, 2 * PAGE);
	munmap(at, 8 * PAGE);

	shared = base = mmap(0, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	store(shared + PAGE, 9);
	to = mremap(shared, 0, 2 * PAGE, MREMAP_MAYMOVE);
	base = to;
	load(to + PAGE);
	store(to, 5);
	base = shared;
	load(shared);
	munmap(to, 2 * PAGE);
	to = mremap(shared, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	base = to;
	load(to + PAGE);
	load(to + 2 * PAGE);
	munmap(to, 4 * PAGE);
}

static char *forked;

static void look_at_forked(void)
{
	load(forked);
	load(forked + PAGE);
	load(forked + 2 * PAGE);
}

static void advise(void)
{
	char *at = area(8, RW);
	int file = open("map", O_RDWR);
	char *mapping = mmap(0, 2 * PAGE, RW, MAP_SHARED, file, 0);
	char *own = mmap(0, 2 * PAGE, RW, MAP_PRIVATE, file, 0);

	TRY(madvise(at, PAGE, 77));
	TRY(madvise(at + 1, PAGE, MADV_DONTNEED));
	TRY(madvise(at, (size_t)-PAGE, MADV_DONTNEED));
	TRY(madvise(at, 0, MADV_DONTNEED));
	TRY(madvise(mapping, PAGE, MADV_FREE));
	TRY(madvise(own, PAGE, MADV_FREE));
	TRY(madvise(mapping, PAGE, MADV_WIPEONFORK));
	TRY(madvise(own, PAGE, MADV_WIPEONFORK));
	TRY(madvise(at, PAGE, MADV_REMOVE));
	TRY(madvise(own, PAGE, MADV_REMOVE));
	for (int i = 0; i < 8; i++)
		at[i * PAGE] = (char)(i + 1);
	TRY(madvise(at, 2 * PAGE, MADV_DONTNEED));
	load(at);
	load(at + 2 * PAGE);
	own[0] = 3;
	TRY(madvise(own, PAGE, MADV_DONTNEED));
	base = own;
	load(own);
	base = at;
	TRY(mlock(at, PAGE));
	TRY(madvise(at, PAGE, MADV_DONTNEED));
	TRY(msync(at, PAGE, MS_INVALIDATE));
	TRY(munlock(at, PAGE));
	TRY(msync(at, PAGE, MS_INVALIDATE));
	munmap(at + 7 * PAGE, PAGE);
	TRY(madvise(at + 6 * PAGE, 2 * PAGE, MADV_DONTNEED));
	load(at + 6 * PAGE);
	TRY(madvise(at + 6 * PAGE, 2 * PAGE, MADV_WILLNEED));
	TRY(madvise(at + 6 * PAGE, 2 * PAGE, POPULATE_WRITE));
	TRY(mprotect(at + 5 * PAGE, PAGE, PROT_READ));
	TRY(madvise(at + 5 * PAGE, PAGE, POPULATE_WRITE));
	TRY(madvise(at + 5 * PAGE, PAGE, POPULATE_READ));
	TRY(madvise(at + PAGE, PAGE, MADV_DONTFORK));
	TRY(madvise(at + 2 * PAGE, PAGE, MADV_WIPEONFORK));
	forked = at;
	store(at, 1);
	in_child(look_at_forked);
	TRY(madvise(at + PAGE, PAGE, MADV_DOFORK));
	TRY(madvise(at + 2 * PAGE, PAGE, MADV_KEEPONFORK));
	in_child(look_at_forked);
	munmap(at, 8 * PAGE);
	munmap(mapping, 2 * PAGE);
	munmap(own, 2 * PAGE);
	close(file);
}

static void present(char *at, int pages)
{
	unsigned char vector[128];

	TRY(mincore(at, (size_t)(pages * PAGE), vector));
	printf(" ");
	for (int i = 0; i < pages && result == 0; i++)
		printf(" %d", vector[i] & 1);
	printf("\n");
}

static void lock(void)
{
	char *at = area(70, RW);
	struct rlimit limit = { 8 * PAGE, 8 * PAGE };

	TRY(mincore(at + 1, PAGE, 0));
	TRY(mincore(at, PAGE, (void *)-1l));
	at[0] = at[3 * PAGE] = at[69 * PAGE] = 1;
	present(at, 70);
	TRY(mlock(at + 10, PAGE));
	present(at, 4);
	munmap(at + 5 * PAGE, PAGE);
	present(at + 4 * PAGE, 2);
	TRY(mlock(at + 4 * PAGE, 2 * PAGE));
	TRY(mlock(at, (size_t)-1));
	TRY(munlock(at + 5 * PAGE, PAGE));
	TRY(mlockall(0));
	TRY(mlockall(8));
	TRY(mlockall(MCL_FUTURE));
	present(mmap(0, 3 * PAGE, RW, ANON, -1, 0), 3);
	TRY(munlockall());
	present(mmap(0, 3 * PAGE, RW, ANON, -1, 0), 3);
	if (geteuid())
		return;
	TRY(setrlimit(RLIMIT_MEMLOCK, &limit));
	TRY(setresuid(1, 1, 1));
	TRY(mlock(at + 20 * PAGE, 9 * PAGE));
	TRY(mlock(at + 20 * PAGE, 8 * PAGE));
	TRY(mlock(at + 20 * PAGE, 8 * PAGE));
	TRY(mlock(at + 30 * PAGE, PAGE));
	TRY(mapped(mmap(0, PAGE, RW, ANON | MAP_LOCKED, -1, 0)));
	TRY(munlock(at + 20 * PAGE, PAGE));
	TRY(mlock(at + 30 * PAGE, PAGE));
	TRY(mlockall(MCL_CURRENT));
	limit = (struct rlimit){ 0, 0 };
	TRY(setrlimit(RLIMIT_MEMLOCK, &limit));
	TRY(mlock(at, PAGE));
	TRY(mapped(mmap(0, PAGE, RW, ANON | MAP_LOCKED, -1, 0)));
	TRY(mlockall(MCL_FUTURE));
}

static void pages_of_file(void)
{
	int file = open("pages", O_RDWR | O_CREAT, 0600);
	char text[PAGE];

	for (int i = 0; i < 4; i++) {
		memset(text, 'a' + i, sizeof(text));
		TRY(write(file, text, sizeof(text)));
	}
	base = mmap(0, 4 * PAGE, RW, MAP_SHARED, file, 0);
	TRY(remap_file_pages(base, PAGE, 0, 3, 0));
	TRY(remap_file_pages(base + 3 * PAGE, PAGE, 0, 0, 0));
	for (int i = 0; i < 4; i++)
		load(base + i * PAGE);
	store(base, 'x');
	TRY(pread(file, text, 1, 3 * PAGE));
	printf("  %c\n", text[0]);
	TRY(remap_file_pages(base, PAGE, PROT_READ, 0, 0));
	TRY(remap_file_pages(base, 0, 0, 0, 0));
	TRY(munmap(base, 4 * PAGE));
	base = mmap(0, PAGE, RW, ANON, -1, 0);
	TRY(remap_file_pages(base, PAGE, 0, 0, 0));
}

static void nothing(void)
{
}

/* Memory that nobody has touched yet is as good as any to read into, and to write from. */
static void untouched(void)
{
	int file = open("long", O_RDWR | O_CREAT, 0600);
	int copy = open("copy", O_RDWR | O_CREAT, 0600);
	char *at = area(25, RW), *mapping;

	memset(at, 'x', 100000);
	TRY(write(file, at, 100000));
	munmap(at, 25 * PAGE);
	at = area(25, RW);
	at[0] = 1;
	TRY(pread(file, at, 100000, 0));
	load(at + 24 * PAGE);
	munmap(at, 25 * PAGE);
	at = area(25, RW);
	at[0] = 1;
	/* From now on the position is shared. */
	in_child(nothing);
	TRY(lseek(file, 0, SEEK_SET));
	TRY(read(file, at, 100000));
	TRY(lseek(file, 0, SEEK_CUR));
	mapping = mmap(0, 25 * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	TRY(write(copy, mapping, 100000));
	munmap(at + 20 * PAGE, PAGE);
	TRY(pread(file, at, 100000, 0));
	TRY(pwrite(copy, at, 100000, 0));
	munmap(at, 25 * PAGE);
	munmap(mapping, 25 * PAGE);
	close(file), close(copy);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, 0);
	sigaction(SIGBUS, &action, 0);
	rights();
	protect_errors();
	map_errors();
	move();
	advise();
	in_child(lock);
	pages_of_file();
	untouched();
	return 0;
}
