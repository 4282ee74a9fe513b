/* SPDX-License-Identifier: MIT */
/* Pages of files that nobody maps any more are kept only as long as nobody needs the memory. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE       4096l
#define FILE_PAGES 8192l
/* Page tables, and what others take meanwhile. */
#define LEFT       (8l << 20)

static char buffer[64 * PAGE];

static void check(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "good" : "bad");
	fflush(stdout);
}

/* Every page of it shows its number. */
static int read_all(int fd)
{
	char *at = mmap(0, FILE_PAGES * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	int wrong = at == MAP_FAILED;

	for (long i = 0; !wrong && i < FILE_PAGES; i++)
		wrong = memcmp(at + i * PAGE, &i, sizeof(i)) != 0;
	return wrong || munmap(at, FILE_PAGES * PAGE);
}

static long free_bytes(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return (long)info.freeram * info.mem_unit;
}

int main(void)
{
	int fd = open("/tmp/pages", O_RDWR | O_CREAT | O_TRUNC, 0644), wrong = 0;
	long before, bytes;
	char *at;

	for (long i = 0; i < FILE_PAGES; i++) {
		memcpy(buffer + i % 64 * PAGE, &i, sizeof(i));
		if (i % 64 == 63)
			wrong |= write(fd, buffer, sizeof(buffer)) != sizeof(buffer);
	}
	check("file", !wrong);
	before = free_bytes();
	check("read by mapping", !read_all(fd));
	check("memory is free again", before - free_bytes() < LEFT / 4);
	bytes = (free_bytes() - LEFT) & ~(PAGE - 1);
	at = mmap(0, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (long i = 0; i < bytes; i += PAGE)
		memcpy(at + i, &i, sizeof(i));
	for (long i = 0; i < bytes; i += PAGE)
		wrong |= memcmp(at + i, &i, sizeof(i)) != 0;
	check("all of it is to be had", !wrong);
	munmap(at, (size_t)bytes);
	check("read by mapping once more", !read_all(fd));
	return unlink("/tmp/pages");
}
