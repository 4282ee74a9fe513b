/* SPDX-License-Identifier: MIT */
/* Local sockets: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* In musl's CMSG_NXTHDR. */
#pragma clang diagnostic ignored "-Wsign-compare"

#define TRY(call) report(#call, (long)(call))

static void report(const char *what, long result)
{
	if (result < 0)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s = %ld\n", what, result);
	fflush(stdout);
}

static char bytes[70000];

static int ready(int fd)
{
	struct pollfd polled = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

	poll(&polled, 1, 0);
	return polled.revents;
}

static struct sockaddr_un name;

static socklen_t place(const char *path)
{
	memset(&name, 0, sizeof(name));
	name.sun_family = AF_UNIX;
	if (path[0] != '@') {
		strcpy(name.sun_path, path);
		return sizeof(name);
	}
	strcpy(name.sun_path + 1, path + 1);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
}

static int bound(int type, const char *path)
{
	int fd = socket(AF_UNIX, type, 0);
	socklen_t length = place(path);

	if (bind(fd, (struct sockaddr *)&name, length))
		printf("bind %s: %s\n", path, strerror(errno));
	return fd;
}

static int link_to(int fd, const char *path)
{
	socklen_t length = place(path);

	return connect(fd, (struct sockaddr *)&name, length);
}

static void show_name(const char *what, int (*get)(int, struct sockaddr *, socklen_t *), int fd)
{
	struct sockaddr_un got;
	socklen_t length = sizeof(got);

	memset(&got, 0, sizeof(got));
	if (get(fd, (struct sockaddr *)&got, &length))
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s: %u %d %s\n", what, length, got.sun_family,
		       length > 2 ? got.sun_path + !got.sun_path[0] : "");
}

static int option(int fd, int which)
{
	int value = -1;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, which, &value, &length) ? -errno : value;
}

static void errors(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
	int ends[2];
	struct stat info;

	TRY(socket(AF_UNIX, 9, 0));
	TRY(socket(AF_UNIX, 77, 0));
	TRY(socket(AF_UNIX, SOCK_STREAM, 5));
	TRY(socket(99, SOCK_STREAM, 0));
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, NULL));
	TRY(listen(fd, 5));
	TRY(listen(datagram, 5));
	TRY(accept(fd, NULL, NULL));
	TRY(listen(0, 1));
	TRY(listen(99, 1));
	TRY(send(fd, "x", 1, 0));
	TRY(recv(fd, bytes, 1, 0));
	TRY(send(datagram, "x", 1, 0));
	TRY(link_to(fd, "nothing"));
	close(open("plain", O_CREAT | O_WRONLY, 0600));
	TRY(link_to(fd, "plain"));
	TRY(link_to(fd, "@nobody"));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(fstat(fd, &info));
	printf("mode %o\n", info.st_mode);
	printf("poll %x %x\n", ready(fd), ready(datagram));
	printf("type %d %d accepts %d error %d domain %d\n", option(fd, SO_TYPE),
	       option(datagram, SO_TYPE), option(fd, SO_ACCEPTCONN), option(fd, SO_ERROR),
	       option(fd, SO_DOMAIN));
	TRY(setsockopt(fd, SOL_SOCKET, SO_TYPE, ends, 4));
	TRY(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, 4));
	TRY(setsockopt(fd, 6, 1, &(int){ 1 }, 4));
	show_name("own", getsockname, fd);
	show_name("peer", getpeername, fd);
	TRY(bind(fd, (struct sockaddr *)&name, 1));
	TRY(shutdown(fd, 7));
	unlink("plain");
	close(fd);
	close(datagram);
}

static void streams(void)
{
	int listener = bound(SOCK_STREAM, "stream"), client = socket(AF_UNIX, SOCK_STREAM, 0), end;
	struct stat info;
	int pending = -1;

	stat("stream", &info);
	printf("mode %o\n", info.st_mode & S_IFMT);
	bound(SOCK_STREAM, "stream");
	TRY(link_to(client, "stream"));
	TRY(listen(listener, 1));
	printf("poll %x accepts %d\n", ready(listener), option(listener, SO_ACCEPTCONN));
	TRY(link_to(client, "stream"));
	TRY(link_to(client, "stream"));
	printf("poll %x\n", ready(listener));
	TRY(send(client, "early", 5, 0));
	end = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	TRY(fcntl(end, F_GETFD));
	show_name("listener", getsockname, listener);
	show_name("end", getsockname, end);
	show_name("end's peer", getpeername, end);
	show_name("client", getsockname, client);
	show_name("client's peer", getpeername, client);
	TRY(ioctl(end, FIONREAD, &pending));
	printf("pending %d\n", pending);
	TRY(recv(end, bytes, 3, MSG_PEEK));
	TRY(recv(end, bytes, 100, 0));
	TRY(recv(end, bytes, 100, MSG_DONTWAIT));
	TRY(write(end, "one", 3));
	TRY(write(end, "two", 3));
	TRY(read(client, bytes, 4));
	TRY(read(client, bytes, 100));
	TRY(shutdown(client, SHUT_WR));
	TRY(send(client, "x", 1, MSG_NOSIGNAL));
	printf("poll %x %x\n", ready(client), ready(end));
	TRY(read(end, bytes, 10));
	TRY(write(end, "still", 5));
	TRY(read(client, bytes, 10));
	close(end);
	printf("poll %x\n", ready(client));
	TRY(read(client, bytes, 10));
	TRY(send(client, "x", 1, MSG_NOSIGNAL));
	close(client);
	unlink("stream");
	close(listener);
}

static void on_pipe(int signal)
{
	(void)signal;
	puts("SIGPIPE");
}

static void pairs(void)
{
	int ends[2], status, stream;
	long total = 0, got;

	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	if (fork() == 0) {
		close(ends[0]);
		for (int i = 0; i < 10; i++)
			write(ends[1], bytes, sizeof(bytes));
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], bytes, 5000)) > 0)
		total += got;
	printf("%ld, then %ld\n", total, got);
	wait(&status);
	signal(SIGPIPE, on_pipe);
	TRY(write(ends[0], "x", 1));
	close(ends[0]);
	/* Closed with something unread: the other end hears of it. */
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	write(ends[0], "x", 1);
	close(ends[1]);
	printf("poll %x\n", ready(ends[0]));
	TRY(read(ends[0], bytes, 1));
	TRY(read(ends[0], bytes, 1));
	close(ends[0]);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
	while ((got = write(ends[0], bytes, 1000)) > 0)
		;
	TRY(got);
	printf("poll %x %x\n", ready(ends[0]), ready(ends[1]));
	while ((got = read(ends[1], bytes, sizeof(bytes))) > 0)
		;
	TRY(got);
	printf("poll %x %x\n", ready(ends[0]), ready(ends[1]));
	TRY(recv(ends[1], bytes, 10, MSG_WAITALL));
	close(ends[0]);
	close(ends[1]);
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	if (fork() == 0) {
		write(ends[1], "abc", 3);
		usleep(5000);
		write(ends[1], "defg", 4);
		_exit(0);
	}
	TRY(recv(ends[0], bytes, 7, MSG_WAITALL));
	wait(&status);
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ 0, 5000 },
		   sizeof(struct timeval));
	TRY(recv(ends[0], bytes, 7, 0));
	close(ends[0]);
	close(ends[1]);
	for (stream = SOCK_DGRAM; stream <= SOCK_SEQPACKET; stream += SOCK_SEQPACKET - SOCK_DGRAM) {
		socketpair(AF_UNIX, stream, 0, ends);
		TRY(write(ends[0], "first", 5));
		TRY(write(ends[0], "second", 6));
		TRY(write(ends[0], "", 0));
		TRY(read(ends[1], bytes, 3));
		TRY(recv(ends[1], bytes, 3, MSG_TRUNC));
		TRY(recv(ends[1], bytes, 10, 0));
		TRY(recv(ends[1], bytes, 10, MSG_DONTWAIT));
		printf("poll %x\n", ready(ends[0]));
		close(ends[1]);
		printf("poll %x\n", ready(ends[0]));
		TRY(send(ends[0], "x", 1, MSG_NOSIGNAL));
		TRY(recv(ends[0], bytes, 10, MSG_DONTWAIT));
		close(ends[0]);
	}
}

static void datagrams(void)
{
	int one = bound(SOCK_DGRAM, "one"), two = bound(SOCK_DGRAM, "@two"), fd;
	struct sockaddr_un from;
	socklen_t length = sizeof(from);

	place("@two");
	TRY(sendto(one, "hello", 5, 0, (struct sockaddr *)&name, place("@two")));
	memset(&from, 0, sizeof(from));
	TRY(recvfrom(two, bytes, 100, 0, (struct sockaddr *)&from, &length));
	printf("from %u %s\n", length, from.sun_path);
	TRY(sendto(two, "x", 1, 0, (struct sockaddr *)&name, place("gone")));
	TRY(sendto(two, "x", 1, 0, (struct sockaddr *)&name, place("@gone")));
	TRY(link_to(two, "one"));
	show_name("peer", getpeername, two);
	TRY(send(two, "yes", 3, 0));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	TRY(sendto(fd, "no", 2, 0, (struct sockaddr *)&name, place("@two")));
	length = sizeof(from);
	TRY(recvfrom(one, bytes, 100, 0, (struct sockaddr *)&from, &length));
	printf("from %u\n", length);
	TRY(sendto(fd, "anonymous", 9, 0, (struct sockaddr *)&name, place("one")));
	length = sizeof(from);
	TRY(recvfrom(one, bytes, 100, 0, (struct sockaddr *)&from, &length));
	printf("from %u\n", length);
	TRY(connect(two, &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr)));
	TRY(send(two, "yes", 3, 0));
	TRY(bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)));
	length = sizeof(from);
	TRY(getsockname(fd, (struct sockaddr *)&from, &length));
	printf("found a name: %u %d\n", length, from.sun_path[0]);
	close(one);
	TRY(link_to(fd, "one"));
	unlink("one");
	close(two);
	close(fd);
}

union control {
	char bytes[CMSG_SPACE(14 * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr align;
};

static long send_files(int fd, const int *files, int count)
{
	union control control = { { 0 } };
	struct iovec parts[2] = { { "he", 2 }, { "llo", 3 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = &control,
				  .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)) };
	struct cmsghdr *one = CMSG_FIRSTHDR(&message);

	one->cmsg_level = SOL_SOCKET;
	one->cmsg_type = SCM_RIGHTS;
	one->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(one), files, (size_t)count * sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static long receive_files(int fd, int *files, int *count, int room, int flags)
{
	union control control = { { 0 } };
	char a[3], b[10];
	struct iovec parts[2] = { { a, 3 }, { b, 10 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = &control,
				  .msg_controllen = CMSG_LEN((size_t)room * sizeof(int)) };
	long got = recvmsg(fd, &message, flags);

	*count = 0;
	for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); got >= 0 && one;
	     one = CMSG_NXTHDR(&message, one)) {
		if (one->cmsg_type == SCM_RIGHTS) {
			*count = (int)((one->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(files, CMSG_DATA(one), (size_t)*count * sizeof(int));
		} else if (one->cmsg_type == SCM_CREDENTIALS) {
			struct ucred who;

			memcpy(&who, CMSG_DATA(one), sizeof(who));
			printf("credentials %d %u %u\n", who.pid == getpid(), who.uid, who.gid);
		}
	}
	printf("received %ld flags %x files %d\n", got, message.msg_flags, *count);
	return got;
}

static void passing(void)
{
	int file = open("shared", O_RDWR | O_CREAT, 0600);
	int ends[2], pipe_ends[2], files[4], count, status;
	char text[16] = "";
	struct ucred who;
	socklen_t length = sizeof(who);

	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	pipe(pipe_ends);
	write(file, "0123456789", 10);
	lseek(file, 2, SEEK_SET);
	TRY(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &who, &length));
	printf("peer %d %u %u\n", who.pid == getpid(), who.uid, who.gid);
	files[0] = file;
	files[1] = pipe_ends[1];
	files[2] = open("/dev/null", O_RDWR);
	if (fork() == 0) {
		close(ends[1]);
		close(pipe_ends[0]);
		send_files(ends[0], files, 3);
		_exit(0);
	}
	close(pipe_ends[1]);
	close(files[2]);
	wait(&status);
	/* The sender is gone; the pipe's writing end is on its way only. */
	TRY(receive_files(ends[1], files, &count, 3, MSG_CMSG_CLOEXEC));
	TRY(fcntl(files[0], F_GETFD));
	TRY(read(files[0], text, 3));
	TRY(lseek(file, 0, SEEK_CUR));
	puts(text);
	TRY(write(files[1], "through", 7));
	TRY(read(pipe_ends[0], text, 15));
	puts(text);
	TRY(write(files[2], "null", 4));
	TRY(fcntl(files[1], F_GETFL) & O_ACCMODE);
	close(files[1]);
	TRY(read(pipe_ends[0], text, 15));
	close(files[0]);
	close(files[2]);
	/* No room for what came; dropped on the way. */
	files[0] = files[1] = file;
	TRY(send_files(ends[0], files, 2));
	TRY(receive_files(ends[1], files, &count, 1, 0));
	close(files[0]);
	pipe(pipe_ends);
	TRY(send_files(ends[0], &pipe_ends[1], 1));
	close(pipe_ends[1]);
	TRY(recv(ends[1], bytes, 100, 0));
	TRY(read(pipe_ends[0], text, 15));
	close(pipe_ends[0]);
	pipe(pipe_ends);
	TRY(send_files(ends[0], &pipe_ends[1], 1));
	close(pipe_ends[1]);
	close(ends[1]);
	TRY(read(pipe_ends[0], text, 15));
	close(ends[0]);
	close(pipe_ends[0]);
	files[0] = 99;
	socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
	TRY(send_files(ends[0], files, 1));
	setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
	TRY(option(ends[1], SO_PASSCRED));
	TRY(send_files(ends[0], &ends[0], 1));
	TRY(receive_files(ends[1], files, &count, 14, 0));
	TRY(write(files[0], "again", 5));
	TRY(recv(ends[1], bytes, 100, 0));
	close(files[0]);
	close(ends[0]);
	close(ends[1]);
	close(file);
	unlink("shared");
}

static void many(void)
{
	struct mmsghdr batch[3];
	struct iovec part[3] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } }, into[3];
	static char room[3][10];
	int ends[2];

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
	memset(batch, 0, sizeof(batch));
	for (int i = 0; i < 3; i++) {
		batch[i].msg_hdr.msg_iov = &part[i];
		batch[i].msg_hdr.msg_iovlen = 1;
	}
	TRY(sendmmsg(ends[0], batch, 3, 0));
	for (int i = 0; i < 3; i++) {
		into[i] = (struct iovec){ room[i], 2 };
		batch[i].msg_hdr.msg_iov = &into[i];
	}
	TRY(recvmmsg(ends[1], batch, 3, 0, NULL));
	for (int i = 0; i < 3; i++)
		printf("%s %u %x\n", room[i], batch[i].msg_len, batch[i].msg_hdr.msg_flags);
	close(ends[0]);
	close(ends[1]);
}

static void backlog(void)
{
	int listener = bound(SOCK_STREAM, "@queue"), fd[4], status;

	listen(listener, 1);
	for (int i = 0; i < 4; i++) {
		fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		TRY(link_to(fd[i], "@queue"));
	}
	fcntl(fd[2], F_SETFL, 0);
	if (fork() == 0) {
		usleep(5000);
		close(accept(listener, NULL, NULL));
		_exit(0);
	}
	TRY(link_to(fd[2], "@queue"));
	wait(&status);
	TRY(read(fd[0], bytes, 1));
	close(listener);
	TRY(read(fd[1], bytes, 1));
	TRY(link_to(fd[3], "@queue"));
	for (int i = 0; i < 4; i++)
		close(fd[i]);
}

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } part[] = {
		{ "errors", errors }, { "streams", streams }, { "pairs", pairs },
		{ "datagrams", datagrams }, { "passing", passing }, { "many", many },
		{ "backlog", backlog },
	};

	for (unsigned i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (argc > 1 && strcmp(argv[1], part[i].name))
			continue;
		printf("---- %s\n", part[i].name);
		fflush(stdout);
		part[i].run();
		fflush(stdout);
	}
	return 0;
}
