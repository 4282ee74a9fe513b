/* SPDX-License-Identifier: MIT */
/*
 * Services that work without end. Who is found running at a look gets a beat, a notification that
 * every service's loop answers first; who has not answered it by a number of looks, and was found
 * running at each, hangs. Who waits is not asked: whom it waits for is looked at himself. Levels are
 * priorities: only the highest that would run does, those below are innocent; of one level each goes
 * last in turn, so that others come to answer. Looks count, not time: hosts stand still at times.
 */
#include "libipc/time.h"
#include "servers/supervisor/supervisor.h"

#define LOOK_NS      200000000ull
#define LOOKS_HANGED 4u

static uint64_t next_look_ns;
static struct ward *suspect[WARDS];
static uint32_t suspects;

void hang_start(void)
{
	for (uint32_t i = 0; i < ward_count; i++) {
		struct ward *ward = &ward_table[i];

		/* In the kernel nobody can be stopped. */
		if (!ward->space || ward->place)
			continue;
		ward->beat = slot_allocate();
		must(endpoint_mint_notification(ward->endpoint, 0, ward->beat, NOTIFY_BEAT),
		     "beat");
	}
	next_look_ns = time_now_ns() + LOOK_NS;
}

static int is_running(const struct ward *ward)
{
	struct words words = { { 0 } };

	return ward->beat && !ward->gather_until_ns &&
	       (ward->state == SERVICE_RUNNING || ward->state == SERVICE_STARTING) &&
	       kernel_invoke_thread(ward->thread, THREAD_STATE, &words) == STATUS_OK &&
	       words.word[0] == THREAD_READY;
}

/* Which services would run, and the highest level of those; 0: none would. */
static uint32_t running_find(int running[WARDS])
{
	uint32_t level = 0;

	for (uint32_t i = 0; i < ward_count; i++) {
		running[i] = is_running(&ward_table[i]);
		if (running[i] && ward_table[i].row->level > level)
			level = ward_table[i].row->level;
	}
	return level;
}

void hang_answered(struct ward *ward)
{
	ward->beats_missed = 0;
}

/* Each comes first once in as many looks as there are of them. */
static void suspects_rotate(void)
{
	static uint32_t first;

	first++;
	for (uint32_t i = 0; i < suspects; i++) {
		const struct ward *ward = suspect[(first + i) % suspects];

		/* Behind the others of its level. */
		must(kernel_invoke_thread(ward->thread, THREAD_STOP, WORDS(0)), "stop");
		must(kernel_invoke_thread(ward->thread, THREAD_RESUME, WORDS(0)), "resume");
	}
}

uint64_t hang_look(uint64_t now)
{
	int running[WARDS];
	uint32_t level;

	if (now < next_look_ns)
		return next_look_ns;
	next_look_ns = now + LOOK_NS;
	level = running_find(running);
	suspects = 0;
	for (uint32_t i = 0; i < ward_count; i++) {
		struct ward *ward = &ward_table[i];

		if (!running[i] || ward->row->level != level) {
			ward->beats_missed = 0;
		} else if (++ward->beats_missed > LOOKS_HANGED) {
			ward->beats_missed = 0;
			ward_hangs(ward);
		} else {
			notify(ward->beat, NOTIFY_BEAT);
			suspect[suspects++] = ward;
		}
	}
	suspects_rotate();
	return next_look_ns;
}
