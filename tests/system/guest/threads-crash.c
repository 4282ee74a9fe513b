/* SPDX-License-Identifier: MIT */
/* Several threads of one process work with files and pipes, all the time; servers may die meanwhile. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILES 3
#define PIPES 3
#define BLOCK 3000

static atomic_int stop;
static atomic_long rounds[FILES + PIPES];
static int ends[PIPES][2];

static void on_end(int number)
{
	(void)number;
	stop = 1;
}

/* Creates, appends, reads back, renames, removes: each request once, whoever answers it. */
static void *use_file(void *argument)
{
	long id = (long)argument, wrong = 0;
	char name[32], other[32], block[BLOCK], back[BLOCK];

	snprintf(name, sizeof(name), "crash-%ld", id);
	snprintf(other, sizeof(other), "crash-%ld-other", id);
	while (!stop) {
		int file = open(name, O_CREAT | O_EXCL | O_RDWR | O_APPEND, 0600);

		wrong += file < 0;
		for (int i = 0; i < 4; i++) {
			memset(block, (int)('a' + id + i), sizeof(block));
			wrong += write(file, block, sizeof(block)) != BLOCK;
			wrong += pread(file, back, sizeof(back), (off_t)i * BLOCK) != BLOCK;
			wrong += memcmp(block, back, sizeof(block)) != 0;
		}
		wrong += lseek(file, 0, SEEK_END) != 4 * BLOCK;
		wrong += close(file) != 0;
		wrong += rename(name, other) != 0 || unlink(other) != 0;
		rounds[id]++;
	}
	return (void *)wrong;
}

static void *fill_pipe(void *argument)
{
	long id = (long)argument;
	uint32_t next = 0;

	while (!stop && write(ends[id][1], &next, sizeof(next)) == sizeof(next))
		next++;
	close(ends[id][1]);
	return 0;
}

/* No number is lost, none comes twice. */
static void *drain_pipe(void *argument)
{
	long id = (long)argument, wrong = 0;
	uint32_t next = 0, number;

	while (read(ends[id][0], &number, sizeof(number)) == sizeof(number)) {
		wrong += number != next++;
		rounds[FILES + id]++;
	}
	return (void *)wrong;
}

int main(void)
{
	pthread_t thread[FILES + 2 * PIPES];
	long wrong = 0, least = 1000;
	int count = 0;

	signal(SIGTERM, on_end);
	alarm(200);
	for (long i = 0; i < FILES; i++)
		pthread_create(&thread[count++], 0, use_file, (void *)i);
	for (long i = 0; i < PIPES; i++) {
		if (pipe(ends[i]))
			return 1;
		pthread_create(&thread[count++], 0, fill_pipe, (void *)i);
		pthread_create(&thread[count++], 0, drain_pipe, (void *)i);
	}
	while (!stop)
		usleep(10000);
	for (int i = 0; i < count; i++) {
		void *result;

		pthread_join(thread[i], &result);
		wrong += (long)result;
	}
	for (int i = 0; i < FILES + PIPES; i++)
		least = rounds[i] < least ? rounds[i] : least;
	printf("%ld wrong, all of them worked: %s\n", wrong, least > 2 ? "yes" : "no");
	return 0;
}
