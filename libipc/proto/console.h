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
#define CONSOLE_PTYS 64u
#define CONSOLE_PTY(number)        (CONSOLE_DEVICES + 2 * (number))
#define CONSOLE_DEVICE(file)       ((file) & 0xffff)
#define CONSOLE_PTY_NUMBER(file)   ((CONSOLE_DEVICE(file) - CONSOLE_DEVICES) / 2)
#define CONSOLE_IS_MASTER(file)    (CONSOLE_DEVICE(file) >= CONSOLE_DEVICES && (file) & 1)
/*
 * What `open` gives, and the other requests take, also says how often the terminal had been hung up
 * then. One from before the last time is dead: its reads find the end, all else EIO.
 */
#define CONSOLE_FILE(device, hangups) ((uint32_t)(device) | (uint32_t)(hangups) << 16)
#define CONSOLE_HANGUPS(file)         ((file) >> 16 & 0xffff)

/* With read, write, set_attributes, set_foreground. */
#define CONSOLE_NONBLOCK    1u
#define CONSOLE_UNSTOPPABLE 2u                   /* SIGTTIN (SIGTTOU) is ignored or blocked */
#define CONSOLE_KEEP_SPEEDS 4u                   /* the attributes have none */

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
	ROW(console, hang_up,        REPEATABLE) \
	ROW(console, watch,          REPEATABLE) \
	ROW(console, poll,           REPEATABLE) \
	ROW(console, open,           ONCE) \
	ROW(console, inherit,        REPEATABLE) \
	ROW(console, hold,           REPEATABLE) \
	ROW(console, release,        REPEATABLE) \
	ROW(console, pty,            REPEATABLE) \
	ROW(console, lock_pty,       REPEATABLE) \
	ROW(console, flow,           REPEATABLE) \
	ROW(console, type,           ONCE) \
	ROW(console, exclusive,      REPEATABLE) \
	ROW(console, packet,         REPEATABLE) \
	ROW(console, owner,          REPEATABLE) \
	ROW(console, set_owner,      REPEATABLE)

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

/* Waits until everything written is on the wire; of a pty that is so at once. */
struct console_drain_request { uint32_t device, flags; };
struct console_drain_reply { };

#define CONSOLE_FLUSH_INPUT  1u
#define CONSOLE_FLUSH_OUTPUT 2u                  /* what did not reach the driver yet */
struct console_flush_request { uint32_t device; uint16_t queues, flags; };
struct console_flush_reply { };

struct console_state_request { uint64_t device; };
struct console_state_reply {
	uint32_t input_bytes, output_bytes;      /* FIONREAD, TIOCOUTQ */
	uint32_t session, foreground;            /* whose controlling terminal (0: nobody's); group */
	uint32_t exclusive, packet;              /* TIOCGEXCL, TIOCGPKT */
};

/* Linux's struct termios2, as TCGETS2 has it, padded to whole words; TCGETS knows no speeds. */
#define TERMIOS_CHARACTERS 19
struct console_termios {
	uint32_t input, output, control, local;  /* c_iflag c_oflag c_cflag c_lflag */
	uint8_t line;
	uint8_t character[TERMIOS_CHARACTERS];   /* c_cc */
	uint32_t input_speed, output_speed;      /* c_ispeed c_ospeed */
	uint32_t reserved;
};
struct console_attributes_request { uint64_t device; };
struct console_attributes_reply { struct console_termios termios; };

/*
 * TCSETS, TCSETSW, TCSETSF. A background process is stopped by SIGTTOU (CANCELLED) or goes on;
 * drain, flush and flow do the same.
 */
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
 * TIOCSPGRP: a group of the terminal's session (else PERM; SRCH: none at all). NOTTY: not the
 * caller's controlling terminal. A background process is stopped by SIGTTOU (CANCELLED) unless it
 * cannot be.
 */
struct console_set_foreground_request { uint32_t device, flags; uint64_t group; };
struct console_set_foreground_reply { };

/*
 * TIOCSCTTY, also at open without O_NOCTTY. PERM: the caller leads no session, or has a terminal,
 * or this one is taken: with `steal`, root gets it all the same.
 */
struct console_acquire_request { uint32_t device, steal; };
struct console_acquire_reply { };
/* TIOCNOTTY (NOTTY: not the caller's). A leader's: SIGHUP and SIGCONT to the foreground group. */
struct console_disown_request { uint64_t device; };
struct console_disown_reply { };
/* The leader gets SIGHUP and SIGCONT, all that is open of the terminal is dead. For root. */
enum console_hang_up { CONSOLE_HANG_UP_FILE, CONSOLE_HANG_UP_CONTROLLING };
struct console_hang_up_request { uint32_t what, device; };
struct console_hang_up_reply { };

/* See poll.h. */
struct console_watch_request { uint64_t bits; };
struct console_watch_reply { };
struct console_poll_request { uint32_t device, events; uint64_t arm; };
struct console_poll_reply { uint32_t ready, changes; };

/* tcflow: output stops, or goes on. */
struct console_flow_request { uint32_t device; uint16_t stop, flags; };
struct console_flow_reply { };
/* TIOCSTI: as if that byte was typed. PERM: not the caller's controlling terminal, nor root. */
struct console_type_request { uint32_t device, byte; };
struct console_type_reply { };

/* TIOCEXCL, TIOCNXCL: whether only root may open the terminal from now on. */
struct console_exclusive_request { uint32_t device, on; };
struct console_exclusive_reply { };
/* TIOCPKT: reads of this master begin with a byte that says what happened to the slave. */
struct console_packet_request { uint32_t device, on; };
struct console_packet_reply { };

/*
 * Whose the device is, and who may open it: stat(2), chmod(2), chown(2). NXIO: there is no such
 * pty. PERM: it is another's; only root gives it away. A new pty is its opener's and group tty's.
 */
struct console_owner { uint32_t user, group, mode; };
#define CONSOLE_CHANGE_USER  1u
#define CONSOLE_CHANGE_GROUP 2u
#define CONSOLE_CHANGE_MODE  4u
struct console_owner_request { uint64_t device; };
struct console_owner_reply { struct console_owner owner; uint32_t reserved; };
struct console_set_owner_request {
	uint32_t device, change;
	struct console_owner owner;
	uint32_t reserved;
};
struct console_set_owner_reply { };

/*
 * A new pty's master (NOSPC: none is free); the slave of a pty (NXIO: there is none; IO: locked);
 * the caller's controlling terminal (NXIO); the uart's. BUSY: another has it for itself (TIOCEXCL).
 * From now on the caller holds that device.
 */
enum console_open {
	CONSOLE_OPEN_MASTER, CONSOLE_OPEN_SLAVE, CONSOLE_OPEN_CONTROLLING, CONSOLE_OPEN_UART
};
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
