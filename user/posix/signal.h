/* SPDX-License-Identifier: MIT */
#ifndef BULKHEAD_POSIX_SIGNAL_H
#define BULKHEAD_POSIX_SIGNAL_H

#include <stdint.h>

struct task;

/* Signals as Linux x86-64 numbers them; a set has bit n - 1 for signal n. */
#define SIGNAL_COUNT 64
#define SIGNAL_BIT(signal) (1ull << ((signal) - 1))
enum {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1,
	SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
	SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR,
	SIGSYS,
};

#define SIG_DFL 0ull
#define SIG_IGN 1ull

#define SA_NOCLDSTOP 0x00000001ull
#define SA_NOCLDWAIT 0x00000002ull
#define SA_SIGINFO   0x00000004ull
#define SA_RESTORER  0x04000000ull
#define SA_ONSTACK   0x08000000ull
#define SA_RESTART   0x10000000ull
#define SA_NODEFER   0x40000000ull
#define SA_RESETHAND 0x80000000ull

/* struct sigaction as the system call sees it. */
struct signal_action {
	uint64_t handler, flags, restorer, mask;
};

/* siginfo_t. */
struct signal_info {
	int32_t signo, errno_, code, reserved;
	union {
		struct { uint32_t pid, uid; uint64_t value; } sender;        /* kill, sigqueue */
		struct { uint32_t pid, uid, status, pad; uint64_t utime, stime; } child;
		struct { uint64_t address; } fault;
		uint8_t bytes[112];
	};
};

/* stack_t. */
struct signal_stack {
	uint64_t address;
	int32_t flags, reserved;
	uint64_t size;
};

/* Of one thread. */
struct signal_state {
	uint64_t blocked;
	uint64_t saved;                           /* sigsuspend, ppoll: the mask after the handler */
	uint32_t restore_saved;
	uint32_t own_count;                       /* raised by itself: faults, SIGPIPE */
	uint64_t pending;                         /* seen at process but blocked here, and own ones */
	struct signal_info own;                   /* details of a fault, until it is delivered */
	struct signal_stack stack;
};

/* For this thread, at the end of the call at work (SIGPIPE, SIGTTOU). */
void signal_raise(struct task *task, int signal);
/* Something deliverable is waiting, or it was interrupted: a loop must end with -ERESTARTSYS. */
int signal_waiting(struct task *task);
/* While a call waits (ppoll, sigsuspend): another mask; the exit of the call puts the old one back. */
void signal_mask_for_call(struct task *task, uint64_t mask);

#endif
