/* SPDX-License-Identifier: MIT */
/*
 * When a service dies. Its thread's fault is a call to us: the calls it worked on end with GONE, the
 * queued ones wait in its endpoint, which stays, as do its capability table and its stable memory.
 * All other memory is emptied and filled again from the archive, and its thread started afresh.
 *
 * A service that lived long enough is restarted at once. One that dies again soon after its start
 * has to wait, twice as long each time, and is left alone when it has done so too often.
 */
#include "libipc/log.h"
#include "libipc/time.h"
#include "servers/supervisor/supervisor.h"

static const char *const death_text[] = { "nothing", "page fault", "exception", "exit",
	"hang" };

static uint64_t back_off(struct ward *ward, uint64_t now)
{
	const struct manifest_service *row = ward->row;
	uint64_t delay = row->backoff_first_ns;

	if (ward->state == SERVICE_RUNNING && now - ward->up_ns >= row->backoff_first_ns) {
		ward->failures = 0;
		return 0;
	}
	for (uint32_t i = 0; i < ward->failures && delay < row->backoff_most_ns; i++)
		delay *= 2;
	ward->failures++;
	return delay < row->backoff_most_ns ? delay : row->backoff_most_ns;
}

static void death_note(struct ward *ward, uint32_t death, const struct fault *fault)
{
	ward->death = death;
	ward->death_vector = fault->vector;
	ward->death_address = fault->address;
	ward->death_rip = fault->rip;
	log_line("%s: %s, vector %lu, address %lx, rip %lx; generation %u; calls: %u ended, %u queued",
		 ward->row->name, death_text[ward->death], fault->vector, fault->address, fault->rip,
		 ward->generation, ward->calls_ended, ward->calls_queued);
}

/* Whose current call it died on. A kept call is noted by the library in stable memory. */
static uint64_t culprit_of(struct ward *ward)
{
	struct words words = { { 0 } };

	must(kernel_invoke_thread(ward->thread, THREAD_STATE, &words), "thread state");
	return ward->injected ? NO_BADGE : words.word[2];
}

static void calls_end(struct ward *ward)
{
	struct words words = { { 0 } };

	must(kernel_invoke_endpoint(ward->endpoint, ENDPOINT_RESET, &words), "endpoint reset");
	ward->calls_ended = (uint32_t)words.word[0];
	ward->calls_queued = (uint32_t)words.word[1];
}

#define GATHER_LOOK_NS 1000000ull                /* how often to look whether enough calls have gathered */

static void earlier(uint64_t *first, uint64_t ns)
{
	if (ns && (!*first || ns < *first))
		*first = ns;
}

/* The earliest of all restarts and crashes that are to come. */
static void deadline_set(void)
{
	uint64_t first = hang_look(time_now_ns());

	for (uint32_t i = 0; i < ward_count; i++) {
		earlier(&first, ward_table[i].restart_at_ns);
		if (ward_table[i].gather_until_ns)
			earlier(&first, time_now_ns() + GATHER_LOOK_NS);
	}
	server_deadline(first);
}

status_t ward_gather(struct ward *ward, struct call *call, uint64_t calls, uint64_t ns)
{
	status_t status = kernel_invoke_thread(ward->thread, THREAD_STOP, WORDS(0));

	if (status != STATUS_OK || !ns)
		return status;
	ward->gather_until_ns = time_now_ns() + ns;
	ward->gather_calls = calls;
	deadline_set();
	status = event_wait_anyway(&ward->gathered, call);
	ward->gather_until_ns = 0;
	return status;
}

static void ward_died(struct ward *ward, uint32_t death, const struct fault *fault)
{
	uint64_t now = time_now_ns(), delay = back_off(ward, now);

	ward->info->culprit = culprit_of(ward);
	ward->injected = 0;
	calls_end(ward);
	death_note(ward, death, fault);
	ward->death_ns = now;
	ward->restart_at_ns = now + delay;
	ward->state = SERVICE_WAITING;
	if (ward->failures > ward->row->restart_limit) {
		ward->state = SERVICE_FAILED;
		ward->restart_at_ns = 0;
		log_line("%s: died %u times in a row; left alone", ward->row->name, ward->failures);
		event_signal(&ward->changed);
	}
}

void ward_hangs(struct ward *ward)
{
	const struct message_page *page = (const struct message_page *)service_info()->message_page;
	struct fault fault = { 0 };

	if (kernel_invoke_thread(ward->thread, THREAD_READ_REGISTERS, WORDS(0)) == STATUS_OK)
		fault.rip = page->upcall_registers.rip;
	must(kernel_invoke_thread(ward->thread, THREAD_STOP, WORDS(0)), "stop");
	ward_died(ward, DEATH_HANG, &fault);
}

/*
 * Any client can send a message that looks like a fault: a service that does ends itself by it,
 * programs are refused.
 */
status_t on_fault(struct call *call, unsigned label, const struct fault *fault, uint64_t *answer)
{
	uint32_t index = CLIENT_MAX - 1 - BADGE_CLIENT(call->badge);
	struct ward *ward = &ward_table[index % WARDS];

	(void)answer;
	if (index >= ward_count || ward->state == SERVICE_WAITING || ward->state == SERVICE_FAILED)
		return STATUS_BAD_CALL;
	ward_died(ward, label == FAULT_PAGE ? DEATH_PAGE_FAULT :
		  label == FAULT_EXIT ? DEATH_EXIT : DEATH_EXCEPTION, fault);
	deadline_set();
	return STATUS_REFUSED;                   /* the thread stops where it is */
}

static uint64_t calls_waiting(const struct ward *ward)
{
	uint32_t under_way = 0, queued = 0;

	(void)!calls_count(ward, &under_way, &queued);
	return under_way + queued + calls_behind(ward);
}

static void restart(struct ward *ward)
{
	ward->restart_at_ns = 0;
	ward->generation++;
	ward->restarts++;
	ward_fill(ward);
	ward_start(ward);
}

void on_timeout(void)
{
	uint64_t now = time_now_ns();

	for (uint32_t i = 0; i < ward_count; i++) {
		struct ward *ward = &ward_table[i];

		if (ward->restart_at_ns && ward->restart_at_ns <= now)
			restart(ward);
		if (ward->gather_until_ns &&
		    (ward->gather_until_ns <= now || calls_waiting(ward) >= ward->gather_calls)) {
			ward->gather_until_ns = 0;
			event_signal(&ward->gathered);
		}
	}
	deadline_set();
}

void on_up(struct ward *ward)
{
	if (ward->state != SERVICE_STARTING)
		return;
	ward->state = SERVICE_RUNNING;
	ward->up_ns = time_now_ns();
	if (ward->generation) {
		ward->restart_ns = ward->up_ns - ward->death_ns;
		log_line("%s: generation %u is up after %lu us", ward->row->name, ward->generation,
			 ward->restart_ns / 1000);
	}
	event_signal(&ward->changed);
}
