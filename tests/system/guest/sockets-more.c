/* SPDX-License-Identifier: MIT */
/* Local sockets, the finer points: what is printed is the same on Linux. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "tests/system/guest/show_poll.h"
#include "tests/system/guest/try.h"

static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
static const char *const names[] = { "stream", "datagram", "packets" };
static char bytes[300000];

static int pair[2];

static void both(const char *what)
{
	printf("%s: ", what);
	show_poll("one", pair[0]);
	show_poll("  two", pair[1]);
}

static void states(int type)
{
	static const char *const how[] = { "read", "write", "both" };
	char one;

	for (int i = 0; i < 3; i++) {
		socketpair(AF_UNIX, type, 0, pair);
		both("new");
		printf("shut %s\n", how[i]);
		TRY(shutdown(pair[0], i));
		both("shut");
		TRY(send(pair[0], "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
		TRY(send(pair[1], "b", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
		both("sent");
		TRY(recv(pair[0], &one, 1, MSG_DONTWAIT));
		TRY(recv(pair[1], &one, 1, MSG_DONTWAIT));
		TRY(recv(pair[1], &one, 1, MSG_DONTWAIT));
		close(pair[1]);
		show_poll("alone", pair[0]);
		TRY(send(pair[0], "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
		TRY(recv(pair[0], &one, 1, MSG_DONTWAIT));
		close(pair[0]);
	}
	/* One goes with messages unread. */
	socketpair(AF_UNIX, type, 0, pair);
	send(pair[0], "unread", 6, 0);
	send(pair[1], "for one", 7, 0);
	close(pair[1]);
	show_poll("left", pair[0]);
	TRY(recv(pair[0], bytes, 100, MSG_DONTWAIT));
	TRY(recv(pair[0], bytes, 100, MSG_DONTWAIT));
	TRY(recv(pair[0], bytes, 100, MSG_DONTWAIT));
	show_poll("left", pair[0]);
	close(pair[0]);
}

static void sizes(int type)
{
	int value, got = 0;
	socklen_t length = sizeof(value);
	struct iovec parts[3] = { { "abc", 3 }, { "", 0 }, { "defgh", 5 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
	char small[4];
	struct iovec room = { small, 4 };
	struct msghdr into = { .msg_iov = &room, .msg_iovlen = 1 };

	socketpair(AF_UNIX, type, 0, pair);
	TRY(getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, &length));
	printf("%d\n", value);
	value = 10000;
	TRY(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)));
	TRY(getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, &length));
	printf("%d\n", value);
	value = 1;
	TRY(setsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &value, sizeof(value)));
	TRY(getsockopt(pair[0], SOL_SOCKET, SO_RCVBUF, &value, &length));
	printf("%d\n", value);
	TRY(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &value, 2));
	TRY(setsockopt(pair[0], SOL_SOCKET, 9999, &value, sizeof(value)));
	TRY(getsockopt(pair[0], 12345, SO_SNDBUF, &value, &length));
	if (type != SOCK_STREAM)
		TRY(send(pair[0], bytes, 19969, MSG_DONTWAIT));
	TRY(sendmsg(pair[0], &message, 0));
	TRY(ioctl(pair[1], FIONREAD, &got));
	printf("%d\n", got);
	TRY(recv(pair[1], small, 4, MSG_PEEK));
	TRY(recv(pair[1], small, 4, MSG_PEEK | MSG_TRUNC));
	TRY(recvmsg(pair[1], &into, 0));
	printf("%.4s flags %x\n", small, into.msg_flags);
	TRY(recv(pair[1], small, 4, MSG_DONTWAIT | MSG_TRUNC));
	TRY(send(pair[0], "", 0, 0));
	TRY(recv(pair[1], small, 4, MSG_DONTWAIT));
	TRY(send(pair[0], "x", 1, MSG_DONTWAIT | MSG_MORE));
	TRY(recv(pair[1], small, 0, MSG_DONTWAIT));
	TRY(recv(pair[1], small, 4, MSG_DONTWAIT));
	close(pair[0]);
	close(pair[1]);
}

static void large(int type)
{
	long sent, got, all = 0;

	socketpair(AF_UNIX, type, 0, pair);
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31 + i / 997);
	if (type != SOCK_STREAM) {
		TRY(send(pair[0], bytes, 212961, 0));
		TRY(send(pair[0], bytes, 200000, 0));
		memset(bytes, 0, 1000);
		TRY(recv(pair[1], bytes, sizeof(bytes), 0));
		printf("%d %d %d\n", bytes[1], bytes[999], bytes[199999]);
	} else {
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		sent = send(pair[0], bytes, sizeof(bytes), 0);
		printf("some %d, not all %d\n", sent > 65536, sent < (long)sizeof(bytes));
		while ((got = recv(pair[1], bytes, 50000, MSG_DONTWAIT)) > 0)
			all += got;
		printf("all came %d\n", all == sent);
	}
	close(pair[0]);
	close(pair[1]);
}

/* ---- Names ---- */

static void name_of(int fd, int peer)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	int error;

	memset(&address, 'z', sizeof(address));
	error = peer ? getpeername(fd, (struct sockaddr *)&address, &length) :
		getsockname(fd, (struct sockaddr *)&address, &length);
	if (error)
		printf("%s\n", strerror(errno));
	else if (length > offsetof(struct sockaddr_un, sun_path) && address.sun_path[0])
		printf("%u %d %s\n", length, address.sun_family, address.sun_path);
	else
		printf("%u %d\n", length, address.sun_family);
}

static int bind_to(int fd, const char *path, socklen_t more)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	return bind(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)) + more);
}

static int connect_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	return connect(fd, (struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1));
}

static void addresses(int type)
{
	int one = socket(AF_UNIX, type, 0), two = socket(AF_UNIX, type, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t header = offsetof(struct sockaddr_un, sun_path);
	struct stat status;
	char path[120];

	umask(027);
	name_of(one, 0);
	name_of(one, 1);
	TRY(bind_to(one, "named", 0));
	TRY(stat("named", &status));
	printf("%o\n", status.st_mode);
	name_of(one, 0);
	TRY(bind_to(one, "again", 1));
	TRY(bind_to(two, "named", 1));
	TRY(bind_to(two, "none/named", 1));
	TRY(bind(two, (struct sockaddr *)&address, 1));
	TRY(bind(two, (struct sockaddr *)&address, sizeof(address) + 1));
	address.sun_family = AF_INET;
	TRY(bind(two, (struct sockaddr *)&address, sizeof(address)));
	address.sun_family = AF_UNIX;
	TRY(bind(two, (struct sockaddr *)&address, header));
	name_of(two, 0);
	TRY(bind(two, (struct sockaddr *)&address, header));
	TRY(connect_to(two, "missing"));
	TRY(connect_to(two, "named"));
	memset(path, 'p', sizeof(path));
	path[108] = 0;
	close(two);
	two = socket(AF_UNIX, type, 0);
	TRY(bind_to(two, path, 0));
	name_of(two, 0);
	close(two);
	unlink(path);
	TRY(unlink("named"));
	two = socket(AF_UNIX, type, 0);
	TRY(connect_to(two, "named"));
	TRY(connect(two, (struct sockaddr *)&address, header));
	close(one);
	close(two);
	one = open("file", O_CREAT | O_RDWR, 0600);
	two = socket(AF_UNIX, type, 0);
	TRY(connect_to(two, "file"));
	TRY(bind_to(one, "file", 1));
	close(one);
	close(two);
	unlink("file");
}

/* ---- Connections ---- */

static void connections(int type)
{
	int listener = socket(AF_UNIX, type | SOCK_NONBLOCK, 0), client[5], got;
	struct linger linger = { 1, 1 };
	struct ucred who;
	socklen_t length = sizeof(who);

	TRY(accept(listener, 0, 0));
	TRY(listen(listener, 1));
	bind_to(listener, "listener", 1);
	TRY(listen(listener, 1));
	show_poll("listener", listener);
	TRY(accept(listener, 0, 0));
	TRY(recv(listener, bytes, 1, 0));
	TRY(send(listener, bytes, 1, MSG_NOSIGNAL));
	for (int i = 0; i < 5; i++) {
		client[i] = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
		show_poll("client", client[i]);
		TRY(connect_to(client[i], "listener"));
	}
	show_poll("client", client[0]);
	show_poll("client", client[4]);
	show_poll("listener", listener);
	TRY(connect_to(client[0], "listener"));
	TRY(send(client[0], "early", 5, 0));
	got = accept4(listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
	TRY(fcntl(got, F_GETFL));
	TRY(fcntl(got, F_GETFD));
	TRY(recv(got, bytes, 10, 0));
	TRY(recv(got, bytes, 10, 0));
	name_of(got, 0);
	name_of(got, 1);
	name_of(client[0], 0);
	name_of(client[0], 1);
	TRY(getsockopt(got, SOL_SOCKET, SO_PEERCRED, &who, &length));
	printf("%d %d\n", who.pid == getpid(), who.uid == geteuid());
	TRY(setsockopt(got, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	close(got);
	show_poll("client", client[0]);
	TRY(send(client[0], "x", 1, MSG_NOSIGNAL));
	/* Those that were never accepted. */
	close(listener);
	show_poll("client", client[1]);
	TRY(recv(client[1], bytes, 1, 0));
	TRY(recv(client[1], bytes, 1, 0));
	TRY(send(client[1], bytes, 1, MSG_NOSIGNAL));
	TRY(connect_to(client[2], "listener"));
	for (int i = 0; i < 5; i++)
		close(client[i]);
	unlink("listener");
}

static void datagrams(void)
{
	int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM, 0), three;
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "one" };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	socklen_t length = sizeof(address);

	three = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	TRY(bind_to(one, "one", 1));
	TRY(send(two, "x", 1, 0));
	TRY(sendto(two, "hello", 5, 0, (struct sockaddr *)&address, sizeof(address)));
	TRY(recvfrom(one, bytes, 10, 0, (struct sockaddr *)&address, &length));
	printf("from %u\n", length);
	TRY(bind_to(two, "two", 1));
	TRY(connect_to(two, "one"));
	TRY(send(two, "again", 5, 0));
	length = sizeof(address);
	TRY(recvfrom(one, bytes, 10, 0, (struct sockaddr *)&address, &length));
	printf("from %u %s\n", length, address.sun_path);
	TRY(connect_to(one, "two"));
	/* It hears its peer only. */
	TRY(connect_to(three, "one"));
	strcpy(address.sun_path, "one");
	TRY(sendto(three, "x", 1, 0, (struct sockaddr *)&address, sizeof(address)));
	TRY(connect(one, &none, sizeof(none)));
	TRY(connect_to(three, "one"));
	TRY(send(three, "y", 1, 0));
	TRY(recv(one, bytes, 1, MSG_DONTWAIT));
	close(one);
	show_poll("three", three);
	TRY(send(three, "z", 1, 0));
	TRY(send(three, "z", 1, 0));
	TRY(connect_to(three, "one"));
	TRY(listen(two, 1));
	TRY(accept(two, 0, 0));
	TRY(shutdown(two, SHUT_RDWR));
	show_poll("two", two);
	TRY(shutdown(two, 7));
	close(two);
	close(three);
	unlink("one");
	unlink("two");
}

static void timeouts(void)
{
	struct timeval soon = { 0, 2000 }, bad = { 0, 1000000 }, got;
	socklen_t length = sizeof(got);

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	TRY(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof(bad)));
	TRY(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)));
	TRY(getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &got, &length));
	printf("%d %d\n", (int)got.tv_sec, got.tv_usec >= 2000);
	TRY(recv(pair[0], bytes, 1, 0));
	TRY(read(pair[0], bytes, 1));
	TRY(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)));
	while (send(pair[0], bytes, 50000, 0) > 0)
		;
	printf("%s\n", strerror(errno));
	close(pair[0]);
	close(pair[1]);
}

static void many(void)
{
	struct iovec part[4] = { { "a", 1 }, { "bc", 2 }, { "def", 3 }, { "", 0 } };
	char into[4][8];
	struct mmsghdr out[4] = { 0 }, in[4] = { 0 };
	struct iovec room[4];

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	for (int i = 0; i < 4; i++) {
		room[i] = (struct iovec){ into[i], 8 };
		out[i].msg_hdr.msg_iov = &part[i];
		in[i].msg_hdr.msg_iov = &room[i];
		out[i].msg_hdr.msg_iovlen = in[i].msg_hdr.msg_iovlen = 1;
	}
	TRY(sendmmsg(pair[0], out, 4, 0));
	printf("%u %u %u %u\n", out[0].msg_len, out[1].msg_len, out[2].msg_len, out[3].msg_len);
	TRY(recvmmsg(pair[1], in, 2, 0, 0));
	TRY(recvmmsg(pair[1], in + 2, 2, MSG_WAITFORONE, 0));
	printf("%u %u %u %u\n", in[0].msg_len, in[1].msg_len, in[2].msg_len, in[3].msg_len);
	TRY(recvmmsg(pair[1], in, 2, MSG_DONTWAIT, 0));
	close(pair[0]);
	close(pair[1]);
}

/* ---- Sockets on the way to each other ---- */

static int pass(int over, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec vector = { "x", 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *first = CMSG_FIRSTHDR(&message);

	first->cmsg_level = SOL_SOCKET;
	first->cmsg_type = SCM_RIGHTS;
	first->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(first), &fd, sizeof(int));
	return sendmsg(over, &message, 0) == 1;
}

static void circles(void)
{
	int made = 0, ends[2], other[2];

	for (; made < 1200; made++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
		    socketpair(AF_UNIX, SOCK_DGRAM, 0, other))
			break;
		/* To itself; round two; and what hangs on them. */
		if (!pass(pair[0], pair[1]) || !pass(other[0], pair[0]) ||
		    !pass(pair[1], other[1]))
			break;
		close(pair[0]);
		close(pair[1]);
		close(other[0]);
		close(other[1]);
	}
	printf("%d circles\n", made);
	/* A pipe on the way to such: its reader learns that nobody will write. */
	pipe(ends);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	TRY(pass(pair[0], ends[1]));
	TRY(pass(pair[0], pair[1]));
	close(ends[1]);
	show_poll("reader", ends[0]);
	close(pair[0]);
	close(pair[1]);
	TRY(read(ends[0], bytes, 1));
	close(ends[0]);
}

static void refused(void)
{
	int file = open("plain", O_CREAT | O_RDWR, 0600);

	TRY(socket(AF_UNIX, 77, 0));
	TRY(socket(AF_UNIX, SOCK_STREAM, 99));
	TRY(socket(-1, SOCK_STREAM, 0));
	TRY(socket(AF_UNIX, SOCK_RDM, 0));
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)8));
	TRY(socketpair(AF_UNIX, SOCK_STREAM | 0x40000, 0, pair));
	TRY(listen(file, 1));
	TRY(listen(99, 1));
	TRY(send(file, "x", 1, 0));
	TRY(shutdown(file, 0));
	TRY(getsockopt(file, SOL_SOCKET, SO_TYPE, 0, 0));
	TRY(recv(99, bytes, 1, 0));
	close(file);
	unlink("plain");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 3; i++) {
		printf("---- %s\n", names[i]);
		states(types[i]);
		sizes(types[i]);
		large(types[i]);
		addresses(types[i]);
		if (types[i] != SOCK_DGRAM)
			connections(types[i]);
	}
	printf("----\n");
	datagrams();
	timeouts();
	many();
	circles();
	refused();
	return 0;
}
