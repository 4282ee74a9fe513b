/* sources: servers/console/input.c servers/console/output.c libipc/ring.c libipc/watch.c */
/* SPDX-License-Identifier: MIT */
/* servers/console between programs, a uart and process. */
#include "tests/unit/console_fake.h"

#include "kernel/abi/info.h"

#define A 1u                             /* leads session 101 */
#define B 2u

static uint32_t sequence;
static char out[4096];

static void set_up(void)
{
	fake_set_time(0);
	cr_assert_eq(start(0), STATUS_OK);
}
TestSuite(console_service, .init = set_up);

static void restart(void)
{
	memset(&console, 0, sizeof(console));
	cr_assert_eq(start(1), STATUS_OK);
}

static status_t read_as(unsigned client, uint32_t flags, uint64_t most, uint64_t *moved)
{
	struct call call = fake_call(client, ++sequence);
	struct console_read_reply reply = { 0 };
	status_t status;

	fake_lend(out, most);
	status = on_read(&call, &(struct console_read_request){ CONSOLE_TERMINAL, flags, most },
			 &reply);
	*moved = reply.bytes;
	return status;
}

static status_t write_as(unsigned client, uint32_t device, const char *text, uint64_t bytes,
			 uint64_t *moved)
{
	struct call call = fake_call(client, ++sequence);
	struct console_write_reply reply = { 0 };
	status_t status;

	fake_lend((void *)(uintptr_t)text, bytes);
	status = on_write(&call, &(struct console_write_request){ device, CONSOLE_NONBLOCK, bytes },
			  &reply);
	*moved = reply.bytes;
	return status;
}

static void acquire(unsigned client)
{
	struct call call = fake_call(client, 0);

	cr_assert_eq(on_acquire(&call, &(struct console_acquire_request){ 0 }, 0), STATUS_OK);
}

static status_t set_foreground(unsigned client, uint16_t flags, uint32_t group)
{
	struct call call = fake_call(client, 0);

	return on_set_foreground(&call, &(struct console_set_foreground_request){
		CONSOLE_TERMINAL, flags, group }, 0);
}

Test(console_service, output_reaches_the_wire)
{
	uint64_t moved;

	cr_assert_eq(write_as(A, CONSOLE_TERMINAL, "a\nb", 3, &moved), STATUS_OK);
	cr_assert_eq(moved, 3);
	cr_assert_str_eq(peers->output[UART_CONSOLE], "a\r\nb");
	cr_assert_eq(write_as(A, CONSOLE_REPORT, "a\nb", 3, &moved), STATUS_OK);
	cr_assert_str_eq(peers->output[UART_REPORT], "a\nb");
	cr_assert_eq(write_as(A, CONSOLE_DEVICES, "a", 1, &moved), STATUS_ERRNO(E_IO));
}

Test(console_service, a_slow_wire_holds_writers_up)
{
	static char big[3 * OUTPUT_BYTES];
	uint64_t moved, total;

	peers->room[UART_REPORT] = 10;
	cr_assert_eq(write_as(A, CONSOLE_REPORT, big, sizeof(big), &moved), STATUS_OK);
	cr_assert_leq(moved, OUTPUT_BYTES);
	total = moved;
	/* Ten bytes have left: they are room. */
	cr_assert_eq(write_as(A, CONSOLE_REPORT, big, sizeof(big), &moved), STATUS_OK);
	total += moved;
	cr_assert_leq(total, OUTPUT_BYTES + 10);
	cr_assert_eq(write_as(A, CONSOLE_REPORT, big, sizeof(big), &moved), STATUS_ERRNO(E_AGAIN));
	peers->room[UART_REPORT] = ~0ull;
	notified(UART_NOTIFY_OUTPUT);
	cr_assert_eq(peers->accepted[UART_REPORT], total);
	cr_assert_eq(write_as(A, CONSOLE_REPORT, big, 5, &moved), STATUS_OK);
}

static status_t keys_come(struct event *event, struct call *call)
{
	void *window = fake_window;
	uint64_t size = fake_window_bytes;

	cr_assert_eq(event, &console.terminal[0].input);
	(void)call;
	peers_type("ls\r");
	notified(UART_NOTIFY_INPUT);
	fake_lend(window, size);
	return STATUS_OK;
}

Test(console_service, a_reader_waits_for_a_line)
{
	uint64_t moved;

	cr_assert_eq(read_as(A, CONSOLE_NONBLOCK, 100, &moved), STATUS_ERRNO(E_AGAIN));
	fake_others = keys_come;
	cr_assert_eq(read_as(A, 0, 100, &moved), STATUS_OK);
	cr_assert_eq(moved, 3);
	cr_assert_arr_eq(out, "ls\n", 3);
	cr_assert_str_eq(peers->output[UART_CONSOLE], "ls\r\n");
	cr_assert_eq(read_as(A, 0, 0, &moved), STATUS_OK);
}

static void set_raw(uint8_t least, uint8_t time)
{
	struct call call = fake_call(A, 0);
	struct console_set_attributes_request request = { .termios = now(&console.terminal[0])->termios };

	request.termios.local &= ~(uint32_t)(TERMIOS_ICANON | TERMIOS_ECHO);
	request.termios.character[TERMIOS_VMIN] = least;
	request.termios.character[TERMIOS_VTIME] = time;
	cr_assert_eq(on_set_attributes(&call, &request, 0), STATUS_OK);
}

static status_t time_passes(struct event *event, struct call *call)
{
	(void)event;
	(void)call;
	cr_assert_neq(fake_deadline_ns, 0);
	fake_set_time(fake_deadline_ns);
	console_read_timeout();
	return STATUS_OK;
}

Test(console_service, min_and_time)
{
	uint64_t moved;

	fake_set_time(1000);
	set_raw(0, 0);
	cr_assert_eq(read_as(A, 0, 10, &moved), STATUS_OK);
	cr_assert_eq(moved, 0);
	set_raw(0, 5);
	fake_others = time_passes;
	cr_assert_eq(read_as(A, 0, 10, &moved), STATUS_OK);
	cr_assert_eq(moved, 0);
	cr_assert_eq(fake_waits, 1);
	set_raw(5, 5);
	peers_type("abc");
	notified(UART_NOTIFY_INPUT);
	cr_assert_eq(read_as(A, 0, 10, &moved), STATUS_OK);
	cr_assert_eq(moved, 3);
	set_raw(2, 0);
	peers_type("de");
	notified(UART_NOTIFY_INPUT);
	cr_assert_eq(read_as(A, 0, 1, &moved), STATUS_OK);
	cr_assert_eq(moved, 1);
}

Test(console_service, control_c_reaches_the_foreground_group)
{
	acquire(A);
	cr_assert_eq(set_foreground(A, 0, 102), STATUS_OK);
	peers_type("\x03");
	notified(UART_NOTIFY_INPUT);
	cr_assert_eq(peers->sent.count, 1);
	cr_assert_eq(peers->sent.group, 102);
	cr_assert_eq(peers->sent.signal, JOB_SIGINT);
	cr_assert_eq(now(&console.terminal[0])->signal, 0);
}

Test(console_service, the_background_is_stopped)
{
	uint64_t moved;

	acquire(A);
	cr_assert_eq(set_foreground(A, 0, 102), STATUS_OK);
	cr_assert_eq(read_as(A, 0, 1, &moved), STATUS_CANCELLED);
	cr_assert_eq(peers->sent.group, 101);
	cr_assert_eq(peers->sent.signal, JOB_SIGTTIN);
	cr_assert_eq(read_as(A, CONSOLE_UNSTOPPABLE, 1, &moved), STATUS_ERRNO(E_IO));
	cr_assert_eq(set_foreground(A, 0, 101), STATUS_CANCELLED);
	cr_assert_eq(peers->sent.signal, JOB_SIGTTOU);
	cr_assert_eq(set_foreground(A, CONSOLE_UNSTOPPABLE, 101), STATUS_OK);
	cr_assert_eq(set_foreground(A, 0, 250), STATUS_ERRNO(E_SRCH));
	cr_assert_eq(write_as(B, CONSOLE_TERMINAL, "x", 1, &moved), STATUS_OK);
}

Test(console_service, who_may_have_the_terminal)
{
	struct call call = fake_call(B, 0);

	cr_assert_eq(set_foreground(B, 0, 102), STATUS_ERRNO(E_NOTTY));
	cr_assert_eq(on_acquire(&call, &(struct console_acquire_request){ 0 }, 0),
		     STATUS_ERRNO(E_PERM));
	acquire(A);
	acquire(A);                      /* it is its already */
	client_dead(A);
	cr_assert_eq(now(&console.terminal[0])->session, 0);
	cr_assert_eq(peers->sent.group, 101);
	cr_assert_eq(peers->sent.signal, JOB_SIGHUP);
}

/* The leader hears of it at once, the group in the foreground when the leader has ended. */
Test(console_service, what_is_open_of_a_terminal_that_is_hung_up_is_dead)
{
	struct call call = fake_call(A, 0);
	struct console_open_reply opened;
	struct console_state_reply state;
	uint64_t moved;

	acquire(A);
	cr_assert_eq(set_foreground(A, 0, 102), STATUS_OK);
	cr_assert_eq(on_hang_up(&call, &(struct console_hang_up_request){
		CONSOLE_HANG_UP_CONTROLLING, 0 }, 0), STATUS_OK);
	cr_assert_eq(peers->sent.signal, JOB_SIGCONT);
	cr_assert_eq(peers->sent.process, 101);
	restart();
	cr_assert_eq(read_as(A, 0, 1, &moved), STATUS_OK);
	cr_assert_eq(moved, 0);
	cr_assert_eq(write_as(A, CONSOLE_TERMINAL, "x", 1, &moved), STATUS_ERRNO(E_IO));
	cr_assert_eq(on_state(&call, &(struct console_state_request){ 0 }, &state),
		     STATUS_ERRNO(E_IO));
	cr_assert_eq(on_open(&call, &(struct console_open_request){ CONSOLE_OPEN_UART, 0 },
			     &opened), STATUS_OK);
	cr_assert_neq(opened.device, CONSOLE_TERMINAL);
	cr_assert_eq(on_state(&call, &(struct console_state_request){ opened.device }, &state),
		     STATUS_OK);
	cr_assert_eq(peers->sent.count, 2);
	client_dead(A);
	cr_assert_eq(peers->sent.count, 4);
	cr_assert_eq(peers->sent.group, 102);
}

Test(console_service, a_change_of_size_is_told)
{
	struct call call = fake_call(A, 0);
	struct console_set_window_request request = { .size = { 50, 132, 0, 0 } };

	acquire(A);
	cr_assert_eq(on_set_window(&call, &request, 0), STATUS_OK);
	cr_assert_eq(on_set_window(&call, &request, 0), STATUS_OK);
	cr_assert_eq(peers->sent.count, 1);
	cr_assert_eq(peers->sent.signal, JOB_SIGWINCH);
	cr_assert_eq(now(&console.terminal[0])->size.columns, 132);
}

Test(console_service, the_report_channel_is_no_terminal)
{
	struct call call = fake_call(A, 0);
	struct console_attributes_reply attributes;
	struct console_poll_reply poll = { 0 };

	cr_assert_eq(on_attributes(&call, &(struct console_attributes_request){ CONSOLE_REPORT },
				   &attributes), STATUS_ERRNO(E_NOTTY));
	cr_assert_eq(on_poll(&call, &(struct console_poll_request){ CONSOLE_REPORT,
		POLL_INPUT | POLL_OUTPUT, 0 }, &poll), STATUS_OK);
	cr_assert_eq(poll.ready, POLL_OUTPUT);
}

Test(console_service, poll_and_its_notification)
{
	struct call call = fake_call(A, 0);
	struct console_poll_request request = { CONSOLE_TERMINAL, POLL_INPUT, 1 };
	struct console_poll_reply poll = { 0 };

	call.capability[0] = 77;
	cr_assert_eq(on_watch(&call, &(struct console_watch_request){ 8 }, 0), STATUS_OK);
	cr_assert_eq(on_poll(&call, &request, &poll), STATUS_OK);
	cr_assert_eq(poll.ready, 0);
	peers_type("x\r");
	notified(UART_NOTIFY_INPUT);
	cr_assert_eq(fake_notified.slot, 77);
	cr_assert_eq(fake_notified.bits, 8);
	cr_assert_eq(on_poll(&call, &request, &poll), STATUS_OK);
	cr_assert_eq(poll.ready, POLL_INPUT);
}

Test(console_service, stop_holds_output_and_start_lets_it_go)
{
	uint64_t moved;

	peers_type("\x13");
	notified(UART_NOTIFY_INPUT);
	cr_assert_eq(write_as(A, CONSOLE_TERMINAL, "held", 4, &moved), STATUS_OK);
	cr_assert_eq(peers->accepted[UART_CONSOLE], 0);
	peers_type("\x11");
	notified(UART_NOTIFY_INPUT);
	cr_assert_str_eq(peers->output[UART_CONSOLE], "held");
}

Test(console_service, keys_are_heard_behind_output_that_does_not_move)
{
	static char big[OUTPUT_BYTES];
	uint64_t moved;

	acquire(A);
	memset(big, 'x', sizeof(big));
	peers->room[UART_CONSOLE] = 0;
	while (write_as(A, CONSOLE_TERMINAL, big, sizeof(big), &moved) == STATUS_OK)
		;
	peers_type("\x03");
	notified(UART_NOTIFY_INPUT);
	cr_assert_eq(peers->sent.count, 1);
	/* Held, and more typed than its echo has room for: the key that lets go works still. */
	peers_type("\x13");
	for (unsigned i = 0; i < 30; i++) {
		peers_type("0123456789\r");
		notified(UART_NOTIFY_INPUT);
	}
	cr_assert(now(&console.terminal[0])->stopped);
	peers_type("\x11");
	notified(UART_NOTIFY_INPUT);
	cr_assert_not(now(&console.terminal[0])->stopped);
	cr_assert_eq(input_available(console.terminal[0].stable, now(&console.terminal[0])), 330);
}

Test(console_service, a_restart_keeps_everything)
{
	uint64_t moved;

	acquire(A);
	peers->room[UART_CONSOLE] = 5;
	cr_assert_eq(write_as(A, CONSOLE_TERMINAL, "0123456789", 10, &moved), STATUS_OK);
	set_raw(3, 0);
	peers_type("ab");
	notified(UART_NOTIFY_INPUT);
	restart();
	peers->room[UART_CONSOLE] = 100;
	peers_type("c");
	notified(NOTIFY_RESTARTED);
	cr_assert_str_eq(peers->output[UART_CONSOLE], "0123456789");
	cr_assert_eq(now(&console.terminal[0])->session, 101);
	cr_assert_eq(read_as(A, 0, 10, &moved), STATUS_OK);
	cr_assert_arr_eq(out, "abc", 3);
}
