/* SPDX-License-Identifier: MIT */
/* A child makes, renames and removes; the parent hears of each exactly once, in order. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "tests/system/guest/try.h"

#define ROUNDS 300

static void work(void)
{
	char from[32], to[32];

	for (int i = 0; i < ROUNDS; i++) {
		snprintf(from, sizeof(from), "heard/%d", i);
		snprintf(to, sizeof(to), "heard/moved%d", i);
		close(open(from, O_WRONLY | O_CREAT, 0644));
		if (rename(from, to) || unlink(to))
			perror(from);
	}
	_exit(0);
}

int main(void)
{
	static const uint32_t order[] = { IN_CREATE, IN_MOVED_FROM, IN_MOVED_TO, IN_DELETE };
	_Alignas(struct inotify_event) char buffer[4096];
	int queue = inotify_init(), heard = 0, good = 1;

	mkdir("heard", 0755);
	inotify_add_watch(queue, "heard", IN_CREATE | IN_MOVE | IN_DELETE);
	if (!fork())
		work();
	while (heard < 4 * ROUNDS) {
		long bytes = read(queue, buffer, sizeof(buffer));

		for (long at = 0; at < bytes;) {
			const struct inotify_event *event = (const void *)(buffer + at);
			const char *name = event->name + (heard % 4 < 2 ? 0 : 5);

			good &= event->mask == order[heard % 4] && atoi(name) == heard / 4;
			at += (long)sizeof(*event) + event->len;
			heard++;
		}
		if (bytes <= 0)
			break;
	}
	wait(0);
	printf("%d heard, %s\n", heard, good ? "in order" : "NOT IN ORDER");
	return rmdir("heard");
}
