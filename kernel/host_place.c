/* SPDX-License-Identifier: MIT */
/* How services come to live in the kernel: linking, activations, placing, crashing on demand. */
#include "kernel/host_private.h"

#include "kernel/abi/layout.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/boot.h"
#include "kernel/endpoint.h"
#include "kernel/log.h"
#include "kernel/schedule.h"
#include "kernel/space.h"

#define STACK_PAGES       8
#define STACK_STRIDE      ((STACK_PAGES + 1) * PAGE_SIZE) /* a hole below each */
#define ACTIVATIONS_LEAST 64
#define ACTIVATIONS_MOST  1088
#define MEMORY_SHARE      16             /* of the memory, for activations */
#define KERNEL_CALL_BYTES 5

/* Made by the Makefile out of the placement; kernel.ld. */
extern const struct hosted hosted_services[];
extern const uint64_t hosted_service_count;
extern uint64_t kernel_calls_start[], kernel_calls_end[];
extern char host_gate[];

/* Every SYSCALL of a service, with its prefixes, becomes a call of the gate. */
void host_link(void)
{
	for (uint64_t *place = kernel_calls_start; place < kernel_calls_end; place++) {
		uint8_t *code = (uint8_t *)*place;
		int32_t distance = (int32_t)((uint64_t)host_gate - *place - KERNEL_CALL_BYTES);

		code[0] = 0xe8;
		__builtin_memcpy(code + 1, &distance, sizeof(distance));
	}
}

bool host_counts;

static struct thread *activation_create(uint64_t number)
{
	struct thread *thread = boot_allocate(1);
	uint64_t stack = HOST_STACKS + number * STACK_STRIDE + PAGE_SIZE;

	for (unsigned i = 0; i < STACK_PAGES; i++)
		arch_kernel_map(stack + i * PAGE_SIZE, boot_allocate(1), MAP_WRITE);
	thread->object.kind = KIND_THREAD;
	thread->kernel = 1;
	thread->stack_top = stack + STACK_PAGES * PAGE_SIZE;
	return thread;
}

void host_start(uint64_t memory_bytes)
{
	uint64_t count = memory_bytes / MEMORY_SHARE / (STACK_STRIDE + PAGE_SIZE);

	if (count < ACTIVATIONS_LEAST)
		count = ACTIVATIONS_LEAST;
	if (count > ACTIVATIONS_MOST)
		count = ACTIVATIONS_MOST;
	arch_kernel_map(HOST_INFO_PAGE, boot_info_page(), 0);
	for (uint64_t i = 0; i < count; i++)
		activation_give(activation_create(i));
	for (uint64_t i = 0; i < hosted_service_count; i++)
		log_print("kernel: contains the service %s\n", hosted_services[i].name);
}

/* ---- placing ---- */

static uint64_t host_make(const struct hosted *hosted, struct space *space,
			  struct endpoint *endpoint)
{
	uint64_t number = (uint64_t)(hosted - hosted_services);
	struct host *host = &hosts[number];

	*host = (struct host){ .busy = 1, .priority = endpoint->level, .space = space,
			       .serve = hosted->entries->serve, .endpoint = endpoint,
			       .hosted = hosted };
	endpoint->host = host;
	space->root = physical(kernel_root);
	space->start = HOST_SERVICES + (number << HOST_SERVICE_SHIFT);
	space->end = space->start + (1ull << HOST_SERVICE_SHIFT);
	return space->start - (MESSAGE_PAGES >> HOST_SERVICE_SHIFT << HOST_SERVICE_SHIFT);
}

static const struct hosted *hosted_find(const char *name)
{
	const struct hosted *end = hosted_services + hosted_service_count;

	for (const struct hosted *hosted = hosted_services; hosted < end; hosted++)
		if (!__builtin_strncmp(hosted->name, name, sizeof(hosted->name)))
			return hosted;
	return 0;
}

static status_t place(struct thread *self, const uint64_t *word)
{
	const struct hosted *hosted = hosted_find((const char *)word);
	struct endpoint *endpoint;
	struct slot *space, *slot;
	status_t status = slot_get(self->space, word[2], KIND_SPACE, SPACE_MAP_RIGHT, &space);

	if (status == STATUS_OK)
		status = slot_get(self->space, word[3], KIND_ENDPOINT, ENDPOINT_BIND_RIGHT, &slot);
	if (status != STATUS_OK)
		return status;
	if (!hosted)
		return STATUS_BAD_ARGUMENT;
	endpoint = slot_object(slot);
	if (hosts[hosted - hosted_services].hosted || endpoint->host)
		return STATUS_BAD_STATE;
	*thread_word(self, 0) = host_make(hosted, slot_object(space), endpoint);
	return STATUS_OK;
}

static void start(struct host *host, uint64_t message_page)
{
	struct thread *thread = activation_take();

	if (!thread)
		panic("no activation for `%s`", host->hosted->name);
	host->page = (struct message_page *)message_page;
	receiver_begin(host, thread, (uint64_t)host->hosted->entries->start, message_page);
}

/* The service's own crash routine, in its name. */
static status_t crash(struct host *host, uint64_t kind)
{
	struct thread *thread = activation_take();

	if (!thread)
		return STATUS_NO_MEMORY;
	thread->host = host;
	thread->space = host->space;
	thread->page = host->page;
	thread->priority = host->priority;
	activation_begin(thread, host->hosted->entries->crash[kind], 0);
	return STATUS_OK;
}

status_t host_control(struct thread *self, uint64_t operation, const uint64_t *word)
{
	struct slot *slot;
	struct host *host;
	status_t status;

	if (operation == CONTROL_PLACE)
		return place(self, word);
	status = slot_get(self->space, word[0], KIND_ENDPOINT, ENDPOINT_BIND_RIGHT, &slot);
	if (status != STATUS_OK)
		return status;
	host = ((struct endpoint *)slot_object(slot))->host;
	if (!host)
		return STATUS_BAD_STATE;
	if (operation == CONTROL_CRASH)
		return word[1] < host->hosted->entries->crash_kinds ? crash(host, word[1])
								    : STATUS_BAD_ARGUMENT;
	if (host->page)
		return STATUS_BAD_STATE;
	if (word[1] < host->space->start || word[1] > host->space->end - PAGE_SIZE)
		return STATUS_BAD_ARGUMENT;
	start(host, word[1]);
	return STATUS_OK;
}

uint64_t host_supervisor(struct space *space, struct endpoint *endpoint, struct thread **thread)
{
	const struct hosted *hosted = hosted_find("supervisor");

	if (!hosted)
		return 0;
	*thread = boot_allocate(1);              /* its capability; it never runs */
	(*thread)->object.kind = KIND_THREAD;
	return host_make(hosted, space, endpoint);
}

void host_supervisor_start(struct endpoint *endpoint, uint64_t message_page)
{
	start(endpoint->host, message_page);
}
