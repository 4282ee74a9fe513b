/* SPDX-License-Identifier: MIT */
#include "servers/console/terminal.h"

#define TAB_COLUMNS 8u

void output_byte(struct console_stable *stable, struct console_state *state, unsigned device,
		 uint8_t byte)
{
	struct ring *ring = &state->output[device];

	if (ring_used(ring) < OUTPUT_BYTES)
		stable->output[device][ring->head++ % OUTPUT_BYTES] = byte;
}

void output_flush(struct console_state *state)
{
	struct ring *ring = &state->output[CONSOLE_TERMINAL];

	if (ring_used(ring) > state->on_line)
		ring->head = ring->tail + state->on_line;
	packet_note(state, PACKET_FLUSH_WRITE, 0);
}

void output_stop(struct console_state *state, uint32_t why)
{
	if (why && !state->stopped) {
		state->stopped_at = state->output[CONSOLE_TERMINAL].head;
		packet_note(state, PACKET_STOP, PACKET_START);
	}
	if (!why && state->stopped)
		packet_note(state, PACKET_START, PACKET_STOP);
	state->stopped = why ? state->stopped | why : 0;
}

static void put(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	output_byte(stable, state, CONSOLE_TERMINAL, byte);
}

static void put_tab(struct console_stable *stable, struct console_state *state)
{
	uint32_t spaces = TAB_COLUMNS - state->column % TAB_COLUMNS;

	state->column += spaces;
	if ((state->termios.output & TERMIOS_XTABS) != TERMIOS_XTABS)
		put(stable, state, '\t');
	else
		while (spaces--)
			put(stable, state, ' ');
}

static void put_return(struct console_stable *stable, struct console_state *state)
{
	if (state->termios.output & TERMIOS_ONOCR && state->column == 0)
		return;
	if (!(state->termios.output & TERMIOS_OCRNL) || state->termios.output & TERMIOS_ONLRET)
		state->column = 0;
	put(stable, state, state->termios.output & TERMIOS_OCRNL ? '\n' : '\r');
}

static void put_newline(struct console_stable *stable, struct console_state *state)
{
	if (state->termios.output & (TERMIOS_ONLCR | TERMIOS_ONLRET))
		state->column = 0;
	if (state->termios.output & TERMIOS_ONLCR)
		put(stable, state, '\r');
	put(stable, state, '\n');
}

/* Bytes that move the cursor: not controls, and of a UTF-8 character only the first. */
static int advances(const struct console_state *state, uint8_t byte)
{
	return byte >= ' ' && byte != 0x7f &&
	       !(state->termios.input & TERMIOS_IUTF8 && (byte & 0xc0) == 0x80);
}

void output_character(struct console_stable *stable, struct console_state *state, uint8_t byte)
{
	if (!(state->termios.output & TERMIOS_OPOST)) {
		put(stable, state, byte);
		return;
	}
	switch (byte) {
	case '\n':
		put_newline(stable, state);
		return;
	case '\r':
		put_return(stable, state);
		return;
	case '\t':
		put_tab(stable, state);
		return;
	case '\b':
		if (state->column)
			state->column--;
		break;
	default:
		if (state->termios.output & TERMIOS_OLCUC && byte >= 'a' && byte <= 'z')
			byte ^= 0x20;
		state->column += advances(state, byte) != 0;
	}
	put(stable, state, byte);
}
