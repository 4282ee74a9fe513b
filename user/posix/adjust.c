/* SPDX-License-Identifier: MIT */
/* adjtimex(2), clock_adjtime(2): what programs that keep the clock right say to process. */
#include "user/posix/clock.h"

#include "libipc/proto/pipe.h"

/* struct timex */
struct linux_timex {
	uint32_t modes, reserved;
	int64_t offset, frequency, max_error, error;
	int32_t status, reserved2;
	int64_t constant, precision, tolerance;
	struct linux_timeval time;
	int64_t tick, pps[8];
	int32_t tai;
	uint8_t reserved3[44];
};
_Static_assert(sizeof(struct linux_timex) == 208, "struct timex");

enum {
	ADJ_OFFSET = 1, ADJ_FREQUENCY = 2, ADJ_MAXERROR = 4, ADJ_ESTERROR = 8, ADJ_STATUS = 16,
	ADJ_TIMECONST = 32, ADJ_TAI = 128, ADJ_SETOFFSET = 256, ADJ_MICRO = 0x1000,
	ADJ_NANO = 0x2000, ADJ_TICK = 0x4000, ADJ_ADJTIME = 0x8000,
	ADJ_OFFSET_READONLY = 0x2000,             /* with ADJ_ADJTIME */
};
enum { STA_PLL = 1, STA_UNSYNC = 0x40, STA_NANO = 0x2000, STA_READ_ONLY = 0xff00 };
enum { TIME_OK = 0, TIME_ERROR = 5 };
#define TICK_LEAST     9000
#define TICK_MOST      11000
#define FREQUENCY_MOST (500ll << 16)
#define OFFSET_MOST_NS 500000000ll
#define ERROR_MOST     16000000ll
#define CONSTANT_MOST  10
#define TAI_MOST       100000

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

static long check(struct task *task, const struct linux_timex *timex)
{
	uint32_t modes = timex->modes;

	if (modes & ADJ_ADJTIME) {
		if (!(modes & ADJ_OFFSET))
			return -E_INVAL;
		return modes & ADJ_OFFSET_READONLY ? 0 :
		       capability_check(task, CAPABILITY_SYS_TIME);
	}
	if (modes && capability_check(task, CAPABILITY_SYS_TIME))
		return -E_PERM;
	if (modes & ADJ_TICK && (timex->tick < TICK_LEAST || timex->tick > TICK_MOST))
		return -E_INVAL;
	if (modes & ADJ_SETOFFSET &&
	    (uint64_t)timex->time.microseconds >= (modes & ADJ_NANO ? NS_PER_SECOND : 1000000))
		return -E_INVAL;
	if (modes & ADJ_FREQUENCY && (timex->frequency > INT64_MAX / 1000 ||
				      timex->frequency < INT64_MIN / 1000))
		return -E_INVAL;
	return 0;
}

static void state_change(const struct linux_timex *timex, struct process_steering *state)
{
	uint32_t modes = timex->modes;

	if (modes & ADJ_STATUS)
		state->status = (state->status & STA_READ_ONLY) | (timex->status & ~STA_READ_ONLY);
	if (modes & ADJ_NANO)
		state->status |= STA_NANO;
	if (modes & ADJ_MICRO)
		state->status &= ~STA_NANO;
	if (modes & ADJ_MAXERROR)
		state->max_error = clamp(timex->max_error, 0, ERROR_MOST);
	if (modes & ADJ_ESTERROR)
		state->error = clamp(timex->error, 0, ERROR_MOST);
	if (modes & ADJ_TIMECONST)
		state->constant = clamp(timex->constant + (state->status & STA_NANO ? 0 : 4), 0,
					CONSTANT_MOST);
	if (modes & ADJ_TAI && timex->tai >= 0 && timex->tai <= TAI_MOST)
		state->tai = timex->tai;
}

/* How much is a unit of offset. */
static int64_t unit_ns(const struct process_steering *state)
{
	return state->status & STA_NANO ? 1 : (int64_t)NS_PER_MICROSECOND;
}

static uint32_t steering_change(const struct linux_timex *timex, struct process_steering *state)
{
	uint32_t modes = timex->modes, set = PROCESS_STEER_STATE;

	state_change(timex, state);
	if (modes & ADJ_FREQUENCY) {
		state->rate = clamp(timex->frequency, -FREQUENCY_MOST, FREQUENCY_MOST);
		set |= PROCESS_STEER_RATE;
	}
	if (modes & ADJ_OFFSET && state->status & STA_PLL) {
		state->offset_ns = clamp(timex->offset, -OFFSET_MOST_NS, OFFSET_MOST_NS);
		state->offset_ns = clamp(state->offset_ns * unit_ns(state), -OFFSET_MOST_NS,
					 OFFSET_MOST_NS);
		set |= PROCESS_STEER_OFFSET;
	}
	if (modes & ADJ_TICK) {
		state->tick = timex->tick;
		set |= PROCESS_STEER_TICK;
	}
	return set;
}

/* All at once. */
static long step(struct task *task, const struct linux_timex *timex)
{
	int64_t part = timex->time.microseconds * (timex->modes & ADJ_NANO ? 1 :
						   (int64_t)NS_PER_MICROSECOND);
	int64_t ns;
	status_t status;

	if (__builtin_mul_overflow(timex->time.seconds, (int64_t)NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, part, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)info_page()->wall_boot_ns, &ns) || ns < 0)
		return -E_INVAL;
	status = process_set_clock(&task->process_session, &(struct process_set_clock_request){
		(uint64_t)ns }, &(struct process_set_clock_reply){ }, 0);
	if (status == STATUS_OK)
		status = pipe_look_at_clock(&task->pipe, &(struct pipe_look_at_clock_request){ },
					    &(struct pipe_look_at_clock_reply){ }, 0);
	return status == STATUS_OK ? 0 : error_of_status(status);
}

static void describe(struct linux_timex *timex, const struct process_steering *state)
{
	uint64_t now = time_wall_ns();

	timex->offset = timex->modes & ADJ_ADJTIME ?
		state->adjustment_ns / (int64_t)NS_PER_MICROSECOND :
		state->offset_ns / unit_ns(state);
	timex->frequency = state->rate;
	timex->max_error = state->max_error;
	timex->error = state->error;
	timex->status = state->status;
	timex->constant = state->constant;
	timex->precision = 1;
	timex->tolerance = FREQUENCY_MOST;
	timex->time = timeval_of(now);
	if (state->status & STA_NANO)
		timex->time.microseconds = (int64_t)(now % NS_PER_SECOND);
	timex->tick = state->tick;
	timex->tai = state->tai;
	__builtin_memset(timex->pps, 0, sizeof(timex->pps));
}

long sys_adjtimex(struct task *task, long address)
{
	struct process_steer_request request = { 0 };
	struct process_steer_reply reply;
	struct linux_timex timex;
	int64_t before;
	status_t status;
	long error;

	if (copy_from_program(&timex, (uint64_t)address, sizeof(timex)))
		return -E_FAULT;
	error = check(task, &timex);
	if (!error && timex.modes & ADJ_SETOFFSET && !(timex.modes & ADJ_ADJTIME))
		error = step(task, &timex);
	if (error)
		return error;
	status = process_steer(&task->process_session, &request, &reply, 0);
	before = reply.steering.adjustment_ns;
	if (status == STATUS_OK && timex.modes && timex.modes != (ADJ_ADJTIME | ADJ_OFFSET |
								  ADJ_OFFSET_READONLY)) {
		request.steering = reply.steering;
		request.set = PROCESS_STEER_ADJUSTMENT;
		request.steering.adjustment_ns = clamp(timex.offset, -INT32_MAX, INT32_MAX) *
						 (int64_t)NS_PER_MICROSECOND;
		if (!(timex.modes & ADJ_ADJTIME))
			request.set = steering_change(&timex, &request.steering);
		status = process_steer(&task->process_session, &request, &reply, 0);
	}
	if (status != STATUS_OK)
		return error_of_status(status);
	/* adjtime(3) gives what was left of the last one. */
	reply.steering.adjustment_ns = before;
	describe(&timex, &reply.steering);
	if (copy_to_program((uint64_t)address, &timex, sizeof(timex)))
		return -E_FAULT;
	return reply.steering.status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}

long sys_clock_adjtime(struct task *task, long id, long address)
{
	struct clock clock;

	if (id == CLOCK_REALTIME)
		return sys_adjtimex(task, address);
	return clock_decode(id, &clock) ? -E_INVAL : -E_OPNOTSUPP;
}
