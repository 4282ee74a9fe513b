/* SPDX-License-Identifier: MIT */
/*
 * The supervisor: makes the services out of the manifest, hears of their deaths, restarts them. The
 * kernel starts it with all authority there is; it gives each service what its row says.
 *
 * Invariants: ward_table[i] is row i of the manifest, and client CLIENT_MAX - 1 - i to everybody.
 * All memory is given away at boot; afterwards nothing is allocated but fibres of waiting requests.
 */
#include "libipc/log.h"
#include "libipc/proto/errno.h"

#include "libipc/string.h"
#include "libipc/time.h"
#include "servers/supervisor/supervisor.h"

static struct manifest manifest;

/* Services are clients too: of their faults, and of more only if their row says so. */
static int may_ask(const struct call *call)
{
	unsigned client = BADGE_CLIENT(call->badge);
	const struct manifest_service *row;

	if (client < CLIENT_MAX - ward_count)
		return 1;
	row = ward_table[CLIENT_MAX - 1 - client].row;
	for (uint32_t i = 0; i < row->calls; i++) {
		if (!strcmp(row->call[i].name, "supervisor"))
			return 1;
	}
	return 0;
}

static status_t on_list(struct call *call, const struct supervisor_list_request *request,
			struct supervisor_list_reply *reply)
{
	const struct ward *ward;

	(void)call;
	if (request->index >= ward_count)
		return STATUS_ERRNO(E_NOENT);
	ward = &ward_table[request->index];
	memcpy(reply->name, ward->row->name, sizeof(reply->name));
	reply->state = ward->state;
	reply->generation = ward->generation;
	reply->restarts = ward->restarts;
	reply->death = ward->death;
	reply->vector = ward->death_vector;
	reply->address = ward->death_address;
	reply->rip = ward->death_rip;
	reply->restart_ns = ward->restart_ns;
	reply->calls_ended = ward->calls_ended;
	reply->calls_queued = ward->calls_queued;
	return STATUS_OK;
}

status_t calls_count(const struct ward *ward, uint32_t *under_way, uint32_t *queued)
{
	struct words state = { { 0 } };
	status_t status = kernel_invoke_endpoint(ward->endpoint, ENDPOINT_STATE, &state);

	*queued = (uint32_t)state.word[0];
	*under_way = (uint32_t)state.word[1];
	return status;
}

uint64_t calls_behind(const struct ward *ward)
{
	uint32_t under_way, queued, sum = 0;

	for (uint32_t i = 0; i < ward_count; i++) {
		const struct manifest_service *row = ward_table[i].row;

		for (uint32_t j = 0; j < row->calls; j++) {
			if (!strcmp(row->call[j].name, ward->row->name) &&
			    calls_count(&ward_table[i], &under_way, &queued) == STATUS_OK)
				sum += under_way + queued;
		}
	}
	return sum;
}

static status_t on_inject(struct call *call, const struct supervisor_inject_request *request,
			  struct supervisor_inject_reply *reply)
{
	struct ward *ward = ward_find(request->name);
	status_t status, started;

	if (!ward)
		return STATUS_ERRNO(E_NOENT);
	if (!ward->space || !may_ask(call))
		return STATUS_ERRNO(E_PERM);
	if (request->kind >= CRASH_KINDS || request->gather_ms > SUPERVISOR_GATHER_MS)
		return STATUS_ERRNO(E_INVAL);
	if (ward->state != SERVICE_RUNNING || ward->injected)
		return STATUS_ERRNO(E_BUSY);
	ward->injected = 1;
	/* In the kernel nobody comes after it, for whom calls could wait. */
	if (ward->place)
		return ward_crash(ward, request->kind);
	status = ward_gather(ward, call, request->gather_calls, 1000000ull * request->gather_ms);
	if (status == STATUS_OK)
		status = calls_count(ward, &reply->calls_under_way, &reply->calls_queued);
	reply->generation = ward->generation;
	reply->calls_behind = calls_behind(ward);
	/* It runs again in any case, and be it to crash. */
	started = ward_crash(ward, request->kind);
	return status == STATUS_OK ? started : status;
}

static status_t on_wait_restarted(struct call *call,
				  const struct supervisor_wait_restarted_request *request,
				  struct supervisor_wait_restarted_reply *reply)
{
	struct ward *ward = ward_find(request->name);

	if (!ward)
		return STATUS_ERRNO(E_NOENT);
	while (ward->state != SERVICE_RUNNING || ward->generation <= request->generation) {
		status_t status;

		if (ward->state == SERVICE_FAILED)
			return STATUS_ERRNO(E_IO);
		status = event_wait(&ward->changed, call);
		if (status != STATUS_OK)
			return status;
	}
	reply->generation = ward->generation;
	reply->restart_ns = ward->restart_ns;
	return STATUS_OK;
}

static status_t on_log(struct call *call, const struct supervisor_log_request *request,
		       struct supervisor_log_reply *reply)
{
	char line[SUPERVISOR_LINE_BYTES + 1];
	status_t status = request->bytes > SUPERVISOR_LINE_BYTES ? STATUS_ERRNO(E_INVAL) :
		call_copy_in(call, 0, 0, line, request->bytes);

	(void)reply;
	if (status != STATUS_OK)
		return status;
	/* A program cannot forge other lines. */
	for (uint64_t i = 0; i < request->bytes; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	line[request->bytes] = 0;
	log_line("client %u: %s", BADGE_CLIENT(call->badge), line);
	return STATUS_OK;
}

static status_t on_log_read(struct call *call, const struct supervisor_log_read_request *request,
			    struct supervisor_log_read_reply *reply)
{
	char text[SUPERVISOR_LOG_BYTES];
	status_t status = log_kept(BOOT_SLOT_CONTROL, request->position, text, reply);

	return status == STATUS_OK ? call_copy_out(call, 0, 0, text, reply->bytes) : status;
}

static status_t on_counters(struct call *call, const struct supervisor_counters_request *request,
			    struct supervisor_counters_reply *reply)
{
	const struct message_page *page = (const struct message_page *)service_info()->message_page;
	status_t status = kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_COUNTERS, WORDS(0));

	(void)call;
	(void)request;
	memcpy(reply, &page->words[MESSAGE_REGISTERS], sizeof(*reply));
	return status;
}

static status_t on_power_off(struct call *call, const struct supervisor_power_off_request *request,
			     struct supervisor_power_off_reply *reply)
{
	(void)reply;
	if (!may_ask(call))
		return STATUS_ERRNO(E_PERM);
	log_line("status %lu", request->status & 0xff);
	return kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_SHUTDOWN,
				     WORDS(request->status & 0xff));
}

static status_t on_set_clock(struct call *call, const struct supervisor_set_clock_request *request,
			     struct supervisor_set_clock_reply *reply)
{
	(void)reply;
	if (!call_from_service(call) || !may_ask(call))
		return STATUS_ERRNO(E_PERM);
	return kernel_invoke_control(BOOT_SLOT_CONTROL, CONTROL_WALL_CLOCK,
				     WORDS(request->wall_boot_ns));
}

/* A service's bit: its start() has returned, or it answers a beat. */
static void on_notified(uint32_t bits)
{
	for (uint32_t i = 0; i < ward_count; i++) {
		if (!(bits & 1u << i))
			continue;
		hang_answered(&ward_table[i]);
		on_up(&ward_table[i]);
	}
}

/* ---- start ------------------------------------------------------------------------------------ */

#define OWN_STABLE_BYTES 0x20000ull
#define OWN_HEAP_BYTES   0x100000ull

static struct boot_info boot;

/* What the supervisor does for others, the kernel's boot information does for the supervisor. */
void service_prepare(uint64_t message_page)
{
	struct service_info *info = (struct service_info *)service_address(SERVICE_INFO_ADDRESS);

	boot = *(const struct boot_info *)message_page;
	ram_start(&boot);
	archive_start(&boot);
	map(BOOT_SLOT_SPACE, (uint64_t)info, ram_take(1), MAP_READ | MAP_WRITE | MAP_ZERO);
	*info = (struct service_info){ .name = "bulkhead", .level = 48,
		.first_free_slot = BOOT_SLOT_FREE, .slot_count = 4096,
		.self_endpoint_slot = BOOT_SLOT_ENDPOINT, .self_space_slot = BOOT_SLOT_SPACE,
		.log_slot = BOOT_SLOT_CONTROL, .culprit = NO_BADGE, .message_page = message_page,
		.stable_address = service_address(SERVICE_STABLE), .stable_bytes = OWN_STABLE_BYTES,
		.heap_address = service_address(SERVICE_HEAP), .heap_bytes = OWN_HEAP_BYTES,
		.stack_address = service_address(SERVICE_STACK), .stack_bytes = 0x10000 };
	map(BOOT_SLOT_SPACE, service_address(INFO_PAGE_ADDRESS),
	    (struct pages){ BOOT_SLOT_INFO, 0, 1 }, MAP_READ);
	map(BOOT_SLOT_SPACE, info->stable_address, ram_take(PAGES(OWN_STABLE_BYTES)),
	    MAP_READ | MAP_WRITE | MAP_ZERO);
	map(BOOT_SLOT_SPACE, info->heap_address, ram_take(PAGES(OWN_HEAP_BYTES)),
	    MAP_READ | MAP_WRITE | MAP_ZERO);
}

static void manifest_read(void)
{
	struct manifest_error error;
	uint64_t bytes;
	const char *text = archive_find("manifest", &bytes);

	if (!text)
		panic("the boot archive holds no manifest", 0);
	if (!manifest_parse(&manifest, text, bytes, &error)) {
		log_line("manifest, line %u: %s", error.line, error.text);
		panic("the manifest is wrong", error.line);
	}
}

static status_t start(uint32_t generation)
{
	(void)generation;
	clock_start();
	pci_start();
	manifest_read();
	wards_make(&manifest);
	for (uint32_t i = 0; i < ward_count; i++) {
		if (ward_table[i].space)
			ward_start(&ward_table[i]);
	}
	hang_start();
	on_timeout();
	log_line("%u services started at %lu us", ward_count - 1, time_now_ns() / 1000);
	return STATUS_OK;
}

_Static_assert(sizeof(struct supervisor_counters_reply) == sizeof(struct kernel_counters),
	       "the reply shows the kernel's counters");
SERVER_TABLE(supervisor, SUPERVISOR_INTERFACE)

const struct service service = {
	.name = "supervisor",
	.operations = supervisor_operations,
	.operation_count = supervisor_operation_count,
	.start = start,
	.notified = on_notified,
	.timeout = on_timeout,
	.fault = on_fault,
};
