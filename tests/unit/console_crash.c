/* sources: servers/console/input.c servers/console/output.c libipc/ring.c libipc/watch.c */
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
	cr_assert_eq(now(&console.terminal[0])->column, 8);
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
	next = console_begin(console.terminal[0].stable);
	cr_assert_eq(input_take(console.terminal[0].stable, next, line, sizeof(line)), 3);
	cr_assert_arr_eq(line, "ac\n", 3);
	finish();
}

Test(console_crash, keys)
{
	request = request_keys;
	console.terminal[0].stable->state[console.terminal[0].stable->current].foreground = 101;
	console.terminal[0].stable->state[console.terminal[0].stable->current].session = 101;
	peers_type("x\x03" "ab\x7f" "c\r");
	crash_everywhere(fake_world, sizeof(*fake_world), victim, after_keys);
}

/* ---- ptys: A holds the master, B the slave ---- */

#define B      2u
#define SLAVE  CONSOLE_PTY(0u)
#define MASTER (SLAVE + 1)

static void open_pty(void)
{
	struct call call = fake_call(A, 1);
	struct console_open_reply opened;

	cr_assert_eq(on_open(&call, &(struct console_open_request){ CONSOLE_OPEN_MASTER, 0 },
			     &opened), STATUS_OK);
	cr_assert_eq(opened.device, MASTER);
	cr_assert_eq(on_lock_pty(&call, &(struct console_lock_pty_request){ MASTER, 0 }, 0),
		     STATUS_OK);
	call = fake_call(B, 1);
	cr_assert_eq(on_open(&call, &(struct console_open_request){ CONSOLE_OPEN_SLAVE, 0 },
			     &opened), STATUS_OK);
}

static uint64_t pty_write(unsigned client, uint32_t number, uint32_t device, const char *text)
{
	struct call call = fake_call(client, number);
	struct console_write_reply reply = { 0 };

	fake_lend((void *)(uintptr_t)text, strlen(text));
	cr_assert_eq(on_write(&call, &(struct console_write_request){ device, CONSOLE_NONBLOCK,
		strlen(text) }, &reply), STATUS_OK);
	return reply.bytes;
}

static uint64_t pty_read(unsigned client, uint32_t number, uint32_t device, void *to)
{
	struct call call = fake_call(client, number);
	struct console_read_reply reply = { 0 };

	fake_lend(to, 64);
	cr_assert_eq(on_read(&call, &(struct console_read_request){ device, CONSOLE_NONBLOCK, 64 },
			     &reply), STATUS_OK);
	return reply.bytes;
}

static uint64_t request_type(void)
{
	return pty_write(A, SEQUENCE, MASTER, "two\n");
}

static void after_type(void)
{
	char text[64];

	cr_assert_eq(succeed(), 4);
	cr_assert_eq(pty_read(B, 70, SLAVE, text), 4);
	cr_assert_arr_eq(text, "one\n", 4);
	cr_assert_eq(pty_read(B, 71, SLAVE, text), 4);
	cr_assert_arr_eq(text, "two\n", 4);
	cr_assert_eq(pty_read(A, 72, MASTER, text), 10);
	cr_assert_arr_eq(text, "one\r\ntwo\r\n", 10);
	finish();
}

Test(console_crash, type_at_a_pty)
{
	open_pty();
	cr_assert_eq(pty_write(A, 2, MASTER, "one\n"), 4);
	request = request_type;
	fake_world->answers[A].sequence = SEQUENCE - 1;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_type), 100);
}

static uint64_t request_watch(void)
{
	return pty_read(A, SEQUENCE, MASTER, fake_world->client);
}

static void after_watch(void)
{
	char text[64];

	cr_assert_eq(succeed(), 6);
	cr_assert_arr_eq(fake_world->client, "seen\r\n", 6);
	cr_assert_eq(pty_write(B, 70, SLAVE, "more"), 4);
	cr_assert_eq(pty_read(A, 71, MASTER, text), 4);
	cr_assert_arr_eq(text, "more", 4);
	client_dead(A);
	client_dead(B);
	cr_assert_eq(console.world->pty[0].used, 0);
	finish();
}

Test(console_crash, read_a_master)
{
	open_pty();
	cr_assert_eq(pty_write(B, 2, SLAVE, "seen\n"), 5);
	request = request_watch;
	fake_world->answers[A].sequence = SEQUENCE - 1;
	cr_assert_gt(crash_everywhere(fake_world, sizeof(*fake_world), victim, after_watch), 100);
}
