/* SPDX-License-Identifier: MIT */
/*
 * No frames are left: somebody has to give some back. It is the process that has most, whoever
 * asks, as on Linux: or a program that takes all memory and then sits there would let others die
 * of it. oom_score_adj counts as there: a thousandth of all memory each.
 */
#include "servers/process/state.h"

#include "libipc/log.h"

#define NOT_AT_ALL  (-1000)
/* With so many free ones it was something else. */
#define ENOUGH (FRAMES_KEPT + 128)

uint64_t pages_present(unsigned process)
{
	struct words words = { { PROGRAM_START } };

	if (kernel_invoke_space(space_slot(process), SPACE_QUERY, &words) != STATUS_OK)
		return 0;
	return words.word[4];
}

/* At least 1, 0: not at all. Who was killed, but did not run since, gives memory for nothing. */
static int64_t weight_of(unsigned index)
{
	const struct process *process = process_at(index);
	int64_t total = (int64_t)state.frames.total, weight;

	if (!process_lives(process) || index == INIT_INDEX)
		return 0;
	if (process->flags & FLAG_KILLED)
		return INT64_MAX;
	if (process->badness <= NOT_AT_ALL)
		return 0;
	weight = (int64_t)pages_present(process->memory) + process->badness * total / 1000;
	return weight > 0 ? weight : 1;
}

/* Of equal ones the youngest. 0: none. */
static unsigned heaviest(void)
{
	unsigned found = 0;
	int64_t most = 0;

	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		int64_t weight = weight_of(i);

		if (weight > most || (weight && weight == most &&
				      process_at(i)->start_ns > process_at(found)->start_ns)) {
			most = weight;
			found = i;
		}
	}
	return found;
}

/* All that use that memory: one whose memory goes cannot go on, nor can a vforked child in it. */
static void end_users(unsigned owner)
{
	for (unsigned i = INIT_INDEX; i < state.table->end; i++) {
		if (i != owner && process_at(i)->memory == owner)
			process_end(i, SIGNAL_KILL);
	}
	process_end(owner, SIGNAL_KILL);
}

bool shortage_relieve(unsigned asking)
{
	unsigned victim, owner;

	if (state.frames.free >= ENOUGH)
		return false;
	victim = heaviest();
	owner = process_at(victim)->memory;
	if (!victim || owner == process_at(asking)->memory)
		return false;
	log_line("out of memory (%lu frames free): killed process %u (%s)", state.frames.free,
		 process_at(victim)->pid, process_at(victim)->name);
	end_users(owner);
	return true;
}
