/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_PROTO_CONSOLE_H
#define BULKHEAD_PROTO_CONSOLE_H

#include "libipc/interface.h"
#include "libipc/proto/poll.h"

/*
 * The terminal, and the report channel. Both are named by a number: they have no open file
 * descriptions here, so nothing is inherited or released, and O_NONBLOCK comes with each request.
 * The report channel is a sink: it takes write, state, drain, poll, and refuses the rest (NOTTY).
 */
enum console_device { CONSOLE_TERMINAL, CONSOLE_REPORT, CONSOLE_DEVICES };

/*
 * Ptys. Each side is a device, which a process holds or not: once, whatever it has opened how
 * often. A slave is a terminal; its master reads what is written there, and writes what is read. Of
 * a master, the requests about attributes and window size are the slave's. Without a master, the
 * slave is hung up: end of file, EIO. Without a slave, once there was one, a master's read is EIO.
 */
#define CONSOLE_PTYS 16u
#define CONSOLE_PTY(number)        (CONSOLE_DEVICES + 2 * (number))
#define CONSOLE_PTY_NUMBER(device) (((device) - CONSOLE_DEVICES) / 2)
#define CONSOLE_IS_MASTER(device)  ((device) >= CONSOLE_DEVICES && (device) & 1)

/* With read, write, set_attributes, set_foreground. */
#define CONSOLE_NONBLOCK    1u
#define CONSOLE_UNSTOPPABLE 2u                   /* SIGTTIN (SIGTTOU) is ignored or blocked */

#define CONSOLE_INTERFACE(ROW) \
	ROW(console, read,           ONCE) \
	ROW(console, write,          ONCE) \
	ROW(console, drain,          REPEATABLE) \
	ROW(console, flush,          REPEATABLE) \
	ROW(console, state,          REPEATABLE) \
	ROW(console, attributes,     REPEATABLE) \
	ROW(console, set_attributes, REPEATABLE) \
	ROW(console, window,         REPEATABLE) \
	ROW(console, set_window,     REPEATABLE) \
	ROW(console, set_foreground, REPEATABLE) \
	ROW(console, acquire,        REPEATABLE) \
	ROW(console, disown,         REPEATABLE) \
	ROW(console, watch,          REPEATABLE) \
	ROW(console, poll,           REPEATABLE) \
	ROW(console, open,           ONCE) \
	ROW(console, inherit,        REPEATABLE) \
	ROW(console, hold,           REPEATABLE) \
	ROW(console, release,        REPEATABLE) \
	ROW(console, pty,            REPEATABLE) \
	ROW(console, lock_pty,       REPEATABLE) \
	ROW(console, flow,           REPEATABLE) \
	ROW(console, type,           ONCE)

/*
 * Window 0, `bytes` of it. read: 0 bytes: end of file. write: at least one byte, then what fits at
 * once; the personality of a blocking writer goes on with the rest. AGAIN with NONBLOCK. CANCELLED:
 * nothing was moved by this call; a background process gets that too, after its group was sent
 * SIGTTIN (with TOSTOP, a writer SIGTTOU); EIO where that signal could not stop it.
 */
struct console_read_request { uint32_t device, flags; uint64_t bytes; };
struct console_read_reply { uint64_t bytes; };
struct console_write_request { uint32_t device, flags; uint64_t bytes; };
struct console_write_reply { uint64_t bytes; };

/* Waits until everything written is on the wire. */
struct console_drain_request { uint64_t device; };
struct console_drain_reply { };

#define CONSOLE_FLUSH_INPUT  1u
#define CONSOLE_FLUSH_OUTPUT 2u                  /* what did not reach the driver yet */
struct console_flush_request { uint32_t device, queues; };
struct console_flush_reply { };

struct console_state_request { uint64_t device; };
struct console_state_reply {
	uint32_t input_bytes, output_bytes;      /* FIONREAD, TIOCOUTQ */
	uint32_t session, foreground;            /* whose controlling terminal (0: nobody's); group */
};

/* Linux's struct termios, as TCGETS has it, padded to whole words. */
#define TERMIOS_CHARACTERS 19
struct console_termios {
	uint32_t input, output, control, local;  /* c_iflag c_oflag c_cflag c_lflag */
	uint8_t line;
	uint8_t character[TERMIOS_CHARACTERS];   /* c_cc */
	uint32_t reserved;                       /* not part of Linux's 36 bytes */
};
struct console_attributes_request { uint64_t device; };
struct console_attributes_reply { struct console_termios termios; };

/* TCSETS, TCSETSW, TCSETSF. A background process is stopped by SIGTTOU (CANCELLED) or goes on. */
enum console_when { CONSOLE_NOW, CONSOLE_DRAIN, CONSOLE_DRAIN_FLUSH };
struct console_set_attributes_request {
	uint32_t device;
	uint16_t when, flags;
	struct console_termios termios;
};
struct console_set_attributes_reply { };

/* struct winsize. A change sends SIGWINCH to the foreground group. */
struct console_size { uint16_t rows, columns, x_pixels, y_pixels; };
struct console_window_request { uint64_t device; };
struct console_window_reply { struct console_size size; };
struct console_set_window_request { uint64_t device; struct console_size size; };
struct console_set_window_reply { };

/*
 * TIOCSPGRP: a group of the terminal's session (else PERM). NOTTY: not the caller's controlling
 * terminal. A background process is stopped by SIGTTOU (CANCELLED) unless it cannot be.
 */
struct console_set_foreground_request { uint16_t device, flags; uint32_t group; };
struct console_set_foreground_reply { };

/* TIOCSCTTY, also at open without O_NOCTTY. EPERM: the caller leads no session, or it is taken. */
struct console_acquire_request { uint64_t device; };
struct console_acquire_reply { };
/* TIOCNOTTY. A leader's also sends SIGHUP and SIGCONT to the foreground group. */
struct console_disown_request { uint64_t device; };
struct console_disown_reply { };

/* See poll.h. */
struct console_watch_request { uint64_t bits; };
struct console_watch_reply { };
struct console_poll_request { uint32_t device, events; uint64_t arm; };
struct console_poll_reply { uint32_t ready, changes; };

/* tcflow: output stops, or goes on. */
struct console_flow_request { uint32_t device, stop; };
struct console_flow_reply { };
/* TIOCSTI: as if that byte had been typed. PERM: not the caller's controlling terminal. */
struct console_type_request { uint32_t device, byte; };
struct console_type_reply { };

/*
 * A new pty's master (NOSPC: none is free); the slave of a pty (NXIO: there is none; EIO: locked);
 * the caller's controlling terminal (NXIO). From now on the caller holds that device.
 */
enum console_open { CONSOLE_OPEN_MASTER, CONSOLE_OPEN_SLAVE, CONSOLE_OPEN_CONTROLLING };
struct console_open_request { uint32_t what, number; };
struct console_open_reply { uint64_t device; };
/* At fork: the child holds these too. Those that the caller does not hold are passed over. */
#define CONSOLE_INHERIT 8u
struct console_inherit_request { uint32_t child, count, device[CONSOLE_INHERIT]; };
struct console_inherit_reply { };
/* A service holds what that client holds (BADF). PERM: the caller is none. */
struct console_hold_request { uint32_t client, device; };
struct console_hold_reply { };
struct console_release_request { uint64_t device; };
struct console_release_reply { };
/* The number of a pty that exists, `number` or the next one. NXIO: none. */
struct console_pty_request { uint64_t number; };
struct console_pty_reply { uint32_t number, locked; };
/* TIOCSPTLCK; of its master. */
struct console_lock_pty_request { uint32_t device, locked; };
struct console_lock_pty_reply { };

INTERFACE(console, CONSOLE_INTERFACE)

#endif
