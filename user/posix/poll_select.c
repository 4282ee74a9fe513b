/* SPDX-License-Identifier: MIT */
/* select(2): three sets of descriptors, as bits. */
#include "user/posix/poll.h"

enum { SET_READ, SET_WRITE, SET_EXCEPT, SETS };

#define SET_WORDS (LINUX_FD_SETSIZE / 64)

struct select_sets {
	unsigned int count;                      /* descriptors looked at */
	uint64_t address[SETS];                  /* in the program, 0: none */
	uint64_t wanted[SETS][SET_WORDS];
	uint64_t ready[SETS][SET_WORDS];
};

/* What makes a descriptor a member of each set (Linux: fs/select.c). */
static const unsigned int set_events[SETS] = {
	[SET_READ] = LINUX_POLLIN | LINUX_POLLHUP | LINUX_POLLERR,
	[SET_WRITE] = LINUX_POLLOUT | LINUX_POLLERR,
	[SET_EXCEPT] = LINUX_POLLPRI,
};

static uint64_t set_bytes(const struct select_sets *sets)
{
	return (sets->count + 63) / 64 * sizeof(uint64_t);
}

#define SELECT_STEP 32

/* Asks some of them, by number: how many bits are set. */
static long scan_step(struct task *task, struct select_sets *sets, const unsigned int *fd,
		      unsigned int count, unsigned int arm)
{
	struct poll_question question[SELECT_STEP];
	long ready = 0;

	for (unsigned int i = 0; i < count; i++) {
		question[i] = (struct poll_question){ file_of(task, fd[i]), 0, 0 };
		for (int set = 0; set < SETS; set++)
			if (sets->wanted[set][fd[i] / 64] >> fd[i] % 64 & 1)
				question[i].events |= set_events[set];
	}
	(void)poll_files(task, question, count, arm);
	for (unsigned int i = 0; i < count; i++) {
		uint64_t bit = 1ull << fd[i] % 64;

		if (question[i].ready & LINUX_POLLNVAL)
			return -E_BADF;
		for (int set = 0; set < SETS; set++) {
			sets->ready[set][fd[i] / 64] &= ~bit;
			if (sets->wanted[set][fd[i] / 64] & bit &&
			    question[i].ready & set_events[set]) {
				sets->ready[set][fd[i] / 64] |= bit;
				ready++;
			}
		}
	}
	return ready;
}

static long scan_sets(struct task *task, void *state, unsigned int arm)
{
	struct select_sets *sets = state;
	unsigned int fd[SELECT_STEP], count = 0;
	long ready = 0, found;

	for (unsigned int word = 0; word < (sets->count + 63) / 64; word++) {
		uint64_t left = sets->wanted[SET_READ][word] | sets->wanted[SET_WRITE][word] |
				sets->wanted[SET_EXCEPT][word];

		if (sets->count - word * 64 < 64)
			left &= (1ull << sets->count % 64) - 1;
		for (; left; left &= left - 1) {
			fd[count++] = word * 64 + (unsigned int)__builtin_ctzll(left);
			if (count < SELECT_STEP)
				continue;
			found = scan_step(task, sets, fd, count, arm && !ready);
			if (found < 0)
				return found;
			ready += found;
			count = 0;
		}
	}
	found = scan_step(task, sets, fd, count, arm && !ready);
	return found < 0 ? found : ready + found;
}

static long select_sets(struct task *task, struct select_sets *sets, uint64_t deadline_ns)
{
	long error = 0, ready;

	for (int set = 0; set < SETS && !error; set++)
		if (sets->address[set])
			error = copy_from_program(sets->wanted[set], sets->address[set],
						  set_bytes(sets));
	if (error)
		return error;
	ready = poll_wait(task, scan_sets, sets, deadline_ns);
	for (int set = 0; set < SETS && ready >= 0 && !error; set++)
		if (sets->address[set])
			error = copy_to_program(sets->address[set], sets->ready[set],
						set_bytes(sets));
	return error ? error : ready;
}

static long sets_begin(struct select_sets *sets, long count, long read, long write, long except)
{
	if ((int)count < 0)
		return -E_INVAL;
	*sets = (struct select_sets){
		.count = count < LINUX_FD_SETSIZE ? (unsigned int)count : LINUX_FD_SETSIZE,
		.address = { (uint64_t)read, (uint64_t)write, (uint64_t)except },
	};
	return 0;
}

long sys_select(struct task *task, long count, long read, long write, long except, long timeout)
{
	struct select_sets sets;
	struct linux_timeval time;
	uint64_t deadline_ns = POLL_FOREVER, left;
	long error = sets_begin(&sets, count, read, write, except), ready;

	if (!error && timeout) {
		error = copy_from_program(&time, (uint64_t)timeout, sizeof(time));
		if (!error && (time.seconds < 0 || time.microseconds < 0))
			error = -E_INVAL;
		if (!error && time.seconds < (int64_t)(POLL_FURTHEST / 2000000000))
			deadline_ns = time.seconds || time.microseconds ? time_now_ns() +
				(uint64_t)time.seconds * 1000000000 +
				(uint64_t)time.microseconds * 1000 : POLL_AT_ONCE;
	}
	if (error)
		return error;
	ready = select_sets(task, &sets, deadline_ns);
	if (deadline_ns != POLL_FOREVER) {
		left = poll_remaining(deadline_ns) / 1000;
		time.seconds = (int64_t)(left / 1000000);
		time.microseconds = (int64_t)(left % 1000000);
		(void)!copy_to_program((uint64_t)timeout, &time, sizeof(time));
	}
	return ready;
}

/* mask: address of { address of the set, its bytes }. */
long sys_pselect6(struct task *task, long count, long read, long write, long except, long timeout,
		  long mask)
{
	struct select_sets sets;
	struct { uint64_t address; int64_t bytes; } set = { 0, 0 };
	uint64_t deadline_ns;
	long error = sets_begin(&sets, count, read, write, except);

	if (!error)
		error = poll_deadline((uint64_t)timeout, &deadline_ns);
	if (!error && mask)
		error = copy_from_program(&set, (uint64_t)mask, sizeof(set));
	if (!error)
		error = poll_mask(task, set.address, set.bytes);
	if (error)
		return error;
	error = select_sets(task, &sets, deadline_ns);
	signal_mask_end(task);
	poll_give_remaining((uint64_t)timeout, deadline_ns);
	return error;
}
