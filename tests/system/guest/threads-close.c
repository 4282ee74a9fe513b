/* SPDX-License-Identifier: MIT */
/* A thread waits in a pipe for its end, while another closes the other end. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int arrived;
static int ends[2];

/* How much is asked for happens to be the other end's number. */
static void *read_to_end(void *argument)
{
	char bytes[1024];

	(void)argument;
	arrived = 1;
	return (void *)(long)(read(ends[0], bytes, (size_t)ends[1]) == 0);
}

int main(void)
{
	pthread_t other;
	void *result;

	alarm(20);
	if (pipe(ends))
		return 1;
	pthread_create(&other, 0, read_to_end, 0);
	while (!arrived)
		sched_yield();
	/* Were the reader later, it would find the end as well. */
	usleep(5000);
	close(ends[1]);
	pthread_join(other, &result);
	printf("the other end is closed: %s\n", result ? "good" : "BAD");
	return 0;
}
