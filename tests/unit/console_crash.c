/* sources: servers/console/input.c servers/console/output.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/console dies at every instruction of a write, a read, and of what a key does. */
#include "tests/unit/console_fake.h"
#include "tests/unit/crash_everywhere.h"

#define A        1u
#define SEQUENCE 5u

static uint64_t (*request)(void);        /* gives the bytes moved */

/* What libipc/server.c does with a ONCE request. */
static uint64_t execute(void)
{
	struct answer *answer = &fake_world->answers[A];
	uint64_t moved;

	if (answer->sequence == SEQUENCE)
		return answer->reply[0];
	moved = request();
	answer->reply[0] = moved;
	__atomic_store_n(&answer->sequence, SEQUENCE, __ATOMIC_RELEASE);
	return moved;
}

static void victim(void)
{
	execute();
}

/* The uart and process live on, but what a successor makes them do is not the victim's doing. */
static struct fake_peers peers_saved;

static uint64_t succeed(void)
{
	uint64_t moved;

	peers_saved = *peers;
	memset(&console, 0, sizeof(console));
	cr_assert_eq(start(1), STATUS_OK);
	moved = execute();
	notified(UART_NOTIFY_INPUT | UART_NOTIFY_OUTPUT);
	return moved;
}

static void finish(void)
{
	*peers = peers_saved;
}

static void set_up(void)
{
	cr_assert_eq(start(0), STATUS_OK);
	fake_world->answers[A].sequence = SEQUENCE - 1;
}
TestSuite(console_crash, .init = set_up, .timeout = 120);

static uint64_t write_text(const char *text, uint32_t number)
{
	struct call call = fake_call(A, number);
	struct console_write_reply reply = { 0 };

	fake_lend((void *)(uintptr_t)text, strlen(text));
	cr_assert_eq(on_write(&call, &(struct console_write_request){ CONSOLE_TERMINAL, 0,
		strlen(text) }, &reply), STATUS_OK);
	return reply.bytes;
}

static uint64_t request_write(void)
{
	return write_text("b\nc\t", SEQUENCE);
}

static void after_write(void)
{
	static const char wire[] = "a\r\nb\r\nc\t";

	cr_assert_eq(succeed(), 4);
	cr_assert_eq(peers->accepted[UART_CONSOLE], sizeof(wire) - 1);
	cr_assert_arr_eq(peers->output[UART_CONSOLE], wire, sizeof(wire) - 1);
	cr_assert_eq(now()->column, 8);
	finish();
}

Test(console_crash, write)
{
	request = request_write;
	write_text("a\n", 1);
	crash_everywhere(fake_world, sizeof(*fake_world), victim, after_write);
}

static uint64_t request_read(void)
{
	struct call call = fake_call(A, SEQUENCE);
	struct console_read_reply reply = { 0 };

	fake_lend(fake_world->client, 100);
	cr_assert_eq(on_read(&call, &(struct console_read_request){ CONSOLE_TERMINAL, 0, 100 },
			     &reply), STATUS_OK);
	return reply.bytes;
}

static void after_read(void)
{
	struct call call = fake_call(A, SEQUENCE + 1);
	struct console_read_reply reply = { 0 };
	char rest[16];

	cr_assert_eq(succeed(), 6);
	cr_assert_arr_eq(fake_world->client, "first\n", 6);
	fake_lend(rest, sizeof(rest));
	cr_assert_eq(on_read(&call, &(struct console_read_request){ CONSOLE_TERMINAL, 0,
		sizeof(rest) }, &reply), STATUS_OK);
	cr_assert_eq(reply.bytes, 7);
	cr_assert_arr_eq(rest, "second\n", 7);
	finish();
}

Test(console_crash, read)
{
	request = request_read;
	peers_type("first\rsecond\r");
	notified(UART_NOTIFY_INPUT);
	crash_everywhere(fake_world, sizeof(*fake_world), victim, after_read);
}

/* Keys that edit, with their echo, and Ctrl-C: not lost; sent twice at the very worst. */
static uint64_t request_keys(void)
{
	notified(UART_NOTIFY_INPUT);
	return 0;
}

static void after_keys(void)
{
	static const char wire[] = "x^Cab\b \bc\r\n";
	struct console_state *next;
	uint8_t line[16];

	succeed();
	cr_assert_eq(peers->accepted[UART_CONSOLE], sizeof(wire) - 1);
	cr_assert_arr_eq(peers->output[UART_CONSOLE], wire, sizeof(wire) - 1);
	cr_assert(peers->sent.count == 1 || peers->sent.count == 2);
	next = console_begin(console.stable);
	cr_assert_eq(input_take(console.stable, next, line, sizeof(line)), 3);
	cr_assert_arr_eq(line, "ac\n", 3);
	finish();
}

Test(console_crash, keys)
{
	request = request_keys;
	console.stable->state[console.stable->current].foreground = 101;
	console.stable->state[console.stable->current].session = 101;
	peers_type("x\x03" "ab\x7f" "c\r");
	crash_everywhere(fake_world, sizeof(*fake_world), victim, after_keys);
}
