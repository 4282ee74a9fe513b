/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_TESTS_CONSOLE_FAKE_H
#define BULKHEAD_TESTS_CONSOLE_FAKE_H

/*
 * servers/console with the services it calls played by the test: a uart that takes a given number
 * of bytes, and a process service with a few groups. Stands in for libipc/client_inline.h.
 */
#define BULKHEAD_LIBIPC_CLIENT_INLINE_H
#define FAKE_STABLE_BYTES (5u << 20)
#include "tests/unit/server_fake.h"
#include "libipc/proto/errno.h"
#include "libipc/proto/process.h"
#include "libipc/proto/uart.h"

enum { SLOT_FAKE_UART = 1, SLOT_FAKE_PROCESS = 2 };

/* Outlives the console: a page of its own, shared with children. */
static struct fake_peers {
	char output[UART_PORTS][8192];
	uint64_t accepted[UART_PORTS], room[UART_PORTS];
	char input[256];
	uint64_t typed;
	struct { uint32_t group, process, signal, count; } sent; /* to the last group, process */
} *peers;

static __attribute__((constructor)) void peers_start(void)
{
	peers = mmap(0, sizeof(*peers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned port = 0; port < UART_PORTS; port++)
		peers->room[port] = sizeof(peers->output[port]);
}

static inline void peers_type(const char *keys)
{
	for (; *keys; keys++)
		peers->input[peers->typed++ % sizeof(peers->input)] = *keys;
}

static inline void peer_uart_write(const struct uart_write_request *request,
				   struct uart_write_reply *reply, const struct lent *lent)
{
	uint64_t *accepted = &peers->accepted[request->port];
	const char *from = lent->window[0].address;

	cr_assert_leq(request->position, *accepted);
	while (*accepted < request->position + request->bytes && peers->room[request->port]) {
		peers->output[request->port][*accepted % 8192] =
			from[*accepted - request->position];
		++*accepted;
		peers->room[request->port]--;
	}
	reply->accepted = *accepted;
}

static inline void peer_uart_read(const struct uart_read_request *request,
				  struct uart_read_reply *reply, const struct lent *lent)
{
	char *to = (char *)(uintptr_t)lent->window[0].address;

	cr_assert_leq(request->position, peers->typed);
	for (reply->bytes = 0; reply->bytes < request->bytes &&
	     request->position + reply->bytes < peers->typed; reply->bytes++)
		to[reply->bytes] = peers->input[(request->position + reply->bytes) %
						sizeof(peers->input)];
}

/* Client c is process 100 + c; all are in session 1, each leads a group of its own. */
static inline status_t peer_process(unsigned operation, const void *request, void *reply)
{
	const struct process_identify_request *who = request;
	const struct process_kill_request *kill = request;
	uint32_t pid;

	if (operation == process_identify_operation) {
		pid = who->pid ? who->pid : 100 + who->client;
		if (pid >= 200)
			return STATUS_ERRNO(E_SRCH);
		((struct process_identify_reply *)reply)->identity = (struct process_identity){
			.pid = pid, .group = pid, .session = 101 };
		return STATUS_OK;
	}
	cr_assert_eq(operation, process_kill_operation);
	if (kill->pid <= -200)
		return STATUS_ERRNO(E_SRCH);
	if (kill->pid < 0)
		peers->sent.group = (uint32_t)-kill->pid;
	else
		peers->sent.process = (uint32_t)kill->pid;
	peers->sent.signal = kill->signal;
	peers->sent.count++;
	return STATUS_OK;
}

static inline status_t session_call(struct session *session, unsigned operation,
	enum repeat repeat, const void *request, unsigned long request_bytes, void *reply,
	unsigned long reply_bytes, const struct lent *lent)
{
	(void)repeat;
	(void)request_bytes;
	(void)reply_bytes;
	if (session->slot == SLOT_FAKE_PROCESS)
		return peer_process(operation, request, reply);
	if (operation == uart_write_operation)
		peer_uart_write(request, reply, lent);
	else if (operation == uart_read_operation)
		peer_uart_read(request, reply, lent);
	else
		*(struct uart_state_reply *)reply = (struct uart_state_reply){
			peers->accepted[*(const uint64_t *)request],
			peers->accepted[*(const uint64_t *)request] };
	return STATUS_OK;
}

struct session service_session(const char *name)
{
	return (struct session){ .slot = strcmp(name, "uart") ? SLOT_FAKE_PROCESS : SLOT_FAKE_UART };
}

#include "servers/console/console.c"
#include "servers/console/job.c"
#include "servers/console/state.c"
#include "servers/console/transfer.c"
#include "servers/console/attributes.c"
#include "servers/console/pty.c"
#include "servers/console/session.c"

#endif
