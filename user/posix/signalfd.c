/* SPDX-License-Identifier: MIT */
/*
 * signalfd: no server has it. The open file's mask is its position; a read takes what is pending of
 * it. While a thread sleeps for such a signal, the signal is unblocked as far as process knows, so
 * that it ends the sleep.
 */
#include "user/posix/file.h"
#include "user/posix/poll.h"

#include "libipc/proto/process.h"

#define SIGNAL_SET_BYTES 8

struct signalfd_info {
	uint32_t signo;
	int32_t error, code;
	uint32_t pid, uid;
	int32_t fd;
	uint32_t tid, band, overrun, trapno;
	int32_t status, value;
	uint64_t pointer, utime, stime, address;
	uint16_t address_bit;
	uint8_t reserved[46];
};
_Static_assert(sizeof(struct signalfd_info) == 128, "struct signalfd_siginfo");

static uint64_t pending(struct task *task, uint64_t mask)
{
	return (task->signal.pending | PROCESS_PAGE(task->page)->signals_pending) & mask;
}

long signal_wait_for(struct task *task, uint64_t signals, uint64_t deadline, uint64_t *bits)
{
	uint64_t blocked = task->signal.blocked;
	long result = 0;

	*bits = 0;
	if (!signals)
		return task_wait(task, deadline, bits);
	/* Process drops what is ignored (SIGCHLD, by default) unless it is blocked. */
	PROCESS_PAGE(task->page)->signals_ignored &= ~signals;
	signal_set_blocked(task, blocked & ~signals);
	task->page->upcall_pending = 0;
	if (!pending(task, signals))
		result = signal_waiting(task) ? -ERESTARTNOHAND : task_wait(task, deadline, bits);
	/* A signal of both kinds may have come: the one that is asked for is no interruption. */
	if (result == -ERESTARTNOHAND && pending(task, signals))
		result = 0;
	signal_set_blocked(task, blocked);
	signal_publish_actions(task);
	return result;
}

static void describe(const struct signal_info *info, struct signalfd_info *to)
{
	*to = (struct signalfd_info){ .signo = (uint32_t)info->signo, .error = info->error,
		.code = info->code, .pid = info->sender.pid, .uid = info->sender.uid };
	if (info->signo == SIGCHLD && info->code > 0) {
		to->status = (int32_t)info->child.status;
		to->utime = info->child.utime;
		to->stime = info->child.stime;
	} else {
		if (info->code == SI_TIMER) {
			to->tid = info->sender.pid;
			to->overrun = info->sender.uid;
			to->pid = to->uid = 0;
		}
		to->value = (int32_t)info->sender.value;
		to->pointer = info->sender.value;
	}
}

static long signal_read(struct task *task, struct open_file *file, uint64_t address, uint64_t bytes,
			uint64_t position __attribute__((unused)))
{
	struct signalfd_info to;
	struct signal_info info;
	uint64_t done = 0, bits;
	long error = bytes < sizeof(to) ? -E_INVAL : 0;

	while (!error && bytes - done >= sizeof(to)) {
		if (!signal_take(task, ~file->position, &info)) {
			if (done)
				break;
			error = file->flags & LINUX_O_NONBLOCK ? -E_AGAIN :
				signal_wait_for(task, file->position, 0, &bits);
			continue;
		}
		describe(&info, &to);
		error = copy_to_program(address + done, &to, sizeof(to));
		done += error ? 0 : sizeof(to);
	}
	return done ? (long)done : error == -ERESTARTNOHAND ? -ERESTARTSYS : error;
}

static long signal_poll(struct task *task, struct open_file *file, unsigned int events,
			unsigned int arm)
{
	if (arm)
		task->poll_signals |= file->position;
	return (long)POLL_NEWS(pending(task, file->position) ? events & LINUX_POLLIN : 0,
			       time_ticks());
}

long sys_signalfd4(struct task *task, long descriptor, long set, long set_bytes, long flags)
{
	struct open_file *file, fresh = { .kind = FILE_SIGNAL, .access = FILE_READ | FILE_WRITE,
		.flags = LINUX_O_RDWR | ((unsigned int)flags & LINUX_O_NONBLOCK) };
	uint64_t mask;
	long error;

	if (set_bytes != SIGNAL_SET_BYTES ||
	    flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
		return -E_INVAL;
	error = copy_from_program(&mask, (uint64_t)set, sizeof(mask));
	if (error)
		return error;
	mask &= ~SIGNALS_UNBLOCKABLE;
	if ((int)descriptor == -1) {
		fresh.position = mask;
		return descriptor_make(task, &fresh, (unsigned int)flags & LINUX_O_CLOEXEC);
	}
	file = file_of(task, descriptor);
	if (!file)
		return -E_BADF;
	if (file->kind != FILE_SIGNAL)
		return -E_INVAL;
	file->position = mask;
	return descriptor;
}

long sys_signalfd(struct task *task, long descriptor, long set, long set_bytes)
{
	return sys_signalfd4(task, descriptor, set, set_bytes, 0);
}

const struct file_operations signal_operations = {
	.name = "anon_inode:[signalfd]",
	.read = signal_read,
	.seek = anonymous_seek,
	.status = anonymous_status,
	.poll = signal_poll,
};
