/* SPDX-License-Identifier: MIT */
/* Threads that use files: one position for all, and nobody waits for another's disk. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define RECORDS 400
#define BYTES   100              /* of a record: many lie across blocks */

static pthread_t thread[THREADS];
static int file;
static atomic_int seen[THREADS * RECORDS], wrong, stop;
static atomic_long calls;

static void tell(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "good" : "BAD");
	fflush(stdout);
}

static void all(int count, void *(*function)(void *))
{
	for (long i = 0; i < count; i++)
		if (pthread_create(&thread[i], 0, function, (void *)i))
			exit(1);
	for (int i = 0; i < count; i++)
		pthread_join(thread[i], 0);
}

static void *write_records(void *argument)
{
	char record[BYTES + 1];

	for (long i = 0; i < RECORDS; i++) {
		snprintf(record, sizeof(record), "%-99ld\n", (long)argument * RECORDS + i);
		if (write(file, record, BYTES) != BYTES)
			wrong++;
	}
	return 0;
}

static void *read_records(void *argument)
{
	char record[BYTES + 1] = "";
	ssize_t bytes;

	(void)argument;
	while ((bytes = read(file, record, BYTES)) == BYTES) {
		long number = strtol(record, 0, 10);

		if (record[BYTES - 1] != '\n' || number < 0 || number >= THREADS * RECORDS)
			wrong++;
		else
			seen[number]++;
	}
	wrong += bytes != 0;
	return 0;
}

static int position_is_one(void)
{
	file = open("records", O_RDWR | O_CREAT | O_TRUNC, 0600);
	all(THREADS, write_records);
	if (lseek(file, 0, SEEK_CUR) != (off_t)THREADS * RECORDS * BYTES ||
	    lseek(file, 0, SEEK_SET))
		return 0;
	all(THREADS, read_records);
	for (int i = 0; i < THREADS * RECORDS; i++)
		wrong += seen[i] != 1;
	close(file);
	return !wrong;
}

/* Each of these calls needs what the threads have in common. */
static void *count_calls(void *argument)
{
	(void)argument;
	while (!stop) {
		umask(022);
		calls++;
	}
	return 0;
}

static int others_go_on(void)
{
	static char block[1 << 16];
	long before, most = 0;

	file = open("slow", O_RDWR | O_CREAT, 0600);
	if (pthread_create(&thread[0], 0, count_calls, 0))
		return 0;
	for (int i = 0; i < 8; i++) {
		memset(block, i, sizeof(block));
		if (pwrite(file, block, sizeof(block), 0) != sizeof(block))
			return 0;
		before = calls;
		if (fsync(file))
			return 0;
		most = calls - before > most ? calls - before : most;
	}
	stop = 1;
	pthread_join(thread[0], 0);
	close(file);
	return most > 10;
}

/* Pages of a file come in while other threads map and unmap others around them. */
static void *read_mapping(void *argument)
{
	long own = (long)argument;

	for (long round = 0; round < 60; round++) {
		long pages = 1 + (round * 7 + own) % 40;
		char *at = mmap(0, (size_t)pages << 12, PROT_READ, own & 1 ? MAP_SHARED :
				MAP_PRIVATE, file, 0);

		if (at == MAP_FAILED) {
			wrong++;
			continue;
		}
		for (long i = 0; i < pages; i++)
			wrong += at[i << 12] != (char)i;
		munmap(at, (size_t)pages << 12);
	}
	return 0;
}

static int mappings_hold(void)
{
	static char page[4096];

	file = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
	for (int i = 0; i < 40; i++) {
		memset(page, i, sizeof(page));
		if (write(file, page, sizeof(page)) != sizeof(page))
			return 0;
	}
	wrong = 0;
	all(THREADS, read_mapping);
	close(file);
	return !wrong;
}

static void *fork_and_read(void *argument)
{
	long own = (long)argument;

	for (int i = 0; i < 10; i++) {
		char byte = 0;
		int status;
		pid_t child = own & 1 ? fork() : 0;

		if (own & 1 && !child)
			_exit(pread(file, &byte, 1, own << 12) != 1 || byte != (char)own);
		wrong += pread(file, &byte, 1, own << 12) != 1 || byte != (char)own;
		if (child)
			wrong += waitpid(child, &status, 0) != child || status;
	}
	return 0;
}

static int forks_meanwhile(void)
{
	file = open("mapped", O_RDWR);
	wrong = 0;
	all(THREADS, fork_and_read);
	close(file);
	return !wrong;
}

int main(void)
{
	tell("one position", position_is_one());
	tell("others go on", others_go_on());
	tell("mappings", mappings_hold());
	tell("forks", forks_meanwhile());
	return 0;
}
