/* SPDX-License-Identifier: MIT */
/*
 * adjtimex(2): the wall clock is put right once a second, as long as there is anything to do.
 * Its rate cannot be changed: it is the time-stamp counter's, which all read by themselves.
 */
#include "servers/process/state.h"

#include "libipc/time.h"

#define NS_PER_SECOND    1000000000ll
#define ADJUST_MOST_NS   500000ll       /* a second: 500 parts in a million */
#define TICK             10000ll        /* microseconds in a hundredth of a second */
#define TICKS_PER_SECOND 100
#define OFFSET_SHIFT     2              /* a quarter of the offset a second, or less: constant */
#define OFFSET_LEAST_NS  1000ll
#define ERROR_MOST       16000000
#define STATUS_UNSYNC    0x40

static int64_t bounded(int64_t value, int64_t most)
{
	return value > most ? most : value < -most ? -most : value;
}

/* The part of the offset that goes in a second; the last of it goes at once. */
static int64_t offset_part(const struct process_steering *steering)
{
	int64_t part = steering->offset_ns / (1ll << (OFFSET_SHIFT + steering->constant));

	return bounded(steering->offset_ns, OFFSET_LEAST_NS) == steering->offset_ns ?
	       steering->offset_ns : part ? part : bounded(steering->offset_ns, 1);
}

static bool steers(const struct process_steering *steering)
{
	return steering->rate || steering->tick != TICK || steering->adjustment_ns ||
	       steering->offset_ns;
}

void steer_start(void)
{
	if (!state.table->steering.tick)
		state.table->steering = (struct process_steering){
			.tick = TICK, .constant = OFFSET_SHIFT, .max_error = ERROR_MOST,
			.error = ERROR_MOST, .status = STATUS_UNSYNC };
}

void steer_expire(void)
{
	struct process_steering *steering = &state.table->steering;
	uint64_t now = time_now_ns(), seconds;
	int64_t adjustment, offset, change;

	if (!state.table->steer_ns || now < state.table->steer_ns)
		return;
	seconds = (now - state.table->steer_ns) / (uint64_t)NS_PER_SECOND + 1;
	adjustment = bounded(steering->adjustment_ns, ADJUST_MOST_NS * (int64_t)seconds);
	offset = offset_part(steering);
	change = adjustment + offset + (int64_t)seconds * (steering->rate * 1000 / 65536 +
		 (steering->tick - TICK) * TICKS_PER_SECOND * 1000);
	steering->adjustment_ns -= adjustment;
	steering->offset_ns -= offset;
	state.table->steer_ns = steers(steering) ?
		state.table->steer_ns + seconds * (uint64_t)NS_PER_SECOND : 0;
	if (change)
		(void)!wall_clock_set(info_page()->wall_boot_ns + (uint64_t)change);
}

status_t on_steer(struct call *call, const struct process_steer_request *request,
		  struct process_steer_reply *reply)
{
	struct process_steering *steering = &state.table->steering;
	const struct process_steering *wanted = &request->steering;

	if (request->set && !process_can(process_at(caller_index(call)), CAPABILITY_SYS_TIME))
		return STATUS_ERRNO(E_PERM);
	if (request->set & PROCESS_STEER_RATE)
		steering->rate = wanted->rate;
	if (request->set & PROCESS_STEER_TICK)
		steering->tick = wanted->tick;
	if (request->set & PROCESS_STEER_ADJUSTMENT)
		steering->adjustment_ns = wanted->adjustment_ns;
	if (request->set & PROCESS_STEER_OFFSET)
		steering->offset_ns = wanted->offset_ns;
	if (request->set & PROCESS_STEER_STATE) {
		steering->constant = wanted->constant & 15;
		steering->max_error = wanted->max_error;
		steering->error = wanted->error;
		steering->status = wanted->status;
		steering->tai = wanted->tai;
	}
	if (!steers(steering))
		state.table->steer_ns = 0;
	else if (!state.table->steer_ns)
		state.table->steer_ns = time_now_ns() + NS_PER_SECOND;
	reply->steering = *steering;
	timers_arm();
	return STATUS_OK;
}
