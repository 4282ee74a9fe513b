/* SPDX-License-Identifier: MIT */
/*
 * The line discipline: what a byte from the keyboard does. Its behaviour is that of Linux's N_TTY
 * (drivers/tty/n_tty.c), as far as struct termios in terminal.h goes.
 */
#include "servers/console/job.h"

static uint16_t *entry(struct console_stable *stable, uint64_t position)
{
	return &stable->input[position % INPUT_ENTRIES];
}

static uint32_t entry_at(const struct console_stable *stable, uint64_t position)
{
	return stable->input[position % INPUT_ENTRIES];
}

static int is_character(const struct console_state *state, enum termios_character which,
			uint8_t byte)
{
	return byte && state->termios.character[which] == byte;
}

/* With IEXTEN only. */
static int is_extended(const struct console_state *state, enum termios_character which,
		       uint8_t byte)
{
	return state->termios.local & TERMIOS_IEXTEN && is_character(state, which, byte);
}

static int is_control(uint8_t byte)
{
	return byte < ' ' || byte == 0x7f;
}

static int shown_with_caret(const struct console_state *state, uint8_t byte)
{
	return state->termios.local & TERMIOS_ECHOCTL && is_control(byte) && byte != '\t';
}

/* ---- echo ---- */

static void echo_always(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	if (shown_with_caret(state, byte) && byte != '\n') {
		output_character(stable, state, '^');
		byte ^= 0x40;
	}
	output_character(stable, state, byte);
}

static void echo(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	if (state->termios.local & TERMIOS_ECHO)
		echo_always(stable, state, byte);
}

/* What ECHOPRT shows of erased characters ends with a slash. */
static void finish_erasing(struct console_stable *stable, struct console_state *state)
{
	if (state->erasing)
		output_character(stable, state, '/');
	state->erasing = 0;
}

static void back_one(struct console_stable *stable, struct console_state *state)
{
	output_character(stable, state, '\b');
	output_character(stable, state, ' ');
	output_character(stable, state, '\b');
}

/* ---- editing ---- */

static int is_continuation(const struct console_state *state, uint8_t byte)
{
	return state->termios.input & TERMIOS_IUTF8 && (byte & 0xc0) == 0x80;
}

static uint32_t width(const struct console_state *state, uint8_t byte, uint32_t column)
{
	if (byte == '\t')
		return 8 - column % 8;
	if (is_control(byte))
		return state->termios.local & TERMIOS_ECHOCTL ? 2 : 0;
	return !is_continuation(state, byte);
}

/* The column behind the line being edited. */
static uint32_t edit_column(const struct console_stable *stable, const struct console_state *state)
{
	uint32_t column = state->line_column;

	for (uint64_t at = state->complete; at != state->edit; at++)
		column += width(state, (uint8_t)entry_at(stable, at), column);
	return column;
}

/* Takes the last character away, all bytes of it. */
static uint8_t unput(const struct console_stable *stable, struct console_state *state)
{
	uint8_t byte;

	do {
		byte = (uint8_t)entry_at(stable, --state->edit);
	} while (is_continuation(state, byte) && state->edit != state->complete);
	return byte;
}

/* On paper: the erased characters, between a backslash and a slash. */
static void print_erased(struct console_stable *stable, struct console_state *state, uint64_t end)
{
	if (!state->erasing)
		output_character(stable, state, '\\');
	state->erasing = 1;
	echo(stable, state, (uint8_t)entry_at(stable, state->edit));
	for (uint64_t at = state->edit + 1; at != end; at++)
		output_character(stable, state, (uint8_t)entry_at(stable, at));
	if (state->edit == state->complete)
		finish_erasing(stable, state);
}

static void erase_one(struct console_stable *stable, struct console_state *state)
{
	uint64_t end = state->edit;
	uint8_t byte = unput(stable, state);
	uint32_t columns;

	if (!(state->termios.local & TERMIOS_ECHO))
		return;
	if (state->termios.local & TERMIOS_ECHOPRT) {
		print_erased(stable, state, end);
		return;
	}
	columns = width(state, byte, edit_column(stable, state));
	while (columns--) {
		if (byte == '\t')
			output_character(stable, state, '\b');
		else
			back_one(stable, state);
	}
}

static void erase_character(struct console_stable *stable, struct console_state *state)
{
	if (state->edit == state->complete)
		return;
	if (state->termios.local & (TERMIOS_ECHOE | TERMIOS_ECHOPRT)) {
		erase_one(stable, state);
		return;
	}
	unput(stable, state);
	echo(stable, state, state->termios.character[TERMIOS_VERASE]);
}

static int in_word(uint8_t byte)
{
	return byte == '_' || byte >= 0x80 || (byte >= '0' && byte <= '9') ||
	       (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static void erase_word(struct console_stable *stable, struct console_state *state)
{
	int seen = 0;

	while (state->edit != state->complete) {
		if (in_word((uint8_t)entry_at(stable, state->edit - 1)))
			seen = 1;
		else if (seen)
			break;
		erase_one(stable, state);
	}
}

static void erase_line(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	uint32_t visibly = TERMIOS_ECHO | TERMIOS_ECHOE | TERMIOS_ECHOK | TERMIOS_ECHOKE;
	uint32_t columns = edit_column(stable, state) - state->line_column;

	if (state->edit == state->complete)
		return;
	if ((state->termios.local & visibly) == visibly &&
	    output_room(state, CONSOLE_TERMINAL) >= 3 * columns + ECHO_ROOM) {
		while (state->edit != state->complete)
			erase_one(stable, state);
		return;
	}
	state->edit = state->complete;
	finish_erasing(stable, state);
	echo(stable, state, byte);
	if (state->termios.local & TERMIOS_ECHOK)
		echo(stable, state, '\n');
}

static void reprint(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	finish_erasing(stable, state);
	echo(stable, state, byte);
	echo(stable, state, '\n');
	state->line_column = state->column;
	for (uint64_t at = state->complete; at != state->edit; at++)
		echo(stable, state, (uint8_t)entry_at(stable, at));
}

/* ---- what a byte means ---- */

static void put_entry(struct console_stable *stable, struct console_state *state, uint32_t value)
{
	*entry(stable, state->edit++) = (uint16_t)value;
}

/* An ordinary character. A line that is too long takes no more, and rings the bell. */
static void put_character(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	int lines = input_by_lines(state);

	if (lines && state->edit - state->complete >= LINE_ENTRIES - 1) {
		if (state->termios.input & TERMIOS_IMAXBEL)
			output_character(stable, state, '\a');
		return;
	}
	finish_erasing(stable, state);
	if (state->edit == state->complete)
		state->line_column = state->column;
	/* Where marks may come, a byte that looks like one is doubled. */
	if (byte == 0xff && state->termios.input & TERMIOS_PARMRK &&
	    state->edit - state->read < INPUT_ENTRIES - 1)
		put_entry(stable, state, byte);
	put_entry(stable, state, byte);
	echo(stable, state, byte);
	if (!lines)
		state->complete = state->edit;
}

static void end_line(struct console_stable *stable, struct console_state *state, uint32_t value)
{
	put_entry(stable, state, value);
	state->complete = state->edit;
}

void input_flush(struct console_state *state)
{
	state->read = state->complete = state->edit;
	state->erasing = 0;
	packet_note(state, PACKET_FLUSH_READ, 0);
}

/* What tcflow stopped goes on by tcflow only. */
static void start_by_key(struct console_state *state)
{
	if (!(state->stopped & STOPPED_BY_CALL))
		output_stop(state, 0);
}

static int receive_flow(struct console_state *state, uint8_t byte)
{
	if (!(state->termios.input & TERMIOS_IXON))
		return 0;
	if (is_character(state, TERMIOS_VSTOP, byte)) {
		output_stop(state, STOPPED_BY_KEY);
		return 1;
	}
	if (is_character(state, TERMIOS_VSTART, byte)) {
		start_by_key(state);
		return 1;
	}
	if (state->termios.input & TERMIOS_IXANY)
		start_by_key(state);
	return 0;
}

static int receive_signal(struct console_stable *stable, struct console_state *state,
			  uint8_t byte)
{
	uint32_t signal = 0;

	if (!(state->termios.local & TERMIOS_ISIG))
		return 0;
	if (is_character(state, TERMIOS_VINTR, byte))
		signal = JOB_SIGINT;
	else if (is_character(state, TERMIOS_VQUIT, byte))
		signal = JOB_SIGQUIT;
	else if (is_character(state, TERMIOS_VSUSP, byte))
		signal = JOB_SIGTSTP;
	if (!signal)
		return 0;
	if (!(state->termios.local & TERMIOS_NOFLSH)) {
		output_flush(state);
		input_flush(state);
	}
	if (state->termios.input & TERMIOS_IXON)
		start_by_key(state);
	echo(stable, state, byte);
	if (state->foreground)
		state->signal = signal;
	return 1;
}

/* The next byte means itself. Shown as a caret that its echo overwrites. */
static void receive_literal(struct console_stable *stable, struct console_state *state)
{
	state->literal = 1;
	if (!(state->termios.local & TERMIOS_ECHO))
		return;
	finish_erasing(stable, state);
	if (!(state->termios.local & TERMIOS_ECHOCTL))
		return;
	output_character(stable, state, '^');
	output_character(stable, state, '\b');
}

/* Canonical mode: the characters that edit, and those that end a line. */
static int receive_editing(struct console_stable *stable, struct console_state *state,
			   uint8_t byte)
{
	if (is_character(state, TERMIOS_VERASE, byte))
		erase_character(stable, state);
	else if (is_character(state, TERMIOS_VKILL, byte))
		erase_line(stable, state, byte);
	else if (is_extended(state, TERMIOS_VWERASE, byte))
		erase_word(stable, state);
	else if (is_extended(state, TERMIOS_VREPRINT, byte) && state->termios.local & TERMIOS_ECHO)
		reprint(stable, state, byte);
	else
		return 0;
	return 1;
}

static int receive_line_end(struct console_stable *stable, struct console_state *state,
			    uint8_t byte)
{
	if (byte == '\n') {
		if (state->termios.local & (TERMIOS_ECHO | TERMIOS_ECHONL))
			echo_always(stable, state, byte);
		end_line(stable, state, byte | ENTRY_LINE);
	} else if (is_character(state, TERMIOS_VEOF, byte)) {
		end_line(stable, state, ENTRY_LINE | ENTRY_FILE);
	} else if (is_character(state, TERMIOS_VEOL, byte) ||
		   is_extended(state, TERMIOS_VEOL2, byte)) {
		echo(stable, state, byte);
		end_line(stable, state, byte | ENTRY_LINE);
	} else {
		return 0;
	}
	return 1;
}

/* c_iflag's changes. Gives 0 for a byte that is dropped. */
static int translate(const struct console_state *state, uint8_t *byte)
{
	if (*byte == '\r') {
		if (state->termios.input & TERMIOS_IGNCR)
			return 0;
		if (state->termios.input & TERMIOS_ICRNL)
			*byte = '\n';
	} else if (*byte == '\n' && state->termios.input & TERMIOS_INLCR) {
		*byte = '\r';
	}
	return 1;
}

void input_receive(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	if (state->termios.input & TERMIOS_ISTRIP)
		byte &= 0x7f;
	if (state->termios.input & TERMIOS_IUCLC && state->termios.local & TERMIOS_IEXTEN &&
	    byte >= 'A' && byte <= 'Z')
		byte |= 0x20;
	if (state->termios.local & TERMIOS_EXTPROC) {
		put_character(stable, state, byte);
		return;
	}
	if (state->literal) {
		state->literal = 0;
		put_character(stable, state, byte);
		return;
	}
	if (receive_flow(state, byte) || receive_signal(stable, state, byte) ||
	    !translate(state, &byte))
		return;
	if (state->termios.local & TERMIOS_ICANON) {
		if (is_extended(state, TERMIOS_VLNEXT, byte)) {
			receive_literal(stable, state);
			return;
		}
		if (receive_editing(stable, state, byte) || receive_line_end(stable, state, byte))
			return;
	}
	put_character(stable, state, byte);
}

int input_room(const struct console_state *state)
{
	return state->edit - state->read < INPUT_ENTRIES &&
	       (state->stopped || output_room(state, CONSOLE_TERMINAL) >= ECHO_ROOM);
}

/* ---- reading ---- */

/* What was typed as lines or bytes is one line, or bytes, from now on. */
void input_mode_changed(struct console_stable *stable, struct console_state *state, uint32_t before)
{
	if (!((before ^ state->termios.local) & (TERMIOS_ICANON | TERMIOS_EXTPROC)))
		return;
	for (uint64_t at = state->read; at != state->edit; at++)
		if (!(entry_at(stable, at) & ENTRY_FILE))
			*entry(stable, at) &= ENTRY_BYTE;
	if (state->termios.local & TERMIOS_ICANON && state->edit != state->read)
		*entry(stable, state->edit - 1) |= ENTRY_LINE;
	state->complete = state->edit;
	state->literal = state->erasing = 0;
}

/* A read finds something: a line, or as many bytes as it wants (VMIN, without a timer). */
int input_readable(const struct console_state *state)
{
	uint64_t least = 1;

	if (!input_by_lines(state) && !state->termios.character[TERMIOS_VTIME] &&
	    state->termios.character[TERMIOS_VMIN])
		least = state->termios.character[TERMIOS_VMIN];
	return state->complete - state->read >= least;
}

uint32_t input_available(const struct console_stable *stable, const struct console_state *state)
{
	uint32_t bytes = 0;

	for (uint64_t at = state->read; at != state->complete; at++)
		bytes += !(entry_at(stable, at) & ENTRY_FILE);
	return bytes;
}

uint32_t input_take(const struct console_stable *stable, struct console_state *state, uint8_t *to,
		    uint32_t bytes)
{
	int lines = input_by_lines(state);
	uint32_t taken = 0, value;

	while (state->read != state->complete) {
		value = entry_at(stable, state->read);
		/* An end of file right behind the last byte that was asked for belongs to this read. */
		if (taken == bytes && !(lines && value & ENTRY_FILE && taken))
			break;
		state->read++;
		if (!(value & ENTRY_FILE))
			to[taken++] = (uint8_t)(value & ENTRY_BYTE);
		if (lines && value & ENTRY_LINE)
			break;
	}
	return taken;
}
