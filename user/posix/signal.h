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
#define SIGNALS_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))
#define SIGNALS_STOP (SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | \
		      SIGNAL_BIT(SIGTTOU))
#define SIGNALS_IGNORED_BY_DEFAULT (SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | \
				    SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH))

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

/* si_code */
#define SI_USER     0
#define SI_KERNEL   0x80
#define SI_TIMER    (-2)                          /* pid, uid: of the timer, its overrun */
#define SI_TKILL    (-6)
#define CLD_EXITED  1
#define CLD_KILLED  2
#define CLD_DUMPED  3
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

/* siginfo_t. */
struct signal_info {
	int32_t signo, error, code, reserved;
	union {
		struct { uint32_t pid, uid; uint64_t value; } sender;        /* kill, sigqueue */
		struct { uint32_t pid, uid, status, reserved; uint64_t utime, stime; } child;
		struct { uint64_t address; } fault;
		uint8_t bytes[112];
	};
};
_Static_assert(sizeof(struct signal_info) == 128, "siginfo_t");

/* stack_t. */
struct signal_stack {
	uint64_t address;
	uint32_t flags, reserved;
	uint64_t size;
};
#define SS_ONSTACK    1u
#define SS_DISABLE    2u
#define SS_AUTODISARM 0x80000000u
#define MINSIGSTKSZ   2048

/* Of one thread. */
struct signal_state {
	uint64_t blocked;                         /* copied to the message page, where process looks */
	uint64_t saved;                           /* the mask to return to, if restore_saved */
	uint32_t restore_saved;                   /* sigsuspend, ppoll: after this call */
	uint32_t forced;                          /* signal of a fault, to deliver first; 0: none */
	struct signal_info fault;                 /* of the forced one */
	uint64_t pending;                         /* raised by itself; others are pending at process */
	struct signal_stack stack;                /* sigaltstack */
};

/* For this thread, at the end of the call at work (SIGPIPE). */
void signal_raise(struct task *task, int signal);
/* It is blocked or ignored: a terminal does not stop this process by it. */
int signal_cannot_stop(struct task *task, int signal);
/* Something deliverable is waiting: a call that loops in here ends with -ERESTARTSYS. */
int signal_waiting(struct task *task);
/*
 * Another mask while a call waits (ppoll, sigsuspend). After signal_mask_end, or an -ERESTART, the
 * exit of the call puts the old one back, behind a handler if one runs.
 */
void signal_mask_for_call(struct task *task, uint64_t mask);
void signal_mask_end(struct task *task);

/* ---- Among the files that do signals ---- */

/* Makes it the thread's mask (never of SIGKILL and SIGSTOP). */
void signal_set_blocked(struct task *task, uint64_t mask);
/* Is it dropped when it arrives unblocked? */
int signal_is_ignored(const struct signal_action *action, int signal);
/* Tells process which signals are ignored: after each change of an action. */
void signal_publish_actions(struct task *task);
/* Handlers become SIG_DFL: exec. */
void signal_reset(struct task *task);
/* Of the actions only SIG_IGN stays. */
void signal_forget_handlers(struct task *task);
/* Takes the next signal that is not in `blocked`: its number and information; 0: none. */
int signal_take(struct task *task, uint64_t blocked, struct signal_info *info);
/* For a fault of the program: delivered before it goes on, ending it if it is blocked or ignored. */
void signal_force(struct task *task, int signal, int code, uint64_t address);
/*
 * Lets the program go on in the handler, with a frame on its stack as Linux lays it out. `mask` is
 * what sigreturn brings back. -EFAULT: there is no room for the frame.
 */
long signal_enter(struct task *task, const struct signal_action *action,
		  const struct signal_info *info, uint64_t mask);
/* Whether the address is on the alternate stack. */
int signal_on_stack(const struct signal_stack *stack, uint64_t address);

#endif
