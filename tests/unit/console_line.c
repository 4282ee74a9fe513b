/* sources: servers/console/input.c servers/console/output.c servers/console/state.c */
/* SPDX-License-Identifier: MIT */
/* The line discipline: keys in, lines and echo out. */
#define FAKE_STABLE_BYTES (256u << 10)
#include "tests/unit/server_fake.h"
#include "servers/console/job.h"

static struct console_stable *stable;
static char echoed[OUTPUT_BYTES + 1], line[LINE_ENTRIES + 1];

static const struct console_state *now(void)
{
	return console_now(stable);
}

static void set_up(void)
{
	uint64_t bytes;

	stable = stable_memory(&bytes);
	cr_assert_leq(sizeof(*stable), bytes);
	console_initialise(stable);
}
TestSuite(console_line, .init = set_up);

static void type(const char *keys)
{
	for (; *keys; keys++) {
		struct console_state *next = console_begin(stable);

		input_receive(stable, next, (uint8_t)*keys);
		console_commit(stable);
	}
}

/* What has reached the wire since it was looked at last. */
static const char *echo(void)
{
	struct ring *ring = &stable->state[stable->current].output[CONSOLE_TERMINAL];
	unsigned count = 0;

	while (ring_used(ring))
		echoed[count++] = (char)stable->output[CONSOLE_TERMINAL][ring->tail++ % OUTPUT_BYTES];
	echoed[count] = 0;
	return echoed;
}

/* One read; "(none)" where it would wait. */
static const char *read_line(uint32_t most)
{
	struct console_state *next = console_begin(stable);
	uint32_t taken;

	if (!input_readable(next))
		return "(none)";
	taken = input_take(stable, next, (uint8_t *)line, most);
	line[taken] = 0;
	console_commit(stable);
	return line;
}

static void set_local(uint32_t on, uint32_t off)
{
	struct console_state *next = console_begin(stable);
	uint32_t before = next->termios.local;

	next->termios.local = (before | on) & ~off;
	input_mode_changed(stable, next, before);
	console_commit(stable);
}

static void set_input(uint32_t on, uint32_t off)
{
	struct console_state *next = console_begin(stable);

	next->termios.input = (next->termios.input | on) & ~off;
	console_commit(stable);
}

static void set_output(uint32_t on, uint32_t off)
{
	struct console_state *next = console_begin(stable);

	next->termios.output = (next->termios.output | on) & ~off;
	console_commit(stable);
}

static void print(const char *text)
{
	struct console_state *next = console_begin(stable);

	for (; *text; text++)
		output_character(stable, next, (uint8_t)*text);
	console_commit(stable);
}

Test(console_line, a_line_is_there_when_it_is_complete)
{
	type("ls");
	cr_assert_str_eq(read_line(100), "(none)");
	type("\r");
	cr_assert_str_eq(read_line(100), "ls\n");
	cr_assert_str_eq(read_line(100), "(none)");
	cr_assert_str_eq(echo(), "ls\r\n");
}

Test(console_line, one_read_one_line)
{
	type("a\rbcd\r");
	cr_assert_str_eq(read_line(100), "a\n");
	cr_assert_str_eq(read_line(2), "bc");
	cr_assert_str_eq(read_line(100), "d\n");
}

Test(console_line, erase)
{
	type("ax\x7f" "b\x7f\x7f\x7f\x7f" "c\r");
	cr_assert_str_eq(read_line(100), "c\n");
	cr_assert_str_eq(echo(), "ax\b \bb\b \b\b \bc\r\n");
}

Test(console_line, erase_of_a_control_character_and_a_tab)
{
	type("\x16\x01\x7f" "ab\t\x7f" "c\r");
	cr_assert_str_eq(read_line(100), "abc\n");
	cr_assert_str_eq(echo(), "^\b^A\b \b\b \bab\t\b\b\b\b\b\bc\r\n");
}

Test(console_line, erase_takes_a_whole_character)
{
	type("a\xc3\xa4\x7f" "b\r");
	cr_assert_str_eq(read_line(100), "ab\n");
	cr_assert_str_eq(echo(), "a\xc3\xa4\b \bb\r\n");
}

Test(console_line, kill_and_word_erase)
{
	type("one two  \x17" "x\r");
	cr_assert_str_eq(read_line(100), "one x\n");
	echo();
	type("abc\x15" "d\r");
	cr_assert_str_eq(read_line(100), "d\n");
	cr_assert_str_eq(echo(), "abc\b \b\b \b\b \bd\r\n");
	set_local(0, TERMIOS_ECHOKE);
	type("abc\x15" "d\r");
	cr_assert_str_eq(read_line(100), "d\n");
	cr_assert_str_eq(echo(), "abc^U\r\nd\r\n");
}

Test(console_line, kill_does_not_reach_the_line_before)
{
	type("first\rsecond\x15\x7f\x7f");
	cr_assert_str_eq(read_line(100), "first\n");
	cr_assert_str_eq(read_line(100), "(none)");
}

Test(console_line, end_of_file)
{
	type("\x04");
	cr_assert_str_eq(read_line(100), "");
	cr_assert_str_eq(read_line(100), "(none)");
	type("abc\x04");
	cr_assert_str_eq(read_line(3), "abc");
	cr_assert_str_eq(read_line(100), "(none)");
	type("abc\x04");
	cr_assert_str_eq(read_line(2), "ab");
	cr_assert_str_eq(read_line(100), "c");
	cr_assert_str_eq(read_line(100), "(none)");
	type("x\r\x04");
	cr_assert_str_eq(read_line(100), "x\n");
	cr_assert_str_eq(read_line(100), "");
	cr_assert_str_eq(echo(), "abcabcx\r\n");
}

Test(console_line, signals)
{
	struct console_state *state = &stable->state[stable->current];

	state->foreground = 17;
	type("typed");
	cr_assert_str_eq(echo(), "typed");
	print("dropped");
	type("\x03");
	cr_assert_eq(now()->signal, JOB_SIGINT);
	cr_assert_str_eq(echo(), "^C");
	type("x\r");
	cr_assert_str_eq(read_line(100), "x\n");
	type("\x1a");
	cr_assert_eq(now()->signal, JOB_SIGTSTP);
	type("\x1c");
	cr_assert_eq(now()->signal, JOB_SIGQUIT);
	set_local(0, TERMIOS_ISIG);
	stable->state[stable->current].signal = 0;
	type("\x03\r");
	cr_assert_eq(now()->signal, 0);
	cr_assert_str_eq(read_line(100), "\x03\n");
}

Test(console_line, noflsh_keeps_what_was_typed)
{
	set_local(TERMIOS_NOFLSH, 0);
	type("ab\x03" "c\r");
	cr_assert_str_eq(read_line(100), "abc\n");
}

Test(console_line, stop_and_start)
{
	type("\x13");
	cr_assert(now()->stopped);
	type("a");
	cr_assert(now()->stopped);
	type("\x11");
	cr_assert_not(now()->stopped);
	set_input(TERMIOS_IXANY, 0);
	type("\x13");
	type("b");
	cr_assert_not(now()->stopped);
	set_input(0, TERMIOS_IXON);
	type("\x13");
	cr_assert_not(now()->stopped);
}

Test(console_line, carriage_returns_and_newlines)
{
	set_input(TERMIOS_IGNCR, 0);
	type("a\r\n");
	cr_assert_str_eq(read_line(100), "a\n");
	set_input(TERMIOS_INLCR, TERMIOS_IGNCR | TERMIOS_ICRNL);
	set_local(0, TERMIOS_ICANON);
	type("\r\n");
	cr_assert_str_eq(read_line(100), "\r\r");
}

Test(console_line, no_echo)
{
	set_local(0, TERMIOS_ECHO);
	type("secret\x7f\r");
	cr_assert_str_eq(echo(), "");
	set_local(TERMIOS_ECHONL, 0);
	type("secret\r");
	cr_assert_str_eq(echo(), "\r\n");
}

Test(console_line, raw)
{
	set_local(0, TERMIOS_ICANON | TERMIOS_ISIG | TERMIOS_ECHO);
	type("a\x7f\x04");
	cr_assert_str_eq(read_line(2), "a\x7f");
	cr_assert_str_eq(read_line(100), "\x04");
	cr_assert_str_eq(echo(), "");
}

Test(console_line, what_was_typed_survives_a_change_of_mode)
{
	type("half");
	set_local(0, TERMIOS_ICANON);
	cr_assert_str_eq(read_line(2), "ha");
	set_local(TERMIOS_ICANON, 0);
	cr_assert_str_eq(read_line(100), "lf");
	type("\x04x\r");
	set_local(0, TERMIOS_ICANON);
	cr_assert_eq(input_available(stable, now()), 2);
	cr_assert_str_eq(read_line(100), "x\n");
}

Test(console_line, vmin)
{
	set_local(0, TERMIOS_ICANON);
	stable->state[stable->current].termios.character[TERMIOS_VMIN] = 3;
	type("ab");
	cr_assert_str_eq(read_line(100), "(none)");
	type("c");
	cr_assert_str_eq(read_line(100), "abc");
}

Test(console_line, a_line_too_long_rings_the_bell_and_still_ends)
{
	for (unsigned i = 0; i < LINE_ENTRIES + 10; i++) {
		type("x");
		echo();
	}
	type("y");
	cr_assert_str_eq(echo(), "\a");
	type("\r");
	cr_assert_eq(strlen(read_line(LINE_ENTRIES)), LINE_ENTRIES);
	cr_assert_eq(line[LINE_ENTRIES - 1], '\n');
}

Test(console_line, input_stops_when_nobody_reads)
{
	unsigned lines = 0;

	while (input_room(now())) {
		type("\r");
		echo();
		lines++;
	}
	cr_assert_eq(lines, INPUT_ENTRIES);
	read_line(10);
	cr_assert(input_room(now()));
}

Test(console_line, output_is_translated)
{
	print("a\nb\r\n");
	cr_assert_str_eq(echo(), "a\r\nb\r\r\n");
	set_output(TERMIOS_XTABS, 0);
	print("ab\tc\t\n");
	cr_assert_str_eq(echo(), "ab      c       \r\n");
	set_output(TERMIOS_OCRNL, TERMIOS_ONLCR);
	print("a\r\n");
	cr_assert_str_eq(echo(), "a\n\n");
	set_output(0, TERMIOS_OPOST);
	print("\t\r\n");
	cr_assert_str_eq(echo(), "\t\r\n");
}

Test(console_line, reprint)
{
	type("ab\x12" "c\r");
	cr_assert_str_eq(echo(), "ab^R\r\nabc\r\n");
	cr_assert_str_eq(read_line(100), "abc\n");
}

/* Any keys in any modes: the rings stay in bounds, and what can be read is read. */
Test(console_line, random_keys)
{
	srand(1);
	for (unsigned i = 0; i < 300000; i++) {
		struct console_state *next = console_begin(stable);
		uint32_t before = next->termios.local;

		if (rand() % 64 == 0) {
			next->termios.local ^= 1u << rand() % 16;
			next->termios.input ^= 1u << rand() % 16;
			next->termios.output ^= 1u << rand() % 16;
			input_mode_changed(stable, next, before);
		}
		if (input_room(next))
			input_receive(stable, next, (uint8_t)(rand() % 3 ? rand() % 32 : rand()));
		console_commit(stable);
		cr_assert(now()->read <= now()->complete && now()->complete <= now()->edit);
		cr_assert_leq(now()->edit - now()->read, INPUT_ENTRIES);
		cr_assert_leq(ring_used(&now()->output[0]), OUTPUT_BYTES);
		if (rand() % 8 == 0)
			echo();
		if (rand() % 16 == 0)
			read_line(1 + (unsigned)rand() % LINE_ENTRIES);
	}
}
