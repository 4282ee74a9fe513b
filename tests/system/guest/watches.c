/* SPDX-License-Identifier: MIT */
/* inotify: which events come of which calls, in which order, with which names. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "tests/system/guest/try.h"

static int queue;
static uint32_t cookie;

static const char *const names[] = {
	"ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN", "MOVED_FROM",
	"MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF", 0, "UNMOUNT", "Q_OVERFLOW",
	"IGNORED",
};

static void tell(const struct inotify_event *event)
{
	printf("  %d", event->wd);
	for (int i = 0; i < 16; i++)
		if (event->mask & 1u << i)
			printf(" %s", names[i]);
	if (event->mask & IN_ISDIR)
		printf(" ISDIR");
	if (event->cookie)
		printf(event->cookie == cookie ? " (the same)" : " (new)");
	cookie = event->cookie;
	printf(event->len ? " %s (%u)\n" : "\n", event->name, event->len);
}

/* All that has come. */
static void drain(const char *what)
{
	_Alignas(struct inotify_event) char buffer[8192];
	long bytes;

	printf("%s:\n", what);
	while ((bytes = read(queue, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < bytes;) {
			const struct inotify_event *event = (const void *)(buffer + at);

			tell(event);
			at += (long)sizeof(*event) + event->len;
		}
	fflush(stdout);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static void in_a_directory(void)
{
	char text[10];
	int fd;

	mkdir("d", 0755);
	mkdir("e", 0755);
	TRY(inotify_add_watch(queue, "d", IN_ALL_EVENTS));
	put("d/a", "text");
	drain("create");
	put("d/a", "other");
	drain("truncate");
	fd = open("d/a", O_RDWR);
	TRY(read(fd, text, 4));
	TRY(ftruncate(fd, 2));
	TRY(fchmod(fd, 0600));
	TRY(pwrite(fd, "x", 1, 9));
	close(fd);
	drain("by descriptor");
	TRY(chmod("d/a", 0644));
	TRY(utimes("d/a", 0));
	TRY(link("d/a", "d/b"));
	TRY(link("d/a", "e/c"));
	TRY(symlink("a", "d/l"));
	TRY(mkdir("d/s", 0755));
	TRY(mkfifo("d/f", 0644));
	drain("names");
	TRY(rename("d/a", "d/x"));
	TRY(rename("d/x", "e/x"));
	TRY(rename("e/x", "d/y"));
	TRY(rename("d/y", "d/b"));
	TRY(rename("e/c", "d/b"));
	TRY(rename("d/s", "d/t"));
	drain("renamed");
	TRY(unlink("d/b"));
	TRY(unlink("d/l"));
	TRY(unlink("d/f"));
	TRY(rmdir("d/t"));
	drain("removed");
	TRY(close(open("d", O_RDONLY | O_DIRECTORY)));
	TRY(close(open("d", O_PATH)));
	drain("itself");
}

static void of_a_file(void)
{
	int fd;

	put("f", "text");
	TRY(inotify_add_watch(queue, "f", IN_ALL_EVENTS));
	TRY(inotify_add_watch(queue, "f", IN_ALL_EVENTS | IN_MASK_CREATE));
	fd = open("f", O_RDONLY);
	TRY(rename("f", "g"));
	TRY(link("g", "h"));
	TRY(unlink("h"));
	TRY(unlink("g"));
	drain("without a name");
	close(fd);
	drain("the end");
	unlink("d/y");
	for (int i = 0; i < 2; i++) {
		fd = open("d/u", O_WRONLY | O_CREAT, 0644);
		TRY(inotify_add_watch(queue, "d", IN_MODIFY | (i ? IN_EXCL_UNLINK : 0)));
		unlink("d/u");
		TRY(write(fd, "x", 1));
		close(fd);
		drain("of a file that was removed");
	}
	TRY(inotify_add_watch(queue, "d", IN_DELETE_SELF | IN_ONLYDIR));
	TRY(rmdir("d"));
	drain("of a directory");
}

static void once(void)
{
	put("o", "text");
	TRY(inotify_add_watch(queue, "o", IN_OPEN | IN_ONESHOT));
	close(open("o", O_RDONLY));
	close(open("o", O_RDONLY));
	drain("once");
	TRY(inotify_add_watch(queue, "o", IN_OPEN));
	TRY(inotify_add_watch(queue, "o", IN_CLOSE | IN_MASK_ADD));
	close(open("o", O_RDONLY));
	close(open("o", O_RDONLY));
	drain("both");
	for (int i = 0; i < 3; i++)
		chmod("o", 0644);
	TRY(inotify_add_watch(queue, "o", IN_ATTRIB));
	for (int i = 0; i < 3; i++)
		chmod("o", 0644);
	drain("the same is told once");
}

static void refused(void)
{
	char text[20];
	int pipes[2];

	TRY(inotify_add_watch(queue, "nothere", IN_OPEN));
	TRY(inotify_add_watch(queue, "o", IN_ONLYDIR | IN_OPEN));
	TRY(inotify_add_watch(queue, "o", 0));
	TRY(inotify_add_watch(queue, "o", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
	TRY(inotify_add_watch(99, "o", IN_OPEN));
	TRY(inotify_add_watch(1, "o", IN_OPEN));
	TRY(inotify_add_watch(queue, (const char *)8, IN_OPEN));
	TRY(inotify_rm_watch(queue, 99));
	TRY(inotify_init1(1));
	TRY(read(queue, text, sizeof(text)));
	TRY(lseek(queue, 0, SEEK_SET));
	TRY(write(queue, text, 1));
	mkdir("long", 0755);
	TRY(inotify_add_watch(queue, "long", IN_CREATE));
	put("long/a name that is longer", "");
	TRY(read(queue, text, sizeof(text)));
	TRY(ioctl(queue, FIONREAD, pipes));
	printf("%d\n", pipes[0]);
	drain("long");
	TRY(inotify_add_watch(queue, "/proc/self/stat", IN_OPEN) > 0);
}

/* Who waits is woken; a child has the same queue. */
static void waiting(void)
{
	struct pollfd polled = { queue, POLLIN, 0 };
	struct inotify_event event;

	fcntl(queue, F_SETFL, 0);
	TRY(poll(&polled, 1, 0));
	fflush(stdout);
	if (!fork()) {
		usleep(20000);
		chmod("o", 0644);
		usleep(20000);
		chmod("o", 0644);
		_exit(0);
	}
	TRY(poll(&polled, 1, -1));
	TRY(read(queue, &event, sizeof(event)));
	TRY(read(queue, &event, sizeof(event)));
	tell(&event);
	wait(0);
	fcntl(queue, F_SETFL, O_NONBLOCK);
}

int main(void)
{
	queue = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	in_a_directory();
	of_a_file();
	once();
	refused();
	waiting();
	return 0;
}
