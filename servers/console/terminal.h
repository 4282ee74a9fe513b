/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_CONSOLE_TERMINAL_H
#define BULKHEAD_CONSOLE_TERMINAL_H

#include "libipc/ring.h"
#include "libipc/watch.h"
/* After libipc/server.h: it decides what an interface table becomes. */
#include "libipc/proto/console.h"

/*
 * The terminal's state and its line discipline, without a kernel call.
 *
 * All state is in stable memory, in two copies of which one is current. Whatever happens - a byte
 * came, a program wrote, a line was read - is worked out on the other copy and takes effect when
 * that becomes the current one, by one store (console_commit). Bytes in the two kinds of rings that
 * lie outside of what the current copy describes are nobody's, and may be written before.
 */
#define INPUT_ENTRIES 8192u
#define LINE_ENTRIES  4096u              /* of one line in canonical mode, its end included */
#define OUTPUT_BYTES  16384u
#define PTY_ON_LINE   4095u              /* what a master's side of Linux has taken in advance */
#define PTY_GROUP     5u                 /* tty */
#define NO_CLIENT     0xffffffffu

/* struct termios of Linux: c_iflag, c_oflag, c_lflag, c_cc. Only what has an effect here. */
enum termios_input {
	TERMIOS_PARMRK = 010, TERMIOS_ISTRIP = 040, TERMIOS_INLCR = 0100, TERMIOS_IGNCR = 0200,
	TERMIOS_ICRNL = 0400, TERMIOS_IUCLC = 01000, TERMIOS_IXON = 02000,
	TERMIOS_IXANY = 04000, TERMIOS_IMAXBEL = 020000, TERMIOS_IUTF8 = 040000,
};
enum termios_output {
	TERMIOS_OPOST = 01, TERMIOS_OLCUC = 02, TERMIOS_ONLCR = 04, TERMIOS_OCRNL = 010,
	TERMIOS_ONOCR = 020,
	TERMIOS_ONLRET = 040, TERMIOS_XTABS = 014000,
};
enum termios_local {
	TERMIOS_ISIG = 01, TERMIOS_ICANON = 02, TERMIOS_ECHO = 010, TERMIOS_ECHOE = 020,
	TERMIOS_ECHOK = 040, TERMIOS_ECHONL = 0100, TERMIOS_NOFLSH = 0200, TERMIOS_TOSTOP = 0400,
	TERMIOS_ECHOCTL = 01000, TERMIOS_ECHOPRT = 02000, TERMIOS_ECHOKE = 04000,
	TERMIOS_IEXTEN = 0100000, TERMIOS_EXTPROC = 0200000,
};
enum termios_character {
	TERMIOS_VINTR, TERMIOS_VQUIT, TERMIOS_VERASE, TERMIOS_VKILL, TERMIOS_VEOF, TERMIOS_VTIME,
	TERMIOS_VMIN, TERMIOS_VSWTC, TERMIOS_VSTART, TERMIOS_VSTOP, TERMIOS_VSUSP, TERMIOS_VEOL,
	TERMIOS_VREPRINT, TERMIOS_VDISCARD, TERMIOS_VWERASE, TERMIOS_VLNEXT, TERMIOS_VEOL2,
};

/* An entry of the input ring: a byte, and whether a line ends behind it. */
#define ENTRY_BYTE 0x00ffu
#define ENTRY_LINE 0x0100u               /* reads of lines stop here */
#define ENTRY_FILE 0x0200u               /* ... and the entry itself is not data: end of file */

struct console_state {
	struct console_termios termios;
	uint32_t on_line;                /* output that a flush cannot reach any more */
	struct console_size size;
	struct console_owner owner;
	uint32_t session, foreground;    /* whose controlling terminal; 0: nobody's */
	uint32_t leader;                 /* the session leader's client index, or NO_CLIENT */
	uint32_t signal;                 /* to be sent to the foreground group; 0: none */
	uint64_t received;               /* bytes taken from the uart */
	/* Positions in the input ring: [read, complete) can be read, [complete, edit) is edited. */
	uint64_t read, complete, edit;
	uint32_t column;                 /* of the cursor */
	uint32_t line_column;            /* where the line being edited begins */
	uint32_t literal, stopped;       /* the next byte means itself (VLNEXT); output is held */
	uint64_t stopped_at;             /* what was there before that is not held, of a pty */
	uint32_t erasing;                /* what is erased is being shown (ECHOPRT) */
	uint32_t exclusive;              /* TIOCEXCL */
	uint32_t hangups;                /* so often was it hung up */
	uint32_t packet, packet_status;  /* TIOCPKT: its master wants to know; what, by now */
	struct ring output[CONSOLE_DEVICES]; /* positions of the uart's streams */
	/* The last request that must not be executed twice, and its answer. */
	uint32_t client, sequence;
	uint64_t answer;
};

struct console_stable {
	uint32_t current, reserved;      /* which state counts */
	struct console_state state[2];
	uint16_t input[INPUT_ENTRIES];
	uint8_t output[CONSOLE_DEVICES][OUTPUT_BYTES];
};

/*
 * A pty. It exists while somebody holds a side of it. Each change here is one store; its output ring
 * is read by the master, its input ring written.
 */
struct pty {
	uint64_t used;
	uint32_t locked, slave_opened;
	struct client_set master, slave; /* who holds that side */
	struct console_stable terminal;
};

struct console_world {
	struct watch_table watches;
	/* Of leaders whose terminal was hung up: the group to be told when they end; 0: none. */
	uint32_t hung_group[CLIENT_MAX];
	struct console_stable terminal;
	struct pty pty[CONSOLE_PTYS];
};

/* Why output is held: by a key (VSTOP), by tcflow. */
#define STOPPED_BY_KEY  1u
#define STOPPED_BY_CALL 2u

/* What a master in packet mode hears of its slave: TIOCPKT_* of Linux. */
enum packet_status {
	PACKET_FLUSH_READ = 1, PACKET_FLUSH_WRITE = 2, PACKET_STOP = 4, PACKET_START = 8,
	PACKET_NO_STOP = 16, PACKET_DO_STOP = 32, PACKET_CONTROL = 64,
};
static inline void packet_note(struct console_state *state, uint32_t what, uint32_t no_longer)
{
	if (state->packet)
		state->packet_status = (state->packet_status & ~no_longer) | what;
}

/* A copy to work on; what it becomes when it is finished. */
static inline const struct console_state *console_now(const struct console_stable *stable)
{
	return &stable->state[stable->current];
}
struct console_state *console_begin(struct console_stable *stable);
void console_commit(struct console_stable *stable);
/* The same, and the answer of a request with it. */
void console_commit_answer(struct console_stable *stable, struct call *call, uint64_t answer);
/* At a start: publishes the answer of a request that took effect and was not answered. */
void console_recover(struct console_stable *stable);
/* At the very first start. */
void console_initialise(struct console_stable *stable);
/* Of a new pty. */
void console_initialise_pty(struct console_stable *stable, uint32_t user);

/* Output (output.c). Room in bytes; a character takes at most OUTPUT_EXPANSION. */
#define OUTPUT_EXPANSION 8u
#define ECHO_ROOM        256u            /* kept free by programs, so that keys are looked at */
static inline uint64_t output_room(const struct console_state *state, unsigned device)
{
	return OUTPUT_BYTES - ring_used(&state->output[device]);
}
static inline int output_has_room(const struct console_state *state, unsigned device)
{
	return output_room(state, device) >= ECHO_ROOM + OUTPUT_EXPANSION;
}
void output_byte(struct console_stable *stable, struct console_state *state, unsigned device,
		 uint8_t byte);
/* Output that has not left yet is dropped, but for what the line would have taken by now. */
void output_flush(struct console_state *state);
/* `why`: 0: it goes on, else a bit to be added. */
void output_stop(struct console_state *state, uint32_t why);
/* To the terminal, with what c_oflag asks for. Without room it is dropped: see output_room. */
void output_character(struct console_stable *stable, struct console_state *state, uint8_t byte);

/*
 * Input (input.c). Room means: whatever byte comes next, nothing of it is lost, nor of its echo
 * (which is, in the end, where output is held: a key must be able to let it go).
 */
int input_room(const struct console_state *state);
/* Lines are edited here. With EXTPROC the other side does that. */
static inline int input_by_lines(const struct console_state *state)
{
	return (state->termios.local & (TERMIOS_ICANON | TERMIOS_EXTPROC)) == TERMIOS_ICANON;
}
void input_receive(struct console_stable *stable, struct console_state *state, uint8_t byte);
void input_flush(struct console_state *state);
/* c_lflag has changed from `before`: lines become bytes, or bytes a line. */
void input_mode_changed(struct console_stable *stable, struct console_state *state,
			uint32_t before);
/* Bytes that reads find now, all together. */
uint32_t input_available(const struct console_stable *stable, const struct console_state *state);
/* Would poll say that a read finds something (an end of file, too)? */
int input_readable(const struct console_state *state);
/* Moves input out of the ring into `to`, as one read of at most `bytes`; gives how many. */
uint32_t input_take(const struct console_stable *stable, struct console_state *state, uint8_t *to,
		    uint32_t bytes);

#endif
