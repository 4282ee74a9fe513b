/* SPDX-License-Identifier: MIT */
#include "tests/system/stub.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PACKET 4096
#define ANSWER_LIMIT_S 30

static unsigned int checksum(const char *text)
{
	unsigned int sum = 0;

	while (*text)
		sum += (unsigned char)*text++;
	return sum & 0xff;
}

static void send_packet(struct stub *stub, const char *text)
{
	char packet[PACKET + 8];
	int bytes = snprintf(packet, sizeof(packet), "$%s#%02x", text, checksum(text));

	cr_assert_eq(write(stub->socket, packet, (size_t)bytes), bytes, "the debug stub is gone");
}

static char next_byte(struct stub *stub, unsigned int limit_s)
{
	struct pollfd waiting = { .fd = stub->socket, .events = POLLIN };
	char byte;

	cr_assert_gt(poll(&waiting, 1, (int)limit_s * 1000), 0, "the debug stub says nothing for %u s",
		     limit_s);
	cr_assert_eq(read(stub->socket, &byte, 1), 1, "the debug stub is gone");
	return byte;
}

/* Takes a packet into `text` and acknowledges it. */
static void take_packet(struct stub *stub, char text[PACKET], unsigned int limit_s)
{
	size_t bytes = 0;

	while (next_byte(stub, limit_s) != '$')
		;
	while ((text[bytes] = next_byte(stub, ANSWER_LIMIT_S)) != '#')
		cr_assert_lt(++bytes, (size_t)PACKET);
	text[bytes] = 0;
	next_byte(stub, ANSWER_LIMIT_S);
	next_byte(stub, ANSWER_LIMIT_S);
	cr_assert_eq(write(stub->socket, "+", 1), 1);
}

/* The stub also tells, unasked, that the machine stopped when we came: that is no answer. */
static void exchange(struct stub *stub, const char *request, char answer[PACKET])
{
	send_packet(stub, request);
	do
		take_packet(stub, answer, ANSWER_LIMIT_S);
	while (answer[0] == 'T' && request[0] != '?' && request[0] != 's');
}

void stub_open(struct stub *stub, const char *socket_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char answer[PACKET];

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	stub->socket = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(connect(stub->socket, (struct sockaddr *)&address, sizeof(address)), 0,
		     "no debug stub at %s", socket_path);
	exchange(stub, "?", answer);
}

void stub_close(struct stub *stub)
{
	char answer[PACKET];

	exchange(stub, "D", answer);
	close(stub->socket);
}

void stub_run(struct stub *stub, unsigned int limit_s)
{
	char answer[PACKET];

	send_packet(stub, "c");
	take_packet(stub, answer, limit_s);
}

void stub_step(struct stub *stub)
{
	char answer[PACKET];

	exchange(stub, "s", answer);
}

static unsigned int hex_byte(const char *text)
{
	char digits[3] = { text[0], text[1], 0 };

	return (unsigned int)strtoul(digits, 0, 16);
}

uint64_t stub_register(struct stub *stub, enum stub_register number)
{
	char answer[PACKET];
	uint64_t value = 0;
	int byte;

	exchange(stub, "g", answer);
	cr_assert_geq(strlen(answer), ((size_t)number + 1) * 16);
	for (byte = 7; byte >= 0; byte--)
		value = value << 8 | hex_byte(answer + number * 16 + byte * 2);
	return value;
}

int stub_read(struct stub *stub, uint64_t address, void *to, size_t bytes)
{
	char request[64], answer[PACKET];
	size_t i;

	snprintf(request, sizeof(request), "m%llx,%zx", (unsigned long long)address, bytes);
	exchange(stub, request, answer);
	if (answer[0] == 'E' || strlen(answer) != 2 * bytes)
		return 0;
	for (i = 0; i < bytes; i++)
		((unsigned char *)to)[i] = (unsigned char)hex_byte(answer + 2 * i);
	return 1;
}

int stub_write(struct stub *stub, uint64_t address, const void *from, size_t bytes)
{
	char request[PACKET], answer[PACKET];
	int used = snprintf(request, sizeof(request), "M%llx,%zx:", (unsigned long long)address, bytes);
	size_t i;

	for (i = 0; i < bytes; i++)
		used += snprintf(request + used, sizeof(request) - (size_t)used, "%02x",
				 ((const unsigned char *)from)[i]);
	exchange(stub, request, answer);
	return strcmp(answer, "OK") == 0;
}

static void breakpoint(struct stub *stub, char how, uint64_t address)
{
	char request[64], answer[PACKET];

	/* Kind 1: by the emulator, no byte of the machine's memory changes. */
	snprintf(request, sizeof(request), "%c1,%llx,1", how, (unsigned long long)address);
	exchange(stub, request, answer);
	cr_assert_str_eq(answer, "OK");
}

void stub_break(struct stub *stub, uint64_t address)
{
	breakpoint(stub, 'Z', address);
}

void stub_unbreak(struct stub *stub, uint64_t address)
{
	breakpoint(stub, 'z', address);
}
